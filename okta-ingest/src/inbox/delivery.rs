//! One leased event in a worker's hands, and the receipt that proves the lease.

use std::fmt;

use bytes::Bytes;
use okta_client::Timestamp;

use crate::inbox::{Outcome, Settlement};
use crate::{Channel, EventKey, Org};

/// Proof of a lease: the event's row and the fence of this lease. A store refuses one whose fence is not the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Receipt {
    /// The store's number for the event.
    pub id: i64,
    /// Grows with every lease of the event.
    pub fence: i64,
}

/// One event, leased. Hand it back with [`Delivery::settle`]; one that is dropped comes back when its lease ends.
#[derive(Clone, PartialEq, Eq)]
#[must_use = "an event that is not settled comes back when its lease ends"]
pub struct Delivery {
    /// Proof of the lease.
    pub receipt: Receipt,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// The org it happened in.
    pub org: Org,
    /// Its identity within the org.
    pub key: EventKey,
    /// Okta's `uuid`, as it was written.
    pub uuid: String,
    /// `eventType`.
    pub event_type: String,
    /// The channel that brought it first.
    pub channel: Channel,
    /// `published`; `None` if it was missing or not a time.
    pub published: Option<Timestamp>,
    /// The event's JSON, byte for byte as it arrived.
    pub raw: Bytes,
}

impl Delivery {
    /// Says what became of it.
    pub fn settle(self, outcome: Outcome) -> Settlement {
        Settlement { delivery: self, outcome }
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("receipt", &self.receipt)
            .field("attempt", &self.attempt)
            .field("org", &self.org)
            .field("uuid", &self.uuid)
            .field("event_type", &self.event_type)
            .field("channel", &self.channel)
            .field("raw_bytes", &self.raw.len())
            .finish_non_exhaustive()
    }
}
