//! A verified event on its way into the inbox: its key, its exact bytes and the channel that brought it.
//!
//! Only this crate's receivers and tail can make one ([`Incoming`] has no public constructor), so whatever reaches an
//! [`Inbox`](crate::Inbox) has been authenticated or read from Okta itself.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use okta_client::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::Org;
use crate::json;

/// How an event reached us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Channel {
    /// Okta's Event Hook push.
    EventHook,
    /// Okta Log Streaming by way of AWS EventBridge.
    EventBridge,
    /// The System Log tail.
    Poll,
    /// The tail's second reading, some time behind the first.
    Shadow,
    /// A bounded reading of the past.
    Backfill,
}

impl Channel {
    /// All channels, in the order of their codes.
    pub const ALL: [Self; 5] = [Self::EventHook, Self::EventBridge, Self::Poll, Self::Shadow, Self::Backfill];

    /// The name used in databases and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EventHook => "event_hook",
            Self::EventBridge => "eventbridge",
            Self::Poll => "poll",
            Self::Shadow => "shadow",
            Self::Backfill => "backfill",
        }
    }

    /// The channel with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == name)
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What makes two events the same event: 128 bits made of Okta's `uuid`.
///
/// A UUID, with or without hyphens, is its own key. Okta never promised the form, so any other text is hashed into UUID
/// version 8, where no UUID of Okta's lies; it is never shortened and never dropped.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventKey([u8; 16]);

impl EventKey {
    /// The key of an event's `uuid`.
    pub fn of(uuid: &str) -> Self {
        parse_uuid(uuid).map_or_else(|| Self::hashed(uuid), Self)
    }

    /// The key with these bytes, read back from a store.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The key's bytes, as they are stored.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    fn hashed(text: &str) -> Self {
        let digest = Sha256::new().chain_update(b"okta-ingest event id\0").chain_update(text).finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        bytes[6] = (bytes[6] & 0x0f) | 0x80;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Self(bytes)
    }
}

impl fmt::Debug for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    let hyphens_fit = match text.len() {
        32 => true,
        36 => [8, 13, 18, 23].iter().all(|&at| text.as_bytes()[at] == b'-'),
        _ => false,
    };
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').collect();
    if !hyphens_fit || digits.len() != 32 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let text = std::str::from_utf8(&digits).ok()?;
    Some(u128::from_str_radix(text, 16).ok()?.to_be_bytes())
}

/// One event, verified and not yet stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Incoming {
    pub(crate) key: EventKey,
    pub(crate) uuid: String,
    pub(crate) event_type: String,
    pub(crate) published: Option<Timestamp>,
    pub(crate) raw: Bytes,
}

/// Something authentic that could not be understood: kept, counted, and replayable once it can be.
#[derive(Clone, PartialEq, Eq)]
pub struct Quarantined {
    pub(crate) place: String,
    pub(crate) reason: String,
    pub(crate) raw: Bytes,
}

/// The three fields that ingestion needs. Everything else may be missing, new or oddly shaped.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    uuid: Cow<'a, str>,
    #[serde(rename = "eventType", borrow)]
    event_type: Cow<'a, str>,
    #[serde(borrow, default)]
    published: Option<Cow<'a, str>>,
}

impl Incoming {
    /// Reads one event from its JSON. `place` says where it stood, for the quarantine.
    pub(crate) fn read(raw: Bytes, place: impl FnOnce() -> String) -> Result<Self, Quarantined> {
        match Self::understand(&raw) {
            Ok((uuid, event_type, published)) => {
                Ok(Self { key: EventKey::of(&uuid), uuid, event_type, published, raw })
            }
            Err(reason) => Err(Quarantined { place: place(), reason, raw }),
        }
    }

    fn understand(raw: &Bytes) -> Result<(String, String, Option<Timestamp>), String> {
        if json::depth_exceeds(raw, json::MAX_DEPTH) {
            return Err(format!("nested deeper than {} levels", json::MAX_DEPTH));
        }
        let envelope: Envelope<'_> =
            serde_json::from_slice(raw).map_err(|error| json::describe("not a log event", &error))?;
        if envelope.uuid.is_empty() {
            return Err("its uuid is empty".to_owned());
        }
        let published = envelope.published.and_then(|text| text.parse().ok());
        Ok((envelope.uuid.into_owned(), envelope.event_type.into_owned(), published))
    }

    /// The event's identity within its org.
    pub fn key(&self) -> EventKey {
        self.key
    }

    /// Okta's `uuid`, as it was written.
    pub fn uuid(&self) -> &str {
        &self.uuid
    }

    /// `eventType`, for instance `user.session.start`.
    pub fn event_type(&self) -> &str {
        &self.event_type
    }

    /// `published`; `None` if it is missing or not a time.
    pub fn published(&self) -> Option<Timestamp> {
        self.published
    }

    /// The event's JSON, byte for byte as it arrived.
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }
}

impl Quarantined {
    /// Where it stood: a channel's name and a position in the push or page.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Why it was not understood, in one clause and without any of its content.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The bytes as they arrived.
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }
}

// Events hold names, addresses and IP addresses of people: Debug shows what identifies them and no more.
impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { uuid, event_type, published, raw, .. } = self;
        f.debug_struct("Incoming")
            .field("uuid", uuid)
            .field("event_type", event_type)
            .field("published", published)
            .field("raw_bytes", &raw.len())
            .finish()
    }
}

impl fmt::Debug for Quarantined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quarantined")
            .field("place", &self.place)
            .field("reason", &self.reason)
            .field("raw_bytes", &self.raw.len())
            .finish()
    }
}

/// Events of one org that arrived together by one channel: what an [`Inbox`](crate::Inbox) puts in one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub(crate) org: Org,
    pub(crate) channel: Channel,
    pub(crate) push_id: Option<String>,
    pub(crate) events: Vec<Incoming>,
    pub(crate) quarantined: Vec<Quarantined>,
}

impl Batch {
    pub(crate) fn new(org: Org, channel: Channel) -> Self {
        Self { org, channel, push_id: None, events: Vec::new(), quarantined: Vec::new() }
    }

    pub(crate) fn add(&mut self, read: Result<Incoming, Quarantined>) {
        match read {
            Ok(event) => self.events.push(event),
            Err(bad) => self.quarantined.push(bad),
        }
    }

    /// The org they belong to.
    pub fn org(&self) -> &Org {
        &self.org
    }

    /// The channel that brought them.
    pub fn channel(&self) -> Channel {
        self.channel
    }

    /// The push they came in: a hook's `eventId` or an EventBridge `id`. It is for audit, never for dedupe: Okta may put
    /// one event into two pushes.
    pub fn push_id(&self) -> Option<&str> {
        self.push_id.as_deref()
    }

    /// The events that were understood.
    pub fn events(&self) -> &[Incoming] {
        &self.events
    }

    /// What was not understood.
    pub fn quarantined(&self) -> &[Quarantined] {
        &self.quarantined
    }

    /// Nothing to store?
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.quarantined.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Incoming, Quarantined> {
        Incoming::read(Bytes::copy_from_slice(json.as_bytes()), || "test".to_owned())
    }

    #[test]
    fn one_uuid_written_three_ways_is_one_key() {
        let key = EventKey::of("7a103dde-7e2b-11f1-9d3c-0a1b2c3d4e02");
        assert_eq!(key, EventKey::of("7A103DDE-7E2B-11F1-9D3C-0A1B2C3D4E02"));
        assert_eq!(key, EventKey::of("7a103dde7e2b11f19d3c0a1b2c3d4e02"));
    }

    #[test]
    fn an_id_that_is_no_uuid_is_hashed_into_a_namespace_of_its_own() {
        let odd =
            ["", "x", "7a103dde-7e2b-11f1-9d3c-0a1b2c3d4e0", "7a103dde+7e2b-11f1-9d3c-0a1b2c3d4e02", "ключ"];
        for text in odd {
            let key = EventKey::of(text);
            assert_eq!(key.as_bytes()[6] >> 4, 8, "{text}");
            assert_eq!(key.as_bytes()[8] >> 6, 2, "{text}");
        }
        assert_ne!(EventKey::of("x"), EventKey::of("y"));
    }

    #[test]
    fn an_event_needs_a_uuid_and_a_type_and_nothing_else() {
        let event = read(r#"{"uuid":"u","eventType":"a.b","actor":7,"published":null}"#).unwrap();
        assert_eq!((event.uuid(), event.event_type(), event.published()), ("u", "a.b", None));
        assert!(read(r#"{"eventType":"a.b"}"#).is_err());
        assert!(read(r#"{"uuid":"","eventType":"a.b"}"#).is_err());
        assert!(read("[]").is_err());
    }

    #[test]
    fn xb16_an_event_with_two_uuids_is_quarantined_not_guessed_at() {
        let bad = read(r#"{"uuid":"a","uuid":"b","eventType":"t"}"#).unwrap_err();
        assert!(bad.reason().contains("line 1"), "{}", bad.reason());
    }

    #[test]
    fn xa03_the_reason_never_quotes_what_was_sent() {
        let bad = read(r#"{"uuid":{"secret":"SECRETVALUE"},"eventType":"SECRETVALUE"}"#).unwrap_err();
        assert!(!bad.reason().contains("SECRET"), "{}", bad.reason());
        assert!(!format!("{bad:?}").contains("SECRET"));
    }

    #[test]
    fn xb15_a_million_levels_of_nesting_are_quarantined_with_their_bytes() {
        let deep = format!(
            r#"{{"uuid":"u","eventType":"t","x":{}{}}}"#,
            "[".repeat(1_000_000),
            "]".repeat(1_000_000)
        );
        let bad = read(&deep).unwrap_err();
        assert!(bad.reason().contains("nested deeper"));
        assert_eq!(bad.raw().len(), deep.len());
    }
}
