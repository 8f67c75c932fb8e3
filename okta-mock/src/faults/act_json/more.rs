//! A word of `do` that may say more.

use std::time::Duration;

use serde_json::{Map, Value};

use super::flag;
use crate::faults::rule_json::{duration, known, number};

/// The object behind a word, whose members may be missing; `true` stands for one without any.
pub(super) struct More<'a> {
    word: &'a str,
    members: Map<String, Value>,
}

pub(super) fn given<'a>(
    act: &Map<String, Value>,
    word: &'a str,
    words: &[&str],
) -> Result<Option<More<'a>>, String> {
    let members = match act.get(word) {
        Some(Value::Object(members)) => members.clone(),
        _ if flag(act, word)? => Map::new(),
        _ => return Ok(None),
    };
    known(&members, &format!("do.{word}."), words)?;
    Ok(Some(More { word, members }))
}

impl More<'_> {
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.members.get(key)
    }

    pub(super) fn number(&self, key: &str, from: u64) -> Result<Option<u64>, String> {
        number(&self.members, key, from).map_err(|wrong| format!("do.{}.{wrong}", self.word))
    }

    pub(super) fn duration(&self, key: &str) -> Result<Option<Duration>, String> {
        let at = format!("do.{}.{key}", self.word);
        self.get(key).map(|value| duration(value, &at)).transpose()
    }

    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, String> {
        let wrong = |other| format!("do.{}.{key}: {other} is not true or false", self.word);
        self.get(key).map(|value| value.as_bool().ok_or_else(|| wrong(value))).transpose()
    }
}
