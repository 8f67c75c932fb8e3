//! One rate-limit window as its headers teach it: what is left, until when, and what others take of it. Pure.
//!
//! Okta's windows last a minute and begin with the first request that falls into them. The headers tell their end in whole
//! seconds only, so two things bound it: what the headers say, and a minute behind the first answer that came out of the
//! window. The smaller of the two is still no earlier than the end itself, and is known to a round trip instead of two seconds.

use std::time::Duration;

use super::others::Others;
use crate::rate_limit::MARGIN;

/// **Source**: Okta, "Rate limits": a window lasts at most a minute.
pub(super) const LONGEST: Duration = Duration::from_secs(60);
/// What a timer may be early by.
const SLACK: Duration = Duration::from_millis(50);
/// By how much two answers may disagree about the end of one window: the whole seconds of `Date` and of the reset, the margin for
/// them, and how long an answer is on its way.
const SAME: Duration = Duration::from_secs(4);

#[derive(Debug, Default, Clone)]
pub(super) enum Window {
    /// Nothing answered yet.
    #[default]
    Unknown,
    /// An answer without rate-limit headers: some endpoints have no limit.
    Unmetered,
    Known(Known),
}

#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    /// When it has certainly ended.
    pub(super) ends: Duration,
    pub(super) others: Others,
}

impl Window {
    /// The window that lasts.
    pub(super) fn open(&self, now: Duration) -> Option<&Known> {
        match self {
            Self::Known(known) if known.ends > now => Some(known),
            _ => None,
        }
    }

    /// A request of ours goes.
    pub(super) fn begin(&mut self) {
        if let Self::Known(known) = self {
            known.others.we_sent(1);
        }
    }

    /// An answer: `in_flight` more of ours are under way, and may or may not be counted in it.
    ///
    /// Answers overtake each other: within one window the smallest count is the newest, and a window that has passed is
    /// news no more.
    pub(super) fn answered(
        &mut self,
        now: Duration,
        limit: u32,
        remaining: u32,
        resets_in: Duration,
        in_flight: u32,
    ) {
        let ends = now + resets_in.saturating_add(MARGIN).min(LONGEST) + SLACK;
        let used = limit.saturating_sub(remaining);
        match self {
            Self::Known(known) if known.ends > now && ends + SAME < known.ends => {}
            Self::Known(known) if known.ends > now && ends <= known.ends + SAME => {
                known.remaining = remaining.min(known.remaining);
                known.ends = ends.min(known.ends);
                known.others.counted(now, used, known.limit != limit);
                known.limit = limit;
            }
            // A straggler, behind the end of the window that it belongs to.
            Self::Known(known)
                if ends <= known.ends + SAME
                    && remaining <= known.remaining.saturating_add(in_flight).saturating_add(1) => {}
            Self::Known(known) => {
                let others = known.others.next(now, used, in_flight + 1);
                *known = Known { limit, remaining, ends, others };
            }
            Self::Unknown | Self::Unmetered => {
                let others = Others::new(now, used, in_flight + 1);
                *self = Self::Known(Known { limit, remaining, ends, others });
            }
        }
    }

    /// A good answer without headers. Only what Okta itself answered says that an endpoint has no limit.
    pub(super) fn unmetered(&mut self, now: Duration) {
        if self.open(now).is_none() {
            *self = Self::Unmetered;
        }
    }

    /// A refusal: the window that it speaks of is used up. It may arrive late, when another window has begun.
    pub(super) fn used_up(&mut self, now: Duration, resets_in: Option<Duration>) {
        let ended = resets_in.map(|resets_in| now + resets_in + MARGIN + SAME);
        if let Self::Known(known) = self
            && ended.is_none_or(|ended| ended >= known.ends)
        {
            known.remaining = 0;
        }
    }

    /// What began was not sent.
    pub(super) fn unused(&mut self) {
        if let Self::Known(known) = self {
            known.others.we_did_not_send();
        }
    }

    /// A request without an answer may have been counted.
    pub(super) fn lost(&mut self) {
        if let Self::Known(known) = self {
            known.remaining = known.remaining.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn of(answers: &[(u64, u32, u32, u64)]) -> Window {
        let mut window = Window::default();
        for &(at, limit, remaining, resets_in) in answers {
            let (at, resets_in) = (Duration::from_millis(at), Duration::from_secs(resets_in));
            window.answered(at, limit, remaining, resets_in, 0);
        }
        window
    }

    fn ends(window: &Window) -> u128 {
        match window {
            Window::Known(known) => known.ends.as_millis(),
            _ => 0,
        }
    }

    #[test]
    fn a_window_ends_a_minute_behind_the_answer_that_opened_it_or_at_its_reset() {
        for (answers, end) in [
            // The reset would say 62 s.
            (vec![(200, 50, 49, 61)], 60_250),
            (vec![(200, 50, 49, 61), (10_300, 50, 48, 51)], 60_250),
            // Begun in the middle of a window: the best of what the headers said, not the last.
            (vec![(200, 50, 20, 30), (900, 50, 19, 30), (1_300, 50, 18, 28)], 30_350),
            (vec![(0, 50, 20, 4_000)], 60_050),
        ] {
            assert_eq!(ends(&of(&answers)), end, "{answers:?}");
        }
    }

    #[test]
    fn answers_that_overtake_each_other_do_not_raise_the_count() {
        let mut window = of(&[(1_000, 10, 5, 60), (2_000, 10, 7, 59)]);
        assert_eq!(window.open(SECOND * 2).map(|known| known.remaining), Some(5));
        window.answered(SECOND * 2, 10, 10, Duration::ZERO, 0);
        assert_eq!(window.open(SECOND * 2).map(|known| known.remaining), Some(5), "of the window before");
        window.answered(SECOND * 50, 10, 9, SECOND * 60, 0);
        assert_eq!(window.open(SECOND * 50).map(|known| known.remaining), Some(9), "the next began early");
    }

    #[test]
    fn a_straggler_of_a_window_that_has_ended_opens_no_other() {
        let mut window = of(&[(200, 50, 49, 60), (59_900, 50, 3, 1)]);
        let late = Duration::from_millis(60_400);
        window.answered(late, 50, 3, SECOND, 0);
        assert!(window.open(late).is_none(), "the next request opens it");
        window.answered(late, 50, 49, SECOND, 0);
        assert!(window.open(late).is_some(), "a short window");
    }

    #[test]
    fn a_limit_that_changes_in_the_middle_of_a_window_is_learned() {
        let window = of(&[(0, 600, 400, 60), (100, 300, 290, 60)]);
        let known = window.open(SECOND).expect("known");
        assert_eq!((known.limit, known.remaining), (300, 290));
    }
}
