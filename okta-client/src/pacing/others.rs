//! What other programs take from a bucket, noticed because less is left than our own requests explain. Pure.
//!
//! Okta counts an org's requests together, and a token's wherever it is used. Whoever paces by what is left alone finds the
//! bucket empty before the window ends; so what others have been taking is kept back for them. It is a lower bound: a request
//! of ours that is under way is taken to be counted already.

use std::time::Duration;

/// What others took in the window at hand, and how fast they usually do.
#[derive(Debug, Clone, Default)]
pub(super) struct Others {
    /// Of ours, counted in this window at most.
    ours: u32,
    /// Of others, in this window at least.
    taken: u32,
    /// Of those, taken before we looked for the first time. It may have been ourselves, in an earlier life.
    before: u32,
    since: Duration,
    seen: Duration,
    /// Requests a second, of the windows before.
    usual: f64,
}

/// Fewer seconds than these say nothing about a minute.
const LEAST: f64 = 10.0;

impl Others {
    /// The first window.
    pub(super) fn new(now: Duration, used: u32, ours: u32) -> Self {
        let taken = used.saturating_sub(ours);
        Self { ours, taken, before: taken, since: now, seen: now, usual: 0.0 }
    }

    /// A window behind this one, which `began` some time ago: who opened it was not us if more is used than we sent.
    pub(super) fn next(&self, now: Duration, began: Duration, used: u32, ours: u32) -> Self {
        let usual = (self.usual + self.lately()) / 2.0;
        Self { ours, taken: used.saturating_sub(ours), before: 0, since: began, seen: now, usual }
    }

    pub(super) fn we_sent(&mut self, requests: u32) {
        self.ours = self.ours.saturating_add(requests);
    }

    /// One that was counted as sent was not.
    pub(super) fn we_did_not_send(&mut self) {
        self.ours = self.ours.saturating_sub(1);
    }

    /// So much of the window is used.
    pub(super) fn counted(&mut self, now: Duration, used: u32) {
        self.taken = self.taken.max(used.saturating_sub(self.ours));
        self.seen = now;
    }

    /// Requests of others in this window, since we look.
    pub(super) fn taken(&self) -> u32 {
        self.taken - self.before
    }

    /// How many more they will have sent by this time. Since the last answer they may have been at it.
    pub(super) fn expected(&self, by: Duration) -> u32 {
        self.usually(by.saturating_sub(self.seen))
    }

    /// How many they send in so long.
    pub(super) fn usually(&self, span: Duration) -> u32 {
        let requests = self.usual.max(self.lately()) * span.as_secs_f64();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let requests = requests.ceil() as u32;
        requests
    }

    /// Requests a second in this window.
    fn lately(&self) -> f64 {
        f64::from(self.taken()) / self.seen.saturating_sub(self.since).as_secs_f64().max(LEAST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn who_is_alone_notices_nobody() {
        let mut others = Others::new(Duration::ZERO, 40, 1);
        for sent in 1..=20 {
            others.we_sent(1);
            others.counted(SECOND * sent, 40 + sent);
        }
        assert_eq!((others.taken(), others.expected(SECOND * 80)), (0, 0), "39 were there before");
        let next = others.next(SECOND * 60, SECOND * 60, 1, 1);
        assert_eq!(next.expected(SECOND * 120), 0);
    }

    #[test]
    fn what_others_take_is_expected_of_them_again_and_forgotten_when_they_stop() {
        let mut others = Others::new(Duration::ZERO, 1, 1);
        for second in 1..=60 {
            others.we_sent(2);
            // We send two a second, somebody else one.
            others.counted(SECOND * second, 1 + 3 * second);
        }
        assert_eq!((others.taken(), others.expected(SECOND * 90)), (60, 30));
        let mut window = others.next(SECOND * 60, SECOND * 60, 1, 1);
        assert_eq!(window.expected(SECOND * 120), 30, "half of it is believed at once");
        for _ in 0..10 {
            window = window.next(SECOND * 60, SECOND * 60, 1, 1);
        }
        assert!(window.expected(SECOND * 120) <= 1);
    }

    #[test]
    fn what_others_took_of_a_window_is_spread_over_its_whole_age() {
        // Looked at for the first time 50 s after it began: three a second.
        let window = Others::default().next(SECOND * 110, SECOND * 60, 151, 1);
        assert_eq!((window.taken(), window.expected(SECOND * 120)), (150, 30));
    }

    #[test]
    fn requests_of_ours_under_way_are_not_taken_for_those_of_others() {
        let mut others = Others::new(Duration::ZERO, 1, 1);
        others.we_sent(30);
        others.counted(SECOND, 20);
        assert_eq!(others.taken(), 0);
    }
}
