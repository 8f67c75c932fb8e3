//! L03 asking again before the reset, L04 too many at once, L05 trying again without a pause.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use crate::journal::RequestRecord;

/// Attempts in a row with less than this between them, in milliseconds, are no back-off.
const PAUSE_MS: i64 = 50;

/// A bucket that refused.
struct Closed {
    /// When its caller could first know, and until when, in milliseconds.
    known: i64,
    reset: i64,
    /// What was refused: to ask the same again is no coincidence.
    refused: BTreeSet<String>,
}

impl Closed {
    /// Whether a request came too early. What came while the refusal was on its way was under way already.
    fn forbids(&self, record: &RequestRecord) -> bool {
        let knows = record.at_ms > self.known
            || (record.at_ms == self.known && self.refused.contains(&call_of(record)));
        knows && record.at_ms < self.reset
    }
}

fn call_of(record: &RequestRecord) -> String {
    format!("{} {}", record.method, record.target())
}

pub(super) fn judge(records: &[&RequestRecord]) -> Vec<Finding> {
    let (mut early, mut crowded, mut hasty) = (Vec::new(), Vec::new(), Vec::new());
    let mut closed: BTreeMap<(&str, Option<&str>), Closed> = BTreeMap::new();
    let mut failing: BTreeMap<(&str, String), (i64, u64)> = BTreeMap::new();
    for record in records {
        let caller = (record.bucket.as_deref().unwrap_or_default(), record.principal.as_deref());
        if closed.get(&caller).is_some_and(|closed| closed.forbids(record)) {
            early.push(record.n);
        }
        let crowd = record.rate_limit == Some(0);
        if record.status == 429 && crowd && !record.faulted {
            crowded.push(record.n);
        }
        if let (429, false, Some(reset)) = (record.status, crowd, record.rate_reset) {
            let (known, reset) =
                (record.at_ms.saturating_add(record.duration_ms), reset.saturating_mul(1_000));
            let anew = || Closed { known, reset, refused: BTreeSet::new() };
            let closed = closed.entry(caller).or_insert_with(anew);
            if closed.reset != reset {
                *closed = anew();
            }
            closed.known = closed.known.min(known);
            closed.refused.insert(call_of(record));
        }
        let key = (record.method.as_str(), record.target());
        let run = match failing.get(&key) {
            Some((at, run)) if record.at_ms.saturating_sub(*at) < PAUSE_MS => run + 1,
            _ => 1,
        };
        if run >= 3 {
            hasty.push(record.n);
        }
        // The bucket's own refusals are L03's.
        if record.status >= 500 || (record.status == 429 && crowd) {
            failing.insert(key, (record.at_ms, run));
        } else {
            failing.remove(&key);
        }
    }
    [
        ("L03", "a bucket was asked again before its reset", early),
        ("L04", "more requests were under way than the org allows", crowded),
        ("L05", "a failed request was tried again and again without a pause", hasty),
    ]
    .into_iter()
    .filter(|(.., numbers)| !numbers.is_empty())
    .map(|(code, what, numbers)| Finding::new(code, what, numbers))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::asked;
    use super::*;

    #[test]
    fn a_bucket_that_refused_is_left_alone_until_its_reset() {
        let limited = |n, at_ms, status| RequestRecord {
            bucket: Some("logs".into()),
            rate_limit: Some(10),
            rate_reset: Some(60),
            ..asked(n, at_ms, "GET /api/v1/logs", status)
        };
        let (refused, early, good) =
            (limited(1, 30_000, 429), limited(2, 59_000, 200), limited(3, 60_000, 200));
        assert_eq!(judge(&[&refused, &early])[0].requests, [2]);
        assert!(judge(&[&refused, &good]).is_empty());
    }

    #[test]
    fn what_was_under_way_when_a_bucket_refused_is_not_too_early() {
        let limited = |n, at_ms, target: &str, status| RequestRecord {
            bucket: Some("users".into()),
            rate_limit: Some(10),
            rate_reset: Some(60),
            ..asked(n, at_ms, target, status)
        };
        let refused = RequestRecord { duration_ms: 200, ..limited(1, 30_000, "GET /api/v1/users/1", 429) };
        for (at_ms, target, early) in [
            (30_000, "GET /api/v1/users/2", false),
            (30_200, "GET /api/v1/users/2", false),
            (30_200, "GET /api/v1/users/1", true),
            (30_201, "GET /api/v1/users/2", true),
        ] {
            let found = judge(&[&refused, &limited(2, at_ms, target, 429)]);
            assert_eq!(!found.is_empty(), early, "{target} at {at_ms}");
        }
        // One more refusal does not make it known later.
        let crowd = [
            refused,
            limited(2, 30_150, "GET /api/v1/users/2", 429),
            limited(3, 30_180, "GET /api/v1/users/3", 429),
        ];
        assert_eq!(judge(&crowd.iter().collect::<Vec<_>>())[0].requests, [3]);
    }

    #[test]
    fn a_third_attempt_without_a_pause_is_minded() {
        let failed = |n, at_ms| asked(n, at_ms, "GET /api/v1/users", 503);
        let attempts = [failed(1, 0), failed(2, 10), failed(3, 20), failed(4, 5_000)];
        let found = judge(&attempts.iter().collect::<Vec<_>>());
        assert_eq!((found[0].code, found[0].requests.as_slice()), ("L05", &[3][..]));
    }

    #[test]
    fn a_crowd_that_nobody_planned_is_minded() {
        let crowded = RequestRecord { rate_limit: Some(0), ..asked(1, 0, "GET /api/v1/users", 429) };
        assert_eq!(judge(&[&crowded])[0].code, "L04");
        assert!(judge(&[&RequestRecord { faulted: true, ..crowded }]).is_empty());
    }
}
