//! The fake as a test holds it.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::activity::Mix;
use crate::builder::Builder;
use crate::clock::ClockHandle;
use crate::conduct::Conduct;
use crate::credentials::steer::Wanted;
use crate::credentials::{AdminRole, people};
use crate::faults::Faults;
use crate::foreign::ForeignHost;
use crate::in_process::MockService;
use crate::journal::{Journal, RequestRecord};
use crate::new_event::NewEvent;
use crate::oauth::apps::{ServiceApp, WebApp};
use crate::oauth::sign_in::{self, SignInError};
use crate::org::event::Record;
use crate::push::DeliveryRecord;
use crate::receivers::{EventHooks, LogStreams};
use crate::shared::Shared;
use crate::snapshot::Snapshot;

/// A running fake Okta. Dropping it stops it.
///
/// Isolated: any number of them run side by side, and nothing is global.
pub struct OktaMock {
    url: String,
    api_token: String,
    shared: Arc<Shared>,
    server: Option<Socket>,
}

/// What serves a fake.
pub(crate) struct Socket {
    pub(crate) address: SocketAddr,
    /// Ends the socket when it changes or is dropped.
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) server: JoinHandle<()>,
}

impl std::fmt::Debug for OktaMock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OktaMock").field("url", &self.url).finish_non_exhaustive()
    }
}

/// One event of the System Log as it truly is, whether it can be read yet or not.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LogRecord {
    /// Its place in the order of persistence, which polling follows; strictly growing, below 2^53.
    pub position: u64,
    /// Its identity.
    pub uuid: String,
    /// For example `user.session.start`.
    pub event_type: String,
    /// When it happened, in milliseconds since 1970.
    pub published_ms: i64,
    /// When it was stored.
    pub persisted_ms: i64,
    /// From when on it can be read; `i64::MAX` where a planned fault lost it.
    pub visible_at_ms: i64,
    record: Arc<Record>,
}

impl LogRecord {
    /// The JSON that `GET /api/v1/logs` serves for it.
    #[must_use]
    pub fn json(&self) -> Bytes {
        self.record.json().into()
    }
}

impl OktaMock {
    /// Starts saying how the fake should be.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(url: String, api_token: String, shared: Arc<Shared>, server: Option<Socket>) -> Self {
        Self { url, api_token, shared, server }
    }

    /// Its origin, for example `http://127.0.0.1:41873`, or what [`Builder::public_url`] says.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address of its socket; `None` in process.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.server.as_ref().map(|socket| socket.address)
    }

    /// The API token to send as `Authorization: SSWS …`.
    #[must_use]
    pub fn api_token(&self) -> &str {
        &self.api_token
    }

    /// Makes one more API token, in the name of the org's first user, with a role of its own. Returns its value, to send
    /// as `Authorization: SSWS …`. `POST /_mock/tokens` can say more about it.
    pub fn create_api_token(&self, name: &str, role: AdminRole) -> String {
        self.shared.with(|engine, now| {
            let now = engine.tick(now);
            let owner = people::owner(&engine.org).cloned();
            let wanted = Wanted { name: name.to_owned(), value: None, role, owner, allowed: Vec::new() };
            let made = engine.credentials.create_token(&mut engine.org, wanted, now);
            engine.offer();
            made.expect("a value made from a new id is nobody else's").1
        })
    }

    /// The built-in service app, which gets tokens at `/oauth2/v1/token` with a signed assertion.
    #[must_use]
    pub fn service_app(&self) -> ServiceApp {
        self.shared.lock().credentials.service_app().expect("every org has its service app")
    }

    /// The built-in web app, which gets tokens for a user who signs in.
    #[must_use]
    pub fn web_app(&self) -> WebApp {
        self.shared.lock().credentials.web_app().expect("every org has its web app")
    }

    /// Does what a person does in a browser: opens an `/oauth2/v1/authorize` URL (its origin does not matter), signs in
    /// with this login or user id (`me` is the owner of the API token, an admin), and is sent back to the app. Returns where to, with `code` and `state`, or with
    /// `error` where Okta tells the app so.
    ///
    /// # Errors
    ///
    /// [`SignInError`] when nobody is sent anywhere: the URL is none of ours, the client or redirect URI is unknown,
    /// the app is not answered by a redirect, or the user cannot sign in.
    pub fn sign_in(&self, authorize_url: &str, login: &str) -> Result<String, SignInError> {
        sign_in::by_hand(&self.shared, authorize_url, login)
    }

    /// The org's id, `00o…`.
    #[must_use]
    pub fn org_id(&self) -> String {
        self.shared.lock().org.id.to_string()
    }

    /// The front without a socket. It is there for a fake on a socket, too.
    #[must_use]
    pub fn service(&self) -> MockService {
        MockService::new(Arc::clone(&self.shared))
    }

    /// Every event of the System Log, in order of persistence.
    #[must_use]
    pub fn log(&self) -> Vec<LogRecord> {
        self.shared.with(|engine, now| {
            engine.tick(now);
            let log = &engine.org.log;
            let show = |record: Arc<Record>| LogRecord {
                position: record.position,
                uuid: record.uuid.clone(),
                event_type: record.event_type().to_owned(),
                published_ms: record.published,
                persisted_ms: record.persisted,
                visible_at_ms: log.visible_at(&record),
                record,
            };
            log.all().map(show).collect()
        })
    }

    /// Puts events into the log by hand and returns their `uuid`s. Event Hooks that want them get them.
    pub fn append_log(&self, events: Vec<NewEvent>) -> Vec<String> {
        self.shared.with(|engine, now| {
            let now = engine.tick(now);
            let uuids = events.into_iter().map(|event| event.append(engine, now)).collect();
            engine.offer();
            uuids
        })
    }

    /// Makes `n` real changes at once: a user created, a member added, a sign-in, … Each has its events.
    pub fn activity(&self, n: usize) {
        self.shared.with(|engine, now| engine.act(n, &Mix::default(), now));
    }

    /// Makes exactly these changes now, for example `{"create_user":3,"sign_in":10,"add_member":2}`. Returns what
    /// `GET /_mock/activity` answers: `skipped` counts those that found nothing to change.
    ///
    /// # Panics
    ///
    /// When it is not understood, with what and where.
    pub fn activity_of(&self, mix: &serde_json::Value) -> serde_json::Value {
        match Mix::read(mix) {
            Ok(mix) => self.shared.with(|engine, now| {
                engine.act_exactly(&mix, now);
                crate::activity::status(&engine.activity)
            }),
            Err(wrong) => panic!("{wrong}"),
        }
    }

    /// From now on this many changes per second happen by themselves, until it is set anew; 0 stops them.
    pub fn live_rate(&self, per_second: f64) {
        self.shared.with(|engine, now| {
            let now = engine.tick(now);
            engine.activity.plan(per_second, None, Mix::default(), now);
        });
    }

    /// Plans misbehaviour.
    #[must_use]
    pub fn faults(&self) -> Faults {
        Faults::new(Arc::clone(&self.shared))
    }

    /// Its clock.
    #[must_use]
    pub fn clock(&self) -> ClockHandle {
        ClockHandle::new(Arc::clone(&self.shared))
    }

    /// The requests answered, to look through and to make assertions about.
    #[must_use]
    pub fn journal(&self) -> Journal {
        Journal::new(Arc::clone(&self.shared))
    }

    /// The org as it is at this moment: what was generated, and everything that changed since. Made in the time that
    /// copying the changes takes.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.shared.snapshot()
    }

    /// Puts the org of a snapshot in the place of the present one, also one of another seed or size. Every call from
    /// here on is answered as it would have been from the moment of the snapshot, byte for byte; a push that was under
    /// way then is sent again.
    ///
    /// The clock stays of its kind and shows the snapshot's time, also where that is back or the clock is frozen; only
    /// [`Clock::Real`](crate::Clock::Real) is never behind this machine's time. The books start empty, as after a [`reset`](Self::reset): requests, deliveries,
    /// conduct. The address stays; [`api_token`](Self::api_token) is the token this fake was started with, while
    /// [`credentials`](Self::credentials) shows the snapshot's.
    pub fn restore(&self, snapshot: &Snapshot) {
        self.shared.restore(snapshot);
    }

    /// Makes the org anew as it was at the start, now. Its API token stays; other tokens are gone.
    pub fn reset(&self) {
        self.shared.with(|engine, now| {
            let now = engine.tick(now);
            engine.reset(now);
        });
    }

    /// Starts a host that is not the org's, for `next` links that lead away. A request with a credential that reaches it
    /// is finding `L09` of [`conduct`](Self::conduct).
    ///
    /// # Errors
    ///
    /// When no port of this machine is free.
    pub async fn foreign_host(&self) -> std::io::Result<ForeignHost> {
        ForeignHost::start(Arc::clone(&self.shared)).await
    }

    /// How the client behaved, by what Okta recommends: `okta.conduct().assert_clean()`.
    #[must_use]
    pub fn conduct(&self) -> Conduct {
        Conduct::new(Arc::clone(&self.shared))
    }

    /// The last API requests, 4,096 unless [`Builder::journal`] says otherwise, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.shared.lock().journal.records().cloned().collect()
    }

    /// Event Hooks: previews, the sparse spelling, repeated pushes.
    #[must_use]
    pub fn event_hooks(&self) -> EventHooks {
        EventHooks::new(Arc::clone(&self.shared))
    }

    /// Log streams: one in a line, and where it ends.
    #[must_use]
    pub fn log_streams(&self) -> LogStreams {
        LogStreams::new(Arc::clone(&self.shared))
    }

    /// Sends the events of log streams to EventBridge to this address, with `secret` in `Authorization`.
    ///
    /// # Panics
    ///
    /// As [`Builder::eventbridge_relay`].
    pub fn eventbridge_relay(&self, url: &str, secret: &str) {
        self.log_streams().relay(url, secret);
    }

    /// Every attempt to push events to a hook or a stream's relay, oldest first.
    #[must_use]
    pub fn deliveries(&self) -> Vec<DeliveryRecord> {
        self.shared.lock().push.deliveries().cloned().collect()
    }

    /// What the program prints when it is ready, and `GET /_mock/credentials` answers.
    #[must_use]
    pub fn credentials(&self) -> serde_json::Value {
        crate::admin::credentials(&self.shared.lock())
    }

    /// Waits until no push is queued or under way. Open batching windows are closed first.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops the waiting, not the pushes.
    pub async fn settle(&self) {
        self.shared.settle().await;
    }

    /// Checks that no request was refused for being one too many. Planned 429s do not count.
    ///
    /// # Panics
    ///
    /// When one was.
    pub fn assert_no_rate_limit_violations(&self) {
        let (refused, crowded) = {
            let engine = self.shared.lock();
            (engine.limits.refused, engine.limits.concurrency.refused)
        };
        assert!(refused == 0, "{refused} requests were sent to a bucket that was used up");
        assert!(crowded == 0, "{crowded} requests were sent while too many others were under way");
    }

    /// Stops the fake as [`shutdown`](Self::shutdown) does, and takes a last snapshot, of everything that was answered.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future still stops the fake.
    pub async fn into_snapshot(self) -> Snapshot {
        let shared = Arc::clone(&self.shared);
        self.shutdown().await;
        shared.snapshot()
    }

    /// Stops the fake: requests under way are answered, then the socket is closed.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future still stops the fake.
    pub async fn shutdown(mut self) {
        if let Some(Socket { stop, server, .. }) = self.server.take() {
            drop(stop);
            if let Err(error) = server.await {
                tracing::warn!(%error, "the socket did not end well");
            }
        }
    }
}
