//! The groups of an app.

use http::Method;
use serde::{Deserialize, Serialize};

use super::Apps;
use crate::error::Error;
use crate::id::GroupId;
use crate::listing::Listing;
use crate::raw::Raw;
use crate::timestamp::Timestamp;

/// A group's assignment to an app.
///
/// **Shape**: what it gives its members is read with [`Raw::extra`] at `/profile/…`.
///
/// **Source**: Okta, "Application Groups".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AppGroup {
    /// `id`: the group's id.
    pub id: GroupId,
    /// `priority`: of two assignments of one user, the smaller number counts.
    pub priority: Option<i64>,
    /// `lastUpdated`.
    pub last_updated: Option<Timestamp>,
}

impl Apps {
    /// The groups assigned to an app: pages of 200, at least 20.
    ///
    /// **Source**: Okta, "List all application groups".
    pub fn groups(&self, app_id: impl AsRef<str>) -> Listing<AppGroup> {
        Listing::paged(&self.client, &["apps", app_id.as_ref(), "groups"], 200)
    }

    /// One group's assignment to an app.
    ///
    /// **Source**: Okta, "Retrieve an application group".
    pub async fn group(
        &self,
        app_id: impl AsRef<str>,
        group_id: impl AsRef<str>,
    ) -> Result<Raw<AppGroup>, Error> {
        let path = ["apps", app_id.as_ref(), "groups", group_id.as_ref()];
        self.client.api(Method::GET, &path).document().await
    }

    /// Assigns a group, or replaces its assignment: `priority` and `profile`, or [`Edit::new`](crate::Edit::new) for neither. Its
    /// members are assigned one by one afterwards.
    ///
    /// **Source**: Okta, "Assign an application group".
    pub async fn assign_group(
        &self,
        app_id: impl AsRef<str>,
        group_id: impl AsRef<str>,
        assignment: &impl Serialize,
    ) -> Result<Raw<AppGroup>, Error> {
        let path = ["apps", app_id.as_ref(), "groups", group_id.as_ref()];
        self.client.api(Method::PUT, &path).json(assignment).document().await
    }

    /// Changes an assignment by JSON patch (RFC 6902), an array of operations such as
    /// `[{"op":"replace","path":"/priority","value":0}]`.
    ///
    /// **Source**: Okta, "Update an application group".
    pub async fn update_group(
        &self,
        app_id: impl AsRef<str>,
        group_id: impl AsRef<str>,
        patch: &impl Serialize,
    ) -> Result<Raw<AppGroup>, Error> {
        let path = ["apps", app_id.as_ref(), "groups", group_id.as_ref()];
        self.client.api(Method::PATCH, &path).json(patch).document().await
    }

    /// Takes an assignment away, from all members.
    ///
    /// **Source**: Okta, "Unassign an application group".
    pub async fn unassign_group(
        &self,
        app_id: impl AsRef<str>,
        group_id: impl AsRef<str>,
    ) -> Result<(), Error> {
        let path = ["apps", app_id.as_ref(), "groups", group_id.as_ref()];
        self.client.api(Method::DELETE, &path).idempotent().done().await
    }
}
