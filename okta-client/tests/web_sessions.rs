//! Web sessions that outlive the process, are shared by clones, and take the way of the client that they are used with.
#![cfg(feature = "oauth")]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use okta_client::credentials::{DpopKey, Tokens, WebApp, WebAppBuilder};
use okta_client::{Client, Error, Timestamp, transport};
use okta_mock::{OktaMock, RefreshRotation};
use secrecy::{ExposeSecret, SecretString};
use support::{TOKEN, Watched, client, org};

const HOUR: Duration = Duration::from_secs(3600);

fn rotating() -> OktaMock {
    let rotation = RefreshRotation::Rotate { leeway: Duration::from_secs(30) };
    org(OktaMock::builder().refresh_rotation(rotation))
}

fn describe(org: &OktaMock, watched: &Watched) -> WebAppBuilder {
    let known = org.web_app();
    WebApp::builder(org.url(), known.client_id, known.redirect_uri)
        .client_secret(known.client_secret)
        .scopes(["openid", "offline_access", "okta.users.read"])
        .transport(watched.clone())
}

async fn signed_in(org: &OktaMock, app: &WebApp) -> Tokens {
    let sign_in = app.sign_in().expect("random numbers");
    let back = org.sign_in(sign_in.url.as_str(), "me").expect("signed in");
    app.finish(&sign_in.pending, &back).await.expect("tokens")
}

async fn me(client: &Client) -> Result<String, Error> {
    Ok(client.users().get("me").await?.id.to_string())
}

/// What a program keeps of tokens, as text.
struct Stored {
    access: String,
    kind: String,
    expires_at: String,
    refresh: Option<String>,
}

impl Stored {
    fn of(tokens: &Tokens) -> Self {
        let text = |secret: &SecretString| secret.expose_secret().to_owned();
        Self {
            access: text(&tokens.access_token),
            kind: tokens.token_type.clone(),
            expires_at: tokens.expires_at.to_string(),
            refresh: tokens.refresh_token.as_ref().map(text),
        }
    }

    fn tokens(&self) -> Tokens {
        let expires_at = self.expires_at.parse().expect("a time");
        let mut tokens = Tokens::new(self.access.as_str(), self.kind.as_str(), expires_at);
        tokens.refresh_token = self.refresh.clone().map(SecretString::from);
        tokens
    }
}

#[tokio::test(start_paused = true)]
async fn tokens_that_were_stored_are_used_without_a_refresh_and_refreshed_when_they_end() {
    let org = rotating();
    let before = Watched::new(&org);
    let app = describe(&org, &before).build().expect("valid settings");
    let stored = Stored::of(&signed_in(&org, &app).await);

    let after = Watched::new(&org);
    let app = describe(&org, &after).build().expect("valid settings");
    let okta = client(&org, app.session(stored.tokens()), &after);
    me(&okta).await.expect("a user");
    assert!(after.to(TOKEN).is_empty(), "a restart costs nothing");
    tokio::time::sleep(HOUR).await;
    me(&okta).await.expect("refreshed");
    assert_eq!(after.token_answers(), [200]);
}

#[tokio::test(start_paused = true)]
async fn stored_tokens_that_have_ended_are_refreshed_before_anything_is_sent() {
    let org = rotating();
    let watched = Watched::new(&org);
    let app = describe(&org, &watched).build().expect("valid settings");
    let mut tokens = Stored::of(&signed_in(&org, &app).await).tokens();
    tokens.expires_at = Timestamp::from_millis(0).expect("a time");
    let ended = tokens.access_token.clone();
    me(&client(&org, app.session(tokens), &watched)).await.expect("refreshed");
    assert_eq!(watched.token_answers(), [200, 200]);
    let calls = watched.to("/api/v1/users/me");
    assert!(calls.len() == 1 && !calls[0].authorization.contains(ended.expose_secret()));
}

#[tokio::test(start_paused = true)]
async fn a_dpop_key_that_is_kept_carries_a_session_over_a_restart() {
    let org = rotating();
    let before = Watched::new(&org);
    let key = DpopKey::generate().expect("a key");
    let kept = key.to_jwk().expect("written");
    let app = describe(&org, &before).dpop_key(key).build().expect("valid settings");
    let stored = Stored::of(&signed_in(&org, &app).await);
    assert_eq!(stored.kind, "DPoP");

    let after = Watched::new(&org);
    let key = DpopKey::from_jwk(kept.expose_secret()).expect("read");
    let app = describe(&org, &after).dpop_key(key).build().expect("valid settings");
    let okta = client(&org, app.session(stored.tokens()), &after);
    me(&okta).await.expect("bound to a key that is still here");
    assert!(after.to(TOKEN).is_empty());
    tokio::time::sleep(HOUR).await;
    me(&okta).await.expect("refreshed");
    let keys = |watched: &Watched| {
        let seen = watched.seen.lock().expect("no panic").clone();
        let proofs = seen.into_iter().filter_map(|seen| seen.dpop);
        proofs.map(|proof| support::jwt(&proof).0["jwk"].clone()).collect::<Vec<_>>()
    };
    let (first, all) = (keys(&before)[0].clone(), [keys(&before), keys(&after)].concat());
    assert!(all.len() > 3 && all.iter().all(|key| *key == first), "one key before and after");
    assert!(first.get("d").is_none());

    // With another key the access token is refused, and the refresh token of a client with a secret brings one for that key.
    let (other, stored) = (Watched::new(&org), Stored::of(&signed_in(&org, &app).await));
    let app = describe(&org, &other).dpop().build().expect("valid settings");
    me(&client(&org, app.session(stored.tokens()), &other)).await.expect("refreshed");
    assert_eq!(other.token_answers().last(), Some(&200));
}

#[tokio::test(start_paused = true)]
async fn a_clone_made_before_the_hook_stores_what_it_refreshes() {
    let org = rotating();
    let watched = Watched::new(&org);
    let app = describe(&org, &watched).build().expect("valid settings");
    let session = app.session(signed_in(&org, &app).await);
    let early = session.clone();
    let stored: Arc<Mutex<Vec<String>>> = Arc::default();
    let session = session.on_refresh({
        let stored = Arc::clone(&stored);
        move |tokens: Tokens| {
            stored.lock().expect("no panic").extend(Stored::of(&tokens).refresh);
            async { Ok(()) }
        }
    });
    let okta = client(&org, early, &watched);
    tokio::time::sleep(HOUR).await;
    me(&okta).await.expect("refreshed");
    let newest = session.refresh_token().expect("kept");
    assert_eq!(*stored.lock().expect("no panic"), [newest.expose_secret()]);
}

#[tokio::test(start_paused = true)]
async fn a_session_refreshes_by_the_way_of_the_client_that_it_is_used_with() {
    let org = rotating();
    let apps_own = Watched::new(&org);
    let app = describe(&org, &apps_own).build().expect("valid settings");
    let session = app.session(signed_in(&org, &app).await);
    let clients = Watched::new(&org);
    let okta = client(&org, session, &clients);
    tokio::time::sleep(HOUR).await;
    me(&okta).await.expect("refreshed");
    assert_eq!((apps_own.token_answers().len(), clients.token_answers().len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_web_app_calls_itself_as_it_is_told_and_tries_as_often_as_it_is_told() {
    let agents: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&agents);
    let transport = transport::from_fn(move |request: http::Request<bytes::Bytes>| {
        let agent = request.headers()["user-agent"].to_str().expect("text").to_owned();
        seen.lock().expect("no panic").push(agent);
        let answer = http::Response::builder().status(503).body(bytes::Bytes::new());
        std::future::ready(answer.expect("an answer"))
    });
    let app = WebApp::builder("https://acme.okta.com", "0oa1", "https://app.example/callback")
        .client_secret("x")
        .user_agent("my-app/1.2")
        .max_attempts(2)
        .transport(transport)
        .build()
        .expect("valid settings");
    assert!(app.introspect("token").await.is_err());
    let own = format!("my-app/1.2 okta-client/{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(*agents.lock().expect("no panic"), [own.clone(), own]);
}
