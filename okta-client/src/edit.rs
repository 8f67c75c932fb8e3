//! `Edit`: a JSON document on its way to Okta, made from nothing or from what Okta sent.
//!
//! Okta's `PUT` drops what a body leaves out. So what was read is changed where it is, as text, and sent back: fields that this
//! crate does not model, numbers that no type holds and values of yesterday's enums are still there, byte for byte.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::{Serialize, Serializer, ser};
use serde_json::value::{RawValue, to_raw_value};

use crate::raw::Raw;

/// A JSON object with changes. Made by [`Raw::edit`] from what Okta sent, or by [`Edit::new`] from nothing.
///
/// Places are named by JSON pointer (RFC 6901), such as `/profile/costCenter`. A change that cannot be made is an
/// [`Error::Config`](crate::Error::Config) of the call that sends it.
///
/// ```
/// # use okta_client::{Edit, Raw, groups::Group};
/// let group = Raw::<Group>::parse(r#"{"id":"00g1","profile":{"name":"Sales","badge":1.50},"new":null}"#)?;
/// let edit = group.edit().set("/profile/name", "Sales EMEA").clear("/profile/description");
/// assert_eq!(
///     serde_json::to_string(&edit)?,
///     r#"{"id":"00g1","profile":{"name":"Sales EMEA","badge":1.50,"description":null},"new":null}"#
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use = "an edit does nothing until it is sent"]
pub struct Edit(Result<Box<RawValue>, CannotEdit>);

/// Why a document could not be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum CannotEdit {
    #[error("a place does not begin with a slash")]
    NotAPointer,
    #[error("a place lies within a text or a number, or behind the end of a list")]
    NoPlace,
    #[error("a value cannot be written as JSON")]
    Value,
    #[error("the document is not JSON")]
    NotJson,
}

enum Change<'a> {
    Set(&'a RawValue),
    Remove,
}

impl Edit {
    /// An empty object.
    pub fn new() -> Self {
        Self(to_raw_value(&serde_json::Map::new()).map_err(|_| CannotEdit::Value))
    }

    pub(crate) fn of(document: &[u8]) -> Self {
        Self(serde_json::from_slice(document).map_err(|_| CannotEdit::NotJson))
    }

    /// Puts a value at a place. Objects on the way there that are absent or `null` are made.
    pub fn set(self, pointer: &str, value: impl Serialize) -> Self {
        match to_raw_value(&value) {
            Ok(value) => self.change(pointer, &Change::Set(&value)),
            Err(_) => Self(Err(CannotEdit::Value)),
        }
    }

    /// Puts an explicit `null` at a place: Okta's partial updates clear the attribute.
    pub fn clear(self, pointer: &str) -> Self {
        self.set(pointer, ())
    }

    /// Takes a place out, if it is there: Okta's partial updates keep the attribute, its replacements clear it.
    pub fn remove(self, pointer: &str) -> Self {
        self.change(pointer, &Change::Remove)
    }

    fn change(self, pointer: &str, change: &Change<'_>) -> Self {
        Self(self.0.and_then(|document| {
            let steps = pointer.strip_prefix('/').ok_or(CannotEdit::NotAPointer)?;
            let steps: Vec<_> =
                steps.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
            match changed(&document, &steps, change) {
                // What is not there has not to be taken out.
                Err(CannotEdit::NoPlace) if matches!(change, Change::Remove) => Ok(document),
                other => other,
            }
        }))
    }
}

impl Default for Edit {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Raw<T> {
    /// The document as Okta sent it, to be changed and sent back.
    pub fn edit(&self) -> Edit {
        Edit::of(self.raw())
    }
}

impl Serialize for Edit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_ref().map_err(ser::Error::custom)?.serialize(serializer)
    }
}

/// The document holds what people wrote, and may hold a password.
impl std::fmt::Debug for Edit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Edit").field(&self.0.as_ref().map(|document| document.get().len())).finish()
    }
}

/// The members of an object in the order in which they came.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The value with a change at the end of the steps.
fn changed(value: &RawValue, steps: &[String], change: &Change<'_>) -> Result<Box<RawValue>, CannotEdit> {
    let Some((step, rest)) = steps.split_first() else {
        return match change {
            Change::Set(new) => Ok((*new).to_owned()),
            Change::Remove => Ok(value.to_owned()),
        };
    };
    let removes = rest.is_empty() && matches!(change, Change::Remove);
    match value.get().as_bytes().first() {
        Some(b'{') => {
            let Members(mut members) = serde_json::from_str(value.get()).map_err(|_| CannotEdit::NotJson)?;
            let old = members.iter().find(|(name, _)| name == step).map(|(_, old)| *old);
            if removes {
                members.retain(|(name, _)| name != step);
                return write(&Members(members));
            }
            let new = changed(old.unwrap_or(RawValue::NULL), rest, change)?;
            match members.iter_mut().find(|(name, _)| name == step) {
                Some(member) => member.1 = &new,
                None => members.push((step.clone(), &new)),
            }
            write(&Members(members))
        }
        Some(b'[') => {
            let mut elements: Vec<&RawValue> =
                serde_json::from_str(value.get()).map_err(|_| CannotEdit::NotJson)?;
            let index = step.parse::<usize>().ok().filter(|index| *index < elements.len());
            let index = index.ok_or(CannotEdit::NoPlace)?;
            if removes {
                elements.remove(index);
                return write(&elements);
            }
            let new = changed(elements[index], rest, change)?;
            elements[index] = &new;
            write(&elements)
        }
        Some(b'n') if matches!(change, Change::Set(_)) => {
            let new = changed(RawValue::NULL, rest, change)?;
            write(&Members(vec![(step.clone(), &new)]))
        }
        _ => Err(CannotEdit::NoPlace),
    }
}

fn write(value: &impl Serialize) -> Result<Box<RawValue>, CannotEdit> {
    to_raw_value(value).map_err(|_| CannotEdit::Value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(edit: &Edit) -> String {
        serde_json::to_string(edit).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn what_is_not_changed_stays_as_it_came() {
        let kept = r#"{"id":"a","big":123456789012345678901234567890,"tiny":1e-999,"odd":"\u0041","x":null,"y":[1, 2]}"#;
        assert_eq!(text(&Edit::of(kept.as_bytes())), kept);
        let edit =
            Edit::of(kept.as_bytes()).set("/id", "b").set("/y/1", 3).remove("/none").remove("/x/deeper");
        assert_eq!(text(&edit), kept.replace("\"a\"", "\"b\"").replace("[1, 2]", "[1,3]"));
    }

    #[test]
    fn absent_null_and_set_are_three_things() {
        let profile = br#"{"profile":{"a":1,"b":2,"c":3}}"#;
        let edit = Edit::of(profile).remove("/profile/a").clear("/profile/b").set("/profile/c", [4]);
        assert_eq!(text(&edit), r#"{"profile":{"b":null,"c":[4]}}"#);
        let edit = Edit::new().set("/a~1b/c~0d", 1).set("/a~1b/e/f", true).clear("/g");
        assert_eq!(text(&edit), r#"{"a/b":{"c~d":1,"e":{"f":true}},"g":null}"#);
        assert_eq!(text(&Edit::of(br#"{"profile":null}"#).set("/profile/a", 1)), r#"{"profile":{"a":1}}"#);
    }

    #[test]
    fn what_cannot_be_changed_is_an_error_when_it_is_sent() {
        for (edit, reason) in [
            (Edit::new().set("id", 1), "a place does not begin with a slash"),
            (
                Edit::of(br#"{"a":"text"}"#).set("/a/b", 1),
                "a place lies within a text or a number, or behind the end of a list",
            ),
            (
                Edit::of(br#"{"a":[1]}"#).set("/a/1", 1),
                "a place lies within a text or a number, or behind the end of a list",
            ),
            (
                Edit::new().set("/a", f64::NAN).set("/b", std::collections::BTreeMap::from([((1, 2), 3)])),
                "a value cannot be written as JSON",
            ),
            (Edit::of(b"{").set("/a", 1), "the document is not JSON"),
        ] {
            assert_eq!(text(&edit), reason);
        }
        assert_eq!(format!("{:?}", Edit::new().set("/password", "hunter2")), "Edit(Ok(22))");
    }
}
