//! The same question asked of generated users by number: a search over a million of them looks at a draw or two for each.
//!
//! What can take few values is compared with all of them once: statuses, names, departments. Times become an interval. A
//! login is a name and a number, so most of what is asked of it is decided by the name. The rest is asked the slow way.

use super::{Attribute, Fact, Test, Want};
use crate::handle::query::Op;
use crate::org::generated::{self, Generated, NAMES};
use crate::timestamp::whole_seconds;

/// An expression, ready for generated users.
#[derive(Debug)]
pub(super) enum Quick<'a> {
    Always,
    Never,
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    /// By status.
    Status([bool; 8]),
    Given([bool; NAMES]),
    Family([bool; NAMES]),
    Department([bool; 12]),
    CostCenter([bool; 40]),
    /// In this interval of seconds.
    Time(&'a Attribute, i64, i64),
    Id(Op, &'a Want),
    Login(Box<LoginTest<'a>>),
    Slow(&'a Test),
}

impl<'a> Quick<'a> {
    pub(super) fn of(test: &'a Test) -> Self {
        match test {
            Test::And(left, right) => Self::and([Self::of(left), Self::of(right)]),
            Test::Or(left, right) => Self::Or(vec![Self::of(left), Self::of(right)]),
            Test::Not(inner) => Self::Not(Box::new(Self::of(inner))),
            Test::Present(attribute) => Self::leaf(test, attribute, None),
            Test::Compare { attribute, op, want } => Self::leaf(test, attribute, Some((*op, want))),
        }
    }

    /// What costs least is asked first.
    fn and(parts: [Self; 2]) -> Self {
        let mut all = Vec::new();
        for part in parts {
            match part {
                Self::And(inner) => all.extend(inner),
                other => all.push(other),
            }
        }
        all.sort_by_key(Self::cost);
        Self::And(all)
    }

    fn cost(&self) -> u32 {
        match self {
            Self::Always | Self::Never => 0,
            Self::Status(_) => 1,
            Self::Given(_) | Self::Family(_) | Self::Department(_) | Self::CostCenter(_) => 2,
            Self::Time(..) => 3,
            Self::Not(inner) => inner.cost(),
            Self::And(parts) | Self::Or(parts) => parts.iter().map(Self::cost).sum(),
            Self::Login(_) | Self::Id(..) => 10,
            Self::Slow(_) => 100,
        }
    }

    fn leaf(test: &'a Test, attribute: &'a Attribute, compare: Option<(Op, &'a Want)>) -> Self {
        let meets = |have: &str| compare.is_none_or(|(op, want)| want.meets(op, &Fact::Text(have)));
        match attribute {
            Attribute::Status => {
                let mut fits = [false; 8];
                for status in generated::STATUSES {
                    fits[status as usize] = meets(status.name());
                }
                Self::Status(fits)
            }
            Attribute::Type => {
                if meets(crate::org::users::OTY) {
                    Self::Always
                } else {
                    Self::Never
                }
            }
            Attribute::Profile(key) => match (key.as_str(), compare) {
                ("firstName", _) => Self::Given(std::array::from_fn(|n| meets(generated::name_at(n).0))),
                ("lastName", _) => Self::Family(std::array::from_fn(|n| meets(generated::name_at(n).1))),
                ("department", _) => {
                    Self::Department(std::array::from_fn(|n| meets(generated::department_at(n))))
                }
                ("costCenter", _) => {
                    Self::CostCenter(std::array::from_fn(|n| meets(&generated::cost_center_at(n))))
                }
                ("login" | "email", None) => Self::Always,
                ("login" | "email", Some((op, want))) => Self::Login(Box::new(LoginTest::new(op, want))),
                _ if compare.is_some_and(|(op, want)| want.meets(op, &Fact::Absent)) => Self::Always,
                _ => Self::Never,
            },
            Attribute::Id => match compare {
                None => Self::Always,
                Some((op, want)) => Self::Id(op, want),
            },
            Attribute::Created
            | Attribute::Activated
            | Attribute::StatusChanged
            | Attribute::LastUpdated
            | Attribute::LastLogin => match compare {
                None => Self::Time(attribute, i64::MIN, i64::MAX),
                Some((op, want)) => match interval(op, want) {
                    Some((from, to)) => Self::Time(attribute, from, to),
                    None => Self::Slow(test),
                },
            },
        }
    }

    /// Whether a generated user fits.
    pub(super) fn fits(&self, user: Generated<'_>) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::And(parts) => parts.iter().all(|part| part.fits(user)),
            Self::Or(parts) => parts.iter().any(|part| part.fits(user)),
            Self::Not(inner) => !inner.fits(user),
            Self::Status(fits) => fits[user.status() as usize],
            Self::Given(fits) => fits[user.who().given],
            Self::Family(fits) => fits[user.who().family],
            Self::Department(fits) => fits[user.who().department],
            Self::CostCenter(fits) => fits[user.who().cost_center - 100],
            Self::Time(attribute, from, to) => {
                attribute.time_of(user).is_some_and(|at| (*from..*to).contains(&at.div_euclid(1_000)))
            }
            Self::Id(op, want) => {
                let id = user.formula.ids.bytes(u64::from(user.n));
                want.meets(*op, &Fact::Text(std::str::from_utf8(&id).unwrap_or_default()))
            }
            Self::Login(test) => test.fits(user),
            Self::Slow(test) => test.fits(&crate::org::users::Entry::Generated(user)),
        }
    }
}

/// The seconds whose text meets a comparison, as an interval. Texts of times sort as the times do, in either case.
fn interval(op: Op, want: &Want) -> Option<(i64, i64)> {
    let all = (i64::MIN, i64::MAX);
    if let Some(ms) = want.time {
        let (down, up) = (ms.div_euclid(1_000), (ms + 999).div_euclid(1_000));
        match op {
            Op::Eq => return Some((up, down + 1)),
            Op::Gt => return Some((down + 1, all.1)),
            Op::Ge => return Some((up, all.1)),
            Op::Lt => return Some((all.0, up)),
            Op::Le => return Some((all.0, down + 1)),
            _ => {}
        }
    }
    want.value.as_str()?;
    let text = |second: i64| {
        let text = whole_seconds(second * 1_000);
        if want.fold_case { text.to_lowercase() } else { text }
    };
    // The first second whose text is not before; between the years 1 and 9998.
    let first = |before: &dyn Fn(&str) -> bool| {
        let (mut low, mut high) = (-62_135_596_800_i64, 253_370_764_800_i64);
        while low < high {
            let middle = low + (high - low) / 2;
            if before(&text(middle)) { low = middle + 1 } else { high = middle }
        }
        low
    };
    let wanted = want.text.as_str();
    let at = first(&|text| text < wanted);
    let behind = first(&|text| text <= wanted);
    match op {
        Op::Eq => Some((at, behind)),
        Op::Gt => Some((behind, all.1)),
        Op::Ge => Some((at, all.1)),
        Op::Lt => Some((all.0, at)),
        Op::Le => Some((all.0, behind)),
        Op::Sw => Some((at, first(&|text| text < wanted || text.starts_with(wanted)))),
        _ => None,
    }
}

/// What a name decides about the logins made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ByName {
    Never,
    Always,
    /// The number has a say.
    Open,
}

/// A comparison with logins.
#[derive(Debug)]
pub(super) struct LoginTest<'a> {
    op: Op,
    want: &'a Want,
    /// By given and family name.
    names: Vec<ByName>,
    number: NumberTest,
}

impl<'a> LoginTest<'a> {
    fn new(op: Op, want: &'a Want) -> Self {
        let names = (0..NAMES * NAMES).map(|pair| {
            let prefix = generated::login_prefix(pair / NAMES, pair % NAMES);
            if want.value.is_string() { by_name(op, &want.text, &prefix) } else { ByName::Open }
        });
        let number = if want.value.is_string() { NumberTest::new(op, &want.text) } else { NumberTest::Never };
        Self { op, want, names: names.collect(), number }
    }

    fn fits(&self, user: Generated<'_>) -> bool {
        if self.number.fits(user.n) {
            return true;
        }
        let who = user.who();
        match self.names[who.given * NAMES + who.family] {
            ByName::Never => false,
            ByName::Always => true,
            ByName::Open => self.want.meets(self.op, &Fact::Made(user.login())),
        }
    }
}

/// What `ada.byron.` says about every login that goes on with a number.
fn by_name(op: Op, want: &str, prefix: &str) -> ByName {
    let decided = |fits: bool| if fits { ByName::Always } else { ByName::Never };
    let goes_on = want.len() > prefix.len() && want.starts_with(prefix);
    match op {
        Op::Eq | Op::Sw | Op::Gt | Op::Ge | Op::Lt | Op::Le if goes_on => ByName::Open,
        Op::Eq => ByName::Never,
        Op::Sw => decided(prefix.starts_with(want)),
        // A prefix that is no longer than what is wanted differs from it, or is followed by more.
        Op::Gt | Op::Ge => decided(prefix >= want),
        Op::Lt | Op::Le => decided(prefix < want),
        Op::Co if prefix.contains(want) => ByName::Always,
        Op::Co => {
            // The wanted text may begin in the name and end in the number. The point alone is the number's.
            let overlap = |length: usize| {
                let split = want.split_at_checked(length);
                split.is_some_and(|(start, rest)| {
                    prefix.ends_with(start) && rest.starts_with(|c: char| c.is_ascii_digit())
                })
            };
            if (2..want.len()).any(overlap) { ByName::Open } else { ByName::Never }
        }
        Op::Ne | Op::Ew => ByName::Open,
    }
}

/// Whether `.7@example.com` holds a text.
#[derive(Debug)]
enum NumberTest {
    Never,
    Always,
    /// Its digits, at the start of the number, at its end, or anywhere.
    Digits {
        text: String,
        at_start: bool,
        at_end: bool,
    },
}

impl NumberTest {
    fn new(op: Op, want: &str) -> Self {
        if op != Op::Co {
            return Self::Never;
        }
        let number = generated::DOMAIN;
        if number.contains(want) {
            return Self::Always;
        }
        let rest = want.strip_prefix('.').unwrap_or(want);
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (text, end) = rest.split_at(digits);
        if text.is_empty() || text.len() > 10 || !number.starts_with(end) {
            return Self::Never;
        }
        Self::Digits { text: text.to_owned(), at_start: want.starts_with('.'), at_end: !end.is_empty() }
    }

    fn fits(&self, n: u32) -> bool {
        match self {
            Self::Never => false,
            Self::Always => true,
            Self::Digits { text, at_start, at_end } => {
                let mut digits = [0; 10];
                let digits = generated::digits_of(n, &mut digits);
                let text = text.as_bytes();
                match (at_start, at_end) {
                    (true, true) => digits == text,
                    (true, false) => digits.starts_with(text),
                    (false, true) => digits.ends_with(text),
                    (false, false) => digits.windows(text.len()).any(|window| window == text),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handle::query::Expr;
    use crate::org::generated::Formula;
    use crate::org::users::Entry;

    #[test]
    fn the_quick_answer_is_the_slow_one() {
        let formula = Formula::new(7, 1_500, 1_787_299_200_000);
        let user = |n| formula.user(n).expect("there are 1,500");
        let ms = user(40).created();
        let moments = [
            whole_seconds(ms),
            crate::timestamp::iso(ms + 1),
            whole_seconds(user(9).last_updated()),
            "2026".into(),
            "2026-08-0".into(),
            "2026-08-04T1".into(),
            "2025-12-31t23".into(),
            "x".into(),
            String::new(),
        ];
        let login = user(1_234).login();
        let logins: Vec<&str> =
            "a ada. ADA. user. user.7 . .1 .12 12 7@ 77@example .7@example.com n.1 @example.com com. 1.2 \
                      999999999999 zzz é"
                .split(' ')
                .chain(["", &login, &login[3..], &login[..login.len() - 13]])
                .collect();
        let id = user(77).id();
        let small = id.to_lowercase();
        let mut wanted: Vec<(&str, Vec<&str>)> = vec![
            ("profile.login", logins.clone()),
            ("profile.email", logins),
            ("id", vec!["00u", "00U", "00g", &id, &id[..11], &small, ""]),
            ("status", vec!["ACTIVE", "active", "S", "SU", "zzz"]),
            ("profile.firstName", vec!["Ada", "ada", "zo", "Zoë", "李", "K", ""]),
            ("profile.lastName", vec!["Byron", "l", "Ångström", "mü"]),
            ("profile.department", vec!["Sales", "s", "zzz"]),
            ("profile.costCenter", vec!["CC-117", "cc-1", "CC-13"]),
            ("profile.nickName", vec!["x", ""]),
            ("type.id", vec!["otydefault0000000mck", "x"]),
        ];
        for name in ["created", "activated", "statusChanged", "lastUpdated", "lastLogin"] {
            wanted.push((name, moments.iter().map(String::as_str).collect()));
        }
        let mut expressions = vec![
            "profile.nickName pr or profile.firstName pr and not lastLogin pr".to_owned(),
            r#"not (status eq "ACTIVE" or profile.lastName sw "h") and profile.login co "e""#.to_owned(),
        ];
        for (name, texts) in &wanted {
            expressions.push(format!("{name} pr"));
            expressions.push(format!("{name} gt 3"));
            for op in ["eq", "ne", "gt", "ge", "lt", "le", "sw", "ew", "co"] {
                expressions.extend(texts.iter().map(|text| format!("{name} {op} \"{text}\"")));
            }
        }
        for (n, expression) in (0_u32..).zip(&expressions) {
            for fold_case in [false, true] {
                let test = Test::new(Expr::parse(expression).expect("an expression"), fold_case);
                let quick = Quick::of(&test);
                // Other users for each expression, and those that some of them name.
                let users =
                    (0..1_500).filter(|user| (user + n) % 5 == 0 || [9, 40, 77, 1_234].contains(user));
                for user in users.map(user) {
                    let slow = test.fits(&Entry::Generated(user));
                    assert_eq!(quick.fits(user), slow, "{expression} of {} ({fold_case})", user.login());
                }
            }
        }
    }
}
