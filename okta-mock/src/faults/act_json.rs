//! Reads the `do` of a rule from JSON.

use std::time::Duration;

use serde_json::{Map, Value};

use super::act::{BODY, LINK, TRANSPORT};
use super::rule_json::{Done, duration, known, number, signed};
use super::{Act, Link};
use crate::push::mischief::Mischief;
use crate::timestamp::millis;

/// The words of `do` that are about answers, beside those of bodies.
const WORDS: [&str; 23] = [
    "rate_limit",
    "reset_in_past",
    "concurrency_429",
    "status",
    "errorCode",
    "content_type",
    "body",
    "headers",
    "drop_headers",
    "clock_skew",
    "maintenance_503",
    "auth_revoked",
    "invalid_cursor",
    "expire_cursor",
    "next_link",
    "drop_next",
    "truncate_body",
    "transport",
    "slow_drip",
    "delay",
    "latency",
    "jitter",
    "timeout",
];

/// How late an answer is that no client waits for.
const NEVER: Duration = Duration::from_secs(3_600);

/// The words of `do` that are about pushes.
const PUSH_WORDS: [&str; 9] = [
    "drop",
    "delay",
    "latency",
    "duplicate",
    "reorder",
    "split",
    "split_batch",
    "bad_auth",
    "wrong_detail_type",
];

/// What a rule does to an answer.
pub(super) fn read(act: &Map<String, Value>) -> Result<Done, String> {
    let words: Vec<&str> = WORDS.into_iter().chain(BODY.iter().map(|(word, _)| *word)).collect();
    known(act, "do.", &words)?;
    let mut delay = delay(act)?.unwrap_or_default();
    if flag(act, "timeout")? {
        delay = NEVER;
    }
    let jitter = act.get("jitter").map(|value| duration(value, "do.jitter")).transpose()?;
    let jitter = jitter.unwrap_or_default();
    let mut found: Vec<Act> = Vec::new();
    let error = |status, code: &str| Act::Error { status: Some(status), code: Some(code.to_owned()) };
    for (word, flagged) in [
        ("concurrency_429", Act::Concurrency),
        ("reset_in_past", Act::RateLimit { reset_in_ms: Some(-30_000) }),
        ("drop_next", Act::Link(Link::Missing)),
        ("invalid_cursor", Act::InvalidCursor),
        ("expire_cursor", Act::ExpireCursor),
        ("maintenance_503", error(503, "E0000010")),
        ("auth_revoked", error(401, "E0000011")),
    ] {
        found.extend(flag(act, word)?.then_some(flagged));
    }
    for (word, fault) in BODY {
        found.extend(flag(act, word)?.then_some(Act::Body(fault)));
    }
    match act.get("rate_limit") {
        Some(Value::Object(more)) => {
            known(more, "do.rate_limit.", &["reset_in"])?;
            let reset_in = more.get("reset_in").map(|value| signed(value, "do.rate_limit.reset_in"));
            found.push(Act::RateLimit { reset_in_ms: reset_in.transpose()? });
        }
        _ => found.extend(flag(act, "rate_limit")?.then_some(Act::RateLimit { reset_in_ms: None })),
    }
    match act.get("truncate_body") {
        Some(Value::Object(more)) => {
            known(more, "do.truncate_body.", &["bytes"])?;
            let bytes = number(more, "bytes", 0).map_err(|wrong| format!("do.truncate_body.{wrong}"))?;
            let bytes = bytes.ok_or("do.truncate_body.bytes: missing")?;
            found.push(Act::Truncate(size(bytes)));
        }
        _ => {
            let bytes = number(act, "truncate_body", 0).map_err(|wrong| format!("do.{wrong}"))?;
            found.extend(bytes.map(|bytes| Act::Truncate(size(bytes))));
        }
    }
    if let Some(value) = act.get("clock_skew") {
        found.push(Act::ClockSkew(signed(value, "do.clock_skew")?));
    }
    if let Some(value) = act.get("next_link") {
        found.push(Act::Link(link(value)?));
    }
    if let Some(value) = act.get("transport") {
        let kind = TRANSPORT.iter().find(|(name, _)| value.as_str() == Some(name));
        let (_, kind) = kind.ok_or_else(|| {
            format!("do.transport: {value} is none of {}", TRANSPORT.map(|(name, _)| name).join(", "))
        })?;
        found.push(Act::Transport(*kind));
    }
    if let Some(value) = act.get("slow_drip") {
        let Value::Object(more) = value else {
            return Err(format!("do.slow_drip: {value} is not an object"));
        };
        known(more, "do.slow_drip.", &["bytes", "every"])?;
        let bytes = number(more, "bytes", 1).map_err(|wrong| format!("do.slow_drip.{wrong}"))?;
        let every = more.get("every").map(|value| duration(value, "do.slow_drip.every")).transpose()?;
        let every = every.unwrap_or(Duration::from_millis(100));
        found.push(Act::Drip { bytes: size(bytes.unwrap_or(16)), every_ms: millis(every).unsigned_abs() });
    }
    found.extend(answer(act)?);
    let (act, delay) = one(found, delay.max(jitter.min(Duration::from_millis(1))))?;
    Ok(Done { act, delay, jitter })
}

/// `status`, `errorCode`, `body`, `content_type`, `headers`, `drop_headers`: an answer, or changed headers.
fn answer(act: &Map<String, Value>) -> Result<Option<Act>, String> {
    let status = match act.get("status") {
        None => None,
        Some(value) => {
            let status = value.as_u64().and_then(|status| u16::try_from(status).ok());
            let status = status.filter(|status| (200..600).contains(status));
            Some(status.ok_or_else(|| format!("do.status: {value} is not a status from 200 to 599"))?)
        }
    };
    let headers = headers(act)?;
    let drop = match act.get("drop_headers") {
        None => Vec::new(),
        Some(Value::Array(names)) if names.iter().all(Value::is_string) => {
            names.iter().filter_map(Value::as_str).map(str::to_lowercase).collect()
        }
        Some(other) => return Err(format!("do.drop_headers: {other} is not a list of texts")),
    };
    let (code, content_type) = (text(act, "errorCode")?, text(act, "content_type")?);
    let body = match act.get("body") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some((text.clone(), "text/html")),
        Some(value) => Some((value.to_string(), "application/json")),
    };
    Ok(match body {
        Some((body, usual)) => Some(Act::Raw {
            status: status.unwrap_or(200),
            content_type: content_type.unwrap_or_else(|| usual.into()),
            headers,
            body: body.into(),
        }),
        None if content_type.is_some() => return Err("do.content_type: only together with body".into()),
        None if status.is_some() || code.is_some() => {
            if !headers.is_empty() || !drop.is_empty() {
                return Err("do.headers: with a status only together with body; make a rule of each".into());
            }
            Some(Act::Error { status, code })
        }
        None if headers.is_empty() && drop.is_empty() => None,
        None => Some(Act::Headers { set: headers, drop }),
    })
}

/// What a rule does to a push.
pub(super) fn read_push(act: &Map<String, Value>) -> Result<Act, String> {
    known(act, "do.", &PUSH_WORDS)?;
    let mut found: Vec<Act> = Vec::new();
    for (word, flagged) in [
        ("drop", Mischief::Drop),
        ("split", Mischief::Split),
        ("split_batch", Mischief::Split),
        ("bad_auth", Mischief::BadAuth),
        ("wrong_detail_type", Mischief::WrongDetailType),
    ] {
        found.extend(flag(act, word)?.then_some(Act::Push(flagged)));
    }
    found.extend(delay(act)?.map(|delay| Act::Push(Mischief::Delay(millis(delay)))));
    match act.get("duplicate") {
        Some(Value::Object(more)) => {
            known(more, "do.duplicate.", &["times", "gap", "same_event_id"])?;
            let times = number(more, "times", 2).map_err(|wrong| format!("do.duplicate.{wrong}"))?;
            let gap = more.get("gap").map(|value| duration(value, "do.duplicate.gap")).transpose()?;
            let same_id = more.get("same_event_id").is_none_or(|value| value != false);
            found.push(Act::Push(Mischief::Duplicate {
                times: times.unwrap_or(2).min(100),
                gap_ms: gap.map_or(0, millis),
                same_id,
            }));
        }
        _ => found.extend(flag(act, "duplicate")?.then_some(Act::Push(Mischief::Duplicate {
            times: 2,
            gap_ms: 0,
            same_id: true,
        }))),
    }
    match act.get("reorder") {
        Some(Value::Object(more)) => {
            known(more, "do.reorder.", &["window"])?;
            let window = number(more, "window", 2).map_err(|wrong| format!("do.reorder.{wrong}"))?;
            found.push(Act::Push(Mischief::Reorder(window.unwrap_or(2).min(1_000))));
        }
        _ => found.extend(flag(act, "reorder")?.then_some(Act::Push(Mischief::Reorder(2)))),
    }
    one(found, Duration::ZERO).map(|(act, _)| act)
}

fn link(value: &Value) -> Result<Link, String> {
    let more = match value {
        Value::String(url) => return Ok(Link::To(url.clone())),
        Value::Object(more) => more,
        other => return Err(format!("do.next_link: {other} is neither a text nor an object")),
    };
    let words: Vec<&str> = LINK.iter().map(|(word, _)| *word).chain(["host", "scheme"]).collect();
    known(more, "do.next_link.", &words)?;
    let mut found = Vec::new();
    for (word, link) in LINK {
        found.extend(
            flag(more, word).map_err(|wrong| wrong.replacen("do.", "do.next_link.", 1))?.then_some(link),
        );
    }
    for (word, make) in [("host", Link::Host as fn(String) -> Link), ("scheme", Link::Scheme)] {
        found.extend(text(more, word)?.map(make));
    }
    match found.len() {
        1 => Ok(found.remove(0)),
        _ => Err(format!("do.next_link: expected exactly one of {}", words.join(", "))),
    }
}

fn headers(act: &Map<String, Value>) -> Result<Vec<(String, String)>, String> {
    match act.get("headers") {
        None => Ok(Vec::new()),
        Some(Value::Object(headers)) => {
            let read = |(name, value): (&String, &Value)| match value {
                Value::String(text) => Ok((name.to_lowercase(), text.clone())),
                other => Err(format!("do.headers.{name}: {other} is not a text")),
            };
            headers.iter().map(read).collect()
        }
        Some(other) => Err(format!("do.headers: {other} is not an object")),
    }
}

fn delay(act: &Map<String, Value>) -> Result<Option<Duration>, String> {
    let delays = ["delay", "latency"].iter().filter_map(|word| act.get(*word).map(|value| (word, value)));
    let mut found = delays.map(|(word, value)| duration(value, &format!("do.{word}")));
    found.next().transpose()
}

fn one(mut found: Vec<Act>, delay: Duration) -> Result<(Act, Duration), String> {
    match (found.len(), delay) {
        (1, delay) => Ok((found.remove(0), delay)),
        (0, delay) if !delay.is_zero() => Ok((Act::Delay, delay)),
        (0, _) => Err("do: nothing to do".into()),
        _ => Err("do: more than one thing to do; make a rule of each".into()),
    }
}

fn flag(act: &Map<String, Value>, word: &str) -> Result<bool, String> {
    match act.get(word) {
        None => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(other) => Err(format!("do.{word}: {other} is not true or false")),
    }
}

fn text(object: &Map<String, Value>, key: &str) -> Result<Option<String>, String> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(format!("do.{key}: {other} is not a text")),
    }
}

fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
