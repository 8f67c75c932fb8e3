//! Whatever happened to an org, its snapshot puts it back: the same calls get the same bytes, in the same fake and in
//! another one.

mod asking;
mod signing;
mod web_app;

use std::time::Duration;

use asking::receiver::{Receiver, hook};
use asking::{Answer, START, ask, delete, get, post, put};
use http::Method;
use okta_mock::{AdminRole, Builder, Clock, NewEvent, OktaMock, RefreshRotation, Scenario, Snapshot};
use proptest::prelude::*;
use serde_json::{Value, json};

/// One step of a life: what kind, and what it is about.
type Step = (u8, u8, u8);

fn builder(receiver: &Receiver) -> Builder {
    let scenario = Scenario::parse(
        "[org]\nrate = { plan = \"integrator\" }\n[[emit]]\ntype = \"user.session.start\"\nat = \"+1s\"\nevery = \"9s\"\ncount = 9\n\
         [[fault]]\nroute = \"groups.list\"\nevery = 3\nstatus = 503\n\
         [[stages]]\nevery = \"20s\"\njitter = \"5s\"\ndo = \"suspend\"\nthen = [{ after = \"7s\", do = \"unsuspend\" }]\n\
         [[timeline]]\nat = \"30s\"\nactivity = { create_group = 1, lock = 2 }\n\
         [[timeline]]\nat = \"40s\"\nfault = { match = { route = \"apps.list\" }, do = { drop_next = true } }\n\
         [[timeline]]\nat = \"50s\"\nlog = { eventType = \"user.session.end\", published = \"-8m\", n = 18446744073709551615 }\n",
    )
    .expect("a scenario");
    receiver
        .builder()
        .users(40)
        .groups(3)
        .apps(2)
        .events(50)
        .live_rate(0.05)
        .search_lag(Duration::from_secs(2))
        .log_lateness("late:0.2,10s".parse().expect("a profile"))
        .cursor_ttl(Duration::from_secs(9))
        .faults_json(
            r#"{"match":{"channel":"event_hook"},"when":{"every":4},"do":{"merge_batch":{"batches":3}}}"#,
        )
        .expect("a rule")
        .token("given", "00given", AdminRole::OrgAdmin)
        .expect("a token")
        .refresh_rotation(RefreshRotation::Rotate { leeway: Duration::from_secs(5) })
        .eventbridge_relay("http://relay.example.com/eb", "s3cret")
        .scenario(&scenario)
        .clock(Clock::Manual(START))
}

/// The ids of a listing, or one that is nobody's.
async fn one_of(okta: &OktaMock, listing: &str, n: u8) -> String {
    let answer = get(okta, listing).await;
    let rows = if answer.status == 200 { answer.rows() } else { Vec::new() };
    let at = usize::from(n) % rows.len().max(1);
    rows.get(at).and_then(|row| row["id"].as_str()).unwrap_or("00gnobody00000000000").to_owned()
}

/// Takes a step; everything that was answered.
async fn step(okta: &OktaMock, (kind, a, b): Step) -> Vec<Answer> {
    let user = |n: u8| async move { one_of(okta, "/api/v1/users?filter=id+pr&limit=60", n).await };
    let answer = match kind % 23 {
        0 => {
            let login = format!("new{a}.{b}@example.com");
            let profile =
                json!({ "login": login, "email": login, "deep": [[{ "x": 0.1 }], f64::from(b) / 7.0] });
            post(okta, &format!("/api/v1/users?activate={}", a % 2 == 0), json!({ "profile": profile })).await
        }
        1 => {
            let change = json!({ "profile": { "department": format!("D{b}"), "mobilePhone": null } });
            post(okta, &format!("/api/v1/users/{}", user(a).await), change).await
        }
        2 => {
            let operation =
                ["suspend", "unsuspend", "deactivate", "reset_password", "expire_password", "unlock"];
            let path = format!("/api/v1/users/{}/lifecycle/{}", user(a).await, operation[usize::from(b % 6)]);
            post(okta, &path, Value::Null).await
        }
        3 => delete(okta, &format!("/api/v1/users/{}", user(a.max(1)).await)).await,
        4 => post(okta, "/api/v1/groups", json!({ "profile": { "name": format!("Group {a}") } })).await,
        5 => {
            let group = one_of(okta, "/api/v1/groups", a).await;
            let method = if b % 3 == 0 { Method::DELETE } else { Method::PUT };
            ask(okta, method, &format!("/api/v1/groups/{group}/users/{}", user(b).await), Value::Null).await
        }
        6 => delete(okta, &format!("/api/v1/groups/{}", one_of(okta, "/api/v1/groups", a).await)).await,
        7 => {
            let app = one_of(okta, "/api/v1/apps", a).await;
            post(okta, &format!("/api/v1/apps/{app}/users"), json!({ "id": user(b).await })).await
        }
        8 => {
            let app = one_of(okta, "/api/v1/apps", a).await;
            let group = one_of(okta, "/api/v1/groups", b).await;
            put(okta, &format!("/api/v1/apps/{app}/groups/{group}"), json!({})).await
        }
        9 => {
            let app = one_of(okta, "/api/v1/apps", a).await;
            if b % 2 == 0 {
                post(okta, &format!("/api/v1/apps/{app}/lifecycle/deactivate"), Value::Null).await;
            }
            delete(okta, &format!("/api/v1/apps/{app}")).await
        }
        10 => {
            let group = one_of(okta, "/api/v1/groups", a).await;
            let expression = json!({ "value": format!("user.department == \"D{b}\""), "type": "x" });
            let rule = json!({
                "type": "group_rule", "name": format!("R{a}"), "conditions": { "expression": expression },
                "actions": { "assignUserToGroups": { "groupIds": [group] } },
            });
            let made = post(okta, "/api/v1/groups/rules", rule).await;
            let id = made.json()["id"].as_str().unwrap_or("0pr").to_owned();
            post(okta, &format!("/api/v1/groups/rules/{id}/lifecycle/activate"), Value::Null).await
        }
        11 => {
            let mut settings =
                hook(&["user.session.start", "group.user_membership.add", "group.lifecycle.create"]);
            settings["name"] = format!("Hook {a}").into();
            settings["events"]["filter"] = json!({ "type": "EXPRESSION_LANGUAGE", "eventFilterMap": [{
                "event": "group.user_membership.add",
                "condition": { "version": null, "expression": "event.target.?[type eq 'User'].size()>0" },
            }] });
            let made = post(okta, "/api/v1/eventHooks", settings).await;
            let id = made.json()["id"].as_str().unwrap_or("who").to_owned();
            post(okta, &format!("/api/v1/eventHooks/{id}/lifecycle/verify"), Value::Null).await
        }
        12 => {
            let target = json!({
                "type": "aws_eventbridge", "name": format!("S{a}"),
                "settings": { "accountId": "123456789012", "eventSourceName": "x", "region": "us-east-1" },
            });
            post(okta, "/api/v1/logStreams", target).await
        }
        13 => post(okta, "/_mock/clock/advance", json!({ "by": format!("{}ms", u64::from(a) * 70) })).await,
        14 => {
            let rule = [
                json!({ "match": { "route": "users.list" }, "when": { "every": 2 }, "do": { "shuffle_page": true } }),
                json!({ "match": { "any": true }, "when": { "probability": 0.3, "seed": u64::MAX }, "do": { "status": 500 } }),
                json!({ "match": { "channel": "event_hook" }, "do": { "duplicate": { "times": 3, "gap": "1s" } } }),
                json!({ "match": { "path": "/api/v1/logs", "page": 2 }, "do": { "body": "x", "status": 200 } }),
                json!({ "match": { "path": "/api/v1/logs" }, "when": { "every": 3 }, "do": { "log_late": { "by": "5s" } } }),
                json!({ "match": { "path": "/api/v1/logs" }, "when": { "nth": 2 }, "do": { "log_gap": true } }),
                json!({ "match": { "path": "/api/v1/users" }, "when": { "every": 3 }, "do": { "stale_index": "4s" } }),
                json!({ "match": { "channel": "event_hook" }, "when": { "times": 9 }, "do": { "merge_batch": { "batches": 4 } } }),
            ];
            post(okta, "/_mock/faults", rule[usize::from(a % 8)].clone()).await
        }
        15 => {
            let at = START + i64::from(a) * 100 - 9_000;
            let event = NewEvent::new("user.session.start").persisted_ms(at).visible_at_ms(at + 5_000);
            okta.append_log(vec![if b % 3 == 0 { event.uuid("twin") } else { event }]);
            get(okta, "/_mock/log").await
        }
        16 => {
            let mut activity = json!({ "events": a % 20, "rate": f64::from(b % 3) / 3.0 });
            if a % 2 == 0 {
                activity["mix"] = json!({ "update_profile": 2, "lock": 1, "unlock": 1 });
            }
            post(okta, "/_mock/activity", activity).await
        }
        17 => {
            let signed_in =
                okta.sign_in(&web_app::url(&web_app::parameters(okta, "openid offline_access")), "me");
            let Ok(location) = signed_in else { return Vec::new() };
            let token = web_app::redeem(okta, &web_app::parameter(&location, "code")).await;
            let refresh =
                if token.status == 200 { web_app::text(&token, "refresh_token") } else { String::new() };
            web_app::refresh(okta, &refresh).await
        }
        18 => {
            put(
                okta,
                "/_mock/rate-limits",
                json!({ "buckets": [{ "bucket": "/api/v1/apps*", "limit": 5 + u64::from(a) }] }),
            )
            .await
        }
        19 => {
            post(okta, "/_mock/tokens", json!({ "name": format!("T{a}"), "role": "READ_ONLY_ADMIN" })).await
        }
        20 => {
            // A cursor of the present, used when it may be too old.
            let page = get(okta, "/api/v1/users?limit=2").await;
            post(okta, "/_mock/clock/advance", json!({ "by": format!("{}ms", u64::from(a) * 70) })).await;
            match page.link("next") {
                Some(target) => get(okta, &target).await,
                None => page,
            }
        }
        21 => {
            okta.settle().await;
            get(okta, "/_mock/health").await
        }
        _ => get(okta, &format!("/api/v1/users?search=status+eq+%22ACTIVE%22&limit={}", a % 9 + 1)).await,
    };
    let mut answers = vec![answer];
    for look in ["/api/v1/logs?limit=20&sortOrder=DESCENDING", "/api/v1/api-tokens", "/_mock/rate-limits"] {
        answers.push(get(okta, look).await);
    }
    answers.push(without_near_misses(get(okta, "/_mock/faults").await));
    answers
}

/// The list of faults without what it says of the journal, which is the observer's and starts empty.
fn without_near_misses(mut answer: Answer) -> Answer {
    let mut shown = answer.json();
    for fault in shown["faults"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        fault.remove("near_miss");
    }
    answer.headers.remove("content-length");
    answer.bytes = shown.to_string().into();
    answer
}

/// A life and all that was answered and pushed in it.
async fn life(okta: &OktaMock, receiver: &Receiver, steps: &[Step]) -> Vec<String> {
    let before = receiver.came().len();
    let mut seen = Vec::new();
    for step in steps {
        for answer in self::step(okta, *step).await {
            seen.push(format!("{step:?} {} {:?} {:?}", answer.status, answer.headers, answer.bytes));
        }
    }
    okta.settle().await;
    for target in
        ["/_mock/log", "/api/v1/users?limit=200", "/api/v1/groups", "/api/v1/apps", "/_mock/snapshot"]
    {
        let answer = get(okta, target).await;
        seen.push(format!("{target} {} {:?} {:?}", answer.status, answer.headers, answer.bytes));
    }
    okta.settle().await;
    seen.extend(receiver.came()[before..].iter().map(|push| format!("{:?} {:?}", push.uri(), push.body())));
    seen
}

fn same(one: &[String], other: &[String], which: &str) -> Result<(), TestCaseError> {
    prop_assert_eq!(one.len(), other.len());
    for (one, other) in one.iter().zip(other).filter(|(one, other)| one != other) {
        let at = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
        let around = |text: &str| -> String {
            let bytes = &text.as_bytes()[at.saturating_sub(200).min(text.len())..(at + 200).min(text.len())];
            String::from_utf8_lossy(bytes).into_owned()
        };
        prop_assert_eq!(around(one), around(other), "{}", which);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_same_calls_get_the_same_bytes_after_a_restore(
        before in prop::collection::vec(any::<Step>(), 0..24),
        after in prop::collection::vec(any::<Step>(), 0..16),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime");
        runtime.block_on(async {
            let receiver = Receiver::answering(&[200]);
            let okta = builder(&receiver).in_process();
            life(&okta, &receiver, &before).await;
            let snapshot = okta.snapshot();
            let text = snapshot.to_json();
            let first = life(&okta, &receiver, &after).await;

            okta.restore(&snapshot);
            same(&[okta.snapshot().to_json()], std::slice::from_ref(&text), "the document")?;
            same(&first, &life(&okta, &receiver, &after).await, "from memory")?;

            let answer = put(&okta, "/_mock/snapshot", serde_json::from_str(&text).expect("JSON")).await;
            prop_assert_eq!((answer.status, answer.json()), (200, json!({})));
            same(&first, &life(&okta, &receiver, &after).await, "from the document")?;

            let read = Snapshot::from_json(&text);
            prop_assert!(read.is_ok(), "{:?}", read);
            let elsewhere = Receiver::answering(&[200]);
            let other = builder(&elsewhere).seed(99).users(2).snapshot(&read.expect("read")).in_process();
            same(&first, &life(&other, &elsewhere, &after).await, "in another fake")
        })?;
    }
}
