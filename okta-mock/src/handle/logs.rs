//! `GET /api/v1/logs`: the polling read that never ends, and the bounded ones that do.
//!
//! Polling (no `until`, ascending) goes by persistence and always has a `next` link. Bounded queries go by
//! `published` and end. Source: System Log API, "Polling requests" and "Bounded requests".

use bytes::Bytes;
use http::Request;
use http::header::LINK;
use serde_json::Value;

use super::page::link;
use super::params::Params;
use super::query::{Expr, Op};
use super::{Cx, Outcome};
use crate::engine::Handled;
use crate::error::ApiError;
use crate::journal::RequestRecord;
use crate::org::event::{Party, Record};
use crate::org::log::{LAST_MS, Log, Logged, RETENTION, position_of, split};
use crate::reply::Reply;
use crate::sheet::Sheet;
use crate::timestamp;

const DAY: i64 = 86_400_000;

/// What a request asks for.
struct Asked {
    since: Option<i64>,
    until: Option<i64>,
    descending: bool,
    limit: usize,
    expr: Option<Expr>,
    words: Vec<String>,
}

pub(super) fn list(cx: &mut Cx<'_>, request: &Request<Bytes>) -> Outcome {
    let params = Params::of(request.uri());
    let asked = read(&params, cx.tx.at)?;
    if asked.until.is_none() && !asked.descending {
        return poll(cx, &params, &asked);
    }
    bounded(cx, &params, &asked)
}

fn poll(cx: &Cx<'_>, params: &Params, asked: &Asked) -> Outcome {
    let now = cx.tx.at;
    let since = asked.since.unwrap_or(now - 7 * DAY);
    let start = match params.get("after") {
        Some(cursor) => position(cursor).ok_or_else(|| ApiError::bad_cursor("E0000031"))?,
        // "After" the last position before `since`: what was persisted at `since` itself is included.
        None => position_of(since).saturating_sub(1),
    };
    let kept = start.max(position_of(now - RETENTION).saturating_sub(1));
    let log = &cx.org.log;
    let seen = log.behind(kept).filter(|event| log.shows(*event, now) && asked.wants(log, *event));
    let (body, last) = page(log, seen.take(asked.limit));
    // At the live end the cursor stays where it is.
    let (ms, n) = split(last.map_or(start, |event| log.position(event)));
    let next = format!("{ms}_{n}");
    let since = params.get("since").map_or_else(|| timestamp::iso(since), str::to_owned);
    let own = own_params(params, &since, asked);
    let target = format!("{}/api/v1/logs", cx.org.base);
    let mut reply = Reply::json(200, body);
    // Recorded: the log sends `next` before `self`.
    reply.add(LINK, &link(&target, Some(&next), &own, "next"));
    reply.add(LINK, &link(&target, params.get("after"), &own, "self"));
    Ok(Handled::Reply(reply))
}

fn bounded(cx: &Cx<'_>, params: &Params, asked: &Asked) -> Outcome {
    let now = cx.tx.at;
    let log = &cx.org.log;
    let until = asked.until.unwrap_or(now.saturating_add(1));
    let since = asked.since.unwrap_or(until.saturating_sub(7 * DAY));
    let cursor = match params.get("after") {
        None => None,
        Some(uuid) => Some(log.order_of(uuid).ok_or_else(|| ApiError::bad_cursor("E0000031"))?),
    };
    let found = log.published(since.max(now - RETENTION), until, cursor, asked.descending);
    let mut rest = found.filter(|event| log.shows(*event, now) && asked.wants(log, *event));
    let (body, last) = page(log, rest.by_ref().take(asked.limit));
    let since = timestamp::iso(since);
    let mut own = own_params(params, &since, asked);
    // Without `until` a descending query ends now; its later pages must end there too.
    let ends = timestamp::iso(until);
    own.insert(1, ("until", params.get("until").unwrap_or(&ends)));
    let target = format!("{}/api/v1/logs", cx.org.base);
    let mut reply = Reply::json(200, body);
    if let Some(last) = last.filter(|_| rest.next().is_some()) {
        reply.add(LINK, &link(&target, Some(&log.uuid(last)), &own, "next"));
    }
    reply.add(LINK, &link(&target, params.get("after"), &own, "self"));
    Ok(Handled::Reply(reply))
}

/// The page's body and its last event.
fn page<'a>(log: &Log, events: impl Iterator<Item = Logged<'a>>) -> (Bytes, Option<Logged<'a>>) {
    let mut body = Sheet::new();
    body.push(b"[");
    let mut last = None;
    for event in events {
        if last.is_some() {
            body.push(b",");
        }
        log.write(event, &mut body);
        last = Some(event);
    }
    body.push(b"]");
    (body.finish(), last)
}

/// The parameters of both links, in the order `since, until, limit, q, filter, sortOrder`.
fn own_params<'a>(params: &'a Params, since: &'a str, asked: &Asked) -> Vec<(&'static str, &'a str)> {
    let mut own = vec![("since", since)];
    own.push((
        "limit",
        params
            .get("limit")
            .filter(|text| text.parse() == Ok(asked.limit))
            .unwrap_or_else(|| known(asked.limit)),
    ));
    for name in ["q", "filter", "sortOrder"] {
        own.extend(params.get(name).map(|value| (name, value)));
    }
    own
}

/// The limit as text, when it is not the client's own: the default, or the maximum.
fn known(limit: usize) -> &'static str {
    if limit == 100 { "100" } else { "1000" }
}

/// What a remembered request wanted of the log, for who judges it.
pub(crate) struct Wanted(Asked);

impl Wanted {
    /// `None` when it was refused.
    pub(crate) fn of(record: &RequestRecord) -> Option<Self> {
        let target: http::Uri = record.target().parse().ok()?;
        read(&Params::of(&target), record.at_ms).ok().map(Self)
    }

    pub(crate) fn wants(&self, event: &Record) -> bool {
        self.0.fits(event)
    }
}

/// Reads `{ms}_{n}`.
pub(crate) fn position(cursor: &str) -> Option<u64> {
    let (ms, n) = cursor.split_once('_')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (ms, n): (i64, u64) =
        (ms.parse().ok().filter(|_| digits(ms))?, n.parse().ok().filter(|_| digits(n))?);
    (n < 4_096 && ms <= LAST_MS).then(|| position_of(ms) + n)
}

fn read(params: &Params, now: i64) -> Result<Asked, ApiError> {
    let date = |name: &str| match params.get(name) {
        None => Ok(None),
        Some(text) => timestamp::parse(text).map(Some).ok_or_else(|| {
            ApiError::validation(name, format!("{name}: The date format in your query is not recognized."))
                .because("Use the RFC 3339 format with a time zone, for example 2026-01-01T00:00:00.000Z.")
        }),
    };
    let (since, until) = (date("since")?, date("until")?);
    if since.is_some_and(|since| since < now - 180 * DAY) && params.get("after").is_none() {
        return Err(ApiError::saying(
            "E0000053",
            "Invalid filter: 'since' must not be more than 180 days ago",
        ));
    }
    let descending = match params.get("sortOrder") {
        None | Some("ASCENDING") => false,
        Some("DESCENDING") => true,
        Some(other) => {
            return Err(ApiError::validation(
                "sortOrder",
                format!("sortOrder: '{other}' is neither ASCENDING nor DESCENDING"),
            ));
        }
    };
    let words = params.get("q").map(keywords).transpose()?.unwrap_or_default();
    let expr = params.get("filter").map(parse).transpose()?;
    Ok(Asked { since, until, descending, limit: params.limit(100, 0, 1_000)?, expr, words })
}

/// At most ten words of at most forty characters, split at spaces and hyphens.
fn keywords(q: &str) -> Result<Vec<String>, ApiError> {
    let words: Vec<String> =
        q.split([' ', '-']).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    if words.len() > 10 || words.iter().any(|word| word.chars().count() > 40) {
        return Err(ApiError::validation("q", "q: At most 10 keywords of at most 40 characters are allowed"));
    }
    Ok(words)
}

fn parse(text: &str) -> Result<Expr, ApiError> {
    let invalid = |why: String| ApiError::saying("E0000053", format!("Invalid filter '{text}': {why}"));
    let expr = Expr::parse(text).map_err(invalid)?;
    let mut refused = None;
    expr.each(&mut |attribute, op, _| {
        let top = attribute.split('.').next().unwrap_or_default();
        let known = [
            "uuid",
            "eventType",
            "version",
            "severity",
            "displayMessage",
            "legacyEventType",
            "actor",
            "client",
            "device",
            "authenticationContext",
            "outcome",
            "target",
            "transaction",
            "debugContext",
            "securityContext",
            "request",
        ];
        if attribute == "published" {
            return Err("The attribute 'published' is not supported; use since and until".to_owned());
        }
        if !known.contains(&top) {
            refused = Some(format!("The attribute '{attribute}' is not supported"));
        }
        if op == Some(Op::Co)
            && ["debugContext.debugData.url", "debugContext.debugData.requestUri"].contains(&attribute)
        {
            refused = Some(format!("'co' is not supported for '{attribute}'"));
        }
        Ok(())
    })
    .map_err(invalid)?;
    match refused {
        Some(why) => Err(ApiError::of("E0000031").because(why)),
        None => Ok(expr),
    }
}

impl Asked {
    fn wants(&self, log: &Log, event: Logged<'_>) -> bool {
        // Most readers want everything, and then no event has to be made to be looked at.
        (self.expr.is_none() && self.words.is_empty()) || self.fits(&log.record(event))
    }

    fn fits(&self, record: &Record) -> bool {
        if let Some(expr) = &self.expr
            && !expr.holds(true, &|attribute| values(record, attribute))
        {
            return false;
        }
        if self.words.is_empty() {
            return true;
        }
        let text = record.json().to_lowercase();
        self.words.iter().all(|word| text.contains(word))
    }
}

/// The values under an attribute. The usual ones are read from the event itself, the rest from its JSON.
fn values(record: &Record, attribute: &str) -> Vec<Value> {
    let event = &record.event;
    let targets = |of: fn(&Party) -> &str| event.targets.iter().map(|target| of(target).into()).collect();
    match attribute {
        _ if event.given.is_some() => from_json(record, attribute),
        "eventType" => vec![event.event_type.as_ref().into()],
        "uuid" => vec![record.uuid.as_str().into()],
        "actor.id" => vec![event.actor.id.as_ref().into()],
        "outcome.result" => vec![event.result.as_ref().into()],
        "target.id" => targets(|target| &target.id),
        "target.type" => targets(|target| &target.kind),
        "transaction.id" => vec![event.origin.transaction().as_ref().into()],
        _ => from_json(record, attribute),
    }
}

fn from_json(record: &Record, attribute: &str) -> Vec<Value> {
    let mut found: Vec<Value> = serde_json::from_str(&record.json()).into_iter().collect();
    for key in attribute.split('.') {
        let step = |value: Value| match value {
            Value::Object(mut object) => object.remove(key).into_iter().collect::<Vec<_>>(),
            Value::Array(items) => {
                items.into_iter().filter_map(|mut item| item.get_mut(key).map(Value::take)).collect()
            }
            _ => Vec::new(),
        };
        found = found.into_iter().flat_map(step).collect();
    }
    found
}
