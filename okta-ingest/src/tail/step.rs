//! The tail's decisions, pure: from a checkpoint and what Okta answered to the next checkpoint, the next request and the wait.
//!
//! The rules, each with the failure it prevents (FAILURES.md):
//!
//! * The cursor moves only with events. On an empty page it stays, even if Okta's `next` went on, because an event may still
//!   become visible behind it (P02). After a day without events it may follow an empty page, lest it expires (T11).
//! * A short page means "caught up", which decides how long to wait and nothing else (P01, P07).
//! * The watermark follows accepted `published` times only: never a local clock (T05, T06), never a time that lies in
//!   Okta's own future (XD05), and it never moves back (T10).
//! * A cursor that Okta rejects is given up, and the log is read again from the watermark minus the overlap, in polling mode,
//!   where `since` compares persistence times. That is a superset of what is missing, whatever arrived late (P10, T01).
//! * What lies beyond Okta's retention cannot be read: it becomes a declared gap (P11, A06).

use std::time::Duration;

use okta_client::{Cursor, LogPosition, Timestamp};

use crate::{Checkpoint, Gap};

/// Okta keeps the log for so long.
const RETENTION: Duration = Duration::from_secs(90 * 24 * 3600);
/// A start at the edge of what Okta keeps stays so far within it, lest the request falls off on its way.
const EDGE_MARGIN: Duration = Duration::from_secs(3600);
/// A gap shorter than this is the edge moving on while the log just within it is read.
const SHORTEST_GAP: Duration = Duration::from_secs(60);
/// A `published` further in Okta's future than this does not move the watermark.
const FUTURE_TOLERANCE: Duration = Duration::from_secs(5);
/// After so long without an event the cursor may follow an empty page.
const CURSOR_MAX_AGE: Duration = Duration::from_secs(24 * 3600);

/// What one page says, as far as decisions go.
#[derive(Debug, Clone)]
pub(crate) struct PageFacts {
    pub(crate) items: usize,
    pub(crate) limit: usize,
    pub(crate) next: Option<Cursor>,
    pub(crate) date: Option<Timestamp>,
    pub(crate) published: Vec<Timestamp>,
}

/// What to do after a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Advance {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) gap: Option<Gap>,
    /// The log was read to its end.
    pub(crate) at_end: bool,
    /// Asking again at once would bring nothing: wait for a wake-up or the next tick.
    pub(crate) wait: bool,
    /// A polling page must have a `next` link, and this one had none (P03).
    pub(crate) next_missing: bool,
}

/// Where the next request reads. An operator may have moved the anchor back, also to before the start.
pub(crate) fn position(checkpoint: &Checkpoint, overlap: Duration) -> LogPosition {
    let floor = checkpoint.start.min(checkpoint.anchor);
    match &checkpoint.cursor {
        Some(cursor) => LogPosition::Cursor(cursor.clone()),
        None => LogPosition::Since(checkpoint.anchor.saturating_sub(overlap).max(floor)),
    }
}

/// The state after `page`, which was asked for at the checkpoint's position.
pub(crate) fn advance(checkpoint: &Checkpoint, page: &PageFacts) -> Advance {
    let mut next = Checkpoint { version: checkpoint.version + 1, ..checkpoint.clone() };
    let stands_still = page.next.is_some() && page.next == checkpoint.cursor;
    let at_end = page.items < page.limit || stands_still;
    let stale = match (checkpoint.cursor_at, page.date) {
        (Some(taken), Some(now)) => now.since(taken) > CURSOR_MAX_AGE,
        _ => false,
    };
    if (page.items > 0 || stale) && page.next.is_some() && !stands_still {
        next.cursor = page.next.clone();
        next.cursor_at = page.date.or(checkpoint.cursor_at);
    }
    // Without Okta's time a future `published` cannot be told from a good one; the watermark waits for a page that has it.
    if let Some(now) = page.date {
        let ceiling = now.saturating_add(FUTURE_TOLERANCE);
        let newest = page.published.iter().filter(|published| **published <= ceiling).max();
        next.anchor = newest.map_or(checkpoint.anchor, |newest| checkpoint.anchor.max(*newest));
    }
    if at_end {
        next.caught_up_at = page.date.or(checkpoint.caught_up_at);
    }
    let gap = page.date.and_then(|now| beyond_retention(checkpoint, now));
    if let Some(gap) = &gap {
        next.anchor = next.anchor.max(gap.to);
    }
    Advance {
        checkpoint: next,
        gap,
        at_end,
        wait: at_end || page.next.is_none(),
        next_missing: page.next.is_none(),
    }
}

/// The part of the log between what had been read and what Okta still keeps at `now`: it is gone, with or without a cursor.
fn beyond_retention(checkpoint: &Checkpoint, now: Timestamp) -> Option<Gap> {
    let edge = now.saturating_sub(RETENTION);
    let read = checkpoint.caught_up_at.map_or(checkpoint.anchor, |read| read.max(checkpoint.anchor));
    (read.saturating_add(SHORTEST_GAP) < edge).then(|| Gap {
        from: read,
        to: edge,
        cause: "older than Okta keeps its log".to_owned(),
    })
}

/// The state after Okta rejected the cursor: read again from the watermark.
pub(crate) fn lose_cursor(checkpoint: &Checkpoint) -> Checkpoint {
    Checkpoint { version: checkpoint.version + 1, cursor: None, cursor_at: None, ..checkpoint.clone() }
}

/// The state after Okta refused a start as too far back (it refuses 180 days; it keeps 90): begin at the edge of what is kept,
/// and declare what was not read before that. `None` if the start was not too far back, so that something else was refused.
pub(crate) fn start_at_retention(
    checkpoint: &Checkpoint,
    since: Timestamp,
    now: Timestamp,
) -> Option<(Checkpoint, Option<Gap>)> {
    let edge = now.saturating_sub(RETENTION).saturating_add(EDGE_MARGIN);
    let next = Checkpoint {
        version: checkpoint.version + 1,
        cursor: None,
        cursor_at: None,
        start: checkpoint.start.max(edge),
        anchor: checkpoint.anchor.max(edge),
        ..checkpoint.clone()
    };
    (since < edge).then(|| (next, beyond_retention(checkpoint, now)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OVERLAP: Duration = Duration::from_secs(600);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn cursor(n: u32) -> Cursor {
        format!("/api/v1/logs?after={n}").parse().unwrap()
    }

    fn reading(cursor_at: Option<u32>) -> Checkpoint {
        Checkpoint {
            cursor: cursor_at.map(cursor),
            cursor_at: cursor_at.map(|_| at("2026-01-01T10:00:00Z")),
            anchor: at("2026-01-01T09:59:00Z"),
            ..Checkpoint::starting_at(at("2026-01-01T00:00:00Z"))
        }
    }

    fn page(items: usize, next: Option<u32>) -> PageFacts {
        PageFacts {
            items,
            limit: 10,
            next: next.map(cursor),
            date: Some(at("2026-01-01T10:01:00Z")),
            published: vec![at("2026-01-01T10:00:30Z"); items],
        }
    }

    #[test]
    fn p01_a_next_that_equals_the_cursor_is_the_live_end_for_now() {
        let step = advance(&reading(Some(1)), &page(10, Some(1)));
        assert!(step.at_end && !step.next_missing);
        assert_eq!(step.checkpoint.cursor, Some(cursor(1)));
    }

    #[test]
    fn p02_the_cursor_stays_on_an_empty_page_even_if_next_went_on() {
        let step = advance(&reading(Some(1)), &page(0, Some(2)));
        assert_eq!(step.checkpoint.cursor, Some(cursor(1)));
        assert!(step.at_end);
    }

    #[test]
    fn p03_a_page_without_next_is_reported_and_keeps_the_position() {
        let step = advance(&reading(Some(1)), &page(3, None));
        assert!(step.next_missing && step.wait);
        assert_eq!(step.checkpoint.cursor, Some(cursor(1)));
    }

    #[test]
    fn p07_a_short_page_paces_but_moves_the_cursor_like_any_other() {
        let step = advance(&reading(Some(1)), &page(4, Some(2)));
        assert!(step.at_end);
        assert_eq!(step.checkpoint.cursor, Some(cursor(2)));
        assert!(!advance(&reading(Some(1)), &page(10, Some(2))).wait);
    }

    #[test]
    fn t05_silence_moves_neither_the_watermark_nor_the_cursor() {
        let step = advance(&reading(Some(1)), &page(0, Some(1)));
        assert_eq!(step.checkpoint.anchor, reading(None).anchor);
        assert_eq!(step.checkpoint.caught_up_at, Some(at("2026-01-01T10:01:00Z")));
    }

    #[test]
    fn t10_the_watermark_never_moves_back() {
        let mut late = page(1, Some(2));
        late.published = vec![at("2026-01-01T08:00:00Z")];
        assert_eq!(advance(&reading(Some(1)), &late).checkpoint.anchor, reading(None).anchor);
    }

    #[test]
    fn xd05_a_published_in_oktas_future_does_not_move_the_watermark() {
        let mut forged = page(2, Some(2));
        forged.published = vec![at("9999-12-31T00:00:00Z"), at("2026-01-01T10:00:50Z")];
        let step = advance(&reading(Some(1)), &forged);
        assert_eq!(step.checkpoint.anchor, at("2026-01-01T10:00:50Z"));
    }

    #[test]
    fn a_page_without_a_date_does_not_move_the_watermark() {
        let undated = PageFacts { date: None, ..page(1, Some(2)) };
        assert_eq!(advance(&reading(Some(1)), &undated).checkpoint.anchor, reading(None).anchor);
    }

    #[test]
    fn t11_after_a_day_without_events_the_cursor_may_follow_an_empty_page() {
        let mut quiet = page(0, Some(2));
        quiet.date = Some(at("2026-01-02T10:00:01Z"));
        assert_eq!(advance(&reading(Some(1)), &quiet).checkpoint.cursor, Some(cursor(2)));
    }

    #[test]
    fn p10_a_lost_cursor_is_replaced_by_the_watermark_minus_the_overlap() {
        let lost = lose_cursor(&reading(Some(1)));
        assert_eq!(position(&lost, OVERLAP), LogPosition::Since(at("2026-01-01T09:49:00Z")));
        assert_eq!(lost.version, 1);
    }

    #[test]
    fn the_overlap_never_reaches_behind_the_start() {
        let fresh = Checkpoint::starting_at(at("2026-01-01T00:00:00Z"));
        assert_eq!(position(&fresh, OVERLAP), LogPosition::Since(fresh.start));
    }

    #[test]
    fn p03_a_full_page_without_next_is_not_the_end_of_the_log() {
        let step = advance(&reading(Some(1)), &page(10, None));
        assert!(step.wait && !step.at_end);
        assert_eq!(step.checkpoint.caught_up_at, None);
    }

    #[test]
    fn an_operator_may_move_the_anchor_back_to_before_the_start() {
        let mut moved = reading(None);
        moved.anchor = at("2025-12-20T00:00:00Z");
        assert_eq!(position(&moved, OVERLAP), LogPosition::Since(moved.anchor));
    }

    #[test]
    fn p11_a_start_beyond_retention_is_clamped_and_the_gap_declared_once() {
        let old = Checkpoint::starting_at(at("2025-01-01T00:00:00Z"));
        let now = at("2026-01-01T00:00:00Z");
        let (next, gap) = start_at_retention(&old, old.start, now).unwrap();
        let gap = gap.unwrap();
        assert_eq!((gap.from, gap.to), (old.start, at("2025-10-03T00:00:00Z")));
        assert_eq!(position(&next, OVERLAP), LogPosition::Since(next.start));
        let later = PageFacts { date: Some(at("2026-01-01T00:00:05Z")), ..page(10, Some(1)) };
        assert_eq!(advance(&next, &later).gap, None, "a page a few seconds later declares no second gap");
    }

    #[test]
    fn a_refusal_of_a_start_that_is_not_too_far_back_is_about_something_else() {
        let now = at("2026-01-01T12:00:00Z");
        let recent = reading(None);
        assert_eq!(start_at_retention(&recent, recent.anchor, now), None);
    }

    #[test]
    fn a06_what_okta_no_longer_keeps_is_declared_once_with_or_without_a_cursor() {
        for cursor_at in [None, Some(1)] {
            let mut old = reading(cursor_at);
            old.anchor = at("2025-09-01T00:00:00Z");
            old.start = old.anchor;
            let first = advance(&old, &page(10, Some(2)));
            let gap = first.gap.as_ref().unwrap();
            assert_eq!((gap.from, gap.to), (old.anchor, at("2025-10-03T10:01:00Z")));
            assert_eq!(advance(&first.checkpoint, &page(10, Some(3))).gap, None);
            old.caught_up_at = Some(at("2025-12-31T00:00:00Z"));
            assert_eq!(advance(&old, &page(10, Some(2))).gap, None, "a log read to yesterday has no gap");
        }
    }
}
