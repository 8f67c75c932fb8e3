//! Paces requests: slow down before Okta says no.
//!
//! A thin async shell. What it decides is in [`bucket`] (one rate-limit window), [`parallelism`] (requests at once) and
//! [`lines`] (whose turn it is), all pure; this file waits and wakes. All clones of a client share one `Pacer`. Waits use tokio's clock only.
//! Half of the file is tests, one for each way in which a line could stand still.

pub(crate) mod bucket;
pub(crate) mod classify;
mod lines;
mod parallelism;

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
use self::lines::Lines;
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

    /// Waits for a turn. Of the calls that may go the one that came first goes first, whichever bucket it is for.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the line and uses nothing up.
    pub(crate) async fn admit(self: &Arc<Self>, bucket: &'static str) -> Turn {
        let place = Place::take(self, bucket);
        loop {
            let mut rung = std::pin::pin!(place.bell.notified());
            // Listen before looking, so that a change between the two is not missed.
            rung.as_mut().enable();
            match self.look(&place) {
                Admission::Go => return Turn { pacer: Arc::clone(self), bucket, answered: false },
                Admission::Until(moment) => drop(tokio::time::timeout_at(self.started + moment, rung).await),
                Admission::OnChange => rung.await,
            }
        }
    }

    /// Whether the call at this place may go; if so, it has begun.
    fn look(&self, place: &Place<'_>) -> Admission {
        let now = self.now();
        let mut lines = self.lock();
        let admission = lines.admit(place.bucket, place.ticket, now);
        if admission != Admission::Go {
            return admission;
        }
        // The caller's own cap comes last: its unit is used up by asking.
        if let Some(Err(refused)) = self.own_cap.as_ref().map(RateLimiter::check) {
            return Admission::Until(now + refused.wait_time_from(now));
        }
        lines.begin(place.bucket);
        Admission::Go
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
    ticket: u64,
    bell: Arc<Notify>,
}

impl<'a> Place<'a> {
    fn take(pacer: &'a Pacer, bucket: &'static str) -> Self {
        let (ticket, bell) = pacer.lock().join(bucket);
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

/// One request's turn: counted until it is dropped.
pub(crate) struct Turn {
    pacer: Arc<Pacer>,
    bucket: &'static str,
    answered: bool,
}

impl Turn {
    /// An answer arrived: learn from it. The request counts as simultaneous until the turn is dropped.
    pub(crate) fn answered(&mut self, status: StatusCode, limit: &RateLimit, wait: Option<Duration>) {
        self.answered = true;
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
        let lost = !self.answered;
        let mut lines = self.pacer.lock();
        let (bucket, parallelism) = lines.counts(self.bucket);
        if lost {
            bucket.lost();
        }
        parallelism.end();
        self.pacer.ring(lines, lost.then_some(self.bucket));
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
        turn.answered(StatusCode::OK, &limit(10, 0, 30), None);
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

    /// Spawns a call that notes its name when its turn comes, and keeps the turn for a second.
    fn call(
        pacer: &Arc<Pacer>,
        bucket: &'static str,
        name: &'static str,
        order: &Order,
    ) -> tokio::task::JoinHandle<()> {
        let (pacer, order) = (Arc::clone(pacer), Arc::clone(order));
        tokio::spawn(async move {
            let mut turn = pacer.admit(bucket).await;
            order.lock().expect("no panic").push((name, pacer.now().as_secs()));
            tokio::time::sleep(Duration::from_secs(1)).await;
            turn.answered(StatusCode::OK, &RateLimit::default(), None);
        })
    }

    type Order = Arc<Mutex<Vec<(&'static str, u64)>>>;

    /// Who had a turn and in which second, when all are done.
    async fn order_of(
        calls: impl IntoIterator<Item = tokio::task::JoinHandle<()>>,
        order: &Order,
    ) -> Vec<(&'static str, u64)> {
        for call in calls {
            call.await.expect("no panic");
        }
        order.lock().expect("no panic").clone()
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_comes_again_and_again_does_not_overtake_those_that_wait() {
        let pacer = Arc::new(Pacer::new(0.0, 1, None));
        let order = Arc::default();
        let mut greedy = pacer.admit("a").await;
        let waiting = [call(&pacer, "b", "first", &order), call(&pacer, "a", "second", &order)];
        tokio::task::yield_now().await;
        for _ in 0..3 {
            // No await between the end of one turn and the wish for the next.
            greedy.answered(StatusCode::OK, &RateLimit::default(), None);
            drop(greedy);
            greedy = pacer.admit("a").await;
            order.lock().expect("no panic").push(("greedy", pacer.now().as_secs()));
        }
        drop(greedy);
        let turns = order_of(waiting, &order).await;
        let names: Vec<_> = turns.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["first", "second", "greedy", "greedy", "greedy"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_whose_bucket_is_used_up_holds_up_no_other() {
        let pacer = Arc::new(Pacer::new(0.0, 1, None));
        pacer.admit("a").await.answered(StatusCode::OK, &limit(10, 0, 30), None);
        let order = Arc::default();
        let waiting = [call(&pacer, "a", "early", &order), call(&pacer, "b", "late", &order)];
        let turns = order_of(waiting, &order).await;
        assert_eq!(turns, [("late", 0), ("early", 31)]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_leaves_the_line_holds_up_nobody_behind() {
        let pacer = Arc::new(Pacer::new(0.0, 1, None));
        let order = Arc::default();
        let turn = pacer.admit("a").await;
        let first = call(&pacer, "a", "first", &order);
        let others = [call(&pacer, "a", "second", &order), call(&pacer, "b", "third", &order)];
        tokio::task::yield_now().await;
        drop(turn);
        // Its bell has been rung, and it does not come.
        first.abort();
        let turns = order_of(others, &order).await;
        assert_eq!(turns, [("second", 0), ("third", 1)]);
        assert!(pacer.snapshots().iter().all(|bucket| bucket.waiting == 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_nobody_polls_holds_up_no_other() {
        for bucket in ["a", "b"] {
            let pacer = Arc::new(Pacer::new(0.0, 1, None));
            let turn = pacer.admit("a").await;
            let mut asleep = Box::pin(pacer.admit("a"));
            assert!(futures::poll!(&mut asleep).is_pending());
            let begun = Instant::now();
            let order = Arc::default();
            let waiting = [call(&pacer, bucket, "first", &order), call(&pacer, "c", "second", &order)];
            tokio::task::yield_now().await;
            drop(turn);
            order_of(waiting, &order).await;
            assert_eq!(
                begun.elapsed(),
                Duration::from_secs(2) + lines::GRACE,
                "it is waited for once, and not for long"
            );
            drop(asleep.await);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_had_to_wait_for_a_slot_still_learns_when_its_window_ends() {
        let pacer = Arc::new(Pacer::new(0.0, 1, None));
        let mut turn = pacer.admit("a").await;
        let order = Arc::default();
        let waiting = call(&pacer, "a", "late", &order);
        tokio::task::yield_now().await;
        turn.answered(StatusCode::OK, &limit(10, 0, 30), None);
        drop(turn);
        assert_eq!(order_of([waiting], &order).await, [("late", 31)]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_callers_own_cap_is_kept_behind_a_window_that_opens_again() {
        let pacer = Arc::new(Pacer::new(0.0, 10, NonZeroU32::new(60)));
        pacer.admit("b").await.answered(StatusCode::OK, &limit(10, 0, 30), None);
        let order = Arc::default();
        let calls: Vec<_> = (0..4).map(|_| call(&pacer, "b", "b", &order)).collect();
        let turns = order_of(calls, &order).await;
        let times: Vec<_> = turns.iter().map(|(_, second)| *second).collect();
        assert_eq!(times, [31, 32, 33, 34], "no burst of what was saved up while the bucket was empty");
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_without_headers_lets_those_who_wait_go_one_by_one() {
        let pacer = Arc::new(Pacer::new(0.0, 10, None));
        let mut turn = pacer.admit("b").await;
        let order = Arc::default();
        let calls: Vec<_> = (0..3).map(|_| call(&pacer, "b", "b", &order)).collect();
        tokio::task::yield_now().await;
        turn.answered(StatusCode::BAD_GATEWAY, &RateLimit::default(), None);
        drop(turn);
        let turns = order_of(calls, &order).await;
        let times: Vec<_> = turns.iter().map(|(_, second)| *second).collect();
        // The second asks alone; its answer says that there is no limit.
        assert_eq!(times, [0, 1, 1]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_is_given_up_on_its_way_may_have_been_counted() {
        let pacer = Arc::new(Pacer::new(0.0, 10, None));
        pacer.admit("b").await.answered(StatusCode::OK, &limit(10, 9, 60), None);
        let sending = tokio::spawn({
            let pacer = Arc::clone(&pacer);
            async move {
                let _turn = pacer.admit("b").await;
                std::future::pending::<()>().await;
            }
        });
        tokio::task::yield_now().await;
        sending.abort();
        assert!(sending.await.is_err_and(|error| error.is_cancelled()));
        let bucket = &pacer.snapshots()[0];
        assert_eq!((bucket.remaining, bucket.requests, bucket.waiting), (Some(8), 2, 0));
        // One that only waited has used nothing up.
        let held: Vec<_> = futures::future::join_all((0..8).map(|_| pacer.admit("b"))).await;
        assert!(tokio::time::timeout(Duration::from_secs(1), pacer.admit("b")).await.is_err());
        assert_eq!(pacer.snapshots()[0].remaining, Some(8));
        drop(held);
    }
}
