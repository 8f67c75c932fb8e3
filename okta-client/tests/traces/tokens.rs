//! Spans and events of tokens.

use std::time::Duration;

use okta_client::credentials::{PrivateKey, ServiceApp};
use okta_mock::OktaMock;
use tracing::Level;

use crate::recorder::Recorder;
use crate::support::{TOKEN, Watched, Way, app, client, count, org};

fn bound() -> okta_mock::Builder {
    OktaMock::builder().seed(7).users(3).require_dpop(true)
}

#[tokio::test(start_paused = true)]
async fn a_renewal_is_a_span_with_its_requests_in_it_and_there_is_one_however_many_wait() {
    let recorder = Recorder::at(Level::DEBUG);
    let _guard = tracing::subscriber::set_default(recorder.clone());
    let org = org(bound());
    let okta = client(&org, app(&org), &Watched::new(&org));
    let (first, second) = tokio::join!(count(&okta), count(&okta));
    assert_eq!((first.expect("a listing"), second.expect("a listing")), (3, 3));
    let renewals = recorder.spans("okta.token");
    assert_eq!((renewals.len(), renewals[0].level), (1, Level::INFO));
    assert_eq!(
        recorder.around(&renewals[0]),
        ["okta.page 1", "okta.listing"],
        "of the call that needed it first"
    );
    let posts: Vec<_> = recorder
        .spans("okta.request")
        .into_iter()
        .filter(|span| span.field("url.template") == TOKEN)
        .collect();
    let answers: Vec<_> = posts.iter().map(|post| post.field("http.response.status_code")).collect();
    assert_eq!(answers, ["400", "200"], "told the nonce, and given the token");
    for post in &posts {
        assert_eq!(recorder.around(post)[0], "okta.token");
    }
    let known = org.service_app();
    for secret in [&known.private_key_pem, &known.client_id] {
        assert!(!recorder.text().contains(secret.as_str()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_fails_while_the_old_token_lives_is_a_warning_and_no_error() {
    let recorder = Recorder::at(Level::DEBUG);
    let _guard = tracing::subscriber::set_default(recorder.clone());
    let org = org(bound());
    let watched = Watched::by(&org, |request, before| match request.uri().path() {
        TOKEN if before > 1 => Way::Answer(
            http::Response::builder()
                .status(400)
                .body(r#"{"error":"access_denied"}"#.into())
                .expect("a response"),
        ),
        _ => Way::Pass,
    });
    let okta = client(&org, app(&org), &watched);
    count(&okta).await.expect("a listing");
    tokio::time::sleep(Duration::from_secs(55 * 60)).await;
    count(&okta).await.expect("by the old token");
    tokio::time::sleep(Duration::from_millis(100)).await;
    let kept = recorder.events("the access token could not be renewed; the one at hand is used");
    assert_eq!((kept.len(), kept[0].level), (1, Level::WARN));
    // Without a token that lives it is the caller who is told, and nobody else.
    tokio::time::sleep(Duration::from_secs(10 * 60)).await;
    count(&okta).await.expect_err("no token");
    assert_eq!(recorder.events("the access token could not be renewed; the one at hand is used").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_post_that_is_repeated_and_a_scope_that_was_not_granted_are_events() {
    let recorder = Recorder::at(Level::DEBUG);
    let _guard = tracing::subscriber::set_default(recorder.clone());
    let org = org(bound());
    let watched = Watched::by(&org, |request, before| match request.uri().path() {
        TOKEN if before == 0 => Way::Lose,
        _ => Way::Pass,
    });
    let known = org.service_app();
    let key = PrivateKey::from_pem(&known.private_key_pem).expect("a key").kid(&known.kid);
    let app =
        ServiceApp::new(&known.client_id, key, ["okta.users.read", "okta.networkZones.read"]).expect("valid");
    count(&client(&org, app, &watched)).await.expect("a listing");
    let again = recorder.events("trying again");
    let told: Vec<_> =
        again.iter().map(|event| (event.field("url.template"), event.field("error.type"))).collect();
    assert_eq!(told, [(TOKEN, "lost")]);
    let missing = recorder.events("Okta did not grant these scopes to the service app");
    assert_eq!((missing.len(), missing[0].field("scopes")), (1, "okta.networkZones.read"));
}
