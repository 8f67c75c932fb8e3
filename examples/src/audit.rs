//! Compares an event database with the record of the org that it was read from: what is missing, what is there twice.
//!
//! Only a fake org can show its whole record; against a real one there is nothing to compare with.

use std::collections::HashMap;

use okta_ingest::sqlite::sqlx::{self, Row, SqlitePool};
use serde::Serialize;

/// The outcome of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// Events in the org's record.
    pub recorded: u64,
    /// Of those, how many have no row.
    pub missing: u64,
    /// Rows beyond the first of an event.
    pub repeated: u64,
    /// Rows of events that the org has no record of.
    pub unknown: u64,
}

impl Audit {
    /// Does the database hold each recorded event exactly once, and nothing else?
    pub fn is_exact(&self) -> bool {
        (self.missing, self.repeated, self.unknown) == (0, 0, 0)
    }
}

/// Compares the rows of `org` in the table `events` with the uuids that the org recorded.
///
/// # Errors
/// The database's, if it cannot be read.
pub async fn compare(
    events: &SqlitePool,
    org: &str,
    recorded: impl IntoIterator<Item = String>,
) -> Result<Audit, sqlx::Error> {
    let rows = sqlx::query("SELECT uuid, count(*) FROM events WHERE org = ?1 GROUP BY uuid")
        .bind(org)
        .fetch_all(events)
        .await?;
    let mut applied: HashMap<String, u64> = HashMap::with_capacity(rows.len());
    for row in rows {
        applied.insert(row.try_get(0)?, row.try_get::<i64, _>(1)?.unsigned_abs());
    }
    let mut audit = Audit { recorded: 0, missing: 0, repeated: 0, unknown: 0 };
    audit.repeated = applied.values().map(|times| times - 1).sum();
    for uuid in recorded {
        audit.recorded += 1;
        audit.missing += u64::from(applied.remove(&uuid).is_none());
    }
    audit.unknown = applied.len() as u64;
    Ok(audit)
}
