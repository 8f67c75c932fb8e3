//! Expressions for `search` and `filter`, built so that a value can never become syntax.
//!
//! Okta has one grammar and three dialects of it. Which operators a dialect has is in the types, so that `ne` in a search does
//! not compile; which attributes a list knows, Okta says.
//!
//! ```
//! use okta_client::expression::search;
//!
//! let expression = search("profile.department").eq("R&D \"blue\"").and(search("status").eq("ACTIVE"));
//! assert_eq!(expression.to_string(), r#"profile.department eq "R&D \"blue\"" and status eq "ACTIVE""#);
//! ```
//!
//! Text of your own is taken as it is wherever an expression is wanted: `.search(r#"status eq "ACTIVE""#)`. Never put a value
//! that came from elsewhere into it.
//!
//! **Source**: Okta, "Filter", "Search" and the pages of each list.

mod attribute;
mod literal;

use std::fmt;
use std::marker::PhantomData;

pub use self::attribute::Attribute;
use self::attribute::InvalidAttribute;
pub use self::literal::Literal;

/// The dialect of `search`: users, groups, devices. Has no `ne` and no `not`; Okta offers `lt` and `gt` instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Search;

/// The dialect of `filter` on everything but the System Log: a few attributes, equality and order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Filter;

/// The dialect of the System Log's `filter`: every operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogFilter;

/// An attribute to search by, such as `profile.department` or `lastUpdated`.
pub fn search(attribute: impl Into<String>) -> Attribute<Search> {
    Attribute::named(attribute.into())
}

/// An attribute to filter by, such as `status`.
pub fn filter(attribute: impl Into<String>) -> Attribute<Filter> {
    Attribute::named(attribute.into())
}

/// An attribute of a System Log event, such as `target.id`.
pub fn log_filter(attribute: impl Into<String>) -> Attribute<LogFilter> {
    Attribute::named(attribute.into())
}

/// How strongly the outermost operator of an expression holds it together, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    /// Text that somebody wrote: it may be anything.
    Unknown,
    Or,
    And,
    /// One comparison, or parentheses.
    Tight,
}

/// An expression in a dialect.
#[must_use = "an expression does nothing until a list is made with it"]
pub struct Expression<L> {
    text: Result<String, InvalidAttribute>,
    binding: Binding,
    dialect: PhantomData<L>,
}

impl<L> Expression<L> {
    fn new(text: Result<String, InvalidAttribute>, binding: Binding) -> Self {
        Self { text, binding, dialect: PhantomData }
    }

    /// Both.
    pub fn and(self, other: Self) -> Self {
        self.join("and", Binding::And, other)
    }

    /// At least one.
    pub fn or(self, other: Self) -> Self {
        self.join("or", Binding::Or, other)
    }

    fn join(self, word: &str, binding: Binding, other: Self) -> Self {
        let (left, right) = (self.held(binding), other.held(binding));
        Self::new(left.and_then(|left| Ok(format!("{left} {word} {}", right?))), binding)
    }

    /// The text, in parentheses where an operator that binds so strongly would tear it apart.
    fn held(self, binding: Binding) -> Result<String, InvalidAttribute> {
        let torn = self.binding < binding;
        self.text.map(|text| if torn { format!("({text})") } else { text })
    }

    pub(crate) fn into_text(self) -> Result<String, InvalidAttribute> {
        self.text
    }
}

impl std::ops::Not for Expression<LogFilter> {
    type Output = Self;

    /// The opposite: `!log_filter("actor.id").eq("00u1")`.
    fn not(self) -> Self {
        Self::new(self.held(Binding::Unknown).map(|text| format!("not ({text})")), Binding::Tight)
    }
}

impl<L> Clone for Expression<L> {
    fn clone(&self) -> Self {
        Self::new(self.text.clone(), self.binding)
    }
}

impl<L> From<String> for Expression<L> {
    fn from(text: String) -> Self {
        Self::new(Ok(text), Binding::Unknown)
    }
}

impl<L> From<&String> for Expression<L> {
    fn from(text: &String) -> Self {
        text.clone().into()
    }
}

impl<L> From<&str> for Expression<L> {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// What is sent. Of an expression that is an error, what is wrong with it.
impl<L> fmt::Display for Expression<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text {
            Ok(text) => f.write_str(text),
            Err(invalid) => invalid.fmt(f),
        }
    }
}

/// The values name people, so they are not shown.
impl<L> fmt::Debug for Expression<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expression")
            .field("size_bytes", &self.text.as_ref().map(String::len))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_keep_their_order_of_binding() {
        let (a, b, c) = (search("a").eq(1), search("b").pr(), search("c").sw("x"));
        for (expression, text) in [
            (a.clone().and(b.clone()).or(c.clone()), r#"a eq 1 and b pr or c sw "x""#),
            (a.clone().or(b.clone()).and(c.clone()), r#"(a eq 1 or b pr) and c sw "x""#),
            (a.clone().and(b.clone().or(c.clone())), r#"a eq 1 and (b pr or c sw "x")"#),
            (a.clone().and(b.clone()).and(c.clone()), r#"a eq 1 and b pr and c sw "x""#),
            (a.clone().and("b pr or x pr".into()), "a eq 1 and (b pr or x pr)"),
        ] {
            assert_eq!(expression.to_string(), text);
        }
        let neither = !(log_filter("a").ne(true).or(log_filter("b").ew("y")));
        assert_eq!(
            neither.and(log_filter("c").co("z")).to_string(),
            r#"not (a ne true or b ew "y") and c co "z""#
        );
    }

    #[test]
    fn numbers_of_every_kind_are_written_in_full() {
        let written = |number: Literal| search("n").ge(number).to_string();
        for (number, text) in [
            (7_u32.into(), "n ge 7"),
            ((-7_i32).into(), "n ge -7"),
            (u64::MAX.into(), "n ge 18446744073709551615"),
            (i64::MIN.into(), "n ge -9223372036854775808"),
            ("four".len().into(), "n ge 4"),
            (0.5_f64.into(), "n ge 0.5"),
            (1e21_f64.into(), "n ge 1000000000000000000000"),
            ((-2.0_f64).into(), "n ge -2"),
        ] {
            assert_eq!(written(number), text);
        }
        assert_eq!(search("n").lt(3).to_string(), "n lt 3");
    }

    #[test]
    fn what_is_no_attribute_is_refused() {
        for name in ["", " ", "1a", "a b", "a\"", "not", "NOT", "a)", "é", "a\n", "a\\", "\"a\""] {
            let expression = search("ok").pr().and(search(name).eq("x"));
            assert!(expression.clone().into_text().is_err(), "{name}");
            assert!(expression.to_string().starts_with("an attribute's name"), "{name}");
        }
        for name in ["id", "profile.cost_center", "type.id", "_x", "debugContext.debugData.url", "a-b"] {
            assert!(search(name).pr().into_text().is_ok(), "{name}");
        }
        assert!(!format!("{:?}", search("profile.login").eq("ada@example.com")).contains("ada"));
    }
}
