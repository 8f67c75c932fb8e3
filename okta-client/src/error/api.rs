//! `ApiError`: the body of an error answer, in any of the shapes it comes in.
//!
//! Okta's own JSON, OAuth's JSON, an empty body whose reason stands in `WWW-Authenticate`, a proxy's web page: all are
//! read as far as they go. The text may quote what the caller sent, so Debug shows the codes only.

use std::fmt;

use bytes::Bytes;
use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;
use serde::Deserialize;

use crate::decode::is_markup;

/// Okta's error body.
///
/// **Source**: Okta, "Error codes".
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiError {
    /// `errorCode`, such as `E0000007`; or OAuth's `error`. `None` where no well-formed code was sent.
    pub code: Option<String>,
    /// `errorSummary`, or OAuth's `error_description`. Prose: branch on the code. May name ids and logins.
    pub summary: Option<String>,
    /// `errorId`: Okta support finds the failure by it.
    pub id: Option<String>,
    /// `errorCauses`: what exactly was wrong. May name ids and logins.
    pub causes: Vec<ErrorCause>,
    /// `scope` of a challenge with `insufficient_scope`: what the access token would need. Empty otherwise.
    pub scopes: Vec<String>,
    text: Bytes,
}

/// One entry of `errorCauses`.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ErrorCause {
    /// `errorSummary`. May quote what was sent.
    pub error_summary: Option<String>,
}

/// How much of an answer is kept.
const MAX_TEXT: usize = 4096;

#[derive(Default, Deserialize)]
struct Body {
    #[serde(rename = "errorCode", default)]
    error_code: Option<String>,
    #[serde(rename = "errorSummary", default)]
    error_summary: Option<String>,
    #[serde(rename = "errorId", default)]
    error_id: Option<String>,
    #[serde(rename = "errorCauses", default)]
    error_causes: Option<Vec<ErrorCause>>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    error_description: Option<String>,
}

impl ApiError {
    /// Reads an error answer. Never fails: what cannot be read is absent.
    pub(crate) fn from_answer(headers: &HeaderMap, body: Bytes) -> Self {
        let parsed: Body = serde_json::from_slice(&body).unwrap_or_default();
        let challenge = |name| {
            headers.get_all(WWW_AUTHENTICATE).iter().find_map(|value| parameter(value.to_str().ok()?, name))
        };
        Self {
            code: parsed
                .error_code
                .or(parsed.error)
                .or_else(|| challenge("error"))
                .filter(|code| is_code(code)),
            summary: parsed
                .error_summary
                .or(parsed.error_description)
                .or_else(|| challenge("error_description")),
            id: parsed.error_id.filter(|id| {
                id.len() <= 64
                    && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            }),
            causes: parsed.error_causes.unwrap_or_default(),
            scopes: challenge("scope")
                .map(|scopes| scopes.split_ascii_whitespace().map(str::to_owned).collect())
                .unwrap_or_default(),
            text: body.slice(..body.len().min(MAX_TEXT)),
        }
    }

    /// ` (E0000011)` for a message, or nothing. A well-formed code holds nothing that was sent to Okta.
    pub(super) fn parenthesised_code(&self) -> String {
        self.code.as_deref().map_or_else(String::new, |code| format!(" ({code})"))
    }

    /// Whether the answer is a web page and not Okta's JSON: a proxy's, a sign-in page, a maintenance notice.
    pub fn is_web_page(&self) -> bool {
        is_markup(&self.text)
    }

    /// The first 4 KiB of the answer, whatever they are. They may hold personal data.
    pub fn text(&self) -> &Bytes {
        &self.text
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("code", &self.code)
            .field("causes", &self.causes.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_deref().unwrap_or("an answer without an error code"))
    }
}

impl std::error::Error for ApiError {}

impl fmt::Debug for ErrorCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ErrorCause { .. }")
    }
}

/// `E` and digits, or an OAuth word: anything else is text that somebody put there and is not repeated in an error.
fn is_code(code: &str) -> bool {
    let okta = code
        .strip_prefix('E')
        .is_some_and(|digits| digits.len() == 7 && digits.bytes().all(|byte| byte.is_ascii_digit()));
    okta || (code.len() <= 40
        && !code.is_empty()
        && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
}

/// The value of `name="…"` in a challenge. Looks for whole names: `error` is not `error_description`.
fn parameter(challenge: &str, name: &str) -> Option<String> {
    challenge.match_indices(name).find_map(|(at, _)| {
        let whole = challenge[..at].chars().next_back().is_none_or(|before| matches!(before, ' ' | ','));
        let value = challenge[at + name.len()..].strip_prefix("=\"")?;
        whole.then(|| value.split('"').next().unwrap_or_default().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[(http::HeaderName, &str)], body: &'static str) -> ApiError {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().expect("a header value")))
            .collect();
        ApiError::from_answer(&headers, Bytes::from_static(body.as_bytes()))
    }

    #[test]
    fn every_shape_of_error_body_is_read_as_far_as_it_goes() {
        let okta = read(
            &[],
            r#"{"errorCode":"E0000001","errorSummary":"Api validation failed","errorId":"oae1","errorCauses":[{"errorSummary":"login: bad","reason":"x"}]}"#,
        );
        assert_eq!(
            (okta.code.as_deref(), okta.id.as_deref(), okta.causes.len()),
            (Some("E0000001"), Some("oae1"), 1)
        );
        assert_eq!(
            read(&[], r#"{"error":"invalid_client","error_description":"x"}"#).code.as_deref(),
            Some("invalid_client")
        );
        let challenge =
            "Bearer authorization_uri=\"http://x\", error_description=\"e\", error=\"invalid_token\"";
        assert_eq!(read(&[(WWW_AUTHENTICATE, challenge)], "").code.as_deref(), Some("invalid_token"));
        for other in [
            "",
            "<html>gateway</html>",
            "[]",
            "null",
            r#"{"errorCode":7}"#,
            r#"{"errorCode":"00T-a-secret"}"#,
        ] {
            let error = read(&[], other);
            assert_eq!(error.code, None, "{other}");
            assert_eq!(error.is_web_page(), other.contains("html"), "{other}");
            assert_eq!(error.text(), other.as_bytes(), "{other}");
        }
    }

    #[test]
    fn xa09_neither_debug_nor_display_shows_the_text() {
        let error = read(
            &[],
            r#"{"errorCode":"E0000001","errorSummary":"SECRET","errorId":"SE-CRET!","errorCauses":[{"errorSummary":"SECRET"}]}"#,
        );
        assert!(!format!("{error:?} {error:#?} {error}").contains("SECRET"));
    }

    #[test]
    fn xa09_no_more_than_four_kibibytes_of_an_answer_are_kept() {
        let huge: &'static str = "x".repeat(100_000).leak();
        assert_eq!(read(&[], huge).text().len(), 4096);
    }
}
