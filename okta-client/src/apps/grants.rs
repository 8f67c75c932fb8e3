//! What an app may ask of Okta's API: scopes that an admin consented to.

use http::Method;
use serde_json::json;

use super::Apps;
use crate::error::Error;
use crate::grants::Grant;
use crate::listing::Listing;
use crate::raw::Raw;

impl Apps {
    /// The scopes granted to an app. Not paged.
    ///
    /// **Source**: Okta, "List all app grants".
    pub fn grants(&self, app_id: impl AsRef<str>) -> Listing<Grant> {
        Listing::whole(&self.client, &["apps", app_id.as_ref(), "grants"])
    }

    /// One grant.
    ///
    /// **Source**: Okta, "Retrieve an app grant".
    pub async fn grant(
        &self,
        app_id: impl AsRef<str>,
        grant_id: impl AsRef<str>,
    ) -> Result<Raw<Grant>, Error> {
        let path = ["apps", app_id.as_ref(), "grants", grant_id.as_ref()];
        self.client.api(Method::GET, &path).document().await
    }

    /// Grants a scope of the org's API, such as `okta.users.read`.
    ///
    /// **Source**: Okta, "Grant consent to scope".
    pub async fn add_grant(
        &self,
        app_id: impl AsRef<str>,
        scope: impl AsRef<str>,
    ) -> Result<Raw<Grant>, Error> {
        let issuer = self.client.org_url().origin().ascii_serialization();
        let body = json!({ "scopeId": scope.as_ref(), "issuer": issuer });
        self.client.api(Method::POST, &["apps", app_id.as_ref(), "grants"]).json(&body).document().await
    }

    /// Takes a grant away.
    ///
    /// **Source**: Okta, "Revoke an app grant".
    pub async fn revoke_grant(
        &self,
        app_id: impl AsRef<str>,
        grant_id: impl AsRef<str>,
    ) -> Result<(), Error> {
        let path = ["apps", app_id.as_ref(), "grants", grant_id.as_ref()];
        self.client.api(Method::DELETE, &path).done().await
    }
}
