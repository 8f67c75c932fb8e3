//! The same seed and the same calls give the same bytes; another seed gives others.

mod asking;

use std::time::Duration;

use asking::{START, get, post};
use okta_mock::{Clock, OktaMock};
use serde_json::json;

/// A day in the life of an org, and every byte it answered.
async fn day(seed: u64) -> Vec<u8> {
    let okta = OktaMock::builder()
        .seed(seed)
        .users(60)
        .groups(4)
        .apps(3)
        .events(200)
        .live_rate(0.5)
        .clock(Clock::Manual(START))
        .in_process();
    let mut bytes = Vec::new();
    for n in 0..20 {
        okta.clock().advance(Duration::from_millis(700 * n));
        okta.activity(3);
        let login = format!("new{n}@example.com");
        let answers = [
            post(&okta, "/api/v1/users", json!({ "profile": { "login": login, "email": login } })).await,
            get(&okta, "/api/v1/users?limit=50").await,
            get(&okta, "/api/v1/groups").await,
            get(&okta, "/api/v1/apps?after=bogus").await,
            get(&okta, "/api/v1/logs?limit=1000").await,
            get(&okta, "/_mock/log").await,
        ];
        for answer in answers {
            bytes.extend_from_slice(format!("{} {:?}", answer.status, answer.headers).as_bytes());
            bytes.extend_from_slice(&answer.bytes);
        }
    }
    bytes
}

#[tokio::test]
async fn the_same_seed_and_calls_give_the_same_bytes() {
    let first = day(7).await;
    assert!(first == day(7).await, "two runs differ");
    assert!(first != day(8).await, "the seed has no effect");
}

#[tokio::test]
async fn the_api_token_follows_from_the_seed() {
    let token = |seed| OktaMock::builder().seed(seed).in_process().api_token().to_owned();
    assert!(token(1).starts_with("00mock"));
    assert_eq!(token(1), token(1));
    assert_ne!(token(1), token(2));
}
