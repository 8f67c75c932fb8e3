//! The async shell around the engine: it owns the clock, sends what the engine wants sent, and wakes who waits.
//!
//! All decisions are the engine's. One background task per fake sends pushes when they are due; it holds no strong
//! reference, so a dropped fake ends it. Locking, waking and waiting stay together, because each is only right beside the others.

mod turns;

use std::io::Write as _;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::admin;
use crate::clock::{Clock, Time};
use crate::engine::{Answer, Engine};
use crate::error::ApiError;
use crate::push::{Outbound, Outcome, Ticket};
use crate::reply::Reply;
use crate::snapshot::Snapshot;

/// How much of a receiver's answer is read.
const ANSWER_LIMIT: usize = 64 * 1_024;

/// A function that stands for every receiver.
pub(crate) type Handler = Arc<dyn Fn(Request<Bytes>) -> BoxFuture<'static, Response<Bytes>> + Send + Sync>;

/// The file that every request is written into.
pub(crate) type JournalFile = Arc<Mutex<std::fs::File>>;

/// Where pushes go.
pub(crate) enum Pusher {
    /// To the address of the hook, over plain http.
    Http(Box<Client<HttpConnector, Full<Bytes>>>),
    /// To a function.
    Handler(Handler),
}

impl Pusher {
    pub(crate) fn http() -> Self {
        Self::Http(Box::new(Client::builder(TokioExecutor::new()).build_http()))
    }
}

/// A request that was taken in. It has its effect already, or the receiver or clock that it waits for decides.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) answer: Answer,
    steering: bool,
}

/// One fake, shared by its handles, its service and its socket.
pub(crate) struct Shared {
    engine: Mutex<Engine>,
    /// How many wait for the engine: who has much to do with it lets them go first.
    wanted: AtomicUsize,
    pub(crate) clock: Arc<Time>,
    pusher: Pusher,
    /// There may be something to send.
    work: Arc<Notify>,
    /// Something was sent, or came to its end.
    done: Notify,
    /// The journal may have grown.
    pub(crate) asked: Notify,
    pump: Mutex<Option<JoinHandle<()>>>,
    journal_file: Option<JournalFile>,
    /// Whether there is a `/_mock`.
    steered: bool,
    /// When the last 429 let the client come again, in milliseconds; 0 is none.
    reset: AtomicI64,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // The background task finds nobody left and ends.
        self.work.notify_one();
    }
}

impl Shared {
    pub(crate) fn new(
        engine: Engine,
        clock: Arc<Time>,
        pusher: Pusher,
        journal_file: Option<JournalFile>,
    ) -> Arc<Self> {
        let steered = !engine.settings.given.no_admin;
        let shared = Arc::new(Self {
            engine: Mutex::new(engine),
            wanted: AtomicUsize::new(0),
            clock,
            pusher,
            work: Arc::new(Notify::new()),
            done: Notify::new(),
            asked: Notify::new(),
            pump: Mutex::new(None),
            journal_file,
            steered,
            reset: AtomicI64::new(0),
        });
        shared.ensure_pump();
        shared
    }

    /// The engine. A panic while it was held left it as it was between two calls at worst, which is good enough for a
    /// test that is failing already.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Engine> {
        match self.engine.try_lock() {
            Ok(engine) => return engine,
            Err(TryLockError::Poisoned(engine)) => return engine.into_inner(),
            Err(TryLockError::WouldBlock) => {}
        }
        self.wanted.fetch_add(1, Ordering::Relaxed);
        let engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner);
        self.wanted.fetch_sub(1, Ordering::Relaxed);
        engine
    }

    /// Whether somebody waits for the engine. Its lock is not fair: who takes it again at once would keep it.
    fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed) > 0
    }

    /// Runs something on the engine at the current time, then lets the background task look for work, unless there was
    /// none before and is none now: waking it for every read would cost as much as many an answer.
    pub(crate) fn with<T>(self: &Arc<Self>, run: impl FnOnce(&mut Engine, i64) -> T) -> T {
        let (result, quiet) = {
            let mut engine = self.lock();
            let now = self.clock.now();
            let quiet = |engine: &Engine| engine.next_due().is_none() && engine.push.is_idle();
            let before = quiet(&engine);
            let result = run(&mut engine, now);
            (result, before && quiet(&engine))
        };
        if quiet {
            self.ensure_pump();
        } else {
            self.wake();
        }
        result
    }

    /// Answers a request, waiting for a receiver or for a planned delay where there is one.
    pub(crate) async fn answer(self: &Arc<Self>, request: Request<Bytes>) -> Reply {
        let begun = self.begin(&request);
        self.complete(begun).await
    }

    /// Carries a request out as far as that needs no waiting: nearly always to its answer.
    pub(crate) fn begin(self: &Arc<Self>, request: &Request<Bytes>) -> Begun {
        let steering = self.steered && request.uri().path().starts_with("/_mock");
        if !steering {
            self.jump();
        }
        let answer = self.with(|engine, now| engine.handle(request, now));
        if let Answer::Ready(reply) = &answer {
            self.note(reply, steering);
        }
        Begun { answer, steering }
    }

    /// Does the waiting that is left of a request.
    pub(crate) async fn complete(self: &Arc<Self>, Begun { mut answer, steering }: Begun) -> Reply {
        let mut noted = true;
        loop {
            match answer {
                Answer::Ready(reply) => {
                    if !noted {
                        self.note(&reply, steering);
                    }
                    if !reply.delay.is_zero() {
                        self.pass(reply.delay).await;
                    }
                    return reply;
                }
                Answer::First(Outbound { request, timeout, ticket }) => {
                    let outcome = self.send(request, timeout).await;
                    answer = match ticket {
                        Ticket::Verification(pending) => {
                            self.with(|engine, now| engine.verified(*pending, &outcome, now))
                        }
                        Ticket::Delivery(ticket) => {
                            self.with(|engine, now| engine.pushed(ticket, &outcome, now));
                            Answer::Ready(Reply::no_content())
                        }
                    };
                }
                Answer::Clock(order) => answer = Answer::Ready(self.obey(order).await),
                Answer::Restore(snapshot) => {
                    self.restore(&snapshot);
                    answer = Answer::Ready(admin::snapshot::restored(self.clock.now()));
                }
            }
            noted = false;
        }
    }

    /// Answers a request that gets no further than the edge.
    pub(crate) fn turn_away<B>(
        self: &Arc<Self>,
        request: &Request<B>,
        answer: Result<Reply, ApiError>,
    ) -> Reply {
        let reply = self.with(|engine, now| engine.turn_away(request, answer, now));
        self.note(&reply, false);
        reply
    }

    /// Takes note of an answer before it goes out.
    fn note(&self, reply: &Reply, steering: bool) {
        self.asked.notify_waiters();
        if !steering {
            self.note_reset(reply);
            self.write_journal();
        }
    }

    /// An auto-advancing clock jumps to where the last 429 sent the client.
    fn jump(self: &Arc<Self>) {
        let reset = self.reset.swap(0, Ordering::AcqRel);
        if let (Clock::AutoAdvance(_), Ok(ahead)) =
            (self.clock.clock(), u64::try_from(reset.saturating_sub(self.clock.now())))
        {
            let _ = self.advance(Duration::from_millis(ahead));
        }
    }

    /// Writes what was asked into the journal's file.
    fn write_journal(&self) {
        let Some(file) = &self.journal_file else { return };
        // Taken before the lines are, so that they are written in order.
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let lines: String = self
            .lock()
            .journal
            .take_spool()
            .iter()
            .map(|record| format!("{}\n", admin::journal::plain(record)))
            .collect();
        if let Err(error) = file.write_all(lines.as_bytes()) {
            tracing::warn!(%error, "the journal's file could not be written");
        }
    }

    fn note_reset(&self, reply: &Reply) {
        let header = |name: &str| reply.headers.get(name)?.to_str().ok()?.parse::<i64>().ok();
        if reply.status == 429
            && let Some(reset) = header("x-rate-limit-reset")
        {
            self.reset.store(reset.saturating_mul(1_000), Ordering::Release);
        }
    }

    /// Waits until no push is queued or under way. Open batching windows are closed first: on a clock that stands
    /// still they would never end.
    pub(crate) async fn settle(self: &Arc<Self>) {
        loop {
            let done = self.done.notified();
            tokio::pin!(done);
            done.as_mut().enable();
            self.catch_up().await;
            let idle = self.with(|engine, now| {
                engine.tick(now);
                engine.push.close_all();
                engine.push.is_idle()
            });
            if idle {
                return;
            }
            done.await;
        }
    }

    /// Puts an org in the place of the present one. Its life stood still in between: what was planned goes on from now.
    pub(crate) fn restore(self: &Arc<Self>, snapshot: &Snapshot) {
        {
            let mut engine = self.lock();
            let restored = Engine::in_state(snapshot.state(), &engine.settings);
            engine.give_way_to(restored);
            // What the last 429 said was said of the org before.
            self.reset.store(0, Ordering::Release);
            resume(&mut engine, &self.clock);
        }
        self.wake();
    }

    /// The org as it is.
    pub(crate) fn snapshot(self: &Arc<Self>) -> Snapshot {
        self.with(|engine, now| {
            engine.tick(now);
            Snapshot::new(engine.state())
        })
    }

    fn wake(self: &Arc<Self>) {
        self.ensure_pump();
        self.work.notify_one();
    }

    /// Starts the background task, unless it runs or there is no runtime (then the next call tries again).
    fn ensure_pump(self: &Arc<Self>) {
        let mut pump = self.pump.lock().unwrap_or_else(PoisonError::into_inner);
        if pump.as_ref().is_some_and(|task| !task.is_finished()) {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            *pump = Some(runtime.spawn(pump_loop(Arc::downgrade(self), Arc::clone(&self.work))));
        }
    }

    /// Sends one request and says what came of it.
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Outcome {
        let answer = async {
            match &self.pusher {
                Pusher::Handler(handler) => {
                    let (parts, body) = handler(request).await.into_parts();
                    Outcome::Answered { status: parts.status.as_u16(), body }
                }
                Pusher::Http(_) if request.uri().scheme_str() != Some("http") => Outcome::Failed(
                    "the mock delivers over plain http only; give it an http address of this machine".into(),
                ),
                Pusher::Http(client) => match client.request(request.map(Full::new)).await {
                    Err(error) => Outcome::Failed(error.to_string()),
                    Ok(response) => {
                        let status = response.status().as_u16();
                        match Limited::new(response.into_body(), ANSWER_LIMIT).collect().await {
                            Ok(body) => Outcome::Answered { status, body: body.to_bytes() },
                            Err(error) => Outcome::Failed(error.to_string()),
                        }
                    }
                },
            }
        };
        tokio::time::timeout(timeout, answer).await.unwrap_or(Outcome::TimedOut)
    }
}

/// Sets the clock to the time of an org that was put in place. A clock that cannot go back shows a later time; live
/// changes and stages are put off by the difference, so that a fake that was stopped for a day has no day to catch up on.
pub(crate) fn resume(engine: &mut Engine, clock: &Time) {
    clock.show(engine.now);
    let ahead = clock.now().saturating_sub(engine.now).max(0);
    engine.activity.postpone(ahead);
    engine.stages.postpone(ahead);
}

/// Sends what is due, then sleeps until something may be.
async fn pump_loop(shared: Weak<Shared>, work: Arc<Notify>) {
    loop {
        let (clock, next) = {
            let Some(shared) = shared.upgrade() else { return };
            let (outbound, next, idle) = {
                let mut engine = shared.lock();
                let outbound = engine.due(shared.clock.now());
                (outbound, engine.next_due(), engine.push.is_idle())
            };
            for outbound in outbound {
                tokio::spawn(push(Arc::clone(&shared), outbound));
            }
            // Batches may have been dropped without being sent. Only the end is announced: who waits for it wakes this
            // task in turn, and the two would never let a paused clock move on.
            if idle {
                shared.done.notify_waiters();
            }
            (Arc::clone(&shared.clock), next)
        };
        match next {
            None => work.notified().await,
            // More is due than is done in one go. Whoever waits for the engine has it first.
            Some(at) if at <= clock.now() => loop {
                tokio::task::yield_now().await;
                if shared.upgrade().is_none_or(|shared| !shared.is_wanted()) {
                    break;
                }
            },
            Some(at) => {
                tokio::select! {
                    () = work.notified() => {}
                    () = clock.until(at) => {}
                }
            }
        }
    }
}

async fn push(shared: Arc<Shared>, outbound: Outbound) {
    let Ticket::Delivery(ticket) = outbound.ticket else { return };
    let outcome = shared.send(outbound.request, outbound.timeout).await;
    shared.with(|engine, now| engine.pushed(ticket, &outcome, now));
    shared.done.notify_waiters();
}
