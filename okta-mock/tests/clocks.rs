//! Clocks of every kind, in Rust and over `/_mock/clock`, and how long events take to be stored on them.

mod asking;

use std::time::Duration;

use asking::receiver::{Receiver, hook, registered};
use asking::{START, get, org, post, put};
use okta_mock::{Clock, LogLateness, NewEvent, OktaMock, RateLimits};
use serde_json::{Value, json};

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

#[tokio::test]
async fn an_auto_advancing_clock_jumps_to_the_reset_when_the_next_request_comes() {
    let okta =
        OktaMock::builder().clock(Clock::AutoAdvance(START)).rate_limits(RateLimits::Integrator).in_process();
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(get(&okta, "/api/v1/logs").await.status);
    }
    assert_eq!(
        statuses[9..],
        [200, 429, 200],
        "the eleventh was one too many, the twelfth came after the reset"
    );
    assert_eq!(okta.clock().now_ms(), START + 60_000);
    get(&okta, "/api/v1/logs").await;
    assert_eq!(okta.clock().now_ms(), START + 60_000, "it jumps once");
    okta.faults().on("GET /api/v1/users").times(1).delay(seconds(8));
    get(&okta, "/api/v1/users").await;
    assert_eq!(okta.clock().now_ms(), START + 68_000, "and over the time that an answer takes");
    okta.conduct().allow("L06").assert_clean();
}

#[tokio::test]
async fn steering_does_not_make_an_auto_advancing_clock_jump() {
    let okta = OktaMock::builder().clock(Clock::AutoAdvance(START)).in_process();
    okta.faults().on("GET /api/v1/users").times(1).rate_limited(seconds(30));
    assert_eq!(get(&okta, "/api/v1/users").await.status, 429);
    get(&okta, "/_mock/requests").await;
    assert_eq!(okta.clock().now_ms(), START);
    get(&okta, "/api/v1/users").await;
    assert_eq!(okta.clock().now_ms(), START + 30_000);
}

#[tokio::test]
async fn a_frozen_clock_does_not_move() {
    let okta = OktaMock::builder().clock(Clock::Frozen(START)).in_process();
    let refused = post(&okta, "/_mock/clock/advance", json!({ "by": "1s" })).await;
    let error = refused.json()["error"].as_str().unwrap_or_default().to_owned();
    assert!(refused.status == 400 && error.starts_with("the clock is frozen"), "{error}");
    assert_eq!(get(&okta, "/_mock/clock").await.json()["mode"], "frozen");
    assert_eq!(get(&okta, "/api/v1/users").await.header("date"), "Fri, 21 Aug 2026 08:00:00 GMT");
    put(&okta, "/_mock/clock", json!({ "mode": "manual" })).await;
    okta.clock().advance(seconds(1));
    assert_eq!(okta.clock().now_ms(), START + 1_000, "it went on from where it was");
}

#[tokio::test]
#[should_panic(expected = "the clock is frozen")]
async fn who_moves_a_frozen_clock_is_told() {
    OktaMock::builder().clock(Clock::Frozen(START)).in_process().clock().advance(seconds(1));
}

#[tokio::test]
async fn a_scaled_clock_runs_faster_than_the_machines() {
    let clock = Clock::Scaled { start_ms: START, factor: 1_000_000 };
    let okta = OktaMock::builder().clock(clock).in_process();
    assert_eq!(get(&okta, "/_mock/clock").await.json()["mode"], "scaled:1000000");
    okta.faults().on("GET /api/v1/users").delay(seconds(3_600));
    let began = okta.clock().now_ms();
    get(&okta, "/api/v1/users").await;
    assert!(okta.clock().now_ms() - began >= 3_600_000, "an hour of its own, a few milliseconds of ours");
}

#[tokio::test(start_paused = true)]
async fn a_clock_becomes_another_and_never_goes_back() {
    let okta = org().in_process();
    let switched = put(&okta, "/_mock/clock", json!({ "mode": "tokio" })).await.json();
    assert_eq!((&switched["mode"], &switched["now_ms"]), (&json!("tokio"), &json!(START)));
    tokio::time::sleep(seconds(5)).await;
    assert_eq!(okta.clock().now_ms(), START + 5_000);
    okta.clock().switch(Clock::Manual(0));
    tokio::time::sleep(seconds(5)).await;
    assert_eq!(okta.clock().now_ms(), START + 5_000);
    put(&okta, "/_mock/clock", json!({ "mode": "auto", "now": "2027-01-01T00:00:00Z" })).await;
    assert_eq!(okta.clock().now_ms(), 1_798_761_600_000);
    for (body, says) in [
        (json!({ "mode": "sundial" }), "mode: \"sundial\" is none of real, manual"),
        (json!({ "mode": "manual", "now": "2026-01-01T00:00:00Z" }), "now: the clock only moves forwards"),
        (json!({ "mode": 5 }), "mode: 5 is not a text"),
        (json!({}), "now or mode: at least one"),
    ] {
        let answer = put(&okta, "/_mock/clock", body).await;
        let error = answer.json()["error"].as_str().unwrap_or_default().to_owned();
        assert!(answer.status == 400 && error.starts_with(says), "{error}");
    }
}

#[tokio::test]
async fn an_event_is_seen_and_pushed_once_it_is_stored() {
    let scripted = LogLateness::Scripted(vec![seconds(60), seconds(10)]);
    let okta = org().users(5).groups(0).log_lateness(scripted).in_process();
    for name in ["One", "Two", "Three"] {
        post(&okta, "/api/v1/groups", json!({ "profile": { "name": name } })).await;
    }
    let names = async |target: &str| -> Vec<String> {
        let rows = get(&okta, target).await.rows();
        rows.iter().map(|row| row["target"][0]["displayName"].as_str().expect("a name").to_owned()).collect()
    };
    let poll = get(&okta, "/api/v1/logs").await;
    let next = poll.link("next").expect("always one");
    assert_eq!(names("/api/v1/logs").await, ["Three"]);
    okta.clock().advance(seconds(10));
    assert_eq!(names(&next).await, ["Two"], "stored later, so behind what was there");
    okta.clock().advance(seconds(50));
    assert_eq!(names(&next).await, ["Two", "One"]);
    let bounded = "/api/v1/logs?since=2026-08-21T08:00:00Z&until=2026-08-21T08:00:01Z";
    assert_eq!(names(bounded).await, ["Three", "Two", "One"], "by published, all in one millisecond");
    assert!(okta.log().iter().all(|record| record.published_ms == START));
}

#[tokio::test(start_paused = true)]
async fn a_hook_hears_of_an_event_once_it_is_stored() {
    let receiver = Receiver::answering(&[200]);
    let waits = vec![Duration::ZERO, Duration::ZERO, seconds(60)];
    let okta = receiver.builder().log_lateness(LogLateness::Scripted(waits)).in_process();
    registered(&okta, hook(&["group.lifecycle.create"])).await;
    post(&okta, "/api/v1/groups", json!({ "profile": { "name": "One" } })).await;
    tokio::time::sleep(seconds(59)).await;
    assert!(receiver.came().is_empty());
    tokio::time::sleep(seconds(2)).await;
    let push: Value = serde_json::from_slice(receiver.came()[0].body()).expect("JSON");
    assert_eq!(push["data"]["events"][0]["published"], "2026-08-21T08:00:00.000Z");
}

#[tokio::test]
async fn a_polling_reader_gets_every_late_event_exactly_once() {
    let late = LogLateness::Late { chance: 0.2, most: seconds(600) };
    let okta = org().users(20).log_lateness(late).in_process();
    let (mut link, mut read) = ("/api/v1/logs?limit=1000&since=2026-08-21T07:59:00Z".to_owned(), Vec::new());
    for _ in 0..100 {
        okta.activity(5);
        okta.clock().advance(seconds(7));
        let page = get(&okta, &link).await;
        read.extend(page.column("uuid"));
        link = page.link("next").expect("always one");
    }
    okta.clock().advance(seconds(600));
    read.extend(get(&okta, &link).await.column("uuid"));
    let truth: Vec<String> = okta.log().into_iter().map(|record| record.uuid).collect();
    assert_eq!(read, truth);
    let late = okta.log().iter().filter(|record| record.persisted_ms - record.published_ms > 5_000).count();
    assert!(late > 50, "{late}");
}

#[tokio::test]
async fn events_are_kept_for_ninety_days() {
    let okta = org().in_process();
    let edge = START - 90 * 86_400_000;
    okta.append_log(vec![
        NewEvent::new("old").persisted_ms(edge),
        NewEvent::new("newer").persisted_ms(edge + 1),
    ]);
    let rows = async |target: &str| get(&okta, target).await.rows().len();
    let poll = "/api/v1/logs?since=2026-05-01T00:00:00Z";
    let bounded = format!("{poll}&until=2026-08-21T09:00:00Z");
    let cursor = format!("{poll}&after={}_0", edge - 1_000);
    assert_eq!((rows(poll).await, rows(&bounded).await, rows(&cursor).await), (2, 2, 2));
    okta.clock().advance(Duration::from_millis(1));
    assert_eq!((rows(poll).await, rows(&bounded).await, rows(&cursor).await), (1, 1, 1));
}

#[tokio::test]
async fn pages_of_the_log_hold_an_event_twice_now_and_then() {
    let okta = org().log_dup_rate(0.5).in_process();
    okta.append_log(vec![NewEvent::new("a"), NewEvent::new("b")]);
    let mut lengths = Vec::new();
    for _ in 0..20 {
        lengths.push(get(&okta, "/api/v1/logs").await.rows().len());
    }
    assert!(lengths.contains(&2) && lengths.contains(&3), "{lengths:?}");
    assert_eq!(okta.faults().rules()[0]["name"], "log_dup_rate");
}
