//! `/api/v1/api-tokens`: what an admin sees and ends. Source: API reference, "API Tokens".

use bytes::Bytes;
use http::{Method, Request};

use super::Credentials;
use crate::engine::Handled;
use crate::error::ApiError;
use crate::handle::Cx;
use crate::oauth;
use crate::reply::Reply;

type Outcome = Result<Handled, ApiError>;

/// Answers what belongs to credentials; `None` leaves the request to the org's own endpoints.
pub(crate) fn route(
    credentials: &mut Credentials,
    cx: &mut Cx<'_>,
    request: &Request<Bytes>,
) -> Option<Outcome> {
    let path = request.uri().path();
    let Some(rest) = path.strip_prefix("/api/v1/api-tokens") else {
        return oauth::admin_route(&mut credentials.oauth, cx, request, path);
    };
    Some(match (rest.strip_prefix('/'), request.method()) {
        (None, &Method::GET) if rest.is_empty() => list(credentials, cx),
        (None, _) if rest.is_empty() => Err(ApiError::of("E0000022")),
        (None, _) => return None,
        (Some("current"), &Method::DELETE) => current(cx).and_then(|id| revoke(credentials, cx, &id)),
        (Some(id), &Method::GET) => {
            credentials.tokens.get(id).map(|token| Handled::Reply(Reply::json(200, token.json(&cx.org.base))))
        }
        (Some(id), &Method::DELETE) => revoke(credentials, cx, id),
        (Some(_), &Method::PUT) => Err(ApiError::of("E0000060")),
        _ => Err(ApiError::of("E0000022")),
    })
}

fn list(credentials: &Credentials, cx: &Cx<'_>) -> Outcome {
    let rows: Vec<String> = credentials.tokens.all().map(|token| token.json(&cx.org.base)).collect();
    Ok(Handled::Reply(Reply::json(200, format!("[{}]", rows.join(",")))))
}

/// The token of this very request.
fn current(cx: &Cx<'_>) -> Result<String, ApiError> {
    match &cx.tx.origin {
        crate::org::event::Origin::Web { token: Some(id), .. } => Ok(id.to_string()),
        _ => Err(ApiError::not_found("current", "Token")),
    }
}

fn revoke(credentials: &mut Credentials, cx: &mut Cx<'_>, id: &str) -> Outcome {
    credentials.tokens.revoke(cx.org, &cx.tx, id)?;
    Ok(Handled::Reply(Reply::no_content()))
}
