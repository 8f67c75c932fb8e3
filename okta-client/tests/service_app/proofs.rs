//! Assertions and proofs: new for each request, dated by Okta's clock, with the nonce that Okta asks for.

use std::time::Duration;

use okta_mock::Clock;

use crate::support::{
    self, TOKEN, Watched, Way, app, assert_signed_as_oauth_wants, builder, client, count, org,
};
use crate::{answer, bound};

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
