//! Log streams: Okta's API for them, and what a receiver behind AWS EventBridge gets.

mod asking;

use asking::receiver::Receiver;
use asking::{delete, get, org, post, put};
use http::Method;
use okta_mock::{Channel, OktaMock};
use serde_json::{Value, json};

fn eventbridge(name: &str) -> Value {
    json!({ "type": "aws_eventbridge", "name": name, "settings": {
        "accountId": "123456789012", "eventSourceName": "discovery", "region": "eu-central-1" } })
}

fn splunk() -> Value {
    json!({ "type": "splunk_cloud_logstreaming", "name": "Splunk", "settings": {
        "edition": "aws", "host": "acme.splunkcloud.com", "token": "11111111-1111-2222-8222-222222222222" } })
}

async fn create_group(okta: &OktaMock, name: &str) {
    assert_eq!(post(okta, "/api/v1/groups", json!({ "profile": { "name": name } })).await.status, 200);
}

#[tokio::test]
async fn a_stream_is_made_changed_switched_and_deleted_as_at_okta() {
    let okta = org().in_process();
    let created = post(&okta, "/api/v1/logStreams", eventbridge("Discovery stream")).await;
    assert_eq!((created.status, &created.json()["status"]), (200, &json!("ACTIVE")));
    let sample: Value = serde_json::from_str(include_str!("../../fixtures/okta/objects/log-streams.json"))
        .expect("Okta's sample");
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    let shown = created.json();
    assert_eq!(keys(&shown), keys(&sample[0]));
    assert_eq!(shown["settings"], sample[0]["settings"]);
    assert_eq!(keys(&shown["_links"]), keys(&sample[0]["_links"]));
    let path = format!("/api/v1/logStreams/{}", shown["id"].as_str().expect("an id"));
    let off = post(&okta, &format!("{path}/lifecycle/deactivate"), Value::Null).await;
    assert_eq!((off.status, off.bytes.len()), (200, 0), "recorded: an empty body");
    assert!(get(&okta, &path).await.json()["_links"]["activate"].is_object());
    let mut renamed = eventbridge("Another name");
    assert_eq!(put(&okta, &path, renamed.clone()).await.json()["name"], "Another name");
    renamed["settings"]["region"] = json!("us-east-1");
    assert_eq!(put(&okta, &path, renamed).await.code(), "E0000001", "settings are written once");
    assert_eq!(put(&okta, &path, splunk()).await.code(), "E0000001", "so is the type");
    assert_eq!(get(&okta, "/api/v1/logStreams").await.rows().len(), 1);
    assert_eq!(delete(&okta, &path).await.status, 204);
    let gone = get(&okta, &path).await.json();
    assert!(gone["errorSummary"].as_str().is_some_and(|text| text.ends_with("(AppInstance)")), "{gone}");
    let types: Vec<String> = okta.log().into_iter().map(|record| record.event_type).collect();
    let lifecycle = |word| format!("system.log_stream.lifecycle.{word}");
    assert_eq!(types, ["create", "deactivate", "update", "delete"].map(lifecycle));
}

#[tokio::test]
async fn two_streams_fit_and_a_splunk_token_is_never_shown() {
    let okta = org().in_process();
    let created = post(&okta, "/api/v1/logStreams", splunk()).await;
    let path = format!("/api/v1/logStreams/{}", created.json()["id"].as_str().expect("an id"));
    let mut other_token = splunk();
    other_token["settings"]["token"] = json!("an0ther");
    assert_eq!(put(&okta, &path, other_token).await.status, 200);
    let mut other_host = splunk();
    other_host["settings"]["host"] = json!("other.splunkcloud.com");
    assert_eq!(put(&okta, &path, other_host).await.status, 400);
    assert!(
        !String::from_utf8_lossy(&get(&okta, &path).await.bytes)
            .contains("11111111-1111-2222-8222-222222222222")
    );
    post(&okta, "/api/v1/logStreams", eventbridge("One")).await;
    assert_eq!(post(&okta, "/api/v1/logStreams", eventbridge("Two")).await.code(), "E0000001");
}

#[tokio::test]
async fn settings_that_okta_would_refuse_are_refused() {
    let okta = org().in_process();
    for (at, value) in [
        ("/type", json!("file")),
        ("/name", json!("")),
        ("/settings/accountId", json!("12345")),
        ("/settings/eventSourceName", json!("a b")),
        ("/settings/eventSourceName", json!("")),
        ("/settings/region", Value::Null),
    ] {
        let mut body = eventbridge("Stream");
        *body.pointer_mut(at).expect("a member") = value;
        assert_eq!(post(&okta, "/api/v1/logStreams", body).await.code(), "E0000001", "{at}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_event_goes_out_alone_as_an_api_destination_sends_it() {
    let receiver = Receiver::answering(&[204]);
    let okta = receiver.builder().eventbridge_relay("http://relay.example.com/eb", "s3cret").in_process();
    let id = okta.log_streams().eventbridge("discovery");
    create_group(&okta, "One").await;
    okta.settle().await;
    let came = receiver.came();
    assert_eq!(came.len(), 2, "the stream's own creation is an event as well");
    let sample: Value =
        serde_json::from_str(include_str!("../../fixtures/okta/exchanges/eventbridge-api-destination.json"))
            .expect("AWS's sample");
    let push = &came[1];
    assert_eq!(
        (push.method(), push.uri().to_string().as_str()),
        (&Method::POST, "http://relay.example.com/eb")
    );
    for header in sample["request"]["headers"].as_array().expect("headers") {
        let (name, value) = (header[0].as_str().expect("a name"), header[1].as_str().expect("a value"));
        if name != "x-api-key" {
            assert_eq!(push.headers()[name], value);
        }
    }
    assert_eq!(push.headers()["authorization"], "s3cret");
    let envelope: Value = serde_json::from_slice(push.body()).expect("JSON");
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&envelope), keys(&sample["request"]["body"]));
    assert_eq!(envelope["detail-type"], "SystemLog");
    assert_eq!(envelope["source"], "aws.partner/okta.com/127/discovery");
    assert_eq!(envelope["time"], "2026-08-21T08:00:00Z");
    let last = okta.log().pop().expect("an event");
    assert_eq!(envelope["detail"], serde_json::from_slice::<Value>(&last.json()).expect("JSON"));
    let deliveries = okta.deliveries();
    assert_eq!(deliveries[1].channel, Channel::EventBridge);
    assert_eq!(
        (deliveries[1].target_id.as_str(), &deliveries[1].event_uuids),
        (id.as_str(), &vec![last.uuid])
    );
    assert_eq!(envelope["id"], deliveries[1].push_id);
}

#[tokio::test(start_paused = true)]
async fn two_failures_switch_the_stream_off_and_what_comes_then_is_lost() {
    for refusal in [500, 400, 0] {
        let receiver = Receiver::answering(&[refusal, refusal, 204]);
        let okta = receiver.builder().eventbridge_relay("http://relay.example.com/eb", "s3cret").in_process();
        let id = okta.log_streams().eventbridge("discovery");
        okta.settle().await;
        let attempts: Vec<u32> = okta.deliveries().iter().map(|delivery| delivery.attempt).collect();
        assert_eq!((attempts, okta.log_streams().is_active(&id)), (vec![1, 2], Some(false)), "{refusal}");
        let types: Vec<String> = okta.log().into_iter().map(|record| record.event_type).collect();
        assert_eq!(types[1], "system.log_stream.lifecycle.deactivate");
        create_group(&okta, "Lost").await;
        okta.settle().await;
        assert_eq!(okta.deliveries().len(), 2);
        post(&okta, &format!("/api/v1/logStreams/{id}/lifecycle/activate"), Value::Null).await;
        okta.settle().await;
        assert_eq!(okta.deliveries().last().map(|delivery| delivery.status), Some(Some(204)));
    }
}

#[tokio::test(start_paused = true)]
async fn the_relay_is_set_over_http_and_can_look_like_a_queue() {
    let receiver = Receiver::answering(&[200]);
    let okta = receiver.org();
    okta.log_streams().eventbridge("discovery");
    assert_eq!(get(&okta, "/_mock/relay").await.json()["dropped_without_relay"], 1);
    let refused = post(&okta, "/_mock/relay", json!({ "url": "nowhere", "secret": "s" })).await;
    assert_eq!(refused.json()["error"], "url: \"nowhere\" is not an http address");
    let relay =
        json!({ "url": "http://127.0.0.1:9/eb", "secret": "s", "header": "x-api-key", "shape": "sqs" });
    let set = post(&okta, "/_mock/relay", relay).await;
    assert_eq!((set.status, set.json().get("secret")), (200, None));
    create_group(&okta, "One").await;
    okta.settle().await;
    let push = receiver.came().pop().expect("a push");
    assert_eq!(push.headers()["x-api-key"], "s");
    let body: Value = serde_json::from_slice(push.body()).expect("JSON");
    let inner = body["Records"][0]["body"].as_str().expect("the envelope as text");
    assert_eq!(
        serde_json::from_str::<Value>(inner).expect("JSON")["detail"]["eventType"],
        "group.lifecycle.create"
    );
    let seen = get(&okta, "/_mock/deliveries?channel=eventbridge").await.json();
    assert_eq!(seen["deliveries"].as_array().map(Vec::len), Some(1));
    assert_eq!(get(&okta, "/_mock/deliveries?channel=pigeon").await.status, 400);
}
