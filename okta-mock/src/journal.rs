//! What was asked: a bounded record of API requests, without credentials.

mod expect;

use std::collections::{BTreeMap, VecDeque};

pub use expect::{Expect, Journal};

/// One request the org answered. Calls to `/_mock` are not recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestRecord {
    /// Number of the request, counted from 1 since the start or the last reset.
    pub n: u64,
    /// When it arrived, in milliseconds since 1970 of the mock's clock.
    pub at_ms: i64,
    /// `GET`, `POST`, …
    pub method: String,
    /// The path, as sent.
    pub path: String,
    /// The query string, as sent; empty when there is none.
    pub query: String,
    /// Who asked: the API token's id, or `None` when the credentials were missing or wrong.
    pub principal: Option<String>,
    /// The rate-limit bucket that was charged.
    pub bucket: Option<String>,
    /// What `X-Rate-Limit-Limit` said; 0 when there were too many requests at once.
    pub rate_limit: Option<u64>,
    /// What `X-Rate-Limit-Remaining` said.
    pub rate_remaining: Option<u64>,
    /// What `X-Rate-Limit-Reset` said, in seconds since 1970.
    pub rate_reset: Option<i64>,
    /// The status answered.
    pub status: u16,
    /// Okta's code where the org refused, for example `E0000047`.
    pub error_code: Option<String>,
    /// And its first cause, or else its summary.
    pub error_cause: Option<String>,
    /// The cursor that came, decoded.
    pub cursor_in: Option<String>,
    /// The path and query of the `next` link that was answered.
    pub next: Option<String>,
    /// Whether the answer was an empty list.
    pub empty: bool,
    /// How long the body answered was, in bytes.
    pub bytes: usize,
    /// How long the answer took until its last byte, in milliseconds of the mock's clock: the service time and planned
    /// delays.
    pub duration_ms: i64,
    /// Whether planned misbehaviour kept the answer, or the end of it, from arriving.
    pub broken: bool,
    /// Whether planned misbehaviour touched the answer.
    pub faulted: bool,
    /// The numbers of the rules that did.
    pub faults: Vec<u64>,
    /// The program that asked; empty when it did not say.
    pub user_agent: String,
    /// Whether Okta has this operation and the mock does not: it answered 501.
    pub unimplemented: bool,
    /// Tells bodies apart; 0 for none.
    pub(crate) body_hash: u64,
    /// A receiver did not answer its verification as it should.
    pub(crate) unproven: bool,
}

impl RequestRecord {
    /// Path and query, as sent.
    #[must_use]
    pub fn target(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }

    /// A parameter of the query, decoded.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        parameter(&self.query, name)
    }

    pub(crate) fn set_method(&mut self, method: &str) {
        write(&mut self.method, method);
    }

    pub(crate) fn set_target(&mut self, path: &str, query: &str) {
        write(&mut self.path, path);
        write(&mut self.query, query);
        let plain = query.split('&').find_map(|pair| pair.strip_prefix("after="));
        match plain {
            None if !query.contains('%') => self.cursor_in = None,
            Some(cursor) if !query.contains(['%', '+']) => write_some(&mut self.cursor_in, Some(cursor)),
            _ => self.cursor_in = parameter(query, "after"),
        }
    }

    pub(crate) fn set_principal(&mut self, principal: Option<&str>) {
        write_some(&mut self.principal, principal);
    }

    pub(crate) fn set_bucket(&mut self, bucket: Option<&str>) {
        write_some(&mut self.bucket, bucket);
    }

    pub(crate) fn set_next(&mut self, next: Option<&str>) {
        write_some(&mut self.next, next);
    }

    pub(crate) fn set_user_agent(&mut self, agent: &str) {
        write(&mut self.user_agent, agent);
    }
}

/// How much memory of an old text a new one may inherit.
const INHERITED: usize = 1_024;

/// Writes over a text, into the memory that it has.
fn write(text: &mut String, new: &str) {
    if text.capacity() > INHERITED {
        *text = String::new();
    }
    text.clear();
    text.push_str(new);
}

fn write_some(text: &mut Option<String>, new: Option<&str>) {
    match new {
        Some(new) => write(text.get_or_insert_default(), new),
        None => *text = None,
    }
}

/// A parameter of a query, decoded.
pub(crate) fn parameter(query: &str, name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// How many requests are kept unless something else is asked for.
pub(crate) const CAPACITY: usize = 4_096;

/// The last requests, oldest first.
#[derive(Debug)]
pub(crate) struct Ring {
    ring: VecDeque<RequestRecord>,
    capacity: usize,
    counted: u64,
    /// How many of each status, the forgotten ones included.
    statuses: BTreeMap<u16, u64>,
    /// Not written into the journal's file yet, where there is one.
    spool: Option<Vec<RequestRecord>>,
}

impl Ring {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { ring: VecDeque::new(), capacity, counted: 0, statuses: BTreeMap::new(), spool: None }
    }

    /// Takes note of one more request. `write` gets a record with its number, to be written over: once there are as many
    /// as are kept, it is the oldest one's.
    pub(crate) fn record(&mut self, status: u16, write: impl FnOnce(&mut RequestRecord)) {
        self.counted += 1;
        *self.statuses.entry(status).or_default() += 1;
        if self.capacity == 0 && self.spool.is_none() {
            return;
        }
        let oldest = if self.ring.len() < self.capacity { None } else { self.ring.pop_front() };
        let mut record = RequestRecord { n: self.counted, status, ..oldest.unwrap_or_default() };
        write(&mut record);
        if let Some(spool) = &mut self.spool {
            spool.push(record.clone());
        }
        if self.capacity > 0 {
            self.ring.push_back(record);
        }
    }

    /// Whether requests are to be written into a file as well.
    pub(crate) fn spool(&mut self, wanted: bool) {
        self.spool = wanted.then(Vec::new);
    }

    /// This one in the place of `before`. What is to be written into the file stays.
    pub(crate) fn succeeding(self, before: &mut Self) -> Self {
        Self { spool: before.spool.take(), ..self }
    }

    /// What is to be written now.
    pub(crate) fn take_spool(&mut self) -> Vec<RequestRecord> {
        self.spool.as_mut().map(std::mem::take).unwrap_or_default()
    }

    pub(crate) fn records(&self) -> impl DoubleEndedIterator<Item = &RequestRecord> {
        self.ring.iter()
    }

    /// The remembered requests behind this number.
    pub(crate) fn behind(&self, n: u64) -> impl Iterator<Item = &RequestRecord> {
        self.ring.range(self.ring.partition_point(|record| record.n <= n)..)
    }

    /// The number of the last request.
    pub(crate) fn counted(&self) -> u64 {
        self.counted
    }

    pub(crate) fn statuses(&self) -> &BTreeMap<u16, u64> {
        &self.statuses
    }

    pub(crate) fn clear(&mut self) {
        self.ring.clear();
    }
}
