//! Passwords that users change or have forgotten.

use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{Mail, PasswordReset, Sessions, UserCredentials, Users};
use crate::error::Error;
use crate::raw::Raw;

impl Users {
    /// Changes a password for somebody who knows it.
    ///
    /// # Errors
    /// [`Error::Api`] with status 403 where the old password is wrong or the new one breaks the policy; the reason is in its causes.
    ///
    /// **Source**: Okta, "Update password".
    pub async fn change_password(
        &self,
        user: impl AsRef<str>,
        old: impl Into<SecretString>,
        new: impl Into<SecretString>,
        sessions: Sessions,
    ) -> Result<Raw<UserCredentials>, Error> {
        let (old, new) = (old.into(), new.into());
        let body = json!({
            "oldPassword": { "value": old.expose_secret() },
            "newPassword": { "value": new.expose_secret() },
            "revokeSessions": sessions == Sessions::Revoke,
        });
        let path = ["users", user.as_ref(), "credentials", "change_password"];
        self.client.api(Method::POST, &path).json(&body).document().await
    }

    /// Has a user choose a new password behind a link and the answer to their security question. The password that they have stays good
    /// until then.
    ///
    /// **Source**: Okta, "Start forgot password flow".
    pub async fn forgot_password(&self, user: impl AsRef<str>, mail: Mail) -> Result<PasswordReset, Error> {
        let path = ["users", user.as_ref(), "credentials", "forgot_password"];
        self.answered(&path, &[("sendEmail", mail.as_str())]).await
    }
}
