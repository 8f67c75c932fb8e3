//! Creating, changing and deleting users.

use http::Method;
use serde::Serialize;

use super::{Mail, NewUser, User, Users};
use crate::error::Error;
use crate::raw::Raw;

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
