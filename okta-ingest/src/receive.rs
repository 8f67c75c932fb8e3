//! What Okta pushes, from bytes to a [`Batch`]: pure functions for any web framework, Lambda or queue.
//!
//! A receiver takes three steps, and the types allow no other order: [`EventHook::authenticate`] looks at the headers and
//! returns a proof; only the proof can [read](Authentic::read) the body; the [`Reading`] says what to put into the inbox and
//! what to answer **once that is durably stored** (503 if it cannot be: Okta tries a hook once more after a 5xx and never
//! after a 4xx). The feature `axum` has all of it as a router.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde::Deserialize;

use crate::event::{Batch, Quarantined};
use crate::json;

#[cfg(feature = "axum")]
mod axum;
mod event_bridge;
mod event_hook;
mod secret;

#[cfg(feature = "axum")]
pub use axum::{ReceiveStats, Receivers};
pub use event_bridge::EventBridge;
pub use event_hook::{EventHook, Verification};
pub use secret::{InvalidSecret, Secrets};

/// Largest body accepted by default: 8 MiB. Okta states no maximum; real pushes are far below.
pub const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// Most events accepted in one push.
pub const MAX_EVENTS: usize = 10_000;

/// Proof that a request carried the receiver's secret. Only `authenticate` makes one.
#[derive(Debug)]
#[must_use = "an authenticated request has not been read yet"]
pub struct Authentic<'a, Receiver>(pub(crate) &'a Receiver);

/// An HTTP answer: a status, and a JSON body or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    status: StatusCode,
    json: Option<Bytes>,
}

impl Answer {
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, json: None }
    }

    pub(crate) fn json(status: StatusCode, value: &serde_json::Value) -> Self {
        Self { status, json: Some(Bytes::from(value.to_string())) }
    }

    /// A refusal that tells the operator who reads Okta's delivery log what is wrong.
    pub(crate) fn refuse(status: StatusCode, error: &str) -> Self {
        Self::json(status, &serde_json::json!({ "error": error }))
    }

    /// What to answer when the batch could not be stored: 503, so that the sender tries again.
    pub fn unavailable() -> Self {
        Self::refuse(StatusCode::SERVICE_UNAVAILABLE, "the event inbox is unavailable; try again")
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The body; empty if there is none.
    pub fn body(&self) -> Bytes {
        self.json.clone().unwrap_or_default()
    }

    /// The whole response: never cached, never sniffed.
    pub fn into_response(self) -> Response<Bytes> {
        let mut response = Response::new(self.json.clone().unwrap_or_default());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if self.json.is_some() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        response
    }
}

/// What an authentic request held.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "put the batch, then send the answer"]
pub struct Reading {
    /// What to put, in one step. It may hold quarantined bytes even when the answer is a refusal: what arrived with the
    /// right secret is kept, understood or not.
    pub batch: Batch,
    /// What to answer once the batch is stored.
    pub answer: Answer,
    /// Test deliveries of the Admin Console, recognised and left out of the batch.
    pub previews: usize,
}

impl Reading {
    fn accepted(batch: Batch, previews: usize) -> Self {
        Self { batch, answer: Answer::empty(StatusCode::NO_CONTENT), previews }
    }

    /// The body is refused and kept in quarantine; of one that is too large, the first 64 KiB.
    fn refused(mut batch: Batch, (status, reason): Refusal, body: Bytes) -> Self {
        let answer = Answer::refuse(status, &reason);
        let too_large = status == StatusCode::PAYLOAD_TOO_LARGE;
        let raw = if too_large { body.slice(..body.len().min(64 * 1024)) } else { body };
        batch.quarantined.push(Quarantined { place: format!("{} push", batch.channel), reason, raw });
        Self { batch, answer, previews: 0 }
    }
}

/// The status of a body that is refused as a whole, and why.
type Refusal = (StatusCode, String);

/// Parses a body as `what`: 413 if it is too large, 415 if it is not JSON, 400 if it is JSON of another shape.
fn open<'a, Envelope: Deserialize<'a>>(
    body: &'a Bytes,
    limit: usize,
    what: &str,
) -> Result<Envelope, Refusal> {
    if body.len() > limit {
        return Err((StatusCode::PAYLOAD_TOO_LARGE, format!("the body is larger than {limit} bytes")));
    }
    serde_json::from_slice(body).map_err(|error| {
        if error.is_data() {
            (StatusCode::BAD_REQUEST, json::describe(&format!("not {what}"), &error))
        } else {
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, json::describe("not JSON", &error))
        }
    })
}
