//! `/api/v1/apps`: apps and who is assigned. Source: API reference, "Applications", "Application Users".

use std::ops::Bound;

use bytes::Bytes;
use http::{Method, Request};
use serde_json::Value;

use super::page::{Page, embedding, id_cursor, text, user_cursor};
use super::params::Params;
use super::query::{Expr, Op};
use super::{Cx, Outcome, body, no_content, ok, unbuilt, wrong_method};
use crate::error::ApiError;
use crate::org::Org;
use crate::org::apps::profile::AppUserChange;
use crate::org::apps::{App, AppGroup, AppUser};
use crate::org::id::Id;
use crate::sheet::Sheet;

pub(super) fn route(cx: &mut Cx<'_>, request: &Request<Bytes>, path: &[&str]) -> Outcome {
    let method = request.method();
    match path {
        [] => match *method {
            Method::GET => list(cx, request),
            Method::POST => {
                let active = Params::of(request.uri()).flag("activate", true);
                let id = cx.org.create_app(&cx.tx, body(request)?, active)?;
                show(cx, &id)
            }
            _ => wrong_method(),
        },
        [id] => match *method {
            Method::GET => show(cx, id),
            Method::PUT => {
                cx.org.replace_app(&cx.tx, id, body(request)?)?;
                show(cx, id)
            }
            Method::DELETE => cx.org.delete_app(&cx.tx, id).and_then(|()| no_content()),
            _ => wrong_method(),
        },
        [id, "lifecycle", operation @ ("activate" | "deactivate")] if *method == Method::POST => {
            cx.org.set_app_active(&cx.tx, id, *operation == "activate")?;
            ok("{}")
        }
        [id, "users"] => match *method {
            Method::GET => users(cx, request, id),
            Method::POST => assign(cx, request, id),
            _ => wrong_method(),
        },
        [id, "users", user] => match *method {
            Method::GET => one_user(cx, id, user, expands(&Params::of(request.uri()), "user")),
            Method::POST => {
                let change = app_user(&body(request)?);
                cx.org.app(id)?.takes(&change)?;
                let user = cx.org.change_app_user(&cx.tx, id, user, change, false)?;
                one_user(cx, id, &user, false)
            }
            Method::DELETE => cx.org.unassign_app(&cx.tx, id, user).and_then(|()| no_content()),
            _ => unbuilt(),
        },
        [id, "groups"] if *method == Method::GET => groups(cx, request, id),
        [id, "groups", group] => match *method {
            Method::GET => one_group(cx, id, group, expands(&Params::of(request.uri()), "group")),
            Method::PUT => {
                let mut body = body(request)?;
                let priority = body.get("priority").and_then(Value::as_u64);
                cx.org.assign_group(&cx.tx, id, group, priority, body.remove("profile"))?;
                one_group(cx, id, group, false)
            }
            Method::PATCH => {
                let patch: Value =
                    serde_json::from_slice(request.body()).map_err(|_| ApiError::of("E0000003"))?;
                let patch = patch.as_array().ok_or_else(|| ApiError::of("E0000003"))?;
                cx.org.patch_app_group(&cx.tx, id, group, patch)?;
                one_group(cx, id, group, false)
            }
            Method::DELETE => cx.org.unassign_group(&cx.tx, id, group).and_then(|()| no_content()),
            _ => unbuilt(),
        },
        [id, kind @ ("grants" | "tokens"), rest @ ..] => without_client(cx, method, id, kind, rest),
        [..] => unbuilt(),
    }
}

/// Grants and refresh tokens of an app that is no client of the authorization server: there are none.
fn without_client(cx: &Cx<'_>, method: &Method, id: &str, kind: &str, rest: &[&str]) -> Outcome {
    cx.org.app(id)?;
    match (method, kind, rest) {
        (&Method::GET, _, []) => ok("[]"),
        (&Method::DELETE, "tokens", []) => no_content(),
        (&Method::POST, "grants", []) => Err(ApiError::validation(
            "appId",
            "appId: The app has no OAuth client that a scope could be granted to",
        )),
        (&Method::GET | &Method::DELETE, "grants", [grant]) => {
            Err(ApiError::not_found(grant, "OAuth2ScopeConsentGrant"))
        }
        (&Method::GET | &Method::DELETE, "tokens", [token]) => {
            Err(ApiError::not_found(token, "OAuth2RefreshTokenTx"))
        }
        _ => unbuilt(),
    }
}

fn list(cx: &mut Cx<'_>, request: &Request<Bytes>) -> Outcome {
    let params = Params::of(request.uri());
    let limit = params.limit(20, 1, 200)?;
    let after = id_cursor(&params, cx.org, "0oa", "E0000029")?;
    let (org, base) = (&*cx.org, cx.org.base.as_str());
    let filter = params.get("filter");
    let expr = filter.map(parse).transpose()?;
    let wanted = params.get("q").map(str::to_lowercase);
    let expand = params.get("expand").filter(|expand| expand.starts_with("user/"));
    let embedded = expand.and_then(|expand| org.users.number(expand.strip_prefix("user/")?));
    let rows = org.apps.range::<str, _>((Bound::Excluded(after), Bound::Unbounded)).map(|(_, app)| app);
    let rows = rows.filter(|app| {
        let named = |prefix: &String| {
            [&app.name, &app.label].iter().any(|name| name.to_lowercase().starts_with(prefix))
        };
        wanted.as_ref().is_none_or(named) && expr.as_ref().is_none_or(|expr| holds(expr, org, app))
    });
    let write = |app: &&App, out: &mut Sheet| {
        let row = app.row(base, &org.id);
        match embedded.and_then(|n| Some((org.users.id(n), app.assignment(org, n)?))) {
            Some((user, of)) => text(out, &embedding(row, "user", &app.user_row(base, &user, &of))),
            None => text(out, &row),
        }
    };
    let page = Page::of(rows, limit, write, |app| app.id.to_string());
    let limit = limit.to_string();
    let mut own = vec![("limit", limit.as_str())];
    own.extend(params.get("q").map(|q| ("q", q)));
    own.extend(filter.map(|filter| ("filter", filter)));
    own.extend(expand.map(|expand| ("expand", expand)));
    page.answer(&format!("{base}/api/v1/apps"), params.get("after"), &own)
}

/// Whether an app is wanted. `user.id` is asked, not listed: an app may have a million users.
fn holds(expr: &Expr, org: &Org, app: &App) -> bool {
    match expr {
        Expr::And(left, right) => holds(left, org, app) && holds(right, org, app),
        Expr::Or(left, right) => holds(left, org, app) || holds(right, org, app),
        Expr::Not(inner) => !holds(inner, org, app),
        Expr::Compare { attribute, op: Op::Eq, value: Value::String(user) } if attribute == "user.id" => {
            org.users.number(user).is_some_and(|user| app.users.contains(user))
        }
        Expr::Compare { attribute, op: Op::Eq, value: Value::String(group) } if attribute == "group.id" => {
            app.groups.contains_key(group.as_str())
        }
        _ => expr.holds(false, &|attribute| values(org, app, attribute)),
    }
}

fn parse(text: &str) -> Result<Expr, ApiError> {
    let invalid = |why: String| ApiError::saying("E0000053", format!("Invalid filter '{text}': {why}"));
    let expr = Expr::parse(text).map_err(invalid)?;
    expr.each(&mut |attribute, op, _| match attribute {
        "user.id" | "group.id" if op != Some(Op::Eq) => {
            Err(format!("The operator is not supported for '{attribute}'"))
        }
        "id" | "status" | "name" | "user.id" | "group.id" | KID | SLO => Ok(()),
        _ => Err(format!("The attribute '{attribute}' is not supported")),
    })
    .map_err(invalid)?;
    Ok(expr)
}

/// Where a row has these it says them deeper, or in another place.
const KID: &str = "credentials.signing.kid";
const SLO: &str = "settings.slo.enabled";

fn values(org: &Org, app: &App, attribute: &str) -> Vec<Value> {
    let shown = |at: &str| {
        let row: Value = serde_json::from_str(app.row(&org.base, &org.id)).unwrap_or_default();
        row.pointer(at).cloned().into_iter().collect()
    };
    match attribute {
        KID => shown("/credentials/signing/kid"),
        SLO => shown("/settings/signOn/slo/enabled"),
        "id" => vec![app.id.as_ref().into()],
        "status" => vec![if app.active { "ACTIVE" } else { "INACTIVE" }.into()],
        "name" => vec![app.name.as_str().into()],
        _ => Vec::new(),
    }
}

fn users(cx: &mut Cx<'_>, request: &Request<Bytes>, id: &str) -> Outcome {
    let params = Params::of(request.uri());
    let limit = params.limit(50, 1, 500)?;
    let (org, base) = (&*cx.org, cx.org.base.as_str());
    let app = org.app(id)?;
    let after = user_cursor(&params, &org.users, "E0000029")?;
    let wanted = params.get("q").map(str::to_lowercase);
    let rows = app.users.after(after).filter_map(|(n, _)| Some((n, app.assignment(org, n)?)));
    let rows = rows.filter(|(_, row)| {
        wanted.as_ref().is_none_or(|prefix| row.user_name.to_lowercase().starts_with(prefix))
    });
    let whole = expands(&params, "user");
    let page = Page::of(
        rows,
        limit,
        |(n, row), out| text(out, &user_row(org, app, *n, row, whole)),
        |(n, _)| org.users.id(*n).to_string(),
    );
    let limit = limit.to_string();
    let mut own = vec![("limit", limit.as_str())];
    own.extend(params.get("q").map(|q| ("q", q)));
    own.extend(whole.then_some(("expand", "user")));
    page.answer(&format!("{base}/api/v1/apps/{id}/users"), params.get("after"), &own)
}

fn expands(params: &Params, what: &str) -> bool {
    params.get("expand") == Some(what)
}

/// The row of an assignment, with the user in it where that is wanted.
fn user_row(org: &Org, app: &App, n: u32, row: &AppUser, whole: bool) -> String {
    let row = app.user_row(&org.base, &org.users.id(n), row);
    match org.users.entry(n).filter(|_| whole) {
        Some(user) => embedding(&row, "user", &String::from_utf8_lossy(&user.full(&org.base))),
        None => row,
    }
}

fn one_user(cx: &Cx<'_>, id: &str, user: &str, whole: bool) -> Outcome {
    let app = cx.org.app(id)?;
    let number = cx.org.users.number(user);
    match number.and_then(|n| app.assignment(cx.org, n).map(|row| (n, row))) {
        Some((n, row)) => ok(user_row(cx.org, app, n, &row, whole)),
        None => Err(ApiError::not_found(user, "AppUser")),
    }
}

fn show(cx: &Cx<'_>, id: &str) -> Outcome {
    ok(cx.org.app(id)?.row(&cx.org.base, &cx.org.id).to_owned())
}

fn groups(cx: &mut Cx<'_>, request: &Request<Bytes>, id: &str) -> Outcome {
    let params = Params::of(request.uri());
    let limit = params.limit(20, 20, 200)?;
    let after = id_cursor(&params, cx.org, "00g", "E0000029")?;
    let (org, base) = (&*cx.org, cx.org.base.as_str());
    let (app, whole) = (org.app(id)?, expands(&params, "group"));
    let prefix = params.get("q").map(str::to_lowercase);
    let named = |group: &Id| {
        let name = |prefix: &String| {
            org.groups.get(group).is_some_and(|group| group.name().to_lowercase().starts_with(prefix))
        };
        prefix.as_ref().is_none_or(name)
    };
    let rows = app.groups.range::<str, _>((Bound::Excluded(after), Bound::Unbounded));
    let page = Page::of(
        rows.filter(|(group, _)| named(group)),
        limit,
        |(group, row), out| text(out, &group_row(org, app, group, row, whole)),
        |(group, _)| group.to_string(),
    );
    let limit = limit.to_string();
    let mut own = vec![("limit", limit.as_str())];
    own.extend(params.get("q").map(|q| ("q", q)));
    own.extend(whole.then_some(("expand", "group")));
    page.answer(&format!("{base}/api/v1/apps/{id}/groups"), params.get("after"), &own)
}

/// The row of a group's assignment, with the group in it where that is wanted.
fn group_row(org: &Org, app: &App, group: &Id, row: &AppGroup, whole: bool) -> String {
    let row = row.row(&org.base, &app.id, group);
    match org.groups.get(group).filter(|_| whole) {
        Some(group) => embedding(&row, "group", group.row(&org.base)),
        None => row,
    }
}

fn one_group(cx: &Cx<'_>, id: &str, group: &str, whole: bool) -> Outcome {
    let app = cx.org.app(id)?;
    match app.groups.get_key_value(group) {
        Some((group, row)) => ok(group_row(cx.org, app, group, row, whole)),
        None => Err(ApiError::not_found(group, "ApplicationGroupAssignment")),
    }
}

fn assign(cx: &mut Cx<'_>, request: &Request<Bytes>, id: &str) -> Outcome {
    let body = body(request)?;
    let Some(user) = body.get("id").and_then(Value::as_str) else {
        return Err(ApiError::validation("id", "id: The field cannot be left blank"));
    };
    let change = app_user(&body);
    cx.org.app(id)?.takes(&change)?;
    let known = cx.org.find_number(user).is_some_and(|n| cx.org.apps[id].users.contains(n));
    let user = cx.org.assign_app(&cx.tx, id, user)?;
    cx.org.change_app_user(&cx.tx, id, &user, change, !known)?;
    one_user(cx, id, &user, false)
}

/// What a body says about an assignment.
fn app_user(body: &serde_json::Map<String, Value>) -> AppUserChange {
    let credentials = |name: &str| body.get("credentials").and_then(|given| given.get(name));
    AppUserChange {
        user_name: credentials("userName").and_then(Value::as_str).map(str::to_owned),
        password: credentials("password").is_some_and(|given| given.get("value").is_some()),
        profile: body.get("profile").and_then(Value::as_object).cloned().unwrap_or_default(),
        own: body.get("scope").and_then(Value::as_str) == Some("USER"),
    }
}
