//! `WebAppBuilder`: every setting of a web app, all of them checked in `build`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::super::dpop::{Dpop, DpopKey};
use super::super::org::LONGEST_ATTEMPT;
use super::super::service_app::{scope_of, word};
use super::super::{Org, PrivateKey};
use super::{Inner, ProofOfClient, WebApp};
use crate::error::Error;
use crate::origin::{of_okta_or, parse_org_url};
use crate::retry;
use crate::transport::Transport;
use crate::transport::settings::{Proxy, TransportSettings};

/// Settings of a [`WebApp`].
#[must_use = "a builder does nothing until it is built"]
pub struct WebAppBuilder {
    org_url: String,
    client_id: String,
    redirect_uri: String,
    scopes: Vec<String>,
    secret: Option<SecretString>,
    key: Option<PrivateKey>,
    dpop: Option<Binding>,
    sending: TransportSettings,
    custom_domains: Option<Vec<String>>,
    timeout: Duration,
    retry: retry::Policy,
    leeway: Duration,
}

/// Which key tokens are bound to.
enum Binding {
    /// One of this process.
    Own,
    Given(DpopKey),
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
            dpop: None,
            sending: TransportSettings::default(),
            custom_domains: None,
            timeout: LONGEST_ATTEMPT,
            retry: retry::Policy::default(),
            leeway: Duration::from_secs(30),
        }
    }

    /// The client secret, sent as `client_secret_basic`. Without one and without a [`private_key`](Self::private_key) the app is a public client.
    pub fn client_secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.secret = Some(secret.into());
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

    /// Has the tokens bound to a key of this process (DPoP), so that nobody can use a stolen one. The access tokens end with it. Refresh
    /// tokens go on, but not those of a public client, which are bound, too: where one asks for `offline_access`, give it a
    /// [`dpop_key`](Self::dpop_key). Default: not.
    ///
    /// **Source**: RFC 9449, section 5.
    pub fn dpop(mut self) -> Self {
        self.dpop = Some(Binding::Own);
        self
    }

    /// Has the tokens bound to a key that is kept with them, so that they all go on after a restart.
    pub fn dpop_key(mut self, key: DpopKey) -> Self {
        self.dpop = Some(Binding::Given(key));
        self
    }

    /// How the app's own requests are sent: the exchange of a code, [`revoke`](WebApp::revoke), [`introspect`](WebApp::introspect). A session
    /// refreshes by the way of the client that it is used with. Default: reqwest, if that feature is on.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.sending.own = Some(Arc::new(transport));
        self
    }

    /// As [`ClientBuilder::root_certificates`](crate::ClientBuilder::root_certificates).
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.sending.root_certificates = Some(pem.into());
        self
    }

    /// As [`ClientBuilder::proxy`](crate::ClientBuilder::proxy).
    pub fn proxy(mut self, url: impl Into<SecretString>) -> Self {
        self.sending.proxy = Proxy::At(url.into());
        self
    }

    /// As [`ClientBuilder::proxy_from_env`](crate::ClientBuilder::proxy_from_env).
    pub fn proxy_from_env(mut self) -> Self {
        self.sending.proxy = Proxy::Environment;
        self
    }

    /// As [`ClientBuilder::public_addresses_only`](crate::ClientBuilder::public_addresses_only).
    pub fn public_addresses_only(mut self) -> Self {
        self.sending.public_addresses_only = true;
        self
    }

    /// As [`ClientBuilder::okta_domains_only`](crate::ClientBuilder::okta_domains_only).
    pub fn okta_domains_only<S: Into<String>>(mut self, custom_domains: impl IntoIterator<Item = S>) -> Self {
        self.custom_domains = Some(custom_domains.into_iter().map(Into::into).collect());
        self
    }

    /// As [`ClientBuilder::user_agent`](crate::ClientBuilder::user_agent).
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.sending.user_agent = Some(user_agent.into());
        self
    }

    /// How often one request is sent, at most. Default: 6. 1 switches retries off.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.retry.max_attempts = attempts;
        self
    }

    /// As [`ClientBuilder::max_retry_time`](crate::ClientBuilder::max_retry_time).
    pub fn max_retry_time(mut self, time: Duration) -> Self {
        self.retry.max_time = time;
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
        if let Some(custom) = &self.custom_domains {
            of_okta_or(&org_url, custom)?;
        }
        let client_id = word("client_id", self.client_id)?;
        let scope = scope_of(self.scopes)?;
        if Url::parse(&self.redirect_uri).is_err() {
            return Err(Error::config("redirect_uri", "is not a URL; give it as it is registered"));
        }
        if self.timeout.is_zero() {
            return Err(Error::config("timeout", "must not be zero"));
        }
        if self.retry.max_attempts == 0 {
            return Err(Error::config("max_attempts", "must not be zero"));
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
        let bound = matches!(proof_of_client, ProofOfClient::None)
            && scope.split(' ').any(|scope| scope == "offline_access");
        let key = match self.dpop {
            None => None,
            Some(Binding::Given(key)) => Some(key),
            Some(Binding::Own) if bound => {
                let reason = "would bind a public client's refresh tokens to a key that ends with this process; \
                              give it one to keep, with dpop_key";
                return Err(Error::config("dpop", reason));
            }
            Some(Binding::Own) => Some(DpopKey::generate()?),
        };
        let dpop = key.map(Dpop::new);
        let (agent, transport) = (self.sending.user_agent()?, self.sending.transport(&org_url, 1)?);
        let random = fastrand::Rng::new();
        let org = Org::new(org_url, transport, agent, self.timeout, self.retry, random);
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
