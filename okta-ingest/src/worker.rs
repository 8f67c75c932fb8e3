//! Drains the inbox: lease → process → settle, with heartbeats in between, until told to stop.
//!
//! Run as many as you like, on as many machines as the store serves: leases keep them apart. A worker holds no transaction
//! while a processor runs, and whatever it was doing when it died is handed out again when its leases end.

use std::collections::HashSet;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};

use tokio::sync::watch;

use crate::{
    Backoff, Delivery, Inbox, Lease, Outcome, Processor, Receipt, Settled, Settlement, StoreError, Waker,
};

/// Hands the inbox's events to a [`Processor`] and settles them.
pub struct Worker {
    inbox: Arc<dyn Inbox>,
    processor: Arc<dyn Processor>,
    waker: Waker,
    owner: String,
    batch: u32,
    concurrency: usize,
    lease: Duration,
    time_limit: Duration,
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
            time_limit: Duration::from_secs(300),
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

    /// Longest time that one event may be processed; then it counts as a failed attempt. Default 5 minutes.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
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
        let lost = watch::Sender::new(HashSet::new());
        let outcomes = {
            let processing = self.process(&deliveries, &lost);
            let heartbeat = self.keep_alive(&deliveries, &lost);
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
        self.settle(settlements).await?;
        Ok(found)
    }

    async fn process(&self, deliveries: &[Delivery], lost: &watch::Sender<HashSet<Receipt>>) -> Vec<Outcome> {
        let attempts: Vec<_> =
            deliveries.iter().map(|delivery| self.attempt(delivery, lost.subscribe())).collect();
        stream::iter(attempts).buffered(self.concurrency).collect().await
    }

    /// One event through the processor: not if its lease is lost, no longer than the limit, and a panic is a failed attempt.
    fn attempt<'a>(
        &'a self,
        delivery: &'a Delivery,
        mut lost: watch::Receiver<HashSet<Receipt>>,
    ) -> BoxFuture<'a, Outcome> {
        let failed = |error: &str| Outcome::Retry { after: Duration::ZERO, error: error.to_owned() };
        // Even a call that panics before it returns its future is caught, because the call is made within the block.
        let outcome = AssertUnwindSafe(async move { self.processor.process(delivery).await }).catch_unwind();
        async move {
            tokio::select! {
                biased;
                // Somebody else has the event: whatever comes of it here would be done twice.
                _ = lost.wait_for(|lost| lost.contains(&delivery.receipt)) => failed("its lease ended"),
                // The panic's own message may hold anything; the panic hook has had it already.
                outcome = tokio::time::timeout(self.time_limit, outcome) => match outcome {
                    Ok(outcome) => outcome.unwrap_or_else(|_| failed("the processor panicked")),
                    Err(_) => failed("the processor took too long"),
                },
            }
        }
        .boxed()
    }

    async fn keep_alive(
        &self,
        deliveries: &[Delivery],
        lost: &watch::Sender<HashSet<Receipt>>,
    ) -> Infallible {
        let receipts: Vec<_> = deliveries.iter().map(|delivery| delivery.receipt).collect();
        loop {
            tokio::time::sleep(self.lease / 3).await;
            match self.inbox.extend(receipts.clone(), self.lease).await {
                Ok(gone) if gone.is_empty() => {}
                Ok(gone) => {
                    tracing::warn!(lost = gone.len(), "leases ended before their events were processed");
                    lost.send_modify(|lost| lost.extend(gone));
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
    async fn settle(&mut self, settlements: Vec<Settlement>) -> Result<(), StoreError> {
        match self.settle_once(settlements.clone()).await {
            Err(StoreError::Sink(_)) => {}
            result => return result,
        }
        for settlement in settlements {
            let delivery = settlement.delivery.clone();
            match self.settle_once(vec![settlement]).await {
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
                    self.settle_once(vec![delivery.settle(outcome)]).await?;
                }
                result => result?,
            }
        }
        Ok(())
    }

    /// One settle, counted. A sink that panics has refused: its transaction is gone with it.
    async fn settle_once(&self, settlements: Vec<Settlement>) -> Result<(), StoreError> {
        let settled = AssertUnwindSafe(self.inbox.settle(settlements)).catch_unwind().await;
        let settled = settled.unwrap_or_else(|_| Err(StoreError::Sink("the sink panicked".into())))?;
        *self.totals.lock().unwrap_or_else(PoisonError::into_inner) += settled;
        Ok(())
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
