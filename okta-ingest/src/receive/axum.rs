//! The receivers as an [`axum::Router`]: nest it anywhere, behind any middleware.
//!
//! Headers are checked before the body is read, the body is read up to its limit, what it held is put into the inbox, and only
//! then is the push answered, within Okta's three seconds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::{Answer, EventBridge, EventHook, Reading};
use crate::{Inbox, Waker};

/// Event Hook and EventBridge receivers in front of one inbox.
///
/// | path | method | serves |
/// |---|---|---|
/// | `/ingest/okta/events` | GET, POST | the Event Hook's verification and deliveries |
/// | `/ingest/okta/eventbridge` | POST | EventBridge envelopes |
/// | `/healthz` | GET | 200 with the inbox's health as JSON, 503 if the inbox does not answer |
///
/// A receiver that is not configured answers 503, never 4xx: a 4xx is final for Okta.
#[derive(Clone)]
pub struct Receivers(Arc<Shared>);

struct Shared {
    inbox: Arc<dyn Inbox>,
    event_hook: Option<EventHook>,
    event_bridge: Option<EventBridge>,
    put_timeout: Duration,
    body_timeout: Duration,
    tail: Waker,
    worker: Waker,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    pushes: AtomicU64,
    refused: AtomicU64,
    unreadable: AtomicU64,
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
    /// Requests without the right secret.
    pub refused: u64,
    /// Authentic pushes that were no delivery; their bytes are in quarantine.
    pub unreadable: u64,
    /// Pushes answered 503 because the inbox did not take them in time.
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
        Self(Arc::new(Shared {
            inbox,
            event_hook: None,
            event_bridge: None,
            put_timeout: Duration::from_millis(2500),
            body_timeout: Duration::from_secs(10),
            tail: Waker::new(),
            worker: Waker::new(),
            counts: Counts::default(),
        }))
    }

    /// Accepts an Event Hook.
    #[must_use]
    pub fn event_hook(self, receiver: EventHook) -> Self {
        self.with(|shared| shared.event_hook = Some(receiver))
    }

    /// Accepts an EventBridge relay.
    #[must_use]
    pub fn event_bridge(self, receiver: EventBridge) -> Self {
        self.with(|shared| shared.event_bridge = Some(receiver))
    }

    /// How long the inbox may take before the push is answered 503. Default 2.5 s: Okta waits for 3. A put that is stored
    /// after all meets its repetition as a duplicate.
    #[must_use]
    pub fn put_timeout(self, timeout: Duration) -> Self {
        self.with(|shared| shared.put_timeout = timeout)
    }

    /// Wakes this tail on every push.
    #[must_use]
    pub fn wakes_tail(self, tail: Waker) -> Self {
        self.with(|shared| shared.tail = tail)
    }

    /// Wakes this worker whenever events were put.
    #[must_use]
    pub fn wakes_worker(self, worker: Waker) -> Self {
        self.with(|shared| shared.worker = worker)
    }

    // Setters run before anything is shared; on a clone that is already in use they would have nothing to change.
    fn with(mut self, change: impl FnOnce(&mut Shared)) -> Self {
        if let Some(shared) = Arc::get_mut(&mut self.0) {
            change(shared);
        }
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
        let counts = &self.0.counts;
        ReceiveStats {
            pushes: read(&counts.pushes),
            refused: read(&counts.refused),
            unreadable: read(&counts.unreadable),
            unavailable: read(&counts.unavailable),
            previews: read(&counts.previews),
            inserted: read(&counts.inserted),
            duplicates: read(&counts.duplicates),
            quarantined: read(&counts.quarantined),
        }
    }

    /// Stores what was read and returns the answer that may now be given.
    async fn accept(&self, reading: Reading) -> Answer {
        let Self(shared) = self;
        let add = |count: &AtomicU64, by: u64| {
            count.fetch_add(by, Ordering::Relaxed);
        };
        add(&shared.counts.previews, reading.previews as u64);
        if !reading.batch.is_empty() {
            match tokio::time::timeout(shared.put_timeout, shared.inbox.put(reading.batch)).await {
                Ok(Ok(put)) => {
                    add(&shared.counts.inserted, put.inserted);
                    add(&shared.counts.duplicates, put.duplicates);
                    add(&shared.counts.quarantined, put.quarantined);
                    if put.inserted > 0 {
                        shared.worker.wake();
                    }
                }
                Ok(Err(error)) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "a push could not be stored");
                    add(&shared.counts.unavailable, 1);
                    return Answer::unavailable();
                }
                Err(_) => {
                    tracing::warn!("a push could not be stored in time");
                    add(&shared.counts.unavailable, 1);
                    return Answer::unavailable();
                }
            }
        }
        let readable = reading.answer.status().is_success();
        add(if readable { &shared.counts.pushes } else { &shared.counts.unreadable }, 1);
        shared.tail.wake();
        reading.answer
    }

    fn refuse(&self, answer: Answer) -> Response {
        self.0.counts.refused.fetch_add(1, Ordering::Relaxed);
        respond(answer)
    }
}

async fn events(State(receivers): State<Receivers>, request: Request) -> Response {
    let Some(hook) = &receivers.0.event_hook else { return respond(not_configured()) };
    match *request.method() {
        Method::GET => respond(hook.answer_challenge(request.headers())),
        Method::POST => match hook.authenticate(request.headers()) {
            Err(answer) => receivers.refuse(answer),
            Ok(authentic) => match body_of(request, hook.body_limit(), receivers.0.body_timeout).await {
                Err(answer) => respond(answer),
                Ok(body) => respond(receivers.accept(authentic.read(body)).await),
            },
        },
        _ => respond(Answer::empty(StatusCode::METHOD_NOT_ALLOWED)),
    }
}

async fn eventbridge(State(receivers): State<Receivers>, request: Request) -> Response {
    let Some(bridge) = &receivers.0.event_bridge else { return respond(not_configured()) };
    if request.method() != Method::POST {
        return respond(Answer::empty(StatusCode::METHOD_NOT_ALLOWED));
    }
    match bridge.authenticate(request.headers()) {
        Err(answer) => receivers.refuse(answer),
        Ok(authentic) => match body_of(request, bridge.body_limit(), receivers.0.body_timeout).await {
            Err(answer) => respond(answer),
            Ok(body) => respond(receivers.accept(authentic.read(body)).await),
        },
    }
}

async fn healthz(State(receivers): State<Receivers>) -> Response {
    let health = tokio::time::timeout(receivers.0.put_timeout, receivers.0.inbox.health()).await;
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

fn not_configured() -> Answer {
    Answer::refuse(StatusCode::SERVICE_UNAVAILABLE, "this receiver is not configured")
}

/// Reads a body up to its limit. One that says or turns out to be larger is 413; one that does not come in time is 408.
async fn body_of(request: Request, limit: usize, timeout: Duration) -> Result<Bytes, Answer> {
    let too_large = || {
        let error = format!("the body is larger than {limit} bytes");
        Answer::refuse(StatusCode::PAYLOAD_TOO_LARGE, &error)
    };
    if declared_length(request.headers()).is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    match tokio::time::timeout(timeout, Limited::new(request.into_body(), limit).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(Answer::refuse(StatusCode::BAD_REQUEST, "the body was cut off")),
        Err(_) => Err(Answer::refuse(StatusCode::REQUEST_TIMEOUT, "the body did not come in time")),
    }
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
            .field("event_hook", &self.0.event_hook)
            .field("event_bridge", &self.0.event_bridge)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
