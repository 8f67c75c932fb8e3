//! Creating, changing and deleting group rules. A rule is inactive when it is created, changed or deleted.

use http::Method;
use serde::Serialize;

use super::{GroupRule, GroupRules};
use crate::edit::Edit;
use crate::error::Error;
use crate::id::GroupId;
use crate::raw::Raw;

/// A rule to be created.
///
/// **Source**: Okta, "Create a group rule".
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
#[must_use = "a rule is created by `GroupRules::create`"]
pub struct NewGroupRule(Edit);

impl NewGroupRule {
    /// A rule that puts whom an expression of Okta's language fits into groups. The name has 1 to 50 characters; the groups
    /// cannot be changed afterwards.
    pub fn new(name: impl AsRef<str>, expression: impl AsRef<str>, groups: &[GroupId]) -> Self {
        let rule = Edit::new().set("/type", "group_rule").set("/name", name.as_ref());
        let rule = rule.set("/conditions/expression/type", "urn:okta:expression:1.0");
        let rule = rule.set("/conditions/expression/value", expression.as_ref());
        Self(rule.set("/actions/assignUserToGroups/groupIds", groups))
    }
}

/// What becomes of the members that a rule made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Members {
    /// They stay.
    Keep,
    /// They leave their groups.
    Remove,
}

impl GroupRules {
    /// Creates a rule, not yet active. Never repeated where its fate is unknown.
    ///
    /// **Source**: Okta, "Create a group rule".
    pub async fn create(&self, rule: &impl Serialize) -> Result<Raw<GroupRule>, Error> {
        self.client.api(Method::POST, &["groups", "rules"]).json(rule).document().await
    }

    /// Replaces an inactive rule; its actions have to be as they were. Begin with what was read: [`Raw::edit`].
    ///
    /// **Source**: Okta, "Replace a group rule".
    pub async fn replace(
        &self,
        rule_id: impl AsRef<str>,
        body: &impl Serialize,
    ) -> Result<Raw<GroupRule>, Error> {
        self.client.api(Method::PUT, &["groups", "rules", rule_id.as_ref()]).json(body).document().await
    }

    /// Deletes an inactive rule. Its members leave later, if they do.
    ///
    /// **Source**: Okta, "Delete a group rule".
    pub async fn delete(&self, rule_id: impl AsRef<str>, members: Members) -> Result<(), Error> {
        let request = self.client.api(Method::DELETE, &["groups", "rules", rule_id.as_ref()]);
        request.query("removeUsers", (members == Members::Remove).to_string()).done().await
    }

    /// Sets a rule to work. Memberships follow later.
    ///
    /// **Source**: Okta, "Activate a group rule".
    pub async fn activate(&self, rule_id: impl AsRef<str>) -> Result<(), Error> {
        let path = ["groups", "rules", rule_id.as_ref(), "lifecycle", "activate"];
        self.client.api(Method::POST, &path).done().await
    }

    /// Stops a rule. Memberships stay.
    ///
    /// **Source**: Okta, "Deactivate a group rule".
    pub async fn deactivate(&self, rule_id: impl AsRef<str>) -> Result<(), Error> {
        let path = ["groups", "rules", rule_id.as_ref(), "lifecycle", "deactivate"];
        self.client.api(Method::POST, &path).done().await
    }
}
