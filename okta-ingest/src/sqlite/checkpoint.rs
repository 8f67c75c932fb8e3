//! The tail's state: who leads, how far it has read, and the commit of a page with its events.

use std::time::Duration;

use okta_client::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::put::put_within;
use super::{SqliteStore, unavailable};
use crate::StoreError;
use crate::checkpoint::{
    Acquired, Checkpoint, Commit, Gap, PageRecord, TailCommit, TailKey, TailLease, lease_holds,
};

/// Pages are kept this long.
const PAGES_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
/// Old pages are removed once in so many commits.
const PRUNE_EVERY: u64 = 256;

const STATE: &str = "
SELECT epoch, owner, lease_until, version, cursor, cursor_at, start, anchor, caught_up_at
FROM okta_tail JOIN okta_org USING (org_id) WHERE org = ?1 AND stream = ?2";

const LEAD: &str = "
INSERT INTO okta_tail (org_id, stream, epoch, owner, lease_until) VALUES (?1, ?2, 1, ?3, ?4)
ON CONFLICT (org_id, stream) DO UPDATE
SET epoch = epoch + 1, owner = excluded.owner, lease_until = excluded.lease_until
RETURNING epoch";

const RENEW: &str = "
UPDATE okta_tail SET lease_until = ?4
WHERE org_id = (SELECT org_id FROM okta_org WHERE org = ?1) AND stream = ?2 AND epoch = ?3 AND owner IS NOT NULL";

const RELEASE: &str = "
UPDATE okta_tail SET owner = NULL, lease_until = 0
WHERE org_id = (SELECT org_id FROM okta_org WHERE org = ?1) AND stream = ?2 AND epoch = ?3";

/// The fence: nothing happens unless the epoch is ours and the version the one we read.
const MOVE: &str = "
UPDATE okta_tail SET version = ?4, cursor = ?5, cursor_at = ?6, start = ?7, anchor = ?8, caught_up_at = ?9
WHERE org_id = ?1 AND stream = ?2 AND epoch = ?3 AND version = ?4 - 1";

const PAGE: &str = "
INSERT INTO okta_page (org_id, stream, version, position_in, position_out, read_at, events, keys_xor)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

const GAP: &str = r#"
INSERT INTO okta_gap (org_id, stream, version, "from", "to", cause) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"#;

const GAPS: &str = r#"
SELECT "from", "to", cause FROM okta_gap JOIN okta_org USING (org_id)
WHERE org = ?1 AND stream = ?2 ORDER BY version"#;

impl SqliteStore {
    pub(super) async fn acquire_tail(
        &self,
        key: &TailKey,
        owner: &str,
        ttl: Duration,
    ) -> Result<Acquired, StoreError> {
        let failed = unavailable("take the lead of a tail");
        // A standby asks often, so it first looks without taking the write lock.
        let seen = state(&mut *self.0.reader.acquire().await.map_err(failed)?, key).await.map_err(failed)?;
        if let Some(held) = held_by_other(seen.as_ref(), owner, self.0.clock.now(), ttl).map_err(failed)? {
            return Ok(held);
        }
        let mut transaction = self.begin("take the lead of a tail").await?;
        let seen = state(&mut transaction, key).await.map_err(failed)?;
        if let Some(held) = held_by_other(seen.as_ref(), owner, self.0.clock.now(), ttl).map_err(failed)? {
            return Ok(held);
        }
        let checkpoint = seen.as_ref().map(checkpoint).transpose().map_err(failed)?.flatten();
        let org_id = self.org_id(&mut transaction, &key.org).await.map_err(failed)?;
        let until = self.0.clock.now().saturating_add(ttl);
        let row = sqlx::query(LEAD)
            .bind(org_id)
            .bind(&key.stream)
            .bind(owner)
            .bind(until.as_millis())
            .fetch_one(&mut *transaction)
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        self.remember_org(&key.org, org_id);
        let epoch = row.try_get::<i64, _>(0).map_err(failed)?.unsigned_abs();
        Ok(Acquired::Leading(TailLease { key: key.clone(), epoch, until }, checkpoint))
    }

    pub(super) async fn renew_tail(
        &self,
        lease: &TailLease,
        ttl: Duration,
    ) -> Result<Option<TailLease>, StoreError> {
        let until = self.0.clock.now().saturating_add(ttl);
        let result = sqlx::query(RENEW)
            .bind(lease.key.org.as_str())
            .bind(&lease.key.stream)
            .bind(lease.epoch.cast_signed())
            .bind(until.as_millis())
            .execute(&self.0.writer)
            .await
            .map_err(unavailable("renew the lead of a tail"))?;
        Ok((result.rows_affected() == 1).then(|| TailLease { until, ..lease.clone() }))
    }

    pub(super) async fn release_tail(&self, lease: &TailLease) -> Result<(), StoreError> {
        sqlx::query(RELEASE)
            .bind(lease.key.org.as_str())
            .bind(&lease.key.stream)
            .bind(lease.epoch.cast_signed())
            .execute(&self.0.writer)
            .await
            .map_err(unavailable("give up the lead of a tail"))?;
        Ok(())
    }

    pub(super) async fn commit_step(
        &self,
        lease: &TailLease,
        commit: TailCommit,
    ) -> Result<Commit, StoreError> {
        let failed = unavailable("commit a page");
        let TailCommit { batch, page, gap, checkpoint } = commit;
        let mut transaction = self.begin("commit a page").await?;
        let org_id = self.org_id(&mut transaction, &lease.key.org).await.map_err(failed)?;
        if !save(&mut transaction, org_id, lease, &checkpoint).await.map_err(failed)? {
            return Ok(Commit::Fenced);
        }
        let put = put_within(&mut transaction, org_id, &batch, self.now()).await.map_err(failed)?;
        let row = (org_id, lease.key.stream.as_str(), checkpoint.version.cast_signed());
        if let Some(page) = &page {
            record_page(&mut transaction, row, page).await.map_err(failed)?;
        }
        if let Some(gap) = &gap {
            record_gap(&mut transaction, row, gap).await.map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)?;
        Ok(Commit::Saved(put))
    }

    pub(super) async fn load_checkpoint(&self, key: &TailKey) -> Result<Option<Checkpoint>, StoreError> {
        let failed = unavailable("load a checkpoint");
        let row = state(&mut *self.0.reader.acquire().await.map_err(failed)?, key).await.map_err(failed)?;
        Ok(row.as_ref().map(checkpoint).transpose().map_err(failed)?.flatten())
    }

    pub(super) async fn load_gaps(&self, key: &TailKey) -> Result<Vec<Gap>, StoreError> {
        let failed = unavailable("load gaps");
        let rows = sqlx::query(GAPS)
            .bind(key.org.as_str())
            .bind(&key.stream)
            .fetch_all(&self.0.reader)
            .await
            .map_err(failed)?;
        let gap =
            |row: &SqliteRow| Ok(Gap { from: time(row, 0)?, to: time(row, 1)?, cause: row.try_get(2)? });
        rows.iter().map(gap).collect::<Result<_, _>>().map_err(failed)
    }
}

async fn state(connection: &mut SqliteConnection, key: &TailKey) -> Result<Option<SqliteRow>, sqlx::Error> {
    sqlx::query(STATE).bind(key.org.as_str()).bind(&key.stream).fetch_optional(connection).await
}

fn held_by_other(
    row: Option<&SqliteRow>,
    owner: &str,
    now: Timestamp,
    ttl: Duration,
) -> Result<Option<Acquired>, sqlx::Error> {
    let Some(row) = row else { return Ok(None) };
    let (holder, until) = (row.try_get::<Option<String>, _>(1)?, row.try_get::<i64, _>(2)?);
    let until = Timestamp::from_millis(until).unwrap_or(Timestamp::UNIX_EPOCH);
    let other = holder.filter(|holder| lease_holds(now, until, ttl) && holder != owner);
    Ok(other.map(|owner| Acquired::HeldBy { owner, until }))
}

/// The stored position; none before the first commit.
fn checkpoint(row: &SqliteRow) -> Result<Option<Checkpoint>, sqlx::Error> {
    let version = row.try_get::<i64, _>(3)?.unsigned_abs();
    if version == 0 {
        return Ok(None);
    }
    let optional = |column| row.try_get::<Option<String>, _>(column)?.map(|text| parse(&text)).transpose();
    Ok(Some(Checkpoint {
        version,
        cursor: row.try_get::<Option<String>, _>(4)?.map(|text| parse(&text)).transpose()?,
        cursor_at: optional(5)?,
        start: time(row, 6)?,
        anchor: time(row, 7)?,
        caught_up_at: optional(8)?,
    }))
}

fn time(row: &SqliteRow, column: usize) -> Result<Timestamp, sqlx::Error> {
    parse(row.try_get(column)?)
}

/// An operator may have edited the row, so a bad value says what it is and where.
fn parse<T: std::str::FromStr>(text: &str) -> Result<T, sqlx::Error> {
    text.parse()
        .map_err(|_| sqlx::Error::Decode(format!("okta_tail holds {text:?}, which is not readable").into()))
}

async fn save(
    connection: &mut SqliteConnection,
    org_id: i64,
    lease: &TailLease,
    checkpoint: &Checkpoint,
) -> Result<bool, sqlx::Error> {
    let text = |time: Option<Timestamp>| time.map(|time| time.to_string());
    let result = sqlx::query(MOVE)
        .bind(org_id)
        .bind(&lease.key.stream)
        .bind(lease.epoch.cast_signed())
        .bind(checkpoint.version.cast_signed())
        .bind(checkpoint.cursor.as_ref().map(ToString::to_string))
        .bind(text(checkpoint.cursor_at))
        .bind(text(Some(checkpoint.start)))
        .bind(text(Some(checkpoint.anchor)))
        .bind(text(checkpoint.caught_up_at))
        .execute(connection)
        .await?;
    Ok(result.rows_affected() == 1)
}

async fn record_page(
    connection: &mut SqliteConnection,
    (org_id, stream, version): (i64, &str, i64),
    page: &PageRecord,
) -> Result<(), sqlx::Error> {
    sqlx::query(PAGE)
        .bind(org_id)
        .bind(stream)
        .bind(version)
        .bind(&page.position_in)
        .bind(page.position_out.as_ref().map(ToString::to_string))
        .bind(page.read_at.map(|time| time.as_millis()))
        .bind(page.events.cast_signed())
        .bind(&page.keys_xor.to_be_bytes()[..])
        .execute(&mut *connection)
        .await?;
    if version.unsigned_abs().is_multiple_of(PRUNE_EVERY)
        && let Some(now) = page.read_at
    {
        sqlx::query("DELETE FROM okta_page WHERE org_id = ?1 AND stream = ?2 AND read_at < ?3")
            .bind(org_id)
            .bind(stream)
            .bind(now.saturating_sub(PAGES_KEPT).as_millis())
            .execute(connection)
            .await?;
    }
    Ok(())
}

async fn record_gap(
    connection: &mut SqliteConnection,
    (org_id, stream, version): (i64, &str, i64),
    gap: &Gap,
) -> Result<(), sqlx::Error> {
    sqlx::query(GAP)
        .bind(org_id)
        .bind(stream)
        .bind(version)
        .bind(gap.from.to_string())
        .bind(gap.to.to_string())
        .bind(&gap.cause)
        .execute(connection)
        .await?;
    Ok(())
}
