//! An event that a test puts into the log by hand: late, early, of any type, with any members.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::admin;
use crate::engine::Engine;
use crate::faults::rule_json::signed;
use crate::org::event::{Event, Origin};
use crate::org::log::Times;

/// The most events that one call may append.
const MOST: usize = 1_000_000;

/// A moment, or an offset from now.
fn moment(value: &Value, at: &str, now: i64) -> Result<i64, String> {
    match value.as_str() {
        Some(text) if text.starts_with(['-', '+']) => signed(value, at).map(|by| now.saturating_add(by)),
        _ => admin::time(value, at),
    }
}

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
#[derive(Clone, Debug)]
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

    /// Reads the body of `POST /_mock/log`, an event or a list of them. Times are moments, or offsets from now such as
    /// `-8m`; with `count` an event stands for several alike, and may leave its type to us.
    pub(crate) fn read_all(value: Value, now: i64) -> Result<Vec<Self>, String> {
        let entries = match value {
            Value::Array(entries) => entries,
            entry => vec![entry],
        };
        let read = entries.into_iter().enumerate().map(|(n, entry)| Self::read(entry, n, now));
        let events: Vec<Self> = read.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        if events.len() > MOST {
            return Err(format!("count: {} events are more than {MOST}", events.len()));
        }
        Ok(events)
    }

    /// Reads one; `n` is its place in the list, for the error.
    fn read(value: Value, n: usize, now: i64) -> Result<Vec<Self>, String> {
        let Value::Object(mut members) = value else {
            return Err(format!("[{n}]: an event must be an object"));
        };
        let count = match members.remove("count") {
            None => None,
            Some(value) => {
                let count = value.as_u64().and_then(|count| usize::try_from(count).ok());
                let count = count.filter(|count| (1..=MOST).contains(count));
                Some(count.ok_or_else(|| format!("[{n}].count: {value} is not a number from 1 to {MOST}"))?)
            }
        };
        let event_type = match members.remove("eventType") {
            Some(Value::String(event_type)) => event_type,
            None if count.is_some() => "user.session.start".to_owned(),
            None => return Err(format!("[{n}].eventType: missing")),
            Some(other) => return Err(format!("[{n}].eventType: {other} is not a text")),
        };
        let mut take = |name: &str| match members.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => moment(&value, &format!("[{n}].{name}"), now).map(Some),
        };
        let (published, persisted, visible_at) =
            (take("published")?, take("persisted")?, take("visible_at")?);
        let uuid = match members.remove("uuid") {
            None => None,
            Some(Value::String(uuid)) => Some(uuid),
            Some(other) => return Err(format!("[{n}].uuid: {other} is not a text")),
        };
        let event =
            Self { event_type, times: Times { published, persisted, visible_at, uuid }, given: members };
        let one = |n: usize| match &event.times.uuid {
            Some(uuid) if count.is_some_and(|count| count > 1) => {
                event.clone().uuid(format!("{uuid}-{}", n + 1))
            }
            _ => event.clone(),
        };
        Ok((0..count.unwrap_or(1)).map(one).collect())
    }

    pub(crate) fn append(self, engine: &mut Engine, now: i64) -> String {
        let org = &mut engine.org;
        let times = Times { persisted: self.times.persisted.or(Some(now)), ..self.times };
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
        org.log_event_at(now, event, times).uuid.clone()
    }
}
