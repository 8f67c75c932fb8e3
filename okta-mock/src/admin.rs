//! `/_mock`: how a test, or a program in any language, steers the fake.
//!
//! JSON in and out, no credentials. Wrong input is a 400 with one line that says what and where.

mod again;
mod as_admin;
mod faults;
mod hint;
pub(crate) mod journal;
mod limits;
mod lints;
mod log;
mod overview;
mod pushes;
pub(crate) mod snapshot;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use http::{Method, Request};
use serde_json::{Map, Value, json};

use crate::activity::Mix;
use crate::clock::Clock;
use crate::credentials::steer;
use crate::engine::{Answer, ClockOrder, Engine, stamp};
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
        (&Method::GET, "/clock") => return Answer::Clock(ClockOrder::Show),
        (&Method::PUT, "/clock") | (&Method::POST, "/clock/advance") => match clock_order(request, path, now)
        {
            Ok(order) => return Answer::Clock(order),
            Err(wrong) => Err(wrong),
        },
        (&Method::GET, "" | "/") => return Answer::Ready(crate::inspector::page(engine, now)),
        (&Method::GET, "/icon.svg") => return Answer::Ready(crate::inspector::icon(now)),
        (_, path) if path.starts_with("/api/v1/") => {
            return Answer::Ready(as_admin::call(engine, request, now));
        }
        (&Method::GET, "/health") => Ok(json!({ "status": "ok" })),
        (&Method::GET, "/info") => Ok(overview::info(engine)),
        (&Method::GET, "/stats") => Ok(overview::stats(engine)),
        (&Method::GET, "/metrics") => return Answer::Ready(overview::metrics(engine, now)),
        (&Method::POST, "/index/flush") => {
            engine.org.users.index.flush();
            Ok(json!({}))
        }
        (&Method::GET, "/coverage") => Ok(crate::handle::coverage::shown()),
        (&Method::GET, "/credentials") => Ok(credentials(engine)),
        (&Method::GET, "/log") => return Answer::Ready(log::show(engine, request, now)),
        (&Method::POST, "/log") => append(engine, request, now),
        (&Method::GET, "/activity") => Ok(activity::status(&engine.activity)),
        (&Method::POST, "/activity") => act(engine, request, now),
        (&Method::GET, "/faults") => Ok(faults::show(engine)),
        (&Method::POST, "/faults") => faults::add(engine, request, now),
        (&Method::PUT, "/faults") => faults::replace(engine, request, now),
        (&Method::DELETE, "/faults") => faults::remove(engine, request),
        (&Method::POST, "/chaos") => faults::chaos(engine, request, now),
        (&Method::POST, "/heal") => Ok(faults::heal(engine)),
        (&Method::GET, "/requests") => journal::requests(engine, request),
        (&Method::GET, "/requests/stream") => match journal::stream(engine, request, now) {
            Ok(reply) => return Answer::Ready(reply),
            Err(wrong) => Err(wrong),
        },
        (&Method::GET, other) if other.starts_with("/requests/") => match again::text(engine, other) {
            Ok(text) => return Answer::Ready(plain(text, now)),
            Err(wrong) => Err(wrong),
        },
        (&Method::GET, "/conduct") => Ok(journal::conduct(engine)),
        (&Method::GET, "/conduct/lints") => Ok(lints::show()),
        (&Method::DELETE, "/requests") => {
            engine.journal.clear();
            Ok(json!({}))
        }
        (&Method::GET, "/deliveries") => pushes::deliveries(engine, request),
        (&Method::POST, "/deliveries/pause") => Ok(pushes::pause(engine, true)),
        (&Method::POST, "/deliveries/resume") => Ok(pushes::pause(engine, false)),
        (&Method::POST, "/deliveries/flush") => Ok(pushes::flush(engine)),
        (&Method::GET, "/hooks") => Ok(pushes::hooks(engine)),
        (&Method::PUT, "/hooks") => pushes::set_hooks(engine, request),
        (&Method::GET, "/relay") => Ok(pushes::relay(engine)),
        (&Method::POST, "/relay") => pushes::set_relay(engine, request),
        (&Method::DELETE, "/relay") => Ok(pushes::remove_relay(engine)),
        (&Method::POST, other) if named(other, "/hooks/", "/preview").is_some() => {
            pushes::preview(engine, named(other, "/hooks/", "/preview").unwrap_or_default(), now)
        }
        (&Method::POST, other) if named(other, "/deliveries/", "/redeliver").is_some() => {
            pushes::redeliver(engine, named(other, "/deliveries/", "/redeliver").unwrap_or_default(), now)
        }
        (&Method::GET, "/rate-limits") => Ok(limits::show(engine, now)),
        (&Method::PUT, "/rate-limits") => limits::set(engine, request, now),
        (&Method::POST, "/rate-limits/reset") => Ok(limits::reset(engine)),
        (&Method::PUT, "/rate-limits/force") => limits::force(engine, request, now),
        (&Method::GET, "/snapshot") => return Answer::Ready(snapshot::show(engine, now)),
        (&Method::PUT, "/snapshot") => match snapshot::read(request) {
            Ok(snapshot) => return Answer::Restore(snapshot),
            Err(wrong) => Err(wrong),
        },
        (&Method::POST, "/reset") => snapshot::reset(engine, request, now),
        (&Method::POST, path) if path.starts_with("/users/") && path.ends_with("/simulate") => {
            let user = path.trim_start_matches("/users/").trim_end_matches("/simulate");
            let user = crate::handle::decode(user);
            object(request, &["event", "count"])
                .and_then(|body| crate::simulate::simulate(engine, &user, &body, now))
        }
        _ if path.starts_with("/tokens")
            && let Some(done) =
                steer::handle(&mut engine.credentials, &mut engine.org, request, path, now) =>
        {
            done
        }
        _ => return Answer::Ready(refuse_with(404, &format!("{method} /_mock{path}: no such call"), now)),
    };
    Answer::Ready(match result {
        Ok(value) => answer(200, &value, now),
        Err(wrong) => refuse(&wrong, now),
    })
}

/// What the clock shows.
pub(crate) fn clock(now: i64, mode: &str) -> Reply {
    answer(200, &json!({ "now": timestamp::iso(now), "now_ms": now, "mode": mode }), now)
}

/// A 400 with one line.
pub(crate) fn refuse(wrong: &str, now: i64) -> Reply {
    refuse_with(400, wrong, now)
}

fn refuse_with(status: u16, wrong: &str, now: i64) -> Reply {
    answer(status, &json!({ "error": wrong }), now)
}

/// A 403 for who must not steer.
pub(crate) fn forbid(why: &str, now: i64) -> Reply {
    refuse_with(403, why, now)
}

fn answer(status: u16, value: &Value, now: i64) -> Reply {
    sealed(Reply::json(status, value.to_string()), now)
}

fn plain(text: String, now: i64) -> Reply {
    sealed(Reply::new(200, "text/plain; charset=utf-8", text), now)
}

/// An answer about the fake: nobody keeps it, and a browser takes it for what it says it is.
pub(crate) fn sealed(mut reply: Reply, now: i64) -> Reply {
    reply.set(CACHE_CONTROL, "no-store");
    reply.set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    stamp(&mut reply, now);
    reply
}

/// What the program prints when it is ready.
pub(crate) fn credentials(engine: &Engine) -> Value {
    let (service_app, web_app) = engine.credentials.shown();
    json!({
        "url": engine.org.base,
        "api_token": engine.settings.api_token,
        "service_app": service_app,
        "web_app": web_app,
        "admin": (!engine.settings.given.no_admin).then(|| format!("{}/_mock", engine.org.base)),
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

fn parameter_text(request: &Request<Bytes>, name: &str) -> Option<String> {
    let query = request.uri().query().unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, text)| text.into_owned())
}

/// What stands between two parts of a path.
fn named<'a>(path: &'a str, before: &str, after: &str) -> Option<&'a str> {
    path.strip_prefix(before)?.strip_suffix(after).filter(|name| !name.contains('/'))
}

fn clock_order(request: &Request<Bytes>, path: &str, now: i64) -> Result<ClockOrder> {
    if path == "/clock" {
        let body = object(request, &["now", "mode"])?;
        let at = body.get("now").map(|value| time(value, "now")).transpose()?;
        return match (body.get("mode"), at) {
            (None, None) => Err("now or mode: at least one is needed".into()),
            (None, Some(at)) => Ok(ClockOrder::Set(at)),
            (Some(mode), at) => {
                let text = mode.as_str().ok_or_else(|| format!("mode: {mode} is not a text"))?;
                let clock = Clock::read(text, at.unwrap_or(now)).map_err(|wrong| format!("mode: {wrong}"))?;
                Ok(ClockOrder::Switch { clock, at })
            }
        };
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

fn append(engine: &mut Engine, request: &Request<Bytes>, now: i64) -> Result<Value> {
    let events = NewEvent::read_all(parsed(request)?, now)?;
    let uuids: Vec<String> = events.into_iter().map(|event| event.append(engine, now)).collect();
    Ok(json!({ "uuids": uuids }))
}

fn act(engine: &mut Engine, request: &Request<Bytes>, now: i64) -> Result<Value> {
    let body = object(request, &["events", "rate", "mix"])?;
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
    let mix = body.get("mix").map(Mix::read).transpose()?;
    if mix.as_ref().is_some_and(|mix| events.is_none() && rate.is_none() && mix.total() > MOST) {
        return Err(format!("mix: more than {MOST} changes"));
    }
    match (events, rate, mix) {
        (None, None, None) => return Err("events, rate or mix: at least one is needed".into()),
        (None, None, Some(mix)) => engine.act_exactly(&mix, now),
        (events, Some(rate), mix) => engine.activity.plan(rate, events, mix.unwrap_or_default(), now),
        (Some(events), None, mix) => {
            engine.act(usize::try_from(events).unwrap_or(0), &mix.unwrap_or_default(), now);
        }
    }
    Ok(activity::status(&engine.activity))
}
