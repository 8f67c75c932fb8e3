//! Who asks at an OAuth endpoint: a client assertion (`private_key_jwt`) or a client secret, exactly one of them.
//!
//! Sources: guide "Implement OAuth for Okta with a service app"; the texts are those of Okta's error catalogue.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use http::header::AUTHORIZATION;
use subtle::ConstantTimeEq;

use super::OAuth;
use super::client::{Client, Kind};
use super::form::Form;
use super::jose::Jwt;
use super::refusal::Refusal;
use super::target::Targets;
use crate::org::id::Id;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How far ahead an assertion may expire.
const LONGEST_SECONDS: i64 = 3_600;

/// A client that proved who it is, and how.
#[derive(Debug)]
pub(crate) struct Proven {
    pub(crate) id: Id,
    pub(crate) method: &'static str,
}

impl OAuth {
    /// Authenticates the client. An assertion's `jti` is used up by passing here, whatever comes of the request.
    pub(super) fn client_of(
        &mut self,
        request: &Request<Bytes>,
        form: &Form,
        now: i64,
    ) -> Result<Proven, Refusal> {
        let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let ways =
            [header.is_some(), form.get("client_secret").is_some(), form.get("client_assertion").is_some()];
        if ways.iter().filter(|used| **used).count() > 1 {
            return Err(Refusal::new(
                401,
                "invalid_request",
                "Cannot supply multiple client credentials. Use one of the following: credentials in the \
                 Authorization header, credentials in the post body, or a client_assertion in the post body.",
            ));
        }
        if let Some(assertion) = form.get("client_assertion") {
            if form.get("client_assertion_type") != Some(ASSERTION_TYPE) {
                return Err(Refusal::request("The client_assertion_type is invalid."));
            }
            let targets = Targets::of(&self.base, request);
            return self.by_assertion(assertion, form.get("client_id"), &targets, now);
        }
        let (method, id, secret) = match header {
            Some(header) => {
                let wrong =
                    || Refusal::client("Found Authentication header but was not valid client credentials.");
                let (id, secret) = basic(header).ok_or_else(wrong)?;
                if form.get("client_id").is_some_and(|named| named != id) {
                    return Err(wrong());
                }
                ("client_secret_basic", id, secret)
            }
            None => {
                let id = form.get("client_id").map(str::to_owned);
                let secret = form.get("client_secret").map(str::to_owned);
                match (id, secret) {
                    (Some(id), Some(secret)) => ("client_secret_post", id, secret),
                    (Some(id), None)
                        if self.clients.get(id.as_str()).is_some_and(|it| it.method == "none") =>
                    {
                        return Ok(Proven { id: id.as_str().into(), method: "none" });
                    }
                    (Some(id), None) if !self.clients.contains_key(id.as_str()) => return Err(unknown()),
                    _ => return Err(Refusal::client("No client credentials found.")),
                }
            }
        };
        let client = self.clients.get(id.as_str()).ok_or_else(unknown)?;
        match client.usable_secret() {
            _ if client.kind == Kind::Service => Err(only_by_assertion()),
            Some(real) if bool::from(real.as_bytes().ct_eq(secret.as_bytes())) => {
                Ok(Proven { id: client.id.clone(), method })
            }
            Some(_) => {
                Err(Refusal::client("The client secret supplied for a confidential client is invalid."))
            }
            None => Err(Refusal::client(
                "Client authentication failed. Either the client or the client credentials are invalid.",
            )),
        }
    }

    /// Which client a request claims to be from, believed or not: rate limits count by it.
    pub(crate) fn claimed_client(&self, request: &Request<Bytes>) -> Option<Id> {
        let form = Form::of_query_and_body(request).ok()?;
        let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let id = match (form.get("client_assertion"), header.and_then(basic), form.get("client_id")) {
            (Some(assertion), ..) => Jwt::parse(assertion)?.claim("iss")?.to_owned(),
            (_, Some((id, _)), _) => id,
            (_, _, id) => id?.to_owned(),
        };
        self.clients.get(id.as_str()).map(|client| client.id.clone())
    }

    fn by_assertion(
        &mut self,
        assertion: &str,
        named: Option<&str>,
        targets: &Targets,
        now: i64,
    ) -> Result<Proven, Refusal> {
        let refuse = |text| Err(Refusal::client(text));
        let Some(jwt) = Jwt::parse(assertion) else {
            return refuse("The parsing of the client_assertion failed.");
        };
        if jwt.algorithm().is_none() {
            return refuse("The client_assertion JWT signature algorithm is invalid.");
        }
        let client = jwt.claim("iss").and_then(|iss| self.clients.get(iss));
        let Some(client) = client.filter(|client| named.is_none_or(|named| *client.id == *named)) else {
            return refuse("The issuer claim for client_assertion is not a valid client_id.");
        };
        if jwt.claim("sub") != Some(&client.id) {
            return refuse("The subject claim for client_assertion is not a valid client_id.");
        }
        check_signature(&jwt, client)?;
        let audience = jwt.claims.get("aud");
        let for_us = match audience {
            Some(serde_json::Value::Array(all)) => {
                all.iter().any(|aud| aud.as_str().is_some_and(|aud| targets.has(aud)))
            }
            Some(one) => one.as_str().is_some_and(|aud| targets.has(aud)),
            None => false,
        };
        if !for_us {
            return refuse(
                "The audience claim for client_assertion must be the endpoint invoked for the request.",
            );
        }
        let seconds = now.div_euclid(1_000);
        let Some(exp) = jwt.seconds("exp") else {
            return refuse("The client_assertion must contain the 'exp' claim as seconds since epoch.");
        };
        if exp <= seconds {
            return refuse("The client_assertion token is expired.");
        }
        if exp > seconds + LONGEST_SECONDS {
            return refuse("The client_assertion token has an expiration too far into the future.");
        }
        if jwt.claims.contains_key("iat") && jwt.seconds("iat").is_none_or(|iat| iat > seconds) {
            return refuse("The client_assertion token must be issued before the current time.");
        }
        let id = client.id.clone();
        if let Some(jti) = jwt.claims.get("jti") {
            let name = format!("{id}/{jti}");
            if !self.assertions.first(&name, exp.saturating_mul(1_000), now) {
                return refuse("The client_assertion token has already been used.");
            }
        }
        Ok(Proven { id, method: "private_key_jwt" })
    }
}

fn check_signature(jwt: &Jwt, client: &Client) -> Result<(), Refusal> {
    if client.usable_keys().is_empty() {
        return Err(Refusal::client(
            "The client does not have a JWKSet configured, but the client_assertion requires one.",
        ));
    }
    let key = match (jwt.header.get("kid"), client.usable_keys()) {
        // Several keys and no name: nothing says which one.
        (None, [only]) => Some(only),
        (None, _) => None,
        (Some(kid), keys) => keys.iter().find(|key| Some(key.kid.as_str()) == kid.as_str()),
    };
    let Some(key) = key else { return Err(Refusal::client("The client_assertion JWT kid is invalid.")) };
    if jwt.signed_by(key) {
        Ok(())
    } else {
        Err(Refusal::client("The client_assertion signature is invalid."))
    }
}

pub(super) fn only_by_assertion() -> Refusal {
    Refusal::client(
        "Client Credentials requests to the Org Authorization Server must use the private_key_jwt \
         token_endpoint_auth_method.",
    )
}

fn unknown() -> Refusal {
    Refusal::client("Invalid value for 'client_id' parameter.")
}

/// `Basic` credentials, each half form-encoded (RFC 6749, section 2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let plain = |half: &str| {
        url::form_urlencoded::parse(half.as_bytes())
            .next()
            .map(|(text, _)| text.into_owned())
            .unwrap_or_default()
    };
    Some((plain(id), plain(secret)))
}
