//! Paces requests: slow down before Okta says no.
//!
//! A thin async shell. What it decides is in [`bucket`] (may one more go), [`window`] and [`others`] (what answers teach),
//! [`parallelism`] (requests at once) and [`lines`] (whose turn it is), all pure; this file waits and wakes. All clones of a
//! client share one `Pacer`. Waits use tokio's clock only.

pub(crate) mod bucket;
pub(crate) mod classify;
mod lines;
mod others;
mod parallelism;
mod priority;
mod window;

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use http::StatusCode;
use tokio::sync::Notify;
use tokio::time::Instant;

use self::bucket::Admission;
use self::lines::{Lines, Ticket};
pub(crate) use self::priority::Manner;
pub use self::priority::Priority;
use crate::rate_limit::RateLimit;
use crate::spans;

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
    /// Requests of others in this window, at least: programs that share the org's limit, or this credential.
    pub others: u32,
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
    lines: Mutex<Lines>,
    started: Instant,
    own_cap: Option<RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>>,
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
        Self { lines: Mutex::new(Lines::new(reserve, max_concurrency)), started, own_cap }
    }

    /// Waits for a turn. Of the calls that may go the most urgent goes first, and of those the one that came first, whichever
    /// bucket it is for.
    ///
    /// # Errors
    /// How long it would take, if that is known to be longer than `max_wait`, or has come to be.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the line and uses nothing up.
    pub(crate) async fn admit(
        self: &Arc<Self>,
        bucket: &'static str,
        priority: Priority,
        max_wait: Option<Duration>,
    ) -> Result<Turn, Duration> {
        let place = Place::take(self, bucket, priority);
        let begun = self.now();
        let deadline = max_wait.and_then(|max_wait| begun.checked_add(max_wait));
        let mut waiting = None;
        loop {
            let mut rung = std::pin::pin!(place.bell.notified());
            // Listen before looking, so that a change between the two is not missed.
            rung.as_mut().enable();
            let (admission, wait) = self.look(&place);
            let now = self.now();
            let again = match admission {
                Admission::Go => return Ok(Turn { pacer: Arc::clone(self), bucket, end: End::Unused }),
                Admission::Until(moment) => Some(moment),
                Admission::OnChange => None,
            };
            if deadline.is_some_and(|deadline| now >= deadline || now + wait > deadline) {
                return Err((now + wait).saturating_sub(begun));
            }
            waiting.get_or_insert_with(|| spans::wait(bucket, wait));
            match again.into_iter().chain(deadline).min() {
                Some(moment) => drop(tokio::time::timeout_at(self.started + moment, rung).await),
                None => rung.await,
            }
        }
    }

    /// Whether the call at this place may go; if so, it has begun. And how long it would wait otherwise, as far as is known.
    fn look(&self, place: &Place<'_>) -> (Admission, Duration) {
        let now = self.now();
        let mut lines = self.lock();
        let admission = lines.admit(place.bucket, place.ticket, now);
        if admission != Admission::Go {
            return (admission, lines.wait(place.bucket, place.ticket, now));
        }
        // The caller's own cap comes last: its unit is used up by asking.
        if let Some(Err(refused)) = self.own_cap.as_ref().map(RateLimiter::check) {
            let wait = refused.wait_time_from(now);
            return (Admission::Until(now + wait), wait);
        }
        lines.begin(place.bucket, place.ticket, now);
        (Admission::Go, Duration::ZERO)
    }

    /// Says that calls of a bucket will come, so that those who wait are spread over its window in time.
    pub(crate) fn expect(self: &Arc<Self>, bucket: &'static str) -> Expected {
        Expected { pacer: Arc::clone(self), bucket, calls: 0 }
    }

    fn ring(&self, mut lines: MutexGuard<'_, Lines>, changed: Option<&'static str>) {
        let bells = lines.call(changed, self.now());
        drop(lines);
        for bell in bells {
            bell.notify_waiters();
        }
    }

    pub(crate) fn snapshots(&self) -> Vec<BucketSnapshot> {
        self.lock().snapshots(self.now())
    }

    fn now(&self) -> Duration {
        Instant::now().saturating_duration_since(self.started)
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        // The state is counters; a panic elsewhere cannot leave them half-written.
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in a bucket's line, until it is dropped.
struct Place<'a> {
    pacer: &'a Pacer,
    bucket: &'static str,
    ticket: Ticket,
    bell: Arc<Notify>,
}

impl<'a> Place<'a> {
    fn take(pacer: &'a Pacer, bucket: &'static str, priority: Priority) -> Self {
        let (ticket, bell) = pacer.lock().join(bucket, priority);
        Self { pacer, bucket, ticket, bell }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut lines = self.pacer.lock();
        lines.leave(self.bucket, self.ticket);
        self.pacer.ring(lines, None);
    }
}

/// Calls that will come, until it is dropped.
pub(crate) struct Expected {
    pacer: Arc<Pacer>,
    bucket: &'static str,
    calls: usize,
}

impl Expected {
    pub(crate) fn set(&mut self, calls: usize) {
        self.pacer.lock().expect(self.bucket, calls, self.calls);
        self.calls = calls;
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        self.set(0);
    }
}

/// One request's turn: counted until it is dropped. Until the request is [sent](Self::sent) it counts nowhere afterwards.
pub(crate) struct Turn {
    pacer: Arc<Pacer>,
    bucket: &'static str,
    end: End,
}

/// What became of the request.
#[derive(PartialEq, Eq)]
enum End {
    /// It was not sent.
    Unused,
    /// It was sent and has no answer.
    Lost,
    Answered,
}

impl Turn {
    /// The request leaves now, or may have left when this turn is dropped.
    pub(crate) fn sent(&mut self) {
        self.end = End::Lost;
    }

    /// An answer arrived: learn from it. The request counts as simultaneous until the turn is dropped.
    pub(crate) fn answered(&mut self, status: StatusCode, limit: &RateLimit, wait: Option<Duration>) {
        self.end = End::Answered;
        let now = self.pacer.now();
        let mut lines = self.pacer.lock();
        let (bucket, parallelism) = lines.counts(self.bucket);
        match (status, limit.is_concurrency()) {
            (StatusCode::TOO_MANY_REQUESTS, true) => {
                bucket.concurrency_limited();
                parallelism.lower(now);
            }
            (StatusCode::TOO_MANY_REQUESTS, false) => bucket.rate_limited(now, limit, wait),
            _ => {
                bucket.learn(now, limit, status.is_success());
                parallelism.succeeded();
            }
        }
        self.pacer.ring(lines, Some(self.bucket));
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut lines = self.pacer.lock();
        let (bucket, parallelism) = lines.counts(self.bucket);
        match self.end {
            End::Answered => {}
            End::Lost => bucket.lost(),
            End::Unused => bucket.unused(),
        }
        parallelism.end();
        self.pacer.ring(lines, (self.end != End::Answered).then_some(self.bucket));
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
mod tests;
