//! All users of an org: those that exist by formula, and over them what was changed, added and purged.
//!
//! Users are named by number, in order of creation, which is also the order of their ids. A purged user's number stays
//! taken, so a cursor that names it keeps its place.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque, btree_map};
use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;

use super::index::{Index, Past};
use super::{Status, User, user_json};
use crate::org::event::Party;
use crate::org::generated::{Formula, Generated};
use crate::org::id::{Id, mix};
use crate::sheet::Sheet;

/// All users.
#[derive(Debug)]
pub(crate) struct Users {
    pub(crate) formula: Formula,
    /// Who differs from the formula; `None` for the purged.
    changed: BTreeMap<u32, Option<Box<User>>>,
    /// Lower-case logins of those.
    logins: BTreeMap<Arc<str>, u32>,
    /// The number of the next user to come.
    next: u32,
    /// What a search sees otherwise.
    pub(crate) index: Index,
}

/// What a snapshot holds of them.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct UserChanges {
    pub(crate) changed: BTreeMap<u32, Option<Box<User>>>,
    pub(crate) past: BTreeMap<u32, VecDeque<Past>>,
}

/// One user, as it is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Entry<'a> {
    Generated(Generated<'a>),
    Changed(&'a User),
}

impl Entry<'_> {
    pub(crate) fn status(&self) -> Status {
        match self {
            Self::Generated(user) => user.status(),
            Self::Changed(user) => user.status,
        }
    }

    /// How events name this user.
    pub(crate) fn party(&self) -> Party {
        match self {
            Self::Generated(user) => user.party(),
            Self::Changed(user) => user.party(),
        }
    }

    pub(crate) fn last_updated(&self) -> i64 {
        match self {
            Self::Generated(user) => user.last_updated(),
            Self::Changed(user) => user.last_updated,
        }
    }

    /// What changes with every change of the user, for `ETag`.
    pub(crate) fn version(&self) -> u64 {
        let revision = match self {
            Self::Generated(_) => 0,
            Self::Changed(user) => user.revision,
        };
        mix(revision, 0xe7a9, self.last_updated().cast_unsigned())
    }

    /// The user on its own: `_links` says what its state allows.
    pub(crate) fn full(&self, base: &str) -> Bytes {
        let mut out = Sheet::new();
        match self {
            Self::Generated(user) => {
                let mut id = [b'0'; 20];
                user.write_members(&mut out).put(&mut id);
                user_json::close(&mut out, user.status(), std::str::from_utf8(&id).unwrap_or_default(), base);
            }
            Self::Changed(user) => {
                user.write_members(&mut out);
                user_json::close(&mut out, user.status, &user.id, base);
            }
        }
        out.finish()
    }

    /// Appends the row of a list.
    pub(crate) fn write_row(&self, out: &mut Sheet, base: &str) {
        match self {
            Self::Generated(user) => user.write_row(out, base),
            Self::Changed(user) => user.write_row(out, base),
        }
    }
}

impl Users {
    pub(crate) fn new(formula: Formula) -> Self {
        let next = formula.count;
        Self { formula, changed: BTreeMap::new(), logins: BTreeMap::new(), next, index: Index::default() }
    }

    /// What differs from the formula.
    pub(crate) fn changes(&self) -> UserChanges {
        // The formula follows from the seed, logins and the next number from who there is.
        let Self { formula: _, changed, logins: _, next: _, index } = self;
        UserChanges { changed: changed.clone(), past: index.hidden().clone() }
    }

    /// Lays changes over users just made.
    pub(crate) fn settle_in(&mut self, UserChanges { changed, past }: UserChanges) {
        let present = changed.iter().filter_map(|(n, user)| Some((*n, user.as_deref()?)));
        self.logins = present.map(|(n, user)| (user.login().to_lowercase().into(), n)).collect();
        self.next =
            changed.keys().next_back().map_or(self.next, |last| self.next.max(last.saturating_add(1)));
        self.changed = changed;
        self.index.hide(past);
    }

    /// How many numbers were given out.
    pub(crate) fn numbers(&self) -> u32 {
        self.next
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        let purged = self.changed.values().filter(|user| user.is_none()).count();
        u64::from(self.next) - u64::try_from(purged).unwrap_or(0)
    }

    /// The number in an id, whether its user exists or not.
    pub(crate) fn number(&self, id: &str) -> Option<u32> {
        self.formula.ids.number(id).and_then(|n| u32::try_from(n).ok())
    }

    /// The id of a number.
    pub(crate) fn id(&self, n: u32) -> Id {
        self.formula.ids.id(u64::from(n))
    }

    pub(crate) fn entry(&self, n: u32) -> Option<Entry<'_>> {
        match self.changed.get(&n) {
            Some(changed) => changed.as_deref().map(Entry::Changed),
            None => self.formula.user(n).map(Entry::Generated),
        }
    }

    /// The user with this number.
    pub(crate) fn nth(&self, n: u32) -> Option<Cow<'_, User>> {
        match self.entry(n)? {
            Entry::Generated(user) => Some(Cow::Owned(user.user())),
            Entry::Changed(user) => Some(Cow::Borrowed(user)),
        }
    }

    /// The user with this id.
    pub(crate) fn get(&self, id: &str) -> Option<Cow<'_, User>> {
        self.nth(self.number(id)?)
    }

    /// Who has this login, which must be in lower case.
    pub(crate) fn by_login(&self, login: &str) -> Option<u32> {
        match self.logins.get(login) {
            Some(n) => Some(*n),
            None => self.formula.by_login(login).filter(|n| !self.changed.contains_key(n)),
        }
    }

    /// Who alone has a login that starts with this and an `@`.
    pub(crate) fn by_short_login(&self, short: &str) -> Option<u32> {
        let wanted = format!("{short}@");
        let onwards = self.logins.range::<str, _>((Bound::Included(wanted.as_str()), Bound::Unbounded));
        let changed = onwards.take_while(|(login, _)| login.starts_with(&wanted)).map(|(_, n)| *n);
        let generated = self.formula.by_short_login(short).filter(|n| !self.changed.contains_key(n));
        let mut found = changed.take(2).chain(generated);
        match (found.next(), found.next()) {
            (Some(n), None) => Some(n),
            _ => None,
        }
    }

    /// Everybody from a number on, in order.
    pub(crate) fn from(&self, first: u32) -> impl Iterator<Item = (u32, Entry<'_>)> {
        let mut changed = self.changed.range(first..).peekable();
        (first..self.next).filter_map(move |n| {
            let Some((_, user)) = changed.next_if(|(number, _)| **number == n) else {
                return self.formula.user(n).map(|user| (n, Entry::Generated(user)));
            };
            user.as_deref().map(|user| (n, Entry::Changed(user)))
        })
    }

    /// Those from a number on that fit, in order; of the generated ones only what is asked is computed.
    pub(crate) fn wanted(
        &self,
        first: u32,
        generated: impl Fn(Generated<'_>) -> bool,
        changed: impl Fn(&Entry<'_>) -> bool,
    ) -> impl Iterator<Item = (u32, Entry<'_>)> {
        let mut others = self.changed.range(first..).peekable();
        (first..self.next).filter_map(move |n| {
            let Some((_, user)) = others.next_if(|(number, _)| **number == n) else {
                let user = self.formula.user(n).filter(|user| generated(*user));
                return user.map(|user| (n, Entry::Generated(user)));
            };
            let user = user.as_deref().map(Entry::Changed).filter(&changed);
            user.map(|user| (n, user))
        })
    }

    /// Those from a number on that are not as the formula says, in order.
    pub(crate) fn changed_from(&self, first: u32) -> impl Iterator<Item = (u32, Entry<'_>)> {
        let changed = self.changed.range(first..);
        changed.filter_map(|(n, user)| user.as_deref().map(|user| (*n, Entry::Changed(user))))
    }

    /// Whether a user may not be as the formula says, or have been so not long ago.
    pub(crate) fn is_other(&self, n: u32) -> bool {
        self.changed.contains_key(&n) || self.index.hidden().contains_key(&n)
    }

    /// All of these, as a search sees them at a time.
    pub(crate) fn others(&self, now: i64) -> impl Iterator<Item = (u32, Entry<'_>)> {
        let hidden = self.index.hidden().keys().filter(|n| !self.changed.contains_key(n));
        let numbers = self.changed.keys().chain(hidden);
        numbers.filter_map(move |n| Some((*n, self.indexed_entry(*n, now)?)))
    }

    /// Everybody from a number on as a search sees them at a time; the recent ones are those not as the formula says.
    pub(crate) fn indexed(
        &self,
        first: u32,
        now: i64,
        recent: bool,
    ) -> impl Iterator<Item = (u32, Entry<'_>)> {
        let numbers = if recent { 0..0 } else { first..self.next };
        let changed = if recent { self.changed.range(first..) } else { self.changed.range(0..0) };
        let numbers = numbers.chain(changed.map(|(n, _)| *n));
        numbers.filter_map(move |n| self.indexed_entry(n, now).map(|user| (n, user)))
    }

    /// The user with this number as a search sees it.
    pub(crate) fn indexed_entry(&self, n: u32, now: i64) -> Option<Entry<'_>> {
        match self.index.stale(n, now) {
            Some(stale) => stale.map(Entry::Changed),
            None => self.entry(n),
        }
    }

    /// Adds a user, who gets the next id.
    pub(crate) fn add(&mut self, mut user: User) -> Id {
        let n = self.next;
        // Four thousand million users end the numbering; the last one is replaced rather than the org broken.
        self.next = n.saturating_add(1);
        let id = self.id(n);
        user.id = Arc::clone(&id);
        self.index.changes(n, user.created, || None);
        self.logins.insert(user.login().to_lowercase().into(), n);
        self.changed.insert(n, Some(Box::new(user)));
        id
    }

    /// Changes a user and keeps track of the login.
    pub(crate) fn change<T>(&mut self, id: &str, at: i64, change: impl FnOnce(&mut User) -> T) -> Option<T> {
        let n = self.number(id)?;
        let slot = match self.changed.entry(n) {
            btree_map::Entry::Occupied(slot) => slot.into_mut(),
            btree_map::Entry::Vacant(slot) => {
                let user = self.formula.user(n)?.user();
                self.logins.insert(user.login().to_lowercase().into(), n);
                slot.insert(Some(Box::new(user)))
            }
        };
        let user = slot.as_deref_mut()?;
        self.index.changes(n, at, || Some(user.clone()));
        let before = user.login().to_owned();
        let result = change(user);
        if before != user.login() {
            self.logins.remove(before.to_lowercase().as_str());
            self.logins.insert(user.login().to_lowercase().into(), n);
        }
        Some(result)
    }

    /// Purges a user.
    pub(crate) fn remove(&mut self, id: &str, at: i64) {
        let Some(n) = self.number(id) else { return };
        if let Some(user) = self.nth(n).map(Cow::into_owned) {
            let login = user.login().to_lowercase();
            self.index.changes(n, at, || Some(user));
            self.logins.remove(login.as_str());
            self.changed.insert(n, None);
        }
    }
}
