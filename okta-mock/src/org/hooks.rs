//! Event Hooks: which events go to which address.
//!
//! Sources: API reference, "Event Hooks"; limits from the Event Hooks concept page. Unlike Okta the mock also takes
//! plain-http addresses of this machine: a receiver under test rarely has a certificate.

use std::sync::Arc;

use serde_json::Value;

use super::event::Party;
use super::hook_filter::HookFilter;
use super::id::Id;
use super::{Org, Tx};
use crate::error::ApiError;
use crate::{catalogue, json, timestamp};

/// Okta's limit of hooks that are active and verified at once.
const MAX_DELIVERING: usize = 25;
/// Okta's limit of event types per hook.
const MAX_TYPES: usize = 300;

/// One Event Hook.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct EventHook {
    pub(crate) id: Id,
    pub(crate) created: i64,
    pub(crate) created_by: Id,
    pub(crate) last_updated: i64,
    pub(crate) active: bool,
    pub(crate) verified: bool,
    pub(crate) settings: HookSettings,
}

/// What a caller says about a hook.
#[derive(Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct HookSettings {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) event_types: Vec<String>,
    /// Which events of a type are wanted; a type without an entry is wanted whole.
    pub(crate) filters: Vec<HookFilter>,
    pub(crate) uri: String,
    pub(crate) headers: Vec<(String, String)>,
    /// Header name and secret; the secret is never shown again.
    pub(crate) auth: Option<(String, String)>,
}

impl std::fmt::Debug for EventHook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventHook")
            .field("id", &self.id)
            .field("uri", &self.settings.uri)
            .finish_non_exhaustive()
    }
}

impl EventHook {
    /// Whether Okta pushes to it at all.
    pub(crate) fn delivers(&self) -> bool {
        self.active && self.verified
    }

    pub(crate) fn wants(&self, event_type: &str) -> bool {
        self.delivers() && self.settings.event_types.iter().any(|wanted| wanted == event_type)
    }

    /// Whether its filter lets this event through; `event` is only asked for where there is one.
    pub(crate) fn passes<'a>(&self, event_type: &str, event: impl Fn() -> &'a Value) -> bool {
        let mut filters = self.settings.filters.iter().filter(|filter| filter.event_type == event_type);
        filters.all(|filter| filter.passes(event()))
    }

    pub(crate) fn party(&self) -> Party {
        let (unknown, name): (Arc<str>, Arc<str>) = ("unknown".into(), self.settings.name.as_str().into());
        Party::new("Webhook", &self.id, &unknown, &name)
    }

    /// The hook's JSON; the secret is left out.
    pub(crate) fn json(&self, base: &str) -> String {
        let (id, settings) = (&self.id, &self.settings);
        let mut out = String::with_capacity(1_000);
        json::open(&mut out, "id", id);
        json::text(&mut out, "status", if self.active { "ACTIVE" } else { "INACTIVE" });
        json::text(&mut out, "verificationStatus", if self.verified { "VERIFIED" } else { "UNVERIFIED" });
        json::text(&mut out, "name", &settings.name);
        json::maybe(&mut out, "description", settings.description.as_deref());
        json::text(&mut out, "created", &timestamp::iso(self.created));
        json::text(&mut out, "createdBy", &self.created_by);
        json::text(&mut out, "lastUpdated", &timestamp::iso(self.last_updated));
        json::raw(&mut out, "events", "{\"type\":\"EVENT_TYPE\",\"items\":[");
        for (n, event_type) in settings.event_types.iter().enumerate() {
            out.push_str(if n == 0 { "" } else { "," });
            json::string(&mut out, event_type);
        }
        out.push_str("],\"filter\":");
        write_filters(&mut out, &settings.filters);
        out.push('}');
        json::raw(&mut out, "channel", "{\"type\":\"HTTP\",\"version\":\"1.0.0\",\"config\":");
        json::open(&mut out, "uri", &settings.uri);
        json::raw(&mut out, "headers", "[");
        for (n, (key, value)) in settings.headers.iter().enumerate() {
            out.push_str(if n == 0 { "" } else { "," });
            json::open(&mut out, "key", key);
            json::text(&mut out, "value", value);
            out.push('}');
        }
        out.push_str("],\"method\":\"POST\"");
        match &settings.auth {
            Some((key, _)) => {
                json::raw(&mut out, "authScheme", "{\"type\":\"HEADER\"");
                json::text(&mut out, "key", key);
                out.push('}');
            }
            None => json::raw(&mut out, "authScheme", "null"),
        }
        out.push_str("}}");
        json::raw(&mut out, "_links", "");
        json::push(&mut out, format_args!("{{\"self\":{{\"href\":\"{base}/api/v1/eventHooks/{id}\"}}"));
        let offered: &[&str] = if self.active { &["verify", "deactivate"] } else { &["verify", "activate"] };
        for operation in offered {
            json::push(
                &mut out,
                format_args!(
                    ",\"{operation}\":{{\"href\":\"{base}/api/v1/eventHooks/{id}/lifecycle/{operation}\",\"hints\":{{\"allow\":[\"POST\"]}}}}"
                ),
            );
        }
        if !self.active {
            json::push(
                &mut out,
                format_args!(
                    ",\"delete\":{{\"href\":\"{base}/api/v1/eventHooks/{id}\",\"hints\":{{\"allow\":[\"DELETE\"]}}}}"
                ),
            );
        }
        out.push_str("}}");
        out
    }
}

fn write_filters(out: &mut String, filters: &[HookFilter]) {
    if filters.is_empty() {
        return out.push_str("null");
    }
    out.push_str("{\"type\":\"EXPRESSION_LANGUAGE\",\"eventFilterMap\":[");
    for (n, filter) in filters.iter().enumerate() {
        out.push_str(if n == 0 { "" } else { "," });
        json::open(out, "event", &filter.event_type);
        json::raw(out, "condition", "{\"version\":null");
        json::text(out, "expression", &filter.expression);
        out.push_str("}}");
    }
    out.push_str("]}");
}

impl HookSettings {
    /// Whether pushes go to the same address, with the same headers and secret.
    fn same_channel(&self, other: &Self) -> bool {
        (&self.uri, &self.headers, &self.auth) == (&other.uri, &other.headers, &other.auth)
    }

    /// Okta's rules for a hook, each with Okta's answer.
    pub(crate) fn check(&self) -> Result<(), ApiError> {
        let refuse = |what: &str, cause: String| Err(ApiError::validation(what, cause));
        if self.name.is_empty() || self.name.chars().count() > 255 {
            return refuse("name", "name: The field must have between 1 and 255 characters".into());
        }
        if self.event_types.is_empty() || self.event_types.len() > MAX_TYPES {
            return refuse(
                "events.items",
                format!("events.items: Between 1 and {MAX_TYPES} event types are allowed"),
            );
        }
        if let Some(wrong) = self.event_types.iter().find(|name| catalogue::hook_eligible(name) != Some(true))
        {
            return refuse(
                "events.items",
                format!("events.items: '{wrong}' is not eligible for event hooks"),
            );
        }
        if let Some(stray) = self.filters.iter().find(|filter| !self.event_types.contains(&filter.event_type))
        {
            return refuse(
                "events.filter",
                format!("events.filter: '{}' is not among events.items", stray.event_type),
            );
        }
        let url = url::Url::parse(&self.uri).ok().filter(|_| self.uri.len() <= 1_024);
        let of_this_machine = |url: &url::Url| match url.host() {
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => false,
        };
        match url {
            Some(url) if url.scheme() == "https" => {}
            Some(url) if url.scheme() == "http" && of_this_machine(&url) => {}
            _ => {
                return refuse(
                    "channel.config.uri",
                    "channel.config.uri: Must be an https URL (the mock also takes http on a loopback host)"
                        .into(),
                );
            }
        }
        let reserved =
            ["accept", "content-type", "content-length", "host", "connection", "transfer-encoding"];
        for (key, value) in self.headers.iter().chain(&self.auth) {
            let named = http::HeaderName::from_bytes(key.as_bytes()).is_ok()
                && !reserved.contains(&key.to_lowercase().as_str());
            if !named || http::HeaderValue::from_str(value).is_err() {
                return refuse(
                    "channel.config.headers",
                    format!("channel.config.headers: '{key}' is not allowed"),
                );
            }
        }
        Ok(())
    }
}

impl Org {
    pub(crate) fn hook(&self, id: &str) -> Result<&EventHook, ApiError> {
        self.hooks.get(id).ok_or_else(|| ApiError::not_found(id, "Webhook"))
    }

    pub(crate) fn create_hook(&mut self, tx: &Tx, settings: HookSettings) -> Result<Id, ApiError> {
        settings.check()?;
        let id = self.mint.id("who");
        let hook = EventHook {
            id: Arc::clone(&id),
            created: tx.at,
            created_by: Arc::clone(&tx.actor.id),
            last_updated: tx.at,
            active: true,
            verified: false,
            settings,
        };
        let party = hook.party();
        self.hooks.insert(Arc::clone(&id), hook);
        self.log_event(tx, tx.event("event_hook.created").target(party));
        Ok(id)
    }

    /// Replaces the settings. A new address or secret has to be verified again.
    pub(crate) fn replace_hook(
        &mut self,
        tx: &Tx,
        id: &str,
        mut settings: HookSettings,
    ) -> Result<(), ApiError> {
        settings.check()?;
        self.change_hook(tx, id, "event_hook.updated", |hook| {
            let before = &hook.settings;
            // A replacement that names the header and leaves out the secret keeps the secret.
            if let (Some((key, value)), Some((old_key, old_value))) = (&mut settings.auth, &before.auth)
                && value.is_empty()
                && key == old_key
            {
                value.clone_from(old_value);
            }
            hook.verified &= before.same_channel(&settings);
            hook.settings = settings;
        })
    }

    pub(crate) fn set_hook_active(&mut self, tx: &Tx, id: &str, active: bool) -> Result<(), ApiError> {
        let hook = self.hook(id)?;
        if active && hook.verified {
            self.room_for_another(id)?;
        }
        let event = if active { "event_hook.activated" } else { "event_hook.deactivated" };
        self.change_hook(tx, id, event, |hook| hook.active = active)
    }

    /// A hook's receiver proved itself, as the hook was when it was asked: what has another address by now is not verified.
    pub(crate) fn set_hook_verified(&mut self, tx: &Tx, asked: &EventHook) -> Result<(), ApiError> {
        let id = &*asked.id;
        if !self.hook(id)?.settings.same_channel(&asked.settings) {
            let cause = "The channel of the event hook changed while its receiver was asked";
            return Err(ApiError::validation("verify", cause));
        }
        self.room_for_another(id)?;
        self.change_hook(tx, id, "event_hook.verified", |hook| hook.verified = true)
    }

    pub(crate) fn delete_hook(&mut self, tx: &Tx, id: &str) -> Result<(), ApiError> {
        let hook = self.hook(id)?;
        if hook.active {
            return Err(
                ApiError::of("E0000006").because("The event hook must be deactivated before deletion.")
            );
        }
        let party = hook.party();
        self.hooks.remove(id);
        self.log_event(tx, tx.event("event_hook.deleted").target(party));
        Ok(())
    }

    /// The hooks that this event type goes to.
    pub(crate) fn hooks_for(&self, event_type: &str) -> Vec<Id> {
        // Only eligible types can be registered, so what a hook wants it may have.
        self.hooks.values().filter(|hook| hook.wants(event_type)).map(|hook| Arc::clone(&hook.id)).collect()
    }

    fn change_hook(
        &mut self,
        tx: &Tx,
        id: &str,
        event: &'static str,
        change: impl FnOnce(&mut EventHook),
    ) -> Result<(), ApiError> {
        let hook = self.hooks.get_mut(id).ok_or_else(|| ApiError::not_found(id, "Webhook"))?;
        change(hook);
        hook.last_updated = tx.at;
        let party = hook.party();
        self.log_event(tx, tx.event(event).target(party));
        Ok(())
    }

    fn room_for_another(&self, id: &str) -> Result<(), ApiError> {
        let others = self.hooks.values().filter(|hook| hook.delivers() && hook.id.as_ref() != id).count();
        if others >= MAX_DELIVERING {
            return Err(ApiError::validation(
                "eventHooks",
                format!("No more than {MAX_DELIVERING} event hooks may be active and verified"),
            ));
        }
        Ok(())
    }
}
