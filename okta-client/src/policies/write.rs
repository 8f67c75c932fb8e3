//! Creating, changing and deleting policies. Their documents differ by type, so a body is an [`Edit`](crate::Edit), or a struct
//! of yours.

use http::Method;
use serde::Serialize;

use super::{Policies, Policy};
use crate::error::Error;
use crate::raw::Raw;

impl Policies {
    /// Creates a policy, in use at once. Never repeated where its fate is unknown.
    ///
    /// **Source**: Okta, "Create a policy".
    pub async fn create(&self, policy: &impl Serialize) -> Result<Raw<Policy>, Error> {
        self.client.api(Method::POST, &["policies"]).json(policy).document().await
    }

    /// Replaces a policy: what the body leaves out is cleared. Begin with what was read: [`Raw::edit`].
    ///
    /// **Source**: Okta, "Replace a policy".
    pub async fn replace(
        &self,
        policy_id: impl AsRef<str>,
        body: &impl Serialize,
    ) -> Result<Raw<Policy>, Error> {
        self.client.api(Method::PUT, &["policies", policy_id.as_ref()]).json(body).document().await
    }

    /// Deletes a policy with its rules.
    ///
    /// **Source**: Okta, "Delete a policy".
    pub async fn delete(&self, policy_id: impl AsRef<str>) -> Result<(), Error> {
        self.client.api(Method::DELETE, &["policies", policy_id.as_ref()]).done().await
    }

    /// Puts a policy into use.
    ///
    /// **Source**: Okta, "Activate a policy".
    pub async fn activate(&self, policy_id: impl AsRef<str>) -> Result<(), Error> {
        self.client.api(Method::POST, &["policies", policy_id.as_ref(), "lifecycle", "activate"]).done().await
    }

    /// Takes a policy out of use.
    ///
    /// **Source**: Okta, "Deactivate a policy".
    pub async fn deactivate(&self, policy_id: impl AsRef<str>) -> Result<(), Error> {
        self.client
            .api(Method::POST, &["policies", policy_id.as_ref(), "lifecycle", "deactivate"])
            .done()
            .await
    }
}
