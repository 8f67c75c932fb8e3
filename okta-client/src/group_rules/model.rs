//! A group rule as Okta sends it.

use serde::Deserialize;

use crate::decode::null_is_default;
use crate::id::{GroupId, GroupRuleId};
use crate::open_enum::open_enum;
use crate::timestamp::Timestamp;

/// A rule.
///
/// **Source**: Okta, "Group rules".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GroupRule {
    /// `id`.
    pub id: GroupRuleId,
    /// `name`.
    pub name: Option<String>,
    /// `status`.
    pub status: Option<GroupRuleStatus>,
    /// `created`.
    pub created: Option<Timestamp>,
    /// `lastUpdated`.
    pub last_updated: Option<Timestamp>,
    /// `conditions`: whom it is about. People and groups it leaves out are read with [`Raw::extra`](crate::Raw::extra).
    pub conditions: Option<GroupRuleConditions>,
    /// `actions`: what it does to them. Cannot be changed.
    pub actions: Option<GroupRuleActions>,
}

/// Whom a rule is about.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct GroupRuleConditions {
    /// `expression`.
    pub expression: Option<GroupRuleExpression>,
}

/// A condition in Okta's expression language.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct GroupRuleExpression {
    /// `value`, such as `user.department=="Engineering"`.
    pub value: Option<String>,
    /// `type`: `urn:okta:expression:1.0`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GroupRuleActions {
    /// `assignUserToGroups`.
    pub assign_user_to_groups: Option<AssignUserToGroups>,
}

/// The groups that people are put into.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AssignUserToGroups {
    /// `groupIds`. Absent or `null` is empty.
    #[serde(default, deserialize_with = "null_is_default")]
    pub group_ids: Vec<GroupId>,
}

open_enum! {
    /// Whether a rule works.
    GroupRuleStatus {
        Active = "ACTIVE",
        Inactive = "INACTIVE",
        /// A group it names is gone:
        Invalid = "INVALID",
    }
}
