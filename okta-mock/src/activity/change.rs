//! One change of the org, made as an API call would make it.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::Activity;
use crate::org::event::{Origin, Party};
use crate::org::id::{Id, mix, pick};
use crate::org::log::Times;
use crate::org::users::{Entry, NewUser, Status};
use crate::org::{Org, Tx, seed, sign_in};

/// A kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Change {
    SignIn,
    UpdateProfile,
    AddMember,
    RemoveMember,
    AssignApp,
    UnassignApp,
    CreateUser,
    /// Or unsuspended, where the user drawn is suspended.
    Suspend,
    Deactivate,
    Unsuspend,
    Lock,
    Unlock,
    /// Of a user who is deactivated: a purge.
    Delete,
    CreateGroup,
}

/// The names of changes.
pub(super) const NAMES: [(&str, Change); 14] = [
    ("sign_in", Change::SignIn),
    ("update_profile", Change::UpdateProfile),
    ("add_member", Change::AddMember),
    ("remove_member", Change::RemoveMember),
    ("assign_app", Change::AssignApp),
    ("unassign_app", Change::UnassignApp),
    ("create_user", Change::CreateUser),
    ("suspend", Change::Suspend),
    ("deactivate", Change::Deactivate),
    ("unsuspend", Change::Unsuspend),
    ("lock", Change::Lock),
    ("unlock", Change::Unlock),
    ("delete", Change::Delete),
    ("create_group", Change::CreateGroup),
];

impl Change {
    /// The change with this name; an unknown one is refused with the nearest.
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        let found = NAMES.iter().find(|(known, _)| *known == name).map(|(_, change)| *change);
        found.ok_or_else(|| {
            let names = NAMES.map(|(known, _)| known);
            let nearest = crate::spelling::nearest(name, &names);
            format!("{name:?} is no change, did you mean {nearest}? There are {}", names.join(", "))
        })
    }

    pub(super) fn name(self) -> &'static str {
        NAMES.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }

    /// Whether a user in this status is worth drawing.
    pub(super) fn may_happen_to(self, status: Status) -> bool {
        match self {
            Self::Delete => status == Status::Deprovisioned,
            Self::Unsuspend => status == Status::Suspended,
            Self::Unlock => status == Status::LockedOut,
            Self::Lock => status == Status::Active,
            _ => status != Status::Deprovisioned,
        }
    }
}

impl Activity {
    /// Makes a change of this kind, of this user or of one that is drawn. Whose it was.
    pub(super) fn perform(
        &mut self,
        org: &mut Org,
        change: Change,
        user: Option<&Id>,
        at: i64,
    ) -> Option<Id> {
        if change == Change::CreateUser {
            return self.create_user(org, at);
        }
        let user = match user {
            Some(user) => Arc::clone(user),
            None => self.user(org, |user| change.may_happen_to(user.status()))?,
        };
        let lifecycle = |of: &Self, org: &Org, word: &str| {
            of.tx(org, at, format!("/api/v1/users/{user}/lifecycle{word}"))
        };
        match change {
            Change::CreateUser => return None,
            Change::SignIn => self.sign_in(org, &user, at)?,
            Change::UpdateProfile => {
                let department = format!("Department {}", self.draw(2) % 1_000);
                let change = Map::from_iter([("department".to_owned(), Value::String(department))]);
                let tx = self.tx(org, at, format!("/api/v1/users/{user}"));
                org.update_profile(&tx, &user, change).ok()?;
            }
            Change::AddMember => {
                let group = self.group(org)?;
                let tx = self.tx(org, at, format!("/api/v1/groups/{group}/users/{user}"));
                org.add_member(&tx, &group, &user).ok().filter(|changed| *changed)?;
            }
            Change::RemoveMember => {
                let group = self.group(org)?;
                let member = org.users.id(org.groups.get(&group)?.members.draw(self.draw(3))?);
                let tx = self.tx(org, at, format!("/api/v1/groups/{group}/users/{member}"));
                org.remove_member(&tx, &group, &member).ok().filter(|changed| *changed)?;
                return Some(member);
            }
            Change::AssignApp => {
                let app = self.one_of(4, assignable(org))?;
                let unassigned = !org.apps.get(&app)?.users.contains(org.users.number(&user)?);
                let tx = self.tx(org, at, format!("/api/v1/apps/{app}/users"));
                unassigned.then(|| org.assign_app(&tx, &app, &user).ok())??;
            }
            Change::UnassignApp => {
                let app = self.one_of(4, assignable(org))?;
                let assigned = org.users.id(org.apps.get(&app)?.users.draw(self.draw(5))?);
                let tx = self.tx(org, at, format!("/api/v1/apps/{app}/users/{assigned}"));
                org.unassign_app(&tx, &app, &assigned).ok()?;
                return Some(assigned);
            }
            Change::CreateGroup => {
                let name = Value::String(format!("Team {}", self.made));
                let tx = self.tx(org, at, "/api/v1/groups".to_owned());
                org.create_group(&tx, Map::from_iter([("name".to_owned(), name)])).ok()?;
            }
            Change::Suspend => {
                let tx = lifecycle(self, org, "");
                let suspended = org.users.get(&user)?.status == Status::Suspended;
                if suspended { org.unsuspend_user(&tx, &user) } else { org.suspend_user(&tx, &user) }.ok()?;
            }
            Change::Unsuspend => org.unsuspend_user(&lifecycle(self, org, "/unsuspend"), &user).ok()?,
            Change::Lock => org.lock_user(&lifecycle(self, org, ""), &user).ok()?,
            Change::Unlock => org.unlock_user(&lifecycle(self, org, "/unlock"), &user).ok()?,
            Change::Deactivate => org.deactivate_user(&lifecycle(self, org, "/deactivate"), &user).ok()?,
            Change::Delete => {
                let tx = self.tx(org, at, format!("/api/v1/users/{user}"));
                org.delete_user(&tx, &user).ok()?;
            }
        }
        Some(user)
    }

    /// A sign-in changes nothing but the log. It is published a little before it is persisted, as most events are.
    fn sign_in(&self, org: &mut Org, user: &Id, at: i64) -> Option<()> {
        let request_id: Arc<str> = self.request_id().into();
        let event = sign_in(org, user, self.draw(6), request_id)?;
        let lag = (self.draw(7) % 400).cast_signed();
        org.log_event_at(at, event, Times { published: Some(at - lag), ..Times::default() });
        Some(())
    }

    pub(super) fn create_user(&self, org: &mut Org, at: i64) -> Option<Id> {
        // Numbers far above those of the generated users, so that logins never meet.
        let made = u32::try_from(self.made).unwrap_or(u32::MAX);
        let n = org.users.formula.count.max(1_000_000).saturating_add(made);
        let new = NewUser {
            profile: seed::profile(self.seed, n),
            activate: true,
            password: true,
            ..NewUser::default()
        };
        let tx = self.tx(org, at, "/api/v1/users".to_owned());
        let created = org.create_user(&tx, new);
        if let Err(refused) = &created {
            tracing::debug!(?refused, "a generated user was refused");
        }
        created.ok()
    }

    /// A user other than the owner of the token.
    pub(super) fn user(&self, org: &Org, fits: impl Fn(&Entry<'_>) -> bool) -> Option<Id> {
        let numbers = org.users.numbers();
        let start = u32::try_from(self.draw(8) % u64::from(numbers.max(1))).unwrap_or(0);
        let owner = org.owner.as_ref().and_then(|owner| org.users.number(owner));
        let wanted = |(n, user): &(u32, Entry<'_>)| Some(*n) != owner && fits(user);
        // Mostly the first one will do.
        let first = org.users.entry(start).map(|user| (start, user));
        let mut onwards = first.into_iter().chain(org.users.from(start)).chain(org.users.from(0));
        onwards.find(wanted).map(|(n, _)| org.users.id(n))
    }

    fn group(&self, org: &Org) -> Option<Id> {
        self.one_of(9, org.groups.values().filter(|group| !group.built_in).map(|group| &group.id))
    }

    fn one_of<'a>(&self, kind: u64, ids: impl Iterator<Item = &'a Id>) -> Option<Id> {
        let ids: Vec<&Id> = ids.take(10_000).collect();
        ids.get(pick(self.seed, 60 + kind, self.made, ids.len())).map(|id| Arc::clone(id))
    }

    fn tx(&self, org: &Org, at: i64, uri: String) -> Tx {
        let actor: Party = org.owner_party();
        let request_id: Arc<str> = self.request_id().into();
        let origin = Origin::Web {
            request_id,
            uri: uri.into(),
            agent: None,
            token: None,
            session: None,
            place: self.draw(10),
        };
        Tx { at, actor, origin }
    }

    fn request_id(&self) -> String {
        format!("{:016x}{:016x}", self.draw(11), self.draw(12))
    }

    pub(super) fn draw(&self, kind: u64) -> u64 {
        mix(self.seed, 60 + kind, self.made)
    }
}

/// Apps that people are assigned to.
fn assignable(org: &Org) -> impl Iterator<Item = &Id> {
    org.apps.values().filter(|app| !app.is_client).map(|app| &app.id)
}
