//! Rate limits as an org shows them: `/principal-rate-limits` and `/rate-limit-settings`. To read only; `/_mock/rate-limits`
//! changes them. Source: API reference, "Principal Rate Limits" and "Rate Limit Settings"; `API.md` §3.4.

use http::{Method, Request};
use serde_json::{Value, json};

use super::listed::{Listed, Row, by_id, one};
use super::params::Params;
use super::query::{Expr, Op};
use super::{Cx, Outcome, ok};
use crate::credentials::Credentials;
use crate::error::ApiError;
use crate::limits::Limits;
use crate::org::id::Id;
use crate::timestamp::whole_seconds;

const TYPES: [&str; 2] = ["SSWS_TOKEN", "OAUTH_CLIENT"];

/// Answers what is about limits; `None` leaves the request to others.
pub(crate) fn route<B>(
    limits: &Limits,
    credentials: &Credentials,
    cx: &Cx<'_>,
    request: &Request<B>,
) -> Option<Outcome> {
    let path = request.uri().path().strip_prefix("/api/v1/")?;
    if request.method() != Method::GET {
        return None;
    }
    Some(match path.split('/').collect::<Vec<_>>()[..] {
        ["principal-rate-limits"] => list(limits, credentials, cx, &Params::of(request.uri())),
        ["principal-rate-limits", id] => one(principals(limits, credentials, cx), id, "PrincipalRateLimit"),
        ["rate-limit-settings", "admin-notifications"] => {
            ok(json!({ "notificationsEnabled": true }).to_string())
        }
        ["rate-limit-settings", "warning-threshold"] => {
            ok(json!({ "warningThreshold": limits.warning }).to_string())
        }
        ["rate-limit-settings", "per-client"] => ok(json!({
            "defaultMode": "PREVIEW",
            "useCaseModeOverrides": { "LOGIN_PAGE": "ENFORCE", "OAUTH2_AUTHORIZE": "PREVIEW", "OIE_APP_INTENT": "DISABLE" },
        })
        .to_string()),
        _ => return None,
    })
}

fn list(limits: &Limits, credentials: &Credentials, cx: &Cx<'_>, params: &Params) -> Outcome {
    let invalid = |why: &str| ApiError::validation("filter", format!("filter: {why}"));
    let filter = params.get("filter").ok_or_else(|| invalid("The parameter is missing"))?;
    let expr = Expr::parse(filter).map_err(|why| invalid(&why))?;
    let mut known = |attribute: &str, op: Option<Op>, value: Option<&Value>| {
        let named = value.and_then(Value::as_str).is_some_and(|value| TYPES.contains(&value));
        match (attribute, op) {
            ("principalType", Some(Op::Eq)) if named => Ok(()),
            ("principalType", Some(Op::Eq)) => Err(format!("principalType is one of {}", TYPES.join(", "))),
            _ => Err("Only principalType with eq is supported".to_owned()),
        }
    };
    expr.each(&mut known).map_err(|why| invalid(&why))?;
    if expr.negates() {
        return Err(invalid("The operator 'not' is not supported"));
    }
    let mut rows = principals(limits, credentials, cx);
    rows.retain(|(_, row)| expr.holds(false, &|attribute| vec![row[attribute].clone()]));
    let carried = vec![("filter", filter.to_owned())];
    let path = "principal-rate-limits".to_owned();
    Listed { path, limit: 20, most: 50, bad_cursor: "E0000031", carried }.page(cx, params, rows)
}

/// Everybody whose requests are counted apart: API tokens, then OAuth clients.
fn principals(limits: &Limits, credentials: &Credentials, cx: &Cx<'_>) -> Vec<Row> {
    let started = cx.org.users.formula.start;
    let owner = cx.org.owner.as_ref();
    let tokens = credentials.tokens.all();
    let tokens = tokens.map(|token| (TYPES[0], &token.id, token.created, token.owner.as_ref()));
    // The clients came with the org.
    let clients = credentials.oauth.clients().map(|client| (TYPES[1], &client.id, started, owner));
    by_id(tokens.chain(clients).map(|principal| row(limits, cx, principal)))
}

/// Recorded: these times have no milliseconds.
fn row(
    limits: &Limits,
    cx: &Cx<'_>,
    (kind, id, created, by): (&'static str, &Id, i64, Option<&Id>),
) -> Value {
    let created = whole_seconds(created).replace(".000Z", "Z");
    let by = by.map_or("sprmock0000000000000", |by| by);
    json!({
        "id": format!("prl{}", id.get(3..).unwrap_or_default()), "orgId": *cx.org.id, "principalId": **id,
        "principalType": kind, "defaultPercentage": limits.share,
        // Okta's default; how many requests may be under way is the org's alone here.
        "defaultConcurrencyPercentage": 50,
        "lastUpdate": created, "lastUpdatedBy": by, "createdDate": created, "createdBy": by,
    })
}
