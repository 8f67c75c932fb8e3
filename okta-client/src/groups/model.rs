//! A group as Okta sends it.

use serde::Deserialize;

use crate::decode::null_is_default;
use crate::id::{AppId, GroupId};
use crate::open_enum::open_enum;
use crate::timestamp::Timestamp;

/// A group.
///
/// **Shape**: `null` and absent are both `None`. Groups do not nest.
///
/// **Source**: Okta, "Groups".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Group {
    /// `id`.
    pub id: GroupId,
    /// `type`.
    #[serde(rename = "type")]
    pub group_type: Option<GroupType>,
    /// `created`.
    pub created: Option<Timestamp>,
    /// `lastUpdated`: moves when the profile changes, and only then.
    pub last_updated: Option<Timestamp>,
    /// `lastMembershipUpdated`: moves when a member is added or removed.
    pub last_membership_updated: Option<Timestamp>,
    /// `profile`: the base attributes. Absent or `null` is empty.
    #[serde(default, deserialize_with = "null_is_default")]
    pub profile: GroupProfile,
    /// `source`: the app that an `APP_GROUP` is imported from.
    pub source: Option<GroupSource>,
}

/// The base attributes of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct GroupProfile {
    /// `name`: unique within a source.
    pub name: Option<String>,
    /// `description`.
    pub description: Option<String>,
}

/// Where an imported group comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct GroupSource {
    /// `id`.
    pub id: AppId,
}

open_enum! {
    /// Who governs a group.
    GroupType {
        /// Okta's admins and rules:
        OktaGroup = "OKTA_GROUP",
        /// The app it is imported from; its members cannot be changed in Okta:
        AppGroup = "APP_GROUP",
        /// Okta itself:
        BuiltIn = "BUILT_IN",
    }
}
