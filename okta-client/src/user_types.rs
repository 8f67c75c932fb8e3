//! User types: kinds of users, each with attributes of its own. An org has at most ten.

mod model;

pub use self::model::{NewUserType, UserType};

use http::Method;
use serde::Serialize;

use crate::client::Client;
use crate::error::Error;
use crate::listing::Listing;
use crate::raw::Raw;

/// Calls about user types. Made by [`Client::user_types`].
///
/// # Errors
/// [`Error::is_not_found`] where there is no such type.
///
/// # Cancel safety
/// Dropping the future of a call gives it up; a change may or may not have happened.
#[derive(Debug, Clone)]
pub struct UserTypes {
    client: Client,
}

impl UserTypes {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Every type. Not paged.
    ///
    /// **Source**: Okta, "List all user types".
    pub fn list(&self) -> Listing<UserType> {
        Listing::whole(&self.client, &["meta", "types", "user"])
    }

    /// One type, by id; `default` is the one that users have who were given none.
    ///
    /// **Source**: Okta, "Retrieve a user type".
    pub async fn get(&self, type_id: impl AsRef<str>) -> Result<Raw<UserType>, Error> {
        self.client.api(Method::GET, &["meta", "types", "user", type_id.as_ref()]).document().await
    }

    /// Creates a type. Never repeated where its fate is unknown.
    ///
    /// **Source**: Okta, "Create a user type".
    pub async fn create(&self, user_type: &impl Serialize) -> Result<Raw<UserType>, Error> {
        self.client.api(Method::POST, &["meta", "types", "user"]).json(user_type).document().await
    }

    /// Changes what the body holds: `displayName`, `description`.
    ///
    /// **Source**: Okta, "Update a user type".
    pub async fn update(
        &self,
        type_id: impl AsRef<str>,
        change: &impl Serialize,
    ) -> Result<Raw<UserType>, Error> {
        let path = ["meta", "types", "user", type_id.as_ref()];
        self.client.api(Method::POST, &path).json(change).document().await
    }

    /// Replaces a type. Begin with what was read: [`Raw::edit`].
    ///
    /// **Source**: Okta, "Replace a user type".
    pub async fn replace(
        &self,
        type_id: impl AsRef<str>,
        body: &impl Serialize,
    ) -> Result<Raw<UserType>, Error> {
        let path = ["meta", "types", "user", type_id.as_ref()];
        self.client.api(Method::PUT, &path).json(body).document().await
    }

    /// Deletes a type that no user has.
    ///
    /// **Source**: Okta, "Delete a user type".
    pub async fn delete(&self, type_id: impl AsRef<str>) -> Result<(), Error> {
        self.client.api(Method::DELETE, &["meta", "types", "user", type_id.as_ref()]).done().await
    }
}
