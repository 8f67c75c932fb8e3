//! Says how a fake should be, then starts it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use http::{Request, Response};
use tokio::net::TcpListener;

use crate::clock::{Clock, Time};
use crate::engine::{Engine, Settings};
use crate::limits::RateLimits;
use crate::mock::OktaMock;
use crate::org::id::mix;
use crate::org::seed::Sizes;
use crate::shared::{Handler, Pusher, Shared};
use crate::{server, timestamp};

/// The origin of a fake without a socket. Nothing listens there.
const NOWHERE: &str = "http://127.0.0.1:1";

/// Settings of a fake; [`OktaMock::builder`] makes one.
#[derive(Clone)]
#[must_use = "nothing happens until `start` or `in_process`"]
pub struct Builder {
    sizes: Sizes,
    clock: Clock,
    rate_limits: RateLimits,
    rate_window: Duration,
    live_rate: f64,
    batch_window: Duration,
    search_lag: Duration,
    api_token: Option<String>,
    listen: SocketAddr,
    handler: Option<Handler>,
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
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            sizes: Sizes { seed: 1, users: 3, groups: 1, apps: 1, events: 0 },
            clock: Clock::Real,
            rate_limits: RateLimits::Off,
            rate_window: Duration::from_secs(60),
            live_rate: 0.0,
            batch_window: Duration::from_millis(200),
            search_lag: Duration::ZERO,
            api_token: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            handler: None,
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
        self.rate_limits = limits;
        self
    }

    /// How long a rate-limit window lasts. Default 60 s, as at Okta.
    pub fn rate_window(mut self, window: Duration) -> Self {
        self.rate_window = window;
        self
    }

    /// How long events wait for others to go out in the same push. Default 200 ms of the mock's clock.
    pub fn batch_window(mut self, window: Duration) -> Self {
        self.batch_window = window;
        self
    }

    /// How long a change of a user stays hidden from `search` and `q`, which read an index at Okta. Default none.
    /// `POST /_mock/index/flush` ends the waiting.
    pub fn search_lag(mut self, lag: Duration) -> Self {
        self.search_lag = lag;
        self
    }

    /// The API token to accept. Default: one made from the seed, starting with `00mock`.
    pub fn api_token(mut self, token: impl Into<String>) -> Self {
        self.api_token = Some(token.into());
        self
    }

    /// The address of the socket. Default `127.0.0.1:0`, a free port of this machine only.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Sends every Event Hook request to a function in place of the hook's address, so that no socket is needed. The
    /// three seconds a receiver has are counted with tokio's clock.
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
        let (base, token, shared) = self.build(base);
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let server = tokio::spawn(server::serve(listener, Arc::clone(&shared), stopped));
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
            rate_limits: self.rate_limits,
            rate_window_ms: timestamp::millis(self.rate_window),
            live_rate: self.live_rate,
            batch_window_ms: timestamp::millis(self.batch_window),
            search_lag_ms: timestamp::millis(self.search_lag),
        };
        let clock = Arc::new(Time::new(self.clock));
        let engine = Engine::new(settings, clock.now());
        let pusher = self.handler.map_or_else(Pusher::http, Pusher::Handler);
        (base, api_token, Shared::new(engine, clock, pusher))
    }
}
