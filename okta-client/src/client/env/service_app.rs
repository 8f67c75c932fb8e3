//! A service app from the configuration.

use std::path::Path;

use secrecy::zeroize::Zeroizing;
use serde_json::Value;

use super::{CLIENT_ID, DPOP, KID, PRIVATE_KEY, SCOPES, Settings};
use crate::client::ClientBuilder;
use crate::credentials::{PrivateKey, ServiceApp};
use crate::error::Error;

/// Adds the service app that the settings describe.
pub(super) fn add(
    builder: ClientBuilder,
    settings: Settings,
    read: &impl Fn(&Path) -> std::io::Result<String>,
) -> Result<ClientBuilder, Error> {
    let missing = |variable, key| {
        Error::config(
            variable,
            format!(
                "is not set, nor okta.client.{key} in okta.yaml; a service app needs {CLIENT_ID}, {SCOPES} and {PRIVATE_KEY}"
            ),
        )
    };
    let client_id = settings.client_id.ok_or_else(|| missing(CLIENT_ID, "clientId"))?;
    let scopes = words(&settings.scopes.ok_or_else(|| missing(SCOPES, "scopes"))?)
        .ok_or_else(|| Error::config(SCOPES, "must be a text or a list of texts"))?;
    let text = settings.private_key.ok_or_else(|| missing(PRIVATE_KEY, "privateKey")).map(Zeroizing::new)?;
    let mut key = PrivateKey::read(&text, read).map_err(|error| named(error, "private_key", PRIVATE_KEY))?;
    if let Some(kid) = settings.kid {
        if kid.trim().is_empty() {
            return Err(Error::config(KID, "is empty"));
        }
        key = key.kid(kid.trim());
    }
    let app = ServiceApp::new(client_id.trim(), key, scopes)
        .map_err(|error| named(named(error, "client_id", CLIENT_ID), "scopes", SCOPES))?;
    let bound = settings.dpop_enabled.map_or(Some(true), |value| match value {
        Value::Bool(bound) => Some(bound),
        Value::String(word) => word.trim().to_ascii_lowercase().parse().ok(),
        _ => None,
    });
    let bound = bound.ok_or_else(|| Error::config(DPOP, "must be true or false"))?;
    Ok(builder.credential(if bound { app } else { app.without_dpop() }))
}

/// Okta's SDKs split a variable at commas, people at spaces.
fn words(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => {
            let words = text.split([',', ' ', '\n']).filter(|word| !word.is_empty());
            Some(words.map(str::to_owned).collect())
        }
        Value::Array(list) => list.iter().map(|word| word.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

/// The error of a setting under the name that its reader knows.
fn named(error: Error, setting: &'static str, variable: &'static str) -> Error {
    match error {
        Error::Config { field, reason, source } if field == setting => {
            Error::Config { field: variable, reason, source }
        }
        other => other,
    }
}
