//! `Transport`: one HTTP request in, one HTTP response out. Everything else (credentials, retries, pace, paging) is above it.
//!
//! The default is reqwest ([`reqwest`](crate) feature). Any function will do instead: [`from_fn`] takes an async closure,
//! which is how tests run without a socket and how a company's own HTTP stack is plugged in.
//!
//! A transport must not follow redirects, send cookies, or read proxies and credentials from the environment unasked.

#[cfg(feature = "reqwest")]
pub(crate) mod public;
#[cfg(feature = "reqwest")]
pub(crate) mod reqwest;
pub(crate) mod settings;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::future::{BoxFuture, Future};
use futures::stream::{BoxStream, Stream, StreamExt};

use crate::error::BoxError;

/// Sends one request.
pub trait Transport: Send + Sync + 'static {
    /// Sends `request` and resolves when the answer's headers are there; the body follows as a stream.
    ///
    /// An error status is an answer, not an error.
    ///
    /// # Errors
    /// [`TransportError`] where no answer arrived; it says whether the request may have.
    ///
    /// # Cancel safety
    /// Dropping the future gives the request up. Whether it arrived is then unknown.
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Body>, TransportError>>;
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Body>, TransportError>> {
        (**self).send(request)
    }
}

/// No complete answer.
#[derive(Debug, thiserror::Error)]
#[error("{}", if *sent { "the connection failed before the answer was complete" } else { "the request could not be sent" })]
#[non_exhaustive]
pub struct TransportError {
    /// Whether the server may have received the request. `false` only where that is certain.
    pub sent: bool,
    /// What happened. Must not hold the URL's query or a header.
    pub source: BoxError,
}

impl TransportError {
    /// The request certainly never left.
    pub fn not_sent(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { sent: false, source: source.into() }
    }

    /// The request may have arrived.
    pub fn lost(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { sent: true, source: source.into() }
    }
}

/// A response body: chunks of bytes, decompressed.
pub struct Body(BoxStream<'static, Result<Bytes, TransportError>>);

impl Body {
    /// A body that arrives in pieces.
    pub fn from_stream(chunks: impl Stream<Item = Result<Bytes, TransportError>> + Send + 'static) -> Self {
        Self(chunks.boxed())
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::from_stream(futures::stream::iter((!bytes.is_empty()).then_some(Ok(bytes))))
    }
}

impl Stream for Body {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(cx)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Body { .. }")
    }
}

/// A transport made of an async function that returns a response, or a `Result` of one.
///
/// ```
/// use bytes::Bytes;
/// use okta_client::transport;
///
/// let empty_org = transport::from_fn(|_request| async { http::Response::new(Bytes::from_static(b"[]")) });
/// ```
pub fn from_fn<F, Fut>(function: F) -> FromFn<F>
where
    F: Fn(http::Request<Bytes>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: IntoAnswer> + Send + 'static,
{
    FromFn(function)
}

/// What [`from_fn`] returns.
pub struct FromFn<F>(F);

impl<F> fmt::Debug for FromFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FromFn { .. }")
    }
}

impl<F, Fut> Transport for FromFn<F>
where
    F: Fn(http::Request<Bytes>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: IntoAnswer> + Send + 'static,
{
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Body>, TransportError>> {
        let answer = (self.0)(request);
        Box::pin(async move { answer.await.into_answer() })
    }
}

/// What the function of [`from_fn`] may return.
pub trait IntoAnswer {
    /// The answer, or why there is none.
    ///
    /// # Errors
    /// [`TransportError`] where there is none.
    fn into_answer(self) -> Result<http::Response<Body>, TransportError>;
}

impl<B: Into<Body>> IntoAnswer for http::Response<B> {
    fn into_answer(self) -> Result<http::Response<Body>, TransportError> {
        Ok(self.map(Into::into))
    }
}

impl<B: Into<Body>> IntoAnswer for Result<http::Response<B>, TransportError> {
    fn into_answer(self) -> Result<http::Response<Body>, TransportError> {
        self.map(|response| response.map(Into::into))
    }
}
