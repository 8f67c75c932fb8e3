//! Pushes: to Event Hooks in batches, to log streams event by event, each with Okta's own retry rule. Pure: it says
//! what to send and is told what came of it.
//!
//! A hook has 3 seconds to answer and gets one retry after a timeout or a 5xx, none after a 4xx. A log stream's target
//! gets two attempts, whatever went wrong; then Okta switches the stream off. Sources: Event Hooks and Log Streaming
//! concept pages.

pub(crate) mod bridge;
pub(crate) mod hook_request;
pub(crate) mod mischief;
pub(crate) mod quota;
pub(crate) mod record;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use crate::engine::Pending;
use crate::org::event::{Event, Origin, Party, Record};
use crate::org::id::Id;
use crate::org::{Org, Tx};
use bridge::Relay;
use hook_request::Content;
use mischief::Mischief;
use quota::{Counted, Quota};
use record::Deliveries;
pub use record::{Channel, DeliveryRecord};

/// Pushes to one receiver that may be under way at once.
const IN_FLIGHT: usize = 4;
/// Events in one push to a hook. Okta names no limit; this keeps a push well below a megabyte.
const MAX_BATCH: usize = 100;
/// How long a hook's receiver has. Source: Event Hooks concept page.
const HOOK_TIMEOUT: Duration = Duration::from_secs(3);
/// How long an API destination waits. Source: AWS, API destinations.
const RELAY_TIMEOUT: Duration = Duration::from_secs(5);

/// How pushes are made.
#[derive(Clone, Debug)]
pub(crate) struct PushSettings {
    /// How long events wait for others to go out in the same push to a hook.
    pub(crate) window_ms: i64,
    /// How long a hook that was made or changed does not fire.
    pub(crate) activation_delay_ms: i64,
    /// Hooks get events without nulls.
    pub(crate) sparse: bool,
    pub(crate) daily_cap: u64,
    pub(crate) daily_warning: u64,
    /// Where log streams to EventBridge end; without it AWS drops the events.
    pub(crate) relay: Option<Relay>,
}

impl Default for PushSettings {
    fn default() -> Self {
        let Quota { cap, warning, .. } = Quota::default();
        Self {
            window_ms: 200,
            activation_delay_ms: 0,
            sparse: false,
            daily_cap: cap,
            daily_warning: warning,
            relay: None,
        }
    }
}

/// Something to send, and whom to tell what came of it.
#[derive(Debug)]
pub(crate) struct Outbound {
    pub(crate) request: http::Request<Bytes>,
    pub(crate) timeout: Duration,
    pub(crate) ticket: Ticket,
}

impl Outbound {
    /// The verification of a hook.
    pub(crate) fn verification(request: http::Request<Bytes>, pending: Pending) -> Self {
        Self { request, timeout: HOOK_TIMEOUT, ticket: Ticket::Verification(Box::new(pending)) }
    }
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
    /// Okta tries a hook once more after a timeout, no connection or a 5xx. A 4xx is final, and so is a redirect.
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

/// A push that Okta gave up on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct GivenUp {
    pub(crate) channel: Channel,
    pub(crate) target: Id,
    pub(crate) reason: String,
}

/// An event on its way, with the hooks it goes to.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) record: Arc<Record>,
    pub(crate) hook_ids: Arc<str>,
}

#[derive(Clone, Debug)]
struct Batch {
    channel: Channel,
    target: Id,
    push_id: String,
    entries: Vec<Entry>,
    attempt: u32,
    /// When the window closes or the holding ends; later, when the attempt was started.
    at: i64,
    /// A fault had its say already, or must not have one.
    judged: bool,
    bad_auth: bool,
    detail_type: &'static str,
    /// The uuid of the event that a preview makes up.
    preview: Option<String>,
}

/// Everything that is on its way to receivers.
#[derive(Debug, Default)]
pub(crate) struct Push {
    pub(crate) settings: PushSettings,
    quota: Quota,
    open: BTreeMap<Id, Batch>,
    ready: VecDeque<Batch>,
    /// Kept back by a fault.
    held: Vec<Batch>,
    in_flight: BTreeMap<u64, Batch>,
    sent: u64,
    /// What was kept back may go: somebody waits for the end.
    draining: bool,
    reordered: u64,
    /// Events of streams that no relay carried on.
    pub(crate) unrelayed: u64,
    deliveries: Deliveries,
}

impl Push {
    pub(crate) fn new(settings: PushSettings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// An empty one that goes on counting: what comes of a push of before must not be taken for news of a later one.
    pub(crate) fn successor(&self, settings: PushSettings) -> Self {
        Self { sent: self.sent, ..Self::new(settings) }
    }

    /// Offers new events to the hooks and streams that want them.
    pub(crate) fn offer(&mut self, org: &mut Org, records: &[Arc<Record>], now: i64) {
        for record in records {
            self.offer_streams(org, record, now);
            self.offer_hooks(org, record, now);
        }
    }

    fn offer_streams(&mut self, org: &mut Org, record: &Arc<Record>, now: i64) {
        let streams: Vec<Id> = org
            .streams
            .values()
            .filter(|stream| stream.active && stream.event_bridge().is_some())
            .map(|stream| Arc::clone(&stream.id))
            .collect();
        for stream in streams {
            if self.settings.relay.is_none() {
                self.unrelayed += 1;
                continue;
            }
            let entry = Entry { record: Arc::clone(record), hook_ids: "".into() };
            let push_id = org.mint.push_uuid();
            self.ready.push_back(Batch::new(Channel::EventBridge, stream, push_id, vec![entry], now));
        }
    }

    fn offer_hooks(&mut self, org: &mut Org, record: &Arc<Record>, now: i64) {
        let delay = self.settings.activation_delay_ms;
        let mut hooks = org.hooks_for(record.event_type());
        let parsed: std::cell::OnceCell<Value> = std::cell::OnceCell::new();
        hooks.retain(|id| {
            let Some(hook) = org.hooks.get(id) else { return false };
            let event = || parsed.get_or_init(|| serde_json::from_slice(record.json()).unwrap_or_default());
            now >= hook.last_updated.saturating_add(delay) && hook.passes(record.event_type(), event)
        });
        let ids: Arc<str> = hooks.join(",").into();
        for hook in hooks {
            (self.quota.cap, self.quota.warning) = (self.settings.daily_cap, self.settings.daily_warning);
            match self.quota.count(now) {
                Counted::Sent => {}
                Counted::Warn => warn(org, "system.operation.rate_limit.warning", &self.quota, now),
                Counted::FirstLost => {
                    warn(org, "system.operation.rate_limit.violation", &self.quota, now);
                    continue;
                }
                Counted::Lost => continue,
            }
            let closes = now.saturating_add(self.settings.window_ms);
            let batch = self.open.entry(Arc::clone(&hook)).or_insert_with(|| {
                let push_id = org.mint.push_uuid();
                Batch::new(Channel::EventHook, Arc::clone(&hook), push_id, Vec::new(), closes)
            });
            batch.entries.push(Entry { record: Arc::clone(record), hook_ids: Arc::clone(&ids) });
            if batch.entries.len() >= MAX_BATCH {
                self.ready.extend(self.open.remove(&hook));
            }
        }
    }

    /// Queues a preview; its push id, or `None` when there is no such hook.
    pub(crate) fn preview(&mut self, org: &mut Org, hook: &str, now: i64) -> Option<String> {
        let id = Arc::clone(&org.hooks.get(hook)?.id);
        let push_id = org.mint.push_uuid();
        let mut batch = Batch::new(Channel::EventHook, id, push_id.clone(), Vec::new(), now);
        batch.preview = Some(org.mint.push_uuid());
        self.ready.push_back(batch);
        Some(push_id)
    }

    /// Sends an attempt again, with the same push id; `false` when it is not remembered or was a preview.
    pub(crate) fn redeliver(&mut self, n: u64, now: i64) -> bool {
        let Some((record, entries)) = self.deliveries.find(n).filter(|(_, entries)| !entries.is_empty())
        else {
            return false;
        };
        let target: Id = record.target_id.as_str().into();
        let mut batch = Batch::new(record.channel, target, record.push_id.clone(), entries.clone(), now);
        batch.judged = true;
        self.ready.push_back(batch);
        true
    }

    /// When the next batching window or holding ends.
    pub(crate) fn next_due(&self) -> Option<i64> {
        self.open.values().chain(&self.held).map(|batch| batch.at).min()
    }

    /// Closes the windows that are over.
    pub(crate) fn close_due(&mut self, now: i64) {
        let mut due: Vec<(i64, Id)> = self
            .open
            .values()
            .filter(|batch| batch.at <= now)
            .map(|batch| (batch.at, Arc::clone(&batch.target)))
            .collect();
        due.sort();
        for (_, hook) in due {
            self.ready.extend(self.open.remove(&hook));
        }
    }

    /// What can be sent now. Pushes to receivers that get none any more are dropped, as Okta drops them. `judge` says
    /// what a fault does to a push that was not looked at before.
    pub(crate) fn take(
        &mut self,
        org: &mut Org,
        mut judge: impl FnMut(Channel, &str) -> Option<Mischief>,
        now: i64,
    ) -> Vec<Outbound> {
        let (mut sending, mut waiting) = (Vec::new(), VecDeque::new());
        self.judge_ready(org, &mut judge, now);
        self.release_held(now);
        for mut batch in std::mem::take(&mut self.ready) {
            let under_way = self.in_flight.values().filter(|other| other.target == batch.target).count();
            if under_way >= IN_FLIGHT {
                waiting.push_back(batch);
                continue;
            }
            let Some(request) = self.request(&batch, org, now) else { continue };
            batch.at = now;
            self.sent += 1;
            let timeout = if batch.channel == Channel::EventHook { HOOK_TIMEOUT } else { RELAY_TIMEOUT };
            sending.push(Outbound { request, timeout, ticket: Ticket::Delivery(self.sent) });
            self.in_flight.insert(self.sent, batch);
        }
        self.ready = waiting;
        self.draining &= !self.is_idle();
        sending
    }

    /// The request of a batch; `None` when its receiver gets nothing any more.
    fn request(&self, batch: &Batch, org: &Org, now: i64) -> Option<http::Request<Bytes>> {
        match batch.channel {
            Channel::EventHook => {
                let hook = org.hooks.get(&batch.target)?;
                if let Some(uuid) = &batch.preview {
                    return hook_request::preview(hook, &batch.push_id, uuid, &org.base, now);
                }
                let content = Content {
                    push_id: &batch.push_id,
                    entries: &batch.entries,
                    sparse: self.settings.sparse,
                    bad_auth: batch.bad_auth,
                };
                hook.delivers().then(|| hook_request::push(hook, &content, &org.base, now)).flatten()
            }
            Channel::EventBridge => {
                let stream = org.streams.get(&batch.target).filter(|stream| stream.active)?;
                let relay = self.settings.relay.as_ref()?;
                let entry = batch.entries.first()?;
                let envelope =
                    bridge::envelope(stream, &batch.push_id, entry, batch.detail_type, &org.base, now)?;
                bridge::request(relay, stream, &batch.push_id, envelope, batch.bad_auth)
            }
        }
    }

    /// Takes note of what came of a push. When Okta gives up on it, says on whom and why.
    pub(crate) fn finish(&mut self, ticket: u64, outcome: &Outcome, now: i64) -> Option<GivenUp> {
        let mut batch = self.in_flight.remove(&ticket)?;
        let status = match outcome {
            Outcome::Answered { status, .. } => Some(*status),
            _ => None,
        };
        self.remember(&batch, status, status.is_none().then(|| outcome.reason()), now);
        if outcome.delivered() {
            return None;
        }
        let again = batch.channel == Channel::EventBridge || outcome.worth_a_retry();
        if batch.attempt == 1 && again && batch.preview.is_none() {
            (batch.attempt, batch.judged) = (2, true);
            self.ready.push_front(batch);
            return None;
        }
        Some(GivenUp { channel: batch.channel, target: batch.target, reason: outcome.reason() })
    }

    fn remember(&mut self, batch: &Batch, status: Option<u16>, error: Option<String>, now: i64) {
        let uuids = batch.entries.iter().map(|entry| entry.record.uuid.clone()).chain(batch.preview.clone());
        let record = DeliveryRecord {
            n: 0,
            channel: batch.channel,
            target_id: batch.target.to_string(),
            push_id: batch.push_id.clone(),
            event_uuids: uuids.collect(),
            attempt: batch.attempt,
            at_ms: batch.at,
            status,
            error,
            duration_ms: (now - batch.at).max(0),
        };
        self.deliveries.push(record, batch.entries.clone());
    }

    /// Closes every window and ends every holding, due or not.
    pub(crate) fn close_all(&mut self) {
        self.close_due(i64::MAX);
        self.draining = !self.is_idle();
    }

    /// Nothing queued, nothing under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.open.is_empty() && self.ready.is_empty() && self.held.is_empty() && self.in_flight.is_empty()
    }

    pub(crate) fn deliveries(&self) -> impl Iterator<Item = &DeliveryRecord> {
        self.deliveries.records()
    }

    pub(crate) fn quota(&self) -> Quota {
        self.quota
    }
}

impl Batch {
    fn new(channel: Channel, target: Id, push_id: String, entries: Vec<Entry>, at: i64) -> Self {
        Self {
            channel,
            target,
            push_id,
            entries,
            attempt: 1,
            at,
            judged: false,
            bad_auth: false,
            detail_type: "SystemLog",
            preview: None,
        }
    }
}

/// Okta's warning about the daily number of events. Its event type is not documented; this is the closest in the
/// catalogue.
fn warn(org: &mut Org, event_type: &'static str, quota: &Quota, now: i64) {
    let id: Arc<str> = org.mint.hex("job").into();
    let origin = Origin::Job { id };
    let tx = Tx { at: now, actor: Party::system(), origin: origin.clone() };
    let event = Event::new(event_type, Party::system(), origin)
        .debug("operationRateLimitType", "event_hook")
        .debug("operationRateLimitThreshold", quota.cap.to_string())
        .debug("operationRateLimitUsed", quota.used.to_string());
    org.log_event(&tx, event);
}
