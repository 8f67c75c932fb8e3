//! How a delivery ends: the outcome, the settlement that carries it to the store, and what the store made of it.

use std::time::Duration;

use crate::Delivery;

/// What a processor made of an event. The worker carries it out; a processor never settles by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Handled: its effect is there.
    Done,
    /// Of no interest, and why.
    Ignored(String),
    /// Not now: try again no sooner than after this time.
    Retry {
        /// How long to leave it alone.
        after: Duration,
        /// What went wrong, for operators: no secrets, no personal data.
        error: String,
    },
    /// Never: keep it for a person, and why.
    Dead(String),
}

/// A delivery with its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The event.
    pub delivery: Delivery,
    /// What became of it.
    pub outcome: Outcome,
}

/// What a settle did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settled {
    /// Events handled, of this settle.
    pub done: u64,
    /// Events ignored.
    pub ignored: u64,
    /// Events that will be tried again.
    pub retried: u64,
    /// Events that became dead letters.
    pub dead: u64,
    /// Receipts that no longer held: another worker has the event, or it is finished. Nothing was done for them.
    pub stale: u64,
}

impl Settled {
    pub(crate) fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Done => self.done += 1,
            Outcome::Ignored(_) => self.ignored += 1,
            Outcome::Retry { .. } => self.retried += 1,
            Outcome::Dead(_) => self.dead += 1,
        }
    }
}

impl std::ops::AddAssign for Settled {
    fn add_assign(&mut self, other: Self) {
        self.done += other.done;
        self.ignored += other.ignored;
        self.retried += other.retried;
        self.dead += other.dead;
        self.stale += other.stale;
    }
}
