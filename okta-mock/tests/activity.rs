//! Life in the org on demand: exact mixes of changes, mixes at a rate, stages and a timeline on the clock.

mod asking;

use std::collections::BTreeMap;
use std::time::Duration;

use asking::{START, get, org, post};
use okta_mock::{OktaMock, Scenario};
use serde_json::{Value, json};

/// How often each type is in the log.
fn types(okta: &OktaMock) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for record in okta.log() {
        *counted.entry(record.event_type).or_default() += 1;
    }
    counted
}

async fn activity(okta: &OktaMock, body: Value) -> Value {
    let answer = post(okta, "/_mock/activity", body.clone()).await;
    assert_eq!(answer.status, 200, "{body}: {:?}", answer.bytes);
    answer.json()
}

#[tokio::test]
async fn requests_are_answered_while_a_long_advance_is_under_way() {
    let okta = org().in_process();
    activity(&okta, json!({ "rate": 1_000_000 })).await;
    let answered = tokio::select! {
        biased;
        _ = post(&okta, "/_mock/clock/advance", json!({ "by": "1h" })) => panic!("that is 3,600,000,000 changes"),
        health = get(&okta, "/_mock/health") => health.status,
    };
    assert_eq!(answered, 200);
    let made = async || get(&okta, "/_mock/activity").await.json()["made"].as_u64().expect("a number");
    assert!(made().await < made().await, "it goes on");
}

#[tokio::test]
async fn an_advance_is_over_when_everything_due_has_happened() {
    let okta = org().users(40).in_process();
    okta.live_rate(100.0);
    let due = async || get(&okta, "/_mock/activity").await.json()["left"].clone();
    activity(&okta, json!({ "rate": 100, "events": 10_000 })).await;
    okta.clock().advance(Duration::from_secs(60));
    assert_eq!(due().await, 4_000);
    assert_eq!(post(&okta, "/_mock/clock/advance", json!({ "by": "30s" })).await.status, 200);
    assert_eq!(due().await, 1_000);
    assert_eq!(okta.clock().now_ms(), START + 90_000);
    assert_eq!(get(&okta, "/api/v1/users").await.header("date"), "Fri, 21 Aug 2026 08:01:30 GMT");
}

#[tokio::test]
async fn a_mix_alone_is_exact() {
    let okta = org().users(20).groups(3).in_process();
    let mix = json!({ "create_user": 3, "sign_in": 10, "add_member": 2, "deactivate": 1, "create_group": 1 });
    assert_eq!(activity(&okta, json!({ "mix": mix })).await["skipped"], 0);
    let types = types(&okta);
    for (event_type, count) in [
        ("user.lifecycle.create", 3),
        ("user.session.start", 10),
        ("user.lifecycle.deactivate", 1),
        ("group.lifecycle.create", 1),
    ] {
        assert_eq!(types.get(event_type), Some(&count), "{types:?}");
    }
    // Whoever is created or added becomes a member of a group.
    assert!(types["group.user_membership.add"] >= 2, "{types:?}");
    let again = org().users(20).groups(3).in_process();
    again.activity_of(&mix);
    let uuids = |okta: &OktaMock| okta.log().into_iter().map(|record| record.uuid).collect::<Vec<_>>();
    assert_eq!(uuids(&okta), uuids(&again), "the same seed and calls");
}

#[tokio::test]
async fn a_mix_is_drawn_from_at_a_rate_until_it_is_stopped() {
    let okta = org().users(20).in_process();
    let status = activity(&okta, json!({ "rate": 2, "mix": { "sign_in": 1, "update_profile": 1 } })).await;
    assert_eq!(status["mix"], json!({ "sign_in": 1, "update_profile": 1 }));
    okta.clock().advance(Duration::from_secs(30));
    let made = types(&okta);
    assert_eq!(made.values().sum::<usize>(), 60);
    assert_eq!(made.keys().collect::<Vec<_>>(), ["user.account.update_profile", "user.session.start"]);
    activity(&okta, json!({ "rate": 0 })).await;
    okta.clock().advance(Duration::from_secs(30));
    assert_eq!(types(&okta), made);
    activity(&okta, json!({ "events": 5, "mix": { "sign_in": 1 } })).await;
    assert_eq!(okta.log().len(), 65);
}

#[tokio::test]
async fn a_change_with_nothing_to_change_is_counted() {
    let okta = org().users(1).groups(0).in_process();
    assert_eq!(activity(&okta, json!({ "mix": { "unlock": 2 } })).await["skipped"], 2);
    assert_eq!(activity(&okta, json!({ "events": 1, "mix": { "delete": 1 } })).await["skipped"], 3);
    assert!(okta.log().is_empty());
}

#[tokio::test]
async fn a_wrong_mix_is_told_the_nearest_name() {
    let okta = org().in_process();
    for (body, says) in [
        (
            json!({ "mix": { "sign_on": 1 } }),
            "mix: \"sign_on\" is no change, did you mean sign_in? There are sign_in, ",
        ),
        (json!({ "mix": { "delete_user": 1 } }), "mix: \"delete_user\" is no change, did you mean delete? "),
        (json!({ "mix": { "sign_in": -1 } }), "mix.sign_in: -1 is not a number"),
        (json!({ "mix": {} }), "mix: nothing to do"),
        (json!({ "mix": 3 }), "mix: 3 is not an object"),
        (json!({ "mix": { "sign_in": 1_000_000, "lock": 1 } }), "mix: more than 1000000 changes"),
        (json!({}), "events, rate or mix: at least one"),
    ] {
        let answer = post(&okta, "/_mock/activity", body).await;
        let error = answer.json()["error"].as_str().unwrap_or_default().to_owned();
        assert!(answer.status == 400 && error.starts_with(says) && !error.contains('\n'), "{error}");
    }
}

#[tokio::test]
async fn late_events_are_planted_by_offsets_from_now() {
    let okta = org().in_process();
    let planted = post(&okta, "/_mock/log", json!({ "published": "-8m", "count": 3 })).await.json();
    assert_eq!(planted["uuids"].as_array().map(Vec::len), Some(3));
    for record in okta.log() {
        assert_eq!((record.published_ms, record.persisted_ms), (START - 480_000, START));
    }
    assert_eq!(get(&okta, "/api/v1/logs").await.rows().len(), 3, "a poll finds them");
    let bounded = "/api/v1/logs?since=2026-08-21T07:55:00Z&until=2026-08-21T09:00:00Z";
    assert!(get(&okta, bounded).await.rows().is_empty(), "a window by published does not");
    let named = json!([{ "eventType": "a", "uuid": "x", "count": 2, "visible_at": "+90s" }]);
    assert_eq!(post(&okta, "/_mock/log", named).await.json()["uuids"], json!(["x-1", "x-2"]));
    assert_eq!(okta.log()[3].visible_at_ms, START + 90_000);
    for (body, says) in [
        (json!({ "published": "-8 minutes", "count": 1 }), "[0].published: \"-8 minutes\""),
        (json!({ "count": 0 }), "[0].count: 0"),
        (json!([{ "count": 1_000_000 }, { "count": 1 }]), "count: 1000001 events"),
        (json!({ "eventType": 7 }), "[0].eventType: 7"),
    ] {
        let answer = post(&okta, "/_mock/log", body).await;
        let error = answer.json()["error"].as_str().unwrap_or_default().to_owned();
        assert!(answer.status == 400 && error.starts_with(says), "{error}");
    }
}

const CHURN: &str = r#"
[org]
start = "2026-01-01T00:00:00Z"
users = 30

[[stages]]
every = "30s"
jitter = "10s"
pick = { status = "ACTIVE" }
do = "sign_in"

[[stages]]
every = "10m"
do = "deactivate"
then = [{ after = "1h", do = "delete" }]

[[timeline]]
at = "+2m"
fault = { match = { route = "logs" }, do = { rate_limit = { reset_in = "40s" } } }
for = "1m"

[[timeline]]
at = "+5m"
log = { published = "-8m", count = 3, eventType = "planted" }

[[timeline]]
at = "+6m"
activity = { create_group = 2 }
"#;

#[tokio::test]
async fn stages_churn_and_the_timeline_happens_once() {
    let okta = org().scenario(&Scenario::parse(CHURN).expect("a scenario")).in_process();
    let start = okta.clock().now_ms();
    let status = async || get(&okta, "/api/v1/logs").await.status;
    let advance = |seconds: u64| okta.clock().advance(Duration::from_secs(seconds));
    advance(119);
    assert_eq!(status().await, 200);
    advance(1);
    assert_eq!(status().await, 429);
    advance(60);
    assert_eq!(status().await, 200);
    advance(180);
    let planted: Vec<i64> = okta
        .log()
        .iter()
        .filter(|record| record.event_type == "planted")
        .map(|record| record.published_ms - start)
        .collect();
    assert_eq!(planted, [-180_000; 3], "eight minutes before minute five");
    assert_eq!(types(&okta)["group.lifecycle.create"], 2);
    advance(79 * 60 + 59 - 360);
    let made = types(&okta);
    assert_eq!((made["user.lifecycle.deactivate"], made["user.lifecycle.delete.completed"]), (7, 1));
    let sign_ins: Vec<i64> = okta
        .log()
        .iter()
        .filter(|record| record.event_type == "user.session.start")
        .map(|record| record.persisted_ms - start)
        .collect();
    assert_eq!(sign_ins.len(), 159);
    let late = |at: &i64| (at - 1) % 30_000;
    assert!(sign_ins.iter().all(|at| at % 30_000 <= 10_000), "within the jitter");
    assert!(sign_ins.iter().any(|at| late(at) > 0), "and not all at once");
    post(&okta, "/_mock/reset", json!({})).await;
    assert!(okta.log().is_empty());
}

#[tokio::test]
async fn a_scenario_may_be_json() {
    let text = json!({
        "org": { "start": "2026-01-01T00:00:00Z", "users": 9 },
        "emit": [{ "type": "made.up", "at": "+1s" }],
        "fault": [{ "route": "users.list", "nth": 2, "status": 503 }],
        "stages": [{ "every": "30s", "do": "sign_in" }],
        "timeline": [{ "at": "+5m", "logs.inject": { "published": "-8m", "count": 3 } }],
    });
    let okta = org().scenario(&Scenario::parse(&text.to_string()).expect("a scenario")).in_process();
    assert_eq!(get(&okta, "/api/v1/users").await.rows().len(), 9);
    assert_eq!(get(&okta, "/api/v1/users").await.status, 503);
    okta.clock().advance(Duration::from_secs(300));
    assert_eq!(okta.log().len(), 14);
}

#[test]
fn a_wrong_scenario_is_told_its_place() {
    for (text, says) in [
        ("[[stages]]\ndo = \"sign_in\"", "line 1: every: missing"),
        ("[[stages]]\nevery = \"0s\"\ndo = \"sign_in\"", "line 2: every: missing, or no time at all"),
        ("[[stages]]\nevery = \"1s\"\ndo = \"sleep\"", "line 3: do: \"sleep\" is no change, did you mean "),
        (
            "[[stages]]\nevery = \"1s\"\ndo = \"lock\"\npick = { status = \"GONE\" }",
            "line 4: pick.status: \"GONE\"",
        ),
        (
            "[[stages]]\nevery = \"1s\"\ndo = \"lock\"\nthen = [{ do = \"unlock\" }]",
            "line 4: then[0].after: missing",
        ),
        ("[[timeline]]\nat = \"+1s\"", "line 2: at: expected exactly one of"),
        (
            "[[timeline]]\nat = \"+1s\"\nfault = { on = \"GET /a\", do = { sttaus = 1 } }",
            "line 3: fault.do.sttaus",
        ),
        (
            "[[timeline]]\nat = \"+1s\"\nlog = { published = \"ago\", count = 1 }",
            "line 3: log: [0].published",
        ),
        ("[[timeline]]\nat = \"+1s\"\nactivity = { sign_on = 1 }", "line 3: activity: mix: \"sign_on\""),
        (
            "[[timeline]]\nat = \"+1s\"\nfor = \"1m\"\nactivity = { lock = 1 }",
            "line 3: for: only together with fault",
        ),
        ("{\"org\": 1}", "org: 1 is not an object"),
        ("{\"emit\": [{\"type\": \"a\"}, {}]}", "emit[1].type: missing"),
        ("{\"world\": {}}", "world: unknown; expected one of org, "),
        ("{\n\"org\": }", "line 2: not JSON: "),
    ] {
        let error = Scenario::parse(text).expect_err(text).to_string();
        assert!(error.starts_with(says) && !error.contains('\n'), "{text}: {error}");
    }
}
