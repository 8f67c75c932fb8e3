//! Answers that a planned fault gives in place of the real one.

use http::HeaderName;

use crate::engine::Handled;
use crate::error::ApiError;
use crate::faults::Act;
use crate::limits::Rate;
use crate::reply::Reply;

/// The fault's answer. Rate-limit faults also change what the headers say.
pub(crate) fn answer(act: &Act, rate: &mut Option<Rate>, path: &str, now: i64) -> Result<Handled, ApiError> {
    let seconds = now.div_euclid(1_000);
    match act {
        Act::RateLimit { remaining, reset_in_ms } => {
            let headers = rate.get_or_insert_with(|| no_bucket(seconds));
            headers.remaining = *remaining;
            headers.reset = match reset_in_ms {
                Some(ms) => now.saturating_add(*ms).saturating_add(999).div_euclid(1_000),
                // An untouched window may end far away; a planned 429 should not make a test wait for that.
                None => headers.reset.clamp(seconds + 1, seconds + 60),
            };
            Err(ApiError::of("E0000047"))
        }
        Act::Concurrency => {
            let headers = rate.get_or_insert_with(|| no_bucket(seconds));
            // Recorded: limit and remaining 0, and a reset that lies up to two minutes ahead.
            (headers.limit, headers.remaining, headers.reset) = (0, 0, seconds + 114);
            Err(ApiError::of("E0000047"))
        }
        Act::Error { status, code } => {
            let code = code.as_deref().unwrap_or_else(|| fitting_code(status.unwrap_or(500)));
            let mut error = ApiError::of(code);
            error.status = status.unwrap_or(error.status);
            Err(error)
        }
        Act::Raw { status, content_type, headers, body } => {
            let mut reply = Reply::new(*status, content_type, body.clone());
            for (name, value) in headers {
                if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
                    reply.set(name, value);
                }
            }
            Ok(Handled::Reply(reply))
        }
        _ => Err(ApiError::bad_cursor(cursor_code(path))),
    }
}

/// The code with which an endpoint refuses a cursor. Recorded for apps; search-backed lists and the log use the other.
pub(crate) fn cursor_code(path: &str) -> &'static str {
    if path.starts_with("/api/v1/apps") { "E0000029" } else { "E0000031" }
}

fn fitting_code(status: u16) -> &'static str {
    match status {
        400 => "E0000001",
        401 => "E0000011",
        403 => "E0000006",
        404 => "E0000007",
        405 => "E0000022",
        409 => "E0000112",
        412 => "E0000231",
        429 => "E0000047",
        501 => "E0000060",
        503 => "E0000010",
        _ => "E0000009",
    }
}

fn no_bucket(seconds: i64) -> Rate {
    Rate { bucket: String::new(), limit: 50, remaining: 0, reset: seconds + 60 }
}
