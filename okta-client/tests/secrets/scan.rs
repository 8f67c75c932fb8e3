//! Writes down all that is printed, and looks for pieces of secrets in it.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write;
use std::sync::{Arc, Mutex};

use okta_client::Error;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::support::printed;

/// All that was printed, and all that must not be in it.
#[derive(Clone, Default)]
pub(crate) struct Scan {
    pub(crate) printed: Arc<Mutex<String>>,
    secrets: Arc<Mutex<Vec<String>>>,
    /// Kinds of errors that were printed.
    pub(crate) kinds: Arc<Mutex<BTreeSet<String>>>,
    /// Names of spans, and of fields of spans and events.
    pub(crate) names: Arc<Mutex<BTreeSet<&'static str>>>,
}

/// As many characters in a row give a secret away.
pub(crate) const PIECE: usize = 8;

impl Scan {
    pub(crate) fn print(&self, text: impl AsRef<str>) {
        let mut printed = self.printed.lock().expect("no panic");
        printed.push_str(text.as_ref());
        printed.push('\n');
    }

    pub(crate) fn show(&self, value: &dyn std::fmt::Debug) {
        self.print(format!("{value:?} {value:#?}"));
    }

    /// Everything that an error tells, by itself and to who asks.
    pub(crate) fn error(&self, error: &Error) {
        self.print(printed(error));
        self.print(format!("{:?} {:?} {:?}", error.okta_code(), error.request_id(), error.retry()));
        let debug = format!("{error:?}");
        let kind = debug.split(' ').next().unwrap_or_default();
        self.kinds.lock().expect("no panic").insert(kind.to_owned());
    }

    pub(crate) fn secret(&self, text: impl Into<String>) {
        self.secrets.lock().expect("no panic").push(text.into());
    }

    /// Fails with the secret's beginning, and where it was printed.
    pub(crate) fn assert_clean(&self, least_secrets: usize) {
        let printed = self.printed.lock().expect("no panic");
        let secrets = self.secrets.lock().expect("no panic");
        assert!(secrets.len() >= least_secrets, "only {} secrets were looked for", secrets.len());
        let pieces: HashSet<&[u8]> = printed.as_bytes().windows(PIECE).collect();
        for secret in secrets.iter() {
            assert!(secret.len() >= PIECE, "too short to be found");
            if let Some(piece) = secret.as_bytes().windows(PIECE).find(|piece| pieces.contains(piece)) {
                let piece = String::from_utf8_lossy(piece);
                let found = printed.find(&*piece).unwrap_or_default();
                let around: String = printed.chars().skip(found.saturating_sub(200)).take(300).collect();
                panic!("a piece of a secret, {piece:?}, in: {around}");
            }
        }
    }
}

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, " {field}={value:?}").expect("memory");
    }
}

impl Subscriber for Scan {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let fields = span.metadata().fields();
        self.names.lock().expect("no panic").extend(fields.iter().map(|field| field.name()));
        self.names.lock().expect("no panic").insert(span.metadata().name());
        let mut printed = self.printed.lock().expect("no panic");
        printed.push_str(span.metadata().name());
        span.record(&mut Line(&mut printed));
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Line(&mut self.printed.lock().expect("no panic")));
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        self.names
            .lock()
            .expect("no panic")
            .extend(event.metadata().fields().iter().map(|field| field.name()));
        event.record(&mut Line(&mut self.printed.lock().expect("no panic")));
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}
