//! Admin roles: who may administer the org, and how far.

mod iam;
mod model;
mod targets;

pub use self::model::{
    AssignmentType, Binding, BindingMember, CustomRole, Permission, ResourceSet, ResourceSetResource,
    RoleAssignee, RoleAssignment, RoleType,
};
pub use self::targets::{CatalogApp, RoleTarget};

use http::Method;
use serde_json::json;
use url::Url;

use crate::client::Client;
use crate::error::Error;
use crate::listing::Listing;
use crate::raw::Raw;
use crate::request::RequestBuilder;

/// Calls about admin roles. Made by [`Client::roles`].
///
/// # Errors
/// [`Error::is_not_found`] where there is no such holder, role or assignment.
///
/// # Cancel safety
/// Dropping the future of a call gives it up; a change may or may not have happened.
#[derive(Debug, Clone)]
pub struct Roles {
    client: Client,
}

/// Whom a role is assigned to, by id.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Holder {
    /// A user.
    User(String),
    /// A group, and so all its members.
    Group(String),
    /// A service app, by client id.
    Client(String),
}

impl Holder {
    /// A user.
    pub fn user(id: impl AsRef<str>) -> Self {
        Self::User(id.as_ref().to_owned())
    }

    /// A group.
    pub fn group(id: impl AsRef<str>) -> Self {
        Self::Group(id.as_ref().to_owned())
    }

    /// A service app.
    pub fn client(id: impl AsRef<str>) -> Self {
        Self::Client(id.as_ref().to_owned())
    }

    /// The roles of this holder, or what is behind them. Those of apps are not under `/api/v1`.
    fn url(&self, client: &Client, rest: &[&str]) -> Result<Url, Error> {
        let start = match self {
            Self::User(id) => ["api", "v1", "users", id, "roles"],
            Self::Group(id) => ["api", "v1", "groups", id, "roles"],
            Self::Client(id) => ["oauth2", "v1", "clients", id, "roles"],
        };
        client.url(&[&start, rest].concat())
    }
}

impl Roles {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// The roles of a holder; of a user also those that come through a group. Not paged.
    ///
    /// **Source**: Okta, "List all role assignments" of a user, of a group, of a client.
    pub fn list(&self, holder: &Holder) -> Listing<RoleAssignment> {
        Listing::at(&self.client, holder.url(&self.client, &[]))
    }

    /// One role of a holder.
    ///
    /// **Source**: Okta, "Retrieve a role assignment".
    pub async fn get(
        &self,
        holder: &Holder,
        assignment_id: impl AsRef<str>,
    ) -> Result<Raw<RoleAssignment>, Error> {
        self.at(Method::GET, holder, &[assignment_id.as_ref()]).document().await
    }

    /// Assigns a standard role. Okta answers 409 where the holder has it.
    ///
    /// **Source**: Okta, "Assign a role".
    pub async fn assign(&self, holder: &Holder, role_type: RoleType) -> Result<Raw<RoleAssignment>, Error> {
        self.at(Method::POST, holder, &[]).json(&json!({ "type": role_type })).document().await
    }

    /// Assigns a custom role for a resource set.
    ///
    /// **Source**: Okta, "Assign a role".
    pub async fn assign_custom(
        &self,
        holder: &Holder,
        role_id: impl AsRef<str>,
        resource_set_id: impl AsRef<str>,
    ) -> Result<Raw<RoleAssignment>, Error> {
        let body = json!({
            "type": RoleType::Custom,
            "role": role_id.as_ref(),
            "resource-set": resource_set_id.as_ref(),
        });
        self.at(Method::POST, holder, &[]).json(&body).document().await
    }

    /// Takes a role away.
    ///
    /// **Source**: Okta, "Unassign a role".
    pub async fn unassign(&self, holder: &Holder, assignment_id: impl AsRef<str>) -> Result<(), Error> {
        self.at(Method::DELETE, holder, &[assignment_id.as_ref()]).done().await
    }

    fn at(&self, method: Method, holder: &Holder, rest: &[&str]) -> RequestBuilder {
        RequestBuilder::at(self.client.clone(), method, holder.url(&self.client, rest))
    }
}
