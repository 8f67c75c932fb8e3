//! Okta's time, from the `Date` of its answers and a clock that nobody sets.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::timestamp::Timestamp;

/// How far this machine's clock is put back before Okta has told its own: clocks that are kept in step differ by less.
const CAUTION: Duration = Duration::from_secs(5);

/// Okta's time as of its newest answer. `Date` cuts fractions of a second off, so what is told here is never ahead of Okta.
#[derive(Default)]
pub(super) struct OktaClock(Mutex<Option<(Timestamp, Instant)>>);

impl OktaClock {
    pub(super) fn now(&self) -> Timestamp {
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.map_or_else(
            || Timestamp::now().saturating_sub(CAUTION),
            |(date, at)| date.saturating_add(at.elapsed()),
        )
    }

    /// Sets it. Returns by how much it was wrong.
    pub(super) fn set(&self, date: Timestamp) -> Duration {
        let before = self.now();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((date, Instant::now()));
        before.since(date).max(date.since(before))
    }
}
