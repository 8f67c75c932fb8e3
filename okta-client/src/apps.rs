//! Apps, who is assigned to them, and what they may ask of Okta.

mod grants;
mod groups;
mod model;
mod tokens;
mod users;
mod write;

pub use self::groups::AppGroup;
pub use self::model::{App, AppStatus, AppUser, AppUserCredentials, AppUserScope, AppUserStatus, SignOnMode};
pub use self::users::NewAppUser;

use http::Method;

use crate::client::Client;
use crate::error::Error;
use crate::listing::{Filterable, Listing};
use crate::raw::Raw;

/// Calls about apps. Made by [`Client::apps`].
///
/// # Errors
/// [`Error::is_not_found`] where there is no such app or no such assignment.
///
/// # Cancel safety
/// Dropping the future of a call gives it up; a change may or may not have happened.
#[derive(Debug, Clone)]
pub struct Apps {
    client: Client,
}

impl Listing<App, Filterable> {
    /// Whether inactive apps are listed too. Default: as the org does it, which differs by its age. Say it, and look at
    /// [`App::status`].
    pub fn include_non_deleted(self, include: bool) -> Self {
        self.query("includeNonDeleted", include.to_string())
    }
}

impl Apps {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Every app: pages of 200, the most there is (Okta's own default is 20).
    ///
    /// `filter` knows `id`, `status`, `name`, `user.id`, `group.id` and a few more.
    ///
    /// **Source**: Okta, "List all applications".
    pub fn list(&self) -> Listing<App, Filterable> {
        Listing::paged(&self.client, &["apps"], 200)
    }

    /// One app.
    ///
    /// **Source**: Okta, "Retrieve an application".
    pub async fn get(&self, app_id: impl AsRef<str>) -> Result<Raw<App>, Error> {
        self.client.api(Method::GET, &["apps", app_id.as_ref()]).document().await
    }
}
