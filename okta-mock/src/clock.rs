//! The one clock of a fake. Everything that shows or waits for a time asks it: the `Date` header, timestamps, rate
//! windows, batching, planned delays.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
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
    /// What was added by hand.
    ahead: AtomicI64,
    moved: Notify,
}

impl Time {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, started: tokio::time::Instant::now(), ahead: AtomicI64::new(0), moved: Notify::new() }
    }

    pub(crate) fn now(&self) -> i64 {
        self.of_itself().saturating_add(self.ahead.load(Ordering::Acquire))
    }

    /// What it would show if nobody had moved it.
    fn of_itself(&self) -> i64 {
        match self.clock {
            Clock::Real => {
                SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, timestamp::millis)
            }
            Clock::Manual(start) => start,
            Clock::Tokio(start) => start.saturating_add(timestamp::millis(self.started.elapsed())),
        }
    }

    /// Shows `at`, even where that is back, and goes on from there. This machine's clock is never behind its own time:
    /// tokens are about real hours.
    pub(crate) fn show(&self, at: i64) {
        let ahead = at.saturating_sub(self.of_itself());
        let ahead = if self.clock == Clock::Real { ahead.max(0) } else { ahead };
        self.ahead.store(ahead, Ordering::Release);
        self.moved.notify_waiters();
    }

    /// Moves the clock ahead and wakes everybody who waits for a time.
    pub(crate) fn add(&self, by: Duration) {
        self.ahead.fetch_add(timestamp::millis(by), Ordering::AcqRel);
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
            if let Clock::Manual(_) = self.clock {
                moved.await;
            } else {
                let _ = tokio::time::timeout(Duration::from_millis(left.unsigned_abs()), moved).await;
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
}
