//! Reads the `do` of a rule from JSON.

mod more;
mod pushes;

use std::time::Duration;

use serde_json::{Map, Value};

pub(super) use pushes::read_push;

use super::act::{BODY, LINK, TRANSPORT};
use super::rule_json::{Done, duration, known, number, signed};
use super::{Act, LinkFault, header};
use crate::timestamp::millis;
use more::given;

/// The words of `do` that are about answers, beside those of bodies.
const WORDS: [&str; 30] = [
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
    "stale_index",
    "log_gap",
    "log_late",
    "next_link",
    "drop_next",
    "truncate_body",
    "transport",
    "slow_drip",
    "slicer",
    "bandwidth",
    "slow_close",
    "delay",
    "latency",
    "jitter",
    "phase",
    "timeout",
];

/// How late an answer is that no client waits for.
const NEVER: Duration = Duration::from_secs(3_600);
/// How old the state is that a stale search sees, unless it is said.
const STALE: Duration = Duration::from_secs(60);
/// How long late events stay hidden, unless it is said. Source: the visibility lag of FAILURES.md, T03.
const LATE: Duration = Duration::from_secs(90);

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
    let past = Act::RateLimit { remaining: 0, reset_in_ms: Some(-30_000) };
    for (word, flagged) in [
        ("concurrency_429", Act::Concurrency),
        ("reset_in_past", past),
        ("drop_next", Act::Link(LinkFault::Missing)),
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
    if let Some(more) = given(act, "rate_limit", &["remaining", "reset_in"])? {
        let remaining = more.number("remaining", 0)?.unwrap_or(0);
        let reset_in = more.get("reset_in").map(|value| signed(value, "do.rate_limit.reset_in"));
        found.push(Act::RateLimit { remaining, reset_in_ms: reset_in.transpose()? });
    }
    if act.get("truncate_body").is_some_and(|value| !value.is_object()) {
        let bytes = number(act, "truncate_body", 0).map_err(|wrong| format!("do.{wrong}"))?;
        found.extend(bytes.map(|bytes| Act::Truncate { bytes: size(bytes), promised: true }));
    } else if let Some(more) = given(act, "truncate_body", &["bytes", "keep_content_length"])? {
        let bytes = more.number("bytes", 0)?.ok_or("do.truncate_body.bytes: missing")?;
        let promised = more.flag("keep_content_length")?.unwrap_or(true);
        found.push(Act::Truncate { bytes: size(bytes), promised });
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
    found.extend(paced(act)?);
    found.extend(data(act)?);
    found.extend(answer(act)?);
    let late_body = match act.get("phase").map(Value::as_str) {
        None | Some(Some("before_headers")) => false,
        Some(Some("before_body")) => true,
        _ => return Err(format!("do.phase: {} is neither before_headers nor before_body", act["phase"])),
    };
    let (mut act, delay) = one(found, delay.max(jitter.min(Duration::from_millis(1))))?;
    if late_body {
        if act != Act::Delay {
            return Err("do.phase: before_body goes with a delay and nothing else".into());
        }
        act = Act::LateBody;
    }
    Ok(Done { act, delay, jitter })
}

/// `slow_drip`, `slicer`, `bandwidth`, `slow_close`: how fast a body goes out.
fn paced(act: &Map<String, Value>) -> Result<Vec<Act>, String> {
    let mut found = Vec::new();
    for (word, usual) in [("slow_drip", Duration::from_millis(100)), ("slicer", Duration::ZERO)] {
        let Some(more) = given(act, word, &["bytes", "every"])? else { continue };
        let bytes = more.number("bytes", 1)?.unwrap_or(16);
        let every = more.duration("every")?.unwrap_or(usual);
        found.push(Act::Drip { bytes: size(bytes), every_ms: millis(every).unsigned_abs() });
    }
    if act.get("bandwidth").is_some_and(|value| !value.is_object()) {
        let rate = number(act, "bandwidth", 1).map_err(|wrong| format!("do.{wrong} of bytes a second"))?;
        found.extend(rate.map(Act::Bandwidth));
    } else if let Some(more) = given(act, "bandwidth", &["bytes_per_second"])? {
        let rate = more.number("bytes_per_second", 1)?.ok_or("do.bandwidth.bytes_per_second: missing")?;
        found.push(Act::Bandwidth(rate));
    }
    found.extend(lasting(act, "slow_close", Duration::from_secs(5))?.map(Act::SlowClose));
    Ok(found)
}

/// `stale_index`, `log_gap`, `log_late`: answers that are right about another state of the org.
fn data(act: &Map<String, Value>) -> Result<Vec<Act>, String> {
    let mut found = Vec::new();
    found.extend(lasting(act, "stale_index", STALE)?.map(Act::StaleIndex));
    if let Some(more) = given(act, "log_gap", &["events"])? {
        let events = more.number("events", 1)?.unwrap_or(1);
        found.push(Act::LogHole { events, for_ms: None });
    }
    if let Some(more) = given(act, "log_late", &["events", "by"])? {
        let (events, by) = (more.number("events", 1)?.unwrap_or(1), more.duration("by")?.unwrap_or(LATE));
        found.push(Act::LogHole { events, for_ms: Some(millis(by)) });
    }
    Ok(found)
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
            let names = names.iter().filter_map(Value::as_str).map(header::name);
            names.collect::<Result<_, _>>().map_err(|wrong| format!("do.drop_headers: {wrong}"))?
        }
        Some(other) => return Err(format!("do.drop_headers: {other} is not a list of texts")),
    };
    let (code, content_type) = (text(act, "errorCode")?, text(act, "content_type")?);
    let content_type = content_type.map(|text| header::value(&text)).transpose();
    let content_type = content_type.map_err(|wrong| format!("do.content_type: {wrong}"))?;
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

fn link(value: &Value) -> Result<LinkFault, String> {
    let more = match value {
        Value::String(url) => return Ok(LinkFault::To(url.clone())),
        Value::Object(more) => more,
        other => return Err(format!("do.next_link: {other} is neither a text nor an object")),
    };
    let words: Vec<&str> = LINK.iter().map(|(word, _)| *word).chain(["host", "scheme", "port"]).collect();
    known(more, "do.next_link.", &words)?;
    let at = |wrong: String| wrong.replacen("do.", "do.next_link.", 1);
    let mut found = Vec::new();
    for (word, link) in LINK {
        found.extend(flag(more, word).map_err(at)?.then_some(link));
    }
    let (scheme, host) = (text(more, "scheme").map_err(at)?, text(more, "host").map_err(at)?);
    let port = match more.get("port") {
        None | Some(Value::Null) => None,
        Some(value) => {
            let port = value.as_u64().and_then(|port| u16::try_from(port).ok());
            Some(port.ok_or_else(|| format!("do.next_link.port: {value} is not a port"))?)
        }
    };
    if scheme.is_some() || host.is_some() || port.is_some() {
        found.push(LinkFault::Origin { scheme, host, port });
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
            let read = |(name, value): (&String, &Value)| {
                let lower = header::name(name).map_err(|wrong| format!("do.headers: {wrong}"))?;
                let wrong = |wrong: String| format!("do.headers.{name}: {wrong}");
                let text = value.as_str().ok_or_else(|| wrong(format!("{value} is not a text")))?;
                Ok((lower, header::value(text).map_err(wrong)?))
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

/// A word whose value is a duration, or `true` for the usual one; in milliseconds.
fn lasting(act: &Map<String, Value>, word: &str, usual: Duration) -> Result<Option<i64>, String> {
    match act.get(word) {
        None | Some(Value::Bool(false)) => Ok(None),
        Some(Value::Bool(true)) => Ok(Some(millis(usual))),
        Some(value) => duration(value, &format!("do.{word}")).map(|length| Some(millis(length))),
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
