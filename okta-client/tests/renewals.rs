//! What a credential is bound to, and how often a token endpoint is asked.
#![cfg(feature = "oauth")]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use okta_mock::OktaMock;
use support::{TOKEN, Watched, Way, app, builder, client, count, org};
use tokio::time::Instant;

#[test]
fn a_client_that_cannot_be_built_binds_no_credential_to_its_org() {
    let org = org(OktaMock::builder());
    let app = app(&org);
    let elsewhere = okta_client::Client::builder("https://other.okta.com").credential(app.clone());
    let elsewhere = elsewhere.transport(Watched::new(&org)).max_attempts(0);
    assert!(elsewhere.build().expect_err("refused").to_string().starts_with("max_attempts"));
    builder(&org, app, Watched::new(&org)).build().expect("it belongs to nobody yet");
}

/// A token endpoint whose tokens nobody takes must not be asked every few seconds for ever.
#[tokio::test(start_paused = true)]
async fn tokens_that_are_refused_from_the_start_are_fetched_at_growing_intervals() {
    let org = org(OktaMock::builder());
    let begun = Instant::now();
    let fetched: Arc<Mutex<Vec<Duration>>> = Arc::default();
    let (at, taken) = (Arc::clone(&fetched), Arc::new(std::sync::atomic::AtomicBool::new(false)));
    let takes = Arc::clone(&taken);
    let watched = Watched::by(&org, move |request, _| {
        if request.uri().path() == TOKEN {
            at.lock().expect("no panic").push(begun.elapsed());
            return Way::Pass;
        }
        if takes.load(std::sync::atomic::Ordering::Relaxed) {
            return Way::Pass;
        }
        let refused = http::Response::builder().status(401);
        let refused = refused.header("www-authenticate", "Bearer error=\"invalid_token\"");
        Way::Answer(refused.body(Bytes::new()).expect("an answer"))
    });
    let okta = client(&org, app(&org).without_dpop(), &watched);
    let hour = Duration::from_secs(3600);
    while begun.elapsed() < hour {
        assert!(count(&okta).await.expect_err("refused").is_unauthorized());
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let fetched = std::mem::take(&mut *fetched.lock().expect("no panic"));
    let pauses: Vec<u64> = fetched.windows(2).map(|pair| (pair[1] - pair[0]).as_secs()).collect();
    // The second follows the first at once: one refusal may be Okta's haste.
    assert_eq!(pauses[..7], [0, 10, 20, 40, 80, 160, 300], "{pauses:?}");
    assert!(pauses[7..].iter().all(|pause| (300..=301).contains(pause)), "{pauses:?}");

    // Once a token is taken it begins anew.
    taken.store(true, std::sync::atomic::Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(301)).await;
    count(&okta).await.expect("taken");
    let tokens = watched.to(TOKEN).len();
    taken.store(false, std::sync::atomic::Ordering::Relaxed);
    for more in [1, 2, 2] {
        assert!(count(&okta).await.is_err());
        assert_eq!(watched.to(TOKEN).len(), tokens + more);
    }
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert!(count(&okta).await.is_err());
    assert_eq!(watched.to(TOKEN).len(), tokens + 3, "after ten seconds, not after five minutes");
}
