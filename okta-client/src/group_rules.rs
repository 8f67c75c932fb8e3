//! Group rules: who is put into which group by what the profile says.

mod model;
mod write;

pub use self::model::{
    AssignUserToGroups, GroupRule, GroupRuleActions, GroupRuleConditions, GroupRuleExpression,
    GroupRuleStatus,
};
pub use self::write::{Members, NewGroupRule};

use http::Method;

use crate::client::Client;
use crate::error::Error;
use crate::listing::Listing;
use crate::raw::Raw;

/// Calls about group rules. Made by [`Client::group_rules`].
///
/// # Errors
/// [`Error::is_not_found`] where there is no such rule.
///
/// # Cancel safety
/// Dropping the future of a call gives it up; a change may or may not have happened.
#[derive(Debug, Clone)]
pub struct GroupRules {
    client: Client,
}

impl Listing<GroupRule> {
    /// Rules with this word in their name.
    pub fn search(self, word: impl Into<String>) -> Self {
        self.query("search", word)
    }
}

impl GroupRules {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Every rule: pages of 200.
    ///
    /// **Source**: Okta, "List all group rules".
    pub fn list(&self) -> Listing<GroupRule> {
        Listing::paged(&self.client, &["groups", "rules"], 200)
    }

    /// One rule.
    ///
    /// **Source**: Okta, "Retrieve a group rule".
    pub async fn get(&self, rule_id: impl AsRef<str>) -> Result<Raw<GroupRule>, Error> {
        self.client.api(Method::GET, &["groups", "rules", rule_id.as_ref()]).document().await
    }
}
