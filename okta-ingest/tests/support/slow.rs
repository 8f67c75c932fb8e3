//! A store that takes its time before and after every operation, so that a crash can fall between any two of them.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use okta_ingest::{
    Acquired, Batch, Checkpoint, Commit, Delivery, Gap, Health, Inbox, Lease, MemoryStore, Org, Put, Receipt,
    Settled, Settlement, StoreError, TailCommit, TailKey, TailLease, TailStore,
};

pub(crate) struct Slow(pub(crate) MemoryStore);

type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

fn slowly<'a, T: Send + 'a>(
    operation: impl Future<Output = Result<T, StoreError>> + Send + 'a,
) -> Answer<'a, T> {
    async move {
        pause().await;
        let answer = operation.await;
        pause().await;
        answer
    }
    .boxed()
}

pub(crate) async fn pause() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

impl Inbox for Slow {
    fn put(&self, batch: Batch) -> Answer<'_, Put> {
        slowly(async { self.0.put(batch).await })
    }
    fn lease(&self, request: Lease) -> Answer<'_, Vec<Delivery>> {
        slowly(async { self.0.lease(request).await })
    }
    fn extend(&self, receipts: Vec<Receipt>, ttl: Duration) -> Answer<'_, Vec<Receipt>> {
        slowly(async move { self.0.extend(receipts, ttl).await })
    }
    fn settle(&self, settlements: Vec<Settlement>) -> Answer<'_, Settled> {
        slowly(async { self.0.settle(settlements).await })
    }
    fn redrive(&self, org: &Org, limit: u32) -> Answer<'_, u64> {
        let org = org.clone();
        slowly(async move { self.0.redrive(&org, limit).await })
    }
    fn health(&self) -> Answer<'_, Health> {
        slowly(async { self.0.health().await })
    }
}

impl TailStore for Slow {
    fn acquire<'a>(&'a self, key: &'a TailKey, owner: &'a str, ttl: Duration) -> Answer<'a, Acquired> {
        slowly(async move { self.0.acquire(key, owner, ttl).await })
    }
    fn renew<'a>(&'a self, lease: &'a TailLease, ttl: Duration) -> Answer<'a, Option<TailLease>> {
        slowly(async move { self.0.renew(lease, ttl).await })
    }
    fn release<'a>(&'a self, lease: &'a TailLease) -> Answer<'a, ()> {
        slowly(async { self.0.release(lease).await })
    }
    fn commit<'a>(&'a self, lease: &'a TailLease, commit: TailCommit) -> Answer<'a, Commit> {
        slowly(async { self.0.commit(lease, commit).await })
    }
    fn checkpoint<'a>(&'a self, key: &'a TailKey) -> Answer<'a, Option<Checkpoint>> {
        slowly(async { self.0.checkpoint(key).await })
    }
    fn gaps<'a>(&'a self, key: &'a TailKey) -> Answer<'a, Vec<Gap>> {
        slowly(async { self.0.gaps(key).await })
    }
}
