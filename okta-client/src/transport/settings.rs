//! `TransportSettings`: how requests are to be sent, as the builders of a client and of a web app are told, and what is made of it.

use std::fmt;
use std::sync::Arc;

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
#[cfg(feature = "reqwest")]
use url::Host;
use url::Url;

use super::Transport;
use crate::error::Error;

const OWN_NAME: &str = concat!("okta-client/", env!("CARGO_PKG_VERSION"));

#[derive(Default)]
pub(crate) struct TransportSettings {
    /// The caller's own, in place of the default one and of all that is set here but for the user agent.
    pub(crate) own: Option<Arc<dyn Transport>>,
    pub(crate) root_certificates: Option<Vec<u8>>,
    pub(crate) public_addresses_only: bool,
    pub(crate) proxy: Proxy,
    pub(crate) user_agent: Option<String>,
}

/// The way out of the caller's network.
#[derive(Clone, Default)]
pub(crate) enum Proxy {
    #[default]
    None,
    /// A URL, with credentials perhaps.
    At(SecretString),
    Environment,
}

impl TransportSettings {
    pub(crate) fn user_agent(&self) -> Result<HeaderValue, Error> {
        match &self.user_agent {
            Some(app) => HeaderValue::try_from(format!("{app} {OWN_NAME}"))
                .map_err(|_| Error::config("user_agent", "holds a character that no header may hold")),
            None => Ok(HeaderValue::from_static(OWN_NAME)),
        }
    }

    /// The transport to this org, for so many requests at once.
    pub(crate) fn transport(&self, org: &Url, at_once: usize) -> Result<Arc<dyn Transport>, Error> {
        let own = |field| Err(Error::config(field, "is for the default transport, and another is given"));
        match &self.own {
            Some(_) if self.root_certificates.is_some() => own("root_certificates"),
            Some(_) if self.public_addresses_only => own("public_addresses_only"),
            Some(_) if !self.proxy.is_none() => own("proxy"),
            Some(transport) => Ok(Arc::clone(transport)),
            None => self.default_transport(org, at_once),
        }
    }

    #[cfg(feature = "reqwest")]
    fn default_transport(&self, org: &Url, at_once: usize) -> Result<Arc<dyn Transport>, Error> {
        self.proxy.url()?;
        let public_only = self.public_addresses_only;
        if public_only && !self.proxy.is_none() {
            return Err(Error::config(
                "public_addresses_only",
                "cannot be kept where a proxy looks names up",
            ));
        }
        // An address is connected to without being looked up.
        let address = match org.host() {
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
            _ => None,
        };
        if public_only && address.is_some_and(|address| !super::public::is_public(address)) {
            return Err(Error::config("org_url", "is an address that is not public"));
        }
        // Such an org is on this machine, and what is not encrypted is not for a proxy to read.
        let proxy = if org.scheme() == "https" { &self.proxy } else { &Proxy::None };
        let roots = self.root_certificates.as_deref();
        let connecting = super::reqwest::Connecting { at_once, roots, proxy, public_only };
        Ok(Arc::new(super::reqwest::Reqwest::new(&connecting)?))
    }

    #[cfg(not(feature = "reqwest"))]
    fn default_transport(&self, _: &Url, _: usize) -> Result<Arc<dyn Transport>, Error> {
        Err(Error::config("transport", "is missing: the feature `reqwest` is off"))
    }
}

impl Proxy {
    /// Where it is given: its URL, checked.
    fn url(&self) -> Result<Option<Url>, Error> {
        let Self::At(url) = self else { return Ok(None) };
        let url = Url::parse(url.expose_secret()).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https") && url.path() == "/" && url.query().is_none()
        });
        let wanted = "is no URL of a proxy, such as http://proxy.example.com:3128";
        url.map(Some).ok_or_else(|| Error::config("proxy", wanted))
    }

    pub(crate) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

/// Without the credentials.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, self.url()) {
            (Self::None, _) => f.write_str("none"),
            (Self::Environment, _) => f.write_str("of the environment"),
            (Self::At(_), Ok(Some(url))) => f.write_str(&url.origin().ascii_serialization()),
            (Self::At(_), _) => f.write_str("***"),
        }
    }
}
