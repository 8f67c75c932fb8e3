//! What is tried again, after which pause, and what never is.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use okta_client::transport::{self, Body, TransportError};
use okta_client::{Client, Error, Retry};
use tokio::time::Instant;

use crate::script::{SECOND, answer, ids, list, page, script, text};

#[tokio::test(start_paused = true)]
async fn r01_r09_a_429_waits_until_the_reset_by_the_servers_own_clock() {
    let limited = answer(
        429,
        &[
            ("x-rate-limit-limit", "50"),
            ("x-rate-limit-remaining", "0"),
            ("x-rate-limit-reset", "1787299255"),
        ],
        text("{}"),
    );
    let script = script([limited, page([1], None)]);
    assert_eq!(ids(&list(&script).await.expect("a listing")), ["1"]);
    let pause = script.pauses()[0];
    assert!(pause >= 46 * SECOND && pause <= 47 * SECOND, "{pause:?}");
}

#[tokio::test(start_paused = true)]
async fn r02_a_429_without_usable_headers_backs_off() {
    for headers in [
        vec![],
        vec![("x-rate-limit-reset", "NaN")],
        vec![("x-rate-limit-reset", "-1"), ("retry-after", "soon")],
        // In the past.
        vec![
            ("x-rate-limit-limit", "50"),
            ("x-rate-limit-remaining", "0"),
            ("x-rate-limit-reset", "1787299000"),
        ],
    ] {
        // The ceiling doubles; where below it a pause falls is chance, so it is the sums that grow.
        let mut sums = [Duration::ZERO; 4];
        for seed in 0..20 {
            let refused = || answer(429, &headers, text(""));
            let script = script([refused(), refused(), refused(), refused(), page([1], None)]);
            let client = script.builder().jitter_seed(seed).build().expect("valid");
            assert_eq!(client.users().list().paginate().collect_all().await.expect("a listing").len(), 1);
            for ((sum, pause), ceiling) in
                sums.iter_mut().zip(script.pauses()).zip([2_100, 2_100, 3_100, 5_100])
            {
                let bounds = Duration::from_millis(100)..=Duration::from_millis(ceiling);
                assert!(bounds.contains(&pause), "{headers:?} {pause:?}");
                *sum += pause;
            }
        }
        assert!(sums[1] < sums[2] && sums[2] * 5 / 4 < sums[3], "{headers:?} {sums:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn r08_a_storm_of_429_ends_in_an_error_that_says_how_long_it_took() {
    let script = script(
        (0..100).map(|_| answer(429, &[("retry-after", "30"), ("x-okta-request-id", "req1")], text(""))),
    );
    let begun = Instant::now();
    let error = script.client().users().get("00u1").await.expect_err("limited");
    assert!(
        matches!(&error, Error::RateLimited { attempts: 6, concurrency: false, waited, .. } if *waited >= 150 * SECOND),
        "{error:?}"
    );
    assert_eq!(error.retry(), Retry::After(30 * SECOND));
    assert_eq!(error.request_id(), Some("req1"));
    assert_eq!(script.sent(), 6);
    assert!(begun.elapsed() < 300 * SECOND, "the deadline is kept");
}

#[tokio::test(start_paused = true)]
async fn r10_a_burst_of_503_is_survived_with_growing_pauses() {
    let unavailable = || answer(503, &[("x-okta-request-id", "first")], text("<html>gateway</html>"));
    let script = script([unavailable(), unavailable(), unavailable(), page([1], None)]);
    assert_eq!(list(&script).await.expect("a listing").len(), 1);
    assert_eq!(script.header(0, "x-okta-retry-count"), None);
    assert_eq!(script.header(3, "x-okta-retry-count").as_deref(), Some("3"));
    assert_eq!(script.header(3, "x-okta-retry-for").as_deref(), Some("first"));

    // Whichever of them it is, there are only so many attempts.
    for status in [502, 503, 504] {
        let script = crate::script::script((0..100).map(|_| answer(status, &[], text(""))));
        let error = list(&script).await.expect_err("for ever");
        assert_eq!((error.status().map(|status| status.as_u16()), script.sent()), (Some(status), 6));
    }

    // The ceiling doubles; where below it a pause falls is chance, so it is the sums that grow.
    let mut sums = [Duration::ZERO; 3];
    for seed in 0..50 {
        let script = crate::script::script([unavailable(), unavailable(), unavailable(), page([1], None)]);
        let client = script.builder().jitter_seed(seed).build().expect("valid");
        client.users().list().paginate().collect_all().await.expect("a listing");
        for ((sum, pause), ceiling) in sums.iter_mut().zip(script.pauses()).zip([600, 1100, 2100]) {
            assert!(
                pause >= Duration::from_millis(100) && pause <= Duration::from_millis(ceiling),
                "{pause:?}"
            );
            *sum += pause;
        }
    }
    assert!(sums[0] * 3 / 2 < sums[1] && sums[1] * 3 / 2 < sums[2], "{sums:?}");
}

#[tokio::test(start_paused = true)]
async fn a_concurrency_429_is_a_short_pause_and_is_not_fed_into_the_bucket() {
    let crowded = answer(
        429,
        &[("x-rate-limit-limit", "0"), ("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", "1787299324")],
        text(""),
    );
    let script = script([crowded, page([1], None)]);
    let client = script.client();
    assert_eq!(client.users().list().paginate().collect_all().await.expect("a listing").len(), 1);
    assert!(script.pauses()[0] < 2 * SECOND);
    let bucket = &client.rate_limits()[0];
    assert_eq!((bucket.concurrency_limited, bucket.rate_limited, bucket.limit), (1, 0, None));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_to_be_repeated_takes_nobodys_turn() {
    let limited = answer(429, &[("retry-after", "60")], text(""));
    let script = script([limited, answer(200, &[], text("[]")), page([1], None)]);
    let client = script.builder().max_concurrency(1).build().expect("valid");
    let begun = Instant::now();
    let (users, ()) = tokio::join!(client.users().list().paginate().collect_all(), async {
        client.groups().list().paginate().collect_all().await.expect("another bucket");
        assert!(begun.elapsed() < SECOND);
    });
    assert_eq!(users.expect("a listing").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_turn_does_not_use_up_the_patience_for_failures() {
    let script = script([answer(200, &[], text("[]")), answer(503, &[], text("")), page([1], None)]);
    let slow = script.builder().max_requests_per_minute(1.try_into().expect("not zero"));
    let client = slow.max_retry_time(30 * SECOND).build().expect("valid");
    client.groups().list().paginate().collect_all().await.expect("a listing");
    assert_eq!(client.users().list().paginate().collect_all().await.expect("a listing").len(), 1);
    assert!(script.pauses().iter().all(|pause| *pause >= 60 * SECOND), "{:?}", script.pauses());
}

#[tokio::test(start_paused = true)]
async fn xb06_a_post_whose_fate_is_unknown_is_never_repeated() {
    for (first, attempts) in [
        (Err(TransportError::lost("reset")), 1),
        (answer(503, &[], text("")), 1),
        (answer(500, &[], text("")), 1),
        (Err(TransportError::not_sent("refused")), 2),
        (answer(429, &[], text("")), 2),
    ] {
        let script = script([first, answer(200, &[], text("{}"))]);
        let sent = script
            .client()
            .request(http::Method::POST, "/api/v1/users")
            .json(&serde_json::json!({}))
            .send()
            .await;
        assert_eq!((sent.is_ok(), script.sent()), (attempts == 2, attempts));
    }
}

#[tokio::test(start_paused = true)]
async fn xb06_a_post_whose_answer_breaks_off_has_been_sent_whatever_the_transport_says() {
    let broken =
        Body::from_stream(futures::stream::iter([Err(TransportError::not_sent("a careless transport"))]));
    let script = script([answer(200, &[], broken), answer(200, &[], text("{}"))]);
    let error = script.client().request(http::Method::POST, "/api/v1/users").send().await;
    let error = error.expect_err("half an answer");
    assert!(matches!(error, Error::Transport { sent: true, .. }), "{error:?}");
    assert_eq!(script.sent(), 1);
}

#[tokio::test(start_paused = true)]
async fn xb06_a_delete_whose_fate_is_unknown_is_not_repeated_because_the_second_one_purges() {
    for first in [Err(TransportError::lost("reset")), answer(503, &[], text("")), answer(504, &[], text(""))]
    {
        let script = script([first, answer(204, &[], text(""))]);
        let error = script.client().request(http::Method::DELETE, "/api/v1/users/00u1").send().await;
        assert_eq!((error.expect_err("unknown").retry(), script.sent()), (Retry::Never, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_get_that_gets_no_answer_is_tried_again_and_then_given_up() {
    let silent =
        Client::builder("https://acme.okta.com").api_token("00Ttoken").timeout(5 * SECOND).max_attempts(3);
    let client = silent
        .transport(transport::from_fn(|_| std::future::pending::<Response<Bytes>>()))
        .build()
        .expect("valid");
    let error = client.users().get("00u1").await.expect_err("silence");
    assert!(matches!(error, Error::Transport { sent: true, attempts: 3, .. }), "{error:?}");
    assert_eq!(error.retry(), Retry::Backoff);
}

#[tokio::test(start_paused = true)]
async fn p14_a_page_that_okta_answers_with_500_is_asked_for_twice_more_with_half_its_limit() {
    let timed_out = || answer(500, &[], text("{\"errorCode\":\"E0000009\"}"));
    let script = script((0..10).map(|_| timed_out()));
    let error = list(&script).await.expect_err("500");
    assert_eq!(error.okta_code(), Some("E0000009"));
    let limits = |limits: [u32; 3]| limits.map(|limit| format!("/api/v1/users?limit={limit}"));
    assert_eq!(script.targets(), limits([200, 100, 50]));

    let next = "/api/v1/users?after=1&limit=3&search=a+eq+%22b%26c%22";
    let answers = [page([1], Some(next)), timed_out(), timed_out(), page([2], None)];
    let script = crate::script::script(answers);
    assert_eq!(list(&script).await.expect("a listing").len(), 2);
    let asked = |limit| next.replace("limit=3", limit);
    assert_eq!(script.targets()[1..], [next.to_owned(), asked("limit=1"), asked("limit=1")]);

    // Whoever asks for one page itself may want to know.
    let script = crate::script::script([timed_out(), timed_out(), timed_out()]);
    let asked = script.client().request(http::Method::GET, "/api/v1/users?limit=8").send().await;
    assert_eq!(asked.expect_err("500").okta_code(), Some("E0000009"));
    assert!(script.targets().iter().all(|target| target == "/api/v1/users?limit=8"));
}

#[tokio::test(start_paused = true)]
async fn a_page_that_fails_with_500_behind_other_failures_is_still_asked_for_with_half_its_limit() {
    let failed = |status| answer(status, &[], text("{}"));
    let script = script([failed(429), failed(503), failed(429), failed(500), page([1], None)]);
    assert_eq!(ids(&list(&script).await.expect("a listing")), ["1"]);
    let targets = script.targets();
    let limit = |target: &str| -> u32 {
        let url = url::Url::parse("https://acme.okta.com").and_then(|base| base.join(target)).expect("a URL");
        let limit = url.query_pairs().find(|(name, _)| name == "limit").expect("a limit").1.into_owned();
        limit.parse().expect("a number")
    };
    assert_eq!(limit(&targets[4]), limit(&targets[3]) / 2);
}
