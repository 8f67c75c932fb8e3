//! Paces requests: slow down before Okta says no.
//!
//! A thin async shell. What it decides is in [`bucket`] (may one more go), [`window`] and [`others`] (what answers teach),
//! [`parallelism`] (requests at once), [`cap`] (the caller's own bound), [`lane`] and [`lines`] (whose turn it is), all pure;
//! this file waits and wakes. All clones of a client share one `Pacer`. Waits use tokio's clock only.

pub(crate) mod bucket;
mod cap;
pub(crate) mod classify;
mod lane;
mod lines;
mod others;
mod parallelism;
mod priority;
mod under_way;
mod window;

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::StatusCode;
use tokio::sync::Notify;
use tokio::time::Instant;

use self::bucket::Admission;
use self::lane::Ticket;
use self::lines::Lines;
pub(crate) use self::priority::Manner;
pub use self::priority::Priority;
use crate::rate_limit::RateLimit;

/// What is known about one rate-limit bucket, for dashboards and tests.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BucketSnapshot {
    /// Method and path pattern of the requests that share it.
    pub bucket: String,
    /// Requests per window: this credential's share or the whole org's, whichever has less left. `None` until an answer said so.
    pub limit: Option<u32>,
    /// Requests left in that window. `None` where unknown, or where it has ended.
    pub remaining: Option<u32>,
    /// Until that window ends.
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
}

impl Pacer {
    pub(crate) fn new(
        reserve: f64,
        max_concurrency: usize,
        max_requests_per_minute: Option<NonZeroU32>,
    ) -> Self {
        let lines = Lines::new(reserve, max_concurrency, max_requests_per_minute);
        Self { lines: Mutex::new(lines), started: Instant::now() }
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
        loop {
            let (admission, now, wait) = self.look(&place);
            let again = match admission {
                Admission::Go => {
                    return Ok(Turn { pacer: Arc::clone(self), bucket, sent: now, end: End::Lost });
                }
                Admission::Until(moment) => moment,
            };
            if deadline.is_some_and(|deadline| now >= deadline || now.saturating_add(wait) > deadline) {
                return Err(now.saturating_add(wait).saturating_sub(begun));
            }
            let again = deadline.map_or(again, |deadline| deadline.min(again));
            // A bell that was rung since then rings at once.
            let rung = place.bell.notified();
            match self.started.checked_add(again) {
                Some(moment) => drop(tokio::time::timeout_at(moment, rung).await),
                None => rung.await,
            }
        }
    }

    /// Whether the call at this place may go; if so, it has begun. The time, and how long it would wait as far as is known.
    fn look(&self, place: &Place<'_>) -> (Admission, Duration, Duration) {
        let mut lines = self.lock();
        let now = self.now();
        let admission = lines.look(place.bucket, place.ticket, now);
        let wait = match admission {
            Admission::Go => Duration::ZERO,
            Admission::Until(_) => lines.wait(place.bucket, place.ticket, now),
        };
        self.ring(lines);
        (admission, now, wait)
    }

    /// Says that calls of a bucket will come, so that those who wait are spread over its window in time.
    pub(crate) fn expect(self: &Arc<Self>, bucket: &'static str) -> Expected {
        Expected { pacer: Arc::clone(self), bucket, calls: 0 }
    }

    /// Something has changed.
    fn call(&self, mut lines: MutexGuard<'_, Lines>) {
        lines.call(self.now());
        self.ring(lines);
    }

    /// Rings where it is due, outside of the lock: what wakes up may be anybody's code.
    fn ring(&self, mut lines: MutexGuard<'_, Lines>) {
        let bells = lines.bells();
        drop(lines);
        for bell in bells {
            bell.notify_one();
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
        self.pacer.call(lines);
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
        let mut lines = self.pacer.lock();
        lines.expect(self.bucket, calls, self.calls);
        self.calls = calls;
        self.pacer.call(lines);
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        self.set(0);
    }
}

/// One request's turn: counted until it is dropped.
pub(crate) struct Turn {
    pacer: Arc<Pacer>,
    bucket: &'static str,
    sent: Duration,
    end: End,
}

/// What became of the request.
#[derive(PartialEq, Eq)]
enum End {
    Answered,
    /// No answer. So it is until one arrives.
    Lost,
    /// It was not sent.
    Unused,
}

impl Turn {
    /// An answer arrived: learn from it. The request counts as simultaneous until the turn is dropped.
    pub(crate) fn answered(&mut self, status: StatusCode, limit: &RateLimit, wait: Option<Duration>) {
        self.end = End::Answered;
        let mut lines = self.pacer.lock();
        let now = self.pacer.now();
        let (bucket, parallelism) = lines.counts(self.bucket);
        bucket.end(self.sent);
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
        self.pacer.call(lines);
    }

    /// Gives the turn back: the request was not sent, and counts nowhere.
    pub(crate) fn unused(mut self) {
        self.end = End::Unused;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut lines = self.pacer.lock();
        let now = self.pacer.now();
        let (bucket, parallelism) = lines.counts(self.bucket);
        if self.end != End::Answered {
            bucket.end(self.sent);
        }
        match self.end {
            End::Answered => {}
            End::Lost => bucket.lost(),
            End::Unused => bucket.unused(now),
        }
        parallelism.end(self.sent);
        self.pacer.call(lines);
    }
}

#[cfg(test)]
mod tests;
