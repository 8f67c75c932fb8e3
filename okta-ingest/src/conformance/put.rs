//! Put: once per `(org, key)`, all or nothing, byte for byte.

use futures::FutureExt;

use super::{Case, Subject, batch, event, health, unreadable};
use crate::{Batch, Channel, Org};

pub(super) const CASES: &[Case] = &[
    ("an event put twice is stored once", |s| put_twice(s).boxed()),
    ("h01 an event that comes twice in one batch is stored once", |s| twice_in_a_batch(s).boxed()),
    ("h02 an event that comes by three channels keeps the first", |s| three_channels(s).boxed()),
    ("xd10 two orgs may have events with one uuid", |s| two_orgs(s).boxed()),
    ("the bytes come back as they were put", |s| bytes_survive(s).boxed()),
    ("what was not understood is kept once and counted", |s| quarantine(s).boxed()),
    ("a settled event that comes again stays settled", |s| settled_comes_again(s).boxed()),
];

async fn put_twice(subject: Subject) {
    assert_eq!(subject.put(batch("a.example", Channel::Poll, &["e1", "e2"])).await, (2, 0, 0));
    assert_eq!(subject.put(batch("a.example", Channel::Poll, &["e2", "e3"])).await, (1, 1, 0));
    assert_eq!(health(&subject).await, (3, 0, 0, 0));
}

async fn twice_in_a_batch(subject: Subject) {
    assert_eq!(subject.put(batch("a.example", Channel::EventHook, &["e1", "e1"])).await, (1, 1, 0));
    assert_eq!(subject.lease(10).await.len(), 1);
}

async fn three_channels(subject: Subject) {
    for channel in [Channel::EventHook, Channel::EventBridge, Channel::Poll] {
        let _ = subject.put(batch("a.example", channel, &["7a103dde-7e2b-11f1-9d3c-0a1b2c3d4e02"])).await;
    }
    assert_eq!(subject.lease_one().await.channel, Channel::EventHook);
}

async fn two_orgs(subject: Subject) {
    assert_eq!(subject.put(batch("a.example", Channel::Poll, &["e1"])).await, (1, 0, 0));
    assert_eq!(subject.put(batch("b.example", Channel::Poll, &["e1"])).await, (1, 0, 0));
    let orgs: Vec<Org> = subject.lease(10).await.into_iter().map(|delivery| delivery.org).collect();
    assert_eq!(orgs.len(), 2);
    assert_ne!(orgs[0], orgs[1]);
}

async fn bytes_survive(subject: Subject) {
    // Poison for a database that parses JSON: an escaped NUL, a lone surrogate, a number out of range, odd spacing.
    let raw = r#"{ "uuid":"e1", "eventType":"a.b","x":"\u0000\ud800", "n":1e999 , "é":"\\"}"#;
    let read = crate::Incoming::read(bytes::Bytes::from_static(raw.as_bytes()), || "here".to_owned());
    let mut one = Batch::empty(super::org("a.example"), Channel::Poll);
    one.add(read);
    assert_eq!(subject.put(one).await, (1, 0, 0));
    let delivery = subject.lease_one().await;
    assert_eq!(delivery.raw, raw.as_bytes());
    assert_eq!(
        (delivery.uuid.as_str(), delivery.event_type.as_str(), delivery.published),
        ("e1", "a.b", None)
    );
    assert_eq!(delivery.key, event("e1").key());
}

async fn quarantine(subject: Subject) {
    let mut mixed = batch("a.example", Channel::EventHook, &["e1"]);
    mixed.quarantined = vec![unreadable("{"), unreadable("[")];
    assert_eq!(subject.put(mixed.clone()).await, (1, 0, 2));
    assert_eq!(subject.put(mixed).await, (0, 1, 0));
    assert_eq!(health(&subject).await, (1, 0, 0, 2));
}

async fn settled_comes_again(subject: Subject) {
    let _ = subject.put(batch("a.example", Channel::Poll, &["e1"])).await;
    let delivery = subject.lease_one().await;
    assert!(subject.settle(delivery, crate::Outcome::Done).await);
    assert_eq!(subject.put(batch("a.example", Channel::EventHook, &["e1"])).await, (0, 1, 0));
    assert!(subject.lease(10).await.is_empty());
}
