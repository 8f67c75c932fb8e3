//! API tokens: who made one and when it was last good. Never the token.

mod model;

pub use self::model::ApiToken;

use http::Method;

use crate::client::Client;
use crate::error::Error;
use crate::listing::Listing;
use crate::raw::Raw;

/// Calls about API tokens. Made by [`Client::api_tokens`].
///
/// # Errors
/// [`Error::is_not_found`] where there is no such token.
///
/// # Cancel safety
/// Dropping the future of a call gives it up; a change may or may not have happened.
#[derive(Debug, Clone)]
pub struct ApiTokens {
    client: Client,
}

impl ApiTokens {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Every token. Not paged.
    ///
    /// **Source**: Okta, "List all API token metadata".
    pub fn list(&self) -> Listing<ApiToken> {
        Listing::whole(&self.client, &["api-tokens"])
    }

    /// One token.
    ///
    /// **Source**: Okta, "Retrieve an API token's metadata".
    pub async fn get(&self, token_id: impl AsRef<str>) -> Result<Raw<ApiToken>, Error> {
        self.client.api(Method::GET, &["api-tokens", token_id.as_ref()]).document().await
    }

    /// Ends the token that this client sends. Every later call is refused.
    ///
    /// **Source**: Okta, "Revoke the current API token".
    pub async fn revoke_current(&self) -> Result<(), Error> {
        self.client.api(Method::DELETE, &["api-tokens", "current"]).done().await
    }

    /// Ends a token.
    ///
    /// **Source**: Okta, "Revoke an API token".
    pub async fn revoke(&self, token_id: impl AsRef<str>) -> Result<(), Error> {
        self.client.api(Method::DELETE, &["api-tokens", token_id.as_ref()]).done().await
    }
}
