//! Tails the System Log: reads it in polling order from the stored position, forever, one leader at a time.
//!
//! This file is the tail's settings and its life; `tail/lead.rs` acts, `tail/step.rs` decides. The order of effects is always: read a page, store its events and the new position in
//! one transaction, read on. Whatever happens in between, the position in the store is one whose events are stored.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use okta_client::{Client, Error, Timestamp};
use tokio::sync::watch;

use crate::checkpoint::{TailKey, TailStore};
use crate::{Backoff, Org, Waker};

mod lead;
mod read;
mod status;
pub(crate) mod step;

use lead::{Stop, keep};
pub use status::{Role, TailMonitor, TailStatus};

/// Reads one org's System Log into a store, from where the store says it left off.
pub struct Tail {
    client: Client,
    store: Arc<dyn TailStore>,
    key: TailKey,
    owner: String,
    since: Timestamp,
    page_limit: u16,
    overlap: Duration,
    poll_interval: Duration,
    min_interval: Duration,
    lease: Duration,
    backoff: Backoff,
    wake: Waker,
    downstream: Waker,
    status: watch::Sender<TailStatus>,
    random: fastrand::Rng,
}

/// Why a tail gave up. Its position is safe in the store: start it again when the cause is gone.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TailError {
    /// Okta refuses the credential or the request itself; trying again as it is cannot help.
    #[error("Okta refuses to let the System Log be read")]
    Refused(#[source] Error),
}

impl Tail {
    /// A tail of the org that `client` talks to. On a first run it begins at `since`, by persistence time; afterwards the
    /// store's position counts. `owner` names this instance: no two that run may share it.
    pub fn new(
        client: Client,
        store: Arc<dyn TailStore>,
        owner: impl Into<String>,
        since: Timestamp,
    ) -> Self {
        let key = TailKey::system_log(Org::of(&client));
        Self {
            client,
            store,
            key,
            owner: owner.into(),
            since,
            page_limit: 1000,
            overlap: Duration::from_secs(600),
            poll_interval: Duration::from_secs(10),
            min_interval: Duration::from_secs(1),
            lease: Duration::from_secs(30),
            backoff: Backoff { first: Duration::from_secs(1), max: Duration::from_secs(60) },
            wake: Waker::new(),
            downstream: Waker::new(),
            status: watch::Sender::new(TailStatus::default()),
            random: fastrand::Rng::new(),
        }
    }

    /// The name under which its position and its events are stored, where that is not the host that the client talks to: an org that has
    /// moved to another domain goes on as the one that it was. Default: the client's host.
    #[must_use]
    pub fn org(mut self, org: Org) -> Self {
        self.key = TailKey::system_log(org);
        self
    }

    /// Events a page, 1 to 1000. Default 1000: the log's rate limit counts requests, not events.
    #[must_use]
    pub fn page_limit(mut self, events: u16) -> Self {
        self.page_limit = events.clamp(1, 1000);
        self
    }

    /// How far below the watermark to read again when a cursor is lost. It must exceed the skew between Okta's own clocks;
    /// default 10 minutes.
    #[must_use]
    pub fn overlap(mut self, overlap: Duration) -> Self {
        self.overlap = overlap;
        self
    }

    /// How often to look when nobody wakes it. Default 10 s.
    #[must_use]
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.poll_interval = interval;
        self
    }

    /// Shortest time between two looks at the live end, however many wake-ups come. Default 1 s.
    #[must_use]
    pub fn min_interval(mut self, interval: Duration) -> Self {
        self.min_interval = interval;
        self
    }

    /// How long leadership outlives a leader that died. Renewed every third of it. Default 30 s.
    #[must_use]
    pub fn lease(mut self, ttl: Duration) -> Self {
        self.lease = ttl;
        self
    }

    /// Wakes the tail: a push is early news of what the log will show.
    #[must_use]
    pub fn waker(mut self, waker: Waker) -> Self {
        self.wake = waker;
        self
    }

    /// Woken when the tail has put events: the worker's waker.
    #[must_use]
    pub fn wakes(mut self, worker: Waker) -> Self {
        self.downstream = worker;
        self
    }

    /// Makes the jitter of waits repeatable.
    #[must_use]
    pub fn jitter_seed(mut self, seed: u64) -> Self {
        self.random = fastrand::Rng::with_seed(seed);
        self
    }

    /// A view of what the tail does, to keep while it runs.
    pub fn monitor(&self) -> TailMonitor {
        TailMonitor::new(self.status.subscribe())
    }

    /// Tails until `stop` is ready; then gives up leadership, so that another instance can take over at once.
    ///
    /// While another instance leads, this one stands by. Transport errors, 5xx, 429 and storage errors are waited out with
    /// the position untouched.
    ///
    /// # Errors
    /// [`TailError::Refused`] if Okta refuses the credential, its permissions or the request.
    ///
    /// # Cancel safety
    /// Dropping the future at any point loses nothing; leadership then ends with its lease.
    pub async fn run_until(mut self, stop: impl Future<Output = ()>) -> Result<(), TailError> {
        let mut stop = std::pin::pin!(stop.fuse());
        loop {
            let (lease, checkpoint) = tokio::select! {
                biased;
                () = &mut stop => return Ok(()),
                leading = self.acquire() => leading,
            };
            let renewing = keep(self.store.clone(), lease.clone(), self.lease);
            let stopped = tokio::select! {
                biased;
                () = &mut stop => None,
                () = renewing => Some(Stop::Lost),
                stopped = self.lead(&lease, checkpoint) => Some(stopped),
            };
            self.status.send_modify(|status| status.role = Role::Standby { leader: None });
            match stopped {
                Some(Stop::Lost) => continue,
                Some(Stop::Refused(error)) => {
                    self.release(&lease).await;
                    return Err(TailError::Refused(error));
                }
                None => {
                    self.release(&lease).await;
                    return Ok(());
                }
            }
        }
    }
}

impl std::fmt::Debug for Tail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tail").field("key", &self.key).field("owner", &self.owner).finish_non_exhaustive()
    }
}
