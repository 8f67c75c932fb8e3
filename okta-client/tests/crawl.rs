//! The listings of many parents as one stream, against an org in process, on a clock that stands still unless all wait.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::StreamExt;
use okta_client::{BucketSnapshot, Client, Crawl, Crawled, Error, Priority, transport};
use okta_mock::{Clock, Latency, OktaMock, RateLimits};
use tokio::time::Instant;

/// 2026-08-21T08:00:10Z.
const START: i64 = 1_787_299_210_000;

fn org(limits: RateLimits) -> OktaMock {
    let org = OktaMock::builder().seed(7).users(600).groups(40).apps(20).journal(20_000);
    org.rate_limits(limits).latency(Latency::Okta).clock(Clock::Tokio(START)).in_process()
}

fn client(org: &OktaMock) -> Client {
    let service = org.service();
    let transport = transport::from_fn(move |request| service.call(request));
    let client = Client::builder(org.url()).api_token(org.api_token()).transport(transport).jitter_seed(7);
    client.reserve(0.01).build().expect("valid settings")
}

fn members(client: &Client, groups: Vec<String>) -> Crawl<String, okta_client::users::User> {
    let listed = client.groups();
    client.crawl(groups, move |group| listed.members(group).limit(50).paginate())
}

async fn group_ids(client: &Client) -> Vec<String> {
    let groups = client.groups().list().paginate().collect_all().await.expect("a listing");
    groups.iter().map(|group| group.id.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_crawl_yields_what_each_listing_would_and_says_when_each_is_complete() {
    let org = org(RateLimits::Off);
    let client = client(&org);
    let groups = group_ids(&client).await;
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut complete = BTreeMap::new();
    let mut crawl = members(&client, groups.clone()).at_once(7);
    while let Some(crawled) = crawl.next().await {
        match crawled {
            Crawled::Item { parent, item } => {
                assert!(!complete.contains_key(parent.as_str()), "nothing comes behind its end");
                assert!(found.entry(parent.to_string()).or_default().insert(item.id.to_string()));
            }
            Crawled::Complete { parent, items, bad_items: 0 } => {
                assert_eq!(complete.insert(parent.to_string(), items), None);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(complete.len(), groups.len());
    for group in groups {
        let alone = client.groups().members(&group).paginate().collect_all().await.expect("a listing");
        let alone: BTreeSet<_> = alone.iter().map(|user| user.id.to_string()).collect();
        assert_eq!(complete[&group], u64::try_from(alone.len()).expect("few"));
        assert_eq!(found.remove(&group).unwrap_or_default(), alone);
    }
}

#[tokio::test(start_paused = true)]
async fn s02_a_parent_that_is_gone_fails_alone() {
    let org = org(RateLimits::Off);
    let client = client(&org);
    let mut groups = group_ids(&client).await;
    let there = groups.len();
    groups.insert(3, "00gnone".to_owned());
    let crawled: Vec<_> = members(&client, groups).collect().await;
    let failed = crawled.iter().filter_map(|crawled| match crawled {
        Crawled::Failed { parent, error } => Some((parent.as_str(), error.is_not_found())),
        _ => None,
    });
    assert_eq!(failed.collect::<Vec<_>>(), [("00gnone", true)]);
    let complete = crawled.iter().filter(|crawled| matches!(crawled, Crawled::Complete { .. })).count();
    assert_eq!(complete, there);
}

#[tokio::test(start_paused = true)]
async fn a_parent_whose_listing_breaks_off_is_not_complete() {
    let org = org(RateLimits::Off);
    let client = client(&org);
    let everyone = client.groups().list().q("Everyone").paginate().collect_all().await.expect("a listing");
    let group = everyone[0].id.to_string();
    org.faults().on("GET /api/v1/groups/*/users").next_link("https://evil.example/api/v1/x?after=1");
    let crawled: Vec<_> = members(&client, vec![group]).collect().await;
    assert!(matches!(crawled.last(), Some(Crawled::Failed { error: Error::Paging { .. }, .. })));
    assert!(crawled.iter().all(|crawled| !matches!(crawled, Crawled::Complete { .. })));
}

#[tokio::test(start_paused = true)]
async fn when_the_parents_cannot_be_listed_what_was_found_of_them_is_still_crawled() {
    let org = org(RateLimits::Off);
    let client = client(&org);
    let parents = [Ok("a".to_owned()), Ok("b".to_owned())].into_iter().chain([client
        .users()
        .get("00unone")
        .await
        .map(|_| String::new())]);
    let one = client.clone();
    let list = move |_: &String| one.groups().list().paginate();
    let crawled: Vec<_> =
        client.crawl_stream(futures::stream::iter(parents.collect::<Vec<_>>()), list).collect().await;
    let count = |what: fn(&Crawled<String, okta_client::groups::Group>) -> bool| {
        crawled.iter().filter(|crawled| what(crawled)).count()
    };
    assert_eq!(count(|crawled| matches!(crawled, Crawled::ParentsFailed(error) if error.is_not_found())), 1);
    assert_eq!(count(|crawled| matches!(crawled, Crawled::Complete { .. })), 2);
}

#[tokio::test(start_paused = true)]
async fn no_more_listings_run_at_once_than_was_said_and_the_largest_begin() {
    let org = org(RateLimits::Off);
    let client = client(&org);
    let everyone = client.groups().list().q("Everyone").paginate().collect_all().await.expect("a listing");
    let everyone = everyone[0].id.to_string();
    let groups = group_ids(&client).await;
    let before = org.requests().len();
    let largest = everyone.clone();
    let mut crawl =
        members(&client, groups).at_once(2).largest_first(move |group| u64::from(*group == largest));
    let first = crawl.next().await;
    assert!(first.is_some());
    let asked: BTreeSet<_> = org.requests()[before..].iter().map(|request| request.path.clone()).collect();
    assert!(asked.len() <= 2 && asked.contains(&format!("/api/v1/groups/{everyone}/users")), "{asked:?}");
    drop(crawl);
    tokio::time::sleep(Duration::from_secs(60)).await;
    let later: BTreeSet<_> = org.requests()[before..].iter().map(|request| request.path.clone()).collect();
    assert_eq!(later, asked, "what is dropped asks for nothing more");
}

/// The factors of every user, in virtual seconds. Looks at the bucket after each.
async fn factors(client: &Client, mut look: impl FnMut(BucketSnapshot)) -> f64 {
    let begun = Instant::now();
    let one = client.clone();
    let factors =
        move |user: &String| one.paginate::<serde_json::Value>(format!("/api/v1/users/{user}/factors"));
    let users = client.users().list().paginate().map(|user| user.map(|user| user.id.to_string()));
    let mut crawl = client.crawl_stream(users, factors);
    while let Some(crawled) = crawl.next().await {
        assert!(!matches!(crawled, Crawled::Failed { .. } | Crawled::ParentsFailed(_)), "{crawled:?}");
        look(factors_bucket(client));
    }
    begun.elapsed().as_secs_f64()
}

fn factors_bucket(client: &Client) -> BucketSnapshot {
    let bucket = |known: &BucketSnapshot| known.bucket == "/api/v1/users/{id}/*";
    client.rate_limits().into_iter().find(bucket).expect("used")
}

#[tokio::test(start_paused = true)]
async fn a_crawl_takes_little_longer_than_the_windows_permit_and_meets_no_429() {
    let org = org(RateLimits::Workforce);
    let client = client(&org);
    let took = factors(&client, |_| {}).await;
    let bucket = factors_bucket(&client);
    assert_eq!(
        (bucket.rate_limited, bucket.limit),
        (0, Some(300)),
        "half of the org's 600, and nobody said so"
    );
    let windows = bucket.requests.div_ceil(297);
    assert!(windows >= 2 && bucket.requests > 500, "{bucket:?}");
    let least = 60.0 * (windows - 1) as f64;
    assert!(took >= least - 60.0 && took < least + 5.0, "{took} s for {bucket:?}");
    org.assert_no_rate_limit_violations();
}

#[tokio::test(start_paused = true)]
async fn a_crawl_leaves_others_what_they_use_and_meets_no_429_beside_them() {
    let org = org(RateLimits::Workforce);
    let (service, token) = (org.service(), org.api_token().to_owned());
    let other = tokio::spawn(async move {
        let mut refused = 0;
        for _ in 0..170 {
            tokio::time::sleep(Duration::from_millis(997)).await;
            let request = http::Request::get("https://a.okta.com/api/v1/users/me/factors");
            let request = request.header("authorization", format!("SSWS {token}"));
            let answer = service.call(request.body(bytes::Bytes::new()).expect("a request")).await;
            refused += u32::from(answer.status() == 429);
        }
        refused
    });
    let client = client(&org);
    let mut noticed = 0;
    factors(&client, |bucket| noticed = noticed.max(bucket.others)).await;
    assert_eq!(factors_bucket(&client).rate_limited, 0);
    assert!((40..=61).contains(&noticed), "{noticed}");
    assert!(other.await.expect("no panic") <= 60, "once noticed they are left their share");
}

#[tokio::test(start_paused = true)]
async fn the_orgs_window_and_our_own_are_both_kept_beside_other_tokens() {
    let org = OktaMock::builder().seed(7).users(1_500).journal(20_000).any_token(true);
    let org = org.rate_limits(RateLimits::Workforce).latency(Latency::Okta).clock(Clock::Tokio(START));
    let org = org.in_process();
    let service = org.service();
    let other = tokio::spawn(async move {
        // Six a second of the org's ten, so that at first our half is the tighter and then what is left of the whole.
        let mut every = tokio::time::interval(Duration::from_micros(166_667));
        for token in ["00another", "00third"].into_iter().cycle() {
            every.tick().await;
            let request = http::Request::get("https://a.okta.com/api/v1/users/me/factors");
            let request = request.header("authorization", format!("SSWS {token}"));
            tokio::spawn(service.call(request.body(bytes::Bytes::new()).expect("a request")));
        }
    });
    // The org's windows begin ten seconds before ours, and end when ours still last.
    tokio::time::sleep(Duration::from_secs(10)).await;
    let client = client(&org);
    let (mut tightest, mut noticed) = (BTreeSet::new(), 0);
    let took = factors(&client, |bucket| {
        tightest.extend(bucket.limit);
        noticed = noticed.max(bucket.others);
    })
    .await;
    let bucket = factors_bucket(&client);
    assert_eq!(tightest, BTreeSet::from([300, 600]), "each binds in its turn");
    assert_eq!(bucket.rate_limited, 0, "{bucket:?}");
    // Alone it would have taken four windows; the others leave us 240 a minute.
    assert!(took < 330.0, "{took} s for {bucket:?}");
    assert!((300..400).contains(&noticed), "{noticed} a minute");
    let others: Vec<_> =
        org.requests().into_iter().filter(|request| request.path.ends_with("/me/factors")).collect();
    let refused = others.iter().filter(|request| request.status == 429).count();
    assert!(
        refused * 12 < others.len(),
        "most are left to them, once noticed: {refused} of {}",
        others.len()
    );
    other.abort();
}

#[tokio::test(start_paused = true)]
async fn r07_a_live_request_waits_for_no_backfill() {
    let org = org(RateLimits::Workforce);
    let client = client(&org);
    let history = client.priority(Priority::Backfill);
    let crawling = tokio::spawn(async move {
        let apps = history.apps().list().paginate().collect_all().await.expect("a listing");
        let ids: Vec<_> = apps.iter().flat_map(|app| (0..12).map(|_| app.id.clone())).collect();
        let apps = history.apps();
        let crawl = history.crawl(ids, move |app| apps.users(app).paginate());
        crawl.for_each(|_| std::future::ready(())).await;
    });
    let live = client.priority(Priority::Live);
    let mut slowest = Duration::ZERO;
    for _ in 0..60 {
        tokio::time::sleep(Duration::from_secs(7)).await;
        let asked = Instant::now();
        live.request(http::Method::GET, "/api/v1/apps").query("limit", "1").send().await.expect("an answer");
        slowest = slowest.max(asked.elapsed());
    }
    assert!(slowest < Duration::from_secs(14), "{slowest:?}");
    crawling.abort();
    assert!(client.rate_limits().iter().all(|bucket| bucket.rate_limited == 0));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_would_wait_too_long_is_not_sent_and_says_how_long() {
    let org = org(RateLimits::Integrator);
    let client = client(&org);
    let logs = |client: &Client| {
        let request = client.request(http::Method::GET, "/api/v1/logs").query("limit", "1");
        async move { request.send().await }
    };
    // Ten a minute are this token's.
    for _ in 0..10 {
        logs(&client).await.expect("an answer");
    }
    let (begun, sent) = (Instant::now(), org.requests().len());
    let error = logs(&client.max_wait(Duration::from_secs(10))).await.expect_err("too long");
    let Error::WouldWait { wait, allowed, .. } = &error else { panic!("{error:?}") };
    assert!(wait.as_secs() > 50 && allowed.as_secs() == 10, "{error}");
    assert_eq!((begun.elapsed(), org.requests().len()), (Duration::ZERO, sent));
    assert_eq!(error.retry(), okta_client::Retry::After(*wait));
    logs(&client.max_wait(Duration::from_secs(70))).await.expect("in the next window");
}

#[tokio::test(start_paused = true)]
async fn how_many_requests_okta_takes_at_once_is_learned() {
    let org = OktaMock::builder().seed(7).users(600).groups(40).latency(Latency::Okta).concurrency(5);
    let org = org.clock(Clock::Tokio(START)).in_process();
    let client = client(&org);
    let groups = group_ids(&client).await;
    let crawled: Vec<_> = members(&client, groups.clone()).collect().await;
    let complete = crawled.iter().filter(|crawled| matches!(crawled, Crawled::Complete { .. })).count();
    assert_eq!(complete, groups.len());
    let requests = org.requests();
    let refused = requests.iter().filter(|request| request.status == 429).count();
    assert!(refused > 0 && refused < 100, "35 at once are too many for it: {refused} of {}", requests.len());
    let last = &requests[requests.len() - 40..];
    let late = last.iter().filter(|request| request.status == 429).count();
    assert!(late < 10, "{late} of the last 40");
}

#[tokio::test(start_paused = true)]
async fn a_parent_that_is_deleted_between_two_of_its_pages_is_an_invalid_position() {
    let org = org(RateLimits::Off);
    let client = client(&org);
    let group =
        client.groups().create(&okta_client::groups::NewGroup::new("Short-lived")).await.expect("created");
    let users = client.users().list().paginate().take(3).collect::<Vec<_>>().await;
    for user in users {
        let id = user.expect("a user").id.clone();
        client.groups().add_member(&group.id, id).await.expect("a member");
    }
    let (listed, id) = (client.groups(), group.id.to_string());
    let mut crawl = client.crawl([id], move |group| listed.members(group).limit(1).paginate().pages_ahead(0));
    assert!(matches!(crawl.next().await, Some(Crawled::Item { .. })));
    client.groups().delete(&group.id).await.expect("deleted");
    match crawl.next().await {
        Some(Crawled::Failed { error, .. }) => {
            assert!(error.is_invalid_cursor() && !error.is_not_found(), "{error:?}");
        }
        other => panic!("{other:?}"),
    }
    assert!(crawl.next().await.is_none(), "and it is not called complete");
}

#[tokio::test(start_paused = true)]
async fn a_parent_that_cannot_be_decoded_does_not_end_the_crawl() {
    let transport = transport::from_fn(|request| {
        let groups = r#"[{"id":"00g1"},{"id":1},{"id":"00g2"}]"#;
        let body = if request.uri().path() == "/api/v1/groups" { groups } else { r#"[{"id":"00u1"}]"# };
        std::future::ready(http::Response::new(bytes::Bytes::from(body)))
    });
    let client = Client::builder("https://acme.okta.com").api_token("00T").transport(transport);
    let client = client.build().expect("valid settings");
    let listed = client.groups();
    let groups = client.groups().list().paginate();
    let crawl = client.crawl_stream(groups, move |group| listed.members(&group.id).paginate());
    let crawled: Vec<_> = crawl.collect().await;
    let complete = crawled.iter().filter(|crawled| matches!(crawled, Crawled::Complete { .. })).count();
    let bad = crawled.iter().filter_map(|crawled| match crawled {
        Crawled::ParentsFailed(error) => error.bad_item(),
        _ => None,
    });
    assert_eq!((complete, bad.map(|bad| bad.index).collect::<Vec<_>>()), (2, vec![1]));
}
