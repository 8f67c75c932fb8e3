//! Which users a `filter`, a `search` or a `q` wants, decided user by user without making any.
//!
//! Attributes are resolved and texts folded once, so that a scan over a million generated users computes a number or
//! two for each. Some expressions need no scan: an id or a login names one user, and a `lastUpdated` later than
//! anything generated leaves only who was changed.

mod quick;

use serde_json::Value;

use quick::Quick;

use super::query::{Expr, Op, compares};
use crate::org::generated::Generated;
use crate::org::users::{Entry, OTY, Status, Users};
use crate::timestamp::{self, whole_seconds};

/// A wanted set of users.
#[derive(Debug)]
pub(super) struct Wanted(Test);

#[derive(Debug)]
enum Test {
    And(Box<Test>, Box<Test>),
    Or(Box<Test>, Box<Test>),
    Not(Box<Test>),
    Present(Attribute),
    Compare { attribute: Attribute, op: Op, want: Want },
}

/// An attribute that users can be asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Attribute {
    Id,
    Status,
    Created,
    Activated,
    StatusChanged,
    LastUpdated,
    LastLogin,
    Type,
    Profile(String),
}

/// What an attribute is compared with.
#[derive(Debug)]
struct Want {
    value: Value,
    /// In lower case where case does not matter.
    text: String,
    fold_case: bool,
    time: Option<i64>,
}

/// The value of an attribute.
pub(super) enum Fact<'a> {
    Absent,
    Text(&'a str),
    Made(String),
    Time(i64),
    Json(&'a Value),
}

impl Wanted {
    pub(super) fn new(expr: Expr, fold_case: bool) -> Self {
        Self(Test::new(expr, fold_case))
    }

    /// The wanted ones from a number on, in order: of the store, or of the index as it is at a time.
    pub(super) fn among<'a>(
        &'a self,
        users: &'a Users,
        first: u32,
        indexed: Option<i64>,
    ) -> Box<dyn Iterator<Item = (u32, Entry<'a>)> + 'a> {
        let fits = move |(_, user): &(u32, Entry<'a>)| self.fits(user);
        let recent = self.0.is_recent(users.formula.latest_change());
        if let Some(now) = indexed.filter(|_| users.index.lags()) {
            return Box::new(users.indexed(first, now, recent).filter(fits));
        }
        if let Some(only) = self.0.names(users) {
            let only = only.filter(|n| *n >= first);
            let only = only.and_then(|n| users.entry(n).map(|user| (n, user)));
            return Box::new(only.into_iter().filter(fits));
        }
        if recent {
            return Box::new(users.changed_from(first).filter(fits));
        }
        Box::new(users.wanted(first, self.generated(), move |user| self.fits(user)))
    }

    /// Whether the expression names one user, or only changed ones can fit: then [`among`](Self::among) looks at nobody else.
    pub(super) fn are_few(&self, users: &Users) -> bool {
        self.0.is_recent(users.formula.latest_change()) || self.0.names(users).is_some()
    }

    pub(super) fn fits(&self, user: &Entry<'_>) -> bool {
        self.0.fits(user)
    }

    /// The same, to be asked of many generated users.
    pub(super) fn generated(&self) -> impl Fn(Generated<'_>) -> bool {
        let quick = Quick::of(&self.0);
        move |user| quick.fits(user)
    }
}

impl Test {
    fn new(expr: Expr, fold_case: bool) -> Self {
        let new = |expr: Box<Expr>| Box::new(Self::new(*expr, fold_case));
        match expr {
            Expr::And(left, right) => Self::And(new(left), new(right)),
            Expr::Or(left, right) => Self::Or(new(left), new(right)),
            Expr::Not(inner) => Self::Not(new(inner)),
            Expr::Present(attribute) => Self::Present(Attribute::named(attribute)),
            Expr::Compare { attribute, op, value } => {
                let text = value.as_str().unwrap_or_default();
                let want = Want {
                    time: timestamp::parse(text),
                    text: if fold_case { text.to_lowercase() } else { text.to_owned() },
                    fold_case,
                    value,
                };
                Self::Compare { attribute: Attribute::named(attribute), op, want }
            }
        }
    }

    fn fits(&self, user: &Entry<'_>) -> bool {
        match self {
            Self::And(left, right) => left.fits(user) && right.fits(user),
            Self::Or(left, right) => left.fits(user) || right.fits(user),
            Self::Not(inner) => !inner.fits(user),
            Self::Present(attribute) => match attribute.of(user) {
                Fact::Absent => false,
                Fact::Json(Value::Array(values)) => values.iter().any(|value| !value.is_null()),
                Fact::Json(value) => !value.is_null(),
                Fact::Text(_) | Fact::Made(_) | Fact::Time(_) => true,
            },
            Self::Compare { attribute, op, want } => want.meets(*op, &attribute.of(user)),
        }
    }

    /// The one user that can fit at most, where the expression names one; `Some(None)` for one that nobody is.
    fn names(&self, users: &Users) -> Option<Option<u32>> {
        match self {
            Self::And(left, right) => left.names(users).or_else(|| right.names(users)),
            Self::Compare { attribute: Attribute::Id, op: Op::Eq, want } if !want.fold_case => {
                Some(users.number(&want.text))
            }
            Self::Compare { attribute: Attribute::Id, op: Op::Eq, want } => {
                want.value.as_str().and_then(|id| users.number(id)).map(Some)
            }
            Self::Compare { attribute: Attribute::Profile(key), op: Op::Eq, want } if key == "login" => {
                Some(users.by_login(&want.text.to_lowercase()))
            }
            _ => None,
        }
    }

    /// Whether only users changed later than this can fit.
    fn is_recent(&self, latest: i64) -> bool {
        match self {
            Self::And(left, right) => left.is_recent(latest) || right.is_recent(latest),
            Self::Or(left, right) => left.is_recent(latest) && right.is_recent(latest),
            Self::Compare { attribute: Attribute::LastUpdated, op, want } => match (op, want.time) {
                (Op::Gt, Some(at)) => at >= latest,
                (Op::Ge | Op::Eq, Some(at)) => at > latest,
                _ => false,
            },
            _ => false,
        }
    }
}

impl Attribute {
    pub(super) fn named(name: String) -> Self {
        match name.as_str() {
            "id" => Self::Id,
            "status" => Self::Status,
            "created" => Self::Created,
            "activated" => Self::Activated,
            "statusChanged" => Self::StatusChanged,
            "lastUpdated" => Self::LastUpdated,
            "lastLogin" => Self::LastLogin,
            "type.id" => Self::Type,
            _ => Self::Profile(name.strip_prefix("profile.").map_or_else(String::new, str::to_owned)),
        }
    }

    /// One of the times of a generated user.
    pub(super) fn time_of(&self, user: Generated<'_>) -> Option<i64> {
        match self {
            Self::Created => Some(user.created()),
            Self::Activated => user.activated(),
            Self::StatusChanged => user.status_changed(),
            Self::LastUpdated => Some(user.last_updated()),
            Self::LastLogin => user.last_login(),
            _ => None,
        }
    }

    pub(super) fn of<'a>(&self, user: &Entry<'a>) -> Fact<'a> {
        let time = |ms: Option<i64>| ms.map_or(Fact::Absent, Fact::Time);
        match (self, user) {
            (Self::Type, _) => Fact::Text(OTY),
            (Self::Status, user) => Fact::Text(user.status().name()),
            (Self::Id, Entry::Generated(user)) => Fact::Made(user.id().to_string()),
            (Self::Profile(key), Entry::Generated(user)) => match key.as_str() {
                "firstName" => Fact::Text(user.name().0),
                "lastName" => Fact::Text(user.name().1),
                "department" => Fact::Text(user.department()),
                "costCenter" => Fact::Made(user.cost_center()),
                "login" | "email" => Fact::Made(user.login()),
                _ => Fact::Absent,
            },
            (_, Entry::Generated(user)) => time(self.time_of(*user)),
            (Self::Id, Entry::Changed(user)) => Fact::Text(&user.id),
            (Self::Created, Entry::Changed(user)) => time(Some(user.created)),
            (Self::Activated, Entry::Changed(user)) => time(user.activated),
            (Self::StatusChanged, Entry::Changed(user)) => time(user.status_changed),
            (Self::LastUpdated, Entry::Changed(user)) => time(Some(user.last_updated)),
            (Self::LastLogin, Entry::Changed(user)) => time(user.last_login),
            (Self::Profile(key), Entry::Changed(user)) => {
                user.profile.get(key).map_or(Fact::Absent, Fact::Json)
            }
        }
    }
}

impl Want {
    fn meets(&self, op: Op, have: &Fact<'_>) -> bool {
        match have {
            Fact::Absent => op == Op::Ne,
            Fact::Text(have) => self.meets_text(op, have),
            Fact::Made(have) => self.meets_text(op, have),
            Fact::Json(Value::String(have)) => self.meets_text(op, have),
            Fact::Json(Value::Array(values)) if op == Op::Ne => {
                !values.iter().any(|have| self.slow(Op::Eq, have))
            }
            Fact::Json(Value::Array(values)) => values.iter().any(|have| self.slow(op, have)),
            Fact::Json(have) => self.slow(op, have),
            Fact::Time(have) => {
                // Users show whole seconds, and are compared by what they show.
                let have = have.div_euclid(1_000) * 1_000;
                match (op, self.time) {
                    (Op::Eq, Some(want)) => have == want,
                    (Op::Gt, Some(want)) => have > want,
                    (Op::Ge, Some(want)) => have >= want,
                    (Op::Lt, Some(want)) => have < want,
                    (Op::Le, Some(want)) => have <= want,
                    _ => self.slow(op, &Value::String(whole_seconds(have))),
                }
            }
        }
    }

    fn meets_text(&self, op: Op, have: &str) -> bool {
        let want = self.text.as_bytes();
        let plain = self.value.is_string() && self.time.is_none() && matches!(op, Op::Eq | Op::Sw);
        if !plain || (self.fold_case && !(have.is_ascii() && self.text.is_ascii())) {
            return self.slow(op, &Value::String(have.to_owned()));
        }
        let have = have.as_bytes();
        let have = if op == Op::Sw { have.get(..want.len()) } else { Some(have) };
        have.is_some_and(|have| if self.fold_case { have.eq_ignore_ascii_case(want) } else { have == want })
    }

    fn slow(&self, op: Op, have: &Value) -> bool {
        match op {
            Op::Ne => !compares(have, Op::Eq, &self.value, self.fold_case),
            op => compares(have, op, &self.value, self.fold_case),
        }
    }
}

/// What `q` wants: a prefix of a name or of the e-mail address.
#[derive(Debug)]
pub(super) struct Prefix(String);

impl Prefix {
    pub(super) fn new(q: &str) -> Self {
        Self(q.to_lowercase())
    }

    pub(super) fn fits(&self, user: &Entry<'_>) -> bool {
        if user.status() == Status::Deprovisioned {
            return false;
        }
        match user {
            Entry::Generated(user) => {
                let (first, last) = user.name();
                // Only these can begin a generated address: the given name and more, or `user.`.
                let address =
                    self.0.contains('.') || self.0.starts_with("user") || "user".starts_with(&self.0);
                self.begins(first)
                    || self.begins(last)
                    || (address
                        && self.0.bytes().next() == first_of_address(first, last)
                        && self.begins(&user.login()))
            }
            Entry::Changed(user) => {
                ["firstName", "lastName", "email"].iter().any(|key| self.begins(user.text(key)))
            }
        }
    }

    fn begins(&self, name: &str) -> bool {
        if name.is_ascii() {
            name.get(..self.0.len()).is_some_and(|start| start.eq_ignore_ascii_case(&self.0))
        } else {
            name.to_lowercase().starts_with(&self.0)
        }
    }
}

/// The first letter of a generated address.
fn first_of_address(first: &str, last: &str) -> Option<u8> {
    let named = first.is_ascii() && last.is_ascii();
    if named { first.bytes().next().map(|byte| byte.to_ascii_lowercase()) } else { Some(b'u') }
}
