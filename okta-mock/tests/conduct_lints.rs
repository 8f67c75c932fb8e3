//! Every lint of a client's conduct, L01 to L16: one thing done wrong that is found with the requests that show it, and
//! the same thing done right that is not.

mod asking;

use std::time::Duration;

use asking::receiver::{Receiver, hook, registered};
use asking::{START, get, org, post, send};
use bytes::Bytes;
use http::{Request, Response};
use okta_mock::{Clock, Latency, NewEvent, OktaMock, RateLimits};
use serde_json::{Value, json};

/// The findings: codes and requests.
fn found(okta: &OktaMock) -> Vec<(&'static str, Vec<u64>)> {
    okta.conduct().findings().into_iter().map(|finding| (finding.code, finding.requests)).collect()
}

async fn next(okta: &OktaMock, target: &str) -> String {
    get(okta, target).await.link("next").expect("more")
}

fn advance(okta: &OktaMock, seconds: u64) {
    okta.clock().advance(Duration::from_secs(seconds));
}

#[tokio::test]
async fn l01_a_next_link_is_followed_as_it_was_given() {
    for (spoil, expected) in [("", vec![]), ("&expand=x", vec![("L01", vec![2])])] {
        let okta = org().users(12).in_process();
        let link = next(&okta, "/api/v1/users?limit=5").await;
        get(&okta, &format!("{link}{spoil}")).await;
        assert_eq!(found(&okta), expected);
    }
}

#[tokio::test]
async fn l02_a_cursor_belongs_to_its_query() {
    for (query, expected) in [("", vec![]), ("&filter=status+eq+%22ACTIVE%22", vec![("L02", vec![2])])] {
        let okta = org().users(12).in_process();
        let link = next(&okta, "/api/v1/users?limit=5").await;
        get(&okta, &format!("{link}{query}")).await;
        assert_eq!(found(&okta), expected);
    }
}

#[tokio::test]
async fn l03_a_bucket_that_refused_is_asked_after_its_reset() {
    for (wait, expected) in [(60, vec![]), (59, vec![("L03", vec![12])])] {
        let okta = org().rate_limits(RateLimits::Integrator).in_process();
        let mut link = "/api/v1/logs?limit=1000".to_owned();
        for _ in 0..10 {
            link = next(&okta, &link).await;
        }
        assert_eq!(get(&okta, &link).await.status, 429);
        advance(&okta, wait);
        get(&okta, &link).await;
        assert_eq!(found(&okta), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn l04_no_more_requests_are_under_way_than_the_org_allows() {
    for (at_once, expected) in [(2, vec![]), (3, vec![("L04", vec![3])])] {
        let okta =
            OktaMock::builder().clock(Clock::Tokio(START)).latency(Latency::Okta).concurrency(2).in_process();
        futures::future::join_all((0..at_once).map(|_| get(&okta, "/api/v1/groups"))).await;
        assert_eq!(found(&okta), expected);
    }
}

#[tokio::test]
async fn l05_who_fails_waits_before_trying_again() {
    for (pause, expected) in [(1, vec![]), (0, vec![("L05", vec![3])])] {
        let okta = org().in_process();
        okta.faults().on("GET /api/v1/users").respond(503);
        for _ in 0..3 {
            get(&okta, "/api/v1/users").await;
            advance(&okta, pause);
        }
        assert_eq!(found(&okta), expected);
    }
}

#[tokio::test]
async fn l06_the_log_is_polled_by_next_and_not_by_time() {
    let by_time = org().in_process();
    let by_next = org().in_process();
    let mut link = "/api/v1/logs?since=2026-08-21T08:00:00Z&limit=1000".to_owned();
    for minute in 0..3 {
        get(&by_time, &format!("/api/v1/logs?since=2026-08-21T08:0{minute}:00Z&limit=1000")).await;
        link = next(&by_next, &link).await;
        advance(&by_time, 60);
        advance(&by_next, 60);
    }
    assert_eq!(found(&by_time), [("L06", vec![1, 2, 3])]);
    assert_eq!(found(&by_next), []);
}

#[tokio::test]
async fn l07_an_empty_log_is_not_polled_more_than_once_a_second() {
    for (pause_ms, expected) in [(1_000, 0), (900, 61)] {
        let okta = org().in_process();
        let mut link = "/api/v1/logs?limit=1000".to_owned();
        for _ in 0..70 {
            link = next(&okta, &link).await;
            okta.clock().advance(Duration::from_millis(pause_ms));
        }
        let cited: Vec<(&str, usize)> = okta
            .conduct()
            .findings()
            .into_iter()
            .map(|finding| (finding.code, finding.requests.len()))
            .collect();
        assert_eq!(cited, if expected == 0 { vec![] } else { vec![("L07", expected)] });
    }
}

#[tokio::test]
async fn l08_a_post_that_may_have_been_carried_out_is_not_repeated() {
    for (status, expected) in [(429, vec![]), (500, vec![("L08", vec![1, 2])])] {
        let okta = org().in_process();
        okta.faults().on("POST /api/v1/groups").nth(1).respond(status);
        for _ in 0..2 {
            advance(&okta, 120);
            post(&okta, "/api/v1/groups", json!({ "profile": { "name": "One" } })).await;
        }
        assert_eq!(found(&okta), expected);
    }
}

#[tokio::test]
async fn l08_a_post_whose_answer_never_arrived_is_not_repeated() {
    for (fault, expected) in [
        (json!({ "transport": "reset_peer" }), vec![("L08", vec![1, 2])]),
        (json!({ "transport": "eof_mid_body" }), vec![("L08", vec![1, 2])]),
        (json!({ "truncate_body": { "bytes": 9, "keep_content_length": true } }), vec![("L08", vec![1, 2])]),
        (json!({ "unknown_fields": true }), vec![]),
    ] {
        let okta = org().in_process();
        okta.faults().on("POST /api/v1/groups").nth(1).act(&fault);
        for _ in 0..2 {
            post(&okta, "/api/v1/groups", json!({ "profile": { "name": "One" } })).await;
            advance(&okta, 120);
        }
        assert_eq!(found(&okta), expected, "{fault}");
    }
}

#[tokio::test]
async fn l10_a_list_is_not_read_again_row_by_row() {
    for (singles, cited) in [(19, None), (20, Some("L10"))] {
        let okta = org().users(30).in_process();
        for id in get(&okta, "/api/v1/users").await.column("id").iter().take(singles) {
            get(&okta, &format!("/api/v1/users/{id}")).await;
        }
        let findings = okta.conduct().findings();
        assert_eq!(findings.first().map(|finding| finding.code), cited);
        assert!(findings.iter().all(|finding| finding.requests == (2..22).collect::<Vec<u64>>()));
    }
}

#[tokio::test]
async fn l11_a_long_list_is_read_in_the_largest_pages() {
    for (limit, expected) in [(200, vec![]), (50, vec![("L11", vec![2, 3, 4])])] {
        let okta = org().users(230).in_process();
        let mut target = Some(format!("/api/v1/users?limit={limit}"));
        while let Some(next) = target {
            target = get(&okta, &next).await.link("next");
        }
        assert_eq!(found(&okta), expected);
    }
}

#[tokio::test]
async fn l12_a_client_says_who_it_is() {
    for (agent, expected) in [("mine/1", vec![]), ("", vec![("L12", vec![1])])] {
        let okta = org().in_process();
        let request = Request::get("/api/v1/users")
            .header("authorization", format!("SSWS {}", okta.api_token()))
            .header("user-agent", agent)
            .body(Bytes::new())
            .expect("a request");
        assert_eq!(send(&okta, request).await.status, 200);
        assert_eq!(found(&okta), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn l13_a_receiver_takes_pushes_in_time() {
    for (status, deliveries) in [(204, vec![]), (403, vec![1]), (0, vec![1, 2])] {
        let receiver = Receiver::answering(&[status]);
        let okta = receiver.org();
        registered(&okta, hook(&["group.lifecycle.create"])).await;
        post(&okta, "/api/v1/groups", json!({ "profile": { "name": "One" } })).await;
        okta.settle().await;
        let cited: Vec<u64> =
            okta.conduct().findings().into_iter().flat_map(|finding| finding.deliveries).collect();
        assert_eq!(cited, deliveries, "answered {status}");
    }
}

#[tokio::test(start_paused = true)]
async fn l13_is_not_about_pushes_that_a_fault_spoilt() {
    let receiver = Receiver::answering(&[401]);
    let okta = receiver.org();
    registered(&okta, hook(&["group.lifecycle.create"])).await;
    okta.faults().plan(&json!({ "match": { "channel": "event_hook" }, "do": { "bad_auth": true } }));
    post(&okta, "/api/v1/groups", json!({ "profile": { "name": "One" } })).await;
    okta.settle().await;
    assert_eq!(okta.deliveries()[0].status, Some(401));
    okta.conduct().assert_clean();
}

#[tokio::test]
async fn l13_a_receiver_repeats_the_challenge() {
    let verified = async |body: &'static str, planned: bool| {
        let okta = org().push_to(move |_| async move { Response::new(Bytes::from(body)) }).in_process();
        let made = post(&okta, "/api/v1/eventHooks", hook(&["group.lifecycle.create"])).await.json();
        if planned {
            okta.faults()
                .plan(&json!({ "match": { "channel": "event_hook" }, "do": { "challenge_mismatch": true } }));
        }
        let id = made["id"].as_str().expect("an id");
        assert_eq!(
            post(&okta, &format!("/api/v1/eventHooks/{id}/lifecycle/verify"), Value::Null).await.status,
            400
        );
        found(&okta)
    };
    assert_eq!(verified(r#"{"verification":"mine"}"#, false).await, [("L13", vec![2])]);
    assert_eq!(verified(r#"{"verification":"mine"}"#, true).await, []);
}

#[tokio::test]
async fn l14_a_refusal_is_not_a_hiccup() {
    for (times, expected) in [(2, vec![]), (3, vec![("L14", vec![1, 2, 3])])] {
        let okta = org().in_process();
        for _ in 0..times {
            assert_eq!(get(&okta, "/api/v1/users?filter=nonsense").await.status, 400);
        }
        assert_eq!(found(&okta), expected);
    }
}

#[tokio::test]
async fn l15_a_restart_reaches_back_to_events_that_came_late() {
    for (overlap, expected) in [("08:00:00", vec![]), ("08:01:30", vec![("L15", vec![2])])] {
        let okta = org().in_process();
        let seen = |at_ms: i64| NewEvent::new("user.session.start").persisted_ms(at_ms);
        okta.append_log(vec![
            seen(START + 60_000).visible_at_ms(START + 600_000),
            seen(START + 120_000).visible_at_ms(START + 120_000),
        ]);
        advance(&okta, 180);
        let since = |time: &str| format!("/api/v1/logs?limit=1000&since=2026-08-21T{time}.000Z");
        assert_eq!(get(&okta, &since("08:00:00")).await.rows().len(), 1, "one is not to be seen yet");
        advance(&okta, 600);
        get(&okta, &since(overlap)).await;
        assert_eq!(found(&okta), expected, "restarted at {overlap}");
    }
}

#[tokio::test]
async fn l16_a_search_waits_for_the_index() {
    for (wait, expected) in [(3, vec![]), (2, vec![("L16", vec![2, 3])])] {
        let okta = org().users(4).in_process();
        let user = get(&okta, "/api/v1/users?limit=1").await.column("id")[0].clone();
        post(&okta, &format!("/api/v1/users/{user}"), json!({ "profile": { "nickName": "N" } })).await;
        advance(&okta, wait);
        get(&okta, "/api/v1/users?search=profile.nickName+eq+%22N%22").await;
        assert_eq!(found(&okta), expected);
    }
}
