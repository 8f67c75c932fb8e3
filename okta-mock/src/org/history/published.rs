//! The history in order of `published`, or against it.
//!
//! The formula knows the order of persistence. An event is published at most some minutes before it is persisted, so a
//! stretch of `published` is found within a slightly longer stretch of persistence, sorted, and the next one looked at.

use super::{DAY, History};

/// About how many events one stretch holds.
const STRETCH: i64 = 512;

/// `(published, position, number)` of events, in order.
#[derive(Debug)]
pub(crate) struct ByPublished<'a> {
    history: &'a History,
    descending: bool,
    /// What is still to be looked at, `[from, to)`.
    from: i64,
    to: i64,
    /// Found, and the next one last.
    found: Vec<(i64, u64, u64)>,
}

impl<'a> ByPublished<'a> {
    /// Those published in `[since, until)`, from the cursor's time on.
    pub(crate) fn new(
        history: &'a History,
        since: i64,
        until: i64,
        cursor: Option<i64>,
        descending: bool,
    ) -> Self {
        let (mut from, mut to) = (since, until);
        match cursor {
            Some(at) if descending => to = to.min(at.saturating_add(1)),
            Some(at) => from = from.max(at),
            None => {}
        }
        let start = history.formula.start;
        from = from.max(start - DAY - 20 - history.longest_lag());
        to = if history.len == 0 { from } else { to.min(start) };
        Self { history, descending, from, to, found: Vec::new() }
    }

    /// Looks at the next stretch.
    fn look(&mut self) {
        let history = self.history;
        let events = i64::try_from(history.len).unwrap_or(i64::MAX);
        let width = (STRETCH * DAY / events).clamp(1, DAY);
        let (from, to) = if self.descending {
            ((self.to - width).max(self.from), self.to)
        } else {
            (self.from, (self.from + width).min(self.to))
        };
        if self.descending {
            self.to = from
        } else {
            self.from = to
        }
        // Lags are at least 20 ms and less than 20 ms and the longest.
        let numbers = history.first_at(from + 20)..history.first_at(to + 20 + history.longest_lag());
        let published = numbers.map(|k| (history.published(k), k)).filter(|(at, _)| (from..to).contains(at));
        self.found.extend(published.map(|(at, k)| (at, history.position(k), k)));
        self.found.sort_unstable();
        if !self.descending {
            self.found.reverse();
        }
    }
}

impl Iterator for ByPublished<'_> {
    type Item = (i64, u64, u64);

    fn next(&mut self) -> Option<Self::Item> {
        while self.found.is_empty() && self.from < self.to {
            self.look();
        }
        self.found.pop()
    }
}
