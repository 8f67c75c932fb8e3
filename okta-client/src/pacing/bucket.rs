//! One rate-limit bucket: whether one more request may go. Pure: `now` is an argument.
//!
//! Before the first answer one request goes alone and asks. Afterwards as many may go as each window has left, minus those
//! under way (their answers are not counted yet), a reserve for whoever shares the org, and what others have been seen to
//! take. If all who wait fit, they go at once; if not, they are spread over what is left of the window, so that it is used
//! to its end and leaves room between. When the windows have ended, one request goes alone again and opens the next.
//!
//! Who asks is waited for, but not for long: its answer may be slow, or belong to a future that nobody polls.

use std::time::Duration;

use super::BucketSnapshot;
use super::priority::Priority;
use super::under_way::UnderWay;
use super::window::{LONGEST, Left, Windows};
use crate::rate_limit::{MAX_WAIT, RateLimit};

/// What a caller may do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Admission {
    Go,
    /// Ask again at this time, or when something changes.
    Until(Duration),
}

/// Who asks, and how many wait with it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ask {
    /// The share of each window that is left to others.
    pub(crate) reserve: f64,
    pub(crate) priority: Priority,
    /// How many of those who wait go before it.
    pub(crate) ahead: usize,
    /// All who wait, itself among them, and those who are known to come.
    pub(crate) backlog: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Bucket {
    windows: Windows,
    under_way: UnderWay,
    paused_until: Option<Duration>,
    /// When an answer last told what is left.
    told: Duration,
    /// When the last request went.
    last: Duration,
    /// When the last live request went.
    live: Option<Duration>,
    requests: u64,
    rate_limited: u64,
    concurrency_limited: u64,
}

/// How long a refusal that names no time holds the bucket up.
const UNTOLD: Duration = Duration::from_secs(1);
/// How long an answer is waited for that will say how many more may go, and by when a request has certainly been counted.
pub(super) const SOON: Duration = Duration::from_secs(2);
/// What a backfill leaves to live requests, and for how long after the last of them.
const FOR_LIVE: f64 = 0.2;
const LIVE_FOR: Duration = Duration::from_secs(120);

impl Bucket {
    /// Whether the one who asks may go, if those ahead of it go first. Where they cannot: when the first of them can.
    pub(crate) fn admit(&self, now: Duration, ask: Ask) -> Admission {
        if let Some(until) = self.paused_until.filter(|&until| until > now) {
            return Admission::Until(until);
        }
        if self.windows.is_unmetered() {
            return Admission::Go;
        }
        let strictest = self.windows.left(now).map(|window| self.admit_to(window, now, ask)).max();
        strictest.unwrap_or_else(|| {
            let asking = self.under_way.newest().filter(|&sent| sent >= self.windows.end());
            one_at(asking.map_or(now, |sent| sent + SOON), now, ask)
        })
    }

    fn admit_to(&self, window: Left, now: Duration, ask: Ask) -> Admission {
        let available = self.available(window, now, ask) as usize;
        if ask.ahead >= available {
            Admission::Until(window.ends)
        } else if ask.priority == Priority::Live || ask.backlog <= available {
            Admission::Go
        } else {
            one_at(self.last + self.interval(window, available), now, ask)
        }
    }

    /// How long a request would wait from now, as far as is known.
    pub(crate) fn wait(&self, now: Duration, ask: Ask) -> Duration {
        let paused = self.paused_until.map_or(Duration::ZERO, |until| until.saturating_sub(now));
        self.windows.left(now).map(|window| self.wait_for(window, now, ask)).fold(paused, Duration::max)
    }

    fn wait_for(&self, window: Left, now: Duration, ask: Ask) -> Duration {
        let available = self.available(window, now, ask) as usize;
        let times = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        if ask.ahead >= available {
            let per_window = window.limit.saturating_sub(self.held_back(window.limit, now, ask)).max(1);
            let windows = times(ask.ahead - available) / per_window;
            (window.ends - now).saturating_add(LONGEST.saturating_mul(windows))
        } else if ask.priority == Priority::Live || ask.backlog <= available {
            Duration::ZERO
        } else {
            let interval = self.interval(window, available);
            (self.last + interval.saturating_mul(times(ask.ahead + 1))).saturating_sub(now)
        }
    }

    /// Requests that may still go in this window.
    fn available(&self, window: Left, now: Duration, ask: Ask) -> u32 {
        let uncounted = count(self.under_way.since(self.told.saturating_sub(SOON)));
        let held_back = self.held_back(window.limit, now, ask);
        window.remaining.saturating_sub(uncounted.saturating_add(held_back).saturating_add(window.others))
    }

    /// The pause between two requests that makes the window last.
    fn interval(&self, window: Left, available: usize) -> Duration {
        window.ends.saturating_sub(self.last) / count(available).saturating_add(1)
    }

    /// What is left to others: a share of the limit, but never all of it.
    fn held_back(&self, limit: u32, now: Duration, ask: Ask) -> u32 {
        let live = self.live.is_some_and(|at| now < at + LIVE_FOR);
        let extra = if ask.priority == Priority::Backfill && live { FOR_LIVE } else { 0.0 };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        // The builder keeps `reserve` within 0.0..=0.9.
        let share = (f64::from(limit) * (ask.reserve + extra)) as u32;
        share.min(limit.saturating_sub(1))
    }

    pub(crate) fn begin(&mut self, now: Duration, priority: Priority) {
        self.under_way.begin(now);
        self.requests += 1;
        self.last = now;
        if priority == Priority::Live {
            self.live = Some(now);
        }
        self.windows.begin(now);
    }

    /// The request that was sent then is under way no more. What came of it is to be said next.
    pub(crate) fn end(&mut self, sent: Duration) {
        self.under_way.end(sent);
    }

    /// An answer that was not refused for its number.
    pub(crate) fn learn(&mut self, now: Duration, limit: &RateLimit, success: bool) {
        if self.windows.answered(now, limit, count(self.under_way.since(Duration::ZERO))) {
            self.told = now;
            return;
        }
        self.windows.untold();
        // An error may come from a gateway before Okta.
        if success {
            self.windows.without_headers(now);
        }
    }

    /// Okta refused, for the number of requests in this window.
    pub(crate) fn rate_limited(&mut self, now: Duration, limit: &RateLimit, wait: Option<Duration>) {
        self.rate_limited += 1;
        if limit.limit.is_some() {
            self.learn(now, &RateLimit { remaining: Some(0), ..*limit }, false);
        } else {
            self.windows.used_up(now, limit.resets_in);
        }
        let pause = wait.unwrap_or(UNTOLD).min(MAX_WAIT);
        self.paused_until = self.paused_until.max(Some(now + pause));
    }

    /// Okta refused, but for the number of requests at once: its three headers do not speak of this bucket.
    pub(crate) fn concurrency_limited(&mut self) {
        self.concurrency_limited += 1;
    }

    /// No answer. The request may have been counted all the same.
    pub(crate) fn lost(&mut self) {
        self.windows.untold();
    }

    /// It was not sent after all.
    pub(crate) fn unused(&mut self, now: Duration) {
        self.requests = self.requests.saturating_sub(1);
        self.windows.unused(now);
    }

    pub(crate) fn snapshot(&self, name: &str, waiting: usize, now: Duration) -> BucketSnapshot {
        let binding = self.windows.open(now).min_by_key(|window| window.remaining);
        BucketSnapshot {
            bucket: name.to_owned(),
            limit: self.windows.limit(now),
            remaining: binding.map(|window| window.remaining),
            resets_in: binding.map(|window| window.ends - now),
            others: self.windows.open(now).map(|window| window.others.taken()).max().unwrap_or(0),
            waiting,
            requests: self.requests,
            rate_limited: self.rate_limited,
            concurrency_limited: self.concurrency_limited,
        }
    }
}

/// One may go at this time, and so the first of those who wait.
fn one_at(at: Duration, now: Duration, ask: Ask) -> Admission {
    if at <= now && ask.ahead == 0 { Admission::Go } else { Admission::Until(at.max(now)) }
}

fn count(requests: usize) -> u32 {
    u32::try_from(requests).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
