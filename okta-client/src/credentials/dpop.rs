//! DPoP: a token is bound to a key, and every request proves that its sender holds that key.
//!
//! One P-256 key for each credential, never the app's own. Made with the credential and written nowhere, unless the caller brings it,
//! because what is bound to it is to outlive the process. A proof is for one request: its method, its URL without the query, the hash of its token, an id of its own. The server may want its nonce in it.
//! Sources: RFC 9449; Okta, "Configure OAuth 2.0 Demonstrating Proof-of-Possession".

mod key;

use std::fmt;
use std::sync::{Mutex, PoisonError};

use http::Method;
use serde_json::{Value, json};
use url::Url;

pub use self::key::DpopKey;
use super::{Answer, jws};
use crate::error::Error;
use crate::timestamp::Timestamp;

/// The key, and the newest nonce of each kind of server.
pub(super) struct Dpop {
    key: DpopKey,
    header: Value,
    token_nonce: Mutex<Option<String>>,
    resource_nonce: Mutex<Option<String>>,
}

/// Whose nonce: RFC 9449 keeps the two apart.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    TokenEndpoint,
    Resource,
}

impl Dpop {
    pub(super) fn new(key: DpopKey) -> Self {
        let header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": key.public_jwk() });
        Self { key, header, token_nonce: Mutex::default(), resource_nonce: Mutex::default() }
    }

    /// A proof for one request at `now`, Okta's time.
    pub(super) fn proof(
        &self,
        place: Place,
        method: &Method,
        url: &Url,
        now: Timestamp,
        access_token: Option<&str>,
    ) -> Result<String, Error> {
        let mut target = url.clone();
        target.set_query(None);
        target.set_fragment(None);
        let mut claims = json!({
            "htm": method.as_str(),
            "htu": target.as_str(),
            "iat": now.as_millis().div_euclid(1000),
            "jti": jws::random_text()?,
        });
        if let Some(token) = access_token {
            claims["ath"] = jws::sha256_base64url(token).into();
        }
        if let Some(nonce) = &*self.nonce(place).lock().unwrap_or_else(PoisonError::into_inner) {
            claims["nonce"] = nonce.as_str().into();
        }
        jws::compact(&self.header, &claims, |message| self.key.sign(message))
    }

    /// Keeps the nonce of an answer. Returns whether a proof was refused that would be accepted if it were made anew.
    pub(super) fn answered(&self, place: Place, answer: &Answer<'_>) -> bool {
        let sent = answer.headers.get("dpop-nonce").and_then(|nonce| nonce.to_str().ok());
        let learned = match sent.filter(|nonce| !nonce.is_empty() && nonce.len() <= LONGEST_NONCE) {
            Some(nonce) => {
                let mut kept = self.nonce(place).lock().unwrap_or_else(PoisonError::into_inner);
                *kept = Some(nonce.to_owned());
                true
            }
            None => false,
        };
        answer.code == Some("use_dpop_nonce") && learned
    }

    fn nonce(&self, place: Place) -> &Mutex<Option<String>> {
        match place {
            Place::TokenEndpoint => &self.token_nonce,
            Place::Resource => &self.resource_nonce,
        }
    }
}

/// What is longer is no nonce, and would make a header that no server takes.
const LONGEST_NONCE: usize = 1024;

impl fmt::Debug for Dpop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dpop(***)")
    }
}
