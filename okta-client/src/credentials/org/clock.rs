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
        self.known().unwrap_or_else(|| Timestamp::now().saturating_sub(CAUTION))
    }

    /// Sets it. Returns by how much it was wrong.
    pub(super) fn set(&self, date: Timestamp) -> Duration {
        let before = self.known().unwrap_or_else(Timestamp::now);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((date, Instant::now()));
        before.since(date).max(date.since(before))
    }

    fn known(&self) -> Option<Timestamp> {
        let (date, at) = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        Some(date.saturating_add(at.elapsed()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn oktas_time_goes_on_from_its_last_answer_and_every_answer_corrects_it() {
        let clock = OktaClock::default();
        assert!(clock.now() < Timestamp::now(), "nothing is dated in the future before the first answer");
        let date =
            |seconds: i64| Timestamp::from_millis(1_787_299_210_000 + seconds * 1000).expect("in range");
        clock.set(date(0));
        tokio::time::advance(Duration::from_secs(90)).await;
        assert_eq!(clock.now(), date(90));
        assert_eq!(clock.set(date(80)), Duration::from_secs(10));
        assert_eq!(clock.set(date(85)), Duration::from_secs(5));
        assert_eq!(clock.now(), date(85));
    }
}
