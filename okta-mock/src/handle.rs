//! From a request to the handler of its endpoint. What Okta has and the mock does not yet have answers 501.

mod apps;
pub(crate) mod cache;
pub(crate) mod coverage;
mod event_hooks;
pub(crate) mod faults;
mod groups;
mod iam;
mod listed;
mod log_streams;
pub(crate) mod logs;
mod organization;
mod page;
mod params;
mod policies;
pub(crate) mod query;
pub(crate) mod rate_limits;
mod users;
mod wanted;

pub(crate) use params::{Params, decode, plainly};
pub(crate) use users::Runs;

use std::borrow::Cow;

use bytes::Bytes;
use http::Request;
use http::header::{ACCEPT, CONTENT_TYPE};
use serde_json::{Map, Value};

use crate::engine::Handled;
use crate::error::ApiError;
use crate::json;
use crate::org::{Org, Tx};
use crate::reply::Reply;

/// What a handler works on.
#[derive(Debug)]
pub(crate) struct Cx<'a> {
    pub(crate) org: &'a mut Org,
    pub(crate) tx: Tx,
}

type Outcome = Result<Handled, ApiError>;

/// Endpoints that need no credentials and are in no bucket.
pub(crate) fn public(org: &Org, request: &Request<Bytes>) -> Option<Reply> {
    if request.uri().path() != "/.well-known/okta-organization" || request.method() != http::Method::GET {
        return None;
    }
    let mut out = String::new();
    json::open(&mut out, "id", &org.id);
    json::text(&mut out, "pipeline", "idx");
    json::raw(
        &mut out,
        "settings",
        r#"{"analyticsCollectionEnabled":false,"bugReportingEnabled":true,"omEnabled":false}"#,
    );
    json::push(&mut out, format_args!(",\"_links\":{{\"organization\":{{\"href\":\"{}\"}}}}}}", org.base));
    Some(Reply::json(200, out))
}

/// The answer to a request: a page remembered, or what the handler of its endpoint says.
pub(crate) fn route(cx: &mut Cx<'_>, request: &Request<Bytes>) -> Outcome {
    if request.uri().path().starts_with("/api/v1/") && !speaks_json(request) {
        return Err(ApiError::of("E0000019"));
    }
    if let Some(page) = cx.org.pages.get(request, cx.org.revision) {
        return Ok(Handled::Reply(page));
    }
    let outcome = dispatch(cx, request);
    if let Ok(Handled::Reply(reply)) = &outcome {
        cx.org.pages.put(request, cx.org.revision, reply);
    }
    outcome
}

/// Finds the handler and runs it.
fn dispatch(cx: &mut Cx<'_>, request: &Request<Bytes>) -> Outcome {
    let path = request.uri().path();
    let Some(rest) = path.strip_prefix("/api/v1/") else { return unbuilt() };
    let segments: Vec<Cow<'_, str>> = rest.split('/').map(params::decode).collect();
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    match segments.as_slice() {
        ["users", rest @ ..] => users::route(cx, request, rest),
        ["groups", rest @ ..] => groups::route(cx, request, rest),
        ["apps", rest @ ..] => apps::route(cx, request, rest),
        ["eventHooks", rest @ ..] => event_hooks::route(cx, request, rest),
        ["logStreams", rest @ ..] => log_streams::route(cx, request, rest),
        ["logs"] if request.method() == http::Method::GET => logs::list(cx, request),
        ["logs"] => wrong_method(),
        ["iam", rest @ ..] => iam::route(cx, request, rest),
        ["policies", rest @ ..] => policies::route(cx, request, rest),
        ["org" | "meta" | "authenticators", ..] => organization::route(cx, request, &segments),
        _ => listed::route(cx, request, &segments),
    }
}

/// Whether `Accept` and `Content-Type`, where they are sent, leave room for JSON.
pub(crate) fn speaks_json(request: &Request<Bytes>) -> bool {
    let says = |name, kinds: &[&str]| {
        let mut lines = request.headers().get_all(name).iter().peekable();
        let kind = |one: &str| one.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        lines.peek().is_none()
            || lines.any(|line| {
                let line = line.to_str().unwrap_or_default();
                line.split(',').any(|one| kinds.contains(&kind(one).as_str()))
            })
    };
    let sent = request.body().is_empty() || says(CONTENT_TYPE, &["application/json"]);
    sent && says(ACCEPT, &["application/json", "application/*", "*/*"])
}

/// No handler takes this; [`coverage::refusal`] says what that means.
fn unbuilt() -> Outcome {
    Err(ApiError::of("E0000060"))
}

fn wrong_method() -> Outcome {
    Err(ApiError::of("E0000022"))
}

fn ok(body: impl Into<Bytes>) -> Outcome {
    Ok(Handled::Reply(Reply::json(200, body)))
}

fn no_content() -> Outcome {
    Ok(Handled::Reply(Reply::no_content()))
}

/// The body as a JSON object; an empty body is an empty object.
pub(crate) fn body(request: &Request<Bytes>) -> Result<Map<String, Value>, ApiError> {
    if request.body().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(request.body()) {
        Ok(Value::Object(body)) => Ok(body),
        _ => Err(ApiError::of("E0000003")),
    }
}

/// A member that has to be an object where it is there.
fn object(body: &mut Map<String, Value>, key: &str) -> Result<Map<String, Value>, ApiError> {
    match body.remove(key) {
        Some(Value::Object(value)) => Ok(value),
        None => Ok(Map::new()),
        Some(_) => Err(ApiError::of("E0000003")),
    }
}
