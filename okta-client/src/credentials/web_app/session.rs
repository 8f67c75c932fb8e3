//! `WebSession`: calls in the name of a user who signed in, for as long as the refresh token lives.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use http::Method;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;
use url::Url;

use super::super::renewal::Renewal;
use super::super::service_app::answered;
use super::super::token::AccessToken;
use super::super::{Answer, Authorization, Credential, CredentialError, Org, Verdict};
use super::doubt::Doubt;
use super::{Tokens, WebApp};
use crate::error::{BoxError, Error};

type Hook = Arc<dyn Fn(Tokens) -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync>;

/// The credential of one user's session. Cheap to clone; all clones share its tokens.
///
/// A refresh token that Okta rotates works once: used again later than the app's grace period, it ends the session. So one session
/// belongs to one process at a time.
#[derive(Clone)]
pub struct WebSession {
    app: WebApp,
    tokens: Renewal,
    refresh: Arc<Mutex<Refresh>>,
}

#[derive(Default)]
struct Refresh {
    token: Option<SecretString>,
    /// Tokens that are not stored yet, and therefore not used.
    unstored: Option<Tokens>,
    hook: Option<Hook>,
    doubt: Doubt,
}

impl WebSession {
    pub(super) fn new(app: WebApp, tokens: Option<Tokens>, stored: Option<SecretString>) -> Self {
        let token = stored.or_else(|| tokens.as_ref()?.refresh_token.clone());
        let refresh = Arc::new(Mutex::new(Refresh { token, ..Refresh::default() }));
        let now = app.0.org.now();
        let tokens = tokens.map_or_else(Renewal::default, |tokens| Renewal::with(tokens.access(now)));
        Self { app, tokens, refresh }
    }

    /// Called with the tokens of every refresh that brought a new refresh token, before any of them is used. If it fails, none of them
    /// is used: the first request behind a pause calls it again with the same tokens. The pause is a second, and grows with every failure
    /// up to a minute. It holds for all clones, whenever they were made, and takes the place of one that was set before. Default: nothing is
    /// stored, and a restart signs the user out.
    #[must_use]
    pub fn on_refresh<F, Fut>(self, store: F) -> Self
    where
        F: Fn(Tokens) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
    {
        self.lock().hook = Some(Arc::new(move |tokens| Box::pin(store(tokens))));
        self
    }

    /// The newest refresh token. For revoking it, and for storing it where there is no hook.
    pub fn refresh_token(&self) -> Option<SecretString> {
        self.lock().token.clone()
    }

    /// By the way of the client whose request needs it.
    async fn renew(self, org: Org) -> Result<AccessToken, CredentialError> {
        let (unstored, token, doubt) = {
            let refresh = self.lock();
            (refresh.unstored.clone(), refresh.token.clone(), refresh.doubt)
        };
        let tokens = match (unstored, token) {
            (Some(tokens), _) => tokens,
            (None, None) => return Err(CredentialError::dead(NoRefreshToken)),
            (None, Some(old)) => {
                let grant = vec![("grant_type", "refresh_token"), ("refresh_token", old.expose_secret())];
                let began = Instant::now();
                let allowed = doubt.allows(began, self.app.0.leeway, self.tokens.lives());
                let repeatable = allowed.ok_or_else(|| CredentialError::new(PutOff))?;
                let tokens = self.app.tokens(&org, grant, repeatable).await.inspect_err(|error| {
                    self.lock().doubt.failed(began, error);
                })?;
                let rotated = tokens
                    .refresh_token
                    .as_ref()
                    .is_some_and(|new| new.expose_secret() != old.expose_secret());
                if !rotated {
                    self.lock().doubt = Doubt::default();
                    return Ok(tokens.access(org.now()));
                }
                let mut refresh = self.lock();
                refresh.doubt = Doubt::default();
                refresh.token.clone_from(&tokens.refresh_token);
                refresh.unstored = Some(tokens.clone());
                tokens
            }
        };
        let hook = self.lock().hook.clone();
        if let Some(hook) = hook {
            hook(tokens.clone()).await.map_err(CredentialError::new)?;
        }
        self.lock().unstored = None;
        Ok(tokens.access(org.now()))
    }

    fn lock(&self) -> MutexGuard<'_, Refresh> {
        self.refresh.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nothing is sent for now.
#[derive(Debug, thiserror::Error)]
#[error(
    "a refresh had no answer within the leeway: the next one waits for the end of the access token, which it could end itself"
)]
struct PutOff;

/// There is nothing to renew with.
#[derive(Debug, thiserror::Error)]
#[error("the access token has ended and there is no refresh token: the user has to sign in again")]
struct NoRefreshToken;

impl Credential for WebSession {
    fn attach(&self, org_url: &Url) -> Result<(), Error> {
        let same = self.app.org_url() == org_url;
        if same { Ok(()) } else { Err(Error::config("credentials", "belong to a client of another org")) }
    }

    fn authorize<'a>(
        &'a self,
        org: &'a Org,
        method: &'a Method,
        url: &'a Url,
    ) -> BoxFuture<'a, Result<Authorization, CredentialError>> {
        Box::pin(async move {
            let (number, token) = self.tokens.token(|| Box::pin(self.clone().renew(org.clone()))).await?;
            Ok(token.authorize(self.app.0.dpop.as_ref(), org, method, url)?.mark(number))
        })
    }

    fn answered(&self, used: &Authorization, answer: &Answer<'_>) -> Verdict {
        answered(self.app.0.dpop.as_ref(), &self.tokens, used, answer)
    }
}

impl fmt::Debug for WebSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSession").field("app", &self.app).finish_non_exhaustive()
    }
}
