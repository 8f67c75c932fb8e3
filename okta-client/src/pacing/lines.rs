//! Who waits for a turn, and whose it is: of the calls that may go the most urgent, and of those the one that came first.
//! Pure: `now` is an argument.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::BucketSnapshot;
use super::bucket::{Admission, Ask, Bucket};
use super::parallelism::Parallelism;
use super::priority::Priority;

/// Every bucket with its line, and the requests at once.
pub(super) struct Lines {
    lanes: BTreeMap<&'static str, Lane>,
    parallelism: Parallelism,
    reserve: f64,
    tickets: u64,
}

/// A bucket and the calls that wait for it, in the order in which they should go.
#[derive(Default)]
struct Lane {
    bucket: Bucket,
    line: VecDeque<Waiter>,
    /// Calls that will come and are not here yet.
    expected: usize,
    /// Rung when those in the line should look again.
    bell: Arc<Notify>,
}

/// What calls are ordered by: how urgent, and then who came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket {
    priority: Priority,
    number: u64,
}

struct Waiter {
    ticket: Ticket,
    /// Since when it could have looked and did not.
    called: Option<Duration>,
}

/// How long a call that came earlier is waited for. It may be a future that nobody polls at present, such as one of a buffered
/// stream whose consumer makes calls of its own: without an end to this the consumer would wait for itself.
pub(super) const GRACE: Duration = Duration::from_millis(20);

impl Lines {
    pub(super) fn new(reserve: f64, max_concurrency: usize) -> Self {
        let parallelism = Parallelism::new(max_concurrency);
        Self { lanes: BTreeMap::new(), parallelism, reserve, tickets: 0 }
    }

    /// A new ticket in a bucket's line, and the bell to listen for.
    pub(super) fn join(&mut self, bucket: &'static str, priority: Priority) -> (Ticket, Arc<Notify>) {
        self.tickets += 1;
        let ticket = Ticket { priority, number: self.tickets };
        let lane = self.lane(bucket);
        let place = lane.line.partition_point(|waiter| waiter.ticket < ticket);
        lane.line.insert(place, Waiter { ticket, called: None });
        (ticket, Arc::clone(&lane.bell))
    }

    pub(super) fn leave(&mut self, bucket: &'static str, ticket: Ticket) {
        let lane = self.lane(bucket);
        if let Some(index) = lane.find(ticket) {
            lane.line.remove(index);
        }
    }

    /// So many more calls of a bucket will come than was said before.
    pub(super) fn expect(&mut self, bucket: &'static str, more: usize, fewer: usize) {
        let lane = self.lane(bucket);
        lane.expected = (lane.expected + more).saturating_sub(fewer);
    }

    /// Whether the call with this ticket may go. By asking it shows that it comes when called.
    pub(super) fn admit(&mut self, bucket: &'static str, ticket: Ticket, now: Duration) -> Admission {
        let reserve = self.reserve;
        let lane = self.lane(bucket);
        if let Some(me) = lane.find(ticket).and_then(|index| lane.line.get_mut(index)) {
            me.called = None;
        }
        match lane.admit(ticket, now, reserve) {
            Admission::Go if self.parallelism.is_full() => Admission::OnChange,
            Admission::Go if self.calls_earlier(ticket, now) => Admission::Until(now + GRACE),
            admission => admission,
        }
    }

    /// How long the call with this ticket would wait for its bucket, as far as is known.
    pub(super) fn wait(&mut self, bucket: &'static str, ticket: Ticket, now: Duration) -> Duration {
        let reserve = self.reserve;
        let lane = self.lane(bucket);
        lane.bucket.wait(now, lane.ask(ticket, reserve))
    }

    /// A call of this bucket goes.
    pub(super) fn begin(&mut self, bucket: &'static str, ticket: Ticket, now: Duration) {
        let (bucket, parallelism) = self.counts(bucket);
        bucket.begin(now, ticket.priority);
        parallelism.begin();
    }

    /// What a turn counts in.
    pub(super) fn counts(&mut self, bucket: &'static str) -> (&mut Bucket, &mut Parallelism) {
        (&mut self.lanes.entry(bucket).or_default().bucket, &mut self.parallelism)
    }

    /// Calls those whom a change concerns: all who wait for the bucket that changed, and all who might go. Returns the bells
    /// to be rung.
    pub(super) fn call(&mut self, changed: Option<&'static str>, now: Duration) -> Vec<Arc<Notify>> {
        let mut bells = Vec::new();
        let full = self.parallelism.is_full();
        for (name, lane) in &mut self.lanes {
            let Some(first) = lane.line.front().map(|first| first.ticket) else { continue };
            if changed == Some(*name) || !full && lane.admit(first, now, self.reserve) == Admission::Go {
                lane.line.iter_mut().for_each(|waiter| waiter.call(now));
                bells.push(Arc::clone(&lane.bell));
            }
        }
        bells
    }

    pub(super) fn snapshots(&self, now: Duration) -> Vec<BucketSnapshot> {
        self.lanes.iter().map(|(name, lane)| lane.bucket.snapshot(name, lane.line.len(), now)).collect()
    }

    /// Whether somebody who goes before this ticket may go as well, for whichever bucket. Whoever does not come when called is
    /// not waited for.
    fn calls_earlier(&mut self, ticket: Ticket, now: Duration) -> bool {
        let mut found = false;
        for lane in self.lanes.values_mut() {
            let mut earlier = lane.line.iter().take_while(|waiter| waiter.ticket < ticket);
            if let Some(index) = earlier.position(|waiter| waiter.comes(now))
                && lane.admit(lane.line[index].ticket, now, self.reserve) == Admission::Go
            {
                lane.line[index].call(now);
                found = true;
            }
        }
        found
    }

    fn lane(&mut self, bucket: &'static str) -> &mut Lane {
        self.lanes.entry(bucket).or_default()
    }
}

impl Lane {
    fn find(&self, ticket: Ticket) -> Option<usize> {
        self.line.binary_search_by_key(&ticket, |waiter| waiter.ticket).ok()
    }

    fn ask(&self, ticket: Ticket, reserve: f64) -> Ask {
        let ahead = self.line.partition_point(|waiter| waiter.ticket < ticket);
        Ask { reserve, priority: ticket.priority, ahead, backlog: self.line.len() + self.expected }
    }

    fn admit(&self, ticket: Ticket, now: Duration, reserve: f64) -> Admission {
        self.bucket.admit(now, self.ask(ticket, reserve))
    }
}

impl Waiter {
    fn call(&mut self, now: Duration) {
        self.called.get_or_insert(now);
    }

    fn comes(&self, now: Duration) -> bool {
        self.called.is_none_or(|since| now < since + GRACE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_that_may_go_and_comes_when_called_goes_first() {
        let mut lines = Lines::new(0.0, 1);
        let [(first, _), (second, _), (third, _)] =
            ["a", "b", "a"].map(|bucket| lines.join(bucket, Priority::Normal));
        let at = Duration::from_secs(1);
        assert_eq!(lines.admit("a", third, at), Admission::Until(at + GRACE), "two came before");
        assert_eq!(lines.admit("b", second, at), Admission::Until(at + GRACE));
        assert_eq!(lines.admit("a", first, at), Admission::Go);
        lines.begin("a", first, at);
        lines.leave("a", first);
        assert_eq!(lines.admit("b", second, at), Admission::OnChange, "one at once");
        assert!(lines.call(None, at).is_empty(), "nobody can go");
        lines.counts("a").1.end();
        assert_eq!(
            lines.call(None, at).len(),
            1,
            "the answer to the first will say whether more of its bucket may go"
        );
        assert_eq!(lines.call(Some("a"), at).len(), 2);
        // The second was called and does not come.
        assert_eq!(lines.admit("a", third, at + GRACE), Admission::OnChange, "its bucket still asks");
        lines.counts("a").0.lost();
        assert_eq!(lines.admit("a", third, at + GRACE), Admission::Go);
        assert_eq!(lines.admit("b", second, at + GRACE), Admission::Go, "now it came");
        assert_eq!(lines.admit("a", third, at + GRACE), Admission::Until(at + GRACE * 2));
    }
    #[test]
    fn who_is_more_urgent_goes_before_those_who_came_first() {
        let mut lines = Lines::new(0.0, 9);
        let order = [Priority::Backfill, Priority::Normal, Priority::Live];
        let [backfill, normal, live] = order.map(|priority| lines.join("a", priority).0);
        let (elsewhere, _) = lines.join("b", Priority::Normal);
        let at = Duration::from_secs(1);
        for ticket in [backfill, normal] {
            assert_eq!(lines.admit("a", ticket, at), Admission::Until(at + GRACE), "{ticket:?}");
        }
        assert_eq!(lines.admit("b", elsewhere, at), Admission::Until(at + GRACE), "in any bucket");
        assert_eq!(lines.admit("a", live, at), Admission::Go);
    }
}
