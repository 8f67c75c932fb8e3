//! One call to Okta: wait for a turn, send, learn from the answer, and repeat as `retry` decides.
//!
//! The answer's headers and its body are two steps, because a listing wants to send its next request between them. A body
//! that breaks off or cannot be read is an attempt that failed, like any other. Turn, credential, span and retry wrap the same attempt,
//! so they are read here together; each decides in a file of its own.

mod body;

pub(crate) use self::body::read_some;

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, USER_AGENT};
use http::response::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use tokio::time::Instant;
use tracing::{Instrument, Span, field};
use url::Url;

use crate::client::Inner;
use crate::credentials::{Answer as Seen, Authorization, Verdict};
use crate::decode::DecodeProblem;
use crate::error::{ApiError, Error};
use crate::operation;
use crate::pacing::{Manner, Turn, classify};
use crate::page::{REQUEST_ID, request_id};
use crate::rate_limit::{self, RateLimit};
use crate::retry::{self, Decision, Outcome};
use crate::telemetry;
use crate::transport::{Body, TransportError};

/// What to ask. Has no `Debug`: the query and the body hold what people wrote.
#[derive(Clone)]
pub(crate) struct Call {
    /// Method and path template, for messages. Holds no id.
    pub(crate) operation: String,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) body: Option<Bytes>,
    pub(crate) content_type: Option<&'static str>,
    /// Whether Okta documents that a second time does nothing more than the first, where the method alone does not say so.
    pub(crate) idempotent: bool,
    pub(crate) manner: Manner,
    /// Whether it asks for a page that may as well be smaller.
    pub(crate) shrinks: bool,
}

/// How often one call may be sent again because its credential was replaced, whatever the credential says.
const MOST_REPLACED: usize = 3;

/// How often and how long a call has been tried.
#[derive(Debug)]
pub(crate) struct Tries {
    attempt: u32,
    /// Moved on by the time spent waiting for turns.
    started: Instant,
    /// Between attempts.
    waited: Duration,
    /// For turns.
    queued: Duration,
    /// For the credential.
    authorizing: Duration,
    first_request_id: Option<String>,
    /// Error codes for which the credential was replaced and the request sent again.
    replaced: Vec<Option<String>>,
    /// How many times Okta has answered 500: usually the page is too large to be made in time.
    halved: u32,
}

/// Headers of a good answer; its body is still to come.
pub(crate) struct Opened {
    pub(crate) head: Parts,
    body: Body,
    turn: Turn,
    tries: Tries,
    /// When the headers arrived.
    since: Instant,
}

/// An attempt whose body could not be read. It holds no turn.
pub(crate) struct Unread {
    tries: Tries,
    failure: Failure,
    id: Option<String>,
}

/// A good answer, read.
pub(crate) struct Answer<T> {
    pub(crate) head: Parts,
    pub(crate) value: T,
}

/// Why an attempt brought nothing.
enum Failure {
    Answer { status: StatusCode, headers: HeaderMap, body: Bytes },
    Transport(TransportError),
    Undecodable(DecodeProblem),
    TooLarge,
}

impl Call {
    pub(crate) fn new(method: Method, url: Url) -> Self {
        let operation = operation::of(&method, url.path());
        Self {
            operation,
            method,
            url,
            body: None,
            content_type: None,
            manner: Manner::default(),
            shrinks: false,
            idempotent: false,
        }
    }

    /// As the client of this manner waits for its turns.
    pub(crate) fn in_manner(self, manner: Manner) -> Self {
        Self { manner, ..self }
    }

    pub(crate) fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }

    /// The URL with its `limit` halved so many times.
    fn halved(&self, times: u32) -> Cow<'_, Url> {
        if times == 0 || !self.shrinks {
            return Cow::Borrowed(&self.url);
        }
        let mut url = self.url.clone();
        url.query_pairs_mut().clear().extend_pairs(self.url.query_pairs().map(|(name, value)| {
            match value.parse::<u32>() {
                Ok(limit) if name == "limit" => (name, Cow::Owned((limit >> times).max(1).to_string())),
                _ => (name, value),
            }
        }));
        Cow::Owned(url)
    }

    fn is_paged(&self) -> bool {
        self.url.query_pairs().any(|(name, _)| name == "after")
    }

    fn repeatable(&self) -> bool {
        retry::is_repeatable(self.repeats_like())
    }

    /// The method by whose rules the call is repeated.
    fn repeats_like(&self) -> &Method {
        if self.idempotent { &Method::PUT } else { &self.method }
    }
}

impl Tries {
    pub(crate) fn new() -> Self {
        Self {
            attempt: 0,
            started: Instant::now(),
            waited: Duration::ZERO,
            queued: Duration::ZERO,
            authorizing: Duration::ZERO,
            first_request_id: None,
            halved: 0,
            replaced: Vec::new(),
        }
    }

    /// Attempts that failed by themselves, and not for the credential.
    fn counted(&self) -> u32 {
        self.attempt.saturating_sub(u32::try_from(self.replaced.len()).unwrap_or(u32::MAX))
    }

    /// What is left of the time that a call may wait.
    fn patience(&self, manner: Manner) -> Option<Duration> {
        manner.max_wait.map(|allowed| allowed.saturating_sub(self.total()))
    }

    /// For whatever a call waits for.
    fn total(&self) -> Duration {
        self.waited + self.queued + self.authorizing
    }

    fn would_wait(&self, call: &Call, longer: Duration) -> Error {
        Error::WouldWait {
            operation: call.operation.clone(),
            wait: self.total() + longer,
            allowed: call.manner.max_wait.unwrap_or_default(),
        }
    }
}

impl Inner {
    /// The whole answer, decoded.
    ///
    /// # Cancel safety
    /// Dropping the future gives the call up; a write may or may not have happened.
    pub(crate) async fn fetch<T>(
        &self,
        call: &Call,
        decode: impl Fn(&Parts, &Bytes) -> Result<T, DecodeProblem>,
    ) -> Result<Answer<T>, Error> {
        let opened = self.open(call, Tries::new()).await?;
        match self.read(opened, &decode).await {
            Ok(answer) => Ok(answer),
            Err(unread) => self.fetch_again(call, unread, decode).await,
        }
    }

    /// The second step, once: the body. It needs no other turn than the one that `opened` holds, so it always comes to an end.
    pub(crate) async fn read<T>(
        &self,
        opened: Opened,
        decode: impl Fn(&Parts, &Bytes) -> Result<T, DecodeProblem>,
    ) -> Result<Answer<T>, Unread> {
        let Opened { head, body, turn, mut tries, since } = opened;
        // An answer that was fetched ahead may have had to wait for the page before it. That is not held against the call.
        tries.started += since.elapsed();
        let read = body::read(body, &head.headers, self.max_body_bytes, self.timeout).await;
        drop(turn);
        let failure = match read {
            Ok(bytes) => match decode(&head, &bytes) {
                Ok(value) => return Ok(Answer { head, value }),
                Err(problem) => Failure::Undecodable(problem),
            },
            Err(failure) => failure,
        };
        Err(Unread { tries, failure, id: request_id(&head.headers) })
    }

    /// Both steps anew behind a body that could not be read. Waits for turns: whoever calls this must hold none.
    pub(crate) async fn fetch_again<T>(
        &self,
        call: &Call,
        mut unread: Unread,
        decode: impl Fn(&Parts, &Bytes) -> Result<T, DecodeProblem>,
    ) -> Result<Answer<T>, Error> {
        loop {
            let Unread { mut tries, failure, id } = unread;
            self.after(call, &mut tries, failure, id).await?;
            let opened = self.open(call, tries).await?;
            match self.read(opened, &decode).await {
                Ok(answer) => return Ok(answer),
                Err(again) => unread = again,
            }
        }
    }

    /// The first step: an answer with a good status, however many attempts that takes.
    pub(crate) async fn open(&self, call: &Call, mut tries: Tries) -> Result<Opened, Error> {
        Self::runtime()?;
        let bucket = classify::bucket(&call.method, call.url.path());
        loop {
            tries.attempt += 1;
            let mut request = self.request(call, &tries).map_err(|error| Error::Config {
                field: "request",
                reason:
                    "cannot be written as HTTP: its URL is too long, or holds a character that none may hold"
                        .into(),
                source: Some(error.into()),
            })?;
            let queued = Instant::now();
            let patience = tries.patience(call.manner);
            let admitted = self.pacer.admit(bucket, call.manner.priority, patience).await;
            let mut turn = admitted.map_err(|wait| tries.would_wait(call, wait))?;
            // A turn may be many windows away in a large crawl. That is no failure, so it is not held against the call.
            tries.started += queued.elapsed();
            tries.queued += queued.elapsed();
            telemetry::waited(bucket, queued.elapsed());
            // Behind the turn, because a proof is good for minutes only.
            let used = match self.authorize(call, &mut tries, request.headers_mut()).await {
                Ok(used) => used,
                Err(error) => {
                    turn.unused();
                    return Err(error);
                }
            };
            let span = tracing::info_span!(
                "okta.request",
                http.request.method = %call.method,
                url.template = operation::template(call.url.path()),
                attempt = tries.attempt,
                http.response.status_code = field::Empty,
                okta.request_id = field::Empty,
            );
            let begun = Instant::now();
            let sent = self.send_once(request).instrument(span.clone()).await;
            let status = sent.as_ref().ok().map(http::Response::status);
            telemetry::answered(&call.method, call.url.path(), status, begun.elapsed());
            let (failure, id) = match sent {
                Ok(response) => {
                    let (mut head, body) = response.into_parts();
                    if request_id(&head.headers).is_some_and(|id| used.is_repeated_by(&id)) {
                        head.headers.remove(REQUEST_ID);
                    }
                    let id = record(&span, &head);
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
                        && tries.replaced.len() < MOST_REPLACED
                        && !tries.replaced.contains(&code)
                    {
                        tries.replaced.push(code);
                        tries.first_request_id = tries.first_request_id.or(id);
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

    async fn send_once(&self, request: Request<Bytes>) -> Result<http::Response<Body>, TransportError> {
        match tokio::time::timeout(self.timeout, self.transport.send(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(TransportError::lost(TimedOut(self.timeout))),
        }
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
        tries.authorizing += begun.elapsed();
        let authorization = authorized
            .map_err(|_| tries.would_wait(call, Duration::ZERO))?
            .map_err(|source| Error::Credential { operation: call.operation.clone(), source })?;
        authorization.apply(headers);
        Ok(authorization)
    }

    fn request(&self, call: &Call, tries: &Tries) -> Result<Request<Bytes>, http::Error> {
        let mut request = Request::builder()
            .method(&call.method)
            .uri(call.halved(tries.halved).as_str())
            .body(call.body.clone().unwrap_or_default())?;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, self.user_agent.clone());
        if let Some(content_type) = call.content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        if call.body.is_none() && matches!(call.method, Method::POST | Method::PUT) {
            // Okta answers 411 to a lifecycle call that does not say how long its absent body is.
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        if tries.attempt > 1 {
            headers.insert("x-okta-retry-count", HeaderValue::from(tries.attempt - 1));
            if let Some(id) = tries.first_request_id.as_deref().and_then(|id| HeaderValue::from_str(id).ok())
            {
                headers.insert("x-okta-retry-for", id);
            }
        }
        Ok(request)
    }

    /// Sleeps before the next attempt, or says that there is none.
    async fn after(
        &self,
        call: &Call,
        tries: &mut Tries,
        failure: Failure,
        id: Option<String>,
    ) -> Result<(), Error> {
        if tries.first_request_id.is_none() {
            tries.first_request_id.clone_from(&id);
        }
        if matches!(failure, Failure::Answer { status: StatusCode::INTERNAL_SERVER_ERROR, .. }) {
            tries.halved += 1;
        }
        let outcome = match &failure {
            Failure::Answer { status: StatusCode::INTERNAL_SERVER_ERROR, .. } => {
                Outcome::ServerError { times: tries.halved }
            }
            Failure::Answer { status, headers, .. } => Outcome::Answer {
                status: *status,
                wait: retry::server_wait(*status, headers),
                concurrency: RateLimit::from_headers(headers).is_concurrency(),
            },
            Failure::Transport(error) if !error.sent => Outcome::NotSent,
            Failure::Transport(_) => Outcome::Lost,
            Failure::Undecodable(problem) if problem.may_pass() => Outcome::BadBody,
            Failure::Undecodable(_) | Failure::TooLarge => {
                return Err(failure.into_error(call, tries, id, self.max_body_bytes));
            }
        };
        match retry::decide(
            &self.retry,
            tries.counted(),
            tries.started.elapsed(),
            call.repeats_like(),
            outcome,
            self.jitter(),
        ) {
            Decision::Wait(wait) if tries.patience(call.manner).is_none_or(|patience| wait <= patience) => {
                tracing::debug!(
                    operation = call.operation,
                    attempt = tries.attempt,
                    wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                    "trying again"
                );
                tries.waited += wait;
                telemetry::retried(&call.method, call.url.path());
                tokio::time::sleep(wait).await;
                Ok(())
            }
            Decision::Wait(_) | Decision::GiveUp => {
                Err(failure.into_error(call, tries, id, self.max_body_bytes))
            }
        }
    }
}

impl Failure {
    fn into_error(self, call: &Call, tries: &Tries, request_id: Option<String>, limit_bytes: usize) -> Error {
        let operation = call.operation.clone();
        let attempts = tries.attempt;
        match self {
            Self::Answer { status: StatusCode::TOO_MANY_REQUESTS, headers, .. } => {
                let concurrency = RateLimit::from_headers(&headers).is_concurrency();
                // The reset in the answer of a concurrency limit is that of some window. It clears when some request ends.
                let wait = || retry::server_wait(StatusCode::TOO_MANY_REQUESTS, &headers);
                let retry_in = if concurrency { None } else { wait() };
                Error::RateLimited {
                    operation,
                    waited: tries.waited,
                    attempts,
                    retry_in,
                    concurrency,
                    request_id,
                }
            }
            Self::Answer { status, headers, body } => Error::Api {
                operation,
                status,
                date: rate_limit::date(&headers),
                body: Box::new(ApiError::from_answer(&headers, body)),
                request_id,
                attempts,
                repeatable: call.repeatable(),
                paged: call.is_paged(),
            },
            Self::Transport(TransportError { sent, source }) => {
                Error::Transport { operation, sent, attempts, repeatable: call.repeatable(), source }
            }
            Self::Undecodable(problem) => Error::Decode { operation, problem, item: None, request_id },
            Self::TooLarge => Error::TooLarge { operation, limit_bytes },
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("timed out after {} ms", .0.as_millis())]
pub(crate) struct TimedOut(pub(crate) Duration);

pub(crate) fn record(span: &Span, head: &Parts) -> Option<String> {
    span.record("http.response.status_code", head.status.as_u16());
    let id = request_id(&head.headers)?;
    span.record("okta.request_id", id.as_str());
    Some(id)
}

/// Where a redirect leads: the origin and nothing else of it.
pub(crate) fn target(base: &Url, headers: &HeaderMap) -> String {
    let location =
        headers.get(LOCATION).and_then(|value| value.to_str().ok()).and_then(|text| base.join(text).ok());
    location.map_or_else(|| "an unreadable place".to_owned(), |url| url.origin().ascii_serialization())
}
