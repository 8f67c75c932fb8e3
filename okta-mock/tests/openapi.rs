//! Every answer of the fake, over a generated org and after changes, against Okta's own OpenAPI document.
//!
//! Allowed are the divergences that were counted in recorded answers of Okta's: a fake that copies them is faithful.
//! Which operations have to be answered is what `/_mock/coverage` says is built: one that no test calls fails the test.

mod asking;
#[path = "openapi/authorization_server.rs"]
mod authorization_server;
#[path = "openapi/bodies.rs"]
mod bodies;
#[path = "openapi/checked.rs"]
mod checked;
#[path = "openapi/credentials.rs"]
mod credentials;
#[path = "openapi/reads.rs"]
mod reads;
#[path = "openapi/schema.rs"]
mod schema;
mod signing;
mod web_app;
#[path = "openapi/writes.rs"]
mod writes;

use std::collections::BTreeSet;

use asking::org;
use bytes::Bytes;
use checked::{Checked, DOCUMENT};
use http::{Request, Response};
use schema::Document;
use serde_json::{Value, json};

/// Built, and in no part of the document as it is here; `authorize` answers browsers with pages and redirects.
const BESIDE: [&str; 9] = [
    "GET /.well-known/oauth-authorization-server",
    "GET /api/v1/agentPools",
    "GET /api/v1/behaviors",
    "GET /api/v1/behaviors/{}",
    "GET /api/v1/realms",
    "GET /api/v1/realms/{}",
    "GET /oauth2/v1/authorize",
    "POST /oauth2/v1/authorize",
    "POST /oauth2/v1/userinfo",
];

/// Proves every hook's address and takes every push.
async fn receiver(request: Request<Bytes>) -> Response<Bytes> {
    let challenge = request.headers().get("x-okta-verification-challenge");
    let challenge = challenge.map(|value| value.to_str().expect("a readable challenge").to_owned());
    Response::new(challenge.map_or(Bytes::new(), |text| json!({ "verification": text }).to_string().into()))
}

#[tokio::test]
async fn every_answer_over_a_generated_org_fits_oktas_document() {
    let org = Checked::new(org().users(300).groups(20).apps(8).events(1500).in_process());
    org.read_all().await;
    org.finish();
}

#[tokio::test]
async fn every_built_operation_is_called_and_fits_oktas_document() {
    let org = org().users(60).groups(4).apps(3).push_to(receiver).in_process();
    let mut org = Checked::new(org);
    org.read_all().await;
    org.change_at_random(1_800, 20_261_124).await;
    org.okta.activity(400);
    org.read_all().await;
    org.credentials().await;
    org.authorization_server().await;
    org.finish();

    let coverage = asking::get(&org.okta, "/_mock/coverage").await.json();
    let built: BTreeSet<String> = coverage["operations"]
        .as_array()
        .expect("operations")
        .iter()
        .filter(|row| row["tier"] != 3)
        .map(|row| format!("{} {}", row["method"].as_str().unwrap(), row["path"].as_str().unwrap()))
        .collect();
    let beside: BTreeSet<String> = BESIDE.map(str::to_owned).into();
    let called: BTreeSet<String> = org.succeeded.into_inner().union(&beside).cloned().collect();
    assert_eq!(built.difference(&called).collect::<Vec<_>>(), Vec::<&String>::new(), "built and not called");
    assert_eq!(called.difference(&built).collect::<Vec<_>>(), Vec::<&String>::new(), "called and not listed");
}

#[test]
fn the_checker_finds_what_is_wrong() {
    let document = Document::parse(DOCUMENT);
    let schema = document.response("GET", "/api/v1/users", 200).expect("a body");
    let broken = json!([{"id": 7, "status": "SLEEPING", "created": "yesterday", "profile": {"login": "ada@example.com"}}]);
    let rules: Vec<_> =
        document.check(schema, &broken).into_iter().map(|found| (found.pointer, found.rule)).collect();
    let expected = [("[].created", "format"), ("[].id", "type"), ("[].status", "enum")];
    assert_eq!(rules, expected.map(|(pointer, rule)| (pointer.to_owned(), rule)));

    let schema = document.response("GET", "/api/v1/logStreams", 200).expect("a body");
    let secret = json!([{"type": "splunk_cloud_logstreaming", "settings": {"token": "x"}}]);
    let found = document.check(schema, &secret);
    assert!(found.iter().any(|found| found.rule == "writeOnly"), "{found:?}");
    assert!(!document.check(document.refusal(), &json!({ "errorCode": 7 })).is_empty());
    assert_eq!(document.response("DELETE", "/api/v1/users/{id}", 204), None::<&Value>);
}
