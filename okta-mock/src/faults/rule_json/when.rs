//! The `when` of a rule: on which matches, and from when until when.

use serde_json::{Map, Value};

use super::words::{duration, known, number};
use crate::faults::When;
use crate::timestamp;

/// The words of `when`.
pub(crate) const WHEN: [&str; 11] =
    ["always", "nth", "every", "times", "skip", "after", "for", "between", "until", "probability", "seed"];

/// `{"requests":5}`, or `{"clock":…}` with a time, or a duration from when the rule is made.
fn read_until(more: &Map<String, Value>, when: &mut When) -> Result<(), String> {
    let until = match more.get("until") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::Object(until)) => until,
        Some(other) => return Err(format!("when.until: {other} is not an object")),
    };
    known(until, "when.until.", &["requests", "clock"])?;
    when.until_match = number(until, "requests", 1).map_err(|wrong| format!("when.until.{wrong}"))?;
    match until.get("clock") {
        None | Some(Value::Null) if when.until_match.is_none() => {
            Err("when.until: expected requests or clock".into())
        }
        None | Some(Value::Null) => Ok(()),
        Some(value) => {
            let text = value.as_str().unwrap_or_default();
            if let Some(length) = timestamp::parse_duration(text) {
                when.until_ms = Some(timestamp::millis(length));
                return Ok(());
            }
            when.until_at = timestamp::parse(text);
            let wrong = || format!("when.until.clock: {value} is neither a time nor a duration like \"2s\"");
            when.until_at.map(|_| ()).ok_or_else(wrong)
        }
    }
}

pub(super) fn read(rule: &Map<String, Value>) -> Result<When, String> {
    let mut when = When::default();
    match (number(rule, "nth", 1)?, number(rule, "times", 1)?) {
        (None, None) => {}
        (Some(n), None) => when.nth.push(n),
        (None, Some(n)) => when.times = Some(n),
        (Some(_), Some(_)) => return Err("nth and times exclude each other".into()),
    }
    let more = match rule.get("when") {
        None => return Ok(when),
        Some(Value::Object(more)) => more,
        Some(other) => return Err(format!("when: {other} is not an object")),
    };
    known(more, "when.", &WHEN)?;
    if let Some(value) = more.get("always").filter(|value| **value != Value::Bool(true)) {
        return Err(format!("when.always: {value} is not true"));
    }
    read_until(more, &mut when)?;
    let number = |word: &str, from: u64| number(more, word, from).map_err(|wrong| format!("when.{wrong}"));
    match more.get("nth") {
        Some(Value::Array(list)) => {
            for value in list {
                let n = value.as_u64().filter(|n| *n > 0);
                when.nth.push(n.ok_or_else(|| format!("when.nth: {value} is not a number from 1"))?);
            }
        }
        _ => when.nth.extend(number("nth", 1)?),
    }
    when.every = number("every", 1)?;
    when.times = number("times", 1)?.or(when.times);
    when.skip = number("skip", 0)?.unwrap_or(0);
    let wait = |word: &str| {
        let read = more.get(word).map(|value| duration(value, &format!("when.{word}")));
        read.transpose().map(|duration| duration.map(timestamp::millis))
    };
    (when.after_ms, when.for_ms) = (wait("after")?, wait("for")?);
    if let Some(value) = more.get("between") {
        let ends = value.as_array().and_then(|ends| <&[Value; 2]>::try_from(ends.as_slice()).ok());
        let [from, to] = ends.ok_or_else(|| format!("when.between: {value} is not two durations"))?;
        let from = timestamp::millis(duration(from, "when.between[0]")?);
        let to = timestamp::millis(duration(to, "when.between[1]")?);
        (when.after_ms, when.for_ms) = (Some(from), Some(to.saturating_sub(from)));
    }
    if let Some(value) = more.get("probability") {
        let chance = value.as_f64().filter(|chance| (0.0..=1.0).contains(chance));
        let chance = chance.ok_or_else(|| format!("when.probability: {value} is not from 0 to 1"))?;
        when.probability = Some((chance, number("seed", 0)?.unwrap_or(1)));
    }
    Ok(when)
}
