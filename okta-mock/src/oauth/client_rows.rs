//! The OAuth clients as rows of `/api/v1/apps`, as Okta shows them: an OIDC client is an app.
//!
//! These are the rows of the built-in clients; those of others are their makers' (`registered`). A status counts: an app
//! that was deactivated or deleted gets no token.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use super::OAuth;
use super::client::{Client, Kind};
use crate::org::Org;
use crate::org::apps::App;
use crate::org::crowd::Crowd;

/// The members of a JWK that are no secret.
const PUBLIC: [&str; 9] = ["kty", "kid", "use", "alg", "n", "e", "crv", "x", "y"];

impl OAuth {
    /// Puts every client among the apps of its org.
    pub(crate) fn show_clients(&self, org: &mut Org, now: i64) {
        for client in self.clients.values() {
            org.apps.insert(client.id.clone(), app(client, now));
        }
    }

    /// Whether a client's app is there and active.
    pub(super) fn works(org: &Org, client: &str) -> bool {
        org.apps.get(client).is_some_and(|app| app.active)
    }
}

fn app(client: &Client, now: i64) -> App {
    let (kind, responses) = match client.kind {
        Kind::Service => ("service", "token"),
        Kind::Web => ("web", "code"),
    };
    let mut settings = json!({
        "application_type": kind, "redirect_uris": client.redirect_uris, "post_logout_redirect_uris": [],
        "response_types": [responses], "grant_types": client.grant_types, "initiate_login_uri": null,
        "consent_method": "TRUSTED", "dpop_bound_access_tokens": client.require_dpop,
    });
    if !client.keys.is_empty() {
        let keys: Vec<Value> = client.keys.iter().map(|key| shown_key(key.jwk())).collect();
        settings["jwks"] = json!({ "keys": keys });
    }
    let given = json!({
        "credentials": { "oauthClient": {
            "token_endpoint_auth_method": client.method, "pkce_required": client.kind == Kind::Web,
        } },
        "settings": { "oauthClient": settings },
    });
    App {
        id: client.id.clone(),
        name: "oidc_client".to_owned(),
        label: client.label.clone().into_owned(),
        sign_on: Cow::Borrowed("OPENID_CONNECT"),
        active: true,
        created: now,
        last_updated: now,
        users: Crowd::empty(),
        number: None,
        is_client: true,
        groups: BTreeMap::new(),
        given: if let Value::Object(given) = given { given } else { Map::new() },
        row: OnceLock::new(),
    }
}

/// A key as a row shows it: its public members, and a status.
pub(super) fn shown_key(jwk: &Map<String, Value>) -> Value {
    let public = jwk.iter().filter(|(name, _)| PUBLIC.contains(&name.as_str()));
    let mut shown: Map<String, Value> = public.map(|(name, value)| (name.clone(), value.clone())).collect();
    shown.insert("status".to_owned(), jwk.get("status").cloned().unwrap_or_else(|| "ACTIVE".into()));
    Value::Object(shown)
}
