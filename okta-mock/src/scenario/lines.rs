//! A TOML document whose parts know the lines they stand on.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ScenarioError;

/// A whole document.
pub(super) struct Document<'a> {
    text: &'a str,
    root: DeTable<'a>,
}

/// One table of it.
pub(super) struct Part {
    pub(super) members: Map<String, Value>,
    line: usize,
    /// Where each member stands.
    lines: BTreeMap<String, usize>,
}

impl<'a> Document<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, ScenarioError> {
        match DeTable::parse(text) {
            Ok(root) => Ok(Self { text, root: root.into_inner() }),
            Err(error) => {
                let line = line_of(text, error.span().map_or(0, |span| span.start));
                Err(ScenarioError { line, wrong: error.message().replace('\n', " ") })
            }
        }
    }

    /// Refuses a part that nobody knows.
    pub(super) fn only(&self, words: &[&str]) -> Result<(), ScenarioError> {
        match self.root.keys().find(|key| !words.contains(&key.get_ref().as_ref())) {
            None => Ok(()),
            Some(key) => Err(ScenarioError {
                line: line_of(self.text, key.span().start),
                wrong: format!("{}: unknown; expected one of {}", key.get_ref(), words.join(", ")),
            }),
        }
    }

    /// `[name]`.
    pub(super) fn table(&self, name: &str) -> Result<Option<Part>, ScenarioError> {
        match self.find(name) {
            None => Ok(None),
            Some(value) => self.part(name, value, format!("[{name}]")).map(Some),
        }
    }

    /// Every `[[name]]`.
    pub(super) fn tables(&self, name: &str) -> Result<Vec<Part>, ScenarioError> {
        match self.find(name) {
            None => Ok(Vec::new()),
            Some(value) => match value.get_ref() {
                DeValue::Array(items) => {
                    items.iter().map(|item| self.part(name, item, format!("[[{name}]]"))).collect()
                }
                _ => Err(self.wrong(value, format!("{name}: expected [[{name}]]"))),
            },
        }
    }

    fn find(&self, name: &str) -> Option<&Spanned<DeValue<'a>>> {
        self.root.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value)
    }

    fn part(&self, name: &str, value: &Spanned<DeValue<'a>>, form: String) -> Result<Part, ScenarioError> {
        let DeValue::Table(table) = value.get_ref() else {
            return Err(self.wrong(value, format!("{name}: expected {form}")));
        };
        let mut part = Part {
            members: Map::new(),
            line: line_of(self.text, value.span().start),
            lines: BTreeMap::new(),
        };
        for (key, value) in table {
            let name = key.get_ref().as_ref().to_owned();
            part.lines.insert(name.clone(), line_of(self.text, key.span().start));
            part.members.insert(name, plain(value.get_ref()));
        }
        Ok(part)
    }

    fn wrong(&self, value: &Spanned<DeValue<'a>>, wrong: String) -> ScenarioError {
        ScenarioError { line: line_of(self.text, value.span().start), wrong }
    }
}

impl Part {
    /// Reads the part; what is wrong gets its line.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&Map<String, Value>) -> Result<T, String>,
    ) -> Result<T, ScenarioError> {
        read(&self.members).map_err(|wrong| {
            // Errors start with the word they are about.
            let word = wrong.split([':', '.', '[', ' ']).next().unwrap_or_default();
            let word = if word == "errorCode" { "error" } else { word };
            ScenarioError { line: self.lines.get(word).copied().unwrap_or(self.line), wrong }
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
