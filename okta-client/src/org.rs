//! The org itself.

mod model;

pub use self::model::{OrgContact, OrgContactType, OrgContactUser, OrgSettings};

use http::Method;
use serde::Serialize;

use crate::client::Client;
use crate::error::Error;
use crate::listing::Listing;
use crate::raw::Raw;

/// Calls about the org. Made by [`Client::org`].
///
/// # Errors
/// [`Error::is_not_found`] where there is no such contact.
///
/// # Cancel safety
/// Dropping the future of a call gives it up; a change may or may not have happened.
#[derive(Debug, Clone)]
#[doc(alias = "OrgSettingApi")]
pub struct OrgApi {
    client: Client,
}

impl OrgApi {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Name, address and state of the org.
    ///
    /// **Source**: Okta, "Retrieve the org general settings".
    pub async fn get(&self) -> Result<Raw<OrgSettings>, Error> {
        self.client.api(Method::GET, &["org"]).document().await
    }

    /// Changes what the body holds of the settings.
    ///
    /// **Source**: Okta, "Update the org general settings".
    pub async fn update(&self, change: &impl Serialize) -> Result<Raw<OrgSettings>, Error> {
        self.client.api(Method::POST, &["org"]).json(change).document().await
    }

    /// Replaces the settings. Begin with what was read: [`Raw::edit`].
    ///
    /// **Source**: Okta, "Replace the org general settings".
    pub async fn replace(&self, body: &impl Serialize) -> Result<Raw<OrgSettings>, Error> {
        self.client.api(Method::PUT, &["org"]).json(body).document().await
    }

    /// The kinds of contacts. Not paged.
    ///
    /// **Source**: Okta, "List all org contact types".
    pub fn contacts(&self) -> Listing<OrgContact> {
        Listing::whole(&self.client, &["org", "contacts"])
    }

    /// Who is the contact of a kind.
    ///
    /// **Source**: Okta, "Retrieve the contact type user".
    pub async fn contact(&self, contact_type: OrgContactType) -> Result<Raw<OrgContactUser>, Error> {
        let path = ["org", "contacts", contact_type.as_str()];
        self.client.api(Method::GET, &path).document().await
    }
}
