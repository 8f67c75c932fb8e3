//! Within the rate limits, and not slower than they ask.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use okta_client::Client;
use okta_client::transport;
use tokio::time::Instant;

use crate::script::{SECOND, answer, page, script, text};

#[tokio::test(start_paused = true)]
async fn r04_the_reserve_of_a_bucket_is_left_and_the_next_request_waits_for_the_window() {
    // Five of fifty are left, the tenth that is left to others.
    let used = |remaining| {
        let reset = [
            ("x-rate-limit-limit", "50"),
            ("x-rate-limit-remaining", remaining),
            ("x-rate-limit-reset", "1787299255"),
        ];
        answer(200, &reset, text("[]"))
    };
    let script = script([used("6"), used("5"), used("49")]);
    let client = script.client();
    for _ in 0..3 {
        client.users().list().paginate().collect_all().await.expect("a listing");
    }
    let pauses = script.pauses();
    assert_eq!(pauses[0], Duration::ZERO, "one above the reserve");
    assert!(pauses[1] >= 45 * SECOND && pauses[1] < 48 * SECOND, "{pauses:?}");
}

#[tokio::test(start_paused = true)]
async fn r06_a_bucket_that_is_used_up_holds_up_neither_another_bucket_nor_another_org() {
    let used_up =
        [("x-rate-limit-limit", "50"), ("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", "1787299255")];
    let script = script([answer(200, &used_up, text("[]")), answer(200, &[], text("[]")), page([1], None)]);
    let client = script.client();
    client.users().list().paginate().collect_all().await.expect("a listing");
    let begun = Instant::now();
    client.groups().list().paginate().collect_all().await.expect("a bucket of its own");
    let other = crate::script::script([page([1], None)]);
    other.client().users().list().paginate().collect_all().await.expect("an org of its own");
    assert_eq!(begun.elapsed(), Duration::ZERO);
    let learned: Vec<_> = client.rate_limits().iter().map(|bucket| bucket.limit).collect();
    assert!(learned.contains(&Some(50)) && learned.contains(&None), "{learned:?}");
    client.users().list().paginate().collect_all().await.expect("a listing");
    assert!(begun.elapsed() >= 45 * SECOND, "learned from the headers: {:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_crawl_keeps_within_its_window_and_meets_no_429() {
    // Ten requests a window of 60 s, started by its first request, like Okta's.
    #[derive(Default)]
    struct Window {
        began: Option<Instant>,
        used: u32,
        refused: u32,
    }
    let window = Arc::new(Mutex::new(Window::default()));
    let seen = Arc::clone(&window);
    let start = Instant::now();
    let transport = transport::from_fn(move |request: Request<Bytes>| {
        let window = Arc::clone(&window);
        async move {
            tokio::time::sleep(Duration::from_millis(150)).await;
            let mut window = window.lock().expect("no panic");
            let now = Instant::now();
            let began = *window.began.filter(|began| now - *began < 60 * SECOND).get_or_insert(now);
            if window.began != Some(began) {
                (window.began, window.used) = (Some(began), 0);
            }
            window.used += 1;
            let status = if window.used > 10 { 429 } else { 200 };
            window.refused += u32::from(status == 429);
            let date = 1_787_299_210 + (now - start).as_secs();
            let reset = 1_787_299_210 + (began + 60 * SECOND - start).as_secs();
            let next = request
                .uri()
                .query()
                .and_then(|query| query.split("after=").nth(1))
                .and_then(|after| after.parse::<u32>().ok())
                .unwrap_or(0)
                + 1;
            let mut answer = Response::builder().status(status);
            if next < 50 {
                answer = answer
                    .header("link", format!("<https://acme.okta.com/api/v1/users?after={next}>; rel=next"));
            }
            let date = httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_secs(date));
            let answer = answer
                .header("date", date)
                .header("x-rate-limit-limit", "10")
                .header("x-rate-limit-remaining", 10_u32.saturating_sub(window.used));
            answer
                .header("x-rate-limit-reset", reset)
                .body(Bytes::from_static(b"[{\"id\":\"1\"}]"))
                .expect("a response")
        }
    });
    let client = Client::builder("https://acme.okta.com")
        .api_token("00Ttoken")
        .transport(transport)
        .build()
        .expect("valid");
    let crawls = (0..3).map(|_| client.users().list().paginate().collect_all());
    for all in futures::future::join_all(crawls).await {
        assert_eq!(all.expect("a listing").len(), 50);
    }
    assert_eq!(seen.lock().expect("no panic").refused, 0);
    let bucket = &client.rate_limits()[0];
    assert_eq!((bucket.requests, bucket.rate_limited, bucket.limit, bucket.waiting), (150, 0, Some(10), 0));
    // 9 of 10 requests a window are ours; 17 windows must be begun, and each may cost a second more than a minute.
    assert!(start.elapsed() < 17 * 62 * SECOND, "{:?}", start.elapsed());
}
