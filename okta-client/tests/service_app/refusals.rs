//! What the token endpoint and the resources refuse, and what is told of it.

use std::time::Duration;

use futures::future::join_all;
use okta_client::credentials::{CredentialError, PrivateKey, ServiceApp};
use okta_client::{Error, Retry};
use okta_mock::OktaMock;

use crate::support::{self, TOKEN, Watched, Way, app, client, count, org};
use crate::{answer, bound};

/// The source of a call's failed credential.
fn credential_error(error: &Error) -> &CredentialError {
    match error {
        Error::Credential { source, .. } => source,
        other => panic!("{other:?}"),
    }
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
