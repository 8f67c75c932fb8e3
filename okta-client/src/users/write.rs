//! Creating, changing and deleting users.

use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::{Mail, User, Users};
use crate::client::Client;
use crate::edit::Edit;
use crate::error::Error;
use crate::id::GroupId;
use crate::raw::Raw;
use crate::request::RequestBuilder;

/// A user to be created. Begins as one that Okta invites by mail: `PROVISIONED`.
///
/// ```
/// use okta_client::users::{NewUser, UserProfile};
///
/// let mut profile = UserProfile::default();
/// profile.login = Some("ada@example.com".into());
/// profile.email = profile.login.clone();
/// let ada = NewUser::new(&profile).attribute("costCenter", "CC-1").password("correct horse".into());
/// ```
///
/// **Source**: Okta, "Create a user".
#[derive(Debug, Clone)]
#[must_use = "a user is created by `Users::create`"]
pub struct NewUser {
    body: Edit,
    groups: Vec<GroupId>,
    activate: bool,
    change_password: bool,
}

impl NewUser {
    /// A user with a profile: [`UserProfile`](super::UserProfile), or a struct of yours with your org's attributes. `login` and
    /// `email` are always needed.
    pub fn new(profile: impl Serialize) -> Self {
        let body = Edit::new().set("/profile", profile);
        Self { body, groups: Vec::new(), activate: true, change_password: false }
    }

    /// One more attribute of the profile, by its name in the org's schema.
    pub fn attribute(mut self, name: &str, value: impl Serialize) -> Self {
        let name = name.replace('~', "~0").replace('/', "~1");
        self.body = self.body.set(&format!("/profile/{name}"), value);
        self
    }

    /// A first password: the user is `ACTIVE` at once.
    pub fn password(mut self, password: SecretString) -> Self {
        self.body = self.body.set("/credentials/password/value", password.expose_secret());
        self
    }

    /// The first password has to be changed at the next sign-in: `PASSWORD_EXPIRED`.
    pub fn change_password(mut self) -> Self {
        self.change_password = true;
        self
    }

    /// Not activated, and not invited: `STAGED`.
    pub fn staged(mut self) -> Self {
        self.activate = false;
        self
    }

    /// A member of a group from the beginning. At most 20.
    pub fn group(mut self, group: impl Into<GroupId>) -> Self {
        self.groups.push(group.into());
        self
    }

    /// Of another type than the org's default.
    pub fn user_type(mut self, id: impl AsRef<str>) -> Self {
        self.body = self.body.set("/type/id", id.as_ref());
        self
    }

    fn request(&self, client: &Client) -> RequestBuilder {
        let mut body = self.body.clone();
        if !self.groups.is_empty() {
            body = body.set("/groupIds", &self.groups);
        }
        let request = client.api(Method::POST, &["users"]).query("activate", self.activate.to_string());
        match self.change_password {
            true => request.query("nextLogin", "changePassword").json(&body),
            false => request.json(&body),
        }
    }
}

impl Users {
    /// Creates a user. Never repeated where its fate is unknown: look for the login before you try again.
    ///
    /// **Source**: Okta, "Create a user".
    pub async fn create(&self, user: &NewUser) -> Result<Raw<User>, Error> {
        user.request(&self.client).document().await
    }

    /// Changes what the body holds, and nothing else: an absent attribute is kept, an explicit `null` clears it.
    ///
    /// ```
    /// use okta_client::Edit;
    ///
    /// // For `client.users().update("ada@example.com", &change)`:
    /// let change = Edit::new().set("/profile/title", "Countess").clear("/profile/nickName");
    /// assert_eq!(serde_json::to_string(&change)?, r#"{"profile":{"title":"Countess","nickName":null}}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    ///
    /// **Source**: Okta, "Update a user".
    pub async fn update(&self, user: impl AsRef<str>, change: &impl Serialize) -> Result<Raw<User>, Error> {
        self.client.api(Method::POST, &["users", user.as_ref()]).json(change).document().await
    }

    /// Replaces the whole profile: what the body leaves out is cleared. Begin with what was read: [`Raw::edit`].
    ///
    /// **Source**: Okta, "Replace a user".
    pub async fn replace(&self, user: impl AsRef<str>, body: &impl Serialize) -> Result<Raw<User>, Error> {
        self.client.api(Method::PUT, &["users", user.as_ref()]).json(body).document().await
    }

    /// One step towards the end. A user who is not `DEPROVISIONED` is deactivated, as by [`deactivate`](Self::deactivate); one
    /// who is, is deleted **for good**. Wait for the status between the two. Never repeated where its fate is unknown.
    ///
    /// **Source**: Okta, "Delete a user".
    pub async fn delete(&self, user: impl AsRef<str>, mail: Mail) -> Result<(), Error> {
        let request = self.client.api(Method::DELETE, &["users", user.as_ref()]);
        request.query("sendEmail", mail.as_str()).done().await
    }
}
