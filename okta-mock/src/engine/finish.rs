//! The last gate of an answer: Okta's headers, what a fault spoils, and the journal.

use std::time::Duration;

use http::HeaderName;
use http::header::{CACHE_CONTROL, DATE, EXPIRES, LINK, PRAGMA, SERVER, VARY};

use super::{Call, Engine};
use crate::error::ApiError;
use crate::faults::Act;
use crate::journal::RequestRecord;
use crate::reply::Reply;
use crate::timestamp;

impl Engine {
    /// Puts Okta's headers on an answer, lets a fault at it, and writes the journal.
    pub(super) fn finish(&mut self, call: Call, result: Result<Reply, ApiError>, now: i64) -> Reply {
        let mut reply = match result {
            Ok(reply) => reply,
            Err(error) => Reply::json(error.status, error.body(&self.org.mint.error_id())),
        };
        for (name, value) in
            [(SERVER, "nginx"), (CACHE_CONTROL, "no-cache, no-store"), (PRAGMA, "no-cache"), (EXPIRES, "0")]
        {
            reply.set(name, value);
        }
        reply.set(VARY, "Accept-Encoding");
        reply.set(HeaderName::from_static("x-content-type-options"), "nosniff");
        reply.set(HeaderName::from_static("x-okta-request-id"), &call.request_id);
        if reply.status == 429 {
            // Recorded: it comes without these.
            for name in [CACHE_CONTROL, PRAGMA, EXPIRES] {
                reply.headers.remove(name);
            }
        }
        if let Some(rate) = &call.rate {
            reply.set(HeaderName::from_static("x-rate-limit-limit"), &rate.limit.to_string());
            reply.set(HeaderName::from_static("x-rate-limit-remaining"), &rate.remaining.to_string());
            reply.set(HeaderName::from_static("x-rate-limit-reset"), &rate.reset.to_string());
        }
        stamp(&mut reply, now);
        let faulted = call.act.is_some();
        reply.delay = Duration::from_millis(call.takes_ms.unsigned_abs());
        if let Some((act, delay)) = call.act {
            reply.delay += delay;
            spoil(&mut reply, act);
        }
        self.journal.push(RequestRecord {
            n: 0,
            at_ms: now,
            method: call.method,
            path: call.path,
            query: call.query,
            principal: call.principal,
            bucket: call.rate.map(|rate| rate.bucket),
            status: reply.status.as_u16(),
            faulted,
        });
        reply
    }
}

/// The headers of every answer, those of `/_mock` included: the mock's time, and that it is a mock.
pub(crate) fn stamp(reply: &mut Reply, now: i64) {
    reply.set(DATE, &timestamp::http_date(now));
    reply.set(HeaderName::from_static("x-okta-mock"), "1");
}

/// What a fault does to an answer that was right.
fn spoil(reply: &mut Reply, act: Act) {
    match act {
        Act::Truncate(bytes) => reply.cut = Some(bytes),
        Act::DropNext | Act::NextLink(_) => {
            let kept: Vec<_> =
                reply.headers.get_all(LINK).iter().filter(|link| !is_next(link)).cloned().collect();
            reply.headers.remove(LINK);
            for link in kept {
                reply.headers.append(LINK, link);
            }
            if let Act::NextLink(url) = act {
                reply.add(LINK, &format!("<{url}>; rel=\"next\""));
            }
        }
        Act::RateLimit
        | Act::Concurrency
        | Act::Error { .. }
        | Act::Raw { .. }
        | Act::InvalidCursor
        | Act::Delay => {}
    }
}

fn is_next(link: &http::HeaderValue) -> bool {
    link.to_str().is_ok_and(|link| link.ends_with("rel=\"next\""))
}
