//! Drains the inbox: lease → process → settle, with heartbeats in between, until told to stop.
//!
//! Run as many as you like, on as many machines as the store serves: leases keep them apart. A worker holds no transaction
//! while a processor runs, and whatever it was doing when it died is handed out again when its leases end.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};

use crate::{Backoff, Delivery, Inbox, Lease, Outcome, Processor, Settled, Settlement, StoreError, Waker};

/// Hands the inbox's events to a [`Processor`] and settles them.
pub struct Worker {
    inbox: Arc<dyn Inbox>,
    processor: Arc<dyn Processor>,
    waker: Waker,
    owner: String,
    batch: u32,
    concurrency: usize,
    lease: Duration,
    max_attempts: u32,
    backoff: Backoff,
    idle: Duration,
    totals: Arc<Mutex<Settled>>,
    random: fastrand::Rng,
}

impl Worker {
    /// A worker that takes from `inbox` and hands to `processor`. `owner` names it to operators.
    pub fn new(inbox: Arc<dyn Inbox>, processor: impl Processor, owner: impl Into<String>) -> Self {
        Self {
            inbox,
            processor: Arc::new(processor),
            waker: Waker::new(),
            owner: owner.into(),
            batch: 100,
            concurrency: 1,
            lease: Duration::from_secs(300),
            max_attempts: 10,
            backoff: Backoff { first: Duration::from_secs(30), max: Duration::from_secs(900) },
            idle: Duration::from_secs(5),
            totals: Arc::default(),
            random: fastrand::Rng::new(),
        }
    }

    /// Wakes the worker when there may be work. Without it, it looks every [`idle`](Self::idle).
    #[must_use]
    pub fn waker(mut self, waker: Waker) -> Self {
        self.waker = waker;
        self
    }

    /// Most events leased at once. Default 100.
    #[must_use]
    pub fn batch(mut self, events: u32) -> Self {
        self.batch = events.max(1);
        self
    }

    /// Events of a batch processed at the same time. Default 1: in the order in which they arrived.
    #[must_use]
    pub fn concurrency(mut self, events: usize) -> Self {
        self.concurrency = events.max(1);
        self
    }

    /// How long events are held; extended every third of it while they are processed. Default 5 minutes.
    ///
    /// It is also how long the events of a worker that was killed wait for the next one.
    #[must_use]
    pub fn lease(mut self, ttl: Duration) -> Self {
        self.lease = ttl;
        self
    }

    /// Attempts before an event becomes a dead letter. Default 10.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// Waits between attempts whose processor named none. Default: 30 s doubling to 15 min.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// How long to sleep when there is nothing to do and nobody wakes it. Default 5 s.
    #[must_use]
    pub fn idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// Makes the jitter of waits repeatable.
    #[must_use]
    pub fn jitter_seed(mut self, seed: u64) -> Self {
        self.random = fastrand::Rng::with_seed(seed);
        self
    }

    /// A view of what this worker has settled so far.
    pub fn totals(&self) -> impl Fn() -> Settled + Send + Sync + Clone + use<> {
        let totals = self.totals.clone();
        move || *totals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works until `stop` is ready, then finishes the batch in hand and returns.
    ///
    /// Storage errors are waited out: the events stay where they are.
    ///
    /// # Cancel safety
    /// Dropping the future is like killing the process: unsettled events come back when their leases end.
    pub async fn run_until(mut self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut failures = 0;
        loop {
            let seen = self.waker.level();
            let found = match self.drain_once().await {
                Ok(found) => {
                    failures = 0;
                    found
                }
                Err(error) => {
                    failures += 1;
                    tracing::warn!(error = &error as &dyn std::error::Error, "the inbox is unavailable");
                    0
                }
            };
            if found > 0 {
                // Ask for a stop between batches without giving up the thread for it.
                if (&mut stop).now_or_never().is_some() {
                    return;
                }
                continue;
            }
            let pause = match failures {
                0 => self.idle,
                _ => Backoff { first: Duration::from_secs(1), max: Duration::from_secs(60) }
                    .after(failures, self.random.f64()),
            };
            tokio::select! {
                biased;
                () = &mut stop => return,
                () = self.waker.woken_since(seen), if failures == 0 => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Leases one batch, processes and settles it. Returns how many events were leased.
    ///
    /// # Errors
    /// The store's, from leasing or settling. What was processed and not settled will be processed again.
    pub async fn drain_once(&mut self) -> Result<usize, StoreError> {
        let request = Lease {
            owner: self.owner.clone(),
            limit: self.batch,
            ttl: self.lease,
            max_attempts: self.max_attempts,
        };
        let deliveries = self.inbox.lease(request).await?;
        if deliveries.is_empty() {
            return Ok(0);
        }
        let found = deliveries.len();
        let outcomes = {
            let processing = self.process(&deliveries);
            let heartbeat = self.keep_alive(&deliveries);
            tokio::pin!(processing, heartbeat);
            tokio::select! {
                biased;
                outcomes = &mut processing => outcomes,
                never = &mut heartbeat => match never {},
            }
        };
        let settlements: Vec<_> = deliveries
            .into_iter()
            .zip(outcomes)
            .map(|(delivery, outcome)| {
                let outcome = self.limited(outcome, delivery.attempt);
                delivery.settle(outcome)
            })
            .collect();
        let settled = self.settle(settlements).await?;
        *self.totals.lock().unwrap_or_else(PoisonError::into_inner) += settled;
        Ok(found)
    }

    async fn process(&self, deliveries: &[Delivery]) -> Vec<Outcome> {
        let attempts: Vec<_> = deliveries.iter().map(|delivery| self.attempt(delivery)).collect();
        stream::iter(attempts).buffered(self.concurrency).collect().await
    }

    fn attempt<'a>(&'a self, delivery: &'a Delivery) -> BoxFuture<'a, Outcome> {
        // The panic's own message may hold anything; the panic hook has had it already.
        let panicked =
            || Outcome::Retry { after: Duration::ZERO, error: "the processor panicked".to_owned() };
        // Even a call that panics before it returns its future is caught, because the call is made within the block.
        let outcome = async move { self.processor.process(delivery).await };
        AssertUnwindSafe(outcome)
            .catch_unwind()
            .map(move |outcome| outcome.unwrap_or_else(|_| panicked()))
            .boxed()
    }

    async fn keep_alive(&self, deliveries: &[Delivery]) -> Infallible {
        let receipts: Vec<_> = deliveries.iter().map(|delivery| delivery.receipt).collect();
        loop {
            tokio::time::sleep(self.lease / 3).await;
            match self.inbox.extend(receipts.clone(), self.lease).await {
                Ok(lost) if lost.is_empty() => {}
                Ok(lost) => {
                    tracing::warn!(lost = lost.len(), "leases ended before their events were processed")
                }
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "leases could not be extended");
                }
            }
        }
    }

    /// A retry that has no attempt left is a dead letter; one that names no wait gets the backoff's.
    fn limited(&mut self, outcome: Outcome, attempt: u32) -> Outcome {
        match outcome {
            Outcome::Retry { error, .. } if attempt >= self.max_attempts => {
                Outcome::Dead(format!("after {attempt} attempts: {error}"))
            }
            Outcome::Retry { after, error } if after.is_zero() => {
                Outcome::Retry { after: self.backoff.after(attempt, self.random.f64()), error }
            }
            other => other,
        }
    }

    /// Settles a batch at once; if the sink refuses it, one event at a time, so that only the poisonous ones are held up.
    async fn settle(&mut self, settlements: Vec<Settlement>) -> Result<Settled, StoreError> {
        match self.inbox.settle(settlements.clone()).await {
            Err(StoreError::Sink(_)) => {}
            result => return result,
        }
        let mut total = Settled::default();
        for settlement in settlements {
            let delivery = settlement.delivery.clone();
            total += match self.inbox.settle(vec![settlement]).await {
                Err(StoreError::Sink(source)) => {
                    tracing::warn!(
                        error = &*source as &dyn std::error::Error,
                        "the sink did not take an event"
                    );
                    let retry = Outcome::Retry {
                        after: Duration::ZERO,
                        error: "the sink did not take it".to_owned(),
                    };
                    let outcome = self.limited(retry, delivery.attempt);
                    self.inbox.settle(vec![delivery.settle(outcome)]).await?
                }
                result => result?,
            };
        }
        Ok(total)
    }
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker")
            .field("owner", &self.owner)
            .field("batch", &self.batch)
            .finish_non_exhaustive()
    }
}
