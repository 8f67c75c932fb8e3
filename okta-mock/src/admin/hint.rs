//! A line for whoever wonders why: why a request was refused, or why a fault never acted. Pure.

use crate::faults::{Phase, Rule, Rules};
use crate::handle::coverage;
use crate::journal::RequestRecord;
use crate::spelling::distance;

/// How many letters may differ for one word to be meant for another.
const SLIPS: usize = 2;

/// What there is to say about a request beyond its status; `None` where there is nothing.
pub(super) fn of(record: &RequestRecord, rules: &Rules) -> Option<String> {
    let planned = (!record.faults.is_empty()).then(|| {
        let names: Vec<String> = record.faults.iter().map(|id| named(*id, rules)).collect();
        format!("planned: {}", names.join(", "))
    });
    if replaced(record, rules) {
        return planned;
    }
    let near = rules.list.iter().find(|rule| rule.seen == 0 && misses(rule, record));
    let cause = record.error_cause.as_deref().unwrap_or_default();
    let why = match (record.status, record.error_code.as_deref()) {
        (429, _) if record.rate_limit == Some(0) => {
            Some("more requests at once than the org allows".to_owned())
        }
        (429, _) => Some(format!(
            "bucket {} is used up: {} in this window",
            record.bucket.as_deref().unwrap_or_default(),
            record.rate_limit.unwrap_or_default()
        )),
        (401, Some("E0000011")) => {
            Some("this API token is not one of the org's; /_mock/credentials has one".to_owned())
        }
        (403, Some("E0000005")) => Some("no credentials: Authorization: SSWS … is missing".to_owned()),
        (403, Some("E0000006")) => Some("the caller's role does not allow this".to_owned()),
        (501, _) => Some("Okta has this, the fake does not; see /_mock/coverage".to_owned()),
        (404, _) => Some(elsewhere(&record.path).unwrap_or_else(|| cause.to_owned())),
        (400.., _) if !cause.is_empty() => Some(cause.to_owned()),
        _ => None,
    };
    let near = near.map(|rule| format!("{} nearly matched", named(rule.id, rules)));
    let said: Vec<String> = [why, planned, near].into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join("; "))
}

/// Whether a planned fault answered in place of the org.
pub(super) fn replaced(record: &RequestRecord, rules: &Rules) -> bool {
    let mut acted = rules.list.iter().filter(|rule| record.faults.contains(&rule.id));
    acted.any(|rule| rule.plan.act.phase() == Phase::Answer)
}

/// The last request that a rule which matched none was perhaps meant for.
pub(super) fn nearest<'a>(
    rule: &Rule,
    records: impl DoubleEndedIterator<Item = &'a RequestRecord>,
) -> Option<String> {
    if rule.seen > 0 {
        return None;
    }
    let near = records.rev().find(|record| misses(rule, record))?;
    Some(format!("{} {}", near.method, near.path))
}

/// Whether a rule misses a request by its method, or by a slip in its path.
fn misses(rule: &Rule, record: &RequestRecord) -> bool {
    let Some((method, path)) = rule.plan.matches.route() else { return false };
    if rule.plan.matches.fits(&record.method, &record.path) {
        return false;
    }
    let same = |a: &str, b: &str| {
        let (a, b) = (a.trim_end_matches('/'), b.trim_end_matches('/'));
        a.len().abs_diff(b.len()) <= SLIPS && distance(a, b) <= SLIPS
    };
    let right_method = method == "*" || method == record.method;
    rule.plan.matches.fits(method, &record.path) || (right_method && same(path, &record.path))
}

fn named(id: u64, rules: &Rules) -> String {
    match rules.list.iter().find(|rule| rule.id == id) {
        None => format!("fault {id}, removed since"),
        Some(rule) => match &rule.plan.name {
            Some(name) => format!("fault {id} ({name})"),
            None => format!("fault {id}"),
        },
    }
}

/// Where a path that leads nowhere may have been meant to lead.
fn elsewhere(path: &str) -> Option<String> {
    let rest = path.strip_prefix("/api/v1/").or_else(|| path.strip_prefix('/'))?;
    let (word, more) =
        rest.split_once('/').map_or((rest, String::new()), |(word, more)| (word, format!("/{more}")));
    let known = coverage::parts().min_by_key(|known| distance(known, word))?;
    let right = format!("/api/v1/{known}{more}");
    (distance(known, word) <= SLIPS && right != path).then(|| format!("did you mean {right}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_path_is_shown_the_right_one() {
        for (path, hint) in [
            ("/api/v1/user", Some("did you mean /api/v1/users?")),
            ("/api/v1/groop/00g1/users", Some("did you mean /api/v1/groups/00g1/users?")),
            ("/logs", Some("did you mean /api/v1/logs?")),
            ("/api/v1/users/00unobody", None),
            ("/api/v1/somethingelse", None),
            ("", None),
        ] {
            assert_eq!(elsewhere(path).as_deref(), hint, "{path}");
        }
    }
}
