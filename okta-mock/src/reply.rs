//! An answer before it is sent: what Okta would say, plus what a fault does to it on the way.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{HeaderName, StatusCode};

use crate::faults::TransportFault;

/// How a body goes out, in milliseconds of the mock's clock. The default is all of it, at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pace {
    /// Before the first byte.
    pub(crate) first_ms: u64,
    /// How many bytes at a time; 0 is all.
    pub(crate) piece: usize,
    /// Between two pieces.
    pub(crate) every_ms: u64,
    /// Between the last byte and the end.
    pub(crate) close_ms: u64,
}

impl Pace {
    /// How long a body of this length takes.
    pub(crate) fn takes(self, length: usize) -> Duration {
        let waits = length.saturating_sub(1).checked_div(self.piece).unwrap_or(0);
        let between = self.every_ms.saturating_mul(u64::try_from(waits).unwrap_or(u64::MAX));
        Duration::from_millis(self.first_ms.saturating_add(between).saturating_add(self.close_ms))
    }
}

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
    /// A fault: how the body goes out.
    pub(crate) pace: Pace,
    /// A fault: close the connection behind the answer, without a word.
    pub(crate) hang_up: bool,
    /// A fault: break the connection in place of answering.
    pub(crate) broken: Option<TransportFault>,
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
            pace: Pace::default(),
            hang_up: false,
            broken: None,
            followed_from: None,
        };
        reply.set(CONTENT_TYPE, content_type);
        reply
    }

    pub(crate) fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Self::new(status, "application/json", body)
    }

    /// Whether it goes out whole and at once.
    pub(crate) fn is_plain(&self) -> bool {
        let whole = self.cut.is_none() && self.pace == Pace::default() && self.broken.is_none();
        whole && self.delay.is_zero() && !self.hang_up && self.followed_from.is_none()
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
