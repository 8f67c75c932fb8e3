//! What a token opens, and how it is refused: the quotations are rows of the fact sheet on Okta, §1.2 and §1.4.

mod asking;
mod signing;

use std::time::Duration;

use asking::{Answer, delete, get, org, post, types_since};
use http::Method;
use okta_mock::{AdminRole, OktaMock, Snapshot};
use serde_json::{Value, json};
use signing::{Assertion, bearer, call_with, exchange, get_with};

const SCOPES: &str = "okta.users.read okta.logs.read";

fn sample(name: &str) -> Value {
    let path = format!("{}/../fixtures/okta/exchanges/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("the sample")).expect("JSON")
}

async fn as_bearer(okta: &OktaMock, token: &str, target: &str) -> Answer {
    get_with(okta, target, &[("authorization", &format!("Bearer {token}"))]).await
}

async fn exchange_status(okta: &OktaMock, jti: &str) -> u16 {
    exchange(okta, &Assertion::new(okta, jti).signed(), "okta.logs.read", &[]).await.status
}

/// §1.4: empty body, the reason only in `WWW-Authenticate`, exactly as recorded.
#[tokio::test]
async fn a_token_that_will_not_do_is_refused_with_an_empty_body() {
    let okta = org().in_process();
    let here = |name: &str| {
        let theirs = sample(name)["response"].clone();
        let headers = theirs["headers"].as_array().cloned().expect("headers");
        let header =
            headers.into_iter().find(|header| header[0] == "WWW-Authenticate").expect("the challenge");
        header[1].as_str().expect("a text").replace("example.okta.com", "127.0.0.1:1")
    };
    let token = bearer(&okta, "users", "okta.users.read").await;
    let answer = as_bearer(&okta, &token, "/api/v1/groups").await;
    assert_eq!((answer.status, answer.bytes.len(), answer.header("content-length")), (403, 0, "0"));
    assert_eq!(answer.header("www-authenticate"), here("error-403-oauth-insufficient-scope"));
    for token in ["", "garbage", "a.b.c", &token[1..]] {
        let answer = as_bearer(&okta, token, "/api/v1/users").await;
        assert_eq!((answer.status, answer.bytes.len()), (401, 0), "{token:.9}");
        assert_eq!(answer.header("www-authenticate"), here("error-401-oauth-invalid-token"));
        assert_eq!(answer.header("content-type"), "");
    }
    okta.clock().advance(Duration::from_secs(3_599));
    assert_eq!(as_bearer(&okta, &token, "/api/v1/users").await.status, 200);
    okta.clock().advance(Duration::from_secs(1));
    let answer = as_bearer(&okta, &token, "/api/v1/users").await;
    assert_eq!(answer.status, 401, "expired after its hour");
    assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""));
}

/// "manage includes read", and each endpoint has its scope.
#[tokio::test]
async fn a_scope_opens_its_endpoints_only() {
    let okta = org().in_process();
    let token = bearer(&okta, "m", "okta.groups.manage okta.logs.read").await;
    let group = get(&okta, "/api/v1/groups").await.column("id").remove(1);
    let user = get(&okta, "/api/v1/users").await.column("id").remove(2);
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    for (method, path, status) in [
        (Method::GET, "/api/v1/groups".to_owned(), 200),
        (Method::PUT, format!("/api/v1/groups/{group}/users/{user}"), 204),
        (Method::GET, "/api/v1/logs".to_owned(), 200),
        (Method::GET, "/api/v1/users".to_owned(), 403),
        (Method::GET, format!("/api/v1/users/{user}/groups"), 403),
        (Method::GET, "/api/v1/apps".to_owned(), 403),
        (Method::GET, "/api/v1/eventHooks".to_owned(), 403),
        (Method::GET, "/api/v1/api-tokens".to_owned(), 403),
    ] {
        assert_eq!(call_with(&okta, method.clone(), &path, &headers).await.status, status, "{method} {path}");
    }
}

/// "Effective rights = scope ∩ admin roles": "403 E0000006 JSON".
#[tokio::test]
async fn a_scope_without_a_role_is_a_json_403() {
    let okta = org().service_app_roles([]).in_process();
    let token = bearer(&okta, "1", SCOPES).await;
    let answer = as_bearer(&okta, &token, "/api/v1/users").await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "E0000006"));
    let client = okta.service_app().client_id;
    let roles = format!("/oauth2/v1/clients/{client}/roles");
    let made = post(&okta, &roles, json!({ "type": "READ_ONLY_ADMIN" })).await;
    assert_eq!((made.status, made.json()["type"].as_str()), (200, Some("READ_ONLY_ADMIN")));
    assert_eq!(as_bearer(&okta, &token, "/api/v1/users").await.status, 200, "role changes apply at once");
    assert_eq!(post(&okta, &roles, json!({ "type": "READ_ONLY_ADMIN" })).await.code(), "E0000090");
    let id = get(&okta, &roles).await.column("id").remove(0);
    assert_eq!(delete(&okta, &format!("{roles}/{id}")).await.status, 204);
    assert_eq!(as_bearer(&okta, &token, "/api/v1/users").await.code(), "E0000006");
    let okta = org().service_app_roles([AdminRole::ReadOnlyAdmin]).in_process();
    let token = bearer(&okta, "2", "okta.groups.manage").await;
    let headers = [("authorization", format!("Bearer {token}"))];
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(call_with(&okta, Method::POST, "/api/v1/groups", &headers).await.code(), "E0000006");
}

/// "every requested scope must be in the app's grants collection (`GET/POST /api/v1/apps/{id}/grants`)".
#[tokio::test]
async fn scopes_are_granted_and_taken_away_over_the_api() {
    let okta = org().service_app_scopes(["okta.users.read"]).in_process();
    let grants = format!("/api/v1/apps/{}/grants", okta.service_app().client_id);
    let ask = |jti: &'static str| exchange_status(&okta, jti);
    assert_eq!(ask("1").await, 400);
    let order = json!({ "scopeId": "okta.logs.read", "issuer": okta.url() });
    let before = okta.log().len();
    let made = post(&okta, &grants, order.clone()).await;
    assert_eq!(made.status, 200, "200 on the wire, though 201 is documented");
    assert_eq!(types_since(&okta, before), ["app.oauth2.admin.consent.grant"]);
    assert_eq!(ask("2").await, 200);
    let sample_path = format!("{}/../fixtures/okta/objects/app-grants.json", env!("CARGO_MANIFEST_DIR"));
    let theirs: Value =
        serde_json::from_str(&std::fs::read_to_string(sample_path).expect("it")).expect("JSON");
    let keys = |row: &Value| row.as_object().expect("a row").keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&made.json()), keys(&theirs[0]));
    assert_eq!(post(&okta, &grants, order).await.json()["id"], made.json()["id"], "granted once");
    assert_eq!(get(&okta, &grants).await.rows().len(), 2);
    assert_eq!(okta.service_app().scopes, ["okta.logs.read", "okta.users.read"]);
    let wrong = json!({ "scopeId": "okta.logs.read", "issuer": "https://else.example" });
    assert_eq!(post(&okta, &grants, wrong).await.code(), "E0000001");
    let one = format!("{grants}/{}", made.json()["id"].as_str().expect("an id"));
    assert_eq!(get(&okta, &one).await.json()["scopeId"], "okta.logs.read");
    assert_eq!(delete(&okta, &one).await.status, 204);
    assert_eq!(ask("3").await, 400);
}

/// "`GET /api/v1/users/me` works for SSWS, not for service-app tokens."
#[tokio::test]
async fn a_service_app_is_nobody() {
    let okta = org().in_process();
    let token = bearer(&okta, "1", "okta.users.read").await;
    assert_eq!(as_bearer(&okta, &token, "/api/v1/users/me").await.code(), "E0000007");
    assert_eq!(get(&okta, "/api/v1/users/me").await.status, 200);
}

/// The clients of a restored org may have other ids than its seed gives.
#[tokio::test]
async fn a_reset_that_keeps_tokens_keeps_the_clients_apps() {
    let okta = org().in_process();
    let id = okta.service_app().client_id;
    let other = format!("{}other", &id[..id.len() - 5]);
    // A snapshot holds what is not as it was made: the client's app, once it was changed.
    okta.clock().advance(Duration::from_secs(1));
    for step in ["deactivate", "activate"] {
        assert_eq!(
            post(&okta, &format!("/api/v1/apps/{id}/lifecycle/{step}"), Value::Null).await.status,
            200
        );
    }
    let document = okta.snapshot().to_json().replace(&id, &other);
    okta.restore(&Snapshot::from_json(&document).expect("a snapshot"));
    assert_eq!(okta.service_app().client_id, other);
    let token = bearer(&okta, "1", "okta.users.read").await;
    assert_eq!(post(&okta, "/_mock/reset", json!({ "keep": ["tokens"] })).await.status, 200);
    assert_eq!(as_bearer(&okta, &token, "/api/v1/users").await.status, 200);
    let app = get(&okta, &format!("/api/v1/apps/{other}")).await;
    assert_eq!((app.status, app.json()["name"].as_str()), (200, Some("oidc_client")));
    bearer(&okta, "2", "okta.users.read").await;
}

/// Each endpoint has its scope, however its path is spelled: `%75` is a `u` (RFC 3986, section 6.2.2.2).
#[tokio::test]
async fn an_escaped_path_needs_the_scope_and_counts_in_the_bucket_of_the_plain_one() {
    let okta = org().in_process();
    let token = bearer(&okta, "1", "okta.logs.read").await;
    for path in [
        "/api/v1/%75sers",
        "/api/v1/use%72s/me",
        "/api/v1/%67roups",
        "/%61pi/v1/users",
        "/api/v1/api%2Dtokens",
        "/api/v1/behaviors",
        "/api/v1/realms",
        "/api/v1/agentPools",
    ] {
        let answer = as_bearer(&okta, &token, path).await;
        let refused = (answer.status, answer.header("www-authenticate").contains("insufficient_scope"));
        // A path that does not begin as Okta's do is nobody's.
        let expected = if path.starts_with("/api/") { (403, true) } else { (404, false) };
        assert_eq!(refused, expected, "{path}");
    }
    assert_eq!(get(&okta, "/api/v1/%75sers?limit=1").await.rows().len(), 1);
    let bucket = okta.requests().last().and_then(|request| request.bucket.clone());
    get(&okta, "/api/v1/users?limit=1").await;
    assert!(bucket.is_some() && bucket == okta.requests().last().and_then(|request| request.bucket.clone()));
}
