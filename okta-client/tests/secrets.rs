//! Nothing that the client prints holds a piece of a secret: not an error, not a Debug, not a span or event at any level, not a panic. For
//! every kind of credential, against an org that sends everything it gets back in every place an answer has.
#![cfg(feature = "oauth")]

mod support;

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Method, Request, Response};
use okta_client::credentials::{
    Authorization, Credential, CredentialError, Form, Org, PrivateKey, ServiceApp, WebApp,
};
use okta_client::transport::{self, Transport};
use okta_client::{Client, Error};
use okta_mock::OktaMock;
use proptest::prelude::*;
use secrecy::ExposeSecret;
use support::{TOKEN, printed};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// All that was printed, and all that must not be in it.
#[derive(Clone, Default)]
struct Scan {
    printed: Arc<Mutex<String>>,
    secrets: Arc<Mutex<Vec<String>>>,
    /// Names of spans, and of fields of spans and events.
    names: Arc<Mutex<BTreeSet<&'static str>>>,
}

/// As many characters in a row give a secret away.
const PIECE: usize = 8;

impl Scan {
    fn print(&self, text: impl AsRef<str>) {
        let mut printed = self.printed.lock().expect("no panic");
        printed.push_str(text.as_ref());
        printed.push('\n');
    }

    fn show(&self, value: &dyn std::fmt::Debug) {
        self.print(format!("{value:?} {value:#?}"));
    }

    fn secret(&self, text: impl Into<String>) {
        self.secrets.lock().expect("no panic").push(text.into());
    }

    /// Fails with the secret's beginning, and where it was printed.
    fn assert_clean(&self, least_secrets: usize) {
        let printed = self.printed.lock().expect("no panic");
        let secrets = self.secrets.lock().expect("no panic");
        assert!(secrets.len() >= least_secrets, "only {} secrets were looked for", secrets.len());
        let pieces: HashSet<&[u8]> = printed.as_bytes().windows(PIECE).collect();
        for secret in secrets.iter() {
            assert!(secret.len() >= PIECE, "too short to be found");
            if let Some(piece) = secret.as_bytes().windows(PIECE).find(|piece| pieces.contains(piece)) {
                let piece = String::from_utf8_lossy(piece);
                let found = printed.find(&*piece).unwrap_or_default();
                let around: String = printed.chars().skip(found.saturating_sub(200)).take(300).collect();
                panic!("a piece of a secret, {piece:?}, in: {around}");
            }
        }
    }
}

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, " {field}={value:?}").expect("memory");
    }
}

impl Subscriber for Scan {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let fields = span.metadata().fields();
        self.names.lock().expect("no panic").extend(fields.iter().map(|field| field.name()));
        self.names.lock().expect("no panic").insert(span.metadata().name());
        let mut printed = self.printed.lock().expect("no panic");
        printed.push_str(span.metadata().name());
        span.record(&mut Line(&mut printed));
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Line(&mut self.printed.lock().expect("no panic")));
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        self.names
            .lock()
            .expect("no panic")
            .extend(event.metadata().fields().iter().map(|field| field.name()));
        event.record(&mut Line(&mut self.printed.lock().expect("no panic")));
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// An answer that holds `secret` wherever an answer can hold a text.
fn echo(status: u16, secret: &str) -> Response<Bytes> {
    let body = format!(
        r#"{{"errorCode":"{secret}","errorSummary":"{secret}","errorId":"{secret}","error":"{secret}","error_description":"{secret}","errorCauses":[{{"errorSummary":"{secret}"}}],"access_token":{{"x":"{secret}"}},"id":{{"x":"{secret}"}}}}"#
    );
    // A piece as long as a real id, from the middle: the beginnings of two JWTs are alike.
    let id: String = secret.chars().skip(secret.len() / 2).take(32).collect();
    Response::builder()
        .status(status)
        .header("x-okta-request-id", id)
        .header("location", format!("https://evil.example/{secret}?{secret}"))
        .header("link", format!("<https://evil.example/{secret}?after={secret}>; rel=\"next\""))
        .header("www-authenticate", format!("DPoP error=\"{secret}\", error_description=\"{secret}\""))
        .body(body.into())
        .expect("a response")
}

/// The parts of a request that are secrets.
fn secrets_of(request: &Request<Bytes>) -> Vec<String> {
    let mut secrets = Vec::new();
    for name in ["authorization", "dpop"] {
        let value = request.headers().get(name).map(|value| value.to_str().expect("text"));
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
fn way(org: &OktaMock, scan: &Scan, spoilt: Option<(&'static str, u16)>) -> impl Transport + Clone {
    let (service, scan) = (org.service(), scan.clone());
    Arc::new(transport::from_fn(move |request: Request<Bytes>| {
        let secrets = secrets_of(&request);
        for secret in &secrets {
            // Header and claims of a signed text are no secrets by themselves, but nobody needs them printed.
            scan.secret(secret.clone());
        }
        let hit = spoilt.filter(|(prefix, _)| request.uri().path().starts_with(prefix));
        let answer = hit.map(|(_, status)| echo(status, &secrets.join("/")));
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
async fn exercise(scan: &Scan, client: &Client) {
    scan.show(client);
    let error = |outcome: Result<(), Error>| {
        if let Err(error) = outcome {
            scan.print(printed(&error));
            scan.print(format!("{:?} {:?} {:?}", error.okta_code(), error.request_id(), error.retry()));
        }
    };
    for _ in 0..2 {
        error(client.users().get("me").await.map(|_| ()));
        error(client.users().list().paginate().collect_all().await.map(|_| ()));
        let mut pages = client.groups().list().paginate().pages();
        scan.show(&futures::StreamExt::next(&mut pages).await);
        scan.show(&pages);
        let request = client.request(Method::POST, "/api/v1/groups").json(&"x");
        scan.show(&request);
        error(request.send().await.map(|response| scan.show(&response)));
    }
}

/// Every way to spoil an answer.
const SPOILT: [Option<(&str, u16)>; 12] = [
    None,
    Some(("/api/", 200)),
    Some(("/api/", 302)),
    Some(("/api/", 400)),
    Some(("/api/", 401)),
    Some(("/api/", 429)),
    Some((TOKEN, 200)),
    Some((TOKEN, 302)),
    Some((TOKEN, 400)),
    Some((TOKEN, 401)),
    Some((TOKEN, 429)),
    Some((TOKEN, 503)),
];

fn org() -> OktaMock {
    support::org(OktaMock::builder().users(3).require_dpop(true))
}

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
    scan.show(&hook.header("X-Key", header).secret("Authorization", secret.to_owned().into()));
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
    for spoilt in SPOILT {
        for key in [pem(), jwk()] {
            scan.show(&key);
            let app = ServiceApp::new(&known.client_id, key, ["okta.users.read"]).expect("valid");
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
            let app = app.client_secret(&known.client_secret).dpop().transport(way(&org, &scan, spoilt));
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
async fn xa16_spans_and_events_have_the_fields_that_are_documented_and_no_other() {
    let (scan, org) = (Scan::default(), org());
    let _guard = tracing::subscriber::set_default(scan.clone());
    let known = org.service_app();
    let login = "ada.lovelace@example.com";
    scan.secret(login);
    for spoilt in SPOILT {
        let key = PrivateKey::from_pem(&known.private_key_pem).expect("a key").kid(&known.kid);
        // One scope that is not granted, so that there is something to tell.
        let app = ServiceApp::new(&known.client_id, key, ["okta.users.read", "okta.networkZones.read"])
            .expect("valid");
        let builder = Client::builder(org.url()).transport(way(&org, &scan, spoilt)).credential(app);
        let client = builder.max_attempts(2).build().expect("valid settings");
        // What people write: a login as an id, a filter, a path of their own. It is in no span, whatever comes of the call.
        for outcome in [
            client.users().get(login).await.map(|_| ()),
            client.users().list().filter(login).paginate().collect_all().await.map(|_| ()),
            client.get::<serde_json::Value>(format!("/api/v1/{login}?x={login}")).await.map(|_| ()),
        ] {
            scan.print(outcome.err().map(|error| printed(&error)).unwrap_or_default());
        }
    }
    let names = scan.names.lock().expect("no panic").clone();
    let documented = [
        "attempt",
        "error.type",
        "http.request.method",
        "http.response.status_code",
        "items",
        "message",
        "okta.bucket",
        "okta.listing",
        "okta.page",
        "okta.request",
        "okta.request_id",
        "okta.token",
        "okta.wait",
        "page",
        "scopes",
        "url.template",
        "wait_ms",
    ];
    let own = names.iter().filter(|name| !name.starts_with("log.")).copied();
    assert_eq!(own.collect::<Vec<_>>(), documented);
    scan.assert_clean(1);
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

/// A key with a few characters changed, cut or doubled.
fn spoilt_key() -> impl Strategy<Value = String> {
    let known = OktaMock::builder().in_process().service_app();
    let good = vec![
        known.private_key_pem,
        known.private_key_jwk.to_string(),
        known.ec_key.private_key_pem,
        known.ec_key.private_key_jwk.to_string(),
    ];
    let edit = (any::<prop::sample::Selector>(), 0..4_u8, any::<char>());
    (prop::sample::select(good), prop::collection::vec(edit, 1..4)).prop_map(|(mut key, edits)| {
        for (at, kind, letter) in edits {
            let Some((place, _)) = at.try_select(key.char_indices()) else { continue };
            match kind {
                0 => key.truncate(place),
                1 => key.insert(place, letter),
                2 => drop(key.remove(place)),
                _ => key = key.split_off(place),
            }
        }
        key
    })
}

proptest! {
    #[test]
    fn xa14_a_key_that_is_spoilt_is_read_or_refused_and_never_shown(text in spoilt_key()) {
        let shown = match PrivateKey::from_text_or_file(&text) {
            Ok(key) => format!("{key:?} {key:#?}"),
            Err(error) => printed(&error),
        };
        let pieces: HashSet<&[u8]> = shown.as_bytes().windows(PIECE).collect();
        // Words of a key's frame are words of messages, too; what is secret is longer than any of them.
        let secret = text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| word.len() > 24);
        for word in secret {
            prop_assert!(!word.as_bytes().windows(PIECE).any(|piece| pieces.contains(piece)), "{}", shown);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_scan_finds_what_it_looks_for() {
    let scan = Scan::default();
    scan.secret("0123456789abcdef");
    scan.print("… 456789ab …");
    let found = std::panic::catch_unwind(AssertUnwindSafe(|| scan.assert_clean(1)));
    assert!(found.is_err());
    tokio::time::sleep(Duration::ZERO).await;
}
