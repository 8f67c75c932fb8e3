//! What the inspector asks the fake for, in process. The page itself runs in a browser, in `scripts/inspector`.

mod asking;

use asking::receiver::{Receiver, hook, registered};
use asking::{Answer, ask, delete, get, org, post, put, send, types_since};
use bytes::Bytes;
use http::{Method, Request};
use okta_mock::{Clock, NewEvent, OktaMock, RateLimits};
use serde_json::{Value, json};

async fn last_requests(okta: &OktaMock) -> Vec<Value> {
    get(okta, "/_mock/requests").await.json()["requests"].as_array().expect("a list").clone()
}

async fn hint_of_last(okta: &OktaMock) -> String {
    last_requests(okta).await.last().expect("one")["hint"].as_str().unwrap_or_default().to_owned()
}

async fn anonymous(okta: &OktaMock, target: &str) -> Answer {
    send(okta, Request::get(target).body(Bytes::new()).expect("a request")).await
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.bytes.to_vec()).expect("text")
}

#[tokio::test]
async fn the_page_is_there_with_and_without_a_slash_and_lets_nothing_else_run() {
    let okta = org().in_process();
    get(&okta, "/api/v1/users?limit=2&q='a'").await;
    for target in ["/_mock", "/_mock/"] {
        let page = anonymous(&okta, target).await;
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
        let policy = page.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'self'; ") && policy.contains("script-src 'sha256-"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        let page = text(&page);
        assert!(
            page.contains("GET /api/v1/users?limit=2&amp;q=&#39;a&#39;<td>200"),
            "for who has no scripts"
        );
    }
    let icon = anonymous(&okta, "/_mock/icon.svg").await;
    assert_eq!((icon.status, icon.header("content-type")), (200, "image/svg+xml"));
    let json = anonymous(&okta, "/_mock/health").await;
    assert_eq!(
        (json.header("cache-control"), json.header("x-content-type-options")),
        ("no-store", "nosniff")
    );
}

#[tokio::test]
async fn looking_at_the_org_leaves_no_trace_of_a_client() {
    let seen = org().users(5).rate_limits(RateLimits::Integrator).in_process();
    let unseen = org().users(5).rate_limits(RateLimits::Integrator).in_process();
    seen.faults().on("GET /api/v1/users").respond(503);
    for target in
        ["/_mock/api/v1/users?limit=2", "/_mock/api/v1/groups", "/_mock/api/v1/users/00unobody", "/_mock/"]
    {
        anonymous(&seen, target).await;
    }
    assert!(seen.requests().is_empty() && seen.faults().acted() == 0);
    seen.faults().clear();
    for target in ["/api/v1/users?limit=2", "/api/v1/users/00unobody", "/api/v1/logs"] {
        let (seen, unseen) = (get(&seen, target).await, get(&unseen, target).await);
        assert_eq!((seen.headers, seen.bytes), (unseen.headers, unseen.bytes), "{target}");
    }
}

#[tokio::test]
async fn what_the_page_reads_and_changes_is_what_the_api_shows_and_logs() {
    let okta = org().users(5).in_process();
    let page = anonymous(&okta, "/_mock/api/v1/users?limit=2").await;
    assert_eq!(page.rows(), get(&okta, "/api/v1/users?limit=2").await.rows());
    assert!(page.link("next").is_some());
    let id = page.column("id").remove(1);
    let before = okta.log().len();
    let suspend = Request::post(format!("/_mock/api/v1/users/{id}/lifecycle/suspend")).body(Bytes::new());
    assert_eq!(send(&okta, suspend.expect("a request")).await.status, 200);
    assert_eq!(types_since(&okta, before), ["user.lifecycle.suspend"]);
    assert_eq!(get(&okta, &format!("/api/v1/users/{id}")).await.json()["status"], "SUSPENDED");
    let nobody = anonymous(&okta, "/_mock/api/v1/users/00unobody").await;
    assert_eq!((nobody.status, nobody.code().as_str()), (404, "E0000007"));
}

#[tokio::test]
async fn requests_are_told_as_events_from_where_the_reader_left_off() {
    let okta = org().in_process();
    for _ in 0..3 {
        get(&okta, "/api/v1/users").await;
    }
    let stream = async |last: Option<&str>| {
        let request = Request::get("/_mock/requests/stream");
        let request = last.into_iter().fold(request, |request, last| request.header("last-event-id", last));
        let answer = send(&okta, request.body(Bytes::new()).expect("a request")).await;
        assert_eq!(answer.header("content-type"), "text/event-stream");
        text(&answer)
    };
    let all = stream(None).await;
    let data = all.split_once("id: 3\ndata: ").expect("an event").1.trim_end();
    let rows: Vec<Value> = serde_json::from_str(data).expect("JSON in one line");
    assert_eq!(rows.iter().map(|row| row["n"].clone()).collect::<Vec<_>>(), [1, 2, 3]);
    let rest = stream(Some("2")).await;
    assert!(rest.contains("[{") && rest.contains("\"n\":3") && !rest.contains("\"n\":2"), "{rest}");
    assert!(!stream(Some("3")).await.contains("data:"), "nothing is new");
    post(&okta, "/_mock/reset", Value::Null).await;
    assert!(stream(Some("3")).await.contains("event: reset\nid: 0\n"), "the count starts anew");
    assert_eq!(
        get(&okta, "/_mock/requests/stream?after=x").await.json()["error"],
        "after: \"x\" is not a number"
    );
}

#[tokio::test]
async fn a_request_can_be_asked_again_from_a_shell() {
    let okta = org().in_process();
    get(&okta, "/api/v1/users?q='x'").await;
    post(&okta, "/api/v1/groups", json!({})).await;
    anonymous(&okta, "/api/v1/users").await;
    assert_eq!(
        text(&get(&okta, "/_mock/requests/1/curl").await),
        "curl -i -H \"Authorization: SSWS $OKTA_CLIENT_TOKEN\" 'http://127.0.0.1:1/api/v1/users?q='\\''x'\\'''\n"
    );
    assert_eq!(
        text(&get(&okta, "/_mock/requests/2/curl").await),
        "curl -i -X POST -H \"Authorization: SSWS $OKTA_CLIENT_TOKEN\" -H 'Content-Type: application/json' \
         --data @body.json 'http://127.0.0.1:1/api/v1/groups'\n"
    );
    assert_eq!(
        text(&get(&okta, "/_mock/requests/3/curl").await),
        "curl -i 'http://127.0.0.1:1/api/v1/users'\n"
    );
    ask(&okta, Method::from_bytes(b"`id`").expect("a token"), "/api/v1/users", Value::Null).await;
    let copied = text(&get(&okta, "/_mock/requests/4/curl").await);
    assert!(copied.starts_with("curl -i -X '`id`' -H"), "a shell runs none of it: {copied}");
    for (target, wrong) in [
        ("/_mock/requests/5/curl", "there is no request \"5\" in the journal"),
        ("/_mock/requests/1/perl", "/requests/1/perl: expected /requests/N/curl or /requests/N/rust"),
    ] {
        let answer = get(&okta, target).await;
        assert_eq!((answer.status, &answer.json()["error"]), (400, &json!(wrong)));
    }
}

// The three tests below are copies, word for word, of what the fake gives out; the test after them compares.

#[rustfmt::skip]
#[tokio::test]
async fn get_api_v1_users_answers_503() {
    let okta = okta_mock::OktaMock::builder()
        .seed(7)
        .users(9)
        .groups(1)
        .apps(1)
        .clock(okta_mock::Clock::Manual(1787299200000))
        .in_process();
    okta.faults().on("GET /api/v1/users").act(&serde_json::json!({"errorCode":null,"status":503}));
    let request = http::Request::builder().method("GET").uri("/api/v1/users?limit=2&filter=status+eq+%22ACTIVE%22");
    let request = request.header("authorization", format!("SSWS {}", okta.api_token()));
    let request = request.body(bytes::Bytes::new());
    let answer = okta.service().call(request.expect("a request")).await;
    assert_eq!(answer.status(), 503);
}

#[rustfmt::skip]
#[tokio::test]
async fn get_api_v1_logs_answers_429() {
    let okta = okta_mock::OktaMock::builder()
        .seed(7)
        .users(9)
        .groups(1)
        .apps(1)
        .clock(okta_mock::Clock::Manual(1787299200000))
        .in_process();
    okta.faults().on("GET /api/v1/logs").act(&serde_json::json!({"rate_limit":true}));
    let request = http::Request::builder().method("GET").uri("/api/v1/logs");
    let request = request.header("authorization", format!("SSWS {}", okta.api_token()));
    let request = request.body(bytes::Bytes::new());
    let answer = okta.service().call(request.expect("a request")).await;
    assert_eq!(answer.status(), 429);
}

#[rustfmt::skip]
#[tokio::test]
async fn post_api_v1_users_id_lifecycle_suspend_answers_200() {
    let okta = okta_mock::OktaMock::builder()
        .seed(7)
        .users(9)
        .groups(1)
        .apps(1)
        .clock(okta_mock::Clock::Manual(1787299200000))
        .in_process();
    let request = http::Request::builder().method("POST").uri("/api/v1/users/00uFEEsloNCPZkrMdivF/lifecycle/suspend");
    let request = request.header("authorization", format!("SSWS {}", okta.api_token()));
    // The journal keeps no bodies: say here what was sent.
    let request = request.header("content-type", "application/json").body(bytes::Bytes::from("{}"));
    let answer = okta.service().call(request.expect("a request")).await;
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn a_request_becomes_a_test_that_compiles_and_passes() {
    let okta = org().users(9).rate_limits(RateLimits::Integrator).in_process();
    okta.faults().on("GET /api/v1/users").nth(1).respond(503);
    get(&okta, "/api/v1/users?limit=2&filter=status+eq+%22ACTIVE%22").await;
    put(&okta, "/_mock/rate-limits/force", json!({ "bucket": "/api/v1/logs", "remaining": 0 })).await;
    assert_eq!(get(&okta, "/api/v1/logs").await.status, 429);
    let id = get(&okta, "/_mock/api/v1/users").await.column("id").remove(1);
    assert_eq!(post(&okta, &format!("/api/v1/users/{id}/lifecycle/suspend"), Value::Null).await.status, 200);
    let here = include_str!("inspector.rs");
    for n in 1..=3 {
        let copied = text(&get(&okta, &format!("/_mock/requests/{n}/rust")).await);
        assert!(here.contains(&copied), "{copied}");
    }
}

#[tokio::test]
async fn a_refusal_comes_with_a_hint() {
    let okta = org().rate_limits(RateLimits::Integrator).in_process();
    for (target, hint) in [
        ("/api/v1/users", ""),
        ("/api/v1/usrs", "did you mean /api/v1/users?"),
        ("/api/v1/brands", "Okta has this, the fake does not; see /_mock/coverage"),
        ("/api/v1/users?limit=x", "limit: The value must be between 1 and 200"),
    ] {
        get(&okta, target).await;
        assert_eq!(hint_of_last(&okta).await, hint, "{target}");
    }
    anonymous(&okta, "/api/v1/users").await;
    assert_eq!(hint_of_last(&okta).await, "no credentials: Authorization: SSWS … is missing");
    put(&okta, "/_mock/rate-limits/force", json!({ "bucket": "/api/v1/logs", "remaining": 0 })).await;
    get(&okta, "/api/v1/logs").await;
    assert_eq!(hint_of_last(&okta).await, "bucket /api/v1/logs is used up: 10 in this window");
    okta.faults().plan(&json!({ "id": "storm", "match": { "route": "logs" }, "do": { "status": 500 } }));
    get(&okta, "/api/v1/logs").await;
    assert_eq!(hint_of_last(&okta).await, "planned: fault 1 (storm)", "the org had no say");
    okta.faults().clear();
    assert_eq!(hint_of_last(&okta).await, "Internal Server Error; planned: fault 1, removed since");
}

#[tokio::test]
async fn a_fault_that_never_matched_names_what_it_was_perhaps_meant_for() {
    let okta = org().in_process();
    let rules = [
        ("GET /api/v1/user", true),
        ("POST /api/v1/users", true),
        ("GET /api/v1/users", false),
        ("GET /api/v1/logs", false),
    ];
    for (on, _) in rules {
        okta.faults().on(on).delay(std::time::Duration::ZERO);
    }
    get(&okta, "/api/v1/users?limit=1").await;
    let shown = get(&okta, "/_mock/faults").await.json();
    for (rule, (on, near)) in shown["faults"].as_array().expect("a list").iter().zip(rules) {
        let expected = if near { json!("GET /api/v1/users") } else { Value::Null };
        assert_eq!(rule["near_miss"], expected, "{on}");
    }
    assert_eq!(hint_of_last(&okta).await, "planned: fault 3; fault 1 nearly matched");
}

#[tokio::test]
async fn the_last_events_come_with_their_times_and_their_json() {
    let okta = org().events(30).in_process();
    let now = okta.clock().now_ms();
    okta.append_log(vec![
        NewEvent::new("user.session.start").published_ms(now - 600_000).visible_at_ms(now + 60_000),
    ]);
    let last = get(&okta, "/_mock/log?last=3&detail=true").await.json();
    let all = get(&okta, "/_mock/log").await.json();
    let (last, all) = (last["events"].as_array().expect("a list"), all["events"].as_array().expect("a list"));
    assert_eq!((last.len(), all.len()), (3, 31));
    for (short, long) in all[28..].iter().zip(last) {
        assert_eq!(short["position"], long["position"]);
        assert_eq!((&long["event"]["uuid"], short.get("event")), (&short["uuid"], None));
    }
    assert_eq!(last[2]["published"], "2026-08-21T07:50:00.000Z");
    assert_eq!(last[2]["visible_at"], "2026-08-21T08:01:00.000Z");
    let one = get(&okta, "/_mock/log?last=1000000").await.json();
    assert_eq!(one["events"].as_array().map(Vec::len), Some(31));
}

#[tokio::test(start_paused = true)]
async fn deliveries_wait_while_they_are_paused() {
    let receiver = Receiver::answering(&[204]);
    let okta = receiver.org();
    registered(&okta, hook(&["group.lifecycle.create"])).await;
    post(&okta, "/_mock/deliveries/pause", Value::Null).await;
    for name in ["One", "Two"] {
        post(&okta, "/api/v1/groups", json!({ "profile": { "name": name } })).await;
        okta.clock().advance(std::time::Duration::from_secs(1));
    }
    okta.settle().await;
    assert!(receiver.came().is_empty());
    let waiting = get(&okta, "/_mock/hooks").await.json();
    assert_eq!((&waiting["paused"], &waiting["waiting"]), (&json!(true), &json!(2)));
    post(&okta, "/_mock/deliveries/resume", Value::Null).await;
    okta.settle().await;
    assert_eq!(receiver.came().len(), 2);
    let delivered = get(&okta, "/_mock/deliveries?status=delivered&last=1").await.json();
    assert_eq!(delivered["deliveries"][0]["n"], 2);
    assert_eq!(get(&okta, "/_mock/deliveries?status=failed").await.json()["deliveries"], json!([]));
    assert_eq!(
        get(&okta, "/_mock/deliveries?status=lost").await.json()["error"],
        "status: \"lost\" is neither delivered nor failed"
    );
}

#[tokio::test(start_paused = true)]
async fn a_window_closes_when_it_is_flushed() {
    let receiver = Receiver::answering(&[204]);
    let okta = receiver.builder().in_process();
    registered(&okta, hook(&["group.lifecycle.create"])).await;
    okta.clock().switch(Clock::Manual(okta.clock().now_ms()));
    post(&okta, "/api/v1/groups", json!({ "profile": { "name": "One" } })).await;
    assert_eq!(post(&okta, "/_mock/deliveries/flush", Value::Null).await.json()["waiting"], 1);
    while okta.deliveries().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(receiver.came().len(), 1, "although the clock stands before its end");
}

#[tokio::test(start_paused = true)]
async fn the_clock_is_stopped_moved_and_let_run_over_http() {
    let okta = OktaMock::builder().clock(Clock::Tokio(asking::START)).in_process();
    let second = std::time::Duration::from_secs(1);
    let frozen = put(&okta, "/_mock/clock", json!({ "mode": "manual" })).await;
    assert_eq!(frozen.json()["mode"], "manual");
    tokio::time::advance(second).await;
    assert_eq!(get(&okta, "/_mock/clock").await.json()["now"], "2026-08-21T08:00:00.000Z");
    post(&okta, "/_mock/clock/advance", json!({ "by": "1h" })).await;
    let running = put(&okta, "/_mock/clock", json!({ "mode": "tokio" })).await;
    assert_eq!(running.json()["mode"], "tokio");
    tokio::time::advance(second).await;
    assert_eq!(get(&okta, "/_mock/clock").await.json()["now"], "2026-08-21T09:00:01.000Z");
    let both = put(&okta, "/_mock/clock", json!({ "mode": "manual", "now": "2026-08-22T00:00:00Z" })).await;
    assert_eq!(
        (&both.json()["now"], &both.json()["mode"]),
        (&json!("2026-08-22T00:00:00.000Z"), &json!("manual"))
    );
    for (body, wrong) in [
        (json!({}), "now or mode: at least one is needed"),
        (json!({ "mode": "real", "now": "2026-01-01T00:00:00Z" }), "now: the clock only moves forwards"),
    ] {
        assert_eq!(put(&okta, "/_mock/clock", body).await.json()["error"], wrong);
    }
    assert_eq!(get(&okta, "/_mock/clock").await.json()["mode"], "manual", "what is refused changes nothing");
}

#[tokio::test]
async fn the_fake_says_what_it_is_and_what_it_did() {
    let okta = org().users(9).in_process();
    get(&okta, "/api/v1/users").await;
    anonymous(&okta, "/api/v1/users").await;
    let id = get(&okta, "/api/v1/users").await.column("id").remove(1);
    delete(&okta, &format!("/api/v1/users/{id}")).await;
    assert_eq!(delete(&okta, &format!("/api/v1/users/{id}")).await.status, 204);
    let info = get(&okta, "/_mock/info").await.json();
    assert_eq!(
        (&info["name"], &info["seed"], &info["started"]),
        (&json!("okta-mock"), &json!(7), &json!("2026-08-21T08:00:00.000Z"))
    );
    let stats = get(&okta, "/_mock/stats").await.json();
    assert_eq!(stats["requests"], json!({ "total": 5, "by_status": { "200": 2, "204": 2, "403": 1 } }));
    assert_eq!(stats["org"]["users"], 8, "one is purged");
    assert_eq!(stats["log_events"], okta.log().len());
    let metrics = ask(&okta, Method::GET, "/_mock/metrics", Value::Null).await;
    assert_eq!(metrics.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let metrics = text(&metrics);
    for line in [
        "# TYPE okta_mock_requests_total counter",
        "okta_mock_requests_total{status=\"403\"} 1",
        "okta_mock_rate_limited_total{kind=\"bucket\"} 0",
        "okta_mock_users 8",
        "okta_mock_clock_seconds 1787299200",
    ] {
        assert!(metrics.lines().any(|other| other == line), "{line}\n{metrics}");
    }
    let used =
        metrics.lines().find(|line| line.starts_with("okta_mock_bucket_used{bucket=\"/api/v1/users\"}"));
    assert_eq!(used.and_then(|line| line.rsplit(' ').next()), Some("2"));
}
