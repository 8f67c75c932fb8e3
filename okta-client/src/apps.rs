//! Apps, and who is assigned to them.

mod list;
mod model;

pub use self::list::{AppUsers, ListApps};
pub use self::model::{App, AppStatus, AppUser, AppUserCredentials, AppUserScope, AppUserStatus, SignOnMode};

use crate::client::Client;
use crate::error::Error;
use crate::raw::Raw;

/// Calls about apps. Made by [`Client::apps`].
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
        ListApps::new(self.client.clone())
    }

    /// One app.
    ///
    /// # Errors
    /// [`Error::is_not_found`] where there is none.
    ///
    /// # Cancel safety
    /// Dropping the future gives the call up. Nothing is changed by it.
    ///
    /// **Source**: Okta, "Retrieve an application".
    pub async fn get(&self, app_id: impl AsRef<str>) -> Result<Raw<App>, Error> {
        let url = self.client.url(&["api", "v1", "apps", app_id.as_ref()])?;
        self.client.read(url).await
    }

    /// The users assigned to an app, directly or through a group.
    pub fn users(&self, app_id: impl AsRef<str>) -> AppUsers {
        AppUsers::new(self.client.clone(), app_id.as_ref())
    }
}
