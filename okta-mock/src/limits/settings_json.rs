//! Limits as JSON: a file for `--rate-limits`, and the body of `PUT /_mock/rate-limits`.

use serde_json::{Map, Value, json};

use super::{Latency, Limits, RateLimits};
use crate::timestamp;

/// The words of the object.
const WORDS: [&str; 7] =
    ["mode", "window", "token_share_percent", "warning_percent", "concurrency", "latency", "buckets"];

/// Changes limits as the object says; what it does not name stays. All or nothing.
pub(crate) fn apply(limits: &mut Limits, body: &Map<String, Value>) -> Result<(), String> {
    if let Some(key) = body.keys().find(|key| !WORDS.contains(&key.as_str())) {
        return Err(format!("{key}: unknown; expected {}", WORDS.join(", ")));
    }
    let mut changed = limits.clone();
    if let Some(value) = body.get("mode") {
        let mode = value.as_str().and_then(RateLimits::named);
        changed.mode =
            mode.ok_or_else(|| format!("mode: {value} is none of off, integrator, enterprise, workforce"))?;
    }
    if let Some(value) = body.get("window") {
        let window = value.as_str().and_then(timestamp::parse_duration).filter(|window| !window.is_zero());
        changed.window_ms = timestamp::millis(
            window.ok_or_else(|| format!("window: {value} is not a duration like \"60s\""))?,
        );
    }
    for (word, percent) in
        [("token_share_percent", &mut changed.share), ("warning_percent", &mut changed.warning)]
    {
        if let Some(value) = body.get(word) {
            let number = value.as_u64().filter(|share| (1..=100).contains(share));
            *percent = number.ok_or_else(|| format!("{word}: {value} is not a number from 1 to 100"))?;
        }
    }
    match body.get("concurrency") {
        None => {}
        Some(Value::Null) => changed.concurrency.given = None,
        Some(value) => {
            let ceiling = value.as_u64().filter(|ceiling| *ceiling > 0);
            changed.concurrency.given =
                Some(ceiling.ok_or_else(|| format!("concurrency: {value} is not a number from 1"))?);
        }
    }
    if let Some(value) = body.get("latency") {
        let latency = value.as_str().and_then(Latency::named);
        changed.concurrency.latency =
            latency.ok_or_else(|| format!("latency: {value} is neither none nor okta"))?;
    }
    match body.get("buckets") {
        None => {}
        Some(Value::Array(buckets)) => {
            for (n, bucket) in buckets.iter().enumerate() {
                apply_bucket(&mut changed, bucket).map_err(|wrong| format!("buckets[{n}].{wrong}"))?;
            }
        }
        Some(other) => return Err(format!("buckets: {other} is not a list")),
    }
    changed.clear();
    *limits = changed;
    Ok(())
}

/// `{"bucket":"/api/v1/logs","limit":5}`; with `match` the bucket is made where there is none.
fn apply_bucket(limits: &mut Limits, bucket: &Value) -> Result<(), String> {
    let name = bucket.get("bucket").and_then(Value::as_str).ok_or("bucket: missing")?;
    let limit = bucket.get("limit").and_then(Value::as_u64).ok_or("limit: not a number")?;
    match bucket.get("match") {
        Some(Value::Array(rules)) => {
            let rules: Option<Vec<&str>> = rules.iter().map(Value::as_str).collect();
            let rules = rules.ok_or("match: not a list of texts")?;
            limits.table.define(name, &rules, limit).map_err(|wrong| format!("match: {wrong}"))
        }
        Some(_) => Err("match: not a list of texts".into()),
        None if limits.table.set_limit(name, limit) => Ok(()),
        None => Err(format!("bucket: there is no bucket {name:?}; give it a match to make it")),
    }
}

/// Everything about limits, as `GET /_mock/rate-limits` shows it.
pub(crate) fn show(limits: &Limits, now: i64) -> Value {
    let buckets = limits.buckets(now).map(|shown| {
        json!({ "bucket": shown.bucket, "limit": shown.limit, "token_limit": shown.share, "used": shown.used, "reset": shown.reset })
    });
    json!({
        "mode": limits.mode.name(),
        "window_ms": limits.window_ms,
        "token_share_percent": limits.share,
        "warning_percent": limits.warning,
        "concurrency": limits.concurrency.ceiling(limits.mode),
        "in_flight": limits.concurrency.in_flight(now),
        "latency": limits.concurrency.latency.name(),
        "violations": limits.refused,
        "concurrency_violations": limits.concurrency.refused,
        "buckets": buckets.collect::<Vec<_>>(),
    })
}
