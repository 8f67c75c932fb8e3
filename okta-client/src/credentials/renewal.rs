//! One token for all, renewed once however many wait.
//!
//! The renewal is a task of its own: a caller that gives up does not end it for the others. Its outcome is told to all who waited. The
//! token at hand is used for as long as it lives, so a slow token endpoint holds nobody up. After a failure nobody asks Okta again for
//! a while.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use tokio::time::Instant;
use tracing::Instrument;

use super::token::AccessToken;
use super::{Answer, CredentialError, Verdict};
use crate::error::Retry;
use crate::spans;

/// A token and its number, which grows with every new one.
type Numbered = (u64, Arc<AccessToken>);
type Outcome = Result<Numbered, CredentialError>;

/// The token of one credential. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Renewal(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    number: u64,
    token: Option<Arc<AccessToken>>,
    running: Option<Shared<BoxFuture<'static, Outcome>>>,
    /// Kept until Okta has taken a token: one that is fetched and refused is no success.
    failure: Option<Failure>,
    /// Tokens in a row that were refused before Okta took them once.
    untaken: u32,
}

struct Failure {
    error: CredentialError,
    times: u32,
    until: Instant,
}

impl Failure {
    /// The pause after the first failure, and the longest: a credential that is dead is asked for rarely, but again, because an admin may
    /// bring it back.
    fn after(previous: Option<&Self>, error: CredentialError) -> Self {
        let times = previous.map_or(1, |previous| previous.times.saturating_add(1));
        let (first, longest) = if error.is_dead() { (10, 300) } else { (1, 60) };
        let seconds = (first << (times - 1).min(8)).min(longest);
        let pause = match error.retry() {
            Retry::After(wait) => wait.max(Duration::from_secs(first)),
            _ => Duration::from_secs(seconds),
        };
        Self { error, times, until: Instant::now() + pause }
    }

    /// What a caller is told meanwhile.
    fn told(&self, now: Instant) -> CredentialError {
        self.error.clone().retry_in(Retry::After(self.until - now))
    }
}

impl Renewal {
    /// Starts with a token that was issued before.
    pub(super) fn with(token: AccessToken) -> Self {
        token.take();
        Self(Arc::new(Mutex::new(State { number: 1, token: Some(Arc::new(token)), ..State::default() })))
    }

    /// The token, and its number. `renew` fetches a new one where that is due; it is waited for only where no token lives.
    ///
    /// # Cancel safety
    /// Dropping the future ends the waiting, not the renewal.
    pub(super) async fn token(
        &self,
        renew: impl FnOnce() -> BoxFuture<'static, Result<AccessToken, CredentialError>>,
    ) -> Outcome {
        let running = {
            let mut state = self.lock();
            let now = Instant::now();
            let at_hand = state.at_hand(now);
            if let Some((number, token)) = &at_hand
                && token.is_fresh(now)
            {
                return Ok((*number, Arc::clone(token)));
            }
            if let Some(failure) = state.failure.as_ref().filter(|failure| now < failure.until) {
                return at_hand.ok_or_else(|| failure.told(now));
            }
            let running = match &state.running {
                Some(running) => running.clone(),
                None => {
                    let renew = renew().instrument(spans::token()).boxed();
                    let running = renewed(Arc::downgrade(&self.0), renew).boxed().shared();
                    // So that it goes on when nobody waits any more. Whoever waits drives it as well.
                    tokio::spawn(running.clone());
                    state.running.insert(running).clone()
                }
            };
            if let Some(at_hand) = at_hand {
                return Ok(at_hand);
            }
            running
        };
        running.await
    }

    /// Whether there is a token that has not ended.
    pub(super) fn lives(&self) -> bool {
        self.lock().at_hand(Instant::now()).is_some()
    }

    /// What an answer says about the token with this number.
    pub(super) fn answered(&self, number: u64, answer: &Answer<'_>) -> Verdict {
        let refused = answer.status == 401 && matches!(answer.code, Some("invalid_token" | "E0000011"));
        let mut state = self.lock();
        if state.number != number {
            // Somebody has noticed before, and renewed it.
            return if refused { Verdict::Again } else { Verdict::Stands };
        }
        let Some(token) = state.token.as_ref() else {
            return if refused { Verdict::Again } else { Verdict::Stands };
        };
        if !refused {
            if answer.status != 401 {
                token.take();
                (state.untaken, state.failure) = (0, None);
            }
            return Verdict::Stands;
        }
        state.untaken = if token.was_taken() { 0 } else { state.untaken.saturating_add(1) };
        state.token = None;
        if state.untaken < 2 {
            return Verdict::Again;
        }
        // One refusal may be Okta's own haste. A third token would be refused like these two.
        let error = CredentialError::dead("Okta refuses the access tokens that it has just issued");
        state.failure = Some(Failure::after(state.failure.as_ref(), error));
        Verdict::Stands
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn at_hand(&self, now: Instant) -> Option<Numbered> {
        let token = self.token.as_ref().filter(|token| token.is_live(now))?;
        Some((self.number, Arc::clone(token)))
    }
}

/// Renews and writes down what came of it. Holds the state weakly, which holds this future.
async fn renewed(
    state: Weak<Mutex<State>>,
    renew: BoxFuture<'static, Result<AccessToken, CredentialError>>,
) -> Outcome {
    // What a user's own hook does must not leave everybody waiting.
    let outcome = AssertUnwindSafe(renew).catch_unwind().await;
    let outcome = outcome.unwrap_or_else(|_| Err(CredentialError::new("the renewal panicked")));
    let Some(state) = state.upgrade() else { return Err(CredentialError::new("the credential is gone")) };
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    state.running = None;
    match outcome {
        Ok(token) => {
            let token = Arc::new(token);
            state.number += 1;
            state.token = Some(Arc::clone(&token));
            Ok((state.number, token))
        }
        Err(error) => {
            let failure = Failure::after(state.failure.as_ref(), error);
            let now = Instant::now();
            if state.at_hand(now).is_some() {
                spans::token_kept(&failure.error);
            }
            let told = failure.told(now);
            state.failure = Some(failure);
            Err(told)
        }
    }
}

#[cfg(test)]
mod tests;
