//! Groups, who is in them, who owns them, and the apps they open.

mod model;
mod owners;
mod write;

pub use self::model::{Group, GroupProfile, GroupSource, GroupType};
pub use self::owners::{GroupOwner, OwnerType};
pub use self::write::NewGroup;

use http::Method;

use crate::apps::App;
use crate::client::Client;
use crate::error::Error;
use crate::listing::{Listing, Searchable};
use crate::raw::Raw;
use crate::users::User;

/// Calls about groups. Made by [`Client::groups`].
///
/// # Errors
/// [`Error::is_not_found`] where there is no such group.
///
/// # Cancel safety
/// Dropping the future of a call gives it up; a change may or may not have happened.
#[derive(Debug, Clone)]
pub struct Groups {
    client: Client,
}

impl Groups {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Every group: pages of 200, as Okta advises; 10,000 is the most there is.
    ///
    /// `filter` knows `id`, `type`, `lastUpdated`, `lastMembershipUpdated`.
    ///
    /// **Source**: Okta, "List all groups".
    pub fn list(&self) -> Listing<Group, Searchable> {
        Listing::paged(&self.client, &["groups"], 200)
    }

    /// One group.
    ///
    /// **Source**: Okta, "Retrieve a group".
    pub async fn get(&self, group_id: impl AsRef<str>) -> Result<Raw<Group>, Error> {
        self.client.api(Method::GET, &["groups", group_id.as_ref()]).document().await
    }

    /// The users in a group: pages of 200, at most 1,000. More makes a large group cost fewer requests; where a
    /// page takes Okta too long it answers 500, and half of it is asked for.
    ///
    /// **Source**: Okta, "List all member users".
    pub fn members(&self, group_id: impl AsRef<str>) -> Listing<User> {
        Listing::paged(&self.client, &["groups", group_id.as_ref(), "users"], 200)
    }

    /// The apps that a group is assigned to: pages of 200.
    ///
    /// **Source**: Okta, "List all assigned apps".
    pub fn apps(&self, group_id: impl AsRef<str>) -> Listing<App> {
        Listing::paged(&self.client, &["groups", group_id.as_ref(), "apps"], 200)
    }
}
