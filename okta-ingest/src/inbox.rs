//! The storage contract between what receives events and what handles them: put, lease, settle.
//!
//! An [`Inbox`] accepts each event once per `(org, key)`, hands it out under a lease, and forgets it when it is settled. A
//! lease ends by itself, so an event whose worker died comes back; its fence grows with every lease, so a worker that wakes
//! up late settles nothing. Any store that passes the `conformance` suite may be used.

use std::time::Duration;

use futures::future::BoxFuture;
use okta_client::Timestamp;

use crate::{Batch, Org, StoreError};

mod delivery;
mod settlement;

pub use delivery::{Delivery, Receipt};
pub use settlement::{Outcome, Settled, Settlement};

/// Durable intake and hand-out of events. Object safe: use it as `Arc<dyn Inbox>`.
pub trait Inbox: Send + Sync + 'static {
    /// Stores a batch: each event that `(org, key)` has not been put for before, and what is quarantined.
    ///
    /// **Atomic**: all of the batch or none. **Idempotent**: putting a batch again inserts nothing. **Durable**: when it
    /// returns `Ok`, a crash or a power cut loses nothing; only then may a push be answered with 2xx.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: nothing was stored, or it is unknown whether it was; putting again is right.
    ///
    /// # Cancel safety
    /// Dropping the future leaves all of the batch or none of it.
    fn put(&self, batch: Batch) -> BoxFuture<'_, Result<Put, StoreError>>;

    /// Hands out events that nobody holds, oldest first, each until its lease ends.
    ///
    /// Leasing counts an attempt *before* any work is done, so an event that kills its worker is handed out at most
    /// `max_attempts` times and then becomes a dead letter. An event whose lease ended unsettled is handed out alone, so that
    /// it does not take its neighbours with it.
    ///
    /// # Cancel safety
    /// Events leased by a dropped future come back when their lease ends.
    fn lease(&self, request: Lease) -> BoxFuture<'_, Result<Vec<Delivery>, StoreError>>;

    /// Lengthens leases to `ttl` from now. Returns the receipts that no longer hold: stop working on those.
    fn extend(
        &self,
        receipts: Vec<Receipt>,
        ttl: Duration,
    ) -> BoxFuture<'_, Result<Vec<Receipt>, StoreError>>;

    /// Says what became of leased events. Atomic; a receipt that is no longer valid touches nothing and is counted.
    ///
    /// # Errors
    /// [`StoreError::Sink`] if the store writes to a sink in the same transaction and that failed: nothing is settled.
    fn settle(&self, settlements: Vec<Settlement>) -> BoxFuture<'_, Result<Settled, StoreError>>;

    /// Puts an org's dead letters back into the queue with no attempts, at most `limit` of them, oldest first. Returns how
    /// many.
    fn redrive(&self, org: &Org, limit: u32) -> BoxFuture<'_, Result<u64, StoreError>>;

    /// One cheap look at the state of the queue.
    fn health(&self) -> BoxFuture<'_, Result<Health, StoreError>>;
}

/// What a put did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Put {
    /// Events stored for the first time.
    pub inserted: u64,
    /// Events that were known already, from whatever channel, or came twice in the batch.
    pub duplicates: u64,
    /// Quarantined entries that were new.
    pub quarantined: u64,
}

/// A request for work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Who asks; shown to operators.
    pub owner: String,
    /// Most events wanted.
    pub limit: u32,
    /// How long they are held.
    pub ttl: Duration,
    /// Attempts after which an event is not handed out again.
    pub max_attempts: u32,
}

/// The queue at a glance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Health {
    /// Events waiting, also for a later try.
    pub waiting: u64,
    /// Events under a lease.
    pub leased: u64,
    /// When the oldest event with work left was put.
    pub oldest: Option<Timestamp>,
    /// Dead letters.
    pub dead: u64,
    /// Quarantined entries.
    pub quarantined: u64,
}

impl Health {
    /// Is every event finished, given up or quarantined?
    pub fn is_drained(&self) -> bool {
        self.waiting == 0 && self.leased == 0
    }
}
