//! `GET /_mock/log`.

use bytes::Bytes;
use http::Request;

use super::{parameter, parameter_text, refuse, sealed};
use crate::engine::Engine;
use crate::reply::Reply;
use crate::{json, timestamp};

/// The truth: every event in order of persistence, the ones that cannot be seen yet included. `after` and `limit` choose a
/// part, `last` the last so many; with `detail=true` each comes with what `GET /api/v1/logs` serves for it.
pub(super) fn show(engine: &Engine, request: &Request<Bytes>, now: i64) -> Reply {
    let size = |name| {
        let size = parameter(request, name)?;
        Ok::<_, String>(size.map(|size| usize::try_from(size).unwrap_or(usize::MAX)))
    };
    let read = || Ok::<_, String>((parameter(request, "after")?, size("limit")?, size("last")?));
    let (after, limit, last) = match read() {
        Ok(read) => read,
        Err(wrong) => return refuse(&wrong, now),
    };
    let detail = parameter_text(request, "detail").as_deref() == Some("true");
    let log = &engine.org.log;
    let all = (after.is_none() && last.is_none()).then(|| log.all()).into_iter().flatten();
    let behind = after.into_iter().flat_map(|position| log.after(position));
    let newest = last.filter(|_| after.is_none()).into_iter().flat_map(|n| log.last(n));
    let records = all.chain(behind).chain(newest);
    // Written by hand: a long run reads this list of hundreds of thousands of rows.
    let mut out = "{\"events\":[".to_owned();
    for (n, record) in records.take(limit.unwrap_or(usize::MAX)).enumerate() {
        out.push_str(if n == 0 { "" } else { "," });
        json::push(&mut out, format_args!("{{\"position\":{}", record.position));
        json::text(&mut out, "uuid", &record.uuid);
        json::text(&mut out, "eventType", record.event_type());
        json::text(&mut out, "published", &timestamp::iso(record.published));
        json::text(&mut out, "persisted", &timestamp::iso(record.persisted));
        json::text(&mut out, "visible_at", &timestamp::iso(log.visible_at(&record)));
        if detail {
            json::raw(&mut out, "event", "");
            out.push_str(&record.json());
        }
        out.push('}');
    }
    out.push_str("]}");
    sealed(Reply::json(200, out), now)
}
