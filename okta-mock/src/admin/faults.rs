//! `/_mock/faults`, `/_mock/chaos`, `/_mock/heal`.

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use super::{MOST, Result, hint, object, parameter_text, parsed};
use crate::engine::Engine;
use crate::faults::{Rule, chaos, rule_json};

pub(super) fn show(engine: &Engine) -> Value {
    let show = |rule: &Rule| {
        let mut shown = rule_json::show(rule);
        if rule.plan.chaos {
            shown["chaos"] = true.into();
        }
        if let Some(near) = hint::nearest(rule, engine.journal.records()) {
            shown["near_miss"] = near.into();
        }
        shown
    };
    json!({ "faults": engine.faults.list.iter().map(show).collect::<Vec<_>>() })
}

/// Adds rules behind those that are there.
pub(super) fn add(engine: &mut Engine, request: &Request<Bytes>, now: i64) -> Result<Value> {
    let planned = rule_json::read_all(&parsed(request)?)?;
    let ids: Vec<u64> = planned.into_iter().map(|plan| engine.faults.add(plan, now)).collect();
    Ok(json!({ "ids": ids }))
}

/// Puts these rules in place of those that are there.
pub(super) fn replace(engine: &mut Engine, request: &Request<Bytes>, now: i64) -> Result<Value> {
    let planned = rule_json::read_all(&parsed(request)?)?;
    engine.faults.remove(None);
    let ids: Vec<u64> = planned.into_iter().map(|plan| engine.faults.add(plan, now)).collect();
    Ok(json!({ "ids": ids }))
}

/// Removes the rule that `id` names, by number or by its own name, or all of them.
pub(super) fn remove(engine: &mut Engine, request: &Request<Bytes>) -> Result<Value> {
    let removed = match parameter_text(request, "id") {
        None => engine.faults.remove(None),
        Some(id) => {
            let id = id
                .parse()
                .ok()
                .or_else(|| engine.faults.named(&id))
                .ok_or_else(|| format!("id: there is no rule {id:?}"))?;
            engine.faults.remove(Some(id))
        }
    };
    Ok(json!({ "removed": removed }))
}

/// `{"seed":7,"budget":20,"kinds":["rate_limit"]}`.
pub(super) fn chaos(engine: &mut Engine, request: &Request<Bytes>, now: i64) -> Result<Value> {
    let body = object(request, &["seed", "budget", "kinds"])?;
    let number = |word: &str, usual: u64| match body.get(word) {
        None => Ok(usual),
        Some(value) => value.as_u64().ok_or_else(|| format!("{word}: {value} is not a number")),
    };
    let (seed, budget) = (number("seed", 1)?, number("budget", 20)?);
    if budget > MOST / 100 {
        return Err(format!("budget: {budget} is more than {}", MOST / 100));
    }
    let names = match body.get("kinds") {
        None => Vec::new(),
        Some(Value::Array(names)) if names.iter().all(Value::is_string) => {
            names.iter().filter_map(Value::as_str).collect()
        }
        Some(other) => return Err(format!("kinds: {other} is not a list of texts")),
    };
    let kinds = chaos::kinds(names).map_err(|wrong| format!("kinds: {wrong}"))?;
    Ok(json!({ "ids": engine.faults.chaos(seed, budget, &kinds, now) }))
}

pub(super) fn heal(engine: &mut Engine) -> Value {
    json!({ "removed": engine.faults.heal() })
}
