//! The three requests that an Event Hook's receiver gets: the verification, a push, and a preview.
//!
//! Source: Event Hooks concept page and guides. Two spellings of a push are in the field: with nulls written out, and
//! sparse, without them.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use serde_json::{Value, json};

use super::Entry;
use crate::org::hooks::EventHook;
use crate::org::render;
use crate::{json, timestamp};

/// The one-time GET that proves the receiver's address.
pub(crate) fn verification(hook: &EventHook, challenge: &str) -> Option<http::Request<Bytes>> {
    let builder = http::Request::get(&hook.settings.uri).header("x-okta-verification-challenge", challenge);
    request(hook, builder, Bytes::new(), false)
}

/// What a push carries.
#[derive(Debug)]
pub(super) struct Content<'a> {
    pub(super) push_id: &'a str,
    pub(super) entries: &'a [Entry],
    /// Without nulls.
    pub(super) sparse: bool,
    /// With a wrong secret: a fault.
    pub(super) bad_auth: bool,
    /// The first event is longer by so many bytes: a fault.
    pub(super) padding: usize,
}

/// A push of events.
pub(super) fn push(
    hook: &EventHook,
    content: &Content<'_>,
    base: &str,
    now: i64,
) -> Option<http::Request<Bytes>> {
    let events = content.entries.iter().enumerate().map(|(n, entry)| {
        let full = render::hook_entry(&entry.record, &entry.hook_ids);
        let event = if content.sparse { sparse(&full) } else { full };
        if n == 0 { padded(event, content.padding) } else { event }
    });
    let body = envelope(hook, content.push_id, events, base, now);
    post(hook, body, content.bad_auth)
}

/// The admin console's "preview": the same envelope around an event that never happened. Source: recorded preview.
pub(super) fn preview(
    hook: &EventHook,
    push_id: &str,
    uuid: &str,
    base: &str,
    now: i64,
) -> Option<http::Request<Bytes>> {
    let event_type = hook.settings.event_types.first().map_or("user.lifecycle.create", String::as_str);
    let event = json!({
        "uuid": uuid,
        "published": timestamp::iso(now),
        "eventType": event_type,
        "version": "0",
        "displayMessage": format!("{} (preview)", event_type.replace(['.', '_'], " ")),
        "severity": "INFO",
        "client": {
            "userAgent": { "rawUserAgent": "Mozilla/5.0", "os": "Linux", "browser": "CHROME" },
            "zone": null, "device": "Computer", "id": null, "ipAddress": "203.0.113.10",
            "geographicalContext": null, "ipChain": null,
        },
        "device": null, "actor": null, "target": null, "debugContext": null, "securityContext": null,
        // Not a value that the enum has; Okta sends it so.
        "outcome": { "result": "Success", "reason": null },
        "transaction": { "type": null, "id": format!("r{push_id}").replace('-', ""), "detail": null },
        "legacyEventType": null,
        "authenticationContext": {
            "authenticationProvider": null, "credentialProvider": null, "credentialType": null, "issuer": null,
            "authenticationStep": 0, "externalSessionId": null, "interface": null,
        },
        "insertionTimestamp": null,
    });
    post(hook, envelope(hook, push_id, std::iter::once(event.to_string()), base, now), false)
}

/// The event, longer by so many bytes: a member more, as Okta may add one.
pub(super) fn padded(mut event: String, bytes: usize) -> String {
    if bytes > 0 && event.pop() == Some('}') {
        event.push_str(",\"oversize\":\"");
        event.extend(std::iter::repeat_n('x', bytes));
        event.push_str("\"}");
    }
    event
}

fn envelope(
    hook: &EventHook,
    push_id: &str,
    events: impl Iterator<Item = String>,
    base: &str,
    now: i64,
) -> String {
    let mut body = String::with_capacity(4_096);
    json::open(&mut body, "eventType", "com.okta.event_hook");
    json::text(&mut body, "eventTypeVersion", "1.0");
    json::text(&mut body, "cloudEventsVersion", "0.1");
    json::text(&mut body, "source", &format!("{base}/api/v1/eventHooks/{}", hook.id));
    json::text(&mut body, "eventId", push_id);
    json::raw(&mut body, "data", "{\"events\":[");
    for (n, event) in events.enumerate() {
        body.push_str(if n == 0 { "" } else { "," });
        body.push_str(&event);
    }
    body.push_str("]}");
    json::text(&mut body, "eventTime", &timestamp::iso(now));
    json::text(&mut body, "contentType", "application/json");
    body.push('}');
    body
}

fn post(hook: &EventHook, body: String, bad_auth: bool) -> Option<http::Request<Bytes>> {
    let builder = http::Request::post(&hook.settings.uri).header(CONTENT_TYPE, "application/json");
    request(hook, builder, body.into(), bad_auth)
}

fn request(
    hook: &EventHook,
    mut builder: http::request::Builder,
    body: Bytes,
    bad_auth: bool,
) -> Option<http::Request<Bytes>> {
    builder = builder.header(ACCEPT, "application/json").header(USER_AGENT, "okta-mock");
    for (key, value) in &hook.settings.headers {
        builder = builder.header(key, value);
    }
    if let Some((key, secret)) = &hook.settings.auth {
        builder = builder.header(key, if bad_auth { "wrong" } else { secret.as_str() });
    }
    builder.body(body).ok()
}

/// The event without its nulls; objects that are empty then stay, as Okta leaves `securityContext:{}`.
fn sparse(full: &str) -> String {
    let mut event: Value = serde_json::from_str(full).unwrap_or_default();
    prune(&mut event);
    event.to_string()
}

fn prune(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(prune);
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sparse_spelling_leaves_nulls_out_and_empty_objects_in() {
        let full = r#"{"device":null,"client":{"zone":null,"ipChain":[]},"securityContext":{"isp":null},"target":[{"id":"1","detailEntry":null}]}"#;
        let pruned: Value = serde_json::from_str(&sparse(full)).expect("JSON");
        assert_eq!(
            pruned,
            json!({ "client": { "ipChain": [] }, "securityContext": {}, "target": [{ "id": "1" }] })
        );
    }
}
