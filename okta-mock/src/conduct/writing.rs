//! L08 a POST repeated although it may have been carried out, L16 a search right after a write.

use std::collections::BTreeMap;

use super::Finding;
use crate::journal::RequestRecord;

/// How long after a write a search may still see the old state, in milliseconds.
const INDEX_LAG_MS: i64 = 3_000;

pub(super) fn judge(records: &[&RequestRecord]) -> Vec<Finding> {
    let (mut blind, mut stale) = (Vec::new(), Vec::new());
    // What may have been carried out, and until when nobody could know: while the answer was on its way, or ever.
    let mut unsure: BTreeMap<(&str, u64), (u64, i64)> = BTreeMap::new();
    let mut written: BTreeMap<&str, &RequestRecord> = BTreeMap::new();
    for record in records {
        // One may ask for a token again, and a change of state comes to the same twice.
        let creates = record.path.starts_with("/api/") && !record.path.contains("/lifecycle/");
        if record.method == "POST" && creates {
            let key = (record.path.as_str(), record.body_hash);
            if let Some((first, until)) = unsure.get(&key)
                && record.at_ms < *until
            {
                blind.extend([*first, record.n]);
            }
            // 429, 501 and 503 say that nothing was done; other server errors say nothing.
            let lost = record.broken || (record.status >= 500 && ![501, 503].contains(&record.status));
            let arrives = record.at_ms.saturating_add(record.duration_ms);
            unsure.insert(key, (record.n, if lost { i64::MAX } else { arrives }));
        }
        let collection = collection(&record.path);
        if record.method != "GET" && (200..300).contains(&record.status) {
            written.insert(collection, record);
        }
        let searches = record.parameter("search").is_some() || record.parameter("q").is_some();
        if record.method == "GET"
            && searches
            && let Some(write) = written.get(collection)
            && record.at_ms.saturating_sub(write.at_ms) < INDEX_LAG_MS
        {
            stale.extend([write.n, record.n]);
        }
    }
    [
        ("L08", "a POST that may have been carried out was sent again", blind),
        ("L16", "a search came so soon after a write that it may not show it", stale),
    ]
    .into_iter()
    .filter(|(.., numbers)| !numbers.is_empty())
    .map(|(code, what, mut numbers)| {
        numbers.dedup();
        Finding::new(code, what, numbers)
    })
    .collect()
}

/// `/api/v1/users` of everything below it.
fn collection(path: &str) -> &str {
    let end = path.match_indices('/').nth(3).map_or(path.len(), |(at, _)| at);
    &path[..end]
}

#[cfg(test)]
mod tests {
    use super::super::asked;
    use super::*;

    #[test]
    fn a_post_of_unknown_outcome_is_not_repeated() {
        let post =
            |n, status, body_hash| RequestRecord { body_hash, ..asked(n, 0, "POST /api/v1/groups", status) };
        assert_eq!(judge(&[&post(1, 500, 7), &post(2, 200, 7)])[0].requests, [1, 2]);
        assert!(judge(&[&post(1, 500, 7), &post(2, 200, 8)]).is_empty(), "another group");
        for status in [429, 501, 503] {
            assert!(
                judge(&[&post(1, status, 7), &post(2, 200, 7)]).is_empty(),
                "{status}: it was not carried out"
            );
        }
    }

    #[test]
    fn a_post_whose_answer_was_lost_or_not_waited_for_is_not_repeated() {
        let post = |n, at_ms| RequestRecord { body_hash: 7, ..asked(n, at_ms, "POST /api/v1/groups", 200) };
        let lost = RequestRecord { broken: true, ..post(1, 0) };
        assert_eq!(judge(&[&lost, &post(2, 90_000)])[0].requests, [1, 2]);
        let late = RequestRecord { duration_ms: 8_000, ..post(1, 0) };
        assert_eq!(judge(&[&late, &post(2, 7_999)])[0].requests, [1, 2]);
        assert!(judge(&[&late, &post(2, 8_000)]).is_empty(), "the answer was there");
    }

    #[test]
    fn a_search_waits_for_the_index() {
        let write = asked(1, 0, "POST /api/v1/users/00u1", 200);
        let search = |at| asked(2, at, "GET /api/v1/users?search=status+pr", 200);
        assert_eq!(judge(&[&write, &search(100)])[0].code, "L16");
        assert!(judge(&[&write, &search(3_000)]).is_empty());
        assert!(judge(&[&write, &asked(2, 0, "GET /api/v1/users/00u1", 200)]).is_empty());
    }
}
