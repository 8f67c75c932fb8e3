//! How a call is written as HTTP.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_LENGTH, USER_AGENT};
use http::{HeaderValue, Method, Request};
use url::Url;

use super::{Call, Tries};
use crate::client::Inner;
use crate::error::Error;

impl Inner {
    /// The request of the next attempt, without what proves who is calling.
    pub(super) fn request(&self, call: &Call, tries: &Tries) -> Result<Request<Bytes>, Error> {
        let mut request = Request::builder()
            .method(&call.method)
            .uri(halved(call, tries.halved()).as_str())
            .body(call.body.clone().unwrap_or_default())
            .map_err(|error| Error::Config {
                field: "request",
                reason:
                    "cannot be written as HTTP: its URL is too long, or holds a character that none may hold"
                        .into(),
                source: Some(error.into()),
            })?;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, self.user_agent.clone());
        for (name, value) in &call.headers {
            headers.insert(name.clone(), value.clone());
        }
        if call.body.is_none() && matches!(call.method, Method::POST | Method::PUT) {
            // Okta answers 411 to a lifecycle call that does not say how long its absent body is.
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        if let Some(times) = tries.repeated() {
            headers.insert("x-okta-retry-count", HeaderValue::from(times));
            if let Some(id) = tries.first_request_id().and_then(|id| HeaderValue::from_str(id).ok()) {
                headers.insert("x-okta-retry-for", id);
            }
        }
        Ok(request)
    }
}

/// The call's URL with its `limit` halved so many times.
fn halved(call: &Call, times: u32) -> Cow<'_, Url> {
    if times == 0 || !call.shrinks {
        return Cow::Borrowed(&call.url);
    }
    let mut url = call.url.clone();
    url.query_pairs_mut().clear().extend_pairs(call.url.query_pairs().map(|(name, value)| {
        match value.parse::<u32>() {
            Ok(limit) if name == "limit" => (name, Cow::Owned((limit >> times).max(1).to_string())),
            _ => (name, value),
        }
    }));
    Cow::Owned(url)
}
