//! Every event once, in whatever order and however late it is written.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use okta_client::{Client, Timestamp, transport};
use okta_ingest::{Channel, ManualClock, MemoryStore, Tail, TailStore};
use okta_mock::NewEvent;

use crate::{client_of, key, org_with, run, start, stored, support, tail_of, truth};
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
