//! The receivers as an [`axum::Router`]: nest it anywhere, behind any middleware.
//!
//! Headers are checked before the body is read, the body is read up to its limit, what it held is put into the inbox, and only
//! then is the push answered. The put has 2.5 of the three seconds that Okta waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, StatusCode, header};
use http_body_util::BodyExt;

use super::{Answer, Authentic, EventBridge, EventHook, Reading};
use crate::{Inbox, Waker};

/// Event Hook and EventBridge receivers in front of one inbox.
///
/// | path | method | serves |
/// |---|---|---|
/// | `/ingest/okta/events` | GET, POST | the Event Hook's verification and deliveries |
/// | `/ingest/okta/eventbridge` | POST | EventBridge envelopes |
/// | `/healthz` | GET | 200 with the inbox's health as JSON, 503 if the inbox does not answer |
///
/// A receiver that is not configured answers 503, never 4xx: a 4xx is final for Okta. Clones count together.
#[derive(Clone)]
pub struct Receivers {
    inbox: Arc<dyn Inbox>,
    event_hook: Option<EventHook>,
    event_bridge: Option<EventBridge>,
    put_timeout: Duration,
    body_timeout: Duration,
    tail: Waker,
    worker: Waker,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    pushes: AtomicU64,
    refused: AtomicU64,
    unreadable: AtomicU64,
    incomplete: AtomicU64,
    unavailable: AtomicU64,
    previews: AtomicU64,
    inserted: AtomicU64,
    duplicates: AtomicU64,
    quarantined: AtomicU64,
}

/// What the receivers have seen since they were made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceiveStats {
    /// Authentic pushes whose content was stored.
    pub pushes: u64,
    /// Requests without the right secret, and verifications that were not answered.
    pub refused: u64,
    /// Authentic pushes that were no delivery or too large; what was read of them is in quarantine.
    pub unreadable: u64,
    /// Authentic pushes whose body was cut off or did not come in time. Okta sends most of them again.
    pub incomplete: u64,
    /// Pushes answered 503: the inbox did not take them in time, or the receiver is not configured.
    pub unavailable: u64,
    /// Test deliveries of the Admin Console.
    pub previews: u64,
    /// Events new to the inbox.
    pub inserted: u64,
    /// Events the inbox knew already.
    pub duplicates: u64,
    /// Entries new in quarantine.
    pub quarantined: u64,
}

impl Receivers {
    /// Receivers that put into `inbox`; none is configured yet.
    pub fn new(inbox: Arc<dyn Inbox>) -> Self {
        Self {
            inbox,
            event_hook: None,
            event_bridge: None,
            put_timeout: Duration::from_millis(2500),
            body_timeout: Duration::from_secs(10),
            tail: Waker::new(),
            worker: Waker::new(),
            counts: Arc::default(),
        }
    }

    /// Accepts an Event Hook.
    #[must_use]
    pub fn event_hook(mut self, receiver: EventHook) -> Self {
        self.event_hook = Some(receiver);
        self
    }

    /// Accepts an EventBridge relay.
    #[must_use]
    pub fn event_bridge(mut self, receiver: EventBridge) -> Self {
        self.event_bridge = Some(receiver);
        self
    }

    /// How long the inbox may take before the push is answered 503. Default 2.5 s: Okta waits for 3. A put that is stored
    /// after all meets its repetition as a duplicate.
    #[must_use]
    pub fn put_timeout(mut self, timeout: Duration) -> Self {
        self.put_timeout = timeout;
        self
    }

    /// Wakes this tail on every push.
    #[must_use]
    pub fn wakes_tail(mut self, tail: Waker) -> Self {
        self.tail = tail;
        self
    }

    /// Wakes this worker whenever events were put.
    #[must_use]
    pub fn wakes_worker(mut self, worker: Waker) -> Self {
        self.worker = worker;
        self
    }

    /// The routes.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/ingest/okta/events", any(events))
            .route("/ingest/okta/eventbridge", any(eventbridge))
            .route("/healthz", get(healthz))
            .with_state(self.clone())
    }

    /// The counts so far.
    pub fn stats(&self) -> ReceiveStats {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = &self.counts;
        ReceiveStats {
            pushes: read(&counts.pushes),
            refused: read(&counts.refused),
            unreadable: read(&counts.unreadable),
            incomplete: read(&counts.incomplete),
            unavailable: read(&counts.unavailable),
            previews: read(&counts.previews),
            inserted: read(&counts.inserted),
            duplicates: read(&counts.duplicates),
            quarantined: read(&counts.quarantined),
        }
    }

    /// A push: its secret, its body, what it holds, and only then the answer.
    async fn push<Proof>(
        &self,
        request: Request,
        body_limit: usize,
        authenticate: impl FnOnce(&HeaderMap) -> Result<Proof, Answer>,
        read: impl FnOnce(Proof, Bytes) -> Reading,
    ) -> Answer {
        let authentic = match authenticate(request.headers()) {
            Ok(authentic) => authentic,
            Err(refusal) => return self.count(&self.counts.refused, refusal),
        };
        match body_of(request, body_limit, self.body_timeout).await {
            Ok(body) => self.accept(read(authentic, body)).await,
            Err(refusal) if refusal.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                self.count(&self.counts.unreadable, refusal)
            }
            Err(refusal) => self.count(&self.counts.incomplete, refusal),
        }
    }

    /// Stores what was read and returns the answer that may now be given.
    async fn accept(&self, reading: Reading) -> Answer {
        let Counts { previews, inserted, duplicates, quarantined, .. } = &*self.counts;
        let add = |count: &AtomicU64, by: u64| {
            count.fetch_add(by, Ordering::Relaxed);
        };
        add(previews, reading.previews as u64);
        if !reading.batch.is_empty() {
            match tokio::time::timeout(self.put_timeout, self.inbox.put(reading.batch)).await {
                Ok(Ok(put)) => {
                    add(inserted, put.inserted);
                    add(duplicates, put.duplicates);
                    add(quarantined, put.quarantined);
                    if put.inserted > 0 {
                        self.worker.wake();
                    }
                }
                Ok(Err(error)) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "a push could not be stored");
                    return self.count(&self.counts.unavailable, Answer::unavailable());
                }
                Err(_) => {
                    tracing::warn!("a push could not be stored in time");
                    return self.count(&self.counts.unavailable, Answer::unavailable());
                }
            }
        }
        self.tail.wake();
        let readable = reading.answer.status().is_success();
        self.count(if readable { &self.counts.pushes } else { &self.counts.unreadable }, reading.answer)
    }

    fn count(&self, count: &AtomicU64, answer: Answer) -> Answer {
        count.fetch_add(1, Ordering::Relaxed);
        answer
    }

    fn not_configured(&self) -> Answer {
        let answer = Answer::refuse(StatusCode::SERVICE_UNAVAILABLE, "this receiver is not configured");
        self.count(&self.counts.unavailable, answer)
    }
}

async fn events(State(receivers): State<Receivers>, request: Request) -> Response {
    respond(match (&receivers.event_hook, request.method()) {
        (None, _) => receivers.not_configured(),
        (Some(hook), &Method::POST) => {
            receivers
                .push(
                    request,
                    hook.body_limit(),
                    |headers| hook.authenticate(headers),
                    Authentic::<EventHook>::read,
                )
                .await
        }
        (Some(hook), &Method::GET) => match hook.answer_challenge(request.headers()) {
            answer if answer.status().is_success() => answer,
            refusal => receivers.count(&receivers.counts.refused, refusal),
        },
        _ => Answer::empty(StatusCode::METHOD_NOT_ALLOWED),
    })
}

async fn eventbridge(State(receivers): State<Receivers>, request: Request) -> Response {
    respond(match (&receivers.event_bridge, request.method()) {
        (None, _) => receivers.not_configured(),
        (Some(bridge), &Method::POST) => {
            let authenticate = |headers: &HeaderMap| bridge.authenticate(headers);
            receivers.push(request, bridge.body_limit(), authenticate, Authentic::<EventBridge>::read).await
        }
        _ => Answer::empty(StatusCode::METHOD_NOT_ALLOWED),
    })
}

async fn healthz(State(receivers): State<Receivers>) -> Response {
    let health = tokio::time::timeout(receivers.put_timeout, receivers.inbox.health()).await;
    let Ok(Ok(health)) = health else { return respond(Answer::unavailable()) };
    let body = serde_json::json!({
        "status": "ok",
        "waiting": health.waiting,
        "leased": health.leased,
        "oldest": health.oldest.map(|oldest| oldest.to_string()),
        "dead": health.dead,
        "quarantined": health.quarantined,
    });
    respond(Answer::json(StatusCode::OK, &body))
}

/// Reads a body. What is larger than the limit is read no further: if it says so itself the answer is 413 at once, otherwise the
/// part that came is returned, which is over the limit and refused and kept by whoever reads it. A body that is cut off is 400,
/// one that does not come in time 408.
async fn body_of(request: Request, limit: usize, timeout: Duration) -> Result<Bytes, Answer> {
    if declared_length(request.headers()).is_some_and(|length| length > limit as u64) {
        let error = format!("the body is larger than {limit} bytes");
        return Err(Answer::refuse(StatusCode::PAYLOAD_TOO_LARGE, &error));
    }
    let mut body = request.into_body();
    let collected = async {
        let mut collected = BytesMut::new();
        while collected.len() <= limit
            && let Some(frame) = body.frame().await
        {
            let frame = frame.map_err(|_| Answer::refuse(StatusCode::BAD_REQUEST, "the body was cut off"))?;
            if let Ok(data) = frame.into_data() {
                collected.extend_from_slice(&data);
            }
        }
        Ok(collected.freeze())
    };
    let late = || Answer::refuse(StatusCode::REQUEST_TIMEOUT, "the body did not come in time");
    tokio::time::timeout(timeout, collected).await.unwrap_or_else(|_| Err(late()))
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn respond(answer: Answer) -> Response {
    answer.into_response().map(Body::from).into_response()
}

impl std::fmt::Debug for Receivers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receivers")
            .field("event_hook", &self.event_hook)
            .field("event_bridge", &self.event_bridge)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
