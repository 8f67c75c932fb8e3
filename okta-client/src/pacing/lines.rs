//! Who waits for a turn, and whose it is: of the calls that may go, the one that came first. Pure: `now` is an argument.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::BucketSnapshot;
use super::bucket::{Admission, Bucket};
use super::parallelism::Parallelism;

/// Every bucket with its line, and the requests at once.
pub(super) struct Lines {
    lanes: BTreeMap<&'static str, Lane>,
    parallelism: Parallelism,
    reserve: f64,
    tickets: u64,
}

/// A bucket and the calls that wait for it, in the order of their coming.
#[derive(Default)]
struct Lane {
    bucket: Bucket,
    line: VecDeque<Waiter>,
    /// Rung when those in the line should look again.
    bell: Arc<Notify>,
}

struct Waiter {
    ticket: u64,
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

    /// A new ticket at the end of a bucket's line, and the bell to listen for.
    pub(super) fn join(&mut self, bucket: &'static str) -> (u64, Arc<Notify>) {
        self.tickets += 1;
        let ticket = self.tickets;
        let lane = self.lane(bucket);
        lane.line.push_back(Waiter { ticket, called: None });
        (ticket, Arc::clone(&lane.bell))
    }

    pub(super) fn leave(&mut self, bucket: &'static str, ticket: u64) {
        let lane = self.lane(bucket);
        if let Some(index) = lane.find(ticket) {
            lane.line.remove(index);
        }
    }

    /// Whether the call with this ticket may go. By asking it shows that it comes when called.
    pub(super) fn admit(&mut self, bucket: &'static str, ticket: u64, now: Duration) -> Admission {
        let reserve = self.reserve;
        let lane = self.lane(bucket);
        if let Some(me) = lane.find(ticket).and_then(|index| lane.line.get_mut(index)) {
            me.called = None;
        }
        match lane.bucket.admit(now, reserve) {
            Admission::Go if self.parallelism.is_full() => Admission::OnChange,
            Admission::Go if self.calls_earlier(ticket, now) => Admission::Until(now + GRACE),
            admission => admission,
        }
    }

    /// A call of this bucket goes.
    pub(super) fn begin(&mut self, bucket: &'static str) {
        let (bucket, parallelism) = self.counts(bucket);
        bucket.begin();
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
            let may_go = || !full && lane.bucket.admit(now, self.reserve) == Admission::Go;
            if !lane.line.is_empty() && (changed == Some(*name) || may_go()) {
                lane.line.iter_mut().for_each(|waiter| waiter.call(now));
                bells.push(Arc::clone(&lane.bell));
            }
        }
        bells
    }

    pub(super) fn snapshots(&self, now: Duration) -> Vec<BucketSnapshot> {
        self.lanes.iter().map(|(name, lane)| lane.bucket.snapshot(name, lane.line.len(), now)).collect()
    }

    /// Whether somebody who came before this ticket may go as well, for whichever bucket. Whoever does not come when called is
    /// not waited for.
    fn calls_earlier(&mut self, ticket: u64, now: Duration) -> bool {
        let mut found = false;
        for lane in self.lanes.values_mut() {
            let mut earlier = lane.line.iter_mut().take_while(|waiter| waiter.ticket < ticket);
            if let Some(waiter) = earlier.find(|waiter| waiter.comes(now))
                && lane.bucket.admit(now, self.reserve) == Admission::Go
            {
                waiter.call(now);
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
    fn find(&self, ticket: u64) -> Option<usize> {
        self.line.binary_search_by_key(&ticket, |waiter| waiter.ticket).ok()
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
        let [(first, _), (second, _), (third, _)] = ["a", "b", "a"].map(|bucket| lines.join(bucket));
        let at = Duration::from_secs(1);
        assert_eq!(lines.admit("a", third, at), Admission::Until(at + GRACE), "two came before");
        assert_eq!(lines.admit("b", second, at), Admission::Until(at + GRACE));
        assert_eq!(lines.admit("a", first, at), Admission::Go);
        lines.begin("a");
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
}
