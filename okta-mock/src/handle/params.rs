//! Query parameters and path segments, decoded leniently: whatever a client sends, nothing here panics.

use std::borrow::Cow;

use bytes::Bytes;
use http::{Request, Uri};

use crate::error::ApiError;

/// The parameters of one request, in the order sent.
#[derive(Debug)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    pub(crate) fn of(uri: &Uri) -> Self {
        let query = uri.query().unwrap_or_default();
        Self(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// A parameter's value; an empty one counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    pub(crate) fn flag(&self, name: &str, default: bool) -> bool {
        self.get(name).map_or(default, |value| value == "true")
    }

    /// `limit`: what is above the maximum is taken as the maximum, what is no number or below the least is refused.
    pub(crate) fn limit(&self, default: usize, least: usize, most: usize) -> Result<usize, ApiError> {
        let Some(text) = self.get("limit") else { return Ok(default) };
        let wrong =
            || ApiError::validation("limit", format!("limit: The value must be between {least} and {most}"));
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            // Too many digits for a number are still a number above the maximum.
            let limit = text.parse().unwrap_or(usize::MAX);
            return if limit < least { Err(wrong()) } else { Ok(limit.min(most)) };
        }
        Err(wrong())
    }
}

/// The request with its path spelled plainly: an escaped letter, digit, `-`, `.`, `_` or `~` means that character
/// (RFC 3986, section 6.2.2.2), so whoever looks at a path after this sees one spelling. `None` where it is plain already.
/// Only paths of Okta's API: how `/_mock` is guarded goes by the spelling that was sent.
pub(crate) fn plainly(request: &Request<Bytes>) -> Option<Request<Bytes>> {
    let path = request.uri().path();
    if !path.contains('%') || !(path.starts_with("/api/") || path.starts_with("/oauth2/")) {
        return None;
    }
    let mut parts = path.split('%');
    let mut plain = parts.next()?.to_owned();
    for part in parts {
        let escaped = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escaped.filter(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(byte)) {
            Some(byte) => plain.extend([char::from(byte).encode_utf8(&mut [0; 4]), &part[2..]]),
            None => plain.extend(["%", part]),
        }
    }
    if plain == path {
        return None;
    }
    if let Some(query) = request.uri().query() {
        plain.extend(["?", query]);
    }
    let mut uri = request.uri().clone().into_parts();
    uri.path_and_query = Some(plain.parse().ok()?);
    let mut request = request.clone();
    *request.uri_mut() = Uri::from_parts(uri).ok()?;
    Some(request)
}

/// Decodes a path segment; what is not UTF-8 becomes replacement characters.
pub(crate) fn decode(segment: &str) -> Cow<'_, str> {
    if !segment.contains('%') {
        return segment.into();
    }
    let bytes = segment.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let digit = |n: usize| bytes.get(at + n).and_then(|digit| char::from(*digit).to_digit(16));
        match (byte, digit(1), digit(2)) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                at += 3;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_decoded_whatever_they_hold() {
        for (segment, decoded) in [
            ("ada%40example.com", "ada@example.com"),
            ("a+b", "a+b"),
            ("%ff", "\u{fffd}"),
            ("%", "%"),
            ("%4", "%4"),
            ("%zz%41", "%zzA"),
        ] {
            assert_eq!(decode(segment), decoded);
        }
    }

    #[test]
    fn escaped_letters_are_letters_and_nothing_else_is_touched() {
        for (target, plain) in [
            ("/api/v1/%75sers", Some("/api/v1/users")),
            ("/api/v1/%75%53ers/a%40b%2Ec?q=%75", Some("/api/v1/uSers/a%40b.c?q=%75")),
            ("/oauth2/v1/%74oken", Some("/oauth2/v1/token")),
            ("/api/v1/users/a%40b", None),
            ("/api/v1/users/%2575", None),
            ("/api/v1/users/%2F%zz%+7%7", None),
            ("/api/v1/users?q=%75", None),
            ("/%5Fmock/reset", None),
        ] {
            let request = Request::get(target).body(Bytes::new()).expect("a request");
            let spelled = plainly(&request).map(|request| request.uri().to_string());
            assert_eq!(spelled.as_deref(), plain, "{target}");
        }
    }

    #[test]
    fn limits_are_clamped_above_and_refused_below() {
        let limit = |query: &str| {
            Params::of(&format!("/?{query}").parse().expect("a target"))
                .limit(100, 1, 200)
                .map_err(|error| error.code)
        };
        assert_eq!(limit(""), Ok(100));
        assert_eq!(limit("limit=7"), Ok(7));
        assert_eq!(limit("limit=99999999999999999999999"), Ok(200));
        for wrong in ["limit=0", "limit=-1", "limit=ten", "limit=1.5"] {
            assert_eq!(limit(wrong), Err("E0000001".to_owned()), "{wrong}");
        }
    }
}
