//! `/api/v1/eventHooks`: registering, verifying, switching on and off. Source: API reference, "Event Hooks".

use std::collections::BTreeSet;

use bytes::Bytes;
use http::{Method, Request};
use serde_json::Value;

use super::{Cx, Outcome, body, no_content, ok, wrong_method};
use crate::engine::Handled;
use crate::error::ApiError;
use crate::org::hook_filter::HookFilter;
use crate::org::hooks::HookSettings;

pub(super) fn route(cx: &mut Cx<'_>, request: &Request<Bytes>, path: &[&str]) -> Outcome {
    match (request.method(), path) {
        (&Method::GET, []) => {
            let rows: Vec<String> = cx.org.hooks.values().map(|hook| hook.json(&cx.org.base)).collect();
            ok(format!("[{}]", rows.join(",")))
        }
        (&Method::POST, []) => {
            let id = cx.org.create_hook(&cx.tx, settings(request)?)?;
            show(cx, &id)
        }
        (&Method::GET, [id]) => show(cx, id),
        (&Method::PUT, [id]) => {
            cx.org.hook(id)?;
            cx.org.replace_hook(&cx.tx, id, settings(request)?)?;
            show(cx, id)
        }
        (&Method::DELETE, [id]) => cx.org.delete_hook(&cx.tx, id).and_then(|()| no_content()),
        (&Method::POST, [id, "lifecycle", "verify"]) => {
            let hook = Box::new(cx.org.hook(id)?.clone());
            Ok(Handled::Verify { hook, challenge: cx.org.mint.hex("challenge") })
        }
        (&Method::POST, [id, "lifecycle", operation @ ("activate" | "deactivate")]) => {
            cx.org.set_hook_active(&cx.tx, id, *operation == "activate")?;
            show(cx, id)
        }
        _ => wrong_method(),
    }
}

fn show(cx: &Cx<'_>, id: &str) -> Outcome {
    ok(cx.org.hook(id)?.json(&cx.org.base))
}

fn settings(request: &Request<Bytes>) -> Result<HookSettings, ApiError> {
    let body = Value::Object(body(request)?);
    for (at, only) in [
        ("/events/type", "EVENT_TYPE"),
        ("/channel/type", "HTTP"),
        ("/channel/version", "1.0.0"),
        ("/channel/config/method", "POST"),
        ("/channel/config/authScheme/type", "HEADER"),
    ] {
        if body.pointer(at).is_some_and(|said| said != only) {
            return Err(refusal(at, &format!("Must be {only}")));
        }
    }
    let Some(uri) = text(&body, "/channel/config/uri")? else {
        return Err(refusal("/channel/config/uri", "The field cannot be left blank"));
    };
    let headers = list(&body, "/channel/config/headers")?;
    let at = "/channel/config/authScheme";
    let auth = match body.pointer(at) {
        None | Some(Value::Null) => None,
        // The secret may be left out where it does not change.
        Some(scheme @ Value::Object(_)) => Some(pair(scheme, at, Some(""))?),
        Some(_) => return Err(refusal(at, "Must be an object")),
    };
    Ok(HookSettings {
        name: text(&body, "/name")?.unwrap_or_default(),
        description: text(&body, "/description")?,
        event_types: event_types(&body)?,
        filters: filters(&body)?,
        uri,
        headers: headers
            .iter()
            .map(|header| pair(header, "/channel/config/headers", None))
            .collect::<Result<_, _>>()?,
        auth,
    })
}

/// Names the member at a JSON pointer as Okta does, `channel.config.uri`.
fn refusal(at: &str, cause: &str) -> ApiError {
    let field = at.trim_start_matches('/').replace('/', ".");
    ApiError::validation(&field, format!("{field}: {cause}"))
}

fn text(body: &Value, at: &str) -> Result<Option<String>, ApiError> {
    match body.pointer(at) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(refusal(at, "Must be a text")),
    }
}

fn list<'a>(body: &'a Value, at: &str) -> Result<&'a [Value], ApiError> {
    match body.pointer(at) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(refusal(at, "Must be a list")),
    }
}

/// `key` and `value`, both texts; the value may be left out where there is a default.
fn pair(given: &Value, at: &str, default: Option<&str>) -> Result<(String, String), ApiError> {
    let (key, value) = (text(given, "/key"), text(given, "/value"));
    match (key, value.map(|value| value.or_else(|| default.map(str::to_owned)))) {
        (Ok(Some(key)), Ok(Some(value))) => Ok((key, value)),
        _ => Err(refusal(at, "key and value must be texts")),
    }
}

/// Each type is a text and named once.
fn event_types(body: &Value) -> Result<Vec<String>, ApiError> {
    let at = "/events/items";
    let items = list(body, at)?.iter().map(|item| item.as_str().map(str::to_owned));
    let items = items.collect::<Option<Vec<_>>>().ok_or_else(|| refusal(at, "Must be texts"))?;
    let mut seen = BTreeSet::new();
    match items.iter().find(|item| !seen.insert(item.as_str())) {
        Some(twice) => Err(refusal(at, &format!("'{twice}' is named twice"))),
        None => Ok(items),
    }
}

/// `events.filter`; an expression that is not of the documented form is refused.
fn filters(body: &Value) -> Result<Vec<HookFilter>, ApiError> {
    let Some(filter) = body.pointer("/events/filter").filter(|filter| !filter.is_null()) else {
        return Ok(Vec::new());
    };
    let refuse = |cause: &str| Err(ApiError::validation("events.filter", format!("events.filter: {cause}")));
    if filter.get("type").and_then(Value::as_str) != Some("EXPRESSION_LANGUAGE") {
        return refuse("type must be EXPRESSION_LANGUAGE");
    }
    let Some(entries) = filter.get("eventFilterMap").and_then(Value::as_array) else {
        return refuse("eventFilterMap must be a list");
    };
    let read = |entry: &Value| {
        let text = |at: &str| entry.pointer(at).and_then(Value::as_str).unwrap_or_default();
        HookFilter::parse(text("/event"), text("/condition/expression"))
    };
    entries.iter().map(read).collect::<Result<_, _>>().or_else(|wrong| refuse(&wrong))
}
