//! Rules as JSON, for `/_mock/faults`: `{"on":"GET /api/v1/logs","nth":3,"do":{"status":500}}`.
//!
//! A rule that is not understood is refused with one line that says what and where: a misspelt word would otherwise
//! be a test that proves nothing.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{Act, Pattern, Rule, When};
use crate::timestamp;

/// A rule that is not in the list yet.
pub(crate) type Planned = (Pattern, When, Act, Duration);

/// Reads one rule.
pub(crate) fn read(value: &Value) -> Result<Planned, String> {
    let Value::Object(rule) = value else { return Err("a rule must be an object".into()) };
    known(rule, "", &["on", "nth", "times", "do"])?;
    let pattern = rule
        .get("on")
        .and_then(Value::as_str)
        .ok_or("on: missing; expected a text like \"GET /api/v1/users\"")?;
    let pattern = Pattern::parse(pattern)?;
    let when = match (number(rule, "nth")?, number(rule, "times")?) {
        (None, None) => When::Always,
        (Some(n), None) => When::Nth(n),
        (None, Some(n)) => When::Times(n),
        (Some(_), Some(_)) => return Err("nth and times exclude each other".into()),
    };
    let Some(Value::Object(act)) = rule.get("do") else {
        return Err("do: missing; expected an object".into());
    };
    let (act, delay) = read_act(act)?;
    Ok((pattern, when, act, delay))
}

/// The words of `do`.
const ACTS: [&str; 11] = [
    "rate_limit",
    "concurrency_429",
    "status",
    "errorCode",
    "content_type",
    "body",
    "truncate_body",
    "next_link",
    "drop_next",
    "invalid_cursor",
    "delay",
];

fn read_act(act: &Map<String, Value>) -> Result<(Act, Duration), String> {
    known(act, "do.", &ACTS)?;
    let delay = match act.get("delay") {
        None => Duration::ZERO,
        Some(value) => {
            let parsed = value.as_str().and_then(timestamp::parse_duration);
            parsed.ok_or_else(|| format!("do.delay: {value} is not a duration like \"2s\""))?
        }
    };
    let status = match act.get("status") {
        None => None,
        Some(value) => {
            let status = value
                .as_u64()
                .and_then(|status| u16::try_from(status).ok())
                .filter(|s| (200..600).contains(s));
            Some(status.ok_or_else(|| format!("do.status: {value} is not a status from 200 to 599"))?)
        }
    };
    let mut found: Vec<Act> = Vec::new();
    for (word, flagged) in [
        ("rate_limit", Act::RateLimit),
        ("concurrency_429", Act::Concurrency),
        ("drop_next", Act::DropNext),
        ("invalid_cursor", Act::InvalidCursor),
    ] {
        match act.get(word) {
            None | Some(Value::Bool(false)) => {}
            Some(Value::Bool(true)) => found.push(flagged),
            Some(other) => return Err(format!("do.{word}: {other} is not true or false")),
        }
    }
    if let Some(bytes) = number(act, "truncate_body").map_err(|wrong| format!("do.{wrong}"))? {
        found.push(Act::Truncate(usize::try_from(bytes).unwrap_or(usize::MAX)));
    }
    if let Some(url) = text(act, "next_link")? {
        found.push(Act::NextLink(url));
    }
    let (code, body, content_type) =
        (text(act, "errorCode")?, text(act, "body")?, text(act, "content_type")?);
    match body {
        Some(body) => found.push(Act::Raw {
            status: status.unwrap_or(200),
            content_type: content_type.unwrap_or_else(|| "text/html".into()),
            body: body.into(),
        }),
        None if content_type.is_some() => return Err("do.content_type: only together with body".into()),
        None if status.is_some() || code.is_some() => found.push(Act::Error { status, code }),
        None => {}
    }
    match (found.len(), delay) {
        (1, delay) => Ok((found.remove(0), delay)),
        (0, delay) if !delay.is_zero() => Ok((Act::Delay, delay)),
        (0, _) => Err("do: nothing to do".into()),
        _ => Err("do: more than one thing to do; make a rule of each".into()),
    }
}

/// Shows one rule, as `GET /_mock/faults` does.
pub(crate) fn show(rule: &Rule) -> Value {
    let mut act = match &rule.act {
        Act::RateLimit => json!({ "rate_limit": true }),
        Act::Concurrency => json!({ "concurrency_429": true }),
        Act::Error { status, code } => json!({ "status": status, "errorCode": code }),
        Act::Raw { status, content_type, body } => {
            json!({ "status": status, "content_type": content_type, "body": String::from_utf8_lossy(body) })
        }
        Act::Truncate(bytes) => json!({ "truncate_body": bytes }),
        Act::NextLink(url) => json!({ "next_link": url }),
        Act::DropNext => json!({ "drop_next": true }),
        Act::InvalidCursor => json!({ "invalid_cursor": true }),
        Act::Delay => json!({}),
    };
    if !rule.delay.is_zero() {
        act["delay"] = format!("{}ms", rule.delay.as_millis()).into();
    }
    let mut shown =
        json!({ "id": rule.id, "on": rule.pattern.text, "do": act, "seen": rule.seen, "acted": rule.acted });
    match rule.when {
        When::Always => {}
        When::Nth(n) => shown["nth"] = n.into(),
        When::Times(n) => shown["times"] = n.into(),
    }
    shown
}

fn known(object: &Map<String, Value>, at: &str, words: &[&str]) -> Result<(), String> {
    match object.keys().find(|key| !words.contains(&key.as_str())) {
        Some(key) => Err(format!("{at}{key}: unknown; expected one of {}", words.join(", "))),
        None => Ok(()),
    }
}

fn number(object: &Map<String, Value>, key: &str) -> Result<Option<u64>, String> {
    match object.get(key) {
        None => Ok(None),
        Some(value) => match value.as_u64() {
            Some(number) if number > 0 || key == "truncate_body" => Ok(Some(number)),
            _ => Err(format!("{key}: {value} is not a number from 1")),
        },
    }
}

fn text(object: &Map<String, Value>, key: &str) -> Result<Option<String>, String> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(format!("do.{key}: {other} is not a text")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read() {
        let read = |text: &str| {
            read(&serde_json::from_str(text).expect("JSON")).map(|(_, when, act, _)| (when, act))
        };
        let on = |rest: &str| read(&format!(r#"{{"on":"GET /api/v1/logs",{rest}}}"#));
        let error = Act::Error { status: Some(500), code: Some("E0000009".into()) };
        assert_eq!(on(r#""nth":3,"do":{"status":500,"errorCode":"E0000009"}"#), Ok((When::Nth(3), error)));
        assert_eq!(on(r#""do":{"rate_limit":true}"#), Ok((When::Always, Act::RateLimit)));
        assert_eq!(on(r#""times":2,"do":{"truncate_body":400}"#), Ok((When::Times(2), Act::Truncate(400))));
        assert_eq!(on(r#""do":{"delay":"2s"}"#), Ok((When::Always, Act::Delay)));
        for (wrong, says) in [
            (r#""do":{}"#, "do: nothing"),
            (r#""do":{"sttaus":500}"#, "do.sttaus: unknown"),
            (r#""nth":0,"do":{"status":500}"#, "nth: 0"),
            (r#""do":{"status":"500"}"#, "do.status: \"500\""),
            (r#""do":{"status":500,"drop_next":true}"#, "do: more than one"),
            (r#""do":{"delay":"2 s"}"#, "do.delay"),
            (r#""when":1,"do":{"status":500}"#, "when: unknown"),
        ] {
            let error = on(wrong).expect_err(wrong);
            assert!(error.starts_with(says), "{error}");
        }
    }
}
