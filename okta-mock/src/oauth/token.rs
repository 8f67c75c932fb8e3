//! `POST /oauth2/v1/token`: who may have a token, and for what.
//!
//! The order of the checks is the order in which a request can be wrong: form, client, grant type, proof, grant.
//! Sources: API reference, "OpenID Connect & OAuth 2.0 API"; guides "Service app", "DPoP", "Refresh tokens".

use bytes::Bytes;
use http::Request;

use super::assertion::{Proven, only_by_assertion};
use super::client::{Client, Kind};
use super::dpop::Proof;
use super::form::Form;
use super::issued::{Allowed, Refreshed};
use super::refusal::Refusal;
use super::{OAuth, jose};
use crate::credentials::{people, scopes};
use crate::org::event::Party;
use crate::org::id::Id;
use crate::org::{Org, Tx};
use crate::reply::Reply;

const GRANT_TYPES: [&str; 3] = ["authorization_code", "client_credentials", "refresh_token"];

/// What a grant comes to.
pub(super) struct Granted {
    pub(super) allowed: Allowed,
    /// What goes into the ID token's `nonce`.
    pub(super) nonce: Option<String>,
    pub(super) chain: Option<u64>,
    /// The refresh token to send along.
    pub(super) refresh: Option<String>,
    /// Whether that one is new.
    pub(super) new_refresh: bool,
}

/// What one token request is about.
pub(super) struct Asked<'a> {
    pub(super) form: Form,
    pub(super) client: Proven,
    pub(super) tx: &'a Tx,
}

impl OAuth {
    pub(super) fn token(
        &mut self,
        org: &mut Org,
        request: &Request<Bytes>,
        tx: &Tx,
    ) -> Result<Reply, Refusal> {
        let form = Form::of_body(request)?;
        let Some(grant_type) = form.get("grant_type").map(str::to_owned) else {
            return Err(Refusal::request(format!(
                "The token request must specify a 'grant_type'. Valid values: [{}]",
                GRANT_TYPES.join(", ")
            )));
        };
        if !GRANT_TYPES.contains(&grant_type.as_str()) {
            return Err(Refusal::new(
                400,
                "unsupported_grant_type",
                format!(
                    "The authorization grant type is not supported by the authorization server. Configured grant \
                     types: [{}].",
                    GRANT_TYPES.join(", ")
                ),
            ));
        }
        let client = match self.client_of(request, &form, tx.at) {
            Ok(client) => client,
            Err(refusal) => {
                self.log_refused_client(org, request, tx, &refusal);
                return Err(refusal);
            }
        };
        let asked = Asked { form, client, tx };
        let outcome = self.granted(org, request, &asked, &grant_type);
        // Being told the nonce is a step of the way, not a refusal.
        if let Err(refusal) = &outcome
            && refusal.nonce.is_none()
            && let Some(client) = self.clients.get(&asked.client.id)
        {
            let event = tx
                .event("app.oauth2.token.grant")
                .because("FAILURE", refusal.error)
                .target(client.app_party())
                .debug("grantType", grant_type.as_str());
            let event = crate::org::event::Event { actor: client.party(), ..event };
            org.log_event(tx, event);
        }
        outcome
    }

    fn granted(
        &mut self,
        org: &mut Org,
        request: &Request<Bytes>,
        asked: &Asked<'_>,
        grant_type: &str,
    ) -> Result<Reply, Refusal> {
        let now = asked.tx.at;
        let client = self.clients.get(&asked.client.id).ok_or_else(|| Refusal::grant("Invalid grant"))?;
        if !client.grant_types.iter().any(|has| has == grant_type) {
            return Err(Refusal::new(
                400,
                "unauthorized_client",
                format!(
                    "The client is not authorized to use the provided grant type. Configured grant types: [{}].",
                    client.grant_types.join(", ")
                ),
            ));
        }
        if grant_type == "client_credentials" && asked.client.method != "private_key_jwt" {
            return Err(only_by_assertion());
        }
        let require_dpop = client.require_dpop;
        let proof = Proof::of(request, &self.base, &mut self.proofs, now)?;
        let jkt = match proof {
            None if require_dpop => return Err(Refusal::proof("The DPoP proof JWT header is missing.")),
            None => None,
            Some(proof) if proof.nonce.as_deref().is_some_and(|nonce| self.nonces.takes(nonce, now)) => {
                Some(proof.jkt)
            }
            Some(_) => return Err(Refusal::use_nonce(self.nonces.current(now))),
        };
        let granted = match grant_type {
            "client_credentials" => self.by_client_credentials(asked)?,
            "authorization_code" => self.by_code(asked)?,
            _ => self.by_refresh_token(org, asked)?,
        };
        Ok(self.issue(org, asked, grant_type, granted, jkt))
    }

    fn by_client_credentials(&self, asked: &Asked<'_>) -> Result<Granted, Refusal> {
        let wanted = asked.form.words("scope");
        if wanted.is_empty() {
            return Err(Refusal::scope(
                "The authorization server resource does not have any configured default scopes, 'scope' must be \
                 provided.",
            ));
        }
        if wanted.iter().any(|scope| scope == "openid") {
            return Err(Refusal::scope("Cannot request 'openid' scopes using client credentials."));
        }
        let client = self.clients.get(&asked.client.id).ok_or_else(Refusal::no_consent)?;
        let scopes = grantable(client, wanted)?;
        let client = asked.client.id.clone();
        let allowed = Allowed { client, user: None, scopes, auth_time: asked.tx.at };
        Ok(Granted { allowed, nonce: None, chain: None, refresh: None, new_refresh: false })
    }

    fn by_code(&mut self, asked: &Asked<'_>) -> Result<Granted, Refusal> {
        let (form, now) = (&asked.form, asked.tx.at);
        let missing = |name: &str| Refusal::request(format!("The required parameter '{name}' is missing."));
        let value = form.get("code").ok_or_else(|| missing("code"))?;
        let redirect_uri = form.get("redirect_uri").ok_or_else(|| missing("redirect_uri"))?;
        let code = self
            .issued
            .take_code(value, &asked.client.id, now)
            .ok_or_else(|| Refusal::grant("The authorization code is invalid or has expired."))?;
        if code.redirect_uri != redirect_uri {
            return Err(Refusal::grant(
                "The 'redirect_uri' does not match the redirection URI used in the authorization request.",
            ));
        }
        let verifier = form.get("code_verifier").unwrap_or_default();
        if jose::base64(&jose::sha256(verifier.as_bytes())) != code.challenge {
            return Err(Refusal::grant("PKCE verification failed."));
        }
        let offline = code.allowed.scopes.iter().any(|scope| scope == "offline_access");
        let refresh = offline.then(|| self.opaque("refresh"));
        let chain = refresh.as_ref().map(|token| {
            let id = self.mint.id("oar");
            self.issued.start_chain(id, token.clone(), code.allowed.clone(), now)
        });
        Ok(Granted {
            allowed: code.allowed,
            nonce: code.nonce,
            chain,
            new_refresh: refresh.is_some(),
            refresh,
        })
    }

    fn by_refresh_token(&mut self, org: &mut Org, asked: &Asked<'_>) -> Result<Granted, Refusal> {
        let now = asked.tx.at;
        let invalid = || Refusal::grant("The refresh token is invalid or expired.");
        let missing = || Refusal::request("The required parameter 'refresh_token' is missing.");
        let token = asked.form.get("refresh_token").ok_or_else(missing)?;
        let (chain, mut allowed, replace) =
            match self.issued.refresh(token, &asked.client.id, self.rotation, now) {
                Refreshed::Yes { chain, allowed, replace } => (chain, allowed, replace),
                Refreshed::No => return Err(invalid()),
                Refreshed::Reused { allowed, newest } => {
                    self.log_reuse(org, asked, &allowed, token, &newest);
                    return Err(invalid());
                }
            };
        let person = allowed.user.as_ref().and_then(|user| people::find(org, user));
        if !person.is_some_and(|person| person.active) {
            return Err(invalid());
        }
        let wanted = asked.form.words("scope");
        if wanted.iter().any(|scope| !allowed.scopes.contains(scope)) {
            return Err(Refusal::scope(
                "The requested scope is invalid, unknown, malformed, or exceeds the scope granted by the resource \
                 owner.",
            ));
        }
        if !wanted.is_empty() {
            allowed.scopes = wanted;
        }
        if replace {
            let next = self.opaque("refresh");
            self.issued.replace(chain, next, now);
        }
        let refresh = self.issued.newest(chain).map(|(_, token)| token.to_owned());
        Ok(Granted { allowed, nonce: None, chain: Some(chain), refresh, new_refresh: replace })
    }
}

/// The scopes out of `wanted` that this client may have; an admin has to have granted the `okta.*` ones.
pub(super) fn grantable(client: &Client, wanted: Vec<String>) -> Result<Vec<String>, Refusal> {
    let known = |scope: &String| {
        scopes::exists(scope) && (client.kind == Kind::Web || !scopes::OPENID.contains(&scope.as_str()))
    };
    if !wanted.iter().all(known) {
        return Err(Refusal::scope(
            "One or more scopes are not configured for the authorization server resource.",
        ));
    }
    let given = |scope: &String| scopes::OPENID.contains(&scope.as_str()) || client.is_granted(scope);
    let allowed: Vec<String> = wanted.into_iter().filter(given).collect();
    if allowed.is_empty() { Err(Refusal::no_consent()) } else { Ok(allowed) }
}

/// Who stands behind what is allowed: the user, else the client.
pub(super) fn actor(oauth: &OAuth, org: &Org, client: &Id, user: Option<&Id>) -> Party {
    let person = user.and_then(|user| people::find(org, user)).map(|person| person.party);
    person.or_else(|| oauth.clients.get(client).map(Client::party)).unwrap_or_else(Party::system)
}
