//! The first step of a call: an answer with a good status, however many attempts that takes.
//!
//! An attempt is a turn, a credential, a request and what its headers mean. Pace, credential and retry each learn from the same answer,
//! so their order is what this file is about; what each decides is in a file of its own.

use bytes::Bytes;
use http::response::Parts;
use http::{HeaderMap, Request};
use tokio::time::Instant;
use tracing::Instrument;

use super::{Call, Failure, TimedOut, Tries, read_some, target};
use crate::client::Inner;
use crate::credentials::{Answer as Seen, Authorization, Verdict};
use crate::error::{ApiError, Error};
use crate::pacing::{Turn, classify};
use crate::page::{REQUEST_ID, request_id};
use crate::rate_limit::RateLimit;
use crate::transport::{Body, TransportError};
use crate::{retry, spans, telemetry};

/// Headers of a good answer; its body is still to come.
pub(crate) struct Opened {
    pub(crate) head: Parts,
    pub(super) body: Body,
    pub(super) turn: Turn,
    pub(super) tries: Tries,
    /// When the headers arrived.
    pub(super) since: Instant,
}

impl Inner {
    /// An answer with a good status.
    ///
    /// # Cancel safety
    /// Dropping the future gives the call up. A turn that it had is given back; it counts as a request only if one was sent.
    pub(crate) async fn open(&self, call: &Call, mut tries: Tries) -> Result<Opened, Error> {
        Self::runtime()?;
        let bucket = classify::bucket(&call.method, call.url.path());
        loop {
            tries.begin();
            let mut request = self.request(call, &tries)?;
            let mut turn = self.turn(call, bucket, &mut tries).await?;
            // Behind the turn, because a proof is good for minutes only.
            let used = self.authorize(call, &mut tries, request.headers_mut()).await?;
            let span = spans::request(&call.method, call.url.path(), tries.attempts());
            let begun = Instant::now();
            turn.sent();
            let sent = self.send_once(request).instrument(span.clone()).await;
            let status = sent.as_ref().ok().map(http::Response::status);
            telemetry::answered(&call.method, call.url.path(), status, begun.elapsed());
            let (failure, id) = match sent {
                Ok(response) => {
                    let (mut head, body) = response.into_parts();
                    if request_id(&head.headers).is_some_and(|id| used.is_repeated_by(&id)) {
                        head.headers.remove(REQUEST_ID);
                    }
                    let id = spans::answered(&span, &head);
                    self.org.learn(&head.headers);
                    let limit = RateLimit::from_headers(&head.headers);
                    telemetry::limit(bucket, head.status, &limit);
                    turn.answered(head.status, &limit, retry::server_wait(head.status, &head.headers));
                    if head.status.is_success() {
                        self.credential.answered(
                            &used,
                            &Seen { status: head.status, headers: &head.headers, code: None },
                        );
                        return Ok(Opened { head, body, turn, tries, since: Instant::now() });
                    }
                    if head.status.is_redirection() {
                        return Err(Error::Redirect {
                            operation: call.operation.clone(),
                            status: head.status,
                            to: target(&call.url, &head.headers),
                        });
                    }
                    let body = read_some(body, self.timeout).await;
                    let code = ApiError::from_answer(&head.headers, body.clone()).code;
                    let seen = Seen { status: head.status, headers: &head.headers, code: code.as_deref() };
                    if self.credential.answered(&used, &seen) == Verdict::Again
                        && tries.replace(code, id.as_deref())
                    {
                        continue;
                    }
                    (Failure::Answer { status: head.status, headers: head.headers, body }, id)
                }
                Err(error) => (Failure::Transport(error), None),
            };
            drop(turn);
            self.after(call, &mut tries, failure, id).await?;
        }
    }

    /// Waits for the bucket's permission, no longer than the call may.
    async fn turn(&self, call: &Call, bucket: &'static str, tries: &mut Tries) -> Result<Turn, Error> {
        let queued = Instant::now();
        let patience = tries.patience(call.manner);
        let admitted = self.pacer.admit(bucket, call.manner.priority, patience).await;
        let turn = admitted.map_err(|wait| tries.would_wait(call, wait))?;
        tries.queued(queued.elapsed());
        telemetry::waited(bucket, queued.elapsed());
        Ok(turn)
    }

    /// Adds what proves who is calling. Waits for it no longer than the call may wait.
    async fn authorize(
        &self,
        call: &Call,
        tries: &mut Tries,
        headers: &mut HeaderMap,
    ) -> Result<Authorization, Error> {
        let begun = Instant::now();
        let authorizing = self.credential.authorize(&self.org, &call.method, &call.url);
        let authorized = match tries.patience(call.manner) {
            Some(patience) => tokio::time::timeout(patience, authorizing).await,
            None => Ok(authorizing.await),
        };
        tries.authorized(begun.elapsed());
        let authorization = authorized
            .map_err(|_| tries.would_wait(call, std::time::Duration::ZERO))?
            .map_err(|source| Error::Credential { operation: call.operation.clone(), source })?;
        authorization.apply(headers);
        Ok(authorization)
    }

    async fn send_once(&self, request: Request<Bytes>) -> Result<http::Response<Body>, TransportError> {
        match tokio::time::timeout(self.timeout, self.transport.send(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(TransportError::lost(TimedOut(self.timeout))),
        }
    }
}
