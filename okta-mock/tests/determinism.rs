//! The same seed and the same calls give the same bytes; another seed gives others.

mod asking;

use std::time::Duration;

use asking::receiver::{Receiver, hook, registered};
use asking::{START, get, post};
use okta_mock::{Clock, OktaMock, Scenario};
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

/// A bad day: a scenario, a storm of faults, a hook and a stream; everything that was answered and pushed.
async fn bad_day(seed: u64) -> Vec<u8> {
    let scenario = Scenario::parse(
        "[org]\nrate = { plan = \"integrator\", latency = \"okta\" }\n\
         [[emit]]\ntype = \"user.session.start\"\nat = \"+1s\"\nevery = \"3s\"\ncount = 20\n\
         [[fault]]\nchannel = \"event_hook\"\nprobability = 0.5\nduplicate = true\n",
    )
    .expect("a scenario");
    let receiver = Receiver::answering(&[200, 500, 200, 503, 204]);
    let okta = receiver
        .builder()
        .seed(seed)
        .users(20)
        .eventbridge_relay("http://relay.example.com/eb", "s3cret")
        .scenario(&scenario)
        .in_process();
    registered(&okta, hook(&["user.session.start", "group.lifecycle.create"])).await;
    okta.log_streams().eventbridge("discovery");
    okta.faults().chaos(seed, 10);
    let mut bytes = Vec::new();
    for n in 0..15 {
        post(&okta, "/api/v1/groups", json!({ "profile": { "name": format!("Team {n}") } })).await;
        let answer = get(&okta, "/api/v1/logs").await;
        bytes.extend_from_slice(format!("{} {:?}", answer.status, answer.headers).as_bytes());
        bytes.extend_from_slice(&answer.bytes);
        okta.settle().await;
        tokio::time::sleep(Duration::from_secs(4)).await;
    }
    okta.settle().await;
    for push in receiver.came() {
        bytes.extend_from_slice(push.body());
    }
    bytes.extend_from_slice(
        format!("{:?}", (okta.deliveries(), okta.requests(), okta.conduct().findings())).as_bytes(),
    );
    bytes
}

#[tokio::test(start_paused = true)]
async fn a_bad_day_repeats_as_well() {
    let first = bad_day(3).await;
    assert!(first == bad_day(3).await, "byte for byte");
    assert!(first != bad_day(4).await);
}
