//! Who answers for a group.

use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::Groups;
use crate::decode::time_if_readable;
use crate::error::Error;
use crate::listing::Listing;
use crate::open_enum::open_enum;
use crate::raw::Raw;
use crate::timestamp::Timestamp;

/// An owner of a group.
///
/// **Source**: Okta, "Group owners".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GroupOwner {
    /// `id`: of a user or a group.
    pub id: String,
    /// `type`.
    #[serde(rename = "type")]
    pub owner_type: Option<OwnerType>,
    /// `displayName`.
    pub display_name: Option<String>,
    /// `originId`: of the app that the ownership is imported from.
    pub origin_id: Option<String>,
    /// `originType`: `OKTA_DIRECTORY` or `APPLICATION`.
    pub origin_type: Option<String>,
    /// `resolved`: whether an imported owner is someone in Okta.
    pub resolved: Option<bool>,
    /// `lastUpdated`: `None` also where it is not RFC 3339, as in some of Okta's examples.
    #[serde(default, deserialize_with = "time_if_readable")]
    pub last_updated: Option<Timestamp>,
}

open_enum! {
    /// What an owner is.
    OwnerType { User = "USER", Group = "GROUP" }
}

impl Groups {
    /// The owners of a group: pages of 1,000.
    ///
    /// **Source**: Okta, "List all group owners".
    pub fn owners(&self, group_id: impl AsRef<str>) -> Listing<GroupOwner> {
        Listing::paged(&self.client, &["groups", group_id.as_ref(), "owners"], 1000)
    }

    /// Makes a user or a group an owner.
    ///
    /// **Source**: Okta, "Assign a group owner".
    pub async fn add_owner(
        &self,
        group_id: impl AsRef<str>,
        owner_type: OwnerType,
        owner_id: impl AsRef<str>,
    ) -> Result<Raw<GroupOwner>, Error> {
        let body = json!({ "id": owner_id.as_ref(), "type": owner_type });
        self.client.api(Method::POST, &["groups", group_id.as_ref(), "owners"]).json(&body).document().await
    }

    /// Takes an ownership away.
    ///
    /// **Source**: Okta, "Delete a group owner".
    pub async fn remove_owner(
        &self,
        group_id: impl AsRef<str>,
        owner_id: impl AsRef<str>,
    ) -> Result<(), Error> {
        let path = ["groups", group_id.as_ref(), "owners", owner_id.as_ref()];
        self.client.api(Method::DELETE, &path).idempotent().done().await
    }
}
