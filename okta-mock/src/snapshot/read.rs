//! A snapshot's text, read with suspicion: each error says where, and none of them quotes a value.

use serde::Deserialize;
use serde_json::Value;

use super::state::{State, VERSION};
use super::{SnapshotError, check};

type Result<T> = std::result::Result<T, SnapshotError>;

/// Requests nest up to 128 levels; a snapshot holds them a few levels deeper.
const DEEPEST: usize = 160;
/// Numbers stay below, so that nothing computed with them overflows. Members drawn at random may be any.
const LARGEST: u64 = 1 << 62;
const ANY: [&str; 3] = ["place", "probability", "seed"];
/// Members that hold what a caller said, which nothing computes with.
const SAID: [&str; 4] = ["Log", "conditions", "given", "profile"];

pub(super) fn document(json: &str) -> Result<State> {
    if depth(json) > DEEPEST {
        return Err(SnapshotError::new("the document", format!("nested deeper than {DEEPEST} levels")));
    }
    let mut parser = serde_json::Deserializer::from_str(json);
    parser.disable_recursion_limit();
    let document = Value::deserialize(&mut parser).and_then(|value| parser.end().map(|()| value));
    let document = document.map_err(|error| {
        let wrong = format!("no JSON from line {}, column {} on", error.line(), error.column());
        SnapshotError::new("the document", wrong)
    })?;
    match document.get("version").map(Value::as_u64) {
        Some(Some(VERSION)) => {}
        Some(Some(version)) => {
            let wrong = format!(
                "{version} is unknown to okta-mock {}, which reads {VERSION}",
                env!("CARGO_PKG_VERSION")
            );
            return Err(SnapshotError::new("version", wrong));
        }
        _ => return Err(SnapshotError::new("version", format!("missing; expected {VERSION}"))),
    }
    numbers(&document, "", "")?;
    let state: State = serde_path_to_error::deserialize(&document)
        .map_err(|error| SnapshotError::new(place(&error.path().to_string()), expected(error.inner())))?;
    check::state(&state)?;
    let written = serde_json::to_value(&state).unwrap_or_default();
    unknown(&document, &written, "")?;
    Ok(state)
}

/// How deep a text nests, whether it is JSON or not.
fn depth(json: &str) -> usize {
    let (mut deepest, mut open, mut in_text, mut escaped) = (0, 0_usize, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => open += 1,
            b']' | b'}' if !in_text => open = open.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest
}

fn numbers(value: &Value, at: &str, name: &str) -> Result<()> {
    let inside = |n: &serde_json::Number| {
        n.is_f64() || n.as_u64().or_else(|| n.as_i64().map(i64::unsigned_abs)).is_some_and(|n| n <= LARGEST)
    };
    match value {
        _ if SAID.contains(&name) => Ok(()),
        Value::Number(n) if !ANY.contains(&name) && !inside(n) => {
            Err(SnapshotError::new(place(at), "beyond any number that the mock counts to"))
        }
        Value::Array(items) => {
            items.iter().enumerate().try_for_each(|(n, item)| numbers(item, &format!("{at}[{n}]"), name))
        }
        Value::Object(members) => {
            members.iter().try_for_each(|(name, value)| numbers(value, &member(at, name), name))
        }
        _ => Ok(()),
    }
}

/// Members of the document that mean nothing: what is written again does not have them.
fn unknown(given: &Value, written: &Value, at: &str) -> Result<()> {
    match (given, written) {
        (Value::Object(given), Value::Object(written)) => {
            given.iter().try_for_each(|(name, value)| match written.get(name) {
                Some(known) => unknown(value, known, &member(at, name)),
                None => Err(SnapshotError::new(member(at, name), "unknown")),
            })
        }
        (Value::Array(given), Value::Array(written)) => given
            .iter()
            .zip(written)
            .enumerate()
            .try_for_each(|(n, (value, known))| unknown(value, known, &format!("{at}[{n}]"))),
        _ => Ok(()),
    }
}

fn member(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

fn place(path: &str) -> String {
    if path.is_empty() || path == "." { "the document".to_owned() } else { path.to_owned() }
}

/// What belongs there. serde quotes what it found instead, so only what it says of the other side is kept.
fn expected(error: &serde_json::Error) -> String {
    let message = error.to_string();
    if message.starts_with("missing field") {
        return message;
    }
    match message.rfind("expected ") {
        Some(at) => message[at..].to_owned(),
        None => "not what belongs here".to_owned(),
    }
}
