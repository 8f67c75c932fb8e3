//! `/_mock`: how a test, or a program in any language, steers the fake.
//!
//! JSON in and out, no credentials. Wrong input is a 400 with one line that says what and where.

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Map, Value, json};

use crate::engine::{Answer, ClockOrder, Engine, stamp};
use crate::faults::rule_json;
use crate::limits::RateLimits;
use crate::new_event::NewEvent;
use crate::reply::Reply;
use crate::{activity, timestamp};

type Result<T> = std::result::Result<T, String>;

/// The most changes or events that one call may ask for.
const MOST: u64 = 1_000_000;

/// Answers a call to `/_mock/…`.
pub(crate) fn handle(engine: &mut Engine, request: &Request<Bytes>, now: i64) -> Answer {
    let path = request.uri().path().strip_prefix("/_mock").unwrap_or_default();
    let method = request.method();
    let result = match (method, path) {
        (&Method::GET, "/clock") => return Answer::Ready(clock(now)),
        (&Method::PUT, "/clock") | (&Method::POST, "/clock/advance") => match clock_order(request, path) {
            Ok(order) => return Answer::Clock(order),
            Err(wrong) => Err(wrong),
        },
        (&Method::GET, "/health") => Ok(json!({ "status": "ok" })),
        (&Method::POST, "/index/flush") => {
            engine.org.users.index.flush();
            Ok(json!({}))
        }
        (&Method::GET, "/coverage") => Ok(crate::handle::coverage()),
        (&Method::GET, "/credentials") => Ok(credentials(engine)),
        (&Method::GET, "/log") => return Answer::Ready(log(engine, request, now)),
        (&Method::POST, "/log") => append(engine, request, now),
        (&Method::GET, "/activity") => Ok(activity::status(&engine.activity)),
        (&Method::POST, "/activity") => act(engine, request, now),
        (&Method::GET, "/faults") => {
            Ok(json!({ "faults": engine.faults.list.iter().map(rule_json::show).collect::<Vec<_>>() }))
        }
        (&Method::POST, "/faults") => add_faults(engine, request),
        (&Method::DELETE, "/faults") => remove_faults(engine, request),
        (&Method::GET, "/requests") => Ok(requests(engine)),
        (&Method::DELETE, "/requests") => {
            engine.journal.clear();
            Ok(json!({}))
        }
        (&Method::GET, "/deliveries") => Ok(deliveries(engine)),
        (&Method::GET, "/rate-limits") => Ok(rate_limits(engine, now)),
        (&Method::PUT, "/rate-limits") => set_rate_limits(engine, request, now),
        (&Method::POST, "/reset") => {
            engine.reset(now);
            Ok(json!({}))
        }
        (&Method::POST, path) if path.starts_with("/users/") && path.ends_with("/simulate") => {
            let user = path.trim_start_matches("/users/").trim_end_matches("/simulate");
            let user = crate::handle::decode(user);
            object(request, &["event", "count"])
                .and_then(|body| crate::simulate::simulate(engine, &user, &body, now))
        }
        (_, "/snapshot") => {
            return Answer::Ready(refuse_with(
                501,
                "snapshot: not built yet; start with the same seed instead",
                now,
            ));
        }
        _ => return Answer::Ready(refuse_with(404, &format!("{method} /_mock{path}: no such call"), now)),
    };
    Answer::Ready(match result {
        Ok(value) => answer(200, &value, now),
        Err(wrong) => refuse(&wrong, now),
    })
}

/// What the clock shows.
pub(crate) fn clock(now: i64) -> Reply {
    answer(200, &json!({ "now": timestamp::iso(now), "now_ms": now }), now)
}

/// A 400 with one line.
pub(crate) fn refuse(wrong: &str, now: i64) -> Reply {
    refuse_with(400, wrong, now)
}

fn refuse_with(status: u16, wrong: &str, now: i64) -> Reply {
    answer(status, &json!({ "error": wrong }), now)
}

fn answer(status: u16, value: &Value, now: i64) -> Reply {
    let mut reply = Reply::json(status, value.to_string());
    stamp(&mut reply, now);
    reply
}

/// What the program prints when it is ready. OAuth clients are not built yet, hence the two nulls.
pub(crate) fn credentials(engine: &Engine) -> Value {
    json!({
        "url": engine.org.base,
        "api_token": engine.settings.api_token,
        "service_app": null,
        "web_app": null,
        "admin": format!("{}/_mock", engine.org.base),
    })
}

fn parsed(request: &Request<Bytes>) -> Result<Value> {
    if request.body().is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(request.body()).map_err(|error| format!("the body is not JSON: {error}"))
}

fn object(request: &Request<Bytes>, words: &[&str]) -> Result<Map<String, Value>> {
    let Value::Object(body) = parsed(request)? else { return Err("the body must be an object".into()) };
    match body.keys().find(|key| !words.contains(&key.as_str())) {
        Some(key) => Err(format!("{key}: unknown; expected {}", words.join(", "))),
        None => Ok(body),
    }
}

fn parameter(request: &Request<Bytes>, name: &str) -> Result<Option<u64>> {
    let query = request.uri().query().unwrap_or_default();
    let found = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name);
    found.map(|(_, text)| text.parse().map_err(|_| format!("{name}: {text:?} is not a number"))).transpose()
}

fn clock_order(request: &Request<Bytes>, path: &str) -> Result<ClockOrder> {
    if path == "/clock" {
        let body = object(request, &["now"])?;
        let now = body.get("now").ok_or("now: missing")?;
        return time(now, "now").map(ClockOrder::Set);
    }
    let body = object(request, &["by"])?;
    let by = body.get("by").ok_or("by: missing; expected a duration like \"90s\"")?;
    let parsed = by.as_str().and_then(timestamp::parse_duration);
    parsed.map(ClockOrder::Advance).ok_or_else(|| format!("by: {by} is not a duration like \"90s\""))
}

/// A time, as text or as milliseconds since 1970.
pub(crate) fn time(value: &Value, at: &str) -> Result<i64> {
    let parsed = value.as_str().and_then(timestamp::parse).or_else(|| value.as_i64());
    parsed
        .filter(|ms| (0..1 << 41).contains(ms))
        .ok_or_else(|| format!("{at}: {value} is not a time like \"2026-01-01T00:00:00.000Z\""))
}

/// The truth: every event in order of persistence, the ones that cannot be seen yet included.
fn log(engine: &Engine, request: &Request<Bytes>, now: i64) -> Reply {
    let read = || Ok::<_, String>((parameter(request, "after")?, parameter(request, "limit")?));
    let (after, limit) = match read() {
        Ok(read) => read,
        Err(wrong) => return refuse(&wrong, now),
    };
    let log = &engine.org.log;
    let all = after.is_none().then(|| log.all()).into_iter().flatten();
    let records = all.chain(after.into_iter().flat_map(|position| log.after(position)));
    let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    // Written by hand: a long run reads this list of hundreds of thousands of rows.
    let mut out = "{\"events\":[".to_owned();
    for (n, record) in records.take(limit).enumerate() {
        out.push_str(if n == 0 { "" } else { "," });
        crate::json::push(&mut out, format_args!("{{\"position\":{}", record.position));
        crate::json::text(&mut out, "uuid", &record.uuid);
        crate::json::text(&mut out, "eventType", record.event_type());
        crate::json::text(&mut out, "published", &timestamp::iso(record.published));
        crate::json::text(&mut out, "persisted", &timestamp::iso(record.persisted));
        crate::json::text(&mut out, "visible_at", &timestamp::iso(record.visible_at));
        out.push('}');
    }
    out.push_str("]}");
    let mut reply = Reply::json(200, out);
    stamp(&mut reply, now);
    reply
}

fn append(engine: &mut Engine, request: &Request<Bytes>, now: i64) -> Result<Value> {
    let entries = match parsed(request)? {
        Value::Array(entries) => entries,
        entry => vec![entry],
    };
    let read = entries.into_iter().enumerate();
    let events: Vec<NewEvent> = read.map(|(n, entry)| NewEvent::read(entry, n)).collect::<Result<_>>()?;
    let uuids: Vec<String> = events.into_iter().map(|event| event.append(engine, now)).collect();
    Ok(json!({ "uuids": uuids }))
}

fn act(engine: &mut Engine, request: &Request<Bytes>, now: i64) -> Result<Value> {
    let body = object(request, &["events", "rate"])?;
    let events = match body.get("events") {
        None => None,
        Some(value) => {
            let events = value.as_u64().filter(|events| *events <= MOST);
            Some(events.ok_or_else(|| format!("events: {value} is not a number up to {MOST}"))?)
        }
    };
    let rate = match body.get("rate") {
        None => None,
        Some(value) => {
            let rate = value.as_f64().filter(|rate| (0.0..=1_000_000.0).contains(rate));
            Some(rate.ok_or_else(|| format!("rate: {value} is not a number of changes per second"))?)
        }
    };
    match (events, rate) {
        (None, None) => return Err("events or rate: at least one is needed".into()),
        (events, Some(rate)) => engine.activity.plan(rate, events, now),
        (Some(events), None) => engine.act(usize::try_from(events).unwrap_or(0), now),
    }
    Ok(activity::status(&engine.activity))
}

fn add_faults(engine: &mut Engine, request: &Request<Bytes>) -> Result<Value> {
    let rules = match parsed(request)? {
        Value::Array(rules) => rules,
        rule => vec![rule],
    };
    let numbered = rules.iter().enumerate();
    // All or nothing: half of a plan would be worse than none.
    let planned: Vec<_> = numbered
        .map(|(n, rule)| {
            rule_json::read(rule)
                .map_err(|wrong| if rules.len() > 1 { format!("[{n}].{wrong}") } else { wrong })
        })
        .collect::<Result<_>>()?;
    let ids: Vec<u64> = planned
        .into_iter()
        .map(|(pattern, when, act, delay)| engine.faults.add(pattern, when, act, delay))
        .collect();
    Ok(json!({ "ids": ids }))
}

fn remove_faults(engine: &mut Engine, request: &Request<Bytes>) -> Result<Value> {
    let id = parameter(request, "id")?;
    Ok(json!({ "removed": engine.faults.remove(id) }))
}

fn requests(engine: &Engine) -> Value {
    let show = |record: &crate::journal::RequestRecord| {
        json!({
            "n": record.n, "at": timestamp::iso(record.at_ms), "method": record.method, "path": record.path,
            "query": record.query, "principal": record.principal, "bucket": record.bucket, "status": record.status,
            "faulted": record.faulted,
        })
    };
    json!({ "requests": engine.journal.records().map(show).collect::<Vec<_>>() })
}

fn deliveries(engine: &Engine) -> Value {
    let show = |record: &crate::push::DeliveryRecord| {
        json!({
            "hook": record.hook_id, "push": record.push_id, "events": record.event_uuids, "attempt": record.attempt,
            "at": timestamp::iso(record.at_ms), "status": record.status, "error": record.error,
            "duration_ms": record.duration_ms,
        })
    };
    json!({ "deliveries": engine.push.deliveries().map(show).collect::<Vec<_>>() })
}

fn rate_limits(engine: &Engine, now: i64) -> Value {
    let limits = &engine.limits;
    let show = |(bucket, limit, share, used, reset): (String, u64, u64, u64, Option<i64>)| json!({ "bucket": bucket, "limit": limit, "token_limit": share, "used": used, "reset": reset });
    json!({
        "mode": limits.mode.name(),
        "window_ms": limits.window_ms,
        "token_share_percent": limits.share,
        "violations": limits.refused,
        "buckets": limits.buckets(now).into_iter().map(show).collect::<Vec<_>>(),
    })
}

fn set_rate_limits(engine: &mut Engine, request: &Request<Bytes>, now: i64) -> Result<Value> {
    let body = object(request, &["mode", "window", "token_share_percent", "buckets"])?;
    let limits = &mut engine.limits;
    if let Some(value) = body.get("mode") {
        let mode = value.as_str().and_then(RateLimits::named);
        limits.mode = mode.ok_or_else(|| format!("mode: {value} is none of off, integrator, workforce"))?;
    }
    if let Some(value) = body.get("window") {
        let window = value.as_str().and_then(timestamp::parse_duration).filter(|window| !window.is_zero());
        limits.window_ms = timestamp::millis(
            window.ok_or_else(|| format!("window: {value} is not a duration like \"60s\""))?,
        );
    }
    if let Some(value) = body.get("token_share_percent") {
        let share = value.as_u64().filter(|share| (1..=100).contains(share));
        limits.share =
            share.ok_or_else(|| format!("token_share_percent: {value} is not a number from 1 to 100"))?;
    }
    let buckets = body.get("buckets").and_then(Value::as_array).cloned().unwrap_or_default();
    for (n, bucket) in buckets.iter().enumerate() {
        let name = bucket
            .get("bucket")
            .and_then(Value::as_str)
            .ok_or_else(|| format!("buckets[{n}].bucket: missing"))?;
        let limit = bucket
            .get("limit")
            .and_then(Value::as_u64)
            .ok_or_else(|| format!("buckets[{n}].limit: not a number"))?;
        if !limits.set_limit(name, limit) {
            return Err(format!("buckets[{n}].bucket: there is no bucket {name:?}"));
        }
    }
    limits.clear();
    Ok(rate_limits(engine, now))
}
