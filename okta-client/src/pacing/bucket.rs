//! One rate-limit bucket: what its headers have taught, and whether one more request may go. Pure: `now` is an argument.
//!
//! Okta counts requests per window of up to a minute. Before the first answer one request goes alone and asks; afterwards
//! as many may go as the window has left, minus those under way (their answers are not counted yet) and a reserve for
//! whoever shares the org. When the window ends, one request goes alone again and opens the next.

use std::time::Duration;

use super::BucketSnapshot;
use crate::rate_limit::RateLimit;

/// What a caller may do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    Go,
    /// Ask again at this time, or when something changes.
    Until(Duration),
    /// Ask again when something changes.
    OnChange,
}

#[derive(Debug, Default)]
pub(crate) struct Bucket {
    window: Window,
    in_flight: u32,
    paused_until: Option<Duration>,
    pub(super) waiting: usize,
    requests: u64,
    rate_limited: u64,
    concurrency_limited: u64,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Window {
    /// Nothing answered yet.
    #[default]
    Unknown,
    /// An answer without rate-limit headers: some endpoints have no limit.
    Unmetered,
    Known {
        limit: u32,
        remaining: u32,
        ends: Duration,
    },
}

/// Reset and Date are whole seconds; this covers what was cut off.
const MARGIN: Duration = Duration::from_secs(1);
/// Windows last a minute. An answer that says more must not stop the bucket for longer than this.
const LONGEST: Duration = Duration::from_secs(120);

/// How long a refusal that names no time holds the bucket up.
const UNTOLD: Duration = Duration::from_secs(1);

impl Bucket {
    pub(crate) fn admit(&self, now: Duration, reserve: f64) -> Admission {
        if let Some(until) = self.paused_until.filter(|&until| until > now) {
            return Admission::Until(until);
        }
        match self.window {
            Window::Unmetered => Admission::Go,
            Window::Known { limit, remaining, ends } if ends > now => {
                let taken = self.in_flight.saturating_add(held_back(limit, reserve));
                if remaining > taken { Admission::Go } else { Admission::Until(ends) }
            }
            Window::Unknown | Window::Known { .. } if self.in_flight == 0 => Admission::Go,
            Window::Unknown | Window::Known { .. } => Admission::OnChange,
        }
    }

    pub(crate) fn begin(&mut self) {
        self.in_flight += 1;
        self.requests += 1;
    }

    /// An answer that was not refused.
    pub(crate) fn learn(&mut self, now: Duration, limit: &RateLimit) {
        self.in_flight = self.in_flight.saturating_sub(1);
        match (limit.limit, limit.remaining, limit.resets_in) {
            (Some(limit), Some(remaining), Some(resets_in)) if limit > 0 => {
                let ends = now + resets_in.saturating_add(MARGIN).min(LONGEST);
                self.window = self.window.then(now, limit, remaining, ends);
            }
            // Some errors carry no headers. That takes away nothing that is known, but must not keep a bucket waiting to learn.
            _ => match self.window {
                Window::Known { ends, .. } if ends > now => {}
                _ => self.window = Window::Unmetered,
            },
        }
    }

    /// Okta refused: this window is used up.
    pub(crate) fn rate_limited(&mut self, now: Duration, limit: &RateLimit, wait: Option<Duration>) {
        self.rate_limited += 1;
        self.learn(now, limit);
        if let Window::Known { remaining, .. } = &mut self.window {
            *remaining = 0;
        }
        let pause = wait.unwrap_or(UNTOLD).min(LONGEST);
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
        if let Window::Known { remaining, .. } = &mut self.window {
            *remaining = remaining.saturating_sub(1);
        }
    }

    pub(crate) fn snapshot(&self, name: &str, now: Duration) -> BucketSnapshot {
        let (limit, remaining, resets_in) = match self.window {
            Window::Known { limit, remaining, ends } if ends > now => {
                (Some(limit), Some(remaining), Some(ends - now))
            }
            Window::Known { limit, .. } => (Some(limit), None, None),
            Window::Unknown | Window::Unmetered => (None, None, None),
        };
        BucketSnapshot {
            bucket: name.to_owned(),
            limit,
            remaining,
            resets_in,
            waiting: self.waiting,
            requests: self.requests,
            rate_limited: self.rate_limited,
            concurrency_limited: self.concurrency_limited,
        }
    }
}

impl Window {
    /// Answers overtake each other: within one window the smallest count is the newest, and a window that has passed is news no more.
    fn then(self, now: Duration, limit: u32, remaining: u32, ends: Duration) -> Self {
        match self {
            Self::Known { remaining: known, ends: until, .. } if until > now => {
                let apart = ends.abs_diff(until);
                if apart <= MARGIN {
                    Self::Known { limit, remaining: remaining.min(known), ends: ends.max(until) }
                } else if ends < until {
                    self
                } else {
                    Self::Known { limit, remaining, ends }
                }
            }
            _ => Self::Known { limit, remaining, ends },
        }
    }
}

/// What is left to others: a share of the limit, but never all of it.
fn held_back(limit: u32, reserve: f64) -> u32 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    // The builder keeps `reserve` within 0.0..=0.9.
    let share = (f64::from(limit) * reserve) as u32;
    share.min(limit.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn limit(limit: u32, remaining: u32, resets_in: u64) -> RateLimit {
        RateLimit {
            limit: Some(limit),
            remaining: Some(remaining),
            resets_in: Some(Duration::from_secs(resets_in)),
        }
    }

    #[test]
    fn one_request_asks_before_the_rest_go() {
        let mut bucket = Bucket::default();
        assert_eq!(bucket.admit(SECOND, 0.1), Admission::Go);
        bucket.begin();
        assert_eq!(bucket.admit(SECOND, 0.1), Admission::OnChange);
        bucket.learn(SECOND, &limit(10, 9, 60));
        for _ in 0..8 {
            assert_eq!(bucket.admit(SECOND, 0.1), Admission::Go);
            bucket.begin();
        }
        assert_eq!(
            bucket.admit(SECOND, 0.1),
            Admission::Until(SECOND * 62),
            "r04: the reserve is left to others"
        );
        for remaining in (1..9).rev() {
            bucket.learn(SECOND, &limit(10, remaining, 60));
        }
        assert_eq!(bucket.admit(SECOND * 62, 0.1), Admission::Go, "the window has ended");
        bucket.begin();
        assert_eq!(bucket.admit(SECOND * 62, 0.1), Admission::OnChange, "one request opens the next");
    }

    #[test]
    fn answers_that_overtake_each_other_do_not_raise_the_count() {
        let mut bucket = Bucket::default();
        for _ in 0..3 {
            bucket.begin();
        }
        bucket.learn(SECOND, &limit(10, 5, 60));
        bucket.learn(SECOND * 2, &limit(10, 7, 59));
        assert_eq!(bucket.snapshot("b", SECOND * 2).remaining, Some(5));
        bucket.learn(SECOND * 2, &limit(10, 10, 0));
        assert_eq!(bucket.snapshot("b", SECOND * 2).remaining, Some(5), "an answer of the window before");
    }

    #[test]
    fn a_bucket_without_headers_is_not_held_up() {
        let mut bucket = Bucket::default();
        bucket.begin();
        bucket.learn(SECOND, &RateLimit::default());
        bucket.begin();
        assert_eq!(bucket.admit(SECOND, 0.1), Admission::Go);
    }

    #[test]
    fn a_429_pauses_the_bucket_and_a_concurrency_429_does_not() {
        let mut bucket = Bucket::default();
        bucket.begin();
        bucket.rate_limited(SECOND, &limit(10, 0, 20), Some(SECOND * 21));
        assert_eq!(bucket.admit(SECOND * 2, 0.1), Admission::Until(SECOND * 22));
        assert_eq!(bucket.admit(SECOND * 22, 0.1), Admission::Go);

        let mut bucket = Bucket::default();
        bucket.begin();
        bucket.learn(SECOND, &limit(10, 9, 60));
        bucket.begin();
        bucket.concurrency_limited();
        assert_eq!(bucket.snapshot("b", SECOND).remaining, Some(9));
        assert_eq!(bucket.admit(SECOND, 0.1), Admission::Go);
    }

    #[test]
    fn a_tiny_limit_still_lets_one_request_through() {
        let mut bucket = Bucket::default();
        bucket.begin();
        bucket.learn(SECOND, &limit(1, 1, 60));
        assert_eq!(bucket.admit(SECOND, 0.9), Admission::Go);
    }
}
