//! A token at a resource: `Authorization: Bearer …`, or `DPoP …` with a proof.
//!
//! What is wrong is said in `WWW-Authenticate` alone; the body is empty. Sources: recorded answers; RFC 6750; RFC 9449.

use bytes::Bytes;
use http::Request;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};

use super::OAuth;
use super::dpop::Proof;
use super::issued::Access;
use super::refusal::Refusal;
use crate::credentials::scopes;
use crate::reply::Reply;

impl OAuth {
    /// The token of a request, checked against everything but scopes.
    pub(crate) fn presented(&mut self, request: &Request<Bytes>, now: i64) -> Result<Access, Refusal> {
        let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let (scheme, token) = header.and_then(|header| header.split_once(' ')).unwrap_or_default();
        let token = token.trim();
        let dpop = scheme.eq_ignore_ascii_case("DPoP");
        let access = self.issued.access(token).filter(|access| access.is_live(now)).cloned();
        let access = access.ok_or_else(|| Refusal::token("The access token is invalid."))?;
        let proven = request.headers().contains_key("dpop");
        match (&access.jkt, dpop, proven) {
            (None, false, _) => return Ok(access),
            (None, true, _) => return Err(Refusal::token("The presented access_token is not DPoP bound.")),
            (Some(_), false, false) => return Err(Refusal::token("The access token is invalid.")),
            (Some(_), false, true) => {
                return Err(Refusal::request(
                    "The resource request must use the DPoP authentication scheme when using a DPoP bound token.",
                ));
            }
            (Some(_), true, _) => {}
        }
        let Some(proof) = Proof::of(request, &self.base, &mut self.proofs, now)? else {
            return Err(Refusal::request("The resource request requires a DPoP proof."));
        };
        if !proof.is_for(token) {
            return Err(Refusal::proof(
                "'ath' claim in the DPoP proof does not match the presented access_token.",
            ));
        }
        if access.jkt.as_ref() != Some(&proof.jkt) {
            return Err(Refusal::token("The access_token is not bound to the provided DPoP proof."));
        }
        Ok(access)
    }

    /// The answer to a token that will not do here.
    pub(crate) fn challenge(&self, request: &Request<Bytes>, scope: &str, refusal: &Refusal) -> Reply {
        let header =
            request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let dpop = header.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("DPoP"));
        // Recorded: an org on https says http here.
        let host = self.base.split_once("://").map_or(self.base.as_str(), |(_, host)| host);
        let mut reply = Reply::json(refusal.status, "");
        reply.headers.clear();
        reply.set(
            WWW_AUTHENTICATE,
            &format!(
                "{scheme} authorization_uri=\"http://{host}/oauth2/v1/authorize\", realm=\"http://{host}\", \
                 scope=\"{scope}\", error=\"{error}\", error_description=\"{text}\", resource=\"{path}\"",
                scheme = if dpop { "DPoP" } else { "Bearer" },
                error = refusal.error,
                text = refusal.description,
                path = request.uri().path(),
            ),
        );
        reply
    }
}

/// Whether the token's scopes open this endpoint.
pub(crate) fn scope_check(access: &Access, method: &str, path: &str) -> Result<(), Refusal> {
    let needed = scopes::needed(method, path).unwrap_or_default();
    let has = |scope: &str| access.allowed.scopes.iter().any(|had| scopes::includes(had, scope));
    let all = needed.split(' ').filter(|scope| !scope.is_empty()).all(has);
    if all { Ok(()) } else { Err(insufficient()) }
}

pub(super) fn insufficient() -> Refusal {
    Refusal::new(403, "insufficient_scope", "The access token provided does not contain the required scopes.")
}

/// The user of a token may not sign in any more.
pub(crate) fn no_such_user() -> Refusal {
    Refusal::token("The access token is invalid.")
}
