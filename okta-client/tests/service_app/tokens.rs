//! When a token is fetched, renewed and shared.

use std::time::Duration;

use futures::future::join_all;
use okta_client::{Error, Retry};
use okta_mock::OktaMock;

use crate::support::{
    self, TOKEN, Watched, Way, app, assert_signed_as_oauth_wants, builder, client, count, org,
};
use crate::{answer, bound};

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
async fn renewing_needs_no_turn_so_one_request_at_a_time_is_enough() {
    let org = org(bound());
    let watched = Watched::new(&org);
    let okta = builder(&org, app(&org), watched).max_concurrency(1).build().expect("valid settings");
    assert!(count(&okta).await.is_ok());
}
