//! Two guards for JSON that strangers wrote: how deep it nests, and what may be said of why it did not parse.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Deepest nesting kept. Okta's events reach 8; some databases and tools give up near 100.
pub(crate) const MAX_DEPTH: usize = 64;

/// Does the text nest deeper than `limit`? One pass, no recursion; text that is not JSON gets some answer and no panic.
pub(crate) fn depth_exceeds(text: &[u8], limit: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// A member that is read if it is text and passed over if it is anything else: nobody is helped by an event that is held up
/// because a field that we only note was written as a number.
#[derive(Debug, Default)]
pub(crate) struct Text<'a>(pub(crate) Option<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?.get();
        let borrowed = serde_json::from_str::<&'de str>(raw).ok().map(Cow::Borrowed);
        Ok(Self(borrowed.or_else(|| serde_json::from_str::<String>(raw).ok().map(Cow::Owned))))
    }
}

/// A parse error in one clause. `serde_json` quotes the input in its message, and the input may hold a secret or a person's
/// name: only the position and the kind of fault are passed on.
pub(crate) fn describe(what: &str, error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let fault = match error.classify() {
        Category::Io => "input ended",
        Category::Syntax => "syntax",
        Category::Data => "unexpected shape",
        Category::Eof => "cut off",
    };
    format!("{what} ({fault} at line {} column {})", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_within_strings_do_not_count() {
        assert!(!depth_exceeds(br#"{"a":"[[[[[[\"[[["}"#, 1));
        assert!(depth_exceeds(br#"{"a":["b"]}"#, 1));
        assert!(!depth_exceeds(br#"{"a":["b"],"c":["d"]}"#, 2));
        assert!(!depth_exceeds(b"]]]]", 1));
    }
}
