//! The users behind credentials: all that this part of the mock wants to know of the org's own state.

use super::role::AdminRole;
use crate::org::Org;
use crate::org::event::Party;
use crate::org::id::Id;
use crate::org::users::{Status, User};

/// One user, as far as credentials care.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: Id,
    pub(crate) login: String,
    pub(crate) name: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) email: String,
    pub(crate) status: &'static str,
    /// May sign in.
    pub(crate) active: bool,
    pub(crate) party: Party,
}

impl Person {
    fn of(user: &User) -> Self {
        Self {
            id: user.id.clone(),
            login: user.login().to_owned(),
            name: user.display_name(),
            first_name: user.text("firstName").to_owned(),
            last_name: user.text("lastName").to_owned(),
            email: user.text("email").to_owned(),
            status: user.status.name(),
            active: user.status == Status::Active,
            party: user.party(),
        }
    }
}

/// The user with this id or login.
pub(crate) fn find(org: &Org, key: &str) -> Option<Person> {
    org.find_user(key).ok().map(|user| Person::of(&user))
}

/// How events name a user.
pub(crate) fn party(org: &Org, id: &str) -> Option<Party> {
    org.find_user(id).ok().map(|user| user.party())
}

/// How events name who made a token; without an owner Okta did. `None` when what this user made does not work any more:
/// who was deactivated, or deleted after that, has nothing that does.
pub(crate) fn maker(org: &Org, owner: Option<&Id>) -> Option<Party> {
    let Some(owner) = owner else { return Some(Party::system()) };
    let entry = org.users.entry(org.users.number(owner)?)?;
    (entry.status() != Status::Deprovisioned).then(|| entry.party())
}

/// The first users who may sign in.
pub(crate) fn some(org: &Org, most: usize) -> Vec<Person> {
    let active = org.users.from(0).filter(|(_, entry)| entry.status() == Status::Active);
    active.take(most).filter_map(|(n, _)| org.users.nth(n)).map(|user| Person::of(&user)).collect()
}

/// The admin every org starts with.
pub(crate) fn owner(org: &Org) -> Option<&Id> {
    org.owner.as_ref()
}

/// The standard admin role of a user: the one that `/users/{id}/roles` shows.
pub(crate) fn role(org: &Org, user: &str) -> Option<AdminRole> {
    let (kind, _) = org.standard_role(org.users.number(user)?)?;
    AdminRole::named(kind)
}
