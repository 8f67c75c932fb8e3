//! `/api/v1/users`: the four ways to list, and everything about one user.
//!
//! The plain list and `q` leave out DEPROVISIONED users, `filter` and `search` do not. Source: API reference, "Users".

mod expressions;
mod lifecycle;
mod omit;
mod reads;
mod said;
mod sorted;

use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ETAG, IF_MATCH};
use http::{Method, Request};
use serde_json::Value;

use self::expressions::{parse_filter, parse_search};
use self::said::Said;
use self::sorted::Order;
pub(crate) use self::sorted::Runs;
use super::page::{Page, id_cursor, text};
use super::params::Params;
use super::wanted::{Prefix, Wanted};
use super::{Cx, Outcome, body, no_content, unbuilt, wrong_method};
use crate::engine::Handled;
use crate::error::ApiError;
use crate::org::Org;
use crate::org::id::Id;
use crate::org::users::{Entry, NewUser, Status};
use crate::reply::Reply;
use crate::sheet::Sheet;

pub(super) fn route(cx: &mut Cx<'_>, request: &Request<Bytes>, path: &[&str]) -> Outcome {
    let outcome = dispatch(cx, request, path)?;
    Ok(match (outcome, path) {
        (Handled::Reply(reply), [] | [_]) => Handled::Reply(omit::omit(request, reply)),
        (outcome, _) => outcome,
    })
}

fn dispatch(cx: &mut Cx<'_>, request: &Request<Bytes>, path: &[&str]) -> Outcome {
    let method = request.method();
    match path {
        [] => match *method {
            Method::GET => list(cx, request),
            Method::POST => create(cx, request),
            _ => wrong_method(),
        },
        [key] if *method == Method::GET && *key != "me" => {
            let found = cx.org.find_number(key).and_then(|n| cx.org.users.entry(n));
            show_entry(cx, &found.ok_or_else(|| ApiError::not_found(key, "User"))?)
        }
        [key] => {
            let id = resolve(cx, key)?;
            match *method {
                Method::GET => show(cx, &id),
                Method::POST | Method::PUT => update(cx, request, &id),
                Method::DELETE => cx.org.delete_user(&cx.tx, &id).and_then(|()| no_content()),
                _ => wrong_method(),
            }
        }
        [key, "lifecycle", operation] if *method == Method::POST => {
            let id = resolve(cx, key)?;
            lifecycle::operate(cx, request, &id, operation)
        }
        [key, "credentials", operation @ ("change_password" | "forgot_password")]
            if *method == Method::POST =>
        {
            let id = resolve(cx, key)?;
            lifecycle::credentials(cx, request, &id, operation)
        }
        [key, "sessions"] if *method == Method::DELETE => {
            let id = resolve(cx, key)?;
            cx.org.clear_sessions(&cx.tx, &id).and_then(|()| no_content())
        }
        [key, "groups"] if *method == Method::GET => groups_of(cx, request, key),
        [key, kind] if *method == Method::GET => reads::list(cx, request, key, kind).unwrap_or_else(unbuilt),
        // Refresh tokens are of clients that somebody signed in to; those are not answered here.
        [_, "clients", client, "tokens", ..] if !cx.org.apps.contains_key(*client) => {
            Err(ApiError::not_found(client, "PublicClientApp"))
        }
        [_, "clients", _, "tokens"] if *method == Method::DELETE => no_content(),
        [_, "clients", _, "tokens", token] if matches!(*method, Method::GET | Method::DELETE) => {
            Err(ApiError::not_found(token, "OAuth2RefreshTokenTx"))
        }
        [key, "clients", client, kind @ ("grants" | "tokens")] if *method == Method::GET => {
            reads::of_client(cx, request, key, client, kind)
        }
        [key, kind, id] if *method == Method::GET && !matches!(*id, "catalog" | "questions") => {
            reads::one(cx, key, kind, id)
        }
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
    if let (Some((expr, fold_case)), Some(text)) = (&expr, search)
        && let Some(order) = Order::read(params.get("sortBy"), params.get("sortOrder"))?
    {
        let wanted = Wanted::new(expr.clone(), *fold_case);
        return in_order(cx, &params, (text, limit), &wanted, &order);
    }
    let (org, base) = (&*cx.org, cx.org.base.as_str());
    let after = params.get("after").map(|cursor| user_cursor(org, cursor, search.is_some())).transpose()?;
    let first = after.map_or(0, |after| after.saturating_add(1));
    let write = |(_, user): &(u32, Entry<'_>), out: &mut Sheet| user.write_row(out, base);
    // Recorded: the plain list's cursor is the user id with a digit before it, that of a search is the id itself.
    let cursor = |(n, _): &(u32, Entry<'_>)| {
        let id = org.users.id(*n);
        if search.is_some() { id.to_string() } else { format!("2{id}") }
    };
    let page = match expr {
        None => {
            let rows = org.users.from(first).filter(|(_, user)| user.status() != Status::Deprovisioned);
            Page::of(rows, limit, write, cursor)
        }
        Some((expr, fold_case)) => {
            let wanted = Wanted::new(expr, fold_case);
            Page::of(wanted.among(&org.users, first, search.map(|_| cx.tx.at)), limit, write, cursor)
        }
    };
    let limit = limit.to_string();
    let mut own = vec![("limit", limit.as_str())];
    own.extend(filter.map(|filter| ("filter", filter)));
    own.extend(search.map(|search| ("search", search)));
    page.answer(&format!("{base}/api/v1/users"), params.get("after"), &own)
}

/// A page of a search that is sorted by something other than the id.
fn in_order(
    cx: &mut Cx<'_>,
    params: &Params,
    (search, limit): (&str, usize),
    wanted: &Wanted,
    order: &Order,
) -> Outcome {
    let (org, now) = (&mut *cx.org, cx.tx.at);
    let behind = params.get("after").map(|cursor| order.key(cursor)).transpose()?;
    if behind.as_ref().is_some_and(|key| key.number() >= org.users.numbers()) {
        return Err(ApiError::bad_cursor("E0000031"));
    }
    let most = limit.saturating_add(1);
    let keys = order.page((&org.users, &mut org.runs), (search, wanted), behind.as_ref(), most, now);
    let rows = keys.iter().filter_map(|key| Some((key, org.users.indexed_entry(key.number(), now)?)));
    let base = &org.base;
    let page =
        Page::of(rows, limit, |(_, user), out| user.write_row(out, base), |(key, _)| order.cursor(key));
    let limit = limit.to_string();
    let mut own = vec![("limit", limit.as_str()), ("search", search)];
    for name in ["sortBy", "sortOrder"] {
        own.extend(params.get(name).map(|value| (name, value)));
    }
    page.answer(&format!("{base}/api/v1/users"), params.get("after"), &own)
}

/// `q`: a prefix of a name or the e-mail address; never more than one page.
fn find(cx: &mut Cx<'_>, params: &Params, q: &str) -> Outcome {
    let (limit, prefix) = (params.limit(10, 1, 200)?, Prefix::new(q));
    let (org, base) = (&*cx.org, cx.org.base.as_str());
    let rows = org.users.indexed(0, cx.tx.at, false).filter(|(_, user)| prefix.fits(user)).take(limit);
    let page = Page::of(rows, limit, |(_, user), out| user.write_row(out, base), |_| String::new());
    page.answer(&format!("{base}/api/v1/users"), None, &[("limit", &limit.to_string()), ("q", q)])
}

/// Reads a user cursor back into the number it stands for.
fn user_cursor(org: &Org, cursor: &str, of_search: bool) -> Result<u32, ApiError> {
    let id = if of_search { Some(cursor) } else { cursor.strip_prefix('2') };
    id.and_then(|id| org.users.number(id)).ok_or_else(|| ApiError::bad_cursor("E0000031"))
}

fn create(cx: &mut Cx<'_>, request: &Request<Bytes>) -> Outcome {
    let params = Params::of(request.uri());
    let mut body = body(request)?;
    let said = Said::of(cx.org, &mut body)?;
    let groups: Vec<Id> = match body.remove("groupIds") {
        Some(Value::Array(ids)) if ids.len() > 20 => return Err(ApiError::of("E0000093").because("groupIds")),
        Some(Value::Array(ids)) => ids.iter().filter_map(Value::as_str).map(Into::into).collect(),
        _ => Vec::new(),
    };
    let new = NewUser {
        profile: said.profile,
        activate: params.flag("activate", true),
        password: said.password,
        provider: said.provider,
        change_password: params.get("nextLogin") == Some("changePassword"),
        groups,
        realm: said.realm,
        recovery_question: said.recovery_question,
    };
    let id = cx.org.create_user(&cx.tx, new)?;
    show(cx, &id)
}

/// POST says what changes, PUT says everything.
fn update(cx: &mut Cx<'_>, request: &Request<Bytes>, id: &str) -> Outcome {
    let expected = request.headers().get(IF_MATCH).and_then(|value| value.to_str().ok());
    if expected
        .is_some_and(|expected| expected != "*" && entry(cx, id).is_ok_and(|user| expected != etag(&user)))
    {
        return Err(ApiError::of("E0000231"));
    }
    let said = Said::of(cx.org, &mut body(request)?)?;
    if *request.method() == Method::PUT {
        cx.org.replace_profile(&cx.tx, id, said.profile)?;
    } else {
        cx.org.update_profile(&cx.tx, id, said.profile)?;
    }
    cx.org.update_rest(&cx.tx, id, said.realm, said.recovery_question)?;
    if said.password {
        cx.org.set_password(&cx.tx, id)?;
    }
    show(cx, id)
}

/// A user alone, with the tag that `If-Match` compares.
fn show(cx: &Cx<'_>, id: &str) -> Outcome {
    show_entry(cx, &entry(cx, id)?)
}

fn show_entry(cx: &Cx<'_>, user: &Entry<'_>) -> Outcome {
    let mut reply = Reply::json(200, user.full(&cx.org.base));
    reply.set(ETAG, &etag(user));
    Ok(Handled::Reply(reply))
}

fn etag(user: &Entry<'_>) -> String {
    format!("W/\"{:x}\"", user.version())
}

fn entry<'a>(cx: &'a Cx<'_>, id: &str) -> Result<Entry<'a>, ApiError> {
    let found = cx.org.users.number(id).and_then(|n| cx.org.users.entry(n));
    found.ok_or_else(|| ApiError::not_found(id, "User"))
}

/// The groups of a user. The specification shows one page; recorded answers have links.
fn groups_of(cx: &mut Cx<'_>, request: &Request<Bytes>, key: &str) -> Outcome {
    let params = Params::of(request.uri());
    let limit = params.limit(200, 1, 200)?;
    let id = resolve(cx, key)?;
    let (base, after) = (&cx.org.base, id_cursor(&params, cx.org, "00g", "E0000031")?);
    let number = cx.org.find_number(&id).unwrap_or(u32::MAX);
    let status = cx.org.find_user(&id)?.status;
    let rows =
        cx.org.groups.range::<str, _>((Bound::Excluded(after), Bound::Unbounded)).map(|(_, group)| group);
    let rows = rows.filter(|group| group.has(number, status));
    let page = Page::of(rows, limit, |group, out| text(out, &group.row(base)), |group| group.id.to_string());
    page.answer(
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
        _ => match cx.org.find_number(key) {
            Some(n) => Ok(cx.org.users.id(n)),
            None => Err(ApiError::not_found(key, "User")),
        },
    }
}
