//! `/api/v1/eventHooks`: registering, verifying, switching on and off. Source: API reference, "Event Hooks".

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
            Ok(Handled::Verify(Box::new(cx.org.hook(id)?.clone())))
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
    let text = |at: &str| body.pointer(at).and_then(Value::as_str).map(str::to_owned);
    let pair = |value: &Value| {
        let text = |key| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        (text("key"), text("value"))
    };
    let list = |at: &str| body.pointer(at).and_then(Value::as_array).cloned().unwrap_or_default();
    let Some(uri) = text("/channel/config/uri") else {
        return Err(ApiError::validation(
            "channel.config.uri",
            "channel.config.uri: The field cannot be left blank",
        ));
    };
    Ok(HookSettings {
        name: text("/name").unwrap_or_default(),
        description: text("/description"),
        event_types: list("/events/items").iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        filters: filters(&body)?,
        uri,
        headers: list("/channel/config/headers").iter().map(pair).collect(),
        auth: body.pointer("/channel/config/authScheme").filter(|scheme| scheme.is_object()).map(pair),
    })
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
