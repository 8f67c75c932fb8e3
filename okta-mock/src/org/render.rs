//! Writes an event the two ways Okta writes it: for the System Log API, and inside an Event Hook's push.
//!
//! The differences are few and real: a push carries the IP chain inside `client`, has no `request`, and adds
//! `insertionTimestamp`, `authenticatorContext` and the ids of the hooks it goes to.

use serde_json::Value;

use super::event::{Event, Origin, Party, Record};
use super::event_kind;
use super::id::{mix, pick};
use crate::{json, timestamp};

/// `(city, state, country, postal code, latitude, longitude)`.
type Place = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

pub(super) const PLACES: [Place; 6] = [
    ("Vienna", "Vienna", "Austria", "1010", "48.2", "16.37"),
    ("Lisbon", "Lisbon", "Portugal", "1100", "38.72", "-9.14"),
    ("Zürich", "Zurich", "Switzerland", "8001", "47.37", "8.54"),
    ("Austin", "Texas", "United States", "78701", "30.27", "-97.74"),
    ("東京", "Tokyo", "Japan", "100-0001", "35.68", "139.69"),
    ("Nairobi", "Nairobi County", "Kenya", "00100", "-1.29", "36.82"),
];

pub(super) const BROWSERS: [(&str, &str, &str); 4] = [
    (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0 Safari/537.36",
        "Linux",
        "CHROME",
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 14.5; rv:141.0) Gecko/20100101 Firefox/141.0",
        "Mac OS 14.5 (Sonoma)",
        "FIREFOX",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0 Safari/537.36 Edg/139.0",
        "Windows 10",
        "EDGE",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
        "iOS 18.5 (iPhone)",
        "SAFARI",
    ),
];

/// The entry as `GET /api/v1/logs` shows it.
pub(crate) fn log_entry(record: &Record) -> String {
    let mut out = String::with_capacity(2_600);
    write(&mut out, record, None);
    out
}

/// The entry as a push to these hooks (comma-separated ids) shows it.
pub(crate) fn hook_entry(record: &Record, hook_ids: &str) -> String {
    let mut out = String::with_capacity(2_600);
    write(&mut out, record, Some(hook_ids));
    out
}

fn write(out: &mut String, record: &Record, hook_ids: Option<&str>) {
    let Some(given) = &record.event.given else { return entry(out, record, hook_ids) };
    let mut ours = String::new();
    entry(&mut ours, record, hook_ids);
    out.push_str(&overridden(&ours, given));
}

fn entry(out: &mut String, record: &Record, hook_ids: Option<&str>) {
    let event = &record.event;
    let kind = event_kind::of(&event.event_type);
    out.push_str("{\"actor\":");
    party(out, &event.actor);
    let chain = ip_chain(&event.origin);
    json::raw(out, "client", "");
    client(out, &event.origin, hook_ids.map(|_| chain.as_str()));
    json::raw(out, "device", "null");
    authentication(out, &event.origin, hook_ids.is_some());
    match kind {
        Some(kind) => json::text(out, "displayMessage", kind.message),
        None => json::text(out, "displayMessage", &event_kind::plain_message(&event.event_type)),
    }
    json::text(out, "eventType", &event.event_type);
    json::raw(out, "outcome", "");
    json::open(out, "result", &event.result);
    json::maybe(out, "reason", event.reason.as_deref());
    out.push('}');
    json::text(out, "published", &timestamp::iso(record.published));
    json::raw(out, "securityContext", security(&event.origin));
    json::text(out, "severity", kind.map_or("INFO", |kind| kind.severity));
    debug_context(out, event, hook_ids);
    json::maybe(out, "legacyEventType", kind.and_then(|kind| kind.legacy));
    transaction(out, &event.origin);
    json::text(out, "uuid", &record.uuid);
    json::text(out, "version", "0");
    match hook_ids {
        Some(_) => json::text(out, "insertionTimestamp", &timestamp::iso(record.persisted)),
        None => {
            json::raw(out, "request", "{\"ipChain\":");
            out.push_str(&chain);
            out.push('}');
        }
    }
    json::raw(out, "target", "");
    targets(out, &event.targets);
    out.push('}');
}

/// Puts what a test gave in place of what we made up. The detour through a `Value` is only paid by such events.
fn overridden(ours: &str, given: &serde_json::Map<String, Value>) -> String {
    let mut entry: Value = serde_json::from_str(ours).expect("the writer above writes JSON");
    if let Some(entry) = entry.as_object_mut() {
        entry.extend(given.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
    entry.to_string()
}

pub(super) fn party(out: &mut String, party: &Party) {
    json::open(out, "id", &party.id);
    json::text(out, "type", &party.kind);
    json::text(out, "alternateId", &party.alternate);
    json::text(out, "displayName", &party.name);
    json::raw(out, "detailEntry", party.detail.as_deref().unwrap_or("null"));
    if let Some(change) = &party.change {
        json::raw(out, "changeDetails", change);
    }
    out.push('}');
}

fn targets(out: &mut String, targets: &[Party]) {
    if targets.is_empty() {
        return out.push_str("null");
    }
    for (n, target) in targets.iter().enumerate() {
        out.push(if n == 0 { '[' } else { ',' });
        party(out, target);
    }
    out.push(']');
}

fn client(out: &mut String, origin: &Origin, chain: Option<&str>) {
    match origin {
        Origin::Job { .. } => out.push_str(
            "{\"userAgent\":null,\"zone\":null,\"device\":null,\"id\":null,\"ipAddress\":null,\"geographicalContext\":null",
        ),
        Origin::Web { agent, place, .. } => {
            let (text, os, browser) = match agent {
                Some(agent) => (agent.as_ref(), "Unknown", "UNKNOWN"),
                None => BROWSERS[pick(*place, 1, 0, BROWSERS.len())],
            };
            out.push_str("{\"userAgent\":");
            json::open(out, "rawUserAgent", text);
            json::text(out, "os", os);
            json::text(out, "browser", browser);
            // Okta writes the word "null" when an address is in no zone; clients trip over it.
            out.push_str("},\"zone\":\"null\",\"device\":\"Computer\",\"id\":null");
            json::text(out, "ipAddress", &address(*place));
            json::raw(out, "geographicalContext", "");
            geography(out, pick(*place, 3, 0, PLACES.len()));
        }
    }
    if let Some(chain) = chain {
        json::raw(out, "ipChain", chain);
    }
    out.push('}');
}

fn ip_chain(origin: &Origin) -> String {
    let Origin::Web { place, .. } = origin else { return "[]".to_owned() };
    let mut out = String::with_capacity(256);
    out.push('[');
    json::open(&mut out, "ip", &address(*place));
    json::raw(&mut out, "geographicalContext", "");
    geography(&mut out, pick(*place, 3, 0, PLACES.len()));
    json::text(&mut out, "version", "V4");
    json::raw(&mut out, "source", "null");
    out.push_str("}]");
    out
}

/// An address of the documentation range 203.0.113.0/24 (RFC 5737).
fn address(place: u64) -> String {
    format!("203.0.113.{}", last_of_address(place))
}

pub(super) fn last_of_address(place: u64) -> u64 {
    1 + mix(place, 2, 0) % 254
}

/// One of the places.
pub(super) fn geography(out: &mut String, place: usize) {
    let (city, state, country, postal, lat, lon) = PLACES[place % PLACES.len()];
    json::open(out, "city", city);
    json::text(out, "state", state);
    json::text(out, "country", country);
    json::text(out, "postalCode", postal);
    for part in [",\"geolocation\":{\"lat\":", lat, ",\"lon\":", lon, "}}"] {
        out.push_str(part);
    }
}

/// The member and its start.
pub(super) const AUTHENTICATION: &str = ",\"authenticationContext\":{\"authenticationProvider\":null,\
    \"credentialProvider\":null,\"credentialType\":null,\"issuer\":null,\"interface\":null,\"authenticationStep\":0";

fn authentication(out: &mut String, origin: &Origin, in_hook: bool) {
    let session = match origin {
        Origin::Web { session: Some(session), .. } => session.as_ref(),
        _ => "unknown",
    };
    out.push_str(AUTHENTICATION);
    json::text(out, "rootSessionId", session);
    json::text(out, "externalSessionId", session);
    out.push_str(if in_hook { ",\"authenticatorContext\":null}" } else { "}" });
}

/// What is known of the network of a request.
pub(super) const SECURITY: &str =
    r#"{"asNumber":64500,"asOrg":"example isp","isp":"example isp","domain":"example.net","isProxy":false}"#;

fn security(origin: &Origin) -> &'static str {
    match origin {
        Origin::Web { .. } => SECURITY,
        Origin::Job { .. } => r#"{"asNumber":null,"asOrg":null,"isp":null,"domain":null,"isProxy":null}"#,
    }
}

fn debug_context(out: &mut String, event: &Event, hook_ids: Option<&str>) {
    json::raw(out, "debugContext", "{\"debugData\":{");
    let mut pairs: Vec<(&str, &str)> = Vec::with_capacity(8);
    let (url, hash);
    if let Origin::Web { request_id, uri, place, .. } = &event.origin {
        url = format!("{uri}?");
        let mut digits = String::with_capacity(64);
        (4..8).for_each(|kind| json::hex(&mut digits, mix(*place, kind, 0)));
        hash = digits;
        pairs.extend([
            ("requestId", request_id.as_ref()),
            ("requestUri", uri),
            ("url", &url),
            ("dtHash", &hash),
        ]);
    }
    pairs.extend(event.debug.iter().map(|(key, value)| (key.as_ref(), value.as_str())));
    pairs.extend(hook_ids.map(|ids| ("targetEventHookIds", ids)));
    for (n, (key, value)) in pairs.into_iter().enumerate() {
        out.push_str(if n == 0 { "" } else { "," });
        json::string(out, key);
        out.push(':');
        json::string(out, value);
    }
    out.push_str("}}");
}

fn transaction(out: &mut String, origin: &Origin) {
    json::raw(out, "transaction", "");
    json::open(out, "type", if matches!(origin, Origin::Web { .. }) { "WEB" } else { "JOB" });
    json::text(out, "id", origin.transaction());
    match origin {
        Origin::Web { token: Some(token), .. } => {
            json::raw(out, "detail", "");
            json::open(out, "requestApiTokenId", token);
            out.push_str("}}");
        }
        _ => out.push_str(",\"detail\":{}}"),
    }
}
