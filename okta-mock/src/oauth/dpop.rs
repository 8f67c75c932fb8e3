//! DPoP: a proof that the caller holds the key a token is bound to.
//!
//! The same checks serve the token endpoint, where a nonce is wanted, and resources, where the token's hash is.
//! Sources: DPoP guide; RFC 9449; the texts are those of Okta's error catalogue.

use bytes::Bytes;
use http::Request;

use super::jose::{self, Jwt, PublicKey};
use super::once::Once;
use super::refusal::Refusal;
use super::target::Targets;

/// How old a proof may be.
const OLDEST_SECONDS: i64 = 300;

/// A proof that holds.
#[derive(Debug)]
pub(crate) struct Proof {
    /// The thumbprint of the key.
    pub(crate) jkt: String,
    pub(crate) nonce: Option<String>,
    ath: Option<String>,
}

impl Proof {
    /// The proof of a request; `None` when it brings none. A proof that passes here is used up.
    pub(crate) fn of(
        request: &Request<Bytes>,
        base: &str,
        used: &mut Once,
        now: i64,
    ) -> Result<Option<Self>, Refusal> {
        let mut headers = request.headers().get_all("dpop").iter();
        let Some(header) = headers.next() else { return Ok(None) };
        let refuse = |text| Err(Refusal::proof(text));
        if headers.next().is_some() {
            return refuse("Multiple DPoP proof JWT headers are not allowed.");
        }
        let Some(jwt) = header.to_str().ok().and_then(Jwt::parse) else {
            return refuse("The DPoP proof JWT cannot be parsed.");
        };
        if jwt.header("typ") != Some("dpop+jwt") {
            return refuse("'typ' must be 'dpop+jwt' in the DPoP proof JWT.");
        }
        if jwt.algorithm().is_none() {
            return refuse("The DPoP proof JWT signature algorithm is invalid.");
        }
        // A `d` is a private key, and whoever sends that has given it away.
        let jwk =
            jwt.header.get("jwk").and_then(serde_json::Value::as_object).filter(|jwk| !jwk.contains_key("d"));
        let key = jwk.and_then(|jwk| Some((PublicKey::of(jwk)?, jose::thumbprint(jwk)?)));
        let Some((key, jkt)) = key else { return refuse("The DPoP proof JWT is invalid.") };
        if !jwt.signed_by(&key) {
            return refuse("The DPoP proof JWT signature is invalid.");
        }
        if jwt.claim("htm") != Some(request.method().as_str()) {
            return refuse("'htm' claim in the DPoP proof JWT is invalid.");
        }
        if !jwt.claim("htu").is_some_and(|htu| Targets::of(base, request).has(htu)) {
            return refuse("'htu' claim in the DPoP proof JWT is invalid.");
        }
        let seconds = now.div_euclid(1_000);
        let Some(iat) = jwt.seconds("iat") else {
            return refuse("'iat' claim in the DPoP proof JWT is invalid.");
        };
        if iat > seconds {
            return refuse("The DPoP proof JWT is issued in the future.");
        }
        if iat < seconds.saturating_sub(OLDEST_SECONDS) {
            return refuse("The DPoP proof JWT is issued more than five minutes in the past.");
        }
        if jwt.seconds("exp").is_some_and(|exp| exp <= seconds) {
            return refuse("The DPoP proof JWT is expired.");
        }
        let Some(jti) = jwt.claim("jti").filter(|jti| !jti.is_empty()) else {
            return refuse("'jti' claim in the DPoP proof JWT is invalid.");
        };
        let until = iat.saturating_add(OLDEST_SECONDS + 1).saturating_mul(1_000);
        if !used.first(&format!("{jkt}/{jti}"), until, now) {
            return refuse("The DPoP proof JWT has already been used.");
        }
        let claim = |name| jwt.claim(name).map(str::to_owned);
        Ok(Some(Self { jkt, nonce: claim("nonce"), ath: claim("ath") }))
    }

    /// Whether the proof was made for this token.
    pub(crate) fn is_for(&self, access_token: &str) -> bool {
        self.ath.as_deref() == Some(&jose::base64(&jose::sha256(access_token.as_bytes())))
    }
}
