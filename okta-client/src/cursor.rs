//! Positions in a listing, as text that can be stored.
//!
//! Okta's paging position is the whole `next` URL; taking it apart loses parameters. What is kept is its path and query.
//! The host is not kept: it is always the org's, so a stored position cannot send a credential anywhere else.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::operation;

/// Okta's opaque position: the path and query of a `next` link.
///
/// **Shape**: a JSON string that begins with a slash. `Debug` leaves ids and the query out; they may name people.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cursor(String);

/// The text is not a cursor: no path at its beginning, or characters that no URL holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor: the path and query of a URL are expected")]
pub struct InvalidCursor;

/// A filter of a few thousand characters fits; a runaway value does not.
const MAX_LENGTH: usize = 16 * 1024;

impl Cursor {
    pub(crate) fn of(url: &Url) -> Result<Self, InvalidCursor> {
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}{query}", url.path()).parse()
    }

    pub(crate) fn parts(&self) -> (&str, Option<&str>) {
        match self.0.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (&self.0, None),
        }
    }

    /// What may be shown: the path without its ids, and whether there is a query.
    fn outline(&self) -> String {
        let (path, query) = self.parts();
        operation::template(path) + if query.is_some() { "?…" } else { "" }
    }

    /// The path and query.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'\\'));
        let path = text.starts_with('/') && !text.starts_with("//");
        if !path || !printable || text.len() > MAX_LENGTH {
            return Err(InvalidCursor);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for Cursor {
    type Error = InvalidCursor;

    fn try_from(text: String) -> Result<Self, InvalidCursor> {
        text.parse()
    }
}

impl From<Cursor> for String {
    fn from(cursor: Cursor) -> Self {
        cursor.0
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cursor({})", self.outline())
    }
}

/// A place in a listing to go on from: the page that holds the next unseen item, and the query it belongs to.
///
/// Going on from it may repeat items of that page and never skips one.
/// **Shape**: a JSON string.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[doc(alias = "bookmark")]
pub struct ResumeToken(pub(crate) Cursor);

impl FromStr for ResumeToken {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        text.parse().map(Self)
    }
}

impl fmt::Display for ResumeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ResumeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResumeToken({})", self.0.outline())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_storage() {
        let text = "/api/v1/logs?after=1787299210000_1&filter=eventType+eq+%22x%22";
        let cursor: Cursor = text.parse().expect("a cursor");
        assert_eq!(cursor.to_string(), text);
        let json = serde_json::to_string(&cursor).expect("a string");
        assert_eq!(serde_json::from_str::<Cursor>(&json).expect("the same"), cursor);
        assert_eq!(format!("{cursor:?}"), "Cursor(/api/v1/logs?…)");
        let token: ResumeToken = "/api/v1/users/ada@example.com/groups".parse().expect("a token");
        assert_eq!(format!("{token:?}"), "ResumeToken(/api/v1/users/{id}/groups)");
    }

    #[test]
    fn what_could_lead_elsewhere_is_no_cursor() {
        for text in [
            "",
            "api/v1",
            "//evil.example/x",
            "https://evil.example",
            "/a b",
            "/a\nb",
            "/a\\b",
            "/a#b",
            "/é",
            &format!("/{}", "x".repeat(MAX_LENGTH)),
        ] {
            assert_eq!(text.parse::<Cursor>(), Err(InvalidCursor), "{text}");
            assert!(serde_json::from_value::<Cursor>(serde_json::Value::from(text)).is_err());
        }
    }
}
