//! A scenario's document, in TOML or JSON. The parts of a TOML document know the lines they stand on, those of a JSON
//! document their paths.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ScenarioError;

/// A whole document.
pub(super) enum Document<'a> {
    Toml { text: &'a str, root: DeTable<'a> },
    Json(Map<String, Value>),
}

/// One table of it.
pub(super) struct Part {
    pub(super) members: Map<String, Value>,
    line: usize,
    /// Where each member stands.
    lines: BTreeMap<String, usize>,
    /// Where the table stands in a document without lines.
    path: String,
}

impl<'a> Document<'a> {
    pub(super) fn toml(text: &'a str) -> Result<Self, ScenarioError> {
        match DeTable::parse(text) {
            Ok(root) => Ok(Self::Toml { text, root: root.into_inner() }),
            Err(error) => {
                let line = line_of(text, error.span().map_or(0, |span| span.start));
                Err(ScenarioError { line, wrong: error.message().replace('\n', " ") })
            }
        }
    }

    pub(super) fn json(text: &str) -> Result<Self, ScenarioError> {
        match serde_json::from_str(text) {
            Ok(Value::Object(root)) => Ok(Self::Json(root)),
            Ok(_) => Err(ScenarioError { line: 1, wrong: "a scenario must be an object".into() }),
            Err(error) => Err(ScenarioError { line: error.line(), wrong: format!("not JSON: {error}") }),
        }
    }

    /// Refuses a part that nobody knows.
    pub(super) fn only(&self, words: &[&str]) -> Result<(), ScenarioError> {
        let unknown = |key: &str| format!("{key}: unknown; expected one of {}", words.join(", "));
        match self {
            Self::Toml { text, root } => {
                let key = root.keys().find(|key| !words.contains(&key.get_ref().as_ref()));
                key.map_or(Ok(()), |key| {
                    let line = line_of(text, key.span().start);
                    Err(ScenarioError { line, wrong: unknown(key.get_ref()) })
                })
            }
            Self::Json(root) => {
                let key = root.keys().find(|key| !words.contains(&key.as_str()));
                key.map_or(Ok(()), |key| Err(ScenarioError { line: 0, wrong: unknown(key) }))
            }
        }
    }

    /// `[name]`.
    pub(super) fn table(&self, name: &str) -> Result<Option<Part>, ScenarioError> {
        match self {
            Self::Toml { text, .. } => match self.find(name) {
                None => Ok(None),
                Some(value) => part(text, name, value, format!("[{name}]")).map(Some),
            },
            Self::Json(root) => root.get(name).map(|value| json_part(name.to_owned(), value)).transpose(),
        }
    }

    /// Every `[[name]]`.
    pub(super) fn tables(&self, name: &str) -> Result<Vec<Part>, ScenarioError> {
        match self {
            Self::Toml { text, .. } => match self.find(name) {
                None => Ok(Vec::new()),
                Some(value) => match value.get_ref() {
                    DeValue::Array(items) => {
                        items.iter().map(|item| part(text, name, item, format!("[[{name}]]"))).collect()
                    }
                    _ => Err(wrong(text, value, format!("{name}: expected [[{name}]]"))),
                },
            },
            Self::Json(root) => match root.get(name) {
                None => Ok(Vec::new()),
                Some(Value::Array(items)) => {
                    let numbered = items.iter().enumerate();
                    numbered.map(|(n, item)| json_part(format!("{name}[{n}]"), item)).collect()
                }
                Some(_) => Err(ScenarioError { line: 0, wrong: format!("{name}: expected a list") }),
            },
        }
    }

    fn find(&self, name: &str) -> Option<&Spanned<DeValue<'a>>> {
        match self {
            Self::Toml { root, .. } => {
                root.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value)
            }
            Self::Json(_) => None,
        }
    }
}

fn part(text: &str, name: &str, value: &Spanned<DeValue<'_>>, form: String) -> Result<Part, ScenarioError> {
    let DeValue::Table(table) = value.get_ref() else {
        return Err(wrong(text, value, format!("{name}: expected {form}")));
    };
    let line = line_of(text, value.span().start);
    let mut part = Part { members: Map::new(), line, lines: BTreeMap::new(), path: String::new() };
    for (key, value) in table {
        let name = key.get_ref().as_ref().to_owned();
        part.lines.insert(name.clone(), line_of(text, key.span().start));
        part.members.insert(name, plain(value.get_ref()));
    }
    Ok(part)
}

fn json_part(path: String, value: &Value) -> Result<Part, ScenarioError> {
    match value {
        Value::Object(members) => {
            Ok(Part { members: members.clone(), line: 0, lines: BTreeMap::new(), path })
        }
        other => Err(ScenarioError { line: 0, wrong: format!("{path}: {other} is not an object") }),
    }
}

fn wrong(text: &str, value: &Spanned<DeValue<'_>>, wrong: String) -> ScenarioError {
    ScenarioError { line: line_of(text, value.span().start), wrong }
}

impl Part {
    /// Reads the part; what is wrong gets its line, or its path.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&Map<String, Value>) -> Result<T, String>,
    ) -> Result<T, ScenarioError> {
        read(&self.members).map_err(|wrong| {
            // Errors start with the word they are about.
            let word = wrong.split([':', '.', '[', ' ']).next().unwrap_or_default();
            let word = if word == "errorCode" { "error" } else { word };
            let line = self.lines.get(word).copied().unwrap_or(self.line);
            let wrong = if self.path.is_empty() { wrong } else { format!("{}.{wrong}", self.path) };
            ScenarioError { line, wrong }
        })
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

fn plain(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Datetime(time) => Value::String(time.to_string()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map_or(Value::Null, Value::from)
        }
        DeValue::Float(number) => number.as_str().parse::<f64>().map_or(Value::Null, Value::from),
        DeValue::Array(items) => items.iter().map(|item| plain(item.get_ref())).collect(),
        DeValue::Table(table) => {
            let member = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
                let key: &std::borrow::Cow<'_, str> = key.get_ref();
                (key.to_string(), plain(value.get_ref()))
            };
            Value::Object(table.iter().map(member).collect())
        }
    }
}
