//! An attribute, and what a dialect can compare it with.

use std::marker::PhantomData;

use super::{Binding, Expression, Literal, LogFilter, Search};
use crate::error::Error;

/// What a comparison begins with. Made by [`search`](super::search), [`filter`](super::filter) and
/// [`log_filter`](super::log_filter).
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "an attribute is compared with something"]
pub struct Attribute<L> {
    name: String,
    dialect: PhantomData<L>,
}

impl<L> Attribute<L> {
    pub(super) fn named(name: String) -> Self {
        Self { name, dialect: PhantomData }
    }

    /// Equal. Letter case counts in `filter`, not in `search`.
    pub fn eq(self, value: impl Into<Literal>) -> Expression<L> {
        self.compare("eq", &value.into())
    }

    /// Greater: of text by letters, of times later.
    pub fn gt(self, value: impl Into<Literal>) -> Expression<L> {
        self.compare("gt", &value.into())
    }

    /// Greater or equal.
    pub fn ge(self, value: impl Into<Literal>) -> Expression<L> {
        self.compare("ge", &value.into())
    }

    /// Less.
    pub fn lt(self, value: impl Into<Literal>) -> Expression<L> {
        self.compare("lt", &value.into())
    }

    /// Less or equal.
    pub fn le(self, value: impl Into<Literal>) -> Expression<L> {
        self.compare("le", &value.into())
    }

    fn compare(self, operator: &str, value: &Literal) -> Expression<L> {
        let text = self.checked().map(|name| format!("{name} {operator} {value}"));
        Expression::new(text, Binding::Tight)
    }

    fn present(self) -> Expression<L> {
        let text = self.checked().map(|name| format!("{name} pr"));
        Expression::new(text, Binding::Tight)
    }

    /// The name, if it is one word of the grammar and no keyword.
    fn checked(self) -> Result<String, InvalidAttribute> {
        let mut characters = self.name.chars();
        let begins = characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
        let goes_on = characters.all(|one| one.is_ascii_alphanumeric() || "_.-:$".contains(one));
        let keyword = self.name.eq_ignore_ascii_case("not");
        if begins && goes_on && !keyword { Ok(self.name) } else { Err(InvalidAttribute) }
    }
}

impl Attribute<Search> {
    /// Begins with.
    pub fn sw(self, prefix: impl Into<String>) -> Expression<Search> {
        self.compare("sw", &prefix.into().into())
    }

    /// Contains. Okta has it for `profile.firstName`, `profile.lastName`, `profile.email` and `profile.login` only.
    pub fn co(self, part: impl Into<String>) -> Expression<Search> {
        self.compare("co", &part.into().into())
    }

    /// Is there at all.
    pub fn pr(self) -> Expression<Search> {
        self.present()
    }
}

impl Attribute<LogFilter> {
    /// Not equal.
    pub fn ne(self, value: impl Into<Literal>) -> Expression<LogFilter> {
        self.compare("ne", &value.into())
    }

    /// Begins with.
    pub fn sw(self, prefix: impl Into<String>) -> Expression<LogFilter> {
        self.compare("sw", &prefix.into().into())
    }

    /// Ends with.
    pub fn ew(self, suffix: impl Into<String>) -> Expression<LogFilter> {
        self.compare("ew", &suffix.into().into())
    }

    /// Contains.
    pub fn co(self, part: impl Into<String>) -> Expression<LogFilter> {
        self.compare("co", &part.into().into())
    }

    /// Is there at all.
    pub fn pr(self) -> Expression<LogFilter> {
        self.present()
    }
}

/// An attribute's name is no name: letters, digits and `_ . - : $` make one, and it begins with a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an attribute's name holds a character that none may hold")]
pub(crate) struct InvalidAttribute;

impl InvalidAttribute {
    pub(crate) fn into_error(self, field: &'static str) -> Error {
        Error::Config {
            field,
            reason: "compares something that is no attribute".into(),
            source: Some(self.into()),
        }
    }
}
