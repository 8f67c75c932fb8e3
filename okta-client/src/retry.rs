//! Decides whether a failed attempt is repeated, and when: one pure table.
//!
//! Three rules stand behind it. A write that may have arrived is sent twice only where the second does nothing more than the
//! first. A wait that the server names is honoured but capped. Time and attempts are limited in total, and the limit is looked at before sleeping.

use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderMap, Method, StatusCode};

use crate::rate_limit::{MARGIN, MAX_WAIT, RateLimit, date};

/// How patient a client is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    /// Times one request is sent, at most.
    pub(crate) max_attempts: u32,
    /// From the first attempt to the last, the pauses between them included.
    pub(crate) max_time: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self { max_attempts: 6, max_time: Duration::from_secs(300) }
    }
}

/// First pause of an exponential backoff.
const BASE: Duration = Duration::from_millis(500);
/// Longest pause that we choose ourselves.
const MAX_BACKOFF: Duration = Duration::from_secs(30);
/// Longest pause after a concurrency limit: it clears as soon as some request ends.
const MAX_CONCURRENCY_BACKOFF: Duration = Duration::from_secs(8);
/// A 500 is usually a query that takes too long, and takes as long the next time.
const MAX_500: u32 = 3;
/// A page that arrives broken three times is not broken by chance.
const MAX_ATTEMPTS_BAD_BODY: u32 = 3;

/// What came of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// An error answer, and how long the server asks to wait.
    Answer { status: StatusCode, wait: Option<Duration>, concurrency: bool },
    /// A 500, and how many there have been of this request, itself among them.
    ServerError { times: u32 },
    /// The request never left.
    NotSent,
    /// It left, and no complete answer came back.
    Lost,
    /// A good status with a body that is not what was asked for.
    BadBody,
}

impl Outcome {
    /// Whether the request may have had its effect.
    pub(crate) fn leaves_doubt(self) -> bool {
        match self {
            Self::NotSent => false,
            Self::Lost | Self::BadBody | Self::ServerError { .. } => true,
            Self::Answer { status, .. } => status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    Wait(Duration),
    GiveUp,
}

/// Whether sending the request twice has the same effect as sending it once.
///
/// Not so a `DELETE`, whatever HTTP says: Okta's first `DELETE /api/v1/users/{id}` deactivates the user, the second one
/// deletes it for good.
///
/// **Source**: Okta, "Delete a user".
pub(crate) fn is_repeatable(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::PUT | Method::OPTIONS)
}

/// `attempt` counts from 1 and is the one that just failed, those left out that were refused for the credential; `elapsed` is the time since the first; `jitter` is in `0.0..1.0`.
pub(crate) fn decide(
    policy: &Policy,
    attempt: u32,
    elapsed: Duration,
    method: &Method,
    outcome: Outcome,
    jitter: f64,
) -> Decision {
    let repeatable = is_repeatable(method);
    let read = matches!(*method, Method::GET | Method::HEAD);
    let (allowed, wait) = match outcome {
        Outcome::NotSent => (true, backoff(attempt, MAX_BACKOFF, jitter)),
        Outcome::Lost => (repeatable, backoff(attempt, MAX_BACKOFF, jitter)),
        Outcome::BadBody => (read && attempt < MAX_ATTEMPTS_BAD_BODY, backoff(attempt, MAX_BACKOFF, jitter)),
        Outcome::ServerError { times } => (read && times < MAX_500, backoff(attempt, MAX_BACKOFF, jitter)),
        Outcome::Answer { status, wait, concurrency } => match status.as_u16() {
            429 if concurrency => (true, backoff(attempt, MAX_CONCURRENCY_BACKOFF, jitter)),
            429 => (true, asked(wait, attempt, jitter)),
            502..=504 => (repeatable, asked(wait, attempt, jitter)),
            408 => (repeatable, backoff(attempt, MAX_BACKOFF, jitter)),
            _ => (false, Duration::ZERO),
        },
    };
    let in_time = elapsed.checked_add(wait).is_some_and(|total| total <= policy.max_time);
    if allowed && attempt < policy.max_attempts && in_time { Decision::Wait(wait) } else { Decision::GiveUp }
}

/// How long an answer asks to wait: `Retry-After`; else, if it refuses for the rate limit, the reset of its window. Capped.
/// Okta sends the window with every answer, so on a 503 it means nothing.
pub(crate) fn server_wait(status: StatusCode, headers: &HeaderMap) -> Option<Duration> {
    let reset = || {
        let window = RateLimit::from_headers(headers);
        (status == StatusCode::TOO_MANY_REQUESTS).then_some(window.resets_in?.saturating_add(MARGIN))
    };
    retry_after(headers).or_else(reset).map(|wait| wait.min(MAX_WAIT))
}

/// `Retry-After` in seconds, or as a date against the answer's own `Date`. Nonsense is absence.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number holds is a very long wait all the same.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = httpdate::parse_http_date(text).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    let now = u64::try_from(date(headers)?.as_millis()).ok()?;
    Some(until.saturating_sub(Duration::from_millis(now)))
}

/// The server's wait with up to a second of spread, so that a fleet does not return at once; but no less than our own, for a
/// server that goes on naming a moment that has passed.
fn asked(wait: Option<Duration>, attempt: u32, jitter: f64) -> Duration {
    let own = backoff(attempt, MAX_BACKOFF, jitter);
    wait.map_or(own, |wait| own.max(wait.min(MAX_WAIT) + spread(Duration::from_secs(1), jitter)))
}

/// Exponential with full jitter, and never quite zero: a retry at once is a busy loop.
fn backoff(attempt: u32, longest: Duration, jitter: f64) -> Duration {
    let ceiling = BASE.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(longest);
    BASE / 5 + spread(ceiling, jitter)
}

fn spread(range: Duration, jitter: f64) -> Duration {
    let jitter = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 1.0 };
    Duration::try_from_secs_f64(range.as_secs_f64() * jitter).unwrap_or(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16) -> Outcome {
        Outcome::Answer {
            status: StatusCode::from_u16(status).expect("a status"),
            wait: None,
            concurrency: false,
        }
    }

    fn retried(method: Method, outcome: Outcome, attempt: u32) -> bool {
        decide(&Policy::default(), attempt, Duration::ZERO, &method, outcome, 0.5) != Decision::GiveUp
    }

    #[test]
    fn one_row_per_outcome() {
        let (get, post, put, delete) = (Method::GET, Method::POST, Method::PUT, Method::DELETE);
        for (method, outcome, attempt, expected) in [
            (&get, answer(429), 1, true),
            (&post, answer(429), 1, true),
            (&get, answer(503), 1, true),
            (&put, answer(504), 1, true),
            (&post, answer(503), 1, false),
            (&get, Outcome::ServerError { times: 1 }, 1, true),
            (&get, Outcome::ServerError { times: 2 }, 2, true),
            (&get, Outcome::ServerError { times: 3 }, 3, false),
            // What failed for another reason before is not held against it.
            (&get, Outcome::ServerError { times: 1 }, 5, true),
            (&get, Outcome::ServerError { times: 1 }, 6, false),
            (&put, Outcome::ServerError { times: 1 }, 1, false),
            (&get, answer(408), 1, true),
            (&get, answer(400), 1, false),
            (&get, answer(401), 1, false),
            (&get, answer(404), 1, false),
            (&get, answer(409), 1, false),
            (&post, Outcome::NotSent, 1, true),
            (&get, Outcome::Lost, 1, true),
            (&post, Outcome::Lost, 1, false),
            (&put, Outcome::Lost, 1, true),
            // The first deactivates a user, the second deletes it.
            (&delete, Outcome::Lost, 1, false),
            (&delete, answer(408), 1, false),
            (&delete, answer(502), 1, false),
            (&delete, answer(503), 1, false),
            (&delete, answer(504), 1, false),
            (&delete, Outcome::NotSent, 1, true),
            (&delete, answer(429), 1, true),
            (&get, Outcome::BadBody, 2, true),
            (&get, Outcome::BadBody, 3, false),
            (&post, Outcome::BadBody, 1, false),
            (&get, answer(429), 6, false),
        ] {
            assert_eq!(
                retried(method.clone(), outcome, attempt),
                expected,
                "{method} {outcome:?} attempt {attempt}"
            );
        }
    }

    #[test]
    fn xb05_the_deadline_is_looked_at_before_sleeping() {
        let policy = Policy { max_time: Duration::from_secs(30), ..Policy::default() };
        let outcome = Outcome::Answer {
            status: StatusCode::TOO_MANY_REQUESTS,
            wait: Some(Duration::from_secs(20)),
            concurrency: false,
        };
        assert_eq!(
            decide(&policy, 1, Duration::from_secs(5), &Method::GET, outcome, 0.0),
            Decision::Wait(Duration::from_secs(20))
        );
        assert_eq!(decide(&policy, 1, Duration::from_secs(11), &Method::GET, outcome, 0.0), Decision::GiveUp);
    }

    #[test]
    fn a_concurrency_limit_is_a_short_pause_whatever_the_reset_says() {
        let outcome = Outcome::Answer {
            status: StatusCode::TOO_MANY_REQUESTS,
            wait: Some(Duration::from_secs(114)),
            concurrency: true,
        };
        let Decision::Wait(wait) = decide(&Policy::default(), 1, Duration::ZERO, &Method::GET, outcome, 1.0)
        else {
            panic!("a retry")
        };
        assert!(wait < Duration::from_secs(1), "{wait:?}");
    }

    #[test]
    fn xb02_retry_after_is_read_in_both_forms_and_capped() {
        for (retry_after, seconds) in [
            ("7", Some(7)),
            ("0", Some(0)),
            ("Fri, 21 Aug 2026 08:00:40 GMT", Some(30)),
            ("Fri, 21 Aug 2026 07:00:00 GMT", Some(0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(120)),
            ("1000000000000000000000000000000", Some(120)),
            ("-5", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([
                (RETRY_AFTER, retry_after.parse().expect("a header value")),
                (http::header::DATE, http::HeaderValue::from_static("Fri, 21 Aug 2026 08:00:10 GMT")),
            ]);
            assert_eq!(
                server_wait(StatusCode::TOO_MANY_REQUESTS, &headers),
                seconds.map(Duration::from_secs),
                "{retry_after}"
            );
        }
        // Against the answer's own time only: where it does not tell it, a date says nothing, and seconds say what they said.
        for (retry_after, seconds) in [("Fri, 21 Aug 2026 08:00:40 GMT", None), ("7", Some(7))] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, retry_after.parse().expect("a header value"))]);
            let wait = server_wait(StatusCode::TOO_MANY_REQUESTS, &headers);
            assert_eq!(wait, seconds.map(Duration::from_secs), "{retry_after}");
        }
    }

    #[test]
    fn r01_without_retry_after_the_wait_is_reset_minus_date_and_a_second() {
        let headers = HeaderMap::from_iter([
            (
                http::HeaderName::from_static("x-rate-limit-reset"),
                http::HeaderValue::from_static("1787299255"),
            ),
            (http::header::DATE, http::HeaderValue::from_static("Fri, 21 Aug 2026 08:00:10 GMT")),
        ]);
        assert_eq!(server_wait(StatusCode::TOO_MANY_REQUESTS, &headers), Some(Duration::from_secs(46)));
        assert_eq!(server_wait(StatusCode::SERVICE_UNAVAILABLE, &headers), None);
    }

    #[test]
    fn backoff_grows_and_stays_bounded() {
        for attempt in 1..100 {
            assert!(backoff(attempt, MAX_BACKOFF, 1.0) <= MAX_BACKOFF + BASE);
            assert!(backoff(attempt, MAX_BACKOFF, 0.0) > Duration::ZERO);
            assert!(backoff(attempt, MAX_BACKOFF, f64::NAN) <= MAX_BACKOFF + BASE);
        }
        assert!(backoff(4, MAX_BACKOFF, 1.0) > backoff(1, MAX_BACKOFF, 1.0));
    }

    #[test]
    fn a_refusal_that_goes_on_naming_a_moment_that_has_passed_is_met_with_growing_pauses() {
        let limited = |seconds| Outcome::Answer {
            status: StatusCode::TOO_MANY_REQUESTS,
            wait: Some(Duration::from_secs(seconds)),
            concurrency: false,
        };
        for passed in [0, 1] {
            let pauses: Vec<_> = (1..6)
                .map(|attempt| {
                    decide(&Policy::default(), attempt, Duration::ZERO, &Method::GET, limited(passed), 1.0)
                })
                .map(|decision| match decision {
                    Decision::Wait(wait) => wait,
                    Decision::GiveUp => panic!("a retry"),
                })
                .collect();
            assert!(pauses.is_sorted() && pauses[4] >= Duration::from_secs(8), "{pauses:?}");
        }
        let Decision::Wait(wait) =
            decide(&Policy::default(), 5, Duration::ZERO, &Method::GET, limited(46), 0.5)
        else {
            panic!("a retry")
        };
        assert_eq!(wait, Duration::from_millis(46_500), "a moment to come is waited for, and no longer");
    }

    proptest::proptest! {
        #[test]
        fn whatever_happens_a_wait_is_within_the_deadline(
            attempt in 1..1000_u32,
            elapsed in 0..400_u64,
            status in 100..600_u16,
            wait in proptest::option::of(proptest::num::u64::ANY),
            concurrency: bool,
            jitter in proptest::num::f64::ANY,
        ) {
            let status = StatusCode::from_u16(status).expect("a status");
            let outcome = Outcome::Answer { status, wait: wait.map(Duration::from_secs), concurrency };
            let (policy, elapsed) = (Policy::default(), Duration::from_secs(elapsed));
            if let Decision::Wait(wait) = decide(&policy, attempt, elapsed, &Method::GET, outcome, jitter) {
                proptest::prop_assert!(wait <= MAX_WAIT + Duration::from_secs(1));
                proptest::prop_assert!(elapsed + wait <= policy.max_time && attempt < policy.max_attempts);
            }
        }
    }
}
