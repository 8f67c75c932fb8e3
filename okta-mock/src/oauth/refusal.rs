//! The OAuth error answer: `{"error":…,"error_description":…}`, not Okta's API body.
//!
//! The texts are Okta's (OAuth error catalogue of its developer documentation, release 2026.08.1).

use std::borrow::Cow;

use http::HeaderName;

use crate::json;
use crate::reply::Reply;

/// One refusal of the authorization server, or of a resource that checks its tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) error: &'static str,
    pub(crate) description: Cow<'static, str>,
    /// The nonce to use, in `dpop-nonce`.
    pub(crate) nonce: Option<String>,
}

impl Refusal {
    pub(crate) fn new(status: u16, error: &'static str, description: impl Into<Cow<'static, str>>) -> Self {
        Self { status, error, description: description.into(), nonce: None }
    }

    pub(crate) fn request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "invalid_request", description)
    }

    pub(crate) fn client(description: &'static str) -> Self {
        Self::new(401, "invalid_client", description)
    }

    pub(crate) fn scope(description: &'static str) -> Self {
        Self::new(400, "invalid_scope", description)
    }

    pub(crate) fn grant(description: &'static str) -> Self {
        Self::new(400, "invalid_grant", description)
    }

    pub(crate) fn proof(description: &'static str) -> Self {
        Self::new(400, "invalid_dpop_proof", description)
    }

    pub(crate) fn token(description: &'static str) -> Self {
        Self::new(401, "invalid_token", description)
    }

    /// None of the scopes asked for was granted to the client.
    pub(crate) fn no_consent() -> Self {
        Self::new(400, "consent_required", "You are not allowed any of the requested scopes.")
    }

    pub(crate) fn use_nonce(nonce: String) -> Self {
        let text = "Authorization server requires nonce in DPoP proof.";
        Self { nonce: Some(nonce), ..Self::new(400, "use_dpop_nonce", text) }
    }

    /// The answer of an OAuth endpoint.
    pub(crate) fn reply(&self) -> Reply {
        let mut body = String::new();
        json::open(&mut body, "error", self.error);
        json::text(&mut body, "error_description", &self.description);
        body.push('}');
        let mut reply = Reply::json(self.status, body);
        if let Some(nonce) = &self.nonce {
            reply.set(HeaderName::from_static("dpop-nonce"), nonce);
        }
        reply
    }
}
