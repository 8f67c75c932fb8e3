//! What `do` says of pushes.

use std::time::Duration;

use serde_json::{Map, Value};

use super::more::given;
use super::{delay, flag, one, size};
use crate::faults::Act;
use crate::faults::rule_json::known;
use crate::push::mischief::PushFault;
use crate::push::record::Channel;

/// The words of `do` that are about pushes: of both channels, of hooks, of log streams.
const PUSHES: [&str; 7] = ["drop", "delay", "latency", "duplicate", "reorder", "bad_auth", "oversize"];
const HOOKS: [&str; 4] = ["split", "split_batch", "merge_batch", "challenge_mismatch"];
const BRIDGES: [&str; 1] = ["wrong_detail_type"];

/// What a rule does to a push over a channel.
pub(in crate::faults) fn read_push(act: &Map<String, Value>, channel: Channel) -> Result<Act, String> {
    let (own, others) = match channel {
        Channel::EventHook => (&HOOKS[..], &BRIDGES[..]),
        Channel::EventBridge => (&BRIDGES[..], &HOOKS[..]),
    };
    if let Some(word) = act.keys().find(|word| others.contains(&word.as_str())) {
        return Err(format!("do.{word}: not for the channel {}", channel.name()));
    }
    known(act, "do.", &PUSHES.iter().chain(own).copied().collect::<Vec<_>>())?;
    let mut found: Vec<PushFault> = Vec::new();
    for (word, flagged) in [
        ("drop", PushFault::Drop),
        ("split", PushFault::Split),
        ("split_batch", PushFault::Split),
        ("bad_auth", PushFault::BadAuth),
        ("wrong_detail_type", PushFault::WrongDetailType),
        ("challenge_mismatch", PushFault::ChallengeMismatch),
    ] {
        found.extend(flag(act, word)?.then_some(flagged));
    }
    found.extend(delay(act)?.map(PushFault::Delay));
    if let Some(more) = given(act, "duplicate", &["times", "gap", "same_event_id"])? {
        found.push(PushFault::Duplicate {
            times: more.number("times", 2)?.unwrap_or(2).min(100),
            gap: more.duration("gap")?.unwrap_or_default(),
            same_id: more.flag("same_event_id")?.unwrap_or(true),
        });
    }
    if let Some(more) = given(act, "reorder", &["window"])? {
        found.push(PushFault::Reorder(more.number("window", 2)?.unwrap_or(2).min(1_000)));
    }
    if let Some(more) = given(act, "merge_batch", &["batches"])? {
        found.push(PushFault::Merge(more.number("batches", 2)?.unwrap_or(2).min(1_000)));
    }
    if let Some(more) = given(act, "oversize", &["bytes"])? {
        let bytes = more.number("bytes", 1)?.unwrap_or(OVERSIZE);
        if bytes > MOST_BYTES {
            return Err(format!("do.oversize.bytes: {bytes} is more than {MOST_BYTES}"));
        }
        found.push(PushFault::Oversize(size(bytes)));
    }
    let found = found.into_iter().map(Act::Push).collect();
    one(found, Duration::ZERO).map(|(act, _)| act)
}

/// By how much an oversized push is too large, unless it is said: more than EventBridge takes, and than most proxies.
const OVERSIZE: u64 = 1_024 * 1_024;
/// The most that one asks for.
const MOST_BYTES: u64 = 64 * 1_024 * 1_024;
