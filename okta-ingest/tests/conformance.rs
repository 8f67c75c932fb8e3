//! Every store of this crate against the one suite.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use okta_ingest::{MemoryStore, SqliteStore, TailStore, conformance};

#[tokio::test]
async fn memory_keeps_the_contract() {
    conformance::run(async |clock| Arc::new(MemoryStore::with_clock(clock)) as Arc<dyn TailStore>).await;
}

#[tokio::test]
async fn sqlite_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let number = std::sync::atomic::AtomicU32::new(0);
    conformance::run(async |clock| {
        let file = format!("{}.db", number.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        let store = SqliteStore::options(folder.path().join(file)).clock(clock).open().await.unwrap();
        Arc::new(store) as Arc<dyn TailStore>
    })
    .await;
}
