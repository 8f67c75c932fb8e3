//! Grants: which app may do what in a user's name, and which apps hold such grants.

mod model;
mod tokens;

pub use self::model::{Grant, GrantActor, GrantSource, GrantStatus, OAuthClient};
pub use self::tokens::RefreshToken;

use http::Method;

use crate::client::Client;
use crate::error::Error;
use crate::listing::Listing;
use crate::raw::Raw;

/// Calls about the grants of users. Made by [`Client::grants`].
///
/// # Errors
/// [`Error::is_not_found`] where there is no such user or grant.
///
/// # Cancel safety
/// Dropping the future of a call gives it up; a change may or may not have happened.
#[derive(Debug, Clone)]
pub struct Grants {
    client: Client,
}

impl Grants {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// The grants of a user: pages of 200. Apps that are trusted by consent method need none, so their absence
    /// says nothing. `.query("scopeId", …)` asks for one scope.
    ///
    /// **Source**: Okta, "List all user grants".
    pub fn list(&self, user_id: impl AsRef<str>) -> Listing<Grant> {
        Listing::paged(&self.client, &["users", user_id.as_ref(), "grants"], 200)
    }

    /// One grant of a user.
    ///
    /// **Source**: Okta, "Retrieve a user grant".
    pub async fn get(
        &self,
        user_id: impl AsRef<str>,
        grant_id: impl AsRef<str>,
    ) -> Result<Raw<Grant>, Error> {
        let path = ["users", user_id.as_ref(), "grants", grant_id.as_ref()];
        self.client.api(Method::GET, &path).document().await
    }

    /// Takes a grant away.
    ///
    /// **Source**: Okta, "Revoke a user grant".
    pub async fn revoke(&self, user_id: impl AsRef<str>, grant_id: impl AsRef<str>) -> Result<(), Error> {
        let path = ["users", user_id.as_ref(), "grants", grant_id.as_ref()];
        self.client.api(Method::DELETE, &path).done().await
    }

    /// Takes all grants of a user away.
    ///
    /// **Source**: Okta, "Revoke all user grants".
    pub async fn revoke_all(&self, user_id: impl AsRef<str>) -> Result<(), Error> {
        self.client.api(Method::DELETE, &["users", user_id.as_ref(), "grants"]).done().await
    }

    /// The apps that hold a grant or a token of a user. Not paged.
    ///
    /// **Source**: Okta, "List all clients for a user".
    pub fn clients(&self, user_id: impl AsRef<str>) -> Listing<OAuthClient> {
        Listing::whole(&self.client, &["users", user_id.as_ref(), "clients"])
    }

    /// Takes all grants of a user to one app away.
    ///
    /// **Source**: Okta, "Revoke all grants for a client".
    pub async fn revoke_of_client(
        &self,
        user_id: impl AsRef<str>,
        client_id: impl AsRef<str>,
    ) -> Result<(), Error> {
        let path = ["users", user_id.as_ref(), "clients", client_id.as_ref(), "grants"];
        self.client.api(Method::DELETE, &path).done().await
    }

    /// The grants of a user to one app: pages of 200.
    ///
    /// **Source**: Okta, "List all grants for a client".
    pub fn of_client(&self, user_id: impl AsRef<str>, client_id: impl AsRef<str>) -> Listing<Grant> {
        let path = ["users", user_id.as_ref(), "clients", client_id.as_ref(), "grants"];
        Listing::paged(&self.client, &path, 200)
    }
}
