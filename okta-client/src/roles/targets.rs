//! How far a standard role goes: to some groups or some apps, where it is not the whole org.
//!
//! A role without targets goes everywhere, so Okta refuses to remove the last one: unassign the role and assign it anew.

use http::Method;
use serde::Deserialize;

use super::{AssignmentType, Holder, Roles};
use crate::error::Error;
use crate::groups::Group;
use crate::id::AppId;
use crate::listing::Listing;
use crate::timestamp::Timestamp;

/// What a user's role goes to, by its Okta resource name.
///
/// **Source**: Okta, "Retrieve all role targets for an assigned role".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RoleTarget {
    /// `orn`: `orn:okta:directory:{org}:groups:{group}`, `orn:okta:idp:{org}:apps:{name}` or `…:{name}:{app}`.
    pub orn: Option<String>,
    /// `assignmentType`: whether the role is the user's own or a group's.
    pub assignment_type: Option<AssignmentType>,
    /// `expiration`.
    pub expiration: Option<Timestamp>,
}

/// An app, or every app of a kind, that a role goes to.
///
/// **Source**: Okta, "List all application targets of a role".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CatalogApp {
    /// `name`: the kind's key in Okta's catalogue.
    pub name: String,
    /// `id`: of the one app. `None` where it is every app of the kind.
    pub id: Option<AppId>,
    /// `displayName`.
    pub display_name: Option<String>,
    /// `status`: `ACTIVE` or `INACTIVE`.
    pub status: Option<String>,
    /// `lastUpdated`.
    pub last_updated: Option<Timestamp>,
}

impl Roles {
    /// Groups and apps that a user's role goes to, also where it comes through a group: pages of 200. `role` is the id of the assignment or
    /// of the role.
    ///
    /// **Source**: Okta, "Retrieve all role targets for an assigned role".
    pub fn targets(&self, user_id: impl AsRef<str>, role: impl AsRef<str>) -> Listing<RoleTarget> {
        Listing::paged(&self.client, &["users", user_id.as_ref(), "roles", role.as_ref(), "targets"], 200)
    }

    /// The groups that a role goes to: pages of 200. Empty where it goes to all.
    ///
    /// **Source**: Okta, "List all group targets of a role".
    pub fn target_groups(&self, holder: &Holder, assignment_id: impl AsRef<str>) -> Listing<Group> {
        self.targeted(holder, &[assignment_id.as_ref(), "targets", "groups"])
    }

    /// The apps that a role goes to: pages of 200. Empty where it goes to all.
    ///
    /// **Source**: Okta, "List all application targets of a role".
    pub fn target_apps(&self, holder: &Holder, assignment_id: impl AsRef<str>) -> Listing<CatalogApp> {
        self.targeted(holder, &[assignment_id.as_ref(), "targets", "catalog", "apps"])
    }

    /// Has a role go to a group. The first target takes the rest of the org away from it.
    ///
    /// **Source**: Okta, "Assign a group target to a role".
    pub async fn add_target_group(
        &self,
        holder: &Holder,
        assignment_id: impl AsRef<str>,
        group_id: impl AsRef<str>,
    ) -> Result<(), Error> {
        let path = [assignment_id.as_ref(), "targets", "groups", group_id.as_ref()];
        self.at(Method::PUT, holder, &path).done().await
    }

    /// Has a role no longer go to a group, which is not its last target.
    ///
    /// **Source**: Okta, "Unassign a group target from a role".
    pub async fn remove_target_group(
        &self,
        holder: &Holder,
        assignment_id: impl AsRef<str>,
        group_id: impl AsRef<str>,
    ) -> Result<(), Error> {
        let path = [assignment_id.as_ref(), "targets", "groups", group_id.as_ref()];
        self.at(Method::DELETE, holder, &path).done().await
    }

    /// Has a role go to an app, or to every app of its kind. The first target takes the rest of the org away from it.
    ///
    /// **Source**: Okta, "Assign an application target to a role".
    pub async fn add_target_app(
        &self,
        holder: &Holder,
        assignment_id: impl AsRef<str>,
        app_name: impl AsRef<str>,
        app_id: Option<&AppId>,
    ) -> Result<(), Error> {
        let path = app_path(assignment_id.as_ref(), app_name.as_ref(), app_id);
        self.at(Method::PUT, holder, &path).done().await
    }

    /// Has a role no longer go to an app or a kind of apps, which is not its last target.
    ///
    /// **Source**: Okta, "Unassign an application target from a role".
    pub async fn remove_target_app(
        &self,
        holder: &Holder,
        assignment_id: impl AsRef<str>,
        app_name: impl AsRef<str>,
        app_id: Option<&AppId>,
    ) -> Result<(), Error> {
        let path = app_path(assignment_id.as_ref(), app_name.as_ref(), app_id);
        self.at(Method::DELETE, holder, &path).done().await
    }

    fn targeted<T: serde::de::DeserializeOwned + Send + 'static>(
        &self,
        holder: &Holder,
        path: &[&str],
    ) -> Listing<T> {
        Listing::at(&self.client, holder.url(&self.client, path)).limit(200)
    }
}

fn app_path<'a>(assignment_id: &'a str, app_name: &'a str, app_id: Option<&'a AppId>) -> Vec<&'a str> {
    let kind = [assignment_id, "targets", "catalog", "apps", app_name];
    kind.into_iter().chain(app_id.map(AppId::as_str)).collect()
}
