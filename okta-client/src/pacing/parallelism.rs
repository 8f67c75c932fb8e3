//! How many requests may be under way at once. Pure: `now` is an argument.
//!
//! Okta caps simultaneous requests per org and credential and does not say at what number. So: halve what was under way when it
//! complains, at most once a second (one overload makes many complaints), and grow back by one for each round of good answers.

use std::time::Duration;

#[derive(Debug)]
pub(crate) struct Parallelism {
    most: usize,
    allowed: usize,
    in_flight: usize,
    good: usize,
    lowered_at: Option<Duration>,
}

const BETWEEN_CUTS: Duration = Duration::from_secs(1);

impl Parallelism {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, allowed: most, in_flight: 0, good: 0, lowered_at: None }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.in_flight >= self.allowed
    }

    pub(crate) fn begin(&mut self) {
        self.in_flight += 1;
    }

    pub(crate) fn end(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    pub(crate) fn lower(&mut self, now: Duration) {
        if self.lowered_at.is_some_and(|before| now.saturating_sub(before) < BETWEEN_CUTS) {
            return;
        }
        self.allowed = (self.in_flight.min(self.allowed) / 2).max(1);
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
            parallelism.begin();
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
            parallelism.begin();
        }
        parallelism.lower(Duration::ZERO);
        assert_eq!(parallelism.allowed, 3);
        for _ in 0..6 {
            parallelism.end();
        }
        parallelism.begin();
        parallelism.lower(Duration::from_secs(2));
        assert_eq!(parallelism.allowed, 1);
    }
}
