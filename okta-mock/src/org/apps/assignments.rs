//! Who may use an app: users assigned one by one, and groups whose members are assigned by a job of Okta's.
//!
//! Source: API reference, "Application Users" and "Application Groups". An assignment that comes from a group is ended by
//! leaving the group, not by itself, and only where no other group of the app holds the user.

use std::sync::Arc;

use serde_json::Value;

use super::{App, AppGroup, AppUser};
use crate::error::ApiError;
use crate::org::crowd::Crowd;
use crate::org::event::Party;
use crate::org::id::Id;
use crate::org::users::Status;
use crate::org::{Org, Tx};

/// The most members that one group assignment fans out to: beyond this more events show nothing new.
const FAN_OUT: usize = 10_000;

impl Org {
    pub(crate) fn app(&self, id: &str) -> Result<&App, ApiError> {
        self.apps.get(id).ok_or_else(|| ApiError::not_found(id, "AppInstance"))
    }

    /// Assigns a user. Assigning twice is allowed and writes nothing the second time.
    pub(crate) fn assign_app(&mut self, tx: &Tx, app: &str, user: &str) -> Result<Id, ApiError> {
        self.assign(tx, app, user, None)
    }

    fn assign(&mut self, tx: &Tx, app: &str, user: &str, group: Option<&Id>) -> Result<Id, ApiError> {
        self.app(app)?;
        let (n, party, status) = self.member(user)?;
        if status == Status::Deprovisioned {
            return Err(ApiError::of("E0000038"));
        }
        let user_id = Arc::clone(&party.id);
        if self.app(app)?.users.contains(n) {
            return Ok(user_id);
        }
        let id = self.mint.id("0ua");
        let user_name = party.alternate.to_string();
        let row = AppUser {
            id: Arc::clone(&id),
            created: tx.at,
            last_updated: tx.at,
            password_changed: None,
            user_name,
            profile: serde_json::Map::new(),
            group: group.cloned(),
        };
        self.change_app_users(tx, app, &id, party, "application.user_membership.add", |users| {
            users.insert(n, row);
        })?;
        Ok(user_id)
    }

    /// Takes an assignment away.
    pub(crate) fn unassign_app(&mut self, tx: &Tx, app: &str, user: &str) -> Result<(), ApiError> {
        let (n, party, _) = self.member(user)?;
        let Some(assignment) = self.app(app)?.assignment(self, n) else {
            return Err(ApiError::not_found(&party.id, "AppUser"));
        };
        self.change_app_users(tx, app, &assignment.id, party, "application.user_membership.remove", |users| {
            users.remove(n);
        })
    }

    fn change_app_users(
        &mut self,
        tx: &Tx,
        app: &str,
        assignment: &Id,
        user: Party,
        event: &'static str,
        change: impl FnOnce(&mut Crowd<AppUser>),
    ) -> Result<(), ApiError> {
        let Some(app) = self.apps.get_mut(app) else { return Err(ApiError::not_found(app, "AppInstance")) };
        change(&mut app.users);
        let as_app_user = Party { id: Arc::clone(assignment), kind: "AppUser".into(), ..user.clone() };
        let app = app.party();
        self.log_event(tx, tx.event(event).target(as_app_user).target(app).target(user));
        Ok(())
    }

    /// Assigns a group, and by a job its members. Doing it again changes priority and profile only.
    pub(crate) fn assign_group(
        &mut self,
        tx: &Tx,
        app: &str,
        group: &str,
        priority: Option<u64>,
        profile: Option<Value>,
    ) -> Result<(), ApiError> {
        let (group_id, party) = self.group(group).map(|group| (Arc::clone(&group.id), group.party()))?;
        self.app(app)?;
        let Some(changed) = self.apps.get_mut(app) else {
            return Err(ApiError::not_found(app, "AppInstance"));
        };
        let next = u64::try_from(changed.groups.len()).unwrap_or(0);
        let new = !changed.groups.contains_key(&group_id);
        let row = changed.groups.entry(Arc::clone(&group_id)).or_insert(AppGroup {
            priority: next,
            last_updated: tx.at,
            profile: Value::Object(serde_json::Map::new()),
        });
        let before = (row.priority, row.profile.clone());
        row.last_updated = tx.at;
        row.priority = priority.unwrap_or(row.priority);
        row.profile = profile.unwrap_or_else(|| row.profile.take());
        let changed = before != (row.priority, row.profile.clone());
        self.changed();
        let app_party = self.app(app)?.party();
        let event =
            if new { "group.application_assignment.add" } else { "group.application_assignment.update" };
        if new || changed {
            self.log_event(tx, tx.event(event).target(party).target(app_party));
        }
        if !new {
            return Ok(());
        }
        let job = self.job(tx);
        for user in self.some_members(&group_id) {
            self.assign(&job, app, &user, Some(&group_id))?;
        }
        Ok(())
    }

    /// Takes a group's assignment away, and by a job those of its members.
    pub(crate) fn unassign_group(&mut self, tx: &Tx, app: &str, group: &str) -> Result<(), ApiError> {
        self.app(app)?;
        let removed = self.apps.get_mut(app).and_then(|app| app.groups.remove(group));
        if removed.is_none() {
            return Err(ApiError::not_found(group, "ApplicationGroupAssignment"));
        }
        let app_party = self.app(app)?.party();
        let group_party = self.group(group)?.party();
        self.log_event(
            tx,
            tx.event("group.application_assignment.remove").target(group_party).target(app_party),
        );
        let job = self.job(tx);
        let of_group = |row: Option<&AppUser>| row.and_then(|row| row.group.as_deref()) == Some(group);
        let users: Vec<Id> = self
            .app(app)?
            .users
            .changed()
            .filter(|(_, row)| of_group(Some(row)))
            .map(|(user, _)| self.users.id(user))
            .collect();
        for user in users {
            self.leave_app(&job, app, &user)?;
        }
        Ok(())
    }

    /// The group that an assignment came from does not hold the user any more. The assignment ends, unless another group
    /// of the app does: then it comes from that one, of several from the one with the smallest priority.
    fn leave_app(&mut self, job: &Tx, app: &str, user: &str) -> Result<(), ApiError> {
        let (n, _, status) = self.member(user)?;
        let holds = |id: &Id| self.groups.get(id).is_some_and(|group| group.has(n, status));
        let others = self.app(app)?.groups.iter().filter(|(id, _)| holds(id));
        let Some(other) = others.min_by_key(|(_, row)| row.priority).map(|(id, _)| Arc::clone(id)) else {
            return self.unassign_app(job, app, user);
        };
        if let Some(app) = self.apps.get_mut(app)
            && let Some(row) = app.users.get_mut(n)
        {
            (row.group, row.last_updated) = (Some(other), job.at);
            self.changed();
        }
        Ok(())
    }

    /// A user joined or left a group: a job assigns the group's apps, or takes them away.
    pub(crate) fn follow_group(
        &mut self,
        tx: &Tx,
        group: &str,
        user: &str,
        joined: bool,
    ) -> Result<(), ApiError> {
        let assigned = |app: &&App| app.groups.contains_key(group);
        let apps: Vec<Id> = self.apps.values().filter(assigned).map(|app| Arc::clone(&app.id)).collect();
        if apps.is_empty() {
            return Ok(());
        }
        let (job, group) = (self.job(tx), Id::from(group));
        for app in apps {
            let number = self.users.number(user);
            let from_group = number
                .and_then(|n| self.apps.get(&app)?.assignment(self, n))
                .is_some_and(|row| row.group.as_ref() == Some(&group));
            if joined {
                self.assign(&job, &app, user, Some(&group))?;
            } else if from_group {
                self.leave_app(&job, &app, user)?;
            }
        }
        Ok(())
    }

    fn some_members(&self, group: &str) -> Vec<Id> {
        let Ok(group) = self.group(group) else { return Vec::new() };
        let live = |n: &u32| self.users.entry(*n).is_some_and(|user| user.status() != Status::Deprovisioned);
        if group.built_in {
            let all = self.users.from(0).map(|(n, _)| n).filter(live);
            return all.take(FAN_OUT).map(|n| self.users.id(n)).collect();
        }
        let members = group.members.after(None).map(|(n, _)| n).filter(live);
        members.take(FAN_OUT).map(|n| self.users.id(n)).collect()
    }
}
