//! What an org has beside people, groups and apps: devices, identity providers, authorization servers, behaviors,
//! realms, mappings, zones. To read only, the same in every org of a seed; each list with cursors of its own form.
//!
//! Source: API reference, and recorded answers for the cursors: a behavior's is its name, with plus signs; a list of
//! authorization servers says `limit=-1`; one of realms adds a `search` that nobody sent.

mod authorization_servers;
mod devices;
mod identity_providers;
mod mappings;
mod more;

use http::{Method, Request};
use serde_json::Value;

use super::page::{Page, text};
use super::params::Params;
use super::query::Expr;
use super::{Cx, Outcome, ok, unbuilt};
use crate::error::ApiError;

/// How a list pages.
pub(super) struct Listed {
    /// Behind `/api/v1/`.
    pub(super) path: String,
    /// What `self` says when no `limit` was sent; `-1` for everything.
    pub(super) limit: i64,
    pub(super) most: usize,
    /// How it refuses a cursor.
    pub(super) bad_cursor: &'static str,
    /// Parameters that the links carry.
    pub(super) carried: Vec<(&'static str, String)>,
}

/// A row with its cursor.
pub(super) type Row = (String, Value);

pub(super) use more::is_realm;

pub(super) fn route<B>(cx: &Cx<'_>, request: &Request<B>, path: &[&str]) -> Outcome {
    if request.method() != Method::GET {
        return unbuilt();
    }
    let params = Params::of(request.uri());
    match path {
        ["devices", rest @ ..] => devices::read(cx, &params, rest),
        ["idps", rest @ ..] => identity_providers::read(cx, &params, rest),
        ["authorizationServers", rest @ ..] => authorization_servers::read(cx, &params, rest),
        ["mappings", rest @ ..] => mappings::read(cx, &params, rest),
        ["behaviors", rest @ ..] => more::behaviors(cx, &params, rest),
        ["realms", rest @ ..] => more::realms(cx, &params, rest),
        ["zones", rest @ ..] => more::zones(cx, &params, rest),
        ["agentPools"] => ok("[]"),
        _ => unbuilt(),
    }
}

impl Listed {
    /// The page that was asked for.
    pub(super) fn page(&self, cx: &Cx<'_>, params: &Params, rows: Vec<Row>) -> Outcome {
        let all = params.get("limit").is_none_or(|limit| limit == "-1") && self.limit < 0;
        let limit = match all {
            true => rows.len().max(1),
            false => params.limit(usize::try_from(self.limit).unwrap_or(self.most), 1, self.most)?,
        };
        let after = params.get("after");
        let first = match after {
            None => 0,
            Some(after) => {
                let at = rows.iter().position(|(cursor, _)| cursor == after);
                at.ok_or_else(|| ApiError::bad_cursor(self.bad_cursor))? + 1
            }
        };
        let rows = rows.into_iter().skip(first);
        let page =
            Page::of(rows, limit, |(_, row), out| text(out, &row.to_string()), |(cursor, _)| cursor.clone());
        let limit = if all { "-1".to_owned() } else { limit.to_string() };
        let mut own = vec![("limit", limit.as_str())];
        own.extend(self.carried.iter().map(|(name, value)| (*name, value.as_str())));
        page.answer(&format!("{}/api/v1/{}", cx.org.base, self.path), after, &own)
    }
}

/// The row with this id.
pub(super) fn one(rows: Vec<Row>, id: &str, kind: &str) -> Outcome {
    match rows.into_iter().find(|(_, row)| row["id"] == id) {
        Some((_, row)) => ok(row.to_string()),
        None => Err(ApiError::not_found(id, kind)),
    }
}

/// Rows whose cursor is their id.
pub(super) fn by_id(rows: impl IntoIterator<Item = Value>) -> Vec<Row> {
    rows.into_iter().map(|row| (row["id"].as_str().unwrap_or_default().to_owned(), row)).collect()
}

/// Leaves the rows that a `search` finds; any attribute of theirs may stand in it.
pub(super) fn search(rows: &mut Vec<Row>, params: &Params) -> Result<(), ApiError> {
    let Some(wanted) = params.get("search") else { return Ok(()) };
    let expr = Expr::parse(wanted).map_err(|why| ApiError::of("E0000031").because(why))?;
    rows.retain(|(_, row)| {
        expr.holds(true, &|attribute| {
            row.pointer(&format!("/{}", attribute.replace('.', "/"))).cloned().into_iter().collect()
        })
    });
    Ok(())
}
