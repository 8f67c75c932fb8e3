//! The System Log: polling by persistence, bounded by `published`, and the cases that lose events in careless readers.

mod asking;

use std::time::Duration;

use asking::{START, get, org, post, walk};
use okta_mock::{Clock, NewEvent, OktaMock};
use serde_json::json;

fn appended(okta: &OktaMock, events: impl IntoIterator<Item = NewEvent>) -> Vec<String> {
    okta.append_log(events.into_iter().collect())
}

fn event() -> NewEvent {
    NewEvent::new("user.session.start")
}

#[tokio::test]
async fn a_poll_always_has_a_next_link_and_stays_put_at_the_live_end() {
    let okta = org().in_process();
    let empty = get(&okta, "/api/v1/logs?since=2026-08-21T08%3A00%3A00.000Z&limit=1000").await;
    assert_eq!(empty.rows().len(), 0);
    let next = empty.link("next").expect("next is there on an empty page, too");
    assert!(next.ends_with("&since=2026-08-21T08%3A00%3A00.000Z&limit=1000"), "{next}");
    let again = get(&okta, &next).await;
    assert_eq!(again.link("next"), Some(next.clone()), "nothing new: the cursor stays");
    let uuids = appended(&okta, [event(), event()]);
    let page = get(&okta, &next).await;
    assert_eq!(page.column("uuid"), uuids);
    let after = page.link("next").expect("next");
    assert!(after.starts_with(&format!("/api/v1/logs?after={START}_1&since=")), "{after}");
    let lines: Vec<_> = page.headers.get_all("link").iter().collect();
    assert_eq!(lines.len(), 2, "next and self on two lines");
}

#[tokio::test]
async fn polling_goes_by_persistence_and_bounded_queries_by_published() {
    let okta = org().in_process();
    let late = [
        event().published_ms(START - 5_000).persisted_ms(START - 1_000),
        event().published_ms(START - 4_000).persisted_ms(START - 3_000),
        event().published_ms(START - 2_000).persisted_ms(START - 2_000),
    ];
    let uuids = appended(&okta, late);
    let polled = get(&okta, "/api/v1/logs?since=2026-08-21T07:59:56.500Z").await;
    assert_eq!(polled.column("uuid"), [&uuids[1], &uuids[2], &uuids[0]].map(String::clone));
    let bounded = get(&okta, "/api/v1/logs?since=2026-08-21T07:59:55Z&until=2026-08-21T07:59:58Z").await;
    assert_eq!(
        bounded.column("uuid"),
        [&uuids[0], &uuids[1]].map(String::clone),
        "since is included, until is not"
    );
    let newest_first = get(&okta, "/api/v1/logs?sortOrder=DESCENDING").await;
    assert_eq!(newest_first.column("uuid"), [&uuids[2], &uuids[1], &uuids[0]].map(String::clone));
    assert_eq!(newest_first.link("next"), None);
}

#[tokio::test]
async fn an_event_that_becomes_visible_late_appears_behind_the_cursor() {
    let okta = org().in_process();
    let hidden = appended(&okta, [event().persisted_ms(START - 10).visible_at_ms(START + 60_000)]);
    let seen = appended(&okta, [event().persisted_ms(START - 5)]);
    let page = get(&okta, "/api/v1/logs?since=2026-08-21T07:00:00Z").await;
    assert_eq!(page.column("uuid"), seen);
    okta.clock().advance(Duration::from_secs(60));
    let next = page.link("next").expect("next");
    assert_eq!(get(&okta, &next).await.rows().len(), 0, "the cursor has passed it");
    let again = get(&okta, "/api/v1/logs?since=2026-08-21T07:00:00Z").await;
    assert_eq!(again.column("uuid"), [&hidden[0], &seen[0]].map(String::clone), "an overlap finds it");
    assert_eq!(okta.log().len(), 2, "and the truth has it anyway");
}

#[tokio::test]
async fn bounded_walks_end_and_hold_everything_once() {
    let okta = org().users(40).groups(3).apps(3).events(500).in_process();
    let target = "/api/v1/logs?since=2026-08-20T00:00:00Z&until=2026-08-22T00:00:00Z&limit=7";
    let walked = walk(&okta, target).await;
    assert_eq!(walked.len(), 500);
    assert!(walked.is_sorted_by_key(|event| event["published"].as_str().map(str::to_owned)));
    let backwards = walk(&okta, &format!("{target}&sortOrder=DESCENDING")).await;
    assert!(backwards.iter().rev().eq(walked.iter()));
}

#[tokio::test]
async fn history_is_spread_over_the_day_before_and_published_before_it_is_persisted() {
    let okta = org().users(40).groups(3).apps(3).events(1_000).in_process();
    let log = okta.log();
    assert_eq!(log.len(), 1_000);
    assert!(log.is_sorted_by(|a, b| a.position < b.position));
    assert!(
        !log.is_sorted_by_key(|record| record.published_ms),
        "polling order is not the order of published"
    );
    for record in &log {
        assert!((START - 86_400_000..START).contains(&record.persisted_ms));
        assert!(record.published_ms < record.persisted_ms);
        assert!((1_500..3_500).contains(&record.json().len()), "{} bytes", record.json().len());
    }
    let users = walk(&okta, "/api/v1/users").await;
    let event: serde_json::Value = serde_json::from_slice(&log[0].json()).expect("JSON");
    assert!(users.iter().any(|user| user["id"] == event["actor"]["id"]), "actors exist");
}

#[tokio::test]
async fn filters_and_keywords_choose_events() {
    let okta = org().users(40).groups(3).apps(3).events(400).in_process();
    let count =
        async |query: &str| get(&okta, &format!("/api/v1/logs?limit=1000&{query}")).await.rows().len();
    let starts = count("filter=eventType+eq+%22user.session.start%22").await;
    assert!(starts > 0 && starts < 400);
    assert_eq!(count("filter=not+(eventType+eq+%22user.session.start%22)").await, 400 - starts);
    let sso = get(&okta, "/api/v1/logs?limit=1&filter=eventType+eq+%22user.authentication.sso%22")
        .await
        .rows()
        .remove(0);
    let (actor, app) =
        (sso["actor"]["id"].as_str().expect("an id"), sso["target"][0]["id"].as_str().expect("an id"));
    assert!(count(&format!("filter=actor.id+eq+%22{actor}%22+and+target.id+eq+%22{app}%22")).await > 0);
    assert!(count("filter=outcome.result+eq+%22CHALLENGE%22").await > 0);
    assert!(count("filter=client.geographicalContext.country+eq+%22austria%22").await > 0);
    assert!(count("q=SIGN-ON+policy").await > 0);
}

#[tokio::test]
async fn mistakes_get_oktas_errors() {
    let okta = org().in_process();
    for (query, code) in [
        ("since=yesterday", "E0000001"),
        ("since=2026-08-21T08:00:00", "E0000001"),
        ("until=x", "E0000001"),
        ("since=2026-01-01T00:00:00Z", "E0000053"),
        ("filter=published+gt+%222026-01-01T00:00:00Z%22", "E0000053"),
        ("filter=eventType+eqq+%22a%22", "E0000053"),
        ("filter=nonsense+eq+%22a%22", "E0000031"),
        ("after=bogus", "E0000031"),
        ("after=1_4096", "E0000031"),
        ("after=-1_1", "E0000031"),
        ("limit=-1", "E0000001"),
        ("sortOrder=SIDEWAYS", "E0000001"),
        ("q=1+2+3+4+5+6+7+8+9+10+11", "E0000001"),
    ] {
        let answer = get(&okta, &format!("/api/v1/logs?{query}")).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, code), "{query}");
    }
    let clamped = get(&okta, "/api/v1/logs?limit=5000").await;
    assert!(clamped.link("self").is_some_and(|link| link.ends_with("&limit=1000")));
    assert_eq!(get(&okta, "/api/v1/logs?limit=0").await.rows().len(), 0);
}

#[tokio::test]
async fn changes_in_the_same_millisecond_are_read_once_each() {
    let okta = org().groups(0).in_process();
    let mut next = get(&okta, "/api/v1/logs").await.link("next").expect("next");
    let mut read = Vec::new();
    for n in 0..20 {
        post(&okta, "/api/v1/groups", json!({ "profile": { "name": format!("Group {n}") } })).await;
        let page = get(&okta, &next).await;
        read.extend(page.column("uuid"));
        next = page.link("next").expect("next");
    }
    let truth: Vec<String> = okta.log().into_iter().map(|record| record.uuid).collect();
    assert_eq!(read, truth);
}

#[tokio::test]
async fn the_log_takes_its_own_cursors_in_every_century() {
    let okta = org().clock(Clock::Manual(4_102_444_800_000)).in_process();
    let uuids = appended(&okta, [event(), event().persisted_ms(i64::MAX)]);
    let next = get(&okta, "/api/v1/logs").await.link("next").expect("a poll goes on");
    let page = get(&okta, &next).await;
    assert_eq!((page.status, uuids.len()), (200, 2), "{next}");
}
