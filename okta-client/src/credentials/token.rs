//! Access tokens: how the token endpoint answers, and how a token is sent.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::time::Instant;
use url::Url;

use super::dpop::{Dpop, Place};
use super::{Authorization, CredentialError, Org};

/// Where tokens come from.
pub(super) const TOKEN_PATH: &str = "/oauth2/v1/token";
/// No token lives longer than this, whatever the answer says; Okta's live for an hour.
pub(super) const LONGEST_LIFE: Duration = Duration::from_secs(24 * 3600);

/// A good answer of the token endpoint.
#[derive(Deserialize)]
pub(super) struct Granted {
    pub(super) access_token: Secret,
    pub(super) token_type: String,
    pub(super) expires_in: u64,
    #[serde(default)]
    pub(super) scope: String,
    #[serde(default)]
    pub(super) refresh_token: Option<Secret>,
    #[serde(default)]
    pub(super) id_token: Option<Secret>,
}

/// A secret as it arrives.
#[derive(Clone)]
pub(super) struct Secret(pub(super) SecretString);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(text.into()))
    }
}

/// A token in use.
pub(super) struct AccessToken {
    secret: SecretString,
    dpop: bool,
    /// From here on a new one is fetched: a tenth of its life before its end.
    stale_at: Instant,
    ends_at: Instant,
    /// Whether Okta ever took it. One that is refused from the start is not expired but wrong.
    taken: AtomicBool,
}

impl AccessToken {
    /// A token that was asked for at `asked`.
    pub(super) fn new(secret: SecretString, token_type: &str, life: Duration, asked: Instant) -> Self {
        let life = life.min(LONGEST_LIFE);
        let dpop = token_type.eq_ignore_ascii_case("DPoP");
        Self {
            secret,
            dpop,
            stale_at: asked + life - life / 10,
            ends_at: asked + life,
            taken: AtomicBool::new(false),
        }
    }

    pub(super) fn granted(granted: &Granted, asked: Instant) -> Self {
        let life = Duration::from_secs(granted.expires_in);
        Self::new(granted.access_token.0.clone(), &granted.token_type, life, asked)
    }

    pub(super) fn is_fresh(&self, now: Instant) -> bool {
        now < self.stale_at
    }

    pub(super) fn is_live(&self, now: Instant) -> bool {
        now < self.ends_at
    }

    pub(super) fn take(&self) {
        self.taken.store(true, Ordering::Relaxed);
    }

    pub(super) fn was_taken(&self) -> bool {
        self.taken.load(Ordering::Relaxed)
    }

    /// What one request carries, with a proof of its own where the token is bound to a key.
    pub(super) fn authorize(
        &self,
        dpop: Option<&Dpop>,
        org: &Org,
        method: &Method,
        url: &Url,
    ) -> Result<Authorization, CredentialError> {
        let secret = self.secret.expose_secret();
        match dpop.filter(|_| self.dpop) {
            Some(dpop) => {
                let proof = dpop.proof(Place::Resource, method, url, org.now(), Some(secret))?;
                Authorization::new("DPoP", secret)?.dpop(&proof)
            }
            None => Authorization::new("Bearer", secret),
        }
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(***)")
    }
}
