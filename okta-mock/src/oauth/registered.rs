//! Apps made over the API that are clients of the authorization server: all that sign on by `OPENID_CONNECT`.
//!
//! A client is read from its app's row, so what is shown is what counts. Only the secret is not there: Okta tells it once,
//! in the answer to the creation. Like every app, a client starts without scope grants and admin roles. Keys at a
//! `jwks_uri` are not fetched. Source: API reference, "Applications"; `API.md` §1.2, §1.3, §8.3.

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Map, Value, json};

use super::OAuth;
use super::client::{Client, Kind, Registration};
use super::client_rows::shown_key;
use super::jose::PublicKey;
use crate::engine::Handled;
use crate::error::ApiError;
use crate::handle::{Cx, Params, body, speaks_json};
use crate::org::apps::App;
use crate::reply::Reply;

type Outcome = Result<Handled, ApiError>;

/// The most keys of one app.
const MOST_KEYS: usize = 50;

/// Answers what makes, changes or ends a client; `None` leaves it to the apps themselves.
pub(super) fn route(
    oauth: &mut OAuth,
    cx: &mut Cx<'_>,
    request: &Request<Bytes>,
    app: Option<&str>,
) -> Option<Outcome> {
    if !speaks_json(request) {
        return None;
    }
    match (app, request.method()) {
        (None, &Method::POST) => {
            let given = body(request)
                .ok()
                .filter(|given| given.get("signOnMode") == Some(&"OPENID_CONNECT".into()))?;
            let active = Params::of(request.uri()).flag("activate", true);
            Some(create(oauth, cx, given, active))
        }
        (Some(id), &Method::PUT) if cx.org.apps.get(id).is_some_and(App::is_oidc) => {
            Some(body(request).and_then(|given| replace(oauth, cx, id, given)))
        }
        (Some(id), &Method::DELETE) if oauth.is_registered(id) => Some(delete(oauth, cx, id)),
        _ => None,
    }
}

fn create(oauth: &mut OAuth, cx: &mut Cx<'_>, mut given: Map<String, Value>, active: bool) -> Outcome {
    let secret = prepare(&mut given, None)?;
    let id = cx.org.create_app(&cx.tx, given, active)?;
    let mut row = register(oauth, cx, &id, secret)?;
    if let Some(secret) = oauth.client(&id).and_then(Client::usable_secret) {
        row["credentials"]["oauthClient"]["client_secret"] = secret.into();
    }
    Ok(Handled::Reply(Reply::json(200, row.to_string())))
}

fn replace(oauth: &mut OAuth, cx: &mut Cx<'_>, id: &str, mut given: Map<String, Value>) -> Outcome {
    let secret = prepare(&mut given, oauth.client(id))?;
    cx.org.replace_app(&cx.tx, id, given)?;
    let row = register(oauth, cx, id, secret)?;
    Ok(Handled::Reply(Reply::json(200, row.to_string())))
}

fn delete(oauth: &mut OAuth, cx: &mut Cx<'_>, id: &str) -> Outcome {
    cx.org.delete_app(&cx.tx, id)?;
    oauth.clients.remove(id);
    Ok(Handled::Reply(Reply::no_content()))
}

/// Makes the client what the row of its app says, and gives that row.
fn register(oauth: &mut OAuth, cx: &Cx<'_>, id: &str, secret: Option<String>) -> Result<Value, ApiError> {
    let app = cx.org.app(id)?;
    let row: Value = serde_json::from_str(app.row(&cx.org.base, &cx.org.id)).unwrap_or_default();
    let settings = &row["settings"]["oauthClient"];
    let method = row["credentials"]["oauthClient"]["token_endpoint_auth_method"].as_str().unwrap_or_default();
    let texts = |name: &str| {
        let items = settings[name].as_array().into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let keys = settings["jwks"]["keys"].as_array().into_iter().flatten().filter_map(Value::as_object);
    let said = Registration {
        label: app.label.clone().into(),
        kind: kind(settings.get("application_type")),
        method: method.to_owned().into(),
        keys: keys
            .filter(|key| key.get("status") != Some(&"INACTIVE".into()))
            .filter_map(PublicKey::of)
            .collect(),
        redirect_uris: texts("redirect_uris"),
        grant_types: texts("grant_types"),
        require_dpop: settings["dpop_bound_access_tokens"] == true,
    };
    // A secret is drawn where one is needed and there is none yet.
    let known = oauth.clients.get(id).and_then(|client| client.secret.clone());
    let secret = secret.or(known);
    let secret = match secret {
        None if method.starts_with("client_secret") => Some(oauth.opaque("client-secret")),
        secret => secret,
    };
    let client = oauth.clients.entry(app.id.clone()).or_insert_with(|| Client::registered(app.id.clone()));
    client.take(said);
    client.secret = secret;
    Ok(row)
}

fn kind(application_type: Option<&Value>) -> Kind {
    if application_type == Some(&"service".into()) { Kind::Service } else { Kind::Web }
}

/// Checks what a caller says of a client and fills in what its kind has unless it is said. Takes the secret out.
fn prepare(given: &mut Map<String, Value>, known: Option<&Client>) -> Result<Option<String>, ApiError> {
    let settings = inside(given, "settings")?;
    let application_type = settings.get("application_type").filter(|kind| !kind.is_null());
    let said = kind(application_type);
    if application_type
        .is_some_and(|kind| !["web", "native", "browser", "service"].iter().any(|one| kind == one))
    {
        return Err(ApiError::validation("application_type", "application_type: The field is invalid"));
    }
    let kind = match (known, application_type) {
        (Some(known), Some(_)) if known.kind != said => {
            return Err(ApiError::validation("application_type", "application_type: Cannot be changed"));
        }
        (Some(known), _) => known.kind,
        (None, _) => said,
    };
    let public =
        ["native", "browser"].iter().any(|one| settings.get("application_type") == Some(&(*one).into()));
    if kind == Kind::Service {
        for (name, value) in [
            ("application_type", json!("service")),
            ("grant_types", json!(["client_credentials"])),
            ("response_types", json!(["token"])),
            ("redirect_uris", json!([])),
            // The default of new API service apps since 2024.
            ("dpop_bound_access_tokens", json!(known.is_none_or(|known| known.require_dpop))),
        ] {
            settings.entry(name).or_insert(value);
        }
    }
    for name in ["grant_types", "redirect_uris", "response_types"] {
        texts(settings, name)?;
    }
    let nowhere = settings.get("redirect_uris").and_then(Value::as_array).is_some_and(Vec::is_empty);
    if kind == Kind::Web && nowhere {
        let cause = "redirect_uris: At least one redirect URI must be specified for this client";
        return Err(ApiError::validation("redirect_uris", cause));
    }
    if !settings.get("dpop_bound_access_tokens").is_none_or(Value::is_boolean) {
        let cause = "dpop_bound_access_tokens: Must be true or false";
        return Err(ApiError::validation("dpop_bound_access_tokens", cause));
    }
    let keyed = keys(settings)?;
    let credentials = inside(given, "credentials")?;
    let method = match kind {
        Kind::Service if keyed => "private_key_jwt",
        Kind::Web if public => "none",
        _ => "client_secret_basic",
    };
    let method = credentials.entry("token_endpoint_auth_method").or_insert_with(|| method.into());
    let methods =
        ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"];
    if !methods.iter().any(|one| method == one) {
        let cause = "token_endpoint_auth_method: The field is invalid";
        return Err(ApiError::validation("token_endpoint_auth_method", cause));
    }
    match credentials.remove("client_secret") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(secret)) if (14..=100).contains(&secret.chars().count()) => Ok(Some(secret)),
        Some(_) => {
            let cause = "client_secret: The field must have between 14 and 100 characters";
            Err(ApiError::validation("client_secret", cause))
        }
    }
}

/// Reads `jwks.keys` and leaves their public members. Whether there are any.
fn keys(settings: &mut Map<String, Value>) -> Result<bool, ApiError> {
    let Some(jwks) = settings.get_mut("jwks").filter(|jwks| !jwks.is_null()) else { return Ok(false) };
    let refuse = |cause: &str| ApiError::validation("jwks", format!("jwks: {cause}"));
    let keys = jwks.get_mut("keys").and_then(Value::as_array_mut);
    let keys = keys.ok_or_else(|| refuse("Must have the member keys, a list"))?;
    if keys.len() > MOST_KEYS {
        return Err(refuse("No more than 50 keys are allowed"));
    }
    for key in keys.iter_mut() {
        let jwk = key.as_object().ok_or_else(|| refuse("A key must be an object"))?;
        if PublicKey::of(jwk).is_none() {
            return Err(match PublicKey::rsa_bits(jwk) {
                Some(bits) if bits < 2_048 => {
                    refuse(&format!("RSA key length '{bits}' is less than '2,048' bits"))
                }
                _ => refuse("A key is no RSA or EC public key that Okta takes"),
            });
        }
        *key = shown_key(jwk);
    }
    Ok(!keys.is_empty())
}

/// `{part}.oauthClient`, made where it is not there.
fn inside<'a>(given: &'a mut Map<String, Value>, part: &str) -> Result<&'a mut Map<String, Value>, ApiError> {
    let wrong = || ApiError::of("E0000003");
    let part = given.entry(part).or_insert_with(|| json!({})).as_object_mut().ok_or_else(wrong)?;
    part.entry("oauthClient").or_insert_with(|| json!({})).as_object_mut().ok_or_else(wrong)
}

fn texts(settings: &Map<String, Value>, name: &str) -> Result<(), ApiError> {
    match settings.get(name) {
        None => Ok(()),
        Some(Value::Array(items)) if items.iter().all(Value::is_string) => Ok(()),
        Some(_) => Err(ApiError::validation(name, format!("{name}: Must be a list of texts"))),
    }
}
