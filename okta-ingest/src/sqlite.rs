//! The embedded store: inbox and tail state in one SQLite file, which may hold the user's own tables too.
//!
//! One connection writes, others read beside it (WAL). Each operation is one `BEGIN IMMEDIATE` transaction of a few statements,
//! whatever the size of its batch: keys travel as one JSON array, bodies as one blob. Several processes may share the file;
//! their leases keep them apart.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use sqlx;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Row, Sqlite, SqliteConnection, SqlitePool, Transaction};

use crate::clock::{Clock, SystemClock};
use crate::{BoxError, Org, Sink, StoreError};

mod checkpoint;
mod inbox;
mod lease;
mod put;
mod settle;

const SCHEMA: &str = include_str!("sqlite/schema.sql");
/// The version that `sqlite/schema.sql` writes into `okta_schema`. `PRAGMA user_version` is left to the user, whose file it is.
const SCHEMA_VERSION: i64 = 1;
/// SQLite's code for a file that another connection has locked.
const BUSY: &str = "5";

/// An inbox and tail store in one SQLite file. Clones share its connections.
#[derive(Clone)]
pub struct SqliteStore(Arc<Inner>);

struct Inner {
    path: PathBuf,
    writer: SqlitePool,
    reader: SqlitePool,
    /// For the user: a report that takes minutes must not hold up the store's own reads.
    user: SqlitePool,
    clock: Arc<dyn Clock>,
    sink: Option<Arc<dyn Sink<SqliteConnection>>>,
    /// Row ids of orgs whose row is known to be committed.
    orgs: Mutex<HashMap<Org, i64>>,
}

/// How to open a [`SqliteStore`].
#[must_use = "nothing is opened before `open`"]
pub struct SqliteOptions {
    path: PathBuf,
    clock: Arc<dyn Clock>,
    sink: Option<Arc<dyn Sink<SqliteConnection>>>,
    busy_timeout: Duration,
}

impl SqliteStore {
    /// Opens the file, creating it and its tables where they are missing.
    ///
    /// # Errors
    /// [`StoreError::Open`]: the message names the file and says what to do.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::options(path).open().await
    }

    /// Settings to open the file with.
    pub fn options(path: impl AsRef<Path>) -> SqliteOptions {
        SqliteOptions {
            path: path.as_ref().to_owned(),
            clock: Arc::new(SystemClock),
            sink: None,
            busy_timeout: Duration::from_secs(5),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Connections for the user's own reading of the file. What they write is theirs to keep apart from an open transaction of
    /// the store: a [`Sink`] is the place for effects.
    pub fn pool(&self) -> &SqlitePool {
        &self.0.user
    }

    /// Closes the connections and folds the write-ahead log into the file. Dropping the store is as safe, but leaves the log.
    pub async fn close(&self) {
        self.0.user.close().await;
        self.0.reader.close().await;
        self.0.writer.close().await;
    }

    fn now(&self) -> i64 {
        self.0.clock.now().as_millis()
    }

    async fn begin(&self, operation: &'static str) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.0.writer.begin_with("BEGIN IMMEDIATE").await.map_err(unavailable(operation))
    }

    /// The org's row id, inserted in this transaction if it is new.
    async fn org_id(&self, connection: &mut SqliteConnection, org: &Org) -> Result<i64, sqlx::Error> {
        if let Some(id) = self.known_org(org) {
            return Ok(id);
        }
        sqlx::query("INSERT INTO okta_org (org) VALUES (?1) ON CONFLICT (org) DO NOTHING")
            .bind(org.as_str())
            .execute(&mut *connection)
            .await?;
        let row = sqlx::query("SELECT org_id FROM okta_org WHERE org = ?1")
            .bind(org.as_str())
            .fetch_one(connection)
            .await?;
        row.try_get(0)
    }

    fn known_org(&self, org: &Org) -> Option<i64> {
        self.0.orgs.lock().unwrap_or_else(PoisonError::into_inner).get(org).copied()
    }

    /// Remembers an org's id once the transaction that may have inserted it is committed.
    fn remember_org(&self, org: &Org, id: i64) {
        self.0.orgs.lock().unwrap_or_else(PoisonError::into_inner).insert(org.clone(), id);
    }
}

impl SqliteOptions {
    /// Leases follow this clock. Default: the machine's, which all processes that share the file share too.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Writes effects in the transaction that settles their events.
    pub fn sink(mut self, sink: impl Sink<SqliteConnection>) -> Self {
        self.sink = Some(Arc::new(sink));
        self
    }

    /// How long to wait for another process that writes. Default 5 s; then the operation fails and may be repeated.
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// Opens the file.
    ///
    /// # Errors
    /// [`StoreError::Open`]: the file cannot be opened or written, is no SQLite database, was written by a newer version, or a
    /// setting that durability rests on does not hold.
    pub async fn open(self) -> Result<SqliteStore, StoreError> {
        let Self { path, clock, sink, busy_timeout } = self;
        let failed = |problem: &str, source: Option<BoxError>| StoreError::Open {
            store: format!("the SQLite database {}", path.display()),
            problem: problem.to_owned(),
            source,
        };
        let failed_with =
            |problem: &'static str| move |error: sqlx::Error| failed(problem, Some(error.into()));
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(busy_timeout)
            .foreign_keys(true);
        let open = SqlitePoolOptions::new()
            .max_connections(1)
            // After a full disk SQLite has rolled back by itself, which leaves sqlx's count of transactions wrong. Such a
            // connection is not used again: the next operation gets a new one.
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }));
        let writer = patiently(busy_timeout, async || open.clone().connect_with(options.clone()).await)
            .await
            .map_err(|error| match is_busy(&error) {
                true => {
                    failed("another process holds it locked; try again when it is done", Some(error.into()))
                }
                false => failed(
                    "check that its directory exists and that this user may write there",
                    Some(error.into()),
                ),
            })?;
        let mut connection = writer.acquire().await.map_err(failed_with("no connection"))?;
        let problem = patiently(busy_timeout, async || {
            prepare(&mut connection, clock.now().as_millis()).await
        })
        .await
        .map_err(failed_with("it is not a SQLite database, is read-only, or another process holds it"))?;
        drop(connection);
        if let Some(problem) = problem {
            return Err(failed(&problem, None));
        }
        let readers = SqlitePoolOptions::new().max_connections(4);
        let reader = readers.clone().connect_lazy_with(options.clone());
        let user = readers.connect_lazy_with(options);
        Ok(SqliteStore(Arc::new(Inner { path, writer, reader, user, clock, sink, orgs: Mutex::default() })))
    }
}

/// Repeats an operation while the file is locked. SQLite's own waiting does not cover the switch to WAL, which two processes
/// that start together on a new file both want.
async fn patiently<T>(
    patience: Duration,
    mut operation: impl AsyncFnMut() -> Result<T, sqlx::Error>,
) -> Result<T, sqlx::Error> {
    let until = tokio::time::Instant::now() + patience;
    loop {
        match operation().await {
            Err(error) if is_busy(&error) && tokio::time::Instant::now() < until => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            result => return result,
        }
    }
}

fn is_busy(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.code().as_deref() == Some(BUSY))
}

/// Creates the tables where they are missing, and reads back what durability rests on. Returns what does not hold.
async fn prepare(connection: &mut SqliteConnection, now: i64) -> Result<Option<String>, sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let present = sqlx::query("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'okta_schema'")
        .fetch_optional(&mut *transaction)
        .await?
        .is_some();
    if present {
        let version: i64 = value(&mut transaction, "SELECT version FROM okta_schema").await?;
        if version > SCHEMA_VERSION {
            return Ok(Some(format!(
                "its tables have version {version}, and this program knows {SCHEMA_VERSION}; use a newer program"
            )));
        }
        // Events put while the machine's clock was ahead would wait until it gets there again.
        sqlx::query("UPDATE okta_queue SET visible_at = ?1 WHERE visible_at > ?1 AND attempts = 0")
            .bind(now)
            .execute(&mut *transaction)
            .await?;
    } else {
        sqlx::raw_sql(SCHEMA).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    let synchronous: i64 = value(connection, "PRAGMA synchronous").await?;
    let journal: String = value(connection, "PRAGMA journal_mode").await?;
    // 2 is FULL: a commit survives a power cut, which an answered push promises.
    Ok((synchronous != 2 || journal != "wal")
        .then(|| format!("it would not be durable: synchronous is {synchronous}, journal_mode is {journal}")))
}

async fn value<T>(connection: &mut SqliteConnection, query: &'static str) -> Result<T, sqlx::Error>
where
    T: for<'r> sqlx::Decode<'r, Sqlite> + sqlx::Type<Sqlite>,
{
    sqlx::query(query).fetch_one(connection).await?.try_get(0)
}

/// Wraps a backend error with what was being done.
fn unavailable(operation: &'static str) -> impl Fn(sqlx::Error) -> StoreError + Copy {
    move |error| match error {
        sqlx::Error::Decode(found) => StoreError::Unreadable { found: found.to_string() },
        error => StoreError::Unavailable { operation, source: error.into() },
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.0.path).finish_non_exhaustive()
    }
}

impl fmt::Debug for SqliteOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteOptions").field("path", &self.path).finish_non_exhaustive()
    }
}
