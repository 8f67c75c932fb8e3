//! How many requests may be under way at once, and how long each one takes. Pure.
//!
//! A fake answers in microseconds, so a ceiling only shows with a service time or a planned delay: a request counts as
//! under way until the last byte of its answer is sent, on the mock's clock. Ceilings as published: 35 for an
//! Integrator org, 75 for paid ones.

use super::RateLimits;
use crate::org::id::mix;

/// How long answers take, on the mock's clock.
///
/// On a [`Clock::Manual`](crate::Clock::Manual) an answer that takes time comes when the clock was moved there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub enum Latency {
    /// No time at all.
    #[default]
    None,
    /// About what Okta takes: 60 ms for one object, 180 ms for a list, 250 ms for a search, 400 ms for the System Log,
    /// each between half and two and a half times that.
    Okta,
}

impl Latency {
    /// The name used on the command line.
    pub(crate) fn name(self) -> &'static str {
        if self == Self::None { "none" } else { "okta" }
    }

    /// Reads the name used on the command line.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::None, Self::Okta].into_iter().find(|latency| latency.name() == name)
    }
}

/// After so long whoever asked has hung up, which the mock does not hear of.
const LONGEST_MS: i64 = 60_000;

/// How a service time is spread around its middle, in percent: sixteen equally likely steps with a long tail.
const SPREAD: [i64; 16] = [55, 65, 72, 78, 84, 89, 95, 100, 106, 112, 120, 128, 138, 152, 175, 240];

/// The requests under way.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Concurrency {
    pub(crate) latency: Latency,
    /// Set by hand, in place of the plan's.
    pub(crate) given: Option<u64>,
    /// When each request under way is done.
    ends: Vec<i64>,
    drawn: u64,
    /// How many requests were refused.
    pub(crate) refused: u64,
    /// Until when a violation is not written again.
    quiet_until: Option<i64>,
}

/// Whether a request may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entered {
    /// It may, and takes so many milliseconds.
    For(i64),
    /// There are too many. `first` in a minute is written into the log.
    Full { first: bool },
}

impl Concurrency {
    pub(crate) fn ceiling(&self, mode: RateLimits) -> Option<u64> {
        self.given.or(match mode {
            RateLimits::Off => None,
            RateLimits::Integrator => Some(35),
            RateLimits::Enterprise | RateLimits::Workforce => Some(75),
        })
    }

    pub(crate) fn in_flight(&self, now: i64) -> usize {
        self.ends.iter().filter(|end| **end > now).count()
    }

    pub(crate) fn enter(
        &mut self,
        mode: RateLimits,
        method: &str,
        path: &str,
        query: &str,
        now: i64,
    ) -> Entered {
        self.ends.retain(|end| *end > now);
        let full = self
            .ceiling(mode)
            .is_some_and(|ceiling| self.ends.len() >= usize::try_from(ceiling).unwrap_or(0));
        if full {
            self.refused += 1;
            let first = self.quiet_until.is_none_or(|until| now >= until);
            if first {
                self.quiet_until = Some(now.saturating_add(60_000));
            }
            return Entered::Full { first };
        }
        Entered::For(self.service_time(method, path, query))
    }

    /// A request that was let in is under way for so long, until the last byte of its answer is sent.
    pub(crate) fn occupy(&mut self, now: i64, for_ms: i64) {
        if for_ms > 0 {
            self.ends.push(now.saturating_add(for_ms.min(LONGEST_MS)));
        }
    }

    pub(crate) fn clear(&mut self) {
        self.ends.clear();
        self.quiet_until = None;
    }

    fn service_time(&mut self, method: &str, path: &str, query: &str) -> i64 {
        if self.latency == Latency::None {
            return 0;
        }
        let middle = if path.starts_with("/api/v1/logs") {
            400
        } else if query.split('&').any(|pair| pair.starts_with("search=") || pair.starts_with("q=")) {
            250
        } else if method == "GET" && path.trim_start_matches("/api/v1/").split('/').count() != 2 {
            180
        } else {
            60
        };
        self.drawn += 1;
        let step = usize::try_from(mix(0x1a7e, 0, self.drawn) % 16).unwrap_or(0);
        middle * SPREAD[step] / 100
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_counts_until_its_time_is_over() {
        let mut room = Concurrency { latency: Latency::Okta, given: Some(2), ..Concurrency::default() };
        let mut enter = |now| {
            let entered = room.enter(RateLimits::Off, "GET", "/api/v1/logs", "", now);
            if let Entered::For(takes) = entered {
                room.occupy(now, takes);
            }
            entered
        };
        assert!(matches!(enter(0), Entered::For(takes) if (200..=1_000).contains(&takes)));
        assert!(matches!(enter(0), Entered::For(_)));
        assert_eq!(enter(1), Entered::Full { first: true });
        assert_eq!(enter(2), Entered::Full { first: false });
        assert!(matches!(enter(1_001), Entered::For(_)));
        assert_eq!(room.refused, 2);
    }

    #[test]
    fn without_a_service_time_nothing_is_ever_under_way() {
        let mut room = Concurrency { given: Some(1), ..Concurrency::default() };
        for _ in 0..10 {
            assert_eq!(room.enter(RateLimits::Integrator, "GET", "/api/v1/users", "", 0), Entered::For(0));
            room.occupy(0, 0);
        }
        assert_eq!(room.in_flight(0), 0);
    }
}
