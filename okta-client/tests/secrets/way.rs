//! A way to an org that sends everything it gets back in every place an answer has.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Method, Request, Response};
use okta_client::transport::{self, Transport};
use okta_client::{Client, Error};
use okta_mock::OktaMock;

use crate::scan::Scan;
use crate::support::{self, TOKEN};

/// An answer that holds `secret` wherever an answer can hold a text; but for the error code, if there is one.
fn echo(status: u16, code: &str, secret: &str) -> Response<Bytes> {
    let code = if code.is_empty() { secret } else { code };
    let body = format!(
        r#"{{"errorCode":"{code}","errorSummary":"{secret}","errorId":"{secret}","error":"{code}","error_description":"{secret}","errorCauses":[{{"errorSummary":"{secret}"}}],"access_token":{{"x":"{secret}"}},"id":{{"x":"{secret}"}}}}"#
    );
    // A piece as long as a real id, from the middle: the beginnings of two JWTs are alike.
    let id: String = secret.chars().skip(secret.len() / 2).take(32).collect();
    Response::builder()
        .status(status)
        .header("x-okta-request-id", id)
        .header("location", format!("https://evil.example/{secret}?{secret}"))
        .header("link", format!("<https://evil.example/{secret}?after={secret}>; rel=\"next\""))
        .header("dpop-nonce", secret)
        .header("www-authenticate", format!("DPoP error=\"{code}\", error_description=\"{secret}\""))
        .body(body.into())
        .expect("a response")
}

/// The parts of a request that are secrets.
fn secrets_of(request: &Request<Bytes>) -> Vec<String> {
    let mut secrets = Vec::new();
    for name in ["authorization", "dpop"] {
        let value = request.headers().get(name);
        assert!(
            value.is_none_or(http::HeaderValue::is_sensitive),
            "xa06: whoever prints headers prints no {name}"
        );
        let value = value.map(|value| value.to_str().expect("text"));
        let value = value.map(|value| value.rsplit(' ').next().expect("a secret").to_owned());
        // Whoever receives `Basic` credentials can read them.
        let pair = value.as_ref().and_then(|value| STANDARD.decode(value).ok());
        let pair = pair.and_then(|pair| String::from_utf8(pair).ok());
        secrets.extend(pair.and_then(|pair| Some(pair.split_once(':')?.1.to_owned())));
        secrets.extend(value);
    }
    for (name, value) in url::form_urlencoded::parse(request.body()) {
        let secret = ["client_assertion", "refresh_token", "code", "code_verifier", "token"];
        if secret.contains(&&*name) {
            secrets.push(value.into_owned());
        }
    }
    secrets
}

/// A way to the org that writes every secret down. What `spoilt` names is answered by an echo.
pub(crate) fn way(org: &OktaMock, scan: &Scan, spoilt: Spoilt) -> impl Transport + Clone {
    way_when(org, scan, spoilt, Arc::new(AtomicBool::new(true)))
}

/// The same, while the switch is on.
pub(crate) fn way_when(
    org: &OktaMock,
    scan: &Scan,
    spoilt: Spoilt,
    switch: Arc<AtomicBool>,
) -> impl Transport + Clone {
    let (service, scan) = (org.service(), scan.clone());
    Arc::new(transport::from_fn(move |request: Request<Bytes>| {
        let secrets = secrets_of(&request);
        for secret in &secrets {
            // Header and claims of a signed text are no secrets by themselves, but nobody needs them printed.
            scan.secret(secret.clone());
        }
        let hit = spoilt.filter(|(prefix, ..)| request.uri().path().starts_with(prefix));
        let hit = hit.filter(|_| switch.load(Ordering::Relaxed));
        let answer = hit.map(|(_, status, code)| echo(status, code, &secrets.join("/")));
        let (service, scan) = (service.clone(), scan.clone());
        async move {
            let answer = match answer {
                Some(answer) => answer,
                None => service.call(request).await,
            };
            if let Ok(serde_json::Value::Object(body)) = serde_json::from_slice(answer.body()) {
                for name in ["access_token", "refresh_token", "id_token"] {
                    if let Some(token) = body.get(name).and_then(serde_json::Value::as_str) {
                        scan.secret(token);
                    }
                }
            }
            answer
        }
    }))
}

/// What a client may be asked to do, with everything printed that comes of it.
pub(crate) async fn exercise(scan: &Scan, client: &Client) {
    scan.show(client);
    let error = |outcome: Result<(), Error>| {
        if let Err(error) = outcome {
            scan.error(&error);
        }
    };
    for _ in 0..2 {
        error(client.users().get("me").await.map(|_| ()));
        error(client.users().list().paginate().collect_all().await.map(|_| ()));
        error(client.max_wait(Duration::ZERO).users().get("me").await.map(|_| ()));
        let mut pages = client.groups().list().paginate().pages();
        scan.show(&futures::StreamExt::next(&mut pages).await);
        scan.show(&pages);
        let request = client.request(Method::POST, "/api/v1/groups").json(&"x");
        scan.show(&request);
        error(request.send().await.map(|response| scan.show(&response)));
    }
}

/// The beginning of a path, the status that it is answered with, and the error code; none is the secret itself.
pub(crate) type Spoilt = Option<(&'static str, u16, &'static str)>;

/// Every way to spoil an answer.
pub(crate) const SPOILT: [Spoilt; 21] = [
    None,
    Some(("/api/", 200, "")),
    Some(("/api/", 302, "")),
    Some(("/api/", 400, "")),
    Some(("/api/", 401, "")),
    Some(("/api/", 401, "invalid_token")),
    Some(("/api/", 401, "use_dpop_nonce")),
    Some(("/api/", 401, "invalid_dpop_proof")),
    Some(("/api/", 401, "E0000011")),
    Some(("/api/", 429, "")),
    Some(("/api/", 503, "")),
    Some((TOKEN, 200, "")),
    Some((TOKEN, 302, "")),
    Some((TOKEN, 400, "")),
    Some((TOKEN, 400, "use_dpop_nonce")),
    Some((TOKEN, 400, "invalid_dpop_proof")),
    Some((TOKEN, 400, "invalid_grant")),
    Some((TOKEN, 401, "")),
    Some((TOKEN, 401, "invalid_client")),
    Some((TOKEN, 429, "")),
    Some((TOKEN, 503, "")),
];

pub(crate) fn org() -> OktaMock {
    support::org(OktaMock::builder().users(3).require_dpop(true))
}
