//! Which apps to list.

use std::borrow::Cow;

use super::App;
use crate::client::Client;
use crate::cursor::ResumeToken;
use crate::expression::{Expression, Filter};
use crate::listing::Listing;
use crate::paginated::Paginated;

/// A list of apps under construction. Made by [`Apps::list`](super::Apps::list).
///
/// **Source**: Okta, "List all applications".
#[derive(Debug)]
#[must_use = "a listing does nothing until it is polled"]
pub struct ListApps(Listing<App>);

impl ListApps {
    pub(super) fn new(client: &Client) -> Self {
        Self(Listing::paged(client, &["apps"], 200))
    }

    /// Apps per page: 1 to 200. Default: 200 (Okta's own default is 20).
    pub fn limit(self, limit: u16) -> Self {
        Self(self.0.limit(limit))
    }

    /// A SCIM expression over `id`, `status`, `name`, `user.id`, `group.id` and a few more.
    pub fn filter(self, expression: impl Into<Expression<Filter>>) -> Self {
        Self(self.0.expression("filter", expression.into()))
    }

    /// Apps whose name or label begins so.
    pub fn q(self, prefix: impl Into<String>) -> Self {
        Self(self.0.query("q", prefix))
    }

    /// Whether inactive apps are listed too. Default: as the org does it, which differs by its age. Say it, and look at
    /// [`App::status`].
    pub fn include_non_deleted(self, include: bool) -> Self {
        Self(self.0.query("includeNonDeleted", include.to_string()))
    }

    /// Any other parameter that Okta has for this list, such as `expand`; the last value counts. It is encoded here.
    pub fn query(self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        Self(self.0.query(name, value))
    }

    /// The listing.
    pub fn paginate(self) -> Paginated<App> {
        self.0.paginate()
    }

    /// The listing from a stored position. The token holds its own query; this one's parameters do not count.
    pub fn resume(self, token: ResumeToken) -> Paginated<App> {
        self.0.resume(token)
    }
}
