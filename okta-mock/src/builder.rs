//! Says how a fake should be, then starts it.

pub(crate) mod given;
mod limits;
mod oauth;
mod pushes;
mod served;
mod trouble;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use http::{Request, Response};
use tokio::net::TcpListener;

use given::Given;

use crate::clock::{Clock, Time};
use crate::engine::{Engine, Settings};
use crate::faults::Planned;
use crate::guard::Guard;
use crate::journal;
use crate::limits::{Limits, RateLimits, settings_json};
use crate::mock::{OktaMock, Socket};
use crate::oauth::client::OAuthSettings;
use crate::org::id::mix;
use crate::org::lateness::LogLateness;
use crate::org::seed::Sizes;
use crate::push::PushSettings;
use crate::scenario::{Scenario, Script};
use crate::shared::{Handler, JournalFile, Pusher, Shared, resume};
use crate::snapshot::Snapshot;
use crate::{server, timestamp};

/// The origin of a fake without a socket. Nothing listens there.
const NOWHERE: &str = "http://127.0.0.1:1";

/// Settings of a fake; [`OktaMock::builder`] makes one.
#[derive(Clone)]
#[must_use = "nothing happens until `start` or `in_process`"]
pub struct Builder {
    sizes: Sizes,
    clock: Clock,
    limits: Limits,
    live_rate: f64,
    push: PushSettings,
    script: Arc<Script>,
    faults: Vec<Planned>,
    journal: usize,
    search_lag: Duration,
    lateness: LogLateness,
    header_faults: bool,
    given: Given,
    journal_file: Option<JournalFile>,
    deactivate_lag: Duration,
    api_token: Option<String>,
    listen: SocketAddr,
    hosts: Vec<String>,
    public_url: Option<String>,
    handler: Option<Handler>,
    oauth: OAuthSettings,
    snapshot: Option<Snapshot>,
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder")
            .field("sizes", &self.sizes)
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}

/// Why a fake could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address is taken, not of this machine, or not allowed.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// Something that was given is not understood.
    #[error("{what}: {wrong}")]
    Setup {
        /// What it was given for.
        what: &'static str,
        /// What is wrong, and where.
        wrong: String,
    },
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            sizes: Sizes { seed: 1, users: 3, groups: 1, apps: 1, events: 0 },
            clock: Clock::Real,
            limits: Limits::new(RateLimits::Off, 60_000),
            live_rate: 0.0,
            push: PushSettings::default(),
            script: Arc::default(),
            faults: Vec::new(),
            journal: journal::CAPACITY,
            search_lag: Duration::ZERO,
            lateness: LogLateness::None,
            header_faults: false,
            given: Given::default(),
            journal_file: None,
            deactivate_lag: Duration::ZERO,
            api_token: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            hosts: Vec::new(),
            public_url: None,
            handler: None,
            oauth: OAuthSettings::default(),
            snapshot: None,
        }
    }
}

impl Builder {
    /// What everything generated follows from. Default 1.
    pub fn seed(mut self, seed: u64) -> Self {
        self.sizes.seed = seed;
        self
    }

    /// How many users to make. Default 3. The first one owns the API token; in larger orgs some are deactivated,
    /// staged, provisioned or suspended.
    pub fn users(mut self, users: usize) -> Self {
        self.sizes.users = users;
        self
    }

    /// How many groups to make beside `Everyone`. Default 1.
    pub fn groups(mut self, groups: usize) -> Self {
        self.sizes.groups = groups;
        self
    }

    /// How many apps to make. Default 1.
    pub fn apps(mut self, apps: usize) -> Self {
        self.sizes.apps = apps;
        self
    }

    /// How many events the System Log holds at the start, spread over the 24 hours before it. Default 0.
    pub fn events(mut self, events: usize) -> Self {
        self.sizes.events = events;
        self
    }

    /// How many changes per second happen by themselves. Default 0.
    pub fn live_rate(mut self, per_second: f64) -> Self {
        self.live_rate = if per_second.is_finite() { per_second } else { 0.0 };
        self
    }

    /// Where time comes from. Default [`Clock::Real`].
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Plays a scenario: its org settings replace what was said so far, its events and faults come on top. With a start
    /// of its own the clock begins there; [`Clock::Real`] becomes a [`Clock::Tokio`] for it.
    pub fn scenario(mut self, scenario: &Scenario) -> Self {
        let org = &scenario.org;
        let sizes = &mut self.sizes;
        sizes.seed = org.seed.unwrap_or(sizes.seed);
        sizes.users = org.users.unwrap_or(sizes.users);
        sizes.groups = org.groups.unwrap_or(sizes.groups);
        sizes.apps = org.apps.unwrap_or(sizes.apps);
        sizes.events = org.events.unwrap_or(sizes.events);
        self.live_rate = org.live_rate.unwrap_or(self.live_rate);
        if let Some(limits) = &org.limits {
            // Tried when the scenario was read.
            let _ = settings_json::apply(&mut self.limits, limits);
        }
        if let Some(start) = org.start_ms {
            self.clock = match self.clock {
                Clock::Manual(_) => Clock::Manual(start),
                Clock::Frozen(_) => Clock::Frozen(start),
                Clock::AutoAdvance(_) => Clock::AutoAdvance(start),
                Clock::Scaled { factor, .. } => Clock::Scaled { start_ms: start, factor },
                Clock::Real | Clock::Tokio(_) => Clock::Tokio(start),
            };
        }
        self.script = Arc::clone(&scenario.script);
        self
    }

    /// How many requests are remembered. Default 4,096; 0 remembers none.
    pub fn journal(mut self, requests: usize) -> Self {
        self.journal = requests;
        self
    }

    /// How long a change of a user stays hidden from `search` and `q`, which read an index at Okta. Default none.
    /// `POST /_mock/index/flush` ends the waiting.
    pub fn search_lag(mut self, lag: Duration) -> Self {
        self.search_lag = lag;
        self
    }

    /// How long a deactivation takes: the user says `transitioningToStatus: DEPROVISIONED` and refuses changes with 409
    /// `E0000112` until it is done and its events are written. Default none. Source: API reference, "Users".
    pub fn deactivate_lag(mut self, lag: Duration) -> Self {
        self.deactivate_lag = lag;
        self
    }

    /// The API token to accept. Default: one made from the seed, starting with `00mock`.
    pub fn api_token(mut self, token: impl Into<String>) -> Self {
        self.api_token = Some(token.into());
        self
    }

    /// Starts with the org of a snapshot. It says how the org is; of what else is said here only the address, the kind of
    /// clock, where pushes go, the journal and whether there is a `/_mock` count. The clock shows the snapshot's time, as
    /// [`OktaMock::restore`] says.
    pub fn snapshot(mut self, snapshot: &Snapshot) -> Self {
        self.snapshot = Some(snapshot.clone());
        self
    }

    /// Sends every push, and every verification, to a function in place of the receiver's address, so that no socket is
    /// needed. The seconds a receiver has are counted with tokio's clock.
    pub fn push_to<H, F>(mut self, handler: H) -> Self
    where
        H: Fn(Request<Bytes>) -> F + Send + Sync + 'static,
        F: Future<Output = Response<Bytes>> + Send + 'static,
    {
        self.handler = Some(Arc::new(move |request| handler(request).boxed()));
        self
    }

    /// Starts the fake on a socket. It stops when dropped.
    ///
    /// # Errors
    ///
    /// [`StartError::Listen`] when the address cannot be had.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves nothing behind.
    pub async fn start(self) -> Result<OktaMock, StartError> {
        let address = self.listen;
        let refused = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        self.start_on(listener, server::Looks::each_minute()).map_err(refused)
    }

    /// The same on a socket that is there already, with somebody who says when silent connections are looked for.
    pub(crate) fn start_on(self, listener: TcpListener, looks: server::Looks) -> io::Result<OktaMock> {
        let address = listener.local_addr()?;
        let guard = Arc::new(Guard::allowing(self.hosts.clone(), self.public_url.clone()));
        let (base, token, shared) = self.build(served::origin(address));
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let server = tokio::spawn(server::serve(listener, Arc::clone(&shared), guard, stopped, looks));
        Ok(OktaMock::new(base, token, shared, Some(Socket { address, stop, server })))
    }

    /// Starts the fake without a socket; [`OktaMock::service`] is its front. Its [`url`](OktaMock::url) is
    /// `http://127.0.0.1:1`, where nothing listens, unless [`public_url`](Self::public_url) says another.
    #[must_use]
    pub fn in_process(self) -> OktaMock {
        let (base, token, shared) = self.build(NOWHERE.to_owned());
        OktaMock::new(base, token, shared, None)
    }

    fn build(self, base: String) -> (String, String, Arc<Shared>) {
        let base = self.public_url.unwrap_or(base);
        let seed = self.sizes.seed;
        let api_token = self
            .api_token
            .unwrap_or_else(|| format!("00mock{:016x}{:016x}", mix(seed, 81, 0), mix(seed, 82, 0)));
        let settings = Settings {
            sizes: self.sizes,
            base: base.clone(),
            api_token,
            limits: self.limits,
            live_rate: self.live_rate,
            push: self.push,
            script: self.script,
            faults: self.faults,
            journal: self.journal,
            oauth: self.oauth,
            search_lag_ms: timestamp::millis(self.search_lag),
            deactivate_lag_ms: timestamp::millis(self.deactivate_lag),
            lateness: self.lateness,
            header_faults: self.header_faults,
            given: self.given,
        };
        let clock = Arc::new(Time::new(self.clock));
        let mut engine = match self.snapshot {
            None => Engine::new(settings, clock.now()),
            Some(snapshot) => {
                let mut engine = Engine::in_state(snapshot.state(), &settings);
                resume(&mut engine, &clock);
                engine
            }
        };
        engine.journal.spool(self.journal_file.is_some());
        let api_token = engine.settings.api_token.clone();
        let pusher = self.handler.map_or_else(Pusher::http, Pusher::Handler);
        (base, api_token, Shared::new(engine, clock, pusher, self.journal_file))
    }
}
