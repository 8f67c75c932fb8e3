//! What only the SQLite store does: files that cannot be used, effects in the settling transaction, two processes on one file.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use okta_ingest::sqlite::sqlx::{self, Row, SqliteConnection};
use okta_ingest::{
    AcceptAll, Backoff, BoxError, Delivery, Inbox, Outcome, Sink, SqliteStore, StoreError, Worker,
    processor_fn,
};

use support::push;

/// Writes one row an event, and refuses events whose uuid starts with `poison` as long as it is told to.
struct Rows(Arc<AtomicBool>);

impl Sink<SqliteConnection> for Rows {
    fn write<'a>(
        &'a self,
        connection: &'a mut SqliteConnection,
        events: &'a [&'a Delivery],
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            for event in events {
                sqlx::query("INSERT INTO rows VALUES (?1)")
                    .bind(&event.uuid)
                    .execute(&mut *connection)
                    .await?;
                if event.uuid.starts_with("poison") && self.0.load(Ordering::SeqCst) {
                    return Err("poison".into());
                }
            }
            Ok(())
        })
    }
}

async fn open_with_rows(path: &std::path::Path) -> (SqliteStore, Arc<AtomicBool>) {
    let poisonous = Arc::new(AtomicBool::new(true));
    let store = SqliteStore::options(path).sink(Rows(poisonous.clone())).open().await.unwrap();
    sqlx::query("CREATE TABLE IF NOT EXISTS rows (uuid TEXT)").execute(store.pool()).await.unwrap();
    (store, poisonous)
}

async fn rows(store: &SqliteStore) -> Vec<String> {
    let rows = sqlx::query("SELECT uuid FROM rows ORDER BY rowid").fetch_all(store.pool()).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

fn impatient(store: &SqliteStore) -> Worker {
    Worker::new(Arc::new(store.clone()), AcceptAll, "test")
        .max_attempts(2)
        .backoff(Backoff { first: Duration::from_millis(1), max: Duration::from_millis(1) })
}

async fn problem_of(path: &std::path::Path) -> String {
    match SqliteStore::open(path).await {
        Err(error @ StoreError::Open { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_path_that_cannot_be_used_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("no such folder").join("events.db");
    let problem = problem_of(&missing).await;
    assert!(
        problem.contains("no such folder") && problem.contains("check that its directory exists"),
        "{problem}"
    );
    let garbage = folder.path().join("garbage.db");
    std::fs::write(&garbage, "this is no database, and it is longer than a header is").unwrap();
    assert!(problem_of(&garbage).await.contains("garbage.db"));
}

#[tokio::test]
async fn xe10_a_file_of_a_newer_version_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.db");
    let store = SqliteStore::open(&path).await.unwrap();
    sqlx::query("UPDATE okta_schema SET version = 99").execute(store.pool()).await.unwrap();
    store.close().await;
    let problem = problem_of(&path).await;
    assert!(problem.contains("version 99") && problem.contains("newer program"), "{problem}");
}

#[tokio::test]
async fn xc18_a_database_that_would_not_be_durable_is_refused() {
    let problem = problem_of(std::path::Path::new(":memory:")).await;
    assert!(problem.contains("not be durable"), "{problem}");
}

#[tokio::test]
async fn the_users_own_version_of_the_file_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.db");
    for _ in 0..2 {
        let store = SqliteStore::open(&path).await.unwrap();
        sqlx::query("PRAGMA user_version = 7").execute(store.pool()).await.unwrap();
        store.close().await;
    }
    let store = SqliteStore::open(&path).await.unwrap();
    let row = sqlx::query("PRAGMA user_version").fetch_one(store.pool()).await.unwrap();
    assert_eq!(row.get::<i64, _>(0), 7);
}

#[tokio::test]
async fn two_processes_may_start_together_on_a_new_file() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..10 {
        let path = folder.path().join(format!("{round}.db"));
        let opens = (0..6).map(|_| SqliteStore::open(&path));
        for opened in futures::future::join_all(opens).await {
            opened.unwrap();
        }
    }
}

/// A sink that finds the disk full as long as it is told to.
struct FullDisk(Arc<AtomicBool>);

impl Sink<SqliteConnection> for FullDisk {
    fn write<'a>(
        &'a self,
        connection: &'a mut SqliteConnection,
        events: &'a [&'a Delivery],
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            if self.0.load(Ordering::SeqCst) {
                sqlx::query("PRAGMA max_page_count = 1").fetch_one(&mut *connection).await?;
            }
            for event in events {
                let padded = format!("{}{}", event.uuid, " ".repeat(100_000));
                sqlx::query("INSERT INTO rows VALUES (?1)").bind(padded).execute(&mut *connection).await?;
            }
            Ok(())
        })
    }
}

#[tokio::test]
async fn c11_after_a_full_disk_the_store_works_again_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let full = Arc::new(AtomicBool::new(true));
    let path = folder.path().join("events.db");
    let store = SqliteStore::options(&path).sink(FullDisk(full.clone())).open().await.unwrap();
    sqlx::query("CREATE TABLE rows (uuid TEXT)").execute(store.pool()).await.unwrap();
    store.put(push(&["e1"])).await.unwrap();
    let leased = support::lease(&store, Duration::from_secs(60)).await;
    let settle = |delivery: &Delivery| store.settle(vec![delivery.clone().settle(Outcome::Done)]);
    assert!(matches!(settle(&leased[0]).await, Err(StoreError::Sink(_))));
    full.store(false, Ordering::SeqCst);
    store.put(push(&["e2"])).await.unwrap();
    assert_eq!(settle(&leased[0]).await.unwrap().done, 1, "nothing of the failed settle was kept");
    assert_eq!(rows(&store).await.len(), 1);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_does_not_hold_up_those_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open_with_rows(&folder.path().join("events.db")).await;
    store.put(push(&["odd", "e1"])).await.unwrap();
    let edit = "UPDATE okta_event SET channel = 'carrier_pigeon' WHERE uuid = 'odd'";
    sqlx::query(edit).execute(store.pool()).await.unwrap();
    impatient(&store).drain_once().await.unwrap();
    assert_eq!(rows(&store).await, ["e1"]);
    assert_eq!(store.health().await.unwrap().dead, 1);
}

#[tokio::test]
async fn a_sink_that_panics_costs_its_event_an_attempt_and_the_worker_goes_on() {
    struct Panics;
    impl Sink<SqliteConnection> for Panics {
        fn write<'a>(
            &'a self,
            connection: &'a mut SqliteConnection,
            events: &'a [&'a Delivery],
        ) -> BoxFuture<'a, Result<(), BoxError>> {
            Box::pin(async move {
                for event in events {
                    assert!(event.uuid != "bad", "a bug in the sink");
                    sqlx::query("INSERT INTO rows VALUES (?1)")
                        .bind(&event.uuid)
                        .execute(&mut *connection)
                        .await?;
                }
                Ok(())
            })
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::options(folder.path().join("events.db")).sink(Panics).open().await.unwrap();
    sqlx::query("CREATE TABLE rows (uuid TEXT)").execute(store.pool()).await.unwrap();
    store.put(push(&["e1", "bad", "e2"])).await.unwrap();
    impatient(&store).max_attempts(1).drain_once().await.unwrap();
    assert_eq!(rows(&store).await, ["e1", "e2"]);
    assert_eq!(store.health().await.unwrap().dead, 1);
}

#[tokio::test]
async fn the_users_own_tables_in_the_file_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.db");
    for _ in 0..2 {
        let (store, _) = open_with_rows(&path).await;
        sqlx::query("INSERT INTO rows VALUES ('mine')").execute(store.pool()).await.unwrap();
        store.close().await;
    }
    let (store, _) = open_with_rows(&path).await;
    assert_eq!(rows(&store).await, ["mine", "mine"]);
}

#[tokio::test]
async fn an_event_and_its_effect_are_one_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open_with_rows(&folder.path().join("events.db")).await;
    store.put(push(&["e1", "e2"])).await.unwrap();
    let mut worker = impatient(&store);
    assert_eq!(worker.drain_once().await.unwrap(), 2);
    assert_eq!(rows(&store).await, ["e1", "e2"]);
    assert!(store.health().await.unwrap().is_drained());
    store.put(push(&["e2", "e3"])).await.unwrap();
    assert_eq!(worker.drain_once().await.unwrap(), 1);
    assert_eq!(rows(&store).await, ["e1", "e2", "e3"]);
}

#[tokio::test]
async fn l02_a_worker_that_lost_its_lease_has_no_effect() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open_with_rows(&folder.path().join("events.db")).await;
    store.put(push(&["e1"])).await.unwrap();
    let slow = support::lease(&store, Duration::ZERO).await;
    let quick = support::lease(&store, Duration::from_secs(60)).await;
    let settle = |delivery: &Delivery| store.settle(vec![delivery.clone().settle(Outcome::Done)]);
    assert_eq!(settle(&slow[0]).await.unwrap().stale, 1);
    assert_eq!(rows(&store).await, Vec::<String>::new());
    assert_eq!(settle(&quick[0]).await.unwrap().done, 1);
    assert_eq!(settle(&quick[0]).await.unwrap().stale, 1);
    assert_eq!(rows(&store).await, ["e1"]);
}

#[tokio::test]
async fn c08_an_event_that_the_sink_never_takes_is_buried_and_its_neighbours_flow() {
    let folder = tempfile::tempdir().unwrap();
    let (store, poisonous) = open_with_rows(&folder.path().join("events.db")).await;
    store.put(push(&["e1", "poison", "e2"])).await.unwrap();
    let mut worker = impatient(&store);
    worker.drain_once().await.unwrap();
    assert_eq!(rows(&store).await, ["e1", "e2"]);
    while store.health().await.unwrap().dead == 0 {
        worker.drain_once().await.unwrap();
    }
    assert_eq!(rows(&store).await, ["e1", "e2"]);
    poisonous.store(false, Ordering::SeqCst);
    assert_eq!(store.redrive(&support::org(), 10).await.unwrap(), 1);
    worker.drain_once().await.unwrap();
    assert_eq!(rows(&store).await, ["e1", "e2", "poison"]);
    assert_eq!(worker.totals()().dead, 1);
}

#[tokio::test]
async fn two_instances_on_one_file_share_its_events_and_apply_each_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.db");
    let ((one, _), (two, _)) = (open_with_rows(&path).await, open_with_rows(&path).await);
    let uuids: Vec<String> = (0..500).map(|n| format!("e{n}")).collect();
    let uuids: Vec<&str> = uuids.iter().map(String::as_str).collect();
    let (first, second) = tokio::join!(one.put(push(&uuids)), two.put(push(&uuids)));
    assert_eq!(first.unwrap().inserted + second.unwrap().inserted, 500);
    let drain = async |store: &SqliteStore| {
        let mut worker = Worker::new(Arc::new(store.clone()), AcceptAll, "test").batch(7);
        while worker.drain_once().await.unwrap() > 0 {}
    };
    tokio::join!(drain(&one), drain(&two));
    let mut applied = rows(&one).await;
    applied.sort();
    let mut expected = uuids.clone();
    expected.sort_unstable();
    assert_eq!(applied, expected);
}

#[tokio::test]
async fn xe04_a_processor_that_panics_costs_an_attempt_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open_with_rows(&folder.path().join("events.db")).await;
    store.put(push(&["bad", "good"])).await.unwrap();
    let processor = processor_fn(|delivery: &Delivery| {
        let bad = delivery.uuid == "bad";
        Box::pin(async move { if bad { panic!("a bug in the processor") } else { Outcome::Done } })
    });
    let mut worker = Worker::new(Arc::new(store.clone()), processor, "test").max_attempts(1);
    worker.drain_once().await.unwrap();
    assert_eq!(rows(&store).await, ["good"]);
    assert_eq!(store.health().await.unwrap().dead, 1);
}
