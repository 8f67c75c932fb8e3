//! The users of an app.

use http::Method;
use serde::Serialize;

use super::{AppUser, Apps};
use crate::edit::Edit;
use crate::error::Error;
use crate::listing::Listing;
use crate::raw::Raw;
use crate::users::Mail;

/// A user to be assigned to an app directly.
///
/// **Source**: Okta, "Assign an application user".
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
#[must_use = "a user is assigned by `Apps::assign_user`"]
pub struct NewAppUser(Edit);

impl NewAppUser {
    /// A user, by id.
    pub fn new(user_id: impl AsRef<str>) -> Self {
        Self(Edit::new().set("/id", user_id.as_ref()).set("/scope", "USER"))
    }

    /// The account's name in the app, where the app has names of its own.
    pub fn user_name(self, name: impl AsRef<str>) -> Self {
        Self(self.0.set("/credentials/userName", name.as_ref()))
    }

    /// The profile in the app, as its schema says.
    pub fn profile(self, profile: impl Serialize) -> Self {
        Self(self.0.set("/profile", profile))
    }
}

impl Listing<AppUser> {
    /// Users whose login begins so.
    pub fn q(self, prefix: impl Into<String>) -> Self {
        self.query("q", prefix)
    }
}

impl Apps {
    /// The users assigned to an app, directly or through a group: pages of 500, the most there is (Okta's own default is 50).
    ///
    /// **Source**: Okta, "List all application users".
    pub fn users(&self, app_id: impl AsRef<str>) -> Listing<AppUser> {
        Listing::paged(&self.client, &["apps", app_id.as_ref(), "users"], 500)
    }

    /// One user's assignment to an app.
    ///
    /// **Source**: Okta, "Retrieve an application user".
    pub async fn user(
        &self,
        app_id: impl AsRef<str>,
        user_id: impl AsRef<str>,
    ) -> Result<Raw<AppUser>, Error> {
        let path = ["apps", app_id.as_ref(), "users", user_id.as_ref()];
        self.client.api(Method::GET, &path).document().await
    }

    /// Assigns a user directly.
    ///
    /// **Source**: Okta, "Assign an application user".
    pub async fn assign_user(
        &self,
        app_id: impl AsRef<str>,
        user: &impl Serialize,
    ) -> Result<Raw<AppUser>, Error> {
        self.client.api(Method::POST, &["apps", app_id.as_ref(), "users"]).json(user).document().await
    }

    /// Changes what the body holds of an assignment, and nothing else. What follows from a group is changed there.
    ///
    /// **Source**: Okta, "Update an application user".
    pub async fn update_user(
        &self,
        app_id: impl AsRef<str>,
        user_id: impl AsRef<str>,
        change: &impl Serialize,
    ) -> Result<Raw<AppUser>, Error> {
        let path = ["apps", app_id.as_ref(), "users", user_id.as_ref()];
        self.client.api(Method::POST, &path).json(change).document().await
    }

    /// Takes a direct assignment away, and with it the profile in the app: it **cannot be undone**, and may end the account there.
    ///
    /// **Source**: Okta, "Unassign an application user".
    pub async fn unassign_user(
        &self,
        app_id: impl AsRef<str>,
        user_id: impl AsRef<str>,
        mail: Mail,
    ) -> Result<(), Error> {
        let path = ["apps", app_id.as_ref(), "users", user_id.as_ref()];
        self.client.api(Method::DELETE, &path).idempotent().query("sendEmail", mail.as_str()).done().await
    }
}
