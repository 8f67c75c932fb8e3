//! What expressions mean, and the same said with the builders.

use okta_client::expression::{Expression, Filter, Literal, LogFilter, Search, filter, log_filter, search};
use serde_json::Value;

/// What an expression means. Chains of one operator are one node, so that their grouping does not matter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Tree {
    Compare(String, &'static str, Value),
    Present(String),
    All(Vec<Tree>),
    Any(Vec<Tree>),
    Not(Box<Tree>),
}

impl Tree {
    pub(crate) fn all(left: Self, right: Self) -> Self {
        let parts = |tree| if let Self::All(parts) = tree { parts } else { vec![tree] };
        Self::All([parts(left), parts(right)].concat())
    }

    pub(crate) fn any(left: Self, right: Self) -> Self {
        let parts = |tree| if let Self::Any(parts) = tree { parts } else { vec![tree] };
        Self::Any([parts(left), parts(right)].concat())
    }
}

pub(crate) fn literal(value: &Value) -> Literal {
    match value {
        Value::String(text) => text.into(),
        Value::Bool(truth) => (*truth).into(),
        Value::Number(number) => number.as_i64().expect("a small number").into(),
        other => panic!("no literal: {other}"),
    }
}

/// The text that an operator for text takes.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

pub(crate) fn searched(tree: &Tree) -> Expression<Search> {
    match tree {
        Tree::Present(name) => search(name).pr(),
        Tree::Compare(name, operator, value) => match *operator {
            "eq" => search(name).eq(literal(value)),
            "gt" => search(name).gt(literal(value)),
            "ge" => search(name).ge(literal(value)),
            "lt" => search(name).lt(literal(value)),
            "le" => search(name).le(literal(value)),
            "sw" => search(name).sw(text(value)),
            "co" => search(name).co(text(value)),
            other => panic!("a search has no {other}"),
        },
        Tree::All(parts) => parts.iter().map(searched).reduce(Expression::and).expect("two or more"),
        Tree::Any(parts) => parts.iter().map(searched).reduce(Expression::or).expect("two or more"),
        Tree::Not(_) => panic!("a search has no `not`"),
    }
}

pub(crate) fn logged(tree: &Tree) -> Expression<LogFilter> {
    match tree {
        Tree::Present(name) => log_filter(name).pr(),
        Tree::Compare(name, operator, value) => match *operator {
            "eq" => log_filter(name).eq(literal(value)),
            "ne" => log_filter(name).ne(literal(value)),
            "gt" => log_filter(name).gt(literal(value)),
            "ge" => log_filter(name).ge(literal(value)),
            "lt" => log_filter(name).lt(literal(value)),
            "le" => log_filter(name).le(literal(value)),
            "sw" => log_filter(name).sw(text(value)),
            "ew" => log_filter(name).ew(text(value)),
            _ => log_filter(name).co(text(value)),
        },
        // From the right: grouping must not matter.
        Tree::All(parts) => {
            let parts = parts.iter().rev().map(logged);
            parts.reduce(|right, left| left.and(right)).expect("two or more")
        }
        Tree::Any(parts) => {
            let parts = parts.iter().rev().map(logged);
            parts.reduce(|right, left| left.or(right)).expect("two or more")
        }
        Tree::Not(inner) => !logged(inner),
    }
}

pub(crate) fn filtered(tree: &Tree) -> Expression<Filter> {
    match tree {
        Tree::Compare(name, "eq", value) => filter(name).eq(literal(value)),
        Tree::Compare(name, "gt", value) => filter(name).gt(literal(value)),
        Tree::Compare(name, _, value) => filter(name).le(literal(value)),
        Tree::All(parts) => parts.iter().map(filtered).reduce(Expression::and).expect("two or more"),
        Tree::Any(parts) => parts.iter().map(filtered).reduce(Expression::or).expect("two or more"),
        other => panic!("a filter has no {other:?}"),
    }
}
