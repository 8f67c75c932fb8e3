//! What is remembered of every attempt to push.

use std::collections::VecDeque;

use super::Entry;

/// Attempts that are remembered, and events in all of them.
const REMEMBERED: usize = 65_536;
const EVENTS: usize = 65_536;

/// How Okta reaches a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub enum Channel {
    /// An Event Hook: events of the types it asked for, in batches.
    EventHook,
    /// A log stream to AWS EventBridge, relayed by an API destination: every event, one in a request.
    EventBridge,
}

impl Channel {
    /// The name used in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::EventHook => "event_hook",
            Self::EventBridge => "eventbridge",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::EventHook, Self::EventBridge].into_iter().find(|channel| channel.name() == name)
    }
}

/// One attempt to push events to an Event Hook or, for a log stream, to the relay.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeliveryRecord {
    /// Number of the attempt, counted from 1 since the start.
    pub n: u64,
    /// Hook or stream.
    pub channel: Channel,
    /// The hook's id, `who…`, or the log stream's, `0oa…`.
    pub target_id: String,
    /// The push's own id (`eventId` of a hook's body, `id` of an envelope); a retry repeats it.
    pub push_id: String,
    /// The `uuid` of every event in the push.
    pub event_uuids: Vec<String>,
    /// 1 for the first attempt, 2 for the retry.
    pub attempt: u32,
    /// When the attempt was started, in milliseconds since 1970 of the mock's clock.
    pub at_ms: i64,
    /// What the receiver answered; `None` when it did not.
    pub status: Option<u16>,
    /// Why there was no answer.
    pub error: Option<String>,
    /// How long it took, in milliseconds of the mock's clock.
    pub duration_ms: i64,
    /// Whether planned misbehaviour touched the push.
    pub faulted: bool,
}

impl DeliveryRecord {
    /// Whether the receiver took it: it answered 2xx.
    #[must_use]
    pub fn delivered(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// The last attempts, each with its events so that it can be repeated.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deliveries {
    ring: VecDeque<(DeliveryRecord, Vec<Entry>)>,
    /// How many events they hold.
    events: usize,
    counted: u64,
}

impl Deliveries {
    pub(crate) fn push(&mut self, mut record: DeliveryRecord, entries: Vec<Entry>) {
        self.counted += 1;
        record.n = self.counted;
        self.events += record.event_uuids.len();
        self.ring.push_back((record, entries));
        while self.ring.len() > REMEMBERED || (self.events > EVENTS && self.ring.len() > 1) {
            self.events -= self.ring.pop_front().map_or(0, |(oldest, _)| oldest.event_uuids.len());
        }
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = &DeliveryRecord> {
        self.ring.iter().map(|(record, _)| record)
    }

    /// The attempt with this number.
    pub(crate) fn find(&self, n: u64) -> Option<&(DeliveryRecord, Vec<Entry>)> {
        self.ring.iter().find(|(record, _)| record.n == n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_forgotten_when_they_or_their_events_are_too_many() {
        let attempt = |events: usize| DeliveryRecord {
            n: 0,
            channel: Channel::EventHook,
            target_id: "who".to_owned(),
            push_id: "push".to_owned(),
            event_uuids: vec!["uuid".to_owned(); events],
            attempt: 1,
            at_ms: 0,
            status: Some(200),
            error: None,
            duration_ms: 0,
            faulted: false,
        };
        let mut deliveries = Deliveries::default();
        for _ in 0..1_000 {
            deliveries.push(attempt(100), Vec::new());
        }
        assert_eq!((deliveries.ring.len(), deliveries.events), (655, 65_500));
        assert_eq!(deliveries.records().next().map(|record| record.n), Some(346));
        for _ in 0..=REMEMBERED {
            deliveries.push(attempt(1), Vec::new());
        }
        assert_eq!((deliveries.ring.len(), deliveries.events), (REMEMBERED, REMEMBERED));
        deliveries.push(attempt(2 * EVENTS), Vec::new());
        assert_eq!(
            deliveries.records().map(|record| record.n).collect::<Vec<_>>(),
            [66_538],
            "the last one stays"
        );
    }
}
