//! Rules as JSON, for `/_mock/faults`: `{"on":"GET /api/v1/logs","nth":3,"do":{"status":500}}`, or in full
//! `{"id":"blip","match":{…},"when":{…},"do":{…}}`.
//!
//! A rule that is not understood is refused with one line that says what and where: a misspelt word would otherwise
//! be a test that proves nothing.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::matching::route;
use super::{Act, Match, Pattern, Planned, Rule, When, act_json, act_shown};
use crate::push::record::Channel;
use crate::timestamp;

/// Reads one rule or a list of them, all or nothing: half of a plan would be worse than none.
pub(crate) fn read_all(value: &Value) -> Result<Vec<Planned>, String> {
    match value {
        Value::Array(rules) => {
            let numbered = rules.iter().enumerate();
            let name = |n, wrong| if rules.len() > 1 { format!("[{n}].{wrong}") } else { wrong };
            numbered.map(|(n, rule)| read(rule).map_err(|wrong| name(n, wrong))).collect()
        }
        rule => read(rule).map(|rule| vec![rule]),
    }
}

/// Reads one rule.
pub(crate) fn read(value: &Value) -> Result<Planned, String> {
    let Value::Object(rule) = value else { return Err("a rule must be an object".into()) };
    known(rule, "", &["id", "on", "match", "nth", "times", "when", "do"])?;
    let name = match rule.get("id") {
        None => None,
        Some(Value::String(name)) => Some(name.clone()),
        Some(other) => return Err(format!("id: {other} is not a text")),
    };
    let matches = read_match(rule)?;
    let when = read_when(rule)?;
    let act = rule.get("do").filter(|act| act.is_object()).ok_or("do: missing; expected an object")?;
    let Done { act, delay, jitter } = read_do(act, &matches)?;
    Ok(Planned { name, matches, when, act, delay, jitter, chaos: false })
}

/// What a rule does, and how late.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Done {
    pub(crate) act: Act,
    pub(crate) delay: Duration,
    pub(crate) jitter: Duration,
}

/// Reads what a rule does; which words there are depends on what it looks at.
pub(crate) fn read_do(act: &Value, matches: &Match) -> Result<Done, String> {
    let Value::Object(act) = act else { return Err(format!("do: {act} is not an object")) };
    match matches {
        Match::Push { channel, .. } => act_json::read_push(act, *channel).map(|act| Done {
            act,
            delay: Duration::ZERO,
            jitter: Duration::ZERO,
        }),
        Match::Request { .. } => act_json::read(act),
    }
}

/// Reads what a request asks to be done to its own answer.
pub(crate) fn read_request_do(act: &Value) -> Result<Done, String> {
    let Value::Object(act) = act else { return Err(format!("do: {act} is not an object")) };
    act_json::read(act)
}

fn read_match(rule: &Map<String, Value>) -> Result<Match, String> {
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

fn read_when(rule: &Map<String, Value>) -> Result<When, String> {
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

/// Shows one rule, as `GET /_mock/faults` does.
pub(crate) fn show(rule: &Rule) -> Value {
    let (plan, when) = (&rule.plan, &rule.plan.when);
    let mut shown = json!({
        "id": rule.id, "do": act_shown::show(&plan.act, plan.delay, plan.jitter), "seen": rule.seen, "acted": rule.acted,
    });
    if let Some(name) = &plan.name {
        shown["name"] = name.as_str().into();
    }
    match &plan.matches {
        Match::Push { channel, target } => {
            shown["match"] = said(json!({ "channel": channel.name(), "target": target }));
        }
        Match::Request { pattern, query: None, principal: None, cursor: None, page: None } => {
            shown["on"] = pattern.text.as_str().into();
        }
        Match::Request { pattern, query, principal, cursor, page } => {
            let more = json!({ "route": pattern.text, "query": query, "principal": principal, "cursor": cursor, "page": page });
            shown["match"] = said(more);
        }
    }
    if *when == (When { times: when.times, nth: when.nth.clone(), ..When::default() }) && when.nth.len() < 2 {
        if let Some(n) = when.nth.first() {
            shown["nth"] = (*n).into();
        }
        if let Some(times) = when.times {
            shown["times"] = times.into();
        }
        return shown;
    }
    let ms = |ms: i64| format!("{ms}ms");
    let clock = when.until_at.map(timestamp::iso).or(when.until_ms.map(ms));
    let until = said(json!({ "requests": when.until_match, "clock": clock }));
    shown["when"] = said(json!({
        "nth": (!when.nth.is_empty()).then_some(&when.nth), "every": when.every, "times": when.times,
        "skip": (when.skip > 0).then_some(when.skip),
        "after": when.after_ms.map(ms), "for": when.for_ms.map(ms), "until": (until != json!({})).then_some(until),
        "probability": when.probability.map(|(chance, _)| chance), "seed": when.probability.map(|(_, seed)| seed),
    }));
    shown
}

/// An object without its nulls.
fn said(mut object: Value) -> Value {
    if let Value::Object(members) = &mut object {
        members.retain(|_, member| !member.is_null());
    }
    object
}

pub(super) fn known(object: &Map<String, Value>, at: &str, words: &[&str]) -> Result<(), String> {
    match object.keys().find(|key| !words.contains(&key.as_str())) {
        Some(key) => Err(format!("{at}{key}: unknown; expected one of {}", words.join(", "))),
        None => Ok(()),
    }
}

pub(super) fn number(object: &Map<String, Value>, key: &str, from: u64) -> Result<Option<u64>, String> {
    match object.get(key) {
        None => Ok(None),
        Some(value) => match value.as_u64() {
            Some(number) if number >= from => Ok(Some(number)),
            _ => Err(format!("{key}: {value} is not a number from {from}")),
        },
    }
}

pub(super) fn duration(value: &Value, at: &str) -> Result<Duration, String> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::{BodyFault, LinkFault, TransportFault};
    use crate::push::mischief::PushFault;

    fn planned(text: &str) -> Result<Planned, String> {
        read(&serde_json::from_str(text).expect("JSON"))
    }

    #[test]
    fn short_rules_are_read() {
        let on = |rest: &str| {
            planned(&format!(r#"{{"on":"GET /api/v1/logs",{rest}}}"#)).map(|plan| (plan.when, plan.act))
        };
        let error = Act::Error { status: Some(500), code: Some("E0000009".into()) };
        assert_eq!(on(r#""nth":3,"do":{"status":500,"errorCode":"E0000009"}"#), Ok((When::nth(3), error)));
        let limited = Act::RateLimit { remaining: 0, reset_in_ms: None };
        assert_eq!(on(r#""do":{"rate_limit":true}"#), Ok((When::default(), limited)));
        assert_eq!(
            on(r#""times":2,"do":{"truncate_body":400}"#),
            Ok((When::times(2), Act::Truncate { bytes: 400, promised: true }))
        );
        assert_eq!(on(r#""do":{"delay":"2s"}"#), Ok((When::default(), Act::Delay)));
        for (wrong, says) in [
            (r#""do":{}"#, "do: nothing"),
            (r#""do":{"sttaus":500}"#, "do.sttaus: unknown"),
            (r#""nth":0,"do":{"status":500}"#, "nth: 0"),
            (r#""do":{"status":"500"}"#, "do.status: \"500\""),
            (r#""do":{"status":500,"drop_next":true}"#, "do: more than one"),
            (r#""do":{"delay":"2 s"}"#, "do.delay"),
            (r#""when":1,"do":{"status":500}"#, "when: 1 is not an object"),
            (r#""when":{"nth":[0]},"do":{"status":500}"#, "when.nth: 0"),
            (r#""when":{"between":["1s"]},"do":{"status":500}"#, "when.between"),
            (r#""do":{"next_link":{"host":"a","relative":true}}"#, "do.next_link: expected exactly one"),
            (r#""do":{"transport":"pigeon"}"#, "do.transport: \"pigeon\" is none of reset_peer"),
            (r#""do":{"bad_auth":true}"#, "do.bad_auth: unknown"),
            (r#""match":{},"do":{"status":500}"#, "on and match"),
        ] {
            let error = on(wrong).expect_err(wrong);
            assert!(error.starts_with(says), "{error}");
        }
    }

    #[test]
    fn full_rules_are_read_and_shown_so_that_they_read_back() {
        for (text, act) in [
            (
                r#"{"id":"storm","match":{"path":"/api/v1/logs"},"when":{"after":"10s","for":"90s"},"do":{"rate_limit":{"remaining":0,"reset_in":"30s"}}}"#,
                Act::RateLimit { remaining: 0, reset_in_ms: Some(30_000) },
            ),
            (
                r#"{"match":{"any":true},"when":{"probability":0.05,"seed":7},"do":{"concurrency_429":true}}"#,
                Act::Concurrency,
            ),
            (
                r#"{"match":{"route":"logs"},"when":{"nth":[1,3]},"do":{"transport":"reset_peer"}}"#,
                Act::Transport(TransportFault::Reset),
            ),
            (
                r#"{"match":{"route":"users.list","cursor":true},"do":{"unknown_enum":true}}"#,
                Act::Body(BodyFault::UnknownEnum),
            ),
            (
                r#"{"match":{"route":"users.list"},"do":{"next_link":{"host":"attacker.invalid"}}}"#,
                Act::Link(LinkFault::Origin {
                    scheme: None,
                    host: Some("attacker.invalid".into()),
                    port: None,
                }),
            ),
            (
                r#"{"match":{"route":"users.list"},"do":{"next_link":{"comma_joined":true}}}"#,
                Act::Link(LinkFault::CommaJoined),
            ),
            (r#"{"match":{"route":"users.list"},"do":{"clock_skew":"-10m"}}"#, Act::ClockSkew(-600_000)),
            (
                r#"{"match":{"channel":"event_hook"},"when":{"every":3},"do":{"duplicate":{"times":3,"gap":"4s","same_event_id":false}}}"#,
                Act::Push(PushFault::Duplicate { times: 3, gap: Duration::from_secs(4), same_id: false }),
            ),
            (
                r#"{"match":{"channel":"eventbridge"},"do":{"reorder":{"window":8}}}"#,
                Act::Push(PushFault::Reorder(8)),
            ),
            (
                r#"{"on":"GET /a","do":{"headers":{"X-A":"1"},"drop_headers":["Date"]}}"#,
                Act::Headers { set: vec![("x-a".into(), "1".into())], drop: vec!["date".into()] },
            ),
            (
                r#"{"on":"GET /a","do":{"slow_drip":{"bytes":4,"every":"1s"}}}"#,
                Act::Drip { bytes: 4, every_ms: 1_000 },
            ),
        ] {
            let plan = planned(text).expect(text);
            assert_eq!(plan.act, act, "{text}");
            let shown = act_shown::show(&plan.act, plan.delay, plan.jitter);
            assert_eq!(read_do(&shown, &plan.matches).map(|done| done.act), Ok(act), "{shown}");
        }
        for (wrong, says) in [
            (
                r#"{"match":{"route":"users.lst"},"do":{"status":500}}"#,
                "match.route: \"users.lst\" is none of users.list",
            ),
            (r#"{"match":{},"do":{"status":500}}"#, "match: nothing to match"),
            (r#"{"match":{"channel":"sms"},"do":{"drop":true}}"#, "match.channel: \"sms\""),
            (r#"{"match":{"channel":"event_hook"},"do":{"status":500}}"#, "do.status: unknown"),
            (r#"{"do":{"status":500}}"#, "on: missing"),
        ] {
            let error = planned(wrong).expect_err(wrong);
            assert!(error.starts_with(says), "{error}");
        }
    }
}
