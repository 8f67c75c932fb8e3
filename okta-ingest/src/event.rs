//! A verified event on its way into the inbox: its key, its exact bytes and the channel that brought it.
//!
//! Only this crate's receivers and tail can make one ([`Incoming`] has no public constructor), so whatever reaches an
//! [`Inbox`](crate::Inbox) has been authenticated or read from Okta itself.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use okta_client::Timestamp;
use serde::Deserialize;

use crate::json;

mod batch;
mod channel;
mod key;

pub use batch::Batch;
pub use channel::Channel;
pub use key::EventKey;

/// One event, verified and not yet stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Incoming {
    pub(crate) key: EventKey,
    pub(crate) uuid: String,
    pub(crate) event_type: String,
    pub(crate) published: Option<Timestamp>,
    pub(crate) raw: Bytes,
}

/// Something authentic that could not be understood: kept with its bytes, and counted.
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
    published: json::Text<'a>,
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
        let published = envelope.published.0.and_then(|text| text.parse().ok());
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Incoming, Quarantined> {
        Incoming::read(Bytes::copy_from_slice(json.as_bytes()), || "test".to_owned())
    }

    #[test]
    fn an_event_needs_a_uuid_and_a_type_and_nothing_else() {
        let event = read(r#"{"uuid":"u","eventType":"a.b","actor":7,"published":null}"#).unwrap();
        assert_eq!((event.uuid(), event.event_type(), event.published()), ("u", "a.b", None));
        let event = read(r#"{"uuid":"u","eventType":"a.b","published":1787299210000}"#).unwrap();
        assert_eq!(event.published(), None, "an odd time withholds no event");
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
