//! Lease, extend and redrive: who may work on which event, and until when.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use okta_client::Timestamp;
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::{SqliteStore, unavailable};
use crate::inbox::{Delivery, Lease, Receipt};
use crate::{Channel, EventKey, Org, StoreError};

const LOOK: &str = "SELECT EXISTS (SELECT 1 FROM okta_queue WHERE visible_at <= ?1)";

const HEAD: &str = "
SELECT id, attempts, owner IS NOT NULL FROM okta_queue WHERE visible_at <= ?1 ORDER BY visible_at, id LIMIT ?2";

const BURY: &str = "
INSERT INTO okta_dead (id, attempts, fence, died_at, error)
SELECT id, attempts, fence, ?2, coalesce(?3, last_error, 'its lease ended on the last attempt')
FROM okta_queue WHERE id IN (SELECT value FROM json_each(?1))";

const TAKE: &str = "
UPDATE okta_queue SET attempts = attempts + 1, fence = fence + 1, owner = ?2, visible_at = ?3
WHERE id IN (SELECT value FROM json_each(?1))";

const READ: &str = "
SELECT q.id, q.fence, q.attempts, o.org, e.event_key, e.uuid, e.event_type, e.channel, e.published, e.body
FROM okta_queue AS q JOIN okta_event AS e ON e.id = q.id JOIN okta_org AS o ON o.org_id = e.org_id
WHERE q.id IN (SELECT value FROM json_each(?1)) ORDER BY q.id";

/// `?1` is `[[id, fence], …]`; the join order is forced so that each receipt is one look-up.
const EXTEND: &str = "
UPDATE okta_queue SET visible_at = ?2 WHERE owner IS NOT NULL AND id IN (
    SELECT q.id FROM json_each(?1) AS j CROSS JOIN okta_queue AS q
    WHERE q.id = j.value ->> 0 AND q.fence = j.value ->> 1)
RETURNING id, fence";

const REDRIVE: &str = "
INSERT INTO okta_queue (id, visible_at, queued_at, fence)
SELECT d.id, ?3, ?3, d.fence FROM okta_dead AS d CROSS JOIN okta_event AS e
WHERE e.id = d.id AND e.org_id = (SELECT org_id FROM okta_org WHERE org = ?1) ORDER BY d.id LIMIT ?2
RETURNING id";

impl SqliteStore {
    pub(super) async fn lease_events(&self, request: Lease) -> Result<Vec<Delivery>, StoreError> {
        let failed = unavailable("lease events");
        // An idle worker only reads: it never waits for the writer and never makes the writer wait.
        let row = sqlx::query(LOOK).bind(self.now()).fetch_one(&self.0.reader).await.map_err(failed)?;
        if !row.try_get::<bool, _>(0).map_err(failed)? {
            return Ok(Vec::new());
        }
        let mut transaction = self.begin("lease events").await?;
        let deliveries = lease_within(&mut transaction, &request, self.now()).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok(deliveries)
    }

    pub(super) async fn extend_leases(
        &self,
        receipts: Vec<Receipt>,
        ttl: Duration,
    ) -> Result<Vec<Receipt>, StoreError> {
        let failed = unavailable("extend leases");
        let until = self.0.clock.now().saturating_add(ttl).as_millis();
        let pairs: Vec<_> = receipts.iter().map(|receipt| json!([receipt.id, receipt.fence])).collect();
        let mut transaction = self.begin("extend leases").await?;
        let rows = sqlx::query(EXTEND)
            .bind(json!(pairs).to_string())
            .bind(until)
            .fetch_all(&mut *transaction)
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        let held = receipts_of(&rows).map_err(failed)?;
        Ok(receipts.into_iter().filter(|receipt| !held.contains(receipt)).collect())
    }

    pub(super) async fn redrive_dead(&self, org: Org, limit: u32) -> Result<u64, StoreError> {
        let failed = unavailable("redrive dead letters");
        let mut transaction = self.begin("redrive dead letters").await?;
        let rows = sqlx::query(REDRIVE)
            .bind(org.as_str())
            .bind(limit)
            .bind(self.now())
            .fetch_all(&mut *transaction)
            .await
            .map_err(failed)?;
        sqlx::query("DELETE FROM okta_dead WHERE id IN (SELECT value FROM json_each(?1))")
            .bind(json!(ids(&rows).map_err(failed)?).to_string())
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok(rows.len() as u64)
    }
}

async fn lease_within(
    connection: &mut SqliteConnection,
    request: &Lease,
    now: i64,
) -> Result<Vec<Delivery>, sqlx::Error> {
    let until = now.saturating_add(i64::try_from(request.ttl.as_millis()).unwrap_or(i64::MAX));
    loop {
        let head = sqlx::query(HEAD).bind(now).bind(request.limit).fetch_all(&mut *connection).await?;
        if head.is_empty() {
            return Ok(Vec::new());
        }
        let (mut exhausted, mut ready) = (Vec::new(), Vec::new());
        for row in &head {
            let (id, attempts, abandoned): (i64, u32, bool) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            if attempts >= request.max_attempts {
                exhausted.push(id);
            } else if !abandoned {
                ready.push(id);
            } else {
                // Its last holder died with it in hand: it goes out alone, or it would take its neighbours with it.
                if ready.is_empty() {
                    ready.push(id);
                }
                break;
            }
        }
        bury(connection, &exhausted, now, None).await?;
        if ready.is_empty() {
            continue;
        }
        let ids = json!(ready).to_string();
        sqlx::query(TAKE).bind(&ids).bind(&request.owner).bind(until).execute(&mut *connection).await?;
        let rows = sqlx::query(READ).bind(&ids).fetch_all(&mut *connection).await?;
        let mut deliveries = Vec::with_capacity(rows.len());
        for row in &rows {
            match delivery(row) {
                Ok(delivery) => deliveries.push(delivery),
                // A row of another version, or one that somebody edited: it must not hold up those behind it.
                Err(error) => bury(connection, &[row.try_get(0)?], now, Some(error.to_string())).await?,
            }
        }
        if !deliveries.is_empty() {
            return Ok(deliveries);
        }
    }
}

/// Makes dead letters of queued events.
async fn bury(
    connection: &mut SqliteConnection,
    ids: &[i64],
    now: i64,
    reason: Option<String>,
) -> Result<(), sqlx::Error> {
    if ids.is_empty() {
        return Ok(());
    }
    let ids = json!(ids).to_string();
    sqlx::query(BURY).bind(&ids).bind(now).bind(reason).execute(&mut *connection).await?;
    sqlx::query("DELETE FROM okta_queue WHERE id IN (SELECT value FROM json_each(?1))")
        .bind(&ids)
        .execute(connection)
        .await?;
    Ok(())
}

fn delivery(row: &SqliteRow) -> Result<Delivery, sqlx::Error> {
    let unreadable =
        |what: &str| sqlx::Error::Decode(format!("{what} of event {:?}", row.try_get::<i64, _>(0)).into());
    let key: Vec<u8> = row.try_get(4)?;
    let channel: String = row.try_get(7)?;
    Ok(Delivery {
        receipt: Receipt { id: row.try_get(0)?, fence: row.try_get(1)? },
        attempt: row.try_get(2)?,
        org: Org::new(row.try_get(3)?).map_err(|_| unreadable("the org"))?,
        key: EventKey::from_bytes(key.try_into().map_err(|_| unreadable("the key"))?),
        uuid: row.try_get(5)?,
        event_type: row.try_get(6)?,
        channel: Channel::from_name(&channel).ok_or_else(|| unreadable("the channel"))?,
        published: row.try_get::<Option<i64>, _>(8)?.and_then(Timestamp::from_millis),
        raw: Bytes::from(row.try_get::<Vec<u8>, _>(9)?),
    })
}

/// The receipts in rows that begin with id and fence.
pub(super) fn receipts_of(rows: &[SqliteRow]) -> Result<HashSet<Receipt>, sqlx::Error> {
    rows.iter().map(|row| Ok(Receipt { id: row.try_get(0)?, fence: row.try_get(1)? })).collect()
}

fn ids(rows: &[SqliteRow]) -> Result<Vec<i64>, sqlx::Error> {
    rows.iter().map(|row| row.try_get(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::AssertSqlSafe;

    #[tokio::test]
    async fn xe14_every_statement_on_the_queue_looks_up_and_none_scans_the_events() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("events.db")).await.unwrap();
        for statement in [LOOK, HEAD, BURY, TAKE, READ, EXTEND, REDRIVE] {
            let explain = format!("EXPLAIN QUERY PLAN {statement}");
            let rows = sqlx::query(AssertSqlSafe(explain)).fetch_all(store.pool()).await.unwrap();
            let plan: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
            for step in &plan {
                let scan = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
                let small = |table: &str| {
                    table.starts_with("json_each") || table == "j" || table == "d" || table == "CONSTANT"
                };
                assert!(scan.is_none_or(small), "{statement}\n{plan:#?}");
            }
        }
    }
}
