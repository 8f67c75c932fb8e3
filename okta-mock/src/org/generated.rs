//! Users that exist by formula: everything about the `n`th follows from the seed, `n` and the time of the start.
//!
//! Proportions follow position, not chance, so that small orgs are plain (three users, all active) and larger ones
//! have their share of everything: 3 % deactivated, some staged, provisioned and suspended, 2 % names beyond ASCII.

mod draws;
mod pieces;
mod row;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::event::Party;
use super::id::{Id, Spelling};
use super::users::{Status, User};
use crate::timestamp::{Calendar, Moment};
use draws::{Lately, Past};
use row::Login;

pub(crate) use draws::{NAMES, Who, cost_center_at, department_at, name_at};
pub(crate) use row::{Person, digits_of, write_number};

const DAY: i64 = 86_400_000;
/// The end of every login; `row` writes it.
pub(crate) const DOMAIN: &str = "@example.com";

/// What generated users follow from.
#[derive(Clone, Debug)]
pub(crate) struct Formula {
    pub(crate) seed: u64,
    /// How many there are.
    pub(crate) count: u32,
    /// When the org started. Nothing generated changed later than two days before.
    pub(crate) start: i64,
    pub(crate) ids: Spelling,
    calendar: Calendar,
}

/// One generated user. Costs nothing; what is asked is computed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Generated<'a> {
    pub(crate) formula: &'a Formula,
    pub(crate) n: u32,
}

/// The status that a user starts with.
pub(crate) fn status(n: u32) -> Status {
    match n {
        _ if n % 33 == 32 => Status::Deprovisioned,
        _ if n % 40 == 17 => Status::Staged,
        _ if n % 50 == 23 => Status::Suspended,
        _ if n % 100 == 61 => Status::Provisioned,
        _ => Status::Active,
    }
}

/// Every status that a user can start with.
pub(crate) const STATUSES: [Status; 5] =
    [Status::Active, Status::Staged, Status::Suspended, Status::Provisioned, Status::Deprovisioned];

/// What the logins of people with these names begin with, up to the number.
pub(crate) fn login_prefix(given: usize, family: usize) -> String {
    row::login_prefix(given, family)
}

/// Whether a user may be in generated groups and apps.
pub(crate) fn joins(n: u32) -> bool {
    status(n) != Status::Deprovisioned
}

impl Formula {
    pub(crate) fn new(seed: u64, count: u32, start: i64) -> Self {
        let calendar = Calendar::new(start - draws::DAYS * DAY, draws::DAYS);
        Self { seed, count, start, ids: Spelling::new(seed, "00u"), calendar }
    }

    /// The `n`th user, if there are so many.
    pub(crate) fn user(&self, n: u32) -> Option<Generated<'_>> {
        (n < self.count).then_some(Generated { formula: self, n })
    }

    /// The latest `lastUpdated` that a generated user can have.
    pub(crate) fn latest_change(&self) -> i64 {
        self.start - 2 * DAY
    }

    /// Who has this login, which must be in lower case.
    pub(crate) fn by_login(&self, login: &str) -> Option<u32> {
        self.by_short_login(login.strip_suffix(DOMAIN)?)
    }

    /// Who has a login of this and the domain.
    pub(crate) fn by_short_login(&self, short: &str) -> Option<u32> {
        let n = short.rsplit_once('.')?.1.parse().ok()?;
        self.user(n).filter(|user| user.login().strip_suffix(DOMAIN) == Some(short)).map(|user| user.n)
    }
}

impl Generated<'_> {
    pub(crate) fn id(&self) -> Id {
        self.formula.ids.id(u64::from(self.n))
    }

    pub(crate) fn status(&self) -> Status {
        status(self.n)
    }

    pub(crate) fn created(&self) -> i64 {
        self.ms(self.past().created())
    }

    pub(crate) fn activated(&self) -> Option<i64> {
        (self.status() != Status::Staged).then(|| self.ms(self.past().activated()))
    }

    pub(crate) fn status_changed(&self) -> Option<i64> {
        match self.status() {
            Status::Staged => None,
            Status::Active => Some(self.ms(self.past().password_changed())),
            _ => Some(self.ms(self.past().status_changed())),
        }
    }

    pub(crate) fn last_login(&self) -> Option<i64> {
        has_password(self.status()).then(|| self.ms(self.lately().login()))
    }

    pub(crate) fn last_updated(&self) -> i64 {
        self.ms(self.lately().updated())
    }

    pub(crate) fn password_changed(&self) -> Option<i64> {
        has_password(self.status()).then(|| self.ms(self.past().password_changed()))
    }

    pub(crate) fn name(&self) -> (&'static str, &'static str) {
        self.who().name()
    }

    pub(crate) fn department(&self) -> &'static str {
        self.who().department()
    }

    pub(crate) fn cost_center(&self) -> String {
        self.who().cost_center()
    }

    pub(crate) fn login(&self) -> String {
        login(&self.who(), self.n)
    }

    /// What events say of this user, to be written more than once.
    pub(crate) fn person(&self) -> Person {
        let who = self.who();
        Person { id: self.formula.ids.spell(u64::from(self.n)), login: Login::of(&who, self.n), who }
    }

    /// How events name this user.
    pub(crate) fn party(&self) -> Party {
        let (first, last) = self.name();
        let (login, name): (Arc<str>, Arc<str>) = (self.login().into(), format!("{first} {last}").into());
        Party::new("User", &self.id(), &login, &name)
    }

    /// The same user as one that can change.
    pub(crate) fn user(&self) -> User {
        User {
            id: self.id(),
            status: self.status(),
            created: self.created(),
            activated: self.activated(),
            status_changed: self.status_changed(),
            deactivating: false,
            last_login: self.last_login(),
            last_updated: self.last_updated(),
            revision: 0,
            password_changed: self.password_changed(),
            profile: profile(self.formula.seed, self.n),
            provider: None,
            realm: None,
            recovery_question: None,
            factors: true,
        }
    }

    fn ms(&self, at: Moment) -> i64 {
        self.formula.calendar.ms(at)
    }

    pub(crate) fn who(&self) -> Who {
        Who::draw(self.formula.seed, self.n)
    }

    fn past(&self) -> Past {
        Past::draw(self.formula.seed, self.n)
    }

    fn lately(&self) -> Lately {
        Lately::draw(self.formula.seed, self.n)
    }
}

const fn has_password(status: Status) -> bool {
    !matches!(status, Status::Staged | Status::Provisioned)
}

/// A profile with the login that goes with its name. Also used for users that appear later.
pub(crate) fn profile(seed: u64, n: u32) -> Map<String, Value> {
    let who = Who::draw(seed, n);
    let ((first, last), login) = (who.name(), login(&who, n));
    let profile = json!({
        "firstName": first,
        "lastName": last,
        "mobilePhone": null,
        "secondEmail": null,
        "email": login,
        "login": login,
        "department": who.department(),
        "costCenter": who.cost_center(),
    });
    match profile {
        Value::Object(profile) => profile,
        _ => Map::new(),
    }
}

fn login(who: &Who, n: u32) -> String {
    Login::of(who, n).text()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::Sheet;

    const START: i64 = 1_787_299_200_000;

    #[test]
    fn the_two_ways_to_write_a_user_give_the_same_bytes() {
        let formula = Formula::new(7, 500, START);
        for n in 0..500 {
            let Some(user) = formula.user(n) else { panic!("there are 500") };
            let (mut quick, mut plain) = (Sheet::new(), Sheet::new());
            user.write_row(&mut quick, "http://127.0.0.1:1");
            user.user().write_row(&mut plain, "http://127.0.0.1:1");
            assert_eq!(quick.finish(), plain.finish(), "{n}");
        }
    }

    #[test]
    fn a_login_says_whose_it_is() {
        let formula = Formula::new(7, 500, START);
        for n in 0..500 {
            let login = formula.user(n).map(|user| user.login()).expect("there are 500");
            assert_eq!(formula.by_login(&login), Some(n), "{login}");
        }
        for other in
            ["", "@example.com", "x.1@example.com", "user.600@example.com", "ada.byron.01@example.com"]
        {
            assert_eq!(formula.by_login(other), None, "{other}");
        }
    }
}
