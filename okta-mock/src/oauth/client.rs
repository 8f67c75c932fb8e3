//! The OAuth clients of an org: one service app and one web app, each with what it may do.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::jose::PublicKey;
use super::test_keys;
use crate::credentials::AdminRole;
use crate::org::event::Party;
use crate::org::id::{Id, Mint};

/// Where the web app wants its users back, unless a test says otherwise.
const REDIRECT_URI: &str = "http://127.0.0.1:8080/callback";
/// What both apps are granted unless a test says otherwise.
pub(crate) const SCOPES: [&str; 17] = [
    "okta.apps.manage",
    "okta.apps.read",
    "okta.eventHooks.manage",
    "okta.eventHooks.read",
    "okta.groups.manage",
    "okta.groups.read",
    "okta.logStreams.manage",
    "okta.logStreams.read",
    "okta.logs.read",
    "okta.orgs.read",
    "okta.policies.read",
    "okta.rateLimits.read",
    "okta.roles.read",
    "okta.schemas.read",
    "okta.users.manage",
    "okta.users.read",
    "okta.userTypes.read",
];

/// Whether refresh tokens of the web app are replaced when they are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub enum RefreshRotation {
    /// One token for as long as it lives; Okta's default for web apps.
    #[default]
    Static,
    /// Each use brings a new token. The old one works for `leeway` more, at Okta 0 to 60 seconds; used later, it ends
    /// every token of its chain.
    Rotate {
        /// How long the old token still works.
        leeway: Duration,
    },
}

/// How a test wants the clients and their tokens to be.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct OAuthSettings {
    pub(crate) require_dpop: bool,
    pub(crate) nonce_age_ms: i64,
    pub(crate) service_scopes: Vec<String>,
    pub(crate) service_roles: Vec<AdminRole>,
    pub(crate) web_scopes: Vec<String>,
    pub(crate) redirect_uri: String,
    pub(crate) rotation: RefreshRotation,
}

impl Default for OAuthSettings {
    fn default() -> Self {
        let scopes: Vec<String> = SCOPES.map(str::to_owned).into();
        Self {
            require_dpop: false,
            nonce_age_ms: super::nonces::AGE_MS,
            service_scopes: scopes.clone(),
            service_roles: vec![AdminRole::SuperAdmin],
            web_scopes: scopes,
            redirect_uri: REDIRECT_URI.to_owned(),
            rotation: RefreshRotation::Static,
        }
    }
}

/// What kind of app a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Kind {
    Service,
    Web,
}

/// One client.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Client {
    pub(crate) id: Id,
    pub(crate) label: Cow<'static, str>,
    pub(crate) kind: Kind,
    /// How it says who it is at the token endpoint, `token_endpoint_auth_method`.
    pub(crate) method: Cow<'static, str>,
    pub(crate) keys: Vec<PublicKey>,
    pub(crate) secret: Option<String>,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) grant_types: Vec<String>,
    pub(crate) require_dpop: bool,
    /// Scope grants by their id, `oag…`.
    pub(crate) grants: BTreeMap<Id, Grant>,
    /// Role assignments by their id.
    pub(crate) roles: BTreeMap<Id, (AdminRole, i64)>,
}

/// What the row of an app says of its client.
#[derive(Debug)]
pub(crate) struct Registration {
    pub(crate) label: Cow<'static, str>,
    pub(crate) kind: Kind,
    pub(crate) method: Cow<'static, str>,
    pub(crate) keys: Vec<PublicKey>,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) grant_types: Vec<String>,
    pub(crate) require_dpop: bool,
}

/// A scope that an admin granted to an app.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Grant {
    pub(crate) scope: String,
    pub(crate) created: i64,
    pub(crate) by: Option<Id>,
}

impl fmt::Debug for Client {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Client {
    /// The built-in service app: its two keys are published test keys.
    pub(crate) fn service(mint: &mut Mint, settings: &OAuthSettings, by: Option<&Id>, now: i64) -> Self {
        let keys = [test_keys::SERVICE_RSA_JWK, test_keys::SERVICE_EC_JWK].into_iter().filter_map(public);
        Self {
            keys: keys.collect(),
            require_dpop: settings.require_dpop,
            roles: settings.service_roles.iter().map(|role| (mint.id("KVJ"), (*role, now))).collect(),
            ..Self::of(mint, Kind::Service, "Mock Service App", &settings.service_scopes, by, now)
        }
    }

    /// The built-in web app.
    pub(crate) fn web(
        mint: &mut Mint,
        settings: &OAuthSettings,
        secret: String,
        by: Option<&Id>,
        now: i64,
    ) -> Self {
        Self {
            secret: Some(secret),
            redirect_uris: vec![settings.redirect_uri.clone()],
            ..Self::of(mint, Kind::Web, "Mock Web App", &settings.web_scopes, by, now)
        }
    }

    fn of(
        mint: &mut Mint,
        kind: Kind,
        label: &'static str,
        scopes: &[String],
        by: Option<&Id>,
        now: i64,
    ) -> Self {
        let grant = |scope: &String| Grant { scope: scope.clone(), created: now, by: by.cloned() };
        let (method, grant_types): (_, &[&str]) = match kind {
            Kind::Service => ("private_key_jwt", &["client_credentials"]),
            Kind::Web => ("client_secret_basic", &["authorization_code", "refresh_token"]),
        };
        let id = mint.id("0oa");
        Self {
            label: Cow::Borrowed(label),
            kind,
            method: method.into(),
            grant_types: grant_types.iter().map(|&name| name.to_owned()).collect(),
            grants: scopes.iter().map(|scope| (mint.id("oag"), grant(scope))).collect(),
            ..Self::registered(id)
        }
    }

    /// A client of an app just made, of which nothing is said yet.
    pub(crate) fn registered(id: Id) -> Self {
        Self {
            id,
            label: Cow::Borrowed(""),
            kind: Kind::Web,
            method: Cow::Borrowed(""),
            keys: Vec::new(),
            secret: None,
            redirect_uris: Vec::new(),
            grant_types: Vec::new(),
            require_dpop: false,
            grants: BTreeMap::new(),
            roles: BTreeMap::new(),
        }
    }

    /// Becomes what is said of it; its secret, grants and roles stay.
    pub(crate) fn take(&mut self, said: Registration) {
        let Registration { label, kind, method, keys, redirect_uris, grant_types, require_dpop } = said;
        (self.label, self.kind, self.method, self.keys) = (label, kind, method, keys);
        (self.redirect_uris, self.grant_types, self.require_dpop) =
            (redirect_uris, grant_types, require_dpop);
    }

    /// Its secret, where that is how it says who it is.
    pub(crate) fn usable_secret(&self) -> Option<&str> {
        self.secret.as_deref().filter(|_| self.method.starts_with("client_secret"))
    }

    /// The keys that its assertions may be signed with.
    pub(crate) fn usable_keys(&self) -> &[PublicKey] {
        if self.method == "private_key_jwt" { &self.keys } else { &[] }
    }

    pub(crate) fn is_granted(&self, scope: &str) -> bool {
        self.grants.values().any(|grant| grant.scope == scope)
    }

    pub(crate) fn may(&self, method: &str, path: &str) -> bool {
        self.roles.values().any(|(role, _)| role.may(method, path))
    }

    /// How events name it.
    pub(crate) fn party(&self) -> Party {
        let (id, label): (Arc<str>, Arc<str>) = (Arc::clone(&self.id), self.label.as_ref().into());
        Party::new("PublicClientApp", &self.id, &id, &label)
    }

    /// How events name it where it is signed in to.
    pub(crate) fn app_party(&self) -> Party {
        let label: Arc<str> = self.label.as_ref().into();
        Party::new("AppInstance", &self.id, &label, &label).detailed(r#"{"signOnModeType":"OPENID_CONNECT"}"#)
    }
}

fn public(jwk: &str) -> Option<PublicKey> {
    match serde_json::from_str(jwk) {
        Ok(Value::Object(jwk)) => PublicKey::of(&jwk),
        _ => None,
    }
}
