//! `/api/v1/groups`: groups and their members. Source: API reference, "Groups".

mod owners;
mod rules;
mod sorted;

use std::borrow::Cow;
use std::ops::Bound;

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};

use self::sorted::Order;
use super::page::{Page, embedding, id_cursor, text, user_cursor};
use super::params::Params;
use super::query::{Expr, Op};
use super::{Cx, Outcome, body, no_content, object, ok, unbuilt, wrong_method};
use crate::error::ApiError;
use crate::org::Org;
use crate::org::groups::Group;
use crate::org::users::Entry;
use crate::sheet::Sheet;
use crate::timestamp::whole_seconds;

pub(super) fn route(cx: &mut Cx<'_>, request: &Request<Bytes>, path: &[&str]) -> Outcome {
    let method = request.method();
    match path {
        [] => match *method {
            Method::GET => list(cx, request),
            Method::POST => {
                let profile = object(&mut body(request)?, "profile")?;
                let id = cx.org.create_group(&cx.tx, profile)?;
                ok(cx.org.group(&id)?.row(&cx.org.base).to_owned())
            }
            _ => wrong_method(),
        },
        ["rules", rest @ ..] => rules::route(cx, request, rest),
        [id] => match *method {
            Method::GET => {
                let group = cx.org.group(id)?;
                ok(row(cx.org, group, expands_stats(&Params::of(request.uri()))).into_owned())
            }
            Method::PUT => {
                let profile = object(&mut body(request)?, "profile")?;
                cx.org.replace_group(&cx.tx, id, profile)?;
                ok(cx.org.group(id)?.row(&cx.org.base).to_owned())
            }
            Method::DELETE => cx.org.delete_group(&cx.tx, id).and_then(|()| no_content()),
            _ => wrong_method(),
        },
        [id, "users"] if *method == Method::GET => members(cx, request, id),
        [id, "apps"] if *method == Method::GET => apps(cx, request, id),
        [id, "owners", rest @ ..] => owners::route(cx, request, id, rest),
        [id, "users", user] => match *method {
            Method::PUT => cx.org.add_member(&cx.tx, id, user).and_then(|_| no_content()),
            Method::DELETE => cx.org.remove_member(&cx.tx, id, user).and_then(|_| no_content()),
            _ => wrong_method(),
        },
        [..] => unbuilt(),
    }
}

fn list(cx: &mut Cx<'_>, request: &Request<Bytes>) -> Outcome {
    let params = Params::of(request.uri());
    let base = &cx.org.base;
    let target = format!("{base}/api/v1/groups");
    let stats = expands_stats(&params);
    let expand = stats.then_some(("expand", "stats"));
    if let Some(q) = params.get("q") {
        let (limit, wanted) = (params.limit(300, 1, 10_000)?, q.to_lowercase());
        let rows = cx.org.groups.values().filter(|group| group.name().to_lowercase().starts_with(&wanted));
        let page = Page::whole(rows.map(|group| row(cx.org, group, stats)), limit);
        let limit = limit.to_string();
        let own: Vec<_> = [("limit", limit.as_str()), ("q", q)].into_iter().chain(expand).collect();
        return page.answer(&target, None, &own);
    }
    let limit = params.limit(10_000, 1, 10_000)?;
    let (filter, search) = (params.get("filter"), params.get("search"));
    let expr = match (filter, search) {
        (Some(_), Some(_)) => return Err(ApiError::of("E0000033")),
        (Some(text), _) => Some(parse(text, "E0000053")?),
        (_, Some(text)) => Some(parse(text, "E0000031")?),
        _ => None,
    };
    let fold_case = search.is_some();
    let wanted = |group: &&Group| {
        expr.as_ref().is_none_or(|expr| expr.holds(fold_case, &|attribute| values(group, attribute)))
    };
    if let Some(search) = search
        && let Some(order) = Order::read(params.get("sortBy"), params.get("sortOrder"))?
    {
        let (after, ids) = (params.get("after"), cx.org.spelling("00g"));
        let rows = order.behind(cx.org.groups.values().filter(wanted), after, &ids)?;
        let write = |group: &&Group, out: &mut Sheet| text(out, &row(cx.org, group, stats));
        let page = Page::of(rows.into_iter(), limit, write, |group| order.cursor(group));
        let limit = limit.to_string();
        let mut own = vec![("limit", limit.as_str()), ("search", search)];
        let sent = ["sortBy", "sortOrder"].into_iter();
        own.extend(sent.filter_map(|name| Some((name, params.get(name)?))));
        own.extend(expand);
        return page.answer(&target, params.get("after"), &own);
    }
    let after = id_cursor(&params, cx.org, "00g", "E0000031")?;
    let rows =
        cx.org.groups.range::<str, _>((Bound::Excluded(after), Bound::Unbounded)).map(|(_, group)| group);
    let rows = rows.filter(wanted);
    let write = |group: &&Group, out: &mut Sheet| text(out, &row(cx.org, group, stats));
    let page = Page::of(rows, limit, write, |group| group.id.to_string());
    let limit = limit.to_string();
    let mut own = vec![("limit", limit.as_str())];
    own.extend(filter.map(|filter| ("filter", filter)));
    own.extend(search.map(|search| ("search", search)));
    own.extend(expand);
    page.answer(&target, params.get("after"), &own)
}

fn expands_stats(params: &Params) -> bool {
    params.get("expand") == Some("stats")
}

/// The row of a group, counted where that is wanted. Nothing here is pushed to apps, and no group holds a role.
fn row<'a>(org: &'a Org, group: &'a Group, stats: bool) -> Cow<'a, str> {
    let row = group.row(&org.base);
    if !stats {
        return row.into();
    }
    let users = match group.built_in {
        true => org.users.from(0).filter(|(n, user)| group.has(*n, user.status())).count(),
        false => group.members.after(None).count(),
    };
    let apps = org.apps.values().filter(|app| app.groups.contains_key(&group.id)).count();
    let stats = json!({
        "usersCount": users, "appsCount": apps, "groupPushMappingsCount": 0, "hasAdminPrivilege": false,
    });
    embedding(row, "stats", &stats.to_string()).into()
}

/// Members are whole user rows. `Everyone` goes by user; other groups by an order of their own.
fn members(cx: &mut Cx<'_>, request: &Request<Bytes>, id: &str) -> Outcome {
    let params = Params::of(request.uri());
    let limit = params.limit(1_000, 1, 1_000)?;
    let (org, base) = (&*cx.org, cx.org.base.as_str());
    let group = org.group(id)?;
    let after = user_cursor(&params, &org.users, "E0000031")?;
    let target = format!("{base}/api/v1/groups/{id}/users");
    let write = |(_, user): &(u32, Entry<'_>), out: &mut Sheet| user.write_row(out, base);
    let cursor = |(n, _): &(u32, Entry<'_>)| org.users.id(*n).to_string();
    let page = if group.built_in {
        let from = after.map_or(0, |after| after.saturating_add(1));
        let rows = org.users.from(from).filter(|(n, user)| group.has(*n, user.status()));
        Page::of(rows, limit, write, cursor)
    } else {
        let members = group.members.after(after);
        let rows = members.filter_map(|(n, _)| org.users.entry(n).map(|user| (n, user)));
        Page::of(rows, limit, write, cursor)
    };
    page.answer(&target, params.get("after"), &[("limit", &limit.to_string())])
}

/// The apps that a group is assigned to, as whole rows.
fn apps(cx: &mut Cx<'_>, request: &Request<Bytes>, id: &str) -> Outcome {
    let params = Params::of(request.uri());
    let limit = params.limit(20, 1, 200)?;
    let after = id_cursor(&params, cx.org, "0oa", "E0000029")?;
    let (org, base) = (&*cx.org, cx.org.base.as_str());
    org.group(id)?;
    let onwards = org.apps.range::<str, _>((Bound::Excluded(after), Bound::Unbounded));
    let rows = onwards.map(|(_, app)| app).filter(|app| app.groups.contains_key(id));
    let page = Page::of(rows, limit, |app, out| text(out, &app.row(base, &org.id)), |app| app.id.to_string());
    let target = format!("{base}/api/v1/groups/{id}/apps");
    page.answer(&target, params.get("after"), &[("limit", &limit.to_string())])
}

fn parse(source: &str, code: &str) -> Result<Expr, ApiError> {
    let invalid = |why: String| match code {
        "E0000053" => ApiError::saying(code, format!("Invalid filter '{source}': {why}")),
        _ => ApiError::of(code).because(why),
    };
    let expr = Expr::parse(source).map_err(invalid)?;
    expr.each(&mut |attribute, op, _| {
        let plain = ["id", "type", "lastUpdated", "lastMembershipUpdated", "created"].contains(&attribute);
        let searched = attribute == "created" || attribute.starts_with("profile.");
        let known = if searched { code == "E0000031" } else { plain };
        match op {
            _ if !known => Err(format!("The attribute '{attribute}' is not supported")),
            None | Some(Op::Ne | Op::Ew) => Err("The operator is not supported".to_owned()),
            Some(Op::Sw | Op::Co) if plain => Err("The operator is not supported".to_owned()),
            _ => Ok(()),
        }
    })
    .map_err(invalid)?;
    Ok(expr)
}

fn values(group: &Group, attribute: &str) -> Vec<Value> {
    match attribute {
        "id" => vec![group.id.as_ref().into()],
        "type" => vec![group.kind().into()],
        "created" => vec![whole_seconds(group.created).into()],
        "lastUpdated" => vec![whole_seconds(group.last_updated).into()],
        "lastMembershipUpdated" => vec![whole_seconds(group.last_membership_updated).into()],
        other => other
            .strip_prefix("profile.")
            .and_then(|key| group.profile.get(key))
            .cloned()
            .into_iter()
            .collect(),
    }
}
