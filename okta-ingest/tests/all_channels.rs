//! One org, three channels, one inbox: okta-mock pushes to the router by Event Hook and by EventBridge while the tail reads.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt;
use okta_client::{Client, Timestamp, transport};
use okta_ingest::receive::{EventBridge, EventHook, Receivers, Secrets};
use okta_ingest::{AcceptAll, Channel, MemoryStore, Org, Tail, Worker};
use okta_mock::{Clock, OktaMock};
use support::SECRET;
use tower::ServiceExt;

#[tokio::test(start_paused = true)]
async fn h02_an_event_that_comes_by_hook_and_eventbridge_and_poll_has_one_effect() {
    let start: Timestamp = "2026-08-21T08:00:00Z".parse().unwrap();
    let router: Arc<OnceLock<axum::Router>> = Arc::default();
    let receiver = router.clone();
    let okta = OktaMock::builder()
        .seed(7)
        .users(40)
        .clock(Clock::Tokio(start.as_millis()))
        .eventbridge_relay("http://receiver.example/ingest/okta/eventbridge", SECRET)
        .push_to(move |request: http::Request<Bytes>| {
            let router = receiver.get().cloned().unwrap();
            async move {
                let (parts, body) = router.oneshot(request.map(Body::from)).await.unwrap().into_parts();
                http::Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
            }
        })
        .in_process();
    let service = okta.service();
    let client = Client::builder(okta.url()).api_token(okta.api_token());
    let client = client.transport(transport::from_fn(move |request| service.call(request))).build().unwrap();
    let (org, store) = (Org::of(&client), MemoryStore::new());
    let secrets = || Secrets::new(&SECRET.into()).unwrap();
    let receivers = Receivers::new(Arc::new(store.clone()))
        .event_hook(EventHook::new(org.clone(), secrets()))
        .event_bridge(EventBridge::new(org, secrets()));
    router.set(receivers.router()).unwrap();

    let hook = serde_json::json!({
        "name": "all channels",
        "events": { "type": "EVENT_TYPE", "items": ["user.lifecycle.create", "group.user_membership.add"] },
        "channel": { "type": "HTTP", "version": "1.0.0", "config": {
            "uri": "https://receiver.example/ingest/okta/events",
            "authScheme": { "type": "HEADER", "key": "Authorization", "value": SECRET } } },
    });
    let post = |path: String| client.request(http::Method::POST, path);
    let created = post("/api/v1/eventHooks".to_owned()).json(&hook).send().await.unwrap();
    let id = created.json::<serde_json::Value>().unwrap()["id"].as_str().unwrap().to_owned();
    post(format!("/api/v1/eventHooks/{id}/lifecycle/verify")).send().await.unwrap();
    okta.log_streams().eventbridge("all-channels");

    let tail = Tail::new(client.clone(), Arc::new(store.clone()), "one", start)
        .poll_interval(Duration::from_secs(2));
    let mut monitor = tail.monitor();
    let running = tokio::spawn(tail.run_until(std::future::pending()));
    for _ in 0..20 {
        okta.activity(10);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    okta.settle().await;
    let seen = monitor.status().times_caught_up;
    monitor.wait_for(|status| status.times_caught_up > seen + 1).await.unwrap();
    running.abort();

    let mut worker = Worker::new(Arc::new(store.clone()), AcceptAll, "one").batch(10_000);
    while worker.drain_once().await.unwrap() > 0 {}
    let mut settled: Vec<String> = store.done().into_iter().map(|(uuid, _)| uuid).collect();
    let mut recorded: Vec<String> = okta.log().iter().map(|record| record.uuid.to_string()).collect();
    settled.sort();
    recorded.sort();
    assert_eq!(settled, recorded, "each event once, whoever brought it first");
    let channels =
        store.done().into_iter().fold(BTreeMap::<Channel, u32>::new(), |mut counts, (_, channel)| {
            *counts.entry(channel).or_default() += 1;
            counts
        });
    assert!(
        channels.contains_key(&Channel::EventBridge) && channels.contains_key(&Channel::Poll),
        "{channels:?}"
    );
    let stats = receivers.stats();
    assert!(stats.duplicates + monitor.status().put.duplicates > 200, "the others came as well: {stats:?}");
    assert_eq!(stats.refused + stats.unreadable + stats.unavailable, 0, "{stats:?}");
}
