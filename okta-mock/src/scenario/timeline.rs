//! What happens by itself at its time: events, faults, changes.

use std::collections::VecDeque;

use serde_json::{Map, Value};

use super::stages::span;
use super::{Script, known};
use crate::activity::Mix;
use crate::engine::Engine;
use crate::faults::Planned;
use crate::faults::rule_json::{self, signed};
use crate::new_event::NewEvent;

/// An event to come; times are milliseconds, `at` from the start and the others from `at`.
#[derive(Clone, Debug)]
pub(crate) struct Emit {
    at: i64,
    published: i64,
    persisted: i64,
    visible_lag: i64,
    event: NewEvent,
}

/// The members of an event that `[[emit]]` may set, beside those with a word of their own.
const MEMBERS: [&str; 13] = [
    "actor",
    "authenticationContext",
    "client",
    "debugContext",
    "device",
    "displayMessage",
    "legacyEventType",
    "outcome",
    "request",
    "securityContext",
    "severity",
    "target",
    "transaction",
];

/// Reads one `[[emit]]`. With `count` it stands for several alike; their uuids are then numbered.
pub(super) fn emit(part: &Map<String, Value>) -> Result<Vec<Emit>, String> {
    let own = ["uuid", "at", "published", "persisted", "visible_lag", "type", "count", "every"];
    known(part, "", &own.into_iter().chain(MEMBERS).collect::<Vec<_>>())?;
    let text = |word: &str| match part.get(word) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(other) => Err(format!("{word}: {other} is not a text")),
    };
    let offset = |word: &str| part.get(word).map_or(Ok(0), |value| signed(value, word));
    let event_type = text("type")?.ok_or("type: missing")?;
    let count = match part.get("count") {
        None => 1,
        Some(value) => {
            let count = value.as_u64().filter(|count| (1..=100_000).contains(count));
            count.ok_or_else(|| format!("count: {value} is not a number from 1 to 100000"))?
        }
    };
    let (at, every) = (offset("at")?, offset("every")?);
    let (published, persisted) = (offset("published")?, offset("persisted")?);
    let visible_lag = offset("visible_lag")?;
    for (word, offset) in [("at", at), ("every", every), ("visible_lag", visible_lag)] {
        if offset < 0 {
            return Err(format!("{word}: cannot be negative"));
        }
    }
    let uuid = text("uuid")?;
    let one = |n: u64| {
        let mut event = NewEvent::new(event_type);
        if let Some(uuid) = uuid {
            event = event.uuid(if count == 1 { uuid.to_owned() } else { format!("{uuid}-{}", n + 1) });
        }
        for (name, value) in part.iter().filter(|(name, _)| MEMBERS.contains(&name.as_str())) {
            event = event.member(name, value.clone());
        }
        let at = at.saturating_add(every.saturating_mul(n.cast_signed()));
        Emit { at, published, persisted, visible_lag, event }
    };
    Ok((0..count).map(one).collect())
}

/// What happens once.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// An event with times of its own.
    Event(Box<NewEvent>),
    /// Events in the form of `POST /_mock/log`, whose times are offsets from then.
    Log(Value),
    /// A fault rule is made.
    Fault(Box<Planned>),
    /// Changes are made.
    Activity(Mix),
}

impl Step {
    /// Makes it happen.
    pub(crate) fn happen(self, engine: &mut Engine, now: i64) {
        match self {
            Self::Event(event) => drop(event.append(engine, now)),
            Self::Log(events) => {
                // Tried when the scenario was read.
                for event in NewEvent::read_all(events, now).into_iter().flatten() {
                    event.append(engine, now);
                }
            }
            Self::Fault(plan) => {
                engine.faults.add(*plan, now);
            }
            Self::Activity(mix) => {
                for change in mix.exactly() {
                    engine.activity.one(&mut engine.org, change, None, now);
                }
            }
        }
    }
}

/// Reads one `[[timeline]]`: `at`, and one of `fault` with `for`, `log` and `activity`.
pub(super) fn step(part: &Map<String, Value>) -> Result<(i64, Step), String> {
    known(part, "", &["at", "fault", "for", "log", "logs.inject", "activity"])?;
    let at = span(part, "at", "")?.ok_or("at: missing")?;
    let lasting = span(part, "for", "")?;
    let mut steps = Vec::new();
    if let Some(rule) = part.get("fault") {
        let mut plan = rule_json::read(rule).map_err(|wrong| format!("fault.{wrong}"))?;
        plan.when.for_ms = lasting.or(plan.when.for_ms);
        steps.push(Step::Fault(Box::new(plan)));
    } else if lasting.is_some() {
        return Err("for: only together with fault".into());
    }
    for word in ["log", "logs.inject"] {
        if let Some(events) = part.get(word) {
            NewEvent::read_all(events.clone(), 0).map_err(|wrong| format!("{word}: {wrong}"))?;
            steps.push(Step::Log(events.clone()));
        }
    }
    if let Some(mix) = part.get("activity") {
        steps.push(Step::Activity(Mix::read(mix).map_err(|wrong| format!("activity: {wrong}"))?));
    }
    match steps.len() {
        1 => Ok((at, steps.remove(0))),
        _ => Err("at: expected exactly one of fault, log, activity beside it".into()),
    }
}

/// What is still to come, in order.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    coming: VecDeque<(i64, Step)>,
}

impl Timeline {
    pub(crate) fn new(script: &Script, start: i64) -> Self {
        let events = script.emits.iter().map(|emit| {
            let at = start.saturating_add(emit.at);
            let persisted = at.saturating_add(emit.persisted);
            let event = emit
                .event
                .clone()
                .published_ms(at.saturating_add(emit.published))
                .persisted_ms(persisted)
                .visible_at_ms(persisted.saturating_add(emit.visible_lag));
            (at, Step::Event(Box::new(event)))
        });
        let steps = script.steps.iter().map(|(at, step)| (start.saturating_add(*at), step.clone()));
        let mut coming: Vec<(i64, Step)> = events.chain(steps).collect();
        coming.sort_by_key(|(at, _)| *at);
        Self { coming: coming.into() }
    }

    /// When the next one happens.
    pub(crate) fn next_due(&self) -> Option<i64> {
        self.coming.front().map(|(at, _)| *at)
    }

    /// The next one.
    pub(crate) fn take(&mut self) -> Option<Step> {
        self.coming.pop_front().map(|(_, step)| step)
    }
}
