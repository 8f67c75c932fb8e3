//! Which URL a request went to, as far as a signature may name it.

use bytes::Bytes;
use http::Request;
use http::header::HOST;
use url::Url;

/// The URLs that mean this request: at the mock's own origin, and at the host that the caller named, which may be
/// another name of the same machine or a proxy's.
pub(crate) struct Targets(Vec<String>);

impl Targets {
    pub(crate) fn of(base: &str, request: &Request<Bytes>) -> Self {
        let path = request.uri().path();
        let mut targets = vec![format!("{base}{path}")];
        let named = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        let named = named.or_else(|| request.uri().authority().map(http::uri::Authority::as_str));
        if let Some(host) = named {
            targets.extend(["http", "https"].map(|scheme| format!("{scheme}://{host}{path}")));
        }
        Self(targets)
    }

    /// Whether this is one of them. Scheme and host are compared without their case, a default port is no port.
    pub(crate) fn has(&self, url: &str) -> bool {
        let same = |target: &String| {
            target == url || matches!((Url::parse(target), Url::parse(url)), (Ok(a), Ok(b)) if a == b)
        };
        self.0.iter().any(same)
    }
}
