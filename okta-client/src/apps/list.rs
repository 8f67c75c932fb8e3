//! Which apps to list; and the users assigned to one.

use super::{App, AppUser};
use crate::client::Client;
use crate::cursor::ResumeToken;
use crate::listing::Listing;
use crate::paginated::Paginated;

/// A list of apps under construction. Made by [`Apps::list`](super::Apps::list).
///
/// **Source**: Okta, "List all applications".
#[derive(Debug)]
#[must_use = "a listing does nothing until it is polled"]
pub struct ListApps(Listing);

impl ListApps {
    pub(super) fn new(client: Client) -> Self {
        Self(Listing::new(client, &["api", "v1", "apps"])).limit(200)
    }

    /// Apps per page: 1 to 200. Default: 200 (Okta's own default is 20).
    pub fn limit(self, limit: u16) -> Self {
        Self(self.0.set("limit", limit.to_string()))
    }

    /// A SCIM expression over `id`, `status`, `name`, `user.id`, `group.id` and a few more.
    pub fn filter(self, expression: impl Into<String>) -> Self {
        Self(self.0.set("filter", expression))
    }

    /// Apps whose name or label begins so.
    pub fn q(self, prefix: impl Into<String>) -> Self {
        Self(self.0.set("q", prefix))
    }

    /// Whether inactive apps are listed too. Default: as the org does it, which differs by its age. Say it, and look at
    /// [`App::status`].
    pub fn include_non_deleted(self, include: bool) -> Self {
        Self(self.0.set("includeNonDeleted", include.to_string()))
    }

    /// The listing.
    pub fn paginate(self) -> Paginated<App> {
        self.0.paginate()
    }

    /// The listing from a stored position. The token holds its own query; this one's parameters do not count.
    pub fn resume(self, token: ResumeToken) -> Paginated<App> {
        self.0.resume(&token)
    }
}

/// The users of an app, under construction. Made by [`Apps::users`](super::Apps::users).
///
/// **Source**: Okta, "List all application users".
#[derive(Debug)]
#[must_use = "a listing does nothing until it is polled"]
pub struct AppUsers(Listing);

impl AppUsers {
    pub(super) fn new(client: Client, app_id: &str) -> Self {
        Self(Listing::new(client, &["api", "v1", "apps", app_id, "users"])).limit(500)
    }

    /// Users per page: 1 to 500. Default: 500 (Okta's own default is 50).
    pub fn limit(self, limit: u16) -> Self {
        Self(self.0.set("limit", limit.to_string()))
    }

    /// Users whose login begins so.
    pub fn q(self, prefix: impl Into<String>) -> Self {
        Self(self.0.set("q", prefix))
    }

    /// The listing.
    pub fn paginate(self) -> Paginated<AppUser> {
        self.0.paginate()
    }

    /// The listing from a stored position.
    pub fn resume(self, token: ResumeToken) -> Paginated<AppUser> {
        self.0.resume(&token)
    }
}
