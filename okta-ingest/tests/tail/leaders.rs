//! Who reads, and who is woken.

use std::sync::Arc;
use std::time::Duration;

use okta_ingest::{Acquired, ManualClock, MemoryStore, Role, Tail, TailStore, Waker};
use okta_mock::NewEvent;

use crate::{client_of, key, org_with, run, start, stored, tail_of};
#[tokio::test(start_paused = true)]
async fn l09_l10_a_wake_up_is_followed_by_a_look_within_a_second_and_a_storm_by_one_a_second() {
    let (okta, store, waker) = (org_with(5), MemoryStore::new(), Waker::new());
    let mut tail = run(tail_of(&okta, &store).poll_interval(Duration::from_secs(3600)).waker(waker.clone()));
    tail.catch_up().await;
    let woken = tokio::time::Instant::now();
    waker.wake();
    tail.catch_up().await;
    assert!(woken.elapsed() <= Duration::from_secs(1), "{:?}", woken.elapsed());
    let pages = tail.monitor.status().pages;
    for _ in 0..1000 {
        waker.wake();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(tail.monitor.status().pages - pages <= 11, "ten seconds of wake-ups");
    tail.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn l01_a_second_instance_stands_by_and_takes_over_at_once_when_the_first_stops() {
    let (okta, store) = (org_with(100), MemoryStore::new());
    let mut first = run(tail_of(&okta, &store));
    first.catch_up().await;
    let other = Tail::new(client_of(&okta), Arc::new(store.clone()), "two", start());
    let mut second = run(other);
    let leader = Role::Standby { leader: Some("one".to_owned()) };
    second.monitor.wait_for(|status| status.role == leader).await.unwrap();
    first.stop().await.unwrap();
    let uuids = okta.append_log(vec![NewEvent::new("user.session.start")]);
    second.catch_up().await;
    assert_eq!(stored(&store).await.last(), uuids.first());
    assert_eq!(second.monitor.status().put.duplicates, 0, "it went on where the first had stopped");
    second.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn l02_a_leader_whose_lease_was_taken_steps_down() {
    let clock = ManualClock::starting_at(start());
    let (okta, store) = (org_with(10), MemoryStore::with_clock(clock.clone()));
    let mut first = run(tail_of(&okta, &store));
    first.catch_up().await;
    clock.advance(Duration::from_secs(3600));
    let taken = store.acquire(&key(&okta), "two", Duration::from_secs(250)).await.unwrap();
    assert!(matches!(taken, Acquired::Leading(..)));
    let leader = Role::Standby { leader: Some("two".to_owned()) };
    first.monitor.wait_for(|status| status.role == leader).await.unwrap();
    first.stop().await.unwrap();
}
