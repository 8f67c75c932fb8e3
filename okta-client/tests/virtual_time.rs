//! Waits, retries, reading ahead and the endless reading, on a paused clock: the transport is a function, time costs nothing.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::{FutureExt, StreamExt};
use http::{Request, Response};
use okta_client::transport::{self, Body, TransportError};
use okta_client::users::User;
use okta_client::{Client, ClientBuilder, Cursor, Error, LogPosition, Paginated, PagingProblem, Retry};
use tokio::time::Instant;

const DATE: &str = "Fri, 21 Aug 2026 08:00:10 GMT";
const SECOND: Duration = Duration::from_secs(1);

type Answer = Result<Response<Body>, TransportError>;

/// An org that gives prepared answers in order and remembers what was asked, and when.
#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Answer>>,
    requests: Mutex<Vec<(Instant, Request<Bytes>)>>,
}

impl Script {
    fn client(self: &Arc<Self>) -> Client {
        self.builder().build().expect("valid settings")
    }

    fn builder(self: &Arc<Self>) -> ClientBuilder {
        let script = Arc::clone(self);
        let transport = transport::from_fn(move |request| {
            script.requests.lock().expect("no panic").push((Instant::now(), request));
            let answer = script.next();
            async move { answer }
        });
        Client::builder("https://acme.okta.com").api_token("00Ttoken").transport(transport).jitter_seed(7)
    }

    fn next(&self) -> Answer {
        let answer = self.answers.lock().expect("no panic").pop_front();
        answer.unwrap_or_else(|| Err(TransportError::not_sent("the script is over")))
    }

    fn sent(&self) -> usize {
        self.requests.lock().expect("no panic").len()
    }

    fn targets(&self) -> Vec<String> {
        let requests = self.requests.lock().expect("no panic");
        requests
            .iter()
            .map(|(_, request)| request.uri().path_and_query().map(ToString::to_string).unwrap_or_default())
            .collect()
    }

    /// Time between one request and the next.
    fn pauses(&self) -> Vec<Duration> {
        let requests = self.requests.lock().expect("no panic");
        requests.windows(2).map(|pair| pair[1].0 - pair[0].0).collect()
    }

    fn header(&self, request: usize, name: &str) -> Option<String> {
        let requests = self.requests.lock().expect("no panic");
        requests[request].1.headers().get(name).map(|value| value.to_str().expect("text").to_owned())
    }
}

fn script(answers: impl IntoIterator<Item = Answer>) -> Arc<Script> {
    Arc::new(Script { answers: Mutex::new(answers.into_iter().collect()), requests: Mutex::default() })
}

fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
    let mut response = Response::builder().status(status).header("date", DATE);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Ok(response.body(body.into()).expect("a response"))
}

fn text(text: impl Into<String>) -> Body {
    Body::from(Bytes::from(text.into()))
}

fn users(ids: impl IntoIterator<Item = u32>) -> Body {
    let rows: Vec<_> = ids.into_iter().map(|id| format!("{{\"id\":\"{id}\"}}")).collect();
    text(format!("[{}]", rows.join(",")))
}

fn page(ids: impl IntoIterator<Item = u32>, next: Option<&str>) -> Answer {
    match next {
        Some(next) => {
            answer(200, &[("link", &format!("<https://acme.okta.com{next}>; rel=\"next\""))], users(ids))
        }
        None => answer(200, &[], users(ids)),
    }
}

fn ids(items: &[okta_client::Raw<User>]) -> Vec<&str> {
    items.iter().map(|user| user.id.as_str()).collect()
}

async fn list(script: &Arc<Script>) -> Result<Vec<okta_client::Raw<User>>, Error> {
    script.client().users().list().paginate().collect_all().await
}

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
    ] {
        let script = script([answer(429, &headers, text("")), page([1], None)]);
        assert_eq!(list(&script).await.expect("a listing").len(), 1);
        let pause = script.pauses()[0];
        assert!(pause > Duration::ZERO && pause < 2 * SECOND, "{pause:?}");
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

    // The ceiling doubles; where below it a pause falls is chance, so it is the sums that grow.
    let mut sums = [Duration::ZERO; 3];
    for seed in 0..50 {
        let script = self::script([unavailable(), unavailable(), unavailable(), page([1], None)]);
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
    let script = script([dripping(), page([1], None)]);
    assert_eq!(list(&script).await.expect("a listing").len(), 1);
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
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_another_shape_is_not_asked_for_again() {
    let script = script([answer(200, &[], text("{\"id\":7}"))]);
    let error = script.client().users().get("00u1").await.expect_err("no user");
    assert_eq!((error.retry(), script.sent()), (Retry::Never, 1));
}

#[tokio::test(start_paused = true)]
async fn p14_a_500_is_tried_three_times_in_all() {
    let script = script((0..10).map(|_| answer(500, &[], text("{\"errorCode\":\"E0000009\"}"))));
    let error = list(&script).await.expect_err("500");
    assert_eq!((error.okta_code(), script.sent()), (Some("E0000009"), 3));
}

#[tokio::test(start_paused = true)]
async fn an_empty_page_with_a_next_link_is_not_the_end() {
    let script = script([
        page([1], Some("/api/v1/users?after=1")),
        page([], Some("/api/v1/users?after=2")),
        page([3], None),
    ]);
    assert_eq!(ids(&list(&script).await.expect("a listing")), ["1", "3"]);
    assert_eq!(
        script.targets(),
        ["/api/v1/users?limit=200", "/api/v1/users?after=1", "/api/v1/users?after=2"]
    );
}

#[tokio::test(start_paused = true)]
async fn xb07_a_next_link_that_was_already_followed_is_an_error_behind_its_pages_items() {
    let itself = [page([1], Some("/api/v1/users?limit=200"))];
    let cycle = [
        page([1], Some("/api/v1/users?after=1")),
        page([2], Some("/api/v1/users?after=2")),
        page([3], Some("/api/v1/users?after=1")),
    ];
    for (answers, items) in [(itself.into_iter().collect::<Vec<_>>(), 1), (cycle.into_iter().collect(), 3)] {
        let script = script(answers);
        let all: Vec<_> = script.client().users().list().paginate().collect().await;
        assert_eq!(all.iter().filter(|item| item.is_ok()).count(), items);
        assert!(
            matches!(all.last(), Some(Err(Error::Paging { kind: PagingProblem::Repeated, .. }))),
            "{all:?}"
        );
        assert_eq!(all.len(), items + 1);
        assert_eq!(script.sent(), items);
    }
}

#[tokio::test(start_paused = true)]
async fn xb07_behind_a_repeated_link_there_is_nowhere_to_go_on() {
    let round = || page([1, 2], Some("/api/v1/users?limit=200"));
    let script = script([round(), round()]);
    let mut listing = script.client().users().list().paginate();
    listing.next().await.expect("an item").expect("good");
    assert!(listing.resume_token().is_some(), "user 2 is unseen");
    listing.next().await.expect("an item").expect("good");
    assert!(listing.next().await.expect("an end").is_err());
    assert_eq!(listing.resume_token(), None);
    let mut pages = script.client().users().list().paginate().pages();
    pages.next().await.expect("a page").expect("good");
    assert!(pages.next().await.expect("an end").is_err());
    assert_eq!(pages.resume_token(), None);
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_becomes_one_of_pages_in_the_middle_of_a_page_loses_nothing_of_it() {
    let script = script([page([1, 2, 3], Some("/api/v1/users?after=3")), page([4], None)]);
    let mut listing = script.client().users().list().paginate();
    listing.next().await.expect("an item").expect("good");
    let mut pages = listing.pages();
    let token = |pages: &okta_client::Pages<User>| pages.resume_token().map(|token| token.to_string());
    assert_eq!(token(&pages).as_deref(), Some("/api/v1/users?limit=200"), "users 2 and 3 are unseen");
    let rest = pages.next().await.expect("a page").expect("good");
    assert_eq!(rest.next().map(ToString::to_string).as_deref(), Some("/api/v1/users?after=3"));
    let rest: Vec<_> = rest.into_items().into_iter().map(|user| user.expect("good")).collect();
    assert_eq!(ids(&rest), ["2", "3"]);
    assert_eq!(token(&pages).as_deref(), Some("/api/v1/users?after=3"));
    assert_eq!(pages.next().await.expect("a page").expect("good").items().len(), 1);
    assert!(pages.next().await.is_none());
    assert_eq!(token(&pages), None);

    // At the end of a page there is no rest, and a page without items is no page.
    let script = self::script([page([1], Some("/api/v1/users?after=1")), page([2], None)]);
    let mut listing = script.client().users().list().paginate();
    listing.next().await.expect("an item").expect("good");
    let page = listing.pages().next().await.expect("a page").expect("good");
    assert_eq!(page.into_items().remove(0).expect("good").id.as_str(), "2");
}

#[tokio::test(start_paused = true)]
async fn xb07_a_listing_of_empty_pages_without_end_is_stopped() {
    let endless = Client::builder("https://acme.okta.com").api_token("00Ttoken").transport(
        transport::from_fn(|request: Request<Bytes>| async move {
            let link = format!("<{}x>; rel=next", request.uri());
            Response::builder().header("link", link).body(Bytes::from_static(b"[]")).expect("a response")
        }),
    );
    let error =
        endless.build().expect("valid").users().list().paginate().collect_all().await.expect_err("endless");
    assert!(matches!(error, Error::Paging { kind: PagingProblem::EmptyPages, .. }), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_page_whose_link_cannot_be_trusted_yields_its_items_first() {
    for (link, kind) in [
        ("<https://acme.okta.com/x; rel=\"next\"", PagingProblem::Malformed),
        ("<https://a.okta.com/1>; rel=next, <https://a.okta.com/2>; rel=next", PagingProblem::Ambiguous),
        ("<https://evil.example/api/v1/users>; rel=\"next\"", PagingProblem::ForeignOrigin),
        ("<http://acme.okta.com/api/v1/users?after=1>; rel=\"next\"", PagingProblem::ForeignOrigin),
    ] {
        let script = script([answer(200, &[("link", link)], users([1, 2]))]);
        let mut listing = script.client().users().list().paginate();
        assert!(listing.next().await.is_some_and(|item| item.is_ok()));
        assert!(listing.next().await.is_some_and(|item| item.is_ok()));
        let end = listing.next().await.expect("an error").expect_err("the listing cannot go on");
        assert!(matches!(end, Error::Paging { kind: found, .. } if found == kind), "{end:?}");
        assert!(listing.next().await.is_none());
        assert_eq!(script.sent(), 1, "nothing was sent to {link}");
    }
}

#[tokio::test(start_paused = true)]
async fn xb19_a_bad_item_is_one_error_and_the_listing_goes_on() {
    let body =
        text("[{\"id\":\"1\"},{\"id\":SECRET},{\"id\":\"3\"}]".replace("SECRET", "{\"x\":\"SECRET\"}"));
    let script = script([
        answer(200, &[("link", "<https://acme.okta.com/api/v1/users?after=1>; rel=next")], body),
        page([4], None),
    ]);
    let all: Vec<_> = script.client().users().list().paginate().collect().await;
    assert_eq!(
        all.iter().map(|item| item.as_ref().ok().map(|user| user.id.to_string())).collect::<Vec<_>>(),
        [Some("1".into()), None, Some("3".into()), Some("4".into())]
    );
    let error = all[1].as_ref().expect_err("bad");
    assert_eq!(error.bad_item().expect("the item").raw().as_ref(), b"{\"id\":{\"x\":\"SECRET\"}}");
    assert!(!format!("{error} {error:?} {error:#?}").contains("SECRET"));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_before_a_listing_is_polled_and_one_page_is_read_ahead() {
    let answers = (1..10).map(|id| page([id * 2, id * 2 + 1], Some(&format!("/api/v1/users?after={id}"))));
    let script = script(answers);
    let mut listing = script.client().users().list().paginate();
    settle().await;
    assert_eq!(script.sent(), 0);
    listing.next().await.expect("an item").expect("good");
    settle().await;
    assert_eq!(script.sent(), 2, "the page at hand and the one ahead");
    listing.next().await.expect("an item").expect("good");
    settle().await;
    assert_eq!(script.sent(), 2);
    listing.next().await.expect("an item").expect("good");
    settle().await;
    assert_eq!(script.sent(), 3);
    drop(listing);
    settle().await;
    assert_eq!(script.sent(), 3);
}

#[tokio::test(start_paused = true)]
async fn without_reading_ahead_each_page_is_fetched_on_demand() {
    let script = script((1..10).map(|id| page([id], Some(&format!("/api/v1/users?after={id}")))));
    let mut pages = script.client().users().list().paginate().pages_ahead(0).pages();
    for asked in 1..5 {
        pages.next().await.expect("a page").expect("good");
        settle().await;
        assert_eq!(script.sent(), asked);
    }
}

#[tokio::test(start_paused = true)]
async fn the_next_request_leaves_when_the_headers_are_there_and_the_body_is_not() {
    let (release, held) = tokio::sync::oneshot::channel::<()>();
    let body = Body::from_stream(futures::stream::once(async move {
        held.await.expect("released");
        Ok(Bytes::from_static(b"[{\"id\":\"1\"}]"))
    }));
    let script = script([
        answer(200, &[("link", "<https://acme.okta.com/api/v1/users?after=1>; rel=next")], body),
        page([2], None),
    ]);
    let mut listing = script.client().users().list().paginate();
    let mut first = listing.next();
    assert!((&mut first).now_or_never().is_none());
    settle().await;
    assert_eq!(script.sent(), 2, "the first body is still to come");
    release.send(()).expect("the listing waits for it");
    first.await.expect("an item").expect("good");
    assert_eq!(listing.next().await.expect("an item").expect("good").id.as_str(), "2");
    assert!(listing.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_resume_token_names_the_page_of_the_next_unseen_item() {
    let answers = || {
        [
            page([1, 2], Some("/api/v1/users?after=2")),
            page([3, 4], Some("/api/v1/users?after=4")),
            page([5], None),
        ]
    };
    let script = script(answers());
    let mut listing = script.client().users().list().paginate();
    let token = |listing: &Paginated<User>| listing.resume_token().map(|token| token.to_string());
    assert_eq!(token(&listing).as_deref(), Some("/api/v1/users?limit=200"));
    listing.next().await;
    assert_eq!(token(&listing).as_deref(), Some("/api/v1/users?limit=200"), "user 2 is unseen");
    listing.next().await;
    assert_eq!(token(&listing).as_deref(), Some("/api/v1/users?after=2"));
    listing.next().await;
    assert_eq!(token(&listing).as_deref(), Some("/api/v1/users?after=2"), "user 4 is unseen");
    let stored = serde_json::to_string(&listing.resume_token()).expect("a string");
    listing.next().await;
    listing.next().await;
    assert_eq!(token(&listing), None, "all seen");

    let script = self::script(answers().into_iter().skip(1));
    let token: okta_client::ResumeToken = serde_json::from_str(&stored).expect("what was stored");
    let rest = script.client().users().list().resume(token.clone()).collect_all().await.expect("the rest");
    assert_eq!(ids(&rest), ["3", "4", "5"]);
    assert_eq!(script.targets()[0], "/api/v1/users?after=2");

    let refused =
        script.client().groups().list().resume(token).collect_all().await.expect_err("of another listing");
    assert!(refused.is_invalid_cursor());
}

#[tokio::test(start_paused = true)]
async fn p10_a_cursor_that_okta_no_longer_takes_is_told_apart() {
    let stale =
        answer(400, &[], text("{\"errorCode\":\"E0000031\",\"errorSummary\":\"Invalid search criteria.\"}"));
    let script = script([page([1], Some("/api/v1/users?after=1")), stale]);
    let all: Vec<_> = script.client().users().list().paginate().collect().await;
    assert!(all[0].is_ok());
    assert!(all[1].as_ref().expect_err("stale").is_invalid_cursor());
    assert_eq!(all.len(), 2);
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

fn events(ids: impl IntoIterator<Item = u32>, next: &str) -> Answer {
    let rows: Vec<_> = ids.into_iter().map(|id| format!("{{\"uuid\":\"e{id}\",\"published\":\"2026-08-21T08:00:00.000Z\",\"eventType\":\"user.session.start\"}}")).collect();
    answer(
        200,
        &[("link", &format!("<https://acme.okta.com{next}>; rel=\"next\""))],
        text(format!("[{}]", rows.join(","))),
    )
}

fn since() -> LogPosition {
    LogPosition::Since("2026-08-21T08:00:00Z".parse().expect("a time"))
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
async fn p03_a_polling_page_without_next_is_not_the_end() {
    let bare = || answer(200, &[], text("[]"));
    let script = script([bare(), bare(), events([1], "/api/v1/logs?after=1&limit=1000")]);
    let mut follow = script.client().logs().follow(since()).start();
    for _ in 0..3 {
        follow.next().await.expect("endless").expect("a page");
    }
    assert!(matches!(follow.position(), LogPosition::Cursor(_)));
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
async fn xb23_an_id_cannot_climb_out_of_its_place_in_the_path() {
    let script = script((0..9).map(|_| answer(200, &[], text("{\"id\":\"1\"}"))));
    let client = script.client();
    for id in ["../../apps", "a%2Fb", "a/b?x=#y", "ada@example.com"] {
        client.users().get(id).await.expect(id);
    }
    let expected = ["..%2F..%2Fapps", "a%252Fb", "a%2Fb%3Fx=%23y", "ada@example.com"]
        .map(|segment| format!("/api/v1/users/{segment}"));
    assert_eq!(script.targets(), expected);
    for id in ["", ".", "..", "\u{0}", "\t", ".\t.", ".\n.", "\r..", "..\u{7f}"] {
        assert!(matches!(client.users().get(id).await, Err(Error::Config { field: "id", .. })), "{id:?}");
        assert!(client.groups().members(id).paginate().collect_all().await.is_err(), "{id:?}");
    }
    assert_eq!(script.sent(), expected.len());
}

#[tokio::test(start_paused = true)]
async fn a_query_that_no_url_holds_is_refused_at_once_and_blames_no_cursor() {
    let script = script([]);
    let client = script.client();
    let listed = client.users().list().search("x".repeat(20_000)).paginate().collect_all().await;
    let sent = client.request(http::Method::GET, "/api/v1/users").query("q", "x".repeat(70_000)).send().await;
    for (error, named) in [(listed.err(), "query"), (sent.err(), "request")] {
        let error = error.expect("refused");
        assert!(matches!(error, Error::Config { field, .. } if field == named), "{error:?}");
        assert_eq!((error.retry(), error.is_invalid_cursor()), (Retry::Never, false));
    }
    assert_eq!(script.sent(), 0);
    assert!(client.rate_limits().iter().all(|bucket| bucket.requests == 0), "no turn was taken");
}

#[tokio::test(start_paused = true)]
async fn an_error_names_method_and_template_and_never_an_id() {
    let script = script((0..5).map(|_| answer(404, &[], text("{}"))));
    let client = script.client();
    let mut told = Vec::new();
    let path = "/api/v1/users/ada@example.com/groups?limit=2";
    told.push(client.get::<serde_json::Value>(path).await.map(|_| ()).expect_err("404"));
    told.push(client.paginate::<serde_json::Value>(path).collect_all().await.map(|_| ()).expect_err("404"));
    told.push(client.request(http::Method::DELETE, path).send().await.map(|_| ()).expect_err("404"));
    let token = path.parse().expect("a token");
    told.push(client.resume::<serde_json::Value>(token).collect_all().await.map(|_| ()).expect_err("404"));
    told.push(client.users().get("ada@example.com").await.map(|_| ()).expect_err("404"));
    let told: Vec<_> = told
        .iter()
        .map(|error| error.to_string().split(" to ").nth(1).map(str::to_owned).unwrap_or_default())
        .collect();
    let listed = "GET /api/v1/users/{id}/groups";
    assert_eq!(told, [listed, listed, "DELETE /api/v1/users/{id}/groups", listed, "GET /api/v1/users/{id}"]);
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
async fn every_request_says_who_sends_it_and_what_it_accepts() {
    let script = script([answer(200, &[], text("{}")), answer(204, &[], text(""))]);
    let client = script.builder().user_agent("app/1").build().expect("valid");
    client.get::<serde_json::Value>("/api/v1/org").await.expect("a document");
    let answer = client
        .request(http::Method::POST, "/api/v1/users/00u1/lifecycle/suspend")
        .query("sendEmail", "false")
        .send()
        .await
        .expect("done");
    assert_eq!(answer.status(), 204);
    assert_eq!(script.header(0, "authorization").as_deref(), Some("SSWS 00Ttoken"));
    assert_eq!(script.header(0, "accept").as_deref(), Some("application/json"));
    assert_eq!(
        script.header(0, "user-agent").as_deref(),
        Some(concat!("app/1 okta-client/", env!("CARGO_PKG_VERSION")))
    );
    assert_eq!(script.header(1, "content-length").as_deref(), Some("0"), "or Okta answers 411");
    assert_eq!(script.targets()[1], "/api/v1/users/00u1/lifecycle/suspend?sendEmail=false");
}

#[test]
fn outside_a_runtime_there_is_an_error_and_no_panic() {
    let client = script([]).client();
    let user = client.users().get("00u1").now_or_never().expect("at once").err();
    let listed =
        client.users().list().paginate().next().now_or_never().expect("at once").and_then(Result::err);
    let mut follow = client.logs().follow(since()).start();
    let first = follow.next().now_or_never().expect("at once").and_then(Result::err);
    let second = follow.next().now_or_never().expect("at once").and_then(Result::err);
    for error in [user, listed, first, second] {
        assert!(matches!(error, Some(Error::Config { field: "runtime", .. })), "{error:?}");
    }
}

#[test]
fn the_public_types_go_where_tasks_go() {
    fn goes_anywhere<T: Send + Unpin + 'static>() {}
    fn is_shared<T: Send + Sync + Clone + 'static>() {}
    goes_anywhere::<Paginated<User>>();
    goes_anywhere::<okta_client::Pages<User>>();
    goes_anywhere::<okta_client::logs::Follow>();
    goes_anywhere::<Error>();
    is_shared::<Client>();
    assert!(size_of::<Error>() <= 128, "{}", size_of::<Error>());
}

/// Lets every task run until it waits for something.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}
