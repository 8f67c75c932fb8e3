//! One rate-limit bucket: whether one more request may go. Pure: `now` is an argument.
//!
//! Before the first answer one request goes alone and asks. Afterwards as many may go as the window has left, minus those
//! under way (their answers are not counted yet), a reserve for whoever shares the org, and what others have been seen to
//! take. If all who wait fit, they go at once; if not, they are spread over what is left of the window, so that it is used
//! to its end and leaves room between. When the window ends, one request goes alone again and opens the next.

use std::time::Duration;

use super::BucketSnapshot;
use super::priority::Priority;
use super::window::{Known, LONGEST, Window};
use crate::rate_limit::{MAX_WAIT, RateLimit};

/// What a caller may do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    Go,
    /// Ask again at this time, or when something changes.
    Until(Duration),
    /// Ask again when something changes.
    OnChange,
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
    window: Window,
    in_flight: u32,
    paused_until: Option<Duration>,
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
/// What a backfill leaves to live requests, and for how long after the last of them.
const FOR_LIVE: f64 = 0.2;
const LIVE_FOR: Duration = Duration::from_secs(120);

impl Bucket {
    pub(crate) fn admit(&self, now: Duration, ask: Ask) -> Admission {
        if let Some(until) = self.paused_until.filter(|&until| until > now) {
            return Admission::Until(until);
        }
        if matches!(self.window, Window::Unmetered) {
            return Admission::Go;
        }
        let Some(window) = self.window.open(now) else {
            return if self.in_flight == 0 { Admission::Go } else { Admission::OnChange };
        };
        let available = self.available(window, now, ask);
        if available == 0 {
            return Admission::Until(window.ends);
        }
        if ask.priority == Priority::Live || ask.backlog <= available as usize {
            return Admission::Go;
        }
        match self.last + self.interval(window, available) {
            at if at <= now => Admission::Go,
            at => Admission::Until(at),
        }
    }

    /// How long a request would wait from now, as far as is known.
    pub(crate) fn wait(&self, now: Duration, ask: Ask) -> Duration {
        let paused = self.paused_until.map_or(Duration::ZERO, |until| until.saturating_sub(now));
        let Some(window) = self.window.open(now) else { return paused };
        let available = self.available(window, now, ask);
        let ahead = u32::try_from(ask.ahead).unwrap_or(u32::MAX);
        let wait = if ahead >= available {
            let per_window = window.limit.saturating_sub(self.held_back(window.limit, now, ask)).max(1);
            let windows = (ahead - available) / per_window;
            (window.ends - now).saturating_add(LONGEST.saturating_mul(windows))
        } else if ask.priority == Priority::Live || ask.backlog <= available as usize {
            Duration::ZERO
        } else {
            let interval = self.interval(window, available);
            (self.last + interval.saturating_mul(ahead + 1)).saturating_sub(now)
        };
        wait.max(paused)
    }

    /// Requests that may still go in this window.
    fn available(&self, window: &Known, now: Duration, ask: Ask) -> u32 {
        // However much others take, half of the bucket is not given up for them beforehand.
        let others = window.others.expected(window.ends).min(window.limit / 2);
        let taken =
            self.in_flight.saturating_add(self.held_back(window.limit, now, ask)).saturating_add(others);
        window.remaining.saturating_sub(taken)
    }

    /// The pause between two requests that makes the window last.
    fn interval(&self, window: &Known, available: u32) -> Duration {
        window.ends.saturating_sub(self.last) / available.saturating_add(1)
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
        self.in_flight += 1;
        self.requests += 1;
        self.last = now;
        if priority == Priority::Live {
            self.live = Some(now);
        }
        self.window.begin();
    }

    /// An answer that was not refused for its number.
    pub(crate) fn learn(&mut self, now: Duration, limit: &RateLimit, success: bool) {
        self.in_flight = self.in_flight.saturating_sub(1);
        match (limit.limit, limit.remaining, limit.resets_in) {
            (Some(limit), Some(remaining), Some(resets_in)) if limit > 0 => {
                self.window.answered(now, limit, remaining, resets_in, self.in_flight);
            }
            // An error may come from a gateway before Okta.
            _ if success => self.window.unmetered(now),
            _ => {}
        }
    }

    /// Okta refused, for the number of requests in this window.
    pub(crate) fn rate_limited(&mut self, now: Duration, limit: &RateLimit, wait: Option<Duration>) {
        self.rate_limited += 1;
        self.learn(now, limit, false);
        self.window.used_up(now, limit.resets_in);
        let pause = wait.unwrap_or(UNTOLD).min(MAX_WAIT);
        self.paused_until = self.paused_until.max(Some(now + pause));
    }

    /// Okta refused, but for the number of requests at once: its three headers do not speak of this bucket.
    pub(crate) fn concurrency_limited(&mut self) {
        self.concurrency_limited += 1;
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// No answer. The request may have been counted all the same.
    pub(crate) fn lost(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.window.lost();
    }

    /// It was not sent after all.
    pub(crate) fn unused(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.requests = self.requests.saturating_sub(1);
        self.window.unused();
    }

    pub(crate) fn snapshot(&self, name: &str, waiting: usize, now: Duration) -> BucketSnapshot {
        let open = self.window.open(now);
        let limit = match &self.window {
            Window::Known(known) => Some(known.limit),
            Window::Unknown | Window::Unmetered => None,
        };
        BucketSnapshot {
            bucket: name.to_owned(),
            limit,
            remaining: open.map(|window| window.remaining),
            resets_in: open.map(|window| window.ends - now),
            others: open.map_or(0, |window| window.others.taken()),
            waiting,
            requests: self.requests,
            rate_limited: self.rate_limited,
            concurrency_limited: self.concurrency_limited,
        }
    }
}

#[cfg(test)]
mod tests;
