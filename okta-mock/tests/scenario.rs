//! Scenario files: what they make happen, and what they are told when they are wrong.

mod asking;

use std::time::Duration;

use asking::{get, org};
use okta_mock::{Clock, OktaMock, Scenario};
use serde_json::json;

const SAMPLE: &str = r#"
[org]
start = "2026-01-01T00:00:00Z"
client_clock_skew = "-10m"
users = 7
log = { order = "persisted", cursor = "ms_seq", page_default = 100, page_max = 1000, next_at_end = "same" }
rate = { logs_per_min = 20, token_share = 0.5, concurrency = 75 }

[[emit]]
uuid = "e-1"
at = "+0s"
type = "user.session.start"

[[emit]]
uuid = "late"
at = "+10s"
published = "-10m"
visible_lag = "90s"
type = "user.session.end"
outcome = { result = "DENY" }

[[emit]]
uuid = "many"
at = "+20s"
every = "1s"
count = 3
type = "made.up"

[[fault]]
route = "GET /api/v1/logs"
nth = 2
status = 500
error = "E0000009"

[[fault]]
route = "logs"
after = "+30s"
transport = "reset_peer"

[[client]]
do = "tail"
kill_at = "after_sink_before_checkpoint"
nth = 2

[expect]
sink = "each event exactly once"
max_requests = 40
"#;

#[tokio::test]
async fn events_happen_at_their_times_and_faults_as_planned() {
    let scenario = Scenario::parse(SAMPLE).expect("a scenario");
    let okta = org().scenario(&scenario).in_process();
    assert_eq!(okta.clock().now_ms(), 1_767_225_600_000);
    assert_eq!(get(&okta, "/api/v1/users").await.rows().len(), 7);
    assert_eq!(get(&okta, "/api/v1/logs").await.column("uuid"), ["e-1"]);
    let failed = get(&okta, "/api/v1/logs").await;
    assert_eq!((failed.status, failed.code().as_str()), (500, "E0000009"));
    assert_eq!(failed.header("x-rate-limit-limit"), "10", "half of twenty");
    okta.clock().advance(Duration::from_secs(25));
    let log = okta.log();
    let uuids: Vec<&str> = log.iter().map(|record| record.uuid.as_str()).collect();
    assert_eq!(uuids, ["e-1", "late", "many-1", "many-2", "many-3"]);
    let times = |n: usize| {
        [log[n].published_ms, log[n].persisted_ms, log[n].visible_at_ms].map(|ms| ms - 1_767_225_600_000)
    };
    assert_eq!(times(1), [-590_000, 10_000, 100_000]);
    assert_eq!(times(4), [22_000, 22_000, 22_000]);
    okta.clock().advance(Duration::from_secs(40));
    assert_eq!(get(&okta, "/api/v1/logs").await.status, 502, "broken as planned");
    assert_eq!(scenario.client_clock_skew_ms(), -600_000);
    assert_eq!(scenario.clients()[0]["kill_at"], "after_sink_before_checkpoint");
    assert_eq!(scenario.expect()["max_requests"], json!(40));
}

#[tokio::test(start_paused = true)]
async fn a_scenario_runs_on_tokios_clock_and_again_after_a_reset() {
    let scenario = Scenario::parse(SAMPLE).expect("a scenario");
    let okta = OktaMock::builder().clock(Clock::Tokio(0)).scenario(&scenario).in_process();
    tokio::time::sleep(Duration::from_secs(25)).await;
    assert_eq!(okta.log().len(), 5);
    asking::post(&okta, "/_mock/reset", json!({})).await;
    assert_eq!(okta.log().len(), 1);
    assert_eq!(get(&okta, "/_mock/faults").await.json()["faults"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn the_live_end_of_the_log_can_run_ahead_of_what_is_seen() {
    let late = "[[emit]]\nuuid = \"late\"\ntype = \"made.up\"\nat = \"+1s\"\nvisible_lag = \"20s\"\n";
    let polled = async |next_at_end: &str| {
        let text = format!(
            "[org]\nstart = \"2026-01-01T00:00:00Z\"\nlog = {{ next_at_end = \"{next_at_end}\" }}\n{late}"
        );
        let okta = org().scenario(&Scenario::parse(&text).expect("a scenario")).in_process();
        okta.clock().advance(Duration::from_secs(10));
        let empty = get(&okta, "/api/v1/logs").await;
        let next = empty.link("next")?;
        okta.clock().advance(Duration::from_secs(20));
        Some(get(&okta, &next).await.rows().len())
    };
    assert_eq!(polled("same").await, Some(1));
    assert_eq!(polled("advance").await, Some(0), "the event lies behind the cursor");
    assert_eq!(polled("omit").await, None);
}

#[test]
fn a_wrong_scenario_is_told_its_line() {
    for (text, says) in [
        ("[org]\nstart = \"soon\"", "line 2: start: \"soon\" is not a time"),
        ("[org]\n\nstrat = 1", "line 3: strat: unknown"),
        ("[org\n", "line 1: "),
        ("[world]", "line 1: world: unknown"),
        ("[[emit]]\nat = \"+0s\"\n", "line 1: type: missing"),
        ("[[emit]]\ntype = \"a\"\nat = \"-1s\"", "line 3: at: cannot be negative"),
        ("\n[[fault]]\nroute = \"logs\"\nnth = 0\nstatus = 500", "line 4: nth: 0 is not a number from 1"),
        ("[[fault]]\nroute = \"logs\"\nsttaus = 500", "line 3: sttaus: unknown"),
        ("[[fault]]\nroute = \"log\"\nstatus = 500", "line 2: route: \"log\" is none of"),
        ("[[fault]]\nroute = \"logs\"", "line 1: do: nothing to do"),
        ("[fault]\nroute = \"logs\"", "line 1: fault: expected [[fault]]"),
        ("[org]\nusers = 1\nlog = { next_at_end = \"never\" }", "line 3: log.next_at_end: expected"),
        ("[org]\nrate = { token_share = 2 }", "line 2: rate.token_share"),
        ("[org]\nrate = { plan = \"big\" }", "line 2: rate.mode: \"big\""),
    ] {
        let error = Scenario::parse(text).expect_err(text).to_string();
        assert!(error.starts_with(says) && !error.contains('\n'), "{text}: {error}");
    }
}
