//! A scenario: a whole test's worth of org, events, churn and faults in one file, in TOML or JSON.
//!
//! `[org]` says how the fake is, each `[[emit]]` when an event happens, each `[[fault]]` what goes wrong, each `[[stages]]`
//! what happens again and again, each `[[timeline]]` what happens once. `[[client]]` and `[expect]` are for whoever runs the
//! system under test; they are read, kept and not acted upon.

mod lines;
mod stages;
mod timeline;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::activity::stages::Stage;
use crate::faults::{Planned, rule_json};
use crate::limits::RateLimits;
use crate::timestamp;
use lines::{Document, Part};
pub(crate) use timeline::{Emit, Step, Timeline};

/// A scenario that was read; give it to [`Builder::scenario`](crate::Builder::scenario).
///
/// ```
/// use okta_mock::{OktaMock, Scenario};
///
/// let scenario = Scenario::parse(r#"
///     [org]
///     start = "2026-01-01T00:00:00Z"
///
///     [[emit]]
///     at = "+10s"
///     published = "-10m" # it took ten minutes to be stored
///     type = "user.session.start"
///
///     [[fault]]
///     route = "GET /api/v1/logs"
///     nth = 3
///     status = 500
///     error = "E0000009"
/// "#)?;
/// let okta = OktaMock::builder().scenario(&scenario).in_process();
/// okta.clock().advance(std::time::Duration::from_secs(10));
/// assert_eq!(okta.log()[0].persisted_ms - okta.log()[0].published_ms, 600_000);
/// # Ok::<(), okta_mock::ScenarioError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    pub(crate) org: OrgPart,
    pub(crate) script: Arc<Script>,
    client_clock_skew_ms: i64,
    clients: Vec<Value>,
    expect: Value,
}

/// What `[org]` says.
#[derive(Clone, Debug, Default)]
pub(crate) struct OrgPart {
    pub(crate) start_ms: Option<i64>,
    pub(crate) seed: Option<u64>,
    pub(crate) users: Option<usize>,
    pub(crate) groups: Option<usize>,
    pub(crate) apps: Option<usize>,
    pub(crate) events: Option<usize>,
    pub(crate) live_rate: Option<f64>,
    /// In the form of `PUT /_mock/rate-limits`.
    pub(crate) limits: Option<Map<String, Value>>,
    /// What becomes of `next` at the live end of the log, where it is not what Okta does.
    at_end: Option<Planned>,
}

/// What happens.
#[derive(Debug, Default)]
pub(crate) struct Script {
    pub(crate) emits: Vec<Emit>,
    pub(crate) steps: Vec<(i64, Step)>,
    pub(crate) stages: Vec<Stage>,
    pub(crate) faults: Vec<Planned>,
}

/// Why a scenario is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{wrong}", at(*line))]
#[non_exhaustive]
pub struct ScenarioError {
    /// The line, counted from 1; 0 where only the path is known, which `wrong` then starts with.
    pub line: usize,
    /// What is wrong there.
    pub wrong: String,
}

fn at(line: usize) -> String {
    if line == 0 { String::new() } else { format!("line {line}: ") }
}

impl Scenario {
    /// Reads a scenario in TOML, or in JSON with the same words: what starts with `{` is JSON.
    ///
    /// # Errors
    ///
    /// [`ScenarioError`] with the place of the first thing that is wrong. A word that is not known is wrong.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let document =
            if text.trim_start().starts_with('{') { Document::json(text) } else { Document::toml(text) }?;
        document.only(&["org", "emit", "fault", "stages", "timeline", "client", "expect"])?;
        let mut scenario = Self::default();
        if let Some(part) = document.table("org")? {
            (scenario.org, scenario.client_clock_skew_ms) = part.read(org)?;
        }
        let emits = document.tables("emit")?;
        let emits = emits.iter().map(|part| part.read(timeline::emit)).collect::<Result<Vec<_>, _>>()?;
        let faults = document.tables("fault")?;
        let mut faults = faults.iter().map(|part| part.read(fault)).collect::<Result<Vec<_>, _>>()?;
        // Behind the others: a fault of a link that was asked for goes first.
        faults.extend(scenario.org.at_end.take());
        let stages = document.tables("stages")?;
        let stages = stages.iter().map(|part| part.read(stages::stage)).collect::<Result<_, _>>()?;
        let steps = document.tables("timeline")?;
        let steps = steps.iter().map(|part| part.read(timeline::step)).collect::<Result<_, _>>()?;
        let emits = emits.into_iter().flatten().collect();
        scenario.script = Arc::new(Script { emits, steps, stages, faults });
        let object = |part: Part| Value::Object(part.members);
        scenario.clients = document.tables("client")?.into_iter().map(object).collect();
        scenario.expect = document.table("expect")?.map_or(Value::Null, object);
        Ok(scenario)
    }

    /// The `[[client]]` entries, in order: what the system under test is to do. Kept, not acted upon.
    #[must_use]
    pub fn clients(&self) -> &[Value] {
        &self.clients
    }

    /// The `[expect]` table, or null.
    #[must_use]
    pub fn expect(&self) -> &Value {
        &self.expect
    }

    /// How far the clock of the system under test is off, in milliseconds: `[org] client_clock_skew`.
    #[must_use]
    pub fn client_clock_skew_ms(&self) -> i64 {
        self.client_clock_skew_ms
    }
}

fn org(part: &Map<String, Value>) -> Result<(OrgPart, i64), String> {
    let words = [
        "start",
        "client_clock_skew",
        "seed",
        "users",
        "groups",
        "apps",
        "events",
        "live_rate",
        "log",
        "rate",
    ];
    known(part, "", &words)?;
    let number = |word: &str| match part.get(word) {
        None => Ok(None),
        Some(value) => {
            let number = value.as_u64().filter(|number| *number <= 10_000_000 || word == "seed");
            number.map(Some).ok_or_else(|| format!("{word}: {value} is not a number up to 10000000"))
        }
    };
    let size = |word: &str| number(word).map(|n| n.and_then(|n| usize::try_from(n).ok()));
    let start_ms = match part.get("start") {
        None => None,
        Some(value) => {
            let time = value.as_str().and_then(timestamp::parse).filter(|ms| (0..1 << 41).contains(ms));
            let wrong = || format!("start: {value} is not a time like \"2026-01-01T00:00:00Z\"");
            Some(time.ok_or_else(wrong)?)
        }
    };
    let skew = part.get("client_clock_skew").map(|value| rule_json::signed(value, "client_clock_skew"));
    let live_rate = match part.get("live_rate") {
        None => None,
        Some(value) => {
            let rate = value.as_f64().filter(|rate| (0.0..=1_000_000.0).contains(rate));
            Some(rate.ok_or_else(|| format!("live_rate: {value} is not a number of changes per second"))?)
        }
    };
    let at_end = part.get("log").map(log_at_end).transpose()?.flatten();
    let org = OrgPart {
        start_ms,
        seed: number("seed")?,
        users: size("users")?,
        groups: size("groups")?,
        apps: size("apps")?,
        events: size("events")?,
        live_rate,
        limits: part.get("rate").map(limits).transpose()?,
        at_end,
    };
    Ok((org, skew.transpose()?.unwrap_or(0)))
}

/// The log is what Okta's documentation says; a scenario may say so, too. Only the live end can be another.
fn log_at_end(log: &Value) -> Result<Option<Planned>, String> {
    let Value::Object(log) = log else { return Err(format!("log: {log} is not a table")) };
    known(log, "log.", &["order", "cursor", "page_default", "page_max", "next_at_end"])?;
    for (word, only) in [
        ("order", json!("persisted")),
        ("cursor", json!("ms_seq")),
        ("page_default", json!(100)),
        ("page_max", json!(1_000)),
    ] {
        if log.get(word).is_some_and(|value| *value != only) {
            return Err(format!("log.{word}: only {only} is built"));
        }
    }
    let word = match log.get("next_at_end").map(|value| value.as_str()) {
        None | Some(Some("same")) => return Ok(None),
        Some(Some("advance")) => "advance_at_end",
        Some(Some("omit")) => "missing_at_end",
        Some(_) => return Err("log.next_at_end: expected same, advance or omit".into()),
    };
    rule_json::read(&json!({ "on": "GET /api/v1/logs", "do": { "next_link": { word: true } } })).map(Some)
}

/// `{ logs_per_min = 120, token_share = 0.5, concurrency = 75 }`, on top of a plan.
fn limits(rate: &Value) -> Result<Map<String, Value>, String> {
    let Value::Object(rate) = rate else { return Err(format!("rate: {rate} is not a table")) };
    known(
        rate,
        "rate.",
        &["plan", "window", "logs_per_min", "token_share", "concurrency", "latency", "buckets"],
    )?;
    let mut limits = Map::from_iter([("mode".to_owned(), json!(RateLimits::Workforce.name()))]);
    for (word, value) in rate {
        match word.as_str() {
            "plan" => limits.insert("mode".into(), value.clone()),
            "logs_per_min" => {
                let row = json!({ "bucket": "/api/v1/logs", "limit": value });
                let mut rows = rate.get("buckets").and_then(Value::as_array).cloned().unwrap_or_default();
                rows.push(row);
                limits.insert("buckets".into(), rows.into())
            }
            "buckets" if rate.contains_key("logs_per_min") => None,
            "token_share" => {
                let share = value.as_f64().filter(|share| (0.01..=1.0).contains(share));
                let share =
                    share.ok_or_else(|| format!("rate.token_share: {value} is not from 0.01 to 1"))?;
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 100")]
                let percent = (share * 100.0).round() as u64;
                limits.insert("token_share_percent".into(), percent.into())
            }
            other => limits.insert(other.to_owned(), value.clone()),
        };
    }
    // Tried here, where the line is known.
    let mut trial = crate::limits::Limits::new(RateLimits::Off, 60_000);
    crate::limits::settings_json::apply(&mut trial, &limits).map_err(|wrong| format!("rate.{wrong}"))?;
    Ok(limits)
}

/// One `[[fault]]`: the words of a rule's `match`, `when` and `do` side by side.
fn fault(part: &Map<String, Value>) -> Result<Planned, String> {
    const MATCH: [&str; 10] =
        ["route", "method", "path", "any", "query", "principal", "cursor", "page", "channel", "target"];
    let (mut matches, mut when, mut act) = (Map::new(), Map::new(), Map::new());
    let mut rule = Map::new();
    for (word, value) in part {
        let (word, value) = (word.as_str(), value.clone());
        if word == "id" {
            rule.insert(word.into(), value);
        } else if MATCH.contains(&word) {
            matches.insert(word.into(), value);
        } else if rule_json::WHEN.contains(&word) {
            when.insert(word.into(), unsigned(value));
        } else if word == "do" {
            let Value::Object(more) = value else { return Err(format!("do: {value} is not a table")) };
            act.extend(more);
        } else {
            act.insert(if word == "error" { "errorCode" } else { word }.into(), value);
        }
    }
    rule.extend([("match".into(), matches.into()), ("when".into(), when.into()), ("do".into(), act.into())]);
    rule_json::read(&Value::Object(rule)).map_err(|wrong| {
        // The words stand side by side here, so the error names them so.
        ["match.", "when.", "do."].iter().find_map(|at| wrong.strip_prefix(at)).unwrap_or(&wrong).to_owned()
    })
}

/// `+10s` as `10s`.
fn unsigned(value: Value) -> Value {
    match &value {
        Value::String(text) => text.strip_prefix('+').map(Value::from).unwrap_or(value),
        Value::Array(items) => items.iter().cloned().map(unsigned).collect(),
        _ => value,
    }
}

fn known(part: &Map<String, Value>, at: &str, words: &[&str]) -> Result<(), String> {
    match part.keys().find(|key| !words.contains(&key.as_str())) {
        Some(key) => Err(format!("{at}{key}: unknown; expected one of {}", words.join(", "))),
        None => Ok(()),
    }
}
