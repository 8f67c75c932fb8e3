//! Shows the `do` of a rule as JSON, in words that read back.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::act::{BODY, LINK};
use super::{Act, Link};
use crate::push::mischief::Mischief;

/// Shows what a rule does.
pub(super) fn show(act: &Act, delay: Duration, jitter: Duration) -> Value {
    let mut shown = match act {
        Act::RateLimit { reset_in_ms: None } => json!({ "rate_limit": true }),
        Act::RateLimit { reset_in_ms: Some(ms) } => json!({ "rate_limit": { "reset_in": in_ms(*ms) } }),
        Act::Concurrency => json!({ "concurrency_429": true }),
        Act::Error { status, code } => json!({ "status": status, "errorCode": code }),
        Act::Raw { status, content_type, headers, body } => {
            let headers: Map<String, Value> =
                headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
            let body = String::from_utf8_lossy(body);
            json!({ "status": status, "content_type": content_type, "headers": headers, "body": body })
        }
        Act::InvalidCursor => json!({ "invalid_cursor": true }),
        Act::ExpireCursor => json!({ "expire_cursor": true }),
        Act::Headers { set, drop } => {
            let set: Map<String, Value> =
                set.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
            json!({ "headers": set, "drop_headers": drop })
        }
        Act::ClockSkew(ms) => json!({ "clock_skew": in_ms(*ms) }),
        Act::Link(Link::Missing) => json!({ "drop_next": true }),
        Act::Link(Link::To(url)) => json!({ "next_link": url }),
        Act::Link(Link::Host(host)) => json!({ "next_link": { "host": host } }),
        Act::Link(Link::Scheme(scheme)) => json!({ "next_link": { "scheme": scheme } }),
        Act::Link(link) => {
            let word = LINK.iter().find(|(_, known)| known == link).map_or("", |(word, _)| word);
            json!({ "next_link": { word: true } })
        }
        Act::Truncate(bytes) => json!({ "truncate_body": bytes }),
        Act::Body(fault) => {
            let word = BODY.iter().find(|(_, known)| known == fault).map_or("", |(word, _)| word);
            json!({ word: true })
        }
        Act::Delay => json!({}),
        Act::Drip { bytes, every_ms } => {
            json!({ "slow_drip": { "bytes": bytes, "every": format!("{every_ms}ms") } })
        }
        Act::Transport(transport) => json!({ "transport": transport.name() }),
        Act::Push(mischief) => show_push(mischief),
    };
    if !delay.is_zero() {
        shown["delay"] = format!("{}ms", delay.as_millis()).into();
    }
    if !jitter.is_zero() {
        shown["jitter"] = format!("{}ms", jitter.as_millis()).into();
    }
    shown
}

fn show_push(mischief: &Mischief) -> Value {
    match mischief {
        Mischief::Drop => json!({ "drop": true }),
        Mischief::Delay(ms) => json!({ "delay": in_ms(*ms) }),
        Mischief::Duplicate { times, gap_ms, same_id } => {
            json!({ "duplicate": { "times": times, "gap": in_ms(*gap_ms), "same_event_id": same_id } })
        }
        Mischief::Reorder(window) => json!({ "reorder": { "window": window } }),
        Mischief::Split => json!({ "split_batch": true }),
        Mischief::BadAuth => json!({ "bad_auth": true }),
        Mischief::WrongDetailType => json!({ "wrong_detail_type": true }),
    }
}

fn in_ms(ms: i64) -> String {
    format!("{ms}ms")
}
