//! The function front: an `http::Request` in, an `http::Response` out, no socket. Sound under a paused tokio clock.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::CONTENT_LENGTH;
use http::{HeaderName, Request, Response, StatusCode};

use crate::reply::Reply;
use crate::shared::Shared;

/// A fake Okta as a [`tower::Service`]; see [`OktaMock::service`](crate::OktaMock::service).
///
/// Only the path and query of a request's target matter, not its host.
#[derive(Clone, Debug)]
pub struct MockService {
    shared: Arc<Shared>,
}

impl MockService {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Answers a request.
    ///
    /// There is no connection that a planned fault could break: the answer is then an empty 502 whose header
    /// `x-okta-mock-transport` names how. [`try_call`](Self::try_call) makes it an error.
    ///
    /// # Cancel safety
    ///
    /// The request has taken effect once the future was polled; dropping it only loses the answer.
    pub fn call(&self, request: Request<Bytes>) -> impl Future<Output = Response<Bytes>> + Send + use<> {
        let answer = self.try_call(request);
        async move {
            answer.await.unwrap_or_else(|Broken { how }| {
                let mut reply = Reply::new(502, "text/plain", Bytes::new());
                reply.set(HeaderName::from_static("x-okta-mock-transport"), how);
                response(reply)
            })
        }
    }

    /// Answers a request, or not, where a planned fault breaks the connection.
    ///
    /// # Errors
    ///
    /// [`Broken`], after the request was carried out.
    ///
    /// # Cancel safety
    ///
    /// As [`call`](Self::call).
    pub fn try_call(
        &self,
        request: Request<Bytes>,
    ) -> impl Future<Output = Result<Response<Bytes>, Broken>> + Send + use<> {
        let shared = Arc::clone(&self.shared);
        async move {
            let reply = shared.answer(request).await;
            if let Some(transport) = reply.broken {
                return Err(Broken { how: transport.name() });
            }
            // The caller gets the whole at once, so it comes when its last byte, or its end, would.
            let takes = reply.pace.takes(reply.cut.unwrap_or(usize::MAX).min(reply.body.len()));
            if !takes.is_zero() {
                shared.pass(takes).await;
            }
            let cut = reply.cut;
            let mut response = response(reply);
            if let Some(cut) = cut {
                let body = response.body_mut();
                body.truncate(cut);
            }
            Ok(response)
        }
    }
}

/// A planned fault broke the connection; the request had been carried out by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection broke as planned: {how}")]
#[non_exhaustive]
pub struct Broken {
    /// `reset_peer`, `eof_before_headers` or `garbage`.
    pub how: &'static str,
}

/// A reply as a response with its whole body. `Content-Length` is the whole length.
pub(crate) fn response(reply: Reply) -> Response<Bytes> {
    let mut response = Response::new(reply.body);
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    // An end that comes late cannot be known from a length.
    if reply.pace.close_ms == 0 && reply.status != StatusCode::NO_CONTENT {
        let length = response.body().len();
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    response
}

impl tower::Service<Request<Bytes>> for MockService {
    type Response = Response<Bytes>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Bytes>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        MockService::call(self, request).map(Ok).boxed()
    }
}

#[cfg(test)]
mod tests {
    use tower::ServiceExt;

    use super::*;
    use crate::OktaMock;

    #[tokio::test]
    async fn the_service_is_a_tower_service() {
        let okta = OktaMock::builder().in_process();
        let request =
            Request::get("http://ignored.example.com/_mock/health").body(Bytes::new()).expect("a request");
        let response = okta.service().oneshot(request).await.expect("infallible");
        assert_eq!(response.body().as_ref(), br#"{"status":"ok"}"#);
        assert_eq!(okta.url(), "http://127.0.0.1:1");
    }
}
