//! Lays what a caller said over what every app of its kind has.

use serde_json::{Map, Value};

/// What callers cannot set.
const OURS: [&str; 7] = ["id", "orn", "name", "status", "created", "lastUpdated", "_links"];

/// The JSON of an app with these members over it.
pub(super) fn over(row: &str, given: &Map<String, Value>) -> String {
    let Ok(Value::Object(mut row)) = serde_json::from_str::<Value>(row) else { return row.to_owned() };
    for (key, value) in given {
        if !OURS.contains(&key.as_str()) {
            lay(row.entry(key.as_str()).or_insert(Value::Null), value);
        }
    }
    Value::Object(row).to_string()
}

/// Objects are joined, anything else is replaced.
fn lay(below: &mut Value, above: &Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (key, value) in above {
                lay(below.entry(key.as_str()).or_insert(Value::Null), value);
            }
        }
        (below, above) => *below = above.clone(),
    }
}
