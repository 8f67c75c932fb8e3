//! Signed tokens: taking them apart, checking their signature, making ours.
//!
//! The signatures themselves are `jsonwebtoken`'s; what a claim has to say is decided by whoever asks. RS256 is
//! deterministic, so the same claims give the same token. Sources: RFC 7515, RFC 7638.

use std::borrow::Cow;
use std::sync::{LazyLock, Once};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, crypto};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::test_keys;

/// A token longer than this is not read at all.
const LONGEST: usize = 16_384;

/// A token taken apart and not yet believed. Not `Debug`: whoever holds an assertion is the client.
pub(crate) struct Jwt {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    message: String,
    signature: String,
}

/// A key that somebody signs with, as far as the public may know it.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "Map<String, Value>", into = "Map<String, Value>")]
pub(crate) struct PublicKey {
    jwk: Map<String, Value>,
    pub(crate) kid: String,
    /// `RSA`, `P-256` or `P-384`.
    kind: Cow<'static, str>,
    key: DecodingKey,
}

impl Jwt {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let (message, signature) = text.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let object = |part: &str| match serde_json::from_slice(&un_base64(part)?) {
            Ok(Value::Object(object)) => Some(object),
            _ => None,
        };
        Some(Self {
            header: object(header)?,
            claims: object(claims)?,
            message: message.to_owned(),
            signature: signature.to_owned(),
        })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.header.get(name).and_then(Value::as_str)
    }

    pub(crate) fn claim(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    /// A time claim in whole seconds.
    pub(crate) fn seconds(&self, name: &str) -> Option<i64> {
        self.claims.get(name).and_then(Value::as_i64)
    }

    /// The algorithm, where it is one that Okta takes and we can check. ES512 is the one missing.
    pub(crate) fn algorithm(&self) -> Option<Algorithm> {
        match self.header("alg")? {
            "RS256" => Some(Algorithm::RS256),
            "RS384" => Some(Algorithm::RS384),
            "RS512" => Some(Algorithm::RS512),
            "ES256" => Some(Algorithm::ES256),
            "ES384" => Some(Algorithm::ES384),
            _ => None,
        }
    }

    /// Whether this key signed it.
    pub(crate) fn signed_by(&self, key: &PublicKey) -> bool {
        let Some(algorithm) = self.algorithm() else { return false };
        let fits = match algorithm {
            Algorithm::ES256 => key.kind == "P-256",
            Algorithm::ES384 => key.kind == "P-384",
            _ => key.kind == "RSA",
        };
        provider();
        fits && crypto::verify(&self.signature, self.message.as_bytes(), &key.key, algorithm).unwrap_or(false)
    }
}

impl PublicKey {
    /// Reads a JWK. `None` for what is no key, no public key, or too weak: RSA keys have at least 2,048 bits.
    pub(crate) fn of(jwk: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let (kind, key) = match text("kty")? {
            "RSA" => {
                let modulus = un_base64(text("n")?)?;
                let strong = modulus.iter().skip_while(|byte| **byte == 0).count() >= 256;
                let key = DecodingKey::from_rsa_components(text("n")?, text("e")?).ok()?;
                ("RSA", strong.then_some(key)?)
            }
            "EC" => {
                let (kind, size) = match text("crv")? {
                    "P-256" => ("P-256", 32),
                    "P-384" => ("P-384", 48),
                    _ => return None,
                };
                let whole = un_base64(text("x")?)?.len() == size && un_base64(text("y")?)?.len() == size;
                (kind, whole.then(|| DecodingKey::from_ec_components(text("x")?, text("y")?).ok())??)
            }
            _ => return None,
        };
        Some(Self {
            jwk: jwk.clone(),
            kid: text("kid").unwrap_or_default().to_owned(),
            kind: kind.into(),
            key,
        })
    }
}

impl PublicKey {
    pub(crate) fn jwk(&self) -> &Map<String, Value> {
        &self.jwk
    }

    /// The length of an RSA key.
    pub(crate) fn rsa_bits(jwk: &Map<String, Value>) -> Option<usize> {
        let modulus = un_base64(jwk.get("n")?.as_str()?)?;
        let bytes = modulus.iter().skip_while(|byte| **byte == 0);
        let zeros = bytes.clone().next().map_or(0, |byte| byte.leading_zeros());
        Some((bytes.count() * 8).saturating_sub(usize::try_from(zeros).unwrap_or(0)))
    }
}

impl TryFrom<Map<String, Value>> for PublicKey {
    type Error = &'static str;

    fn try_from(jwk: Map<String, Value>) -> Result<Self, Self::Error> {
        Self::of(&jwk).ok_or("expected a public key as a JWK")
    }
}

impl From<PublicKey> for Map<String, Value> {
    fn from(key: PublicKey) -> Self {
        key.jwk
    }
}

/// The SHA-256 thumbprint of a JWK, RFC 7638: its required members in order, nothing else.
pub(crate) fn thumbprint(jwk: &Map<String, Value>) -> Option<String> {
    let members: &[&str] = match jwk.get("kty")?.as_str()? {
        "RSA" => &["e", "kty", "n"],
        "EC" => &["crv", "kty", "x", "y"],
        _ => return None,
    };
    let mut canonical = Map::new();
    for name in members {
        canonical.insert((*name).to_owned(), jwk.get(*name)?.clone());
    }
    // A `Map` keeps its members sorted, and the lists above are sorted, too.
    Some(base64(&sha256(Value::Object(canonical).to_string().as_bytes())))
}

/// Signs claims with the org's key.
pub(crate) fn sign(typ: Option<&str>, claims: &Value) -> String {
    static KEY: LazyLock<EncodingKey> = LazyLock::new(|| {
        EncodingKey::from_rsa_pem(test_keys::ORG_SIGNING_PEM.as_bytes())
            .expect("the embedded key is an RSA key")
    });
    provider();
    let mut header = json!({ "alg": "RS256", "kid": test_keys::ORG_SIGNING_KID });
    if let Some(typ) = typ {
        header["typ"] = typ.into();
    }
    let message =
        format!("{}.{}", base64(header.to_string().as_bytes()), base64(claims.to_string().as_bytes()));
    let signature = crypto::sign(message.as_bytes(), &KEY, Algorithm::RS256).expect("an RSA key signs RS256");
    format!("{message}.{signature}")
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn un_base64(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Says which cryptography to use. A program that links another crate with jsonwebtoken's other provider would leave
/// the choice open, and an open choice is a panic there.
fn provider() {
    static ONCE: Once = Once::new();
    // An error means that the program chose for itself, which is as good.
    ONCE.call_once(|| {
        let _ = crypto::aws_lc::DEFAULT_PROVIDER.install_default();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_org_signs_its_public_key_verifies_and_the_bytes_repeat() {
        let claims = json!({ "sub": "00u1" });
        let token = sign(Some("JWT"), &claims);
        assert_eq!(token, sign(Some("JWT"), &claims));
        let jwk: Value = serde_json::from_str(test_keys::ORG_SIGNING_JWK).expect("JSON");
        let key = PublicKey::of(jwk.as_object().expect("an object")).expect("a key");
        let jwt = Jwt::parse(&token).expect("a token");
        assert!(jwt.signed_by(&key) && jwt.claim("sub") == Some("00u1"));
        let (message, _) = token.rsplit_once('.').expect("a signature");
        for forged in [format!("{message}."), format!("{message}.AAAA"), format!("{message}.!")] {
            assert!(!Jwt::parse(&forged).expect("still a token").signed_by(&key));
        }
    }

    #[test]
    fn a_thumbprint_is_that_of_the_standards_example() {
        let jwk = json!({ "kty": "RSA", "kid": "2011-04-29", "alg": "RS256", "e": "AQAB",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw" });
        let print = thumbprint(jwk.as_object().expect("an object"));
        assert_eq!(
            print.as_deref(),
            Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
            "RFC 7638, section 3.1"
        );
    }

    #[test]
    fn what_is_no_token_or_no_key_is_none() {
        for text in ["", ".", "..", "a.b.c", "e30.e30", "e30.W10.x", &"a".repeat(20_000)] {
            assert!(Jwt::parse(text).is_none(), "{text:.20}");
        }
        for jwk in [
            json!({}),
            json!({ "kty": "oct", "k": "AAAA" }),
            json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" }),
            json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" }),
            json!({ "kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA" }),
        ] {
            assert!(PublicKey::of(jwk.as_object().expect("an object")).is_none(), "{jwk}");
        }
    }
}
