//! Lease: one holder at a time, oldest first, back again when it ends, and not forever.

use std::time::Duration;

use futures::FutureExt;

use super::{Case, MAX_ATTEMPTS, Subject, TTL, batch, health};
use crate::{Channel, Outcome};

pub(super) const CASES: &[Case] = &[
    ("a leased event is not handed out again", |s| exclusive(s).boxed()),
    ("events are handed out in the order of their arrival", |s| in_order(s).boxed()),
    ("l07 an event whose worker died comes back when its lease ends", |s| comes_back(s).boxed()),
    ("an extended lease holds longer, and a lost one is told", |s| extended(s).boxed()),
    ("xe04 an event that kills its workers does not take its neighbours along", |s| neighbours(s).boxed()),
    ("a lease from a clock that was hours ahead does not hold for hours", |s| corrected_clock(s).boxed()),
    ("xe04 an event that kills its worker becomes a dead letter", |s| crash_poison(s).boxed()),
    ("a dead letter that is redriven starts again, and no old receipt fits", |s| redriven(s).boxed()),
];

async fn exclusive(subject: Subject) {
    let _ = subject.put(batch("a.example", Channel::Poll, &["e1", "e2", "e3"])).await;
    assert_eq!(subject.lease(2).await.len(), 2);
    assert_eq!(subject.lease(2).await.len(), 1);
    assert!(subject.lease(2).await.is_empty());
    assert_eq!(health(&subject).await, (0, 3, 0, 0));
}

async fn in_order(subject: Subject) {
    let uuids: Vec<String> = (0..30).map(|n| format!("e{n}")).collect();
    for uuid in &uuids {
        let _ = subject.put(batch("a.example", Channel::Poll, &[uuid])).await;
    }
    let leased: Vec<String> = subject.lease(100).await.into_iter().map(|delivery| delivery.uuid).collect();
    assert_eq!(leased, uuids);
}

async fn comes_back(subject: Subject) {
    let _ = subject.put(batch("a.example", Channel::Poll, &["e1"])).await;
    assert_eq!(subject.lease_one().await.attempt, 1);
    subject.clock.advance(TTL - Duration::from_millis(1));
    assert!(subject.lease(10).await.is_empty());
    subject.clock.advance(Duration::from_millis(1));
    assert_eq!(health(&subject).await, (1, 0, 0, 0));
    assert_eq!(subject.lease_one().await.attempt, 2);
}

async fn extended(subject: Subject) {
    let _ = subject.put(batch("a.example", Channel::Poll, &["e1"])).await;
    let first = subject.lease_one().await;
    subject.clock.advance(TTL / 2);
    let lost = subject.store.extend(vec![first.receipt], TTL).await.expect("extend");
    assert!(lost.is_empty());
    subject.clock.advance(TTL / 2);
    assert!(subject.lease(10).await.is_empty(), "extended leases hold");
    subject.clock.advance(TTL);
    let second = subject.lease_one().await;
    let lost = subject.store.extend(vec![first.receipt, second.receipt], TTL).await.expect("extend");
    assert_eq!(lost, vec![first.receipt]);
}

async fn crash_poison(subject: Subject) {
    let _ = subject.put(batch("a.example", Channel::Poll, &["e1"])).await;
    for attempt in 1..=MAX_ATTEMPTS {
        assert_eq!(subject.lease_one().await.attempt, attempt);
        subject.clock.advance(TTL);
    }
    let _ = subject.put(batch("a.example", Channel::Poll, &["e2"])).await;
    assert_eq!(subject.lease_one().await.uuid, "e2", "its neighbour goes on");
    assert_eq!(health(&subject).await, (0, 1, 1, 0));
}

async fn neighbours(subject: Subject) {
    let _ = subject.put(batch("a.example", Channel::Poll, &["e1", "e2", "poison", "e3", "e4"])).await;
    for _ in 0..50 {
        let leased = subject.lease(10).await;
        if leased.iter().any(|delivery| delivery.uuid == "poison") {
            // The process dies with all of it in hand.
            subject.clock.advance(TTL);
            continue;
        }
        for delivery in leased {
            assert!(subject.settle(delivery, Outcome::Done).await);
        }
    }
    assert_eq!(health(&subject).await, (0, 0, 1, 0), "the poison is dead, the rest is done");
}

async fn corrected_clock(subject: Subject) {
    let key = crate::TailKey::system_log(super::org("a.example"));
    let hours = Duration::from_secs(7 * 3600);
    let _ = subject.store.acquire(&key, "ahead", hours).await.expect("acquire");
    let acquired = subject.store.acquire(&key, "right", TTL).await.expect("acquire");
    assert!(matches!(acquired, crate::Acquired::Leading(..)), "{acquired:?}");
}

async fn redriven(subject: Subject) {
    let _ = subject.put(batch("a.example", Channel::Poll, &["e1"])).await;
    let first = subject.lease_one().await;
    assert!(subject.settle(first.clone(), Outcome::Dead("never".to_owned())).await);
    assert_eq!(subject.store.redrive(&super::org("b.example"), 10).await.expect("redrive"), 0);
    assert_eq!(subject.store.redrive(&super::org("a.example"), 10).await.expect("redrive"), 1);
    assert_eq!(health(&subject).await, (1, 0, 0, 0));
    let again = subject.lease_one().await;
    assert_eq!(again.attempt, 1);
    assert!(!subject.settle(first, Outcome::Done).await, "the first life's receipt is stale");
    assert!(subject.settle(again, Outcome::Done).await);
}
