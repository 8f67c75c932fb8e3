//! The suite that every store must pass, on a clock that the suite owns.
//!
//! A store of your own runs it in one test:
//!
//! ```
//! # use std::sync::Arc;
//! # use okta_ingest::{MemoryStore, TailStore, conformance};
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! conformance::run(async |clock| Arc::new(MemoryStore::with_clock(clock)) as Arc<dyn TailStore>).await;
//! # }
//! ```
//!
//! A case panics with what it expected. Each gets a fresh, empty store.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use okta_client::Timestamp;

use crate::event::{Batch, Incoming, Quarantined};
use crate::inbox::{Delivery, Lease, Outcome};
use crate::{Channel, ManualClock, Org, TailStore};

mod checkpoint;
mod lease;
mod put;
mod settle;

/// One case: a sentence, and a function that holds a store to it.
type Case = (&'static str, fn(Subject) -> BoxFuture<'static, ()>);

/// A fresh store, and the clock it was given.
struct Subject {
    store: Arc<dyn TailStore>,
    clock: ManualClock,
}

/// Runs every case on a store of its own that `fresh` makes with the given clock.
///
/// # Panics
/// When the store breaks the contract; the message says which case and what was expected.
pub async fn run(fresh: impl AsyncFn(ManualClock) -> Arc<dyn TailStore>) {
    let start = "2026-01-01T00:00:00.000Z".parse().unwrap_or(Timestamp::UNIX_EPOCH);
    for (name, case) in [put::CASES, lease::CASES, settle::CASES, checkpoint::CASES].concat() {
        tracing::info!(case = name, "conformance");
        let clock = ManualClock::starting_at(start);
        let store = fresh(clock.clone()).await;
        case(Subject { store, clock }).await;
    }
}

const TTL: Duration = Duration::from_secs(60);
const MAX_ATTEMPTS: u32 = 3;

fn org(name: &str) -> Org {
    Org::new(name).expect("the suite's own names are hosts")
}

fn event(uuid: &str) -> Incoming {
    let raw = format!(
        r#"{{"uuid":"{uuid}","eventType":"user.session.start","published":"2026-01-01T00:00:00.123Z"}}"#
    );
    Incoming::read(Bytes::from(raw), || "conformance".to_owned())
        .expect("the suite's own events are readable")
}

fn batch(org_name: &str, channel: Channel, uuids: &[&str]) -> Batch {
    Batch { events: uuids.iter().map(|uuid| event(uuid)).collect(), ..Batch::empty(org(org_name), channel) }
}

fn unreadable(text: &'static str) -> Quarantined {
    Quarantined {
        place: "here".to_owned(),
        reason: "not a log event".to_owned(),
        raw: Bytes::from_static(text.as_bytes()),
    }
}

impl Subject {
    async fn put(&self, batch: Batch) -> (u64, u64, u64) {
        let put = self.store.put(batch).await.expect("put");
        (put.inserted, put.duplicates, put.quarantined)
    }

    async fn lease(&self, limit: u32) -> Vec<Delivery> {
        let request = Lease { owner: "conformance".to_owned(), limit, ttl: TTL, max_attempts: MAX_ATTEMPTS };
        self.store.lease(request).await.expect("lease")
    }

    async fn lease_one(&self) -> Delivery {
        let mut leased = self.lease(10).await;
        assert_eq!(leased.len(), 1, "one event is ready");
        leased.remove(0)
    }

    async fn settle(&self, delivery: Delivery, outcome: Outcome) -> bool {
        self.store.settle(vec![delivery.settle(outcome)]).await.expect("settle").stale == 0
    }
}

/// `(waiting, leased, dead, quarantined)`
async fn health(subject: &Subject) -> (u64, u64, u64, u64) {
    let health = subject.store.health().await.expect("health");
    (health.waiting, health.leased, health.dead, health.quarantined)
}

fn retry(after: Duration) -> Outcome {
    Outcome::Retry { after, error: "later".to_owned() }
}
