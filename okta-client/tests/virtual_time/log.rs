//! Polling and following the System Log.

use std::time::Duration;

use futures::StreamExt;
use okta_client::transport::{Body, TransportError};
use okta_client::{Cursor, Error, LogPosition, PagingProblem};

use crate::script::{Answer, SECOND, answer, script, since, text};

fn events(ids: impl IntoIterator<Item = u32>, next: &str) -> Answer {
    let rows: Vec<_> = ids.into_iter().map(|id| format!("{{\"uuid\":\"e{id}\",\"published\":\"2026-08-21T08:00:00.000Z\",\"eventType\":\"user.session.start\"}}")).collect();
    answer(
        200,
        &[("link", &format!("<https://acme.okta.com{next}>; rel=\"next\""))],
        text(format!("[{}]", rows.join(","))),
    )
}

#[tokio::test(start_paused = true)]
async fn p01_following_a_quiet_log_polls_once_per_interval_from_the_same_place() {
    let script = script((0..10).map(|_| events([], "/api/v1/logs?after=9&limit=2")));
    let mut follow = script.client().logs().follow(since()).limit(2).poll_interval(10 * SECOND).start();
    for _ in 0..4 {
        assert!(follow.next().await.expect("endless").expect("a page").items().is_empty());
    }
    assert_eq!(script.pauses(), [10 * SECOND; 3]);
    let first = "/api/v1/logs?since=2026-08-21T08%3A00%3A00.000Z&sortOrder=ASCENDING&limit=2";
    assert_eq!(script.targets(), [first; 4], "p02: an empty page moves nothing");
    assert_eq!(*follow.position(), since());
}

#[tokio::test(start_paused = true)]
async fn p07_following_reads_full_pages_at_once_and_waits_behind_a_short_one() {
    let script = script([
        events([1, 2], "/api/v1/logs?after=2&limit=2"),
        events([3, 4], "/api/v1/logs?after=4&limit=2"),
        events([5], "/api/v1/logs?after=5&limit=2"),
        Err(TransportError::lost("reset")),
        events([6], "/api/v1/logs?after=6&limit=2"),
    ]);
    let client = script.builder().max_attempts(1).build().expect("valid");
    let mut follow = client.logs().follow(since()).limit(2).poll_interval(10 * SECOND).start();
    let mut seen = Vec::new();
    for _ in 0..5 {
        match follow.next().await.expect("endless") {
            Ok(page) => {
                seen.extend(page.into_items().into_iter().map(|event| event.expect("good").uuid.to_string()))
            }
            Err(error) => seen.push(error.to_string()),
        }
    }
    assert_eq!(seen, ["e1", "e2", "e3", "e4", "e5", "no complete answer to GET /api/v1/logs", "e6"]);
    assert_eq!(script.pauses(), [Duration::ZERO, Duration::ZERO, 10 * SECOND, 10 * SECOND]);
    assert_eq!(script.targets()[3..], ["/api/v1/logs?after=5&limit=2", "/api/v1/logs?after=5&limit=2"]);
}

#[tokio::test(start_paused = true)]
async fn p14_following_goes_on_with_the_smaller_pages_that_okta_could_make() {
    let too_large = || answer(500, &[], text("{\"errorCode\":\"E0000009\"}"));
    let script = script([
        too_large(),
        too_large(),
        events([1, 2], "/api/v1/logs?after=2&limit=2"),
        events([3, 4], "/api/v1/logs?after=4&limit=2"),
        events([5], "/api/v1/logs?after=5&limit=2"),
        events([], "/api/v1/logs?after=5&limit=2"),
    ]);
    let mut follow = script.client().logs().follow(since()).limit(8).poll_interval(10 * SECOND).start();
    for events in [2, 2, 1, 0] {
        assert_eq!(follow.next().await.expect("endless").expect("a page").items().len(), events);
    }
    let sizes: Vec<_> = script
        .targets()
        .iter()
        .filter_map(|target| target.split("limit=").nth(1).map(str::to_owned))
        .collect();
    assert_eq!(sizes, ["8", "4", "2", "2", "2", "2"]);
    assert_eq!(
        script.pauses()[2..],
        [Duration::ZERO, Duration::ZERO, 10 * SECOND],
        "a full page is one of two"
    );
}

#[tokio::test(start_paused = true)]
async fn following_with_no_interval_and_no_limit_is_no_busy_loop() {
    let script = script([]);
    let client = script.builder().max_attempts(1).build().expect("valid");
    let mut follow = client.logs().follow(since()).limit(0).poll_interval(Duration::ZERO).start();
    for _ in 0..3 {
        assert!(follow.next().await.expect("endless").is_err());
    }
    assert_eq!(script.pauses(), [SECOND; 2]);
    assert!(script.targets()[0].ends_with("limit=1"), "a page of none would be full for ever");
    let poll = client.logs().poll(since()).limit(5000).send().await;
    assert!(poll.is_err() && script.targets()[3].ends_with("limit=1000"));
}

#[tokio::test(start_paused = true)]
async fn p03_a_polling_page_without_next_is_not_the_end_and_is_read_again_from_the_last_cursor() {
    let bare =
        answer(200, &[], text(r#"[{"uuid":"e2","published":"2026-08-21T08:00:00Z","eventType":"x.y"}]"#));
    let (first, second) = ("/api/v1/logs?after=1&limit=1000", "/api/v1/logs?after=2&limit=1000");
    let script = script([events([1], first), bare, answer(200, &[], text("[]")), events([2], second)]);
    let mut follow = script.client().logs().follow(since()).start();
    let mut told = Vec::new();
    for _ in 0..4 {
        let page = follow.next().await.expect("endless").expect("a page");
        told.push((page.items().len(), page.next().is_some()));
    }
    // The caller sees that a page had no link; what came with it comes again, and nothing is left out.
    assert_eq!(told, [(1, true), (1, false), (0, false), (1, true)]);
    assert_eq!(script.targets()[1..], [first; 3]);
    assert_eq!(*follow.position(), LogPosition::Cursor(second.parse().expect("a cursor")));
}

#[tokio::test(start_paused = true)]
async fn p15_p16_xb11_a_poll_that_brings_no_whole_list_moves_nothing_and_is_repeated_from_the_same_place() {
    let whole = r#"[{"uuid":"e2","published":"2026-08-21T08:00:00.000Z","eventType":"user.session.start"}]"#;
    let place = "/api/v1/logs?after=1&limit=1000";
    let next = ("link", "<https://acme.okta.com/api/v1/logs?after=9&limit=1000>; rel=next");
    let gzip = ("content-encoding", "gzip");
    let broken = [
        answer(200, &[next], text(&whole[..whole.len() * 6 / 10])),
        answer(
            200,
            &[next, gzip],
            Body::from_stream(futures::stream::iter([Err(TransportError::lost("gzip"))])),
        ),
        answer(200, &[next], text("<html>Sign in</html>")),
        answer(200, &[next], text("")),
        answer(200, &[next], text("null")),
        answer(200, &[next], text("{}")),
        answer(204, &[next], text("")),
        answer(502, &[next], text("<html>Bad gateway</html>")),
        Err(TransportError::lost("reset")),
    ];
    let count = broken.len();
    let answers = std::iter::once(events([1], place)).chain(broken);
    let script = script(answers.chain([events([2], "/api/v1/logs?after=2&limit=1000")]));
    let client = script.builder().max_attempts(1).build().expect("valid");
    let mut follow = client.logs().follow(since()).start();
    follow.next().await.expect("endless").expect("a page");
    let before = follow.position().clone();
    for number in 0..count {
        assert!(follow.next().await.expect("endless").is_err(), "{number}");
        assert_eq!(*follow.position(), before, "{number}");
    }
    assert_eq!(follow.next().await.expect("endless").expect("a page").items().len(), 1);
    assert_eq!(script.targets()[1..], vec![place; count + 1]);
}

#[tokio::test(start_paused = true)]
async fn p05_a_poll_whose_next_leads_elsewhere_is_an_error_and_moves_nothing() {
    let foreign =
        || answer(200, &[("link", "<https://evil.example/api/v1/logs?after=1>; rel=next")], text("[]"));
    let script = script([foreign(), foreign(), events([1], "/api/v1/logs?after=1&limit=1000")]);
    let polled = script.client().logs().poll(since()).send().await.expect_err("foreign");
    assert!(matches!(polled, Error::Paging { kind: PagingProblem::ForeignOrigin, .. }), "{polled:?}");
    let mut follow = script.client().logs().follow(since()).start();
    assert!(follow.next().await.is_some_and(|page| page.is_err()));
    assert_eq!(*follow.position(), since());
    assert!(follow.next().await.is_some_and(|page| page.is_ok_and(|page| page.items().len() == 1)));
}

#[tokio::test(start_paused = true)]
async fn a_poll_follows_its_cursor_as_given_and_may_shrink_the_page() {
    let cursor: Cursor =
        "/api/v1/logs?after=1787299210000_1&limit=1000&filter=a+eq+%22b%22".parse().expect("a cursor");
    let script = script([
        events([1], "/api/v1/logs?after=2&limit=1000"),
        events([1], "/api/v1/logs?after=2&limit=100"),
    ]);
    let page = script.client().logs().poll(LogPosition::Cursor(cursor.clone())).send().await.expect("a page");
    assert_eq!(page.next().map(ToString::to_string).as_deref(), Some("/api/v1/logs?after=2&limit=1000"));
    assert_eq!(page.date().map(|date| date.to_string()).as_deref(), Some("2026-08-21T08:00:10.000Z"));
    script.client().logs().poll(LogPosition::Cursor(cursor)).limit(100).send().await.expect("a page");
    assert_eq!(
        script.targets(),
        [
            "/api/v1/logs?after=1787299210000_1&limit=1000&filter=a+eq+%22b%22",
            "/api/v1/logs?after=1787299210000_1&filter=a+eq+%22b%22&limit=100"
        ]
    );

    let elsewhere: Cursor = "/api/v1/users?after=1".parse().expect("a cursor");
    let refused =
        script.client().logs().poll(LogPosition::Cursor(elsewhere)).send().await.expect_err("not of the log");
    assert!(refused.is_invalid_cursor());
    assert_eq!(script.sent(), 2);
}

#[tokio::test(start_paused = true)]
async fn p10_a_log_cursor_that_fails_validation_is_told_apart() {
    let refused = || answer(400, &[], text("{\"errorCode\":\"E0000001\"}"));
    let script = script([refused(), refused()]);
    let logs = script.client().logs();
    let cursor = LogPosition::Cursor("/api/v1/logs?after=1_1&limit=1000".parse().expect("a cursor"));
    assert!(logs.poll(cursor).send().await.expect_err("refused").is_invalid_cursor());
    assert!(!logs.poll(since()).send().await.expect_err("refused").is_invalid_cursor());
}

#[tokio::test(start_paused = true)]
async fn p02_what_becomes_visible_behind_an_empty_page_that_moved_on_is_still_read() {
    let script = script([
        events([1], "/api/v1/logs?after=1&limit=1000"),
        // Okta's link goes on although nothing was there; event 2 becomes visible before that place.
        events([], "/api/v1/logs?after=9&limit=1000"),
        events([2], "/api/v1/logs?after=2&limit=1000"),
    ]);
    let mut follow = script.client().logs().follow(since()).start();
    let mut seen = 0;
    for _ in 0..3 {
        seen += follow.next().await.expect("endless").expect("a page").items().len();
    }
    assert_eq!(seen, 2);
    assert_eq!(script.targets()[1..], ["/api/v1/logs?after=1&limit=1000"; 2]);
}

#[tokio::test(start_paused = true)]
async fn p09_a_log_that_trickles_costs_one_request_for_each_interval() {
    let script = script((1..100).map(|id| events([id], &format!("/api/v1/logs?after={id}&limit=1000"))));
    let mut follow = script.client().logs().follow(since()).poll_interval(10 * SECOND).start();
    let begun = tokio::time::Instant::now();
    for _ in 0..61 {
        assert_eq!(follow.next().await.expect("endless").expect("a page").items().len(), 1);
    }
    assert_eq!((begun.elapsed(), script.sent()), (600 * SECOND, 61));
}

#[tokio::test(start_paused = true)]
async fn p12_pages_of_the_log_are_as_large_as_they_may_be() {
    let script = script([
        events([1], "/api/v1/logs?after=1&limit=1000"),
        events([2], "/api/v1/logs?after=2&limit=1000"),
        answer(200, &[], text("[]")),
    ]);
    let client = script.client();
    client.logs().follow(since()).start().next().await.expect("endless").expect("a page");
    client.logs().poll(since()).send().await.expect("a page");
    let until = "2026-08-22T08:00:00Z".parse().expect("a time");
    let bounded = client.logs().bounded("2026-08-21T08:00:00Z".parse().expect("a time"), until);
    bounded.paginate().collect_all().await.expect("a listing");
    assert!(script.targets().iter().all(|target| target.contains("limit=1000")), "{:?}", script.targets());
}
