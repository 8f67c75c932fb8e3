//! The function front: an `http::Request` in, an `http::Response` out, no socket. Sound under a paused tokio clock.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::CONTENT_LENGTH;
use http::{Request, Response, StatusCode};

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
    /// # Cancel safety
    ///
    /// The request has taken effect once the future was polled; dropping it only loses the answer.
    pub fn call(&self, request: Request<Bytes>) -> impl Future<Output = Response<Bytes>> + Send + use<> {
        let shared = Arc::clone(&self.shared);
        async move {
            let reply = shared.answer(request).await;
            let cut = reply.cut;
            let mut response = response(reply);
            if let Some(cut) = cut {
                let body = response.body_mut();
                body.truncate(cut);
            }
            response
        }
    }
}

/// A reply as a response with its whole body. `Content-Length` is always the whole length.
pub(crate) fn response(reply: Reply) -> Response<Bytes> {
    let mut response = Response::new(reply.body);
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    if reply.status != StatusCode::NO_CONTENT {
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
