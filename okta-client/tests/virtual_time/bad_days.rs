//! The System Log of an org with a memory, through bad days: whoever follows it misses nothing, and asks no more than it may.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use http::{Request, Response};
use okta_client::logs::Follow;
use okta_client::{Client, ClientBuilder, Error, LogPosition, PagingProblem, Retry, Timestamp, transport};
use okta_mock::{Clock, NewEvent, OktaMock, RateLimits};
use tokio::time::Instant;

use crate::script::SECOND;

/// 2026-08-21T08:00:10Z.
const START: i64 = 1_787_299_210_000;
const DAY: Duration = Duration::from_secs(24 * 3600);
const LOGS: &str = "GET /api/v1/logs";

fn org(events: usize) -> OktaMock {
    OktaMock::builder().seed(7).users(450).events(events).clock(Clock::Tokio(START)).in_process()
}

/// The org under another host than its own, and the hosts that were asked.
fn client_at(url: &str, org: &OktaMock, token: &str) -> (ClientBuilder, Arc<Mutex<Vec<String>>>) {
    let (service, hosts) = (org.service(), Arc::new(Mutex::new(Vec::new())));
    let asked = Arc::clone(&hosts);
    let transport = transport::from_fn(move |request: Request<Bytes>| {
        asked.lock().expect("no panic").push(request.uri().host().expect("a host").to_owned());
        service.call(request)
    });
    (Client::builder(url).api_token(token).transport(transport).jitter_seed(7), hosts)
}

fn client(org: &OktaMock) -> Client {
    client_at(org.url(), org, org.api_token()).0.build().expect("valid settings")
}

fn days_ago(days: u32) -> Timestamp {
    Timestamp::from_millis(START).expect("in range").saturating_sub(DAY * days)
}

fn truth(org: &OktaMock) -> Vec<String> {
    org.log().into_iter().map(|event| event.uuid).collect()
}

fn sign_ins(events: usize) -> Vec<NewEvent> {
    (0..events).map(|_| NewEvent::new("user.session.start")).collect()
}

fn asked(org: &OktaMock) -> usize {
    org.requests().iter().filter(|request| request.path == "/api/v1/logs").count()
}

/// The uuids of the next page, or why there is none.
async fn page(follow: &mut Follow) -> Result<Vec<String>, Error> {
    let page = follow.next().await.expect("endless")?;
    Ok(page.into_items().into_iter().map(|event| event.expect("decodable").uuid.to_string()).collect())
}

/// Reads on until there is nothing more.
async fn rest(follow: &mut Follow) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        match page(follow).await.expect("a page") {
            page if page.is_empty() => return all,
            page => all.extend(page),
        }
    }
}

/// As a program stores it and reads it again.
fn stored(position: &LogPosition) -> LogPosition {
    serde_json::from_str(&serde_json::to_string(position).expect("JSON")).expect("a position")
}

#[tokio::test(start_paused = true)]
async fn p01_a_log_whose_end_links_to_itself_is_read_once_and_polled_once_per_interval() {
    let org = org(0);
    let before = truth(&org).len();
    let appended = org.append_log(sign_ins(3));
    let mut follow = client(&org).logs().follow(LogPosition::Since(days_ago(1))).start();
    let (end, mut seen) = (Instant::now() + 60 * SECOND, Vec::new());
    while let Ok(page) = tokio::time::timeout_at(end, page(&mut follow)).await {
        seen.extend(page.expect("a page"));
    }
    assert_eq!(seen[before..], appended);
    assert!(asked(&org) <= 60 / 10 + 2, "{}", asked(&org));
}

#[tokio::test(start_paused = true)]
async fn p11_a_start_that_okta_no_longer_takes_is_refused_and_looks_neither_empty_nor_like_a_lost_cursor() {
    let org = org(20);
    let logs = client(&org).logs();
    let too_old = LogPosition::Since(days_ago(200));
    let polled = logs.poll(too_old.clone()).send().await.expect_err("refused");
    let listed =
        logs.bounded(days_ago(200), days_ago(0)).paginate().collect_all().await.expect_err("refused");
    let mut follow = logs.follow(too_old.clone()).start();
    let followed = page(&mut follow).await.expect_err("refused");
    for error in [polled, listed, followed] {
        assert_eq!(
            (error.status().map(|status| status.as_u16()), error.okta_code()),
            (Some(400), Some("E0000053"))
        );
        // Okta's own time comes with it, so that the caller may ask for what is still there and say what is not.
        let oldest = error.date().expect("a Date").saturating_sub(DAY * 180);
        assert!(oldest > days_ago(200), "{oldest}");
        assert!(!error.is_invalid_cursor() && error.retry() == Retry::Never, "{error:?}");
    }
    assert_eq!(asked(&org), 3, "it would be refused again");
    let begun = Instant::now();
    page(&mut follow).await.expect_err("refused");
    assert_eq!(
        (begun.elapsed(), follow.position()),
        (10 * SECOND, &too_old),
        "no busy loop, and no other place"
    );
    // What is older than Okta keeps and younger than it refuses begins at the oldest event.
    let mut follow = logs.follow(LogPosition::Since(days_ago(170))).start();
    assert_eq!(rest(&mut follow).await, truth(&org));
}

#[tokio::test(start_paused = true)]
async fn p12_two_thousand_events_a_minute_are_kept_up_with_by_a_request_every_ten_seconds() {
    let org = OktaMock::builder().seed(7).users(5).rate_limits(RateLimits::Workforce);
    let org = org.clock(Clock::Tokio(START)).in_process();
    let before = truth(&org).len();
    let mut follow = client(&org).logs().follow(LogPosition::Since(days_ago(1))).start();
    let begun = Instant::now();
    let produce = async {
        for _ in 0..60 {
            org.append_log(sign_ins(333));
            tokio::time::sleep(10 * SECOND).await;
        }
    };
    let consume = async {
        let mut seen = 0;
        while seen < before + 60 * 333 {
            seen += page(&mut follow).await.expect("a page").len();
        }
        begun.elapsed()
    };
    let ((), caught_up) = tokio::join!(produce, consume);
    assert!(caught_up <= 610 * SECOND, "never further behind than the interval: {caught_up:?}");
    assert!(asked(&org) <= 63, "{}", asked(&org));
    org.assert_no_rate_limit_violations();
}

#[tokio::test(start_paused = true)]
async fn a01_behind_a_dead_token_another_goes_on_from_the_same_place() {
    let org = org(250);
    let mut follow = client(&org).logs().follow(LogPosition::Since(days_ago(30))).limit(100).start();
    let mut seen = page(&mut follow).await.expect("a page");
    let before = asked(&org);
    org.faults().on(LOGS).nth(1).respond_error("E0000011");
    let dead = page(&mut follow).await.expect_err("revoked");
    assert!(dead.is_unauthorized() && dead.retry() == Retry::Never, "{dead:?}");
    assert_eq!(asked(&org), before + 1, "it is not asked again with a token that is dead");
    let token = org.create_api_token("another", okta_mock::AdminRole::SuperAdmin);
    let (another, _) = client_at(org.url(), &org, &token);
    let another = another.build().expect("valid settings");
    let mut follow = another.logs().follow(stored(follow.position())).start();
    seen.extend(rest(&mut follow).await);
    assert_eq!(seen, truth(&org));
}

#[tokio::test(start_paused = true)]
async fn a04_an_org_that_moves_to_another_domain_is_read_on_from_where_it_was() {
    let org = org(250);
    let old = client(&org);
    let mut follow = old.logs().follow(LogPosition::Since(days_ago(30))).limit(100).start();
    let mut seen = page(&mut follow).await.expect("a page");
    let everyone = old.users().list().paginate().collect_all().await.expect("a listing").len();
    let mut users = old.users().list().paginate();
    for _ in 0..200 {
        users.next().await.expect("a user").expect("decodable");
    }
    let token = serde_json::to_string(&users.resume_token()).expect("JSON");
    let token: okta_client::ResumeToken = serde_json::from_str(&token).expect("a token");

    // Okta's links go on naming the old domain, which is why it is declared.
    let (moved, hosts) = client_at("https://login.acme.example", &org, org.api_token());
    let moved = moved.alias_origin(org.url()).build().expect("valid settings");
    let mut follow = moved.logs().follow(stored(follow.position())).start();
    seen.extend(rest(&mut follow).await);
    assert_eq!(seen, truth(&org), "no event is missing and none is there twice");
    let rest = moved.users().list().resume(token).collect_all().await.expect("the rest");
    assert_eq!(200 + rest.len(), everyone);
    assert!(hosts.lock().expect("no panic").iter().all(|host| host == "login.acme.example"));

    // Undeclared it is a foreign place: an error, and no credential goes there.
    let (undeclared, hosts) = client_at("https://login.acme.example", &org, org.api_token());
    let undeclared = undeclared.build().expect("valid settings");
    let listed = undeclared.users().list().paginate().collect_all().await.expect_err("a foreign link");
    assert!(matches!(listed, Error::Paging { kind: PagingProblem::ForeignOrigin, .. }), "{listed:?}");
    assert_eq!(*hosts.lock().expect("no panic"), ["login.acme.example"]);
}

#[tokio::test(start_paused = true)]
async fn a04_p10_a_cursor_that_a_migration_has_voided_is_told_apart_and_a_time_takes_its_place() {
    let org = org(250);
    let mut follow = client(&org).logs().follow(LogPosition::Since(days_ago(30))).limit(100).start();
    let mut seen = page(&mut follow).await.expect("a page");
    let last = org.log().into_iter().find(|event| Some(&event.uuid) == seen.last()).expect("an event");
    for status in [400, 404, 410] {
        let code = r#"{"errorCode":"E0000001"}"#;
        org.faults().on(LOGS).nth(1).respond_with(status, "application/json", code);
        let lost = page(&mut follow).await.expect_err("voided");
        assert!(lost.is_invalid_cursor() && !lost.is_not_found(), "{status}: {lost:?}");
    }
    // Recovery is by time, from a little before the last event that was read; what comes twice is known by its uuid.
    let published = Timestamp::from_millis(last.published_ms).expect("in range");
    let since = LogPosition::Since(published.saturating_sub(DAY));
    let mut follow = client(&org).logs().follow(since).start();
    let again = rest(&mut follow).await;
    let repeated = again.iter().filter(|uuid| seen.contains(uuid)).count();
    seen.extend(again.into_iter().skip(repeated));
    assert_eq!(seen, truth(&org));
}

#[tokio::test(start_paused = true)]
async fn a05_two_hours_of_maintenance_lose_nothing_and_are_no_busy_loop() {
    let org = org(50);
    let mut follow = client(&org).logs().follow(LogPosition::Since(days_ago(30))).start();
    let mut seen = rest(&mut follow).await;
    let (place, before, begun) = (stored(follow.position()), asked(&org), Instant::now());
    org.faults().on(LOGS).lasting(7200 * SECOND).respond(503);
    org.append_log(sign_ins(5));
    let mut failed = 0;
    seen.extend(loop {
        match page(&mut follow).await {
            Ok(page) => break page,
            Err(error) => {
                assert_eq!(error.status().map(|status| status.as_u16()), Some(503));
                assert_eq!((error.retry(), follow.position()), (Retry::Backoff, &place));
                failed += 1;
            }
        }
    });
    assert!(failed > 100, "whoever follows is told meanwhile: {failed}");
    assert!(begun.elapsed() >= 7200 * SECOND && begun.elapsed() < 7300 * SECOND, "{:?}", begun.elapsed());
    assert!(asked(&org) - before < 120 * 25, "{} requests in two hours", asked(&org) - before);
    assert_eq!(seen, truth(&org));
}

#[tokio::test(start_paused = true)]
async fn a06_behind_an_outage_longer_than_okta_keeps_events_the_dates_of_two_pages_tell_of_the_hole() {
    let org = org(20);
    let mut logs = client(&org).logs().follow(LogPosition::Since(days_ago(30))).start();
    let first = logs.next().await.expect("endless").expect("a page");
    let before = first.date().expect("a Date");
    let lost = org.append_log(sign_ins(3));
    for _ in 0..5 {
        // Somebody else uses the token meanwhile, or it would expire after 30 days.
        tokio::time::sleep(20 * DAY).await;
        client(&org).users().get("me").await.expect("the token lives");
    }
    let kept = org.append_log(sign_ins(1));
    let second = logs.next().await.expect("endless").expect("the cursor is still good");
    let silent = second.date().expect("a Date").since(before);
    assert!(silent > 90 * DAY, "{silent:?}");
    let seen: Vec<_> =
        second.into_items().into_iter().map(|event| event.expect("good").uuid.to_string()).collect();
    assert!(lost.iter().all(|uuid| !seen.contains(uuid)), "Okta has them no more");
    assert!(seen.ends_with(&kept), "and what it has is read");
}

/// What an org may answer while it is overloaded.
const STORMS: [&[(&str, &str)]; 4] = [
    &[("x-rate-limit-limit", "60"), ("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", "1787299255")],
    &[],
    &[("x-rate-limit-limit", "0"), ("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", "1787299255")],
    &[("retry-after", "30")],
];

#[tokio::test(start_paused = true)]
async fn r08_xb05_an_hour_of_429_of_whatever_kind_is_no_busy_loop_and_loses_nothing() {
    for headers in STORMS {
        let (begun, asked) = (Instant::now(), Arc::new(Mutex::new(Vec::new())));
        let seen = Arc::clone(&asked);
        let transport = transport::from_fn(move |request: Request<Bytes>| {
            seen.lock().expect("no panic").push((begun.elapsed(), request.uri().to_string()));
            let over = begun.elapsed() >= 3600 * SECOND;
            let mut response = Response::builder().status(if over { 200 } else { 429 });
            response = response.header("date", crate::script::DATE);
            for (name, value) in headers.iter().filter(|_| !over) {
                response = response.header(*name, *value);
            }
            let event =
                r#"[{"uuid":"e1","published":"2026-08-21T08:00:00.000Z","eventType":"user.session.start"}]"#;
            let response = response.header("link", "<https://acme.okta.com/api/v1/logs?after=1>; rel=next");
            std::future::ready(response.body(Bytes::from_static(event.as_bytes())).expect("a response"))
        });
        let client = Client::builder("https://acme.okta.com").api_token("00Ttoken").transport(transport);
        let client = client.jitter_seed(7).build().expect("valid settings");
        let mut follow = client.logs().follow(LogPosition::Since(days_ago(1))).start();
        let read = loop {
            match page(&mut follow).await {
                Ok(read) => break read,
                Err(error) => assert!(matches!(error, Error::RateLimited { .. }), "{error:?}"),
            }
        };
        assert_eq!(read, ["e1"], "{headers:?}");
        let asked = asked.lock().expect("no panic");
        assert!(asked.iter().all(|(_, url)| url == &asked[0].1), "the place is the same: {headers:?}");
        let most = if headers.is_empty() || headers[0].1 == "0" { 25 } else { 3 };
        assert!(asked.len() <= 60 * most, "{} requests in an hour: {headers:?}", asked.len());
        assert!(asked.windows(2).all(|pair| pair[1].0 > pair[0].0), "never at once: {headers:?}");
        let late = asked.last().expect("the good one").0;
        assert!(late < 3600 * SECOND + 130 * SECOND, "soon behind the storm: {headers:?} {late:?}");
    }
}
