//! Users that exist by formula: everything about the `n`th follows from the seed, `n` and the time of the start.
//!
//! Proportions follow position, not chance, so that small orgs are plain (three users, all active) and larger ones
//! have their share of everything: 3 % deactivated, some staged, provisioned and suspended, 2 % names beyond ASCII.

mod row;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::event::Party;
use super::id::{Id, Spelling, mix, pick};
use super::names;
use super::users::{Status, User};
use crate::timestamp::Calendar;

const DAY: i64 = 86_400_000;
const DOMAIN: &str = "@example.com";

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

/// Whether a user may be in generated groups and apps.
pub(crate) fn joins(n: u32) -> bool {
    status(n) != Status::Deprovisioned
}

impl Formula {
    pub(crate) fn new(seed: u64, count: u32, start: i64) -> Self {
        let calendar = Calendar::new(start - 400 * DAY, 401);
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
        self.past(31, 300 * DAY) - 20 * DAY
    }

    pub(crate) fn activated(&self) -> Option<i64> {
        (self.status() != Status::Staged).then(|| self.created() + 5_000)
    }

    pub(crate) fn status_changed(&self) -> Option<i64> {
        self.status_changed_of(self.status(), self.created())
    }

    pub(crate) fn last_login(&self) -> Option<i64> {
        has_password(self.status()).then(|| self.login_time())
    }

    pub(crate) fn last_updated(&self) -> i64 {
        self.past(34, 15 * DAY)
    }

    pub(crate) fn password_changed(&self) -> Option<i64> {
        has_password(self.status()).then(|| self.created() + 605_000)
    }

    pub(crate) fn name(&self) -> (&'static str, &'static str) {
        name(self.formula.seed, self.n)
    }

    pub(crate) fn department(&self) -> &'static str {
        department(self.formula.seed, self.n)
    }

    pub(crate) fn cost_center(&self) -> String {
        format!("CC-{}", cost_center(self.formula.seed, self.n))
    }

    pub(crate) fn login(&self) -> String {
        let mut login = Vec::with_capacity(48);
        self.write_login(&mut login);
        String::from_utf8(login).unwrap_or_default()
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
            password_changed: self.password_changed(),
            profile: profile(self.formula.seed, self.n),
            provider: None,
            factors: true,
        }
    }

    fn status_changed_of(&self, status: Status, created: i64) -> Option<i64> {
        match status {
            Status::Staged => None,
            Status::Active => Some(created + 605_000),
            _ => Some(self.past(32, 15 * DAY)),
        }
    }

    fn login_time(&self) -> i64 {
        self.past(33, 15 * DAY)
    }

    /// Nothing generated changed later than two days before the start: the last 24 hours belong to the history.
    fn past(&self, kind: u64, span: i64) -> i64 {
        let draw = mix(self.formula.seed, kind, u64::from(self.n));
        self.formula.latest_change() - (draw % span.unsigned_abs()).cast_signed()
    }
}

fn has_password(status: Status) -> bool {
    !matches!(status, Status::Staged | Status::Provisioned)
}

/// A profile with the login that goes with its name. Also used for users that appear later.
pub(crate) fn profile(seed: u64, n: u32) -> Map<String, Value> {
    let (first, last) = name(seed, n);
    let mut login = Vec::new();
    row::write_login(&mut login, (first, last), n);
    let login = String::from_utf8(login).unwrap_or_default();
    let profile = json!({
        "firstName": first,
        "lastName": last,
        "mobilePhone": null,
        "secondEmail": null,
        "email": login,
        "login": login,
        "department": department(seed, n),
        "costCenter": format!("CC-{}", cost_center(seed, n)),
    });
    match profile {
        Value::Object(profile) => profile,
        _ => Map::new(),
    }
}

fn name(seed: u64, n: u32) -> (&'static str, &'static str) {
    let draw = u64::from(n);
    if n % 50 == 7 {
        names::UNICODE[pick(seed, 21, draw, names::UNICODE.len())]
    } else {
        (
            names::FIRST[pick(seed, 22, draw, names::FIRST.len())],
            names::LAST[pick(seed, 23, draw, names::LAST.len())],
        )
    }
}

fn department(seed: u64, n: u32) -> &'static str {
    names::DEPARTMENTS[pick(seed, 24, u64::from(n), names::DEPARTMENTS.len())]
}

fn cost_center(seed: u64, n: u32) -> usize {
    100 + pick(seed, 25, u64::from(n), 40)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_787_299_200_000;

    #[test]
    fn the_two_ways_to_write_a_user_give_the_same_bytes() {
        let formula = Formula::new(7, 500, START);
        for n in 0..500 {
            let Some(user) = formula.user(n) else { panic!("there are 500") };
            let mut row = Vec::new();
            user.write_row(&mut row, "http://127.0.0.1:1");
            assert_eq!(String::from_utf8(row).expect("text"), user.user().row("http://127.0.0.1:1"), "{n}");
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
