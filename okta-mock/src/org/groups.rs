//! Groups and who is in them. `Everyone` is the built-in group of all users that are not deactivated.
//!
//! Source: API reference, "Groups". `lastUpdated` moves with the profile, `lastMembershipUpdated` with the members.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

use super::crowd::Crowd;
use super::event::Party;
use super::id::Id;
use super::owners::Owner;
use super::users::{Status, profile};
use super::{Org, Tx};
use crate::error::ApiError;
use crate::json;
use crate::timestamp::whole_seconds;

/// One group.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Group {
    pub(crate) id: Id,
    /// The `Everyone` group: its members follow from the users.
    pub(crate) built_in: bool,
    pub(crate) created: i64,
    pub(crate) last_updated: i64,
    pub(crate) last_membership_updated: i64,
    pub(crate) profile: Map<String, Value>,
    pub(crate) members: Crowd<()>,
    pub(crate) owners: BTreeMap<Id, Owner>,
    #[serde(skip)]
    pub(crate) row: OnceLock<String>,
}

impl Group {
    pub(crate) fn name(&self) -> &str {
        self.profile.get("name").and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn kind(&self) -> &'static str {
        if self.built_in { "BUILT_IN" } else { "OKTA_GROUP" }
    }

    /// Whether the user with this number and status is in.
    pub(crate) fn has(&self, user: u32, status: Status) -> bool {
        if self.built_in { status != Status::Deprovisioned } else { self.members.contains(user) }
    }

    /// How events name this group.
    pub(crate) fn party(&self) -> Party {
        let (unknown, name): (Arc<str>, Arc<str>) = ("unknown".into(), self.name().into());
        Party::new("UserGroup", &self.id, &unknown, &name)
    }

    /// The JSON of the group, the same in a list and on its own.
    pub(crate) fn row(&self, base: &str) -> &str {
        self.row.get_or_init(|| {
            let id = &self.id;
            let mut out = String::with_capacity(800);
            json::open(&mut out, "id", id);
            json::text(&mut out, "created", &whole_seconds(self.created));
            json::text(&mut out, "lastUpdated", &whole_seconds(self.last_updated));
            json::text(&mut out, "lastMembershipUpdated", &whole_seconds(self.last_membership_updated));
            json::raw(&mut out, "objectClass", "[\"okta:user_group\"]");
            json::text(&mut out, "type", self.kind());
            json::raw(&mut out, "profile", &serde_json::to_string(&self.profile).expect("a map with text keys is JSON"));
            json::raw(&mut out, "_links", "{\"logo\":[");
            for (n, size) in ["medium", "large"].into_iter().enumerate() {
                out.push_str(if n == 0 { "" } else { "," });
                json::push(
                    &mut out,
                    format_args!(
                        "{{\"name\":\"{size}\",\"href\":\"{base}/img/logos/groups/okta-{size}.png\",\"type\":\"image/png\"}}"
                    ),
                );
            }
            json::push(
                &mut out,
                format_args!(
                    "],\"users\":{{\"href\":\"{base}/api/v1/groups/{id}/users\"}},\"apps\":{{\"href\":\"{base}/api/v1/groups/{id}/apps\"}}}}}}"
                ),
            );
            out
        })
    }
}

impl Org {
    pub(crate) fn group(&self, id: &str) -> Result<&Group, ApiError> {
        self.groups.get(id).ok_or_else(|| ApiError::not_found(id, "UserGroup"))
    }

    /// A group that may be written to: not `Everyone`.
    pub(crate) fn writable_group(&self, id: &str) -> Result<&Group, ApiError> {
        let group = self.group(id)?;
        if group.built_in { Err(ApiError::of("E0000006")) } else { Ok(group) }
    }

    pub(crate) fn create_group(&mut self, tx: &Tx, profile: Map<String, Value>) -> Result<Id, ApiError> {
        let profile = self.checked_group(profile, None)?;
        let id = self.mint.id("00g");
        let group = Group {
            id: Arc::clone(&id),
            built_in: false,
            created: tx.at,
            last_updated: tx.at,
            last_membership_updated: tx.at,
            profile,
            members: Crowd::empty(),
            owners: BTreeMap::new(),
            row: OnceLock::new(),
        };
        let party = group.party();
        self.groups.insert(Arc::clone(&id), group);
        self.log_event(tx, tx.event("group.lifecycle.create").target(party));
        Ok(id)
    }

    /// Replaces the profile.
    pub(crate) fn replace_group(
        &mut self,
        tx: &Tx,
        id: &str,
        profile: Map<String, Value>,
    ) -> Result<(), ApiError> {
        self.writable_group(id)?;
        let profile = self.checked_group(profile, Some(id))?;
        let Some(group) = self.groups.get_mut(id) else { return Err(ApiError::not_found(id, "UserGroup")) };
        group.profile = profile;
        group.last_updated = tx.at;
        group.row.take();
        let party = group.party();
        self.log_event(tx, tx.event("group.profile.update").target(party));
        Ok(())
    }

    pub(crate) fn delete_group(&mut self, tx: &Tx, id: &str) -> Result<(), ApiError> {
        let party = self.writable_group(id)?.party();
        let apps = self.apps.values().filter(|app| app.groups.contains_key(id));
        for app in apps.map(|app| Arc::clone(&app.id)).collect::<Vec<_>>() {
            self.unassign_group(tx, &app, id)?;
        }
        self.groups.remove(id);
        self.log_event(tx, tx.event("group.lifecycle.delete").target(party));
        Ok(())
    }

    /// Adds a member. Doing it twice is allowed and writes nothing the second time.
    pub(crate) fn add_member(&mut self, tx: &Tx, group: &str, user: &str) -> Result<bool, ApiError> {
        self.writable_group(group)?;
        let (n, member, status) = self.member(user)?;
        if status == Status::Deprovisioned {
            return Err(ApiError::of("E0000038"));
        }
        let id = Arc::clone(&member.id);
        let event = "group.user_membership.add";
        let changed = self.change_members(tx, group, member, event, |members| members.insert(n, ()))?;
        if changed {
            self.follow_group(tx, group, &id, true)?;
        }
        Ok(changed)
    }

    /// Removes a member. Removing who is not in is allowed and writes nothing.
    pub(crate) fn remove_member(&mut self, tx: &Tx, group: &str, user: &str) -> Result<bool, ApiError> {
        self.writable_group(group)?;
        let (n, member, _) = self.member(user)?;
        let id = Arc::clone(&member.id);
        let event = "group.user_membership.remove";
        let changed = self.change_members(tx, group, member, event, |members| members.remove(n))?;
        if changed {
            self.forget_made(group, n);
            self.follow_group(tx, group, &id, false)?;
        }
        Ok(changed)
    }

    /// Takes a deactivated user out of every group and app.
    pub(crate) fn leave_everything(&mut self, tx: &Tx, user: &str) -> Result<(), ApiError> {
        let Some(n) = self.users.number(user) else { return Ok(()) };
        let groups = self.groups.values().filter(|group| group.members.contains(n));
        let groups: Vec<Id> = groups.map(|group| Arc::clone(&group.id)).collect();
        for group in groups {
            self.remove_member(tx, &group, user)?;
        }
        let apps = self.apps.values().filter(|app| app.users.contains(n));
        let apps: Vec<Id> = apps.map(|app| Arc::clone(&app.id)).collect();
        for app in apps {
            self.unassign_app(tx, &app, user)?;
        }
        Ok(())
    }

    /// A user as groups and apps see it: its number, its name in events, its status.
    pub(crate) fn member(&self, key: &str) -> Result<(u32, Party, Status), ApiError> {
        let found = self.find_number(key).and_then(|n| self.users.entry(n).map(|user| (n, user)));
        let (n, user) = found.ok_or_else(|| ApiError::not_found(key, "User"))?;
        Ok((n, user.party(), user.status()))
    }

    fn change_members(
        &mut self,
        tx: &Tx,
        group: &str,
        member: Party,
        event: &'static str,
        change: impl FnOnce(&mut Crowd<()>) -> bool,
    ) -> Result<bool, ApiError> {
        let Some(group) = self.groups.get_mut(group) else {
            return Err(ApiError::not_found(group, "UserGroup"));
        };
        let changed = change(&mut group.members);
        if changed {
            group.last_membership_updated = tx.at;
            group.row.take();
            let group = group.party();
            self.log_event(tx, tx.event(event).target(member).target(group));
        }
        Ok(changed)
    }

    fn checked_group(
        &self,
        mut profile: Map<String, Value>,
        but: Option<&str>,
    ) -> Result<Map<String, Value>, ApiError> {
        profile::check_types(&profile, &["name", "description"])?;
        let name = profile.get("name").and_then(Value::as_str).unwrap_or_default();
        if name.is_empty() || name.chars().count() > 255 {
            return Err(ApiError::validation(
                "name",
                "name: The field must have between 1 and 255 characters",
            ));
        }
        if self.groups.values().any(|group| group.name() == name && Some(group.id.as_ref()) != but) {
            return Err(ApiError::validation(
                "name",
                "name: An object with this field already exists in the current organization",
            ));
        }
        profile.entry("description").or_insert(Value::Null);
        Ok(profile)
    }
}
