//! What Okta keeps beside a user: `/users/{id}/factors`, `/roles`, `/appLinks`, `/grants`, `/clients`, `/idps`, `/blocks`.
//!
//! Source: API reference. Only grants come in pages.

use bytes::Bytes;
use http::Request;
use serde_json::Value;

use super::resolve;
use crate::error::ApiError;
use crate::handle::page::{Page, id_cursor, text};
use crate::handle::params::Params;
use crate::handle::{Cx, Outcome, ok, unbuilt};

/// Answers where there is such a list.
pub(super) fn list(cx: &Cx<'_>, request: &Request<Bytes>, key: &str, kind: &str) -> Option<Outcome> {
    let rows = |cx: &Cx<'_>| {
        let id = resolve(cx, key)?;
        let missing = || ApiError::not_found(key, "User");
        let n = cx.org.users.number(&id).ok_or_else(missing)?;
        let user = cx.org.users.nth(n).ok_or_else(missing)?;
        Ok(match kind {
            "factors" => cx.org.factors(n, &user),
            "roles" => cx.org.roles(n, &user),
            "appLinks" => cx.org.app_links(n),
            "clients" => cx.org.clients(n, &user),
            "grants" => return grants(cx, request, n, None),
            _ => Vec::new(),
        })
        .and_then(|rows| ok(Value::Array(rows).to_string()))
    };
    matches!(kind, "factors" | "roles" | "appLinks" | "clients" | "grants" | "idps" | "blocks")
        .then(|| rows(cx))
}

/// One factor, role or grant of a user.
pub(super) fn one(cx: &Cx<'_>, key: &str, kind: &str, id: &str) -> Outcome {
    if !["factors", "roles", "grants"].contains(&kind) {
        return unbuilt();
    }
    let user = resolve(cx, key)?;
    let missing = || ApiError::not_found(key, "User");
    let n = cx.org.users.number(&user).ok_or_else(missing)?;
    let user = cx.org.users.nth(n).ok_or_else(missing)?;
    let (rows, kind) = match kind {
        "factors" => (cx.org.factors(n, &user), "UserFactor"),
        "roles" => (cx.org.roles(n, &user), "RoleAssignment"),
        _ => (cx.org.grants(n, &user).into_iter().map(|(_, row)| row).collect(), "OAuth2ScopeConsentGrant"),
    };
    match rows.iter().find(|row| row["id"] == id) {
        Some(row) => ok(row.to_string()),
        None => Err(ApiError::not_found(id, kind)),
    }
}

/// What a user gave one client: the consents, and no refresh token, for nobody signed in to a generated app.
pub(super) fn of_client(
    cx: &Cx<'_>,
    request: &Request<Bytes>,
    key: &str,
    client: &str,
    kind: &str,
) -> Outcome {
    let user = resolve(cx, key)?;
    let n = cx.org.users.number(&user).unwrap_or(u32::MAX);
    cx.org.app(client).map_err(|_| ApiError::not_found(client, "PublicClientApp"))?;
    if kind == "grants" { grants(cx, request, n, Some(client)) } else { ok("[]") }
}

fn grants(cx: &Cx<'_>, request: &Request<Bytes>, n: u32, client: Option<&str>) -> Outcome {
    let params = Params::of(request.uri());
    let limit = params.limit(20, 1, 200)?;
    let user = cx.org.users.nth(n).ok_or_else(|| ApiError::of("E0000007"))?;
    let after = id_cursor(&params, cx.org, "oag", "E0000031")?;
    let of = |row: &Value| client.is_none_or(|client| row["clientId"] == client);
    let rows = cx.org.grants(n, &user).into_iter().filter(|(id, row)| id.as_str() > after && of(row));
    let page = Page::of(rows, limit, |(_, row), out| text(out, &row.to_string()), |(id, _)| id.clone());
    let of = client.map(|client| format!("clients/{client}/")).unwrap_or_default();
    let target = format!("{}/api/v1/users/{}/{of}grants", cx.org.base, user.id);
    page.answer(&target, params.get("after"), &[("limit", &limit.to_string())])
}
