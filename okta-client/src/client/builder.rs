//! `ClientBuilder`: every setting of a client, all of them checked in `build`.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::SecretString;

use super::{Client, Inner};
use crate::credentials::{Credential, FixedToken, Org};
use crate::error::Error;
use crate::origin::{Origins, of_okta_or, parse_org_url};
use crate::pacing::{Manner, Pacer};
use crate::retry;
use crate::transport::Transport;
use crate::transport::settings::{Proxy, TransportSettings};

/// Settings of a [`Client`].
#[must_use = "a builder does nothing until it is built"]
pub struct ClientBuilder {
    org_url: String,
    aliases: Vec<String>,
    credentials: Vec<Arc<dyn Credential>>,
    sending: TransportSettings,
    custom_domains: Option<Vec<String>>,
    timeout: Duration,
    max_body_bytes: usize,
    retry: retry::Policy,
    reserve: f64,
    max_concurrency: usize,
    max_requests_per_minute: Option<NonZeroU32>,
    jitter_seed: Option<u64>,
}

impl ClientBuilder {
    pub(super) fn new(org_url: &str) -> Self {
        Self {
            org_url: org_url.to_owned(),
            aliases: Vec::new(),
            credentials: Vec::new(),
            sending: TransportSettings::default(),
            custom_domains: None,
            timeout: Duration::from_secs(60),
            max_body_bytes: 64 * 1024 * 1024,
            retry: retry::Policy::default(),
            reserve: 0.10,
            max_concurrency: 35,
            max_requests_per_minute: None,
            jitter_seed: None,
        }
    }

    /// An API token, sent as `Authorization: SSWS …`.
    #[doc(alias = "SSWS")]
    pub fn api_token(self, token: impl Into<SecretString>) -> Self {
        self.credential(FixedToken::api_token(token.into()))
    }

    /// An OAuth access token obtained elsewhere, sent as `Authorization: Bearer …`.
    pub fn bearer_token(self, token: impl Into<SecretString>) -> Self {
        self.credential(FixedToken::bearer(token.into()))
    }

    /// Any other credential: a service app, a user's session, one of your own. It is sent to this org and nowhere else.
    pub fn credential(mut self, credential: impl Credential) -> Self {
        self.credentials.push(Arc::new(credential));
        self
    }

    /// How requests are sent. Default: reqwest, if that feature is on.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.sending.own = Some(Arc::new(transport));
        self
    }

    /// The only authorities whose certificates the default transport believes, as one or more certificates in PEM: for a network
    /// whose proxy looks into TLS. Default: those of this machine. Certificates are always checked.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.sending.root_certificates = Some(pem.into());
        self
    }

    /// The HTTP proxy that the default transport reaches the org by, such as `http://user:password@proxy.example.com:3128`. It passes on what
    /// it cannot read: TLS is between this program and the org, so it never sees the credential. Default: none. An org over plain `http`,
    /// which is on this machine, is reached without it.
    pub fn proxy(mut self, url: impl Into<SecretString>) -> Self {
        self.sending.proxy = Proxy::At(url.into());
        self
    }

    /// Has the default transport take its [proxy](Self::proxy) from the environment: `HTTPS_PROXY` or `ALL_PROXY`, unless `NO_PROXY` names
    /// the org. Default: the environment is not asked. `Debug` of the client shows it.
    pub fn proxy_from_env(mut self) -> Self {
        self.sending.proxy = Proxy::Environment;
        self
    }

    /// The default transport connects to public addresses only, whatever the host's name resolves to at that moment. For an org URL that
    /// somebody else typed in: nobody reaches into your network by naming a machine of it. Not together with a proxy, which looks names up
    /// itself. Default: off.
    #[doc(alias = "SSRF")]
    pub fn public_addresses_only(mut self) -> Self {
        self.sending.public_addresses_only = true;
        self
    }

    /// The org URL must be of one of Okta's own domains, such as `acme.okta.com`, or be one of these custom domains, and name no port.
    /// For an org URL that somebody else typed in. Default: any host.
    ///
    /// **Source**: Okta, "Org URL domain name".
    pub fn okta_domains_only<S: Into<String>>(mut self, custom_domains: impl IntoIterator<Item = S>) -> Self {
        self.custom_domains = Some(custom_domains.into_iter().map(Into::into).collect());
        self
    }

    /// Put before this crate's own name in `User-Agent`, such as `my-app/1.2`. Default: nothing.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.sending.user_agent = Some(user_agent.into());
        self
    }

    /// How long an attempt may take to its headers, and again to the end of its body. Default: 60 s (Okta lets a query run for 30 s).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How large an answer may be, after decompression. Default: 64 MiB.
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// How often one request is sent, at most. Default: 6. 1 switches retries off. A request that was refused for its token or proof is
    /// sent again beside that, once for each reason.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.retry.max_attempts = attempts;
        self
    }

    /// How long one request is tried, pauses between attempts included and waiting for a turn within the rate limits not.
    /// A pause that would exceed it is not begun. Default: 5 minutes.
    pub fn max_retry_time(mut self, time: Duration) -> Self {
        self.retry.max_time = time;
        self
    }

    /// The share of each rate-limit window left to others who share the org: 0.0 to 0.9. Default: 0.10.
    /// Using the last request of a window makes Okta report a violation to the org's admins.
    pub fn reserve(mut self, share: f64) -> Self {
        self.reserve = share;
        self
    }

    /// How many requests are under way at once, at most. Default: 35, Okta's smallest limit. Lowered for a while when Okta complains.
    /// A request whose future nobody polls is under way all the same.
    pub fn max_concurrency(mut self, requests: usize) -> Self {
        self.max_concurrency = requests;
        self
    }

    /// A cap of your own over all requests of this client, spread evenly over the minute. Default: none; Okta's limits are learned.
    pub fn max_requests_per_minute(mut self, requests: NonZeroU32) -> Self {
        self.max_requests_per_minute = Some(requests);
        self
    }

    /// Another origin that Okta's links may name for the same org, such as its custom domain. Requests still go to the org's URL.
    pub fn alias_origin(mut self, origin: impl AsRef<str>) -> Self {
        self.aliases.push(origin.as_ref().to_owned());
        self
    }

    /// Makes the random part of waits repeatable, for tests. Default: random.
    pub fn jitter_seed(mut self, seed: u64) -> Self {
        self.jitter_seed = Some(seed);
        self
    }

    /// Checks every setting and makes the client.
    ///
    /// # Errors
    /// [`Error::Config`] names the first setting that is refused. It never shows a secret.
    pub fn build(self) -> Result<Client, Error> {
        let org = parse_org_url("org_url", &self.org_url)?;
        if let Some(custom) = &self.custom_domains {
            of_okta_or(&org, custom)?;
        }
        let aliases = self
            .aliases
            .iter()
            .map(|alias| parse_org_url("alias_origin", alias))
            .collect::<Result<_, _>>()?;
        let [credential] = <[Arc<dyn Credential>; 1]>::try_from(self.credentials).map_err(|all| {
            Error::config(
                "credentials",
                if all.is_empty() {
                    "are missing: an API token, a service app or another"
                } else {
                    "are given more than once"
                },
            )
        })?;
        in_range("timeout", !self.timeout.is_zero(), "must not be zero")?;
        in_range("max_body_bytes", self.max_body_bytes > 0, "must not be zero")?;
        in_range("max_attempts", self.retry.max_attempts > 0, "must not be zero")?;
        in_range("max_concurrency", self.max_concurrency > 0, "must not be zero")?;
        in_range("reserve", (0.0..=0.9).contains(&self.reserve), "must be 0.0 to 0.9")?;
        let user_agent = self.sending.user_agent()?;
        let transport = self.sending.transport(&org, self.max_concurrency)?;
        // Last, because it may bind the credential to this org: a client that cannot be built must not.
        credential.attach(&org)?;
        let mut random = self.jitter_seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        let at = Org::new(
            org.clone(),
            Arc::clone(&transport),
            user_agent.clone(),
            self.timeout,
            self.retry,
            random.fork(),
        );
        Ok(Client {
            manner: Manner::default(),
            inner: Arc::new(Inner {
                origins: Origins::new(org, aliases),
                credential,
                org: at,
                user_agent,
                transport,
                proxy: self.sending.proxy,
                retry: self.retry,
                pacer: Arc::new(Pacer::new(self.reserve, self.max_concurrency, self.max_requests_per_minute)),
                timeout: self.timeout,
                max_body_bytes: self.max_body_bytes,
                random: Mutex::new(random),
            }),
        })
    }
}

fn in_range(field: &'static str, good: bool, reason: &'static str) -> Result<(), Error> {
    if good { Ok(()) } else { Err(Error::config(field, reason)) }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL is not checked yet and may hold a password.
        f.debug_struct("ClientBuilder").field("credentials", &format_args!("***")).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(org_url: &str) -> ClientBuilder {
        let empty = |_| std::future::ready(http::Response::new(bytes::Bytes::new()));
        Client::builder(org_url).transport(crate::transport::from_fn(empty))
    }

    fn builder() -> ClientBuilder {
        of("https://acme.okta.com").api_token("00Ttoken")
    }

    #[test]
    fn build_names_the_setting_that_it_refuses() {
        assert!(builder().build().is_ok());
        for (builder, field) in [
            (of("http://acme.okta.com").api_token("00Ttoken"), "org_url"),
            (of("https://acme.okta.com"), "credentials"),
            (builder().bearer_token("x"), "credentials"),
            (of("https://acme.okta.com").api_token("00T\ntoken"), "api_token"),
            (builder().timeout(Duration::ZERO), "timeout"),
            (builder().max_attempts(0), "max_attempts"),
            (builder().max_concurrency(0), "max_concurrency"),
            (builder().max_body_bytes(0), "max_body_bytes"),
            (builder().reserve(1.0), "reserve"),
            (builder().root_certificates("x"), "root_certificates"),
            (builder().proxy("http://proxy.example.com:3128"), "proxy"),
            (builder().proxy_from_env(), "proxy"),
            (builder().public_addresses_only(), "public_addresses_only"),
            (builder().reserve(f64::NAN), "reserve"),
            (builder().user_agent("a\nb"), "user_agent"),
            (builder().alias_origin("evil"), "alias_origin"),
        ] {
            match builder.build() {
                Err(Error::Config { field: named, .. }) => assert_eq!(named, field),
                other => panic!("{field}: {other:?}"),
            }
        }
    }

    #[test]
    fn xa01_debug_shows_no_secret() {
        let builder = of("https://user:00Tpassword@acme.okta.com").api_token("00Ttoken");
        let before = format!("{builder:?}");
        assert!(!format!("{before} {:?}", builder.build()).contains("00T"));
        let client = self::builder().build().expect("valid");
        assert!(!format!("{client:?} {client:#?}").contains("00Ttoken"));
    }
}
