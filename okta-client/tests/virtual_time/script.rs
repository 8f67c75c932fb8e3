//! An org that gives prepared answers in order, and remembers what was asked and when.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use okta_client::transport::{self, Body, TransportError};
use okta_client::users::User;
use okta_client::{Client, ClientBuilder, Error, LogPosition};
use tokio::time::Instant;

pub(crate) const DATE: &str = "Fri, 21 Aug 2026 08:00:10 GMT";
pub(crate) const SECOND: Duration = Duration::from_secs(1);

pub(crate) type Answer = Result<Response<Body>, TransportError>;

/// An org that gives prepared answers in order and remembers what was asked, and when.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) answers: Mutex<VecDeque<Answer>>,
    pub(crate) requests: Mutex<Vec<(Instant, Request<Bytes>)>>,
}

impl Script {
    pub(crate) fn client(self: &Arc<Self>) -> Client {
        self.builder().build().expect("valid settings")
    }

    pub(crate) fn builder(self: &Arc<Self>) -> ClientBuilder {
        let script = Arc::clone(self);
        let transport = transport::from_fn(move |request| {
            script.requests.lock().expect("no panic").push((Instant::now(), request));
            let answer = script.next();
            async move { answer }
        });
        Client::builder("https://acme.okta.com").api_token("00Ttoken").transport(transport).jitter_seed(7)
    }

    pub(crate) fn next(&self) -> Answer {
        let answer = self.answers.lock().expect("no panic").pop_front();
        answer.unwrap_or_else(|| Err(TransportError::not_sent("the script is over")))
    }

    pub(crate) fn sent(&self) -> usize {
        self.requests.lock().expect("no panic").len()
    }

    pub(crate) fn targets(&self) -> Vec<String> {
        let requests = self.requests.lock().expect("no panic");
        requests
            .iter()
            .map(|(_, request)| request.uri().path_and_query().map(ToString::to_string).unwrap_or_default())
            .collect()
    }

    /// Time between one request and the next.
    pub(crate) fn pauses(&self) -> Vec<Duration> {
        let requests = self.requests.lock().expect("no panic");
        requests.windows(2).map(|pair| pair[1].0 - pair[0].0).collect()
    }

    pub(crate) fn header(&self, request: usize, name: &str) -> Option<String> {
        let requests = self.requests.lock().expect("no panic");
        requests[request].1.headers().get(name).map(|value| value.to_str().expect("text").to_owned())
    }
}

pub(crate) fn script(answers: impl IntoIterator<Item = Answer>) -> Arc<Script> {
    Arc::new(Script { answers: Mutex::new(answers.into_iter().collect()), requests: Mutex::default() })
}

pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
    let mut response = Response::builder().status(status).header("date", DATE);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Ok(response.body(body.into()).expect("a response"))
}

pub(crate) fn text(text: impl Into<String>) -> Body {
    Body::from(Bytes::from(text.into()))
}

pub(crate) fn users(ids: impl IntoIterator<Item = u32>) -> Body {
    let rows: Vec<_> = ids.into_iter().map(|id| format!("{{\"id\":\"{id}\"}}")).collect();
    text(format!("[{}]", rows.join(",")))
}

pub(crate) fn page(ids: impl IntoIterator<Item = u32>, next: Option<&str>) -> Answer {
    match next {
        Some(next) => {
            answer(200, &[("link", &format!("<https://acme.okta.com{next}>; rel=\"next\""))], users(ids))
        }
        None => answer(200, &[], users(ids)),
    }
}

pub(crate) fn ids(items: &[okta_client::Raw<User>]) -> Vec<&str> {
    items.iter().map(|user| user.id.as_str()).collect()
}

pub(crate) async fn list(script: &Arc<Script>) -> Result<Vec<okta_client::Raw<User>>, Error> {
    script.client().users().list().paginate().collect_all().await
}

/// Lets every task run until it waits for something.
pub(crate) async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// Where a polling of the log begins.
pub(crate) fn since() -> LogPosition {
    LogPosition::Since("2026-08-21T08:00:00Z".parse().expect("a time"))
}
