//! `POST /oauth2/v1/token`: from a proven client and a grant to tokens.
//!
//! The order of the checks is the order in which a request can be wrong: form, client, grant type, proof, grant.
//! Sources: API reference, "OpenID Connect & OAuth 2.0 API"; guides "Service app", "DPoP", "Refresh tokens".

use bytes::Bytes;
use http::{HeaderName, Request};
use serde_json::{Map, Value, json};

use super::assertion::Proven;
use super::client::{Client, Kind};
use super::dpop::Proof;
use super::form::Form;
use super::issued::{ACCESS_SECONDS, Access, Allowed, Refreshed};
use super::refusal::Refusal;
use super::{OAuth, jose};
use crate::credentials::{people, scopes};
use crate::org::event::Party;
use crate::org::id::Id;
use crate::org::{Org, Tx};
use crate::reply::Reply;

const GRANT_TYPES: [&str; 3] = ["authorization_code", "client_credentials", "refresh_token"];

/// What a grant comes to.
struct Granted {
    allowed: Allowed,
    /// What goes into the ID token's `nonce`.
    nonce: Option<String>,
    chain: Option<u64>,
    /// The refresh token to send along.
    refresh: Option<String>,
    /// Whether that one is new.
    new_refresh: bool,
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
        if let Err(refusal) = &outcome
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
        if !client.grant_types().contains(&grant_type) {
            return Err(Refusal::new(
                400,
                "unauthorized_client",
                format!(
                    "The client is not authorized to use the provided grant type. Configured grant types: [{}].",
                    client.grant_types().join(", ")
                ),
            ));
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
        match (&code.challenge, form.get("code_verifier")) {
            (Some(challenge), Some(verifier)) => {
                if jose::base64(&jose::sha256(verifier.as_bytes())) != *challenge {
                    return Err(Refusal::grant("PKCE verification failed."));
                }
            }
            (Some(_), None) => return Err(Refusal::grant("PKCE verification failed.")),
            (None, Some(_)) => {
                return Err(Refusal::request(
                    "PKCE code challenge should be specified in the authorize request for code verification.",
                ));
            }
            (None, None) => {}
        }
        let offline = code.allowed.scopes.iter().any(|scope| scope == "offline_access");
        let refresh = offline.then(|| self.opaque("refresh"));
        let chain =
            refresh.as_ref().map(|token| self.issued.start_chain(token.clone(), code.allowed.clone(), now));
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
        let refresh = self.issued.newest(chain).map(str::to_owned);
        Ok(Granted { allowed, nonce: None, chain: Some(chain), refresh, new_refresh: replace })
    }

    fn issue(
        &mut self,
        org: &mut Org,
        asked: &Asked<'_>,
        grant_type: &str,
        granted: Granted,
        jkt: Option<String>,
    ) -> Reply {
        let (tx, now) = (asked.tx, asked.tx.at);
        let Granted { allowed, nonce, chain, refresh, new_refresh } = granted;
        let jti = format!("AT.{}", self.opaque("access"));
        let access = Access::new(allowed.clone(), jti, jkt, now);
        let token = jose::sign(Some("application/okta-internal-at+jwt"), &self.access_claims(org, &access));
        let bound = access.jkt.is_some();
        let mut body = Map::new();
        body.insert("token_type".to_owned(), if bound { "DPoP" } else { "Bearer" }.into());
        body.insert("expires_in".to_owned(), ACCESS_SECONDS.into());
        body.insert("access_token".to_owned(), token.clone().into());
        body.insert("scope".to_owned(), allowed.scopes.join(" ").into());
        let mut kinds = vec![("app.oauth2.token.grant.access_token", access.jti.clone())];
        if allowed.scopes.iter().any(|scope| scope == "openid") {
            let jti = format!("ID.{}", self.opaque("id"));
            body.insert("id_token".to_owned(), self.id_token(org, &allowed, nonce, &token, &jti, now).into());
            kinds.push(("app.oauth2.token.grant.id_token", jti));
        }
        if let Some(refresh) = &refresh {
            body.insert("refresh_token".to_owned(), refresh.as_str().into());
            if new_refresh {
                kinds.push(("app.oauth2.token.grant.refresh_token", self.mint.id("oar").to_string()));
            }
        }
        for (kind, id) in kinds {
            self.log_grant(org, tx, asked, grant_type, &allowed, kind, &id);
        }
        self.issued.add_access(token, access, chain, now);
        let mut reply = Reply::json(200, Value::Object(body).to_string());
        if bound {
            reply.set(HeaderName::from_static("dpop-nonce"), &self.nonces.current(now));
        }
        reply
    }

    fn access_claims(&self, org: &Org, access: &Access) -> Value {
        let Access { allowed, jti, issued, expires, jkt, .. } = access;
        let person = allowed.user.as_ref().and_then(|user| people::find(org, user));
        let subject = person.as_ref().map_or(&*allowed.client, |person| person.login.as_str());
        let mut claims = json!({
            "ver": 1, "jti": jti, "iss": self.base, "aud": self.base, "sub": subject,
            "iat": issued.div_euclid(1_000), "exp": expires.div_euclid(1_000), "cid": &*allowed.client,
            "scp": allowed.scopes,
        });
        if let Some(person) = person {
            claims["uid"] = (*person.id).into();
            claims["auth_time"] = allowed.auth_time.div_euclid(1_000).into();
        }
        if let Some(jkt) = jkt {
            claims["cnf"] = json!({ "jkt": jkt });
        }
        claims
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
