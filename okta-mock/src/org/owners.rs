//! Who owns a group: users and other groups. Source: API reference, "Group Owners".
//!
//! Okta's catalogue of System Log events has none for owners, so nothing is written into the log; neither of a group's
//! times moves.

use std::sync::Arc;

use serde_json::{Value, json};

use super::id::Id;
use super::{Org, Tx};
use crate::error::ApiError;
use crate::timestamp::whole_seconds;

/// One owner of a group.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Owner {
    /// A group's members own together.
    is_group: bool,
    since: i64,
}

impl Org {
    /// Makes a user or a group an owner. Doing it again is allowed and changes nothing.
    pub(crate) fn add_owner(
        &mut self,
        tx: &Tx,
        group: &str,
        kind: &str,
        owner: &str,
    ) -> Result<Id, ApiError> {
        self.writable_group(group)?;
        let (id, is_group) = match kind {
            "USER" => (Arc::clone(&self.member(owner)?.1.id), false),
            "GROUP" => (Arc::clone(&self.group(owner)?.id), true),
            _ => return Err(ApiError::validation("type", "type: Must be USER or GROUP")),
        };
        let owners = &mut self.groups.get_mut(group).ok_or_else(|| no_group(group))?.owners;
        owners.entry(Arc::clone(&id)).or_insert(Owner { is_group, since: tx.at });
        self.changed();
        Ok(id)
    }

    /// Ends an ownership.
    pub(crate) fn remove_owner(&mut self, group: &str, owner: &str) -> Result<(), ApiError> {
        self.writable_group(group)?;
        let removed = self.groups.get_mut(group).ok_or_else(|| no_group(group))?.owners.remove(owner);
        self.changed();
        removed.map(drop).ok_or_else(|| ApiError::not_found(owner, "GroupOwner"))
    }

    /// The rows of `/groups/{id}/owners`, by id; who is gone is left out.
    pub(crate) fn owners(&self, group: &str) -> Result<Vec<Value>, ApiError> {
        let row = |(id, owner): (&Id, &Owner)| {
            let (kind, name) = match owner.is_group {
                true => ("GROUP", self.groups.get(id)?.name().to_owned()),
                false => ("USER", self.users.get(id)?.display_name()),
            };
            Some(json!({
                "id": **id, "type": kind, "resolved": true, "originId": null, "originType": "OKTA_DIRECTORY",
                "displayName": name, "lastUpdated": whole_seconds(owner.since),
            }))
        };
        Ok(self.group(group)?.owners.iter().filter_map(row).collect())
    }
}

fn no_group(id: &str) -> ApiError {
    ApiError::not_found(id, "UserGroup")
}
