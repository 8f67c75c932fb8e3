//! What an org can be given at the start: tokens, receivers, a shorter life of cursors, limits of another size.

mod asking;

use std::time::Duration;

use asking::receiver::Receiver;
use asking::{get, org, post, send};
use bytes::Bytes;
use http::Request;
use okta_mock::{AdminRole, Builder, OktaMock, RateLimits, StartError};
use serde_json::{Value, json};

/// Asks with a token of its own.
async fn with_token(okta: &OktaMock, method: &str, target: &str, token: &str) -> asking::Answer {
    let request = Request::builder()
        .method(method)
        .uri(target)
        .header("authorization", format!("SSWS {token}"))
        .body(Bytes::new())
        .expect("a request");
    send(okta, request).await
}

fn refused(built: Result<Builder, StartError>) -> String {
    built.expect_err("refused").to_string()
}

#[tokio::test]
async fn tokens_are_there_from_the_start_and_after_a_reset() {
    let okta = org().token("ci", "00ci", AdminRole::ReadOnlyAdmin).expect("a token").in_process();
    for _ in 0..2 {
        assert_eq!(with_token(&okta, "GET", "/api/v1/users", "00ci").await.status, 200);
        assert_eq!(with_token(&okta, "POST", "/api/v1/users/me/lifecycle/suspend", "00ci").await.status, 403);
        assert!(okta.log().is_empty(), "nobody made it");
        post(&okta, "/_mock/reset", Value::Null).await;
    }
    let token = |value: &str| {
        org().token("ci", "00ci", AdminRole::SuperAdmin).expect("one").token(
            "two",
            value,
            AdminRole::SuperAdmin,
        )
    };
    assert_eq!(refused(token("00ci")), "token: another token has the value of \"two\"");
    assert!(refused(token("0 0")).starts_with("token: the value of \"two\" must be visible ASCII"));
    assert_eq!(
        "READONLY_ADMIN".parse::<AdminRole>().expect_err("none").split('?').next(),
        Some("\"READONLY_ADMIN\" is no role, did you mean READ_ONLY_ADMIN")
    );
}

#[tokio::test]
async fn any_token_may_be_good_and_each_is_a_principal_of_its_own() {
    let strict = org().in_process();
    assert_eq!(with_token(&strict, "GET", "/api/v1/users", "00whoever").await.status, 401);
    let okta = org().any_token(true).in_process();
    for token in ["00one", "00two", "00one"] {
        assert_eq!(with_token(&okta, "GET", "/api/v1/users", token).await.status, 200);
    }
    let principals: Vec<Option<String>> =
        okta.requests().into_iter().map(|request| request.principal).collect();
    assert!(principals[0] == principals[2] && principals[0] != principals[1], "{principals:?}");
    assert_eq!(get(&okta, "/api/v1/users").await.status, 200, "its own is still good");
}

#[tokio::test(start_paused = true)]
async fn a_hook_and_a_stream_are_there_from_the_start() {
    let receiver = Receiver::answering(&[200]);
    let okta = receiver
        .builder()
        .event_hook("https://inbox.example.com/okta", "s3cret")
        .and_then(|builder| {
            builder.eventbridge(
                "https://relay.example.com/",
                "k3y",
                "123456789012",
                "eu-central-1",
                "discovery",
            )
        })
        .expect("both are right")
        .in_process();
    get(&okta, "/api/v1/groups").await;
    okta.settle().await;
    let before = receiver.came().len();
    post(&okta, "/api/v1/groups", json!({ "profile": { "name": "One" } })).await;
    okta.settle().await;
    let came = receiver.came();
    let secrets: Vec<(&str, &str)> = came[before..]
        .iter()
        .map(|push| {
            (push.uri().host().expect("a host"), push.headers()["authorization"].to_str().expect("text"))
        })
        .collect();
    assert_eq!(secrets, [("relay.example.com", "k3y"), ("inbox.example.com", "s3cret")]);
    let types: usize = get(&okta, "/api/v1/eventHooks")
        .await
        .rows()
        .iter()
        .map(|hook| hook["events"]["items"].as_array().map_or(0, Vec::len))
        .sum();
    assert_eq!(types, 314, "every eligible type");
    assert!(
        refused(org().event_hook("http://example.com/", "s"))
            .starts_with("hook: channel.config.uri: Must be an https URL")
    );
    assert!(refused(org().eventbridge("nowhere", "s", "1", "r", "n")).starts_with("eventbridge: url: "));
    assert!(
        refused(org().eventbridge("http://127.0.0.1/", "s", "123456789012", "us-east-1", "a b"))
            .starts_with("eventbridge: ")
    );
}

#[tokio::test]
async fn a_cursor_can_grow_too_old() {
    let okta = org().users(9).cursor_ttl(Duration::from_secs(300)).in_process();
    let next = get(&okta, "/api/v1/users?limit=4").await.link("next").expect("more");
    okta.clock().advance(Duration::from_secs(300));
    assert_eq!(get(&okta, &next).await.status, 200);
    okta.clock().advance(Duration::from_secs(1));
    let refused = get(&okta, &next).await;
    assert_eq!((refused.status, refused.code().as_str()), (400, "E0000031"));
    let log = get(&okta, "/api/v1/logs").await.link("next").expect("always one");
    okta.clock().advance(Duration::from_secs(300));
    assert_eq!(get(&okta, &log).await.link("next"), Some(log.clone()));
    okta.clock().advance(Duration::from_secs(300));
    assert_eq!(get(&okta, &log).await.status, 200, "polling hands it out anew");
}

#[tokio::test]
async fn limits_are_scaled_and_a_429_may_say_when_to_come_again() {
    let okta = org().rate_limits(RateLimits::Integrator).rate_limit_scale(0.1).retry_after(true).in_process();
    let first = get(&okta, "/api/v1/logs").await;
    assert_eq!(
        (first.status, first.header("x-rate-limit-limit"), first.header("retry-after")),
        (200, "1", "")
    );
    okta.clock().advance(Duration::from_secs(20));
    let second = get(&okta, "/api/v1/logs").await;
    assert_eq!((second.status, second.header("retry-after")), (429, "40"));
    let plain = org().in_process();
    plain.faults().on("GET /api/v1/logs").respond_429();
    assert_eq!(get(&plain, "/api/v1/logs").await.header("retry-after"), "");
}

#[tokio::test]
async fn without_steering_its_paths_are_like_any_other() {
    let okta = org().no_admin(true).in_process();
    assert_eq!(get(&okta, "/_mock/health").await.status, 404);
    let nobody = Request::get("/_mock/health").body(Bytes::new()).expect("a request");
    assert_eq!(send(&okta, nobody).await.status, 403);
    assert_eq!(okta.requests().len(), 2, "and recorded");
}
