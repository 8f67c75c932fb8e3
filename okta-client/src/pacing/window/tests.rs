//! What answers teach about windows: told apart, bounded, and known by an end.

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn limit(limit: u32, remaining: u32, resets_in: u64) -> RateLimit {
    RateLimit {
        limit: Some(limit),
        remaining: Some(remaining),
        resets_in: Some(Duration::from_secs(resets_in)),
    }
}

fn of(answers: &[(u64, u32, u32, u64)]) -> Windows {
    let mut windows = Windows::default();
    for &(at, most, remaining, resets_in) in answers {
        assert!(windows.answered(Duration::from_millis(at), &limit(most, remaining, resets_in), 0));
    }
    windows
}

/// Limit, what is left and end of each that lasts.
fn open(windows: &Windows, now: Duration) -> Vec<(u32, u32, u128)> {
    windows.open(now).map(|known| (known.limit, known.remaining, known.ends.as_millis())).collect()
}

#[test]
fn a_window_ends_a_minute_behind_the_answer_that_opened_it_or_at_its_reset() {
    for (answers, end) in [
        // The reset would say 62 s.
        (vec![(200, 50, 49, 61)], 60_250),
        (vec![(200, 50, 49, 61), (10_300, 50, 48, 51)], 60_250),
        // Begun in the middle of a window: the best of what the headers said, not the last.
        (vec![(200, 50, 20, 30), (900, 50, 19, 30), (1_300, 50, 18, 28)], 30_350),
        (vec![(0, 50, 20, 4_000)], 60_050),
    ] {
        assert_eq!(of(&answers).end().as_millis(), end, "{answers:?}");
    }
}

#[test]
fn answers_that_overtake_each_other_do_not_raise_the_count() {
    let mut windows = of(&[(1_000, 10, 5, 60), (2_000, 10, 7, 59)]);
    assert_eq!(open(&windows, SECOND * 2), [(10, 5, 61_050)]);
    assert!(windows.answered(SECOND * 2, &limit(10, 10, 0), 0));
    assert_eq!(open(&windows, SECOND * 2), [(10, 5, 61_050)], "of the window before");
    assert!(windows.answered(SECOND * 62, &limit(10, 9, 60), 0));
    assert_eq!(open(&windows, SECOND * 62), [(10, 9, 122_050)]);
}

#[test]
fn a_straggler_of_a_window_that_has_ended_opens_no_other() {
    let mut windows = of(&[(200, 50, 49, 60), (59_900, 50, 3, 1)]);
    let late = Duration::from_millis(60_400);
    assert!(windows.answered(late, &limit(50, 3, 1), 0));
    assert_eq!(open(&windows, late), [], "the next request opens it");
    assert!(windows.answered(late, &limit(50, 49, 1), 0));
    assert_eq!(open(&windows, late), [(50, 49, 62_450)], "a short window");
}

#[test]
fn the_orgs_window_and_the_credentials_are_two_whichever_ends_first() {
    // Ours from 10 to 70, the org's from 0 to 60.
    let mut windows = of(&[(10_000, 300, 299, 60), (36_000, 300, 240, 34), (37_000, 600, 230, 23)]);
    let at = SECOND * 40;
    assert_eq!(
        open(&windows, at),
        [(300, 239, 70_050), (600, 230, 61_050)],
        "each answer is counted in both"
    );
    assert!(windows.answered(at, &limit(600, 200, 20), 0));
    assert_eq!(open(&windows, at), [(300, 238, 70_050), (600, 200, 61_050)]);
    assert_eq!(open(&windows, SECOND * 62), [(300, 238, 70_050)], "what is known of ours is not forgotten");
    // The org's next from 60 to 120, which reached ours from below.
    assert!(windows.answered(SECOND * 65, &limit(600, 230, 55), 0));
    assert_eq!(open(&windows, SECOND * 71), [(600, 230, 121_050)]);
    // With the same limit they are told apart by their ends.
    let windows = of(&[(10_000, 600, 599, 60), (37_000, 600, 230, 23)]);
    assert_eq!(open(&windows, at), [(600, 598, 70_050), (600, 230, 61_050)]);
}

#[test]
fn what_we_sent_while_nobody_told_of_the_orgs_window_is_not_taken_for_others() {
    let mut windows = of(&[(0, 600, 200, 20), (1_000, 300, 199, 60)]);
    for second in 22..=60 {
        windows.begin(SECOND * second);
    }
    // In the org's next window 39 are ours and 60 are not.
    assert!(windows.answered(SECOND * 61, &limit(600, 501, 20), 0));
    let org = windows.open(SECOND * 61).find(|known| known.limit == 600).expect("known");
    assert_eq!(org.others.taken(), 60);
}

#[test]
fn what_others_took_of_the_orgs_window_is_expected_of_them_in_its_next() {
    // In the org's window from 0 to 60 others took five a second: 300 of 600 were never ours to take.
    let mut windows = of(&[(0, 600, 599, 60), (1_000, 300, 298, 59)]);
    assert!(windows.answered(SECOND * 51, &limit(600, 347, 9), 0));
    assert!(windows.answered(SECOND * 62, &limit(300, 280, 60), 0));
    let left = |windows: &Windows, second: u32| -> Vec<_> {
        windows.left(SECOND * second).map(|left| (left.limit, left.remaining, left.others)).collect()
    };
    for second in 62..=72 {
        windows.begin(SECOND * second);
    }
    let [(600, remaining, others), (300, 280, _)] = left(&windows, 80)[..] else {
        panic!("{:?}", left(&windows, 80))
    };
    assert!((485..=492).contains(&remaining), "600, less 11 of ours and 100 of theirs: {remaining}");
    assert!((195..=206).contains(&others), "{others}");
    assert_eq!(left(&windows, 118).len(), 2);
    assert!(windows.answered(SECOND * 119, &limit(300, 270, 3), 0));
    assert_eq!(left(&windows, 121).len(), 1, "and forgotten when nobody told of it again");
}

#[test]
fn a_limit_that_changes_in_the_middle_of_a_window_is_learned_and_the_oldest_is_forgotten() {
    let mut windows = of(&[(0, 600, 400, 60), (100, 300, 290, 60)]);
    assert_eq!(windows.limit(SECOND), Some(300));
    assert!(windows.answered(SECOND, &limit(200, 180, 59), 0));
    assert_eq!(open(&windows, SECOND), [(300, 289, 60_150), (200, 180, 61_050)]);
}

#[test]
fn numbers_count_where_their_reset_or_one_of_them_is_missing() {
    for (told, expected) in [
        (RateLimit { resets_in: None, ..limit(10, 3, 0) }, (10, 3)),
        (RateLimit { resets_in: None, limit: None, ..limit(10, 3, 0) }, (4, 3)),
        (RateLimit { resets_in: None, remaining: None, ..limit(10, 3, 0) }, (10, 9)),
    ] {
        let mut windows = Windows::default();
        assert!(windows.answered(SECOND, &told, 0));
        assert_eq!(open(&windows, SECOND), [(expected.0, expected.1, 61_050)], "a whole window, to be sure");
        assert!(windows.answered(SECOND * 20, &told, 0));
        assert_eq!(windows.end().as_millis(), 61_050, "the window goes on");
        assert_eq!(windows.open(SECOND * 20).count(), 1, "{told:?}");
    }
    let mut windows = Windows::default();
    let reset = RateLimit { limit: None, remaining: None, ..limit(0, 0, 30) };
    assert!(!windows.answered(SECOND, &reset, 0), "a reset alone counts nothing");
}
