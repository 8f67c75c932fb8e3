//! Whose turn it is, and how often somebody looks.

use http::StatusCode;

use super::*;
use crate::rate_limit::RateLimit;

const AT: Duration = Duration::from_secs(1);

fn lines(at_once: usize) -> Lines {
    Lines::new(0.0, at_once, None)
}

/// How many bells a change rings.
fn rung(lines: &mut Lines, now: Duration) -> usize {
    lines.call(now);
    lines.bells().len()
}

#[test]
fn the_oldest_that_may_go_and_comes_when_called_goes_first() {
    let mut lines = lines(1);
    let [(first, _), (second, _), (third, _)] =
        ["a", "b", "a"].map(|bucket| lines.join(bucket, Priority::Normal));
    assert_eq!(lines.look("a", third, AT), Admission::Until(AT + GRACE), "two came before");
    assert_eq!(lines.look("b", second, AT), Admission::Until(AT + GRACE));
    assert_eq!(lines.bells().len(), 1, "the first is called, and once");
    assert_eq!(lines.look("a", first, AT), Admission::Go);
    assert_eq!(lines.look("b", second, AT), Admission::Until(AT + WATCH), "one at once");
    assert_eq!(rung(&mut lines, AT), 0, "nobody can go");
    lines.counts("a").1.end(AT);
    assert_eq!(rung(&mut lines, AT), 1, "the answer to the first will say whether more of its bucket may go");
    // The second was called and does not come.
    let late = AT + GRACE;
    assert!(matches!(lines.look("a", third, late), Admission::Until(_)), "its bucket still asks");
    lines.counts("a").0.end(AT);
    lines.counts("a").0.lost();
    assert_eq!(lines.look("a", third, late), Admission::Go);
    lines.counts("a").1.end(late);
    assert_eq!(lines.look("b", second, late), Admission::Go, "now it came");
}

#[test]
fn who_is_more_urgent_goes_before_those_who_came_first() {
    let mut lines = lines(1);
    let order = [Priority::Backfill, Priority::Normal, Priority::Live];
    let [backfill, normal, live] = order.map(|priority| lines.join("a", priority).0);
    let (elsewhere, _) = lines.join("b", Priority::Normal);
    for (ticket, ahead) in [(backfill, 2), (normal, 1)] {
        assert_eq!(lines.look("a", ticket, AT), Admission::Until(AT + GRACE * ahead), "{ticket:?}");
    }
    assert_eq!(lines.look("b", elsewhere, AT), Admission::Until(AT + GRACE), "in any bucket");
    assert_eq!(lines.look("a", live, AT), Admission::Go);
}

#[test]
fn the_callers_own_cap_lets_the_most_urgent_go_whoever_looks_first() {
    for bucket in ["a", "b"] {
        let mut lines = Lines::new(0.0, 9, NonZeroU32::new(60));
        let (first, _) = lines.join("c", Priority::Normal);
        assert_eq!(lines.look("c", first, AT), Admission::Go);
        let (backfill, _) = lines.join(bucket, Priority::Backfill);
        let (live, _) = lines.join("a", Priority::Live);
        let next = AT * 2;
        let Admission::Until(again) = lines.look(bucket, backfill, AT) else { panic!("capped") };
        assert!(again >= next);
        assert_eq!(lines.look("a", live, AT), Admission::Until(next));
        // Both are there at the same time, and the wrong one looks first, again and again.
        for _ in 0..3 {
            assert!(matches!(lines.look(bucket, backfill, next), Admission::Until(_)), "{bucket}");
        }
        assert_eq!(lines.look("a", live, next), Admission::Go);
        assert_eq!(lines.wait(bucket, backfill, next), Duration::from_secs(1));
    }
}

#[test]
fn only_as_many_are_called_as_may_go_and_one_who_watches() {
    let mut lines = lines(3);
    for _ in 0..1_000 {
        lines.join("a", Priority::Normal);
        lines.join("b", Priority::Normal);
    }
    let told = RateLimit { limit: Some(5_000), remaining: Some(4_999), resets_in: Some(AT * 60) };
    for bucket in ["a", "b"] {
        lines.counts(bucket).0.learn(AT, &told, StatusCode::OK.is_success());
    }
    assert_eq!(rung(&mut lines, AT), 4);
    assert_eq!(rung(&mut lines, AT), 0, "they have been called");
    assert_eq!(rung(&mut lines, AT + GRACE), 4, "none of them came");
    assert_eq!(lines.snapshots(AT).iter().map(|bucket| bucket.waiting).sum::<usize>(), 2_000);
}
