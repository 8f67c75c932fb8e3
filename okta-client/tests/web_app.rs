//! A web app against the org: sign-in, refresh with and without rotation, storing, revoking, asking. One life of a session, whose
//! tests share one sign-in; what is about keys and clones is in `web_sessions.rs`.
#![cfg(feature = "oauth")]

mod support;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use okta_client::credentials::{SignInError, Tokens, WebApp, WebAppBuilder};
use okta_client::{Client, Error};
use okta_mock::{OktaMock, RefreshRotation};
use secrecy::ExposeSecret;
use support::{TOKEN, Watched, Way, client, org};

const SCOPES: [&str; 3] = ["openid", "offline_access", "okta.users.read"];

fn describe(org: &OktaMock, watched: &Watched) -> WebAppBuilder {
    let known = org.web_app();
    WebApp::builder(org.url(), known.client_id, known.redirect_uri)
        .client_secret(known.client_secret)
        .scopes(SCOPES)
        .transport(watched.clone())
}

fn app(org: &OktaMock, watched: &Watched) -> WebApp {
    describe(org, watched).build().expect("valid settings")
}

async fn signed_in(org: &OktaMock, app: &WebApp) -> Tokens {
    let sign_in = app.sign_in().expect("random numbers");
    let back = org.sign_in(sign_in.url.as_str(), "me").expect("signed in");
    app.finish(&sign_in.pending, &back).await.expect("tokens")
}

async fn me(client: &Client) -> Result<String, Error> {
    Ok(client.users().get("me").await?.id.to_string())
}

fn rotating(leeway: u64) -> OktaMock {
    let rotation = RefreshRotation::Rotate { leeway: Duration::from_secs(leeway) };
    org(OktaMock::builder().refresh_rotation(rotation))
}

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn a_user_signs_in_and_the_app_calls_in_their_name() {
    let org = org(OktaMock::builder());
    let watched = Watched::new(&org);
    let app = app(&org, &watched);
    let sign_in = app.sign_in().expect("random numbers");
    let query = |name: &str| {
        sign_in
            .url
            .query_pairs()
            .find_map(|(key, value)| (key == name).then(|| value.into_owned()))
            .expect(name)
    };
    assert!(sign_in.url.as_str().starts_with(&format!("{}/oauth2/v1/authorize?", org.url())));
    assert_eq!((query("code_challenge_method"), query("scope")), ("S256".into(), SCOPES.join(" ")));
    assert!(query("state").len() == 43 && query("nonce").len() == 43 && query("state") != query("nonce"));
    // What is kept in the browser's session is all that is needed when it comes back.
    let kept = sign_in.pending.keep().parse().expect("readable");
    let back = org.sign_in(sign_in.url.as_str(), "me").expect("signed in");
    let tokens = app.finish(&kept, &back).await.expect("tokens");
    assert_eq!((tokens.token_type.as_str(), tokens.scopes.len()), ("Bearer", 3));
    let left_ms = tokens.expires_at.as_millis() - org.clock().now_ms();
    assert!((3_599_000..=3_600_000).contains(&left_ms), "an hour, and `Date` has no fractions: {left_ms}");
    assert!(tokens.refresh_token.is_some() && tokens.id_token.is_some());
    let okta = client(&org, app.session(tokens), &watched);
    assert!(me(&okta).await.expect("a user").starts_with("00u"));
    assert_eq!(watched.token_answers(), [200]);
    assert!(watched.to(TOKEN)[0].authorization.starts_with("Basic "), "client_secret_basic");
}

#[tokio::test(start_paused = true)]
async fn a_return_that_does_not_belong_to_the_sign_in_is_not_exchanged() {
    let org = org(OktaMock::builder());
    let watched = Watched::new(&org);
    let app = app(&org, &watched);
    let (mine, other) = (app.sign_in().expect("random"), app.sign_in().expect("random"));
    let back = org.sign_in(mine.url.as_str(), "me").expect("signed in");
    assert!(matches!(app.finish(&other.pending, &back).await, Err(SignInError::Forged)));
    assert!(matches!(app.finish(&mine.pending, "code=x").await, Err(SignInError::Forged)));
    let state = back.split('&').find(|pair| pair.starts_with("state=")).expect("a state");
    assert!(matches!(app.finish(&mine.pending, state).await, Err(SignInError::Malformed)));
    let denied = format!("{state}&error=access_denied&error_description=SECRET");
    match app.finish(&mine.pending, &denied).await {
        Err(SignInError::Refused { code }) => assert_eq!(code.as_deref(), Some("access_denied")),
        other => panic!("{other:?}"),
    }
    assert!(watched.to(TOKEN).is_empty());
    for kept in ["", "a.b.c", &mine.pending.keep()[1..], &format!("{}.x", mine.pending.keep())] {
        assert!(kept.parse::<okta_client::credentials::Pending>().is_err(), "{kept}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_code_works_once_and_only_with_its_own_verifier() {
    let org = org(OktaMock::builder());
    let app = app(&org, &Watched::new(&org));
    let sign_in = app.sign_in().expect("random");
    let back = org.sign_in(sign_in.url.as_str(), "me").expect("signed in");
    app.finish(&sign_in.pending, &back).await.expect("tokens");
    match app.finish(&sign_in.pending, &back).await {
        Err(SignInError::Exchange(error)) => assert_eq!(error.okta_code(), Some("invalid_grant")),
        other => panic!("{other:?}"),
    }
    let sign_in = app.sign_in().expect("random");
    let back = org.sign_in(sign_in.url.as_str(), "me").expect("signed in");
    let mut parts: Vec<String> = sign_in.pending.keep().split('.').map(str::to_owned).collect();
    parts[2] = app.sign_in().expect("random").pending.keep()[..43].to_owned();
    let pending = parts.join(".").parse().expect("readable");
    match app.finish(&pending, &back).await {
        Err(SignInError::Exchange(error)) => assert_eq!(error.okta_code(), Some("invalid_grant")),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn an_id_token_of_another_sign_in_is_refused() {
    let org = org(OktaMock::builder());
    let app = app(&org, &Watched::new(&org));
    let sign_in = app.sign_in().expect("random");
    let mut url = sign_in.url.clone();
    let pairs: Vec<(String, String)> = sign_in.url.query_pairs().into_owned().collect();
    let swapped =
        pairs.iter().map(|(name, value)| (name, if name == "nonce" { "another" } else { value.as_str() }));
    url.query_pairs_mut().clear().extend_pairs(swapped);
    let back = org.sign_in(url.as_str(), "me").expect("signed in");
    assert!(matches!(app.finish(&sign_in.pending, &back).await, Err(SignInError::IdToken("another nonce"))));
}

#[tokio::test(start_paused = true)]
async fn a_static_refresh_token_brings_new_access_tokens_and_is_not_stored_again() {
    let org = org(OktaMock::builder());
    let watched = Watched::new(&org);
    let app = app(&org, &watched);
    let tokens = signed_in(&org, &app).await;
    let stored = Arc::new(AtomicUsize::new(0));
    let session = app.session(tokens.clone()).on_refresh({
        let stored = Arc::clone(&stored);
        move |_| {
            stored.fetch_add(1, Ordering::Relaxed);
            async { Ok(()) }
        }
    });
    let okta = client(&org, session.clone(), &watched);
    let user = me(&okta).await.expect("a user");
    for _ in 0..3 {
        tokio::time::sleep(HOUR).await;
        assert_eq!(me(&okta).await.expect("refreshed"), user);
    }
    assert_eq!(watched.token_answers(), [200, 200, 200, 200]);
    assert_eq!(stored.load(Ordering::Relaxed), 0);
    // After a restart, with what was stored.
    let refresh = tokens.refresh_token.expect("asked for");
    assert_eq!(session.refresh_token().expect("kept").expose_secret(), refresh.expose_secret());
    let okta = client(&org, app.resume(refresh.expose_secret()), &watched);
    assert_eq!(me(&okta).await.expect("resumed"), user);
}

#[tokio::test(start_paused = true)]
async fn a_rotated_refresh_token_is_stored_before_anything_that_came_with_it_is_used() {
    let org = rotating(30);
    let watched = Watched::new(&org);
    let app = app(&org, &watched);
    let tokens = signed_in(&org, &app).await;
    let stored: Arc<Mutex<Vec<(String, usize)>>> = Arc::default();
    let session = app.session(tokens.clone()).on_refresh({
        let (stored, watched) = (Arc::clone(&stored), watched.clone());
        move |tokens: Tokens| {
            let access = tokens.access_token.expose_secret();
            let used = watched
                .to("/api/v1/users/me")
                .iter()
                .filter(|seen| seen.authorization.contains(access))
                .count();
            let refresh = tokens.refresh_token.as_ref().expect("a new one").expose_secret().to_owned();
            let stored = Arc::clone(&stored);
            async move {
                tokio::time::sleep(Duration::from_secs(1)).await;
                stored.lock().expect("no panic").push((refresh, used));
                Ok(())
            }
        }
    });
    let okta = client(&org, session.clone(), &watched);
    for _ in 0..3 {
        tokio::time::sleep(HOUR).await;
        futures::future::try_join_all((0..10).map(|_| me(&okta))).await.expect("refreshed");
    }
    let stored = stored.lock().expect("no panic").clone();
    assert_eq!(stored.len(), 3, "one refresh for ten callers");
    assert!(stored.iter().all(|(_, used)| *used == 0), "none was used before it was stored");
    assert_eq!(session.refresh_token().expect("kept").expose_secret(), stored[2].0);
    let sent: Vec<_> = watched.to(TOKEN).iter().filter_map(|seen| seen.field("refresh_token")).collect();
    let first = tokens.refresh_token.expect("asked for").expose_secret().to_owned();
    assert_eq!(sent, [first, stored[0].0.clone(), stored[1].0.clone()], "each was used once");
}

#[tokio::test(start_paused = true)]
async fn tokens_that_cannot_be_stored_are_not_used_and_not_lost() {
    let org = rotating(30);
    let watched = Watched::new(&org);
    let app = app(&org, &watched);
    let full = Arc::new(AtomicBool::new(true));
    let offered: Arc<Mutex<Vec<String>>> = Arc::default();
    let session = app.session(signed_in(&org, &app).await).on_refresh({
        let (full, offered) = (Arc::clone(&full), Arc::clone(&offered));
        move |tokens: Tokens| {
            let refresh = tokens.refresh_token.expect("a new one").expose_secret().to_owned();
            offered.lock().expect("no panic").push(refresh);
            let full = full.load(Ordering::Relaxed);
            async move { if full { Err("the disk is full".into()) } else { Ok(()) } }
        }
    });
    let okta = client(&org, session, &watched);
    me(&okta).await.expect("the first token");
    tokio::time::sleep(HOUR).await;
    let calls = watched.to("/api/v1/users/me").len();
    let error = me(&okta).await.expect_err("not stored");
    assert!(!error.is_unauthorized() && support::printed(&error).contains("the disk is full"), "{error:?}");
    assert_eq!(watched.to("/api/v1/users/me").len(), calls, "nothing was sent with it");
    full.store(false, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(120)).await;
    me(&okta).await.expect("stored, and used");
    let offered = offered.lock().expect("no panic").clone();
    assert!(offered.len() == 2 && offered[0] == offered[1], "the same tokens, {}", offered.len());
    assert_eq!(watched.token_answers(), [200, 200], "no second refresh");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_panics_is_an_error_and_leaves_nobody_waiting() {
    let org = rotating(30);
    let watched = Watched::new(&org);
    let app = app(&org, &watched);
    let session = app.session(signed_in(&org, &app).await);
    let session = session.on_refresh(|_| async { panic!("the store is broken") });
    let okta = client(&org, session, &watched);
    tokio::time::sleep(HOUR).await;
    for outcome in futures::future::join_all((0..5).map(|_| me(&okta))).await {
        let error = outcome.expect_err("not stored");
        assert!(support::printed(&error).contains("panicked"), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_whose_answer_is_lost_is_repeated_within_the_grace_period() {
    let org = rotating(30);
    let watched = Watched::by(&org, |request, before| match (request.uri().path(), before) {
        (TOKEN, 1) => Way::Lose,
        _ => Way::Pass,
    });
    let app = app(&org, &watched);
    let okta = client(&org, app.session(signed_in(&org, &app).await), &watched);
    for _ in 0..2 {
        tokio::time::sleep(HOUR).await;
        me(&okta).await.expect("refreshed");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_hangs_is_repeated_within_the_grace_period() {
    let org = rotating(30);
    let watched = Watched::by(&org, |request, before| match (request.uri().path(), before) {
        (TOKEN, 1) => Way::Hang,
        _ => Way::Pass,
    });
    let app = app(&org, &watched);
    let okta = client(&org, app.session(signed_in(&org, &app).await), &watched);
    for _ in 0..2 {
        tokio::time::sleep(HOUR).await;
        me(&okta).await.expect("refreshed");
    }
}

#[tokio::test(start_paused = true)]
async fn a_series_of_refreshes_that_hang_does_not_outlast_the_grace_period_while_a_token_lives() {
    // Either the refreshes never arrive, or they do and their answers do not come back.
    for (arrives, survives) in [(false, true), (true, false)] {
        let org = rotating(30);
        let at: Arc<Mutex<Vec<tokio::time::Instant>>> = Arc::default();
        let watched = Watched::by(&org, {
            let at = Arc::clone(&at);
            move |request, before| {
                if request.uri().path() != TOKEN {
                    return Way::Pass;
                }
                at.lock().expect("no panic").push(tokio::time::Instant::now());
                match (before, arrives) {
                    (1..=4, true) => Way::Hang,
                    (1..=4, false) => Way::Slow(HOUR),
                    _ => Way::Pass,
                }
            }
        });
        let app = app(&org, &watched);
        let okta = client(&org, app.session(signed_in(&org, &app).await), &watched);
        let signed_in = tokio::time::Instant::now();
        let calls_until = async |minute: u64| {
            while signed_in.elapsed() < Duration::from_secs(minute * 60) {
                me(&okta).await.expect("by the token at hand");
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
        };
        // A tenth of the token's life is left at minute 54.
        calls_until(59).await;
        let sent: Vec<_> = {
            let at = at.lock().expect("no panic");
            at[1..].iter().map(|moment| moment.duration_since(at[1]).as_secs()).collect()
        };
        assert_eq!(sent, [0, 10], "a third would be over behind 30 s");
        tokio::time::sleep(Duration::from_secs(120)).await;
        // The token has ended, so there is nothing to lose: the next refreshes are sent, of which two hang.
        match me(&okta).await {
            Ok(_) => assert!(survives),
            Err(error) => assert!(!survives && error.okta_code() == Some("invalid_grant"), "{error:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_grace_period_a_refresh_that_had_no_answer_is_not_repeated_while_a_token_lives() {
    let org = rotating(0);
    let watched = Watched::by(&org, |request, before| match (request.uri().path(), before) {
        (TOKEN, 1) => Way::Lose,
        _ => Way::Pass,
    });
    let app = describe(&org, &watched).leeway(Duration::ZERO).build().expect("valid settings");
    let okta = client(&org, app.session(signed_in(&org, &app).await), &watched);
    tokio::time::sleep(Duration::from_secs(55 * 60)).await;
    me(&okta).await.expect("by the token at hand");
    tokio::time::sleep(Duration::from_secs(120)).await;
    me(&okta).await.expect("by the token at hand, which no second use of the refresh token has ended");
    assert_eq!(watched.to(TOKEN).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_code_whose_exchange_has_no_answer_is_not_sent_again() {
    let org = org(OktaMock::builder());
    let watched = Watched::by(&org, |_, _| Way::Lose);
    let app = app(&org, &watched);
    let sign_in = app.sign_in().expect("random numbers");
    let back = org.sign_in(sign_in.url.as_str(), "me").expect("signed in");
    match app.finish(&sign_in.pending, &back).await.expect_err("lost") {
        SignInError::Exchange(error) => {
            assert!(matches!(error, Error::Transport { sent: true, attempts: 1, .. }), "{error:?}");
            assert_eq!(error.retry(), okta_client::Retry::Never);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(watched.to(TOKEN).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_that_was_used_twice_ends_the_session_for_both() {
    let org = rotating(0);
    let watched = Watched::new(&org);
    let app = app(&org, &watched);
    let tokens = signed_in(&org, &app).await;
    let thief = client(&org, app.session(tokens.clone()), &watched);
    let okta = client(&org, app.session(tokens), &watched);
    tokio::time::sleep(HOUR).await;
    me(&thief).await.expect("the first to use it");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let error = me(&okta).await.expect_err("used already");
    assert!(error.is_unauthorized() && error.okta_code() == Some("invalid_grant"), "{error:?}");
    let error = me(&thief).await.expect_err("its tokens are revoked");
    assert!(error.is_unauthorized(), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn without_a_refresh_token_the_session_ends_with_its_access_token() {
    let org = org(OktaMock::builder());
    let watched = Watched::new(&org);
    let app = describe(&org, &watched).scopes(["openid", "okta.users.read"]).build().expect("valid");
    let okta = client(&org, app.session(signed_in(&org, &app).await), &watched);
    me(&okta).await.expect("a user");
    tokio::time::sleep(Duration::from_secs(3500)).await;
    me(&okta).await.expect("it lives for an hour");
    tokio::time::sleep(Duration::from_secs(200)).await;
    let error = me(&okta).await.expect_err("over");
    assert!(error.is_unauthorized() && support::printed(&error).contains("sign in again"), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn tokens_are_introspected_and_revoked() {
    let org = org(OktaMock::builder());
    let watched = Watched::new(&org);
    let app = app(&org, &watched);
    let tokens = signed_in(&org, &app).await;
    let (access, refresh) = (tokens.access_token.clone(), tokens.refresh_token.clone().expect("asked for"));
    let told = app.introspect(access.expose_secret()).await.expect("told");
    assert!(told.active && told.uid.is_some() && told.username.is_some());
    assert_eq!(told.client_id.as_deref(), Some(org.web_app().client_id.as_str()));
    assert_eq!(told.exp.expect("an end") - told.iat.expect("a beginning"), 3600);
    assert!(!app.introspect("unknown").await.expect("told").active);
    app.revoke("unknown").await.expect("no error");
    app.revoke(refresh.expose_secret()).await.expect("revoked");
    assert!(
        !app.introspect(access.expose_secret()).await.expect("told").active,
        "it took its access token along"
    );
    let error = me(&client(&org, app.session(tokens), &watched)).await.expect_err("revoked");
    assert!(error.is_unauthorized() && error.okta_code() == Some("invalid_grant"), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_client_secret_is_a_dead_credential() {
    let org = org(OktaMock::builder());
    let watched = Watched::new(&org);
    let right = app(&org, &watched);
    let wrong = describe(&org, &watched).client_secret("wrong:secret/with+signs").build().expect("valid");
    let tokens = signed_in(&org, &right).await;
    let refresh = tokens.refresh_token.expect("asked for");
    let error =
        me(&client(&org, wrong.resume(refresh.expose_secret()), &watched)).await.expect_err("refused");
    assert!(error.is_unauthorized() && error.okta_code() == Some("invalid_client"), "{error:?}");
    assert_eq!(wrong.revoke("x").await.expect_err("refused").okta_code(), Some("invalid_client"));
}

#[tokio::test(start_paused = true)]
async fn with_dpop_the_tokens_of_a_user_are_bound_and_refreshed_with_proofs() {
    let org = rotating(30);
    let watched = Watched::new(&org);
    let app = describe(&org, &watched).dpop().build().expect("valid settings");
    let tokens = signed_in(&org, &app).await;
    assert_eq!(tokens.token_type, "DPoP");
    let okta = client(&org, app.session(tokens), &watched);
    me(&okta).await.expect("a user");
    tokio::time::sleep(HOUR).await;
    me(&okta).await.expect("refreshed");
    assert_eq!(watched.token_answers(), [400, 200, 200]);
    support::assert_signed_as_oauth_wants(&watched, org.url());
}

#[test]
fn settings_that_cannot_work_are_named() {
    let of = || {
        WebApp::builder("https://acme.okta.com", "0oa1", "https://app.example/callback").client_secret("x")
    };
    let public = || WebApp::builder("https://acme.okta.com", "0oa1", "https://app.example/callback");
    let key = || {
        let pem = OktaMock::builder().in_process().service_app().private_key_pem;
        okta_client::credentials::PrivateKey::from_pem(&pem).expect("a key")
    };
    for (builder, field) in [
        (WebApp::builder("http://acme.okta.com", "0oa1", "https://app.example"), "org_url"),
        (WebApp::builder("https://acme.okta.com", "", "https://app.example"), "client_id"),
        (WebApp::builder("https://acme.okta.com", "0oa1", "callback"), "redirect_uri"),
        (of().scopes(Vec::<String>::new()), "scopes"),
        (of().timeout(Duration::ZERO), "timeout"),
        (of().private_key(key()), "client_secret"),
        (of().max_attempts(0), "max_attempts"),
        (of().user_agent("a\nb"), "user_agent"),
        (of().root_certificates("x"), "root_certificates"),
        (of().proxy("user:SECRET@proxy"), "proxy"),
        (public().scopes(SCOPES).dpop(), "dpop"),
    ] {
        let error = builder.build().expect_err(field);
        assert!(error.to_string().starts_with(field), "{error}");
        assert!(!support::printed(&error).contains("SECRET"));
    }
    // What ends with this process is then its access tokens only.
    let kept = || okta_client::credentials::DpopKey::generate().expect("a key");
    for good in [public().dpop(), public().scopes(SCOPES).dpop_key(kept()), of().scopes(SCOPES).dpop()] {
        good.build().expect("nothing is bound to a key that is lost");
    }
}
