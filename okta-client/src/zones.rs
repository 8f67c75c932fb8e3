//! Network zones: addresses and places that policies speak of.

mod model;

pub use self::model::{Zone, ZoneAddress, ZoneType, ZoneUsage};

use http::Method;
use serde::Serialize;

use crate::client::Client;
use crate::error::Error;
use crate::expression::{Expression, Filter};
use crate::listing::Listing;
use crate::raw::Raw;

/// Calls about network zones. Made by [`Client::zones`].
///
/// # Errors
/// [`Error::is_not_found`] where there is no such zone.
///
/// # Cancel safety
/// Dropping the future of a call gives it up; a change may or may not have happened.
#[derive(Debug, Clone)]
pub struct Zones {
    client: Client,
}

impl Zones {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Every zone: pages of 200.
    ///
    /// **Source**: Okta, "List all network zones".
    pub fn list(&self) -> Listing<Zone> {
        Listing::paged(&self.client, &["zones"], 200)
    }

    /// One zone.
    ///
    /// **Source**: Okta, "Retrieve a network zone".
    pub async fn get(&self, zone_id: impl AsRef<str>) -> Result<Raw<Zone>, Error> {
        self.client.api(Method::GET, &["zones", zone_id.as_ref()]).document().await
    }

    /// Creates a zone: `{"type":"IP","name":…,"gateways":[{"type":"CIDR","value":…}]}`. Never repeated where its fate is unknown.
    ///
    /// **Source**: Okta, "Create a network zone".
    pub async fn create(&self, zone: &impl Serialize) -> Result<Raw<Zone>, Error> {
        self.client.api(Method::POST, &["zones"]).json(zone).document().await
    }

    /// Replaces a zone: what the body leaves out is cleared. Begin with what was read: [`Raw::edit`].
    ///
    /// **Source**: Okta, "Replace a network zone".
    pub async fn replace(&self, zone_id: impl AsRef<str>, body: &impl Serialize) -> Result<Raw<Zone>, Error> {
        self.client.api(Method::PUT, &["zones", zone_id.as_ref()]).json(body).document().await
    }

    /// Deletes a zone.
    ///
    /// **Source**: Okta, "Delete a network zone".
    pub async fn delete(&self, zone_id: impl AsRef<str>) -> Result<(), Error> {
        self.client.api(Method::DELETE, &["zones", zone_id.as_ref()]).done().await
    }

    /// Puts a zone into use.
    ///
    /// **Source**: Okta, "Activate a network zone".
    pub async fn activate(&self, zone_id: impl AsRef<str>) -> Result<Raw<Zone>, Error> {
        self.client.api(Method::POST, &["zones", zone_id.as_ref(), "lifecycle", "activate"]).document().await
    }

    /// Takes a zone out of use.
    ///
    /// **Source**: Okta, "Deactivate a network zone".
    pub async fn deactivate(&self, zone_id: impl AsRef<str>) -> Result<Raw<Zone>, Error> {
        self.client
            .api(Method::POST, &["zones", zone_id.as_ref(), "lifecycle", "deactivate"])
            .document()
            .await
    }
}

impl Listing<Zone> {
    /// A SCIM expression over `id` and `usage`.
    pub fn filter(self, expression: impl Into<Expression<Filter>>) -> Self {
        self.expression("filter", expression.into())
    }
}
