//! `/api/v1/logStreams`: creating, switching on and off. Source: API reference, "Log Streaming".

use std::ops::Bound;

use bytes::Bytes;
use http::{Method, Request};
use serde_json::Value;

use super::page::{Page, id_cursor, text};
use super::params::Params;
use super::query::{Expr, Op};
use super::{Cx, Outcome, body, no_content, ok, wrong_method};
use crate::engine::Handled;
use crate::error::ApiError;
use crate::org::streams::StreamTarget;
use crate::reply::Reply;

pub(super) fn route(cx: &mut Cx<'_>, request: &Request<Bytes>, path: &[&str]) -> Outcome {
    match (request.method(), path) {
        (&Method::GET, []) => list(cx, request),
        (&Method::POST, []) => {
            let (name, target) = settings(request)?;
            let id = cx.org.create_stream(&cx.tx, name, target)?;
            show(cx, &id)
        }
        (&Method::GET, [id]) => show(cx, id),
        (&Method::PUT, [id]) => {
            cx.org.stream(id)?;
            let (name, target) = settings(request)?;
            cx.org.replace_stream(&cx.tx, id, name, target)?;
            show(cx, id)
        }
        (&Method::DELETE, [id]) => cx.org.delete_stream(&cx.tx, id).and_then(|()| no_content()),
        (&Method::POST, [id, "lifecycle", operation @ ("activate" | "deactivate")]) => {
            cx.org.set_stream_active(&cx.tx, id, *operation == "activate")?;
            // Recorded: 200 and nothing in it.
            Ok(Handled::Reply(Reply::json(200, Bytes::new())))
        }
        _ => wrong_method(),
    }
}

/// `filter` knows `type eq` and `status eq`. Two streams at most, and yet the list has pages.
fn list(cx: &Cx<'_>, request: &Request<Bytes>) -> Outcome {
    let params = Params::of(request.uri());
    let (limit, filter) = (params.limit(20, 1, 200)?, params.get("filter"));
    let after = id_cursor(&params, cx.org, "0oa", "E0000054")?;
    let expr = filter.map(parse).transpose()?;
    let base = &cx.org.base;
    let onwards = cx.org.streams.range::<str, _>((Bound::Excluded(after), Bound::Unbounded));
    let rows = onwards.map(|(_, stream)| stream).filter(|stream| {
        expr.as_ref().is_none_or(|expr| {
            expr.holds(false, &|attribute| match attribute {
                "type" => vec![stream.target.kind().into()],
                _ => vec![if stream.active { "ACTIVE" } else { "INACTIVE" }.into()],
            })
        })
    });
    let page = Page::of(rows, limit, |row, out| text(out, &row.json(base)), |row| row.id.to_string());
    let limit = limit.to_string();
    let mut own = vec![("limit", limit.as_str())];
    own.extend(filter.map(|filter| ("filter", filter)));
    page.answer(&format!("{base}/api/v1/logStreams"), params.get("after"), &own)
}

fn parse(source: &str) -> Result<Expr, ApiError> {
    let invalid = |why: String| ApiError::saying("E0000053", format!("Invalid filter '{source}': {why}"));
    let expr = Expr::parse(source).map_err(invalid)?;
    expr.each(&mut |attribute, op, _| match (attribute, op) {
        ("type" | "status", Some(Op::Eq)) => Ok(()),
        _ => Err(format!("'{attribute}' with this operator is not supported")),
    })
    .map_err(invalid)?;
    Ok(expr)
}

fn show(cx: &Cx<'_>, id: &str) -> Outcome {
    ok(cx.org.stream(id)?.json(&cx.org.base))
}

fn settings(request: &Request<Bytes>) -> Result<(String, StreamTarget), ApiError> {
    let body = Value::Object(body(request)?);
    let text = |at: &str| body.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    let target = match text("/type").as_str() {
        "aws_eventbridge" => StreamTarget::EventBridge {
            account: text("/settings/accountId"),
            source_name: text("/settings/eventSourceName"),
            region: text("/settings/region"),
        },
        "splunk_cloud_logstreaming" => StreamTarget::Splunk {
            edition: text("/settings/edition"),
            host: text("/settings/host"),
            token: text("/settings/token"),
        },
        _ => {
            return Err(ApiError::validation(
                "type",
                "type: Must be aws_eventbridge or splunk_cloud_logstreaming",
            ));
        }
    };
    Ok((text("/name"), target))
}
