//! Why an attempt brought nothing: what `retry` makes of it, and which error it is when nothing more is tried.

use std::time::Duration;

use bytes::Bytes;
use http::header::LOCATION;
use http::{HeaderMap, StatusCode};
use url::Url;

use super::{Call, Tries};
use crate::decode::DecodeProblem;
use crate::error::{ApiError, Error, is_about_the_position};
use crate::rate_limit::{self, RateLimit};
use crate::retry::{self, Outcome};
use crate::transport::TransportError;

/// Why an attempt brought nothing.
pub(super) enum Failure {
    Answer { status: StatusCode, headers: HeaderMap, body: Bytes },
    Transport(TransportError),
    Undecodable(DecodeProblem),
    TooLarge,
}

impl Failure {
    /// For the retry table; `None` where the same would happen again. So many answers to this call were a 500, this one counted.
    pub(super) fn outcome(&self, server_errors: u32) -> Option<Outcome> {
        Some(match self {
            Self::Answer { status: StatusCode::INTERNAL_SERVER_ERROR, .. } => {
                Outcome::ServerError { times: server_errors }
            }
            Self::Answer { status, headers, .. } => Outcome::Answer {
                status: *status,
                wait: retry::server_wait(*status, headers),
                concurrency: RateLimit::from_headers(headers).is_concurrency(),
            },
            Self::Transport(error) if !error.sent => Outcome::NotSent,
            Self::Transport(_) => Outcome::Lost,
            Self::Undecodable(problem) if problem.may_pass() => Outcome::BadBody,
            Self::Undecodable(_) | Self::TooLarge => return None,
        })
    }

    /// In a word, for traces: the status, or what kind of failure it was.
    pub(super) fn kind(&self) -> &str {
        match self {
            Self::Answer { status, .. } => status.as_str(),
            Self::Transport(error) if !error.sent => "not_sent",
            Self::Transport(_) => "lost",
            Self::Undecodable(_) => "undecodable",
            Self::TooLarge => "too_large",
        }
    }

    pub(super) fn into_error(
        self,
        call: &Call,
        tries: &Tries,
        request_id: Option<String>,
        limit_bytes: usize,
    ) -> Error {
        let operation = call.operation.clone();
        let attempts = tries.attempts();
        match self {
            Self::Answer { status: StatusCode::TOO_MANY_REQUESTS, headers, .. } => {
                let concurrency = RateLimit::from_headers(&headers).is_concurrency();
                // The reset in the answer of a concurrency limit is that of some window. It clears when some request ends.
                let wait = || retry::server_wait(StatusCode::TOO_MANY_REQUESTS, &headers);
                let retry_in = if concurrency { None } else { wait() };
                let waited = tries.waited();
                Error::RateLimited { operation, waited, attempts, retry_in, concurrency, request_id }
            }
            Self::Answer { status, headers, body } => {
                let body = ApiError::from_answer(&headers, body);
                let position =
                    call.is_paged() && is_about_the_position(&operation, status, body.code.as_deref());
                let refusal = Error::Api {
                    operation,
                    status,
                    date: rate_limit::date(&headers),
                    body: Box::new(body),
                    request_id,
                    attempts,
                    repeatable: call.repeatable(),
                };
                match position {
                    true => {
                        Error::Cursor { operation: call.operation.clone(), source: Some(Box::new(refusal)) }
                    }
                    false => refusal,
                }
            }
            Self::Transport(TransportError { sent, source }) => {
                Error::Transport { operation, sent, attempts, repeatable: call.repeatable(), source }
            }
            Self::Undecodable(problem) => {
                Error::Decode { operation, problem, item: None, repeatable: call.repeatable(), request_id }
            }
            Self::TooLarge => Error::TooLarge { operation, limit_bytes },
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("timed out after {} ms", .0.as_millis())]
pub(crate) struct TimedOut(pub(crate) Duration);

/// Where a redirect leads: the origin and nothing else of it.
pub(crate) fn target(base: &Url, headers: &HeaderMap) -> String {
    let location =
        headers.get(LOCATION).and_then(|value| value.to_str().ok()).and_then(|text| base.join(text).ok());
    location.map_or_else(|| "an unreadable place".to_owned(), |url| url.origin().ascii_serialization())
}
