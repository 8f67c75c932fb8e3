//! What Okta no longer has, and positions that are older than they should be.

use std::sync::Arc;
use std::time::Duration;

use okta_client::{Client, transport};
use okta_ingest::{
    Acquired, Batch, Channel, Checkpoint, Commit, Inbox, MemoryStore, Org, Tail, TailCommit, TailKey,
    TailStore,
};
use okta_mock::NewEvent;

use crate::{client_of, key, org_with, run, start, stored, support, tail_of, truth};
#[tokio::test(start_paused = true)]
async fn a06_a_tail_that_slept_past_retention_with_a_good_cursor_declares_the_gap() {
    let (okta, store) = (org_with(20), MemoryStore::new());
    let mut tail = run(tail_of(&okta, &store));
    tail.catch_up().await;
    tail.stop().await.unwrap();
    let slept_from = store.checkpoint(&key(&okta)).await.unwrap().unwrap().caught_up_at.unwrap();
    for _ in 0..5 {
        // Somebody else uses the token meanwhile, or it would expire after 30 days.
        tokio::time::sleep(Duration::from_secs(20 * 24 * 3600)).await;
        client_of(&okta).users().get("me").await.unwrap();
    }
    okta.append_log(vec![NewEvent::new("user.session.start")]);
    let mut tail = run(tail_of(&okta, &store));
    tail.catch_up().await;
    let gaps = store.gaps(&key(&okta)).await.unwrap();
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert_eq!(gaps[0].from, slept_from);
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn p11_a_start_before_oktas_retention_is_clamped_and_the_gap_declared() {
    let (okta, store) = (org_with(100), MemoryStore::new());
    let long_ago = start().saturating_sub(Duration::from_secs(200 * 24 * 3600));
    let mut tail = run(Tail::new(client_of(&okta), Arc::new(store.clone()), "one", long_ago));
    tail.catch_up().await;
    assert_eq!(stored(&store).await, truth(&okta));
    let gaps = store.gaps(&key(&okta)).await.unwrap();
    assert_eq!(gaps.len(), 1);
    assert_eq!(gaps[0].from, long_ago);
    assert_eq!(tail.monitor.status().gaps, gaps);
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn c06_a_checkpoint_from_an_old_backup_costs_repeats_and_applies_nothing_twice() {
    let (okta, store) = (org_with(200), MemoryStore::new());
    let mut tail = run(tail_of(&okta, &store));
    tail.catch_up().await;
    tail.stop().await.unwrap();
    let before = stored(&store).await;
    let backup = Checkpoint::starting_at(start().saturating_sub(Duration::from_secs(6 * 3600)));
    let Acquired::Leading(lease, Some(current)) =
        store.acquire(&key(&okta), "restore", Duration::from_secs(30)).await.unwrap()
    else {
        panic!("nobody leads")
    };
    let restored = Checkpoint { version: current.version + 1, ..backup };
    let batch = Batch::empty(lease.key.org.clone(), Channel::Poll);
    let commit = TailCommit { batch, page: None, gap: None, checkpoint: restored };
    assert!(matches!(store.commit(&lease, commit).await.unwrap(), Commit::Saved(_)));
    store.release(&lease).await.unwrap();
    let mut tail = run(tail_of(&okta, &store));
    tail.catch_up().await;
    assert!(tail.monitor.status().put.duplicates > 0);
    assert_eq!(stored(&store).await, before);
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn h15_l11_a_push_long_after_the_tail_has_read_its_event_changes_nothing() {
    let (okta, store) = (org_with(3), MemoryStore::new());
    let mut tail = run(tail_of(&okta, &store));
    tail.catch_up().await;
    let before = stored(&store).await;
    tokio::time::sleep(Duration::from_secs(20 * 3600)).await;
    let uuids: Vec<String> = before.clone();
    let late = store.put(support::push_from(&Org::of(&client_of(&okta)), &uuids)).await.unwrap();
    assert_eq!((late.inserted, late.duplicates), (0, 3));
    assert_eq!(stored(&store).await, before);
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a04_an_org_that_moves_to_another_domain_goes_on_as_the_one_that_it_was() {
    let (okta, store) = (org_with(200), MemoryStore::new());
    let mut tail = run(tail_of(&okta, &store));
    tail.catch_up().await;
    tail.stop().await.unwrap();
    okta.append_log(vec![NewEvent::new("user.session.start")]);
    let (service, known) = (okta.service(), Org::of(&client_of(&okta)));
    // Okta's links go on naming the old domain.
    let moved =
        Client::builder("https://login.acme.example").alias_origin(okta.url()).api_token(okta.api_token());
    let moved = moved.transport(transport::from_fn(move |request| service.call(request))).build().unwrap();
    let tail = Tail::new(moved, Arc::new(store.clone()), "one", start()).org(known.clone());
    let mut tail = run(tail);
    tail.catch_up().await;
    assert_eq!(tail.monitor.status().put.duplicates, 0, "it went on behind its cursor");
    assert_eq!(tail.monitor.status().put.inserted, 1);
    assert_eq!(stored(&store).await, truth(&okta));
    assert!(store.checkpoint(&TailKey::system_log(known)).await.unwrap().is_some());
    tail.stop().await.unwrap();
}
