//! The last gate of an answer: Okta's headers, what a fault spoils, and the journal.

use std::time::Duration;

use http::header::{
    CACHE_CONTROL, DATE, EXPIRES, LINK, PRAGMA, RETRY_AFTER, SERVER, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderName, HeaderValue};
use serde_json::Value;

use super::{Call, Engine, more_headers};
use crate::error::ApiError;
use crate::faults::spoil::spoil;
use crate::faults::{Act, Verdict, cursor_of};
use crate::reply::Reply;
use crate::timestamp;

static REQUEST_ID: HeaderName = HeaderName::from_static("x-okta-request-id");
static RATE_LIMIT: HeaderName = HeaderName::from_static("x-rate-limit-limit");
static RATE_REMAINING: HeaderName = HeaderName::from_static("x-rate-limit-remaining");
static RATE_RESET: HeaderName = HeaderName::from_static("x-rate-limit-reset");
static MOCK: HeaderName = HeaderName::from_static("x-okta-mock");

impl Engine {
    /// Puts Okta's headers on an answer, lets a fault at it, and writes the journal.
    pub(super) fn finish(&mut self, call: Call, result: Result<Reply, ApiError>, now: i64) -> Reply {
        let unimplemented = matches!(&result, Err(error) if error.code == "E0000060");
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
        self.headers(&mut reply, &call, now);
        let Verdict { acts, delay, body_delay, rules } = call.faults;
        reply.delay = Duration::from_millis(call.takes_ms.unwrap_or(0).unsigned_abs()) + delay;
        reply.pace.first_ms = u64::try_from(body_delay.as_millis()).unwrap_or(u64::MAX);
        for act in &acts {
            if let Act::LogHole { events, for_ms } = act {
                self.leave_out(&mut reply, *events, *for_ms, now);
            }
            spoil(&mut reply, act, now);
        }
        let sent = reply.cut.unwrap_or(usize::MAX).min(reply.body.len());
        let duration_ms = timestamp::millis(reply.delay.saturating_add(reply.pace.takes(sent)));
        if call.takes_ms.is_some() {
            self.limits.concurrency.occupy(now, duration_ms);
        }
        let broken = reply.broken.is_some() || reply.cut.is_some();
        let next = next_target(&reply, &self.org.base);
        if !self.faults.list.is_empty() || self.settings.given.cursor_ttl_ms.is_some() {
            let next_cursor = next.and_then(|next| cursor_of(next.split_once('?')?.1));
            self.cursors.give(next_cursor, now);
            self.faults.turn_page(cursor_of(&call.query), next_cursor);
        }
        self.journal.record(reply.status.as_u16(), |record| {
            record.at_ms = now;
            record.set_method(call.method.as_str());
            record.set_target(&call.path, &call.query);
            record.set_principal(call.principal.as_deref());
            record.set_bucket(call.rate.as_ref().map(|rate| &*rate.bucket));
            record.rate_limit = call.rate.as_ref().map(|rate| rate.limit);
            record.rate_remaining = call.rate.as_ref().map(|rate| rate.remaining);
            record.rate_reset = call.rate.as_ref().map(|rate| rate.reset);
            record.set_next(next);
            record.empty = reply.body.as_ref() == b"[]";
            record.bytes = reply.body.len();
            record.duration_ms = duration_ms;
            record.broken = broken;
            record.faulted = !rules.is_empty();
            record.faults = rules;
            record.set_user_agent(&call.user_agent);
            record.body_hash = call.body_hash;
            record.unproven = call.unproven;
            record.unimplemented = unimplemented;
            record.error_code = error_code;
            record.error_cause = error_cause;
        });
        reply
    }

    /// Takes the first events out of a page of the log, whose `next` has passed them, and hides them from now on.
    fn leave_out(&mut self, reply: &mut Reply, events: u64, for_ms: Option<i64>, now: i64) {
        let Ok(Value::Array(mut rows)) = serde_json::from_slice(&reply.body) else { return };
        let count = usize::try_from(events).unwrap_or(usize::MAX).min(rows.len());
        let until = for_ms.map(|length| now.saturating_add(length));
        for row in rows.drain(..count) {
            if let Some(uuid) = row.get("uuid").and_then(Value::as_str) {
                self.org.log.hide(uuid.to_owned(), until);
            }
        }
        reply.body = Value::Array(rows).to_string().into();
    }

    fn headers(&mut self, reply: &mut Reply, call: &Call, now: i64) {
        let headers = &mut reply.headers;
        let fixed = HeaderValue::from_static;
        headers.insert(SERVER, fixed("nginx"));
        // Public metadata says itself how long it may be kept. Recorded: a 429 comes without these.
        if reply.status == 429 {
            for name in [CACHE_CONTROL, PRAGMA, EXPIRES] {
                headers.remove(name);
            }
        } else if !headers.contains_key(CACHE_CONTROL) {
            headers.insert(CACHE_CONTROL, fixed("no-cache, no-store"));
            headers.insert(PRAGMA, fixed("no-cache"));
            headers.insert(EXPIRES, fixed("0"));
        }
        headers.insert(VARY, fixed("Accept-Encoding"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, fixed("nosniff"));
        headers.insert(MOCK.clone(), fixed("1"));
        if let Ok(id) = HeaderValue::from_str(&call.request_id) {
            headers.insert(REQUEST_ID.clone(), id);
        }
        let kept = &mut self.kept;
        if let Some(rate) = &call.rate {
            headers.extend(kept.limit(rate.limit).map(|limit| (RATE_LIMIT.clone(), limit)));
            headers.insert(RATE_REMAINING.clone(), rate.remaining.into());
            headers.extend(kept.reset(rate.reset).map(|reset| (RATE_RESET.clone(), reset)));
            if reply.status == 429 && self.settings.given.retry_after {
                let seconds = rate.reset.saturating_sub(now.div_euclid(1_000)).max(1);
                headers.insert(RETRY_AFTER, seconds.into());
            }
        }
        headers.extend(kept.date(now).map(|date| (DATE, date)));
        if self.settings.given.all_headers {
            more_headers::add(headers, &call.request_id);
        }
    }
}

/// The headers of every answer, those of `/_mock` included: the mock's time, and that it is a mock.
pub(crate) fn stamp(reply: &mut Reply, now: i64) {
    reply.set(DATE, &timestamp::http_date(now));
    reply.set(MOCK.clone(), "1");
}

/// Path and query of the `next` link.
fn next_target<'a>(reply: &'a Reply, base: &str) -> Option<&'a str> {
    let lines = reply.headers.get_all(LINK).iter().filter_map(|line| line.to_str().ok());
    let url = lines.filter_map(|line| line.strip_prefix('<')?.strip_suffix(">; rel=\"next\"")).next()?;
    url.strip_prefix(base)
}
