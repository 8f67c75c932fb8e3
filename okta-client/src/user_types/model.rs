//! A user type as Okta sends it.

use serde::{Deserialize, Serialize};

use crate::id::UserTypeId;
use crate::raw::Raw;
use crate::timestamp::Timestamp;

/// A type of users.
///
/// **Source**: Okta, "User Types".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserType {
    /// `id`.
    pub id: UserTypeId,
    /// `name`.
    pub name: Option<String>,
    /// `displayName`.
    pub display_name: Option<String>,
    /// `description`.
    pub description: Option<String>,
    /// `default`: whether users are of it who were given none.
    #[serde(rename = "default")]
    pub is_default: Option<bool>,
    /// `createdBy`.
    pub created_by: Option<String>,
    /// `lastUpdatedBy`.
    pub last_updated_by: Option<String>,
    /// `created`.
    pub created: Option<Timestamp>,
    /// `lastUpdated`.
    pub last_updated: Option<Timestamp>,
}

impl Raw<UserType> {
    /// The id of the type's schema, for [`Schemas::user`](crate::schemas::Schemas::user).
    pub fn schema_id(&self) -> Option<String> {
        let href: String = self.extra("/_links/schema/href").ok()??;
        href.rsplit('/').next().map(str::to_owned)
    }
}

/// A user type to be created.
///
/// **Source**: Okta, "Create a user type".
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use = "a type is created by `UserTypes::create`"]
pub struct NewUserType {
    name: String,
    display_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

impl NewUserType {
    /// A type with a name for programs, which never changes, and one for people.
    pub fn new(name: impl Into<String>, display_name: impl Into<String>) -> Self {
        Self { name: name.into(), display_name: display_name.into(), description: None }
    }

    /// What it is for.
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }
}
