//! `Org`: the one place that a credential may talk to, and what time it is there.

mod clock;
mod form;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use tracing::{Instrument, Span};
use url::Url;

pub use self::form::{Form, Forms};
use super::Answer;
use super::authorization::DPOP;
use crate::call::{TimedOut, read_some, target};
use crate::decode;
use crate::error::{ApiError, Error};
use crate::operation;
use crate::page::{REQUEST_ID, request_id};
use crate::rate_limit;
use crate::retry::{self, Decision, Outcome};
use crate::spans;
use crate::timestamp::Timestamp;
use crate::transport::{Transport, TransportError};

/// How often one post may be repeated because the form itself was out of date, beside the attempts for failures that pass.
const MOST_NEW_FORMS: u32 = 2;
/// How long one attempt may last, its answer read. A refresh token that Okta rotates may be sent again for some seconds only (30 unless
/// an admin chose otherwise), so an answer that is lost has to be given up well before.
///
/// **Source**: Okta, "Refresh access tokens".
pub(crate) const LONGEST_ATTEMPT: Duration = Duration::from_secs(10);
/// By how much our idea of Okta's time must have been wrong to explain a refusal.
const TELLING: Duration = Duration::from_secs(2);

/// The org that a client was built for, as its credential sees it. Cheap to clone.
#[derive(Clone)]
pub struct Org(Arc<Inner>);

struct Inner {
    url: Url,
    transport: Arc<dyn Transport>,
    user_agent: HeaderValue,
    /// For one attempt.
    timeout: Duration,
    retry: retry::Policy,
    random: Mutex<fastrand::Rng>,
    clock: clock::OktaClock,
}

/// What came of one attempt.
enum Tried<T> {
    Done(T),
    /// Refused, and worth another form at once.
    Renewed,
    Failed(Failed),
}

/// How often a new form was sent at once.
#[derive(Default)]
struct Renewed {
    forms: u32,
    by_clock: bool,
}

/// Why an attempt brought nothing.
enum Failed {
    Answer { status: StatusCode, headers: HeaderMap, body: Bytes, id: Option<String> },
    Transport(TransportError),
    Undecodable { problem: decode::DecodeProblem, id: Option<String> },
}

impl Org {
    pub(crate) fn new(
        url: Url,
        transport: Arc<dyn Transport>,
        user_agent: HeaderValue,
        timeout: Duration,
        retry: retry::Policy,
        random: fastrand::Rng,
    ) -> Self {
        let (random, clock) = (Mutex::new(random), clock::OktaClock::default());
        let timeout = timeout.min(LONGEST_ATTEMPT);
        Self(Arc::new(Inner { url, transport, user_agent, timeout, retry, random, clock }))
    }

    /// Scheme, host and port.
    pub fn url(&self) -> &Url {
        &self.0.url
    }

    /// Okta's time: that of its last answer, carried on. Before the first answer a little less than this machine's, because what is
    /// dated in the future is refused.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The URL of a path of this org.
    pub fn endpoint(&self, path: &str) -> Url {
        let mut url = self.0.url.clone();
        url.set_path(path);
        url
    }

    /// Takes Okta's time from an answer. Returns by how much ours was wrong.
    pub(crate) fn learn(&self, headers: &HeaderMap) -> Duration {
        rate_limit::date(headers).map_or(Duration::ZERO, |date| self.0.clock.set(date))
    }

    /// Posts a form to a path of this org and reads the JSON of the answer; an empty answer reads as `null`.
    ///
    /// `forms` makes a form for every attempt, because an assertion or a proof may be used once. An attempt lasts ten seconds at most.
    /// Failures that pass are tried again as the client's own requests are; where no answer came, if the forms
    /// [may be repeated](Forms::is_repeatable). Tried again, once, is also a form that was refused when the answer shows that it was
    /// made by a wrong clock.
    ///
    /// # Errors
    /// As any call of the client. A redirect is an [`Error::Redirect`] and is not followed.
    ///
    /// # Cancel safety
    /// Dropping the future gives it up; the form may or may not have taken effect.
    pub async fn post_form<T: DeserializeOwned>(
        &self,
        path: &str,
        forms: &(impl Forms + ?Sized),
    ) -> Result<T, Error> {
        crate::client::Inner::runtime()?;
        let url = self.endpoint(path);
        let operation = operation::of(&Method::POST, url.path());
        let started = Instant::now();
        let (mut attempt, mut renewed) = (0, Renewed::default());
        // Of the attempts: those that a new form was sent for at once, and those that were answered 500.
        let (mut renewals, mut server_errors) = (0, 0);
        // When the first attempt was sent whose fate is unknown.
        let mut doubt = None;
        loop {
            attempt += 1;
            let begun = Instant::now();
            let span = spans::request(&Method::POST, url.path(), attempt);
            let attempted = self.attempt(&url, forms, &mut renewed, &span).instrument(span.clone()).await?;
            let failed = match attempted {
                Tried::Done(value) => return Ok(value),
                Tried::Renewed => {
                    renewals += 1;
                    continue;
                }
                Tried::Failed(failed) => failed,
            };
            if let Failed::Answer { status, headers, .. } = &failed
                && status.is_redirection()
            {
                return Err(Error::Redirect { operation, status: *status, to: target(&url, headers) });
            }
            server_errors += u32::from(failed.is_500());
            let outcome = failed.outcome(server_errors);
            if outcome.leaves_doubt() {
                doubt.get_or_insert(begun);
            }
            // Whether the next one, sent behind so long a pause, would still be over in time.
            let repeatable = |wait: Duration| {
                doubt
                    .is_none_or(|since: Instant| forms.is_repeatable(since.elapsed() + wait + self.0.timeout))
            };
            let jitter = self.0.random.lock().unwrap_or_else(PoisonError::into_inner).f64();
            let counted = attempt - renewals;
            // What may be sent again is as harmless as a read.
            match retry::decide(&self.0.retry, counted, started.elapsed(), &Method::GET, outcome, jitter) {
                Decision::Wait(wait) if failed.may_pass() && repeatable(wait) => {
                    spans::again(&Method::POST, url.path(), attempt, wait, failed.kind());
                    tokio::time::sleep(wait).await;
                }
                Decision::Wait(_) | Decision::GiveUp => {
                    let repeatable = repeatable(Duration::ZERO);
                    return Err(failed.into_error(operation, attempt, started.elapsed(), repeatable));
                }
            }
        }
    }

    async fn attempt<T: DeserializeOwned>(
        &self,
        url: &Url,
        forms: &(impl Forms + ?Sized),
        renewed: &mut Renewed,
        span: &Span,
    ) -> Result<Tried<T>, Error> {
        let form = forms.form(self)?;
        let request = self.request(url, &form)?;
        let begun = Instant::now();
        let answer = match tokio::time::timeout(self.0.timeout, self.0.transport.send(request)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Ok(Tried::Failed(Failed::Transport(error))),
            Err(_) => {
                let lost = TransportError::lost(TimedOut(self.0.timeout));
                return Ok(Tried::Failed(Failed::Transport(lost)));
            }
        };
        let (mut head, body) = answer.into_parts();
        let correction = self.learn(&head.headers);
        if request_id(&head.headers).is_some_and(|id| form.is_repeated_by(&id)) {
            head.headers.remove(REQUEST_ID);
        }
        let id = spans::answered(span, &head);
        let (status, headers) = (head.status, head.headers);
        let body = read_some(body, self.0.timeout.saturating_sub(begun.elapsed())).await;
        let error = (!status.is_success()).then(|| ApiError::from_answer(&headers, body.clone()));
        let code = error.as_ref().and_then(|error| error.code.as_deref());
        let outdated = forms.answered(&Answer { status, headers: &headers, code });
        if error.is_none() {
            let text: &[u8] = if body.is_empty() { b"null" } else { &body };
            return Ok(match decode::document(text) {
                Ok(value) => Tried::Done(value),
                Err(problem) => Tried::Failed(Failed::Undecodable { problem, id }),
            });
        }
        let by_clock = correction >= TELLING && matches!(status.as_u16(), 400 | 401);
        if (outdated && renewed.forms < MOST_NEW_FORMS) || (by_clock && !renewed.by_clock) {
            renewed.forms += u32::from(outdated);
            renewed.by_clock |= by_clock;
            return Ok(Tried::Renewed);
        }
        Ok(Tried::Failed(Failed::Answer { status, headers, body, id }))
    }

    fn request(&self, url: &Url, form: &Form) -> Result<Request<Bytes>, Error> {
        let mut request =
            Request::post(url.as_str()).body(Bytes::from(form.body.clone())).map_err(|error| {
                Error::Config {
                    field: "form",
                    reason: "cannot be written as HTTP".into(),
                    source: Some(error.into()),
                }
            })?;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        headers.insert(USER_AGENT, self.0.user_agent.clone());
        for (name, value) in [(AUTHORIZATION, &form.authorization), (DPOP.clone(), &form.proof)] {
            if let Some(value) = value {
                headers.insert(name, value.clone());
            }
        }
        Ok(request)
    }
}

impl Failed {
    fn is_500(&self) -> bool {
        matches!(self, Self::Answer { status: StatusCode::INTERNAL_SERVER_ERROR, .. })
    }

    /// Whether another attempt may come out otherwise. An answer of another shape stays that.
    fn may_pass(&self) -> bool {
        !matches!(self, Self::Undecodable { problem, .. } if !problem.may_pass())
    }

    /// `server_errors` of this post were answered 500, this one counted.
    fn outcome(&self, server_errors: u32) -> Outcome {
        match self {
            Self::Answer { status: StatusCode::INTERNAL_SERVER_ERROR, .. } => {
                Outcome::ServerError { times: server_errors }
            }
            Self::Answer { status, headers, body, .. } => {
                let error = ApiError::from_answer(headers, body.clone());
                let later = matches!(error.code.as_deref(), Some("slow_down" | "temporarily_unavailable"));
                Outcome::Answer {
                    // OAuth says these two with a 400 that means what HTTP says with a 503.
                    status: if later { StatusCode::SERVICE_UNAVAILABLE } else { *status },
                    wait: retry::server_wait(*status, headers),
                    concurrency: rate_limit::RateLimit::from_headers(headers).is_concurrency(),
                }
            }
            Self::Transport(error) if !error.sent => Outcome::NotSent,
            Self::Transport(_) => Outcome::Lost,
            Self::Undecodable { .. } => Outcome::BadBody,
        }
    }

    /// In a word, for traces: the status, or what kind of failure it was.
    fn kind(&self) -> &str {
        match self {
            Self::Answer { status, .. } => status.as_str(),
            Self::Transport(error) if !error.sent => "not_sent",
            Self::Transport(_) => "lost",
            Self::Undecodable { .. } => "undecodable",
        }
    }

    fn into_error(self, operation: String, attempts: u32, waited: Duration, repeatable: bool) -> Error {
        match self {
            Self::Answer { status: StatusCode::TOO_MANY_REQUESTS, headers, id, .. } => Error::RateLimited {
                operation,
                waited,
                attempts,
                retry_in: retry::server_wait(StatusCode::TOO_MANY_REQUESTS, &headers),
                concurrency: rate_limit::RateLimit::from_headers(&headers).is_concurrency(),
                request_id: id,
            },
            Self::Answer { status, headers, body, id } => Error::Api {
                operation,
                status,
                date: rate_limit::date(&headers),
                body: Box::new(ApiError::from_answer(&headers, body)),
                request_id: id,
                attempts,
                repeatable,
            },
            Self::Transport(TransportError { sent, source }) => {
                Error::Transport { operation, sent, attempts, repeatable, source }
            }
            Self::Undecodable { problem, id } => {
                Error::Decode { operation, problem, item: None, repeatable, request_id: id }
            }
        }
    }
}

impl fmt::Debug for Org {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Org").field("url", &self.0.url.as_str()).finish_non_exhaustive()
    }
}
