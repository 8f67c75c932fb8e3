//! Users and groups for the checks to work on.

use okta_mock::OktaMock;
use serde_json::{Value, json};

use super::wire::{post, text};

/// Every state that a user of the fake can be in.
pub(crate) const STATES: [&str; 6] =
    ["STAGED", "PROVISIONED", "ACTIVE", "PASSWORD_EXPIRED", "SUSPENDED", "DEPROVISIONED"];

pub(crate) fn profile(login: &str) -> Value {
    json!({ "firstName": "Ada", "lastName": "Byron", "email": login, "login": login })
}

/// A user in this state; the id.
pub(crate) async fn user(okta: &OktaMock, login: &str, state: &str) -> String {
    let password = json!({ "password": { "value": "Correct-h0rse" } });
    let (query, credentials) = match state {
        "STAGED" => ("activate=false", json!({})),
        "PROVISIONED" => ("activate=true", json!({})),
        "PASSWORD_EXPIRED" => ("nextLogin=changePassword", password),
        _ => ("activate=true", password),
    };
    let body = json!({ "profile": profile(login), "credentials": credentials });
    let created = post(okta, &format!("/api/v1/users?{query}"), body).await;
    assert_eq!(created.status, 200, "{}", String::from_utf8_lossy(&created.body));
    let id = created.id();
    let further = match state {
        "SUSPENDED" => "suspend",
        "DEPROVISIONED" => "deactivate",
        _ => return id,
    };
    let moved = post(okta, &format!("/api/v1/users/{id}/lifecycle/{further}"), Value::Null).await;
    assert_eq!(moved.status, 200);
    id
}

/// A group with this name; the id.
pub(crate) async fn group(okta: &OktaMock, name: &str) -> String {
    let created = post(okta, "/api/v1/groups", json!({ "profile": { "name": name } })).await;
    assert_eq!(created.status, 200);
    created.id()
}

/// The types of the events written since there were `before`.
pub(crate) fn types_since(okta: &OktaMock, before: usize) -> Vec<String> {
    okta.log()[before..].iter().map(|record| record.event_type.clone()).collect()
}

/// The newest event of a type, as the System Log shows it.
pub(crate) fn newest(okta: &OktaMock, event_type: &str) -> Value {
    let log = okta.log();
    let record = log.iter().rev().find(|record| record.event_type == event_type);
    record.map(|record| serde_json::from_slice(&record.json()).expect("JSON")).unwrap_or_default()
}

/// The types of an event's targets.
pub(crate) fn target_types(event: &Value) -> Vec<String> {
    let targets = event["target"].as_array().cloned().unwrap_or_default();
    let mut types: Vec<String> = targets.iter().map(|target| text(&target["type"])).collect();
    types.sort();
    types
}
