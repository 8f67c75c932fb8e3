//! The tail against okta-mock, in process, on a clock that stands still until somebody waits.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use okta_client::{Client, Timestamp, transport};
use okta_ingest::{
    Acquired, Batch, Channel, Checkpoint, Commit, Inbox, ManualClock, MemoryStore, Org, Role, Tail,
    TailCommit, TailError, TailKey, TailMonitor, TailStore, Waker, Worker,
};
use okta_mock::{Clock, NewEvent, OktaMock};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const START: &str = "2026-08-21T08:00:00Z";

fn start() -> Timestamp {
    START.parse().unwrap()
}

fn org_with(events: usize) -> OktaMock {
    let okta =
        OktaMock::builder().seed(7).users(50).groups(5).apps(3).clock(Clock::Tokio(start().as_millis()));
    okta.events(events).in_process()
}

fn client_of(okta: &OktaMock) -> Client {
    let service = okta.service();
    let transport = transport::from_fn(move |request| service.call(request));
    Client::builder(okta.url())
        .api_token(okta.api_token())
        .transport(transport)
        .jitter_seed(1)
        .build()
        .unwrap()
}

fn tail_of(okta: &OktaMock, store: &MemoryStore) -> Tail {
    let day_before = start().saturating_sub(Duration::from_secs(25 * 3600));
    Tail::new(client_of(okta), Arc::new(store.clone()), "one", day_before).jitter_seed(1)
}

/// A running tail: what it says, and how to stop it.
struct Running {
    monitor: TailMonitor,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), TailError>>,
}

fn run(tail: Tail) -> Running {
    let monitor = tail.monitor();
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(tail.run_until(stopped.map(drop)));
    Running { monitor, stop, task }
}

impl Running {
    /// Waits until the log was read to its end once more than now.
    async fn catch_up(&mut self) {
        let seen = self.monitor.status().times_caught_up;
        self.monitor.wait_for(|status| status.times_caught_up > seen).await.expect("the tail runs");
    }

    async fn stop(self) -> Result<(), TailError> {
        let _ = self.stop.send(());
        self.task.await.unwrap()
    }
}

/// The uuids in the store, in the order in which they were put.
async fn stored(store: &MemoryStore) -> Vec<String> {
    let worker = Worker::new(Arc::new(store.clone()), okta_ingest::AcceptAll, "reader");
    let mut worker = worker.batch(10_000);
    while worker.drain_once().await.unwrap() > 0 {}
    store.done().into_iter().map(|(uuid, _)| uuid).collect()
}

fn truth(okta: &OktaMock) -> Vec<String> {
    okta.log().iter().map(|record| record.uuid.to_string()).collect()
}

fn key(okta: &OktaMock) -> TailKey {
    TailKey::system_log(Org::of(&client_of(okta)))
}

#[tokio::test(start_paused = true)]
async fn p01_a_log_is_read_to_its_end_and_then_polled_without_spinning() {
    let (okta, store) = (org_with(2500), MemoryStore::new());
    let mut tail = run(tail_of(&okta, &store));
    tail.catch_up().await;
    assert_eq!(stored(&store).await, truth(&okta), "every event, in the order of the log");
    let pages = tail.monitor.status().pages;
    assert_eq!(pages, 3, "p12: a thousand events a page");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(tail.monitor.status().pages <= pages + 7, "p09: one request a tick of ten seconds");
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn t01_an_event_that_is_persisted_late_is_delivered() {
    let (okta, store) = (org_with(10), MemoryStore::new());
    let mut tail = run(tail_of(&okta, &store));
    tail.catch_up().await;
    let now = okta.clock().now_ms();
    let late = NewEvent::new("user.session.start").published_ms(now - 600_000).persisted_ms(now);
    let uuids = okta.append_log(vec![late]);
    tail.catch_up().await;
    assert_eq!(stored(&store).await.last(), uuids.first());
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn t08_three_thousand_events_of_one_millisecond_are_all_there_once() {
    let (okta, store) = (org_with(0), MemoryStore::new());
    let now = okta.clock().now_ms();
    let events = (0..3000).map(|_| NewEvent::new("user.session.start").published_ms(now).persisted_ms(now));
    okta.append_log(events.collect());
    let mut tail = run(tail_of(&okta, &store));
    tail.catch_up().await;
    assert_eq!(stored(&store).await, truth(&okta));
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn t11_after_days_of_silence_one_event_is_delivered() {
    let (okta, store) = (org_with(5), MemoryStore::new());
    let mut tail = run(tail_of(&okta, &store).poll_interval(Duration::from_secs(600)));
    tail.catch_up().await;
    tokio::time::sleep(Duration::from_secs(3 * 24 * 3600)).await;
    let uuids = okta.append_log(vec![NewEvent::new("user.session.start")]);
    tail.catch_up().await;
    tail.catch_up().await;
    assert_eq!(stored(&store).await.last(), uuids.first());
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn l09_l10_a_wake_up_is_followed_by_a_look_within_a_second_and_a_storm_by_one_a_second() {
    let (okta, store, waker) = (org_with(5), MemoryStore::new(), Waker::new());
    let mut tail = run(tail_of(&okta, &store).poll_interval(Duration::from_secs(3600)).waker(waker.clone()));
    tail.catch_up().await;
    let woken = tokio::time::Instant::now();
    waker.wake();
    tail.catch_up().await;
    assert!(woken.elapsed() <= Duration::from_secs(1), "{:?}", woken.elapsed());
    let pages = tail.monitor.status().pages;
    for _ in 0..1000 {
        waker.wake();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(tail.monitor.status().pages - pages <= 11, "ten seconds of wake-ups");
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn p10_a_rejected_cursor_costs_repeats_and_no_event() {
    let (okta, store) = (org_with(300), MemoryStore::new());
    let mut tail = run(tail_of(&okta, &store).page_limit(100));
    tail.catch_up().await;
    okta.faults().on("GET /api/v1/logs").nth(1).invalid_cursor();
    let uuids = okta.append_log(vec![NewEvent::new("user.session.start")]);
    tail.catch_up().await;
    tail.catch_up().await;
    let status = tail.monitor.status();
    assert_eq!(status.cursors_lost, 1);
    assert!(status.put.duplicates > 0, "the overlap was read again");
    assert_eq!(stored(&store).await, truth(&okta));
    assert!(stored(&store).await.contains(&uuids[0]));
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn p03_a_page_without_next_keeps_the_position_and_is_reported() {
    let (okta, store) = (org_with(250), MemoryStore::new());
    okta.faults().on("GET /api/v1/logs").nth(2).drop_next();
    let mut tail = run(tail_of(&okta, &store).page_limit(100));
    while stored(&store).await.len() < 250 {
        tail.catch_up().await;
    }
    assert_eq!(tail.monitor.status().protocol_alarms, 1);
    assert_eq!(stored(&store).await, truth(&okta));
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn p15_p16_r08_r10_bad_answers_are_waited_out_with_the_position_untouched() {
    let (okta, store) = (org_with(20), MemoryStore::new());
    let mut tail = run(tail_of(&okta, &store).page_limit(10));
    tail.catch_up().await;
    let misbehave: [fn(okta_mock::Fault) -> u64; 6] = [
        |fault| fault.truncate_body(50),
        |fault| fault.respond_with(200, "text/html", "<html>captive portal</html>"),
        |fault| fault.respond(503),
        |fault| fault.respond_429(),
        |fault| fault.respond_concurrency_429(),
        |fault| fault.respond_error("E0000009"),
    ];
    for (kind, misbehave) in misbehave.into_iter().enumerate() {
        let errors = tail.monitor.status().errors;
        okta.append_log(vec![NewEvent::new("user.session.start")]);
        // More often than the client itself tries again, so that the tail's own patience is what is tested.
        misbehave(okta.faults().on("GET /api/v1/logs").times(8));
        tail.catch_up().await;
        assert!(tail.monitor.status().errors > errors, "{kind}");
        assert_eq!(stored(&store).await, truth(&okta), "{kind}");
    }
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn p14_a_page_that_is_too_much_for_okta_is_asked_for_in_smaller_ones() {
    let (okta, store) = (org_with(500), MemoryStore::new());
    // What Okta's 30-second limit does to a query: it fails again and again until fewer events are asked for.
    let service = okta.service();
    let client = Client::builder(okta.url()).api_token(okta.api_token());
    let client = client.transport(transport::from_fn(move |request: http::Request<Bytes>| {
        let limit =
            request.uri().query().unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("limit="));
        let too_much = limit.is_some_and(|limit| limit.parse::<u32>().unwrap() > 200);
        let answer = service.call(request);
        async move {
            let mut answer = answer.await;
            if too_much {
                *answer.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
                *answer.body_mut() = Bytes::from_static(br#"{"errorCode":"E0000009","errorSummary":"no"}"#);
            }
            answer
        }
    }));
    let client = client.jitter_seed(1).build().unwrap();
    let day_before = start().saturating_sub(Duration::from_secs(25 * 3600));
    let mut tail = run(Tail::new(client, Arc::new(store.clone()), "one", day_before).jitter_seed(1));
    tail.catch_up().await;
    assert_eq!(stored(&store).await, truth(&okta));
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a03_a_403_pauses_the_tail_and_it_goes_on_when_the_permission_is_back() {
    let (okta, store) = (org_with(20), MemoryStore::new());
    okta.faults().on("GET /api/v1/logs").times(3).respond_error("E0000006");
    let mut tail = run(tail_of(&okta, &store));
    tail.catch_up().await;
    assert_eq!(tail.monitor.status().errors, 3);
    assert_eq!(stored(&store).await, truth(&okta));
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a06_a_tail_that_slept_past_retention_with_a_good_cursor_declares_the_gap() {
    let (okta, store) = (org_with(20), MemoryStore::new());
    let mut tail = run(tail_of(&okta, &store));
    tail.catch_up().await;
    tail.stop().await.unwrap();
    let slept_from = store.checkpoint(&key(&okta)).await.unwrap().unwrap().caught_up_at.unwrap();
    for _ in 0..5 {
        // Somebody else uses the token meanwhile, or it would expire after 30 days.
        tokio::time::sleep(Duration::from_secs(20 * 24 * 3600)).await;
        client_of(&okta).users().get("me").await.unwrap();
    }
    okta.append_log(vec![NewEvent::new("user.session.start")]);
    let mut tail = run(tail_of(&okta, &store));
    tail.catch_up().await;
    let gaps = store.gaps(&key(&okta)).await.unwrap();
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert_eq!(gaps[0].from, slept_from);
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn r08_half_an_hour_of_429_ends_without_loss() {
    let (okta, store) = (org_with(50), MemoryStore::new());
    let mut tail = run(tail_of(&okta, &store));
    tail.catch_up().await;
    okta.faults().on("GET /api/v1/logs").respond_429();
    okta.append_log(vec![NewEvent::new("user.session.start")]);
    let asked = okta.requests().len();
    tokio::time::sleep(Duration::from_secs(1800)).await;
    assert!(okta.requests().len() - asked < 200, "no busy loop: {}", okta.requests().len() - asked);
    okta.faults().clear();
    tail.catch_up().await;
    assert_eq!(stored(&store).await, truth(&okta));
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a01_a_dead_token_ends_the_tail_with_its_position_kept() {
    let (okta, store) = (org_with(100), MemoryStore::new());
    let mut tail = run(tail_of(&okta, &store));
    tail.catch_up().await;
    tail.stop().await.unwrap();
    let service = okta.service();
    let client = Client::builder(okta.url())
        .api_token("00not-the-token-of-this-org")
        .transport(transport::from_fn(move |request| service.call(request)))
        .build()
        .unwrap();
    let refused = Tail::new(client, Arc::new(store.clone()), "one", start());
    let error = refused.run_until(std::future::pending()).await.unwrap_err();
    let TailError::Refused(cause) = &error else { panic!("{error:?}") };
    assert!(cause.is_unauthorized());
    assert!(!format!("{error:?}{error}").contains("00not"));
    let kept = store.checkpoint(&key(&okta)).await.unwrap().unwrap();
    assert!(kept.cursor.is_some());
}

#[tokio::test(start_paused = true)]
async fn p11_a_start_before_oktas_retention_is_clamped_and_the_gap_declared() {
    let (okta, store) = (org_with(100), MemoryStore::new());
    let long_ago = start().saturating_sub(Duration::from_secs(200 * 24 * 3600));
    let mut tail = run(Tail::new(client_of(&okta), Arc::new(store.clone()), "one", long_ago));
    tail.catch_up().await;
    assert_eq!(stored(&store).await, truth(&okta));
    let gaps = store.gaps(&key(&okta)).await.unwrap();
    assert_eq!(gaps.len(), 1);
    assert_eq!(gaps[0].from, long_ago);
    assert_eq!(tail.monitor.status().gaps, gaps);
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn l01_a_second_instance_stands_by_and_takes_over_at_once_when_the_first_stops() {
    let (okta, store) = (org_with(100), MemoryStore::new());
    let mut first = run(tail_of(&okta, &store));
    first.catch_up().await;
    let other = Tail::new(client_of(&okta), Arc::new(store.clone()), "two", start());
    let mut second = run(other);
    let leader = Role::Standby { leader: Some("one".to_owned()) };
    second.monitor.wait_for(|status| status.role == leader).await.unwrap();
    first.stop().await.unwrap();
    let uuids = okta.append_log(vec![NewEvent::new("user.session.start")]);
    second.catch_up().await;
    assert_eq!(stored(&store).await.last(), uuids.first());
    assert_eq!(second.monitor.status().put.duplicates, 0, "it went on where the first had stopped");
    second.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn l02_a_leader_whose_lease_was_taken_steps_down() {
    let clock = ManualClock::starting_at(start());
    let (okta, store) = (org_with(10), MemoryStore::with_clock(clock.clone()));
    let mut first = run(tail_of(&okta, &store));
    first.catch_up().await;
    clock.advance(Duration::from_secs(3600));
    let taken = store.acquire(&key(&okta), "two", Duration::from_secs(250)).await.unwrap();
    assert!(matches!(taken, Acquired::Leading(..)));
    let leader = Role::Standby { leader: Some("two".to_owned()) };
    first.monitor.wait_for(|status| status.role == leader).await.unwrap();
    first.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn t06_the_position_never_comes_from_a_local_clock() {
    for skew in [-7200_i64, 7200] {
        let clock =
            ManualClock::starting_at(Timestamp::from_millis(start().as_millis() + skew * 1000).unwrap());
        let (okta, store) = (org_with(50), MemoryStore::with_clock(clock));
        let mut tail = run(tail_of(&okta, &store));
        tail.catch_up().await;
        let kept = store.checkpoint(&key(&okta)).await.unwrap().unwrap();
        assert!(kept.anchor <= start() && kept.caught_up_at.unwrap() <= start(), "{kept:?}");
        tail.stop().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn one_unreadable_event_on_a_page_is_quarantined_and_the_tail_goes_on() {
    let page = format!("[{},7,{}]", support::event("e1"), support::event("e2"));
    let answers = move |_| {
        let body = Bytes::from(page.clone());
        let next = r#"<https://example.okta.com/api/v1/logs?after=1_1>; rel="next""#;
        let answer =
            http::Response::builder().header("link", next).header("content-type", "application/json");
        async move { answer.header("date", "Fri, 21 Aug 2026 08:00:10 GMT").body(body).unwrap() }
    };
    let client = Client::builder("https://example.okta.com")
        .api_token("00a-token-of-the-tests")
        .transport(transport::from_fn(answers))
        .build()
        .unwrap();
    let store = MemoryStore::new();
    let mut tail = run(Tail::new(client, Arc::new(store.clone()), "one", start()));
    tail.catch_up().await;
    assert_eq!(store.quarantined()[0].1.raw(), "7".as_bytes());
    assert!(store.quarantined()[0].1.place().contains("[1]"));
    let channels: Vec<_> = {
        stored(&store).await;
        store.done()
    };
    assert_eq!(channels, [("e1".to_owned(), Channel::Poll), ("e2".to_owned(), Channel::Poll)]);
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn p10_whatever_code_a_refused_cursor_has_the_tail_recovers_and_a_refused_request_ends_it() {
    let (okta, store) = (org_with(30), MemoryStore::new());
    let mut tail = run(tail_of(&okta, &store));
    tail.catch_up().await;
    for (status, code) in [(400, "E0000001"), (404, "E0000007"), (410, "E0000029")] {
        let body = format!(
            r#"{{"errorCode":"{code}","errorSummary":"no","errorLink":"{code}","errorId":"x","errorCauses":[]}}"#
        );
        okta.faults().on("GET /api/v1/logs").nth(1).respond_with(status, "application/json", body);
        okta.append_log(vec![NewEvent::new("user.session.start")]);
        tail.catch_up().await;
        tail.catch_up().await;
        okta.faults().clear();
    }
    assert_eq!(tail.monitor.status().cursors_lost, 3);
    assert_eq!(stored(&store).await, truth(&okta));
    let body = r#"{"errorCode":"E0000001","errorSummary":"no","errorCauses":[]}"#;
    okta.faults().on("GET /api/v1/logs").respond_with(400, "application/json", body);
    let ended = tail.task.await.unwrap();
    assert!(matches!(ended, Err(TailError::Refused(_))), "{ended:?}");
}

/// The way many connectors read the log: bounded windows of `published`, each from the end of the last to now.
async fn bounded_windows(client: &Client, clock: &okta_mock::ClockHandle, steps: u32) -> Vec<String> {
    let (mut since, mut seen) = (start(), Vec::new());
    for _ in 0..steps {
        let until = Timestamp::from_millis(clock.now_ms()).unwrap();
        let window = client.logs().bounded(since, until).paginate().collect_all().await.unwrap();
        seen.extend(window.iter().map(|event| event.uuid.to_string()));
        since = until;
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    seen
}

#[tokio::test(start_paused = true)]
async fn t02_windows_of_published_miss_what_is_persisted_late_and_the_tail_does_not() {
    let (okta, store) = (org_with(0), MemoryStore::new());
    let windows = tokio::spawn({
        let (client, clock) = (client_of(&okta), okta.clock());
        async move { bounded_windows(&client, &clock, 5).await }
    });
    let mut tail = run(tail_of(&okta, &store));
    tokio::time::sleep(Duration::from_secs(90)).await;
    let now = okta.clock().now_ms();
    let late = NewEvent::new("user.session.start").published_ms(now - 45_000).persisted_ms(now);
    let punctual = NewEvent::new("user.session.start").published_ms(now).persisted_ms(now);
    let uuids = okta.append_log(vec![late, punctual]);
    let by_windows = windows.await.unwrap();
    assert!(
        !by_windows.contains(&uuids[0]) && by_windows.contains(&uuids[1]),
        "the way that is known to be wrong is"
    );
    tail.catch_up().await;
    assert_eq!(stored(&store).await, truth(&okta));
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn c06_a_checkpoint_from_an_old_backup_costs_repeats_and_applies_nothing_twice() {
    let (okta, store) = (org_with(200), MemoryStore::new());
    let mut tail = run(tail_of(&okta, &store));
    tail.catch_up().await;
    tail.stop().await.unwrap();
    let before = stored(&store).await;
    let backup = Checkpoint::starting_at(start().saturating_sub(Duration::from_secs(6 * 3600)));
    let Acquired::Leading(lease, Some(current)) =
        store.acquire(&key(&okta), "restore", Duration::from_secs(30)).await.unwrap()
    else {
        panic!("nobody leads")
    };
    let restored = Checkpoint { version: current.version + 1, ..backup };
    let batch = Batch::empty(lease.key.org.clone(), Channel::Poll);
    let commit = TailCommit { batch, page: None, gap: None, checkpoint: restored };
    assert!(matches!(store.commit(&lease, commit).await.unwrap(), Commit::Saved(_)));
    store.release(&lease).await.unwrap();
    let mut tail = run(tail_of(&okta, &store));
    tail.catch_up().await;
    assert!(tail.monitor.status().put.duplicates > 0);
    assert_eq!(stored(&store).await, before);
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn h15_l11_a_push_long_after_the_tail_has_read_its_event_changes_nothing() {
    let (okta, store) = (org_with(3), MemoryStore::new());
    let mut tail = run(tail_of(&okta, &store));
    tail.catch_up().await;
    let before = stored(&store).await;
    tokio::time::sleep(Duration::from_secs(20 * 3600)).await;
    let uuids: Vec<String> = before.clone();
    let late = store.put(support::push_from(&Org::of(&client_of(&okta)), &uuids)).await.unwrap();
    assert_eq!((late.inserted, late.duplicates), (0, 3));
    assert_eq!(stored(&store).await, before);
    tail.stop().await.unwrap();
}
