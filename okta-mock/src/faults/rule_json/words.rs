//! What many words of a rule have in common: known members, numbers, durations.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::timestamp;

pub(in crate::faults) fn known(object: &Map<String, Value>, at: &str, words: &[&str]) -> Result<(), String> {
    match object.keys().find(|key| !words.contains(&key.as_str())) {
        Some(key) => Err(format!("{at}{key}: unknown; expected one of {}", words.join(", "))),
        None => Ok(()),
    }
}

pub(in crate::faults) fn number(
    object: &Map<String, Value>,
    key: &str,
    from: u64,
) -> Result<Option<u64>, String> {
    match object.get(key) {
        None => Ok(None),
        Some(value) => match value.as_u64() {
            Some(number) if number >= from => Ok(Some(number)),
            _ => Err(format!("{key}: {value} is not a number from {from}")),
        },
    }
}

pub(in crate::faults) fn duration(value: &Value, at: &str) -> Result<Duration, String> {
    let parsed = value.as_str().and_then(timestamp::parse_duration);
    parsed.ok_or_else(|| format!("{at}: {value} is not a duration like \"2s\""))
}

/// A duration that may be negative, in milliseconds.
pub(crate) fn signed(value: &Value, at: &str) -> Result<i64, String> {
    let text = value.as_str().unwrap_or_default();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let ms = timestamp::parse_duration(digits).map(timestamp::millis);
    let ms = ms.ok_or_else(|| format!("{at}: {value} is not a duration like \"-10m\""))?;
    Ok(if negative { -ms } else { ms })
}
