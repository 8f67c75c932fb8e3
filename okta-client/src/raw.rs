//! `Raw<T>`: a decoded value beside the exact bytes it came from.
//!
//! What this crate does not model (custom profile attributes, fields Okta added yesterday) is read from those bytes on
//! demand, so nothing is lost and nothing is paid for until it is asked for.

use std::fmt;
use std::ops::Deref;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer, ser};
use serde_json::value::RawValue;

use crate::decode::{self, DecodeProblem};
use crate::error::Error;

/// A `T` and the JSON it was decoded from.
///
/// The bytes are a slice of the page they arrived in and keep that page in memory; [`detach`](Self::detach) lets it go.
#[derive(Clone, PartialEq, Eq)]
pub struct Raw<T> {
    value: T,
    raw: Bytes,
}

impl<T> Raw<T> {
    /// Decodes one JSON document and keeps it.
    ///
    /// # Errors
    /// [`DecodeProblem`] where the bytes are not the JSON of a `T`, not UTF-8, or nested deeper than 128 levels.
    pub fn parse(raw: impl Into<Bytes>) -> Result<Self, DecodeProblem>
    where
        T: DeserializeOwned,
    {
        let raw = raw.into();
        Ok(Self { value: decode::document(&raw)?, raw })
    }

    pub(crate) fn from_parts(value: T, raw: Bytes) -> Self {
        Self { value, raw }
    }

    /// The exact JSON as Okta sent it.
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// The value and its JSON.
    pub fn into_parts(self) -> (T, Bytes) {
        (self.value, self.raw)
    }

    /// The value alone.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// What stands at a JSON pointer (RFC 6901), such as `/profile/costCenter`; `None` if nothing stands there.
    /// A `null` is a value: ask for `Option<U>` to tell it from absence.
    ///
    /// Reads the JSON again at each call.
    ///
    /// # Errors
    /// [`Error::Decode`] where something is there that is not a `U`.
    pub fn extra<U: DeserializeOwned>(&self, pointer: &str) -> Result<Option<U>, Error> {
        extra(&self.raw, pointer).map_err(|problem| Error::decode("Raw::extra", problem))
    }

    /// Copies the bytes out of their page, so that the page can be freed.
    #[must_use]
    pub fn detach(self) -> Self {
        Self { raw: Bytes::copy_from_slice(&self.raw), value: self.value }
    }
}

impl<T> Deref for Raw<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// The JSON as Okta sent it, whatever of it is modelled.
impl<T> Serialize for Raw<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text: &RawValue = serde_json::from_slice(&self.raw).map_err(ser::Error::custom)?;
        text.serialize(serializer)
    }
}

impl<T: fmt::Debug> fmt::Debug for Raw<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

fn extra<U: DeserializeOwned>(text: &[u8], pointer: &str) -> Result<Option<U>, DecodeProblem> {
    let mut here: &RawValue = serde_json::from_slice(text)?;
    if !pointer.is_empty() {
        let Some(path) = pointer.strip_prefix('/') else { return Ok(None) };
        for step in path.split('/') {
            match child(here, &step.replace("~1", "/").replace("~0", "~"))? {
                Some(child) => here = child,
                None => return Ok(None),
            }
        }
    }
    Ok(Some(serde_json::from_str(here.get())?))
}

pub(crate) fn child<'a>(parent: &'a RawValue, step: &str) -> Result<Option<&'a RawValue>, DecodeProblem> {
    match parent.get().as_bytes().first() {
        Some(b'{') => {
            let mut fields: std::collections::HashMap<String, &RawValue> =
                serde_json::from_str(parent.get())?;
            Ok(fields.remove(step))
        }
        Some(b'[') => {
            let elements: Vec<&RawValue> = serde_json::from_str(parent.get())?;
            Ok(step.parse::<usize>().ok().and_then(|index| elements.get(index).copied()))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Thing {
        id: String,
    }

    fn thing() -> Raw<Thing> {
        Raw::parse(r#"{"id":"a","profile":{"cost/center":"CC-1","tags":["x","y"],"n":null}}"#)
            .expect("JSON of a thing")
    }

    #[test]
    fn unmodelled_fields_are_read_by_pointer() {
        let thing = thing();
        assert_eq!(thing.id, "a");
        assert_eq!(
            thing.extra::<String>("/profile/cost~1center").expect("a string"),
            Some("CC-1".to_owned())
        );
        assert_eq!(thing.extra::<String>("/profile/tags/1").expect("a string"), Some("y".to_owned()));
        assert_eq!(thing.extra::<Option<String>>("/profile/n").expect("null"), Some(None));
        for absent in ["/profile/zip", "/profile/tags/7", "/id/x", "profile"] {
            assert_eq!(thing.extra::<String>(absent).expect("absence is no error"), None, "{absent}");
        }
        assert!(thing.extra::<u8>("/id").is_err());
    }

    #[test]
    fn detaching_keeps_the_bytes() {
        let thing = thing();
        let before = thing.raw().clone();
        let after = thing.detach();
        assert_eq!(after.raw(), &before);
        assert_ne!(after.raw().as_ptr(), before.as_ptr());
    }
}
