//! An event that a test puts into the log by hand: late, early, of any type, with any members.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::admin;
use crate::engine::Engine;
use crate::org::event::{Event, Origin};
use crate::org::log::Times;

/// An event to append to the System Log; what is not said is made up.
///
/// Times are milliseconds since 1970. Without any, the event happens now: published, persisted and visible at once.
/// An event persisted in the past takes its place there, behind cursors that readers already hold; one with a later
/// `visible_at` appears at its place when that time comes.
///
/// ```
/// use okta_mock::{Clock, NewEvent, OktaMock};
///
/// let okta = OktaMock::builder().clock(Clock::Manual(1_787_299_200_000)).in_process();
/// okta.append_log(vec![NewEvent::new("user.session.start").published_ms(1_787_298_000_000)]);
/// assert_eq!(okta.log()[0].persisted_ms - okta.log()[0].published_ms, 1_200_000);
/// ```
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[must_use = "an event is in the log once it was appended"]
pub struct NewEvent {
    event_type: String,
    times: Times,
    given: Map<String, Value>,
}

impl NewEvent {
    /// An event of this type, which may be one that Okta does not have.
    pub fn new(event_type: impl Into<String>) -> Self {
        Self { event_type: event_type.into(), times: Times::default(), given: Map::new() }
    }

    /// When it happened. Default: when it is persisted.
    pub fn published_ms(mut self, ms: i64) -> Self {
        self.times.published = Some(ms);
        self
    }

    /// When Okta stored it; polling goes by this. Default: now.
    pub fn persisted_ms(mut self, ms: i64) -> Self {
        self.times.persisted = Some(ms);
        self
    }

    /// From when on it can be read. Default: from when it is persisted.
    pub fn visible_at_ms(mut self, ms: i64) -> Self {
        self.times.visible_at = Some(ms);
        self
    }

    /// Its identity. Default: a new one. Giving one twice makes a duplicate.
    pub fn uuid(mut self, uuid: impl Into<String>) -> Self {
        self.times.uuid = Some(uuid.into());
        self
    }

    /// Sets a top-level member of the JSON: `actor`, `target`, `outcome`, …
    pub fn member(mut self, name: impl Into<String>, value: Value) -> Self {
        self.given.insert(name.into(), value);
        self
    }

    /// Reads the form of `POST /_mock/log`; `n` is its place in the list, for the error.
    pub(crate) fn read(value: Value, n: usize) -> Result<Self, String> {
        let Value::Object(mut members) = value else {
            return Err(format!("[{n}]: an event must be an object"));
        };
        let Some(Value::String(event_type)) = members.remove("eventType") else {
            return Err(format!("[{n}].eventType: missing"));
        };
        let mut take = |name: &str| match members.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => admin::time(&value, &format!("[{n}].{name}")).map(Some),
        };
        let (published, persisted, visible_at) =
            (take("published")?, take("persisted")?, take("visible_at")?);
        let uuid = match members.remove("uuid") {
            None => None,
            Some(Value::String(uuid)) => Some(uuid),
            Some(other) => return Err(format!("[{n}].uuid: {other} is not a text")),
        };
        Ok(Self { event_type, times: Times { published, persisted, visible_at, uuid }, given: members })
    }

    pub(crate) fn append(self, engine: &mut Engine, now: i64) -> String {
        let org = &mut engine.org;
        let request_id = org.mint.hex("appended");
        let origin = Origin::Web {
            request_id: request_id.into(),
            uri: "/idp/idx/identify".into(),
            agent: None,
            token: None,
            session: None,
            place: 0,
        };
        let mut event = Event::new(Cow::<'static, str>::Owned(self.event_type), org.owner_party(), origin);
        event.given = (!self.given.is_empty()).then(|| Box::new(self.given));
        org.log_event_at(now, event, self.times).uuid.clone()
    }
}
