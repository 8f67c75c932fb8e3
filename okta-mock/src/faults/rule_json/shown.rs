//! Rules as they are shown, so that they read back.

use serde_json::{Value, json};

use crate::faults::{Match, Rule, When, act_shown};
use crate::timestamp;

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
