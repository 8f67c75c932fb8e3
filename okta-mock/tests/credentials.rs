//! API tokens, rule by rule: the quotations are rows of the fact sheet on Okta, §1.1.

mod asking;
mod signing;

use std::time::Duration;

use asking::{Answer, ask, delete, get, org, post, types_since};
use bytes::Bytes;
use http::{Method, Request};
use okta_mock::{AdminRole, OktaMock};
use serde_json::{Value, json};
use signing::{call_with, get_with};

const DAY: Duration = Duration::from_secs(86_400);

/// Makes a token over the steering surface and returns its id and value.
async fn token(okta: &OktaMock, order: Value) -> (String, String) {
    let made = post(okta, "/_mock/tokens", order).await;
    assert_eq!(made.status, 200, "{:?}", made.bytes);
    let text = |name: &str| made.json()[name].as_str().expect("a text").to_owned();
    (text("id"), text("value"))
}

async fn with(okta: &OktaMock, value: &str, method: Method, target: &str) -> Answer {
    call_with(okta, method, target, &[("authorization", &format!("SSWS {value}"))]).await
}

async fn status(okta: &OktaMock, value: &str, target: &str) -> (u16, String) {
    let answer = with(okta, value, Method::GET, target).await;
    (answer.status, if answer.status == 200 { String::new() } else { answer.code() })
}

fn invalid() -> (u16, String) {
    (401, "E0000011".to_owned())
}

/// "Sliding inactivity window of 30 days: every use moves `expiresAt`."
#[tokio::test]
async fn a_token_expires_30_days_after_its_last_use() {
    let okta = org().in_process();
    for _ in 0..3 {
        okta.clock().advance(29 * DAY);
        assert_eq!(get(&okta, "/api/v1/users/me").await.status, 200);
    }
    let row = get(&okta, "/api/v1/api-tokens").await.rows().remove(0);
    assert_eq!(
        (&row["tokenWindow"], &row["expiresAt"]),
        (&json!("P30D"), &json!("2026-12-16T08:00:00.000Z"))
    );
    okta.clock().advance(30 * DAY - Duration::from_millis(1));
    assert_eq!(status(&okta, okta.api_token(), "/api/v1/users/me").await.0, 200);
    okta.clock().advance(30 * DAY);
    assert_eq!(status(&okta, okta.api_token(), "/api/v1/users/me").await, invalid());
}

/// "unknown, revoked, expired token, deactivated creator: 401 E0000011".
#[tokio::test]
async fn a_token_stops_working_when_it_is_revoked() {
    let okta = org().in_process();
    let (id, value) = token(&okta, json!({ "name": "connector" })).await;
    assert_eq!(status(&okta, &value, "/api/v1/users").await.0, 200);
    let before = okta.log().len();
    assert_eq!(delete(&okta, &format!("/api/v1/api-tokens/{id}")).await.status, 204);
    assert_eq!(types_since(&okta, before), ["system.api_token.revoke"]);
    assert_eq!(status(&okta, &value, "/api/v1/users").await, invalid());
    assert_eq!(delete(&okta, &format!("/api/v1/api-tokens/{id}")).await.code(), "E0000007");
}

#[tokio::test]
async fn a_token_stops_working_when_its_creator_is_deactivated() {
    let okta = org().in_process();
    let creator = get(&okta, "/api/v1/users").await.column("id").remove(1);
    let (_, value) = token(&okta, json!({ "name": "theirs", "user": creator })).await;
    let me = with(&okta, &value, Method::GET, "/api/v1/users/me").await;
    assert_eq!(me.json()["id"], creator, "`me` is the token's owner");
    assert_eq!(
        post(&okta, &format!("/api/v1/users/{creator}/lifecycle/deactivate"), Value::Null).await.status,
        200
    );
    assert_eq!(status(&okta, &value, "/api/v1/users").await, invalid());
    delete(&okta, &format!("/api/v1/users/{creator}")).await;
    assert_eq!(status(&okta, &value, "/api/v1/users").await, invalid(), "and the user is gone");
}

/// "no `Authorization` header, or a scheme Okta does not know: 403 E0000005".
#[tokio::test]
async fn a_scheme_that_okta_does_not_know_is_an_invalid_session() {
    let okta = org().in_process();
    assert_eq!(get_with(&okta, "/api/v1/users", &[]).await.code(), "E0000005");
    for header in ["Basic abc", "Token 00x", "SSWS", "", "sswsx 00x"] {
        let answer = get_with(&okta, "/api/v1/users", &[("authorization", header)]).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "E0000005"), "{header:?}");
    }
}

/// "token valid, permission missing: 403 E0000006", counted like any other request.
#[tokio::test]
async fn a_role_allows_what_it_allows_and_no_more() {
    let okta = org().in_process();
    let (_, value) = token(&okta, json!({ "name": "reader", "role": "READ_ONLY_ADMIN" })).await;
    assert_eq!(status(&okta, &value, "/api/v1/users").await.0, 200);
    assert_eq!(status(&okta, &value, "/api/v1/logs").await.0, 200);
    let refused = with(&okta, &value, Method::POST, "/api/v1/groups").await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "E0000006"));
    assert_ne!(refused.header("x-rate-limit-remaining"), "");
    let value = okta.create_api_token("reports", AdminRole::ReportAdmin);
    assert_eq!(status(&okta, &value, "/api/v1/groups").await, (403, "E0000006".to_owned()));
}

/// "feature not enabled in the org: 401 E0000015": a 401 that is not about the token. Planned, as a fault.
#[tokio::test]
async fn a_missing_feature_is_a_401_of_its_own() {
    let okta = org().in_process();
    let plan =
        json!({ "on": "GET /api/v1/logs", "nth": 1, "do": { "status": 401, "errorCode": "E0000015" } });
    post(&okta, "/_mock/faults", plan).await;
    let answer = get(&okta, "/api/v1/logs").await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "E0000015"));
    assert_eq!(get(&okta, "/api/v1/logs").await.status, 200, "the token is as good as before");
}

/// "A token can be limited to network zones."
#[tokio::test]
async fn a_token_can_be_limited_to_addresses() {
    let okta = org().in_process();
    let (id, value) = token(&okta, json!({ "name": "zoned", "addresses": ["198.51.100.7"] })).await;
    let ssws = format!("SSWS {value}");
    for (from, status) in [("198.51.100.7", 200), ("198.51.100.7, 10.0.0.1", 200), ("198.51.100.8", 403)] {
        let headers = [("authorization", ssws.as_str()), ("x-forwarded-for", from)];
        assert_eq!(get_with(&okta, "/api/v1/users", &headers).await.status, status, "{from}");
    }
    assert_eq!(
        okta.log().last().expect("an event").event_type,
        "system.api_token.request_outside_allowed_range"
    );
    let row = get(&okta, &format!("/api/v1/api-tokens/{id}")).await.json();
    assert_eq!(row["network"]["connection"], "ZONE");
}

/// "`GET /api/v1/api-tokens` lists metadata, never values. `DELETE …/current` revokes the presented token."
#[tokio::test]
async fn tokens_are_listed_without_values_and_can_revoke_themselves() {
    let okta = org().in_process();
    let (id, value) = token(&okta, json!({ "name": "second", "value": "00second" })).await;
    assert_eq!(value, "00second");
    let list = get(&okta, "/api/v1/api-tokens").await;
    assert_eq!(list.column("name"), ["okta-mock", "second"].map(str::to_owned).to_vec());
    let text = String::from_utf8(list.bytes.to_vec()).expect("text");
    assert!(!text.contains(&value) && !text.contains(okta.api_token()));
    assert_eq!(get(&okta, &format!("/api/v1/api-tokens/{id}")).await.json()["name"], "second");
    assert_eq!(with(&okta, &value, Method::DELETE, "/api/v1/api-tokens/current").await.status, 204);
    assert_eq!(status(&okta, &value, "/api/v1/users").await, invalid());
    assert_eq!(get(&okta, "/api/v1/api-tokens").await.rows().len(), 1);
}

#[tokio::test]
async fn a_token_row_has_the_members_of_oktas() {
    let okta = org().in_process();
    let path = format!("{}/../fixtures/okta/objects/api-tokens.json", env!("CARGO_MANIFEST_DIR"));
    let theirs: Value =
        serde_json::from_str(&std::fs::read_to_string(path).expect("the sample")).expect("JSON");
    let keys = |row: &Value| {
        row.as_object().expect("a row").keys().cloned().collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(keys(&get(&okta, "/api/v1/api-tokens").await.rows()[0]), keys(&theirs[0]));
}

/// "detail.requestApiTokenId": the events of a request name its token, and its owner as the actor.
#[tokio::test]
async fn events_name_the_token_and_its_owner() {
    let okta = org().in_process();
    let other = get(&okta, "/api/v1/users").await.rows().remove(1);
    let (id, value) = token(&okta, json!({ "name": "writer", "user": other["id"] })).await;
    let request = Request::post("/api/v1/groups")
        .header("authorization", format!("SSWS {value}"))
        .body(Bytes::from(json!({ "profile": { "name": "Made by a token" } }).to_string()));
    assert_eq!(asking::send(&okta, request.expect("a request")).await.status, 200);
    let event: Value = serde_json::from_slice(&okta.log().last().expect("an event").json()).expect("JSON");
    assert_eq!(event["eventType"], "group.lifecycle.create");
    assert_eq!(event["actor"]["id"], other["id"]);
    assert_eq!(event["transaction"]["detail"]["requestApiTokenId"], id);
    assert_eq!(okta.requests().last().and_then(|request| request.principal.clone()), Some(id));
}

#[tokio::test]
async fn steering_tokens_says_what_is_wrong() {
    let okta = org().in_process();
    for (order, starts) in [
        (json!({}), "name: missing"),
        (json!({ "name": "x", "role": "BOSS" }), "role: \"BOSS\" is none of SUPER_ADMIN"),
        (json!({ "name": "x", "user": "nobody" }), "user: there is no"),
        (json!({ "name": "x", "value": "two words" }), "value: must be visible ASCII"),
        (json!({ "name": "x", "value": okta.api_token() }), "value: another token has it"),
        (json!({ "name": "x", "frob": 1 }), "frob: unknown"),
    ] {
        let answer = post(&okta, "/_mock/tokens", order).await;
        let error = answer.json()["error"].as_str().expect("a line").to_owned();
        assert!(answer.status == 400 && error.starts_with(starts), "{error}");
    }
    let (id, value) = token(&okta, json!({ "name": "x" })).await;
    assert_eq!(ask(&okta, Method::DELETE, &format!("/_mock/tokens/{id}"), Value::Null).await.status, 200);
    assert_eq!(status(&okta, &value, "/api/v1/users").await, invalid());
    let before = okta.log().iter().map(|event| event.event_type.clone()).collect::<Vec<_>>();
    assert_eq!(before, ["system.api_token.create", "system.api_token.revoke"]);
}

/// The recorded refusals, apart from their `errorId`.
#[tokio::test]
async fn refusals_have_the_recorded_bodies() {
    let okta = org().in_process();
    let (_, reader) = token(&okta, json!({ "name": "reports", "role": "REPORT_ADMIN" })).await;
    let permission = with(&okta, &reader, Method::GET, "/api/v1/groups").await;
    for (sample, answer) in [
        ("error-401-invalid-token", with(&okta, "00nothing", Method::GET, "/api/v1/users").await),
        ("error-403-no-credentials", get_with(&okta, "/api/v1/users", &[]).await),
        ("error-403-permission", permission),
    ] {
        let path = format!("{}/../fixtures/okta/exchanges/{sample}.json", env!("CARGO_MANIFEST_DIR"));
        let theirs: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("it")).expect("JSON");
        let (mut ours, theirs) = (answer.json(), &theirs["response"]);
        ours["errorId"] = theirs["body"]["errorId"].clone();
        assert_eq!((json!(answer.status), &ours), (theirs["status"].clone(), &theirs["body"]), "{sample}");
        let rates = theirs["headers"].to_string().contains("X-Rate-Limit-Limit");
        assert_eq!(answer.headers.contains_key("x-rate-limit-limit"), rates, "{sample}");
    }
}

#[tokio::test]
async fn nothing_prints_a_secret() {
    let okta = org().in_process();
    let (service, web) = (okta.service_app(), okta.web_app());
    let shown = format!("{okta:?} {service:?} {:?} {web:?} {:?}", service.ec_key, okta.requests());
    for secret in [
        okta.api_token(),
        &web.client_secret,
        "PRIVATE KEY",
        service.private_key_jwk["d"].as_str().expect("d"),
    ] {
        assert!(!shown.contains(secret));
    }
}

#[tokio::test]
async fn a_reset_that_keeps_tokens_keeps_those_of_users_who_are_gone_with_it() {
    let okta = org().in_process();
    let profile = json!({ "firstName": "N", "lastName": "N", "email": "n@n.test", "login": "n@n.test" });
    let made = post(&okta, "/api/v1/users?activate=true", json!({ "profile": profile })).await;
    assert_eq!(made.status, 200);
    let mine = token(&okta, json!({ "name": "mine", "user": "n@n.test" })).await.1;
    let first = get(&okta, "/api/v1/users/me").await.json()["id"].clone();
    for (keep, works) in [(json!({ "keep": ["tokens"] }), true), (json!({}), false)] {
        let me = with(&okta, &mine, Method::GET, "/api/v1/users/me").await;
        assert_eq!(me.status, 200);
        assert_eq!(post(&okta, "/_mock/reset", keep).await.status, 200);
        assert_eq!(get(&okta, "/api/v1/users/n@n.test").await.status, 404);
        let expected = if works { (200, String::new()) } else { invalid() };
        assert_eq!(status(&okta, &mine, "/api/v1/users").await, expected);
        let me = with(&okta, &mine, Method::GET, "/api/v1/users/me").await;
        assert!(!works || me.json()["id"] == first, "its owner is the org's first user now");
    }
}
