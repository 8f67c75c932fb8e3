//! What a search sees: the users as they were a moment ago.
//!
//! Okta searches an index that follows the store, usually within a second and without a promise. Of each user changed
//! lately this keeps the state before, and until when that is what searches find.

use std::collections::BTreeMap;

use super::User;

/// The lag of searches and what it hides.
#[derive(Debug, Default)]
pub(crate) struct Index {
    lag_ms: i64,
    /// Until when a search sees which state; `None` for users that were not there.
    stale: BTreeMap<u32, (i64, Option<Box<User>>)>,
}

impl Index {
    pub(crate) fn set_lag(&mut self, lag_ms: i64) {
        self.lag_ms = lag_ms.max(0);
    }

    /// What searches do not see yet.
    pub(super) fn hidden(&self) -> &BTreeMap<u32, (i64, Option<Box<User>>)> {
        // The lag is a setting.
        let Self { lag_ms: _, stale } = self;
        stale
    }

    /// Hides this in place of what was hidden.
    pub(super) fn hide(&mut self, stale: BTreeMap<u32, (i64, Option<Box<User>>)>) {
        self.stale = stale;
    }

    /// Whether searches may differ from the store.
    pub(crate) fn lags(&self) -> bool {
        self.lag_ms > 0
    }

    /// Lets searches see everything now.
    pub(crate) fn flush(&mut self) {
        self.stale.clear();
    }

    /// Takes note of a change before it happens. Changes in a row appear together, when the first one is due.
    pub(super) fn changes(&mut self, n: u32, at: i64, before: impl FnOnce() -> Option<User>) {
        if !self.lags() {
            return;
        }
        self.stale.retain(|_, (until, _)| *until > at);
        let until = at.saturating_add(self.lag_ms);
        self.stale.entry(n).or_insert_with(|| (until, before().map(Box::new)));
    }

    /// What a search sees in place of what is stored, where it sees something else.
    pub(super) fn stale(&self, n: u32, now: i64) -> Option<Option<&User>> {
        self.stale.get(&n).filter(|(until, _)| *until > now).map(|(_, user)| user.as_deref())
    }
}
