//! `/groups/rules`. Source: API reference, "Group Rules": created INACTIVE, switching answers 204, deleting 202.

use std::ops::Bound;

use bytes::Bytes;
use http::{Method, Request};
use serde_json::Value;

use crate::engine::Handled;
use crate::handle::page::{Page, id_cursor, text};
use crate::handle::params::Params;
use crate::handle::{Cx, Outcome, body, no_content, ok, unbuilt, wrong_method};
use crate::reply::Reply;

pub(super) fn route(cx: &mut Cx<'_>, request: &Request<Bytes>, path: &[&str]) -> Outcome {
    let params = Params::of(request.uri());
    let names = params.get("expand") == Some("groupIdToGroupNameMap");
    let given = || body(request).map(Value::Object);
    match (request.method(), path) {
        (&Method::GET, []) => list(cx, &params, names),
        (&Method::POST, []) => {
            let id = cx.org.create_rule(&cx.tx, &given()?)?;
            ok(cx.org.rule(&id)?.json(cx.org, false))
        }
        (&Method::GET, [id]) => ok(cx.org.rule(id)?.json(cx.org, names)),
        (&Method::PUT, [id]) => {
            cx.org.rule(id)?;
            cx.org.replace_rule(&cx.tx, id, &given()?)?;
            ok(cx.org.rule(id)?.json(cx.org, false))
        }
        (&Method::DELETE, [id]) => {
            cx.org.delete_rule(&cx.tx, id, params.flag("removeUsers", false))?;
            Ok(Handled::Reply(Reply::json(202, "{}")))
        }
        (&Method::POST, [id, "lifecycle", operation @ ("activate" | "deactivate")]) => {
            cx.org.set_rule_active(&cx.tx, id, *operation == "activate")?;
            no_content()
        }
        (_, [] | [_]) => wrong_method(),
        _ => unbuilt(),
    }
}

fn list(cx: &Cx<'_>, params: &Params, names: bool) -> Outcome {
    let limit = params.limit(50, 1, 200)?;
    let after = id_cursor(params, cx.org, "0pr", "E0000031")?;
    let wanted = params.get("search").map(str::to_lowercase);
    let onwards = cx.org.rules.range::<str, _>((Bound::Excluded(after), Bound::Unbounded));
    let rows = onwards
        .map(|(_, rule)| rule)
        .filter(|rule| wanted.as_ref().is_none_or(|prefix| rule.name.to_lowercase().starts_with(prefix)));
    let page =
        Page::of(rows, limit, |rule, out| text(out, &rule.json(cx.org, names)), |rule| rule.id.to_string());
    let limit = limit.to_string();
    let mut own = vec![("limit", limit.as_str())];
    own.extend(params.get("search").map(|search| ("search", search)));
    own.extend(names.then_some(("expand", "groupIdToGroupNameMap")));
    page.answer(&format!("{}/api/v1/groups/rules", cx.org.base), params.get("after"), &own)
}
