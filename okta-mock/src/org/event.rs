//! One System Log event as the engine keeps it: what happened, to whom, from where.
//!
//! Its JSON is written whenever somebody reads it: kept, it would be most of what a long run holds. The same event has
//! two spellings, the System Log's and the Event Hook's; `render` holds both. Source: API reference, "System Log" and
//! "Event hooks".

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use serde_json::{Map, Value};

use super::id::Id;
use super::render;

/// Somebody or something an event names.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Party {
    pub(crate) id: Id,
    /// Okta's word for what it is: `User`, `UserGroup`, `AppInstance`, …
    pub(crate) kind: Cow<'static, str>,
    pub(crate) alternate: Arc<str>,
    pub(crate) name: Arc<str>,
    /// `detailEntry`, as JSON.
    pub(crate) detail: Option<Cow<'static, str>>,
    /// `changeDetails`, as JSON: before and after.
    pub(crate) change: Option<Box<str>>,
}

impl Party {
    pub(crate) fn new(kind: &'static str, id: &Id, alternate: &Arc<str>, name: &Arc<str>) -> Self {
        let (id, alternate, name) = (Arc::clone(id), Arc::clone(alternate), Arc::clone(name));
        Self { id, kind: Cow::Borrowed(kind), alternate, name, detail: None, change: None }
    }

    /// The actor of what Okta does by itself.
    pub(crate) fn system() -> Self {
        static SYSTEM: LazyLock<Party> = LazyLock::new(|| {
            let (id, login, name): (Id, Arc<str>, Arc<str>) =
                ("sprmock0000000000000".into(), "system@okta.com".into(), "Okta System".into());
            Party::new("SystemPrincipal", &id, &login, &name)
        });
        SYSTEM.clone()
    }

    pub(crate) fn detailed(mut self, detail: &'static str) -> Self {
        self.detail = Some(Cow::Borrowed(detail));
        self
    }
}

/// Where an event comes from: a request, or a job of Okta's own.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) enum Origin {
    /// Somebody's request. `agent` is the program that called, or `None` for a browser picked by `place`.
    Web {
        request_id: Arc<str>,
        uri: Arc<str>,
        agent: Option<Arc<str>>,
        token: Option<Id>,
        session: Option<Arc<str>>,
        /// Draws the address and the city.
        place: u64,
    },
    /// Okta itself.
    Job { id: Arc<str> },
}

impl Origin {
    /// `transaction.id`.
    pub(crate) fn transaction(&self) -> &Arc<str> {
        match self {
            Self::Web { request_id, .. } => request_id,
            Self::Job { id } => id,
        }
    }
}

/// What happened.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Event {
    pub(crate) event_type: Cow<'static, str>,
    pub(crate) actor: Party,
    pub(crate) targets: Vec<Party>,
    pub(crate) result: Cow<'static, str>,
    pub(crate) reason: Option<Cow<'static, str>>,
    pub(crate) origin: Origin,
    /// Further members of `debugContext.debugData`.
    pub(crate) debug: Vec<(Cow<'static, str>, String)>,
    /// Members that a test asked for, in place of ours.
    pub(crate) given: Option<Box<Map<String, Value>>>,
}

impl Event {
    pub(crate) fn new(event_type: impl Into<Cow<'static, str>>, actor: Party, origin: Origin) -> Self {
        Self {
            event_type: event_type.into(),
            actor,
            targets: Vec::new(),
            result: Cow::Borrowed("SUCCESS"),
            reason: None,
            origin,
            debug: Vec::new(),
            given: None,
        }
    }

    pub(crate) fn target(mut self, target: Party) -> Self {
        // Events are many and stay: no room for targets that never come.
        self.targets.reserve_exact(1);
        self.targets.push(target);
        self
    }

    pub(crate) fn because(mut self, result: &'static str, reason: impl Into<Cow<'static, str>>) -> Self {
        self.result = Cow::Borrowed(result);
        self.reason = Some(reason.into());
        self
    }

    pub(crate) fn debug(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.debug.reserve_exact(1);
        self.debug.push((Cow::Borrowed(key), value.into()));
        self
    }
}

/// An event with its place in the log.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Record {
    /// Place in persistence order: `persisted × 4096 + n`.
    pub(crate) position: u64,
    pub(crate) uuid: String,
    pub(crate) published: i64,
    pub(crate) persisted: i64,
    pub(crate) visible_at: i64,
    pub(crate) event: Event,
}

impl Record {
    /// What the System Log API serves.
    pub(crate) fn json(&self) -> String {
        render::log_entry(self)
    }

    /// Whether Okta may push this event to an Event Hook.
    pub(crate) fn event_type(&self) -> &str {
        &self.event.event_type
    }
}
