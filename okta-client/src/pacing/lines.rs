//! Who waits for a turn, and whose it is: of the calls that may go the most urgent, and of those the one that came first.
//! Pure: `now` is an argument.
//!
//! Only as many are called as may go, and one more, who finds out if the others do not come. Everybody else looks by itself
//! when the first of its line may go, and a little later for each that is ahead of it: so it costs next to nothing that many
//! wait, and no bell that a future which nobody polls did not hear holds up those behind it.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::BucketSnapshot;
use super::bucket::{Admission, Bucket};
use super::cap::Cap;
use super::lane::{GRACE, Lane, Ticket};
use super::parallelism::Parallelism;
use super::priority::Priority;

/// Every bucket with its line, and what bounds them all: the requests at once, and the caller's own cap.
pub(super) struct Lines {
    lanes: BTreeMap<&'static str, Lane>,
    parallelism: Parallelism,
    cap: Option<Cap>,
    reserve: f64,
    tickets: u64,
    /// Bells to be rung.
    rung: Vec<Arc<Notify>>,
    /// How often somebody looked.
    pub(super) looks: u64,
}

/// How long a turn of somebody else is waited for before looking whether one has become free.
const WATCH: Duration = Duration::from_secs(1);

impl Lines {
    pub(super) fn new(reserve: f64, max_concurrency: usize, a_minute: Option<NonZeroU32>) -> Self {
        let (parallelism, cap) = (Parallelism::new(max_concurrency), a_minute.map(Cap::new));
        Self { lanes: BTreeMap::new(), parallelism, cap, reserve, tickets: 0, rung: Vec::new(), looks: 0 }
    }

    /// A new ticket in a bucket's line, and the bell to listen for.
    pub(super) fn join(&mut self, bucket: &'static str, priority: Priority) -> (Ticket, Arc<Notify>) {
        self.tickets += 1;
        let ticket = Ticket { priority, number: self.tickets };
        (ticket, self.lane(bucket).join(ticket))
    }

    pub(super) fn leave(&mut self, bucket: &'static str, ticket: Ticket) {
        self.lane(bucket).leave(ticket);
    }

    /// So many more calls of a bucket will come than was said before.
    pub(super) fn expect(&mut self, bucket: &'static str, more: usize, fewer: usize) {
        let lane = self.lane(bucket);
        lane.expected = (lane.expected + more).saturating_sub(fewer);
    }

    /// Whether the call with this ticket may go; if so, it has begun.
    pub(super) fn look(&mut self, bucket: &'static str, ticket: Ticket, now: Duration) -> Admission {
        self.looks += 1;
        self.lane(bucket).came(ticket);
        let room = self.room(now);
        let first = match room {
            Ok(room) if self.earlier(ticket, room, now) < room => None,
            Ok(_) => Some(now),
            Err(moment) => Some(moment),
        };
        let reserve = self.reserve;
        let lane = self.lane(bucket);
        let ahead = lane.ahead(ticket);
        let moment = match (lane.bucket.admit(now, lane.ask(ticket, ahead, reserve)), first) {
            (Admission::Go, None) => {
                lane.leave(ticket);
                lane.bucket.begin(now, ticket.priority);
                self.parallelism.begin(now);
                self.cap.iter_mut().for_each(|cap| cap.begin(now));
                return Admission::Go;
            }
            // Those before it have been called, be they in this line or another.
            (Admission::Go, Some(first)) => first + grace(ahead.max(usize::from(first <= now))),
            (Admission::Until(moment), first) => first.unwrap_or(now).max(moment) + grace(ahead),
        };
        lane.looks_at(ticket, moment);
        Admission::Until(moment)
    }

    /// How long the call with this ticket would wait, as far as is known.
    pub(super) fn wait(&mut self, bucket: &'static str, ticket: Ticket, now: Duration) -> Duration {
        let ahead = self.lanes.values().map(|lane| lane.ahead(ticket)).sum::<usize>();
        let ahead = u32::try_from(ahead).unwrap_or(u32::MAX);
        let cap = self.cap.as_ref().map_or(Duration::ZERO, |cap| cap.wait(now, ahead));
        let reserve = self.reserve;
        let lane = self.lane(bucket);
        lane.bucket.wait(now, lane.ask(ticket, lane.ahead(ticket), reserve)).max(cap)
    }

    /// What a turn counts in.
    pub(super) fn counts(&mut self, bucket: &'static str) -> (&mut Bucket, &mut Parallelism) {
        (&mut self.lanes.entry(bucket).or_default().bucket, &mut self.parallelism)
    }

    /// Something has changed: calls those who may go now, and who comes after them. Where the first of a line must wait longer
    /// it is called if it would look too late.
    pub(super) fn call(&mut self, now: Duration) {
        let room = self.room(now);
        let mut next = Vec::new();
        for (name, lane) in &mut self.lanes {
            lane.sweep(0, now);
            let Some(admission) = lane.admit(0, now, self.reserve) else { continue };
            match (admission, room) {
                (Admission::Go, Ok(_)) => next.push((lane.ticket(0), *name, 0)),
                (Admission::Go, Err(moment)) => self.rung.extend(lane.call_first(moment, now)),
                (Admission::Until(moment), _) => {
                    let moment = moment.max(room.err().unwrap_or_default());
                    self.rung.extend(lane.call_first(moment, now));
                }
            }
        }
        for _ in 0..room.map_or(0, |room| room.saturating_add(1)) {
            let Some(first) = next.iter_mut().min_by_key(|(ticket, ..)| *ticket) else { break };
            let (_, name, place) = *first;
            let Some(lane) = self.lanes.get_mut(name) else { break };
            self.rung.extend(lane.call(place, now));
            lane.sweep(place + 1, now);
            if lane.admit(place + 1, now, self.reserve) == Some(Admission::Go) {
                *first = (lane.ticket(place + 1), name, place + 1);
            } else {
                next.retain(|(_, other, _)| *other != name);
            }
        }
    }

    /// The bells that are to be rung.
    pub(super) fn bells(&mut self) -> Vec<Arc<Notify>> {
        std::mem::take(&mut self.rung)
    }

    pub(super) fn snapshots(&self, now: Duration) -> Vec<BucketSnapshot> {
        self.lanes.iter().map(|(name, lane)| lane.snapshot(name, now)).collect()
    }

    /// How many requests may go now, whichever bucket they are for, or when to look again.
    fn room(&self, now: Duration) -> Result<usize, Duration> {
        let free = self.parallelism.free(now);
        match self.cap.as_ref().map(|cap| cap.until(now)) {
            _ if free == 0 => Err(now + WATCH),
            Some(Some(moment)) => Err(moment),
            Some(None) => Ok(1),
            None => Ok(free),
        }
    }

    /// How many that go before this ticket may go as well, for whichever bucket; no more than `most` are counted. They are
    /// called, and whoever does not come is not waited for.
    fn earlier(&mut self, ticket: Ticket, most: usize, now: Duration) -> usize {
        let mut found = 0;
        for lane in self.lanes.values_mut() {
            for place in 0.. {
                lane.sweep(place, now);
                if found == most
                    || lane.ticket(place).is_none_or(|earlier| earlier >= ticket)
                    || lane.admit(place, now, self.reserve) != Some(Admission::Go)
                {
                    break;
                }
                self.rung.extend(lane.call(place, now));
                found += 1;
            }
        }
        found
    }

    fn lane(&mut self, bucket: &'static str) -> &mut Lane {
        self.lanes.entry(bucket).or_default()
    }
}

/// What those ahead may need, one behind the other, to come when it is their turn.
fn grace(ahead: usize) -> Duration {
    GRACE.saturating_mul(u32::try_from(ahead).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests;
