//! L01 a `next` link that was rebuilt, L02 a cursor in another query, L11 a long list in small pages.

use std::collections::BTreeMap;

use super::Finding;
use crate::journal::{RequestRecord, parameter};

/// The parameters that make another list of it.
const MEANING: [&str; 6] = ["filter", "search", "q", "since", "until", "sortOrder"];

/// `(path or its end, the largest page, the page without a limit)`.
const PAGES: [(&str, u64, u64); 7] = [
    ("/api/v1/users", 200, 200),
    ("/api/v1/groups", 10_000, 10_000),
    ("/api/v1/apps", 200, 20),
    ("/api/v1/logs", 1_000, 100),
    ("/groups/*/users", 1_000, 1_000),
    ("/apps/*/users", 500, 50),
    ("/apps/*/groups", 200, 20),
];

pub(super) fn judge(records: &[&RequestRecord]) -> Vec<Finding> {
    let (mut rebuilt, mut moved) = (Vec::new(), Vec::new());
    // Every cursor handed out, with the targets it was handed out in.
    let mut given: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for record in records {
        if let Some(targets) = record.cursor_in.as_ref().and_then(|cursor| given.get(cursor)) {
            let target = record.target();
            if !targets.contains(&target.as_str()) {
                if targets.iter().any(|given| same_list(given, &target)) {
                    rebuilt.push(record.n);
                } else {
                    moved.push(record.n);
                }
            }
        }
        // A link that a fault put there is nobody's to follow.
        if let Some(next) = record.next.as_deref().filter(|_| !record.faulted) {
            let cursor = next.split_once('?').and_then(|(_, query)| parameter(query, "after"));
            if let Some(cursor) = cursor {
                given.entry(cursor).or_default().push(next);
            }
        }
    }
    let mut found = Vec::new();
    if !rebuilt.is_empty() {
        found.push(Finding::new("L01", "a next link was not followed as it was given", rebuilt));
    }
    if !moved.is_empty() {
        found.push(Finding::new("L02", "a cursor was used for another list than its own", moved));
    }
    found.extend(small_pages(records));
    found
}

fn same_list(one: &str, other: &str) -> bool {
    let (path, query) = one.split_once('?').unwrap_or((one, ""));
    let (other_path, other_query) = other.split_once('?').unwrap_or((other, ""));
    path == other_path && MEANING.iter().all(|name| parameter(query, name) == parameter(other_query, name))
}

/// Three further pages and more of less than the most that fits.
fn small_pages(records: &[&RequestRecord]) -> Option<Finding> {
    let small = |record: &&&RequestRecord| {
        let Some((_, most, usual)) = PAGES.iter().find(|(path, ..)| fits(path, &record.path)) else {
            return false;
        };
        let limit = record.parameter("limit").map_or(Some(*usual), |limit| limit.parse().ok());
        // The live end of the log has a next link, too, and nothing in the page.
        let more = record.cursor_in.is_some() && record.next.is_some() && !record.empty && !record.faulted;
        record.method == "GET" && more && limit.is_some_and(|limit| limit < *most)
    };
    let numbers: Vec<u64> = records.iter().filter(small).map(|record| record.n).collect();
    (numbers.len() >= 3)
        .then(|| Finding::new("L11", "a long list was read in pages smaller than the largest", numbers))
}

fn fits(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((before, after)) => path.contains(before) && path.ends_with(after),
    }
}

#[cfg(test)]
mod tests {
    use super::super::asked;
    use super::*;

    #[test]
    fn a_link_is_followed_as_it_is_or_not() {
        let page = |n, request: &str, next: Option<&str>| RequestRecord {
            next: next.map(str::to_owned),
            ..asked(n, 0, request, 200)
        };
        let next = "/api/v1/users?after=x&limit=200";
        let first = page(1, "GET /api/v1/users?limit=200", Some(next));
        for (follow, code) in [
            ("GET /api/v1/users?after=x&limit=200", None),
            ("GET /api/v1/users?limit=200&after=x", Some("L01")),
            ("GET /api/v1/users?after=x&limit=50", Some("L01")),
            ("GET /api/v1/users?after=x&limit=200&search=status+pr", Some("L02")),
            ("GET /api/v1/groups?after=x&limit=200", Some("L02")),
            ("GET /api/v1/users?after=other", None),
        ] {
            let second = page(2, follow, None);
            let found = judge(&[&first, &second]);
            assert_eq!(found.first().map(|finding| finding.code), code, "{follow}");
            assert!(found.iter().all(|finding| finding.requests == [2]));
        }
    }

    #[test]
    fn small_pages_are_minded_once_there_are_many() {
        let pages: Vec<RequestRecord> = (1..=4)
            .map(|n| RequestRecord {
                next: Some(format!("/api/v1/apps?after={}", n + 1)),
                ..asked(n, 0, &format!("GET /api/v1/apps?after={n}"), 200)
            })
            .collect();
        let records: Vec<&RequestRecord> = pages.iter().collect();
        assert_eq!(judge(&records)[0].code, "L11");
        assert!(judge(&records[..2]).is_empty());
    }
}
