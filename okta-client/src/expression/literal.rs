//! Values in expressions, and how Okta's grammar writes them.

use std::fmt;

use crate::timestamp::Timestamp;

/// A value in an expression: text, a number, a truth value. Times are text.
///
/// Text stands in double quotes; within it `"` and `\` have a backslash before them, and nothing else has a meaning.
#[derive(Debug, Clone, PartialEq)]
pub struct Literal(Value);

#[derive(Debug, Clone, PartialEq)]
enum Value {
    Text(String),
    Integer(i64),
    Truth(bool),
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Value::Text(text) => write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
            Value::Integer(number) => number.fmt(f),
            Value::Truth(truth) => truth.fmt(f),
        }
    }
}

impl From<String> for Literal {
    fn from(text: String) -> Self {
        Self(Value::Text(text))
    }
}

impl From<&String> for Literal {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<&str> for Literal {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<i64> for Literal {
    fn from(number: i64) -> Self {
        Self(Value::Integer(number))
    }
}

impl From<bool> for Literal {
    fn from(truth: bool) -> Self {
        Self(Value::Truth(truth))
    }
}

impl From<Timestamp> for Literal {
    fn from(time: Timestamp) -> Self {
        time.to_string().into()
    }
}
