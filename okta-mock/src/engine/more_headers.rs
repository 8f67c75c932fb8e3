//! Headers that Okta's answers have and that say nothing about the answer: on request, `--all-headers`.
//!
//! Which there are is recorded (`API.md` §0, `MOCK.md` §4); of most the values are not. A client must not keep the
//! cookies: who sends `JSESSIONID` back may be treated as a browser's session.

use http::header::{CONTENT_SECURITY_POLICY, SET_COOKIE, STRICT_TRANSPORT_SECURITY};
use http::{HeaderMap, HeaderName, HeaderValue};

const LINES: [(HeaderName, &str); 6] = [
    (STRICT_TRANSPORT_SECURITY, "max-age=315360000; includeSubDomains"),
    (HeaderName::from_static("p3p"), "CP=\"HONK\""),
    (CONTENT_SECURITY_POLICY, "default-src 'self' *.oktacdn.com"),
    (HeaderName::from_static("accept-ch"), "Sec-CH-UA-Platform-Version"),
    (SET_COOKIE, "sid=\"\"; Version=1; Path=/; Max-Age=0"),
    (SET_COOKIE, "t=default; Path=/"),
];

/// Adds them; the session's cookie follows from the request id, so no two answers have the same one.
pub(super) fn add(headers: &mut HeaderMap, request_id: &str) {
    for (name, value) in LINES {
        headers.append(name, HeaderValue::from_static(value));
    }
    let cookie = format!("JSESSIONID={}; Path=/; Secure; HttpOnly", request_id.to_uppercase());
    headers.extend(HeaderValue::from_str(&cookie).ok().map(|cookie| (SET_COOKIE, cookie)));
}
