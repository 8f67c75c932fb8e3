//! API.md §6.2: what is pushed, how often, and what comes of it.

use bytes::Bytes;
use http::Request;
use okta_mock::OktaMock;
use serde_json::Value;

use super::{Inbox, hook};
use crate::checks::Checks;
use crate::made::{self, newest};
use crate::wire::{delete, get, post, text};

pub(super) async fn pushes(checks: &mut Checks, okta: &OktaMock, inbox: &Inbox) {
    // Every hook above but those of this function is gone or unverified: only what is verified gets pushes.
    let created =
        post(okta, "/api/v1/eventHooks", hook(&["group.lifecycle.create", "group.lifecycle.delete"])).await;
    let path = format!("/api/v1/eventHooks/{}", created.id());
    inbox.taken();
    made::group(okta, "Before verification").await;
    okta.settle().await;
    checks.is("API.md §6.6 only ACTIVE and VERIFIED hooks get pushes", inbox.taken().len(), 0);
    post(okta, &format!("{path}/lifecycle/verify"), Value::Null).await;
    inbox.taken();

    let group = made::group(okta, "Pushed").await;
    delete(okta, &format!("/api/v1/groups/{group}")).await;
    made::user(okta, "unwanted@example.com", "ACTIVE").await;
    okta.settle().await;
    let came = inbox.taken();
    checks.is("API.md §6.2 events close in time are put into one push", came.len(), 1);
    let push = &came[0];
    let body: Value = serde_json::from_slice(push.body()).unwrap_or_default();
    checks.is("API.md §6.2 POST", push.method().as_str(), "POST");
    for (name, value) in [
        ("accept", "application/json"),
        ("content-type", "application/json"),
        ("authorization", "s3cret"),
        ("x-source", "okta"),
    ] {
        checks.is(
            format!("API.md §6.2 header {name}"),
            push.headers().get(name).and_then(|value| value.to_str().ok()),
            Some(value),
        );
    }
    for (member, value) in [
        ("eventType", "com.okta.event_hook"),
        ("eventTypeVersion", "1.0"),
        ("cloudEventsVersion", "0.1"),
        ("contentType", "application/json"),
        ("eventTime", "2026-08-21T08:00:00.000Z"),
    ] {
        checks.is(format!("API.md §6.2 envelope: {member}"), text(&body[member]), value);
    }
    checks.is("API.md §6.2 envelope: source", text(&body["source"]), format!("{}{path}", okta.url()));
    checks.holds(
        "API.md §6.2 envelope: eventId",
        "a uuid",
        &body["eventId"],
        text(&body["eventId"]).len() == 36,
    );
    let events = body["data"]["events"].as_array().cloned().unwrap_or_default();
    let types: Vec<String> = events.iter().map(|event| text(&event["eventType"])).collect();
    checks.is(
        "API.md §6.2 data.events: the types asked for",
        types,
        ["group.lifecycle.create", "group.lifecycle.delete"],
    );
    let event = events.first().cloned().unwrap_or_default();
    checks.holds(
        "API.md §6.2 the IP chain sits in client.ipChain",
        "client.ipChain",
        &event["client"],
        event["client"]["ipChain"].is_array(),
    );
    checks.is("API.md §6.2 there is no request", event.get("request"), None);
    for at in [
        "/insertionTimestamp",
        "/authenticationContext/authenticatorContext",
        "/debugContext/debugData/targetEventHookIds",
    ] {
        checks.holds("API.md §6.2 extra members", at, &event, event.pointer(at).is_some());
    }
    let logged = newest(okta, "group.lifecycle.create");
    checks.is("API.md §5.3 uuid is the same in every channel", &event["uuid"], &logged["uuid"]);

    for (fact, statuses, attempts, failure) in [
        ("200 is an answer", &[200][..], 1, false),
        ("204 is an answer", &[204], 1, false),
        ("5xx: one retry", &[500, 200], 2, false),
        ("5xx twice: no more", &[503, 500], 2, true),
        ("4xx is final", &[401], 1, true),
        ("4xx is final", &[404], 1, true),
        ("redirects are not followed", &[302], 1, true),
    ] {
        inbox.answering(statuses);
        let log = okta.log().len();
        made::group(okta, &format!("{fact} {statuses:?}")).await;
        okta.settle().await;
        let came = inbox.taken();
        checks.is(format!("API.md §6.2 Retry: {fact} {statuses:?}"), came.len(), attempts);
        let written = okta.log()[log..].iter().any(|record| record.event_type == "event_hook.delivery");
        checks.is(
            format!("API.md §6.2 failures appear as event_hook.delivery: {statuses:?}"),
            written,
            failure,
        );
        if attempts == 2 {
            let id = |request: &Request<Bytes>| {
                serde_json::from_slice::<Value>(request.body())
                    .map(|body| text(&body["eventId"]))
                    .unwrap_or_default()
            };
            checks.is("API.md §6.2 same eventId = repeated delivery", id(&came[0]), id(&came[1]));
        }
    }
    let still = get(okta, &path).await.json();
    checks.is("API.md §6.2 a hook is not disabled by failures [U]", text(&still["status"]), "ACTIVE");

    let id = created.id();
    okta.event_hooks().preview(&id);
    okta.settle().await;
    let preview: Value =
        inbox.taken().first().and_then(|push| serde_json::from_slice(push.body()).ok()).unwrap_or_default();
    let event = &preview["data"]["events"][0];
    checks.is("API.md §6.2 a preview's outcome", text(&event["outcome"]["result"]), "Success");
    for member in ["actor", "target", "debugContext", "securityContext"] {
        checks.is(format!("API.md §6.2 a preview's {member} is null"), event.get(member), Some(&Value::Null));
    }
    // Twenty-five may be active and verified; one is.
    let mut verified = 1;
    for _ in 0..25 {
        let id = post(okta, "/api/v1/eventHooks", hook(&["group.profile.update"])).await.id();
        let answer = post(okta, &format!("/api/v1/eventHooks/{id}/lifecycle/verify"), Value::Null).await;
        verified += usize::from(answer.status == 200);
    }
    checks.is("API.md §6.4 25 active and verified hooks per org", verified, 25);
}
