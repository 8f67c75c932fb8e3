//! Failures in the middle of a life: a token that cannot be renewed, a refresh token that was used twice, every kind of error.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use http::{Request, Response};
use okta_client::credentials::{PrivateKey, ServiceApp, WebApp};
use okta_client::transport::{self, TransportError};
use okta_client::users::{Activation, NewUser, PasswordReset, TempPassword, UserProfile};
use okta_client::{Client, Error, Raw};
use okta_mock::RefreshRotation;
use secrecy::ExposeSecret;

use crate::scan::Scan;
use crate::support::TOKEN;
use crate::way::{SPOILT, exercise, org, way, way_when};

const HOUR: Duration = Duration::from_secs(3700);

#[tokio::test(start_paused = true)]
async fn xa02_xa15_a_token_that_cannot_be_renewed_is_printed_in_no_error() {
    let scan = Scan::default();
    let _guard = tracing::subscriber::set_default(scan.clone());
    let spoilt_token = SPOILT.iter().filter(|spoilt| spoilt.is_some_and(|(path, ..)| path == TOKEN));
    for spoilt in spoilt_token {
        for bound in [true, false] {
            let org = crate::support::org(okta_mock::OktaMock::builder().users(3));
            let known = org.service_app();
            let key = PrivateKey::from_pem(&known.private_key_pem).expect("a key").kid(&known.kid);
            let app = ServiceApp::new(&known.client_id, key, ["okta.users.read"]).expect("valid");
            let app = if bound { app } else { app.without_dpop() };
            let broken = Arc::new(AtomicBool::new(false));
            let transport = way_when(&org, &scan, *spoilt, Arc::clone(&broken));
            let client =
                Client::builder(org.url()).transport(transport).credential(app.clone()).max_attempts(2);
            let client = client.build().expect("valid settings");
            client.users().get("nobody").await.expect_err("found by nobody, asked for with a token");
            broken.store(true, Ordering::Relaxed);
            tokio::time::sleep(HOUR).await;
            let refused = client.users().get("nobody").await.expect_err("no new token");
            assert!(matches!(refused, Error::Credential { .. }), "{spoilt:?}: {refused:?}");
            scan.error(&refused);
            exercise(&scan, &client).await;
            scan.show(&app);
            scan.show(&client.rate_limits());
        }
    }
    assert!(scan.kinds.lock().expect("no panic").contains("Credential"));
    scan.assert_clean(50);
}

#[tokio::test(start_paused = true)]
async fn xa02_a_refresh_token_that_is_used_twice_is_printed_in_no_error() {
    let rotation = RefreshRotation::Rotate { leeway: Duration::from_secs(30) };
    let org = okta_mock::OktaMock::builder().users(3).refresh_rotation(rotation);
    let (scan, org) = (Scan::default(), crate::support::org(org));
    let _guard = tracing::subscriber::set_default(scan.clone());
    let known = org.web_app();
    let app = WebApp::builder(org.url(), &known.client_id, &known.redirect_uri).dpop();
    let app = app.client_secret(known.client_secret.as_str()).transport(way(&org, &scan, None));
    let app = app.scopes(["openid", "offline_access", "okta.users.read"]).build().expect("valid settings");
    let sign_in = app.sign_in().expect("random");
    let back = org.sign_in(sign_in.url.as_str(), "me").expect("signed in");
    let tokens = app.finish(&sign_in.pending, &back).await.expect("tokens");
    let first = tokens.refresh_token.expect("asked for");
    let client = |session| {
        let builder = Client::builder(org.url()).transport(way(&org, &scan, None)).credential(session);
        builder.max_attempts(2).build().expect("valid settings")
    };
    let (owner, thief) = (app.resume(first.expose_secret()), app.resume(first.expose_secret()));
    exercise(&scan, &client(owner.clone())).await;
    tokio::time::sleep(HOUR).await;
    // Long behind the grace period of the rotation: Okta revokes what came of the first token.
    for session in [thief, owner] {
        let refused = client(session.clone()).users().get("me").await.expect_err("revoked");
        assert_eq!((refused.is_unauthorized(), refused.okta_code()), (true, Some("invalid_grant")));
        scan.error(&refused);
        scan.show(&session);
    }
    scan.assert_clean(10);
}

#[tokio::test(start_paused = true)]
async fn xa02_errors_of_every_kind_are_scanned() {
    let (scan, org) = (Scan::default(), org());
    let token = org.api_token().to_owned();
    scan.secret(token.clone());
    for spoilt in SPOILT {
        let builder =
            Client::builder(org.url()).transport(way(&org, &scan, spoilt)).api_token(token.as_str());
        exercise(&scan, &builder.max_attempts(1).build().expect("valid settings")).await;
    }
    // Whatever the caller says, and whatever the server does, with the token in it.
    let own = |body: Result<String, &'static str>| {
        let link = format!("<{}/api/v1/users?after={token}>; rel=next", org.url());
        let transport = transport::from_fn(move |_: Request<Bytes>| {
            let answer = match &body {
                Ok(body) => Ok(Response::builder()
                    .header("link", &link)
                    .body(Bytes::from(body.clone()))
                    .expect("a response")),
                Err(why) => Err(TransportError::lost(*why)),
            };
            std::future::ready(answer)
        });
        let builder = Client::builder(org.url()).transport(transport).api_token(token.as_str());
        builder.max_attempts(1).max_body_bytes(100).build().expect("valid settings")
    };
    let mut told = Vec::new();
    for body in [
        Ok(format!("[{{\"id\":{{\"x\":\"{token}\"}}}}]")),
        Ok("[]".to_owned()),
        Ok(token.repeat(10)),
        Err("reset"),
    ] {
        let client = own(body);
        told.push(client.users().get(&token).await.map(drop));
        let all: Vec<_> = client.users().list().filter(token.as_str()).paginate().collect().await;
        told.extend(all.into_iter().map(|item| item.map(drop)));
        told.push(client.get::<()>(format!("/api/v1/{token}/{token}?{token}")).await.map(drop));
        told.push(client.get::<()>(format!("https://{token}.evil.example/{token}")).await.map(drop));
        told.push(
            client
                .logs()
                .poll(format!("/{token}").parse().map(okta_client::LogPosition::Cursor).expect("a cursor"))
                .send()
                .await
                .map(drop),
        );
    }
    told.push(Client::builder(org.url()).api_token(format!("{token}\n")).build().map(drop));
    told.push(
        Client::builder(format!("https://ada:{token}@acme.okta.com"))
            .api_token(token.as_str())
            .build()
            .map(drop),
    );
    told.push(Client::builder(format!("https://{token}\u{0}")).api_token(token.as_str()).build().map(drop));
    told.push(
        Client::builder(org.url())
            .api_token(token.as_str())
            .user_agent(format!("{token}\n"))
            .build()
            .map(drop),
    );
    told.push(
        Client::builder(org.url())
            .api_token(token.as_str())
            .root_certificates(token.as_str())
            .build()
            .map(drop),
    );
    for error in told.into_iter().filter_map(Result::err) {
        scan.error(&error);
    }
    let key = PrivateKey::from_pem("no key").expect_err("no key");
    scan.error(&key);
    let refused = ServiceApp::new(
        "0oa 1",
        PrivateKey::from_pem(&org.service_app().private_key_pem).expect("a key"),
        ["x"],
    );
    scan.error(&refused.expect_err("a space"));
    let app = ServiceApp::new(
        "0oa1",
        PrivateKey::from_pem(&org.service_app().private_key_pem).expect("a key"),
        ["x"],
    );
    let client = Client::builder(org.url()).transport(way(&org, &scan, None)).credential(app.expect("valid"));
    exercise(&scan, &client.max_attempts(1).build().expect("valid settings")).await;
    let kinds = scan.kinds.lock().expect("no panic").clone();
    let all = [
        "Api",
        "Config",
        "Credential",
        "Cursor",
        "Decode",
        "Paging",
        "RateLimited",
        "Redirect",
        "TooLarge",
        "Transport",
        "WouldWait",
    ];
    assert_eq!(kinds.iter().map(String::as_str).collect::<Vec<_>>(), all);
    scan.assert_clean(1);
}

/// What Okta hands out in answers, and what people send to it.
#[test]
fn xa01_passwords_and_links_that_are_as_good_as_passwords_are_not_shown() {
    let scan = Scan::default();
    for secret in ["correct horse battery", "Xy7-Tr0ub4dor3x9", "XE6wE17zmphl3KqAPFxO/welcome"] {
        scan.secret(secret);
        let document = format!(
            r#"{{"tempPassword":"{secret}","resetPasswordUrl":"{secret}","activationUrl":"{secret}","activationToken":"{secret}"}}"#
        );
        scan.show(&Raw::<TempPassword>::parse(document.clone()).expect("a document"));
        scan.show(&Raw::<PasswordReset>::parse(document.clone()).expect("a document"));
        scan.show(&Raw::<Activation>::parse(document).expect("a document"));
        scan.show(&NewUser::new(UserProfile::default()).password(secret));
    }
    scan.assert_clean(3);
}
