//! What the client tells `tracing`: its spans, how they lie within each other, its events; and no secret and no id of an object.

mod recorder;
#[cfg(feature = "oauth")]
#[path = "../support/mod.rs"]
mod support;
#[cfg(feature = "oauth")]
mod tokens;

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use okta_client::{Client, ClientBuilder, transport};
use tracing::{Instrument, Level};

use self::recorder::Recorder;

type Answer = http::response::Builder;

/// A client of an org that gives these answers in order.
fn answering(answers: impl IntoIterator<Item = (Answer, &'static str)>) -> ClientBuilder {
    let answers: Mutex<VecDeque<_>> = Mutex::new(answers.into_iter().collect());
    let transport = transport::from_fn(move |_| {
        let (head, body) = answers.lock().expect("no panic").pop_front().expect("an answer is left");
        let head = head.header("date", "Fri, 21 Aug 2026 08:00:10 GMT");
        std::future::ready(head.body(Bytes::from_static(body.as_bytes())).expect("a response"))
    });
    Client::builder("https://acme.okta.com").api_token("TOKENSECRET").transport(transport).jitter_seed(7)
}

fn status(status: u16) -> Answer {
    Response::builder().status(status).header("x-okta-request-id", format!("req{status}"))
}

fn next(after: u32) -> Answer {
    status(200).header("link", format!("<https://acme.okta.com/api/v1/users?after={after}>; rel=\"next\""))
}

#[tokio::test(start_paused = true)]
async fn xa06_spans_name_the_request_and_hold_no_secret() {
    let recorder = Recorder::at(Level::TRACE);
    let _guard = tracing::subscriber::set_default(recorder.clone());
    let client = answering([(status(503), "BODYSECRET"), (status(503), "BODYSECRET")]).max_attempts(2);
    let client = client.build().expect("valid settings");
    client.users().list().filter("QUERYSECRET").paginate().collect_all().await.expect_err("503");
    let requests = recorder.spans("okta.request");
    for (request, attempt) in requests.iter().zip(["1", "2"]) {
        assert_eq!(request.level, Level::INFO);
        for (field, value) in [
            ("http.request.method", "GET"),
            ("url.template", "/api/v1/users"),
            ("http.response.status_code", "503"),
            ("okta.request_id", "req503"),
            ("attempt", attempt),
        ] {
            assert_eq!(request.field(field), value, "{field}");
        }
    }
    assert_eq!(requests.len(), 2);
    assert!(!recorder.text().contains("SECRET"), "{}", recorder.text());
}

#[tokio::test(start_paused = true)]
async fn a_listing_is_a_span_with_its_pages_in_it_and_their_requests_in_them() {
    let recorder = Recorder::at(Level::DEBUG);
    let _guard = tracing::subscriber::set_default(recorder.clone());
    let client = answering([
        (next(1), r#"[{"id":"00uSECRET"},{"id":"2"}]"#),
        (next(2), "[]"),
        // Read again: that is another request of the same page.
        (status(200), r#"[{"id":"3"}"#),
        (status(200), r#"[{"id":"3"}]"#),
    ]);
    let client = client.build().expect("valid settings");
    let own = tracing::info_span!("the caller's own");
    let users = client.users().list().paginate().collect_all().instrument(own).await;
    assert_eq!(users.expect("a listing").len(), 3);
    let listings = recorder.spans("okta.listing");
    assert_eq!((listings.len(), listings[0].field("url.template")), (1, "/api/v1/users"));
    assert_eq!(recorder.around(&listings[0]), ["the caller's own"], "although a task of its own reads it");
    let pages = recorder.spans("okta.page");
    let told: Vec<_> = pages.iter().map(|page| (page.field("page"), page.field("items"))).collect();
    assert_eq!(told, [("1", "2"), ("2", "0"), ("3", "1")]);
    let within: Vec<_> =
        recorder.spans("okta.request").iter().map(|request| recorder.around(request).join(" < ")).collect();
    let of = |page| format!("okta.page {page} < okta.listing < the caller's own");
    assert_eq!(within, [of(1), of(2), of(3), of(3)]);
    assert!(!recorder.text().contains("SECRET"), "{}", recorder.text());
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_is_made_again_is_an_event_that_says_why_and_how_long_it_waits() {
    let recorder = Recorder::at(Level::DEBUG);
    let _guard = tracing::subscriber::set_default(recorder.clone());
    let client = answering([
        (status(503).header("retry-after", "7"), "BODYSECRET"),
        (status(200), r#"{"id":"#),
        (status(200), r#"{"id":"1"}"#),
    ]);
    client.build().expect("valid settings").users().get("00uSECRET").await.expect("a user");
    let again = recorder.events("trying again");
    let told: Vec<_> =
        again.iter().map(|event| (event.field("attempt"), event.field("error.type"))).collect();
    assert_eq!(told, [("1", "503"), ("2", "undecodable")]);
    for event in &again {
        assert_eq!(event.level, Level::DEBUG);
        assert_eq!(
            (event.field("http.request.method"), event.field("url.template")),
            ("GET", "/api/v1/users/{id}")
        );
    }
    let wait: u64 = again[0].field("wait_ms").parse().expect("milliseconds");
    assert!((7000..8000).contains(&wait), "{wait}");
    assert!(!recorder.text().contains("SECRET"), "{}", recorder.text());
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_the_rate_limit_is_a_span_and_a_request_that_need_not_wait_has_none() {
    let recorder = Recorder::at(Level::DEBUG);
    let _guard = tracing::subscriber::set_default(recorder.clone());
    let limited = status(200).header("x-rate-limit-limit", "50").header("x-rate-limit-remaining", "0");
    let limited = limited.header("x-rate-limit-reset", "1787299240");
    let client = answering([(limited, r#"{"id":"1"}"#), (status(200), r#"{"id":"1"}"#)]);
    let client = client.build().expect("valid settings");
    client.users().get("00uSECRET").await.expect("a user");
    assert_eq!(recorder.spans("okta.wait").len(), 0);
    let begun = tokio::time::Instant::now();
    client.users().get("00uSECRET").await.expect("a user");
    assert!(begun.elapsed() > Duration::from_secs(29), "{:?}", begun.elapsed());
    let waits = recorder.spans("okta.wait");
    assert_eq!((waits.len(), waits[0].level), (1, Level::DEBUG));
    assert_eq!(waits[0].field("okta.bucket"), "GET /api/v1/users/{id}");
    let wait: u128 = waits[0].field("wait_ms").parse().expect("milliseconds");
    assert_eq!(wait, begun.elapsed().as_millis(), "it says beforehand how long it will be");
    assert!(!recorder.text().contains("SECRET"), "{}", recorder.text());
}

#[tokio::test(start_paused = true)]
async fn at_the_level_info_there_are_listings_requests_and_nothing_else() {
    let recorder = Recorder::at(Level::INFO);
    let _guard = tracing::subscriber::set_default(recorder.clone());
    let client =
        answering([(next(1), r#"[{"id":"1"}]"#), (status(503), ""), (status(200), r#"[{"id":"2"}]"#)]);
    client.build().expect("valid settings").users().list().paginate().collect_all().await.expect("a listing");
    let within: Vec<_> =
        recorder.spans("okta.request").iter().map(|request| recorder.around(request)).collect();
    assert_eq!(within, [["okta.listing"], ["okta.listing"], ["okta.listing"]]);
    assert!(recorder.spans("okta.page").is_empty() && recorder.events("trying again").is_empty());
}
