//! `Tokens`: what a sign-in or a refresh brings. `Introspection`: what Okta says of one.

use std::fmt;

use secrecy::SecretString;
use serde::Deserialize;
use tokio::time::Instant;

use super::super::token::{AccessToken, Granted};

/// Tokens of one user. `Debug` shows the scopes only.
#[derive(Clone)]
#[non_exhaustive]
pub struct Tokens {
    /// For calls in the user's name.
    pub access_token: SecretString,
    /// `token_type`: `Bearer` or `DPoP`.
    pub token_type: String,
    /// `expires_in`: for how long it was issued, in seconds.
    pub expires_in: u64,
    /// What it may be used for; fewer scopes than were asked for where some were not granted.
    pub scopes: Vec<String>,
    /// For new access tokens. Absent where `offline_access` was not asked for. To be stored like a password.
    pub refresh_token: Option<SecretString>,
    /// Who signed in, as a JWT. Absent where `openid` was not asked for.
    pub id_token: Option<SecretString>,
    pub(super) asked: Instant,
}

impl Tokens {
    pub(super) fn granted(granted: Granted, asked: Instant) -> Self {
        Self {
            access_token: granted.access_token.0,
            token_type: granted.token_type,
            expires_in: granted.expires_in,
            scopes: granted.scope.split_ascii_whitespace().map(str::to_owned).collect(),
            refresh_token: granted.refresh_token.map(|token| token.0),
            id_token: granted.id_token.map(|token| token.0),
            asked,
        }
    }

    pub(super) fn access(&self) -> AccessToken {
        let life = std::time::Duration::from_secs(self.expires_in);
        AccessToken::new(self.access_token.clone(), &self.token_type, life, self.asked)
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
