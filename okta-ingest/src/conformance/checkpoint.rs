//! The tail's state: one leader, a fenced position, and never a position without its events.

use futures::FutureExt;
use okta_client::Timestamp;

use super::{Case, Subject, TTL, batch, health, org};
use crate::Channel;
use crate::checkpoint::{Acquired, Checkpoint, Commit, Gap, PageRecord, TailCommit, TailKey, TailLease};

pub(super) const CASES: &[Case] = &[
    ("l01 one of two instances leads", |s| one_leader(s).boxed()),
    ("a released lead is free at once", |s| released(s).boxed()),
    ("l02 a leader that was paused commits nothing", |s| paused_leader(s).boxed()),
    ("l03 a lease ends by the store's clock and grows by renewal", |s| renewed(s).boxed()),
    ("a position is stored with its events and read back whole", |s| stored(s).boxed()),
    ("c02 a commit that is repeated is fenced and stores nothing twice", |s| repeated(s).boxed()),
    ("two orgs have two tails", |s| two_tails(s).boxed()),
];

fn key() -> TailKey {
    TailKey::system_log(org("a.example"))
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("the suite's own times are times")
}

fn step(version: u64, uuids: &[&str]) -> TailCommit {
    let cursor = format!("/api/v1/logs?after={version}");
    TailCommit {
        batch: batch("a.example", Channel::Poll, uuids),
        page: Some(PageRecord {
            position_in: "since=2026-01-01T00:00:00.000Z".to_owned(),
            position_out: cursor.parse().ok(),
            read_at: Some(at("2026-01-01T00:00:02Z")),
            events: uuids.len() as u64,
            keys_xor: u128::MAX,
        }),
        gap: None,
        checkpoint: Checkpoint {
            version,
            cursor: cursor.parse().ok(),
            cursor_at: Some(at("2026-01-01T00:00:02Z")),
            anchor: at("2026-01-01T00:00:01.234Z"),
            caught_up_at: Some(at("2026-01-01T00:00:02Z")),
            ..Checkpoint::starting_at(at("2025-12-25T00:00:00Z"))
        },
    }
}

async fn lead(subject: &Subject, owner: &str) -> Option<(TailLease, Option<Checkpoint>)> {
    match subject.store.acquire(&key(), owner, TTL).await.expect("acquire") {
        Acquired::Leading(lease, checkpoint) => Some((lease, checkpoint)),
        Acquired::HeldBy { .. } => None,
    }
}

async fn commit(subject: &Subject, lease: &TailLease, commit: TailCommit) -> bool {
    matches!(subject.store.commit(lease, commit).await.expect("commit"), Commit::Saved(_))
}

async fn one_leader(subject: Subject) {
    assert!(lead(&subject, "one").await.is_some());
    match subject.store.acquire(&key(), "two", TTL).await.expect("acquire") {
        Acquired::HeldBy { owner, .. } => assert_eq!(owner, "one"),
        Acquired::Leading(..) => panic!("two instances lead"),
    }
    subject.clock.advance(TTL);
    assert!(lead(&subject, "two").await.is_some(), "an ended lease is free");
}

async fn released(subject: Subject) {
    let (lease, _) = lead(&subject, "one").await.expect("free");
    subject.store.release(&lease).await.expect("release");
    let (second, _) = lead(&subject, "two").await.expect("released");
    subject.store.release(&lease).await.expect("release");
    assert!(lead(&subject, "three").await.is_none(), "an old lease releases nothing");
    assert!(commit(&subject, &second, step(1, &[])).await);
}

async fn paused_leader(subject: Subject) {
    let (old, _) = lead(&subject, "one").await.expect("free");
    subject.clock.advance(TTL);
    let (new, _) = lead(&subject, "two").await.expect("ended");
    assert!(new.epoch > old.epoch);
    assert!(!commit(&subject, &old, step(1, &["e1"])).await);
    assert_eq!(health(&subject).await, (0, 0, 0, 0), "a fenced commit stores nothing");
    assert!(subject.store.renew(&old, TTL).await.expect("renew").is_none());
    assert!(commit(&subject, &new, step(1, &["e1"])).await);
}

async fn renewed(subject: Subject) {
    let (lease, _) = lead(&subject, "one").await.expect("free");
    subject.clock.advance(TTL / 2);
    let renewed = subject.store.renew(&lease, TTL).await.expect("renew").expect("still ours");
    assert!(renewed.until > lease.until);
    subject.clock.advance(TTL / 2);
    assert!(lead(&subject, "two").await.is_none());
    subject.clock.advance(TTL / 2);
    assert!(lead(&subject, "two").await.is_some());
}

async fn stored(subject: Subject) {
    let (lease, none) = lead(&subject, "one").await.expect("free");
    assert_eq!(none, None);
    let gap =
        Gap { from: at("2025-01-01T00:00:00Z"), to: at("2025-06-01T00:00:00Z"), cause: "old".to_owned() };
    let first = TailCommit { gap: Some(gap.clone()), ..step(1, &["e1", "e2"]) };
    assert!(commit(&subject, &lease, first.clone()).await);
    assert_eq!(health(&subject).await, (2, 0, 0, 0));
    let loaded = subject.store.checkpoint(&key()).await.expect("checkpoint");
    assert_eq!(loaded.as_ref(), Some(&first.checkpoint));
    assert_eq!(subject.store.gaps(&key()).await.expect("gaps"), vec![gap]);
    let (_, resumed) = lead(&subject, "one").await.expect("ours again");
    assert_eq!(resumed, Some(first.checkpoint));
}

async fn repeated(subject: Subject) {
    let (lease, _) = lead(&subject, "one").await.expect("free");
    assert!(commit(&subject, &lease, step(1, &["e1"])).await);
    assert!(!commit(&subject, &lease, step(1, &["e1"])).await);
    assert!(!commit(&subject, &lease, step(3, &["e3"])).await, "a version cannot be skipped");
    assert!(commit(&subject, &lease, step(2, &["e1", "e2"])).await);
    assert_eq!(health(&subject).await, (2, 0, 0, 0));
}

async fn two_tails(subject: Subject) {
    assert!(lead(&subject, "one").await.is_some());
    let other = TailKey::system_log(org("b.example"));
    let acquired = subject.store.acquire(&other, "two", TTL).await.expect("acquire");
    assert!(matches!(acquired, Acquired::Leading(_, None)));
}
