//! The journal's assertions and what is said about a client's conduct.

mod asking;

use asking::receiver::{Receiver, hook, registered};
use asking::{get, org, post, walk};
use http::Request;
use okta_mock::{Clock, RateLimits};
use serde_json::{Value, json};

#[tokio::test]
async fn a_careful_client_is_clean() {
    let okta = org().users(450).events(20).in_process();
    assert!(walk(&okta, "/api/v1/users").await.len() > 400);
    let page = get(&okta, "/api/v1/logs?limit=1000").await;
    get(&okta, &page.link("next").expect("always one")).await;
    okta.conduct().assert_clean();
    assert_eq!(get(&okta, "/_mock/conduct").await.json(), json!({ "clean": true, "findings": [] }));
}

#[tokio::test]
async fn each_finding_cites_what_shows_it() {
    let okta = org().users(12).rate_limits(RateLimits::Integrator).in_process();
    let page = get(&okta, "/api/v1/users?limit=5").await;
    let next = page.link("next").expect("more");
    get(&okta, &format!("{next}&extra=1")).await; // 2: rebuilt
    get(&okta, &next.replace("users", "groups")).await; // 3: another list
    for _ in 0..11 {
        get(&okta, "/api/v1/logs?limit=1000").await; // 4 to 14: the last is refused
    }
    get(&okta, "/api/v1/logs?limit=1000").await; // 15: too early
    let nameless = Request::get("/api/v1/groups").body(bytes::Bytes::new()).expect("a request");
    asking::send(&okta, nameless).await; // 16
    let found: Vec<(&str, Vec<u64>)> =
        okta.conduct().findings().into_iter().map(|finding| (finding.code, finding.requests)).collect();
    assert_eq!(found, [("L01", vec![2]), ("L02", vec![3]), ("L03", vec![15]), ("L12", vec![16])]);
    let shown = get(&okta, "/_mock/conduct").await.json();
    assert_eq!((&shown["clean"], &shown["findings"][2]["requests"]), (&json!(false), &json!([15])));
    okta.conduct().allow("L01").allow("L02").allow("L03").allow("L12").assert_clean();
}

#[tokio::test]
#[should_panic(
    expected = "1 findings about the client's conduct:\n  L14 GET /api/v1/nothing was refused and sent again, requests [1, 2, 3]"
)]
async fn findings_are_printed() {
    let okta = org().in_process();
    for _ in 0..3 {
        get(&okta, "/api/v1/nothing").await;
    }
    okta.conduct().assert_clean();
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_refuses_is_a_finding() {
    let receiver = Receiver::answering(&[403]);
    let okta = receiver.builder().clock(Clock::Tokio(asking::START)).in_process();
    registered(&okta, hook(&["group.lifecycle.create"])).await;
    post(&okta, "/api/v1/groups", json!({ "profile": { "name": "One" } })).await;
    okta.settle().await;
    let found = okta.conduct().findings();
    assert_eq!((found[0].code, found[0].deliveries.as_slice()), ("L13", &[1][..]));
}

#[tokio::test]
async fn the_journal_says_who_asked_what_and_what_it_got() {
    let okta = org().users(5).in_process();
    okta.faults().on("GET /api/v1/users").nth(2).respond_429();
    let page = get(&okta, "/api/v1/users?limit=2").await;
    let next = page.link("next").expect("more");
    get(&okta, &next).await;
    let records = okta.journal().records();
    assert_eq!(records[0].next.as_deref(), Some(next.as_str()));
    assert!(records[1].cursor_in.is_some() && records[1].faults == [1]);
    assert_eq!((records[1].status, records[1].rate_remaining), (429, Some(0)));
    assert_eq!(records[0].user_agent, "asking/1");
    let users = || okta.journal().expect("GET /api/v1/users");
    users().exactly(2);
    users().status(429).cursor(true).faulted(true).exactly(1);
    users().parameter("limit", "2").after(1).at_most(1);
    okta.journal().expect("* /api/v1/groups*").never();
    assert_eq!(users().status(200).records()[0].n, 1);
    let shown = get(&okta, "/_mock/requests?status=429").await.json();
    assert_eq!(shown["requests"].as_array().map(Vec::len), Some(1));
    assert_eq!(get(&okta, "/_mock/requests?status=many").await.status, 400);
    okta.journal().clear();
    users().never();
}

#[tokio::test]
#[should_panic(
    expected = "expected at least 2 of [GET /api/v1/users, status 429], got 0; received:\n  #1 GET /api/v1/users?limit=2 → 200"
)]
async fn a_failed_expectation_shows_what_came() {
    let okta = org().in_process();
    get(&okta, "/api/v1/users?limit=2").await;
    okta.journal().expect("GET /api/v1/users").status(429).at_least(2);
}

#[tokio::test]
async fn the_journal_is_bounded() {
    let okta = org().journal(2).in_process();
    for _ in 0..3 {
        get(&okta, "/api/v1/users").await;
    }
    assert_eq!(okta.requests().iter().map(|request| request.n).collect::<Vec<_>>(), [2, 3]);
    let none = org().journal(0).in_process();
    assert_eq!(post(&none, "/api/v1/groups", Value::Null).await.status, 400);
    assert!(none.requests().is_empty());
}
