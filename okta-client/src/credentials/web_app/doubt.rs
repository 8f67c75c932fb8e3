//! When a refresh token may be sent again behind a refresh that had no answer. Pure: `now` is an argument.
//!
//! Okta may have rotated the token, and then takes the old one only for the app's leeway. Sent later it counts as stolen: the access token
//! that still lives ends with everything else. So while there is one, a refresh in doubt is repeated within the leeway or put off until the
//! access token has ended. Then there is nothing to lose by trying.

use std::time::Duration;

use http::StatusCode;
use tokio::time::Instant;

use crate::credentials::org::LONGEST_ATTEMPT;
use crate::error::Error;

/// Since when the refresh token may have been rotated without our knowing the new one.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Doubt(Option<Instant>);

impl Doubt {
    /// For how long behind its first attempt without an answer a refresh that begins now may be sent again. `None` where it must not be
    /// sent at all now. `lives`: whether there is an access token to lose.
    pub(super) fn allows(self, now: Instant, leeway: Duration, lives: bool) -> Option<Duration> {
        if !lives {
            return Some(Duration::MAX);
        }
        let Some(since) = self.0 else { return Some(leeway) };
        let left = leeway.saturating_sub(now.saturating_duration_since(since));
        (left >= LONGEST_ATTEMPT).then_some(left)
    }

    /// A refresh that began at `began` has failed. It leaves doubt unless Okta refused it before it could have been lost.
    pub(super) fn failed(&mut self, began: Instant, error: &Error) {
        let certain = match error {
            Error::Config { .. } | Error::Redirect { .. } => true,
            Error::Transport { sent, attempts, .. } => !sent && *attempts == 1,
            Error::Api { status, attempts, .. } => {
                *attempts == 1
                    && *status < StatusCode::INTERNAL_SERVER_ERROR
                    && *status != StatusCode::REQUEST_TIMEOUT
            }
            Error::RateLimited { attempts, .. } => *attempts == 1,
            _ => false,
        };
        if !certain {
            self.0.get_or_insert(began);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEEWAY: Duration = Duration::from_secs(30);

    fn lost(sent: bool, attempts: u32) -> Error {
        Error::Transport { operation: "x".into(), sent, attempts, repeatable: true, source: "x".into() }
    }

    fn refused(status: u16, attempts: u32) -> Error {
        Error::Api {
            operation: "x".into(),
            status: StatusCode::from_u16(status).expect("a status"),
            body: Box::default(),
            date: None,
            request_id: None,
            attempts,
            repeatable: true,
        }
    }

    #[test]
    fn a_refresh_in_doubt_is_sent_within_the_leeway_or_when_nothing_is_left_to_lose() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let mut doubt = Doubt::default();
        assert_eq!(doubt.allows(at(500), LEEWAY, true), Some(LEEWAY), "no doubt yet");
        doubt.failed(began, &lost(true, 2));
        doubt.failed(at(12), &lost(true, 2));
        for (seconds, left) in [(0, Some(30)), (11, Some(19)), (20, Some(10)), (21, None), (500, None)] {
            assert_eq!(doubt.allows(at(seconds), LEEWAY, true), left.map(Duration::from_secs), "{seconds}");
            assert_eq!(doubt.allows(at(seconds), LEEWAY, false), Some(Duration::MAX));
        }
        assert_eq!(doubt.allows(began, Duration::ZERO, true), None);
    }

    #[test]
    fn only_what_okta_refused_at_once_leaves_no_doubt() {
        for (error, doubtful) in [
            (lost(false, 1), false),
            (lost(false, 2), true),
            (lost(true, 1), true),
            (refused(400, 1), false),
            (refused(400, 2), true),
            (refused(408, 1), true),
            (refused(503, 1), true),
            (Error::config("x", "y"), false),
        ] {
            let mut doubt = Doubt::default();
            doubt.failed(Instant::now(), &error);
            assert_eq!(doubt.0.is_some(), doubtful, "{error:?}");
        }
    }
}
