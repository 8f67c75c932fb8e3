use super::*;

fn limit(limit: u32, remaining: u32, resets_in: u64) -> RateLimit {
    RateLimit {
        limit: Some(limit),
        remaining: Some(remaining),
        resets_in: Some(Duration::from_secs(resets_in)),
    }
}

async fn admitted(pacer: &Arc<Pacer>, bucket: &'static str) -> Turn {
    pacer.admit(bucket, Priority::Normal, None).await.expect("it has all the time")
}

#[tokio::test(start_paused = true)]
async fn an_exhausted_bucket_waits_for_its_reset_and_is_seen_waiting() {
    let pacer = Arc::new(Pacer::new(0.0, 10, None));
    let mut turn = admitted(&pacer, "b").await;
    turn.answered(StatusCode::OK, &limit(10, 0, 30), None);
    drop(turn);
    let begun = Instant::now();
    let waiting = tokio::spawn({
        let pacer = Arc::clone(&pacer);
        async move { drop(admitted(&pacer, "b").await) }
    });
    tokio::task::yield_now().await;
    assert_eq!(pacer.snapshots()[0].waiting, 1);
    drop(admitted(&pacer, "another bucket").await);
    waiting.await.expect("no panic");
    assert_eq!(begun.elapsed(), Duration::from_millis(31_050));
    assert_eq!(pacer.snapshots()[1].waiting, 0);
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_was_given_back_unused_counts_as_no_request() {
    let pacer = Arc::new(Pacer::new(0.0, 1, None));
    admitted(&pacer, "b").await.answered(StatusCode::OK, &limit(10, 9, 30), None);
    let before = pacer.snapshots();
    admitted(&pacer, "b").await.unused();
    assert_eq!(pacer.snapshots(), before);
    drop(admitted(&pacer, "b").await);
    assert_eq!((pacer.snapshots()[0].requests, pacer.snapshots()[0].remaining), (2, Some(8)), "lost");
}

#[tokio::test(start_paused = true)]
async fn the_callers_own_cap_spreads_requests_evenly() {
    let pacer = Arc::new(Pacer::new(0.0, 10, NonZeroU32::new(60)));
    let begun = Instant::now();
    for _ in 0..11 {
        drop(admitted(&pacer, "b").await);
    }
    assert_eq!(begun.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn requests_at_once_are_capped_and_a_dropped_turn_is_given_back() {
    let pacer = Arc::new(Pacer::new(0.0, 1, None));
    let first = admitted(&pacer, "a").await;
    assert!(tokio::time::timeout(Duration::from_secs(1), admitted(&pacer, "b")).await.is_err());
    drop(first);
    drop(admitted(&pacer, "b").await);
}

/// Spawns a call that notes its name when its turn comes, and keeps the turn for a second.
fn call(
    pacer: &Arc<Pacer>,
    bucket: &'static str,
    name: &'static str,
    order: &Order,
) -> tokio::task::JoinHandle<()> {
    let (pacer, order) = (Arc::clone(pacer), Arc::clone(order));
    tokio::spawn(async move {
        let mut turn = admitted(&pacer, bucket).await;
        order.lock().expect("no panic").push((name, pacer.now().as_secs()));
        tokio::time::sleep(Duration::from_secs(1)).await;
        turn.answered(StatusCode::OK, &RateLimit::default(), None);
    })
}

type Order = Arc<Mutex<Vec<(&'static str, u64)>>>;

/// Who had a turn and in which second, when all are done.
async fn order_of(
    calls: impl IntoIterator<Item = tokio::task::JoinHandle<()>>,
    order: &Order,
) -> Vec<(&'static str, u64)> {
    for call in calls {
        call.await.expect("no panic");
    }
    order.lock().expect("no panic").clone()
}

#[tokio::test(start_paused = true)]
async fn a_call_that_comes_again_and_again_does_not_overtake_those_that_wait() {
    let pacer = Arc::new(Pacer::new(0.0, 1, None));
    let order = Arc::default();
    let mut greedy = admitted(&pacer, "a").await;
    let waiting = [call(&pacer, "b", "first", &order), call(&pacer, "a", "second", &order)];
    tokio::task::yield_now().await;
    for _ in 0..3 {
        // No await between the end of one turn and the wish for the next.
        greedy.answered(StatusCode::OK, &RateLimit::default(), None);
        drop(greedy);
        greedy = admitted(&pacer, "a").await;
        order.lock().expect("no panic").push(("greedy", pacer.now().as_secs()));
    }
    drop(greedy);
    let turns = order_of(waiting, &order).await;
    let names: Vec<_> = turns.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["first", "second", "greedy", "greedy", "greedy"]);
}

#[tokio::test(start_paused = true)]
async fn a_line_whose_bucket_is_used_up_holds_up_no_other() {
    let pacer = Arc::new(Pacer::new(0.0, 1, None));
    admitted(&pacer, "a").await.answered(StatusCode::OK, &limit(10, 0, 30), None);
    let order = Arc::default();
    let waiting = [call(&pacer, "a", "early", &order), call(&pacer, "b", "late", &order)];
    let turns = order_of(waiting, &order).await;
    assert_eq!(turns, [("late", 0), ("early", 31)]);
}

#[tokio::test(start_paused = true)]
async fn who_leaves_the_line_holds_up_nobody_behind() {
    let pacer = Arc::new(Pacer::new(0.0, 1, None));
    let order = Arc::default();
    let turn = admitted(&pacer, "a").await;
    let first = call(&pacer, "a", "first", &order);
    let others = [call(&pacer, "a", "second", &order), call(&pacer, "b", "third", &order)];
    tokio::task::yield_now().await;
    drop(turn);
    // Its bell has been rung, and it does not come.
    first.abort();
    let turns = order_of(others, &order).await;
    assert_eq!(turns, [("second", 0), ("third", 1)]);
    assert!(pacer.snapshots().iter().all(|bucket| bucket.waiting == 0));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_nobody_polls_holds_up_no_other() {
    for bucket in ["a", "b"] {
        let pacer = Arc::new(Pacer::new(0.0, 1, None));
        let turn = admitted(&pacer, "a").await;
        let mut asleep = Box::pin(admitted(&pacer, "a"));
        assert!(futures::poll!(&mut asleep).is_pending());
        let begun = Instant::now();
        let order = Arc::default();
        let waiting = [call(&pacer, bucket, "first", &order), call(&pacer, "c", "second", &order)];
        tokio::task::yield_now().await;
        drop(turn);
        order_of(waiting, &order).await;
        assert_eq!(
            begun.elapsed(),
            Duration::from_secs(2) + lane::GRACE,
            "it is waited for once, and not for long"
        );
        drop(asleep.await);
    }
}

#[tokio::test(start_paused = true)]
async fn who_had_to_wait_for_a_slot_still_learns_when_its_window_ends() {
    let pacer = Arc::new(Pacer::new(0.0, 1, None));
    let mut turn = admitted(&pacer, "a").await;
    let order = Arc::default();
    let waiting = call(&pacer, "a", "late", &order);
    tokio::task::yield_now().await;
    turn.answered(StatusCode::OK, &limit(10, 0, 30), None);
    drop(turn);
    assert_eq!(order_of([waiting], &order).await, [("late", 31)]);
}

#[tokio::test(start_paused = true)]
async fn the_callers_own_cap_is_kept_behind_a_window_that_opens_again() {
    let pacer = Arc::new(Pacer::new(0.0, 10, NonZeroU32::new(60)));
    admitted(&pacer, "b").await.answered(StatusCode::OK, &limit(10, 0, 30), None);
    let order = Arc::default();
    let calls: Vec<_> = (0..4).map(|_| call(&pacer, "b", "b", &order)).collect();
    let turns = order_of(calls, &order).await;
    let times: Vec<_> = turns.iter().map(|(_, second)| *second).collect();
    assert_eq!(times, [31, 32, 33, 34], "no burst of what was saved up while the bucket was empty");
}

#[tokio::test(start_paused = true)]
async fn an_error_without_headers_lets_those_who_wait_go_one_by_one() {
    let pacer = Arc::new(Pacer::new(0.0, 10, None));
    let mut turn = admitted(&pacer, "b").await;
    let order = Arc::default();
    let calls: Vec<_> = (0..3).map(|_| call(&pacer, "b", "b", &order)).collect();
    tokio::task::yield_now().await;
    turn.answered(StatusCode::BAD_GATEWAY, &RateLimit::default(), None);
    drop(turn);
    let turns = order_of(calls, &order).await;
    let times: Vec<_> = turns.iter().map(|(_, second)| *second).collect();
    // The second asks alone; its answer says that there is no limit.
    assert_eq!(times, [0, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_given_up_on_its_way_may_have_been_counted() {
    let pacer = Arc::new(Pacer::new(0.0, 10, None));
    admitted(&pacer, "b").await.answered(StatusCode::OK, &limit(10, 9, 60), None);
    let sending = tokio::spawn({
        let pacer = Arc::clone(&pacer);
        async move {
            let _turn = admitted(&pacer, "b").await;
            std::future::pending::<()>().await;
        }
    });
    tokio::task::yield_now().await;
    sending.abort();
    assert!(sending.await.is_err_and(|error| error.is_cancelled()));
    let bucket = &pacer.snapshots()[0];
    assert_eq!((bucket.remaining, bucket.requests, bucket.waiting), (Some(8), 2, 0));
    // One that only waited has used nothing up.
    let held: Vec<_> = futures::future::join_all((0..8).map(|_| admitted(&pacer, "b"))).await;
    assert!(tokio::time::timeout(Duration::from_secs(1), admitted(&pacer, "b")).await.is_err());
    assert_eq!(pacer.snapshots()[0].remaining, Some(8));
    drop(held);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_would_wait_too_long_fails_at_once_and_says_how_long() {
    let pacer = Arc::new(Pacer::new(0.0, 10, None));
    admitted(&pacer, "b").await.answered(StatusCode::OK, &limit(10, 0, 30), None);
    let begun = Instant::now();
    let within = |seconds| pacer.admit("b", Priority::Normal, Some(Duration::from_secs(seconds)));
    assert_eq!(within(20).await.err(), Some(Duration::from_millis(31_050)));
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert_eq!(pacer.snapshots()[0].waiting, 0);
    within(40).await.expect("31 s are less").answered(StatusCode::OK, &limit(10, 9, 60), None);
    // Nobody knows how long the requests under way will take.
    let pacer = Arc::new(Pacer::new(0.0, 1, None));
    let _under_way = admitted(&pacer, "a").await;
    let waited = pacer.admit("b", Priority::Normal, Some(Duration::from_secs(5))).await.err();
    assert_eq!(waited, Some(Duration::from_secs(5)));
    // The caller's own cap counts as well.
    let pacer = Arc::new(Pacer::new(0.0, 10, NonZeroU32::new(1)));
    drop(admitted(&pacer, "b").await);
    let refused = pacer.admit("b", Priority::Normal, Some(Duration::from_secs(30))).await.err();
    assert_eq!(refused, Some(Duration::from_secs(60)));
}

#[tokio::test(start_paused = true)]
async fn a_caller_does_not_wait_for_answers_that_only_itself_would_read() {
    use futures::StreamExt;
    let pacer = Arc::new(Pacer::new(0.0, 10, None));
    let get = |_| async {
        let mut turn = admitted(&pacer, "b").await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        turn.answered(StatusCode::OK, &limit(600, 500, 60), None);
    };
    get(0).await;
    let begun = Instant::now();
    let mut answers = futures::stream::iter(1..10).map(get).buffered(5).boxed_local();
    while answers.next().await.is_some() {
        // Nobody polls the four others until the window is over, and longer.
        tokio::time::sleep(Duration::from_secs(100)).await;
        let own = Instant::now();
        get(0).await;
        assert!(own.elapsed() < Duration::from_secs(1), "{:?}", own.elapsed());
    }
    assert_eq!(begun.elapsed().as_secs(), 9 * 100 + 2);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_holds_every_turn_itself_goes_on_after_two_minutes() {
    let pacer = Arc::new(Pacer::new(0.0, 2, None));
    // The first is an answer that nobody takes, and so the second may go.
    let _unread = [admitted(&pacer, "a").await, admitted(&pacer, "a").await];
    let begun = Instant::now();
    drop(admitted(&pacer, "b").await);
    assert_eq!(begun.elapsed().as_secs(), 118, "the first of them was sent two seconds before");
}

#[tokio::test(start_paused = true)]
async fn one_slow_request_does_not_hold_its_bucket_up_when_the_window_ends() {
    let pacer = Arc::new(Pacer::new(0.0, 10, None));
    admitted(&pacer, "b").await.answered(StatusCode::OK, &limit(10, 9, 30), None);
    tokio::time::sleep(Duration::from_secs(25)).await;
    let _slow = admitted(&pacer, "b").await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let begun = Instant::now();
    admitted(&pacer, "b").await.answered(StatusCode::OK, &limit(10, 8, 59), None);
    drop(futures::future::join_all((0..8).map(|_| admitted(&pacer, "b"))).await);
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn callers_of_a_server_that_hangs_do_not_wait_for_each_others_timeouts() {
    let pacer = Arc::new(Pacer::new(0.0, 35, None));
    let begun = Instant::now();
    let calls = (0..35).map(|_| async {
        let _lost = admitted(&pacer, "b").await;
        tokio::time::sleep(Duration::from_secs(60)).await;
    });
    futures::future::join_all(calls).await;
    assert_eq!(begun.elapsed().as_secs(), 34 * 2 + 60, "one more each two seconds");
}

/// How often so many calls of one bucket look before all have gone, and how long that takes.
async fn looks(calls: usize) -> (u64, u64) {
    let pacer = Arc::new(Pacer::new(0.0, 10, None));
    let begun = Instant::now();
    let used = Mutex::new((0, Duration::ZERO));
    let get = || async {
        let mut turn = admitted(&pacer, "b").await;
        let now = pacer.now();
        let (left, resets_in) = {
            let (used, window) = &mut *used.lock().expect("no panic");
            if now >= *window + Duration::from_secs(60) || *used == 0 {
                (*used, *window) = (0, now);
            }
            *used += 1;
            assert!(*used <= 300, "a 429 of our own making");
            (300 - *used, (*window + Duration::from_secs(60) - now).as_secs())
        };
        tokio::time::sleep(Duration::from_millis(150)).await;
        turn.answered(StatusCode::OK, &limit(300, left, resets_in), None);
    };
    futures::future::join_all((0..calls).map(|_| get())).await;
    let looks = pacer.lock().looks;
    (looks, begun.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn calls_that_wait_look_seldom_however_many_they_are() {
    let (few, brief) = looks(600).await;
    let (many, long) = looks(6_000).await;
    assert!(brief < 130 && (19 * 60..21 * 60).contains(&long), "{brief} s and {long} s");
    let each = |looks, calls| looks as f64 / f64::from(calls);
    let (few, many) = (each(few, 600), each(many, 6_000));
    // Each second only some of those in the line look: as many as its length has digits, so to say.
    assert!(few < 50.0 && many < 2.0 * few, "{few} and {many} looks a call");
}

#[tokio::test(start_paused = true)]
async fn an_absurd_wait_is_no_panic() {
    let pacer = Arc::new(Pacer::new(0.0, 1, None));
    admitted(&pacer, "b").await.answered(StatusCode::OK, &limit(10, 0, 30), None);
    for max_wait in [Duration::MAX, Duration::from_secs(u64::MAX / 2)] {
        let waiting = pacer.admit("b", Priority::Normal, Some(max_wait));
        waiting.await.expect("no bound").answered(StatusCode::OK, &limit(10, 0, 30), None);
    }
}

#[tokio::test(start_paused = true)]
async fn calls_that_are_known_to_come_spread_those_that_wait() {
    for (expected, seconds) in [(0, 0), (100, 6)] {
        let pacer = Arc::new(Pacer::new(0.0, 10, None));
        admitted(&pacer, "b").await.answered(StatusCode::OK, &limit(10, 9, 59), None);
        let mut coming = pacer.expect("b");
        coming.set(expected);
        let begun = Instant::now();
        drop(admitted(&pacer, "b").await);
        assert_eq!(begun.elapsed().as_secs(), seconds, "{expected}");
        drop(coming);
        drop(admitted(&pacer, "b").await);
        assert_eq!(begun.elapsed().as_secs(), seconds, "they do not come after all");
    }
}
