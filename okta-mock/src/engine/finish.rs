//! The last gate of an answer: Okta's headers, what a fault spoils, and the journal.

use std::time::Duration;

use http::header::{CACHE_CONTROL, DATE, EXPIRES, LINK, PRAGMA, RETRY_AFTER, SERVER, VARY};
use http::{HeaderName, HeaderValue};
use serde_json::Value;

use super::{Call, Engine};
use crate::error::ApiError;
use crate::faults::spoil::spoil;
use crate::faults::{Act, Verdict, cursor_of};
use crate::journal::{RequestRecord, parameter};
use crate::reply::Reply;
use crate::timestamp;

impl Engine {
    /// Puts Okta's headers on an answer, lets a fault at it, and writes the journal.
    pub(super) fn finish(&mut self, call: Call, result: Result<Reply, ApiError>, now: i64) -> Reply {
        let (mut error_code, mut error_cause) = (None, None);
        let mut reply = match result {
            Ok(reply) => reply,
            Err(error) => {
                let reply = Reply::json(error.status, error.body(&self.org.mint.error_id()));
                error_code = Some(error.code);
                error_cause = error.causes.into_iter().next().or(Some(error.summary));
                reply
            }
        };
        // Public metadata says itself how long it may be kept.
        let kept = reply.headers.contains_key(CACHE_CONTROL);
        for (name, value) in
            [(SERVER, "nginx"), (CACHE_CONTROL, "no-cache, no-store"), (PRAGMA, "no-cache"), (EXPIRES, "0")]
        {
            if !kept || name == SERVER {
                reply.headers.insert(name, HeaderValue::from_static(value));
            }
        }
        reply.headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        let nosniff = HeaderName::from_static("x-content-type-options");
        reply.headers.insert(nosniff, HeaderValue::from_static("nosniff"));
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
        if let (429, true, Some(rate)) = (reply.status.as_u16(), self.settings.given.retry_after, &call.rate)
        {
            let seconds = rate.reset.saturating_sub(now.div_euclid(1_000)).max(1);
            reply.set(RETRY_AFTER, &seconds.to_string());
        }
        stamp(&mut reply, now);
        let Verdict { acts, delay, body_delay, rules } = call.faults;
        reply.delay = Duration::from_millis(call.takes_ms.unsigned_abs()) + delay;
        reply.pace.first_ms = u64::try_from(body_delay.as_millis()).unwrap_or(u64::MAX);
        for act in &acts {
            if let Act::LogHole { events, for_ms } = act {
                self.leave_out(&mut reply, *events, *for_ms, now);
            }
            spoil(&mut reply, act, now);
        }
        let next = next_target(&reply, &self.org.base);
        let next_cursor = next.as_deref().and_then(|next| cursor_of(next.split_once('?')?.1));
        self.cursors.give(next_cursor, now);
        self.faults.turn_page(cursor_of(&call.query), next_cursor);
        self.journal.push(RequestRecord {
            n: 0,
            at_ms: now,
            cursor_in: parameter(&call.query, "after"),
            method: call.method,
            path: call.path,
            query: call.query,
            principal: call.principal,
            rate_limit: call.rate.as_ref().map(|rate| rate.limit),
            rate_remaining: call.rate.as_ref().map(|rate| rate.remaining),
            rate_reset: call.rate.as_ref().map(|rate| rate.reset),
            bucket: call.rate.map(|rate| rate.bucket),
            status: reply.status.as_u16(),
            error_code,
            error_cause,
            next,
            empty: reply.body.as_ref() == b"[]",
            bytes: reply.body.len(),
            faulted: !rules.is_empty(),
            faults: rules,
            user_agent: call.user_agent,
            body_hash: call.body_hash,
            unproven: call.unproven,
        });
        reply
    }

    /// Takes the first events out of a page of the log, whose `next` has passed them, and hides them from now on.
    fn leave_out(&mut self, reply: &mut Reply, events: u64, for_ms: Option<i64>, now: i64) {
        let Ok(Value::Array(mut rows)) = serde_json::from_slice(&reply.body) else { return };
        let count = usize::try_from(events).unwrap_or(usize::MAX).min(rows.len());
        let until = for_ms.map_or(i64::MAX, |length| now.saturating_add(length));
        for row in rows.drain(..count) {
            if let Some(uuid) = row.get("uuid").and_then(Value::as_str) {
                self.org.log.hide(uuid.to_owned(), until);
            }
        }
        reply.body = Value::Array(rows).to_string().into();
    }
}

/// The headers of every answer, those of `/_mock` included: the mock's time, and that it is a mock.
pub(crate) fn stamp(reply: &mut Reply, now: i64) {
    reply.set(DATE, &timestamp::http_date(now));
    reply.set(HeaderName::from_static("x-okta-mock"), "1");
}

/// Path and query of the `next` link.
fn next_target(reply: &Reply, base: &str) -> Option<String> {
    let lines = reply.headers.get_all(LINK).iter().filter_map(|line| line.to_str().ok());
    let url = lines.filter_map(|line| line.strip_prefix('<')?.strip_suffix(">; rel=\"next\"")).next()?;
    url.strip_prefix(base).map(str::to_owned)
}
