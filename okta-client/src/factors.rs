//! Factors: what a user signs in with besides a password.

mod model;

pub use self::model::{Factor, FactorProvider, FactorStatus, FactorType, SupportedFactor};

use http::Method;
use serde::Serialize;

use crate::client::Client;
use crate::error::Error;
use crate::listing::Listing;
use crate::raw::Raw;

/// Calls about factors. Made by [`Client::factors`].
///
/// # Errors
/// [`Error::is_not_found`] where there is no such user or factor.
///
/// # Cancel safety
/// Dropping the future of a call gives it up; a change may or may not have happened.
#[derive(Debug, Clone)]
pub struct Factors {
    client: Client,
}

impl Factors {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// The factors that a user has enrolled, of those that the user's policy allows. Not paged. A password is none, and
    /// `PENDING_ACTIVATION` is not enrolled yet.
    ///
    /// **Source**: Okta, "List all enrolled factors".
    pub fn list(&self, user_id: impl AsRef<str>) -> Listing<Factor> {
        Listing::whole(&self.client, &["users", user_id.as_ref(), "factors"])
    }

    /// One factor of a user.
    ///
    /// **Source**: Okta, "Retrieve a factor".
    pub async fn get(
        &self,
        user_id: impl AsRef<str>,
        factor_id: impl AsRef<str>,
    ) -> Result<Raw<Factor>, Error> {
        let path = ["users", user_id.as_ref(), "factors", factor_id.as_ref()];
        self.client.api(Method::GET, &path).document().await
    }

    /// The factors that a user may enrol. Not paged.
    ///
    /// **Source**: Okta, "List all supported factors".
    pub fn supported(&self, user_id: impl AsRef<str>) -> Listing<SupportedFactor> {
        Listing::whole(&self.client, &["users", user_id.as_ref(), "factors", "catalog"])
    }

    /// Enrols a factor: `{"factorType":"sms","provider":"OKTA","profile":{…}}`. Most have to be activated then.
    ///
    /// **Source**: Okta, "Enroll a factor".
    pub async fn enroll(
        &self,
        user_id: impl AsRef<str>,
        factor: &impl Serialize,
    ) -> Result<Raw<Factor>, Error> {
        let path = ["users", user_id.as_ref(), "factors"];
        self.client.api(Method::POST, &path).json(factor).document().await
    }

    /// Proves that the user holds the factor: `{"passCode":"123456"}`.
    ///
    /// **Source**: Okta, "Activate a factor".
    pub async fn activate(
        &self,
        user_id: impl AsRef<str>,
        factor_id: impl AsRef<str>,
        proof: &impl Serialize,
    ) -> Result<Raw<Factor>, Error> {
        let path = ["users", user_id.as_ref(), "factors", factor_id.as_ref(), "lifecycle", "activate"];
        self.client.api(Method::POST, &path).json(proof).document().await
    }

    /// Takes a factor away, so that the user may enrol anew.
    ///
    /// **Source**: Okta, "Unenroll a factor".
    pub async fn unenroll(&self, user_id: impl AsRef<str>, factor_id: impl AsRef<str>) -> Result<(), Error> {
        let path = ["users", user_id.as_ref(), "factors", factor_id.as_ref()];
        self.client.api(Method::DELETE, &path).done().await
    }
}
