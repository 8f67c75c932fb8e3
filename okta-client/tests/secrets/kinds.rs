//! Every kind of credential, with every answer that may come.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use futures::future::BoxFuture;
use http::Method;
use okta_client::Client;
use okta_client::credentials::{
    Authorization, Credential, CredentialError, Form, Org, PrivateKey, ServiceApp, WebApp,
};
use secrecy::ExposeSecret;

use crate::scan::Scan;
use crate::support::printed;
use crate::way::{SPOILT, exercise, org, way};

#[tokio::test(start_paused = true)]
async fn a07_xa01_xa02_xa06_no_fixed_token_is_printed() {
    let (scan, org) = (Scan::default(), org());
    let _guard = tracing::subscriber::set_default(scan.clone());
    for spoilt in SPOILT {
        for bearer in [false, true] {
            let builder = Client::builder(org.url()).transport(way(&org, &scan, spoilt)).max_attempts(2);
            let secret = if bearer { "eyJraWQiOiJ4UVdF0AZ1nOtReal" } else { org.api_token() };
            scan.secret(secret);
            let builder = if bearer { builder.bearer_token(secret) } else { builder.api_token(secret) };
            scan.show(&builder);
            exercise(&scan, &builder.build().expect("valid settings")).await;
        }
    }
    let (header, secret) = ("a-header-worth-hiding", "a-secret-worth-hiding");
    scan.secret(header);
    scan.secret(secret);
    let hook = okta_client::event_hooks::NewEventHook::new("Ingest", "https://x.example/events", &[]);
    scan.show(&hook.header("X-Key", header).secret("Authorization", secret));
    scan.assert_clean(20);
}

#[tokio::test(start_paused = true)]
async fn xa14_no_private_key_assertion_proof_or_access_token_is_printed() {
    let (scan, org) = (Scan::default(), org());
    let _guard = tracing::subscriber::set_default(scan.clone());
    let known = org.service_app();
    let pem: String = known.private_key_pem.lines().filter(|line| !line.starts_with('-')).collect();
    scan.secret(pem);
    for member in ["d", "p", "q", "dp", "dq", "qi"] {
        scan.secret(known.private_key_jwk[member].as_str().expect("a member"));
    }
    let pem = || PrivateKey::from_pem(&known.private_key_pem).expect("a key").kid(&known.kid);
    let jwk = || PrivateKey::from_jwk(&known.private_key_jwk.to_string()).expect("a key");
    scan.secret(known.ec_key.private_key_jwk["d"].as_str().expect("a member"));
    let ec = || PrivateKey::from_jwk(&known.ec_key.private_key_jwk.to_string()).expect("a key");
    for spoilt in SPOILT {
        for (key, bound) in [(pem(), true), (pem(), false), (jwk(), true), (ec(), true)] {
            scan.show(&key);
            let app = ServiceApp::new(&known.client_id, key, ["okta.users.read"]).expect("valid");
            let app = if bound { app } else { app.without_dpop() };
            scan.show(&app);
            let builder = Client::builder(org.url()).transport(way(&org, &scan, spoilt));
            let builder = builder.credential(app.clone()).max_attempts(2);
            scan.show(&builder);
            exercise(&scan, &builder.build().expect("valid settings")).await;
            scan.show(&app);
        }
    }
    scan.assert_clean(100);
}

#[tokio::test(start_paused = true)]
async fn xa02_no_client_secret_code_refresh_token_or_verifier_is_printed() {
    let (scan, known) = (Scan::default(), org().web_app());
    let _guard = tracing::subscriber::set_default(scan.clone());
    scan.secret(known.client_secret.clone());
    for spoilt in SPOILT {
        let org = org();
        // Signs in undisturbed, and then lives with the spoilt answers.
        let describe = |spoilt| {
            let app = WebApp::builder(org.url(), &known.client_id, &known.redirect_uri);
            let app =
                app.client_secret(known.client_secret.as_str()).dpop().transport(way(&org, &scan, spoilt));
            app.scopes(["openid", "offline_access", "okta.users.read"])
        };
        scan.show(&describe(None));
        let app = describe(None).build().expect("valid settings");
        let sign_in = app.sign_in().expect("random");
        for part in sign_in.pending.keep().split('.') {
            scan.secret(part);
        }
        scan.show(&sign_in);
        scan.show(&sign_in.pending);
        let back = org.sign_in(sign_in.url.as_str(), "me").expect("signed in");
        let tokens = app.finish(&sign_in.pending, &back).await.expect("tokens");
        scan.show(&tokens);
        let spoilt_app = describe(spoilt).build().expect("valid settings");
        scan.show(&spoilt_app);
        let refused = spoilt_app.finish(&sign_in.pending, &back).await.expect_err("used");
        scan.print(printed(&refused));
        let refresh = tokens.refresh_token.clone().expect("asked for");
        for session in [spoilt_app.session(tokens.clone()), spoilt_app.resume(refresh.expose_secret())] {
            let session = session.on_refresh(|_| async { Err("the disk is full".into()) });
            scan.show(&session);
            let builder = Client::builder(org.url()).transport(way(&org, &scan, spoilt));
            let client = builder.credential(session.clone()).max_attempts(2).build().expect("valid settings");
            exercise(&scan, &client).await;
            scan.show(&session);
        }
        for token in [&tokens.access_token, &refresh] {
            match spoilt_app.introspect(token.expose_secret()).await {
                Ok(told) => scan.show(&told),
                Err(error) => scan.print(printed(&error)),
            }
            if let Err(error) = spoilt_app.revoke(token.expose_secret()).await {
                scan.print(printed(&error));
            }
        }
    }
    scan.assert_clean(100);
}

/// A credential of a user's own, that fails while it holds its secret.
struct Own {
    secret: &'static str,
    how: How,
}

#[derive(Clone, Copy)]
enum How {
    Sends,
    Fails,
    Panics,
}

impl Credential for Own {
    fn authorize<'a>(
        &'a self,
        _: &'a Org,
        _: &'a Method,
        _: &'a url::Url,
    ) -> BoxFuture<'a, Result<Authorization, CredentialError>> {
        Box::pin(async move {
            let made = Authorization::new("Bearer", self.secret);
            match self.how {
                How::Sends => made,
                How::Fails => Authorization::new("Bearer", &format!("{} and more", self.secret)),
                How::Panics => panic!("no header of {:?}", made.expect("a header")),
            }
        })
    }
}

#[tokio::test(start_paused = true)]
async fn xa07_no_panic_with_a_secret_at_hand_shows_it() {
    let (scan, org) = (Scan::default(), org());
    let _guard = tracing::subscriber::set_default(scan.clone());
    let secret = "0wnS3cretT0ken1234";
    scan.secret(secret);
    // The hook sees what a crash report would.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new({
        let scan = scan.clone();
        move |info| scan.print(format!("{info} {info:?} {}", std::backtrace::Backtrace::force_capture()))
    }));
    for how in [How::Sends, How::Fails, How::Panics] {
        let builder =
            Client::builder(org.url()).transport(way(&org, &scan, None)).credential(Own { secret, how });
        scan.show(&builder);
        let client = builder.build().expect("valid settings");
        scan.show(&client);
        let call = AssertUnwindSafe(client.users().get("me")).catch_unwind().await.map_err(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            scan.print(text.unwrap_or_default());
        });
        match call {
            Ok(outcome) => scan.print(printed(&outcome.expect_err("refused"))),
            Err(()) => assert!(matches!(how, How::Panics)),
        }
    }
    std::panic::set_hook(hook);
    scan.show(&Form::new().field("client_secret", secret).authorization("Basic", secret).expect("a form"));
    assert!(scan.printed.lock().expect("no panic").contains("no header of Authorization(***)"));
    scan.assert_clean(1);
}
