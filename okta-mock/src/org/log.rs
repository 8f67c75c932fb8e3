//! The System Log: every event in the order it was persisted, and beside it the order of `published`.
//!
//! Polling reads the first order, bounded queries the second. Adding, hiding and both readings stay in one file, because
//! they share the same places.
//! An event may become visible later than it was persisted; then it appears behind cursors already handed out.

mod position;
mod retention;
mod written;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::event::{Event, Record};
use super::history::{ByPublished, History};
use super::id::{Mint, time_of_uuid};
use super::lateness::Delays;
use crate::sheet::Sheet;

pub(crate) use position::{LAST_MS, PER_MS, position_of, split};
pub(crate) use retention::RETENTION;
pub(crate) use written::Written;

/// When an event happened, was stored, and can be seen; what is `None` follows from the rest.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Times {
    pub(crate) published: Option<i64>,
    pub(crate) persisted: Option<i64>,
    pub(crate) visible_at: Option<i64>,
    pub(crate) uuid: Option<String>,
}

/// All events of one org: the history by formula, and what was written since the start.
#[derive(Debug)]
pub(crate) struct Log {
    history: History,
    /// In order of position.
    records: Vec<Arc<Record>>,
    /// In order of `published`, then position.
    by_published: Vec<Arc<Record>>,
    /// Those whose UUID does not say when they were published, so that the order of `published` does not find them.
    by_uuid: HashMap<String, Arc<Record>>,
    /// Events that a planned fault hides from readers, and until when; `None` for ever.
    hidden: BTreeMap<String, Option<i64>>,
    /// How long events take to be stored.
    delays: Delays,
    /// Appended and not yet offered to the Event Hooks, which get events once they are stored.
    fresh: Vec<Arc<Record>>,
    /// The same, of those that are stored later, by position.
    to_come: BTreeMap<u64, Arc<Record>>,
}

/// An event in the log: of the history, by its number, or one that is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Logged<'a> {
    Past(u64),
    Kept(&'a Arc<Record>),
}

impl Log {
    pub(crate) fn new(history: History) -> Self {
        Self {
            history,
            records: Vec::new(),
            by_published: Vec::new(),
            by_uuid: HashMap::new(),
            hidden: BTreeMap::new(),
            delays: Delays::default(),
            fresh: Vec::new(),
            to_come: BTreeMap::new(),
        }
    }

    /// A log without a history, for tests.
    #[cfg(test)]
    pub(crate) fn empty() -> Self {
        Self::new(History::new(super::generated::Formula::new(1, 3, 0), 1, 1, 0))
    }

    /// Adds an event that happens now: published, persisted and visible at once.
    pub(crate) fn append(&mut self, mint: &mut Mint, now: i64, event: Event) -> Arc<Record> {
        self.append_at(mint, now, event, Times::default())
    }

    /// Makes events take time from now on.
    pub(crate) fn delay(&mut self, delays: Delays) {
        self.delays = delays;
    }

    /// Adds an event whose times are given. Without a time of persistence it takes as long as events take. An event
    /// persisted in the past takes its place there.
    pub(crate) fn append_at(&mut self, mint: &mut Mint, now: i64, event: Event, times: Times) -> Arc<Record> {
        let published = times.published.unwrap_or(times.persisted.unwrap_or(now));
        let mut times = times;
        if times.persisted.is_none() {
            let delay = self.delays.next();
            times.persisted = (delay > 0).then(|| now.saturating_add(delay));
        }
        let (position, at) = match times.persisted {
            // Among events that are stored later there may be room before.
            None if !self.to_come.is_empty() => self.free_place(position_of(now)),
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
        let record = Arc::new(Record { position, uuid, published, persisted, visible_at, event });
        self.records.insert(at, Arc::clone(&record));
        let at = place_of(&self.by_published, |other| order(other) < order(&record));
        self.by_published.insert(at, Arc::clone(&record));
        self.name(&record);
        if times.persisted.is_some_and(|persisted| persisted > now) {
            self.to_come.insert(position, Arc::clone(&record));
        } else {
            self.fresh.push(Arc::clone(&record));
        }
        record
    }

    /// Of events with one UUID, which a test can make, a cursor means the first.
    fn name(&mut self, record: &Arc<Record>) {
        if time_of_uuid(&record.uuid) == Some(record.published) {
            return;
        }
        let named = self.by_uuid.entry(record.uuid.clone()).or_insert_with(|| Arc::clone(record));
        if record.position < named.position {
            *named = Arc::clone(record);
        }
    }

    /// The whole of an event.
    pub(crate) fn record(&self, event: Logged<'_>) -> Arc<Record> {
        match event {
            Logged::Past(k) => self.history.record(k),
            Logged::Kept(record) => Arc::clone(record),
        }
    }

    /// Appends an event as `GET /api/v1/logs` shows it.
    pub(crate) fn write(&self, event: Logged<'_>, out: &mut Sheet) {
        match event {
            Logged::Past(k) => self.history.write(k, out),
            Logged::Kept(record) => out.push(record.json().as_bytes()),
        }
    }

    pub(crate) fn position(&self, event: Logged<'_>) -> u64 {
        match event {
            Logged::Past(k) => self.history.position(k),
            Logged::Kept(record) => record.position,
        }
    }

    pub(crate) fn uuid(&self, event: Logged<'_>) -> String {
        match event {
            Logged::Past(k) => self.history.uuid(k),
            Logged::Kept(record) => record.uuid.clone(),
        }
    }

    /// From when on an event can be read.
    pub(crate) fn visible_at(&self, record: &Record) -> i64 {
        let hidden = if self.hidden.is_empty() { None } else { self.hidden.get(&record.uuid) };
        hidden.map_or(record.visible_at, |until| record.visible_at.max(until.unwrap_or(i64::MAX)))
    }

    /// Whether an event can be read by now. The history always could, but for what is hidden.
    pub(crate) fn shows(&self, event: Logged<'_>, now: i64) -> bool {
        match event {
            Logged::Kept(record) => self.visible_at(record) <= now,
            Logged::Past(_) if self.hidden.is_empty() => true,
            Logged::Past(k) => {
                let hidden = self.hidden.get(&self.history.uuid(k));
                hidden.is_none_or(|until| until.is_some_and(|until| until <= now))
            }
        }
    }

    /// Events behind `position`, in order of persistence, whether they can be seen yet or not.
    pub(crate) fn after(&self, position: u64) -> impl Iterator<Item = Arc<Record>> {
        self.behind(position).map(|event| self.record(event))
    }

    /// The same, to be looked at before the whole is made.
    pub(crate) fn behind(&self, position: u64) -> impl Iterator<Item = Logged<'_>> {
        let from = self.records.partition_point(|record| record.position <= position);
        self.merged(self.history.first_behind(position), &self.records[from..])
    }

    /// Hides an event from every reader until a time, or for ever.
    pub(crate) fn hide(&mut self, uuid: String, until: Option<i64>) {
        self.hidden.insert(uuid, until);
    }

    /// Every event in order of persistence.
    pub(crate) fn all(&self) -> impl Iterator<Item = Arc<Record>> {
        self.merged(0, &self.records).map(|event| self.record(event))
    }

    /// The last `n` events in order of persistence.
    pub(crate) fn last(&self, n: usize) -> impl Iterator<Item = Arc<Record>> {
        let wanted = u64::try_from(n).unwrap_or(u64::MAX).min(self.history.len());
        let records = &self.records[self.records.len().saturating_sub(n)..];
        let found = usize::try_from(wanted).unwrap_or(usize::MAX).saturating_add(records.len());
        self.merged(self.history.len() - wanted, records)
            .skip(found.saturating_sub(n))
            .map(|event| self.record(event))
    }

    /// How many events there are.
    pub(crate) fn len(&self) -> u64 {
        self.history.len() + u64::try_from(self.records.len()).unwrap_or(u64::MAX)
    }

    /// Events published in `[since, until)` beyond the cursor, in order of `published` or against it.
    pub(crate) fn published(
        &self,
        since: i64,
        until: i64,
        cursor: Option<(i64, u64)>,
        descending: bool,
    ) -> impl Iterator<Item = Logged<'_>> {
        let index = |at: i64| self.by_published.partition_point(|record| record.published < at);
        let range = self.by_published.get(index(since)..index(until)).unwrap_or_default();
        let beyond = move |key: (i64, u64)| match cursor {
            None => true,
            Some(cursor) if descending => key < cursor,
            Some(cursor) => key > cursor,
        };
        let split = cursor.map(|cursor| {
            range.partition_point(
                |record| if descending { order(record) < cursor } else { order(record) <= cursor },
            )
        });
        let range = match split {
            None => range,
            Some(at) if descending => &range[..at],
            Some(at) => &range[at..],
        };
        let mut real = range.iter();
        let mut real =
            std::iter::from_fn(move || if descending { real.next_back() } else { real.next() }).peekable();
        let mut history = ByPublished::new(&self.history, since, until, cursor.map(|(ms, _)| ms), descending)
            .filter(move |key| beyond((key.0, key.1)))
            .peekable();
        std::iter::from_fn(move || {
            let next = match (real.peek(), history.peek()) {
                (Some(real), Some(past)) => (order(real) < (past.0, past.1)) != descending,
                (real, _) => real.is_some(),
            };
            if next { real.next().map(Logged::Kept) } else { history.next().map(|(_, _, k)| Logged::Past(k)) }
        })
    }

    /// What the order of `published` sorts the event with this UUID by.
    pub(crate) fn order_of(&self, uuid: &str) -> Option<(i64, u64)> {
        let past =
            || self.history.by_uuid(uuid).map(|k| (self.history.published(k), self.history.position(k)));
        let at = time_of_uuid(uuid).unwrap_or(i64::MIN);
        let from = self.by_published.partition_point(|record| record.published < at);
        let timely = self.by_published[from..].iter().take_while(|record| record.published == at);
        let timely = timely.filter(|record| record.uuid == uuid).take(1);
        let found = timely.chain(self.by_uuid.get(uuid)).min_by_key(|record| record.position);
        found.map(|record| order(record)).or_else(past)
    }

    /// The history from the `k`th event on and these records, in order of position.
    fn merged<'a>(&'a self, k: u64, records: &'a [Arc<Record>]) -> impl Iterator<Item = Logged<'a>> + 'a {
        let mut past = (k..self.history.len()).peekable();
        let mut records = records.iter().peekable();
        std::iter::from_fn(move || {
            let of_past = match (past.peek(), records.peek()) {
                (Some(k), Some(record)) => self.history.position(*k) < record.position,
                (past, _) => past.is_some(),
            };
            if of_past { past.next().map(Logged::Past) } else { records.next().map(Logged::Kept) }
        })
    }

    /// What was stored since the last call.
    pub(crate) fn take_fresh(&mut self, now: i64) -> Vec<Arc<Record>> {
        while let Some(entry) = self.to_come.first_entry().filter(|entry| entry.get().persisted <= now) {
            self.fresh.push(entry.remove());
        }
        std::mem::take(&mut self.fresh)
    }

    /// When the next event is stored that happened already.
    pub(crate) fn next_due(&self) -> Option<i64> {
        self.to_come.first_key_value().map(|(_, record)| record.persisted)
    }

    /// The first free position at or behind `wanted`, and its index.
    fn free_place(&self, wanted: u64) -> (u64, usize) {
        // Behind what already shares this millisecond, so that equal times keep the order of appending.
        let mut position = self.behind_history(wanted);
        let mut at = place_of(&self.records, |record| record.position < wanted);
        while let Some(record) =
            self.records.get(at).filter(|record| split(record.position).0 <= split(position).0)
        {
            let next = position.max(record.position.saturating_add(1));
            position = if split(next).0 > split(position).0 { self.behind_history(next) } else { next };
            at += 1;
        }
        (position, at)
    }

    /// The first position at or behind this one that no event of the history of its millisecond has.
    fn behind_history(&self, position: u64) -> u64 {
        let (ms, _) = split(position);
        let taken = self.history.first_at(ms + 1) - self.history.first_at(ms);
        position.max(position_of(ms) + taken)
    }
}

/// How many records come before a place, as `partition_point` says; quick near the end, where nearly all are added.
fn place_of(records: &[Arc<Record>], before: impl Fn(&Record) -> bool) -> usize {
    let (mut end, mut step) = (records.len(), 1);
    while let Some(start) = end.checked_sub(step) {
        if before(&records[start]) {
            return start + 1 + records[start + 1..end].partition_point(|record| before(record));
        }
        (end, step) = (start, step * 2);
    }
    records[..end].partition_point(|record| before(record))
}

/// What the order of `published` sorts by.
pub(crate) fn order(record: &Record) -> (i64, u64) {
    (record.published, record.position)
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
        let (mut log, mut mint) = (Log::empty(), Mint::new(1));
        for _ in 0..5_000 {
            log.append(&mut mint, 10, event());
        }
        assert!(log.records.is_sorted_by(|a, b| a.position < b.position));
        assert!(log.all().all(|record| record.visible_at == 10), "all happened now and can be seen now");
        log.append(&mut mint, 11, event());
        assert!(log.records.is_sorted_by(|a, b| a.position < b.position));
    }

    #[test]
    fn an_event_persisted_in_the_past_takes_its_place_there() {
        let (mut log, mut mint) = (Log::empty(), Mint::new(1));
        for now in [10, 20, 30] {
            log.append(&mut mint, now, event());
        }
        let late = log.append_at(&mut mint, 40, event(), Times { persisted: Some(20), ..Times::default() });
        assert_eq!(log.records[2].uuid, late.uuid);
        assert_eq!(split(late.position), (20, 1));
        assert_eq!(log.after(late.position).count(), 1);
    }
}
