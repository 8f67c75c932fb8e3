//! The rules of a policy.

use http::Method;
use serde::Serialize;

use super::{Policies, PolicyRule};
use crate::error::Error;
use crate::listing::Listing;
use crate::raw::Raw;

impl Policies {
    /// The rules of a policy. Not paged.
    ///
    /// **Source**: Okta, "List all policy rules".
    pub fn rules(&self, policy_id: impl AsRef<str>) -> Listing<PolicyRule> {
        Listing::whole(&self.client, &["policies", policy_id.as_ref(), "rules"])
    }

    /// One rule.
    ///
    /// **Source**: Okta, "Retrieve a policy rule".
    pub async fn rule(
        &self,
        policy_id: impl AsRef<str>,
        rule_id: impl AsRef<str>,
    ) -> Result<Raw<PolicyRule>, Error> {
        let path = ["policies", policy_id.as_ref(), "rules", rule_id.as_ref()];
        self.client.api(Method::GET, &path).document().await
    }

    /// Adds a rule, in use at once. Never repeated where its fate is unknown.
    ///
    /// **Source**: Okta, "Create a policy rule".
    pub async fn create_rule(
        &self,
        policy_id: impl AsRef<str>,
        rule: &impl Serialize,
    ) -> Result<Raw<PolicyRule>, Error> {
        let path = ["policies", policy_id.as_ref(), "rules"];
        self.client.api(Method::POST, &path).json(rule).document().await
    }

    /// Replaces a rule: what the body leaves out is cleared. Begin with what was read: [`Raw::edit`].
    ///
    /// **Source**: Okta, "Replace a policy rule".
    pub async fn replace_rule(
        &self,
        policy_id: impl AsRef<str>,
        rule_id: impl AsRef<str>,
        body: &impl Serialize,
    ) -> Result<Raw<PolicyRule>, Error> {
        let path = ["policies", policy_id.as_ref(), "rules", rule_id.as_ref()];
        self.client.api(Method::PUT, &path).json(body).document().await
    }

    /// Deletes a rule.
    ///
    /// **Source**: Okta, "Delete a policy rule".
    pub async fn delete_rule(
        &self,
        policy_id: impl AsRef<str>,
        rule_id: impl AsRef<str>,
    ) -> Result<(), Error> {
        let path = ["policies", policy_id.as_ref(), "rules", rule_id.as_ref()];
        self.client.api(Method::DELETE, &path).done().await
    }

    /// Puts a rule into use.
    ///
    /// **Source**: Okta, "Activate a policy rule".
    pub async fn activate_rule(
        &self,
        policy_id: impl AsRef<str>,
        rule_id: impl AsRef<str>,
    ) -> Result<(), Error> {
        self.operate_rule(policy_id.as_ref(), rule_id.as_ref(), "activate").await
    }

    /// Takes a rule out of use.
    ///
    /// **Source**: Okta, "Deactivate a policy rule".
    pub async fn deactivate_rule(
        &self,
        policy_id: impl AsRef<str>,
        rule_id: impl AsRef<str>,
    ) -> Result<(), Error> {
        self.operate_rule(policy_id.as_ref(), rule_id.as_ref(), "deactivate").await
    }

    async fn operate_rule(&self, policy: &str, rule: &str, operation: &str) -> Result<(), Error> {
        let path = ["policies", policy, "rules", rule, "lifecycle", operation];
        self.client.api(Method::POST, &path).done().await
    }
}
