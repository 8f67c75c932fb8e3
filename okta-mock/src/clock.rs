//! The one clock of a fake. Everything that shows or waits for a time asks it: the `Date` header, timestamps, rate
//! windows, batching, planned delays.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;

use crate::shared::Shared;
use crate::timestamp;

mod named;

/// Where a fake takes its time from. Starts are milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Clock {
    /// This machine's clock.
    #[default]
    Real,
    /// Stands still at the given time until [`ClockHandle::advance`] moves it.
    Manual(i64),
    /// Stands still at the given time, whatever happens: moving it is refused. Whoever waits for a reset waits for ever.
    Frozen(i64),
    /// Starts at the given time and runs so many times as fast as this machine's clock.
    Scaled {
        /// When it starts.
        start_ms: i64,
        /// How many times as fast; at least 1.
        factor: u32,
    },
    /// Stands still at the given time and jumps where it has to: to the reset of a 429 when the next request comes, and over
    /// the time that an answer takes. Tests of back-off need no waiting.
    AutoAdvance(i64),
    /// Starts at the given time and runs with tokio's clock, so that `tokio::time::pause` pauses it too. Sound in
    /// process; over a socket a paused clock jumps ahead whenever the runtime waits for the network.
    Tokio(i64),
}

/// A clock at work.
#[derive(Debug)]
pub(crate) struct Time {
    state: Mutex<State>,
    moved: Notify,
}

#[derive(Clone, Copy, Debug)]
struct State {
    clock: Clock,
    started: tokio::time::Instant,
    started_really: std::time::Instant,
    /// What was added by hand.
    ahead: i64,
}

impl State {
    fn new(clock: Clock) -> Self {
        let (started, started_really) = (tokio::time::Instant::now(), std::time::Instant::now());
        Self { clock, started, started_really, ahead: 0 }
    }

    fn now(&self) -> i64 {
        let base = match self.clock {
            Clock::Real => {
                SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, timestamp::millis)
            }
            Clock::Manual(start) | Clock::Frozen(start) | Clock::AutoAdvance(start) => start,
            Clock::Scaled { start_ms, factor } => {
                let run = timestamp::millis(self.started_really.elapsed());
                start_ms.saturating_add(run.saturating_mul(i64::from(factor.max(1))))
            }
            Clock::Tokio(start) => start.saturating_add(timestamp::millis(self.started.elapsed())),
        };
        base.saturating_add(self.ahead)
    }
}

/// A frozen clock cannot be moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IsFrozen;

impl Time {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { state: Mutex::new(State::new(clock)), moved: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> i64 {
        self.state().now()
    }

    /// Which clock it is, with the time it started at.
    pub(crate) fn clock(&self) -> Clock {
        self.state().clock
    }

    /// Moves the clock ahead and wakes everybody who waits for a time.
    pub(crate) fn add(&self, by: Duration) -> Result<(), IsFrozen> {
        {
            let mut state = self.state();
            if let Clock::Frozen(_) = state.clock {
                return Err(IsFrozen);
            }
            state.ahead = state.ahead.saturating_add(timestamp::millis(by));
        }
        self.moved.notify_waiters();
        Ok(())
    }

    /// Makes another clock of it, which goes on from the present at the earliest.
    pub(crate) fn switch(&self, clock: Clock) {
        {
            let mut state = self.state();
            let now = state.now();
            *state = State::new(clock);
            state.ahead = now.saturating_sub(state.now()).max(0);
        }
        self.moved.notify_waiters();
    }

    /// Lets the time pass that an answer takes: an auto-advancing clock jumps, others are waited for.
    pub(crate) async fn pass(&self, ms: u64) {
        let at = self.now().saturating_add(timestamp::millis(Duration::from_millis(ms)));
        if let Clock::AutoAdvance(_) = self.clock() {
            let _ = self.add(Duration::from_millis(ms));
        }
        self.until(at).await;
    }

    /// Waits until the clock shows `at`.
    pub(crate) async fn until(&self, at: i64) {
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            // Enrolled before the clock is read, or a move in between would go unnoticed.
            moved.as_mut().enable();
            let state = *self.state();
            let left = at.saturating_sub(state.now());
            if left <= 0 {
                return;
            }
            let left = Duration::from_millis(left.unsigned_abs());
            match state.clock {
                Clock::Manual(_) | Clock::Frozen(_) | Clock::AutoAdvance(_) => moved.await,
                Clock::Scaled { factor, .. } => {
                    // Rounded up, or the last part of a millisecond would be waited for in a loop.
                    let wait = left / factor.max(1) + Duration::from_millis(1);
                    let _ = tokio::time::timeout(wait, moved).await;
                }
                Clock::Real | Clock::Tokio(_) => {
                    let _ = tokio::time::timeout(left, moved).await;
                }
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
    ///
    /// # Panics
    ///
    /// When the clock is frozen.
    pub fn advance(&self, by: Duration) {
        assert!(self.shared.advance(by).is_ok(), "the clock is frozen; a manual clock can be moved");
    }

    /// Makes another clock of it. It goes on from the present where the other would start earlier.
    pub fn switch(&self, clock: Clock) {
        self.shared.clock.switch(clock);
        self.shared.with(|engine, now| engine.tick(now));
    }
}
