//! What the log forgets: Okta keeps events for 90 days. Source: System Log API, "retention".

use super::Log;
use crate::org::event::Record;

/// How long events are kept, in milliseconds.
pub(crate) const RETENTION: i64 = 90 * 86_400_000;

/// So many events that nobody can read any more may lie about.
const LEAST: usize = 1_024;

impl Log {
    /// Forgets events that were stored too long ago to be read. They go a quarter of the log at a time, so that few are
    /// moved for each that goes.
    pub(crate) fn trim(&mut self, now: i64) {
        let oldest = now.saturating_sub(RETENTION);
        let over = |record: &Record| record.persisted < oldest;
        let worth_it = (self.records.len() / 4).max(LEAST);
        if !self.records.get(worth_it).is_some_and(|record| over(record)) {
            return;
        }
        let end = self.records.partition_point(|record| over(record));
        let gone: Vec<_> = self.records.drain(..end).collect();
        self.by_published.retain(|record| !over(record));
        self.by_uuid.clear();
        for at in 0..self.records.len() {
            let record = self.records[at].clone();
            self.name(&record);
        }
        for record in gone {
            if self.order_of(&record.uuid).is_none() {
                self.hidden.remove(&record.uuid);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::org::event::{Event, Origin, Party};
    use crate::org::id::Mint;

    #[test]
    fn what_is_older_than_the_retention_is_forgotten_with_all_that_was_noted_of_it() {
        let (mut log, mut mint) = (Log::empty(), Mint::new(1));
        let event = || Event::new("user.session.start", Party::system(), Origin::Job { id: "job".into() });
        let minute = 60_000;
        let uuids: Vec<String> =
            (0..10_000).map(|n| log.append(&mut mint, n * minute, event()).uuid.clone()).collect();
        log.hide(uuids[0].clone(), None);
        log.hide(uuids[9_999].clone(), None);
        log.take_fresh(10_000 * minute);
        log.trim(RETENTION + 1_000 * minute);
        assert_eq!(log.records.len(), 10_000, "few enough lie about");
        log.trim(RETENTION + 9_000 * minute);
        let kept: Vec<String> = log.all().map(|record| record.uuid.clone()).collect();
        assert_eq!(kept, uuids[9_000..]);
        assert_eq!(log.by_published.len(), 1_000);
        assert_eq!((log.order_of(&uuids[0]), log.order_of(&uuids[9_000]).is_some()), (None, true));
        assert_eq!(log.hidden.keys().collect::<Vec<_>>(), [&uuids[9_999]]);
        let next = log.append(&mut mint, RETENTION + 9_000 * minute, event());
        assert_eq!(log.last(1).next().map(|record| record.position), Some(next.position));
    }
}
