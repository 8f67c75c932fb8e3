//! What the tail knows and where it is stored: the checkpoint, the lease of its one leader, and the commit that moves both the
//! events and the position in one step.
//!
//! There is no way to save a position without its events: [`TailStore::commit`] takes them together (FAILURES.md C09).

use std::time::Duration;

use futures::future::BoxFuture;
use okta_client::{Cursor, Timestamp};

use crate::{Batch, Inbox, Org, Put, StoreError};

/// Which tail: one org's log, read with one filter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TailKey {
    /// The org.
    pub org: Org,
    /// The stream within it; `system-log` is the whole log.
    pub stream: String,
}

impl TailKey {
    /// The org's whole System Log.
    pub fn system_log(org: Org) -> Self {
        Self { org, stream: "system-log".to_owned() }
    }
}

/// How far a tail has read. All times are Okta's, never ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Grows by one with every commit.
    pub version: u64,
    /// Okta's position after the last page with events: path and query of its `next` link. `None` before the first such
    /// page and after a cursor was lost.
    pub cursor: Option<Cursor>,
    /// When the cursor was taken, by Okta's `Date`.
    pub cursor_at: Option<Timestamp>,
    /// Where the first run began.
    pub start: Timestamp,
    /// Watermark: newest accepted `published` up to which the log counts as read. Never moves back by itself; an operator may
    /// move it back, and the overlap below it is read again when a cursor is lost.
    pub anchor: Timestamp,
    /// Okta's `Date` on the last page that was not full: the log was read up to there.
    pub caught_up_at: Option<Timestamp>,
}

impl Checkpoint {
    /// The state before the first page.
    pub fn starting_at(start: Timestamp) -> Self {
        Self { version: 0, cursor: None, cursor_at: None, start, anchor: start, caught_up_at: None }
    }
}

/// One page as it was committed, for re-reading and audits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRecord {
    /// The position that was asked for.
    pub position_in: String,
    /// The position that followed it.
    pub position_out: Option<Cursor>,
    /// Okta's `Date` on the page.
    pub read_at: Option<Timestamp>,
    /// Events on the page, quarantined ones included.
    pub events: u64,
    /// XOR of their keys: the same page read again has the same value, in whatever order.
    pub keys_xor: u128,
}

/// A stretch of the log that cannot be read any more. It is recorded, never passed over in silence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Events persisted from here …
    pub from: Timestamp,
    /// … to here may be missing.
    pub to: Timestamp,
    /// Why.
    pub cause: String,
}

/// One step of a tail, stored as a whole or not at all.
#[derive(Debug, Clone)]
pub struct TailCommit {
    /// The page's events.
    pub batch: Batch,
    /// The page itself; `None` for a step that read none.
    pub page: Option<PageRecord>,
    /// A gap that this step found.
    pub gap: Option<Gap>,
    /// The position to save; its version is one above the stored one.
    pub checkpoint: Checkpoint,
}

/// Leadership of a tail, until it ends or another owner takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailLease {
    /// The tail that is led.
    pub key: TailKey,
    /// Grows with every acquisition, also by the same owner. It is the fence of every commit.
    pub epoch: u64,
    /// When it ends, by the store's clock.
    pub until: Timestamp,
}

/// The answer to a wish to lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acquired {
    /// It is ours, with the position to go on from.
    Leading(TailLease, Option<Checkpoint>),
    /// Another owner has it.
    HeldBy {
        /// Who.
        owner: String,
        /// Until when, unless renewed.
        until: Timestamp,
    },
}

/// Does a lease until `until` hold at `now`? One that ends absurdly late was taken while the store's clock was ahead; it counts
/// as ended, or a corrected clock would leave a tail without a leader for as long as the clock had been wrong. The epoch fences
/// its owner, should it still be alive.
pub(crate) fn lease_holds(now: Timestamp, until: Timestamp, ttl: Duration) -> bool {
    until > now && until.since(now) <= ttl.saturating_mul(10)
}

/// What became of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// Events and position are stored.
    Saved(Put),
    /// The lease or the version is not the latest: another leader is at work. Nothing was stored.
    Fenced,
}

/// A store that can also hold a tail's state, in the same transactions as its events.
pub trait TailStore: Inbox {
    /// Takes the lead if nobody holds it, or if `owner` itself does.
    fn acquire<'a>(
        &'a self,
        key: &'a TailKey,
        owner: &'a str,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<Acquired, StoreError>>;

    /// Lengthens the lease to `ttl` from now; `None` if it is no longer ours.
    fn renew<'a>(
        &'a self,
        lease: &'a TailLease,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<Option<TailLease>, StoreError>>;

    /// Gives the lead up at once, so that another instance need not wait for its end. Does nothing if it is not ours.
    fn release<'a>(&'a self, lease: &'a TailLease) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Stores a step: its events as [`Inbox::put`] would, its page, its gap and the new position, in one transaction.
    ///
    /// # Errors
    /// As [`Inbox::put`]. After an error the outcome is unknown: load the checkpoint and compare its version.
    fn commit<'a>(
        &'a self,
        lease: &'a TailLease,
        commit: TailCommit,
    ) -> BoxFuture<'a, Result<Commit, StoreError>>;

    /// The stored position.
    fn checkpoint<'a>(&'a self, key: &'a TailKey) -> BoxFuture<'a, Result<Option<Checkpoint>, StoreError>>;

    /// Every gap declared so far, oldest first.
    fn gaps<'a>(&'a self, key: &'a TailKey) -> BoxFuture<'a, Result<Vec<Gap>, StoreError>>;
}
