//! Says how a fake should be, then starts it.

pub(crate) mod given;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use http::{Request, Response};
use tokio::net::TcpListener;

use given::Given;

use crate::clock::{Clock, Time};
use crate::credentials::AdminRole;
use crate::engine::{Engine, Settings};
use crate::faults::{Act, BodyFault, Match, Pattern, Planned, When, rule_json};
use crate::guard::Guard;
use crate::journal;
use crate::limits::{Latency, Limits, RateLimits, settings_json};
use crate::mock::OktaMock;
use crate::oauth::client::{OAuthSettings, RefreshRotation};
use crate::org::id::mix;
use crate::org::lateness::LogLateness;
use crate::org::seed::Sizes;
use crate::push::PushSettings;
use crate::push::bridge::{Relay, Shape};
use crate::scenario::{Scenario, Script};
use crate::shared::{Handler, JournalFile, Pusher, Shared};
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
    api_token: Option<String>,
    listen: SocketAddr,
    hosts: Vec<String>,
    handler: Option<Handler>,
    oauth: OAuthSettings,
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
            api_token: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            hosts: Vec::new(),
            handler: None,
            oauth: OAuthSettings::default(),
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
        self.live_rate = per_second;
        self
    }

    /// Where time comes from. Default [`Clock::Real`].
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Which limits are enforced. Default [`RateLimits::Off`].
    pub fn rate_limits(mut self, limits: RateLimits) -> Self {
        self.limits.mode = limits;
        self
    }

    /// How long a rate-limit window lasts. Default 60 s, as at Okta.
    pub fn rate_window(mut self, window: Duration) -> Self {
        self.limits.window_ms = timestamp::millis(window).max(1);
        self
    }

    /// How much of a bucket one token may use, in percent from 1 to 100. Default 50, as at Okta.
    pub fn token_share(mut self, percent: u64) -> Self {
        self.limits.share = percent.clamp(1, 100);
        self
    }

    /// Sets limits as the JSON of `PUT /_mock/rate-limits` does, buckets included.
    ///
    /// # Errors
    ///
    /// [`StartError::Setup`] with what is wrong and where.
    pub fn rate_limits_json(mut self, json: &str) -> Result<Self, StartError> {
        let wrong = |wrong| StartError::Setup { what: "rate limits", wrong };
        let body =
            serde_json::from_str(json).map_err(|error| wrong(format!("not a JSON object: {error}")))?;
        settings_json::apply(&mut self.limits, &body).map_err(wrong)?;
        Ok(self)
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

    /// How long answers take on the mock's clock. Default [`Latency::None`].
    pub fn latency(mut self, latency: Latency) -> Self {
        self.limits.concurrency.latency = latency;
        self
    }

    /// How many requests may be under way at once. Default: none with [`RateLimits::Off`], 35 for an Integrator org and
    /// 75 for others. It only shows together with a [`latency`](Self::latency).
    pub fn concurrency(mut self, ceiling: u64) -> Self {
        self.limits.concurrency.given = Some(ceiling.max(1));
        self
    }

    /// How long events wait for others to go out in the same push. Default 200 ms of the mock's clock.
    pub fn batch_window(mut self, window: Duration) -> Self {
        self.push.window_ms = timestamp::millis(window);
        self
    }

    /// How long an Event Hook that was made or changed does not fire; minutes at Okta. Default none.
    pub fn hook_activation_delay(mut self, delay: Duration) -> Self {
        self.push.activation_delay_ms = timestamp::millis(delay);
        self
    }

    /// Event Hooks get events without nulls, which is the other spelling in the field. Default `false`.
    pub fn sparse_hooks(mut self, sparse: bool) -> Self {
        self.push.sparse = sparse;
        self
    }

    /// How many events Event Hooks get in 24 hours, and at how many Okta warns. Default 400,000 and 280,000.
    pub fn hook_daily_cap(mut self, cap: u64, warning: u64) -> Self {
        (self.push.daily_cap, self.push.daily_warning) = (cap, warning);
        self
    }

    /// Where the events of log streams to EventBridge end: an API destination that sends `secret` in `Authorization`.
    /// Without one AWS drops them. `POST /_mock/relay` can name another header.
    ///
    /// # Panics
    ///
    /// When the address is not an http address or no header can carry the secret.
    pub fn eventbridge_relay(mut self, url: &str, secret: &str) -> Self {
        match Relay::new(url, secret, None, Shape::Envelope) {
            Ok(relay) => self.push.relay = Some(relay),
            Err(wrong) => panic!("{wrong}"),
        }
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

    /// How long events take from happening to being stored. Default [`LogLateness::None`]. Event Hooks and log streams get
    /// events once they are stored.
    pub fn log_lateness(mut self, lateness: LogLateness) -> Self {
        self.lateness = lateness;
        self
    }

    /// How often a page of the log holds its first event twice, from 0 to 1: a fault rule named `log_dup_rate`, drawn from
    /// the seed given so far. Default never.
    pub fn log_dup_rate(mut self, rate: f64) -> Self {
        let when = When { probability: Some((rate.clamp(0.0, 1.0), self.sizes.seed)), ..When::default() };
        let name = Some("log_dup_rate".to_owned());
        let (matches, act) =
            (Match::path(Pattern::any("GET", "/api/v1/logs")), Act::Body(BodyFault::DuplicateRows));
        let (delay, jitter) = (Duration::ZERO, Duration::ZERO);
        self.faults.push(Planned { name, matches, when, act, delay, jitter, chaos: false });
        self
    }

    /// Whether a request may ask for a fault of its own: a header `X-Okta-Mock-Fault` with the `do` of a rule in JSON.
    /// Default `false`.
    pub fn header_faults(mut self, allowed: bool) -> Self {
        self.header_faults = allowed;
        self
    }

    /// Adds fault rules in the JSON of `POST /_mock/faults`, behind those of a scenario. A reset brings them back.
    ///
    /// # Errors
    ///
    /// [`StartError::Setup`] with what is wrong and where.
    pub fn faults_json(mut self, json: &str) -> Result<Self, StartError> {
        let wrong = |wrong| StartError::Setup { what: "faults", wrong };
        let rules = serde_json::from_str(json).map_err(|error| wrong(format!("not JSON: {error}")))?;
        self.faults.extend(rule_json::read_all(&rules).map_err(wrong)?);
        Ok(self)
    }

    /// Starts with a storm: `budget` faults drawn from `seed`, as [`Faults::chaos`](crate::Faults::chaos) adds them.
    pub fn chaos(mut self, seed: u64, budget: u64) -> Self {
        self.faults.extend(crate::faults::storm(seed, budget));
        self
    }

    /// The API token to accept. Default: one made from the seed, starting with `00mock`.
    pub fn api_token(mut self, token: impl Into<String>) -> Self {
        self.api_token = Some(token.into());
        self
    }

    /// Whether the service app gets its tokens with DPoP only, as new service apps do at Okta. Default `false`.
    pub fn require_dpop(mut self, required: bool) -> Self {
        self.oauth.require_dpop = required;
        self
    }

    /// How long a DPoP nonce is the newest; it is taken for three times as long after that. Default 24 hours, as at
    /// Okta; at least a millisecond.
    pub fn dpop_nonce_age(mut self, age: Duration) -> Self {
        self.oauth.nonce_age_ms = timestamp::millis(age);
        self
    }

    /// The `okta.*` scopes granted to the service app. Default: those of everything the mock has.
    pub fn service_app_scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.oauth.service_scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// The admin roles of the service app; a scope without a role opens nothing. Default [`AdminRole::SuperAdmin`].
    pub fn service_app_roles(mut self, roles: impl IntoIterator<Item = AdminRole>) -> Self {
        self.oauth.service_roles = roles.into_iter().collect();
        self
    }

    /// The `okta.*` scopes granted to the web app. Default: as the service app's.
    pub fn web_app_scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.oauth.web_scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Where the web app wants its users back: the one URI that `/authorize` redirects to, compared as text. Default
    /// `http://127.0.0.1:8080/callback`.
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.oauth.redirect_uri = uri.into();
        self
    }

    /// Whether the web app's refresh tokens are replaced when used. Default [`RefreshRotation::Static`].
    pub fn refresh_rotation(mut self, rotation: RefreshRotation) -> Self {
        self.oauth.rotation = rotation;
        self
    }

    /// The address of the socket. Default `127.0.0.1:0`, a free port of this machine only.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// One more name in `Host` under which `/_mock` answers over a socket. Addresses, `localhost`, names without a dot and
    /// names under private domains (`.test`, `.local`, `.internal`, …) need no leave; any other could be a web page's
    /// own name, pointed at this machine.
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.hosts.push(name.into());
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
        let base = format!("http://{}", listener.local_addr().map_err(refused)?);
        let guard = Arc::new(Guard::allowing(self.hosts.clone()));
        let (base, token, shared) = self.build(base);
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let server = tokio::spawn(server::serve(listener, Arc::clone(&shared), guard, stopped));
        Ok(OktaMock::new(base, token, shared, Some((stop, server))))
    }

    /// Starts the fake without a socket; [`OktaMock::service`] is its front. Its [`url`](OktaMock::url) is
    /// `http://127.0.0.1:1`, where nothing listens.
    #[must_use]
    pub fn in_process(self) -> OktaMock {
        let (base, token, shared) = self.build(NOWHERE.to_owned());
        OktaMock::new(base, token, shared, None)
    }

    fn build(self, base: String) -> (String, String, Arc<Shared>) {
        let seed = self.sizes.seed;
        let api_token = self
            .api_token
            .unwrap_or_else(|| format!("00mock{:016x}{:016x}", mix(seed, 81, 0), mix(seed, 82, 0)));
        let settings = Settings {
            sizes: self.sizes,
            base: base.clone(),
            api_token: api_token.clone(),
            limits: self.limits,
            live_rate: self.live_rate,
            push: self.push,
            script: self.script,
            faults: self.faults,
            journal: self.journal,
            oauth: self.oauth,
            search_lag_ms: timestamp::millis(self.search_lag),
            lateness: self.lateness,
            header_faults: self.header_faults,
            given: self.given,
        };
        let clock = Arc::new(Time::new(self.clock));
        let mut engine = Engine::new(settings, clock.now());
        engine.journal.spool(self.journal_file.is_some());
        let pusher = self.handler.map_or_else(Pusher::http, Pusher::Handler);
        (base, api_token, Shared::new(engine, clock, pusher, self.journal_file))
    }
}
