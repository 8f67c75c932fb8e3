//! Anything else in Okta's API: a request by method and path, with the same pace, retries, limits and errors.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::call::Call;
use crate::client::Client;
use crate::decode;
use crate::error::Error;
use crate::page::request_id;
use crate::raw::Raw;

/// A request under construction. Made by [`Client::request`].
#[must_use = "a request does nothing until it is sent"]
pub struct RequestBuilder {
    client: Client,
    call: Result<Call, Error>,
}

impl RequestBuilder {
    pub(crate) fn new(client: Client, method: Method, path: &str) -> Self {
        let url = client.inner().origins.resolve(path);
        Self::at(client, method, url)
    }

    pub(crate) fn at(client: Client, method: Method, url: Result<Url, Error>) -> Self {
        let manner = client.manner();
        Self { client, call: url.map(|url| Call::new(method, url).in_manner(manner)) }
    }

    /// Declares that a second time does nothing more than the first, whatever the method: a request whose fate is unknown is then sent again,
    /// as a `PUT` is. Only for calls of which Okta says so. An answer may be that of the second: 404 where the first has removed what it
    /// names. Default: `GET`, `HEAD` and `PUT` are, nothing else is.
    pub fn idempotent(mut self) -> Self {
        if let Ok(call) = &mut self.call {
            call.idempotent = true;
        }
        self
    }

    /// Sends one more header along.
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        if let Ok(call) = &mut self.call {
            call.headers.insert(name, value);
        }
        self
    }

    /// Sends these headers along.
    pub(crate) fn headers(mut self, headers: HeaderMap) -> Self {
        if let Ok(call) = &mut self.call {
            call.headers.extend(headers);
        }
        self
    }

    /// Adds one query parameter; it is encoded here.
    pub fn query(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        if let Ok(call) = &mut self.call {
            call.url.query_pairs_mut().append_pair(name.as_ref(), value.as_ref());
        }
        self
    }

    /// Sends `body` as JSON.
    pub fn json(mut self, body: &(impl Serialize + ?Sized)) -> Self {
        if let Ok(call) = &mut self.call {
            match serde_json::to_vec(body) {
                Ok(bytes) => {
                    call.body = Some(bytes.into());
                    call.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                }
                Err(error) => {
                    self.call = Err(Error::Config {
                        field: "json",
                        reason: "the body cannot be written as JSON".into(),
                        source: Some(error.into()),
                    })
                }
            }
        }
        self
    }

    /// Sends it for the one document in the answer.
    pub(crate) async fn document<T: DeserializeOwned>(self) -> Result<Raw<T>, Error> {
        let decode = |_: &_, body: &Bytes| Ok(Raw::from_parts(decode::document(body)?, body.clone()));
        Ok(self.client.inner().fetch(&self.call?, decode).await?.value)
    }

    /// Sends it for its effect. What the answer holds does not matter: Okta has answered the same call with `{}`, with nothing
    /// and with 204.
    pub(crate) async fn done(self) -> Result<(), Error> {
        self.send().await.map(drop)
    }

    /// Sends it.
    ///
    /// # Errors
    /// [`Error::Config`] where path or body were refused; [`Error::Api`] for any status that is not 2xx; and what a call may otherwise meet.
    ///
    /// # Cancel safety
    /// Dropping the future gives the call up; a write may or may not have happened.
    pub async fn send(self) -> Result<Response, Error> {
        let call = self.call?;
        let answer = self.client.inner().fetch(&call, |_, body| Ok(body.clone())).await?;
        Ok(Response {
            repeatable: call.repeatable(),
            operation: call.operation,
            status: answer.head.status,
            headers: answer.head.headers,
            body: answer.value,
        })
    }
}

impl std::fmt::Debug for RequestBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let operation = self.call.as_ref().map(|call| &call.operation);
        f.debug_struct("RequestBuilder").field("operation", &operation).finish_non_exhaustive()
    }
}

/// A good answer.
#[derive(Clone)]
#[non_exhaustive]
pub struct Response {
    operation: String,
    repeatable: bool,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Response {
    /// The status, always 2xx.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Okta's id of the request.
    pub fn request_id(&self) -> Option<String> {
        request_id(&self.headers)
    }

    /// The body. May be empty.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body as a `T`.
    ///
    /// # Errors
    /// [`Error::Decode`] where it is not one.
    pub fn json<T: DeserializeOwned>(&self) -> Result<Raw<T>, Error> {
        let decoded = decode::document(&self.body).map(|value| Raw::from_parts(value, self.body.clone()));
        decoded.map_err(|problem| Error::Decode {
            operation: self.operation.clone(),
            problem,
            item: None,
            repeatable: self.repeatable,
            request_id: self.request_id(),
        })
    }
}

impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("request_id", &self.request_id())
            .field("body_bytes", &self.body.len())
            .finish()
    }
}
