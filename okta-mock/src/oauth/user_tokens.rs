//! Refresh tokens as an admin sees and ends them: `/api/v1/users/{id}/clients/…` and `/api/v1/apps/{id}/tokens`.
//!
//! Consent is implicit here (`consent_method: TRUSTED`), so there are no grants of users to list. Source: API reference,
//! "User Grants" and "Application Tokens".

use http::Method;
use serde_json::Value;

use super::OAuth;
use super::client::Client;
use super::issued::{Allowed, Chain};
use crate::credentials::people;
use crate::engine::Handled;
use crate::error::ApiError;
use crate::handle::Cx;
use crate::json;
use crate::org::event::{Event, Party};
use crate::org::id::Id;
use crate::reply::Reply;
use crate::timestamp::iso;

type Outcome = Result<Handled, ApiError>;

/// Whose tokens are meant.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    pub(super) user: Option<&'a str>,
    pub(super) client: &'a str,
}

/// Is it about tokens that were really issued? What a generated user is said to have granted is not known here.
pub(super) fn concern(oauth: &OAuth, cx: &Cx<'_>, key: &str, rest: &[&str]) -> bool {
    match rest {
        [] => user_of(cx, key)
            .is_some_and(|user| oauth.clients.values().any(|client| holds(oauth, cx, &user, client))),
        [client, ..] => oauth.client(client).is_some(),
    }
}

fn holds(oauth: &OAuth, cx: &Cx<'_>, user: &str, client: &Client) -> bool {
    let owner = Owner { user: Some(user), client: &client.id };
    oauth.issued.chains(cx.tx.at).any(|chain| owner.has(chain))
}

/// A user's id, from an id, a login, or `me`.
fn user_of(cx: &Cx<'_>, key: &str) -> Option<Id> {
    match key {
        "me" if cx.tx.actor.kind == "User" => Some(cx.tx.actor.id.clone()),
        _ => people::find(cx.org, key).map(|person| person.id),
    }
}

/// `/api/v1/users/{id}/clients/…`
pub(super) fn of_user(
    oauth: &mut OAuth,
    cx: &mut Cx<'_>,
    method: &Method,
    key: &str,
    rest: &[&str],
) -> Outcome {
    let user = user_of(cx, key).ok_or_else(|| ApiError::not_found(key, "User"))?;
    match (rest, method) {
        ([], &Method::GET) => {
            let clients = oauth.clients.values().filter(|client| holds(oauth, cx, &user, client));
            list(clients.map(|client| client_json(client, &user, &cx.org.base)))
        }
        ([client, "grants"], &Method::GET) if oauth.client(client).is_some() => list(std::iter::empty()),
        ([client, "tokens", rest @ ..], _) if oauth.client(client).is_some() => {
            route(oauth, cx, method, Owner { user: Some(&user), client }, rest)
        }
        ([client, ..], _) if oauth.client(client).is_none() => {
            Err(ApiError::not_found(client, "PublicClientApp"))
        }
        ([], _) => Err(ApiError::of("E0000022")),
        _ => Err(ApiError::of("E0000060")),
    }
}

/// `…/tokens` and `…/tokens/{id}`
pub(super) fn route(
    oauth: &mut OAuth,
    cx: &mut Cx<'_>,
    method: &Method,
    owner: Owner<'_>,
    rest: &[&str],
) -> Outcome {
    let label = oauth.client(owner.client).map(|client| client.label.clone()).unwrap_or_default();
    let label = label.as_ref();
    let mine: Vec<Chain> = oauth.issued.chains(cx.tx.at).filter(|chain| owner.has(chain)).cloned().collect();
    match (rest, method) {
        ([], &Method::GET) => list(mine.iter().map(|chain| token_json(chain, label, &cx.org.base))),
        ([], &Method::DELETE) => {
            mine.iter().for_each(|chain| end(oauth, cx, chain));
            Ok(Handled::Reply(Reply::no_content()))
        }
        ([id], _) => {
            let chain = mine.iter().find(|chain| *chain.id == **id);
            let chain = chain.ok_or_else(|| ApiError::not_found(id, "OAuth2RefreshTokenTx"))?;
            match *method {
                Method::GET => Ok(Handled::Reply(Reply::json(200, token_json(chain, label, &cx.org.base)))),
                Method::DELETE => {
                    end(oauth, cx, chain);
                    Ok(Handled::Reply(Reply::no_content()))
                }
                _ => Err(ApiError::of("E0000022")),
            }
        }
        _ => Err(ApiError::of("E0000022")),
    }
}

/// `DELETE /users/{id}/sessions?oauthTokens=true`: ends the sessions, and whatever was issued in the user's name.
pub(super) fn end_sessions(oauth: &mut OAuth, cx: &mut Cx<'_>, key: &str) -> Outcome {
    let user = user_of(cx, key).ok_or_else(|| ApiError::not_found(key, "User"))?;
    cx.org.clear_sessions(&cx.tx, &user)?;
    for allowed in oauth.issued.end_user(&user, cx.tx.at) {
        log_end(oauth, cx, &allowed);
    }
    Ok(Handled::Reply(Reply::no_content()))
}

impl Owner<'_> {
    fn has(&self, chain: &Chain) -> bool {
        let of_user = self.user.is_none_or(|user| chain.allowed.user.as_deref() == Some(user));
        of_user && *chain.allowed.client == *self.client
    }
}

fn end(oauth: &mut OAuth, cx: &mut Cx<'_>, chain: &Chain) {
    oauth.issued.end(&chain.id);
    log_end(oauth, cx, &chain.allowed);
}

fn log_end(oauth: &OAuth, cx: &mut Cx<'_>, allowed: &Allowed) {
    let app = oauth.client(&allowed.client).map_or_else(Party::system, Client::app_party);
    let user = allowed.user.as_ref().and_then(|user| people::party(cx.org, user));
    let event: Event = cx.tx.event("app.oauth2.token.revoke").target(app);
    let event = user.into_iter().fold(event, Event::target);
    cx.org.log_event(&cx.tx, event);
}

fn list(rows: impl Iterator<Item = String>) -> Outcome {
    Ok(Handled::Reply(Reply::json(200, format!("[{}]", rows.collect::<Vec<_>>().join(",")))))
}

fn client_json(client: &Client, user: &str, base: &str) -> String {
    let id = &client.id;
    let mut out = String::with_capacity(400);
    json::open(&mut out, "client_id", id);
    json::text(&mut out, "client_name", &client.label);
    json::push(
        &mut out,
        format_args!(
            ",\"client_uri\":null,\"logo_uri\":null,\"_links\":{{\
             \"grants\":{{\"href\":\"{base}/api/v1/users/{user}/clients/{id}/grants\"}},\
             \"tokens\":{{\"href\":\"{base}/api/v1/users/{user}/clients/{id}/tokens\"}}}}}}"
        ),
    );
    out
}

fn token_json(chain: &Chain, label: &str, base: &str) -> String {
    let (id, app) = (&chain.id, &chain.allowed.client);
    let user = chain.allowed.user.as_deref().unwrap_or_default();
    let label = Value::from(label);
    let mut out = String::with_capacity(900);
    json::open(&mut out, "id", id);
    json::text(&mut out, "status", "ACTIVE");
    json::text(&mut out, "created", &iso(chain.created));
    json::text(&mut out, "lastUpdated", &iso(chain.last_used));
    json::text(&mut out, "expiresAt", &iso(chain.expires()));
    json::text(&mut out, "issuer", base);
    json::text(&mut out, "clientId", app);
    json::text(&mut out, "userId", user);
    json::raw(&mut out, "scopes", "[");
    for (n, scope) in chain.allowed.scopes.iter().enumerate() {
        out.push_str(if n == 0 { "" } else { "," });
        json::string(&mut out, scope);
    }
    json::push(
        &mut out,
        format_args!(
            "],\"_links\":{{\"app\":{{\"href\":\"{base}/api/v1/apps/{app}\",\"title\":{label}}},\
             \"self\":{{\"href\":\"{base}/api/v1/users/{user}/clients/{app}/tokens/{id}\",\"hints\":{{\"allow\":[\"GET\",\"DELETE\"]}}}},\
             \"client\":{{\"href\":\"{base}/oauth2/v1/clients/{app}\",\"title\":{label}}},\
             \"user\":{{\"href\":\"{base}/api/v1/users/{user}\"}}}}}}"
        ),
    );
    out
}
