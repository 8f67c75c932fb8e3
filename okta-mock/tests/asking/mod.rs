//! How the tests talk to a fake in process: one call, one answer with its links already taken apart.
#![allow(dead_code, reason = "each test file uses its own part of it")]

pub(crate) mod receiver;

use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use okta_mock::{Builder, Clock, OktaMock};
use serde_json::Value;

/// 2026-08-21T08:00:00Z.
pub(crate) const START: i64 = 1_787_299_200_000;

/// A fake whose clock stands still.
pub(crate) fn org() -> Builder {
    OktaMock::builder().seed(7).clock(Clock::Manual(START))
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
}

impl Answer {
    /// The body as JSON; `null` when there is none.
    pub(crate) fn json(&self) -> Value {
        if self.bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&self.bytes).expect("a JSON body")
        }
    }

    pub(crate) fn rows(&self) -> Vec<Value> {
        self.json().as_array().cloned().expect("an array")
    }

    /// One member of every row.
    pub(crate) fn column(&self, name: &str) -> Vec<String> {
        self.rows().iter().map(|row| row[name].as_str().expect("a text").to_owned()).collect()
    }

    pub(crate) fn code(&self) -> String {
        self.json()["errorCode"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a readable header"))
    }

    /// The target of the link with this relation, without the origin.
    pub(crate) fn link(&self, rel: &str) -> Option<String> {
        let ending = format!(">; rel=\"{rel}\"");
        let lines = self.headers.get_all("link").iter().map(|line| line.to_str().expect("a readable link"));
        let url = lines.filter_map(|line| line.strip_prefix('<')?.strip_suffix(ending.as_str())).next()?;
        url.strip_prefix("http://127.0.0.1:1").map(str::to_owned)
    }
}

/// Asks with the fake's own API token.
pub(crate) async fn ask(okta: &OktaMock, method: Method, target: &str, body: Value) -> Answer {
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let request = Request::builder()
        .method(method)
        .uri(target)
        .header("authorization", format!("SSWS {}", okta.api_token()))
        .header("user-agent", "asking/1")
        .body(body)
        .expect("a request");
    send(okta, request).await
}

pub(crate) async fn send(okta: &OktaMock, request: Request<Bytes>) -> Answer {
    let (parts, bytes) = okta.service().call(request).await.into_parts();
    Answer { status: parts.status.as_u16(), headers: parts.headers, bytes }
}

pub(crate) async fn get(okta: &OktaMock, target: &str) -> Answer {
    ask(okta, Method::GET, target, Value::Null).await
}

pub(crate) async fn post(okta: &OktaMock, target: &str, body: Value) -> Answer {
    ask(okta, Method::POST, target, body).await
}

pub(crate) async fn put(okta: &OktaMock, target: &str, body: Value) -> Answer {
    ask(okta, Method::PUT, target, body).await
}

pub(crate) async fn delete(okta: &OktaMock, target: &str) -> Answer {
    ask(okta, Method::DELETE, target, Value::Null).await
}

/// Follows `next` to the end; every page must be a 200.
pub(crate) async fn walk(okta: &OktaMock, first: &str) -> Vec<Value> {
    let (mut rows, mut target) = (Vec::new(), Some(first.to_owned()));
    while let Some(next) = target {
        let page = get(okta, &next).await;
        assert_eq!(page.status, 200, "{next}: {:?}", page.bytes);
        rows.extend(page.rows());
        target = page.link("next");
    }
    rows
}

/// The types of the events written since `before` events were there.
pub(crate) fn types_since(okta: &OktaMock, before: usize) -> Vec<String> {
    okta.log()[before..].iter().map(|record| record.event_type.clone()).collect()
}
