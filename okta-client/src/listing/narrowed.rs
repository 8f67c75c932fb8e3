//! What lists can be asked for, by kind.

use serde::de::DeserializeOwned;

use super::Listing;
use crate::expression::{Expression, Filter, Search};

/// The kind of a list that has no ways of its own to be narrowed.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Plain;

/// The kind of a list that can be searched, filtered and sorted: of all users, of all groups.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Searchable;

/// The kind of a list that can be filtered: of all apps.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Filterable;

/// Order of a sorted list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SortOrder {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

impl SortOrder {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ascending => "asc",
            Self::Descending => "desc",
        }
    }
}

impl<T: DeserializeOwned + Send + 'static> Listing<T, Searchable> {
    /// An expression over nearly any attribute. Read from an index: seconds behind, usually less.
    pub fn search(self, expression: impl Into<Expression<Search>>) -> Self {
        self.expression("search", expression.into())
    }

    /// An expression over a few attributes. Not together with [`search`](Self::search).
    pub fn filter(self, expression: impl Into<Expression<Filter>>) -> Self {
        self.expression("filter", expression.into())
    }

    /// Those whose name (of users also: e-mail address) begins so. One page only.
    pub fn q(self, prefix: impl Into<String>) -> Self {
        self.query("q", prefix)
    }

    /// Sorts a [`search`](Self::search) by an attribute such as `lastUpdated`; Okta ignores it otherwise.
    pub fn sort(self, attribute: impl Into<String>, order: SortOrder) -> Self {
        self.query("sortBy", attribute).query("sortOrder", order.as_str())
    }
}

impl<T: DeserializeOwned + Send + 'static> Listing<T, Filterable> {
    /// An expression over a few attributes.
    pub fn filter(self, expression: impl Into<Expression<Filter>>) -> Self {
        self.expression("filter", expression.into())
    }

    /// Those whose name or label begins so.
    pub fn q(self, prefix: impl Into<String>) -> Self {
        self.query("q", prefix)
    }
}
