//! An Event Hook as Okta sends it.

use secrecy::SecretString;
use serde::Deserialize;

use crate::decode::{null_is_default, secret};
use crate::id::EventHookId;
use crate::lifecycle_status::LifecycleStatus;
use crate::open_enum::open_enum;
use crate::timestamp::Timestamp;

/// A hook. Okta calls it while it is active and verified.
///
/// **Source**: Okta, "Event Hooks".
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventHook {
    /// `id`.
    pub id: EventHookId,
    /// `name`.
    pub name: Option<String>,
    /// `description`.
    pub description: Option<String>,
    /// `status`.
    pub status: Option<LifecycleStatus>,
    /// `verificationStatus`.
    pub verification_status: Option<VerificationStatus>,
    /// `events`.
    pub events: Option<EventSubscriptions>,
    /// `channel`.
    pub channel: Option<EventHookChannel>,
    /// `createdBy`.
    pub created_by: Option<String>,
    /// `created`.
    pub created: Option<Timestamp>,
    /// `lastUpdated`.
    pub last_updated: Option<Timestamp>,
}

/// What a hook is told of.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct EventSubscriptions {
    /// `items`: event types. Absent or `null` is empty.
    #[serde(default, deserialize_with = "null_is_default")]
    pub items: Vec<String>,
}

/// How a hook is called.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct EventHookChannel {
    /// `type`: `HTTP`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `version`.
    pub version: Option<String>,
    /// `config`.
    pub config: Option<EventHookConfig>,
}

/// Where a hook is called.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventHookConfig {
    /// `uri`.
    pub uri: Option<String>,
    /// `method`: `POST`.
    pub method: Option<String>,
    /// `headers`: shown to every admin. Absent or `null` is empty.
    #[serde(default, deserialize_with = "null_is_default")]
    pub headers: Vec<EventHookHeader>,
    /// `authScheme`: the header that holds the secret; Okta never says the secret.
    pub auth_scheme: Option<EventHookHeader>,
}

/// A header that Okta sends along.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct EventHookHeader {
    /// `key`: the header's name.
    pub key: Option<String>,
    /// `value`.
    #[serde(default, deserialize_with = "secret")]
    pub value: Option<SecretString>,
}

open_enum! {
    /// Whether a hook's address has proved to be the caller's.
    VerificationStatus {
        Unverified = "UNVERIFIED",
        Verified = "VERIFIED",
    }
}
