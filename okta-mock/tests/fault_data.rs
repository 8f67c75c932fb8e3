//! Faults of what is known: a stale index, events that a page passes over, faults that a request brings itself.

mod asking;

use std::time::Duration;

use asking::receiver::{Receiver, hook, registered};
use asking::{START, get, org, post, send};
use bytes::Bytes;
use http::Request;
use okta_mock::{Channel, NewEvent, OktaMock, PushFault};
use serde_json::{Value, json};

const SEARCH: &str = "/api/v1/users?search=profile.department+eq+%22Moved%22";

#[tokio::test]
async fn a_stale_index_shows_one_request_the_users_as_they_were() {
    let okta = org().users(4).in_process();
    okta.faults().on("GET /api/v1/users").query("search=").nth(2).stale_index(Duration::from_secs(10));
    let user = get(&okta, "/api/v1/users?limit=1").await.column("id")[0].clone();
    let moved = json!({ "profile": { "department": "Moved" } });
    assert_eq!(post(&okta, &format!("/api/v1/users/{user}"), moved).await.status, 200);
    okta.clock().advance(Duration::from_secs(9));
    let mut found = Vec::new();
    for _ in 0..3 {
        found.push(get(&okta, SEARCH).await.rows().len());
    }
    assert_eq!(found, [1, 0, 1], "only the second search saw the old index");
    okta.faults().clear();
    okta.faults().on("GET /api/v1/users").query("search=").stale_index(Duration::from_secs(10));
    okta.clock().advance(Duration::from_secs(1));
    assert_eq!(get(&okta, SEARCH).await.rows().len(), 1, "the change is ten seconds old");
}

fn events(okta: &OktaMock, n: usize) -> Vec<String> {
    okta.append_log((0..n).map(|_| NewEvent::new("user.session.start")).collect())
}

#[tokio::test]
async fn events_that_a_page_passed_over_appear_late_behind_its_cursor() {
    let okta = org().in_process();
    okta.faults().on_route("logs").nth(1).log_late(2, Duration::from_secs(90));
    let uuids = events(&okta, 5);
    let page = get(&okta, "/api/v1/logs").await;
    assert_eq!(page.column("uuid"), uuids[2..]);
    okta.clock().advance(Duration::from_secs(89));
    assert_eq!(get(&okta, "/api/v1/logs").await.column("uuid"), uuids[2..], "still hidden from everybody");
    okta.clock().advance(Duration::from_secs(1));
    let next = page.link("next").expect("always one");
    assert!(get(&okta, &next).await.rows().is_empty(), "they lie behind the cursor");
    assert_eq!(get(&okta, "/api/v1/logs").await.column("uuid"), uuids);
    assert_eq!(okta.log()[0].visible_at_ms, START + 90_000, "the truth knows");
}

#[tokio::test]
async fn events_in_a_gap_never_come() {
    let okta = org().in_process();
    okta.faults().on_route("logs").nth(1).log_gap(1);
    let uuids = events(&okta, 3);
    assert_eq!(get(&okta, "/api/v1/logs").await.column("uuid"), uuids[1..]);
    okta.clock().advance(Duration::from_secs(86_400));
    assert_eq!(get(&okta, "/api/v1/logs").await.column("uuid"), uuids[1..]);
    let until = "/api/v1/logs?until=2026-08-23T00:00:00Z";
    assert_eq!(get(&okta, until).await.column("uuid"), uuids[1..]);
    assert_eq!((okta.log().len(), okta.log()[0].visible_at_ms), (3, i64::MAX));
}

#[tokio::test]
async fn a_rule_ends_with_its_requests_or_with_the_clock() {
    let okta = org().in_process();
    okta.faults().on("GET /api/v1/users").until_request(2).every(2).respond(503);
    okta.faults().on("GET /api/v1/groups").until_ms(START + 5_000).respond(503);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(get(&okta, "/api/v1/users").await.status);
    }
    assert_eq!(statuses, [200, 503, 200, 200]);
    assert_eq!(get(&okta, "/api/v1/groups").await.status, 503);
    okta.clock().advance(Duration::from_secs(5));
    assert_eq!(get(&okta, "/api/v1/groups").await.status, 200);
}

/// A request that brings a fault.
async fn asking_for(okta: &OktaMock, fault: &str) -> asking::Answer {
    asking_at(okta, "/api/v1/users", fault).await
}

async fn asking_at(okta: &OktaMock, target: &str, fault: &str) -> asking::Answer {
    let request = Request::get(target)
        .header("authorization", format!("SSWS {}", okta.api_token()))
        .header("x-okta-mock-fault", fault)
        .body(Bytes::new())
        .expect("a request");
    send(okta, request).await
}

#[tokio::test]
async fn a_stale_index_in_a_header_shows_the_users_of_up_to_ten_minutes_ago() {
    let okta = org().users(4).header_faults(true).in_process();
    let user = get(&okta, "/api/v1/users?limit=1").await.column("id")[0].clone();
    let moved = json!({ "profile": { "department": "Moved" } });
    assert_eq!(post(&okta, &format!("/api/v1/users/{user}"), moved).await.status, 200);
    okta.clock().advance(Duration::from_secs(599));
    for (ago, found) in [("10m", 0), ("599s", 1), ("1s", 1)] {
        let searched = asking_at(&okta, SEARCH, &json!({ "stale_index": ago }).to_string()).await;
        assert_eq!(searched.rows().len(), found, "{ago}");
    }
    assert_eq!(get(&okta, SEARCH).await.rows().len(), 1, "nobody else sees the old index");
    let older = asking_at(&okta, SEARCH, r#"{"stale_index":"601s"}"#).await;
    assert_eq!(older.json()["error"], "X-Okta-Mock-Fault: do.stale_index: at most 10m in a header");
}

#[tokio::test]
async fn a_request_brings_its_own_fault_where_that_is_allowed() {
    let okta = org().users(3).header_faults(true).in_process();
    okta.faults().on("GET /api/v1/users").respond(500);
    let own = asking_for(&okta, r#"{"status":503}"#).await;
    assert_eq!(own.status, 503, "it goes before the rules");
    okta.faults().clear();
    assert_eq!(asking_for(&okta, r#"{"duplicate_rows":true}"#).await.rows().len(), 4);
    assert_eq!(okta.requests()[1].faults, [0], "the journal says that it was the request's own");
    for (fault, says) in [
        ("{", "X-Okta-Mock-Fault: not JSON: "),
        (r#"{"sttaus":1}"#, "X-Okta-Mock-Fault: do.sttaus: unknown"),
        (r#"{"drop":true}"#, "X-Okta-Mock-Fault: do.drop: unknown"),
        ("[]", "X-Okta-Mock-Fault: do: [] is not an object"),
    ] {
        let wrong = asking_for(&okta, fault).await;
        let error = wrong.json()["error"].as_str().unwrap_or_default().to_owned();
        assert!(wrong.status == 400 && error.starts_with(says), "{error}");
    }
    let plain = org().users(3).in_process();
    assert_eq!(asking_for(&plain, r#"{"status":503}"#).await.status, 200, "not allowed by default");
}

/// The events of each push.
fn batches(receiver: &Receiver) -> Vec<usize> {
    let events = |push: &Request<Bytes>| {
        let body: Value = serde_json::from_slice(push.body()).expect("JSON");
        body["data"]["events"].as_array().map_or(0, Vec::len)
    };
    receiver.came().iter().map(events).collect()
}

async fn group(okta: &OktaMock, name: &str) {
    post(okta, "/api/v1/groups", json!({ "profile": { "name": name } })).await;
    okta.clock().advance(Duration::from_millis(200));
}

#[tokio::test(start_paused = true)]
async fn pushes_become_one_once_there_are_enough_or_a_minute_is_over() {
    let receiver = Receiver::answering(&[200]);
    let okta = receiver.org();
    registered(&okta, hook(&["group.lifecycle.create"])).await;
    okta.faults().on_push(Channel::EventHook).push(PushFault::Merge(2));
    for name in ["One", "Two", "Three"] {
        group(&okta, name).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(batches(&receiver), [2], "the third waits for a fourth");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(batches(&receiver), [2, 1]);
    assert!(okta.deliveries().iter().all(|delivery| delivery.faulted));
    group(&okta, "Five").await;
    okta.settle().await;
    assert_eq!(batches(&receiver), [2, 1, 1], "who settles does not wait for others");
}

#[tokio::test(start_paused = true)]
async fn a_push_can_be_too_large() {
    let receiver = Receiver::answering(&[200]);
    let okta = receiver.builder().eventbridge_relay("http://relay.example.com/", "s").in_process();
    registered(&okta, hook(&["group.lifecycle.create"])).await;
    okta.log_streams().eventbridge("discovery");
    okta.settle().await;
    let before = receiver.came().len();
    for channel in [Channel::EventHook, Channel::EventBridge] {
        okta.faults().on_push(channel).push(PushFault::Oversize(300_000));
    }
    group(&okta, "One").await;
    okta.settle().await;
    let came = &receiver.came()[before..];
    assert_eq!(came.len(), 2);
    for push in came {
        let body: Value = serde_json::from_slice(push.body()).expect("JSON, however long");
        let event = if body["detail"].is_null() { &body["data"]["events"][0] } else { &body["detail"] };
        assert_eq!(event["oversize"].as_str().map(str::len), Some(300_000));
        assert_eq!(event["eventType"], "group.lifecycle.create");
    }
}

#[tokio::test(start_paused = true)]
async fn a_verification_fails_although_the_receiver_repeats_the_challenge() {
    let receiver = Receiver::answering(&[200]);
    let okta = receiver.org();
    okta.faults().on_push(Channel::EventHook).times(1).push(PushFault::ChallengeMismatch);
    let made = post(&okta, "/api/v1/eventHooks", hook(&["group.lifecycle.create"])).await.json();
    let verify = format!("/api/v1/eventHooks/{}/lifecycle/verify", made["id"].as_str().expect("an id"));
    let refused = post(&okta, &verify, Value::Null).await;
    assert_eq!((refused.status, refused.code().as_str()), (400, "E0000001"));
    okta.journal().expect("POST /api/v1/eventHooks/*/lifecycle/verify").faulted(true).exactly(1);
    assert_eq!(post(&okta, &verify, Value::Null).await.json()["verificationStatus"], "VERIFIED");
    group(&okta, "One").await;
    okta.settle().await;
    assert!(okta.deliveries().iter().all(|delivery| !delivery.faulted), "it is not about pushes");
}

#[tokio::test]
#[should_panic(expected = "push: WrongDetailType is not for the channel event_hook")]
async fn a_push_fault_of_another_channel_is_refused() {
    org().in_process().faults().on_push(Channel::EventHook).push(PushFault::WrongDetailType);
}

#[tokio::test]
#[should_panic(expected = "headers: \"X Rate\" is not a header name")]
async fn a_header_that_is_none_is_refused_aloud() {
    org().in_process().faults().on("GET /api/v1/users").headers(&[("X Rate", "1")], &[]);
}

#[tokio::test]
#[should_panic(expected = "headers: \"a\\nb\" is not a text that a header can carry")]
async fn a_header_value_that_is_none_is_refused_aloud() {
    org().in_process().faults().on("GET /api/v1/users").headers(&[("X-Rate", "a\nb")], &[]);
}

#[tokio::test]
#[should_panic(expected = "headers: \"\" is not a header name")]
async fn a_header_to_leave_out_that_is_none_is_refused_aloud() {
    org().in_process().faults().on("GET /api/v1/users").headers(&[], &[""]);
}

#[tokio::test]
#[should_panic(expected = "respond_with: \"text/\\nhtml\" is not a text that a header can carry")]
async fn a_content_type_that_is_none_is_refused_aloud() {
    org().in_process().faults().on("GET /api/v1/users").respond_with(200, "text/\nhtml", "");
}
