//! `Tokens`: what a sign-in or a refresh brings. `Introspection`: what Okta says of one.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use tokio::time::Instant;

use super::super::Org;
use super::super::token::{AccessToken, Granted, LONGEST_LIFE};
use crate::timestamp::Timestamp;

/// Tokens of one user. `Debug` shows the scopes only.
///
/// They may be stored, like passwords, and be made again from what was stored. So a process that starts need not refresh and
/// rotate what is still good:
///
/// ```
/// # use okta_client::{Timestamp, credentials::{Tokens, WebApp, WebSession}};
/// # fn of(app: &WebApp, access: String, refresh: String, expires_at: &str) -> Result<WebSession, Box<dyn std::error::Error>> {
/// let mut tokens = Tokens::new(access, "Bearer", expires_at.parse()?);
/// tokens.refresh_token = Some(refresh.into());
/// let session = app.session(tokens);
/// # Ok(session)
/// # }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Tokens {
    /// For calls in the user's name.
    pub access_token: SecretString,
    /// `token_type`: `Bearer` or `DPoP`.
    pub token_type: String,
    /// When the access token ends, by Okta's clock: `expires_in` seconds behind the request that brought it, and a day at most.
    pub expires_at: Timestamp,
    /// What it may be used for; fewer scopes than were asked for where some were not granted.
    pub scopes: Vec<String>,
    /// For new access tokens. Absent where `offline_access` was not asked for. To be stored like a password.
    pub refresh_token: Option<SecretString>,
    /// Who signed in, as a JWT. Absent where `openid` was not asked for.
    pub id_token: Option<SecretString>,
}

impl Tokens {
    /// An access token that was stored, with its [`token_type`](Self::token_type) and [`expires_at`](Self::expires_at). The rest is set
    /// afterwards: without a refresh token it is not renewed. One of type `DPoP` works with the [`DpopKey`](crate::credentials::DpopKey)
    /// only that it was issued to.
    pub fn new(
        access_token: impl Into<SecretString>,
        token_type: impl Into<String>,
        expires_at: Timestamp,
    ) -> Self {
        Self {
            access_token: access_token.into(),
            token_type: token_type.into(),
            expires_at,
            scopes: Vec::new(),
            refresh_token: None,
            id_token: None,
        }
    }

    /// What was asked for at `asked` and granted now, when the org's clock is known from the answer.
    pub(super) fn granted(granted: Granted, org: &Org, asked: Instant) -> Self {
        let life = Duration::from_secs(granted.expires_in).min(LONGEST_LIFE);
        Self {
            access_token: granted.access_token.0,
            token_type: granted.token_type,
            expires_at: org.now().saturating_add(life.saturating_sub(asked.elapsed())),
            scopes: granted.scope.split_ascii_whitespace().map(str::to_owned).collect(),
            refresh_token: granted.refresh_token.map(|token| token.0),
            id_token: granted.id_token.map(|token| token.0),
        }
    }

    /// As a token in use, at the org's `now`.
    pub(super) fn access(&self, now: Timestamp) -> AccessToken {
        let left = self.expires_at.since(now);
        AccessToken::new(self.access_token.clone(), &self.token_type, left, Instant::now())
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

/// What Okta says of a token. All but `active` is absent where it is not active.
///
/// **Source**: Okta, "Introspect a token".
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct Introspection {
    /// Whether it may be used.
    pub active: bool,
    /// Its scopes, separated by spaces.
    #[serde(default)]
    pub scope: Option<String>,
    /// The app that it was issued to.
    #[serde(default)]
    pub client_id: Option<String>,
    /// The user's login.
    #[serde(default)]
    pub username: Option<String>,
    /// The user's id.
    #[serde(default)]
    pub uid: Option<String>,
    /// Whom it is about.
    #[serde(default)]
    pub sub: Option<String>,
    /// Who issued it.
    #[serde(default)]
    pub iss: Option<String>,
    /// When it ends, in seconds since 1970.
    #[serde(default)]
    pub exp: Option<i64>,
    /// When it was issued, in seconds since 1970.
    #[serde(default)]
    pub iat: Option<i64>,
    /// `Bearer` for access tokens, also for those that are bound by DPoP.
    #[serde(default)]
    pub token_type: Option<String>,
}

impl fmt::Debug for Introspection {
    /// Without the user's login.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Introspection")
            .field("active", &self.active)
            .field("exp", &self.exp)
            .finish_non_exhaustive()
    }
}
