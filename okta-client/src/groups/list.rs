//! Which groups to list, and in which order.

use std::borrow::Cow;

use super::Group;
use crate::client::Client;
use crate::cursor::ResumeToken;
use crate::expression::{Expression, Filter, Search};
use crate::listing::Listing;
use crate::paginated::Paginated;
use crate::users::SortOrder;

/// A list of groups under construction. Made by [`Groups::list`](super::Groups::list).
///
/// **Source**: Okta, "List all groups".
#[derive(Debug)]
#[must_use = "a listing does nothing until it is polled"]
pub struct ListGroups(Listing<Group>);

impl ListGroups {
    pub(super) fn new(client: &Client) -> Self {
        Self(Listing::paged(client, &["groups"], 200))
    }

    /// Groups per page: 1 to 10,000. Default: 200, as Okta advises.
    pub fn limit(self, limit: u16) -> Self {
        Self(self.0.limit(limit))
    }

    /// A SCIM expression over nearly any attribute. Read from an index: seconds behind, usually less.
    pub fn search(self, expression: impl Into<Expression<Search>>) -> Self {
        Self(self.0.expression("search", expression.into()))
    }

    /// A SCIM expression over `id`, `type`, `lastUpdated`, `lastMembershipUpdated`.
    pub fn filter(self, expression: impl Into<Expression<Filter>>) -> Self {
        Self(self.0.expression("filter", expression.into()))
    }

    /// Groups whose name begins so. One page only.
    pub fn q(self, prefix: impl Into<String>) -> Self {
        Self(self.0.query("q", prefix))
    }

    /// Sorts a [`search`](Self::search) by an attribute; Okta ignores it otherwise.
    pub fn sort(self, attribute: impl Into<String>, order: SortOrder) -> Self {
        Self(self.0.query("sortBy", attribute).query("sortOrder", order.as_str()))
    }

    /// Any other parameter that Okta has for this list, such as `expand`; the last value counts. It is encoded here.
    pub fn query(self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        Self(self.0.query(name, value))
    }

    /// The listing.
    pub fn paginate(self) -> Paginated<Group> {
        self.0.paginate()
    }

    /// The listing from a stored position. The token holds its own query; this one's parameters do not count.
    pub fn resume(self, token: ResumeToken) -> Paginated<Group> {
        self.0.resume(token)
    }
}
