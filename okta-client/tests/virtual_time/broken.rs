//! Answers that break off, never end, or are something else than what was asked for.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::StreamExt;
use http::{Request, Response};
use okta_client::transport::{self, Body, TransportError};
use okta_client::{Client, Error, Retry};

use crate::script::{SECOND, answer, ids, list, page, script, settle, text};

#[tokio::test(start_paused = true)]
async fn xb14_a_body_that_never_ends_is_cut_off() {
    let dripping = || {
        answer(
            200,
            &[],
            Body::from_stream(
                futures::stream::once(async { Ok(Bytes::from_static(b"[")) })
                    .chain(futures::stream::pending()),
            ),
        )
    };
    // A byte a second, for ever: it is the whole that has a time, not the byte.
    let trickling = || {
        let bytes = futures::stream::unfold((), |()| async {
            tokio::time::sleep(SECOND).await;
            Some((Ok(Bytes::from_static(b" ")), ()))
        });
        answer(200, &[], Body::from_stream(bytes))
    };
    let script = script([dripping(), trickling(), page([1], None)]);
    assert_eq!(list(&script).await.expect("a listing").len(), 1);
    assert!(script.pauses().iter().all(|pause| *pause < 65 * SECOND), "{:?}", script.pauses());
}

#[tokio::test(start_paused = true)]
async fn xb13_a_body_larger_than_the_limit_is_refused_while_it_arrives() {
    let endless = Body::from_stream(futures::stream::repeat_with(|| Ok(Bytes::from(vec![b' '; 1000]))));
    let script = script([answer(200, &[], endless)]);
    let client = script.builder().max_body_bytes(10_000).build().expect("valid");
    let error = client.users().get("00u1").await.expect_err("too large");
    assert!(matches!(error, Error::TooLarge { limit_bytes: 10_000, .. }), "{error:?}");
    assert_eq!(script.sent(), 1, "it would be as large the next time");
}

#[tokio::test(start_paused = true)]
async fn p15_a_page_that_breaks_off_is_fetched_again_and_nothing_of_it_is_yielded_twice() {
    let whole = || page([1, 2], Some("/api/v1/users?after=2"));
    let truncated = answer(
        200,
        &[("link", "<https://acme.okta.com/api/v1/users?after=2>; rel=\"next\"")],
        text("[{\"id\":\"1\"},{\"id\":"),
    );
    let cut = Body::from_stream(futures::stream::iter([
        Ok(Bytes::from_static(b"[{\"id\":\"1\"},")),
        Err(TransportError::lost("reset")),
    ]));
    for (first, ahead) in [(truncated, 0), (answer(200, &[], cut), 1)] {
        let script = script([first, whole(), page([3], None)]);
        let listing = script.client().users().list().paginate().pages_ahead(ahead);
        assert_eq!(ids(&listing.collect_all().await.expect("a listing")), ["1", "2", "3"]);
    }
}

/// A body that breaks off when `broken` says so, and not before.
fn breaking(broken: tokio::sync::oneshot::Receiver<()>) -> Body {
    let start = futures::stream::iter([Ok(Bytes::from_static(b"[{\"id\":\"1\"},"))]);
    Body::from_stream(start.chain(futures::stream::once(async move {
        let _fallen = broken.await;
        Err(TransportError::lost("reset"))
    })))
}

#[tokio::test(start_paused = true)]
async fn a_page_that_breaks_off_does_not_wait_for_the_turn_of_the_page_behind_it() {
    for (max_concurrency, next_answered) in [(1, false), (2, true)] {
        let (fall, broken) = tokio::sync::oneshot::channel();
        let link = ("link", "<https://acme.okta.com/api/v1/users?after=1>; rel=next");
        let script = script([
            answer(200, &[link], breaking(broken)),
            if next_answered { page([2], None) } else { page([1], Some("/api/v1/users?after=1")) },
            if next_answered { page([1], Some("/api/v1/users?after=1")) } else { page([2], None) },
            page([2], None),
        ]);
        let client = script.builder().max_concurrency(max_concurrency).build().expect("valid");
        let listing = tokio::spawn(client.users().list().paginate().pages_ahead(1).collect_all());
        settle().await;
        assert_eq!(script.sent(), max_concurrency, "the page behind it takes its turn where there is one");
        fall.send(()).expect("the body is being read");
        let all = tokio::time::timeout(300 * SECOND, listing).await.expect("it does not hang");
        assert_eq!(ids(&all.expect("no panic").expect("a listing")), ["1", "2"]);
    }
}

#[tokio::test(start_paused = true)]
async fn thirty_five_bodies_that_break_at_once_are_all_fetched_again() {
    let asked = Arc::new(Mutex::new(std::collections::HashMap::<String, u32>::new()));
    let transport = transport::from_fn(move |request: Request<Bytes>| {
        let target = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
        let times =
            *asked.lock().expect("no panic").entry(target.clone()).and_modify(|n| *n += 1).or_insert(1);
        async move {
            let next = format!("<https://acme.okta.com{}?after=1>; rel=next", request.uri().path());
            let last = target.contains("after");
            let whole = Body::from(Bytes::from_static(b"[{\"id\":\"1\"}]"));
            let cut = Body::from_stream(futures::stream::once(async {
                tokio::time::sleep(SECOND).await;
                Err(TransportError::lost("reset"))
            }));
            let response = Response::builder();
            let response = if last { response } else { response.header("link", next) };
            response.body(if last || times > 1 { whole } else { cut }).expect("a response")
        }
    });
    let client = Client::builder("https://acme.okta.com").api_token("00Ttoken").transport(transport);
    let client = client.build().expect("valid");
    client.groups().members("00g").paginate().collect_all().await.expect("the bucket is known");
    let listings =
        (0..35).map(|group| client.groups().members(format!("00g{group}")).paginate().collect_all());
    let all = tokio::time::timeout(300 * SECOND, futures::future::join_all(listings)).await;
    for members in all.expect("it does not hang") {
        assert_eq!(members.expect("a listing").len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_that_a_page_lies_ahead_is_not_held_against_its_retries() {
    let slow = Body::from_stream(futures::stream::once(async {
        tokio::time::sleep(50 * SECOND).await;
        Ok(Bytes::from_static(b"[{\"id\":\"1\"}]"))
    }));
    let script = script([
        answer(200, &[("link", "<https://acme.okta.com/api/v1/users?after=1>; rel=next")], slow),
        answer(200, &[], text("[{\"id\"")),
        page([2], None),
    ]);
    let client = script.builder().max_retry_time(30 * SECOND).build().expect("valid");
    let all = client.users().list().paginate().collect_all().await.expect("a listing");
    assert_eq!(ids(&all), ["1", "2"]);
    assert!(script.pauses()[0] < SECOND, "the second page was asked for ahead");
}

/// A type whose decoding panics.
struct Trap;

impl<'de> serde::Deserialize<'de> for Trap {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        panic!("a bug in somebody's type")
    }
}

#[tokio::test(start_paused = true)]
async fn a_listing_whose_task_is_gone_does_not_look_finished() {
    let script = script([page([1], Some("/api/v1/users?after=1")), page([2], None)]);
    let mut listing = script.client().paginate::<Trap>("/api/v1/users");
    assert!(matches!(listing.next().await, Some(Err(Error::Transport { .. }))));
    assert!(listing.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn the_link_of_the_page_that_arrived_whole_is_the_one_that_counts() {
    let broken = |next: &str| {
        let link = format!("<https://acme.okta.com/api/v1/users?after={next}>; rel=next");
        answer(200, &[("link", &link)], text("[{"))
    };
    for ahead in [0, 1] {
        let script = script([
            broken("x1"),
            page([1], Some("/api/v1/users?after=1")),
            broken("x2"),
            page([2], Some("/api/v1/users?after=2")),
            broken("x3"),
            page([3], Some("/api/v1/users?after=3")),
            page([4], None),
        ]);
        let inner = Arc::clone(&script);
        let transport = transport::from_fn(move |request: Request<Bytes>| {
            let astray = request.uri().query().is_some_and(|query| query.contains("after=x"));
            let answer = if astray { page([99], None) } else { inner.next() };
            async move { answer }
        });
        let client = Client::builder("https://acme.okta.com").api_token("00Ttoken").transport(transport);
        let listing = client.build().expect("valid").users().list().paginate().pages_ahead(ahead);
        assert_eq!(ids(&listing.collect_all().await.expect("a listing")), ["1", "2", "3", "4"]);
    }
}

#[tokio::test(start_paused = true)]
async fn p16_a_web_page_instead_of_a_list_is_an_error_and_never_an_empty_page() {
    for body in ["<html>Sign in</html>", "{}", "null", ""] {
        let script = script((0..10).map(|_| answer(200, &[], text(body))));
        let error = list(&script).await.expect_err(body);
        assert!(matches!(error, Error::Decode { item: None, .. }), "{error:?}");
        assert_eq!(script.sent(), 3, "{body}");
    }
    // One that passes is waited out.
    let html = |status| answer(status, &[], text("<html>Bad gateway</html>"));
    let script = script([html(200), html(502), html(503), html(504), page([1], None)]);
    assert_eq!(ids(&list(&script).await.expect("a listing")), ["1"]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_another_shape_is_not_asked_for_again() {
    let script = script([answer(200, &[], text("{\"id\":7}"))]);
    let error = script.client().users().get("00u1").await.expect_err("no user");
    assert_eq!((error.retry(), script.sent()), (Retry::Never, 1));
}
