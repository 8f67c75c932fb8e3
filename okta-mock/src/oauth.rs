//! The org authorization server: `/oauth2/v1/…`. Clients, tokens, and what a token opens.
//!
//! Pure as the rest of the engine: `(state, request, now) → answer`. Signatures are checked and made, but nothing is
//! drawn by chance: codes, tokens and secrets follow from the seed and a counter. Custom authorization servers
//! (`/oauth2/{id}/v1/…`) are not there; at Okta they could not issue `okta.*` scopes either.

mod admin_api;
pub(crate) mod apps;
mod assertion;
mod authorize;
pub(crate) mod client;
mod client_rows;
mod dpop;
mod events;
mod form;
mod id_token;
mod inspect;
mod issue;
mod issued;
mod jose;
mod metadata;
mod nonces;
mod once;
mod pages;
mod refusal;
mod registered;
mod resource;
pub(crate) mod sign_in;
mod target;
pub(crate) mod test_keys;
mod token;
mod user_tokens;

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Method, Request};

use crate::credentials::people;
use crate::error::ApiError;
use crate::org::id::{Id, Mint, Spelling, mix};
use crate::org::{Org, Tx};
use crate::reply::Reply;
use client::{Client, Kind, OAuthSettings, RefreshRotation};
use issued::Issued;
use nonces::Nonces;
use once::Once;

pub(crate) use admin_api::route as admin_route;
pub(crate) use metadata::answer as metadata;
pub(crate) use refusal::Refusal;
pub(crate) use resource::{no_such_user, scope_check};

/// The state of the authorization server.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct OAuth {
    #[serde(skip)]
    base: String,
    #[serde(skip)]
    seed: u64,
    counter: u64,
    #[serde(skip)]
    rotation: RefreshRotation,
    mint: Mint,
    clients: BTreeMap<Id, Client>,
    issued: Issued,
    #[serde(skip)]
    nonces: Nonces,
    /// Client assertions seen.
    assertions: Once,
    /// DPoP proofs seen.
    proofs: Once,
}

/// The endpoints of clients and browsers. Everything else under `/oauth2/` is administration, with API credentials.
const ENDPOINTS: [&str; 5] = ["authorize", "introspect", "revoke", "token", "userinfo"];

/// Whether clients and browsers call this path, with credentials of their own. All that is said of other authorization
/// servers belongs here, too.
pub(crate) fn is_endpoint(path: &str) -> bool {
    match path.strip_prefix("/oauth2/").and_then(|rest| rest.split_once('/')) {
        Some(("v1", name)) => ENDPOINTS.contains(&name),
        Some(_) => true,
        None => false,
    }
}

impl OAuth {
    pub(crate) fn new(org: &Org, seed: u64, settings: &OAuthSettings, now: i64) -> Self {
        // Ids of its own, so that the org's do not depend on there being OAuth clients.
        let mut mint = Mint::new(mix(seed, 91, 0));
        let owner = people::owner(org);
        let mut oauth = Self {
            base: org.base.clone(),
            seed,
            counter: 0,
            rotation: settings.rotation,
            clients: BTreeMap::new(),
            issued: Issued::default(),
            nonces: Nonces::new(seed, now, settings.nonce_age_ms),
            assertions: Once::default(),
            proofs: Once::default(),
            mint: Mint::new(mix(seed, 92, 0)),
        };
        let secret = oauth.opaque("client-secret");
        let (service, web) = (
            Client::service(&mut mint, settings, owner, now),
            Client::web(&mut mint, settings, secret, owner, now),
        );
        // Numbers that no other app gets, so that their rows come last.
        let ids = Spelling::new(seed, "0oa");
        for (n, mut client) in (1 << 40..).zip([service, web]) {
            client.id = ids.id(n);
            oauth.clients.insert(client.id.clone(), client);
        }
        oauth.mint = mint;
        oauth
    }

    /// What a snapshot leaves out because it follows from the settings, taken from an org just made.
    pub(crate) fn settle_in(&mut self, fresh: &Self) {
        self.base.clone_from(&fresh.base);
        (self.seed, self.rotation, self.nonces) = (fresh.seed, fresh.rotation, fresh.nonces);
        self.mint.settle_in(&fresh.mint);
    }

    /// Answers at one of the endpoints of clients and browsers.
    pub(crate) fn answer(
        &mut self,
        org: &mut Org,
        request: &Request<Bytes>,
        tx: &Tx,
    ) -> Result<Reply, ApiError> {
        let (server, name) = request
            .uri()
            .path()
            .strip_prefix("/oauth2/")
            .and_then(|rest| rest.split_once('/'))
            .unwrap_or_default();
        if server != "v1" {
            return Err(ApiError::not_found(server, "AuthorizationServer"));
        }
        if self.claimed_client(request).is_some_and(|id| !Self::works(org, &id)) {
            return Ok(Refusal::client("Invalid value for 'client_id' parameter.").reply());
        }
        let answer = match (name, request.method()) {
            ("authorize", &Method::GET | &Method::POST) => Ok(self.authorize(org, request, tx)),
            ("userinfo", &Method::GET | &Method::POST) => Ok(self.userinfo(org, request, tx.at)),
            ("token", &Method::POST) => self.token(org, request, tx),
            ("introspect", &Method::POST) => self.introspect(org, request, tx.at),
            ("revoke", &Method::POST) => self.revoke(org, request, tx),
            _ => return Err(ApiError::of("E0000022")),
        };
        Ok(answer.unwrap_or_else(|refusal| refusal.reply()))
    }

    /// The built-in client of a kind: of all it has the greatest id.
    pub(crate) fn built_in(&self, kind: Kind) -> Option<&Client> {
        self.clients.values().rfind(|client| client.kind == kind)
    }

    /// Whether this is a client whose app was made over the API.
    fn is_registered(&self, id: &str) -> bool {
        let client = self.clients.get(id);
        client
            .is_some_and(|client| self.built_in(client.kind).is_some_and(|built_in| built_in.id != client.id))
    }

    /// Goes over to an org made anew: the apps that were made over the API are not there.
    pub(crate) fn move_to(&mut self, org: &mut Org, now: i64) {
        let built_in =
            [Kind::Service, Kind::Web].map(|kind| self.built_in(kind).map(|client| client.id.clone()));
        self.clients.retain(|id, _| built_in.contains(&Some(id.clone())));
        self.show_clients(org, now);
    }

    pub(crate) fn clients(&self) -> impl Iterator<Item = &Client> {
        self.clients.values()
    }

    pub(crate) fn client(&self, id: &str) -> Option<&Client> {
        self.clients.get(id)
    }

    /// A text that nobody can guess who does not know the seed.
    fn opaque(&mut self, kind: &str) -> String {
        self.counter += 1;
        jose::base64(&jose::sha256(format!("{}/{kind}/{}", self.seed, self.counter).as_bytes()))
    }
}
