//! How many events a day Okta pushes to an org's Event Hooks. Pure.
//!
//! Source: Event Hooks concept page: 400,000 events in 24 hours, a warning at 280,000; what comes after is never sent.

/// A day, counted from the first event in it.
const DAY_MS: i64 = 24 * 3_600_000;

/// What counting an event came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// It may go out.
    Sent,
    /// It may go out, and it is the one that Okta warns at.
    Warn,
    /// It is the first one too many.
    FirstLost,
    /// It is lost.
    Lost,
}

/// The count of one org.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Quota {
    pub(crate) cap: u64,
    pub(crate) warning: u64,
    pub(crate) used: u64,
    pub(crate) lost: u64,
    /// When the day began.
    since: Option<i64>,
}

impl Default for Quota {
    fn default() -> Self {
        Self { cap: 400_000, warning: 280_000, used: 0, lost: 0, since: None }
    }
}

impl Quota {
    /// Counts one event for one hook.
    pub(crate) fn count(&mut self, now: i64) -> Counted {
        if self.since.is_none_or(|since| now >= since.saturating_add(DAY_MS)) {
            (self.since, self.used, self.lost) = (Some(now), 0, 0);
        }
        if self.used >= self.cap {
            self.lost += 1;
            return if self.lost == 1 { Counted::FirstLost } else { Counted::Lost };
        }
        self.used += 1;
        if self.used == self.warning { Counted::Warn } else { Counted::Sent }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_starts_with_its_first_event_and_what_is_over_the_cap_is_lost() {
        let mut quota = Quota { cap: 3, warning: 2, ..Quota::default() };
        let counted = [10, 20, 30, 40, 50].map(|now| quota.count(now));
        assert_eq!(counted, [Counted::Sent, Counted::Warn, Counted::Sent, Counted::FirstLost, Counted::Lost]);
        assert_eq!(quota.lost, 2);
        assert_eq!(quota.count(DAY_MS + 9), Counted::Lost);
        assert_eq!(quota.count(DAY_MS + 10), Counted::Sent);
    }
}
