//! The worker with a processor that is slow, hangs or meets a lost lease, on a clock that stands still until somebody waits.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use okta_client::Timestamp;
use okta_ingest::{Backoff, Clock, Delivery, Inbox, MemoryStore, Outcome, Worker, processor_fn};
use support::push;

/// The store's clock follows tokio's.
struct TokioClock(tokio::time::Instant);

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH.saturating_add(self.0.elapsed())
    }
}

fn store() -> MemoryStore {
    MemoryStore::with_clock(TokioClock(tokio::time::Instant::now()))
}

#[tokio::test(start_paused = true)]
async fn l08_an_event_that_takes_longer_than_its_lease_is_kept_by_heartbeats() {
    let store = store();
    store.put(push(&["e1"])).await.unwrap();
    let calls = Arc::new(AtomicU32::new(0));
    let counted = calls.clone();
    let slow = processor_fn(move |_: &Delivery| {
        counted.fetch_add(1, Ordering::SeqCst);
        Box::pin(async {
            tokio::time::sleep(Duration::from_secs(200)).await;
            Outcome::Done
        })
    });
    let mut worker = Worker::new(Arc::new(store.clone()), slow, "one").lease(Duration::from_secs(30));
    let other = async {
        tokio::time::sleep(Duration::from_secs(100)).await;
        assert!(support::lease(&store, Duration::from_secs(30)).await.is_empty());
    };
    let (found, ()) = tokio::join!(worker.drain_once(), other);
    assert_eq!(found.unwrap(), 1);
    assert_eq!((calls.load(Ordering::SeqCst), store.done().len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn xe04_an_event_that_hangs_its_processor_is_given_up_after_the_time_limit() {
    let store = store();
    store.put(push(&["hangs", "e1"])).await.unwrap();
    let processor = processor_fn(|delivery: &Delivery| {
        let hangs = delivery.uuid == "hangs";
        Box::pin(async move { if hangs { std::future::pending().await } else { Outcome::Done } })
    });
    let mut worker = Worker::new(Arc::new(store.clone()), processor, "one")
        .time_limit(Duration::from_secs(20))
        .max_attempts(2)
        .backoff(Backoff { first: Duration::from_secs(1), max: Duration::from_secs(1) });
    while store.health().await.unwrap().dead == 0 {
        worker.drain_once().await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(store.done().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn xe02_work_on_a_lost_lease_is_cancelled() {
    let store = store();
    store.put(push(&["e1"])).await.unwrap();
    let finished = Arc::new(AtomicU32::new(0));
    let counted = finished.clone();
    let slow = processor_fn(move |_: &Delivery| {
        let counted = counted.clone();
        Box::pin(async move {
            tokio::time::sleep(Duration::from_secs(200)).await;
            counted.fetch_add(1, Ordering::SeqCst);
            Outcome::Done
        })
    });
    // Heartbeats come every 100 s, and the store lets go of the event before the first of them: as if this process had been
    // frozen in between.
    let mut worker = Worker::new(Arc::new(store.clone()), slow, "one").lease(Duration::from_secs(300));
    let thief = async {
        tokio::time::sleep(Duration::from_secs(50)).await;
        let held = okta_ingest::Receipt { id: 0, fence: 1 };
        assert!(store.extend(vec![held], Duration::ZERO).await.unwrap().is_empty());
        assert_eq!(support::lease(&store, Duration::from_secs(1000)).await.len(), 1);
    };
    let (found, ()) = tokio::join!(worker.drain_once(), thief);
    assert_eq!(found.unwrap(), 1);
    assert_eq!(finished.load(Ordering::SeqCst), 0);
    assert_eq!(worker.totals()().stale, 1);
}

#[tokio::test(start_paused = true)]
async fn events_of_a_batch_may_be_processed_at_the_same_time() {
    let store = store();
    store.put(push(&["e1", "e2", "e3", "e4"])).await.unwrap();
    let second = processor_fn(|_: &Delivery| {
        Box::pin(async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Outcome::Done
        })
    });
    let mut worker = Worker::new(Arc::new(store.clone()), second, "one").concurrency(4);
    let started = tokio::time::Instant::now();
    worker.drain_once().await.unwrap();
    assert_eq!(started.elapsed(), Duration::from_secs(1));
}
