//! Administration of the OAuth clients: scope grants (`/api/v1/apps/{id}/grants`) and admin roles
//! (`/oauth2/v1/clients/{id}/roles`); the tokens of users are in a file of their own. Source: API reference, "Application Grants" and "Role Assignments to a Client".

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request};
use serde_json::Value;

use super::OAuth;
use super::client::{Client, Grant};
use super::registered;
use super::user_tokens::{self, Owner};
use crate::credentials::{AdminRole, scopes};
use crate::engine::Handled;
use crate::error::ApiError;
use crate::handle::{Cx, Params, body, decode};
use crate::json;
use crate::org::event::Event;
use crate::org::id::Id;
use crate::reply::Reply;
use crate::timestamp::iso;

type Outcome = Result<Handled, ApiError>;

/// Answers, where the path is one of these and names one of our clients; `None` leaves it to others.
pub(crate) fn route(
    oauth: &mut OAuth,
    cx: &mut Cx<'_>,
    request: &Request<Bytes>,
    path: &str,
) -> Option<Outcome> {
    let segments: Vec<Cow<'_, str>> = path.split('/').skip(1).map(decode).collect();
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    let method = request.method();
    Some(match segments.as_slice() {
        ["api", "v1", "apps"] => return registered::route(oauth, cx, request, None),
        ["api", "v1", "apps", app] => return registered::route(oauth, cx, request, Some(app)),
        ["api", "v1", "apps", app, "grants", rest @ ..] if is_client(oauth, cx, app) => {
            match (rest, method) {
                ([], &Method::GET) => with(oauth, app, |client| ok(grants(client, &cx.org.base))),
                ([], &Method::POST) => grant(oauth, cx, request, app),
                ([id], &Method::GET) => with(oauth, app, |client| {
                    let grant = client.grants.get_key_value(*id).ok_or_else(|| missing_grant(id))?;
                    ok(grant_json(client, grant, &cx.org.base))
                }),
                ([id], &Method::DELETE) => ungrant(oauth, cx, app, id),
                _ => Err(ApiError::of("E0000022")),
            }
        }
        ["oauth2", "v1", "clients", app, "roles", rest @ ..] => match (rest, method) {
            ([], &Method::GET) => with(oauth, app, |client| {
                let rows: Vec<String> =
                    client.roles.iter().map(|row| role_json(client, row, &cx.org.base)).collect();
                ok(format!("[{}]", rows.join(",")))
            }),
            ([], &Method::POST) => assign(oauth, cx, request, app),
            ([id], &Method::GET) => with(oauth, app, |client| {
                let row = client.roles.get_key_value(*id).ok_or_else(|| ApiError::not_found(id, "Role"))?;
                ok(role_json(client, row, &cx.org.base))
            }),
            ([id], &Method::DELETE) => unassign(oauth, cx, app, id),
            ([_, "targets", ..], _) => Err(ApiError::of("E0000060")),
            _ => Err(ApiError::of("E0000022")),
        },
        ["api", "v1", "apps", app, "tokens", rest @ ..] if is_client(oauth, cx, app) => {
            user_tokens::route(oauth, cx, method, Owner { user: None, client: app }, rest)
        }
        ["api", "v1", "users", user, "clients", rest @ ..] if user_tokens::concern(oauth, cx, user, rest) => {
            user_tokens::of_user(oauth, cx, method, user, rest)
        }
        ["api", "v1", "users", user, "sessions"]
            if *method == Method::DELETE && Params::of(request.uri()).flag("oauthTokens", false) =>
        {
            user_tokens::end_sessions(oauth, cx, user)
        }
        ["oauth2", "v1", ..] => Err(ApiError::of("E0000060")),
        _ => return None,
    })
}

/// Whether an app is there and belongs to a client.
fn is_client(oauth: &OAuth, cx: &Cx<'_>, app: &str) -> bool {
    oauth.client(app).is_some() && cx.org.apps.contains_key(app)
}

fn with(oauth: &OAuth, app: &str, run: impl FnOnce(&Client) -> Outcome) -> Outcome {
    run(oauth.client(app).ok_or_else(|| ApiError::not_found(app, "PublicClientApp"))?)
}

fn ok(body: String) -> Outcome {
    Ok(Handled::Reply(Reply::json(200, body)))
}

fn no_content() -> Outcome {
    Ok(Handled::Reply(Reply::no_content()))
}

fn missing_grant(id: &str) -> ApiError {
    ApiError::not_found(id, "OAuth2ScopeConsentGrant")
}

fn client_mut<'a>(oauth: &'a mut OAuth, app: &str) -> Result<&'a mut Client, ApiError> {
    oauth.clients.get_mut(app).ok_or_else(|| ApiError::not_found(app, "PublicClientApp"))
}

/// Grants a scope; granting it again changes nothing. Okta documents 201 and answers 200.
fn grant(oauth: &mut OAuth, cx: &mut Cx<'_>, request: &Request<Bytes>, app: &str) -> Outcome {
    let body = body(request)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let (scope, issuer) = (text("scopeId"), text("issuer"));
    if scopes::split(scope).is_none() || !scopes::exists(scope) {
        return Err(ApiError::validation("scopeId", "scopeId: The scope does not exist"));
    }
    if issuer != cx.org.base {
        return Err(ApiError::validation("issuer", "issuer: Must be the URL of the org"));
    }
    let id = oauth.mint.id("oag");
    let by = (cx.tx.actor.kind == "User").then(|| Arc::clone(&cx.tx.actor.id));
    let client = client_mut(oauth, app)?;
    if let Some(known) = client.grants.iter().find(|(_, grant)| grant.scope == scope) {
        return ok(grant_json(client, known, &cx.org.base));
    }
    client.grants.insert(id.clone(), Grant { scope: scope.to_owned(), created: cx.tx.at, by });
    let event =
        cx.tx.event("app.oauth2.admin.consent.grant").target(client.app_party()).debug("scope", scope);
    cx.org.log_event(&cx.tx, event);
    let row = client.grants.get_key_value(&id).ok_or_else(|| missing_grant(&id))?;
    ok(grant_json(client, row, &cx.org.base))
}

fn ungrant(oauth: &mut OAuth, cx: &mut Cx<'_>, app: &str, id: &str) -> Outcome {
    let client = client_mut(oauth, app)?;
    let grant = client.grants.remove(id).ok_or_else(|| missing_grant(id))?;
    let event =
        cx.tx.event("app.oauth2.admin.consent.revoke").target(client.app_party()).debug("scope", grant.scope);
    cx.org.log_event(&cx.tx, event);
    no_content()
}

fn assign(oauth: &mut OAuth, cx: &mut Cx<'_>, request: &Request<Bytes>, app: &str) -> Outcome {
    let body = body(request)?;
    let role = body.get("type").and_then(Value::as_str).and_then(AdminRole::named);
    let role = role.ok_or_else(|| ApiError::validation("type", "type: Unknown role"))?;
    let id = oauth.mint.id("KVJ");
    let client = client_mut(oauth, app)?;
    if client.roles.values().any(|(had, _)| *had == role) {
        let mut error = ApiError::saying("E0000090", "The role specified is already assigned to the user.");
        error.status = 409;
        return Err(error);
    }
    client.roles.insert(id.clone(), (role, cx.tx.at));
    let event = privilege(cx, "app.oauth2.client.privilege.grant", client, role);
    cx.org.log_event(&cx.tx, event);
    let row = client.roles.get_key_value(&id).ok_or_else(|| ApiError::not_found(&id, "Role"))?;
    Ok(Handled::Reply(Reply::json(200, role_json(client, row, &cx.org.base))))
}

fn unassign(oauth: &mut OAuth, cx: &mut Cx<'_>, app: &str, id: &str) -> Outcome {
    let client = client_mut(oauth, app)?;
    let (role, _) = client.roles.remove(id).ok_or_else(|| ApiError::not_found(id, "Role"))?;
    let event = privilege(cx, "app.oauth2.client.privilege.revoke", client, role);
    cx.org.log_event(&cx.tx, event);
    no_content()
}

fn privilege(cx: &Cx<'_>, event: &'static str, client: &Client, role: AdminRole) -> Event {
    cx.tx.event(event).target(client.party()).debug("privilegeGranted", role.label())
}

fn grants(client: &Client, base: &str) -> String {
    let rows: Vec<String> = client.grants.iter().map(|row| grant_json(client, row, base)).collect();
    format!("[{}]", rows.join(","))
}

fn grant_json(client: &Client, (id, grant): (&Id, &Grant), base: &str) -> String {
    let (app, label, at) = (&client.id, Value::from(&*client.label), iso(grant.created));
    let mut out = String::with_capacity(700);
    json::open(&mut out, "id", id);
    json::text(&mut out, "status", "ACTIVE");
    json::text(&mut out, "created", &at);
    json::raw(&mut out, "createdBy", "");
    json::open(&mut out, "id", grant.by.as_deref().unwrap_or("sprmock0000000000000"));
    json::text(&mut out, "type", "User");
    out.push('}');
    json::text(&mut out, "lastUpdated", &at);
    json::text(&mut out, "issuer", base);
    json::text(&mut out, "clientId", app);
    json::text(&mut out, "scopeId", &grant.scope);
    json::text(&mut out, "source", "ADMIN");
    json::push(
        &mut out,
        format_args!(
            ",\"_links\":{{\"app\":{{\"href\":\"{base}/api/v1/apps/{app}\",\"title\":{label}}},\
             \"self\":{{\"href\":\"{base}/api/v1/apps/{app}/grants/{id}\",\"hints\":{{\"allow\":[\"GET\",\"DELETE\"]}}}},\
             \"client\":{{\"href\":\"{base}/oauth2/v1/clients/{app}\",\"title\":{label}}}}}}}"
        ),
    );
    out
}

fn role_json(client: &Client, (id, (role, at)): (&Id, &(AdminRole, i64)), base: &str) -> String {
    let at = iso(*at);
    let mut out = String::with_capacity(400);
    json::open(&mut out, "id", id);
    json::text(&mut out, "label", role.label());
    json::text(&mut out, "type", role.name());
    json::text(&mut out, "status", "ACTIVE");
    json::text(&mut out, "created", &at);
    json::text(&mut out, "lastUpdated", &at);
    json::text(&mut out, "assignmentType", "CLIENT");
    json::push(
        &mut out,
        format_args!(
            ",\"_links\":{{\"assignee\":{{\"href\":\"{base}/oauth2/v1/clients/{}\"}}}}}}",
            client.id
        ),
    );
    out
}
