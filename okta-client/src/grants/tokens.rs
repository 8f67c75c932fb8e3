//! The refresh tokens that an app holds in a user's name.

use http::Method;
use serde::Deserialize;

use super::{GrantStatus, Grants};
use crate::error::Error;
use crate::id::{RefreshTokenId, UserId};
use crate::listing::Listing;
use crate::raw::Raw;
use crate::timestamp::Timestamp;

/// A refresh token, without the token itself.
///
/// **Source**: Okta, "List all refresh tokens for a user and a client".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RefreshToken {
    /// `id`.
    pub id: RefreshTokenId,
    /// `status`.
    pub status: Option<GrantStatus>,
    /// `clientId`, in some of Okta's answers `client_id`: the app that holds it.
    #[serde(alias = "client_id")]
    pub client_id: Option<String>,
    /// `userId`.
    pub user_id: Option<UserId>,
    /// `issuer`: the authorization server.
    pub issuer: Option<String>,
    /// `scopes`: by name.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// `created`.
    pub created: Option<Timestamp>,
    /// `lastUpdated`.
    pub last_updated: Option<Timestamp>,
    /// `expiresAt`.
    pub expires_at: Option<Timestamp>,
}

impl Grants {
    /// The refresh tokens of a user at one app: pages of 200.
    ///
    /// **Source**: Okta, "List all refresh tokens for a user and a client".
    pub fn tokens(&self, user_id: impl AsRef<str>, client_id: impl AsRef<str>) -> Listing<RefreshToken> {
        let path = ["users", user_id.as_ref(), "clients", client_id.as_ref(), "tokens"];
        Listing::paged(&self.client, &path, 200)
    }

    /// One refresh token.
    ///
    /// **Source**: Okta, "Retrieve a refresh token for a user and a client".
    pub async fn token(
        &self,
        user_id: impl AsRef<str>,
        client_id: impl AsRef<str>,
        token_id: impl AsRef<str>,
    ) -> Result<Raw<RefreshToken>, Error> {
        let path = ["users", user_id.as_ref(), "clients", client_id.as_ref(), "tokens", token_id.as_ref()];
        self.client.api(Method::GET, &path).document().await
    }

    /// Ends a refresh token, and the access tokens that came of it.
    ///
    /// **Source**: Okta, "Revoke a token for a user and a client".
    pub async fn revoke_token(
        &self,
        user_id: impl AsRef<str>,
        client_id: impl AsRef<str>,
        token_id: impl AsRef<str>,
    ) -> Result<(), Error> {
        let path = ["users", user_id.as_ref(), "clients", client_id.as_ref(), "tokens", token_id.as_ref()];
        self.client.api(Method::DELETE, &path).done().await
    }

    /// Ends all refresh tokens of a user at one app.
    ///
    /// **Source**: Okta, "Revoke all refresh tokens for a user and a client".
    pub async fn revoke_tokens(
        &self,
        user_id: impl AsRef<str>,
        client_id: impl AsRef<str>,
    ) -> Result<(), Error> {
        let path = ["users", user_id.as_ref(), "clients", client_id.as_ref(), "tokens"];
        self.client.api(Method::DELETE, &path).done().await
    }
}
