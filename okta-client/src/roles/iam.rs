//! Everything under `/iam`: who has any role, custom roles, resource sets. These lists page in the body; they look the same here.

use http::Method;

use super::{
    Binding, BindingMember, CustomRole, Permission, ResourceSet, ResourceSetResource, RoleAssignee, Roles,
};
use crate::error::Error;
use crate::listing::Listing;
use crate::raw::Raw;

impl Roles {
    /// Every user with an admin role, direct or through a group: pages of 100. One list in place of a call per user.
    ///
    /// **Source**: Okta, "List all users with role assignments".
    pub fn assignees(&self) -> Listing<RoleAssignee> {
        Listing::paged(&self.client, &["iam", "assignees", "users"], 100)
    }

    /// Every custom role.
    ///
    /// **Source**: Okta, "List all custom roles".
    pub fn custom_roles(&self) -> Listing<CustomRole> {
        Listing::whole(&self.client, &["iam", "roles"])
    }

    /// One custom role, by id or label.
    ///
    /// **Source**: Okta, "Retrieve a role".
    pub async fn custom_role(&self, role: impl AsRef<str>) -> Result<Raw<CustomRole>, Error> {
        self.client.api(Method::GET, &["iam", "roles", role.as_ref()]).document().await
    }

    /// What a custom role allows.
    ///
    /// **Source**: Okta, "List all custom role permissions".
    pub fn permissions(&self, role: impl AsRef<str>) -> Listing<Permission> {
        Listing::whole(&self.client, &["iam", "roles", role.as_ref(), "permissions"])
    }

    /// Every resource set.
    ///
    /// **Source**: Okta, "List all resource sets".
    pub fn resource_sets(&self) -> Listing<ResourceSet> {
        Listing::whole(&self.client, &["iam", "resource-sets"])
    }

    /// One resource set, by id or label.
    ///
    /// **Source**: Okta, "Retrieve a resource set".
    pub async fn resource_set(&self, set: impl AsRef<str>) -> Result<Raw<ResourceSet>, Error> {
        self.client.api(Method::GET, &["iam", "resource-sets", set.as_ref()]).document().await
    }

    /// What is in a resource set: pages of 100.
    ///
    /// **Source**: Okta, "List all resource set resources".
    pub fn resources(&self, set: impl AsRef<str>) -> Listing<ResourceSetResource> {
        Listing::paged(&self.client, &["iam", "resource-sets", set.as_ref(), "resources"], 100)
    }

    /// The custom roles that are bound to a resource set.
    ///
    /// **Source**: Okta, "List all role resource set bindings".
    pub fn bindings(&self, set: impl AsRef<str>) -> Listing<Binding> {
        Listing::whole(&self.client, &["iam", "resource-sets", set.as_ref(), "bindings"])
    }

    /// To whom a bound role is given.
    ///
    /// **Source**: Okta, "List all role resource set binding members".
    pub fn binding_members(&self, set: impl AsRef<str>, role: impl AsRef<str>) -> Listing<BindingMember> {
        let path = ["iam", "resource-sets", set.as_ref(), "bindings", role.as_ref(), "members"];
        Listing::whole(&self.client, &path)
    }
}
