//! What faults do to an answer that was right: its headers, links and body. Pure.

use http::header::{CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderValue, LINK};
use http::{HeaderMap, HeaderName};
use serde_json::Value;

use super::{Act, BodyFault, LinkFault, TransportFault};
use crate::reply::Reply;
use crate::timestamp;

const RESET: HeaderName = HeaderName::from_static("x-rate-limit-reset");

/// Does one act to an answer.
pub(crate) fn spoil(reply: &mut Reply, act: &Act, now: i64) {
    match act {
        Act::Headers { set, drop } => {
            for (name, value) in set {
                if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
                    reply.set(name, value);
                }
            }
            for name in drop {
                reply.headers.remove(name.as_str());
            }
        }
        Act::ClockSkew(by) => {
            reply.set(DATE, &timestamp::http_date(now.saturating_add(*by)));
            let reset = reply.headers.get(RESET).and_then(|value| value.to_str().ok()?.parse::<i64>().ok());
            if let Some(reset) = reset {
                reply.set(RESET, &reset.saturating_add(by.div_euclid(1_000)).to_string());
            }
        }
        Act::Link(link) => match (link, reply.body.as_ref() == b"[]") {
            (LinkFault::AdvanceAtEnd | LinkFault::MissingAtEnd, false) => {}
            _ => relink(&mut reply.headers, link, now),
        },
        Act::Truncate { bytes, promised: true } => reply.cut = Some(*bytes),
        Act::Truncate { bytes, promised: false } => reply.body.truncate(*bytes),
        Act::Body(fault) => rebody(reply, *fault),
        Act::Drip { bytes, every_ms } => {
            (reply.pace.piece, reply.pace.every_ms) = ((*bytes).max(1), *every_ms);
        }
        Act::Bandwidth(rate) => (reply.pace.piece, reply.pace.every_ms) = pieces(*rate),
        Act::SlowClose(ms) => {
            reply.pace.close_ms = ms.unsigned_abs();
            reply.set(CONNECTION, "close");
        }
        Act::Transport(TransportFault::CloseIdleKeepalive) => reply.hang_up = true,
        Act::Transport(TransportFault::Goaway) => reply.set(CONNECTION, "close"),
        Act::Transport(TransportFault::EofMidBody) => reply.cut = Some(reply.body.len() / 2),
        Act::Transport(transport) => reply.broken = Some(*transport),
        Act::RateLimit { .. }
        | Act::Concurrency
        | Act::Error { .. }
        | Act::Raw { .. }
        | Act::InvalidCursor
        | Act::ExpireCursor
        | Act::StaleIndex(_)
        | Act::LogHole { .. }
        | Act::Delay
        | Act::LateBody
        | Act::Push(_) => {}
    }
}

/// A rate in bytes per second as pieces and their distance: about ten pieces a second, or one byte at a time.
fn pieces(rate: u64) -> (usize, u64) {
    if rate < 10 {
        return (1, 1_000 / rate.max(1));
    }
    (usize::try_from(rate / 10).unwrap_or(usize::MAX), 100)
}

fn relink(headers: &mut HeaderMap, link: &LinkFault, now: i64) {
    let lines: Vec<String> =
        headers.get_all(LINK).iter().filter_map(|line| line.to_str().ok().map(str::to_owned)).collect();
    let is_next = |line: &&String| line.ends_with("rel=\"next\"");
    let url_of = |rel: &str| {
        let line = lines.iter().find(|line| line.ends_with(&format!("rel=\"{rel}\"")))?;
        line.strip_prefix('<')?.split_once('>').map(|(url, _)| url.to_owned())
    };
    let next = url_of("next");
    let rest: Vec<String> = lines.iter().filter(|line| !is_next(line)).cloned().collect();
    let with_next = |url: Option<String>| {
        let next = url.map(|url| format!("<{url}>; rel=\"next\""));
        rest.iter().cloned().chain(next).collect::<Vec<_>>()
    };
    let changed: Vec<String> = match link {
        LinkFault::Missing | LinkFault::MissingAtEnd => rest,
        LinkFault::AdvanceAtEnd => with_next(next.map(|url| advanced(&url, now))),
        // A `next` where there was none as well: that is what a loop looks like.
        LinkFault::To(url) => with_next(Some(url.clone())),
        LinkFault::SelfLoop => with_next(url_of("self").or(next)),
        LinkFault::Origin { scheme, host, port } => {
            with_next(next.map(|url| another(&url, scheme.as_deref(), host.as_deref(), *port)))
        }
        LinkFault::Relative => with_next(next.map(|url| path_of(&url))),
        LinkFault::CommaJoined => vec![lines.join(", ")],
        LinkFault::UpperCaseRel => {
            lines.iter().map(|line| line.replace("rel=\"next\"", "rel=\"NEXT\"")).collect()
        }
        LinkFault::UnquotedRel => lines.iter().map(|line| line.replace("rel=\"next\"", "rel=next")).collect(),
        LinkFault::ExtraParameter => {
            lines.iter().map(|line| line.replace("; rel=", "; title=\"a, b\"; rel=")).collect()
        }
    };
    headers.remove(LINK);
    for line in changed.iter().filter(|line| !line.is_empty()) {
        if let Ok(line) = HeaderValue::from_str(line) {
            headers.append(LINK, line);
        }
    }
}

fn another(url: &str, scheme: Option<&str>, host: Option<&str>, port: Option<u16>) -> String {
    let (old_scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let (old_host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (scheme, host) = (scheme.unwrap_or(old_scheme), host.unwrap_or(old_host));
    match port {
        None => format!("{scheme}://{host}/{path}"),
        Some(port) => {
            let bare = host.rsplit_once(':').map_or(host, |(bare, _)| bare);
            format!("{scheme}://{bare}:{port}/{path}")
        }
    }
}

/// The link with a cursor of the log that stands at `now`.
fn advanced(url: &str, now: i64) -> String {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let pairs = query.split('&').map(|pair| match pair.strip_prefix("after=") {
        Some(_) => format!("after={now}_0"),
        None => pair.to_owned(),
    });
    format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"))
}

fn path_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    format!("/{}", rest.split_once('/').map_or("", |(_, path)| path))
}

fn rebody(reply: &mut Reply, fault: BodyFault) {
    match fault {
        BodyFault::Malformed => {
            let half = reply.body.len() * 3 / 5;
            reply.body.truncate(half);
        }
        BodyFault::WrongContentType => reply.set(CONTENT_TYPE, "text/html"),
        BodyFault::Bom => reply.body = [b"\xef\xbb\xbf", reply.body.as_ref()].concat().into(),
        BodyFault::GzipCorrupt => {
            reply.set(CONTENT_ENCODING, "gzip");
            reply.body = [b"\x1f\x8b\x08\x00", reply.body.as_ref()].concat().into();
        }
        other => {
            // Only JSON has rows and members to spoil.
            if let Ok(mut body) = serde_json::from_slice::<Value>(&reply.body) {
                rewrite(&mut body, other);
                reply.body = body.to_string().into();
            }
        }
    }
}

fn rewrite(body: &mut Value, fault: BodyFault) {
    match (fault, body) {
        (BodyFault::DuplicateRows, Value::Array(rows)) => rows.extend(rows.first().cloned()),
        (BodyFault::MissingRow, Value::Array(rows)) => drop(rows.pop()),
        (BodyFault::ShufflePage, Value::Array(rows)) => rows.reverse(),
        (BodyFault::EmptyPage, Value::Array(rows)) => rows.clear(),
        (_, Value::Array(rows)) => rows.iter_mut().for_each(|row| respell(row, fault)),
        (_, row) => respell(row, fault),
    }
}

fn respell(row: &mut Value, fault: BodyFault) {
    let Value::Object(members) = row else { return };
    match fault {
        BodyFault::UnknownFields => {
            members
                .insert("futureField".into(), serde_json::json!({ "introduced": "2031", "list": [1, null] }));
        }
        BodyFault::UnknownEnum => {
            for (name, value) in members.iter_mut() {
                if matches!(name.as_str(), "status" | "type" | "severity" | "transitioningToStatus")
                    && value.is_string()
                {
                    *value = "FUTURE".into();
                }
            }
            if let Some(result) = members.get_mut("outcome").and_then(|outcome| outcome.get_mut("result")) {
                *result = "FUTURE".into();
            }
        }
        BodyFault::NullFields => {
            for (name, value) in members.iter_mut() {
                if !matches!(name.as_str(), "id" | "uuid" | "eventType" | "published") {
                    *value = Value::Null;
                }
            }
        }
        _ => {}
    }
}
