//! How many requests may be under way at once. Pure: `now` is an argument.
//!
//! Okta caps simultaneous requests per org and credential and does not say at what number. So: halve what was under way when it
//! complains, at most once a second (one overload makes many complaints), and grow back by one for each round of good answers.
//!
//! A turn is given back when its answer has been read. One that is kept for longer than any server works on a request belongs to
//! a future that nobody polls, and counts no more: a consumer that holds all the turns itself would else wait for itself.

use std::time::Duration;

use super::under_way::UnderWay;

#[derive(Debug)]
pub(crate) struct Parallelism {
    most: usize,
    allowed: usize,
    under_way: UnderWay,
    good: usize,
    lowered_at: Option<Duration>,
}

const BETWEEN_CUTS: Duration = Duration::from_secs(1);
/// How long a turn counts: twice the minute for which a request is waited for unless the caller says otherwise.
const KEPT: Duration = Duration::from_secs(120);

impl Parallelism {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, allowed: most, under_way: UnderWay::default(), good: 0, lowered_at: None }
    }

    /// How many more may go.
    pub(crate) fn free(&self, now: Duration) -> usize {
        self.allowed.saturating_sub(self.at_once(now))
    }

    fn at_once(&self, now: Duration) -> usize {
        self.under_way.since((now + Duration::from_nanos(1)).saturating_sub(KEPT))
    }

    pub(crate) fn begin(&mut self, now: Duration) {
        self.under_way.begin(now);
    }

    /// The request that was sent then has come to its end.
    pub(crate) fn end(&mut self, sent: Duration) {
        self.under_way.end(sent);
    }

    pub(crate) fn lower(&mut self, now: Duration) {
        if self.lowered_at.is_some_and(|before| now.saturating_sub(before) < BETWEEN_CUTS) {
            return;
        }
        self.allowed = (self.at_once(now).min(self.allowed) / 2).max(1);
        self.lowered_at = Some(now);
        self.good = 0;
    }

    pub(crate) fn succeeded(&mut self) {
        self.good += 1;
        if self.good >= self.allowed && self.allowed < self.most {
            self.allowed += 1;
            self.good = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_halve_it_once_a_second_and_good_answers_bring_it_back() {
        let mut parallelism = Parallelism::new(8);
        for _ in 0..8 {
            parallelism.begin(Duration::ZERO);
        }
        for _ in 0..5 {
            parallelism.lower(Duration::ZERO);
        }
        assert_eq!(parallelism.allowed, 4);
        parallelism.lower(Duration::from_secs(1));
        parallelism.lower(Duration::from_secs(2));
        parallelism.lower(Duration::from_secs(3));
        assert_eq!(parallelism.allowed, 1);
        for _ in 0..100 {
            parallelism.succeeded();
        }
        assert_eq!(parallelism.allowed, 8);
    }

    #[test]
    fn a_complaint_halves_what_was_under_way_and_not_what_was_allowed() {
        let mut parallelism = Parallelism::new(35);
        for _ in 0..6 {
            parallelism.begin(Duration::ZERO);
        }
        parallelism.lower(Duration::ZERO);
        assert_eq!(parallelism.allowed, 3);
        for _ in 0..6 {
            parallelism.end(Duration::ZERO);
        }
        parallelism.begin(Duration::from_secs(1));
        parallelism.lower(Duration::from_secs(2));
        assert_eq!(parallelism.allowed, 1);
    }

    #[test]
    fn a_turn_that_nobody_gives_back_counts_no_more() {
        let mut parallelism = Parallelism::new(2);
        parallelism.begin(Duration::ZERO);
        parallelism.begin(Duration::from_secs(1));
        for (second, free) in [(1, 0), (119, 0), (120, 1), (121, 2)] {
            assert_eq!(parallelism.free(Duration::from_secs(second)), free, "{second}");
        }
    }
}
