//! What an app knows of a user who is assigned: user name, password, profile. And of a group: priority and profile.
//!
//! Source: API reference, "Application Users": an update is partial.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{App, AppUser};
use crate::error::ApiError;
use crate::org::id::Id;
use crate::org::{Org, Tx};

/// What a caller says about an assignment.
#[derive(Clone, Debug, Default)]
pub(crate) struct AppUserChange {
    pub(crate) user_name: Option<String>,
    pub(crate) password: bool,
    pub(crate) profile: Map<String, Value>,
    /// `scope: USER`: what came from a group becomes the user's own.
    pub(crate) own: bool,
}

/// Sign-on modes in which Okta keeps a password for the app.
const VAULTED: [&str; 4] = ["AUTO_LOGIN", "BASIC_AUTH", "BROWSER_PLUGIN", "SECURE_PASSWORD_STORE"];

impl App {
    /// Whether this app takes what is said: credentials only where Okta keeps a password for it.
    pub(crate) fn takes(&self, change: &AppUserChange) -> Result<(), ApiError> {
        match change.password && !VAULTED.contains(&self.sign_on.as_ref()) {
            true => Err(ApiError::of("E0000041")),
            false => Ok(()),
        }
    }
}

impl Org {
    /// Changes an assignment and writes an event for each kind of change; a new one's first values are part of
    /// `application.user_membership.add`.
    pub(crate) fn change_app_user(
        &mut self,
        tx: &Tx,
        app: &str,
        user: &str,
        change: AppUserChange,
        new: bool,
    ) -> Result<Id, ApiError> {
        let (n, party, _) = self.member(user)?;
        let assigned = self.app(app)?;
        let before = assigned.assignment(self, n).ok_or_else(|| ApiError::not_found(&party.id, "AppUser"))?;
        let mut row = AppUser { last_updated: tx.at, ..before.clone() };
        row.user_name = change.user_name.unwrap_or(row.user_name);
        row.password_changed = if change.password { Some(tx.at) } else { row.password_changed };
        row.group = row.group.filter(|_| !change.own);
        for (name, value) in change.profile {
            match value {
                Value::Null => drop(row.profile.remove(&name)),
                value => drop(row.profile.insert(name, value)),
            }
        }
        let events = [
            (before.profile != row.profile, "application.user_membership.update"),
            (before.user_name != row.user_name, "application.user_membership.change_username"),
            (change.password, "application.user_membership.change_password"),
        ];
        let Some(app) = self.apps.get_mut(app) else { return Err(ApiError::not_found(app, "AppInstance")) };
        let mut as_app_user = party.clone();
        (as_app_user.id, as_app_user.kind) = (Arc::clone(&row.id), "AppUser".into());
        as_app_user.alternate = row.user_name.as_str().into();
        app.users.remove(n);
        app.users.insert(n, row);
        let app = app.party();
        self.changed();
        for (_, event) in events.into_iter().filter(|(happened, _)| *happened && !new) {
            let event = tx.event(event).target(as_app_user.clone()).target(app.clone());
            self.log_event(tx, event.target(party.clone()));
        }
        Ok(party.id)
    }

    /// Priority and profile of a group's assignment, changed in place as a JSON patch says.
    pub(crate) fn patch_app_group(
        &mut self,
        tx: &Tx,
        app: &str,
        group: &str,
        patch: &[Value],
    ) -> Result<(), ApiError> {
        let row = self.app(app)?.groups.get(group);
        let row = row.ok_or_else(|| ApiError::not_found(group, "ApplicationGroupAssignment"))?;
        let (mut priority, mut profile) = (row.priority, row.profile.clone());
        for step in patch {
            let text = |name: &str| step.get(name).and_then(Value::as_str).unwrap_or_default();
            let value = step.get("value").cloned().unwrap_or_default();
            let refuse =
                || ApiError::validation("path", format!("path: '{}' cannot be changed", text("path")));
            match (text("op"), text("path").strip_prefix('/').unwrap_or_default()) {
                ("replace" | "add", "priority") => priority = value.as_u64().ok_or_else(refuse)?,
                ("replace" | "add", "profile") if value.is_object() => profile = value,
                (op @ ("replace" | "add" | "remove"), path) => {
                    let name = path.strip_prefix("profile/").ok_or_else(refuse)?;
                    let members = profile.as_object_mut().ok_or_else(refuse)?;
                    match op {
                        "remove" => drop(members.remove(name)),
                        _ => drop(members.insert(name.to_owned(), value)),
                    }
                }
                (op, _) => return Err(ApiError::validation("op", format!("op: '{op}' is not supported"))),
            }
        }
        self.assign_group(tx, app, group, Some(priority), Some(profile))
    }
}
