//! `/_mock/requests` and `/_mock/conduct`.

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use super::{Result, parameter, parameter_text};
use crate::conduct;
use crate::engine::Engine;
use crate::journal::RequestRecord;
use crate::timestamp;

/// The requests that are remembered: all, or those with this `status` or `path`, or behind number `after`.
pub(super) fn requests(engine: &Engine, request: &Request<Bytes>) -> Result<Value> {
    let (status, after) = (parameter(request, "status")?, parameter(request, "after")?);
    let path = parameter_text(request, "path");
    let wanted = |record: &&RequestRecord| {
        status.is_none_or(|status| u64::from(record.status) == status)
            && after.is_none_or(|after| record.n > after)
            && path.as_ref().is_none_or(|path| record.path == *path)
    };
    Ok(json!({ "requests": engine.journal.records().filter(wanted).map(show).collect::<Vec<_>>() }))
}

pub(crate) fn show(record: &RequestRecord) -> Value {
    json!({
        "n": record.n, "at": timestamp::iso(record.at_ms), "method": record.method, "path": record.path,
        "query": record.query, "principal": record.principal, "bucket": record.bucket, "status": record.status,
        "rate": { "limit": record.rate_limit, "remaining": record.rate_remaining, "reset": record.rate_reset },
        "cursor_in": record.cursor_in, "next": record.next, "empty": record.empty, "bytes": record.bytes,
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
