//! Creating, changing and deleting groups; members.
//!
//! Only an `OKTA_GROUP` can be written to: look at [`Group::group_type`] before.

use http::Method;
use serde::Serialize;

use super::{Group, Groups};
use crate::edit::Edit;
use crate::error::Error;
use crate::raw::Raw;

/// A group to be created.
///
/// **Source**: Okta, "Add a group".
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
#[must_use = "a group is created by `Groups::create`"]
pub struct NewGroup(Edit);

impl NewGroup {
    /// A group with a name: 1 to 255 characters, unique.
    pub fn new(name: impl AsRef<str>) -> Self {
        Self(Edit::new().set("/profile/name", name.as_ref()))
    }

    /// What it is for. At most 1,024 characters.
    pub fn description(self, text: impl AsRef<str>) -> Self {
        Self(self.0.set("/profile/description", text.as_ref()))
    }

    /// An attribute of the org's own, by its name in the group schema.
    pub fn attribute(self, name: &str, value: impl Serialize) -> Self {
        let name = name.replace('~', "~0").replace('/', "~1");
        Self(self.0.set(&format!("/profile/{name}"), value))
    }
}

impl Groups {
    /// Creates a group. Never repeated where its fate is unknown: look for the name before you try again.
    ///
    /// **Source**: Okta, "Add a group".
    pub async fn create(&self, group: &impl Serialize) -> Result<Raw<Group>, Error> {
        self.client.api(Method::POST, &["groups"]).json(group).document().await
    }

    /// Replaces the whole profile: what the body leaves out is cleared. Begin with what was read: [`Raw::edit`].
    ///
    /// **Source**: Okta, "Replace a group".
    pub async fn replace(
        &self,
        group_id: impl AsRef<str>,
        body: &impl Serialize,
    ) -> Result<Raw<Group>, Error> {
        self.client.api(Method::PUT, &["groups", group_id.as_ref()]).json(body).document().await
    }

    /// Deletes a group.
    ///
    /// **Source**: Okta, "Delete a group".
    pub async fn delete(&self, group_id: impl AsRef<str>) -> Result<(), Error> {
        self.client.api(Method::DELETE, &["groups", group_id.as_ref()]).done().await
    }

    /// Makes a user a member. Nothing happens where it is one.
    ///
    /// **Source**: Okta, "Assign a user to a group".
    pub async fn add_member(&self, group_id: impl AsRef<str>, user_id: impl AsRef<str>) -> Result<(), Error> {
        let path = ["groups", group_id.as_ref(), "users", user_id.as_ref()];
        self.client.api(Method::PUT, &path).done().await
    }

    /// Takes a member out. Nothing happens where the user is none.
    ///
    /// **Source**: Okta, "Unassign a user from a group".
    pub async fn remove_member(
        &self,
        group_id: impl AsRef<str>,
        user_id: impl AsRef<str>,
    ) -> Result<(), Error> {
        let path = ["groups", group_id.as_ref(), "users", user_id.as_ref()];
        self.client.api(Method::DELETE, &path).idempotent().done().await
    }
}
