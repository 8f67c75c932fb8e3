//! `Client`: the way to one Okta org. A cheap clone; all clones share one pace, one connection pool, one credential.

mod builder;
mod env;
mod resources;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::stream::{self, Stream, StreamExt};
use http::{HeaderValue, Method};
use serde::de::DeserializeOwned;
use url::Url;

pub use self::builder::ClientBuilder;
use crate::crawl::Crawl;
use crate::credentials::{Credential, Org};
use crate::cursor::{Cursor, ResumeToken};
use crate::error::Error;
use crate::origin::Origins;
use crate::pacing::{BucketSnapshot, Manner, Pacer, Priority};
use crate::paginated::Paginated;
use crate::raw::Raw;
use crate::request::RequestBuilder;
use crate::retry;
use crate::transport::Transport;
use crate::transport::settings::Proxy;

/// A client of one org.
///
/// Every call needs a tokio runtime around it; without one it is an [`Error::Config`].
///
/// # Panics
/// A call panics within a tokio runtime that was built without its timers (`enable_time` or `enable_all`). Tokio offers no
/// way to find that out beforehand.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    manner: Manner,
}

pub(crate) struct Inner {
    pub(crate) origins: Origins,
    pub(crate) credential: Arc<dyn Credential>,
    pub(crate) org: Org,
    pub(crate) user_agent: HeaderValue,
    pub(crate) transport: Arc<dyn Transport>,
    /// Of the default transport, to be shown.
    proxy: Proxy,
    pub(crate) retry: retry::Policy,
    pub(crate) pacer: Arc<Pacer>,
    pub(crate) timeout: Duration,
    pub(crate) max_body_bytes: usize,
    random: Mutex<fastrand::Rng>,
}

impl Client {
    /// Starts to configure a client of the org at `org_url`, such as `https://example.okta.com`.
    pub fn builder(org_url: impl AsRef<str>) -> ClientBuilder {
        ClientBuilder::new(org_url.as_ref())
    }

    /// A client as Okta's own SDKs configure it, from the environment and, for what is not set there, `./okta.yaml` and then
    /// `~/.okta/okta.yaml`:
    ///
    /// | variable | under `okta.client` in a file | |
    /// |---|---|---|
    /// | `OKTA_CLIENT_ORGURL` | `orgUrl` | |
    /// | `OKTA_CLIENT_AUTHORIZATIONMODE` | `authorizationMode` | `SSWS` (the default), `Bearer` or `PrivateKey` |
    /// | `OKTA_CLIENT_TOKEN` | `token` | for `SSWS` and `Bearer` |
    /// | `OKTA_CLIENT_CLIENTID` | `clientId` | for `PrivateKey`, as all that follow |
    /// | `OKTA_CLIENT_SCOPES` | `scopes` | separated by spaces or commas; in a file also a list |
    /// | `OKTA_CLIENT_PRIVATEKEY` | `privateKey` | PEM, a JWK, or a path to a file with either |
    /// | `OKTA_CLIENT_KID` | `kid` | the key's name at Okta |
    /// | `OKTA_CLIENT_DPOPENABLED` | `dpopEnabled` | `false` for tokens that are not bound to a key |
    ///
    /// A token or key is never used for a URL from another source: URL and secret are both in the environment or both in one file, or
    /// the environment's URL is the `orgUrl` of the file with the secret. Here Okta's SDKs are less strict.
    ///
    /// # Errors
    /// [`Error::Config`] names the variable that is missing, refused or not UTF-8, and the file where that is one. `PrivateKey` needs
    /// the feature `oauth`.
    ///
    /// **Source**: Okta, "Okta SDK configuration".
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }

    /// The org's URL: scheme, host and port.
    pub fn org_url(&self) -> &Url {
        self.inner.origins.org()
    }

    /// The same client for requests of this priority: pace, connections and credential stay shared.
    ///
    /// ```
    /// # fn of(client: &okta_client::Client) {
    /// use okta_client::Priority;
    ///
    /// let tail = client.priority(Priority::Live);
    /// let history = client.priority(Priority::Backfill);
    /// # }
    /// ```
    #[must_use]
    pub fn priority(&self, priority: Priority) -> Self {
        let manner = Manner { priority, ..self.manner };
        Self { inner: Arc::clone(&self.inner), manner }
    }

    /// The same client for requests that may wait so long: for their turn within the rate limits, for their credential, and between
    /// attempts. One that is known to wait longer fails at once with [`Error::WouldWait`], which says how long. Default: no bound.
    ///
    /// Of a listing it bounds the waits for each page.
    #[must_use]
    #[doc(alias = "deadline")]
    pub fn max_wait(&self, max_wait: Duration) -> Self {
        let manner = Manner { max_wait: Some(max_wait), ..self.manner };
        Self { inner: Arc::clone(&self.inner), manner }
    }

    /// One document, by path: `/api/v1/org`.
    ///
    /// # Errors
    /// As [`RequestBuilder::send`]; [`Error::Decode`] where the answer is not a `T`.
    ///
    /// # Cancel safety
    /// Dropping the future gives the call up. Nothing is changed by it.
    pub async fn get<T: DeserializeOwned>(&self, path: impl AsRef<str>) -> Result<Raw<T>, Error> {
        self.request(Method::GET, path).document().await
    }

    /// Any listing that pages by `Link` header, by path: `/api/v1/policies?type=ACCESS_POLICY`.
    pub fn paginate<T: DeserializeOwned + Send + 'static>(&self, path: impl AsRef<str>) -> Paginated<T> {
        self.list(self.inner.origins.resolve(path.as_ref()))
    }

    /// A listing from where it was left, whichever it was.
    pub fn resume<T: DeserializeOwned + Send + 'static>(&self, token: ResumeToken) -> Paginated<T> {
        Paginated::new(self.clone(), Ok(token.0))
    }

    /// The listings of many parents as one stream: the members of every group, the users of every app. Many run at once, and
    /// the rate-limit bucket is kept busy to the end.
    ///
    /// ```
    /// # use futures::StreamExt;
    /// # async fn of(client: okta_client::Client, groups: Vec<okta_client::GroupId>) {
    /// use okta_client::Crawled;
    ///
    /// let members = client.groups();
    /// let mut crawl = client.crawl(groups, move |group| members.members(group).paginate());
    /// while let Some(crawled) = crawl.next().await {
    ///     match crawled {
    ///         Crawled::Item { parent: group, item: user } => println!("{} is in {group}", user.id),
    ///         Crawled::Complete { parent: group, items, .. } => println!("{group} has {items} members"),
    ///         Crawled::Failed { parent: group, error } => eprintln!("{group}: {error}"),
    ///         _ => {}
    ///     }
    /// }
    /// # }
    /// ```
    pub fn crawl<P, T>(
        &self,
        parents: impl IntoIterator<Item = P, IntoIter: Send + 'static>,
        list: impl FnMut(&P) -> Paginated<T> + Send + 'static,
    ) -> Crawl<P, T>
    where
        P: Send + Sync + 'static,
        T: DeserializeOwned + Send + 'static,
    {
        self.crawl_stream(stream::iter(parents.into_iter().map(Ok)), list)
    }

    /// As [`crawl`](Self::crawl), of parents that are themselves still being listed, such as `users().list().paginate()`.
    pub fn crawl_stream<P, T>(
        &self,
        parents: impl Stream<Item = Result<P, Error>> + Send + 'static,
        list: impl FnMut(&P) -> Paginated<T> + Send + 'static,
    ) -> Crawl<P, T>
    where
        P: Send + Sync + 'static,
        T: DeserializeOwned + Send + 'static,
    {
        Crawl::new(self.clone(), parents.boxed(), list)
    }

    /// Any request.
    pub fn request(&self, method: Method, path: impl AsRef<str>) -> RequestBuilder {
        RequestBuilder::new(self.clone(), method, path.as_ref())
    }

    /// What is known about every rate-limit bucket used so far.
    pub fn rate_limits(&self) -> Vec<BucketSnapshot> {
        self.inner.pacer.snapshots()
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }

    pub(crate) fn manner(&self) -> Manner {
        self.manner
    }

    /// Lists from a URL of this org.
    pub(crate) fn list<T: DeserializeOwned + Send + 'static>(&self, url: Result<Url, Error>) -> Paginated<T> {
        let refused = |_| Error::config("query", "makes a URL that is too long, or holds a backslash");
        let first = url.and_then(|url| Cursor::of(&url).map_err(refused));
        Paginated::new(self.clone(), first)
    }

    /// A request to `/api/v1/` and these segments.
    pub(crate) fn api(&self, method: Method, segments: &[&str]) -> RequestBuilder {
        RequestBuilder::at(self.clone(), method, self.api_url(segments))
    }

    /// The URL of `/api/v1/` and these segments.
    pub(crate) fn api_url(&self, segments: &[&str]) -> Result<Url, Error> {
        self.url(&[&["api", "v1"], segments].concat())
    }

    /// The URL of a path given by its segments. Each is encoded, so an id cannot climb out of its place.
    pub(crate) fn url(&self, segments: &[&str]) -> Result<Url, Error> {
        let mut url = self.org_url().clone();
        if segments.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
            return Err(Error::config("id", "is empty or a dot segment"));
        }
        // The URL standard drops tabs and newlines in silence, and what is left may be one of the above.
        if segments.iter().any(|segment| segment.chars().any(char::is_control)) {
            return Err(Error::config("id", "holds a control character"));
        }
        url.path_segments_mut()
            .map_err(|()| Error::config("org_url", "cannot hold a path"))?
            .clear()
            .extend(segments);
        Ok(url)
    }
}

impl Inner {
    /// The runtime that waits and reads ahead. Without one tokio would panic.
    pub(crate) fn runtime() -> Result<tokio::runtime::Handle, Error> {
        tokio::runtime::Handle::try_current().map_err(|error| Error::Config {
            field: "runtime",
            reason: "a client must be used within a tokio runtime".into(),
            source: Some(error.into()),
        })
    }

    /// A number in `0.0..1.0`.
    pub(crate) fn jitter(&self) -> f64 {
        self.random.lock().unwrap_or_else(PoisonError::into_inner).f64()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Client");
        shown.field("org_url", &self.org_url().as_str());
        if !self.inner.proxy.is_none() {
            shown.field("proxy", &self.inner.proxy);
        }
        shown.finish_non_exhaustive()
    }
}
