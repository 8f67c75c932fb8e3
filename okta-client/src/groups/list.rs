//! Which groups to list; and the members of one.

use super::Group;
use crate::client::Client;
use crate::cursor::ResumeToken;
use crate::listing::Listing;
use crate::paginated::Paginated;
use crate::users::{SortOrder, User};

/// A list of groups under construction. Made by [`Groups::list`](super::Groups::list).
///
/// **Source**: Okta, "List all groups".
#[derive(Debug)]
#[must_use = "a listing does nothing until it is polled"]
pub struct ListGroups(Listing);

impl ListGroups {
    pub(super) fn new(client: Client) -> Self {
        Self(Listing::new(client, &["api", "v1", "groups"])).limit(200)
    }

    /// Groups per page: 1 to 10,000. Default: 200, as Okta advises.
    pub fn limit(self, limit: u16) -> Self {
        Self(self.0.set("limit", limit.to_string()))
    }

    /// A SCIM expression over nearly any attribute. Read from an index: seconds behind, usually less.
    pub fn search(self, expression: impl Into<String>) -> Self {
        Self(self.0.set("search", expression))
    }

    /// A SCIM expression over `id`, `type`, `lastUpdated`, `lastMembershipUpdated`.
    pub fn filter(self, expression: impl Into<String>) -> Self {
        Self(self.0.set("filter", expression))
    }

    /// Groups whose name begins so. One page only.
    pub fn q(self, prefix: impl Into<String>) -> Self {
        Self(self.0.set("q", prefix))
    }

    /// Sorts a [`search`](Self::search) by an attribute; Okta ignores it otherwise.
    pub fn sort(self, attribute: impl Into<String>, order: SortOrder) -> Self {
        Self(self.0.set("sortBy", attribute).set("sortOrder", order.as_str()))
    }

    /// The listing.
    pub fn paginate(self) -> Paginated<Group> {
        self.0.paginate()
    }

    /// The listing from a stored position. The token holds its own query; this one's parameters do not count.
    pub fn resume(self, token: ResumeToken) -> Paginated<Group> {
        self.0.resume(&token)
    }
}

/// The members of a group, under construction. Made by [`Groups::members`](super::Groups::members).
///
/// **Source**: Okta, "List all member users".
#[derive(Debug)]
#[must_use = "a listing does nothing until it is polled"]
pub struct GroupMembers(Listing);

impl GroupMembers {
    pub(super) fn new(client: Client, group_id: &str) -> Self {
        Self(Listing::new(client, &["api", "v1", "groups", group_id, "users"])).limit(200)
    }

    /// Users per page: 1 to 1,000. Default: 200. More makes a large group cost fewer requests; where a page takes Okta too long
    /// it answers 500, and half of it is asked for.
    pub fn limit(self, limit: u16) -> Self {
        Self(self.0.set("limit", limit.to_string()))
    }

    /// The listing.
    pub fn paginate(self) -> Paginated<User> {
        self.0.paginate()
    }

    /// The listing from a stored position.
    pub fn resume(self, token: ResumeToken) -> Paginated<User> {
        self.0.resume(&token)
    }
}
