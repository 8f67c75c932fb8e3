//! How the tests sign and ask as an OAuth client would: assertions, DPoP proofs, token requests.
#![allow(dead_code, reason = "each test file uses its own part of it")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{Method, Request};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use okta_mock::OktaMock;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::asking::{Answer, send};

pub(crate) const BASE: &str = "http://127.0.0.1:1";
pub(crate) const TOKEN_URL: &str = "http://127.0.0.1:1/oauth2/v1/token";

/// A key of the tests alone, for DPoP proofs. Published, like all keys here.
const PUBLIC_TEST_DPOP_PEM: &str = "\
-----BEGIN PRIVATE KEY-----\n\
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgb06LvmXXqNSsQcx1\n\
9E1DLbL0hrSKwSQ0z9W9sz8PRd2hRANCAASc66Zljl2ZtNy5lGQsGe8HJwZRl7UU\n\
qL7jGlJ4k8wt1WfprAUN9TZwOyyb67hfe+8w7Pnru/kiGMiMpkXYO3CI\n\
-----END PRIVATE KEY-----\n";
const PUBLIC_TEST_DPOP_JWK: &str = r#"{"kty": "EC", "crv": "P-256", "x": "nOumZY5dmbTcuZRkLBnvBycGUZe1FKi-4xpSeJPMLdU", "y": "Z-msBQ31NnA7LJvruF977zDs-eu7-SIYyIymRdg7cIg"}"#;
/// Another one, which nothing is bound to.
const PUBLIC_TEST_OTHER_PEM: &str = "\
-----BEGIN PRIVATE KEY-----\n\
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgljIKmsTg3apOqLZZ\n\
5jsPqyuYa03WRlfsR1VVv+1XxOyhRANCAARXj824kEZwz2U1QDnzt1whb9/Jvn7E\n\
jo/VaRQeYKrsyhqcwLKiZyMMeDe+5VHou9/2kEQHlWwJo433OP06TTCd\n\
-----END PRIVATE KEY-----\n";
const PUBLIC_TEST_OTHER_JWK: &str = r#"{"kty": "EC", "crv": "P-256", "x": "V4_NuJBGcM9lNUA587dcIW_fyb5-xI6P1WkUHmCq7Mo", "y": "GpzAsqJnIwx4N77lUei73_aQRAeVbAmjjfc4_TpNMJ0"}"#;

pub(crate) fn base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A JWT of any header and claims.
pub(crate) fn sign(header: &Value, claims: &Value, key: &EncodingKey, algorithm: Algorithm) -> String {
    let message =
        format!("{}.{}", base64(header.to_string().as_bytes()), base64(claims.to_string().as_bytes()));
    let signature = crypto::sign(message.as_bytes(), key, algorithm).expect("a signature");
    format!("{message}.{signature}")
}

/// The claims of a JWT, unverified.
pub(crate) fn claims(token: &str) -> Value {
    let claims = token.split('.').nth(1).expect("a JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).expect("base64url")).expect("JSON")
}

/// A client assertion under construction: right as it is, until a test spoils it.
pub(crate) struct Assertion {
    pub(crate) header: Value,
    pub(crate) claims: Value,
    pem: String,
    algorithm: Algorithm,
}

impl Assertion {
    pub(crate) fn new(okta: &OktaMock, jti: &str) -> Self {
        let app = okta.service_app();
        let now = okta.clock().now_ms() / 1_000;
        Self {
            header: json!({ "alg": "RS256", "kid": app.kid }),
            claims: json!({
                "iss": app.client_id, "sub": app.client_id, "aud": TOKEN_URL, "iat": now, "exp": now + 300, "jti": jti,
            }),
            pem: app.private_key_pem,
            algorithm: Algorithm::RS256,
        }
    }

    /// Signed with the other key of the app.
    pub(crate) fn ec(okta: &OktaMock, jti: &str) -> Self {
        let (key, one) = (okta.service_app().ec_key, Self::new(okta, jti));
        let header = json!({ "alg": "ES256", "kid": key.kid });
        Self { header, pem: key.private_key_pem, algorithm: Algorithm::ES256, ..one }
    }

    pub(crate) fn claim(mut self, name: &str, value: Value) -> Self {
        self.claims[name] = value;
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.claims.as_object_mut().expect("an object").remove(name);
        self
    }

    pub(crate) fn header(mut self, name: &str, value: Value) -> Self {
        self.header[name] = value;
        self
    }

    pub(crate) fn without_kid(mut self) -> Self {
        self.header.as_object_mut().expect("an object").remove("kid");
        self
    }

    pub(crate) fn signed(&self) -> String {
        let key = match self.algorithm {
            Algorithm::ES256 => EncodingKey::from_ec_pem(self.pem.as_bytes()),
            _ => EncodingKey::from_rsa_pem(self.pem.as_bytes()),
        };
        sign(&self.header, &self.claims, &key.expect("a key"), self.algorithm)
    }
}

/// A DPoP proof under construction.
pub(crate) struct Proof {
    pub(crate) header: Value,
    pub(crate) claims: Value,
    pem: &'static str,
}

impl Proof {
    pub(crate) fn new(okta: &OktaMock, method: &str, htu: &str, jti: &str) -> Self {
        let jwk: Value = serde_json::from_str(PUBLIC_TEST_DPOP_JWK).expect("JSON");
        Self {
            header: json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": jwk }),
            claims: json!({ "htm": method, "htu": htu, "iat": okta.clock().now_ms() / 1_000, "jti": jti }),
            pem: PUBLIC_TEST_DPOP_PEM,
        }
    }

    /// For the token endpoint, with a nonce.
    pub(crate) fn at_token(okta: &OktaMock, jti: &str, nonce: &str) -> Self {
        Self::new(okta, "POST", TOKEN_URL, jti).claim("nonce", nonce.into())
    }

    /// For a resource, with the hash of the token.
    pub(crate) fn at(okta: &OktaMock, path: &str, jti: &str, token: &str) -> Self {
        let ath = base64(&Sha256::digest(token.as_bytes()));
        Self::new(okta, "GET", &format!("{BASE}{path}"), jti).claim("ath", ath.into())
    }

    /// By a key that no token is bound to.
    pub(crate) fn by_another_key(mut self) -> Self {
        self.header["jwk"] = serde_json::from_str(PUBLIC_TEST_OTHER_JWK).expect("JSON");
        self.pem = PUBLIC_TEST_OTHER_PEM;
        self
    }

    pub(crate) fn claim(mut self, name: &str, value: Value) -> Self {
        self.claims[name] = value;
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.claims.as_object_mut().expect("an object").remove(name);
        self
    }

    pub(crate) fn header(mut self, name: &str, value: Value) -> Self {
        self.header[name] = value;
        self
    }

    pub(crate) fn signed(&self) -> String {
        let key = EncodingKey::from_ec_pem(self.pem.as_bytes()).expect("a key");
        sign(&self.header, &self.claims, &key, Algorithm::ES256)
    }
}

/// Posts a form.
pub(crate) async fn form(
    okta: &OktaMock,
    path: &str,
    headers: &[(&str, &str)],
    fields: &[(&str, &str)],
) -> Answer {
    let body =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields.iter().copied()).finish();
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(okta, request.body(Bytes::from(body)).expect("a request")).await
}

/// Asks for a token with this assertion.
pub(crate) async fn exchange(
    okta: &OktaMock,
    assertion: &str,
    scope: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let fields = [
        ("grant_type", "client_credentials"),
        ("scope", scope),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
    ];
    form(okta, "/oauth2/v1/token", headers, &fields).await
}

/// A bearer token of the service app.
pub(crate) async fn bearer(okta: &OktaMock, jti: &str, scope: &str) -> String {
    let answer = exchange(okta, &Assertion::new(okta, jti).signed(), scope, &[]).await;
    assert_eq!(answer.status, 200, "{:?}", answer.bytes);
    answer.json()["access_token"].as_str().expect("a token").to_owned()
}

/// A GET with these headers.
pub(crate) async fn get_with(okta: &OktaMock, target: &str, headers: &[(&str, &str)]) -> Answer {
    call_with(okta, Method::GET, target, headers).await
}

pub(crate) async fn call_with(
    okta: &OktaMock,
    method: Method,
    target: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(okta, request.body(Bytes::new()).expect("a request")).await
}

/// Status, `error` and `error_description` of an OAuth error answer.
pub(crate) fn refusal(answer: &Answer) -> (u16, String, String) {
    let body = answer.json();
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    (answer.status, text("error"), text("error_description"))
}
