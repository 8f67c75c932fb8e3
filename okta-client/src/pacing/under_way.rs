//! The requests under way, by when they were sent. Pure.
//!
//! A request is under way until its answer has been read; but a future that nobody polls is under way for ever. So who counts
//! them says since when.

use std::collections::VecDeque;
use std::time::Duration;

/// In order, the oldest first.
#[derive(Debug, Default)]
pub(super) struct UnderWay(VecDeque<Duration>);

impl UnderWay {
    pub(super) fn begin(&mut self, now: Duration) {
        let place = self.0.partition_point(|&sent| sent <= now);
        self.0.insert(place, now);
    }

    /// The one that was sent then is no longer under way.
    pub(super) fn end(&mut self, sent: Duration) {
        if let Ok(place) = self.0.binary_search(&sent) {
            self.0.remove(place);
        }
    }

    /// How many have been sent since then.
    pub(super) fn since(&self, moment: Duration) -> usize {
        self.0.len() - self.0.partition_point(|&sent| sent < moment)
    }

    /// When the newest was sent.
    pub(super) fn newest(&self) -> Option<Duration> {
        self.0.back().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_when_they_were_sent() {
        let [first, second, third] = [1, 2, 3].map(Duration::from_secs);
        let mut under_way = UnderWay::default();
        for sent in [first, third, second, second] {
            under_way.begin(sent);
        }
        assert_eq!([first, second, third].map(|moment| under_way.since(moment)), [4, 3, 1]);
        under_way.end(second);
        under_way.end(third);
        under_way.end(Duration::ZERO);
        assert_eq!((under_way.since(first), under_way.newest()), (2, Some(second)));
    }
}
