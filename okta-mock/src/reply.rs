//! An answer before it is sent: what Okta would say, plus what a fault does to it on the way.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{HeaderName, StatusCode};

use crate::faults::Transport;

/// One answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// A fault: wait this long before answering.
    pub(crate) delay: Duration,
    /// A fault: send this many bytes of the body and break off.
    pub(crate) cut: Option<usize>,
    /// A fault: send so many bytes at a time, so many milliseconds apart.
    pub(crate) drip: Option<(usize, u64)>,
    /// A fault: break the connection in place of answering.
    pub(crate) broken: Option<Transport>,
    /// The body is a beginning: over a socket the requests behind this number follow as they come.
    pub(crate) followed_from: Option<u64>,
}

impl Reply {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let mut reply = Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            // Room for what every answer carries, so that the map does not grow step by step.
            headers: HeaderMap::with_capacity(24),
            body: body.into(),
            delay: Duration::ZERO,
            cut: None,
            drip: None,
            broken: None,
            followed_from: None,
        };
        reply.set(CONTENT_TYPE, content_type);
        reply
    }

    pub(crate) fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Self::new(status, "application/json", body)
    }

    /// 204, without a body or a type for one.
    pub(crate) fn no_content() -> Self {
        let mut reply = Self::json(204, Bytes::new());
        reply.headers.clear();
        reply
    }

    /// Sets a header; a value that no header can carry is left out.
    pub(crate) fn set(&mut self, name: HeaderName, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
    }

    /// Adds one more line of a header.
    pub(crate) fn add(&mut self, name: HeaderName, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.append(name, value);
        }
    }
}
