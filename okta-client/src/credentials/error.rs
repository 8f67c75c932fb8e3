//! `CredentialError`: why there is nothing to send. Cheap to clone, because all who waited for one renewal are told the same.

use std::sync::Arc;

use crate::error::{BoxError, Error, Retry};

/// There is no credential to send.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the credential cannot be had")]
pub struct CredentialError {
    retry: Retry,
    dead: bool,
    source: Arc<dyn std::error::Error + Send + Sync>,
}

/// OAuth errors that say: this app, this key or this grant is not known here (any more). Somebody has to act. A missing scope or a
/// network zone is not among them: what an admin took away an admin may give back, and the same credential works again.
const DEAD: [&str; 4] = ["invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type"];

impl CredentialError {
    /// It may work later.
    pub fn new(source: impl Into<BoxError>) -> Self {
        Self { retry: Retry::Backoff, dead: false, source: Arc::from(source.into()) }
    }

    /// It will not work before somebody does something about it.
    pub fn dead(source: impl Into<BoxError>) -> Self {
        Self { retry: Retry::Never, dead: true, source: Arc::from(source.into()) }
    }

    /// When to try again.
    #[must_use]
    pub fn retry_in(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Whether trying again is of use, and when. A credential that [is dead](Self::is_dead) may say `After`, too: nobody asks Okta again
    /// before then.
    pub fn retry(&self) -> Retry {
        self.retry
    }

    /// Whether somebody has to do something about it: the app is gone, its key unknown, its grant revoked.
    pub fn is_dead(&self) -> bool {
        self.dead
    }

    /// The error code of the token endpoint, such as `invalid_client`.
    pub fn code(&self) -> Option<&str> {
        self.source.downcast_ref::<Error>()?.okta_code()
    }
}

impl From<Error> for CredentialError {
    fn from(error: Error) -> Self {
        let dead = error.okta_code().is_some_and(|code| DEAD.contains(&code))
            || matches!(error, Error::Config { .. });
        Self { retry: error.retry(), dead, source: Arc::new(error) }
    }
}
