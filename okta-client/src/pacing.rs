//! Paces requests: slow down before Okta says no.
//!
//! A thin async shell. What it decides is in [`bucket`] (one rate-limit window) and [`parallelism`] (requests at once), both
//! pure; this file waits and wakes. All clones of a client share one `Pacer`. Waits use tokio's clock only.

pub(crate) mod bucket;
pub(crate) mod classify;
mod parallelism;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::Notify;
use tokio::time::Instant;

use self::bucket::{Admission, Bucket};
use self::parallelism::Parallelism;
use crate::rate_limit::RateLimit;

/// What is known about one rate-limit bucket, for dashboards and tests.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BucketSnapshot {
    /// Method and path pattern of the requests that share it.
    pub bucket: String,
    /// Requests per window for this credential. `None` until an answer said so.
    pub limit: Option<u32>,
    /// Requests left in the window. `None` where unknown, or where the window has ended.
    pub remaining: Option<u32>,
    /// Until the window ends.
    pub resets_in: Option<Duration>,
    /// Calls that wait for their turn.
    pub waiting: usize,
    /// Requests sent.
    pub requests: u64,
    /// Answers that said: too many requests in this window.
    pub rate_limited: u64,
    /// Answers that said: too many requests at once.
    pub concurrency_limited: u64,
}

/// Hands out turns.
pub(crate) struct Pacer {
    state: Mutex<State>,
    /// Rung whenever a turn ends or an answer teaches something.
    changed: Notify,
    started: Instant,
    own_cap: Option<RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>>,
    reserve: f64,
}

struct State {
    buckets: BTreeMap<&'static str, Bucket>,
    parallelism: Parallelism,
}

impl Pacer {
    pub(crate) fn new(
        reserve: f64,
        max_concurrency: usize,
        max_requests_per_minute: Option<NonZeroU32>,
    ) -> Self {
        let started = Instant::now();
        // No burst: a quota with one would allow twice its number in a minute, the burst and then the refill.
        let own_cap = max_requests_per_minute
            .and_then(|cap| Quota::with_period(Duration::from_secs(60) / cap.get()))
            .map(|quota| RateLimiter::direct_with_clock(quota, TokioClock { started }));
        let state = State { buckets: BTreeMap::new(), parallelism: Parallelism::new(max_concurrency) };
        Self { state: Mutex::new(state), changed: Notify::new(), started, own_cap, reserve }
    }

    /// Waits for a turn.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the queue; at most one unit of the caller's own cap is used up.
    pub(crate) async fn admit(self: &Arc<Self>, bucket: &'static str) -> Turn {
        let _waiting = Waiting::new(self, bucket);
        self.within_own_cap().await;
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // Listen before looking, so that a change between the two is not missed.
            changed.as_mut().enable();
            let until = {
                let mut state = self.lock();
                let state = &mut *state;
                let known = state.buckets.entry(bucket).or_default();
                let admission = if state.parallelism.is_full() {
                    Admission::OnChange
                } else {
                    known.admit(self.now(), self.reserve)
                };
                match admission {
                    Admission::Go => {
                        known.begin();
                        state.parallelism.begin();
                        return Turn { pacer: Arc::clone(self), bucket, answered: false };
                    }
                    Admission::Until(moment) => Some(moment),
                    Admission::OnChange => None,
                }
            };
            match until {
                Some(moment) => drop(tokio::time::timeout_at(self.started + moment, changed).await),
                None => changed.await,
            }
        }
    }

    pub(crate) fn snapshots(&self) -> Vec<BucketSnapshot> {
        let now = self.now();
        self.lock().buckets.iter().map(|(name, bucket)| bucket.snapshot(name, now)).collect()
    }

    async fn within_own_cap(&self) {
        let Some(cap) = &self.own_cap else { return };
        while let Err(refused) = cap.check() {
            tokio::time::sleep(refused.wait_time_from(self.now())).await;
        }
    }

    fn now(&self) -> Duration {
        Instant::now().saturating_duration_since(self.started)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is counters; a panic elsewhere cannot leave them half-written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request's turn: counted until it is dropped.
pub(crate) struct Turn {
    pacer: Arc<Pacer>,
    bucket: &'static str,
    answered: bool,
}

impl Turn {
    /// An answer arrived: learn from it. The request counts as simultaneous until the turn is dropped.
    pub(crate) fn answered(&mut self, limit: &RateLimit, too_many: bool, wait: Option<Duration>) {
        self.answered = true;
        let now = self.pacer.now();
        let mut state = self.pacer.lock();
        let bucket = state.buckets.entry(self.bucket).or_default();
        match (too_many, limit.is_concurrency()) {
            (true, true) => {
                bucket.concurrency_limited();
                state.parallelism.lower(now);
            }
            (true, false) => bucket.rate_limited(now, limit, wait),
            (false, _) => {
                bucket.learn(now, limit);
                state.parallelism.succeeded();
            }
        }
        drop(state);
        self.pacer.changed.notify_waiters();
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.pacer.lock();
        if !self.answered {
            state.buckets.entry(self.bucket).or_default().lost();
        }
        state.parallelism.end();
        drop(state);
        self.pacer.changed.notify_waiters();
    }
}

struct Waiting<'a> {
    pacer: &'a Pacer,
    bucket: &'static str,
}

impl<'a> Waiting<'a> {
    fn new(pacer: &'a Pacer, bucket: &'static str) -> Self {
        pacer.lock().buckets.entry(bucket).or_default().waiting += 1;
        Self { pacer, bucket }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut state = self.pacer.lock();
        let bucket = state.buckets.entry(self.bucket).or_default();
        bucket.waiting = bucket.waiting.saturating_sub(1);
    }
}

/// Tokio's clock as governor wants it, so that a paused clock paces too.
#[derive(Debug, Clone)]
struct TokioClock {
    started: Instant,
}

impl Clock for TokioClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Instant::now().saturating_duration_since(self.started)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(limit: u32, remaining: u32, resets_in: u64) -> RateLimit {
        RateLimit {
            limit: Some(limit),
            remaining: Some(remaining),
            resets_in: Some(Duration::from_secs(resets_in)),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_exhausted_bucket_waits_for_its_reset_and_is_seen_waiting() {
        let pacer = Arc::new(Pacer::new(0.0, 10, None));
        let mut turn = pacer.admit("b").await;
        turn.answered(&limit(10, 0, 30), false, None);
        drop(turn);
        let begun = Instant::now();
        let waiting = tokio::spawn({
            let pacer = Arc::clone(&pacer);
            async move { drop(pacer.admit("b").await) }
        });
        tokio::task::yield_now().await;
        assert_eq!(pacer.snapshots()[0].waiting, 1);
        drop(pacer.admit("another bucket").await);
        waiting.await.expect("no panic");
        assert_eq!(begun.elapsed(), Duration::from_secs(31));
        assert_eq!(pacer.snapshots()[1].waiting, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn the_callers_own_cap_spreads_requests_evenly() {
        let pacer = Arc::new(Pacer::new(0.0, 10, NonZeroU32::new(60)));
        let begun = Instant::now();
        for _ in 0..11 {
            drop(pacer.admit("b").await);
        }
        assert_eq!(begun.elapsed().as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn requests_at_once_are_capped_and_a_dropped_turn_is_given_back() {
        let pacer = Arc::new(Pacer::new(0.0, 1, None));
        let first = pacer.admit("a").await;
        assert!(tokio::time::timeout(Duration::from_secs(1), pacer.admit("b")).await.is_err());
        drop(first);
        drop(pacer.admit("b").await);
    }
}
