//! Principal rate limits: which share of each bucket a token or an app may use.

mod model;

pub use self::model::{PrincipalRateLimit, PrincipalType};

use http::Method;
use serde::Serialize;

use crate::client::Client;
use crate::error::Error;
use crate::expression::filter;
use crate::listing::Listing;
use crate::raw::Raw;

/// Calls about principal rate limits. Made by [`Client::principal_rate_limits`].
///
/// # Errors
/// [`Error::is_not_found`] where there is no such principal.
///
/// # Cancel safety
/// Dropping the future of a call gives it up; a change may or may not have happened.
#[derive(Debug, Clone)]
pub struct PrincipalRateLimits {
    client: Client,
}

impl PrincipalRateLimits {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// The shares of all principals of a type: pages of 50. Okta wants one type named.
    ///
    /// **Source**: Okta, "List all principal rate limits".
    pub fn list(&self, principal_type: PrincipalType) -> Listing<PrincipalRateLimit> {
        let wanted = filter("principalType").eq(principal_type);
        Listing::paged(&self.client, &["principal-rate-limits"], 50).expression("filter", wanted)
    }

    /// One share.
    ///
    /// **Source**: Okta, "Retrieve a principal rate limit".
    pub async fn get(&self, id: impl AsRef<str>) -> Result<Raw<PrincipalRateLimit>, Error> {
        self.client.api(Method::GET, &["principal-rate-limits", id.as_ref()]).document().await
    }

    /// Replaces a share: `defaultPercentage`, `defaultConcurrencyPercentage`. Begin with what was read: [`Raw::edit`]. There is no
    /// way to delete one.
    ///
    /// **Source**: Okta, "Replace a principal rate limit".
    pub async fn replace(
        &self,
        id: impl AsRef<str>,
        body: &impl Serialize,
    ) -> Result<Raw<PrincipalRateLimit>, Error> {
        self.client.api(Method::PUT, &["principal-rate-limits", id.as_ref()]).json(body).document().await
    }
}
