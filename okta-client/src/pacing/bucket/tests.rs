use super::*;

const SECOND: Duration = Duration::from_secs(1);
const ALONE: Ask = Ask { reserve: 0.1, priority: Priority::Normal, ahead: 0, backlog: 1 };

fn limit(limit: u32, remaining: u32, resets_in: u64) -> RateLimit {
    RateLimit {
        limit: Some(limit),
        remaining: Some(remaining),
        resets_in: Some(Duration::from_secs(resets_in)),
    }
}

fn many(backlog: usize) -> Ask {
    Ask { backlog, ..ALONE }
}

/// A bucket whose window was opened by an answer that came after a second.
fn opened(limit_: u32, remaining: u32) -> Bucket {
    let mut bucket = Bucket::default();
    bucket.begin(SECOND, Priority::Normal);
    answer(&mut bucket, SECOND, &limit(limit_, remaining, 60));
    bucket
}

/// To a request that was sent at the same time.
fn answer(bucket: &mut Bucket, now: Duration, told: &RateLimit) {
    bucket.end(now);
    bucket.learn(now, told, true);
}

fn behind(ahead: usize) -> Ask {
    Ask { ahead, backlog: ahead + 1, ..ALONE }
}

const END: Duration = Duration::from_millis(61_050);

#[test]
fn one_request_asks_before_the_rest_go() {
    let mut bucket = Bucket::default();
    assert_eq!(bucket.admit(SECOND, behind(1)), Admission::Until(SECOND), "the first of two");
    assert_eq!(bucket.admit(SECOND, ALONE), Admission::Go);
    bucket.begin(SECOND, Priority::Normal);
    assert_eq!(bucket.admit(SECOND, ALONE), Admission::Until(SECOND + SOON));
    answer(&mut bucket, SECOND, &limit(10, 9, 60));
    for _ in 0..8 {
        assert_eq!(bucket.admit(SECOND, ALONE), Admission::Go);
        bucket.begin(SECOND, Priority::Normal);
    }
    assert_eq!(bucket.admit(SECOND, ALONE), Admission::Until(END), "r04: the reserve is left to others");
    for remaining in (1..9).rev() {
        answer(&mut bucket, SECOND, &limit(10, remaining, 60));
    }
    assert_eq!(bucket.admit(END, ALONE), Admission::Go, "the window has ended");
    bucket.begin(END, Priority::Normal);
    assert_eq!(bucket.admit(END, ALONE), Admission::Until(END + SOON), "one request opens the next");
}

#[test]
fn a_request_that_was_sent_in_the_window_before_does_not_ask_for_the_next() {
    let mut bucket = opened(10, 9);
    bucket.begin(SECOND * 60, Priority::Normal);
    assert_eq!(bucket.admit(END, ALONE), Admission::Go, "it may be slow");
    bucket.begin(END, Priority::Normal);
    // Nor is the one that does ask waited for any longer than an answer usually takes.
    assert_eq!(bucket.admit(END + SECOND, ALONE), Admission::Until(END + SOON));
    assert_eq!(bucket.admit(END + SOON, ALONE), Admission::Go);
    bucket.begin(END + SOON, Priority::Normal);
    assert_eq!(bucket.admit(END + SOON, ALONE), Admission::Until(END + SOON * 2), "one more at a time");
}

#[test]
fn requests_that_nobody_reads_the_answers_of_do_not_use_up_the_windows_behind_theirs() {
    let mut bucket = opened(10, 9);
    for _ in 0..8 {
        bucket.begin(SECOND * 10, Priority::Normal);
    }
    assert_eq!(bucket.admit(SECOND * 20, ALONE), Admission::Until(END), "they may not be counted yet");
    bucket.begin(END, Priority::Normal);
    answer(&mut bucket, END, &limit(10, 9, 60));
    assert_eq!(bucket.admit(END, many(8)), Admission::Go, "by now they are");
}

#[test]
fn those_who_fit_go_at_once_and_more_are_spread_over_the_window() {
    let mut bucket = opened(10, 9);
    for _ in 0..8 {
        assert_eq!(bucket.admit(SECOND, many(8)), Admission::Go);
    }
    let mut at = SECOND;
    for _ in 0..8 {
        let Admission::Until(next) = bucket.admit(at, many(100)) else { panic!("spread") };
        assert!((next - at).abs_diff(SECOND * 60 / 9) < SECOND, "{at:?} {next:?}");
        at = next;
        assert_eq!(bucket.admit(at, many(100)), Admission::Go);
        bucket.begin(at, Priority::Normal);
    }
    assert!(at < END && bucket.admit(at, many(100)) == Admission::Until(END));
}

#[test]
fn a_live_request_is_not_spread_and_a_backfill_leaves_it_a_fifth() {
    let live = Ask { priority: Priority::Live, ..many(100) };
    let backfill = Ask { priority: Priority::Backfill, ..ALONE };
    let mut bucket = opened(10, 3);
    assert_eq!(bucket.admit(SECOND, live), Admission::Go);
    assert_eq!(bucket.admit(SECOND, backfill), Admission::Go, "nobody needs it");
    bucket.begin(SECOND, Priority::Live);
    answer(&mut bucket, SECOND, &limit(10, 2, 60));
    assert_eq!(bucket.admit(SECOND, live), Admission::Go);
    assert_eq!(bucket.admit(SECOND, backfill), Admission::Until(END), "r07");
    assert_eq!(bucket.admit(SECOND * 200, backfill), Admission::Go);
}

#[test]
fn what_others_take_is_kept_for_them_as_long_as_the_window_lasts() {
    let mut bucket = opened(100, 99);
    // One of ours a second, and one of somebody else's.
    for second in 2..=20 {
        bucket.begin(SECOND * second, Priority::Normal);
        let left = 100 - 2 * second;
        answer(&mut bucket, SECOND * second, &limit(100, left, u64::from(61 - second)));
    }
    let seen = bucket.snapshot("b", 0, SECOND * 20);
    assert_eq!((seen.remaining, seen.others), (Some(60), 20));
    // 60 left, 44 for them until the end, 10 in reserve.
    assert_eq!(bucket.admit(SECOND * 20, many(6)), Admission::Go);
    assert!(matches!(bucket.admit(SECOND * 20, many(7)), Admission::Until(_)));
    bucket.begin(SECOND * 60, Priority::Normal);
    answer(&mut bucket, SECOND * 60, &limit(100, 59, 1));
    assert_eq!(bucket.admit(SECOND * 60, many(48)), Admission::Go, "they will not need it any more");
}

#[test]
fn a_bucket_without_headers_is_not_held_up() {
    let mut bucket = Bucket::default();
    bucket.begin(SECOND, Priority::Normal);
    answer(&mut bucket, SECOND, &RateLimit::default());
    bucket.begin(SECOND, Priority::Normal);
    assert_eq!(bucket.admit(SECOND, many(1000)), Admission::Go);
}

#[test]
fn a_used_up_bucket_is_waited_for_where_nobody_says_until_when() {
    let mut bucket = Bucket::default();
    bucket.begin(SECOND, Priority::Normal);
    answer(&mut bucket, SECOND, &RateLimit { resets_in: None, ..limit(10, 0, 0) });
    assert_eq!(bucket.admit(SECOND, ALONE), Admission::Until(END), "a proxy took the date away");
}

#[test]
fn an_error_without_headers_does_not_lift_the_limit() {
    let mut bucket = Bucket::default();
    let asking = |bucket: &Bucket, at| bucket.admit(at, ALONE) == Admission::Until(at + SOON);
    let error = |bucket: &mut Bucket, at| {
        bucket.end(at);
        bucket.learn(at, &RateLimit::default(), false);
    };
    bucket.begin(SECOND, Priority::Normal);
    error(&mut bucket, SECOND);
    bucket.begin(SECOND, Priority::Normal);
    assert!(asking(&bucket, SECOND), "the next one asks alone");
    answer(&mut bucket, SECOND, &limit(10, 2, 1));
    let later = SECOND * 5;
    bucket.begin(later, Priority::Normal);
    error(&mut bucket, later);
    bucket.begin(later, Priority::Normal);
    assert!(asking(&bucket, later), "and so when the window has ended");
    bucket.end(later);
    bucket.rate_limited(later, &RateLimit::default(), None);
    bucket.begin(SECOND * 7, Priority::Normal);
    assert!(asking(&bucket, SECOND * 7), "nor does a refusal");
}

#[test]
fn a_late_refusal_of_the_window_before_does_not_use_up_the_new_one() {
    let mut bucket = Bucket::default();
    bucket.learn(SECOND, &limit(10, 9, 60), true);
    bucket.rate_limited(SECOND, &limit(10, 0, 0), Some(SECOND));
    assert_eq!(bucket.snapshot("b", 0, SECOND).remaining, Some(9));
    assert_eq!(bucket.admit(SECOND * 2, ALONE), Admission::Go);
    bucket.rate_limited(SECOND * 2, &limit(10, 0, 58), Some(SECOND * 59));
    assert_eq!(bucket.snapshot("b", 0, SECOND * 2).remaining, Some(0), "its own window");
    bucket.rate_limited(SECOND * 3, &limit(10, 0, 100), Some(SECOND));
    assert_eq!(bucket.snapshot("b", 0, SECOND * 3).remaining, Some(0), "a later one");
}

#[test]
fn a_request_without_an_answer_is_counted_as_one() {
    let mut bucket = Bucket::default();
    for _ in 0..2 {
        bucket.begin(SECOND, Priority::Normal);
    }
    answer(&mut bucket, SECOND, &limit(10, 9, 60));
    bucket.end(SECOND);
    bucket.lost();
    assert_eq!(bucket.snapshot("b", 0, SECOND).remaining, Some(8));
}

#[test]
fn a_429_pauses_the_bucket_and_a_concurrency_429_does_not() {
    let mut bucket = Bucket::default();
    bucket.begin(SECOND, Priority::Normal);
    bucket.end(SECOND);
    bucket.rate_limited(SECOND, &limit(10, 0, 20), Some(SECOND * 21));
    assert_eq!(bucket.admit(SECOND * 2, ALONE), Admission::Until(SECOND * 22));
    assert_eq!(bucket.admit(SECOND * 23, ALONE), Admission::Go);

    let mut bucket = opened(10, 9);
    bucket.begin(SECOND, Priority::Normal);
    bucket.end(SECOND);
    bucket.concurrency_limited();
    assert_eq!(bucket.snapshot("b", 0, SECOND).remaining, Some(9));
    assert_eq!(bucket.admit(SECOND, ALONE), Admission::Go);
}

#[test]
fn a_tiny_limit_still_lets_one_request_through() {
    let bucket = opened(1, 1);
    assert_eq!(bucket.admit(SECOND, Ask { reserve: 0.9, ..ALONE }), Admission::Go);
}

#[test]
fn how_long_a_request_would_wait_is_known_beforehand() {
    let asked = |bucket: &Bucket, ahead| bucket.wait(SECOND, behind(ahead)).as_secs_f64().round();
    let bucket = Bucket::default();
    assert_eq!(asked(&bucket, 5), 0.0, "unknown");
    let bucket = opened(10, 9);
    assert_eq!(asked(&bucket, 7), 0.0, "all eight go at once");
    assert_eq!(asked(&bucket, 8), 60.0, "in the next window");
    assert_eq!(asked(&bucket, 17), 120.0);
    let waits = Ask { ahead: 3, backlog: 100, ..ALONE };
    assert_eq!(bucket.wait(SECOND, waits).as_secs(), 26, "the fourth of eight spread over a minute");
    let mut bucket = opened(10, 9);
    bucket.rate_limited(SECOND, &RateLimit::default(), Some(SECOND * 100));
    assert_eq!(asked(&bucket, 0), 100.0);
}

proptest::proptest! {
    /// Whatever answers come: what was admitted is within the limit, and there is always a moment at which one more may go.
    #[test]
    fn xb04_no_headers_hold_a_bucket_up_for_ever(
        answers in proptest::collection::vec(
            (0..200_u64, 0..u32::MAX, 0..u32::MAX, 0..5_000_u64, 0..4_u8), 0..30),
        backlog in 1..1_000_usize,
    ) {
        let mut bucket = Bucket::default();
        let mut now = Duration::ZERO;
        for (pause, limit_, remaining, resets_in, kind) in answers {
            now += Duration::from_secs(pause);
            bucket.begin(now, Priority::Normal);
            // One in four is never read.
            if pause % 4 > 0 {
                bucket.end(now);
            }
            let told = limit(limit_, remaining, resets_in);
            match kind {
                0 => bucket.rate_limited(now, &told, Some(Duration::from_secs(resets_in))),
                1 => bucket.lost(),
                2 => bucket.concurrency_limited(),
                _ => bucket.learn(now, &told, true),
            }
        }
        // After the longest pause and the longest window nothing holds it up.
        let later = now + MAX_WAIT + LONGEST;
        proptest::prop_assert_eq!(bucket.admit(later, many(backlog)), Admission::Go);
        let wait = bucket.wait(now, ALONE);
        proptest::prop_assert!(wait <= MAX_WAIT, "{:?}", wait);
    }
}
