//! The receivers' router, as Okta and as strangers meet it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::FutureExt;
use futures::future::{BoxFuture, pending, ready};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use okta_ingest::receive::Receivers;
use okta_ingest::{
    Batch, Delivery, Health, Inbox, Lease, MemoryStore, Org, Put, Receipt, Settled, Settlement, StoreError,
    Waker,
};
use serde_json::Value;
use support::{SECRET, bridge, event, hook};
use tower::ServiceExt;

const EVENTS: &str = "/ingest/okta/events";
const BRIDGE: &str = "/ingest/okta/eventbridge";

fn delivery(uuids: &[&str]) -> String {
    let events: Vec<String> = uuids.iter().map(|uuid| event(uuid)).collect();
    format!(r#"{{"eventId":"p","data":{{"events":[{}]}}}}"#, events.join(","))
}

async fn ask(receivers: &Receivers, request: Request<Body>) -> (StatusCode, Bytes) {
    let response = receivers.router().oneshot(request).await.unwrap();
    let status = response.status();
    (status, response.into_body().collect().await.unwrap().to_bytes())
}

async fn post(receivers: &Receivers, path: &str, secret: &str, body: impl Into<Body>) -> u16 {
    let request = Request::post(path).header("authorization", secret).body(body.into()).unwrap();
    ask(receivers, request).await.0.as_u16()
}

/// A store that is down: each call fails, or never ends.
struct Down {
    hangs: bool,
}

impl Down {
    fn answer<T: Send + 'static>(&self) -> BoxFuture<'static, Result<T, StoreError>> {
        let source = Box::from("disk on fire");
        match self.hangs {
            true => pending().boxed(),
            false => ready(Err(StoreError::Unavailable { operation: "put events", source })).boxed(),
        }
    }
}

impl Inbox for Down {
    fn put(&self, _: Batch) -> BoxFuture<'_, Result<Put, StoreError>> {
        self.answer()
    }
    fn lease(&self, _: Lease) -> BoxFuture<'_, Result<Vec<Delivery>, StoreError>> {
        self.answer()
    }
    fn extend(&self, _: Vec<Receipt>, _: Duration) -> BoxFuture<'_, Result<Vec<Receipt>, StoreError>> {
        self.answer()
    }
    fn settle(&self, _: Vec<Settlement>) -> BoxFuture<'_, Result<Settled, StoreError>> {
        self.answer()
    }
    fn redrive(&self, _: &Org, _: u32) -> BoxFuture<'_, Result<u64, StoreError>> {
        self.answer()
    }
    fn health(&self) -> BoxFuture<'_, Result<Health, StoreError>> {
        self.answer()
    }
}

#[tokio::test]
async fn a_push_is_answered_after_it_is_stored_and_wakes_tail_and_worker() {
    let (store, tail, worker) = (MemoryStore::new(), Waker::new(), Waker::new());
    let receivers = Receivers::new(Arc::new(store.clone()))
        .event_hook(hook())
        .wakes_tail(tail.clone())
        .wakes_worker(worker.clone());
    assert_eq!(post(&receivers, EVENTS, SECRET, delivery(&["e1", "e2"])).await, 204);
    assert_eq!(store.health().await.unwrap().waiting, 2);
    assert_eq!((tail.level(), worker.level()), (1, 1));
    assert_eq!(post(&receivers, EVENTS, SECRET, delivery(&["e2"])).await, 204);
    assert_eq!((tail.level(), worker.level()), (2, 1), "nothing new for the worker");
    let stats = receivers.stats();
    assert_eq!((stats.pushes, stats.inserted, stats.duplicates), (2, 2, 1));
}

#[tokio::test]
async fn xc11_a_stranger_is_refused_before_the_body_is_read() {
    let receivers = Receivers::new(Arc::new(MemoryStore::new())).event_hook(hook()).event_bridge(bridge());
    for path in [EVENTS, BRIDGE] {
        let endless = || Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
        let without = Request::post(path).body(endless()).unwrap();
        assert_eq!(ask(&receivers, without).await.0, 401);
        assert_eq!(post(&receivers, path, "not-the-secret-at-all", endless()).await, 403);
    }
    assert_eq!(receivers.stats().refused, 4);
}

#[tokio::test]
async fn xc04_a_body_that_is_too_large_is_refused_by_its_length_or_when_it_turns_out_to_be() {
    let store = MemoryStore::new();
    let receivers = Receivers::new(Arc::new(store.clone())).event_hook(hook().max_body_bytes(1000));
    let declared = Request::post(EVENTS)
        .header("authorization", SECRET)
        .header("content-length", "1001")
        .body(Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>()))
        .unwrap();
    assert_eq!(ask(&receivers, declared).await.0, 413);
    let chunks = (0..11).map(|_| Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 100])));
    assert_eq!(post(&receivers, EVENTS, SECRET, Body::from_stream(futures::stream::iter(chunks))).await, 413);
    assert_eq!(receivers.stats().unreadable, 2);
    assert_eq!(store.quarantined().len(), 1, "the part that came is kept");
}

#[tokio::test(start_paused = true)]
async fn xc02_a_body_that_never_ends_is_given_up() {
    let receivers = Receivers::new(Arc::new(MemoryStore::new())).event_hook(hook());
    let endless = Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
    assert_eq!(post(&receivers, EVENTS, SECRET, endless).await, 408);
}

#[tokio::test]
async fn a_body_that_is_cut_off_is_refused_and_stores_nothing() {
    let store = MemoryStore::new();
    let receivers = Receivers::new(Arc::new(store.clone())).event_hook(hook());
    let parts = [Ok(Bytes::from_static(b"{\"data\":{\"ev")), Err(std::io::Error::other("reset"))];
    assert_eq!(post(&receivers, EVENTS, SECRET, Body::from_stream(futures::stream::iter(parts))).await, 400);
    assert!(store.health().await.unwrap().is_drained());
}

#[tokio::test]
async fn h04_a_push_is_answered_503_while_the_store_is_down() {
    let receivers = Receivers::new(Arc::new(Down { hangs: false })).event_hook(hook());
    let request =
        Request::post(EVENTS).header("authorization", SECRET).body(delivery(&["e1"]).into()).unwrap();
    let (status, body) = ask(&receivers, request).await;
    assert_eq!(status, 503);
    assert!(!String::from_utf8_lossy(&body).contains("fire"), "the store's error is not for strangers");
    assert_eq!(receivers.stats().unavailable, 1);
    assert_eq!(ask(&receivers, Request::get("/healthz").body(Body::empty()).unwrap()).await.0, 503);
}

#[tokio::test(start_paused = true)]
async fn h03_a_store_that_is_too_slow_is_answered_503_within_three_seconds() {
    let receivers = Receivers::new(Arc::new(Down { hangs: true })).event_hook(hook());
    let asked = tokio::time::Instant::now();
    assert_eq!(post(&receivers, EVENTS, SECRET, delivery(&["e1"])).await, 503);
    assert!(asked.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn what_is_no_delivery_is_kept_and_counted() {
    let store = MemoryStore::new();
    let receivers = Receivers::new(Arc::new(store.clone())).event_hook(hook()).event_bridge(bridge());
    for (path, body, status) in [
        (EVENTS, "not json", 415),
        (EVENTS, "{}", 400),
        (BRIDGE, "<html>", 415),
        (BRIDGE, r#"{"detail-type":"Other","source":"x","detail":{}}"#, 400),
        (BRIDGE, r#"{"detail-type":"SystemLog","source":"aws.partner/okta.com/other/x","detail":{}}"#, 403),
    ] {
        assert_eq!(post(&receivers, path, SECRET, body).await, status, "{body}");
    }
    assert_eq!(receivers.stats().unreadable, 5);
    assert_eq!(store.quarantined().len(), 5);
    assert!(store.quarantined().iter().any(|(_, kept)| kept.raw() == "not json".as_bytes()));
}

#[tokio::test]
async fn xc16_a_receiver_that_is_switched_off_answers_503_because_4xx_is_final() {
    let receivers = Receivers::new(Arc::new(MemoryStore::new()));
    for path in [EVENTS, BRIDGE] {
        assert_eq!(post(&receivers, path, SECRET, delivery(&["e1"])).await, 503);
    }
}

#[tokio::test]
async fn xc15_other_methods_and_paths_are_not_served() {
    let receivers = Receivers::new(Arc::new(MemoryStore::new())).event_hook(hook()).event_bridge(bridge());
    for (method, path, status) in [
        ("PUT", EVENTS, 405),
        ("DELETE", EVENTS, 405),
        ("GET", BRIDGE, 405),
        ("POST", "/healthz", 405),
        ("GET", "/", 404),
        ("POST", "/ingest/okta", 404),
    ] {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        assert_eq!(ask(&receivers, request).await.0.as_u16(), status, "{method} {path}");
    }
}

#[tokio::test]
async fn the_verification_is_answered_and_health_is_told() {
    let receivers = Receivers::new(Arc::new(MemoryStore::new())).event_hook(hook());
    let request = Request::get(EVENTS)
        .header("authorization", SECRET)
        .header("x-okta-verification-challenge", "abc")
        .body(Body::empty())
        .unwrap();
    let (status, body) = ask(&receivers, request).await;
    assert_eq!((status.as_u16(), &body[..]), (200, &br#"{"verification":"abc"}"#[..]));
    let (status, body) = ask(&receivers, Request::get("/healthz").body(Body::empty()).unwrap()).await;
    let health: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        (status.as_u16(), health["status"].as_str(), health["dead"].as_u64()),
        (200, Some("ok"), Some(0))
    );
}

#[tokio::test]
async fn h01_one_delivery_in_eight_connections_at_once_is_stored_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = okta_ingest::SqliteStore::open(folder.path().join("events.db")).await.unwrap();
    let receivers = Receivers::new(Arc::new(store.clone())).event_hook(hook());
    let uuids: Vec<String> = (0..50).map(|n| format!("e{n}")).collect();
    let uuids: Vec<&str> = uuids.iter().map(String::as_str).collect();
    let pushes = (0..8).map(|_| post(&receivers, EVENTS, SECRET, delivery(&uuids)));
    assert_eq!(futures::future::join_all(pushes).await, [204; 8]);
    assert_eq!(store.health().await.unwrap().waiting, 50);
    assert_eq!(receivers.stats().duplicates, 350);
}
