//! Who may ask for what: API tokens, OAuth access tokens, and the admin roles behind both.
//!
//! The first gate of every API request. It turns an `Authorization` header into a [`Caller`]; whether that caller may
//! do what it asks is decided after the rate limits, as at Okta: a refusal for want of permission is counted, too.

pub(crate) mod api_tokens;
mod endpoints;
pub(crate) mod people;
mod role;
pub(crate) mod scopes;
pub(crate) mod steer;

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http::header::AUTHORIZATION;

use crate::builder::given::Given;
use crate::error::ApiError;
use crate::oauth::client::OAuthSettings;
use crate::oauth::{self, OAuth};
use crate::org::Org;
use crate::org::event::Party;
use crate::org::id::{Id, Mint, mix};
use crate::reply::Reply;
use api_tokens::{ApiTokens, NewToken, NotAdmitted};

pub(crate) use endpoints::route;
pub use role::AdminRole;

/// Every credential of one org.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Credentials {
    pub(crate) tokens: ApiTokens,
    pub(crate) oauth: OAuth,
    mint: Mint,
    #[serde(skip)]
    seed: u64,
    /// An unknown API token becomes one.
    any_token: bool,
}

/// A caller who is who it says.
#[derive(Debug)]
pub(crate) struct Caller {
    /// What rate limits count by and the journal names: an API token's id, or a client's.
    pub(crate) principal: Id,
    pub(crate) actor: Party,
    /// The API token, for the events of its requests.
    pub(crate) token: Option<Id>,
    /// Whether its roles allow what it asks.
    pub(crate) permitted: bool,
}

/// Why a caller got no further.
#[derive(Debug)]
pub(crate) enum Refused {
    /// With Okta's JSON.
    Api(ApiError),
    /// With an empty body and a `WWW-Authenticate`.
    Challenge(Box<Reply>),
    /// With Okta's JSON and an event: this token was used from an address outside its zone.
    Outside(Party),
}

/// Takes an `Authorization` header apart. Okta's own Python SDK sends `SSWS{token}` without a space, and Okta takes it.
fn scheme_and_token(header: &str) -> (&str, &str) {
    let one_word = |token: &str| !token.trim().is_empty() && !token.trim().contains(' ');
    match header.split_at_checked(4) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("SSWS") && one_word(token) => (scheme, token),
        _ => header.split_once(' ').unwrap_or_default(),
    }
}

impl Credentials {
    /// The credentials an org starts with: one API token, a service app, a web app.
    pub(crate) fn new(org: &Org, seed: u64, api_token: &str, settings: &OAuthSettings, now: i64) -> Self {
        let mut tokens = ApiTokens::default();
        let first = NewToken {
            name: "okta-mock".to_owned(),
            value: api_token.to_owned(),
            role: AdminRole::SuperAdmin,
            owner: people::owner(org).cloned(),
            allowed: Vec::new(),
        };
        // The first one: no other can have its value.
        let _ = tokens.add(Arc::clone(&org.token_id), first, now);
        Self {
            tokens,
            oauth: OAuth::new(org, seed, settings, now),
            mint: Mint::new(mix(seed, 90, 0)),
            seed,
            any_token: false,
        }
    }

    /// Makes the tokens that an org has from the start. Their values were checked when they were given.
    pub(crate) fn give(&mut self, org: &Org, given: &Given, now: i64) {
        self.any_token = given.any_token;
        for (name, value, role) in &given.tokens {
            if let Err(taken) = self.add_token(org, name, value, *role, now) {
                tracing::warn!(name, taken, "a token was left out");
            }
        }
    }

    fn add_token(
        &mut self,
        org: &Org,
        name: &str,
        value: &str,
        role: AdminRole,
        now: i64,
    ) -> Result<(), String> {
        let owner = people::owner(org).cloned();
        let new =
            NewToken { name: name.to_owned(), value: value.to_owned(), role, owner, allowed: Vec::new() };
        let id = self.mint.id("00T");
        self.tokens.add(id, new, now).map(|_| ())
    }

    /// Goes over to an org that was made anew, so that what worked goes on working.
    pub(crate) fn move_to(&mut self, org: &mut Org, now: i64) {
        self.tokens.move_to(org);
        self.oauth.move_to(org, now);
    }

    /// What a snapshot leaves out because it follows from the settings, taken from an org just made.
    pub(crate) fn settle_in(&mut self, fresh: &Self) {
        self.seed = fresh.seed;
        self.mint.settle_in(&fresh.mint);
        self.oauth.settle_in(&fresh.oauth);
    }

    /// What is wrong with credentials that a snapshot brought.
    pub(crate) fn check(&self) -> Result<(), String> {
        if !self.tokens.is_keyed() {
            return Err("tokens: one is not under its own id".into());
        }
        if self.service_app().is_none() || self.web_app().is_none() {
            return Err("oauth.clients: the built-in service app or web app is missing or not whole".into());
        }
        Ok(())
    }

    /// Reads the credentials of a request.
    pub(crate) fn admit(&mut self, org: &Org, request: &Request<Bytes>, now: i64) -> Result<Caller, Refused> {
        let (method, path) = (request.method().as_str(), request.uri().path());
        let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let (scheme, token) = header.map(scheme_and_token).unwrap_or_default();
        if scheme.eq_ignore_ascii_case("SSWS") {
            let value = token.trim();
            if self.any_token && !value.is_empty() && !self.tokens.knows(value) {
                let _ = self.add_token(org, "any", value, AdminRole::SuperAdmin, now);
            }
            let (token, owner) = match self.tokens.admit(org, value, || address(request), now) {
                Ok(admitted) => admitted,
                Err(NotAdmitted::Invalid) => return Err(Refused::Api(ApiError::of("E0000011"))),
                Err(NotAdmitted::Outside(token)) => return Err(Refused::Outside(token)),
            };
            return Ok(Caller {
                principal: Arc::clone(&token.id),
                actor: owner,
                token: Some(Arc::clone(&token.id)),
                permitted: token.role.may(method, path),
            });
        }
        if !scheme.eq_ignore_ascii_case("Bearer") && !scheme.eq_ignore_ascii_case("DPoP") {
            return Err(Refused::Api(ApiError::of("E0000005")));
        }
        self.by_access_token(org, request, now).map_err(|refusal| {
            let needed = scopes::needed(method, path).unwrap_or_default();
            Refused::Challenge(Box::new(self.oauth.challenge(request, needed, &refusal)))
        })
    }

    fn by_access_token(
        &mut self,
        org: &Org,
        request: &Request<Bytes>,
        now: i64,
    ) -> Result<Caller, oauth::Refusal> {
        let (method, path) = (request.method().as_str(), request.uri().path());
        let access = self.oauth.presented(request, now)?;
        oauth::scope_check(&access, method, path)?;
        let client = self.oauth.client(&access.allowed.client);
        let (actor, permitted) = match &access.allowed.user {
            Some(user) => {
                let person = people::find(org, user).filter(|person| person.active);
                let person = person.ok_or_else(oauth::no_such_user)?;
                // The silent downscoping: the token has the scope, the user has no role for it.
                (person.party, people::role(org, user).is_some_and(|role| role.may(method, path)))
            }
            None => (
                client.map_or_else(Party::system, oauth::client::Client::party),
                client.is_some_and(|client| client.may(method, path)),
            ),
        };
        Ok(Caller { principal: access.allowed.client.clone(), actor, token: None, permitted })
    }
}

/// The address a request says it comes from. A fake has no network between it and its caller, so a test names one.
fn address(request: &Request<Bytes>) -> &str {
    let header = request.headers().get("x-forwarded-for").and_then(|value| value.to_str().ok());
    let first =
        header.and_then(|list| list.split(',').next()).map(str::trim).filter(|first| !first.is_empty());
    first.unwrap_or("127.0.0.1")
}
