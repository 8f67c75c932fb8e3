//! Keys, algorithms, scopes, orgs: what an app is made of.

use okta_client::credentials::{Algorithm, PrivateKey, ServiceApp};
use okta_mock::OktaMock;

use crate::bound;
use crate::support::{Watched, app, client, count, org};

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
