//! The System Log: every event in the order it was persisted, and beside it the order of `published`.
//!
//! Polling reads the first order, bounded queries the second. A position is `persisted × 4096 + n`, so it orders
//! events strictly, stays below 2^53 (JavaScript reads it exactly) and can be split into Okta's `{ms}_{n}` cursor.
//! An event may become visible later than it was persisted; then it appears behind cursors already handed out.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::event::{Event, Record};
use super::id::Mint;

/// How many events may share a millisecond of persistence before the next one is used.
const PER_MS: u64 = 4_096;

/// When an event happened, was stored, and can be seen; what is `None` follows from the rest.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times {
    pub(crate) published: Option<i64>,
    pub(crate) persisted: Option<i64>,
    pub(crate) visible_at: Option<i64>,
    pub(crate) uuid: Option<String>,
}

/// All events of one org.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// In order of position.
    records: Vec<Arc<Record>>,
    /// In order of `published`, then position.
    by_published: Vec<Arc<Record>>,
    by_uuid: HashMap<String, Arc<Record>>,
    /// Appended and not yet offered to the Event Hooks.
    fresh: Vec<Arc<Record>>,
}

impl Log {
    /// Adds an event that happens now: published, persisted and visible at once.
    pub(crate) fn append(&mut self, mint: &mut Mint, now: i64, event: Event) -> Arc<Record> {
        self.append_at(mint, now, event, Times::default())
    }

    /// Adds an event whose times are given. An event persisted in the past takes its place there.
    pub(crate) fn append_at(&mut self, mint: &mut Mint, now: i64, event: Event, times: Times) -> Arc<Record> {
        let published = times.published.unwrap_or(times.persisted.unwrap_or(now));
        let (position, at) = match times.persisted {
            None => {
                let next = self.records.last().map_or(0, |last| last.position + 1);
                (next.max(position_of(now)), self.records.len())
            }
            Some(persisted) => self.free_place(position_of(persisted)),
        };
        // The position may have been pushed past a full millisecond; what the event can be seen at does not move.
        let persisted = split(position).0;
        let visible_at = times.visible_at.unwrap_or(times.persisted.unwrap_or(now));
        let uuid = times.uuid.unwrap_or_else(|| mint.event_uuid(published));
        let record = Arc::new(Record {
            position,
            uuid,
            published,
            persisted,
            visible_at,
            event,
            json: OnceLock::new(),
        });
        self.records.insert(at, Arc::clone(&record));
        let at = self.by_published.partition_point(|other| order(other) < order(&record));
        self.by_published.insert(at, Arc::clone(&record));
        self.by_uuid.entry(record.uuid.clone()).or_insert_with(|| Arc::clone(&record));
        self.fresh.push(Arc::clone(&record));
        record
    }

    /// Adds a whole history at once. Nobody is told of it.
    pub(crate) fn load(&mut self, mint: &mut Mint, mut history: Vec<(i64, i64, Event)>) {
        history.sort_by_key(|(_, persisted, _)| *persisted);
        self.records.reserve(history.len());
        for (published, persisted, event) in history {
            let position =
                self.records.last().map_or(0, |last| last.position + 1).max(position_of(persisted));
            let uuid = mint.event_uuid(published);
            let visible_at = persisted;
            let json = OnceLock::new();
            let record = Arc::new(Record {
                position,
                uuid,
                published,
                persisted: split(position).0,
                visible_at,
                event,
                json,
            });
            self.by_uuid.insert(record.uuid.clone(), Arc::clone(&record));
            self.records.push(record);
        }
        self.by_published.clone_from(&self.records);
        self.by_published.sort_by_key(|record| order(record));
    }

    /// Events behind `position`, in order of persistence, whether they can be seen yet or not.
    pub(crate) fn after(&self, position: u64) -> &[Arc<Record>] {
        &self.records[self.records.partition_point(|record| record.position <= position)..]
    }

    /// Every event in order of persistence.
    pub(crate) fn all(&self) -> &[Arc<Record>] {
        &self.records
    }

    /// Events published in `[since, until)`, in order of `published`.
    pub(crate) fn published_between(&self, since: i64, until: i64) -> &[Arc<Record>] {
        let from = self.by_published.partition_point(|record| record.published < since);
        let to = self.by_published.partition_point(|record| record.published < until);
        self.by_published.get(from..to).unwrap_or_default()
    }

    /// The event with this UUID.
    pub(crate) fn by_uuid(&self, uuid: &str) -> Option<&Arc<Record>> {
        self.by_uuid.get(uuid)
    }

    /// What was appended since the last call.
    pub(crate) fn take_fresh(&mut self) -> Vec<Arc<Record>> {
        std::mem::take(&mut self.fresh)
    }

    /// The first free position at or behind `wanted`, and its index.
    fn free_place(&self, wanted: u64) -> (u64, usize) {
        let mut at = self.records.partition_point(|record| record.position < wanted);
        let mut position = wanted;
        // Behind what already shares this millisecond, so that equal times keep the order of appending.
        while let Some(record) =
            self.records.get(at).filter(|record| split(record.position).0 <= split(position).0)
        {
            position = position.max(record.position + 1);
            at += 1;
        }
        (position, at)
    }
}

/// What the order of `published` sorts by.
pub(crate) fn order(record: &Record) -> (i64, u64) {
    (record.published, record.position)
}

/// The first position of a millisecond.
pub(crate) fn position_of(persisted: i64) -> u64 {
    persisted.max(0).cast_unsigned().saturating_mul(PER_MS)
}

/// A position as milliseconds and the number within.
pub(crate) fn split(position: u64) -> (i64, u64) {
    ((position / PER_MS).cast_signed(), position % PER_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::org::event::{Origin, Party};

    fn event() -> Event {
        Event::new("user.session.start", Party::system(), Origin::Job { id: "job".into() })
    }

    #[test]
    fn positions_grow_even_within_one_millisecond_and_past_its_end() {
        let (mut log, mut mint) = (Log::default(), Mint::new(1));
        for _ in 0..5_000 {
            log.append(&mut mint, 10, event());
        }
        assert!(log.all().is_sorted_by(|a, b| a.position < b.position));
        assert!(
            log.all().iter().all(|record| record.visible_at == 10),
            "all happened now and can be seen now"
        );
        log.append(&mut mint, 11, event());
        assert!(log.all().is_sorted_by(|a, b| a.position < b.position));
    }

    #[test]
    fn an_event_persisted_in_the_past_takes_its_place_there() {
        let (mut log, mut mint) = (Log::default(), Mint::new(1));
        for now in [10, 20, 30] {
            log.append(&mut mint, now, event());
        }
        let late = log.append_at(&mut mint, 40, event(), Times { persisted: Some(20), ..Times::default() });
        assert_eq!(log.all()[2].uuid, late.uuid);
        assert_eq!(split(late.position), (20, 1));
        assert_eq!(log.after(late.position).len(), 1);
    }
}
