//! The default transport. This is the only file that names reqwest.
//!
//! Everything reqwest does by itself is switched off: redirects (a credential belongs to one origin), retries (the client
//! has its own table), key logging, and proxies from the environment unless they are asked for. Decompression stays on.

use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::TryStreamExt;
use secrecy::ExposeSecret;

use super::public::all_public;
use super::settings::Proxy;
use super::{Body, Transport, TransportError};
use crate::error::{BoxError, Error};

pub(crate) struct Reqwest(::reqwest::Client);

/// What is asked of its connections.
pub(crate) struct Connecting<'a> {
    /// Requests under way, at most.
    pub(crate) at_once: usize,
    /// PEM, in place of what this machine believes.
    pub(crate) roots: Option<&'a [u8]>,
    pub(crate) proxy: &'a Proxy,
    pub(crate) public_only: bool,
}

/// How much of an answer may arrive before somebody reads it.
const STREAM_WINDOW: u32 = 2 * 1024 * 1024;
/// HTTP/2 knows no larger window.
const MAX_WINDOW: u32 = (1 << 31) - 1;

impl Reqwest {
    pub(crate) fn new(connecting: &Connecting<'_>) -> Result<Self, Error> {
        let answers = u32::try_from(connecting.at_once).unwrap_or(u32::MAX);
        let mut builder = ::reqwest::Client::builder();
        if let Some(pem) = connecting.roots {
            builder = builder.tls_certs_only(certificates(pem)?);
        }
        builder = match connecting.proxy {
            Proxy::None => builder.no_proxy(),
            Proxy::At(url) => builder.proxy(
                ::reqwest::Proxy::https(url.expose_secret())
                    .map_err(|_| Error::config("proxy", "is not understood by the HTTP client"))?,
            ),
            // Its default.
            Proxy::Environment => builder,
        };
        if connecting.public_only {
            builder = builder.dns_resolver(PublicOnly);
        }
        let client = builder
            .redirect(::reqwest::redirect::Policy::none())
            .retry(::reqwest::retry::never())
            .referer(false)
            // HTTP/2's usual 16 KiB frames cost a large page twice the time of one big one.
            .http2_max_frame_size(1024 * 1024)
            // Pages that were fetched ahead lie unread for a while. All of them together must not fill the connection, or the page
            // that everyone waits for could not arrive.
            .http2_initial_stream_window_size(STREAM_WINDOW)
            .http2_initial_connection_window_size(STREAM_WINDOW.saturating_mul(answers).min(MAX_WINDOW))
            .connect_timeout(Duration::from_secs(10))
            .build()
            .map_err(|error| Error::Config {
                field: "transport",
                reason: "the HTTP client cannot start".into(),
                source: Some(error.into()),
            })?;
        Ok(Self(client))
    }
}

/// Looks a name up for every connection and hands on what is public, so that what was looked at is what is connected to: a name that
/// changes its mind between the two gains nothing.
struct PublicOnly;

impl ::reqwest::dns::Resolve for PublicOnly {
    fn resolve(&self, name: ::reqwest::dns::Name) -> ::reqwest::dns::Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(all_public(found)?.into_iter()) as ::reqwest::dns::Addrs)
        })
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<::reqwest::Certificate>, Error> {
    let field = "root_certificates";
    match ::reqwest::Certificate::from_pem_bundle(pem) {
        Ok(certificates) if certificates.is_empty() => {
            Err(Error::config(field, "hold no certificate in PEM"))
        }
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(Error::Config {
            field,
            reason: "are no certificates in PEM".into(),
            source: Some(error.into()),
        }),
    }
}

impl Transport for Reqwest {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Body>, TransportError>> {
        let client = self.0.clone();
        Box::pin(async move {
            let request = ::reqwest::Request::try_from(request).map_err(failure)?;
            let mut answer = client.execute(request).await.map_err(failure)?;
            let mut response = http::Response::new(());
            *response.status_mut() = answer.status();
            *response.headers_mut() = std::mem::take(answer.headers_mut());
            Ok(response.map(|()| Body::from_stream(answer.bytes_stream().map_err(failure))))
        })
    }
}

/// The URL may hold a cursor or an e-mail address, so it is taken out. What never got a connection was never sent.
fn failure(error: ::reqwest::Error) -> TransportError {
    let sent = !(error.is_connect() || error.is_builder());
    TransportError { sent, source: BoxError::from(error.without_url()) }
}
