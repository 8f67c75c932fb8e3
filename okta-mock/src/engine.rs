//! The whole fake as one state machine: `(state, request, now) → answer`. No clock, no sockets, no async.
//!
//! A request goes through the same gates as at Okta: credentials, planned faults, rate limits, the handler, headers,
//! journal. `due` gives the pushes that have to be sent; the shell sends them and reports back. Time never runs
//! backwards here: an earlier `now` than before is taken as the same moment. What may happen to
//! the state stands here as one list; each step is in a file of its own below `engine/` or beside it.

mod cursors;
mod finish;
mod gates;
mod kept;
mod more_headers;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::USER_AGENT;
use http::{Method, Request};

pub(crate) use cursors::Cursors;
pub(crate) use finish::stamp;

use kept::Kept;

use crate::activity::stages::Stages;
use crate::activity::{Activity, Mix};
use crate::admin;
use crate::builder::given::Given;
use crate::clock::Clock;
use crate::credentials::Credentials;
use crate::error::ApiError;
use crate::faults::{self, Planned, Rules, Verdict as Mischief};
use crate::foreign::Strangers;
use crate::handle;
use crate::journal::Ring;
use crate::limits::{Limits, Rate};
use crate::oauth::{self, client::OAuthSettings};
use crate::org::event::{Event, Origin, Party};
use crate::org::hooks::EventHook;
use crate::org::id::Id;
use crate::org::lateness::{Delays, LogLateness};
use crate::org::seed::{self, Sizes};
use crate::org::{Org, Tx};
use crate::push::hook_request::verification;
use crate::push::{Channel, GivenUp, Outbound, Outcome, Push, PushSettings};
use crate::receivers;
use crate::reply::Reply;
use crate::scenario::{Script, Timeline};
use crate::snapshot::Snapshot;

/// Changes that are made in one go: some milliseconds of work.
const AT_ONCE: usize = 1_000;

/// How the fake was asked to be.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Settings {
    pub(crate) sizes: Sizes,
    /// Not of the org: where it is served.
    #[serde(skip)]
    pub(crate) base: String,
    pub(crate) api_token: String,
    pub(crate) limits: Limits,
    pub(crate) live_rate: f64,
    pub(crate) push: PushSettings,
    pub(crate) script: Arc<Script>,
    /// Fault rules from the start.
    pub(crate) faults: Vec<Planned>,
    /// How many requests are remembered. Not of the org: the journal is its observer's.
    #[serde(skip)]
    pub(crate) journal: usize,
    pub(crate) oauth: OAuthSettings,
    pub(crate) search_lag_ms: i64,
    pub(crate) deactivate_lag_ms: i64,
    pub(crate) given: Given,
    pub(crate) lateness: LogLateness,
    /// Whether requests may ask for faults of their own.
    pub(crate) header_faults: bool,
}

impl std::fmt::Debug for Settings {
    /// Without the API token: what looks like a credential is not printed, not even a fake one.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("sizes", &self.sizes)
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

/// The state of one fake.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) settings: Settings,
    pub(crate) org: Org,
    pub(crate) credentials: Credentials,
    pub(crate) limits: Limits,
    pub(crate) faults: Rules,
    pub(crate) journal: Ring,
    pub(crate) push: Push,
    pub(crate) activity: Activity,
    pub(crate) strangers: Strangers,
    pub(crate) timeline: Timeline,
    pub(crate) stages: Stages,
    pub(crate) cursors: Cursors,
    pub(crate) now: i64,
    pub(crate) kept: Kept,
}

/// What a request leads to.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Send this.
    Ready(Reply),
    /// Send that first, and ask again with what came of it.
    First(Outbound),
    /// Move the clock, and then answer.
    Clock(ClockOrder),
    /// Put this org in the place of the present one, set the clock, and then answer.
    Restore(Snapshot),
}

/// What `/_mock/clock` asks of the clock, which the engine does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClockOrder {
    Show,
    Advance(Duration),
    Set(i64),
    /// Another kind of clock; `at` is when it was asked to start.
    Switch {
        clock: Clock,
        at: Option<i64>,
    },
}

/// A request whose answer waits for a receiver to prove its address.
#[derive(Debug)]
pub(crate) struct Pending {
    call: Call,
    tx: Tx,
    /// The hook as it was when its receiver was asked.
    hook: Box<EventHook>,
    challenge: String,
    attempt: u32,
}

/// What has to be remembered of a request until its answer goes out.
#[derive(Debug)]
struct Call {
    method: Method,
    path: Arc<str>,
    query: String,
    request_id: Arc<str>,
    user_agent: Arc<str>,
    body_hash: u64,
    principal: Option<Id>,
    rate: Option<Rate>,
    /// How long Okta takes, in milliseconds; `None` for what does not count as under way.
    takes_ms: Option<i64>,
    /// What faults do to the answer.
    faults: Mischief,
    /// A receiver did not prove its address.
    unproven: bool,
}

/// What a handler comes to.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "nearly all are replies, and a box for each would cost more")]
pub(crate) enum Handled {
    Reply(Reply),
    /// The receiver of this hook has to be asked first.
    Verify {
        hook: Box<EventHook>,
        challenge: String,
    },
}

impl Engine {
    pub(crate) fn new(settings: Settings, now: i64) -> Self {
        let mut org = seed::org(&settings.base, settings.sizes, now);
        org.users.index.set_lag(settings.search_lag_ms);
        org.log.delay(Delays::new(&settings.lateness, settings.sizes.seed));
        org.transitions.set_lag(settings.deactivate_lag_ms);
        let mut activity = Activity::new(settings.sizes.seed);
        activity.plan(settings.live_rate, None, Mix::default(), now);
        let mut faults = Rules::default();
        for plan in settings.script.faults.iter().chain(&settings.faults) {
            faults.add(plan.clone(), now);
        }
        let seed = settings.sizes.seed;
        let mut credentials = Credentials::new(&org, seed, &settings.api_token, &settings.oauth, now);
        credentials.oauth.show_clients(&mut org, now);
        credentials.give(&org, &settings.given, now);
        receivers::give(&mut org, &settings.given, now);
        Self {
            credentials,
            cursors: Cursors::new(settings.given.cursor_ttl_ms),
            org,
            limits: settings.limits.clone(),
            faults,
            strangers: Strangers::default(),
            timeline: Timeline::new(&settings.script, now),
            stages: Stages::new(&settings.script.stages, seed, now),
            journal: Ring::new(settings.journal),
            push: Push::new(settings.push.clone()),
            activity,
            now,
            kept: Kept::default(),
            settings,
        }
    }

    /// Brings what is due by `now` about, each at its own time, and says what time it is then: an earlier one when there
    /// is so much to do that others should have a turn in between.
    pub(crate) fn tick(&mut self, now: i64) -> i64 {
        let headers_ms = if self.settings.header_faults { faults::OWN_STALE_MS } else { 0 };
        self.org.users.index.keep(self.faults.longest_stale_ms().max(headers_ms));
        for _ in 0..AT_ONCE {
            let Some(due) = self.next_change().filter(|due| *due <= now) else {
                self.now = self.now.max(now);
                break;
            };
            let at = due.max(self.now);
            self.push.close_due(at);
            self.now = at;
            if self.org.transitions.next_due() == Some(due) {
                self.org.step_transition(at);
            } else if self.timeline.next_due() == Some(due) {
                if let Some(step) = self.timeline.take() {
                    step.happen(self, at);
                }
            } else if self.stages.next_due() == Some(due) {
                self.stages.step(&mut self.activity, &mut self.org, at);
            } else if self.activity.next_due() == Some(due) {
                self.activity.step(&mut self.org, at);
            }
            self.offer();
        }
        self.push.close_due(self.now);
        self.org.log.trim(self.now);
        self.now
    }

    /// When there is something to do next.
    pub(crate) fn next_due(&self) -> Option<i64> {
        self.next_change().into_iter().chain(self.push.next_due()).min()
    }

    /// When the org changes by itself next.
    fn next_change(&self) -> Option<i64> {
        let own = [self.activity.next_due(), self.timeline.next_due(), self.stages.next_due()];
        own.into_iter().chain([self.org.transitions.next_due(), self.org.log.next_due()]).flatten().min()
    }

    /// The pushes that have to be sent now.
    pub(crate) fn due(&mut self, now: i64) -> Vec<Outbound> {
        let now = self.tick(now);
        let Self { push, org, faults, .. } = self;
        push.take(org, |channel, target| faults.on_push(channel, target, now), now)
    }

    /// Takes note of what came of a push.
    pub(crate) fn pushed(&mut self, ticket: u64, outcome: &Outcome, now: i64) {
        let now = self.tick(now);
        let Some(GivenUp { channel, target, reason }) = self.push.finish(ticket, outcome, now) else {
            return;
        };
        if channel == Channel::EventBridge {
            if self.org.give_stream_up(now, &target) {
                self.offer();
            }
            return;
        }
        let Some(hook) = self.org.hooks.get(&target) else { return };
        let (party, uri) = (hook.party(), hook.settings.uri.clone());
        let id: Arc<str> = self.org.mint.hex("job").into();
        let event = Event::new("event_hook.delivery", Party::system(), Origin::Job { id })
            .target(party)
            .because("FAILURE", reason)
            .debug("webhookUrl", uri);
        self.org.log.append(&mut self.org.mint, now, event);
        self.offer();
    }

    /// Answers a request.
    pub(crate) fn handle(&mut self, request: &Request<Bytes>, now: i64) -> Answer {
        if let Some(plain) = handle::plainly(request) {
            return self.handle(&plain, now);
        }
        let now = self.tick(now);
        let path = request.uri().path();
        let steering = path == "/_mock" || path.starts_with("/_mock/");
        if steering && !self.settings.given.no_admin {
            self.org.changed();
            let answer = admin::handle(self, request, now);
            self.offer();
            return answer;
        }
        if *request.method() != Method::GET {
            // It may change anything.
            self.org.changed();
        }
        let mut call = Call { body_hash: digest(request.body()), ..self.call(request) };
        let (handled, tx) = self.gates(request, &mut call, now);
        self.offer();
        match handled {
            Ok(Handled::Reply(reply)) => Answer::Ready(self.finish(call, Ok(reply), now)),
            Err(error) => Answer::Ready(self.finish(call, Err(error), now)),
            Ok(Handled::Verify { hook, challenge }) => {
                self.ask(Pending { call, tx, hook, challenge, attempt: 1 }, now)
            }
        }
    }

    /// Answers a request that gets no further than the edge: it does not say how long it is, or its body cannot be read.
    pub(crate) fn turn_away<B>(
        &mut self,
        request: &Request<B>,
        answer: Result<Reply, ApiError>,
        now: i64,
    ) -> Reply {
        let now = self.tick(now);
        let mut call = self.call(request);
        if oauth::is_endpoint(&call.path) {
            // It may be a secret.
            call.query.clear();
        }
        self.finish(call, answer, now)
    }

    /// Goes on with a verification when the receiver has answered, or has not.
    pub(crate) fn verified(&mut self, mut pending: Pending, outcome: &Outcome, now: i64) -> Answer {
        let now = self.tick(now);
        let proven = match outcome {
            Outcome::Answered { status: 200, body } => serde_json::from_slice::<serde_json::Value>(body)
                .is_ok_and(|body| {
                    body.get("verification").and_then(|v| v.as_str()) == Some(&pending.challenge)
                }),
            _ => false,
        };
        if !proven && pending.attempt == 1 && *outcome == Outcome::TimedOut {
            pending.attempt = 2;
            return self.ask(pending, now);
        }
        let result = if proven {
            let tx = Tx { at: now, ..pending.tx };
            let verified = self.org.set_hook_verified(&tx, &pending.hook);
            verified
                .and_then(|()| self.org.hook(&pending.hook.id))
                .map(|hook| Reply::json(200, hook.json(&self.org.base)))
        } else {
            pending.call.unproven = true;
            let cause = match outcome {
                Outcome::Answered { status: 200, .. } => {
                    "The response did not repeat the verification challenge".into()
                }
                other => other.reason(),
            };
            Err(ApiError::validation("verify", cause))
        };
        self.offer();
        Answer::Ready(self.finish(pending.call, result, now))
    }

    /// Makes changes now.
    pub(crate) fn act(&mut self, changes: usize, mix: &Mix, now: i64) {
        let now = self.tick(now);
        for _ in 0..changes {
            self.activity.change(&mut self.org, mix, now);
            self.offer();
        }
    }

    /// Makes exactly the changes of a mix now.
    pub(crate) fn act_exactly(&mut self, mix: &Mix, now: i64) {
        let now = self.tick(now);
        for change in mix.exactly() {
            self.activity.one(&mut self.org, change, None, now);
            self.offer();
        }
    }

    /// Offers what was logged to hooks and streams.
    pub(crate) fn offer(&mut self) {
        // Offering may itself write an event, of the daily number of pushes.
        loop {
            let fresh = self.org.log.take_fresh(self.now);
            if fresh.is_empty() {
                return;
            }
            self.push.offer(&mut self.org, &fresh, self.now);
        }
    }

    /// Makes the org anew, as it was at the start; the API token stays.
    pub(crate) fn reset(&mut self, now: i64) {
        let fresh = Self::new(self.settings.clone(), now);
        self.give_way_to(fresh);
    }

    /// Becomes another one, as its clients see it.
    pub(crate) fn give_way_to(&mut self, other: Self) {
        let push = other.push.succeeding(&self.push);
        let journal = other.journal.succeeding(&mut self.journal);
        *self = Self { push, journal, ..other };
    }

    /// What the head of a request says.
    fn call<B>(&mut self, request: &Request<B>) -> Call {
        Call {
            method: request.method().clone(),
            path: request.uri().path().into(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            request_id: self.org.mint.hex("request").into(),
            user_agent: self.agent(request),
            body_hash: 0,
            principal: None,
            rate: None,
            takes_ms: None,
            faults: Mischief::default(),
            unproven: false,
        }
    }

    /// The program that asks; empty when it does not say. Most requests come from the same one.
    fn agent<B>(&mut self, request: &Request<B>) -> Arc<str> {
        let agent =
            request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if *self.kept.agent != *agent {
            self.kept.agent = agent.into();
        }
        Arc::clone(&self.kept.agent)
    }

    fn ask(&mut self, mut pending: Pending, now: i64) -> Answer {
        let request = verification(&pending.hook, &pending.challenge);
        if let Some(rule) = self.faults.on_verification(&pending.hook.id, now) {
            // Okta waits for another text than it sent.
            pending.challenge.push_str("-other");
            pending.call.faults.rules.push(rule);
        }
        match request {
            Some(request) => Answer::First(Outbound::verification(request, pending)),
            None => {
                let error = ApiError::not_found(&pending.hook.id, "Webhook");
                Answer::Ready(self.finish(pending.call, Err(error), now))
            }
        }
    }
}

/// Tells bodies apart (FNV-1a); 0 for an empty one.
fn digest(body: &[u8]) -> u64 {
    if body.is_empty() {
        return 0;
    }
    body.iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
