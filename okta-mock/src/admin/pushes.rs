//! `/_mock/hooks`, `/_mock/relay`, `/_mock/deliveries`: what goes out to receivers.

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use super::{Result, object, parameter, parameter_text};
use crate::engine::Engine;
use crate::push::bridge::{Relay, Shape};
use crate::push::record::{Channel, DeliveryRecord};
use crate::timestamp;

/// How hooks are served, and the day's count.
pub(super) fn hooks(engine: &Engine) -> Value {
    let (settings, quota) = (&engine.push.settings, engine.push.quota());
    json!({
        "sparse": settings.sparse,
        "activation_delay_ms": settings.activation_delay_ms,
        "batch_window_ms": settings.window_ms,
        "daily_cap": settings.daily_cap,
        "daily_warning": settings.daily_warning,
        "sent_today": quota.used,
        "lost_today": quota.lost,
        "paused": engine.push.paused,
        "waiting": engine.push.waiting(),
    })
}

pub(super) fn set_hooks(engine: &mut Engine, request: &Request<Bytes>) -> Result<Value> {
    let words = ["sparse", "activation_delay", "batch_window", "daily_cap", "daily_warning", "in_flight"];
    let body = object(request, &words)?;
    let mut settings = engine.push.settings.clone();
    for (word, value) in &body {
        let wrong = |expected: &str| format!("{word}: {value} is not {expected}");
        let duration = || {
            let parsed = value.as_str().and_then(timestamp::parse_duration);
            parsed.map(timestamp::millis).ok_or_else(|| wrong("a duration like \"90s\""))
        };
        let number = || value.as_u64().ok_or_else(|| wrong("a number"));
        match word.as_str() {
            "sparse" => settings.sparse = value.as_bool().ok_or_else(|| wrong("true or false"))?,
            "activation_delay" => settings.activation_delay_ms = duration()?,
            "batch_window" => settings.window_ms = duration()?,
            "daily_cap" => settings.daily_cap = number()?,
            "in_flight" => {
                let number = value.as_u64().filter(|number| (1..=100).contains(number));
                settings.in_flight = number
                    .and_then(|n| usize::try_from(n).ok())
                    .ok_or_else(|| wrong("a number from 1 to 100"))?;
            }
            _ => settings.daily_warning = number()?,
        }
    }
    engine.push.settings = settings;
    Ok(hooks(engine))
}

/// `POST /_mock/hooks/{id}/preview`.
pub(super) fn preview(engine: &mut Engine, id: &str, now: i64) -> Result<Value> {
    let push_id = engine.push.preview(&mut engine.org, id, now);
    push_id.map(|push_id| json!({ "push": push_id })).ok_or_else(|| format!("there is no hook {id:?}"))
}

/// The relay, without its secret.
pub(super) fn relay(engine: &Engine) -> Value {
    let relay = engine.push.settings.relay.as_ref();
    json!({
        "url": relay.map(|relay| &relay.url),
        "header": relay.map(|relay| &relay.header),
        "shape": relay.map(|relay| if relay.shape == Shape::Sqs { "sqs" } else { "envelope" }),
        "dropped_without_relay": engine.push.unrelayed,
    })
}

pub(super) fn set_relay(engine: &mut Engine, request: &Request<Bytes>) -> Result<Value> {
    let body = object(request, &["url", "secret", "header", "shape"])?;
    let text = |word: &str| match body.get(word) {
        None => Ok(None),
        Some(value) => value.as_str().map(Some).ok_or_else(|| format!("{word}: {value} is not a text")),
    };
    let shape = match text("shape")? {
        None | Some("envelope") => Shape::Envelope,
        Some("sqs") => Shape::Sqs,
        Some(other) => return Err(format!("shape: {other:?} is neither envelope nor sqs")),
    };
    let (url, secret) = (text("url")?.ok_or("url: missing")?, text("secret")?.ok_or("secret: missing")?);
    engine.push.settings.relay = Some(Relay::new(url, secret, text("header")?, shape)?);
    Ok(relay(engine))
}

pub(super) fn remove_relay(engine: &mut Engine) -> Value {
    engine.push.settings.relay = None;
    json!({})
}

/// Holds everything that is not under way yet, or lets it go.
pub(super) fn pause(engine: &mut Engine, paused: bool) -> Value {
    engine.push.paused = paused;
    json!({ "paused": paused, "waiting": engine.push.waiting() })
}

/// Closes every batching window now.
pub(super) fn flush(engine: &mut Engine) -> Value {
    engine.push.close_all();
    json!({ "waiting": engine.push.waiting() })
}

/// Every attempt; or those of one `channel`, that were `delivered` or `failed`, or the `last` so many.
pub(super) fn deliveries(engine: &Engine, request: &Request<Bytes>) -> Result<Value> {
    let channel = match parameter_text(request, "channel") {
        None => None,
        Some(name) => Some(
            Channel::named(&name)
                .ok_or_else(|| format!("channel: {name:?} is neither event_hook nor eventbridge"))?,
        ),
    };
    let delivered = match parameter_text(request, "status").as_deref() {
        None => None,
        Some("delivered") => Some(true),
        Some("failed") => Some(false),
        Some(other) => return Err(format!("status: {other:?} is neither delivered nor failed")),
    };
    let last = parameter(request, "last")?.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let wanted = |record: &&DeliveryRecord| {
        channel.is_none_or(|channel| record.channel == channel)
            && delivered.is_none_or(|delivered| record.delivered() == delivered)
    };
    let show = |record: &DeliveryRecord| {
        let hook = (record.channel == Channel::EventHook).then_some(&record.target_id);
        json!({
            "n": record.n, "channel": record.channel.name(), "target": record.target_id, "hook": hook,
            "push": record.push_id, "events": record.event_uuids, "attempt": record.attempt,
            "at": timestamp::iso(record.at_ms), "status": record.status, "error": record.error,
            "duration_ms": record.duration_ms, "faulted": record.faulted,
        })
    };
    let found: Vec<&DeliveryRecord> = engine.push.deliveries().filter(wanted).collect();
    let found = &found[found.len().saturating_sub(last)..];
    Ok(json!({ "deliveries": found.iter().copied().map(show).collect::<Vec<_>>() }))
}

/// `POST /_mock/deliveries/{n}/redeliver`.
pub(super) fn redeliver(engine: &mut Engine, n: &str, now: i64) -> Result<Value> {
    let repeated = n.parse().is_ok_and(|n| engine.push.redeliver(n, now));
    if repeated { Ok(json!({})) } else { Err(format!("there is no delivery {n:?} to repeat")) }
}
