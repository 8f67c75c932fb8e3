//! Moves of the clock, and the work that they bring: done in turns with whoever else wants the engine.

use std::sync::Arc;
use std::time::Duration;

use super::Shared;
use crate::admin;
use crate::clock::{Clock, IsFrozen};
use crate::engine::ClockOrder;
use crate::reply::Reply;

impl Shared {
    /// Lets the time pass that an answer takes.
    pub(crate) async fn pass(self: &Arc<Self>, by: Duration) {
        self.clock.pass(u64::try_from(by.as_millis()).unwrap_or(u64::MAX)).await;
        if let Clock::AutoAdvance(_) = self.clock.clock() {
            // What became due on the way is done now, as after any other move.
            self.catch_up().await;
        }
    }

    /// Moves the clock and does what became due, with room for others in between.
    pub(crate) fn advance(self: &Arc<Self>, by: Duration) -> Result<(), IsFrozen> {
        let until = self.move_clock(by)?;
        while !self.catch_up_with(until) {
            while self.is_wanted() {
                std::thread::yield_now();
            }
        }
        self.wake();
        Ok(())
    }

    /// The same for a task. Dropped before its end, it leaves the rest to the next request, or to the background.
    async fn advance_in_turns(self: &Arc<Self>, by: Duration) -> Result<(), IsFrozen> {
        self.move_clock(by)?;
        self.catch_up().await;
        Ok(())
    }

    /// Moves the clock, and says what it shows.
    fn move_clock(&self, by: Duration) -> Result<i64, IsFrozen> {
        // No request comes between the move and the first of what it makes due.
        let mut engine = self.lock();
        self.clock.add(by)?;
        let until = self.clock.now();
        engine.tick(until);
        Ok(until)
    }

    /// Does what is due by now.
    pub(super) async fn catch_up(self: &Arc<Self>) {
        let until = self.clock.now();
        while !self.catch_up_with(until) {
            tokio::task::yield_now().await;
            while self.is_wanted() {
                tokio::task::yield_now().await;
            }
        }
        self.wake();
    }

    /// Does a part of what is due by then; whether that was all of it.
    fn catch_up_with(&self, until: i64) -> bool {
        self.lock().tick(until) >= until
    }

    /// What `/_mock/clock` asks for.
    pub(super) async fn obey(self: &Arc<Self>, order: ClockOrder) -> Reply {
        let now = self.clock.now();
        let ahead = |at: i64| u64::try_from(at.saturating_sub(now)).map(Duration::from_millis);
        let moved = match order {
            ClockOrder::Show => Ok(()),
            ClockOrder::Advance(by) => self.advance_in_turns(by).await,
            ClockOrder::Set(at) => match ahead(at) {
                Ok(by) => self.advance_in_turns(by).await,
                Err(_) => return admin::refuse("now: the clock only moves forwards", now),
            },
            ClockOrder::Switch { clock, at } => {
                if at.is_some_and(|at| ahead(at).is_err()) {
                    return admin::refuse("now: the clock only moves forwards", now);
                }
                self.clock.switch(clock);
                // The machine's clock does not start when it is told to.
                let by = at.map(|at| u64::try_from(at.saturating_sub(self.clock.now())).unwrap_or(0));
                match by.filter(|by| *by > 0 && !matches!(clock, Clock::Frozen(_))) {
                    Some(by) => self.advance_in_turns(Duration::from_millis(by)).await,
                    None => {
                        self.with(|engine, now| engine.tick(now));
                        Ok(())
                    }
                }
            }
        };
        match moved {
            Ok(()) => admin::clock(self.clock.now(), &self.clock.clock().name()),
            Err(IsFrozen) => {
                admin::refuse("the clock is frozen; {\"mode\":\"manual\"} makes it movable", now)
            }
        }
    }
}
