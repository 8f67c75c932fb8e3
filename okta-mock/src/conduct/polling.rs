//! L06 the log polled by time in place of `next`, L07 the log polled faster than it is useful.

use super::Finding;
use crate::journal::RequestRecord;

/// Polls by time in a row that are too many: one starts a tail, one may follow a lost cursor.
const BY_TIME: usize = 3;
/// Empty pages in a minute that are too many.
const EMPTY: usize = 60;

pub(super) fn judge(records: &[&RequestRecord]) -> Vec<Finding> {
    let polls: Vec<&RequestRecord> = records
        .iter()
        .copied()
        .filter(|record| record.path == "/api/v1/logs" && record.method == "GET" && record.status == 200)
        .collect();
    let mut found = Vec::new();
    let by_time = polls.split(|record| record.cursor_in.is_some()).find(|run| {
        let mut starts: Vec<Option<String>> = run.iter().map(|record| record.parameter("since")).collect();
        starts.dedup();
        starts.len() >= BY_TIME
    });
    if let Some(run) = by_time {
        let numbers = run.iter().map(|record| record.n).collect();
        found.push(Finding::new("L06", "the log was polled by time; what is stored late is missed", numbers));
    }
    let empty: Vec<&RequestRecord> = polls.into_iter().filter(|record| record.empty).collect();
    let crowd = empty.windows(EMPTY + 1).find(|run| match (run.first(), run.last()) {
        (Some(first), Some(last)) => last.at_ms.saturating_sub(first.at_ms) < 60_000,
        _ => false,
    });
    if let Some(run) = crowd {
        let numbers = run.iter().map(|record| record.n).collect();
        found.push(Finding::new(
            "L07",
            "the log was polled more than once a second with nothing new",
            numbers,
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::asked;
    use super::*;

    #[test]
    fn following_next_is_right_and_moving_since_is_not() {
        let by_time: Vec<RequestRecord> =
            (1..=3).map(|n| asked(n, 0, &format!("GET /api/v1/logs?since={n}"), 200)).collect();
        assert_eq!(judge(&by_time.iter().collect::<Vec<_>>())[0].code, "L06");
        let followed: Vec<RequestRecord> =
            (1..=3).map(|n| asked(n, 0, &format!("GET /api/v1/logs?since=1&after={n}"), 200)).collect();
        assert!(judge(&followed.iter().collect::<Vec<_>>()).is_empty());
    }

    #[test]
    fn empty_pages_are_minded_when_they_come_too_fast() {
        let poll = |n: u64, every: i64| RequestRecord {
            empty: true,
            ..asked(n, n.cast_signed() * every, "GET /api/v1/logs?after=1_0", 200)
        };
        let fast: Vec<RequestRecord> = (0..80).map(|n| poll(n, 500)).collect();
        let slow: Vec<RequestRecord> = (0..80).map(|n| poll(n, 1_000)).collect();
        assert_eq!(judge(&fast.iter().collect::<Vec<_>>())[0].code, "L07");
        assert!(judge(&slow.iter().collect::<Vec<_>>()).is_empty());
    }
}
