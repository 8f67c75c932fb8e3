//! Which receivers a new event goes to.

use std::cell::OnceCell;
use std::sync::Arc;

use serde_json::Value;

use super::quota::{Counted, Quota};
use super::{Batch, Channel, Entry, MAX_BATCH, Push};
use crate::org::event::{Event, Origin, Party, Record};
use crate::org::id::Id;
use crate::org::{Org, Tx};

impl Push {
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
        let parsed: OnceCell<Value> = OnceCell::new();
        hooks.retain(|id| {
            let Some(hook) = org.hooks.get(id) else { return false };
            let event = || parsed.get_or_init(|| serde_json::from_str(&record.json()).unwrap_or_default());
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
