//! The client against a stateful org: what is listed is what is there.
#![cfg(feature = "reqwest")]

use std::collections::HashSet;
use std::time::Duration;

use futures::StreamExt;
use okta_client::{Client, Error, LogPosition, Timestamp, transport};
use okta_mock::{Clock, OktaMock, RateLimits};

async fn org() -> (OktaMock, Client) {
    let org = OktaMock::builder().seed(7).users(500).groups(10).apps(5).events(300);
    let org = org.start().await.expect("a free port");
    let client = Client::builder(org.url()).api_token(org.api_token()).build().expect("valid settings");
    (org, client)
}

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A predicate that every user meets: without one Okta leaves out those who were deactivated.
const EVERYONE: &str = "created gt \"1970-01-01T00:00:00.000Z\"";

#[tokio::test]
async fn users_are_listed_page_by_page_and_none_is_missing() {
    let (_org, client) = org().await;
    let mut sizes = Vec::new();
    let mut pages = client.users().list().search(EVERYONE).paginate().pages();
    let mut ids = HashSet::new();
    while let Some(page) = pages.next().await {
        let items = page.expect("a page").into_items();
        sizes.push(items.len());
        ids.extend(items.into_iter().map(|user| user.expect("decodable").id.to_string()));
    }
    assert_eq!((sizes.as_slice(), ids.len()), ([200, 200, 100].as_slice(), 500));
    let me = client.users().get("me").await.expect("the token's owner");
    assert!(ids.contains(me.id.as_str()));
}

#[tokio::test]
async fn every_group_and_its_members_are_listed() {
    let (_org, client) = org().await;
    let groups = client.groups().list().limit(3).paginate().collect_all().await.expect("a listing");
    assert!(groups.len() >= 10, "{}", groups.len());
    let everyone =
        groups.iter().find(|group| group.profile.name.as_deref() == Some("Everyone")).expect("in every org");
    let large =
        client.groups().members(&everyone.id).limit(100).paginate().collect_all().await.expect("members");
    let small = client.groups().members(&everyone.id).paginate().collect_all().await.expect("members");
    assert_eq!(large.len(), small.len());
    assert!(large.len() > 100, "{}", large.len());
    assert_eq!(client.groups().get(&everyone.id).await.expect("a group").id, everyone.id);
    assert!(client.groups().get("00gnone").await.expect_err("no such group").is_not_found());
}

#[tokio::test]
async fn every_app_and_its_users_are_listed() {
    let (_org, client) = org().await;
    let apps = client
        .apps()
        .list()
        .include_non_deleted(true)
        .limit(2)
        .paginate()
        .collect_all()
        .await
        .expect("a listing");
    assert!(apps.len() >= 5, "{}", apps.len());
    let mut assignments = 0;
    for app in &apps {
        assert_eq!(client.apps().get(&app.id).await.expect("an app").label, app.label);
        assignments += client.apps().users(&app.id).paginate().collect_all().await.expect("a listing").len();
    }
    assert!(assignments > 0);
}

#[tokio::test]
async fn the_bounded_log_and_the_polled_log_are_the_log() {
    let (org, client) = org().await;
    let truth: Vec<_> = org.log().into_iter().map(|event| event.uuid).collect();
    let (since, until) = (Timestamp::now().saturating_sub(2 * DAY), Timestamp::now().saturating_add(DAY));
    let bounded =
        client.logs().bounded(since, until).limit(100).paginate().collect_all().await.expect("a listing");
    let found: HashSet<_> = bounded.iter().map(|event| event.uuid.as_str()).collect();
    assert_eq!(found, truth.iter().map(String::as_str).collect());

    let mut position = LogPosition::Since(since);
    let mut polled = Vec::new();
    loop {
        let page = client.logs().poll(position).limit(100).send().await.expect("a page");
        position = LogPosition::Cursor(page.next().expect("always there").clone());
        if page.items().is_empty() {
            break;
        }
        polled.extend(page.into_items().into_iter().map(|event| event.expect("decodable").uuid.to_string()));
    }
    assert_eq!(polled, truth, "in the order of writing");
}

#[tokio::test]
async fn p05_a_link_that_the_org_never_meant_is_refused() {
    let (org, client) = org().await;
    org.faults().on("GET /api/v1/users").nth(2).next_link("https://evil.example/api/v1/users?after=x");
    let all: Vec<_> = client.users().list().search(EVERYONE).paginate().collect().await;
    assert_eq!(all.iter().filter(|user| user.is_ok()).count(), 400);
    assert!(matches!(all.last(), Some(Err(Error::Paging { .. }))));
}

/// When the in-process orgs begin: 2026-08-21T08:00:10Z.
const START: i64 = 1_787_299_210_000;

/// A client of an org that lives in this process, on tokio's clock.
fn in_process(org: &OktaMock) -> Client {
    let service = org.service();
    let transport = transport::from_fn(move |request| service.call(request));
    Client::builder(org.url())
        .api_token(org.api_token())
        .transport(transport)
        .jitter_seed(7)
        .build()
        .expect("valid settings")
}

#[tokio::test(start_paused = true)]
async fn faults_on_the_way_are_not_seen_in_the_listing() {
    let org = OktaMock::builder().seed(7).users(500).clock(Clock::Tokio(START)).in_process();
    let users = "GET /api/v1/users";
    org.faults().on(users).nth(1).respond_429();
    org.faults().on(users).nth(3).respond_concurrency_429();
    org.faults().on(users).nth(5).truncate_body(1000);
    org.faults().on(users).nth(7).respond(503);
    let all = in_process(&org)
        .users()
        .list()
        .limit(50)
        .search(EVERYONE)
        .paginate()
        .collect_all()
        .await
        .expect("a listing");
    let ids: HashSet<_> = all.iter().map(|user| user.id.as_str()).collect();
    assert_eq!((all.len(), ids.len()), (500, 500));
    assert_eq!(org.faults().acted(), 4);
}

#[tokio::test(start_paused = true)]
async fn r04_a_crawl_under_workforce_limits_meets_no_429() {
    let org = OktaMock::builder().seed(7).users(2000).groups(10).apps(30).events(10);
    let org = org.rate_limits(RateLimits::Workforce).clock(Clock::Tokio(START)).in_process();
    let client = in_process(&org);
    let start = Timestamp::from_millis(START).expect("in range");
    let small = client.users().list().search(EVERYONE).limit(4).paginate().collect_all();
    let logs = client.logs().bounded(start.saturating_sub(2 * DAY), start.saturating_add(DAY)).limit(1);
    let apps = async {
        let apps =
            client.apps().list().include_non_deleted(true).paginate().collect_all().await.expect("a listing");
        let users = apps.iter().map(|app| client.apps().users(&app.id).limit(20).paginate().collect_all());
        for assigned in futures::future::join_all(users).await {
            assigned.expect("a listing");
        }
    };
    let (users, _logs, ()) = tokio::join!(small, logs.paginate().collect_all(), apps);
    assert_eq!(users.expect("a listing").len(), 2000);
    for bucket in client.rate_limits() {
        assert_eq!(
            (bucket.rate_limited, bucket.concurrency_limited, bucket.waiting),
            (0, 0, 0),
            "{bucket:?}"
        );
    }
    org.assert_no_rate_limit_violations();
}
