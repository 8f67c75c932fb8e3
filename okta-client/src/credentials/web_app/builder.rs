//! `WebAppBuilder`: every setting of a web app, all of them checked in `build`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use secrecy::SecretString;
use url::Url;

use super::super::dpop::Dpop;
use super::super::org::LONGEST_ATTEMPT;
use super::super::service_app::{scope_of, word};
use super::super::{Org, PrivateKey};
use super::{Inner, ProofOfClient, WebApp};
use crate::client::{OWN_NAME, default_transport};
use crate::error::Error;
use crate::origin::parse_org_url;
use crate::retry;
use crate::transport::Transport;

/// Settings of a [`WebApp`].
#[must_use = "a builder does nothing until it is built"]
pub struct WebAppBuilder {
    org_url: String,
    client_id: String,
    redirect_uri: String,
    scopes: Vec<String>,
    secret: Option<SecretString>,
    key: Option<PrivateKey>,
    dpop: bool,
    transport: Option<Arc<dyn Transport>>,
    timeout: Duration,
    leeway: Duration,
}

impl WebAppBuilder {
    pub(super) fn new(org_url: &str, client_id: String, redirect_uri: String) -> Self {
        Self {
            org_url: org_url.to_owned(),
            client_id,
            redirect_uri,
            scopes: vec!["openid".to_owned()],
            secret: None,
            key: None,
            dpop: false,
            transport: None,
            timeout: LONGEST_ATTEMPT,
            leeway: Duration::from_secs(30),
        }
    }

    /// The client secret, sent as `client_secret_basic`. Without one and without a [`private_key`](Self::private_key) the app is a public client.
    pub fn client_secret(mut self, secret: impl Into<String>) -> Self {
        self.secret = Some(secret.into().into());
        self
    }

    /// The key that assertions are signed with (`private_key_jwt`), in place of a secret.
    pub fn private_key(mut self, key: PrivateKey) -> Self {
        self.key = Some(key);
        self
    }

    /// What to ask the user for. Default: `openid`. A refresh token comes with `offline_access` only. Okta grants `okta.*` scopes also to users who
    /// may not use them; the API then answers 403 or less.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Has the tokens bound to a key of this process (DPoP), so that nobody can use a stolen one. Default: not.
    pub fn dpop(mut self) -> Self {
        self.dpop = true;
        self
    }

    /// How requests are sent. Default: reqwest, if that feature is on.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// How long an attempt may take. Default, and the most: 10 s, so that a refresh whose answer is lost is repeated before Okta ends the
    /// session for it.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// For how long Okta takes a refresh token that it has rotated: `refresh_token.leeway` of the app, 0 to 60 s. Default: 30 s, as at Okta.
    /// While an access token lives, a refresh that had no answer is repeated within this time, or when the access token has ended.
    ///
    /// **Source**: Okta, "Refresh access tokens", grace period for token rotation.
    #[doc(alias = "grace period")]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Checks every setting and makes the app.
    ///
    /// # Errors
    /// [`Error::Config`] names the first setting that is refused. It never shows a secret.
    pub fn build(self) -> Result<WebApp, Error> {
        let org_url = parse_org_url("org_url", &self.org_url)?;
        let client_id = word("client_id", self.client_id)?;
        let scope = scope_of(self.scopes)?;
        if Url::parse(&self.redirect_uri).is_err() {
            return Err(Error::config("redirect_uri", "is not a URL; give it as it is registered"));
        }
        if self.timeout.is_zero() {
            return Err(Error::config("timeout", "must not be zero"));
        }
        let proof_of_client = match (self.secret, self.key) {
            (None, None) => ProofOfClient::None,
            (Some(secret), None) => ProofOfClient::Secret(secret),
            (None, Some(key)) => ProofOfClient::Key(key),
            (Some(_), Some(_)) => {
                return Err(Error::config(
                    "client_secret",
                    "and a private key are both given; Okta takes one",
                ));
            }
        };
        let dpop = if self.dpop { Some(Dpop::new()?) } else { None };
        let transport = match self.transport {
            Some(transport) => transport,
            None => default_transport(1, None)?,
        };
        let agent = HeaderValue::from_static(OWN_NAME);
        let (retry, random) = (retry::Policy::default(), fastrand::Rng::new());
        let org = Org::new(org_url, transport, agent, self.timeout, retry, random);
        let (redirect_uri, leeway) = (self.redirect_uri, self.leeway);
        Ok(WebApp(Arc::new(Inner { org, client_id, redirect_uri, scope, proof_of_client, dpop, leeway })))
    }
}

impl fmt::Debug for WebAppBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URLs are not checked yet and may hold a password.
        f.debug_struct("WebAppBuilder").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}
