//! What a search sees: the users as they were a moment ago.
//!
//! Okta searches an index that follows the store, usually within a second and without a promise. Of each user changed
//! lately this keeps the states before, and when each of them ended.

use std::collections::{BTreeMap, VecDeque};

use super::User;

/// The lag of searches and what it hides.
#[derive(Debug, Default)]
pub(crate) struct Index {
    lag_ms: i64,
    /// How long states are kept for requests that ask for older ones.
    kept_ms: i64,
    /// The lag of the request at hand, where it has one of its own.
    own_ms: Option<i64>,
    /// The states of each user that ended lately, oldest first.
    past: BTreeMap<u32, VecDeque<Past>>,
    /// When each of these ended and whose it was, in that order.
    ended: VecDeque<(i64, u32)>,
}

/// When a state ended, and what it was; `None` where there was no such user.
pub(crate) type Past = (i64, Option<Box<User>>);

impl Index {
    pub(crate) fn set_lag(&mut self, lag_ms: i64) {
        self.lag_ms = lag_ms.max(0);
    }

    /// Keeps the states before changes for so long, whatever the lag is.
    pub(crate) fn keep(&mut self, kept_ms: i64) {
        self.kept_ms = kept_ms;
    }

    /// Gives the request at hand a lag of its own, or takes it back.
    pub(crate) fn look_back(&mut self, own_ms: Option<i64>) {
        self.own_ms = own_ms;
    }

    /// What searches do not see yet.
    pub(super) fn hidden(&self) -> &BTreeMap<u32, VecDeque<Past>> {
        // The lag is a setting, how long states are kept follows from the faults, no request is at hand, and the order
        // follows from the states.
        let Self { lag_ms: _, kept_ms: _, own_ms: _, past, ended: _ } = self;
        past
    }

    /// Hides this in place of what was hidden.
    pub(super) fn hide(&mut self, past: BTreeMap<u32, VecDeque<Past>>) {
        let ends = past.iter().flat_map(|(n, states)| states.iter().map(|(ended, _)| (*ended, *n)));
        let mut ended: Vec<(i64, u32)> = ends.collect();
        ended.sort_unstable();
        (self.past, self.ended) = (past, ended.into());
    }

    /// Whether searches may differ from the store.
    pub(crate) fn lags(&self) -> bool {
        self.seen_lag() > 0
    }

    fn seen_lag(&self) -> i64 {
        self.own_ms.unwrap_or(0).max(self.lag_ms)
    }

    /// Lets searches see everything now.
    pub(crate) fn flush(&mut self) {
        self.past.clear();
        self.ended.clear();
    }

    /// Takes note of a change before it happens.
    pub(super) fn changes(&mut self, n: u32, at: i64, before: impl FnOnce() -> Option<User>) {
        let kept_ms = self.lag_ms.max(self.kept_ms);
        if kept_ms == 0 {
            return;
        }
        self.forget(at.saturating_sub(kept_ms));
        let states = self.past.entry(n).or_default();
        // Of several changes in one millisecond only the first ends a state that anybody could see.
        if states.back().is_none_or(|(ended, _)| *ended < at) {
            states.push_back((at, before().map(Box::new)));
            self.ended.push_back((at, n));
        }
    }

    /// Forgets the states that had ended by then.
    fn forget(&mut self, by: i64) {
        while let Some((_, n)) = self.ended.front().copied().filter(|(ended, _)| *ended <= by) {
            self.ended.pop_front();
            if let Some(states) = self.past.get_mut(&n) {
                states.pop_front();
                if states.is_empty() {
                    self.past.remove(&n);
                }
            }
        }
    }

    /// What a search sees in place of what is stored, where it sees something else.
    pub(super) fn stale(&self, n: u32, now: i64) -> Option<Option<&User>> {
        let seen = now.saturating_sub(self.seen_lag());
        let states = self.past.get(&n)?;
        let first = states.get(states.partition_point(|(ended, _)| *ended <= seen));
        first.map(|(_, user)| user.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lagging(lag_ms: i64) -> Index {
        Index { lag_ms, ..Index::default() }
    }

    #[test]
    fn states_are_forgotten_when_no_search_can_see_them() {
        let mut index = lagging(10);
        for at in 0..100 {
            index.changes(u32::try_from(at % 3).expect("small"), at, || None);
        }
        let kept: Vec<i64> = index.ended.iter().map(|(ended, _)| *ended).collect();
        assert_eq!(kept, (90..100).collect::<Vec<_>>());
        assert_eq!(index.past.values().map(VecDeque::len).sum::<usize>(), 10);
        assert!(index.stale(0, 100).is_some() && index.stale(0, 109).is_none(), "user 0 changed at 99 last");
    }

    #[test]
    fn on_a_clock_that_stands_still_only_the_state_before_is_kept() {
        let mut index = lagging(10);
        let mut looked = 0;
        for _ in 0..1_000 {
            index.changes(7, 5, || {
                looked += 1;
                None
            });
        }
        assert_eq!((looked, index.past[&7].len(), index.ended.len()), (1, 1, 1));
    }

    #[test]
    fn states_that_a_snapshot_brings_are_forgotten_in_their_order() {
        let mut index = lagging(10);
        let states = |ends: &[i64]| ends.iter().map(|ended| (*ended, None)).collect::<VecDeque<Past>>();
        index.hide(BTreeMap::from([(1, states(&[1, 8])), (2, states(&[3]))]));
        index.changes(3, 15, || None);
        assert_eq!(index.past.keys().copied().collect::<Vec<_>>(), [1, 3]);
        assert_eq!(index.past[&1].iter().map(|(ended, _)| *ended).collect::<Vec<_>>(), [8]);
    }
}
