//! What was asked: a bounded record of API requests, without credentials.

use std::collections::VecDeque;

/// One request the org answered. Calls to `/_mock` are not recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// The status answered.
    pub status: u16,
    /// Whether planned misbehaviour touched the answer.
    pub faulted: bool,
}

/// How many requests are kept.
const CAPACITY: usize = 4_096;

/// The last requests, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    ring: VecDeque<RequestRecord>,
    counted: u64,
}

impl Journal {
    pub(crate) fn push(&mut self, mut record: RequestRecord) {
        self.counted += 1;
        record.n = self.counted;
        if self.ring.len() == CAPACITY {
            self.ring.pop_front();
        }
        self.ring.push_back(record);
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = &RequestRecord> {
        self.ring.iter()
    }

    pub(crate) fn clear(&mut self) {
        self.ring.clear();
    }
}
