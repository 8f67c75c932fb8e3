//! Log streams, and what a receiver behind AWS EventBridge gets.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use okta_mock::OktaMock;
use serde_json::{Value, json};

use super::checks::Checks;
use super::made::{self, newest};
use super::wire::{ask, delete, get, org, post, put, started, text};

/// How many checks there are at least.
pub(crate) const CHECKS: usize = 70;

fn eventbridge() -> Value {
    json!({ "type": "aws_eventbridge", "name": "Discovery", "settings": {
        "accountId": "123456789012", "eventSourceName": "discovery", "region": "eu-central-1" } })
}

fn splunk() -> Value {
    json!({ "type": "splunk_cloud_logstreaming", "name": "Splunk", "settings": {
        "edition": "aws", "host": "acme.splunkcloud.com", "token": "11111111-1111-2222-8222-222222222222" } })
}

fn with(mut settings: Value, at: &str, value: Value) -> Value {
    *settings.pointer_mut(at).expect("a member") = value;
    settings
}

#[tokio::test]
async fn log_streams() {
    let mut checks = Checks::of("log streams");
    let okta = started(org()).await;
    settings(&mut checks, &okta).await;
    life(&mut checks, &okta).await;
    envelopes(&mut checks).await;
    checks.finish(CHECKS);
}

async fn settings(checks: &mut Checks, okta: &OktaMock) {
    for (fact, settings) in [
        ("Types", with(eventbridge(), "/type", json!("file"))),
        ("accountId 12 digits: 11", with(eventbridge(), "/settings/accountId", json!("12345678901"))),
        ("accountId 12 digits: 13", with(eventbridge(), "/settings/accountId", json!("1234567890123"))),
        ("accountId 12 digits: letters", with(eventbridge(), "/settings/accountId", json!("12345678901a"))),
        ("eventSourceName 1–75: none", with(eventbridge(), "/settings/eventSourceName", json!(""))),
        ("eventSourceName 1–75: 76", with(eventbridge(), "/settings/eventSourceName", json!("x".repeat(76)))),
        ("eventSourceName: a space", with(eventbridge(), "/settings/eventSourceName", json!("a b"))),
        ("eventSourceName: a slash", with(eventbridge(), "/settings/eventSourceName", json!("a/b"))),
        ("region: none", with(eventbridge(), "/settings/region", Value::Null)),
        ("edition aws|aws_govcloud|gcp", with(splunk(), "/settings/edition", json!("azure"))),
        ("host: none", with(splunk(), "/settings/host", json!(""))),
        ("token: none", with(splunk(), "/settings/token", json!(""))),
        ("name: none", with(splunk(), "/name", json!(""))),
    ] {
        let refused = post(okta, "/api/v1/logStreams", settings).await;
        checks.is(format!("API.md §7.1 {fact}"), refused.refusal(), (400, "E0000001".into()));
    }
    for (fact, settings) in [
        ("eventSourceName of 75", with(eventbridge(), "/settings/eventSourceName", json!("x".repeat(75)))),
        ("eventSourceName of . - _", with(eventbridge(), "/settings/eventSourceName", json!("a.B-c_9"))),
        ("edition aws_govcloud", with(splunk(), "/settings/edition", json!("aws_govcloud"))),
        ("edition gcp", with(splunk(), "/settings/edition", json!("gcp"))),
    ] {
        let created = post(okta, "/api/v1/logStreams", settings).await;
        checks.is(format!("API.md §7.1 {fact}"), created.status, 200);
        delete(okta, &format!("/api/v1/logStreams/{}", created.id())).await;
    }
}

async fn life(checks: &mut Checks, okta: &OktaMock) {
    let created = post(okta, "/api/v1/logStreams", eventbridge()).await;
    let (shown, id) = (created.json(), created.id());
    checks.is(
        "API.md §7.1 Create 200, ACTIVE",
        (created.status, text(&shown["status"])),
        (200, "ACTIVE".into()),
    );
    checks.holds("API.md §0 ids", "20 characters from 0oa", &id, id.starts_with("0oa") && id.len() == 20);
    for member in ["id", "type", "name", "created", "lastUpdated", "status", "settings", "_links"] {
        checks.holds("API.md §7.1 members", member, &shown, shown.get(member).is_some());
    }
    let path = format!("/api/v1/logStreams/{id}");
    for (operation, status) in [("deactivate", "INACTIVE"), ("activate", "ACTIVE")] {
        let answer = post(okta, &format!("{path}/lifecycle/{operation}"), Value::Null).await;
        checks.is(
            format!("API.md §7.1 {operation}: 200, empty body"),
            (answer.status, answer.body.len()),
            (200, 0),
        );
        let now = get(okta, &path).await.json();
        checks.is(format!("API.md §7.1 {operation}: the status"), text(&now["status"]), status);
        let event = newest(okta, &format!("system.log_stream.lifecycle.{operation}"));
        checks.is(
            format!("API.md §9 system.log_stream.lifecycle.{operation}"),
            text(&event["target"][0]["id"]),
            id.clone(),
        );
    }
    let renamed = put(okta, &path, with(eventbridge(), "/name", json!("Renamed"))).await;
    checks.is(
        "API.md §7.1 PUT changes the name",
        (renamed.status, text(&renamed.json()["name"])),
        (200, "Renamed".into()),
    );
    for (what, settings) in [
        ("region", with(eventbridge(), "/settings/region", json!("us-east-1"))),
        ("accountId", with(eventbridge(), "/settings/accountId", json!("210987654321"))),
        ("eventSourceName", with(eventbridge(), "/settings/eventSourceName", json!("other"))),
        ("type", splunk()),
    ] {
        let refused = put(okta, &path, settings).await;
        checks.is(format!("API.md §7.1 write-once: {what}"), refused.refusal(), (400, "E0000001".into()));
    }
    let second = post(okta, "/api/v1/logStreams", splunk()).await;
    checks.is("API.md §7.1 token is write-only", second.json()["settings"].get("token"), None);
    let second = format!("/api/v1/logStreams/{}", second.id());
    let token =
        put(okta, &second, with(splunk(), "/settings/token", json!("22222222-1111-2222-8222-222222222222")))
            .await;
    checks.is("API.md §7.1 PUT changes Splunk's token", token.status, 200);
    let host = put(okta, &second, with(splunk(), "/settings/host", json!("other.splunkcloud.com"))).await;
    checks.is("API.md §7.1 write-once: host", host.refusal(), (400, "E0000001".into()));
    let third = post(okta, "/api/v1/logStreams", splunk()).await;
    checks.is("API.md §7.1 at most 2 per org", third.refusal(), (400, "E0000001".into()));
    checks.is("API.md §7.1 GET lists them", get(okta, "/api/v1/logStreams").await.rows().len(), 2);
    checks.is("API.md §7.1 DELETE 204", delete(okta, &path).await.status, 204);
    for (method, path) in
        [("GET", path.clone()), ("DELETE", path.clone()), ("POST", format!("{path}/lifecycle/activate"))]
    {
        let gone = ask(okta, method, &path, Value::Null).await;
        checks.is(
            format!("API.md §7.1 404 type AppInstance: {method}"),
            (gone.status, gone.summary().ends_with("(AppInstance)")),
            (404, true),
        );
    }
}

async fn envelopes(checks: &mut Checks) {
    let came: Arc<Mutex<Vec<Request<Bytes>>>> = Arc::default();
    let status = Arc::new(Mutex::new(StatusCode::NO_CONTENT));
    let (seen, answer) = (Arc::clone(&came), Arc::clone(&status));
    let relay = move |request: Request<Bytes>| {
        let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
        async move {
            seen.lock().expect("not poisoned").push(request);
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = *answer.lock().expect("not poisoned");
            response
        }
    };
    let okta = started(org().push_to(relay).eventbridge_relay("http://127.0.0.1:1/relay", "s3cret")).await;
    let id = post(&okta, "/api/v1/logStreams", eventbridge()).await.id();
    okta.settle().await;
    came.lock().expect("not poisoned").clear();
    made::group(&okta, "Streamed").await;
    made::user(&okta, "streamed@example.com", "STAGED").await;
    okta.settle().await;
    let pushes = std::mem::take(&mut *came.lock().expect("not poisoned"));
    checks.is("API.md §7.2 one event per envelope, all types", pushes.len(), 2);
    let push = &pushes[0];
    let body: Value = serde_json::from_slice(push.body()).unwrap_or_default();
    let source = text(&body["source"]);
    let named = source.starts_with("aws.partner/okta.com/") && source.ends_with("/discovery");
    checks.holds(
        "API.md §7.2 source",
        "aws.partner/okta.com/{subdomain}/discovery",
        &source,
        named && source.matches('/').count() == 3,
    );
    let subdomain = text(&get(&okta, "/api/v1/org").await.json()["subdomain"]);
    checks.is(
        "API.md §7.2 {subdomain} is that of §8.8 GET /org",
        source,
        format!("aws.partner/okta.com/{subdomain}/discovery"),
    );
    for (member, value) in [
        ("version", json!("0")),
        ("detail-type", json!("SystemLog")),
        ("account", json!("123456789012")),
        ("region", json!("eu-central-1")),
        ("time", json!("2026-08-21T08:00:00Z")),
        ("resources", json!([])),
    ] {
        checks.is(format!("API.md §7.2 {member}"), &body[member], &value);
    }
    checks.holds("API.md §7.2 id", "a uuid", &body["id"], text(&body["id"]).len() == 36);
    let logged = newest(&okta, "group.lifecycle.create");
    checks.is("API.md §7.2 detail is the System-Log shape", &body["detail"], &logged);
    checks.is("API.md §7.3 POST", push.method().as_str(), "POST");
    for (name, value) in [
        ("user-agent", "Amazon/EventBridge/ApiDestinations"),
        ("content-type", "application/json; charset=utf-8"),
        ("range", "bytes=0-1048575"),
        ("accept-encoding", "gzip,deflate"),
        ("authorization", "s3cret"),
    ] {
        checks.is(
            format!("API.md §7.3 header {name}"),
            push.headers().get(name).and_then(|value| value.to_str().ok()),
            Some(value),
        );
    }
    checks.is("API.md §7.1 the stream is on", okta.log_streams().is_active(&id), Some(true));

    *status.lock().expect("not poisoned") = StatusCode::INTERNAL_SERVER_ERROR;
    made::group(&okta, "Refused").await;
    okta.settle().await;
    let pushes = std::mem::take(&mut *came.lock().expect("not poisoned"));
    let ids: Vec<String> = pushes
        .iter()
        .map(|push| {
            serde_json::from_slice::<Value>(push.body()).map(|body| text(&body["id"])).unwrap_or_default()
        })
        .collect();
    checks.is("API.md §7.1 Okta tries twice", ids.len(), 2);
    checks.is("API.md §7.2 a second attempt has the same id", ids.first(), ids.last());
    checks.is("API.md §7.1 then deactivates the stream", okta.log_streams().is_active(&id), Some(false));
    let event = newest(&okta, "system.log_stream.lifecycle.deactivate");
    checks.is(
        "API.md §7.1 system.log_stream.lifecycle.deactivate",
        text(&event["target"][0]["id"]),
        id.clone(),
    );
    checks.is("API.md §9 what Okta does by itself is a JOB", text(&event["transaction"]["type"]), "JOB");
    *status.lock().expect("not poisoned") = StatusCode::NO_CONTENT;
    made::group(&okta, "Lost").await;
    post(&okta, &format!("/api/v1/logStreams/{id}/lifecycle/activate"), Value::Null).await;
    made::group(&okta, "Found").await;
    okta.settle().await;
    let pushes = std::mem::take(&mut *came.lock().expect("not poisoned"));
    let names: Vec<String> = pushes
        .iter()
        .filter_map(|push| serde_json::from_slice::<Value>(push.body()).ok())
        .filter(|body| body["detail"]["eventType"] == "group.lifecycle.create")
        .map(|body| text(&body["detail"]["target"][0]["displayName"]))
        .collect();
    checks.is("API.md §7.1 no replay, no backfill: what came while it was off is lost", names, ["Found"]);
}
