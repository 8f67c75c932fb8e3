//! `Error`: what can go wrong, told apart by what a caller would do about it.
//!
//! Display is one clause without its cause; the cause is `source()`. Neither Display nor Debug ever holds a credential,
//! a query string or a word of a body: an answer's text is behind [`ApiError::text`].

mod api;
mod cursor;
mod paging;

use std::borrow::Cow;
use std::time::Duration;

use http::StatusCode;

pub use self::api::{ApiError, ErrorCause};
pub(crate) use self::cursor::is_about_the_position;
pub use self::paging::PagingProblem;
use crate::credentials::CredentialError;
use crate::decode::{BadItem, Category, DecodeProblem};
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
        /// Whether sending the same request again can do no harm. What an undecodable answer to a write answers has been done.
        repeatable: bool,
        /// Okta's id of the request.
        request_id: Option<String>,
    },
    /// The position that a listing was to go on from is not accepted (any more): it is too old, or another listing's. Start the
    /// listing over.
    #[error("the position in {operation} is not accepted")]
    Cursor {
        /// Method and path template of the call, such as `GET /api/v1/users/{id}`. Holds no id and no query.
        operation: String,
        /// Okta's refusal, an [`Error::Api`]. `None` where the position is another listing's, which shows before anything is sent.
        source: Option<Box<Error>>,
    },
    /// A listing cannot go on: the link to its next page cannot be followed.
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
        Self::Decode {
            operation: operation.to_owned(),
            problem,
            item: None,
            repeatable: false,
            request_id: None,
        }
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
            Self::Decode { item: None, repeatable: true, problem, .. } if problem.may_pass() => {
                Retry::Backoff
            }
            Self::Decode { .. } | Self::Transport { .. } | Self::Config { .. } => Retry::Never,
            Self::Cursor { .. } | Self::Paging { .. } => Retry::Never,
            Self::TooLarge { .. } | Self::Redirect { .. } => Retry::Never,
            Self::Credential { source, .. } => source.retry(),
        }
    }

    /// The status of Okta's answer, if it is the answer that failed.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Api { status, .. } | Self::Redirect { status, .. } => Some(*status),
            Self::RateLimited { .. } => Some(StatusCode::TOO_MANY_REQUESTS),
            Self::Cursor { source, .. } => source.as_ref()?.status(),
            _ => None,
        }
    }

    /// Okta's error code, such as `E0000007`, or OAuth's, such as `invalid_token`.
    pub fn okta_code(&self) -> Option<&str> {
        match self {
            Self::Api { body, .. } => body.code.as_deref(),
            Self::Cursor { source, .. } => source.as_ref()?.okta_code(),
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
            Self::Cursor { source, .. } => source.as_ref()?.request_id(),
            _ => None,
        }
    }

    /// Okta's time of the answer, where there was one that said so.
    pub fn date(&self) -> Option<Timestamp> {
        match self {
            Self::Api { date, .. } => *date,
            Self::Cursor { source, .. } => source.as_ref()?.date(),
            _ => None,
        }
    }

    /// Whether the object does not exist (any more).
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(StatusCode::NOT_FOUND) && !self.is_invalid_cursor()
    }

    /// Whether an object is no longer in the state that the call was meant for (`If-Match`): read it again.
    pub fn is_precondition_failed(&self) -> bool {
        self.status() == Some(StatusCode::PRECONDITION_FAILED)
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

    /// Whether it is the position of a listing that is not accepted, an [`Error::Cursor`]: start the listing over.
    pub fn is_invalid_cursor(&self) -> bool {
        matches!(self, Self::Cursor { .. })
    }

    /// Whether a web page came where Okta's JSON belongs, whatever its status: a proxy, a sign-in page or a maintenance notice
    /// stands between this program and Okta, or the org's URL is not an org's.
    pub fn is_web_page(&self) -> bool {
        match self {
            Self::Api { body, .. } => body.is_web_page(),
            Self::Decode { problem, .. } => problem.category == Category::WebPage,
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
mod tests;
