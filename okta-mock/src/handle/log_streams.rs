//! `/api/v1/logStreams`: creating, switching on and off. Source: API reference, "Log Streaming".

use bytes::Bytes;
use http::{Method, Request};
use serde_json::Value;

use super::{Cx, Outcome, body, no_content, ok, wrong_method};
use crate::engine::Handled;
use crate::error::ApiError;
use crate::org::streams::StreamTarget;
use crate::reply::Reply;

pub(super) fn route(cx: &mut Cx<'_>, request: &Request<Bytes>, path: &[&str]) -> Outcome {
    match (request.method(), path) {
        (&Method::GET, []) => {
            let rows: Vec<String> = cx.org.streams.values().map(|stream| stream.json(&cx.org.base)).collect();
            ok(format!("[{}]", rows.join(",")))
        }
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
