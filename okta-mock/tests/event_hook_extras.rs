//! Event Hooks beyond the first push: filters, previews, the sparse spelling, the daily cap, late activation.

mod asking;

use std::time::Duration;

use asking::receiver::{Receiver, hook, registered};
use asking::{get, post, put};
use http::Request;
use okta_mock::{Clock, OktaMock};
use serde_json::{Value, json};

async fn create_group(okta: &OktaMock, name: &str) {
    assert_eq!(post(okta, "/api/v1/groups", json!({ "profile": { "name": name } })).await.status, 200);
}

fn events(push: &Request<bytes::Bytes>) -> Vec<Value> {
    let body: Value = serde_json::from_slice(push.body()).expect("JSON");
    body["data"]["events"].as_array().cloned().expect("events")
}

fn filtered(expression: &str) -> Value {
    let mut settings = hook(&["group.lifecycle.create", "group.lifecycle.delete"]);
    settings["events"]["filter"] = json!({ "type": "EXPRESSION_LANGUAGE", "eventFilterMap": [
        { "event": "group.lifecycle.create", "condition": { "version": null, "expression": expression } }] });
    settings
}

#[tokio::test(start_paused = true)]
async fn a_filter_lets_through_what_it_names_and_is_shown() {
    let receiver = Receiver::answering(&[200]);
    let okta = receiver.org();
    let expression =
        "event.target.?[type eq 'UserGroup'].size()>0 && event.target.?[displayName eq 'Sales'].size()>0";
    let id = registered(&okta, filtered(expression)).await;
    let shown = get(&okta, &format!("/api/v1/eventHooks/{id}")).await.json();
    assert_eq!(shown["events"]["filter"]["eventFilterMap"][0]["condition"]["expression"], expression);
    create_group(&okta, "Marketing").await;
    create_group(&okta, "Sales").await;
    okta.settle().await;
    let came = receiver.came();
    assert_eq!(came.len(), 1);
    assert_eq!(events(&came[0])[0]["target"][0]["displayName"], "Sales");
}

#[tokio::test]
async fn an_expression_that_is_not_understood_is_refused() {
    let okta = asking::org().in_process();
    let refused = post(&okta, "/api/v1/eventHooks", filtered("event.actor.id eq 'x'")).await;
    assert_eq!((refused.status, refused.code().as_str()), (400, "E0000001"));
    let mut stray = filtered("event.target.?[type eq 'User'].size()>0");
    stray["events"]["items"] = json!(["group.lifecycle.delete"]);
    assert_eq!(post(&okta, "/api/v1/eventHooks", stray).await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn a_preview_looks_like_okta_s_and_is_not_tried_twice() {
    let receiver = Receiver::answering(&[500]);
    let okta = receiver.org();
    let created = post(&okta, "/api/v1/eventHooks", hook(&["group.lifecycle.create"])).await.json();
    let id = created["id"].as_str().expect("an id");
    let push_id = okta.event_hooks().preview(id);
    okta.settle().await;
    assert_eq!(receiver.came().len(), 1);
    let event = &events(&receiver.came()[0])[0];
    assert_eq!((&event["outcome"]["result"], &event["actor"]), (&json!("Success"), &Value::Null));
    let sample: Value =
        serde_json::from_str(include_str!("../../fixtures/okta/events/hook-delivery-preview.json"))
            .expect("a sample");
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(event), keys(&sample["data"]["events"][0]));
    assert_eq!(okta.deliveries()[0].push_id, push_id);
    let over_http = post(&okta, &format!("/_mock/hooks/{id}/preview"), Value::Null).await;
    assert!(over_http.json()["push"].is_string());
    assert_eq!(post(&okta, "/_mock/hooks/nobody/preview", Value::Null).await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn the_sparse_spelling_has_no_nulls() {
    let receiver = Receiver::answering(&[200]);
    let okta = receiver.builder().sparse_hooks(true).in_process();
    registered(&okta, hook(&["group.lifecycle.create"])).await;
    create_group(&okta, "One").await;
    okta.settle().await;
    assert!(!String::from_utf8_lossy(receiver.came()[0].body()).contains("null,"));
    put(&okta, "/_mock/hooks", json!({ "sparse": false })).await;
    create_group(&okta, "Two").await;
    okta.settle().await;
    assert_eq!(events(&receiver.came()[1])[0]["device"], Value::Null);
    assert!(events(&receiver.came()[1])[0].get("device").is_some());
}

#[tokio::test(start_paused = true)]
async fn after_the_daily_cap_events_are_lost_until_the_day_is_over() {
    let receiver = Receiver::answering(&[200]);
    let okta = receiver.builder().hook_daily_cap(3, 2).in_process();
    registered(&okta, hook(&["group.lifecycle.create"])).await;
    for name in ["One", "Two", "Three", "Four", "Five"] {
        create_group(&okta, name).await;
    }
    okta.settle().await;
    assert_eq!(events(&receiver.came()[0]).len(), 3);
    let types: Vec<String> = okta.log().into_iter().map(|record| record.event_type).collect();
    let of = |wanted: &str| types.iter().filter(|name| *name == wanted).count();
    assert_eq!(of("system.operation.rate_limit.warning"), 1);
    assert_eq!(of("system.operation.rate_limit.violation"), 1);
    let shown = get(&okta, "/_mock/hooks").await.json();
    assert_eq!((&shown["sent_today"], &shown["lost_today"]), (&json!(3), &json!(2)));
    okta.clock().advance(Duration::from_secs(24 * 3_600));
    create_group(&okta, "Six").await;
    okta.settle().await;
    assert_eq!(events(&receiver.came()[1])[0]["target"][0]["displayName"], "Six");
}

#[tokio::test(start_paused = true)]
async fn a_new_hook_does_not_fire_before_its_delay_is_over() {
    let receiver = Receiver::answering(&[200]);
    let okta = receiver.builder().hook_activation_delay(Duration::from_secs(120)).in_process();
    registered(&okta, hook(&["group.lifecycle.create"])).await;
    create_group(&okta, "Too early").await;
    okta.clock().advance(Duration::from_secs(120));
    create_group(&okta, "In time").await;
    okta.settle().await;
    assert_eq!(receiver.came().len(), 1);
    assert_eq!(events(&receiver.came()[0])[0]["target"][0]["displayName"], "In time");
}

#[tokio::test(start_paused = true)]
async fn a_push_can_be_sent_again() {
    let receiver = Receiver::answering(&[200]);
    let okta = receiver.org();
    registered(&okta, hook(&["group.lifecycle.create"])).await;
    create_group(&okta, "One").await;
    okta.settle().await;
    assert_eq!(post(&okta, "/_mock/deliveries/1/redeliver", Value::Null).await.status, 200);
    okta.settle().await;
    okta.event_hooks().redeliver(2);
    okta.settle().await;
    let deliveries = okta.deliveries();
    assert_eq!(deliveries.len(), 3);
    assert!(deliveries.iter().all(|delivery| delivery.push_id == deliveries[0].push_id));
    assert_eq!(post(&okta, "/_mock/deliveries/9/redeliver", Value::Null).await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn no_more_than_25_hooks_deliver() {
    let receiver = Receiver::answering(&[200]);
    let okta = receiver.org();
    for _ in 0..25 {
        registered(&okta, hook(&["group.lifecycle.create"])).await;
    }
    let id = post(&okta, "/api/v1/eventHooks", hook(&["group.lifecycle.create"])).await.json()["id"].clone();
    let verify = format!("/api/v1/eventHooks/{}/lifecycle/verify", id.as_str().expect("an id"));
    assert_eq!(post(&okta, &verify, Value::Null).await.code(), "E0000001");
    let many = vec!["group.lifecycle.create"; 301];
    assert_eq!(post(&okta, "/api/v1/eventHooks", hook(&many)).await.code(), "E0000001");
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_changes_while_its_receiver_is_asked_is_not_verified() {
    let (asked, was_asked) = tokio::sync::watch::channel(false);
    let (answer, answers) = tokio::sync::watch::channel(false);
    let okta = OktaMock::builder()
        .clock(Clock::Tokio(asking::START))
        .push_to(move |request: Request<bytes::Bytes>| {
            let (asked, mut answers) = (asked.clone(), answers.clone());
            async move {
                asked.send_replace(true);
                answers.wait_for(|now| *now).await.expect("a test that is still there");
                let challenge = request.headers()["x-okta-verification-challenge"].to_str().expect("a text");
                http::Response::new(json!({ "verification": challenge }).to_string().into())
            }
        })
        .in_process();
    let settings = hook(&["group.lifecycle.create"]);
    for (member, value) in [
        ("uri", json!("https://other.example.com/okta")),
        ("headers", json!([])),
        ("authScheme", json!({ "type": "HEADER", "key": "Authorization", "value": "another" })),
    ] {
        answer.send_replace(false);
        let id = post(&okta, "/api/v1/eventHooks", settings.clone()).await.json()["id"].clone();
        let path = format!("/api/v1/eventHooks/{}", id.as_str().expect("an id"));
        let mut changed = settings.clone();
        changed["channel"]["config"][member] = value;
        let change = async {
            was_asked.clone().wait_for(|now| *now).await.expect("a receiver");
            assert_eq!(put(&okta, &path, changed).await.status, 200);
            answer.send_replace(true);
        };
        let verify = format!("{path}/lifecycle/verify");
        let (refused, ()) = tokio::join!(post(&okta, &verify, Value::Null), change);
        assert_eq!((refused.status, refused.code().as_str()), (400, "E0000001"), "{member}");
        assert_eq!(get(&okta, &path).await.json()["verificationStatus"], "UNVERIFIED", "{member}");
        assert_eq!(post(&okta, &verify, Value::Null).await.json()["verificationStatus"], "VERIFIED");
    }
}
