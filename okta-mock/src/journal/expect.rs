//! The journal as a test reads it, and assertions that show what came when they fail.

use std::sync::Arc;

use super::RequestRecord;
use crate::faults::Pattern;
use crate::shared::Shared;

/// How many requests a failed assertion shows.
const SHOWN: usize = 20;

/// The requests the org answered; see [`OktaMock::journal`](crate::OktaMock::journal).
#[derive(Clone, Debug)]
pub struct Journal {
    shared: Arc<Shared>,
}

impl Journal {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// The requests that are remembered, oldest first.
    #[must_use]
    pub fn records(&self) -> Vec<RequestRecord> {
        self.shared.lock().journal.records().cloned().collect()
    }

    /// Forgets them; numbers go on.
    pub fn clear(&self) {
        self.shared.lock().journal.clear();
    }

    /// Starts an expectation about requests like `GET /api/v1/users`; stars as in
    /// [`Faults::on`](crate::Faults::on).
    ///
    /// ```
    /// # let okta = okta_mock::OktaMock::builder().in_process();
    /// okta.journal().expect("GET /api/v1/users").status(429).never();
    /// ```
    ///
    /// # Panics
    ///
    /// When the pattern is not one.
    pub fn expect(&self, pattern: &str) -> Expect {
        let parsed = match Pattern::parse(pattern) {
            Ok(pattern) => pattern,
            Err(wrong) => panic!("{wrong}"),
        };
        let all = self.records();
        let kept = all.iter().map(|record| parsed.matches(&record.method, &record.path)).collect();
        Expect { all, kept, said: pattern.to_owned() }
    }
}

/// An expectation in the making: say which requests, then how many.
#[derive(Clone, Debug)]
#[must_use = "nothing is checked until it is said how many requests there should be"]
pub struct Expect {
    all: Vec<RequestRecord>,
    kept: Vec<bool>,
    said: String,
}

impl Expect {
    /// Only those answered with this status.
    pub fn status(self, status: u16) -> Self {
        self.only(&format!("status {status}"), |record| record.status == status)
    }

    /// Only those of this principal.
    pub fn principal(self, principal: &str) -> Self {
        self.only(&format!("principal {principal}"), |record| record.principal.as_deref() == Some(principal))
    }

    /// Only those whose query has this parameter with this value, decoded.
    pub fn parameter(self, name: &str, value: &str) -> Self {
        let said = format!("{name}={value}");
        self.only(&said, |record| record.parameter(name).as_deref() == Some(value))
    }

    /// Only those with a cursor, or without.
    pub fn cursor(self, there: bool) -> Self {
        let said = if there { "with a cursor" } else { "without a cursor" };
        self.only(said, |record| record.cursor_in.is_some() == there)
    }

    /// Only those that planned misbehaviour touched, or did not.
    pub fn faulted(self, faulted: bool) -> Self {
        let said = if faulted { "faulted" } else { "not faulted" };
        self.only(said, |record| record.faulted == faulted)
    }

    /// Only those behind request number `n`.
    pub fn after(self, n: u64) -> Self {
        self.only(&format!("after #{n}"), |record| record.n > n)
    }

    /// The requests that remain.
    #[must_use]
    pub fn records(&self) -> Vec<RequestRecord> {
        let kept = self.all.iter().zip(&self.kept).filter(|(_, kept)| **kept);
        kept.map(|(record, _)| record.clone()).collect()
    }

    /// How many remain.
    #[must_use]
    pub fn count(&self) -> usize {
        self.kept.iter().filter(|kept| **kept).count()
    }

    /// # Panics
    ///
    /// Unless there are exactly `n`.
    #[track_caller]
    pub fn exactly(self, n: usize) {
        self.check(self.count() == n, &format!("exactly {n}"));
    }

    /// # Panics
    ///
    /// Unless there are `n` or more.
    #[track_caller]
    pub fn at_least(self, n: usize) {
        self.check(self.count() >= n, &format!("at least {n}"));
    }

    /// # Panics
    ///
    /// Unless there are `n` or fewer.
    #[track_caller]
    pub fn at_most(self, n: usize) {
        self.check(self.count() <= n, &format!("at most {n}"));
    }

    /// # Panics
    ///
    /// When there is one.
    #[track_caller]
    pub fn never(self) {
        self.exactly(0);
    }

    fn only(mut self, said: &str, keep: impl Fn(&RequestRecord) -> bool) -> Self {
        for (kept, record) in self.kept.iter_mut().zip(&self.all) {
            *kept &= keep(record);
        }
        self.said = format!("{}, {said}", self.said);
        self
    }

    #[track_caller]
    fn check(&self, holds: bool, wanted: &str) {
        if holds {
            return;
        }
        let skipped = self.all.len().saturating_sub(SHOWN);
        let mut shown = if skipped > 0 { format!("\n  … {skipped} before") } else { String::new() };
        for (record, kept) in self.all.iter().zip(&self.kept).skip(skipped) {
            shown.push_str(&format!("\n{} {}", if *kept { "→" } else { " " }, line(record)));
        }
        panic!("expected {wanted} of [{}], got {}; received:{shown}", self.said, self.count());
    }
}

/// One request on one line.
pub(crate) fn line(record: &RequestRecord) -> String {
    let faults = match record.faults.as_slice() {
        [] => String::new(),
        rules => format!(" fault {rules:?}"),
    };
    format!("#{} {} {} → {}{faults}", record.n, record.method, record.target(), record.status)
}
