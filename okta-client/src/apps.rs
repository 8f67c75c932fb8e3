//! Apps, who is assigned to them, and what they may ask of Okta.

mod grants;
mod groups;
mod list;
mod model;
mod users;
mod write;

pub use self::groups::AppGroup;
pub use self::list::ListApps;
pub use self::model::{App, AppStatus, AppUser, AppUserCredentials, AppUserScope, AppUserStatus, SignOnMode};
pub use self::users::NewAppUser;

use http::Method;

use crate::client::Client;
use crate::error::Error;
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

impl Apps {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Every app.
    pub fn list(&self) -> ListApps {
        ListApps::new(&self.client)
    }

    /// One app.
    ///
    /// **Source**: Okta, "Retrieve an application".
    pub async fn get(&self, app_id: impl AsRef<str>) -> Result<Raw<App>, Error> {
        self.client.api(Method::GET, &["apps", app_id.as_ref()]).document().await
    }
}
