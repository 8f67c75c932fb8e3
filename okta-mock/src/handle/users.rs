//! `/api/v1/users`: the four ways to list, and everything about one user.
//!
//! The plain list and `q` leave out DEPROVISIONED users, `filter` and `search` do not. Source: API reference, "Users".

use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Map, Value};

use super::page::Page;
use super::params::Params;
use super::query::{Expr, Op};
use super::{Cx, Outcome, body, no_content, object, ok, unbuilt, wrong_method};
use crate::error::ApiError;
use crate::org::id::Id;
use crate::org::users::{NewUser, Status, User};
use crate::timestamp::whole_seconds;

pub(super) fn route(cx: &mut Cx<'_>, request: &Request<Bytes>, path: &[&str]) -> Outcome {
    let method = request.method();
    match path {
        [] => match *method {
            Method::GET => list(cx, request),
            Method::POST => create(cx, request),
            _ => wrong_method(),
        },
        [key] => {
            let id = resolve(cx, key)?;
            match *method {
                Method::GET => ok(cx.org.find_user(&id)?.full(&cx.org.base)),
                Method::POST => update(cx, request, &id),
                Method::DELETE => cx.org.delete_user(&cx.tx, &id).and_then(|()| no_content()),
                Method::PUT => unbuilt(),
                _ => wrong_method(),
            }
        }
        [key, "lifecycle", operation] if *method == Method::POST => {
            let id = resolve(cx, key)?;
            lifecycle(cx, request, &id, operation)
        }
        [key, "groups"] if *method == Method::GET => groups_of(cx, request, key),
        [_, ..] => unbuilt(),
    }
}

fn list(cx: &mut Cx<'_>, request: &Request<Bytes>) -> Outcome {
    let params = Params::of(request.uri());
    let (filter, search) = (params.get("filter"), params.get("search"));
    if filter.is_some() && search.is_some() {
        return Err(ApiError::of("E0000033"));
    }
    if let Some(q) = params.get("q") {
        return find(cx, &params, q);
    }
    let limit = params.limit(200, 1, 200)?;
    let expr = match (filter, search) {
        (Some(text), _) => Some((parse_filter(text)?, false)),
        (_, Some(text)) => Some((parse_search(text)?, true)),
        _ => None,
    };
    let after = params.get("after").map(|cursor| user_cursor(cursor, search.is_some())).transpose()?;
    let start = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    let (org, base) = (&*cx.org, cx.org.base.as_str());
    let rows = org.users.range::<str, _>((start, Bound::Unbounded)).map(|(_, user)| user);
    let rows = rows.filter(|user| match &expr {
        Some((expr, fold_case)) => expr.holds(*fold_case, &|attribute| values(user, attribute)),
        None => user.status != Status::Deprovisioned,
    });
    // Recorded: the plain list's cursor is the user id with a digit before it, that of a search is the id itself.
    let cursor = |user: &User| if search.is_some() { user.id.to_string() } else { format!("2{}", user.id) };
    let page = Page::of(rows.map(|user| (cursor(user), user.row(base))), limit);
    let limit = limit.to_string();
    let mut own = vec![("limit", limit.as_str())];
    own.extend(filter.map(|filter| ("filter", filter)));
    own.extend(search.map(|search| ("search", search)));
    page.answer(&format!("{base}/api/v1/users"), params.get("after"), &own)
}

/// `q`: a prefix of a name or the e-mail address; never more than one page.
fn find(cx: &mut Cx<'_>, params: &Params, q: &str) -> Outcome {
    let (limit, wanted) = (params.limit(10, 1, 200)?, q.to_lowercase());
    let found = |user: &&User| {
        user.status != Status::Deprovisioned
            && ["firstName", "lastName", "email"]
                .iter()
                .any(|key| user.text(key).to_lowercase().starts_with(&wanted))
    };
    let base = &cx.org.base;
    let rows = cx.org.users.values().filter(found).take(limit);
    let page = Page::of(rows.map(|user| (String::new(), user.row(base))), limit);
    page.answer(&format!("{base}/api/v1/users"), None, &[("limit", &limit.to_string()), ("q", q)])
}

/// Reads a user cursor back into the id it stands for.
fn user_cursor(cursor: &str, of_search: bool) -> Result<Id, ApiError> {
    let id = if of_search { Some(cursor) } else { cursor.strip_prefix('2') };
    id.filter(|id| {
        id.len() == 20 && id.starts_with("00u") && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
    .map(Into::into)
    .ok_or_else(|| ApiError::bad_cursor("E0000031"))
}

/// `filter` knows seven attributes, `eq` everywhere and an order only for `lastUpdated`.
fn parse_filter(text: &str) -> Result<Expr, ApiError> {
    let invalid = |why: String| ApiError::saying("E0000053", format!("Invalid filter '{text}': {why}"));
    let expr = Expr::parse(text).map_err(invalid)?;
    if expr.negates() {
        return Err(invalid("The operator 'not' is not supported".to_owned()));
    }
    expr.each(&mut |attribute, op, _| match (attribute, op) {
        ("lastUpdated", Some(Op::Eq | Op::Gt | Op::Ge | Op::Lt | Op::Le)) => Ok(()),
        (
            "status" | "id" | "profile.login" | "profile.email" | "profile.firstName" | "profile.lastName",
            Some(Op::Eq),
        ) => Ok(()),
        (
            "lastUpdated" | "status" | "id" | "profile.login" | "profile.email" | "profile.firstName"
            | "profile.lastName",
            _,
        ) => Err(format!("The operator is not supported for '{attribute}'")),
        _ => Err(format!("The attribute '{attribute}' is not supported")),
    })
    .map_err(invalid)?;
    Ok(expr)
}

/// `search` knows every attribute; `co` only some, `ne` and `ew` nowhere.
fn parse_search(text: &str) -> Result<Expr, ApiError> {
    let invalid = |why: String| ApiError::of("E0000031").because(why);
    let expr = Expr::parse(text).map_err(invalid)?;
    expr.each(&mut |attribute, op, _| {
        let top =
            ["id", "status", "created", "activated", "statusChanged", "lastUpdated", "lastLogin", "type.id"];
        let contains = ["profile.firstName", "profile.lastName", "profile.email", "profile.login"];
        match op {
            _ if !top.contains(&attribute) && !attribute.starts_with("profile.") => {
                Err(format!("The attribute '{attribute}' is not supported"))
            }
            Some(Op::Ne | Op::Ew) => Err("The operator is not supported".to_owned()),
            Some(Op::Co) if !contains.contains(&attribute) => {
                Err(format!("'co' is not supported for '{attribute}'"))
            }
            _ => Ok(()),
        }
    })
    .map_err(invalid)?;
    if expr.negates() {
        return Err(invalid("The operator 'not' is not supported".to_owned()));
    }
    Ok(expr)
}

fn values(user: &User, attribute: &str) -> Vec<Value> {
    let time = |ms: Option<i64>| ms.map(|ms| Value::String(whole_seconds(ms))).into_iter().collect();
    match attribute {
        "id" => vec![user.id.as_ref().into()],
        "status" => vec![user.status.name().into()],
        "created" => time(Some(user.created)),
        "activated" => time(user.activated),
        "statusChanged" => time(user.status_changed),
        "lastUpdated" => time(Some(user.last_updated)),
        "lastLogin" => time(user.last_login),
        "type.id" => vec!["otydefault0000000mck".into()],
        other => match other.strip_prefix("profile.").and_then(|key| user.profile.get(key)) {
            Some(Value::Array(values)) => values.clone(),
            Some(value) => vec![value.clone()],
            None => Vec::new(),
        },
    }
}

fn create(cx: &mut Cx<'_>, request: &Request<Bytes>) -> Outcome {
    let params = Params::of(request.uri());
    let mut body = body(request)?;
    let profile = object(&mut body, "profile")?;
    let credentials = object(&mut body, "credentials")?;
    let groups: Vec<Id> = match body.remove("groupIds") {
        Some(Value::Array(ids)) if ids.len() > 20 => return Err(ApiError::of("E0000093").because("groupIds")),
        Some(Value::Array(ids)) => ids.iter().filter_map(Value::as_str).map(Into::into).collect(),
        _ => Vec::new(),
    };
    let new = NewUser {
        profile,
        activate: params.flag("activate", true),
        password: credentials.get("password").is_some_and(|password| !password.is_null()),
        change_password: params.get("nextLogin") == Some("changePassword"),
        groups,
    };
    let id = cx.org.create_user(&cx.tx, new)?;
    ok(cx.org.find_user(&id)?.full(&cx.org.base))
}

fn update(cx: &mut Cx<'_>, request: &Request<Bytes>, id: &str) -> Outcome {
    let profile: Map<String, Value> = object(&mut body(request)?, "profile")?;
    cx.org.update_profile(&cx.tx, id, profile)?;
    ok(cx.org.find_user(id)?.full(&cx.org.base))
}

fn lifecycle(cx: &mut Cx<'_>, request: &Request<Bytes>, id: &str, operation: &str) -> Outcome {
    match operation {
        "activate" => {
            cx.org.activate_user(&cx.tx, id)?;
            if Params::of(request.uri()).flag("sendEmail", true) {
                return ok("{}");
            }
            let token = cx.org.mint.hex("activation");
            let token = &token[..20];
            ok(format!(
                r#"{{"activationUrl":"{}/welcome/{token}","activationToken":"{token}"}}"#,
                cx.org.base
            ))
        }
        "deactivate" => cx.org.deactivate_user(&cx.tx, id).and_then(|()| ok("{}")),
        "suspend" => cx.org.suspend_user(&cx.tx, id).and_then(|()| ok("{}")),
        "unsuspend" => cx.org.unsuspend_user(&cx.tx, id).and_then(|()| ok("{}")),
        _ => unbuilt(),
    }
}

/// The groups of a user. The specification shows one page; recorded answers have links.
fn groups_of(cx: &mut Cx<'_>, request: &Request<Bytes>, key: &str) -> Outcome {
    let params = Params::of(request.uri());
    let limit = params.limit(200, 1, 200)?;
    let id = resolve(cx, key)?;
    let (user, base) = (cx.org.find_user(&id)?, &cx.org.base);
    let after = params.get("after").unwrap_or_default();
    let rows =
        cx.org.groups.range::<str, _>((Bound::Excluded(after), Bound::Unbounded)).map(|(_, group)| group);
    let rows = rows.filter(|group| group.has(user)).map(|group| (group.id.to_string(), group.row(base)));
    Page::of(rows, limit).answer(
        &format!("{base}/api/v1/users/{id}/groups"),
        params.get("after"),
        &[("limit", &limit.to_string())],
    )
}

/// A user's id, from an id, a login, or `me`.
fn resolve(cx: &Cx<'_>, key: &str) -> Result<Id, ApiError> {
    match key {
        // The owner of the API token, or the user who signed in; a service app is nobody.
        "me" if cx.tx.actor.kind == "User" => Ok(Arc::clone(&cx.tx.actor.id)),
        _ => cx.org.find_user(key).map(|user| Arc::clone(&user.id)),
    }
}
