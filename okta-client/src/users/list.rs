//! Which users to list, and in which order.

use std::borrow::Cow;

use super::User;
use crate::client::Client;
use crate::cursor::ResumeToken;
use crate::expression::{Expression, Filter, Search};
use crate::listing::Listing;
use crate::paginated::Paginated;

/// A list of users under construction. Made by [`Users::list`](super::Users::list).
///
/// **Source**: Okta, "List all users".
#[derive(Debug)]
#[must_use = "a listing does nothing until it is polled"]
pub struct ListUsers(Listing<User>);

/// Order of a sorted list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortOrder {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

impl SortOrder {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ascending => "asc",
            Self::Descending => "desc",
        }
    }
}

impl ListUsers {
    pub(super) fn new(client: &Client) -> Self {
        Self(Listing::paged(client, &["users"], 200))
    }

    /// Users per page: 1 to 200. Default: 200. With [`q`](Self::q) it is the size of the whole answer.
    pub fn limit(self, limit: u16) -> Self {
        Self(self.0.limit(limit))
    }

    /// A SCIM expression over any attribute, `status eq "DEPROVISIONED"` among them. Read from an index: seconds behind, usually less.
    pub fn search(self, expression: impl Into<Expression<Search>>) -> Self {
        Self(self.0.expression("search", expression.into()))
    }

    /// A SCIM expression over `status`, `lastUpdated`, `id` and a few of the profile; all but `lastUpdated` take `eq` only. Not
    /// together with [`search`](Self::search).
    pub fn filter(self, expression: impl Into<Expression<Filter>>) -> Self {
        Self(self.0.expression("filter", expression.into()))
    }

    /// Users whose name or e-mail address begins so. One page only, and no deactivated users.
    pub fn q(self, prefix: impl Into<String>) -> Self {
        Self(self.0.query("q", prefix))
    }

    /// Sorts a [`search`](Self::search) by an attribute such as `lastUpdated`; Okta ignores it otherwise.
    pub fn sort(self, attribute: impl Into<String>, order: SortOrder) -> Self {
        Self(self.0.query("sortBy", attribute).query("sortOrder", order.as_str()))
    }

    /// Any other parameter that Okta has for this list; the last value counts. It is encoded here.
    pub fn query(self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        Self(self.0.query(name, value))
    }

    /// The listing.
    pub fn paginate(self) -> Paginated<User> {
        self.0.paginate()
    }

    /// The listing from a stored position. The token holds its own query; this one's parameters do not count.
    pub fn resume(self, token: ResumeToken) -> Paginated<User> {
        self.0.resume(token)
    }
}
