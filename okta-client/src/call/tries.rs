//! How often and how long a call has been tried, and the wait before it is tried again.

use std::time::Duration;

use http::StatusCode;
use tokio::time::Instant;

use super::{Call, Failure};
use crate::client::Inner;
use crate::error::Error;
use crate::pacing::Manner;
use crate::retry::{self, Decision};
use crate::{spans, telemetry};

/// How often one call may be sent again because its credential was replaced, whatever the credential says.
const MOST_REPLACED: usize = 3;

/// How often and how long a call has been tried.
#[derive(Debug)]
pub(crate) struct Tries {
    attempt: u32,
    /// Moved on by the time that is not held against the call.
    started: Instant,
    /// Between attempts.
    waited: Duration,
    /// For turns.
    queued: Duration,
    /// For the credential.
    authorizing: Duration,
    first_request_id: Option<String>,
    /// Error codes for which the credential was replaced and the request sent again.
    replaced: Vec<Option<String>>,
    /// How many times Okta has answered 500: usually the page is too large to be made in time.
    server_errors: u32,
}

impl Tries {
    pub(crate) fn new() -> Self {
        Self {
            attempt: 0,
            started: Instant::now(),
            waited: Duration::ZERO,
            queued: Duration::ZERO,
            authorizing: Duration::ZERO,
            first_request_id: None,
            replaced: Vec::new(),
            server_errors: 0,
        }
    }

    /// Another attempt begins.
    pub(super) fn begin(&mut self) {
        self.attempt += 1;
    }

    pub(super) fn attempts(&self) -> u32 {
        self.attempt
    }

    /// How many times the request was sent before this attempt, if it was.
    pub(super) fn repeated(&self) -> Option<u32> {
        (self.attempt > 1).then(|| self.attempt - 1)
    }

    pub(super) fn first_request_id(&self) -> Option<&str> {
        self.first_request_id.as_deref()
    }

    /// How many times the page that is asked for has to be made smaller.
    pub(super) fn halved(&self) -> u32 {
        self.server_errors
    }

    /// Spent between attempts.
    pub(super) fn waited(&self) -> Duration {
        self.waited
    }

    /// Time that is not held against the call.
    pub(super) fn pause(&mut self, time: Duration) {
        self.started += time;
    }

    /// A turn was waited for. It may be many windows away in a large crawl; that is no failure.
    pub(super) fn queued(&mut self, time: Duration) {
        self.pause(time);
        self.queued += time;
    }

    /// The credential was waited for.
    pub(super) fn authorized(&mut self, time: Duration) {
        self.authorizing += time;
    }

    /// Whether the request may be sent again because its credential was replaced for this code. If so, it is written down.
    pub(super) fn replace(&mut self, code: Option<String>, id: Option<&str>) -> bool {
        if self.replaced.len() >= MOST_REPLACED || self.replaced.contains(&code) {
            return false;
        }
        self.replaced.push(code);
        self.remember(id);
        true
    }

    fn remember(&mut self, id: Option<&str>) {
        if self.first_request_id.is_none() {
            self.first_request_id = id.map(str::to_owned);
        }
    }

    /// Attempts that failed by themselves, and not for the credential.
    fn counted(&self) -> u32 {
        self.attempt.saturating_sub(u32::try_from(self.replaced.len()).unwrap_or(u32::MAX))
    }

    /// What is left of the time that a call may wait.
    pub(super) fn patience(&self, manner: Manner) -> Option<Duration> {
        manner.max_wait.map(|allowed| allowed.saturating_sub(self.total()))
    }

    /// For whatever a call waits for.
    fn total(&self) -> Duration {
        self.waited + self.queued + self.authorizing
    }

    pub(super) fn would_wait(&self, call: &Call, longer: Duration) -> Error {
        Error::WouldWait {
            operation: call.operation.clone(),
            wait: self.total() + longer,
            allowed: call.manner.max_wait.unwrap_or_default(),
        }
    }
}

impl Inner {
    /// Sleeps before the next attempt, or says that there is none.
    pub(super) async fn after(
        &self,
        call: &Call,
        tries: &mut Tries,
        failure: Failure,
        id: Option<String>,
    ) -> Result<(), Error> {
        tries.remember(id.as_deref());
        if matches!(failure, Failure::Answer { status: StatusCode::INTERNAL_SERVER_ERROR, .. }) {
            tries.server_errors += 1;
        }
        let decision = failure.outcome(tries.server_errors).map_or(Decision::GiveUp, |outcome| {
            let elapsed = tries.started.elapsed();
            retry::decide(&self.retry, tries.counted(), elapsed, call.repeats_like(), outcome, self.jitter())
        });
        match decision {
            Decision::Wait(wait) if tries.patience(call.manner).is_none_or(|patience| wait <= patience) => {
                spans::again(&call.method, call.url.path(), tries.attempt, wait, failure.kind());
                telemetry::retried(&call.method, call.url.path());
                tries.waited += wait;
                tokio::time::sleep(wait).await;
                Ok(())
            }
            Decision::Wait(_) | Decision::GiveUp => {
                Err(failure.into_error(call, tries, id, self.max_body_bytes))
            }
        }
    }
}
