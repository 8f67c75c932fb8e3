//! What a search sees: the users as they were a moment ago.
//!
//! Okta searches an index that follows the store, usually within a second and without a promise. Of each user changed
//! lately this keeps the states before, and when each of them ended.

use std::collections::BTreeMap;

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
    past: BTreeMap<u32, Vec<Past>>,
}

/// When a state ended, and what it was; `None` where there was no such user.
type Past = (i64, Option<Box<User>>);

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
    }

    /// Takes note of a change before it happens.
    pub(super) fn changes(&mut self, n: u32, at: i64, before: impl FnOnce() -> Option<User>) {
        let kept_ms = self.lag_ms.max(self.kept_ms);
        if kept_ms == 0 {
            return;
        }
        self.past.retain(|_, states| {
            states.retain(|(ended, _)| ended.saturating_add(kept_ms) > at);
            !states.is_empty()
        });
        self.past.entry(n).or_default().push((at, before().map(Box::new)));
    }

    /// What a search sees in place of what is stored, where it sees something else.
    pub(super) fn stale(&self, n: u32, now: i64) -> Option<Option<&User>> {
        let seen = now.saturating_sub(self.seen_lag());
        let first = self.past.get(&n)?.iter().find(|(ended, _)| *ended > seen);
        first.map(|(_, user)| user.as_deref())
    }
}
