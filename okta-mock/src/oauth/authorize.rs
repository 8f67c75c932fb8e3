//! `/oauth2/v1/authorize`: from a browser to an authorization code.
//!
//! Until client and redirect URI are known to be right, what is wrong is shown on a page; from then on the app is told,
//! by a redirect. A POST with `login` is the sign-in itself. Source: API reference, "OpenID Connect & OAuth 2.0 API".

use bytes::Bytes;
use http::header::LOCATION;
use http::{Method, Request};
use url::Url;

use super::client::{Client, Kind};
use super::form::Form;
use super::issued::{Allowed, CODE_SECONDS, Code};
use super::refusal::Refusal;
use super::token::grantable;
use super::{OAuth, pages};
use crate::credentials::people::{self, Person};
use crate::org::event::{Event, Origin};
use crate::org::{Org, Tx};
use crate::reply::Reply;

/// Where and how an app is answered.
struct Return {
    redirect_uri: String,
    state: Option<String>,
    mode: Mode,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Query,
    Fragment,
    FormPost,
}

/// A request of an app that only lacks a user.
struct Wanted {
    allowed: Allowed,
    challenge: String,
    nonce: Option<String>,
}

impl OAuth {
    pub(super) fn authorize(&mut self, org: &mut Org, request: &Request<Bytes>, tx: &Tx) -> Reply {
        let form = match Form::of_query_and_body(request) {
            Ok(form) => form,
            Err(wrong) => return pages::error(&wrong),
        };
        let (client, back) = match self.app_of(&form) {
            Ok(found) => found,
            Err(wrong) => return pages::error(&wrong),
        };
        let wanted = match wanted(&client, &form, tx.at) {
            Ok(wanted) => wanted,
            Err(refusal) => {
                let event = Event::new("app.oauth2.authorize", client.party(), tx.origin.clone())
                    .target(client.app_party())
                    .because("FAILURE", refusal.error)
                    .debug("requestedScopes", form.get("scope").unwrap_or_default());
                org.log_event(tx, event);
                return back.refuse(&refusal);
            }
        };
        let login = form.get("login").filter(|_| request.method() == Method::POST);
        if login.is_none() && form.get("cancel").is_some() {
            return back.refuse(&Refusal::new(
                400,
                "access_denied",
                "The resource owner or authorization server denied the request.",
            ));
        }
        // No sessions are kept: whoever may not be asked is not signed in.
        if form.get("prompt") == Some("none") {
            return back.refuse(&Refusal::new(
                400,
                "login_required",
                "The client specified not to prompt, but the user is not logged in.",
            ));
        }
        let page = |wrong: Option<&str>| pages::sign_in(org, &client, &form, wrong);
        let Some(login) = login else { return page(None) };
        let Some(person) = people::find(org, login) else { return page(Some("There is no such user.")) };
        if !person.active {
            return page(Some(&format!("This user cannot sign in: {}.", person.status)));
        }
        let code = self.opaque("code");
        let allowed = Allowed { user: Some(person.id.clone()), ..wanted.allowed };
        log_sign_in(org, tx, &client, &person, &allowed);
        let expires = tx.at.saturating_add(CODE_SECONDS * 1_000);
        let (redirect_uri, nonce) = (back.redirect_uri.clone(), wanted.nonce);
        let issued = Code { allowed, redirect_uri, challenge: wanted.challenge, nonce, expires };
        self.issued.add_code(code.clone(), issued, tx.at);
        back.answer(&[("code", &code)])
    }

    /// The client, and the way back to it. What is wrong here must not be sent to the redirect URI.
    fn app_of(&self, form: &Form) -> Result<(Client, Return), Refusal> {
        let client = form.get("client_id").and_then(|id| self.clients.get(id));
        let Some(client) = client else {
            return Err(Refusal::new(400, "invalid_client", "Invalid value for 'client_id' parameter."));
        };
        if client.kind != Kind::Web {
            return Err(Refusal::request(
                "Clients with 'application_type' of 'service' are not allowed to access the 'authorize' endpoint.",
            ));
        }
        let redirect_uri = form.get("redirect_uri").unwrap_or_default();
        if !client.redirect_uris.iter().any(|known| known == redirect_uri) {
            return Err(Refusal::request(
                "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings.",
            ));
        }
        let mode = match form.get("response_mode") {
            None | Some("query") => Mode::Query,
            Some("fragment") => Mode::Fragment,
            Some("form_post") => Mode::FormPost,
            Some(_) => return Err(Refusal::request("Invalid value for 'response_mode' parameter.")),
        };
        let state = form.get("state").map(str::to_owned);
        Ok((client.clone(), Return { redirect_uri: redirect_uri.to_owned(), state, mode }))
    }
}

/// Checks what the app asks for.
fn wanted(client: &Client, form: &Form, now: i64) -> Result<Wanted, Refusal> {
    if form.get("state").is_none() {
        return Err(Refusal::request("The authentication request has an invalid 'state' parameter."));
    }
    match form.get("response_type") {
        Some("code") => {}
        _ => {
            return Err(Refusal::new(
                400,
                "unsupported_response_type",
                "The response type is not supported by the authorization server. Configured response types: [code].",
            ));
        }
    }
    let scopes = form.words("scope");
    if scopes.is_empty() {
        return Err(Refusal::scope("No scopes were requested."));
    }
    let scopes = grantable(client, scopes)?;
    let has = |scope: &str| scopes.iter().any(|had| had == scope);
    if !has("openid") && (has("profile") || has("email")) {
        return Err(Refusal::scope(
            "Requests for ID tokens or access tokens with OpenID scopes require the 'openid' scope.",
        ));
    }
    let nonce = form.get("nonce").map(str::to_owned);
    if has("openid") && nonce.is_none() {
        // Stricter than Okta, which wants it for the implicit flow only: an app without it cannot notice a replay.
        return Err(Refusal::request(
            "The 'nonce' parameter is required for authorize requests with 'openid'.",
        ));
    }
    let Some(challenge) = form.get("code_challenge") else {
        return Err(Refusal::request("PKCE code challenge is required by the application."));
    };
    if form.get("code_challenge_method") != Some("S256") {
        return Err(Refusal::request("PKCE code challenge method is not supported. Valid values: [S256]"));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if !challenge.bytes().all(plain) || !(43..=128).contains(&challenge.len()) {
        return Err(Refusal::request("PKCE code challenge contains illegal characters."));
    }
    if !matches!(form.get("prompt"), None | Some("none" | "login" | "consent" | "login consent")) {
        return Err(Refusal::request(
            "Invalid value for 'prompt' parameter. Supported values: [none, login, consent, login consent]",
        ));
    }
    let allowed = Allowed { client: client.id.clone(), user: None, scopes, auth_time: now };
    Ok(Wanted { allowed, challenge: challenge.to_owned(), nonce })
}

impl Return {
    fn refuse(&self, refusal: &Refusal) -> Reply {
        self.answer(&[("error", refusal.error), ("error_description", &refusal.description)])
    }

    fn answer(&self, fields: &[(&str, &str)]) -> Reply {
        let state = self.state.as_deref().map(|state| ("state", state));
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain(state).collect();
        if self.mode == Mode::FormPost {
            return pages::form_post(&self.redirect_uri, &fields);
        }
        let encoded = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields.iter().copied())
            .finish();
        // The registered URI is a whole URL, or nobody could have been sent here.
        let mut location = match Url::parse(&self.redirect_uri) {
            Ok(location) => location,
            Err(_) => return pages::error(&Refusal::request("The 'redirect_uri' parameter is not a URL.")),
        };
        match (self.mode, location.query()) {
            (Mode::Fragment, _) => location.set_fragment(Some(&encoded)),
            (_, Some(query)) if !query.is_empty() => {
                let query = format!("{query}&{encoded}");
                location.set_query(Some(&query));
            }
            _ => location.set_query(Some(&encoded)),
        }
        let mut reply = Reply::new(302, "text/html;charset=utf-8", "");
        reply.set(LOCATION, location.as_str());
        reply
    }
}

/// A sign-in as the log tells it: the session, the code, the app.
fn log_sign_in(org: &mut Org, tx: &Tx, client: &Client, person: &Person, allowed: &Allowed) {
    // A browser's session: no API token had a part in it.
    let origin = match &tx.origin {
        Origin::Web { request_id, uri, agent, place, .. } => Origin::Web {
            request_id: request_id.clone(),
            uri: uri.clone(),
            agent: agent.clone(),
            token: None,
            session: Some(format!("idx{}", &request_id[..request_id.len().min(20)]).into()),
            place: *place,
        },
        job @ Origin::Job { .. } => job.clone(),
    };
    let event = |kind: &'static str| Event::new(kind, person.party.clone(), origin.clone());
    let app = client.app_party();
    org.log_event(tx, event("user.session.start").target(person.party.clone()));
    org.log_event(
        tx,
        event("app.oauth2.authorize.code")
            .target(app.clone())
            .debug("requestedScopes", allowed.scopes.join(" "))
            .debug("grantedScopes", allowed.scopes.join(", ")),
    );
    org.log_event(tx, event("app.oauth2.signon").target(app.clone()));
    org.log_event(tx, event("user.authentication.sso").target(app));
}
