//! Shows the `do` of a rule as JSON, in words that read back.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::act::{BODY, LINK};
use super::{Act, LinkFault};
use crate::push::mischief::PushFault;
use crate::timestamp::millis;

/// Shows what a rule does.
pub(super) fn show(act: &Act, delay: Duration, jitter: Duration) -> Value {
    let mut shown = match act {
        Act::RateLimit { remaining: 0, reset_in_ms: None } => json!({ "rate_limit": true }),
        Act::RateLimit { remaining, reset_in_ms } => {
            let mut more = json!({ "remaining": remaining });
            if let Some(ms) = reset_in_ms {
                more["reset_in"] = in_ms(*ms).into();
            }
            json!({ "rate_limit": more })
        }
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
        Act::Link(LinkFault::Missing) => json!({ "drop_next": true }),
        Act::Link(LinkFault::To(url)) => json!({ "next_link": url }),
        Act::Link(LinkFault::Origin { scheme, host, port }) => {
            json!({ "next_link": { "scheme": scheme, "host": host, "port": port } })
        }
        Act::Link(link) => {
            let word = LINK.iter().find(|(_, known)| known == link).map_or("", |(word, _)| word);
            json!({ "next_link": { word: true } })
        }
        Act::Truncate { bytes, promised: true } => json!({ "truncate_body": bytes }),
        Act::Truncate { bytes, promised: false } => {
            json!({ "truncate_body": { "bytes": bytes, "keep_content_length": false } })
        }
        Act::Body(fault) => {
            let word = BODY.iter().find(|(_, known)| known == fault).map_or("", |(word, _)| word);
            json!({ word: true })
        }
        Act::StaleIndex(ms) => json!({ "stale_index": in_ms(*ms) }),
        Act::LogHole { events, for_ms: None } => json!({ "log_gap": { "events": events } }),
        Act::LogHole { events, for_ms: Some(ms) } => {
            json!({ "log_late": { "events": events, "by": in_ms(*ms) } })
        }
        Act::Delay => json!({}),
        Act::LateBody => json!({ "phase": "before_body" }),
        Act::Bandwidth(rate) => json!({ "bandwidth": rate }),
        Act::SlowClose(ms) => json!({ "slow_close": in_ms(*ms) }),
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

fn show_push(mischief: &PushFault) -> Value {
    match mischief {
        PushFault::Drop => json!({ "drop": true }),
        PushFault::Delay(by) => json!({ "delay": in_ms(millis(*by)) }),
        PushFault::Duplicate { times, gap, same_id } => {
            json!({ "duplicate": { "times": times, "gap": in_ms(millis(*gap)), "same_event_id": same_id } })
        }
        PushFault::Reorder(window) => json!({ "reorder": { "window": window } }),
        PushFault::Split => json!({ "split_batch": true }),
        PushFault::BadAuth => json!({ "bad_auth": true }),
        PushFault::Merge(batches) => json!({ "merge_batch": { "batches": batches } }),
        PushFault::Oversize(bytes) => json!({ "oversize": { "bytes": bytes } }),
        PushFault::ChallengeMismatch => json!({ "challenge_mismatch": true }),
        PushFault::WrongDetailType => json!({ "wrong_detail_type": true }),
    }
}

fn in_ms(ms: i64) -> String {
    format!("{ms}ms")
}
