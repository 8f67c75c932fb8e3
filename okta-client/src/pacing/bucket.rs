//! One rate-limit bucket: what its headers have taught, and whether one more request may go. Pure: `now` is an argument.
//!
//! Okta counts requests per window of up to a minute. Before the first answer one request goes alone and asks; afterwards
//! as many may go as the window has left, minus those under way (their answers are not counted yet) and a reserve for
//! whoever shares the org. When the window ends, one request goes alone again and opens the next.

use std::time::Duration;

use super::BucketSnapshot;
use crate::rate_limit::{MARGIN, MAX_WAIT, RateLimit};

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

    /// An answer that was not refused for its number.
    pub(crate) fn learn(&mut self, now: Duration, limit: &RateLimit, success: bool) {
        self.in_flight = self.in_flight.saturating_sub(1);
        match (limit.limit, limit.remaining, limit.resets_in) {
            (Some(limit), Some(remaining), Some(resets_in)) if limit > 0 => {
                self.window = self.window.then(now, limit, remaining, end(now, resets_in));
            }
            // Only what Okta itself answered says that an endpoint has no limit; an error may come from a gateway before it.
            _ if success => match self.window {
                Window::Known { ends, .. } if ends > now => {}
                _ => self.window = Window::Unmetered,
            },
            _ => {}
        }
    }

    /// Okta refused: the window that it speaks of is used up. A refusal may arrive late, when another window has begun.
    pub(crate) fn rate_limited(&mut self, now: Duration, limit: &RateLimit, wait: Option<Duration>) {
        self.rate_limited += 1;
        self.learn(now, limit, false);
        let ended = limit.resets_in.map(|resets_in| end(now, resets_in) + MARGIN);
        if let Window::Known { remaining, ends, .. } = &mut self.window
            && ended.is_none_or(|ended| ended >= *ends)
        {
            *remaining = 0;
        }
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
        if let Window::Known { remaining, .. } = &mut self.window {
            *remaining = remaining.saturating_sub(1);
        }
    }

    pub(crate) fn snapshot(&self, name: &str, waiting: usize, now: Duration) -> BucketSnapshot {
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
            waiting,
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

/// When a window that ends so long after `now` has certainly ended.
fn end(now: Duration, resets_in: Duration) -> Duration {
    now + resets_in.saturating_add(MARGIN).min(MAX_WAIT)
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
        bucket.learn(SECOND, &limit(10, 9, 60), true);
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
            bucket.learn(SECOND, &limit(10, remaining, 60), true);
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
        bucket.learn(SECOND, &limit(10, 5, 60), true);
        bucket.learn(SECOND * 2, &limit(10, 7, 59), true);
        assert_eq!(bucket.snapshot("b", 0, SECOND * 2).remaining, Some(5));
        bucket.learn(SECOND * 2, &limit(10, 10, 0), true);
        assert_eq!(bucket.snapshot("b", 0, SECOND * 2).remaining, Some(5), "an answer of the window before");
    }

    #[test]
    fn a_bucket_without_headers_is_not_held_up() {
        let mut bucket = Bucket::default();
        bucket.begin();
        bucket.learn(SECOND, &RateLimit::default(), true);
        bucket.begin();
        assert_eq!(bucket.admit(SECOND, 0.1), Admission::Go);
    }

    #[test]
    fn an_error_without_headers_does_not_lift_the_limit() {
        let mut bucket = Bucket::default();
        bucket.begin();
        bucket.learn(SECOND, &RateLimit::default(), false);
        bucket.begin();
        assert_eq!(bucket.admit(SECOND, 0.1), Admission::OnChange, "the next one asks alone");
        bucket.learn(SECOND, &limit(10, 2, 1), true);
        bucket.begin();
        bucket.learn(SECOND * 5, &RateLimit::default(), false);
        bucket.begin();
        assert_eq!(bucket.admit(SECOND * 5, 0.1), Admission::OnChange, "and so when the window has ended");
        bucket.rate_limited(SECOND * 5, &RateLimit::default(), None);
        bucket.begin();
        assert_eq!(bucket.admit(SECOND * 7, 0.1), Admission::OnChange, "nor does a refusal");
    }

    #[test]
    fn a_late_refusal_of_the_window_before_does_not_use_up_the_new_one() {
        let mut bucket = Bucket::default();
        for _ in 0..4 {
            bucket.begin();
        }
        bucket.learn(SECOND, &limit(10, 9, 60), true);
        bucket.rate_limited(SECOND, &limit(10, 0, 0), Some(SECOND));
        assert_eq!(bucket.snapshot("b", 0, SECOND).remaining, Some(9));
        assert_eq!(bucket.admit(SECOND * 2, 0.1), Admission::Go);
        bucket.rate_limited(SECOND * 2, &limit(10, 0, 58), Some(SECOND * 59));
        assert_eq!(bucket.snapshot("b", 0, SECOND * 2).remaining, Some(0), "its own window");
        bucket.rate_limited(SECOND * 3, &limit(10, 0, 100), Some(SECOND));
        assert_eq!(bucket.snapshot("b", 0, SECOND * 3).remaining, Some(0), "a later one");
    }

    #[test]
    fn a_request_without_an_answer_is_counted_as_one() {
        let mut bucket = Bucket::default();
        for _ in 0..2 {
            bucket.begin();
        }
        bucket.learn(SECOND, &limit(10, 9, 60), true);
        bucket.lost();
        assert_eq!(bucket.snapshot("b", 0, SECOND).remaining, Some(8));
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
        bucket.learn(SECOND, &limit(10, 9, 60), true);
        bucket.begin();
        bucket.concurrency_limited();
        assert_eq!(bucket.snapshot("b", 0, SECOND).remaining, Some(9));
        assert_eq!(bucket.admit(SECOND, 0.1), Admission::Go);
    }

    #[test]
    fn a_tiny_limit_still_lets_one_request_through() {
        let mut bucket = Bucket::default();
        bucket.begin();
        bucket.learn(SECOND, &limit(1, 1, 60), true);
        assert_eq!(bucket.admit(SECOND, 0.9), Admission::Go);
    }
}
