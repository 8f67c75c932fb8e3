//! Users: their states, what moves them from one to the next, and the log events each move writes.
//!
//! Sources: API reference, "Users" and "User lifecycle"; which links a state offers is from recorded answers.

mod index;
mod lifecycle;
pub(super) mod profile;
mod store;
mod transition;
mod user_json;

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::event::Party;
use super::id::Id;
use super::{Org, Tx};
use crate::error::ApiError;

pub(crate) use store::{Entry, UserChanges, Users};
pub(crate) use transition::Transitions;
pub(crate) use user_json::{OSC, OTY};

/// A user's status, in Okta's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Status {
    Staged,
    Provisioned,
    Active,
    PasswordExpired,
    LockedOut,
    Recovery,
    Suspended,
    Deprovisioned,
}

impl Status {
    /// The status with this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        use Status::{
            Active, Deprovisioned, LockedOut, PasswordExpired, Provisioned, Recovery, Staged, Suspended,
        };
        [Staged, Provisioned, Active, PasswordExpired, LockedOut, Recovery, Suspended, Deprovisioned]
            .into_iter()
            .find(|status| status.name() == name)
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Staged => "STAGED",
            Self::Provisioned => "PROVISIONED",
            Self::Active => "ACTIVE",
            Self::PasswordExpired => "PASSWORD_EXPIRED",
            Self::LockedOut => "LOCKED_OUT",
            Self::Recovery => "RECOVERY",
            Self::Suspended => "SUSPENDED",
            Self::Deprovisioned => "DEPROVISIONED",
        }
    }
}

impl Status {
    /// Whether the user may choose a new password by knowing the old one.
    pub(crate) fn may_change_password(self) -> bool {
        matches!(self, Self::Staged | Self::Active | Self::PasswordExpired | Self::Recovery)
    }
}

/// One user.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct User {
    pub(crate) id: Id,
    pub(crate) status: Status,
    pub(crate) created: i64,
    pub(crate) activated: Option<i64>,
    pub(crate) status_changed: Option<i64>,
    /// On the way to DEPROVISIONED.
    pub(crate) deactivating: bool,
    pub(crate) last_login: Option<i64>,
    pub(crate) last_updated: i64,
    /// How often it changed: two changes in one millisecond are told apart by this.
    pub(crate) revision: u64,
    pub(crate) password_changed: Option<i64>,
    pub(crate) profile: Map<String, Value>,
    /// Who keeps the credentials where it is not Okta, as `credentials.provider` says: type and name.
    pub(crate) provider: Option<Box<(String, String)>>,
    /// The realm that the user lives in, where a caller said one.
    pub(crate) realm: Option<Id>,
    /// The question asked of who forgot the password; its answer is never shown, and not kept.
    pub(crate) recovery_question: Option<Box<str>>,
    /// Whether the factors that a user comes with are still there.
    pub(crate) factors: bool,
}

/// What a caller may say about a user to be.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewUser {
    pub(crate) profile: Map<String, Value>,
    pub(crate) activate: bool,
    pub(crate) password: bool,
    /// `FEDERATION` or `SOCIAL`, and its name: such a user needs no password.
    pub(crate) provider: Option<Box<(String, String)>>,
    pub(crate) change_password: bool,
    pub(crate) groups: Vec<Id>,
    pub(crate) realm: Option<Id>,
    pub(crate) recovery_question: Option<Box<str>>,
}

impl User {
    pub(crate) fn text(&self, attribute: &str) -> &str {
        self.profile.get(attribute).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn login(&self) -> &str {
        self.text("login")
    }

    pub(crate) fn display_name(&self) -> String {
        format!("{} {}", self.text("firstName"), self.text("lastName")).trim().to_owned()
    }

    /// How events name this user.
    pub(crate) fn party(&self) -> Party {
        let (login, name): (Arc<str>, Arc<str>) = (self.login().into(), self.display_name().into());
        Party::new("User", &self.id, &login, &name)
    }
}

impl Org {
    /// The user with this id, full login, or unambiguous part of a login before the `@`.
    pub(crate) fn find_user(&self, key: &str) -> Result<Cow<'_, User>, ApiError> {
        let found = self.find_number(key).and_then(|n| self.users.nth(n));
        found.ok_or_else(|| ApiError::not_found(key, "User"))
    }

    /// The number of the user that [`find_user`](Self::find_user) finds.
    pub(crate) fn find_number(&self, key: &str) -> Option<u32> {
        if let Some(n) = self.users.number(key).filter(|n| self.users.entry(*n).is_some()) {
            return Some(n);
        }
        let login = key.to_lowercase();
        let short = || if login.is_empty() { None } else { self.users.by_short_login(&login) };
        self.users.by_login(&login).or_else(short)
    }

    /// Creates a user. Writes `user.lifecycle.create`, where that follows `.activate`, and for a password that counts
    /// from now on `user.account.update_password`.
    pub(crate) fn create_user(&mut self, tx: &Tx, mut new: NewUser) -> Result<Id, ApiError> {
        profile::check(&new.profile, |key| new.profile.get(key))?;
        let login = new.profile.get("login").and_then(Value::as_str).unwrap_or_default().to_lowercase();
        if self.users.by_login(&login).is_some() {
            return Err(duplicate_login());
        }
        for group in &new.groups {
            self.writable_group(group)?;
        }
        new.profile.retain(|key, value| !value.is_null() || profile::keeps_null(key));
        for always in ["mobilePhone", "secondEmail"] {
            new.profile.entry(always).or_insert(Value::Null);
        }
        let status = match (new.activate, new.password, new.change_password) {
            (false, ..) => Status::Staged,
            (true, false, _) if new.provider.is_none() => Status::Provisioned,
            (true, false, _) => Status::Active,
            (true, true, false) => Status::Active,
            (true, true, true) => Status::PasswordExpired,
        };
        let activated = new.activate.then_some(tx.at);
        let user = User {
            id: Id::default(),
            status,
            created: tx.at,
            activated,
            status_changed: activated,
            deactivating: false,
            last_login: None,
            last_updated: tx.at,
            revision: 0,
            password_changed: new.password.then_some(tx.at),
            profile: new.profile,
            provider: new.provider,
            realm: new.realm,
            recovery_question: new.recovery_question,
            factors: false,
        };
        let id = self.users.add(user);
        let party = self.find_user(&id)?.party();
        self.log_event(tx, tx.event("user.lifecycle.create").target(party.clone()));
        if new.activate {
            self.log_event(tx, tx.event("user.lifecycle.activate").target(party.clone()));
        }
        if new.activate && new.password {
            self.log_event(tx, tx.event("user.account.update_password").target(party));
        }
        for group in new.groups {
            self.add_member(tx, &group, &id)?;
        }
        self.apply_rules(tx, &id);
        Ok(id)
    }

    /// Changes profile attributes; `null` clears one. Writes `user.account.update_profile` when something changed, and an
    /// event more for each e-mail address that did.
    pub(crate) fn update_profile(
        &mut self,
        tx: &Tx,
        id: &str,
        change: Map<String, Value>,
    ) -> Result<(), ApiError> {
        let user = self.settled(id)?;
        if user.status == Status::Deprovisioned {
            return Err(ApiError::of("E0000038"));
        }
        let (mut from, mut to) = (Map::new(), Map::new());
        for (key, value) in &change {
            let before = user.profile.get(key).unwrap_or(&Value::Null);
            if before != value {
                from.insert(key.clone(), before.clone());
                to.insert(key.clone(), value.clone());
            }
        }
        profile::check(&change, |key| change.get(key).or_else(|| user.profile.get(key)))?;
        if to.is_empty() {
            return Ok(());
        }
        if let Some(login) = to.get("login").and_then(Value::as_str) {
            let owner = self.users.by_login(&login.to_lowercase());
            if owner.is_some() && owner != self.users.number(id) {
                return Err(duplicate_login());
            }
        }
        let changed = to.keys().cloned().collect::<Vec<_>>().join(",");
        let addresses = [
            ("email", "user.account.update_primary_email"),
            ("secondEmail", "user.account.update_secondary_email"),
        ];
        let addresses =
            addresses.into_iter().filter(|(key, _)| to.contains_key(*key)).map(|(_, event)| event);
        let addresses: Vec<&str> = addresses.collect();
        let details = serde_json::json!({ "from": from, "to": to }).to_string();
        let mut party = self.touch(tx, id, |user| {
            for (key, value) in change {
                if value.is_null() && !profile::keeps_null(&key) {
                    user.profile.remove(&key);
                } else {
                    user.profile.insert(key, value);
                }
            }
        })?;
        let plain = party.clone();
        party.change = Some(details.into());
        self.log_event(
            tx,
            tx.event("user.account.update_profile").target(party).debug("changedAttributes", changed),
        );
        for event in addresses {
            self.log_event(tx, tx.event(event).target(plain.clone()));
        }
        self.apply_rules(tx, id);
        Ok(())
    }

    /// Keeps what else a caller says of a user: the realm, the recovery question.
    pub(crate) fn update_rest(
        &mut self,
        tx: &Tx,
        id: &str,
        realm: Option<Id>,
        recovery_question: Option<Box<str>>,
    ) -> Result<(), ApiError> {
        let user = self.settled(id)?;
        let (realm, recovery_question) = (
            realm.or_else(|| user.realm.clone()),
            recovery_question.or_else(|| user.recovery_question.clone()),
        );
        if (&realm, &recovery_question) != (&user.realm, &user.recovery_question) {
            drop(user);
            self.changed();
            self.touch(tx, id, |user| (user.realm, user.recovery_question) = (realm, recovery_question))?;
        }
        Ok(())
    }

    /// Replaces the profile: what is not said is cleared.
    pub(crate) fn replace_profile(
        &mut self,
        tx: &Tx,
        id: &str,
        mut profile: Map<String, Value>,
    ) -> Result<(), ApiError> {
        for key in self.find_user(id)?.profile.keys() {
            profile.entry(key.as_str()).or_insert(Value::Null);
        }
        self.update_profile(tx, id, profile)
    }
}

fn duplicate_login() -> ApiError {
    ApiError::validation(
        "login",
        "login: An object with this field already exists in the current organization",
    )
}
