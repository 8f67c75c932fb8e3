//! Settle: final, fenced, and counted.

use std::time::Duration;

use futures::FutureExt;

use super::{Case, Subject, TTL, batch, health, retry};
use crate::{Channel, Outcome};

pub(super) const CASES: &[Case] = &[
    ("each outcome ends or prolongs the event as it says", |s| outcomes(s).boxed()),
    ("an event to be tried later is not handed out before", |s| later(s).boxed()),
    ("xe02 a worker that lost its lease settles nothing", |s| fenced(s).boxed()),
    ("an event can be settled once", |s| once(s).boxed()),
    ("a settle counts what it did and what was stale", |s| counted(s).boxed()),
];

async fn outcomes(subject: Subject) {
    let _ = subject.put(batch("a.example", Channel::Poll, &["done", "ignored", "dead", "retry"])).await;
    let outcomes = [
        Outcome::Done,
        Outcome::Ignored("of no interest".to_owned()),
        Outcome::Dead("never".to_owned()),
        retry(Duration::ZERO),
    ];
    for (delivery, outcome) in subject.lease(10).await.into_iter().zip(outcomes) {
        assert!(subject.settle(delivery, outcome).await);
    }
    assert_eq!(health(&subject).await, (1, 0, 1, 0));
    assert_eq!(subject.lease_one().await.uuid, "retry");
}

async fn later(subject: Subject) {
    let _ = subject.put(batch("a.example", Channel::Poll, &["e1"])).await;
    let delivery = subject.lease_one().await;
    assert!(subject.settle(delivery, retry(Duration::from_secs(30))).await);
    assert!(subject.lease(10).await.is_empty());
    subject.clock.advance(Duration::from_secs(30));
    assert_eq!(subject.lease_one().await.attempt, 2);
}

async fn fenced(subject: Subject) {
    let _ = subject.put(batch("a.example", Channel::Poll, &["e1"])).await;
    let slow = subject.lease_one().await;
    subject.clock.advance(TTL);
    let quick = subject.lease_one().await;
    for outcome in [Outcome::Done, Outcome::Dead("x".to_owned()), retry(Duration::ZERO)] {
        assert!(!subject.settle(slow.clone(), outcome).await);
    }
    assert_eq!(health(&subject).await, (0, 1, 0, 0), "the holder still has it");
    assert!(subject.settle(quick, Outcome::Done).await);
}

async fn once(subject: Subject) {
    let _ = subject.put(batch("a.example", Channel::Poll, &["e1", "e2"])).await;
    let mut leased = subject.lease(10).await.into_iter();
    let (Some(done), Some(retried)) = (leased.next(), leased.next()) else { panic!("two events are ready") };
    assert!(subject.settle(done.clone(), Outcome::Done).await);
    assert!(!subject.settle(done, Outcome::Done).await);
    assert!(subject.settle(retried.clone(), retry(TTL)).await);
    assert!(!subject.settle(retried, Outcome::Done).await, "handed back is handed back");
}

async fn counted(subject: Subject) {
    let _ = subject.put(batch("a.example", Channel::Poll, &["e1", "e2", "e3"])).await;
    let leased = subject.lease(10).await;
    assert!(subject.settle(leased[0].clone(), Outcome::Done).await);
    let twice = leased.iter().chain(&leased[1..2]).cloned();
    let all = twice.map(|delivery| delivery.settle(Outcome::Done)).collect();
    let settled = subject.store.settle(all).await.expect("settle");
    assert_eq!((settled.done, settled.stale), (2, 2));
    assert!(subject.store.health().await.expect("health").is_drained());
}
