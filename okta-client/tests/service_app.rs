//! A service app against the org: tokens, proofs, nonces, clocks, refusals.
#![cfg(feature = "oauth")]

mod support;

use std::time::Duration;

use bytes::Bytes;
use futures::future::join_all;
use okta_client::credentials::{Algorithm, PrivateKey, ServiceApp};
use okta_client::{Error, Retry};
use okta_mock::{Builder, Clock, OktaMock};
use support::{TOKEN, Watched, Way, app, assert_signed_as_oauth_wants, builder, client, count, org};

fn bound() -> Builder {
    OktaMock::builder().seed(7).users(450).require_dpop(true)
}

fn answer(status: u16, headers: &[(&str, &str)], body: &'static str) -> Way {
    let mut response = http::Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Way::Answer(response.body(Bytes::from_static(body.as_bytes())).expect("a response"))
}

/// The source of a call's failed credential.
fn credential_error(error: &Error) -> &okta_client::credentials::CredentialError {
    match error {
        Error::Credential { source, .. } => source,
        other => panic!("{other:?}"),
    }
}

#[cfg(feature = "reqwest")]
#[tokio::test]
async fn a_listing_of_ten_thousand_users_with_dpop_and_five_minute_nonces_finishes_without_an_error() {
    let org = OktaMock::builder().seed(7).users(10_000).require_dpop(true);
    let org = org.dpop_nonce_age(Duration::from_secs(300)).start().await.expect("a free port");
    let okta = okta_client::Client::builder(org.url()).credential(app(&org)).build().expect("valid settings");
    let mut pages = okta.users().list().search("created gt \"1970-01-01T00:00:00.000Z\"").paginate().pages();
    let mut users = 0;
    while let Some(page) = futures::StreamExt::next(&mut pages).await {
        users += page.expect("no page fails").into_items().into_iter().filter(Result::is_ok).count();
        // The org's clock runs ahead: fifty pages take seventy-five minutes, so the token ends in the middle of them.
        org.clock().advance(Duration::from_secs(90));
    }
    assert_eq!(users, 10_000);
    let tokens =
        org.requests().iter().filter(|request| request.path == TOKEN && request.status == 200).count();
    assert_eq!(tokens, 2, "one at the beginning and one when that had ended");
}

#[cfg(feature = "reqwest")]
#[tokio::test]
async fn xa10_an_assertion_does_not_follow_the_token_endpoint_to_another_host() {
    use wiremock::matchers::any;
    use wiremock::{Mock, MockServer, ResponseTemplate};
    let (own, foreign) = (MockServer::start().await, MockServer::start().await);
    for status in [301, 302, 303, 307, 308] {
        let away =
            ResponseTemplate::new(status).insert_header("location", format!("{}{TOKEN}", foreign.uri()));
        own.reset().await;
        Mock::given(any()).respond_with(away).mount(&own).await;
        let app = app(&OktaMock::builder().in_process());
        let okta = okta_client::Client::builder(own.uri()).credential(app).build().expect("valid settings");
        let error = count(&okta).await.expect_err("not followed");
        assert!(support::printed(&error).contains("was redirected to"), "{error:?}");
        assert_eq!(own.received_requests().await.expect("recorded").len(), 1);
        assert!(foreign.received_requests().await.expect("recorded").is_empty(), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn xa14_every_assertion_and_every_proof_is_new_and_names_its_own_request() {
    let org = org(bound());
    let watched = Watched::new(&org);
    let okta = client(&org, app(&org), &watched);
    assert!(count(&okta).await.expect("a listing") > 400);
    assert_eq!(watched.to("/api/v1/users").len(), 3, "three pages");
    assert_eq!(watched.token_answers(), [400, 200], "told the nonce, and given the token");
    assert_signed_as_oauth_wants(&watched, org.url());
    let (_, proof) = support::jwt(watched.to(TOKEN)[0].dpop.as_deref().expect("a proof"));
    assert!(proof.get("nonce").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_before_it_ends_and_the_nonce_is_kept() {
    let org = org(bound());
    let watched = Watched::new(&org);
    let okta = client(&org, app(&org), &watched);
    count(&okta).await.expect("a listing");
    tokio::time::sleep(Duration::from_secs(53 * 60)).await;
    count(&okta).await.expect("a listing");
    assert_eq!(watched.token_answers(), [400, 200], "still fresh");
    tokio::time::sleep(Duration::from_secs(2 * 60)).await;
    count(&okta).await.expect("a listing");
    assert_eq!(watched.token_answers(), [400, 200, 200], "renewed with the nonce it had");
    assert!(org.requests().iter().all(|request| request.status != 401), "none was refused");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_still_lives_is_used_while_the_token_endpoint_hangs() {
    let org = org(bound());
    let watched = Watched::by(&org, |request, before| match request.uri().path() {
        TOKEN if before > 1 => Way::Slow(Duration::from_secs(3600)),
        _ => Way::Pass,
    });
    let okta = client(&org, app(&org), &watched);
    count(&okta).await.expect("a listing");
    tokio::time::sleep(Duration::from_secs(55 * 60)).await;
    let begun = tokio::time::Instant::now();
    count(&okta).await.expect("a listing");
    assert_eq!(begun.elapsed(), Duration::ZERO, "nobody waits for the renewal");
    assert_eq!(watched.to(TOKEN).len(), 3, "which is under way");
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_for_its_credential_no_longer_than_it_may() {
    let org = org(bound());
    let watched = Watched::by(&org, |request, _| match request.uri().path() {
        TOKEN => Way::Slow(Duration::from_secs(8)),
        _ => Way::Pass,
    });
    let okta = client(&org, app(&org), &watched);
    let hasty = okta.max_wait(Duration::from_secs(5));
    let begun = tokio::time::Instant::now();
    let error = count(&hasty).await.expect_err("the token takes longer");
    let allowed = Duration::from_secs(5);
    assert!(
        matches!(error, Error::WouldWait { wait, allowed: may, .. } if may == allowed && wait >= allowed)
    );
    assert!(begun.elapsed() < Duration::from_secs(6));
    tokio::time::sleep(Duration::from_secs(60)).await;
    count(&hasty).await.expect("the renewal has gone on");
}

#[tokio::test(start_paused = true)]
async fn a_nonce_that_has_grown_too_old_is_replaced_by_the_one_that_the_refusal_brings() {
    let org = org(bound().dpop_nonce_age(Duration::from_secs(300)));
    let watched = Watched::new(&org);
    let okta = client(&org, app(&org), &watched);
    for _ in 0..4 {
        count(&okta).await.expect("a listing");
        tokio::time::sleep(Duration::from_secs(3600)).await;
    }
    assert_eq!(watched.token_answers(), [400, 200, 400, 200, 400, 200, 400, 200]);
    assert_signed_as_oauth_wants(&watched, org.url());
}

#[tokio::test(start_paused = true)]
async fn xa15_one_renewal_serves_all_who_wait_and_outlives_those_who_leave() {
    let org = org(bound());
    let watched = Watched::by(&org, |request, _| match request.uri().path() {
        TOKEN => Way::Slow(Duration::from_secs(2)),
        _ => Way::Pass,
    });
    let okta = client(&org, app(&org), &watched);
    // The first caller, who set it off, leaves while the token is on its way.
    let first = tokio::spawn({
        let okta = okta.clone();
        async move { count(&okta).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    first.abort();
    let users = okta.users();
    let others = join_all((0..30).map(|_| users.get("nobody"))).await;
    assert!(others.iter().all(|user| user.as_ref().is_err_and(Error::is_not_found)));
    assert_eq!(watched.token_answers(), [400, 200], "one for all");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn xa15_one_renewal_serves_all_threads() {
    for _ in 0..4 {
        let org = org(bound().users(3));
        let watched = Watched::new(&org);
        let okta = client(&org, app(&org), &watched);
        let tasks = (0..32).map(|_| {
            let okta = okta.clone();
            tokio::spawn(async move { count(&okta).await })
        });
        for outcome in join_all(tasks).await {
            outcome.expect("no panic").expect("a listing");
        }
        assert_eq!(watched.token_answers(), [400, 200]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_nobody_waits_for_any_more_is_not_begun_anew() {
    let org = org(bound());
    let watched = Watched::by(&org, |request, _| match request.uri().path() {
        TOKEN => Way::Slow(Duration::from_secs(2)),
        _ => Way::Pass,
    });
    let okta = client(&org, app(&org), &watched);
    tokio::time::timeout(Duration::from_secs(1), count(&okta)).await.expect_err("left");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(watched.token_answers(), [400, 200], "it went on");
    count(&okta).await.expect("a listing");
    assert_eq!(watched.token_answers(), [400, 200], "and its token is used");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_ends_in_the_middle_of_a_listing_is_replaced_and_nothing_is_missing() {
    let org = org(bound());
    let watched = Watched::new(&org);
    let okta = client(&org, app(&org), &watched);
    let all = count(&okta).await.expect("a listing");
    // The org's clock leaps, ours does not: nothing tells us that the token is over but the answer.
    let mut pages = okta.users().list().paginate().pages_ahead(0).pages();
    let mut users = 0;
    while let Some(page) = futures::StreamExt::next(&mut pages).await {
        users += page.expect("a page").into_items().len();
        if users == 200 {
            org.clock().advance(Duration::from_secs(3700));
        }
    }
    assert_eq!(users, all);
    assert_eq!(watched.token_answers(), [400, 200, 200]);
    let refused = watched.to("/api/v1/users").iter().filter(|seen| seen.status == Some(401)).count();
    assert_eq!(refused, 1, "the page was refused once and asked for again");
}

#[tokio::test(start_paused = true)]
async fn a01_a_dead_app_is_told_to_all_who_wait_and_is_not_asked_for_again_at_once() {
    let org = org(bound());
    let (watched, known) = (Watched::new(&org), org.service_app());
    let key = PrivateKey::from_pem(&known.private_key_pem).expect("a key").kid("a-key-that-was-removed");
    let dead = ServiceApp::new(&known.client_id, key, ["okta.users.read"]).expect("valid");
    let okta = client(&org, dead, &watched);
    for error in join_all((0..20).map(|_| count(&okta))).await {
        let error = error.expect_err("no token");
        assert!(error.is_unauthorized(), "{error:?}");
        assert_eq!(error.okta_code(), Some("invalid_client"));
        assert!(credential_error(&error).is_dead());
        assert!(matches!(error.retry(), Retry::After(wait) if wait <= Duration::from_secs(10)), "{error:?}");
        let shown = support::printed(&error);
        assert!(
            shown.contains("no credential for GET /api/v1/users") && shown.contains("/oauth2/v1/token"),
            "{shown}"
        );
    }
    // The first answer also told the time, which explained the refusal of an assertion dated by another clock.
    let asked = watched.token_answers().len();
    assert_eq!(watched.token_answers(), vec![401; asked]);
    assert!(asked <= 2, "{asked}");
    let before = asked;
    for second in 0..9 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(count(&okta).await.is_err(), "{second}");
    }
    assert_eq!(watched.token_answers().len(), before, "nobody asked meanwhile");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(count(&okta).await.is_err());
    assert_eq!(watched.token_answers().len(), before + 1, "and then once");
    assert!(watched.to("/api/v1/users").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a03_scopes_that_an_admin_takes_away_and_gives_back_are_no_dead_credential() {
    let org = org(bound());
    let watched = Watched::new(&org);
    let okta = client(&org, app(&org), &watched);
    count(&okta).await.expect("a listing");
    let admin = okta_client::Client::builder(org.url()).api_token(org.api_token()).transport(watched.clone());
    let admin = admin.build().expect("valid settings");
    let grants = format!("/api/v1/apps/{}/grants", org.service_app().client_id);
    let granted = admin.get::<Vec<serde_json::Value>>(&grants).await.expect("grants");
    for grant in granted.iter().filter(|grant| {
        ["okta.users.read", "okta.groups.read"].iter().any(|scope| grant["scopeId"] == *scope)
    }) {
        let path = format!("{grants}/{}", grant["id"].as_str().expect("an id"));
        admin.request(http::Method::DELETE, path).send().await.expect("removed");
    }
    tokio::time::sleep(Duration::from_secs(3600)).await;
    let error = count(&okta).await.expect_err("no token");
    assert_eq!(error.okta_code(), Some("consent_required"));
    assert!(!error.is_unauthorized() && matches!(error.retry(), Retry::After(_)), "{error:?}");
    let wanted = serde_json::json!({ "scopeId": "okta.users.read", "issuer": org.url() });
    admin.request(http::Method::POST, &grants).json(&wanted).send().await.expect("granted");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(count(&okta).await.is_ok(), "the same client works again");
}

#[tokio::test(start_paused = true)]
async fn a03_a_scope_that_the_token_has_not_is_a_403_with_its_code_although_the_body_is_empty() {
    let org = org(bound());
    let watched = Watched::new(&org);
    let okta = client(&org, app(&org), &watched);
    let error = okta.apps().list().paginate().collect_all().await.expect_err("no scope for it");
    assert_eq!(
        (error.status().map(|status| status.as_u16()), error.okta_code()),
        (Some(403), Some("insufficient_scope"))
    );
    assert!(!error.is_unauthorized());
    assert_eq!(watched.to("/api/v1/apps").len(), 1, "another token would have no more");
}

#[tokio::test(start_paused = true)]
async fn a_401_that_is_not_about_the_token_keeps_the_token_and_is_not_repeated() {
    let org = org(bound());
    let watched = Watched::by(&org, |request, _| match request.uri().path() {
        "/api/v1/groups" => answer(401, &[], r#"{"errorCode":"E0000015","errorSummary":"no such feature"}"#),
        _ => Way::Pass,
    });
    let okta = client(&org, app(&org), &watched);
    let error = okta.groups().list().paginate().collect_all().await.expect_err("401");
    assert!(error.okta_code() == Some("E0000015") && !error.is_unauthorized());
    count(&okta).await.expect("the token is as good as before");
    assert_eq!(watched.to("/api/v1/groups").len(), 1);
    assert_eq!(watched.token_answers(), [400, 200]);
}

#[tokio::test(start_paused = true)]
async fn a_new_token_that_is_refused_at_once_is_not_renewed_over_and_over() {
    let org = org(bound());
    let challenge = "DPoP realm=\"http://x\", error=\"invalid_token\"";
    let watched = Watched::by(&org, move |request, _| match request.uri().path() {
        TOKEN => Way::Pass,
        _ => answer(401, &[("www-authenticate", challenge)], ""),
    });
    let okta = client(&org, app(&org), &watched);
    for _ in 0..50 {
        assert!(count(&okta).await.expect_err("refused").is_unauthorized());
    }
    assert_eq!(watched.token_answers(), [400, 200, 200], "one token and another, not fifty");
}

#[tokio::test(start_paused = true)]
async fn a_new_token_that_is_refused_once_is_replaced_and_the_request_sent_again() {
    let org = org(bound());
    let challenge = "DPoP realm=\"http://x\", error=\"invalid_token\"";
    let watched = Watched::by(&org, move |request, before| match request.uri().path() {
        "/api/v1/users" if before == 0 => answer(401, &[("www-authenticate", challenge)], ""),
        _ => Way::Pass,
    });
    let okta = client(&org, app(&org), &watched);
    count(&okta).await.expect("a listing");
    assert_eq!(watched.token_answers(), [400, 200, 200]);
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_wants_a_nonce_gets_one_and_a_post_is_not_lost_on_it() {
    let org = org(bound());
    let challenge = "DPoP error=\"use_dpop_nonce\", error_description=\"x\"";
    let watched = Watched::by(&org, move |request, before| match request.uri().path() {
        "/api/v1/groups" if before == 0 => {
            answer(401, &[("www-authenticate", challenge), ("dpop-nonce", "a-nonce")], "")
        }
        "/api/v1/groups" => answer(200, &[], "{}"),
        _ => Way::Pass,
    });
    let okta = builder(&org, app(&org), watched.clone()).max_attempts(1).build().expect("valid settings");
    let post = okta.request(http::Method::POST, "/api/v1/groups").json(&serde_json::json!({})).send();
    post.await.expect("sent again");
    let posts = watched.to("/api/v1/groups");
    let nonces =
        posts.iter().map(|seen| support::jwt(seen.dpop.as_deref().expect("a proof")).1.get("nonce").cloned());
    assert_eq!(nonces.collect::<Vec<_>>(), [None, Some("a-nonce".into())]);
    assert_signed_as_oauth_wants(&watched, org.url());
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_never_has_enough_of_nonces_is_an_error() {
    let org = org(bound());
    let headers = [("www-authenticate", "DPoP error=\"use_dpop_nonce\""), ("dpop-nonce", "a-nonce")];
    let watched = Watched::by(&org, move |request, _| match request.uri().path() {
        TOKEN => Way::Pass,
        _ => answer(401, &headers, ""),
    });
    let okta = client(&org, app(&org), &watched);
    assert_eq!(count(&okta).await.expect_err("refused").okta_code(), Some("use_dpop_nonce"));
    assert_eq!(watched.to("/api/v1/users").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_clock_ten_minutes_off_in_either_direction_costs_one_refusal_and_no_error() {
    let now = okta_client::Timestamp::now().as_millis();
    for minutes in [-10, 10] {
        let org = bound().clock(Clock::Tokio(now + minutes * 60_000)).in_process();
        let watched = Watched::new(&org);
        let okta = client(&org, app(&org), &watched);
        count(&okta).await.expect("a listing");
        assert_eq!(
            watched.token_answers(),
            [401, 400, 200],
            "{minutes}: refused, told the time and the nonce"
        );
        tokio::time::sleep(Duration::from_secs(3600)).await;
        count(&okta).await.expect("a listing");
        assert_eq!(
            watched.token_answers(),
            [401, 400, 200, 200],
            "{minutes}: and the time is known from then on"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_answer_that_is_lost_is_asked_for_again_with_an_assertion_of_its_own() {
    let org = org(bound());
    let watched = Watched::by(&org, |request, before| match (request.uri().path(), before) {
        (TOKEN, 1) => Way::Lose,
        _ => Way::Pass,
    });
    let okta = client(&org, app(&org), &watched);
    count(&okta).await.expect("a listing");
    assert_signed_as_oauth_wants(&watched, org.url());
    assert_eq!(watched.token_answers(), [400, 200], "the lost one was sent anew, and none was a replay");
    assert_eq!(watched.to(TOKEN).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a05_while_no_token_can_be_had_the_old_one_is_used_to_its_end() {
    let org = org(bound());
    let broken = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let watched = Watched::by(&org, {
        let broken = std::sync::Arc::clone(&broken);
        move |request, _| match request.uri().path() {
            TOKEN if broken.load(std::sync::atomic::Ordering::Relaxed) => {
                answer(502, &[], "<html>Bad gateway SECRET</html>")
            }
            _ => Way::Pass,
        }
    });
    let okta = client(&org, app(&org), &watched);
    count(&okta).await.expect("a listing");
    broken.store(true, std::sync::atomic::Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(55 * 60)).await;
    count(&okta).await.expect("the token at hand is good for five more minutes");
    let asked = watched.to(TOKEN).len();
    count(&okta).await.expect("a listing");
    assert_eq!(watched.to(TOKEN).len(), asked, "and meanwhile nobody asks again at once");
    tokio::time::sleep(Duration::from_secs(6 * 60)).await;
    let error = count(&okta).await.expect_err("it has ended");
    assert!(!error.is_unauthorized() && error.retry() != Retry::Never, "{error:?}");
    assert!(!support::printed(&error).contains("SECRET"));
    broken.store(false, std::sync::atomic::Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(60)).await;
    count(&okta).await.expect("the endpoint is back");
}

#[tokio::test(start_paused = true)]
async fn what_the_token_endpoint_may_answer_instead_of_a_token() {
    for (status, headers, body, code, tries) in [
        (429, &[("retry-after", "7")][..], r#"{"errorCode":"E0000047"}"#, None, 6),
        (503, &[], "<html>", None, 6),
        (400, &[], r#"{"error":"temporarily_unavailable"}"#, Some("temporarily_unavailable"), 6),
        (400, &[], r#"{"error":"invalid_scope","error_description":"SECRET"}"#, Some("invalid_scope"), 1),
        (403, &[], r#"{"error":"access_denied"}"#, Some("access_denied"), 1),
        (401, &[("www-authenticate", "Basic error=\"invalid_client\"")], "", Some("invalid_client"), 1),
        (200, &[], "<html>SECRET</html>", None, 3),
        (200, &[], r#"{"token_type":"Bearer","expires_in":3600}"#, None, 1),
        (200, &[], "", None, 1),
        (302, &[("location", "https://evil.example/token?SECRET")], "", None, 1),
    ] {
        let org = org(bound());
        let watched = Watched::by(&org, move |_, _| answer(status, headers, body));
        let okta = client(&org, app(&org), &watched);
        let before = tokio::time::Instant::now();
        let error = count(&okta).await.expect_err("no token");
        assert_eq!(
            (error.okta_code(), watched.seen.lock().expect("no panic").len()),
            (code, tries),
            "{status} {body}"
        );
        let shown = support::printed(&error);
        assert!(shown.contains("/oauth2/v1/token") && !shown.contains("SECRET"), "{shown}");
        assert!(status != 302 || shown.contains("https://evil.example"), "{shown}");
        assert!(status != 429 || before.elapsed() >= Duration::from_secs(35), "Retry-After is honoured");
        assert!(watched.to("/api/v1/users").is_empty(), "nothing is sent without a token");
    }
}

#[tokio::test(start_paused = true)]
async fn every_key_of_the_app_gets_a_token_by_every_algorithm_that_fits() {
    let org = org(bound().users(3));
    let known = org.service_app();
    let rsa = || PrivateKey::from_pem(&known.private_key_pem).expect("a key").kid(&known.kid);
    let ec = || PrivateKey::from_jwk(&known.ec_key.private_key_jwk.to_string()).expect("a JWK");
    for key in [
        rsa(),
        rsa().algorithm(Algorithm::Rs384).expect("RSA"),
        rsa().algorithm(Algorithm::Rs512).expect("RSA"),
        ec(),
        PrivateKey::from_pem(&known.ec_key.private_key_pem).expect("a key").kid(&known.ec_key.kid),
    ] {
        let name = format!("{key:?}");
        let rotated = ServiceApp::new(&known.client_id, key, ["okta.users.read"]).expect("valid");
        assert!(count(&client(&org, rotated, &Watched::new(&org))).await.is_ok(), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_dpop_the_token_is_a_bearer_token_and_where_dpop_is_required_the_error_says_so() {
    let free = org(bound().require_dpop(false));
    let watched = Watched::new(&free);
    count(&client(&free, app(&free).without_dpop(), &watched)).await.expect("a listing");
    assert!(
        watched
            .to("/api/v1/users")
            .iter()
            .all(|seen| seen.authorization.starts_with("Bearer ") && seen.dpop.is_none())
    );
    let strict = org(bound());
    let error = count(&client(&strict, app(&strict).without_dpop(), &Watched::new(&strict))).await;
    assert_eq!(error.expect_err("refused").okta_code(), Some("invalid_dpop_proof"));
}

#[tokio::test(start_paused = true)]
async fn an_app_serves_the_clients_of_one_org_and_its_token_reaches_no_other() {
    let org = org(bound());
    let (watched, app) = (Watched::new(&org), app(&org));
    count(&client(&org, app.clone(), &watched)).await.expect("a listing");
    count(&client(&org, app.clone(), &watched)).await.expect("a listing");
    assert_eq!(watched.token_answers(), [400, 200], "one token for both");
    let other = okta_client::Client::builder("https://other.okta.com").credential(app).transport(watched);
    let error = other.build().expect_err("another org");
    assert!(error.to_string().contains("another org"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn renewing_needs_no_turn_so_one_request_at_a_time_is_enough() {
    let org = org(bound());
    let watched = Watched::new(&org);
    let okta = builder(&org, app(&org), watched).max_concurrency(1).build().expect("valid settings");
    assert!(count(&okta).await.is_ok());
}

#[test]
fn an_app_without_scopes_or_with_a_stray_character_is_refused() {
    let known = OktaMock::builder().in_process().service_app();
    let key = || PrivateKey::from_pem(&known.private_key_pem).expect("a key");
    for (client_id, scopes, field) in [
        ("", &["okta.users.read"][..], "client_id"),
        ("0oa 1", &["okta.users.read"], "client_id"),
        ("0oa1", &[], "scopes"),
        ("0oa1", &["okta.users.read okta.logs.read"], "scopes"),
        ("0oa1", &["okta.users.read", ""], "scopes"),
    ] {
        let error = ServiceApp::new(client_id, key(), scopes).expect_err(field);
        assert!(error.to_string().starts_with(field), "{error}");
    }
}

#[test]
fn credentials_go_where_tasks_go() {
    fn everywhere<T: Clone + Send + Sync + 'static>() {}
    everywhere::<ServiceApp>();
    everywhere::<okta_client::credentials::WebApp>();
    everywhere::<okta_client::credentials::WebSession>();
    everywhere::<okta_client::credentials::CredentialError>();
}
