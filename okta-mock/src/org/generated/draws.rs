//! What is drawn for a generated user: a few well-spread numbers, each attribute with bits of its own.
//!
//! Times are drawn as day, minute and second, so that neither writing nor comparing them needs a calendar's arithmetic.

use crate::org::id::mix;
use crate::org::names::{DEPARTMENTS, FIRST, LAST, UNICODE};
use crate::timestamp::Moment;

/// How many days the calendar of generated users has; the last one is the day before the start.
pub(super) const DAYS: i64 = 400;
/// The first day on which somebody was created, and how many such days there are.
const CREATED: (u32, u32) = (78, 300);
/// The same for what happened lately. It ends two days and more before the start: the last 24 hours belong to the
/// history.
const LATELY: (u32, u32) = (383, 15);

const MINUTES: u32 = 1_440;

/// Name, department, cost centre.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Who {
    /// Indexes of the names; behind the plain ones come those beyond ASCII.
    pub(crate) given: usize,
    pub(crate) family: usize,
    pub(crate) department: usize,
    /// From 100 to 139.
    pub(crate) cost_center: usize,
}

impl Who {
    pub(super) fn draw(seed: u64, n: u32) -> Self {
        let bits = mix(seed, 21, u64::from(n));
        let below = |shift: u32, below: usize| share(bits >> shift & 0xffff, below);
        let (given, family) = if n % 50 == 7 {
            let pair = below(0, UNICODE.len());
            (FIRST.len() + pair, LAST.len() + pair)
        } else {
            (below(0, FIRST.len()), below(16, LAST.len()))
        };
        Self { given, family, department: below(32, DEPARTMENTS.len()), cost_center: 100 + below(48, 40) }
    }

    pub(super) fn name(&self) -> (&'static str, &'static str) {
        (name_at(self.given).0, name_at(self.family).1)
    }

    pub(super) fn department(&self) -> &'static str {
        department_at(self.department)
    }

    pub(super) fn cost_center(&self) -> String {
        cost_center_at(self.cost_center - 100)
    }
}

/// How many given names there are, and as many family names.
pub(crate) const NAMES: usize = FIRST.len() + UNICODE.len();

/// The given and the family name with this index. Those beyond ASCII go together, the others with all.
pub(crate) fn name_at(n: usize) -> (&'static str, &'static str) {
    match n.checked_sub(FIRST.len()) {
        Some(pair) => UNICODE[pair],
        None => (FIRST[n], LAST[n]),
    }
}

pub(crate) fn department_at(n: usize) -> &'static str {
    DEPARTMENTS[n]
}

/// Of the forty cost centres.
pub(crate) fn cost_center_at(n: usize) -> String {
    format!("CC-{}", 100 + n)
}

/// Sixteen bits as a number below `below`.
fn share(bits: u64, below: usize) -> usize {
    (bits as usize * below) >> 16
}

/// When a user came: created, activated and given a password on one day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Past(u64);

impl Past {
    pub(super) fn draw(seed: u64, n: u32) -> Self {
        Self(mix(seed, 31, u64::from(n)))
    }

    pub(super) fn created(self) -> Moment {
        // Room for the ten minutes and five seconds until the password is chosen.
        moment(self.0, CREATED, MINUTES - 10, 55)
    }

    pub(super) fn activated(self) -> Moment {
        self.created().later(0, 5)
    }

    pub(super) fn password_changed(self) -> Moment {
        self.created().later(10, 5)
    }

    /// Of users whose status changed after that.
    pub(super) fn status_changed(self) -> Moment {
        moment(self.0 >> 32, LATELY, MINUTES, 60)
    }
}

/// What happened lately.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lately(u64);

impl Lately {
    pub(super) fn draw(seed: u64, n: u32) -> Self {
        Self(mix(seed, 34, u64::from(n)))
    }

    pub(super) fn updated(self) -> Moment {
        moment(self.0, LATELY, MINUTES, 60)
    }

    pub(super) fn login(self) -> Moment {
        moment(self.0 >> 32, LATELY, MINUTES, 60)
    }
}

/// A second of some days, from the low 32 bits: each step takes its share and leaves the rest to the next.
fn moment(bits: u64, (first, days): (u32, u32), minutes: u32, seconds: u32) -> Moment {
    let step = |bits: u64, below: u32| {
        let share = (bits & 0xffff_ffff) * u64::from(below);
        ((share >> 32) as u32, share)
    };
    let (day, rest) = step(bits, days);
    let (minute, rest) = step(rest, minutes);
    let (second, _) = step(rest, seconds);
    Moment { day: first + day, minute, second }
}
