//! The one clock of a fake. Everything that shows or waits for a time asks it: the `Date` header, timestamps, rate
//! windows, batching, planned delays.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;

use crate::shared::Shared;
use crate::timestamp;

/// Where a fake takes its time from. Starts are milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// This machine's clock.
    #[default]
    Real,
    /// Stands still at the given time until [`ClockHandle::advance`] moves it.
    Manual(i64),
    /// Starts at the given time and runs with tokio's clock, so that `tokio::time::pause` pauses it too. Sound in
    /// process; over a socket a paused clock jumps ahead whenever the runtime waits for the network.
    Tokio(i64),
}

/// A clock at work.
#[derive(Debug)]
pub(crate) struct Time {
    clock: Clock,
    started: tokio::time::Instant,
    pace: Mutex<Pace>,
    moved: Notify,
}

#[derive(Clone, Copy, Debug)]
enum Pace {
    /// Stands at this time.
    Stands(i64),
    /// Runs, so much ahead of where it takes its time from.
    Runs { ahead: i64 },
}

impl Time {
    pub(crate) fn new(clock: Clock) -> Self {
        let pace = match clock {
            Clock::Manual(start) => Pace::Stands(start),
            Clock::Real | Clock::Tokio(_) => Pace::Runs { ahead: 0 },
        };
        Self { clock, started: tokio::time::Instant::now(), pace: Mutex::new(pace), moved: Notify::new() }
    }

    pub(crate) fn now(&self) -> i64 {
        self.shown(*self.pace())
    }

    /// Whether it moves only when it is moved.
    pub(crate) fn stands(&self) -> bool {
        matches!(*self.pace(), Pace::Stands(_))
    }

    /// Moves the clock ahead and wakes everybody who waits for a time.
    pub(crate) fn add(&self, by: Duration) {
        match &mut *self.pace() {
            Pace::Stands(at) | Pace::Runs { ahead: at } => *at = at.saturating_add(timestamp::millis(by)),
        }
        self.moved.notify_waiters();
    }

    /// Stops it where it is.
    pub(crate) fn freeze(&self) {
        let mut pace = self.pace();
        *pace = Pace::Stands(self.shown(*pace));
        drop(pace);
        self.moved.notify_waiters();
    }

    /// Lets it run from where it stands, or from where it would be now had it never stood, whichever is later.
    pub(crate) fn run(&self) {
        let mut pace = self.pace();
        *pace = Pace::Runs { ahead: self.shown(*pace).saturating_sub(self.source()).max(0) };
        drop(pace);
        self.moved.notify_waiters();
    }

    /// Waits until the clock shows `at`.
    pub(crate) async fn until(&self, at: i64) {
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            // Enrolled before the clock is read, or a move in between would go unnoticed.
            moved.as_mut().enable();
            let left = at.saturating_sub(self.now());
            if left <= 0 {
                return;
            }
            if self.stands() {
                moved.await;
            } else {
                let _ = tokio::time::timeout(Duration::from_millis(left.unsigned_abs()), moved).await;
            }
        }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shown(&self, pace: Pace) -> i64 {
        match pace {
            Pace::Stands(at) => at,
            Pace::Runs { ahead } => self.source().saturating_add(ahead),
        }
    }

    /// The time of what it runs with.
    fn source(&self) -> i64 {
        match self.clock {
            Clock::Tokio(start) => start.saturating_add(timestamp::millis(self.started.elapsed())),
            Clock::Real | Clock::Manual(_) => {
                SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, timestamp::millis)
            }
        }
    }
}

/// Reads and moves the clock of a fake; see [`OktaMock::clock`](crate::OktaMock::clock).
#[derive(Clone, Debug)]
pub struct ClockHandle {
    shared: Arc<Shared>,
}

impl ClockHandle {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// The time, in milliseconds since 1970.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.shared.clock.now()
    }

    /// Moves the clock ahead, whichever kind it is, and does what became due: planned changes happen at their own
    /// times, batches close. Pushes start at once in the background; [`OktaMock::settle`](crate::OktaMock::settle)
    /// waits for them.
    pub fn advance(&self, by: Duration) {
        self.shared.advance(by);
    }

    /// Stops the clock where it is; it then moves by [`advance`](Self::advance) only.
    pub fn freeze(&self) {
        self.shared.clock.freeze();
    }

    /// Lets a clock that stands run: from where it stands, or from where it would be had it never stood, whichever is
    /// later. A [`Clock::Manual`] runs with this machine's clock from then on.
    pub fn run(&self) {
        self.shared.clock.run();
        self.shared.advance(Duration::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_was_stopped_runs_again_and_never_backwards() {
        let time = Time::new(Clock::Tokio(1_000));
        let second = Duration::from_secs(1);
        time.freeze();
        tokio::time::advance(second).await;
        assert_eq!((time.now(), time.stands()), (1_000, true));
        time.run();
        assert_eq!((time.now(), time.stands()), (2_000, false), "it catches up with its source");
        time.freeze();
        time.add(5 * second);
        time.run();
        tokio::time::advance(second).await;
        assert_eq!(time.now(), 8_000, "what it was moved ahead by stays");
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_on_a_clock_that_stands_goes_on_when_it_runs() {
        let time = Arc::new(Time::new(Clock::Tokio(0)));
        time.freeze();
        let waiting = Arc::clone(&time);
        let waiting = tokio::spawn(async move { waiting.until(1_000).await });
        tokio::task::yield_now().await;
        time.run();
        waiting.await.expect("it went on");
        assert_eq!(time.now(), 1_000);
    }
}
