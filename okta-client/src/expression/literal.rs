//! Values in expressions, and how Okta's grammar writes them.

use std::fmt;

use crate::timestamp::Timestamp;

/// A value in an expression: text, a number, a truth value. Times are text.
///
/// Text stands in double quotes; within it `"` and `\` have a backslash before them, and nothing else has a meaning. Numbers are
/// written in full, without an exponent. What is no number (`f64::NAN`, the infinities) makes an expression that Okta refuses.
#[derive(Debug, Clone, PartialEq)]
pub struct Literal(Value);

#[derive(Debug, Clone, PartialEq)]
enum Value {
    Text(String),
    Integer(i128),
    Fraction(f64),
    Truth(bool),
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Value::Text(text) => write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
            Value::Integer(number) => number.fmt(f),
            Value::Fraction(number) => number.fmt(f),
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

macro_rules! from_integers {
    ($($integer:ty),+) => {
        $(impl From<$integer> for Literal {
            fn from(number: $integer) -> Self {
                Self(Value::Integer(number as i128))
            }
        })+
    };
}
from_integers!(i32, i64, u32, u64, usize);

impl From<f64> for Literal {
    fn from(number: f64) -> Self {
        Self(Value::Fraction(number))
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
