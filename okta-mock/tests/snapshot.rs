//! Snapshots beside what holds for all of them: what is in one, what is refused, what a reset and a restore leave.

mod asking;

use std::time::Duration;

use asking::receiver::{Receiver, hook, registered};
use asking::{START, get, org, post, put};
use http::Method;
use okta_mock::{Channel, Clock, OktaMock, PushFault, Scenario, Snapshot};
use serde_json::{Value, json};

async fn document(okta: &OktaMock) -> Value {
    let answer = get(okta, "/_mock/snapshot").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    answer.json()
}

#[tokio::test]
async fn a_snapshot_is_as_large_as_the_changes_and_not_as_the_org() {
    let size = |okta: &OktaMock| okta.snapshot().to_json().len();
    let small = org().users(3).groups(1).apps(1).in_process();
    let large = org().users(1_000_000).groups(2_000).apps(500).events(1_000_000).in_process();
    assert!(size(&large) < size(&small) + 200);
    let before = size(&large);
    large.activity(100);
    let each = (size(&large) - before) / 100;
    assert!(each < 3_000, "{each} bytes a change");
}

#[tokio::test]
async fn a_document_of_another_org_makes_that_org() {
    let other =
        OktaMock::builder().seed(3).users(12).api_token("00other").clock(Clock::Manual(START)).in_process();
    other.clock().advance(Duration::from_secs(90));
    other.activity(20);
    let users = get(&other, "/api/v1/users").await.bytes;

    let okta = org().users(4).in_process();
    assert_eq!(put(&okta, "/_mock/snapshot", document(&other).await).await.status, 200);
    assert_eq!(okta.credentials()["api_token"], "00other");
    assert_eq!(okta.clock().now_ms(), START + 90_000);
    assert_eq!(get(&okta, "/api/v1/users").await.status, 401, "the token of before is nobody's");
    let request = http::Request::get("/api/v1/users").header("authorization", "SSWS 00other");
    let answer = asking::send(&okta, request.body(bytes::Bytes::new()).expect("a request")).await;
    assert_eq!((answer.status, &answer.bytes), (200, &users));

    okta.reset();
    assert_eq!(okta.credentials()["api_token"], "00other", "a reset makes the org that was restored");
}

#[tokio::test]
async fn a_wrong_document_says_where_and_changes_nothing() {
    let scenario = Scenario::parse(
        "[[stages]]\nevery = \"1h\"\ndo = \"sign_in\"\n\
         [[timeline]]\nat = \"1h\"\nfault = { match = { channel = \"event_hook\" }, do = { reorder = true } }\n\
         [[fault]]\nchannel = \"event_hook\"\nmerge_batch = true\n",
    )
    .expect("a scenario");
    let padded = r#"{ "match": { "channel": "event_hook" }, "do": { "oversize": true } }"#;
    let builder = org().users(4).scenario(&scenario).faults_json(padded).expect("a rule");
    let okta = builder.event_hook("http://127.0.0.1:9", "x").expect("a hook").in_process();
    okta.activity(30);
    post(&okta, "/api/v1/eventHooks", hook(&["user.session.start"])).await;
    let right = document(&okta).await;
    let changed = |path: &str, value: Value| {
        let mut document = right.clone();
        *document.pointer_mut(path).unwrap_or_else(|| panic!("{path} is there")) = value;
        document
    };
    let added = |path: &str, name: &str| {
        let mut document = right.clone();
        document.pointer_mut(path).expect("there")[name] = json!("s3cret");
        document
    };
    let removed = |path: &str, name: &str| {
        let mut document = right.clone();
        document.pointer_mut(path).and_then(Value::as_object_mut).expect("there").remove(name);
        document
    };
    let first = |part: &str| right[part].as_object().expect("a map").keys().next().expect("one").clone();
    let (hook_id, user) = (first("hooks"), right["users"]["changed"].as_object().expect("a map").clone());
    let (n, _) = user.iter().find(|(_, user)| user.is_object()).expect("one");
    let mut twin = right.clone();
    let login = "login of another";
    for user in twin["users"]["changed"].as_object_mut().expect("a map").values_mut().take(2) {
        user["profile"]["login"] = login.into();
    }
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    for (document, says) in [
        (json!({}), "version: missing".to_owned()),
        (json!([]), "version: missing".to_owned()),
        (changed("/version", json!(2)), "version: 2 is unknown to okta-mock ".to_owned()),
        (changed("/now", json!("s3cret")), "now: expected i64".to_owned()),
        (changed("/now", json!(u64::MAX)), "now: beyond any number".to_owned()),
        (changed("/started", json!(START * 2)), "now: before the org was made".to_owned()),
        (
            changed(&format!("/users/changed/{n}/status"), json!("s3cret")),
            format!("users.changed.{n}.status: expected one of"),
        ),
        (
            changed(&format!("/users/changed/{n}/id"), json!("s3cret")),
            format!("users.changed.{n}.id: not the id"),
        ),
        (changed(&format!("/hooks/{hook_id}/id"), json!("s3cret")), format!("hooks.{hook_id}: no id")),
        (
            changed(&format!("/hooks/{hook_id}/settings/uri"), json!("s3cret")),
            format!("hooks.{hook_id}.settings: what no hook"),
        ),
        (changed("/log/records/0/event/actor/detail", json!("s3cret")), "log: event ".to_owned()),
        (changed("/log/records/0/position", json!(1)), "log: records[0].position: 1 is taken".to_owned()),
        (changed("/log/to_come", json!([7])), "log: to_come: there is no record 7".to_owned()),
        (
            changed("/activity/mix", json!([["SignIn", 1], ["SignIn", 1]])),
            "activity.mix: expected".to_owned(),
        ),
        (changed("/activity/mix", json!([["SignIn", 1_u64 << 40]])), "activity.mix: expected".to_owned()),
        (changed("/stages/turns", json!([])), "stages: stages or turns".to_owned()),
        (changed("/stages/turns/0/0", json!(0)), "stages: stages or turns".to_owned()),
        (changed("/stages/stages/0/every", json!(0)), "stages: stages or turns".to_owned()),
        (changed("/settings/script/stages/0/every", json!(0)), "settings.script.stages: a stage".to_owned()),
        (
            changed("/faults/list/0/plan/act/Push/Merge", json!(1_u64 << 40)),
            "faults: a rule without end".to_owned(),
        ),
        (
            changed("/settings/faults/0/act/Push/Oversize", json!(1_u64 << 40)),
            "faults: a rule without end".to_owned(),
        ),
        (
            changed("/timeline/coming/0/1/Fault/act/Push/Reorder", json!(0)),
            "faults: a rule without end".to_owned(),
        ),
        (
            changed("/settings/given/hooks/0/uri", json!("s3cret")),
            "settings.given.hooks: what no hook".to_owned(),
        ),
        (changed("/limits/table/rules/0/bucket", json!(99)), "limits: table or windows".to_owned()),
        (
            changed("/credentials/oauth/clients", json!({})),
            "credentials: oauth.clients: the built-in".to_owned(),
        ),
        (changed("/activity/rate", json!(1e9)), "activity: rate".to_owned()),
        (changed("/settings/sizes/groups", json!(2_000_000)), "settings.sizes.groups: more than".to_owned()),
        (added("/settings", "user"), "settings.user: unknown".to_owned()),
        (added(&format!("/hooks/{hook_id}"), "secret"), format!("hooks.{hook_id}.secret: unknown")),
        (removed("/push", "quota"), "push: missing field `quota`".to_owned()),
        (twin, "users.changed.".to_owned()),
        (json!({ "version": 1, "deep": deep }), "the document: nested deeper".to_owned()),
    ] {
        let answer = put(&okta, "/_mock/snapshot", document).await;
        let error = answer.json()["error"].as_str().unwrap_or_default().to_owned();
        assert!(answer.status == 400 && error.starts_with(&says), "{says}: {error}");
        assert!(!error.contains('\n') && !error.contains("s3cret"), "{error}");
    }
    let request = http::Request::put("/_mock/snapshot").body("{\"version\":1,".into()).expect("a request");
    let answer = asking::send(&okta, request).await;
    assert_eq!(answer.json()["error"], "the document: no JSON from line 1, column 13 on");
    assert_eq!(asking::ask(&okta, Method::DELETE, "/_mock/snapshot", Value::Null).await.status, 404);
    assert_eq!(document(&okta).await, right);
}

#[tokio::test]
async fn a_snapshot_shows_no_credential_when_it_is_printed() {
    let okta = org().api_token("00hidden").in_process();
    let snapshot = okta.snapshot();
    assert!(snapshot.to_json().contains("00hidden"), "it holds them on purpose");
    assert!(!format!("{snapshot:?}").contains("00hidden"));
}

#[tokio::test]
async fn any_numbers_and_what_is_nested_as_deep_as_a_request_may_be_come_back() {
    let okta = org().in_process();
    let numbers = json!([0.1, u64::MAX, i64::MIN]);
    let profile = json!({ "login": "deep@example.com", "email": "deep@example.com", "numbers": numbers });
    assert_eq!(post(&okta, "/api/v1/users", json!({ "profile": profile })).await.status, 200);
    let deep = (0..120).fold(numbers, |inner, _| json!([inner]));
    let app = json!({ "label": "Deep", "signOnMode": "SAML_2_0", "settings": { "app": { "deep": deep } } });
    let app = post(&okta, "/api/v1/apps", app).await.json()["id"].clone();
    let app = format!("/api/v1/apps/{}", app.as_str().expect("an id"));
    let shown =
        async || [get(&okta, "/api/v1/users/deep@example.com").await.bytes, get(&okta, &app).await.bytes];
    let before = shown().await;
    let snapshot = Snapshot::from_json(&okta.snapshot().to_json()).expect("a snapshot");
    okta.restore(&snapshot);
    assert_eq!(shown().await, before);
}

#[tokio::test(start_paused = true)]
async fn a_push_that_was_under_way_is_sent_again() {
    let silent = Receiver::answering(&[0]);
    let okta = silent.org();
    registered(&okta, hook(&["group.lifecycle.create"])).await;
    post(&okta, "/api/v1/groups", json!({ "profile": { "name": "Team" } })).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(silent.came().len(), 1, "it is under way");
    let text = okta.snapshot().to_json();

    let receiver = Receiver::answering(&[200]);
    let again = receiver.builder().snapshot(&Snapshot::from_json(&text).expect("a snapshot")).in_process();
    again.settle().await;
    let bodies =
        |receiver: &Receiver| receiver.came().iter().map(|push| push.body().clone()).collect::<Vec<_>>();
    let push = |body: &bytes::Bytes| serde_json::from_slice::<Value>(body).expect("JSON")["eventId"].clone();
    assert_eq!(bodies(&receiver).iter().map(push).collect::<Vec<_>>(), [push(&bodies(&silent)[0])]);
}

#[tokio::test(start_paused = true)]
async fn pushes_that_wait_to_become_one_wait_in_the_snapshot_too() {
    let receiver = Receiver::answering(&[200]);
    let okta = receiver.org();
    registered(&okta, hook(&["group.lifecycle.create"])).await;
    okta.faults().on_push(Channel::EventHook).push(PushFault::Merge(2));
    let team = |name: &str| json!({ "profile": { "name": name } });
    post(&okta, "/api/v1/groups", team("A")).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let text = okta.snapshot().to_json();

    let elsewhere = Receiver::answering(&[200]);
    let again = elsewhere.builder().snapshot(&Snapshot::from_json(&text).expect("a snapshot")).in_process();
    post(&again, "/api/v1/groups", team("B")).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(receiver.came().is_empty(), "the first one waits");
    let came = elsewhere.came();
    let body: Value = serde_json::from_slice(came[0].body()).expect("JSON");
    assert_eq!((came.len(), body["data"]["events"].as_array().map(Vec::len)), (1, Some(2)));
}

#[tokio::test]
async fn a_clock_that_runs_by_itself_is_never_behind_and_life_does_not_catch_up() {
    let yesterday = OktaMock::builder().clock(Clock::Manual(START)).live_rate(1_000.0).in_process();
    let snapshot = yesterday.snapshot();
    let okta = OktaMock::builder().clock(Clock::Real).snapshot(&snapshot).in_process();
    assert!(okta.clock().now_ms() > START);
    let later = okta.log().len();
    assert!(later < 100_000, "a year of changes was not made up: {later}");

    let ahead = OktaMock::builder().clock(Clock::Real).in_process();
    ahead.clock().advance(Duration::from_secs(3_600));
    let then = ahead.clock().now_ms();
    let okta = OktaMock::builder().clock(Clock::Real).snapshot(&ahead.snapshot()).in_process();
    assert!(okta.clock().now_ms() >= then, "nor behind what it showed");
}

#[tokio::test]
async fn every_kind_of_clock_shows_the_time_of_the_org_and_goes_on_as_it_does() {
    let before = OktaMock::builder().clock(Clock::Manual(START)).in_process();
    let snapshot = before.snapshot();
    for clock in [Clock::Frozen(START * 2), Clock::AutoAdvance(START * 2), Clock::Frozen(1), Clock::Manual(1)]
    {
        let okta = OktaMock::builder().clock(clock).snapshot(&snapshot).in_process();
        assert_eq!(okta.clock().now_ms(), START, "{clock:?}");
    }
    let minute = Duration::from_secs(60);
    let fast = Clock::Scaled { start_ms: 1, factor: 1_000_000 };
    let okta = OktaMock::builder().clock(fast).snapshot(&snapshot).in_process();
    okta.clock().advance(minute);
    assert!(okta.clock().now_ms() >= START + 60_000, "it can still be moved");
    let frozen = OktaMock::builder().clock(Clock::Frozen(1)).in_process();
    frozen.restore(&snapshot);
    assert_eq!(put(&frozen, "/_mock/clock", json!({ "mode": "manual" })).await.status, 200);
    frozen.clock().advance(minute);
    assert_eq!(frozen.clock().now_ms(), START + 60_000, "it stood at the time of the org");
}

#[tokio::test]
async fn stages_do_not_catch_up_on_the_time_that_an_org_was_put_away() {
    let scenario = Scenario::parse("[[stages]]\nevery = \"1s\"\ndo = \"sign_in\"\n").expect("a scenario");
    let yesterday = OktaMock::builder().clock(Clock::Manual(START)).scenario(&scenario).in_process();
    yesterday.clock().advance(Duration::from_secs(3));
    assert_eq!(yesterday.log().len(), 3);
    let okta = OktaMock::builder().clock(Clock::Real).snapshot(&yesterday.snapshot()).in_process();
    assert!(okta.clock().now_ms() > START + 3_000, "tests run later than that");
    let logged = okta.log().len();
    assert!(logged < 1_000, "a year of sign-ins was not made up: {logged}");
}

#[tokio::test]
async fn a_client_whose_app_was_deleted_does_not_come_back() {
    let okta = org().in_process();
    let client = okta.credentials()["web_app"]["client_id"].as_str().expect("a client").to_owned();
    let app = format!("/api/v1/apps/{client}");
    post(&okta, &format!("{app}/lifecycle/deactivate"), Value::Null).await;
    assert_eq!(asking::delete(&okta, &app).await.status, 204);
    okta.restore(&okta.snapshot());
    assert_eq!(get(&okta, &app).await.status, 404);
}

#[tokio::test]
async fn a_hole_in_the_log_stays_where_it_was() {
    let okta = org().events(20).in_process();
    okta.faults().plan(&json!({ "on": "GET /api/v1/logs", "when": { "nth": 1 }, "do": { "log_gap": true } }));
    let page = get(&okta, "/api/v1/logs").await.rows().len();
    let text = okta.snapshot().to_json();
    let snapshot = Snapshot::from_json(&text).expect("a snapshot");
    okta.restore(&snapshot);
    assert_eq!(get(&okta, "/api/v1/logs").await.rows().len(), page);
}

#[tokio::test]
async fn whether_there_is_a_steering_wheel_is_not_of_the_org() {
    let hidden = org().no_admin(true).in_process();
    let okta = org().in_process();
    okta.restore(&hidden.snapshot());
    assert_eq!(get(&okta, "/_mock/health").await.status, 200);
    hidden.restore(&okta.snapshot());
    assert_ne!(get(&hidden, "/_mock/health").await.status, 200);
}

#[tokio::test]
async fn a_reset_makes_the_org_anew_and_keeps_tokens_when_asked() {
    let org = org().users(5).in_process();
    let okta = &org;
    let users = get(okta, "/api/v1/users").await.bytes;
    let value = okta.create_api_token("other", okta_mock::AdminRole::SuperAdmin);
    let (okta, value) = (okta, format!("SSWS {value}"));
    let status = async || {
        let request = http::Request::get("/api/v1/users").header("authorization", &value);
        asking::send(okta, request.body(bytes::Bytes::new()).expect("a request")).await.status
    };
    okta.activity(40);
    for (body, says) in [
        (json!({ "keep": ["users"] }), "keep: \"users\" cannot be kept; expected \"tokens\""),
        (json!({ "keep": "tokens" }), "keep: \"tokens\" is not a list"),
        (json!({ "kept": [] }), "kept: unknown; expected keep"),
    ] {
        assert_eq!(post(okta, "/_mock/reset", body).await.json()["error"], says);
    }
    assert_eq!(post(okta, "/_mock/reset", json!({ "keep": ["tokens"] })).await.status, 200);
    assert_eq!(get(okta, "/api/v1/users").await.bytes, users);
    assert!(okta.log().is_empty());
    assert_eq!(status().await, 200);
    assert_eq!(post(okta, "/_mock/reset", Value::Null).await.status, 200);
    assert_eq!(status().await, 401);
}

#[tokio::test]
async fn the_last_429_moves_no_clock_of_an_org_that_was_put_back() {
    let okta = OktaMock::builder().clock(Clock::AutoAdvance(START)).in_process();
    let kept = okta.snapshot();
    okta.clock().advance(Duration::from_secs(5 * 3_600));
    okta.faults().on("GET /api/v1/users").respond_429();
    assert_eq!(get(&okta, "/api/v1/users").await.status, 429);
    okta.restore(&kept);
    get(&okta, "/api/v1/groups").await;
    assert_eq!(okta.clock().now_ms(), START);
}

#[tokio::test]
async fn a_rate_too_small_to_ever_act_is_none_and_spoils_no_snapshot() {
    let okta = org().in_process();
    post(&okta, "/_mock/activity", json!({ "rate": 1e-320 })).await;
    let text = okta.snapshot().to_json();
    assert!(Snapshot::from_json(&text).is_ok(), "{}", &text[text.len() - 400..]);
}
