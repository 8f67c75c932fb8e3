//! Event Hooks from registration to the record of every attempt, without a socket and on a paused clock.

mod asking;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use asking::receiver::{Receiver, hook};
use asking::{START, delete, get, post, put, types_since};
use bytes::Bytes;
use http::{Method, Response};
use okta_mock::{Clock, OktaMock};
use serde_json::{Value, json};

/// Registers and verifies a hook for group changes.
async fn verified(okta: &OktaMock) -> String {
    let created =
        post(okta, "/api/v1/eventHooks", hook(&["group.lifecycle.create", "group.lifecycle.delete"])).await;
    assert_eq!((created.status, &created.json()["verificationStatus"]), (200, &json!("UNVERIFIED")));
    let id = created.json()["id"].as_str().expect("an id").to_owned();
    let verified = post(okta, &format!("/api/v1/eventHooks/{id}/lifecycle/verify"), Value::Null).await;
    assert_eq!((verified.status, &verified.json()["verificationStatus"]), (200, &json!("VERIFIED")));
    assert_eq!(okta.requests().last().map(|request| request.status), Some(200));
    id
}

async fn create_group(okta: &OktaMock, name: &str) {
    assert_eq!(post(okta, "/api/v1/groups", json!({ "profile": { "name": name } })).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn changes_close_in_time_go_out_in_one_push_as_okta_spells_them() {
    let receiver = Receiver::answering(&[204]);
    let okta = receiver.org();
    let id = verified(&okta).await;
    create_group(&okta, "One").await;
    create_group(&okta, "Two").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(receiver.came().len(), 0, "the batching window is open");
    okta.settle().await;
    let came = receiver.came();
    assert_eq!(came.len(), 1);
    let push = &came[0];
    assert_eq!(push.method(), Method::POST);
    for (name, value) in [
        ("accept", "application/json"),
        ("content-type", "application/json"),
        ("authorization", "s3cret"),
        ("x-source", "okta"),
    ] {
        assert_eq!(push.headers()[name], value);
    }
    let body: Value = serde_json::from_slice(push.body()).expect("JSON");
    assert_eq!(body["eventType"], "com.okta.event_hook");
    assert_eq!(body["source"], format!("http://127.0.0.1:1/api/v1/eventHooks/{id}"));
    let events = body["data"]["events"].as_array().expect("events");
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["debugContext"]["debugData"]["targetEventHookIds"], id);
    assert!(events[0]["client"]["ipChain"].is_array() && events[0].get("request").is_none());
    let deliveries = okta.deliveries();
    assert_eq!(deliveries.len(), 1);
    assert_eq!(
        (deliveries[0].target_id.as_str(), deliveries[0].attempt, deliveries[0].status),
        (id.as_str(), 1, Some(204))
    );
    let in_log: Vec<String> =
        okta.log().iter().filter(|r| r.event_type.starts_with("group.")).map(|r| r.uuid.clone()).collect();
    assert_eq!(deliveries[0].event_uuids, in_log);
}

#[tokio::test(start_paused = true)]
async fn the_window_closes_by_itself() {
    let receiver = Receiver::answering(&[200]);
    let okta = receiver.org();
    verified(&okta).await;
    create_group(&okta, "One").await;
    tokio::time::sleep(Duration::from_millis(250)).await;
    create_group(&okta, "Two").await;
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert_eq!(receiver.came().len(), 2, "one push for each window");
}

#[tokio::test(start_paused = true)]
async fn a_server_error_is_retried_once_with_the_same_push_id() {
    let receiver = Receiver::answering(&[503, 200]);
    let okta = receiver.org();
    verified(&okta).await;
    create_group(&okta, "One").await;
    okta.settle().await;
    let deliveries = okta.deliveries();
    assert_eq!(
        deliveries.iter().map(|d| (d.attempt, d.status)).collect::<Vec<_>>(),
        [(1, Some(503)), (2, Some(200))]
    );
    assert_eq!(deliveries[0].push_id, deliveries[1].push_id);
    assert!(okta.log().iter().all(|record| record.event_type != "event_hook.delivery"));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_final_and_written_into_the_log() {
    for refusal in [400, 401, 302] {
        let receiver = Receiver::answering(&[refusal]);
        let okta = receiver.org();
        verified(&okta).await;
        let before = okta.log().len();
        create_group(&okta, "One").await;
        okta.settle().await;
        assert_eq!(receiver.came().len(), 1, "{refusal} is not tried again");
        assert_eq!(types_since(&okta, before), ["group.lifecycle.create", "event_hook.delivery"]);
        let event: Value = serde_json::from_slice(&okta.log().last().expect("one").json()).expect("JSON");
        assert_eq!(event["outcome"]["result"], "FAILURE");
        assert_eq!(event["target"][0]["type"], "Webhook");
    }
}

#[tokio::test(start_paused = true)]
async fn silence_is_retried_once_after_three_seconds_and_then_given_up() {
    let receiver = Receiver::answering(&[0]);
    let okta = receiver.org();
    verified(&okta).await;
    create_group(&okta, "One").await;
    okta.settle().await;
    let deliveries = okta.deliveries();
    assert_eq!(deliveries.len(), 2);
    for delivery in deliveries {
        assert_eq!((delivery.status, delivery.duration_ms), (None, 3_000));
        assert_eq!(delivery.error.as_deref(), Some("Timed out waiting for the external service"));
    }
    assert_eq!(
        okta.log().last().map(|record| record.event_type.clone()).as_deref(),
        Some("event_hook.delivery")
    );
}

#[tokio::test(start_paused = true)]
async fn only_an_active_and_verified_hook_gets_what_it_asked_for() {
    let receiver = Receiver::answering(&[200]);
    let okta = receiver.org();
    let created = post(&okta, "/api/v1/eventHooks", hook(&["group.lifecycle.create"])).await.json();
    let path = format!("/api/v1/eventHooks/{}", created["id"].as_str().expect("an id"));
    create_group(&okta, "Before verification").await;
    post(&okta, &format!("{path}/lifecycle/verify"), Value::Null).await;
    post(&okta, &format!("{path}/lifecycle/deactivate"), Value::Null).await;
    create_group(&okta, "While inactive").await;
    post(&okta, &format!("{path}/lifecycle/activate"), Value::Null).await;
    create_group(&okta, "Wanted").await;
    okta.activity(3);
    okta.settle().await;
    let came = receiver.came();
    assert_eq!(came.len(), 1);
    let body: Value = serde_json::from_slice(came[0].body()).expect("JSON");
    assert_eq!(body["data"]["events"].as_array().map(Vec::len), Some(1));
    assert_eq!(body["data"]["events"][0]["target"][0]["displayName"], "Wanted");
    // A new address has to prove itself.
    let mut changed = hook(&["group.lifecycle.create"]);
    changed["channel"]["config"]["uri"] = json!("http://127.0.0.1:9/other");
    assert_eq!(put(&okta, &path, changed).await.json()["verificationStatus"], "UNVERIFIED");
    assert_eq!(delete(&okta, &path).await.status, 403, "an active hook cannot be deleted");
    post(&okta, &format!("{path}/lifecycle/deactivate"), Value::Null).await;
    assert_eq!(delete(&okta, &path).await.status, 204);
    assert_eq!(
        get(&okta, &path).await.json()["errorSummary"].as_str().map(|text| text.ends_with("(Webhook)")),
        Some(true)
    );
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_does_not_repeat_the_challenge_stays_unverified() {
    let asked = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&asked);
    let okta = OktaMock::builder()
        .clock(Clock::Tokio(START))
        .push_to(move |_| {
            let mut asked = counted.lock().expect("not poisoned");
            *asked += 1;
            let silent = *asked <= 2;
            async move {
                if silent {
                    std::future::pending::<()>().await;
                }
                Response::new(Bytes::from_static(b"{\"verification\":\"wrong\"}"))
            }
        })
        .in_process();
    let created = post(&okta, "/api/v1/eventHooks", hook(&["group.lifecycle.create"])).await.json();
    let verify = format!("/api/v1/eventHooks/{}/lifecycle/verify", created["id"].as_str().expect("an id"));
    let silent = post(&okta, &verify, Value::Null).await;
    assert_eq!((silent.status, silent.code().as_str()), (400, "E0000001"));
    assert_eq!(*asked.lock().expect("not poisoned"), 2, "one retry after a timeout");
    let wrong = post(&okta, &verify, Value::Null).await;
    assert_eq!(wrong.status, 400);
    assert_eq!(*asked.lock().expect("not poisoned"), 3, "a wrong answer is not asked for again");
}

#[tokio::test]
async fn registrations_that_okta_would_refuse_are_refused() {
    let okta = asking::org().in_process();
    let refused = async |change: fn(&mut Value)| {
        let mut body = hook(&["group.lifecycle.create"]);
        change(&mut body);
        let answer = post(&okta, "/api/v1/eventHooks", body).await;
        (answer.status, answer.code())
    };
    let validation = (400, "E0000001".to_owned());
    let wrong: [fn(&mut Value); 23] = [
        |body| body["events"]["items"] = json!(["app.oauth2.signon"]),
        |body| body["events"]["items"] = json!(["user.lifecycle.delete"]),
        |body| body["events"]["items"] = json!([]),
        |body| body["name"] = json!(""),
        |body| body["channel"]["config"]["uri"] = json!("http://inbox.example.com/"),
        |body| body["channel"]["config"]["uri"] = json!("ftp://127.0.0.1/"),
        |body| body["channel"]["config"] = json!({}),
        |body| body["channel"]["config"]["headers"] = json!([{ "key": "Accept", "value": "x" }]),
        |body| body["name"] = json!(7),
        |body| body["description"] = json!({}),
        |body| body["events"]["type"] = json!("FLOW_EVENT"),
        |body| body["events"]["items"] = json!("group.lifecycle.create"),
        |body| body["events"]["items"] = json!(["group.lifecycle.create", 7]),
        |body| body["events"]["items"] = json!(["group.lifecycle.create", "group.lifecycle.create"]),
        |body| body["channel"]["type"] = json!("SMTP"),
        |body| body["channel"]["version"] = json!("2.0.0"),
        |body| body["channel"]["config"]["method"] = json!("GET"),
        |body| body["channel"]["config"]["uri"] = json!(7),
        |body| body["channel"]["config"]["headers"] = json!([{ "key": "X-Count", "value": 7 }]),
        |body| body["channel"]["config"]["headers"] = json!([{ "value": "x" }]),
        |body| body["channel"]["config"]["authScheme"]["type"] = json!("BASIC"),
        |body| body["channel"]["config"]["authScheme"]["value"] = json!(7),
        |body| body["channel"]["config"]["authScheme"] = json!("s3cret"),
    ];
    for change in wrong {
        assert_eq!(refused(change).await, validation);
    }
    assert_eq!(refused(|body| body["channel"]["config"]["uri"] = json!("http://127.0.0.1:9/")).await.0, 200);
    let shown = get(&okta, "/api/v1/eventHooks").await;
    assert!(!String::from_utf8_lossy(&shown.bytes).contains("s3cret"), "the secret is never shown");
}
