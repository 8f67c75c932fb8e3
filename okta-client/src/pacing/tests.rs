use super::*;

fn limit(limit: u32, remaining: u32, resets_in: u64) -> RateLimit {
    RateLimit {
        limit: Some(limit),
        remaining: Some(remaining),
        resets_in: Some(Duration::from_secs(resets_in)),
    }
}

/// A turn whose request has not left.
async fn turn(pacer: &Arc<Pacer>, bucket: &'static str) -> Turn {
    pacer.admit(bucket, Priority::Normal, None).await.expect("it has all the time")
}

async fn admitted(pacer: &Arc<Pacer>, bucket: &'static str) -> Turn {
    let mut turn = turn(pacer, bucket).await;
    turn.sent();
    turn
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
async fn a_turn_whose_request_did_not_leave_counts_as_no_request() {
    let pacer = Arc::new(Pacer::new(0.0, 1, None));
    admitted(&pacer, "b").await.answered(StatusCode::OK, &limit(10, 9, 30), None);
    let before = pacer.snapshots();
    drop(turn(&pacer, "b").await);
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
            Duration::from_secs(2) + lines::GRACE,
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
