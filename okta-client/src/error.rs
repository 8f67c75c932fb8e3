//! `Error`: what can go wrong, told apart by what a caller would do about it.
//!
//! Display is one clause without its cause; the cause is `source()`. Neither Display nor Debug ever holds a credential,
//! a query string or a word of a body: an answer's text is behind [`ApiError::text`].

mod api;

use std::borrow::Cow;
use std::time::Duration;

use http::StatusCode;

pub use self::api::{ApiError, ErrorCause};
use crate::credentials::CredentialError;
use crate::decode::{BadItem, DecodeProblem};
use crate::link;
use crate::timestamp::Timestamp;

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting or an argument was refused, before anything was sent.
    #[error("{field}: {reason}")]
    Config {
        /// Which one.
        field: &'static str,
        /// What is wrong with it. Never holds a secret.
        reason: Cow<'static, str>,
        /// What noticed.
        source: Option<BoxError>,
    },
    /// Okta answered, and the answer is an error.
    #[error("Okta answered {status}{} to {operation}", body.parenthesised_code())]
    Api {
        /// Method and path template of the call, such as `GET /api/v1/users/{id}`. Holds no id and no query.
        operation: String,
        /// The answer's status.
        status: StatusCode,
        /// The answer's body, as far as it could be read.
        body: Box<ApiError>,
        /// Okta's time of the answer: its `Date`.
        date: Option<Timestamp>,
        /// Okta's id of the request.
        request_id: Option<String>,
        /// How many times the request was sent.
        attempts: u32,
        /// Whether sending the same request again can do no harm.
        repeatable: bool,
        /// Whether the request carried a paging position.
        paged: bool,
    },
    /// No complete answer arrived.
    #[error("no complete answer to {operation}")]
    Transport {
        /// Method and path template of the call, such as `GET /api/v1/users/{id}`. Holds no id and no query.
        operation: String,
        /// Whether Okta may have received the request.
        sent: bool,
        /// How many times the request was sent.
        attempts: u32,
        /// Whether sending the same request again can do no harm.
        repeatable: bool,
        /// What the transport reported.
        source: BoxError,
    },
    /// An answer arrived that is not what Okta documents.
    #[error("an undecodable answer to {operation}")]
    Decode {
        /// Method and path template of the call, such as `GET /api/v1/users/{id}`. Holds no id and no query.
        operation: String,
        /// Where decoding stopped.
        #[source]
        problem: DecodeProblem,
        /// The item concerned, where the rest of its page is fine.
        item: Option<Box<BadItem>>,
        /// Okta's id of the request.
        request_id: Option<String>,
    },
    /// A listing cannot go on: its position is unusable.
    #[error("{operation} cannot go on")]
    Paging {
        /// Method and path template of the call, such as `GET /api/v1/users/{id}`. Holds no id and no query.
        operation: String,
        /// Why.
        #[source]
        kind: PagingProblem,
    },
    /// Okta kept saying "too many requests" for longer than the caller allows.
    #[error("still rate limited after {attempts} attempts of {operation}")]
    RateLimited {
        /// Method and path template of the call, such as `GET /api/v1/users/{id}`. Holds no id and no query.
        operation: String,
        /// Time spent waiting.
        waited: Duration,
        /// How many times the request was sent.
        attempts: u32,
        /// How long Okta asked to wait, last time. `None` where it did not say, and for `concurrency`.
        retry_in: Option<Duration>,
        /// Whether it was the number of simultaneous requests, not of requests per minute.
        concurrency: bool,
        /// Okta's id of the request.
        request_id: Option<String>,
    },
    /// The call would have waited for its turn, or for its credential, longer than [`Client::max_wait`](crate::Client::max_wait) allows. It was not sent
    /// (again).
    #[error("{operation} would wait {:.1} s and may wait {:.1} s", wait.as_secs_f64(), allowed.as_secs_f64())]
    WouldWait {
        /// Method and path template of the call, such as `GET /api/v1/users/{id}`. Holds no id and no query.
        operation: String,
        /// How long it would have waited, as far as was known.
        wait: Duration,
        /// How long it may.
        allowed: Duration,
    },
    /// The answer is larger than the caller allows.
    #[error("the answer to {operation} is larger than {limit_bytes} bytes")]
    TooLarge {
        /// Method and path template of the call, such as `GET /api/v1/users/{id}`. Holds no id and no query.
        operation: String,
        /// The limit, after decompression.
        limit_bytes: usize,
    },
    /// The answer sends the caller elsewhere. It was not followed: the credential belongs to one origin.
    #[error("{operation} was redirected to {to}")]
    Redirect {
        /// Method and path template of the call, such as `GET /api/v1/users/{id}`. Holds no id and no query.
        operation: String,
        /// The answer's status.
        status: StatusCode,
        /// Scheme, host and port of the target; nothing else of it.
        to: String,
    },
    /// There was no credential to send, so nothing was sent: a token could not be had or renewed.
    #[error("no credential for {operation}")]
    Credential {
        /// Method and path template of the call, such as `GET /api/v1/users/{id}`. Holds no id and no query.
        operation: String,
        /// Why. The same for all calls that waited for one renewal.
        source: CredentialError,
    },
}

/// Why a listing cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PagingProblem {
    /// The next link leads to another scheme, host or port, or carries a user name. Nothing was sent there.
    #[error("the next link leads to a foreign origin")]
    ForeignOrigin,
    /// The next link was already followed in this listing.
    #[error("the next link repeats")]
    Repeated,
    /// The `Link` header, or the URL in it, cannot be read.
    #[error("the Link header cannot be read")]
    Malformed,
    /// Two different next links.
    #[error("two different next links")]
    Ambiguous,
    /// More empty pages in a row than any listing has.
    #[error("too many empty pages in a row")]
    EmptyPages,
    /// A cursor or resume token that belongs to another listing.
    #[error("the cursor belongs to another listing")]
    InvalidCursor,
}

impl From<link::Problem> for PagingProblem {
    fn from(problem: link::Problem) -> Self {
        match problem {
            link::Problem::Malformed(_) => Self::Malformed,
            link::Problem::Ambiguous => Self::Ambiguous,
        }
    }
}

/// Whether it is worth trying again, and when.
///
/// Exhaustive on purpose: a caller that did not know an answer could not tell whether to ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The same call would fail the same way, or must not be repeated.
    Never,
    /// Later, with growing pauses.
    Backoff,
    /// Not before this long from now.
    After(Duration),
}

impl Error {
    pub(crate) fn config(field: &'static str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Config { field, reason: reason.into(), source: None }
    }

    pub(crate) fn decode(operation: &str, problem: DecodeProblem) -> Self {
        Self::Decode { operation: operation.to_owned(), problem, item: None, request_id: None }
    }

    /// Whether the same call is worth another try. The client has already made its own.
    pub fn retry(&self) -> Retry {
        match self {
            Self::RateLimited { retry_in: Some(wait), .. } => Retry::After(*wait),
            Self::RateLimited { .. } => Retry::Backoff,
            Self::WouldWait { wait, .. } => Retry::After(*wait),
            Self::Transport { sent: false, .. } | Self::Transport { repeatable: true, .. } => Retry::Backoff,
            Self::Api { status, repeatable, .. } => match status.as_u16() {
                408 | 500 | 502 | 503 | 504 if *repeatable => Retry::Backoff,
                _ => Retry::Never,
            },
            Self::Decode { item: None, problem, .. } if problem.may_pass() => Retry::Backoff,
            Self::Decode { .. } | Self::Transport { .. } | Self::Config { .. } => Retry::Never,
            Self::Paging { .. } | Self::TooLarge { .. } | Self::Redirect { .. } => Retry::Never,
            Self::Credential { source, .. } => source.retry(),
        }
    }

    /// The status of Okta's answer, if it is the answer that failed.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Api { status, .. } | Self::Redirect { status, .. } => Some(*status),
            Self::RateLimited { .. } => Some(StatusCode::TOO_MANY_REQUESTS),
            _ => None,
        }
    }

    /// Okta's error code, such as `E0000007`, or OAuth's, such as `invalid_token`.
    pub fn okta_code(&self) -> Option<&str> {
        match self {
            Self::Api { body, .. } => body.code.as_deref(),
            Self::Credential { source, .. } => source.code(),
            _ => None,
        }
    }

    /// Okta's id of the failed request: the `transaction.id` of its System Log events.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Api { request_id, .. }
            | Self::Decode { request_id, .. }
            | Self::RateLimited { request_id, .. } => request_id.as_deref(),
            _ => None,
        }
    }

    /// Okta's time of the answer, where there was one that said so.
    pub fn date(&self) -> Option<Timestamp> {
        match self {
            Self::Api { date, .. } => *date,
            _ => None,
        }
    }

    /// Whether the object does not exist (any more).
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(StatusCode::NOT_FOUND) && !self.is_invalid_cursor()
    }

    /// Whether the credential is dead: somebody has to act. A 401 alone does not say so: Okta also uses it for features that are
    /// switched off. The token endpoint may say so before anything is sent ([`Error::Credential`]).
    pub fn is_unauthorized(&self) -> bool {
        if let Self::Credential { source, .. } = self {
            return source.is_dead();
        }
        self.status() == Some(StatusCode::UNAUTHORIZED)
            && matches!(self.okta_code(), Some("E0000011" | "invalid_token"))
    }

    /// Whether Okta no longer accepts the paging position: start the listing over.
    pub fn is_invalid_cursor(&self) -> bool {
        match self {
            Self::Api { status, paged, operation, .. } => match status.as_u16() {
                // The log's `next` links hold nothing that the caller wrote but a filter that was good before.
                400 if self.okta_code() == Some("E0000001") => *paged && operation == "GET /api/v1/logs",
                400 => *paged && matches!(self.okta_code(), Some("E0000029" | "E0000031" | "E0000054")),
                404 | 410 => *paged,
                _ => false,
            },
            Self::Paging { kind, .. } => *kind == PagingProblem::InvalidCursor,
            _ => false,
        }
    }

    /// The item that could not be decoded, where the listing goes on behind it.
    pub fn bad_item(&self) -> Option<&BadItem> {
        match self {
            Self::Decode { item, .. } => item.as_deref(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(status: u16, code: &str, paged: bool, repeatable: bool) -> Error {
        api_of("GET /api/v1/users", status, code, paged, repeatable)
    }

    fn api_of(operation: &str, status: u16, code: &str, paged: bool, repeatable: bool) -> Error {
        let body =
            ApiError::from_answer(&http::HeaderMap::new(), format!("{{\"errorCode\":\"{code}\"}}").into());
        let status = StatusCode::from_u16(status).expect("a status");
        Error::Api {
            operation: operation.to_owned(),
            status,
            body: Box::new(body),
            date: None,
            request_id: None,
            attempts: 1,
            repeatable,
            paged,
        }
    }

    #[test]
    fn retry_has_one_row_per_kind_of_error() {
        let second = Duration::from_secs(1);
        let limited = |retry_in| Error::RateLimited {
            operation: "x".into(),
            waited: second,
            attempts: 3,
            retry_in,
            concurrency: false,
            request_id: None,
        };
        let lost = |sent, repeatable| Error::Transport {
            operation: "x".into(),
            sent,
            attempts: 1,
            repeatable,
            source: "x".into(),
        };
        for (error, retry) in [
            (limited(Some(second)), Retry::After(second)),
            (limited(None), Retry::Backoff),
            (
                Error::WouldWait { operation: "x".into(), wait: second, allowed: Duration::ZERO },
                Retry::After(second),
            ),
            (lost(false, false), Retry::Backoff),
            (lost(true, true), Retry::Backoff),
            (lost(true, false), Retry::Never),
            (api(503, "E0000010", false, true), Retry::Backoff),
            (api(503, "E0000010", false, false), Retry::Never),
            (api(403, "E0000006", false, true), Retry::Never),
            (Error::config("x", "y"), Retry::Never),
        ] {
            assert_eq!(error.retry(), retry, "{error:?}");
        }
    }

    #[test]
    fn p10_only_an_answer_to_a_paged_request_blames_the_cursor() {
        for (status, code, paged, invalid) in [
            (400, "E0000029", true, true),
            (400, "E0000031", true, true),
            (400, "E0000054", true, true),
            (400, "E0000031", false, false),
            (400, "E0000001", true, false),
            (404, "E0000007", true, true),
            (410, "", true, true),
            (404, "E0000007", false, false),
        ] {
            assert_eq!(
                api(status, code, paged, true).is_invalid_cursor(),
                invalid,
                "{status} {code} {paged}"
            );
        }
        let log = |paged| api_of("GET /api/v1/logs", 400, "E0000001", paged, true);
        assert!(log(true).is_invalid_cursor());
        assert!(!log(false).is_invalid_cursor());
    }

    #[test]
    fn a_401_is_a_dead_credential_only_if_it_says_so() {
        assert!(api(401, "E0000011", false, true).is_unauthorized());
        assert!(!api(401, "E0000015", false, true).is_unauthorized());
        assert!(!api(403, "E0000005", false, true).is_unauthorized());
    }
}
