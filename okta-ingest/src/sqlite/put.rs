//! Put: the dedupe keys, then the events that were new, then their places in the queue, in one transaction.

use std::collections::HashSet;
use std::fmt::Write;

use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::{Row, SqliteConnection};

use super::{SqliteStore, unavailable};
use crate::event::{Batch, Incoming, Quarantined};
use crate::{Put, StoreError};

/// Returns the keys that were not there before.
const SEE: &str = "
INSERT INTO okta_seen (org_id, event_key, seen_at)
SELECT ?1, unhex(j.value), ?2 FROM json_each(?3) AS j WHERE true
ON CONFLICT DO NOTHING RETURNING hex(event_key)";

/// `?5` is `[[key, uuid, type, published, offset, length], …]`, offsets into the blob `?6`, from 1.
const STORE: &str = "
INSERT INTO okta_event (org_id, event_key, uuid, event_type, channel, published, received_at, body)
SELECT ?1, unhex(j.value ->> 0), j.value ->> 1, j.value ->> 2, ?2, j.value ->> 3, ?3,
       substr(?4, j.value ->> 4, j.value ->> 5)
FROM json_each(?5) AS j
RETURNING id";

const QUEUE: &str = "
INSERT INTO okta_queue (id, visible_at, queued_at)
SELECT id, ?3, ?3 FROM okta_event WHERE id BETWEEN ?1 AND ?2";

const QUARANTINE: &str = "
INSERT INTO okta_quarantine (org_id, digest, channel, place, reason, first_seen, body)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (org_id, digest) DO UPDATE SET times = times + 1
RETURNING times";

const PUSH: &str = "
INSERT INTO okta_push (org_id, channel, push_id, received_at, events, inserted)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (org_id, channel, push_id) DO UPDATE SET times = times + 1";

impl SqliteStore {
    pub(super) async fn put_batch(&self, batch: Batch) -> Result<Put, StoreError> {
        let failed = unavailable("put events");
        let mut transaction = self.begin("put events").await?;
        let org_id = self.org_id(&mut transaction, batch.org()).await.map_err(failed)?;
        let put = put_within(&mut transaction, org_id, &batch, self.now()).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        self.remember_org(batch.org(), org_id);
        Ok(put)
    }
}

/// Puts a batch within an open transaction: a push's own, or a tail's commit.
pub(super) async fn put_within(
    connection: &mut SqliteConnection,
    org_id: i64,
    batch: &Batch,
    now: i64,
) -> Result<Put, sqlx::Error> {
    let mut put = Put::default();
    if !batch.events().is_empty() {
        let new = see(connection, org_id, batch.events(), now).await?;
        put.inserted = new.len() as u64;
        put.duplicates = batch.events().len() as u64 - put.inserted;
        if !new.is_empty() {
            store(connection, org_id, batch, &new, now).await?;
        }
    }
    for bad in batch.quarantined() {
        put.quarantined += u64::from(quarantine(connection, org_id, batch, bad, now).await?);
    }
    if let Some(push_id) = batch.push_id() {
        sqlx::query(PUSH)
            .bind(org_id)
            .bind(batch.channel().as_str())
            .bind(push_id)
            .bind(now)
            .bind(i64::try_from(batch.events().len()).unwrap_or(i64::MAX))
            .bind(put.inserted.cast_signed())
            .execute(connection)
            .await?;
    }
    Ok(put)
}

/// Records the keys and returns the first event of each new one.
async fn see<'e>(
    connection: &mut SqliteConnection,
    org_id: i64,
    events: &'e [Incoming],
    now: i64,
) -> Result<Vec<&'e Incoming>, sqlx::Error> {
    let keys: Vec<String> = events.iter().map(key_hex).collect();
    let rows =
        sqlx::query(SEE).bind(org_id).bind(now).bind(json!(keys).to_string()).fetch_all(connection).await?;
    let mut new: HashSet<String> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    Ok(events.iter().zip(keys).filter(|(_, key)| new.remove(key)).map(|(event, _)| event).collect())
}

async fn store(
    connection: &mut SqliteConnection,
    org_id: i64,
    batch: &Batch,
    new: &[&Incoming],
    now: i64,
) -> Result<(), sqlx::Error> {
    let mut bodies = Vec::with_capacity(new.iter().map(|event| event.raw().len()).sum());
    let mut rows = Vec::with_capacity(new.len());
    for event in new {
        let published = event.published().map(|published| published.as_millis());
        let (offset, length) = (bodies.len() + 1, event.raw().len());
        rows.push(json!([key_hex(event), event.uuid(), event.event_type(), published, offset, length]));
        bodies.extend_from_slice(event.raw());
    }
    let ids = sqlx::query(STORE)
        .bind(org_id)
        .bind(batch.channel().as_str())
        .bind(now)
        .bind(bodies)
        .bind(serde_json::Value::from(rows).to_string())
        .fetch_all(&mut *connection)
        .await?;
    let ids: Vec<i64> = ids.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    // Ids only grow and nobody else writes meanwhile, so the events just stored are a range.
    if let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) {
        sqlx::query(QUEUE).bind(first).bind(last).bind(now).execute(connection).await?;
    }
    Ok(())
}

/// Keeps what was not understood; returns whether it is new.
async fn quarantine(
    connection: &mut SqliteConnection,
    org_id: i64,
    batch: &Batch,
    bad: &Quarantined,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let row = sqlx::query(QUARANTINE)
        .bind(org_id)
        .bind(&Sha256::digest(bad.raw())[..16])
        .bind(batch.channel().as_str())
        .bind(bad.place())
        .bind(bad.reason())
        .bind(now)
        .bind(&bad.raw()[..])
        .fetch_one(connection)
        .await?;
    Ok(row.try_get::<i64, _>(0)? == 1)
}

/// Upper case, as SQLite's `hex` writes it.
fn key_hex(event: &Incoming) -> String {
    event.key().as_bytes().iter().fold(String::with_capacity(32), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02X}");
        hex
    })
}
