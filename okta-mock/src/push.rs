//! Event Hook pushes: batching, Okta's one retry, and the record of every attempt. Pure: it says what to send and is
//! told what came of it.
//!
//! Source: Event Hooks concept page: 3 seconds to answer, one retry after a timeout or a 5xx, none after a 4xx.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};

use crate::engine::Pending;
use crate::org::event::Record;
use crate::org::hooks::EventHook;
use crate::org::id::Id;
use crate::org::{Org, render};
use crate::{json, timestamp};

/// Pushes to one hook that may be under way at once.
const IN_FLIGHT_PER_HOOK: usize = 4;
/// Events in one push. Okta names no limit; this keeps a push well below a megabyte.
const MAX_BATCH: usize = 100;
/// Attempts that are remembered.
const REMEMBERED: usize = 65_536;

/// One attempt to push events to a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeliveryRecord {
    /// The hook's id, `who…`.
    pub hook_id: String,
    /// The push's own id (`eventId` in its body); a retry repeats it.
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
}

/// Something to send, and whom to tell what came of it.
#[derive(Debug)]
pub(crate) struct Outbound {
    pub(crate) request: http::Request<Bytes>,
    pub(crate) ticket: Ticket,
}

/// What an [`Outbound`] was for.
#[derive(Debug)]
pub(crate) enum Ticket {
    Delivery(u64),
    Verification(Box<Pending>),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Answered { status: u16, body: Bytes },
    TimedOut,
    Failed(String),
}

impl Outcome {
    /// Okta tries once more after a timeout, no connection or a 5xx. A 4xx is final, and so is a redirect.
    pub(crate) fn worth_a_retry(&self) -> bool {
        match self {
            Self::Answered { status, .. } => *status >= 500,
            Self::TimedOut | Self::Failed(_) => true,
        }
    }

    fn delivered(&self) -> bool {
        matches!(self, Self::Answered { status: 200..300, .. })
    }

    /// The reason as the System Log gives it.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Answered { status, .. } => {
                format!("Received HTTP status {status} from the external service")
            }
            Self::TimedOut => "Timed out waiting for the external service".to_owned(),
            Self::Failed(why) => format!("Could not reach the external service: {why}"),
        }
    }
}

#[derive(Debug)]
struct Batch {
    hook: Id,
    push_id: String,
    records: Vec<(Arc<Record>, Arc<str>)>,
    attempt: u32,
    /// When the window closes; later, when the attempt was started.
    at: i64,
}

/// Everything that is on its way to hooks.
#[derive(Debug, Default)]
pub(crate) struct Push {
    window_ms: i64,
    open: BTreeMap<Id, Batch>,
    ready: VecDeque<Batch>,
    in_flight: BTreeMap<u64, Batch>,
    sent: u64,
    deliveries: VecDeque<DeliveryRecord>,
}

impl Push {
    pub(crate) fn new(window_ms: i64) -> Self {
        Self { window_ms, ..Self::default() }
    }

    /// An empty one that goes on counting: what comes of a push of before must not be taken for news of a later one.
    pub(crate) fn successor(&self) -> Self {
        Self { sent: self.sent, ..Self::new(self.window_ms) }
    }

    /// Offers new events to the hooks that want them.
    pub(crate) fn offer(&mut self, org: &mut Org, records: &[Arc<Record>], now: i64) {
        for record in records {
            let hooks = org.hooks_for(record.event_type());
            if hooks.is_empty() {
                continue;
            }
            let ids: Arc<str> = hooks.join(",").into();
            for hook in hooks {
                let window_ms = self.window_ms;
                let batch = self.open.entry(Arc::clone(&hook)).or_insert_with(|| Batch {
                    hook: Arc::clone(&hook),
                    push_id: org.mint.push_uuid(),
                    records: Vec::new(),
                    attempt: 1,
                    at: now.saturating_add(window_ms),
                });
                batch.records.push((Arc::clone(record), Arc::clone(&ids)));
                if batch.records.len() >= MAX_BATCH {
                    self.ready.extend(self.open.remove(&hook));
                }
            }
        }
    }

    /// When the next batching window closes.
    pub(crate) fn next_due(&self) -> Option<i64> {
        self.open.values().map(|batch| batch.at).min()
    }

    /// Closes the windows that are over.
    pub(crate) fn close_due(&mut self, now: i64) {
        let mut due: Vec<(i64, Id)> = self
            .open
            .values()
            .filter(|batch| batch.at <= now)
            .map(|batch| (batch.at, Arc::clone(&batch.hook)))
            .collect();
        due.sort();
        for (_, hook) in due {
            self.ready.extend(self.open.remove(&hook));
        }
    }

    /// What can be sent now. Batches of hooks that no longer deliver are dropped, as Okta drops them.
    pub(crate) fn take(&mut self, hooks: &BTreeMap<Id, EventHook>, base: &str, now: i64) -> Vec<Outbound> {
        let (mut sending, mut waiting) = (Vec::new(), VecDeque::new());
        for mut batch in std::mem::take(&mut self.ready) {
            let Some(hook) = hooks.get(&batch.hook).filter(|hook| hook.delivers()) else { continue };
            let under_way = self.in_flight.values().filter(|other| other.hook == batch.hook).count();
            if under_way >= IN_FLIGHT_PER_HOOK {
                waiting.push_back(batch);
                continue;
            }
            let Some(request) = delivery_request(hook, &batch, base, now) else { continue };
            batch.at = now;
            self.sent += 1;
            sending.push(Outbound { request, ticket: Ticket::Delivery(self.sent) });
            self.in_flight.insert(self.sent, batch);
        }
        self.ready = waiting;
        sending
    }

    /// Takes note of what came of a push. A failed second attempt gives the hook and the reason, for the log.
    pub(crate) fn finish(&mut self, ticket: u64, outcome: &Outcome, now: i64) -> Option<(Id, String)> {
        let mut batch = self.in_flight.remove(&ticket)?;
        if self.deliveries.len() == REMEMBERED {
            self.deliveries.pop_front();
        }
        let status = match outcome {
            Outcome::Answered { status, .. } => Some(*status),
            _ => None,
        };
        self.deliveries.push_back(DeliveryRecord {
            hook_id: batch.hook.to_string(),
            push_id: batch.push_id.clone(),
            event_uuids: batch.records.iter().map(|(record, _)| record.uuid.clone()).collect(),
            attempt: batch.attempt,
            at_ms: batch.at,
            status,
            error: status.is_none().then(|| outcome.reason()),
            duration_ms: (now - batch.at).max(0),
        });
        if outcome.delivered() {
            return None;
        }
        if batch.attempt == 1 && outcome.worth_a_retry() {
            batch.attempt = 2;
            self.ready.push_front(batch);
            return None;
        }
        Some((batch.hook, outcome.reason()))
    }

    /// Closes every window, due or not.
    pub(crate) fn close_all(&mut self) {
        self.close_due(i64::MAX);
    }

    /// Nothing queued, nothing under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.open.is_empty() && self.ready.is_empty() && self.in_flight.is_empty()
    }

    pub(crate) fn deliveries(&self) -> impl Iterator<Item = &DeliveryRecord> {
        self.deliveries.iter()
    }
}

/// The one-time GET that proves the receiver's address.
pub(crate) fn verification_request(hook: &EventHook, challenge: &str) -> Option<http::Request<Bytes>> {
    request(
        hook,
        http::Request::get(&hook.settings.uri).header("x-okta-verification-challenge", challenge),
        Bytes::new(),
    )
}

fn delivery_request(hook: &EventHook, batch: &Batch, base: &str, now: i64) -> Option<http::Request<Bytes>> {
    let mut body = String::with_capacity(512 + batch.records.len() * 2_600);
    json::open(&mut body, "eventType", "com.okta.event_hook");
    json::text(&mut body, "eventTypeVersion", "1.0");
    json::text(&mut body, "cloudEventsVersion", "0.1");
    json::text(&mut body, "source", &format!("{base}/api/v1/eventHooks/{}", hook.id));
    json::text(&mut body, "eventId", &batch.push_id);
    json::raw(&mut body, "data", "{\"events\":[");
    for (n, (record, hook_ids)) in batch.records.iter().enumerate() {
        body.push_str(if n == 0 { "" } else { "," });
        body.push_str(&render::hook_entry(record, hook_ids));
    }
    body.push_str("]}");
    json::text(&mut body, "eventTime", &timestamp::iso(now));
    json::text(&mut body, "contentType", "application/json");
    body.push('}');
    request(
        hook,
        http::Request::post(&hook.settings.uri).header(CONTENT_TYPE, "application/json"),
        body.into(),
    )
}

fn request(
    hook: &EventHook,
    mut builder: http::request::Builder,
    body: Bytes,
) -> Option<http::Request<Bytes>> {
    builder = builder.header(ACCEPT, "application/json").header(USER_AGENT, "okta-mock");
    for (key, value) in hook.settings.headers.iter().chain(&hook.settings.auth) {
        builder = builder.header(key, value);
    }
    builder.body(body).ok()
}
