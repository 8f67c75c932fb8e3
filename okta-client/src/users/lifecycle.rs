//! The operations that move a user from status to status. A status is seen to change with the next look at the user.
//!
//! Each is a `POST` that is not repeated where its fate is unknown. Calls about one user go one after the other: Okta answers
//! 409 to those that meet.

use http::Method;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{User, Users};
use crate::decode::secret;
use crate::error::Error;
use crate::raw::Raw;

/// Whether Okta writes to whom it concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mail {
    /// Okta sends its mail.
    Send,
    /// Okta sends none; a link that the mail would have held is in the answer.
    Withhold,
}

/// What becomes of a user's sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sessions {
    /// They go on.
    Keep,
    /// They end.
    Revoke,
}

/// What becomes of the OAuth 2.0 tokens that were issued to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OAuthTokens {
    /// They stay good.
    Keep,
    /// They are revoked.
    Revoke,
}

impl Mail {
    pub(crate) fn as_str(self) -> &'static str {
        if self == Self::Send { "true" } else { "false" }
    }
}

impl Sessions {
    fn as_str(self) -> &'static str {
        if self == Self::Revoke { "true" } else { "false" }
    }
}

impl OAuthTokens {
    fn as_str(self) -> &'static str {
        if self == Self::Revoke { "true" } else { "false" }
    }
}

/// The link that makes an account its user's. Empty where Okta mailed it.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Activation {
    /// `activationUrl`.
    #[serde(default, deserialize_with = "secret")]
    pub activation_url: Option<SecretString>,
    /// `activationToken`.
    #[serde(default, deserialize_with = "secret")]
    pub activation_token: Option<SecretString>,
}

/// The link behind which a new password is chosen. Empty where Okta mailed it.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PasswordReset {
    /// `resetPasswordUrl`.
    #[serde(default, deserialize_with = "secret")]
    pub reset_password_url: Option<SecretString>,
}

/// A password for one sign-in.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TempPassword {
    /// `tempPassword`.
    #[serde(default, deserialize_with = "secret")]
    pub temp_password: Option<SecretString>,
}

impl Users {
    /// `STAGED` or `DEPROVISIONED` to `ACTIVE`, or to `PROVISIONED` where there is no password yet.
    ///
    /// **Source**: Okta, "Activate a user".
    pub async fn activate(&self, user: impl AsRef<str>, mail: Mail) -> Result<Activation, Error> {
        self.invited(user.as_ref(), "activate", mail).await
    }

    /// Invites a user again who is `PROVISIONED` or in `RECOVERY`.
    ///
    /// **Source**: Okta, "Reactivate a user".
    pub async fn reactivate(&self, user: impl AsRef<str>, mail: Mail) -> Result<Activation, Error> {
        self.invited(user.as_ref(), "reactivate", mail).await
    }

    /// To `DEPROVISIONED`. All app assignments go, and a later activation does not bring them back.
    ///
    /// **Source**: Okta, "Deactivate a user".
    pub async fn deactivate(&self, user: impl AsRef<str>, mail: Mail) -> Result<(), Error> {
        let request = self.client.api(Method::POST, &["users", user.as_ref(), "lifecycle", "deactivate"]);
        request.query("sendEmail", mail.as_str()).done().await
    }

    /// `ACTIVE` to `SUSPENDED`: sessions end, assignments stay.
    ///
    /// **Source**: Okta, "Suspend a user".
    pub async fn suspend(&self, user: impl AsRef<str>) -> Result<(), Error> {
        self.operate(user.as_ref(), "suspend").await
    }

    /// `SUSPENDED` to `ACTIVE`.
    ///
    /// **Source**: Okta, "Unsuspend a user".
    pub async fn unsuspend(&self, user: impl AsRef<str>) -> Result<(), Error> {
        self.operate(user.as_ref(), "unsuspend").await
    }

    /// `LOCKED_OUT` to `ACTIVE`.
    ///
    /// **Source**: Okta, "Unlock a user".
    pub async fn unlock(&self, user: impl AsRef<str>) -> Result<(), Error> {
        self.operate(user.as_ref(), "unlock").await
    }

    /// Takes all factors away, so that the user enrols anew.
    ///
    /// **Source**: Okta, "Reset the factors".
    pub async fn reset_factors(&self, user: impl AsRef<str>) -> Result<(), Error> {
        self.operate(user.as_ref(), "reset_factors").await
    }

    /// To `RECOVERY`: the user chooses a new password.
    ///
    /// **Source**: Okta, "Reset a password".
    pub async fn reset_password(
        &self,
        user: impl AsRef<str>,
        mail: Mail,
        sessions: Sessions,
    ) -> Result<PasswordReset, Error> {
        let queries = [("sendEmail", mail.as_str()), ("revokeSessions", sessions.as_str())];
        self.answered(&["users", user.as_ref(), "lifecycle", "reset_password"], &queries).await
    }

    /// `ACTIVE` to `PASSWORD_EXPIRED`: the password is changed at the next sign-in.
    ///
    /// **Source**: Okta, "Expire the password".
    pub async fn expire_password(&self, user: impl AsRef<str>) -> Result<Raw<User>, Error> {
        let path = ["users", user.as_ref(), "lifecycle", "expire_password"];
        self.client.api(Method::POST, &path).document().await
    }

    /// The same, with a password that is good for one sign-in.
    ///
    /// **Source**: Okta, "Expire the password with a temporary password".
    pub async fn expire_password_with_temp_password(
        &self,
        user: impl AsRef<str>,
        sessions: Sessions,
    ) -> Result<TempPassword, Error> {
        let queries = [("revokeSessions", sessions.as_str())];
        let path = ["users", user.as_ref(), "lifecycle", "expire_password_with_temp_password"];
        self.answered(&path, &queries).await
    }

    /// Ends every session of a user.
    ///
    /// **Source**: Okta, "Revoke all user sessions".
    pub async fn clear_sessions(&self, user: impl AsRef<str>, tokens: OAuthTokens) -> Result<(), Error> {
        let request = self.client.api(Method::DELETE, &["users", user.as_ref(), "sessions"]).idempotent();
        request.query("oauthTokens", tokens.as_str()).done().await
    }

    async fn operate(&self, user: &str, operation: &str) -> Result<(), Error> {
        self.client.api(Method::POST, &["users", user, "lifecycle", operation]).done().await
    }

    async fn invited(&self, user: &str, operation: &str, mail: Mail) -> Result<Activation, Error> {
        self.answered(&["users", user, "lifecycle", operation], &[("sendEmail", mail.as_str())]).await
    }

    /// An operation whose answer may say something, or be empty.
    pub(super) async fn answered<T: DeserializeOwned + Default>(
        &self,
        path: &[&str],
        queries: &[(&str, &str)],
    ) -> Result<T, Error> {
        let request = self.client.api(Method::POST, path);
        let request = queries.iter().fold(request, |request, (name, value)| request.query(name, value));
        let answer = request.send().await?;
        if answer.body().is_empty() { Ok(T::default()) } else { Ok(answer.json::<T>()?.into_inner()) }
    }
}
