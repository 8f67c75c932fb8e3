//! `[[stages]]`: what happens again and again.

use serde_json::{Map, Value};

use super::{known, unsigned};
use crate::activity::Change;
use crate::activity::stages::Stage;
use crate::org::users::Status;
use crate::timestamp;

/// Reads `{ every = "10m", jitter = "1m", pick = { status = "ACTIVE" }, do = "deactivate", then = [{ after = "1h", do =
/// "delete" }] }`.
pub(super) fn stage(part: &Map<String, Value>) -> Result<Stage, String> {
    known(part, "", &["every", "jitter", "pick", "do", "then"])?;
    let every =
        span(part, "every", "")?.filter(|every| *every > 0).ok_or("every: missing, or no time at all")?;
    let status = match part.get("pick") {
        None => None,
        Some(Value::Object(pick)) => {
            known(pick, "pick.", &["status"])?;
            let read = |value: &Value| {
                let status = value.as_str().and_then(Status::named);
                status.ok_or_else(|| format!("pick.status: {value} is no status of a user"))
            };
            pick.get("status").map(read).transpose()?
        }
        Some(other) => return Err(format!("pick: {other} is not a table")),
    };
    let then = match part.get("then") {
        None => Vec::new(),
        Some(Value::Array(then)) => {
            then.iter().enumerate().map(|(n, step)| follow(step, n)).collect::<Result<_, _>>()?
        }
        Some(other) => return Err(format!("then: {other} is not a list")),
    };
    Ok(Stage {
        every,
        jitter: span(part, "jitter", "")?.unwrap_or(0),
        status,
        change: change(part, "")?,
        then,
    })
}

fn follow(step: &Value, n: usize) -> Result<(i64, Change), String> {
    let Value::Object(step) = step else { return Err(format!("then[{n}]: {step} is not a table")) };
    let at = format!("then[{n}].");
    known(step, &at, &["after", "do"])?;
    let after = span(step, "after", &at)?.ok_or_else(|| format!("{at}after: missing"))?;
    Ok((after, change(step, &at)?))
}

fn change(part: &Map<String, Value>, at: &str) -> Result<Change, String> {
    let name = part.get("do").and_then(Value::as_str).ok_or_else(|| format!("{at}do: missing"))?;
    Change::named(name).map_err(|wrong| format!("{at}do: {wrong}"))
}

/// A length of time, in milliseconds.
pub(super) fn span(part: &Map<String, Value>, word: &str, at: &str) -> Result<Option<i64>, String> {
    let Some(value) = part.get(word) else { return Ok(None) };
    let parsed = unsigned(value.clone()).as_str().and_then(timestamp::parse_duration).map(timestamp::millis);
    parsed.map(Some).ok_or_else(|| format!("{at}{word}: {value} is not a duration like \"30s\""))
}
