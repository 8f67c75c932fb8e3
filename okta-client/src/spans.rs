//! What the client tells `tracing`: the table in the README. Names and fields follow OpenTelemetry where it has one; none holds an id of
//! an object, a query, a body or a credential.

use std::time::Duration;

use http::Method;
use http::response::Parts;
use tracing::{Span, field};

use crate::operation;
use crate::page::request_id;

/// A listing, from the first page to the last. What is below is within it.
pub(crate) fn listing(path: &str) -> Span {
    tracing::info_span!("okta.listing", url.template = operation::template(path))
}

/// A page of a listing, from when it is asked for until it is handed on. Its items are [counted](items) when it is read.
pub(crate) fn page(number: usize) -> Span {
    tracing::debug_span!("okta.page", page = number, items = field::Empty)
}

pub(crate) fn items(page: &Span, items: usize) {
    page.record("items", items);
}

/// A request waits for its turn within the rate limit, as far as is known for so long. One that need not wait has no such span.
pub(crate) fn wait(bucket: &'static str, wait: Duration) -> Span {
    tracing::debug_span!("okta.wait", okta.bucket = bucket, wait_ms = millis(wait))
}

/// An access token is fetched, in the span of whoever needed it first; others may wait for it too.
#[cfg(feature = "oauth")]
pub(crate) fn token() -> Span {
    tracing::info_span!("okta.token")
}

/// No new token could be had, and the one at hand is used on.
#[cfg(feature = "oauth")]
pub(crate) fn token_kept(error: &crate::credentials::CredentialError) {
    let error = error as &dyn std::error::Error;
    tracing::warn!(error, "the access token could not be renewed; the one at hand is used");
}

/// One attempt at one request, until its headers are there.
pub(crate) fn request(method: &Method, path: &str, attempt: u32) -> Span {
    tracing::info_span!(
        "okta.request",
        http.request.method = %method,
        url.template = operation::template(path),
        attempt,
        http.response.status_code = field::Empty,
        okta.request_id = field::Empty,
    )
}

/// Writes an answer's status and id into its span. Returns the id.
pub(crate) fn answered(span: &Span, head: &Parts) -> Option<String> {
    span.record("http.response.status_code", head.status.as_u16());
    let id = request_id(&head.headers)?;
    span.record("okta.request_id", id.as_str());
    Some(id)
}

/// An attempt failed and is made again behind a pause. `kind` is a status, or a word for what happened.
pub(crate) fn again(method: &Method, path: &str, attempt: u32, wait: Duration, kind: &str) {
    tracing::debug!(
        http.request.method = %method,
        url.template = operation::template(path),
        attempt,
        error.type = kind,
        wait_ms = millis(wait),
        "trying again"
    );
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
