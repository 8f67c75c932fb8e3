//! `/_mock`: what a test in another language can see and do.

mod asking;

use asking::{START, delete, get, org, post, put, types_since};
use okta_mock::RateLimits;
use serde_json::{Value, json};

#[tokio::test]
async fn the_truth_lists_every_event_with_all_its_times() {
    let okta = org().in_process();
    let added = post(
        &okta,
        "/_mock/log",
        json!([
            { "eventType": "user.session.start", "published": "2026-08-21T07:00:00.000Z" },
            { "eventType": "made.up", "visible_at": START + 60_000, "uuid": "twice", "outcome": { "result": "DENY" } },
        ]),
    )
    .await;
    assert_eq!(added.json()["uuids"][1], "twice");
    let truth = get(&okta, "/_mock/log").await.json()["events"].as_array().cloned().expect("events");
    assert_eq!(truth.len(), 2);
    assert_eq!(truth[0]["published"], "2026-08-21T07:00:00.000Z");
    assert_eq!(truth[0]["persisted"], "2026-08-21T08:00:00.000Z");
    assert_eq!(truth[1]["visible_at"], "2026-08-21T08:01:00.000Z");
    let after = format!("/_mock/log?after={}&limit=5", truth[0]["position"]);
    assert_eq!(get(&okta, &after).await.json()["events"].as_array().map(Vec::len), Some(1));
    assert_eq!(get(&okta, "/api/v1/logs").await.rows().len(), 1, "the second cannot be seen yet");
    put(&okta, "/_mock/clock", json!({ "now": "2026-08-21T08:01:00.000Z" })).await;
    assert_eq!(get(&okta, "/api/v1/logs").await.rows()[1]["outcome"]["result"], "DENY");
}

#[tokio::test]
async fn activity_happens_at_once_or_at_its_rate_on_the_mocks_clock() {
    let okta = org().users(50).groups(3).apps(3).in_process();
    assert_eq!(post(&okta, "/_mock/activity", json!({ "events": 20 })).await.status, 200);
    let at_once = okta.log().len();
    assert!(at_once >= 20);
    post(&okta, "/_mock/activity", json!({ "events": 10, "rate": 2.0 })).await;
    assert_eq!(okta.log().len(), at_once);
    post(&okta, "/_mock/clock/advance", json!({ "by": "2s" })).await;
    assert_eq!(get(&okta, "/_mock/activity").await.json()["left"], 6);
    post(&okta, "/_mock/clock/advance", json!({ "by": "1h" })).await;
    assert_eq!(get(&okta, "/_mock/activity").await.json()["left"], 0);
    let log = okta.log();
    assert!(log.len() >= at_once + 10);
    assert_eq!(log.last().map(|record| record.persisted_ms), Some(START + 5_000), "each at its own time");
    post(&okta, "/_mock/activity", json!({ "rate": 100 })).await;
    post(&okta, "/_mock/activity", json!({ "rate": 0 })).await;
    let stopped = okta.log().len();
    post(&okta, "/_mock/clock/advance", json!({ "by": "1h" })).await;
    assert_eq!(okta.log().len(), stopped);
}

#[tokio::test]
async fn a_rate_of_changes_is_kept_exactly() {
    let okta = org().users(200).groups(5).apps(5).live_rate(3.0).in_process();
    okta.clock().advance(std::time::Duration::from_secs(100));
    assert_eq!(get(&okta, "/_mock/activity").await.json()["rate"], 3.0);
    // Most changes write one event; deactivations write several, so events are only counted from below.
    let transactions: std::collections::BTreeSet<String> = okta
        .log()
        .iter()
        .map(|record| {
            serde_json::from_slice::<Value>(&record.json()).expect("JSON")["transaction"]["id"].to_string()
        })
        .collect();
    assert_eq!(transactions.len(), 300);
}

#[tokio::test]
async fn requests_are_remembered_without_credentials() {
    let okta = org().in_process();
    get(&okta, "/api/v1/users?limit=2").await;
    let shown = get(&okta, "/_mock/requests").await;
    let request = &shown.json()["requests"][0];
    assert_eq!(request["path"], "/api/v1/users");
    assert_eq!(
        (&request["query"], &request["status"], &request["bucket"]),
        (&json!("limit=2"), &json!(200), &json!("/api/v1/users"))
    );
    assert!(!String::from_utf8_lossy(&shown.bytes).contains(okta.api_token()));
    assert_eq!(okta.requests().len(), 1, "calls to /_mock are not counted");
    delete(&okta, "/_mock/requests").await;
    assert!(okta.requests().is_empty());
}

#[tokio::test]
async fn limits_are_shown_and_set() {
    let okta = org().rate_limits(RateLimits::Workforce).in_process();
    put(
        &okta,
        "/_mock/rate-limits",
        json!({ "buckets": [{ "bucket": "/api/v1/logs", "limit": 4 }], "window": "10s" }),
    )
    .await;
    assert_eq!(get(&okta, "/api/v1/logs").await.header("x-rate-limit-limit"), "2");
    get(&okta, "/api/v1/logs").await;
    assert_eq!(get(&okta, "/api/v1/logs").await.status, 429);
    let shown = get(&okta, "/_mock/rate-limits").await.json();
    assert_eq!((&shown["mode"], &shown["violations"]), (&json!("workforce"), &json!(1)));
    let logs = shown["buckets"]
        .as_array()
        .and_then(|rows| rows.iter().find(|row| row["bucket"] == "/api/v1/logs"))
        .cloned();
    assert_eq!(logs.expect("a row")["reset"], START / 1_000 + 10);
}

#[tokio::test]
async fn faults_are_listed_and_removed() {
    let okta = org().in_process();
    let rule =
        json!({ "on": "GET /api/v1/logs", "nth": 3, "do": { "status": 500, "errorCode": "E0000009" } });
    let ids = post(
        &okta,
        "/_mock/faults",
        json!([rule, { "on": "GET /api/v1/users", "do": { "rate_limit": true } }]),
    )
    .await;
    assert_eq!(ids.json()["ids"], json!([1, 2]));
    assert_eq!(get(&okta, "/api/v1/users").await.status, 429);
    let shown = get(&okta, "/_mock/faults").await.json();
    assert_eq!(shown["faults"][0]["nth"], 3);
    assert_eq!(shown["faults"][1]["acted"], 1);
    assert_eq!(delete(&okta, "/_mock/faults?id=2").await.json()["removed"], 1);
    assert_eq!(get(&okta, "/api/v1/users").await.status, 200);
    assert_eq!(delete(&okta, "/_mock/faults").await.json()["removed"], 1);
}

#[tokio::test]
async fn a_reset_brings_the_first_state_back() {
    let okta = org().users(4).in_process();
    let before = get(&okta, "/api/v1/users").await.bytes;
    okta.activity(50);
    assert_eq!(post(&okta, "/_mock/reset", Value::Null).await.status, 200);
    assert_eq!(get(&okta, "/api/v1/users").await.bytes, before);
    assert!(types_since(&okta, 0).is_empty() && okta.requests().len() == 1);
}

#[tokio::test]
async fn wrong_input_is_a_400_with_one_line_that_says_what_and_where() {
    let okta = org().in_process();
    for (target, body, says) in [
        ("/_mock/log", json!([{ "eventType": "a" }, { "published": 1 }]), "[1].eventType: missing"),
        (
            "/_mock/log",
            json!([{ "eventType": "a", "published": "yesterday" }]),
            "[0].published: \"yesterday\" is not a time",
        ),
        ("/_mock/activity", json!({}), "events, rate or mix"),
        ("/_mock/activity", json!({ "events": -1 }), "events: -1"),
        ("/_mock/activity", json!({ "evnets": 1 }), "evnets: unknown"),
        ("/_mock/clock/advance", json!({ "by": "soon" }), "by: \"soon\""),
        (
            "/_mock/faults",
            json!([{ "on": "GET /a", "do": { "drop_next": true } }, { "on": "GET /a" }]),
            "[1].do: missing",
        ),
    ] {
        let answer = post(&okta, target, body).await;
        let error = answer.json()["error"].as_str().unwrap_or_default().to_owned();
        assert_eq!(answer.status, 400, "{target}: {error}");
        assert!(error.starts_with(says) && !error.contains('\n'), "{error}");
    }
    assert!(okta.log().is_empty(), "half of a wrong list is not appended");
    let backwards = put(&okta, "/_mock/clock", json!({ "now": "2026-08-21T07:00:00.000Z" })).await;
    assert_eq!(backwards.json()["error"], "now: the clock only moves forwards");
    assert_eq!(get(&okta, "/_mock/nonsense").await.status, 404);
    assert_eq!(get(&okta, "/_mock/snapshot").await.status, 501);
    let health = get(&okta, "/_mock/health").await;
    assert_eq!((health.json()["status"].as_str(), health.header("x-okta-mock")), (Some("ok"), "1"));
    assert_eq!(get(&okta, "/_mock/credentials").await.json(), okta.credentials());
}
