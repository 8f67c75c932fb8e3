//! L10 a list and then every row by itself, L12 no `User-Agent`, L14 a refusal taken for a hiccup.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use crate::journal::RequestRecord;

/// Single reads of one kind after a list of it that are too many.
const SINGLES: usize = 20;
/// Equal answers to one request that say it will not get better.
const REFUSALS: usize = 3;

pub(super) fn judge(records: &[&RequestRecord]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut singles: BTreeMap<&str, (BTreeSet<&str>, Vec<u64>)> = BTreeMap::new();
    let mut refusals: BTreeMap<(&str, String, u64), Vec<u64>> = BTreeMap::new();
    let mut nameless = Vec::new();
    for record in records {
        if record.user_agent.is_empty() {
            nameless.push(record.n);
        }
        let rest = record.path.strip_prefix("/api/v1/").unwrap_or_default();
        if record.method == "GET" && record.status == 200 && ["users", "groups", "apps"].contains(&rest) {
            singles.entry(rest).or_default();
        }
        if let Some((kind, id)) = rest.split_once('/').filter(|(_, id)| !id.contains('/') && *id != "me")
            && record.method == "GET"
            && let Some((ids, numbers)) = singles.get_mut(kind)
            && ids.insert(id)
        {
            numbers.push(record.n);
        }
        // 401 may be cured by a new token, 429 by waiting; the others say that the request is wrong.
        if (400..500).contains(&record.status) && ![401, 408, 429].contains(&record.status) {
            let key = (record.method.as_str(), record.target(), record.body_hash);
            refusals.entry(key).or_default().push(record.n);
        }
    }
    for (kind, (_, numbers)) in singles {
        if numbers.len() >= SINGLES {
            found.push(Finding::new("L10", format!("{kind} were listed and then read one by one"), numbers));
        }
    }
    if !nameless.is_empty() {
        found.push(Finding::new("L12", "requests without a User-Agent", nameless));
    }
    for ((method, target, _), numbers) in refusals {
        if numbers.len() >= REFUSALS {
            found.push(Finding::new("L14", format!("{method} {target} was refused and sent again"), numbers));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::asked;
    use super::*;

    #[test]
    fn rows_read_one_by_one_after_their_list_are_minded() {
        let mut records = vec![asked(1, 0, "GET /api/v1/users", 200)];
        records.extend((2..22).map(|n| asked(n, 0, &format!("GET /api/v1/users/00u{n}"), 200)));
        let found = judge(&records.iter().collect::<Vec<_>>());
        assert_eq!((found[0].code, found[0].requests.len()), ("L10", 20));
        assert!(judge(&records[1..].iter().collect::<Vec<_>>()).is_empty(), "there was no list");
    }

    #[test]
    fn a_refusal_repeated_and_a_missing_name_are_minded() {
        let refused: Vec<RequestRecord> =
            (1..=3).map(|n| asked(n, 0, "GET /api/v1/users?filter=x", 400)).collect();
        assert_eq!(judge(&refused.iter().collect::<Vec<_>>())[0].code, "L14");
        let nameless = RequestRecord { user_agent: String::new(), ..asked(1, 0, "GET /api/v1/users", 200) };
        assert_eq!(judge(&[&nameless])[0].code, "L12");
    }
}
