//! `/groups/{id}/owners`. Source: API reference, "Group Owners": assigning answers 201, removing 204.

use bytes::Bytes;
use http::{Method, Request};
use serde_json::Value;

use crate::engine::Handled;
use crate::error::ApiError;
use crate::handle::listed::{Listed, by_id, search};
use crate::handle::params::Params;
use crate::handle::{Cx, Outcome, body, no_content, wrong_method};
use crate::reply::Reply;

pub(super) fn route(cx: &mut Cx<'_>, request: &Request<Bytes>, group: &str, path: &[&str]) -> Outcome {
    match (request.method(), path) {
        (&Method::GET, []) => list(cx, request, group),
        (&Method::POST, []) => {
            let body = body(request)?;
            let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
            let id = cx.org.add_owner(&cx.tx, group, text("type"), text("id"))?;
            let rows = cx.org.owners(group)?;
            let row = rows.iter().find(|row| row["id"] == *id);
            let row = row.ok_or_else(|| ApiError::not_found(&id, "GroupOwner"))?;
            Ok(Handled::Reply(Reply::json(201, row.to_string())))
        }
        (&Method::DELETE, [owner]) => cx.org.remove_owner(group, owner).and_then(|()| no_content()),
        _ => wrong_method(),
    }
}

fn list(cx: &Cx<'_>, request: &Request<Bytes>, group: &str) -> Outcome {
    let params = Params::of(request.uri());
    let mut rows = by_id(cx.org.owners(group)?);
    search(&mut rows, &params)?;
    let carried = params.get("search").map(|text| ("search", text.to_owned())).into_iter().collect();
    let path = format!("groups/{group}/owners");
    Listed { path, limit: 1_000, most: 1_000, bad_cursor: "E0000031", carried }.page(cx, &params, rows)
}
