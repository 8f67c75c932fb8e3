//! `/_mock/tokens`: a test makes and ends API tokens. Okta has no API for the first; an admin does it in the console.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};

use super::api_tokens::NewToken;
use super::{AdminRole, Credentials, people};
use crate::org::event::Origin;
use crate::org::id::{Id, mix};
use crate::org::{Org, Tx};

type Result<T> = std::result::Result<T, String>;

/// Answers `POST /_mock/tokens` and `DELETE /_mock/tokens/{id}`; `None` is another call.
pub(crate) fn handle(
    credentials: &mut Credentials,
    org: &mut Org,
    request: &Request<Bytes>,
    path: &str,
    now: i64,
) -> Option<Result<Value>> {
    let rest = path.strip_prefix("/tokens")?;
    match (request.method(), rest.strip_prefix('/')) {
        (&Method::POST, None) if rest.is_empty() => Some(create(credentials, org, request, now)),
        (&Method::DELETE, Some(id)) => {
            let tx = console(org, now);
            let ended = credentials.tokens.revoke(org, &tx, id);
            Some(ended.map(|()| json!({})).map_err(|_| format!("id: there is no token {id:?}")))
        }
        _ => None,
    }
}

/// The answer holds the value: it is shown here and never again, as in Okta's console.
fn create(credentials: &mut Credentials, org: &mut Org, request: &Request<Bytes>, now: i64) -> Result<Value> {
    let words = ["name", "role", "value", "user", "addresses"];
    let body: Value =
        serde_json::from_slice(request.body()).map_err(|error| format!("the body is not JSON: {error}"))?;
    let Value::Object(body) = body else { return Err("the body must be an object".into()) };
    if let Some(key) = body.keys().find(|key| !words.contains(&key.as_str())) {
        return Err(format!("{key}: unknown; expected {}", words.join(", ")));
    }
    let text = |name: &str| match body.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.as_str())),
        Some(other) => Err(format!("{name}: {other} is not a text")),
    };
    let name = text("name")?.ok_or("name: missing")?.to_owned();
    let role = match text("role")? {
        None => AdminRole::SuperAdmin,
        Some(name) => AdminRole::named(name)
            .ok_or_else(|| format!("role: {name:?} is none of {}", AdminRole::names()))?,
    };
    let owner = match text("user")? {
        None => people::owner(org).cloned(),
        Some(key) => Some(people::find(org, key).ok_or_else(|| format!("user: there is no {key:?}"))?.id),
    };
    let allowed = match body.get("addresses") {
        None => Vec::new(),
        Some(Value::Array(list)) if list.iter().all(Value::is_string) => {
            list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Some(other) => return Err(format!("addresses: {other} is not a list of texts")),
    };
    let value = match text("value")? {
        // A value is sent as one word of a header.
        Some(value) if !value.bytes().all(|byte| byte.is_ascii_graphic()) => {
            return Err("value: must be visible ASCII without spaces".into());
        }
        value => value.map(str::to_owned),
    };
    let (id, value) = credentials.create_token(org, Wanted { name, value, role, owner, allowed }, now)?;
    Ok(json!({ "id": &*id, "value": value, "role": role.name() }))
}

/// A token to be; without a value it gets one from the seed.
pub(crate) struct Wanted {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
    pub(crate) role: AdminRole,
    pub(crate) owner: Option<Id>,
    pub(crate) allowed: Vec<String>,
}

impl Credentials {
    /// Makes a token as an admin does in the console. Returns its id and its value.
    pub(crate) fn create_token(&mut self, org: &mut Org, wanted: Wanted, now: i64) -> Result<(Id, String)> {
        let Wanted { name, value, role, owner, allowed } = wanted;
        let id = self.mint.id("00T");
        let draw = |kind| mix(self.seed, kind, key(&id));
        let value = value.unwrap_or_else(|| format!("00mock{:016x}{:016x}", draw(83), draw(84)));
        let new = NewToken { name, value: value.clone(), role, owner, allowed };
        let party = self.tokens.add(Arc::clone(&id), new, now)?.party();
        let tx = console(org, now);
        org.log_event(&tx, tx.event("system.api_token.create").target(party));
        Ok((id, value))
    }
}

/// A number out of an id.
fn key(id: &str) -> u64 {
    id.bytes().fold(7, |sum: u64, byte| sum.wrapping_mul(131).wrapping_add(u64::from(byte)))
}

/// The admin at the console.
fn console(org: &mut Org, now: i64) -> Tx {
    let request_id: Arc<str> = org.mint.hex("console").into();
    Tx {
        at: now,
        actor: org.owner_party(),
        origin: Origin::Web {
            request_id,
            uri: "/api/internal/tokens".into(),
            agent: None,
            token: None,
            session: None,
            place: 0,
        },
    }
}

impl Credentials {
    /// What `GET /_mock/credentials` and the ready line say of the two apps.
    pub(crate) fn shown(&self) -> (Value, Value) {
        let service = self.service_app().map(|app| {
            json!({
                "client_id": app.client_id, "kid": app.kid, "private_key_pem": app.private_key_pem,
                "private_key_jwk": app.private_key_jwk, "scopes": app.scopes,
            })
        });
        let web = self.web_app().map(|app| {
            json!({
                "client_id": app.client_id, "client_secret": app.client_secret, "redirect_uri": app.redirect_uri,
            })
        });
        (service.unwrap_or(Value::Null), web.unwrap_or(Value::Null))
    }
}
