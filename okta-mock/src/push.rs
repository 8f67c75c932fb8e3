//! Pushes: to Event Hooks in batches, to log streams event by event, each with Okta's own retry rule. Pure: it says
//! what to send and is told what came of it.
//!
//! A hook has 3 seconds to answer and gets one retry after a timeout or a 5xx, none after a 4xx. A log stream's target
//! gets two attempts, whatever went wrong; then Okta switches the stream off. Sources: Event Hooks and Log Streaming
//! concept pages.

pub(crate) mod bridge;
pub(crate) mod hook_request;
#[cfg(test)]
mod in_order;
pub(crate) mod mischief;
mod offer;
mod outbound;
pub(crate) mod quota;
pub(crate) mod record;

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;

use crate::org::Org;
use crate::org::event::Record;
use crate::org::id::Id;
use bridge::Relay;
use hook_request::Content;
pub use mischief::PushFault;
pub(crate) use outbound::{GivenUp, Outbound, Outcome, Ticket};
use quota::Quota;
use record::Deliveries;
pub use record::{Channel, DeliveryRecord};

/// Events in one push to a hook. Okta names no limit; this keeps a push well below a megabyte.
const MAX_BATCH: usize = 100;
/// How pushes are made.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct PushSettings {
    /// How long events wait for others to go out in the same push to a hook.
    pub(crate) window_ms: i64,
    /// How long a hook that was made or changed does not fire.
    pub(crate) activation_delay_ms: i64,
    /// Hooks get events without nulls.
    pub(crate) sparse: bool,
    pub(crate) daily_cap: u64,
    pub(crate) daily_warning: u64,
    /// How many pushes to one receiver may be under way at once. With more than one their order is not kept.
    #[serde(default = "one")]
    pub(crate) in_flight: usize,
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
            in_flight: one(),
            relay: None,
        }
    }
}

fn one() -> usize {
    1
}

/// An event on its way, with the hooks it goes to.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Entry {
    pub(crate) record: Arc<Record>,
    pub(crate) hook_ids: Arc<str>,
}

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
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
    /// So many bytes too many.
    padding: usize,
    /// A fault did something to it.
    faulted: bool,
    detail_type: Cow<'static, str>,
    /// The uuid of the event that a preview makes up.
    preview: Option<String>,
}

/// The pushes to one receiver, which go out in order.
#[derive(Clone, Debug, Default)]
struct Line {
    waiting: VecDeque<Batch>,
    under_way: usize,
}

/// Everything that is on its way to receivers.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Push {
    pub(crate) settings: PushSettings,
    quota: Quota,
    open: BTreeMap<Id, Batch>,
    /// Ready, and not looked at by faults yet.
    ready: VecDeque<Batch>,
    /// By receiver, so that what comes of one push is looked up and not searched for.
    #[serde(skip)]
    lines: BTreeMap<Id, Line>,
    /// Kept back by a fault.
    held: Vec<Batch>,
    /// Waiting to become one push, and of how many each is made so far.
    merging: BTreeMap<Id, (Batch, u64)>,
    #[serde(skip)]
    in_flight: BTreeMap<u64, Batch>,
    #[serde(skip)]
    sent: u64,
    /// Nothing is sent until this ends.
    pub(crate) paused: bool,
    /// What was kept back may go: somebody waits for the end.
    #[serde(skip)]
    draining: bool,
    reordered: u64,
    /// Events of streams that no relay carried on.
    pub(crate) unrelayed: u64,
    #[serde(skip)]
    deliveries: Deliveries,
}

impl Push {
    pub(crate) fn new(settings: PushSettings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// As a snapshot holds it.
    pub(crate) fn at_rest(&self) -> Self {
        // Not of the org: who waits for it (`draining`), how calls are numbered (`sent`), what was observed.
        let Self {
            settings,
            quota,
            open,
            ready,
            lines,
            held,
            merging,
            in_flight,
            sent: _,
            paused,
            draining: _,
            reordered,
            unrelayed,
            deliveries: _,
        } = self;
        // What is under way has no outcome yet, so it will be sent again: Okta, too, delivers at least once.
        let lined_up = lines.values().flat_map(|line| &line.waiting);
        let ready = in_flight.values().chain(lined_up).chain(ready).cloned().collect();
        let (settings, open, held, merging) = (settings.clone(), open.clone(), held.clone(), merging.clone());
        let (quota, paused, reordered, unrelayed) = (*quota, *paused, *reordered, *unrelayed);
        Self { settings, quota, open, ready, held, merging, paused, reordered, unrelayed, ..Self::default() }
    }

    /// The events that wait in it.
    pub(crate) fn records(&self) -> impl Iterator<Item = &Record> {
        let merging = self.merging.values().map(|(batch, _)| batch);
        let lined_up = self.lines.values().flat_map(|line| &line.waiting);
        let batches = self.open.values().chain(&self.ready).chain(lined_up).chain(&self.held).chain(merging);
        batches.flat_map(|batch| batch.entries.iter().map(|entry| &*entry.record))
    }

    /// This one in the place of `before`. It goes on counting: what comes of a push of before must not be taken for
    /// news of a later one.
    pub(crate) fn succeeding(self, before: &Self) -> Self {
        Self { sent: before.sent, ..self }
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
        let merging = self.merging.values().map(|(batch, _)| batch);
        // In a pause these wait for its end, not for a time.
        let kept_back = self.held.iter().chain(merging).filter(|_| !self.paused);
        self.open.values().chain(kept_back).map(|batch| batch.at).min()
    }

    /// Closes the windows that are over.
    pub(crate) fn close_due(&mut self, now: i64) {
        let mut due: Vec<(i64, Id)> = self
            .open
            .iter()
            .filter(|(_, batch)| batch.at <= now)
            .map(|(hook, batch)| (batch.at, Arc::clone(hook)))
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
        mut judge: impl FnMut(Channel, &str) -> Option<PushFault>,
        now: i64,
    ) -> Vec<Outbound> {
        let mut sending = Vec::new();
        if self.paused {
            return sending;
        }
        self.judge_ready(org, &mut judge, now);
        self.release_held(now);
        self.release_merging(now);
        let mut lines = std::mem::take(&mut self.lines);
        for line in lines.values_mut() {
            while line.under_way < self.settings.in_flight.max(1) {
                let Some(mut batch) = line.waiting.pop_front() else { break };
                let Some(request) = self.request(&batch, org, now) else { continue };
                batch.at = now;
                self.sent += 1;
                let timeout = batch.channel.timeout();
                sending.push(Outbound { request, timeout, ticket: Ticket::Delivery(self.sent) });
                self.in_flight.insert(self.sent, batch);
                line.under_way += 1;
            }
        }
        lines.retain(|_, line| line.under_way > 0);
        self.lines = lines;
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
                    padding: batch.padding,
                };
                hook.delivers().then(|| hook_request::push(hook, &content, &org.base, now)).flatten()
            }
            Channel::EventBridge => {
                let stream = org.streams.get(&batch.target).filter(|stream| stream.active)?;
                let relay = self.settings.relay.as_ref()?;
                let entry = batch.entries.first()?;
                let envelope = bridge::envelope(stream, batch, entry, &org.base, now)?;
                bridge::request(relay, stream, &batch.push_id, envelope, batch.bad_auth)
            }
        }
    }

    /// Takes note of what came of a push. When Okta gives up on it, says on whom and why.
    pub(crate) fn finish(&mut self, ticket: u64, outcome: &Outcome, now: i64) -> Option<GivenUp> {
        let mut batch = self.in_flight.remove(&ticket)?;
        let line = self.lines.entry(Arc::clone(&batch.target)).or_default();
        line.under_way = line.under_way.saturating_sub(1);
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
            self.lines.entry(Arc::clone(&batch.target)).or_default().waiting.push_front(batch);
            return None;
        }
        Some(GivenUp { channel: batch.channel, target: batch.target, reason: outcome.reason() })
    }

    /// Puts a push that faults have looked at behind the others to its receiver.
    fn line_up(&mut self, batch: Batch) {
        self.lines.entry(Arc::clone(&batch.target)).or_default().waiting.push_back(batch);
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
            faulted: batch.faulted,
        };
        self.deliveries.push(record, batch.entries.clone());
    }

    /// Closes every window and ends every holding, due or not.
    pub(crate) fn close_all(&mut self) {
        self.close_due(i64::MAX);
        self.draining = !self.is_idle();
    }

    /// Nothing under way, and nothing queued that may be sent.
    pub(crate) fn is_idle(&self) -> bool {
        self.in_flight.is_empty() && (self.paused || self.waiting() == 0)
    }

    /// How many pushes are queued.
    pub(crate) fn waiting(&self) -> usize {
        let lined_up: usize = self.lines.values().map(|line| line.waiting.len()).sum();
        self.open.len() + self.ready.len() + lined_up + self.held.len() + self.merging.len()
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
            padding: 0,
            faulted: false,
            detail_type: Cow::Borrowed("SystemLog"),
            preview: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_a_pause_no_push_that_is_kept_back_falls_due() {
        let hook: Id = "who00000000000000mock".into();
        let batch = |at| Batch::new(Channel::EventHook, Arc::clone(&hook), "push".to_owned(), Vec::new(), at);
        let mut push = Push { held: vec![batch(10)], ..Push::default() };
        push.merging.insert(Arc::clone(&hook), (batch(5), 1));
        assert_eq!(push.next_due(), Some(5));
        push.paused = true;
        assert_eq!(push.next_due(), None);
        push.open.insert(Arc::clone(&hook), batch(20));
        assert_eq!(push.next_due(), Some(20), "windows go on");
    }
}
