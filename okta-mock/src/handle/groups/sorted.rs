//! `sortBy` and `sortOrder` of a group search. Ties go by id, in either direction.
//!
//! The cursor holds the value that the last row was sorted by, so a group that changes between two pages moves no other.

use std::cmp::Ordering;

use super::values;
use crate::error::ApiError;
use crate::org::groups::Group;
use crate::org::id::Spelling;

/// An order of groups.
#[derive(Debug)]
pub(super) struct Order {
    attribute: String,
    descending: bool,
}

/// Value and id of a row.
type Key = (String, String);

impl Order {
    /// Reads the two parameters; `None` without `sortBy`, where `sortOrder` means nothing.
    pub(super) fn read(by: Option<&str>, order: Option<&str>) -> Result<Option<Self>, ApiError> {
        let Some(by) = by else { return Ok(None) };
        let descending = match order.map(str::to_ascii_lowercase).as_deref() {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(_) => return Err(ApiError::of("E0000031").because("sortOrder is neither asc nor desc")),
        };
        let top = ["id", "type", "created", "lastUpdated", "lastMembershipUpdated"];
        if !top.contains(&by) && !by.starts_with("profile.") {
            return Err(ApiError::of("E0000031").because(format!("Cannot sort by '{by}'")));
        }
        Ok(Some(Self { attribute: by.to_owned(), descending }))
    }

    /// The groups behind a cursor, in order.
    pub(super) fn behind<'a>(
        &self,
        groups: impl Iterator<Item = &'a Group>,
        cursor: Option<&str>,
        ids: &Spelling,
    ) -> Result<Vec<&'a Group>, ApiError> {
        let behind = cursor.map(|cursor| read(cursor, ids)).transpose()?;
        let mut rows: Vec<(Key, &Group)> = groups.map(|group| (self.key(group), group)).collect();
        rows.retain(|(key, _)| behind.as_ref().is_none_or(|behind| self.compare(key, behind).is_gt()));
        rows.sort_by(|(one, _), (other, _)| self.compare(one, other));
        Ok(rows.into_iter().map(|(_, group)| group).collect())
    }

    /// The id and, in hexadecimal digits, the value.
    pub(super) fn cursor(&self, group: &Group) -> String {
        let (value, id) = self.key(group);
        let digits: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
        format!("{id}_{digits}")
    }

    fn key(&self, group: &Group) -> Key {
        let value = values(group, &self.attribute).pop().unwrap_or_default();
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_lowercase);
        (value, group.id.to_string())
    }

    fn compare(&self, one: &Key, other: &Key) -> Ordering {
        let order = one.0.cmp(&other.0);
        let order = if self.descending { order.reverse() } else { order };
        order.then_with(|| one.1.cmp(&other.1))
    }
}

fn read(cursor: &str, ids: &Spelling) -> Result<Key, ApiError> {
    let read = || {
        let (id, digits) = cursor.split_once('_').filter(|(id, _)| ids.number(id).is_some())?;
        let pairs = digits.as_bytes().chunks(2).map(|pair| {
            let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
            u8::from_str_radix(pair, 16).ok()
        });
        Some((String::from_utf8(pairs.collect::<Option<_>>()?).ok()?, id.to_owned()))
    };
    read().ok_or_else(|| ApiError::bad_cursor("E0000031"))
}
