//! 429s that a client earned, and misbehaviour that a test planned.

mod asking;

use std::time::Duration;

use asking::{START, get, org, walk};
use http::Request;
use okta_mock::{Clock, OktaMock, RateLimits};

#[tokio::test]
async fn a_used_up_bucket_refuses_as_okta_does_until_its_window_ends() {
    let okta = org().rate_limits(RateLimits::Integrator).in_process();
    for left in (0..10).rev() {
        let answer = get(&okta, "/api/v1/logs").await;
        assert_eq!(
            (answer.status, answer.header("x-rate-limit-remaining")),
            (200, left.to_string().as_str())
        );
        assert_eq!(answer.header("x-rate-limit-limit"), "10", "half of 20: one token's share");
    }
    let refused = get(&okta, "/api/v1/logs").await;
    assert_eq!((refused.status, refused.code().as_str()), (429, "E0000047"));
    assert_eq!(refused.header("x-rate-limit-remaining"), "0");
    assert_eq!(refused.header("x-rate-limit-reset"), (START / 1_000 + 60).to_string());
    assert_eq!(refused.header("date"), "Fri, 21 Aug 2026 08:00:00 GMT");
    assert_eq!(refused.header("retry-after"), "", "Okta sends none");
    assert_eq!(get(&okta, "/api/v1/users").await.status, 200, "another bucket");
    okta.clock().advance(Duration::from_secs(60));
    assert_eq!(get(&okta, "/api/v1/logs").await.status, 200);
}

#[tokio::test]
#[should_panic(expected = "1 requests were sent to a bucket that was used up")]
async fn violations_are_counted() {
    let okta = org().rate_limits(RateLimits::Integrator).in_process();
    for _ in 0..11 {
        get(&okta, "/api/v1/logs").await;
    }
    okta.assert_no_rate_limit_violations();
}

#[tokio::test]
async fn requests_without_or_with_wrong_credentials_are_refused_without_rate_headers() {
    let okta = org().in_process();
    for (header, status, code) in [
        (None, 403, "E0000005"),
        (Some("Basic abc"), 403, "E0000005"),
        (Some("SSWS wrong"), 401, "E0000011"),
        (Some("ssws wrong"), 401, "E0000011"),
    ] {
        let mut request = Request::get("/api/v1/users");
        if let Some(value) = header {
            request = request.header("authorization", value);
        }
        let answer = asking::send(&okta, request.body(bytes::Bytes::new()).expect("a request")).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{header:?}");
        assert_eq!(answer.header("x-rate-limit-limit"), "");
        assert_eq!(answer.header("x-okta-request-id").len(), 32);
    }
    assert!(okta.requests().iter().all(|request| request.principal.is_none()));
    let open = asking::send(
        &okta,
        Request::get("/.well-known/okta-organization").body(bytes::Bytes::new()).expect("a request"),
    );
    assert_eq!(open.await.json()["id"], okta.org_id());
}

#[tokio::test]
async fn planned_faults_meet_metadata_and_requests_without_a_good_credential() {
    let okta = org().rate_limits(RateLimits::Integrator).in_process();
    let ask = async |target: &'static str, authorization: &'static str| {
        let request = Request::get(target).header("authorization", authorization).body(bytes::Bytes::new());
        asking::send(&okta, request.expect("a request")).await
    };
    let metadata = "/.well-known/openid-configuration";
    okta.faults().on(&format!("GET {metadata}")).nth(1).respond(503);
    okta.faults().on("GET /oauth2/v1/keys").nth(1).drop_next();
    okta.faults().on("GET /api/v1/users").nth(2).respond_with(502, "text/html", "<html>Bad Gateway</html>");
    assert_eq!(ask(metadata, "").await.status, 503);
    assert_eq!(ask(metadata, "").await.status, 200);
    assert_eq!(ask("/oauth2/v1/keys", "").await.status, 200);
    assert_eq!(ask("/api/v1/users", "SSWS wrong").await.status, 401);
    assert_eq!(ask("/api/v1/users", "SSWS wrong").await.status, 502, "the second request is the second");
    assert_eq!(ask("/api/v1/users", "SSWS wrong").await.status, 401);
    let records = okta.requests();
    let faulted: Vec<u64> = records.iter().filter(|record| record.faulted).map(|record| record.n).collect();
    assert_eq!(faulted, [1, 3, 5]);
    assert!(records.iter().all(|record| record.bucket.is_none() && record.principal.is_none()));
    let buckets = get(&okta, "/_mock/rate-limits").await.json();
    let mut buckets = buckets["buckets"].as_array().expect("a list").iter();
    assert!(buckets.all(|bucket| bucket["used"] == 0), "nobody's limits were charged");
}

#[tokio::test]
async fn planned_answers_come_when_they_were_planned() {
    let okta = org().users(5).in_process();
    let faults = okta.faults();
    faults.on("GET /api/v1/users").nth(2).respond_429();
    faults.on("GET /api/v1/users").nth(3).respond_concurrency_429();
    faults.on("GET /api/v1/groups*").times(1).respond(503);
    faults.on("GET /api/v1/logs").respond_with(502, "text/html", "<html>bad gateway</html>");
    faults.on("GET /api/v1/apps").invalid_cursor();
    faults.on("POST /api/v1/groups").respond_error("E0000009");

    assert_eq!(get(&okta, "/api/v1/users").await.status, 200);
    let limited = get(&okta, "/api/v1/users").await;
    assert_eq!((limited.status, limited.header("x-rate-limit-remaining")), (429, "0"));
    let crowded = get(&okta, "/api/v1/users").await;
    assert_eq!((crowded.status, crowded.header("x-rate-limit-limit")), (429, "0"));
    assert_eq!(get(&okta, "/api/v1/users").await.status, 200);
    assert_eq!(get(&okta, "/api/v1/groups").await.status, 503);
    assert_eq!(get(&okta, "/api/v1/groups").await.status, 200);
    let page = get(&okta, "/api/v1/logs").await;
    assert_eq!((page.status, page.header("content-type")), (502, "text/html"));
    assert_eq!(get(&okta, "/api/v1/apps").await.code(), "E0000029");
    let refused =
        asking::post(&okta, "/api/v1/groups", serde_json::json!({ "profile": { "name": "X" } })).await;
    assert_eq!((refused.status, refused.code().as_str()), (500, "E0000009"));
    assert!(okta.log().is_empty(), "a request answered by a fault is not carried out");
    assert_eq!(faults.acted(), 6);
    okta.assert_no_rate_limit_violations();
    faults.clear();
    assert_eq!(get(&okta, "/api/v1/apps").await.status, 200);
}

#[tokio::test]
async fn answers_are_spoilt_on_the_way() {
    let okta = org().users(5).in_process();
    let faults = okta.faults();
    faults.on("GET /api/v1/users").nth(1).drop_next();
    faults.on("GET /api/v1/users").nth(2).next_link("https://elsewhere.example.com/api/v1/users?after=x");
    faults.on("GET /api/v1/users").nth(3).truncate_body(40);
    let target = "/api/v1/users?limit=2";
    let dropped = get(&okta, target).await;
    assert_eq!((dropped.link("next"), dropped.link("self").is_some()), (None, true));
    let elsewhere = get(&okta, target).await;
    let lines: Vec<_> =
        elsewhere.headers.get_all("link").iter().map(|line| line.to_str().expect("readable")).collect();
    assert_eq!(lines[1], "<https://elsewhere.example.com/api/v1/users?after=x>; rel=\"next\"");
    let cut = get(&okta, target).await;
    assert_eq!(cut.bytes.len(), 40);
    assert_ne!(cut.header("content-length"), "40", "the length promised is the whole one");
    assert_eq!(walk(&okta, target).await.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_planned_delay_is_waited_for_on_the_mocks_clock() {
    let okta = OktaMock::builder().clock(Clock::Tokio(START)).in_process();
    okta.faults().on("GET /api/v1/users").nth(1).delay(Duration::from_secs(8));
    let started = okta.clock().now_ms();
    assert_eq!(get(&okta, "/api/v1/users").await.status, 200);
    assert_eq!(okta.clock().now_ms() - started, 8_000);
    okta.faults().on("GET /api/v1/users").late(Duration::from_secs(2)).respond_429();
    assert_eq!(get(&okta, "/api/v1/users").await.status, 429);
    assert_eq!(okta.clock().now_ms() - started, 10_000);
}

#[test]
#[should_panic(expected = "on: an unknown method")]
fn a_rule_that_could_never_match_is_refused() {
    let okta = OktaMock::builder().in_process();
    okta.faults().on("FETCH /api/v1/users").respond(500);
}
