//! The `match` of a rule: what it looks at.

use serde_json::{Map, Value};

use super::words::{known, number};
use crate::faults::matching::route;
use crate::faults::{Match, Pattern};
use crate::push::record::Channel;

pub(super) fn read(rule: &Map<String, Value>) -> Result<Match, String> {
    let more = match (rule.get("on"), rule.get("match")) {
        (Some(_), Some(_)) => return Err("on and match exclude each other".into()),
        (None, None) => return Err("on: missing; expected a text like \"GET /api/v1/users\"".into()),
        (Some(on), None) => {
            let on = on.as_str().ok_or("on: missing; expected a text like \"GET /api/v1/users\"")?;
            return Pattern::parse(on).map(Match::path);
        }
        (None, Some(Value::Object(more))) => more,
        (None, Some(other)) => return Err(format!("match: {other} is not an object")),
    };
    let words =
        ["route", "method", "path", "any", "query", "principal", "cursor", "page", "channel", "target"];
    known(more, "match.", &words)?;
    let text = |word: &str| match more.get(word) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(format!("match.{word}: {other} is not a text")),
    };
    if let Some(name) = text("channel")? {
        let channel = Channel::named(&name)
            .ok_or_else(|| format!("match.channel: {name:?} is neither event_hook nor eventbridge"))?;
        return Ok(Match::Push { channel, target: text("target")? });
    }
    let cursor = match more.get("cursor") {
        None => None,
        Some(Value::Bool(cursor)) => Some(*cursor),
        Some(other) => return Err(format!("match.cursor: {other} is not true or false")),
    };
    let pattern = match (text("route")?, text("path")?) {
        (Some(_), Some(_)) => return Err("match: route and path exclude each other".into()),
        (Some(name), None) => route(&name).map_err(|wrong| format!("match.{wrong}"))?,
        (None, path) => {
            let method = text("method")?.unwrap_or_else(|| "*".into());
            if path.is_none()
                && more.get("any") != Some(&Value::Bool(true))
                && more.len() == usize::from(more.contains_key("any"))
            {
                return Err("match: nothing to match; say \"any\": true for everything".into());
            }
            let path = path.unwrap_or_else(|| "/*".into());
            Pattern::parse(&format!("{method} {path}")).map_err(|wrong| format!("match.{wrong}"))?
        }
    };
    let page = number(more, "page", 1).map_err(|wrong| format!("match.{wrong}"))?;
    Ok(Match::Request { pattern, query: text("query")?, principal: text("principal")?, cursor, page })
}
