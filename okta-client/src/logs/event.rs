//! A System Log event as Okta sends it, by polling, Event Hook and log stream alike.
//!
//! Four fields are certain; all others may be missing or `null`. What is not modelled (`debugContext`, `securityContext`,
//! `request`, `changeDetails`, …) is read from the event's own JSON with [`Raw::extra`](crate::Raw::extra).

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::decode::null_is_default;
use crate::id::LogEventId;
use crate::open_enum::open_enum;
use crate::timestamp::Timestamp;

/// One event.
///
/// **Source**: Okta, "System Log", `LogEvent` object.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LogEvent {
    /// `uuid`: the event's identity, the same in every channel.
    pub uuid: LogEventId,
    /// `published`: when it happened. Events are not written in this order.
    pub published: Timestamp,
    /// `eventType`.
    pub event_type: EventType,
    /// `version`.
    pub version: Option<String>,
    /// `severity`.
    pub severity: Option<Severity>,
    /// `displayMessage`: prose, unstable.
    pub display_message: Option<String>,
    /// `legacyEventType`.
    pub legacy_event_type: Option<String>,
    /// `actor`: who did it.
    pub actor: Option<Actor>,
    /// `client`: from where. All empty when a job did it.
    pub client: Option<ClientInfo>,
    /// `outcome`.
    pub outcome: Option<Outcome>,
    /// `target`: to what. Absent or `null` is empty. The order means nothing: look by type.
    #[serde(default, deserialize_with = "null_is_default")]
    pub target: Vec<Target>,
    /// `transaction`.
    pub transaction: Option<Transaction>,
}

impl LogEvent {
    /// The first target of a type, such as `AppInstance`.
    pub fn target_of(&self, kind: &str) -> Option<&Target> {
        self.target.iter().find(|target| target.kind.as_deref() == Some(kind))
    }
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Actor {
    /// `id`.
    pub id: Option<String>,
    /// `type`: `User`, `SystemPrincipal`, `PublicClientApp`, …
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `alternateId`: of a user, the login at that time.
    pub alternate_id: Option<String>,
    /// `displayName`.
    pub display_name: Option<String>,
}

/// To what it was done.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Target {
    /// `id`.
    pub id: Option<String>,
    /// `type`: `User`, `UserGroup`, `AppInstance`, `AppUser`, …
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `alternateId`: may be the text `unknown`.
    pub alternate_id: Option<String>,
    /// `displayName`.
    pub display_name: Option<String>,
}

/// From where it was done.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ClientInfo {
    /// `id`: of an OAuth client.
    pub id: Option<String>,
    /// `ipAddress`.
    pub ip_address: Option<String>,
    /// `zone`: may be the text `null`.
    pub zone: Option<String>,
    /// `device`: a kind, such as `Computer`.
    pub device: Option<String>,
    /// `userAgent`.
    pub user_agent: Option<UserAgent>,
    /// `geographicalContext`.
    pub geographical_context: Option<GeographicalContext>,
}

/// The program that asked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserAgent {
    /// `rawUserAgent`.
    pub raw_user_agent: Option<String>,
    /// `os`.
    pub os: Option<String>,
    /// `browser`.
    pub browser: Option<String>,
}

/// Where an address is thought to be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GeographicalContext {
    /// `city`.
    pub city: Option<String>,
    /// `state`.
    pub state: Option<String>,
    /// `country`.
    pub country: Option<String>,
    /// `postalCode`.
    pub postal_code: Option<String>,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Outcome {
    /// `result`.
    pub result: Option<OutcomeResult>,
    /// `reason`.
    pub reason: Option<String>,
}

/// What it was part of.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Transaction {
    /// `type`: `WEB` or `JOB`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `id`: of a request, its `X-Okta-Request-Id`.
    pub id: Option<String>,
}

open_enum! {
    /// How bad it is.
    Severity { Debug = "DEBUG", Info = "INFO", Warn = "WARN", Error = "ERROR" }
}

open_enum! {
    /// How an event ended.
    OutcomeResult {
        Success = "SUCCESS",
        Failure = "FAILURE",
        Skipped = "SKIPPED",
        Allow = "ALLOW",
        Deny = "DENY",
        Challenge = "CHALLENGE",
        Unknown = "UNKNOWN",
        RateLimit = "RATE_LIMIT",
        Deferred = "DEFERRED",
        Scheduled = "SCHEDULED",
        Abandoned = "ABANDONED",
        Unanswered = "UNANSWERED",
    }
}

/// What happened, as a dotted name. Okta has more than a thousand and adds to them; a few have constants here.
///
/// **Source**: Okta, "Event types".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventType(Cow<'static, str>);

macro_rules! event_types {
    ($($name:ident = $text:literal),+ $(,)?) => {
        impl EventType {
            $(
                #[doc = concat!("`", $text, "`")]
                pub const $name: Self = Self(Cow::Borrowed($text));
            )+
        }
    };
}

event_types! {
    APPLICATION_USER_MEMBERSHIP_ADD = "application.user_membership.add",
    APPLICATION_USER_MEMBERSHIP_REMOVE = "application.user_membership.remove",
    GROUP_USER_MEMBERSHIP_ADD = "group.user_membership.add",
    GROUP_USER_MEMBERSHIP_REMOVE = "group.user_membership.remove",
    USER_AUTHENTICATION_SSO = "user.authentication.sso",
    USER_LIFECYCLE_CREATE = "user.lifecycle.create",
    USER_LIFECYCLE_DEACTIVATE = "user.lifecycle.deactivate",
    USER_SESSION_START = "user.session.start",
}

impl EventType {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for EventType {
    fn from(name: &str) -> Self {
        Self(Cow::Owned(name.to_owned()))
    }
}

impl From<String> for EventType {
    fn from(name: String) -> Self {
        Self(Cow::Owned(name))
    }
}

impl AsRef<str> for EventType {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
