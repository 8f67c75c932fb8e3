//! How the tests play the web app: authorize URLs, codes, tokens.
#![allow(dead_code, reason = "each test file uses its own part of it")]

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use okta_mock::{Builder, OktaMock, RefreshRotation};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::asking::{Answer, get, org};
use crate::signing::{self, base64, form, get_with};

pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// The parameters of a good authorize request.
pub(crate) fn parameters(okta: &OktaMock, scope: &str) -> Vec<(String, String)> {
    let app = okta.web_app();
    let challenge = base64(&Sha256::digest(VERIFIER.as_bytes()));
    [
        ("client_id", app.client_id.as_str()),
        ("redirect_uri", app.redirect_uri.as_str()),
        ("response_type", "code"),
        ("scope", scope),
        ("state", "s t&te"),
        ("nonce", "n0nce"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

pub(crate) fn url(parameters: &[(String, String)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{}/oauth2/v1/authorize?{query}", signing::BASE)
}

/// The parameters that a redirect brings back to the app.
pub(crate) fn brought(location: &str) -> Vec<(String, String)> {
    url::Url::parse(location).expect("a URL").query_pairs().into_owned().collect()
}

pub(crate) fn parameter(location: &str, name: &str) -> String {
    brought(location).into_iter().find(|(key, _)| key == name).map(|(_, value)| value).unwrap_or_default()
}

/// The login of the org's admin, and of somebody who is none.
pub(crate) async fn logins(okta: &OktaMock) -> (String, String) {
    let rows = get(okta, "/api/v1/users").await.rows();
    let login = |n: usize| rows[n]["profile"]["login"].as_str().expect("a login").to_owned();
    (login(0), login(1))
}

pub(crate) async fn code(okta: &OktaMock, scope: &str) -> String {
    let location = okta.sign_in(&url(&parameters(okta, scope)), &logins(okta).await.0).expect("a redirect");
    parameter(&location, "code")
}

pub(crate) fn basic(okta: &OktaMock) -> String {
    let app = okta.web_app();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", app.client_id, app.client_secret)))
}

pub(crate) async fn token(okta: &OktaMock, fields: &[(&str, &str)]) -> Answer {
    form(okta, "/oauth2/v1/token", &[("authorization", &basic(okta))], fields).await
}

pub(crate) async fn redeem(okta: &OktaMock, code: &str) -> Answer {
    let redirect = okta.web_app().redirect_uri;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect.as_str()),
        ("code_verifier", VERIFIER),
    ];
    token(okta, &fields).await
}

pub(crate) async fn refresh(okta: &OktaMock, refresh_token: &str) -> Answer {
    token(okta, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
}

pub(crate) fn text(answer: &Answer, name: &str) -> String {
    answer.json()[name].as_str().unwrap_or_default().to_owned()
}

/// Signs in and redeems the code.
pub(crate) async fn signed_in(okta: &OktaMock, scope: &str) -> Answer {
    let answer = redeem(okta, &code(okta, scope).await).await;
    assert_eq!(answer.status, 200, "{:?}", answer.bytes);
    answer
}

pub(crate) async fn status(okta: &OktaMock, access: &str) -> u16 {
    get_with(okta, "/api/v1/users", &[("authorization", &format!("Bearer {access}"))]).await.status
}

pub(crate) async fn introspect(okta: &OktaMock, token: &str) -> Value {
    let answer =
        form(okta, "/oauth2/v1/introspect", &[("authorization", &basic(okta))], &[("token", token)]).await;
    assert_eq!(answer.status, 200);
    answer.json()
}

pub(crate) fn rotating() -> Builder {
    org().refresh_rotation(RefreshRotation::Rotate { leeway: Duration::from_secs(30) })
}
