//! App links: what a user sees on the dashboard.

mod model;

pub use self::model::AppLink;

use crate::client::Client;
use crate::listing::Listing;

/// Calls about app links. Made by [`Client::app_links`].
///
/// # Errors
/// [`Error::is_not_found`](crate::Error::is_not_found) where there is no such user.
///
/// # Cancel safety
/// As [`Paginated`](crate::Paginated).
#[derive(Debug, Clone)]
pub struct AppLinks {
    client: Client,
}

impl AppLinks {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// The links of a user. Apps that are not shown there are not among them. Not paged.
    ///
    /// **Source**: Okta, "List all assigned app links".
    pub fn list(&self, user_id: impl AsRef<str>) -> Listing<AppLink> {
        Listing::whole(&self.client, &["users", user_id.as_ref(), "appLinks"])
    }
}
