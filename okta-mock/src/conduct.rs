//! How a client behaved, judged by what Okta recommends. Pure: journal in, findings out.
//!
//! Each finding has a code and cites the requests, or the pushes, that show it. Times are the mock's: on a clock that
//! stands still every retry comes at once.

mod limits;
mod paging;
mod polling;
mod reading;
mod watermark;
mod writing;

use std::sync::Arc;

use crate::engine::Engine;
use crate::foreign::Strangers;
use crate::journal::RequestRecord;
use crate::push::DeliveryRecord;
use crate::shared::Shared;

/// Something a client, or a receiver, should not have done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// `L01` and so on.
    pub code: &'static str,
    /// What is wrong, in a sentence.
    pub what: String,
    /// Numbers of the requests that show it, as in [`RequestRecord::n`].
    pub requests: Vec<u64>,
    /// Numbers of the pushes that show it, as in [`DeliveryRecord::n`].
    pub deliveries: Vec<u64>,
}

impl Finding {
    fn new(code: &'static str, what: impl Into<String>, requests: Vec<u64>) -> Self {
        Self { code, what: what.into(), requests, deliveries: Vec::new() }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.code, self.what)?;
        if !self.requests.is_empty() {
            write!(f, ", requests {:?}", self.requests)?;
        }
        if !self.deliveries.is_empty() {
            write!(f, ", deliveries {:?}", self.deliveries)?;
        }
        Ok(())
    }
}

/// Everything that the journal shows.
pub(crate) fn findings(engine: &Engine) -> Vec<Finding> {
    let records: Vec<&RequestRecord> = engine.journal.records().collect();
    let mut found: Vec<Finding> =
        [paging::judge, limits::judge, polling::judge, writing::judge, reading::judge]
            .into_iter()
            .flat_map(|judge| judge(&records))
            .collect();
    found.extend(leak(&engine.strangers));
    found.extend(watermark::judge(&records, &engine.org.log));
    found.extend(receivers(&records, engine.push.deliveries()));
    found.sort_by_key(|finding| finding.code);
    found
}

/// L09: a credential that went to a host that is not the org's.
fn leak(strangers: &Strangers) -> Option<Finding> {
    let first = strangers.leaks.first()?;
    Some(Finding::new("L09", format!("Authorization was sent to a foreign host with {first}"), Vec::new()))
}

/// L13: a receiver that was slow, did not take a push, or did not repeat a challenge. Planned failures are not its fault.
fn receivers<'a>(
    records: &[&RequestRecord],
    deliveries: impl Iterator<Item = &'a DeliveryRecord>,
) -> Option<Finding> {
    let refused = |delivery: &&DeliveryRecord| {
        !delivery.faulted && !delivery.status.is_some_and(|status| (200..300).contains(&status))
    };
    let unproven = |record: &&&RequestRecord| record.unproven && !record.faulted;
    let finding = Finding {
        code: "L13",
        what: "a receiver did not answer a push with 2xx, or a verification with its challenge, in time"
            .into(),
        requests: records.iter().filter(unproven).map(|record| record.n).collect(),
        deliveries: deliveries.filter(refused).map(|delivery| delivery.n).collect(),
    };
    (!finding.requests.is_empty() || !finding.deliveries.is_empty()).then_some(finding)
}

/// A client's conduct; see [`OktaMock::conduct`](crate::OktaMock::conduct).
#[derive(Clone, Debug)]
pub struct Conduct {
    shared: Arc<Shared>,
    allowed: Vec<String>,
}

impl Conduct {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, allowed: Vec::new() }
    }

    /// Does not mind findings of this code, for example `L11`.
    #[must_use]
    pub fn allow(mut self, code: &str) -> Self {
        self.allowed.push(code.to_owned());
        self
    }

    /// What there is to say, in order of codes.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let mut found = findings(&self.shared.lock());
        found.retain(|finding| !self.allowed.iter().any(|code| code == finding.code));
        found
    }

    /// Checks that there is nothing to say.
    ///
    /// # Panics
    ///
    /// When there is, with every finding.
    #[track_caller]
    pub fn assert_clean(&self) {
        let found = self.findings();
        if !found.is_empty() {
            let lines: Vec<String> = found.iter().map(|finding| format!("\n  {finding}")).collect();
            panic!("{} findings about the client's conduct:{}", found.len(), lines.concat());
        }
    }
}

/// Requests of tests, for the judges' own tests.
#[cfg(test)]
fn asked(n: u64, at_ms: i64, request: &str, status: u16) -> RequestRecord {
    let (method, target) = request.split_once(' ').expect("a method and a target");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    RequestRecord {
        n,
        at_ms,
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        principal: Some("token".to_owned()),
        status,
        cursor_in: crate::journal::parameter(query, "after"),
        user_agent: "test/1".to_owned(),
        ..RequestRecord::default()
    }
}
