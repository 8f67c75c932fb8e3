//! Groups, and who is in them.

mod list;
mod model;

pub use self::list::{GroupMembers, ListGroups};
pub use self::model::{Group, GroupProfile, GroupSource, GroupType};

use crate::client::Client;
use crate::error::Error;
use crate::raw::Raw;

/// Calls about groups. Made by [`Client::groups`].
#[derive(Debug, Clone)]
pub struct Groups {
    client: Client,
}

impl Groups {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Every group.
    pub fn list(&self) -> ListGroups {
        ListGroups::new(self.client.clone())
    }

    /// One group.
    ///
    /// # Errors
    /// [`Error::is_not_found`] where there is none.
    ///
    /// # Cancel safety
    /// Dropping the future gives the call up. Nothing is changed by it.
    ///
    /// **Source**: Okta, "Retrieve a group".
    pub async fn get(&self, group_id: impl AsRef<str>) -> Result<Raw<Group>, Error> {
        let url = self.client.url(&["api", "v1", "groups", group_id.as_ref()])?;
        self.client.read(url).await
    }

    /// The users in a group.
    pub fn members(&self, group_id: impl AsRef<str>) -> GroupMembers {
        GroupMembers::new(self.client.clone(), group_id.as_ref())
    }
}
