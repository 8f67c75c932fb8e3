//! Users: who exists in the org.

mod list;
mod model;

pub use self::list::{ListUsers, SortOrder};
pub use self::model::{User, UserCredentials, UserProfile, UserProvider, UserStatus, UserType};

use crate::client::Client;
use crate::error::Error;
use crate::raw::Raw;

/// Calls about users. Made by [`Client::users`].
#[derive(Debug, Clone)]
pub struct Users {
    client: Client,
}

impl Users {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Every user. **Mind**: without [`search`](ListUsers::search) or [`filter`](ListUsers::filter) Okta leaves out users
    /// with status `DEPROVISIONED`.
    pub fn list(&self) -> ListUsers {
        ListUsers::new(self.client.clone())
    }

    /// One user, by id, login, or short login where that is unambiguous; `me` is the owner of an API token.
    ///
    /// # Errors
    /// [`Error::is_not_found`] where there is none.
    ///
    /// # Cancel safety
    /// Dropping the future gives the call up. Nothing is changed by it.
    ///
    /// **Source**: Okta, "Retrieve a user".
    pub async fn get(&self, id_or_login: impl AsRef<str>) -> Result<Raw<User>, Error> {
        let url = self.client.url(&["api", "v1", "users", id_or_login.as_ref()])?;
        self.client.read(url).await
    }
}
