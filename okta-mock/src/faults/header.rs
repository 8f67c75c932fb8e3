//! Headers that a rule sets or leaves out. What cannot be one is refused: a rule that did nothing would look like a client
//! that bears it.

use http::{HeaderName, HeaderValue};

/// A name in lower case, or what is wrong with it.
pub(super) fn name(name: &str) -> Result<String, String> {
    let read = HeaderName::from_bytes(name.as_bytes());
    read.map(|name| name.as_str().to_owned()).map_err(|_| format!("{name:?} is not a header name"))
}

/// A value, or what is wrong with it.
pub(super) fn value(text: &str) -> Result<String, String> {
    let read = HeaderValue::from_str(text);
    read.map(|_| text.to_owned()).map_err(|_| format!("{text:?} is not a text that a header can carry"))
}
