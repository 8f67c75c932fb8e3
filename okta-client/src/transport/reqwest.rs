//! The default transport. This is the only file that names reqwest.
//!
//! Everything reqwest does by itself is switched off: redirects (a credential belongs to one origin), retries (the client
//! has its own table), proxies and key logging from the environment. Decompression stays on.

use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::TryStreamExt;

use super::{Body, Transport, TransportError};
use crate::error::{BoxError, Error};

pub(crate) struct Reqwest(::reqwest::Client);

impl Reqwest {
    pub(crate) fn new() -> Result<Self, Error> {
        let client = ::reqwest::Client::builder()
            .redirect(::reqwest::redirect::Policy::none())
            .retry(::reqwest::retry::never())
            .no_proxy()
            .referer(false)
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

impl Transport for Reqwest {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Body>, TransportError>> {
        let client = self.0.clone();
        Box::pin(async move {
            let request = ::reqwest::Request::try_from(request).map_err(failure)?;
            let response: http::Response<::reqwest::Body> =
                client.execute(request).await.map_err(failure)?.into();
            Ok(response.map(|body| {
                let chunks = http_body_stream(body);
                Body::from_stream(chunks)
            }))
        })
    }
}

fn http_body_stream(
    body: ::reqwest::Body,
) -> impl futures::Stream<Item = Result<Bytes, TransportError>> + Send + 'static {
    let response = ::reqwest::Response::from(http::Response::new(body));
    response.bytes_stream().map_err(failure)
}

/// The URL may hold a cursor or an e-mail address, so it is taken out. What never got a connection was never sent.
fn failure(error: ::reqwest::Error) -> TransportError {
    let sent = !(error.is_connect() || error.is_builder());
    TransportError { sent, source: BoxError::from(error.without_url()) }
}
