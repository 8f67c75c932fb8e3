//! `sortBy` and `sortOrder`: a page of a search in another order, found without sorting the org.
//!
//! One look at every wanted user, keeping what comes next: memory does not follow the org. The cursor holds the value that
//! the last row was sorted by, so a row that changes between two pages moves no other.

mod rank;
mod runs;

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::error::ApiError;
use crate::handle::wanted::{Attribute, Fact, Wanted};
use crate::org::users::{Entry, Users};

pub(crate) use runs::Runs;

/// An order of users.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Order {
    attribute: Attribute,
    descending: bool,
}

/// What a user is sorted by; ties go by number, in either direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    value: String,
    number: u32,
    descending: bool,
}

impl Key {
    pub(super) fn number(&self) -> u32 {
        self.number
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = self.value.cmp(&other.value);
        let order = if self.descending { order.reverse() } else { order };
        order.then(self.number.cmp(&other.number))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Order {
    /// Reads the two parameters; `None` without `sortBy`, where `sortOrder` means nothing.
    pub(super) fn read(by: Option<&str>, order: Option<&str>) -> Result<Option<Self>, ApiError> {
        let Some(by) = by else { return Ok(None) };
        let descending = match order.map(str::to_ascii_lowercase).as_deref() {
            None | Some("asc" | "ascending") => false,
            Some("desc" | "descending") => true,
            Some(_) => return Err(ApiError::of("E0000031").because("sortOrder is neither asc nor desc")),
        };
        let top = ["id", "status", "created", "activated", "statusChanged", "lastUpdated", "lastLogin"];
        if !top.contains(&by) && !by.starts_with("profile.") {
            return Err(ApiError::of("E0000031").because(format!("Cannot sort by '{by}'")));
        }
        Ok(Some(Self { attribute: Attribute::named(by.to_owned()), descending }))
    }

    /// The next users of a search behind a cursor, at most so many, as the search sees them now.
    pub(super) fn page(
        &self,
        (users, runs): (&Users, &mut Runs),
        (search, wanted): (&str, &Wanted),
        behind: Option<&Key>,
        most: usize,
        now: i64,
    ) -> Vec<Key> {
        if wanted.are_few(users) {
            return self.next(wanted.among(users, 0, Some(now)), behind, most);
        }
        runs::Scan { users, search, wanted, order: self, now }.next(runs, behind, most)
    }

    /// The next of these behind a cursor.
    fn next<'a>(
        &self,
        users: impl Iterator<Item = (u32, Entry<'a>)>,
        behind: Option<&Key>,
        most: usize,
    ) -> Vec<Key> {
        let mut kept = BinaryHeap::with_capacity(most.saturating_add(1).min(1_024));
        for (number, user) in users {
            let key = self.key_of(number, &user);
            if behind.is_some_and(|behind| key <= *behind) {
                continue;
            }
            if kept.len() < most {
                kept.push(key);
            } else if kept.peek().is_some_and(|last| key < *last) {
                kept.pop();
                kept.push(key);
            }
        }
        kept.into_sorted_vec()
    }

    /// Writes a cursor: the number and, in hexadecimal digits, the value.
    pub(super) fn cursor(&self, key: &Key) -> String {
        let digits: String = key.value.bytes().map(|byte| format!("{byte:02x}")).collect();
        format!("{}_{digits}", key.number)
    }

    pub(super) fn key(&self, cursor: &str) -> Result<Key, ApiError> {
        let read = || {
            let (number, digits) = cursor.split_once('_')?;
            let pairs = digits.as_bytes().chunks(2).map(|pair| {
                let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
                u8::from_str_radix(pair, 16).ok()
            });
            let value = String::from_utf8(pairs.collect::<Option<_>>()?).ok()?;
            Some(Key { value, number: number.parse().ok()?, descending: self.descending })
        };
        read().ok_or_else(|| ApiError::bad_cursor("E0000031"))
    }

    fn key_of(&self, number: u32, user: &Entry<'_>) -> Key {
        Key { value: self.value(user), number, descending: self.descending }
    }

    fn value(&self, user: &Entry<'_>) -> String {
        match self.attribute.of(user) {
            Fact::Absent => String::new(),
            Fact::Text(text) => text.to_lowercase(),
            Fact::Made(text) => text.to_lowercase(),
            // Times of one length sort as they are.
            Fact::Time(ms) => format!("{:015}", ms.div_euclid(1_000)),
            Fact::Json(serde_json::Value::String(text)) => text.to_lowercase(),
            Fact::Json(serde_json::Value::Null) => String::new(),
            Fact::Json(value) => value.to_string(),
        }
    }
}
