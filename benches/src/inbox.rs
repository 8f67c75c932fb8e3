//! `put` and `drain`: the SQLite inbox, against the rows it cannot do without, written by hand in the same transactions.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue};
use okta_ingest::receive::{EventHook, Secrets};
use okta_ingest::sqlite::sqlx::{self, Connection, SqliteConnection};
use okta_ingest::{AcceptAll, Batch, BoxError, Delivery, Inbox, Org, Sink, SqliteStore, Worker};
use okta_mock::OktaMock;

use crate::figure::Figure;

const BATCHES: usize = 50;
const BATCH: usize = 100;
const SECRET: &str = "the-secret-of-the-benchmark";

/// Events of an okta-mock as pushes of [`BATCH`] events, and as plain rows.
struct Input {
    batches: Vec<Batch>,
    rows: Vec<Vec<(String, Bytes)>>,
}

impl Input {
    fn make() -> Result<Self, BoxError> {
        let log = OktaMock::builder().seed(7).users(200).events(BATCHES * BATCH).in_process().log();
        let hook = EventHook::new(Org::new("example.okta.com")?, Secrets::new(&SECRET.into())?);
        let headers = HeaderMap::from_iter([(http::header::AUTHORIZATION, HeaderValue::from_static(SECRET))]);
        let mut input = Self { batches: Vec::new(), rows: Vec::new() };
        for events in log.chunks(BATCH) {
            let mut body = br#"{"data":{"events":["#.to_vec();
            body.extend_from_slice(
                &events.iter().map(|event| event.json().to_vec()).collect::<Vec<_>>().join(&b','),
            );
            body.extend_from_slice(b"]}}");
            let authentic = hook.authenticate(&headers).map_err(|_| "the secret is right")?;
            input.batches.push(authentic.read(body.into()).batch);
            input.rows.push(events.iter().map(|event| (event.uuid.to_string(), event.json())).collect());
        }
        Ok(input)
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, BoxError> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

async fn timed<T>(work: impl Future<Output = Result<T, BoxError>>) -> Result<Duration, BoxError> {
    let started = Instant::now();
    work.await?;
    Ok(started.elapsed())
}

/// Wall time, because most of it is the commit's.
pub(crate) fn put(runs: usize) -> Result<Figure, BoxError> {
    let (input, runtime, folder) = (Input::make()?, runtime()?, tempfile::tempdir()?);
    let (mut our_number, mut floor_number) = (0, 0);
    let ours = || {
        runtime.block_on(async {
            our_number += 1;
            let store = SqliteStore::open(folder.path().join(format!("{our_number}.db"))).await?;
            timed(async {
                for batch in &input.batches {
                    store.put(batch.clone()).await?;
                }
                Ok(())
            })
            .await
        })
    };
    let floor = || {
        runtime.block_on(async {
            floor_number += 1;
            let mut plain = plain(&folder.path().join(format!("floor-{floor_number}.db"))).await?;
            timed(async {
                for rows in &input.rows {
                    let mut transaction = plain.begin_with("BEGIN IMMEDIATE").await?;
                    for (uuid, body) in rows {
                        sqlx::query("INSERT INTO event (uuid, body) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
                            .bind(uuid)
                            .bind(&body[..])
                            .execute(&mut *transaction)
                            .await?;
                    }
                    transaction.commit().await?;
                }
                Ok(())
            })
            .await
        })
    };
    Figure::measure("put_sqlite_wall", "µs/event", runs, BATCHES * BATCH, ours, floor)
}

/// Wall time of lease, effect and settle, one worker, batches of 100.
pub(crate) fn drain(runs: usize) -> Result<Figure, BoxError> {
    let (input, runtime, folder) = (Input::make()?, runtime()?, tempfile::tempdir()?);
    let (mut our_number, mut floor_number) = (0, 0);
    let ours = || {
        runtime.block_on(async {
            our_number += 1;
            let path = folder.path().join(format!("{our_number}.db"));
            let store = SqliteStore::options(&path).sink(Effects).open().await?;
            sqlx::query("CREATE TABLE effect (uuid TEXT, body BLOB)").execute(store.pool()).await?;
            for batch in &input.batches {
                store.put(batch.clone()).await?;
            }
            let mut worker = Worker::new(Arc::new(store), AcceptAll, "benchmark");
            timed(async {
                while worker.drain_once().await? > 0 {}
                Ok(())
            })
            .await
        })
    };
    let floor = || {
        runtime.block_on(async {
            floor_number += 1;
            let mut plain = plain(&folder.path().join(format!("floor-{floor_number}.db"))).await?;
            for (uuid, body) in input.rows.iter().flatten() {
                let insert = sqlx::query("INSERT INTO event (uuid, body) VALUES (?1, ?2)").bind(uuid);
                insert.bind(&body[..]).execute(&mut plain).await?;
            }
            timed(async {
                for rows in &input.rows {
                    let mut transaction = plain.begin_with("BEGIN IMMEDIATE").await?;
                    for (uuid, body) in rows {
                        write(&mut transaction, uuid, body).await?;
                        let delete = sqlx::query("DELETE FROM event WHERE uuid = ?1").bind(uuid);
                        delete.execute(&mut *transaction).await?;
                    }
                    transaction.commit().await?;
                }
                Ok(())
            })
            .await
        })
    };
    Figure::measure("drain_sqlite_wall", "µs/event", runs, BATCHES * BATCH, ours, floor)
}

/// A database of one table, with the durability that the store has.
async fn plain(path: &Path) -> Result<SqliteConnection, BoxError> {
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
        .synchronous(sqlx::sqlite::SqliteSynchronous::Full);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    sqlx::raw_sql(
        "CREATE TABLE event (uuid TEXT PRIMARY KEY, body BLOB); CREATE TABLE effect (uuid TEXT, body BLOB)",
    )
    .execute(&mut connection)
    .await?;
    Ok(connection)
}

async fn write(connection: &mut SqliteConnection, uuid: &str, body: &[u8]) -> Result<(), BoxError> {
    sqlx::query("INSERT INTO effect VALUES (?1, ?2)").bind(uuid).bind(body).execute(connection).await?;
    Ok(())
}

struct Effects;

impl Sink<SqliteConnection> for Effects {
    fn write<'a>(
        &'a self,
        connection: &'a mut SqliteConnection,
        events: &'a [&'a Delivery],
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            for event in events {
                write(connection, &event.uuid, &event.raw).await?;
            }
            Ok(())
        })
    }
}
