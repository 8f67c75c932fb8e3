//! `/_mock/requests`, their stream, and `/_mock/conduct`.

use bytes::Bytes;
use http::{HeaderName, Request};
use serde_json::{Value, json};

use super::{Result, hint, parameter, parameter_text, sealed};
use crate::conduct;
use crate::engine::Engine;
use crate::journal::RequestRecord;
use crate::reply::Reply;
use crate::timestamp;

/// Requests in one event of a stream at most.
const AT_ONCE: usize = 500;

/// The requests that are remembered: all, or those with this `status` or `path`, or behind number `after`; of these the
/// `last` so many.
pub(super) fn requests(engine: &Engine, request: &Request<Bytes>) -> Result<Value> {
    let (status, after) = (parameter(request, "status")?, parameter(request, "after")?);
    let last = parameter(request, "last")?.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let path = parameter_text(request, "path");
    let wanted = |record: &&RequestRecord| {
        status.is_none_or(|status| u64::from(record.status) == status)
            && path.as_ref().is_none_or(|path| record.path == *path)
    };
    let found: Vec<&RequestRecord> = engine.journal.behind(after.unwrap_or(0)).filter(wanted).collect();
    let found = &found[found.len().saturating_sub(last)..];
    Ok(json!({ "requests": found.iter().map(|record| show(engine, record)).collect::<Vec<_>>() }))
}

/// The same as server-sent events, each a list of requests whose id is the number of the last one. A reader that comes
/// back says it in `Last-Event-ID`; `after` is for one that comes first. Without a socket the answer ends with what there is.
pub(super) fn stream(engine: &Engine, request: &Request<Bytes>, now: i64) -> Result<Reply> {
    let seen = request.headers().get(HeaderName::from_static("last-event-id"));
    let seen = seen.and_then(|seen| seen.to_str().ok()?.parse().ok());
    let seen = seen.or(parameter(request, "after")?).unwrap_or(0);
    let (mut first, mut last) = ("retry: 1000\n\n".to_owned(), seen);
    while let Some((events, to)) = news(engine, last) {
        first.push_str(&events);
        last = to;
    }
    let mut reply = Reply::new(200, "text/event-stream", first);
    reply.followed_from = Some(last);
    Ok(sealed(reply, now))
}

/// The requests behind a number as an event, and the number of the last; `None` when there are none. After a reset,
/// which starts the count anew, an event says so.
pub(crate) fn news(engine: &Engine, after: u64) -> Option<(String, u64)> {
    if engine.journal.counted() < after {
        return Some(("event: reset\nid: 0\ndata: {}\n\n".to_owned(), 0));
    }
    let mut found = engine.journal.behind(after).take(AT_ONCE).peekable();
    found.peek()?;
    let mut last = after;
    let shown: Vec<Value> = found
        .map(|record| {
            last = record.n;
            show(engine, record)
        })
        .collect();
    // JSON has no line breaks, so it is one line of data.
    Some((format!("id: {last}\ndata: {}\n\n", Value::Array(shown)), last))
}

fn show(engine: &Engine, record: &RequestRecord) -> Value {
    let mut shown = plain(record);
    shown["hint"] = hint::of(record, &engine.faults).into();
    shown
}

/// A request as it was recorded.
pub(crate) fn plain(record: &RequestRecord) -> Value {
    json!({
        "n": record.n, "at": timestamp::iso(record.at_ms), "method": record.method, "path": record.path,
        "query": record.query, "principal": record.principal, "bucket": record.bucket, "status": record.status,
        "error_code": record.error_code,
        "rate": { "limit": record.rate_limit, "remaining": record.rate_remaining, "reset": record.rate_reset },
        "cursor_in": record.cursor_in, "next": record.next, "empty": record.empty, "bytes": record.bytes,
        "duration_ms": record.duration_ms, "broken": record.broken,
        "faulted": record.faulted, "faults": record.faults, "user_agent": record.user_agent,
        "unimplemented": record.unimplemented,
    })
}

/// What there is to say about the client.
pub(super) fn conduct(engine: &Engine) -> Value {
    let show = |finding: &conduct::Finding| json!({ "code": finding.code, "what": finding.what, "requests": finding.requests, "deliveries": finding.deliveries });
    let found = conduct::findings(engine);
    json!({ "clean": found.is_empty(), "findings": found.iter().map(show).collect::<Vec<_>>() })
}
