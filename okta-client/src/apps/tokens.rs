//! The refresh tokens that were issued to an app.

use http::Method;

use super::Apps;
use crate::error::Error;
use crate::grants::RefreshToken;
use crate::listing::Listing;
use crate::raw::Raw;

impl Apps {
    /// The refresh tokens of an app, whoever the user: pages of 200.
    ///
    /// **Source**: Okta, "List all application refresh tokens".
    pub fn tokens(&self, app_id: impl AsRef<str>) -> Listing<RefreshToken> {
        Listing::paged(&self.client, &["apps", app_id.as_ref(), "tokens"], 200)
    }

    /// One refresh token of an app.
    ///
    /// **Source**: Okta, "Retrieve an application token".
    pub async fn token(
        &self,
        app_id: impl AsRef<str>,
        token_id: impl AsRef<str>,
    ) -> Result<Raw<RefreshToken>, Error> {
        let path = ["apps", app_id.as_ref(), "tokens", token_id.as_ref()];
        self.client.api(Method::GET, &path).document().await
    }

    /// Ends a refresh token of an app.
    ///
    /// **Source**: Okta, "Revoke an application token".
    pub async fn revoke_token(
        &self,
        app_id: impl AsRef<str>,
        token_id: impl AsRef<str>,
    ) -> Result<(), Error> {
        let path = ["apps", app_id.as_ref(), "tokens", token_id.as_ref()];
        self.client.api(Method::DELETE, &path).done().await
    }

    /// Ends every refresh token of an app.
    ///
    /// **Source**: Okta, "Revoke all application tokens".
    pub async fn revoke_tokens(&self, app_id: impl AsRef<str>) -> Result<(), Error> {
        self.client.api(Method::DELETE, &["apps", app_id.as_ref(), "tokens"]).done().await
    }
}
