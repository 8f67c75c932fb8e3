//! A seeded storm: rules that each spoil one early request, or one early push, in a way that a careful reader survives.

use std::time::Duration;

use super::{Act, BodyFault, Match, Pattern, Planned, TransportFault, When};
use crate::org::id::{mix, pick};
use crate::push::mischief::PushFault;
use crate::push::record::Channel;

/// What a storm is made of: a name, and what it does.
pub(crate) type Kind = (&'static str, fn() -> Act);

/// Every kind; a storm takes the ones about reads unless it is told which.
pub(super) const READS: [Kind; 13] = [
    ("rate_limit", || Act::RateLimit { remaining: 0, reset_in_ms: Some(1_000) }),
    ("concurrency_429", || Act::Concurrency),
    ("internal_500", || Act::Error { status: Some(500), code: Some("E0000009".into()) }),
    ("maintenance_503", || Act::Error { status: Some(503), code: None }),
    ("gateway_504", || Act::Error { status: Some(504), code: None }),
    ("truncate_body", || Act::Truncate { bytes: 40, promised: true }),
    ("malformed_json", || Act::Body(BodyFault::Malformed)),
    ("delay", || Act::Delay),
    ("slow_drip", || Act::Drip { bytes: 1_024, every_ms: 50 }),
    ("reset_peer", || Act::Transport(TransportFault::Reset)),
    ("eof_before_headers", || Act::Transport(TransportFault::EofBeforeHeaders)),
    ("eof_mid_body", || Act::Transport(TransportFault::EofMidBody)),
    ("close_idle_keepalive", || Act::Transport(TransportFault::CloseIdleKeepalive)),
];
const PUSHES: [Kind; 4] = [
    ("push_duplicate", || {
        Act::Push(PushFault::Duplicate { times: 2, gap: Duration::from_secs(4), same_id: true })
    }),
    ("push_delay", || Act::Push(PushFault::Delay(Duration::from_secs(60)))),
    ("push_reorder", || Act::Push(PushFault::Reorder(2))),
    ("push_drop", || Act::Push(PushFault::Drop)),
];

/// The kinds with these names; without any, those about reads.
pub(crate) fn kinds<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Vec<Kind>, String> {
    let all = || READS.into_iter().chain(PUSHES);
    let find = |name: &str| {
        let unknown = || {
            let names: Vec<&str> = all().map(|(known, _)| known).collect();
            format!("{name:?} is none of {}", names.join(", "))
        };
        all().find(|(known, _)| *known == name).ok_or_else(unknown)
    };
    let found = names.into_iter().map(find).collect::<Result<Vec<Kind>, String>>()?;
    Ok(if found.is_empty() { READS.to_vec() } else { found })
}

/// The rules of a storm, every one of which acts once.
pub(super) fn draw(seed: u64, budget: u64, kinds: &[Kind]) -> Vec<Planned> {
    let one = |n| {
        let (_, act) = kinds.get(pick(seed, 0xc4a0, n, kinds.len()))?;
        let act = act();
        let matches = match act {
            Act::Push(_) => Match::Push { channel: Channel::EventHook, target: None },
            _ => Match::path(Pattern::any("GET", "/api/v1/*")),
        };
        let delay = if act == Act::Delay { Duration::from_secs(2) } else { Duration::ZERO };
        // Spread over the first requests, so that most of them are met.
        let nth = 1 + mix(seed, 0xc4a1, n) % budget.saturating_mul(3).max(1);
        let (name, jitter) = (None, Duration::ZERO);
        Some(Planned { name, matches, when: When::nth(nth), act, delay, jitter, chaos: true })
    };
    (0..budget).filter_map(one).collect()
}
