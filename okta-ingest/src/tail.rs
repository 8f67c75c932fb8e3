//! Tails the System Log: reads it in polling order from the stored position, forever, one leader at a time.
//!
//! This file acts; [`step`] decides. The order of effects is always: read a page, store its events and the new position in
//! one transaction, read on. Whatever happens in between, the position in the store is one whose events are stored.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use okta_client::{Client, Error, LogEvent, LogPosition, Page, Retry, Timestamp};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::checkpoint::{
    Acquired, Checkpoint, Commit, PageRecord, TailCommit, TailKey, TailLease, TailStore,
};
use crate::event::{Batch, Incoming};
use crate::{Backoff, Channel, Org, Put, StoreError, Waker};

mod status;
pub(crate) mod step;

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

/// Why a leader stopped leading.
enum Stop {
    Lost,
    Refused(Error),
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

    /// Stands by until this instance leads.
    async fn acquire(&mut self) -> (TailLease, Checkpoint) {
        let mut failures = 0;
        loop {
            let pause = match self.store.acquire(&self.key, &self.owner, self.lease).await {
                Ok(Acquired::Leading(lease, checkpoint)) => {
                    self.status.send_modify(|status| status.role = Role::Leading);
                    let checkpoint = checkpoint.unwrap_or_else(|| Checkpoint::starting_at(self.since));
                    return (lease, checkpoint);
                }
                Ok(Acquired::HeldBy { owner, .. }) => {
                    failures = 0;
                    let role = Role::Standby { leader: Some(owner) };
                    self.status
                        .send_if_modified(|status| std::mem::replace(&mut status.role, role.clone()) != role);
                    (self.lease / 4).min(Duration::from_secs(1))
                }
                Err(error) => {
                    failures += 1;
                    self.note_store_error(&error);
                    self.backoff.after(failures, self.random.f64())
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    async fn release(&self, lease: &TailLease) {
        // If this fails the lease ends by itself.
        if let Err(error) = self.store.release(lease).await {
            self.note_store_error(&error);
        }
    }

    /// Reads page after page while leading.
    async fn lead(&mut self, lease: &TailLease, mut checkpoint: Checkpoint) -> Stop {
        let mut failures: u32 = 0;
        loop {
            let woken = self.wake.level();
            let asked = Instant::now();
            let step = match self.read(&checkpoint).await {
                Ok(step) => step,
                Err(Failed::Refused(error)) => return Stop::Refused(error),
                Err(Failed::Later(after)) => {
                    failures += 1;
                    let backoff = self.backoff.after(failures, self.random.f64());
                    tokio::time::sleep(after.unwrap_or(backoff).max(backoff)).await;
                    continue;
                }
            };
            failures = 0;
            match self.save(lease, &mut checkpoint, step.commit).await {
                Ok(()) => {}
                Err(stop) => return stop,
            }
            if step.caught_up {
                self.status.send_modify(|status| status.times_caught_up += 1);
                tokio::time::sleep_until(asked + self.min_interval).await;
                let _ =
                    tokio::time::timeout_at(asked + self.poll_interval, self.wake.woken_since(woken)).await;
            }
        }
    }

    /// Asks for the next page and decides what it means.
    async fn read(&self, checkpoint: &Checkpoint) -> Result<Step, Failed> {
        let position = step::position(checkpoint, self.overlap);
        match self.client.logs().poll(position.clone()).limit(self.page_limit).send().await {
            Ok(page) => Ok(self.understand(checkpoint, &position, page)),
            Err(error) => self.recover(checkpoint, &position, error),
        }
    }

    fn understand(&self, checkpoint: &Checkpoint, position: &LogPosition, page: Page<LogEvent>) -> Step {
        let (next, date) = (page.next().cloned(), page.date());
        let mut batch = Batch::new(self.key.org.clone(), Channel::Poll);
        for (index, item) in page.into_items().into_iter().enumerate() {
            // The typed view is for users of the client; ingestion needs three fields and keeps the bytes.
            let raw = item.map_or_else(|bad| bad.raw().clone(), |event| event.raw().clone());
            batch.add(Incoming::read(raw, || format!("poll {}, [{index}]", describe(position))));
        }
        let facts = step::PageFacts {
            items: batch.events.len() + batch.quarantined.len(),
            limit: usize::from(self.page_limit),
            next,
            date,
            published: batch.events.iter().filter_map(|event| event.published).collect(),
        };
        let advance = step::advance(checkpoint, &facts, self.overlap);
        if advance.next_missing {
            tracing::warn!("a polling page of the System Log came without a next link; its position is kept");
        }
        let page = (facts.items > 0).then(|| PageRecord {
            position_in: describe(position),
            position_out: facts.next,
            read_at: date,
            events: facts.items as u64,
            keys_xor: batch
                .events
                .iter()
                .fold(0, |xor, event| xor ^ u128::from_be_bytes(*event.key.as_bytes())),
        });
        self.status.send_modify(|status| {
            status.pages += 1;
            status.protocol_alarms += u64::from(advance.next_missing);
            status.last_error = None;
        });
        Step {
            caught_up: advance.caught_up,
            commit: TailCommit { batch, page, gap: advance.gap, checkpoint: advance.checkpoint },
        }
    }

    /// What to do about an error: recover the position, wait, or give up.
    fn recover(&self, checkpoint: &Checkpoint, position: &LogPosition, error: Error) -> Result<Step, Failed> {
        let moved = |checkpoint, gap| Step {
            caught_up: false,
            commit: TailCommit {
                batch: Batch::new(self.key.org.clone(), Channel::Poll),
                page: None,
                gap,
                checkpoint,
            },
        };
        match position {
            LogPosition::Cursor(_) if error.is_invalid_cursor() => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "Okta rejected the cursor; reading the overlap"
                );
                self.status.send_modify(|status| status.cursors_lost += 1);
                return Ok(moved(step::lose_cursor(checkpoint), None));
            }
            LogPosition::Since(_) if error.okta_code() == Some("E0000053") => {
                if let Some(now) = None::<Timestamp>.or(error.status().and(None)) {
                    // TODO date
                    let (checkpoint, gap) = step::start_at_retention(checkpoint, now);
                    return Ok(moved(checkpoint, Some(gap)));
                }
            }
            _ => {}
        }
        let refused = error.status().is_some_and(|status| status.is_client_error());
        match error.retry() {
            Retry::Never if refused => Err(Failed::Refused(error)),
            retry => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the System Log could not be read");
                self.status.send_modify(|status| {
                    status.errors += 1;
                    status.last_error = Some(error.to_string());
                });
                Err(Failed::Later(if let Retry::After(wait) = retry { Some(wait) } else { None }))
            }
        }
    }

    /// Commits a step; after a storage error, finds out whether it was stored before trying again.
    async fn save(
        &mut self,
        lease: &TailLease,
        checkpoint: &mut Checkpoint,
        commit: TailCommit,
    ) -> Result<(), Stop> {
        let mut failures = 0;
        loop {
            let result = match self.store.commit(lease, commit.clone()).await {
                Ok(Commit::Saved(put)) => Ok(put),
                // The version is already there and the epoch still ours: our own commit, whose answer was lost.
                Ok(Commit::Fenced) if failures > 0 && self.is_stored(lease, &commit.checkpoint).await => {
                    Ok(Put::default())
                }
                Ok(Commit::Fenced) => return Err(Stop::Lost),
                Err(error) => Err(error),
            };
            match result {
                Ok(put) => {
                    self.note_saved(put, &commit);
                    *checkpoint = commit.checkpoint;
                    return Ok(());
                }
                Err(error) => {
                    failures += 1;
                    self.note_store_error(&error);
                    tokio::time::sleep(self.backoff.after(failures, self.random.f64())).await;
                }
            }
        }
    }

    async fn is_stored(&self, lease: &TailLease, checkpoint: &Checkpoint) -> bool {
        let ours = matches!(self.store.renew(lease, self.lease).await, Ok(Some(_)));
        ours && matches!(self.store.checkpoint(&self.key).await, Ok(Some(stored)) if stored == *checkpoint)
    }

    fn note_saved(&self, put: Put, commit: &TailCommit) {
        if put.inserted > 0 {
            self.downstream.wake();
        }
        self.status.send_modify(|status| {
            status.put.inserted += put.inserted;
            status.put.duplicates += put.duplicates;
            status.put.quarantined += put.quarantined;
            status.gaps.extend(commit.gap.clone());
            status.checkpoint = Some(commit.checkpoint.clone());
        });
    }

    fn note_store_error(&self, error: &StoreError) {
        tracing::warn!(error = error as &dyn std::error::Error, "the tail's store is unavailable");
        self.status.send_modify(|status| {
            status.errors += 1;
            status.last_error = Some(error.to_string());
        });
    }
}

/// A page or a recovery, ready to be committed.
struct Step {
    caught_up: bool,
    commit: TailCommit,
}

enum Failed {
    /// Wait, at least so long if Okta said how long.
    Later(Option<Duration>),
    Refused(Error),
}

/// Renews a lease until it is lost: taken by another owner, or not renewed for as long as it holds.
async fn keep(store: Arc<dyn TailStore>, lease: TailLease, ttl: Duration) {
    let mut held_since = Instant::now();
    loop {
        tokio::time::sleep(ttl / 3).await;
        let asked = Instant::now();
        match tokio::time::timeout_at(held_since + ttl, store.renew(&lease, ttl)).await {
            Ok(Ok(Some(_))) => held_since = asked,
            Ok(Ok(None)) | Err(_) => return,
            Ok(Err(error)) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the tail's lease could not be renewed"
                );
                if held_since.elapsed() + ttl / 3 >= ttl {
                    return;
                }
            }
        }
    }
}

fn describe(position: &LogPosition) -> String {
    match position {
        LogPosition::Cursor(cursor) => cursor.to_string(),
        LogPosition::Since(since) => format!("since={since}"),
    }
}

impl std::fmt::Debug for Tail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tail").field("key", &self.key).field("owner", &self.owner).finish_non_exhaustive()
    }
}
