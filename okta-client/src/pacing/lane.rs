//! The line of one bucket. Pure: `now` is an argument.
//!
//! A call that waits may be a future that nobody polls at present, such as one of a buffered stream whose consumer makes calls
//! of its own. So whoever is called and does not come is taken out of the line, and comes back to its place when it looks again:
//! else the consumer would wait for itself.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::BucketSnapshot;
use super::bucket::{Admission, Ask, Bucket};
use super::priority::Priority;

/// What calls are ordered by: how urgent, and then who came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket {
    pub(super) priority: Priority,
    pub(super) number: u64,
}

/// A bucket and the calls that wait for it.
#[derive(Default)]
pub(super) struct Lane {
    pub(super) bucket: Bucket,
    /// In the order in which they should go.
    line: VecDeque<Waiter>,
    /// Those who were called and did not come.
    absent: BTreeMap<Ticket, Waiter>,
    /// Calls that will come and are not here yet.
    pub(super) expected: usize,
}

struct Waiter {
    ticket: Ticket,
    /// Rung when it should look again.
    bell: Arc<Notify>,
    /// Since when it could have looked and did not.
    called: Option<Duration>,
    /// When it will look by itself.
    looks_at: Duration,
}

/// How long a call that was called is waited for.
pub(super) const GRACE: Duration = Duration::from_millis(20);

impl Lane {
    pub(super) fn join(&mut self, ticket: Ticket) -> Arc<Notify> {
        let bell = Arc::new(Notify::new());
        self.insert(Waiter { ticket, bell: Arc::clone(&bell), called: None, looks_at: Duration::MAX });
        bell
    }

    fn insert(&mut self, waiter: Waiter) {
        let place = self.ahead(waiter.ticket);
        self.line.insert(place, waiter);
    }

    pub(super) fn leave(&mut self, ticket: Ticket) {
        self.absent.remove(&ticket);
        if let Some(place) = self.find(ticket) {
            self.line.remove(place);
        }
    }

    /// This one looks, so it is here.
    pub(super) fn came(&mut self, ticket: Ticket) {
        if let Some(waiter) = self.absent.remove(&ticket) {
            self.insert(waiter);
        }
        if let Some(waiter) = self.find(ticket).and_then(|place| self.line.get_mut(place)) {
            waiter.called = None;
        }
    }

    /// This one will look again at that time.
    pub(super) fn looks_at(&mut self, ticket: Ticket, moment: Duration) {
        if let Some(waiter) = self.find(ticket).and_then(|place| self.line.get_mut(place)) {
            waiter.looks_at = moment;
        }
    }

    /// Calls the one at this place, unless it has been called. Returns its bell where it is to be rung.
    pub(super) fn call(&mut self, place: usize, now: Duration) -> Option<Arc<Notify>> {
        let waiter = self.line.get_mut(place).filter(|waiter| waiter.called.is_none())?;
        waiter.called = Some(now);
        Some(Arc::clone(&waiter.bell))
    }

    /// Calls the first, unless it will look in time.
    pub(super) fn call_first(&mut self, moment: Duration, now: Duration) -> Option<Arc<Notify>> {
        self.line.front().filter(|first| moment < first.looks_at)?;
        self.call(0, now)
    }

    /// Takes those out who have this place, were called and did not come.
    pub(super) fn sweep(&mut self, place: usize, now: Duration) {
        let absent = |waiter: &Waiter| waiter.called.is_some_and(|called| now >= called + GRACE);
        while self.line.get(place).is_some_and(absent) {
            if let Some(waiter) = self.line.remove(place) {
                self.absent.insert(waiter.ticket, waiter);
            }
        }
    }

    pub(super) fn ticket(&self, place: usize) -> Option<Ticket> {
        self.line.get(place).map(|waiter| waiter.ticket)
    }

    /// How many of the line go before this ticket.
    pub(super) fn ahead(&self, ticket: Ticket) -> usize {
        self.line.partition_point(|waiter| waiter.ticket < ticket)
    }

    fn find(&self, ticket: Ticket) -> Option<usize> {
        self.line.binary_search_by_key(&ticket, |waiter| waiter.ticket).ok()
    }

    /// What the one with this ticket asks of the bucket, with so many ahead of it.
    pub(super) fn ask(&self, ticket: Ticket, ahead: usize, reserve: f64) -> Ask {
        let backlog = self.line.len() + self.absent.len() + self.expected;
        Ask { reserve, priority: ticket.priority, ahead, backlog }
    }

    /// Whether the one at this place may go, if those before it go first.
    pub(super) fn admit(&self, place: usize, now: Duration, reserve: f64) -> Option<Admission> {
        self.ticket(place).map(|ticket| self.bucket.admit(now, self.ask(ticket, place, reserve)))
    }

    pub(super) fn snapshot(&self, name: &str, now: Duration) -> BucketSnapshot {
        self.bucket.snapshot(name, self.line.len() + self.absent.len(), now)
    }
}
