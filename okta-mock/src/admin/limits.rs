//! `/_mock/rate-limits`.

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use super::{Result, object, parsed};
use crate::engine::Engine;
use crate::limits::settings_json;

pub(super) fn show(engine: &Engine, now: i64) -> Value {
    settings_json::show(&engine.limits, now)
}

/// Changes what the body names and forgets every window.
pub(super) fn set(engine: &mut Engine, request: &Request<Bytes>, now: i64) -> Result<Value> {
    let Value::Object(body) = parsed(request)? else { return Err("the body must be an object".into()) };
    settings_json::apply(&mut engine.limits, &body)?;
    Ok(show(engine, now))
}

/// Forgets every window.
pub(super) fn reset(engine: &mut Engine) -> Value {
    engine.limits.clear();
    json!({})
}

/// `{"bucket":"/api/v1/logs","remaining":1}`: so much is left in the current window.
pub(super) fn force(engine: &mut Engine, request: &Request<Bytes>, now: i64) -> Result<Value> {
    let body = object(request, &["bucket", "remaining"])?;
    let bucket = body.get("bucket").and_then(Value::as_str).ok_or("bucket: missing")?;
    let remaining = body.get("remaining").and_then(Value::as_u64).ok_or("remaining: not a number")?;
    if !engine.limits.force(bucket, remaining, now) {
        return Err(format!("bucket: there is no bucket {bucket:?}"));
    }
    Ok(show(engine, now))
}
