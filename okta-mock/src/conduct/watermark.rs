//! L15 a read of the log that starts by time and leaves events behind it that were never read.
//!
//! Unlike the other judges this one knows the truth: the log itself says which events a page showed and which became
//! visible only behind it. Overlap enough re-reads them.

use std::sync::Arc;

use super::Finding;
use crate::handle::logs::{Wanted, position};
use crate::journal::{RequestRecord, parameter};
use crate::org::event::Record;
use crate::org::log::{Log, order, position_of};
use crate::timestamp;

/// Events that are looked at for one start by time.
const LOOKED_AT: usize = 50_000;
/// Polls by time in a row that show where the watermark goes; fewer may be starts.
const BY_TIME: usize = 3;
const WEEK: i64 = 7 * 86_400_000;

pub(super) fn judge(records: &[&RequestRecord], log: &Log) -> Vec<Finding> {
    let mut groups: Vec<Vec<Read<'_>>> = Vec::new();
    for record in records {
        if record.path != "/api/v1/logs" || record.method != "GET" || record.status != 200 {
            continue;
        }
        let Some(read) = Read::of(record, log) else { continue };
        match groups.iter_mut().find(|group| group[0].same_stream(&read)) {
            Some(group) => group.push(read),
            None => groups.push(vec![read]),
        }
    }
    let mut found = Vec::new();
    for group in &groups {
        found.extend(backwards(group));
        found.extend(left_behind(group, log));
    }
    found
}

/// One page of the log: what it covered, and when.
struct Read<'a> {
    record: &'a RequestRecord,
    span: Span,
    since: i64,
}

/// What a page covered.
enum Span {
    /// A poll: positions behind the first, up to the second.
    Polled(u64, u64),
    /// A bounded read: published in `[since, until)`, from one key to another in the order of reading.
    Bounded { until: i64, after: Option<(i64, u64)>, to: Option<(i64, u64)>, descending: bool },
}

impl<'a> Read<'a> {
    fn of(record: &'a RequestRecord, log: &Log) -> Option<Self> {
        let time = |name| record.parameter(name).and_then(|text| timestamp::parse(&text));
        let next = record.next.as_deref().and_then(|next| parameter(next.split_once('?')?.1, "after"));
        let descending = record.parameter("sortOrder").is_some_and(|order| order == "DESCENDING");
        let until = time("until");
        if until.is_none() && !descending {
            let since = time("since").unwrap_or(record.at_ms - WEEK);
            let start = match &record.cursor_in {
                Some(cursor) => position(cursor)?,
                None => position_of(since).saturating_sub(1),
            };
            let end = next.and_then(|next| position(&next)).unwrap_or(start);
            return Some(Self { record, span: Span::Polled(start, end), since });
        }
        let until = until.unwrap_or(record.at_ms.saturating_add(1));
        let since = time("since").unwrap_or(until - WEEK);
        let key = |uuid: &String| log.order_of(uuid);
        let after = record.cursor_in.as_ref().and_then(key);
        let to = next.as_ref().and_then(key);
        Some(Self { record, span: Span::Bounded { until, after, to, descending }, since })
    }

    fn same_stream(&self, other: &Read<'_>) -> bool {
        let of = |name| self.record.parameter(name) == other.record.parameter(name);
        self.record.principal == other.record.principal && of("filter") && of("q")
    }

    fn starts(&self) -> bool {
        self.record.cursor_in.is_none()
    }

    fn polls(&self) -> bool {
        matches!(self.span, Span::Polled(..))
    }

    /// Whether the page covered the event's place, seen or not.
    fn covers(&self, event: &Record) -> bool {
        match self.span {
            Span::Polled(after, to) => after < event.position && event.position <= to,
            Span::Bounded { until, after, to, descending } => {
                let key = order(event);
                let (after, to) = if descending { (to, after) } else { (after, to) };
                let behind = |cursor| if descending { key >= cursor } else { key > cursor };
                let before = |cursor| if descending { key < cursor } else { key <= cursor };
                (self.since..until).contains(&event.published)
                    && after.is_none_or(behind)
                    && to.is_none_or(before)
            }
        }
    }

    /// Whether the page showed it.
    fn showed(&self, event: &Record, log: &Log) -> bool {
        log.visible_at(event) <= self.record.at_ms && self.covers(event)
    }
}

/// Polls by time in a row whose `since` goes back.
fn backwards(group: &[Read<'_>]) -> Option<Finding> {
    let runs = group.split(|read| !read.starts() || !read.polls());
    let back = |pair: &[Read<'_>]| pair[1].since < pair[0].since;
    let run = runs.filter(|run| run.len() >= BY_TIME).find(|run| run.windows(2).any(back))?;
    let numbers = run.windows(2).filter(|pair| back(pair)).map(|pair| pair[1].record.n).collect();
    Some(Finding::new(
        "L15",
        "the log was polled from an earlier time than before: the watermark moved back",
        numbers,
    ))
}

/// Starts by time behind which events lie that no page ever showed.
fn left_behind(group: &[Read<'_>], log: &Log) -> Option<Finding> {
    let wanted = Wanted::of(group[0].record)?;
    let (mut numbers, mut events) = (Vec::new(), Vec::new());
    for (n, start) in group.iter().enumerate().filter(|(_, read)| read.starts()) {
        let before = &group[..n];
        let first = before.iter().filter(|read| read.polls() == start.polls()).map(|read| read.since).min();
        // What is not behind the start of all reading, and before this start, is behind this start for good.
        let Some(first) = first.filter(|first| *first < start.since) else { continue };
        let candidates: Vec<Arc<Record>> = match start.span {
            Span::Polled(at, _) => {
                let behind = log.after(position_of(first).saturating_sub(1));
                behind.take_while(|event| event.position <= at).take(LOOKED_AT).collect()
            }
            Span::Bounded { .. } => log
                .published(first, start.since, None, false)
                // A window that was never read may have been left out on purpose.
                .filter(|event| before.iter().any(|read| read.covers(event)))
                .take(LOOKED_AT)
                .collect(),
        };
        let unread = candidates.into_iter().filter(|event| {
            log.visible_at(event) != i64::MAX
                && !group.iter().any(|read| read.showed(event, log))
                && wanted.wants(event)
        });
        let unread: Vec<String> = unread.map(|event| event.uuid.clone()).collect();
        if !unread.is_empty() {
            numbers.push(start.record.n);
            events.extend(unread);
        }
    }
    events.sort_unstable();
    events.dedup();
    let what = format!(
        "the log was read on from a time behind which {} events lie that were never read, {} first: the overlap is too small",
        events.len(),
        events.first()?
    );
    Some(Finding::new("L15", what, numbers))
}

#[cfg(test)]
mod tests {
    use super::super::asked;
    use super::*;
    use crate::org::event::{Event, Origin, Party};
    use crate::org::id::Mint;
    use crate::org::log::Times;

    /// A log with events persisted at these seconds, the last of which is seen only from second 100 on.
    fn log(seconds: &[i64]) -> (Log, Vec<String>) {
        let mut log = Log::empty();
        let mut mint = Mint::new(1);
        let event = || Event::new("user.session.start", Party::system(), Origin::Job { id: "job".into() });
        let late = seconds.len() - 1;
        let uuids = seconds.iter().enumerate().map(|(n, second)| {
            let at = second * 1_000;
            let visible_at = (n == late).then_some(100_000);
            let times = Times { persisted: Some(at), visible_at, ..Times::default() };
            log.append_at(&mut mint, at, event(), times).uuid.clone()
        });
        let uuids = uuids.collect();
        (log, uuids)
    }

    fn read(n: u64, second: i64, query: &str, next: &str) -> RequestRecord {
        let next = (!next.is_empty()).then(|| format!("/api/v1/logs?after={next}"));
        RequestRecord { next, ..asked(n, second * 1_000, &format!("GET /api/v1/logs?{query}"), 200) }
    }

    fn since(second: i64) -> String {
        format!("since={}", timestamp::iso(second * 1_000))
    }

    fn judged(records: &[RequestRecord], log: &Log) -> Vec<(&'static str, Vec<u64>)> {
        let records: Vec<&RequestRecord> = records.iter().collect();
        judge(&records, log).into_iter().map(|finding| (finding.code, finding.requests)).collect()
    }

    #[test]
    fn a_start_in_front_of_a_late_event_is_minded_unless_the_overlap_reaches_it() {
        // The event of second 20 cannot be seen when its place is read at second 50.
        let (log, _) = log(&[10, 30, 20]);
        let first = read(1, 50, &since(0), "30000_0");
        assert_eq!(judged(&[first.clone(), read(2, 200, &since(25), "30000_0")], &log), [("L15", vec![2])]);
        assert_eq!(judged(&[first.clone(), read(2, 200, &since(15), "30000_0")], &log), []);
        assert_eq!(
            judged(&[first.clone(), read(2, 200, "after=30000_0", "30000_0")], &log),
            [],
            "no start by time"
        );
        let followed = read(3, 250, "after=30000_0", "30000_0");
        let swept = read(4, 300, &since(5), "30000_0");
        let records = [first, read(2, 200, &since(25), "30000_0"), followed, swept];
        assert_eq!(judged(&records, &log), [], "read in the end");
    }

    #[test]
    fn a_start_at_the_present_leaves_what_was_not_read_behind() {
        let (log, _) = log(&[10, 60, 70, 5]);
        let records = [read(1, 20, &since(8), "10000_0"), read(2, 80, &since(75), "75000_0")];
        assert_eq!(judged(&records, &log), [("L15", vec![2])]);
    }

    #[test]
    fn windows_by_published_that_are_never_read_again_lose_late_events() {
        let (log, uuids) = log(&[10, 30, 20]);
        let window = |n, at, from, to: i64| {
            read(n, at, &format!("{}&until={}", since(from), timestamp::iso(to * 1_000)), "")
        };
        assert_eq!(judged(&[window(1, 50, 0, 40), window(2, 200, 40, 190)], &log), [("L15", vec![2])]);
        assert_eq!(judged(&[window(1, 50, 0, 40), window(2, 200, 10, 190)], &log), []);
        assert_eq!(judged(&[window(1, 50, 0, 15), window(2, 200, 40, 190)], &log), [], "left out on purpose");
        let half =
            RequestRecord { next: Some(format!("/api/v1/logs?after={}", uuids[0])), ..window(1, 150, 0, 40) };
        assert_eq!(judged(&[half, window(2, 200, 40, 190)], &log), [], "its rest was not asked for");
    }

    #[test]
    fn a_watermark_that_goes_back_is_minded() {
        let (log, _) = log(&[1]);
        let polls = |seconds: &[i64]| -> Vec<RequestRecord> {
            (1..).zip(seconds).map(|(n, second)| read(n, 500, &since(*second), "1000_0")).collect()
        };
        assert_eq!(judged(&polls(&[10, 30, 20]), &log)[0], ("L15", vec![3]));
        assert_eq!(judged(&polls(&[10, 20, 20]), &log), []);
    }
}
