//! A subscriber that keeps every span with its parent, and every event with the span it happened in.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// What was told. Of one thread, as a test on a paused clock is.
#[derive(Clone)]
pub(crate) struct Recorder(Arc<Mutex<Told>>, Level);

#[derive(Default)]
struct Told {
    spans: Vec<Entry>,
    events: Vec<Entry>,
    /// Spans that are entered, innermost last.
    entered: Vec<usize>,
}

/// A span or an event.
#[derive(Clone)]
pub(crate) struct Entry {
    /// Of an event, its message.
    pub(crate) name: String,
    pub(crate) level: Level,
    pub(crate) fields: BTreeMap<&'static str, String>,
    /// Index of the span around it.
    parent: Option<usize>,
}

impl Visit for Entry {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.fields.insert(field.name(), format!("{value:?}"));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name(), value.to_owned());
    }
}

impl Recorder {
    /// That listens to this level and what is more important.
    pub(crate) fn at(level: Level) -> Self {
        Self(Arc::default(), level)
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.0.lock().expect("no panic")
    }

    /// The spans of this name, in order.
    pub(crate) fn spans(&self, name: &str) -> Vec<Entry> {
        self.told().spans.iter().filter(|span| span.name == name).cloned().collect()
    }

    /// The events with this message, in order.
    pub(crate) fn events(&self, message: &str) -> Vec<Entry> {
        self.told().events.iter().filter(|event| event.name == message).cloned().collect()
    }

    /// The names of the spans around something, from the inside out, with their page where they have one.
    pub(crate) fn around(&self, entry: &Entry) -> Vec<String> {
        let told = self.told();
        let mut around = Vec::new();
        let mut next = entry.parent;
        while let Some(span) = next.and_then(|index| told.spans.get(index)) {
            let page = span.fields.get("page").map(|page| format!(" {page}")).unwrap_or_default();
            around.push(format!("{}{page}", span.name));
            next = span.parent;
        }
        around
    }

    /// Everything, as text.
    pub(crate) fn text(&self) -> String {
        let told = self.told();
        told.spans
            .iter()
            .chain(&told.events)
            .map(|entry| format!("{} {:?}\n", entry.name, entry.fields))
            .collect()
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.1
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut told = self.told();
        let parent = match (span.parent(), span.is_contextual()) {
            (Some(parent), _) => Some(index(parent)),
            (None, true) => told.entered.last().copied(),
            (None, false) => None,
        };
        let mut entry = Entry::new(span.metadata(), parent);
        span.record(&mut entry);
        told.spans.push(entry);
        Id::from_u64(told.spans.len() as u64)
    }
    fn record(&self, span: &Id, values: &Record<'_>) {
        values.record(&mut self.told().spans[index(span)]);
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut told = self.told();
        let mut entry = Entry::new(event.metadata(), told.entered.last().copied());
        event.record(&mut entry);
        entry.name = entry.fields.remove("message").unwrap_or_default();
        told.events.push(entry);
    }
    fn enter(&self, span: &Id) {
        self.told().entered.push(index(span));
    }
    fn exit(&self, span: &Id) {
        let mut told = self.told();
        let innermost = told.entered.iter().rposition(|entered| *entered == index(span));
        told.entered.remove(innermost.expect("it was entered"));
    }
}

fn index(span: &Id) -> usize {
    usize::try_from(span.into_u64()).expect("small") - 1
}

impl Entry {
    fn new(metadata: &'static Metadata<'static>, parent: Option<usize>) -> Self {
        let (name, level) = (metadata.name().to_owned(), *metadata.level());
        Self { name, level, fields: BTreeMap::new(), parent }
    }

    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("absent", String::as_str)
    }
}
