//! [`Inbox`] and [`TailStore`] for SQLite: each method is one of the transactions in the files beside this one.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use sqlx::Row;

use super::{SqliteStore, unavailable};
use crate::checkpoint::{Acquired, Checkpoint, Commit, Gap, TailCommit, TailKey, TailLease, TailStore};
use crate::inbox::{Delivery, Health, Inbox, Lease, Put, Receipt, Settled, Settlement};
use crate::{Batch, Org, StoreError};
use okta_client::Timestamp;

impl Inbox for SqliteStore {
    fn put(&self, batch: Batch) -> BoxFuture<'_, Result<Put, StoreError>> {
        self.put_batch(batch).boxed()
    }

    fn lease(&self, request: Lease) -> BoxFuture<'_, Result<Vec<Delivery>, StoreError>> {
        self.lease_events(request).boxed()
    }

    fn extend(
        &self,
        receipts: Vec<Receipt>,
        ttl: Duration,
    ) -> BoxFuture<'_, Result<Vec<Receipt>, StoreError>> {
        self.extend_leases(receipts, ttl).boxed()
    }

    fn settle(&self, settlements: Vec<Settlement>) -> BoxFuture<'_, Result<Settled, StoreError>> {
        self.settle_events(settlements).boxed()
    }

    fn redrive(&self, org: &Org, limit: u32) -> BoxFuture<'_, Result<u64, StoreError>> {
        self.redrive_dead(org.clone(), limit).boxed()
    }

    fn health(&self) -> BoxFuture<'_, Result<Health, StoreError>> {
        self.look().boxed()
    }
}

impl SqliteStore {
    async fn look(&self) -> Result<Health, StoreError> {
        let failed = unavailable("read its health");
        let row = sqlx::query(
            "SELECT count(*), count(*) FILTER (WHERE owner IS NOT NULL AND visible_at > ?1), min(queued_at),
                    (SELECT count(*) FROM okta_dead), (SELECT count(*) FROM okta_quarantine)
             FROM okta_queue",
        )
        .bind(self.now())
        .fetch_one(&self.0.reader)
        .await
        .map_err(failed)?;
        let count = |column: usize| row.try_get::<i64, _>(column).map(i64::unsigned_abs).map_err(failed);
        let (queued, leased) = (count(0)?, count(1)?);
        let oldest: Option<i64> = row.try_get(2).map_err(failed)?;
        Ok(Health {
            waiting: queued - leased,
            leased,
            oldest: oldest.and_then(Timestamp::from_millis),
            dead: count(3)?,
            quarantined: count(4)?,
        })
    }
}

impl TailStore for SqliteStore {
    fn acquire<'a>(
        &'a self,
        key: &'a TailKey,
        owner: &'a str,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<Acquired, StoreError>> {
        self.acquire_tail(key, owner, ttl).boxed()
    }

    fn renew<'a>(
        &'a self,
        lease: &'a TailLease,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<Option<TailLease>, StoreError>> {
        self.renew_tail(lease, ttl).boxed()
    }

    fn release<'a>(&'a self, lease: &'a TailLease) -> BoxFuture<'a, Result<(), StoreError>> {
        self.release_tail(lease).boxed()
    }

    fn commit<'a>(
        &'a self,
        lease: &'a TailLease,
        commit: TailCommit,
    ) -> BoxFuture<'a, Result<Commit, StoreError>> {
        self.commit_step(lease, commit).boxed()
    }

    fn checkpoint<'a>(&'a self, key: &'a TailKey) -> BoxFuture<'a, Result<Option<Checkpoint>, StoreError>> {
        self.load_checkpoint(key).boxed()
    }

    fn gaps<'a>(&'a self, key: &'a TailKey) -> BoxFuture<'a, Result<Vec<Gap>, StoreError>> {
        self.load_gaps(key).boxed()
    }
}
