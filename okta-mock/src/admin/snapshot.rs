//! `/_mock/snapshot` and `/_mock/reset`.

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use super::{Result, answer, object, stamp};
use crate::engine::Engine;
use crate::reply::Reply;
use crate::snapshot::Snapshot;

/// The whole org as one document.
pub(super) fn show(engine: &Engine, now: i64) -> Reply {
    let mut reply = Reply::json(200, Snapshot::new(engine.state()).to_json());
    stamp(&mut reply, now);
    reply
}

/// Such a document, looked through before anything changes.
pub(super) fn read(request: &Request<Bytes>) -> Result<Snapshot> {
    let text = std::str::from_utf8(request.body()).map_err(|_| "the document: not UTF-8".to_owned())?;
    Snapshot::from_json(text).map_err(|wrong| wrong.to_string())
}

pub(crate) fn restored(now: i64) -> Reply {
    answer(200, &json!({}), now)
}

/// `{"keep":["tokens"]}`: what goes on working, beside the first API token.
pub(super) fn reset(engine: &mut Engine, request: &Request<Bytes>, now: i64) -> Result<Value> {
    let body = object(request, &["keep"])?;
    let tokens = match body.get("keep") {
        None => false,
        Some(Value::Array(keep)) => {
            if let Some(other) = keep.iter().find(|kept| *kept != "tokens") {
                return Err(format!("keep: {other} cannot be kept; expected \"tokens\""));
            }
            !keep.is_empty()
        }
        Some(other) => return Err(format!("keep: {other} is not a list")),
    };
    let credentials = tokens.then(|| engine.credentials.clone());
    engine.reset(now);
    if let Some(mut credentials) = credentials {
        credentials.move_to(&mut engine.org, engine.now);
        engine.credentials = credentials;
    }
    Ok(json!({}))
}
