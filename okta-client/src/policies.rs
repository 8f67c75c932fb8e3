//! Policies: what the org demands at sign-in and of whom, each an ordered list of rules.

mod model;
mod rules;
mod write;

pub use self::model::{Policy, PolicyMapping, PolicyRule, PolicyType};

use http::Method;

use crate::client::Client;
use crate::error::Error;
use crate::listing::Listing;
use crate::raw::Raw;

/// Calls about policies. Made by [`Client::policies`].
///
/// # Errors
/// [`Error::is_not_found`] where there is no such policy or rule.
///
/// # Cancel safety
/// Dropping the future of a call gives it up; a change may or may not have happened.
#[derive(Debug, Clone)]
pub struct Policies {
    client: Client,
}

impl Policies {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Every policy of a type. Okta answers 400 for a type that the org does not have.
    ///
    /// **Source**: Okta, "List all policies".
    pub fn list(&self, policy_type: PolicyType) -> Listing<Policy> {
        Listing::whole(&self.client, &["policies"]).query("type", policy_type.as_str())
    }

    /// One policy.
    ///
    /// **Source**: Okta, "Retrieve a policy".
    pub async fn get(&self, policy_id: impl AsRef<str>) -> Result<Raw<Policy>, Error> {
        self.client.api(Method::GET, &["policies", policy_id.as_ref()]).document().await
    }

    /// What a policy is applied to: of an access policy, the apps that use it. Not paged.
    ///
    /// **Source**: Okta, "List all resources mapped to a policy".
    pub fn mappings(&self, policy_id: impl AsRef<str>) -> Listing<PolicyMapping> {
        Listing::whole(&self.client, &["policies", policy_id.as_ref(), "mappings"])
    }
}
