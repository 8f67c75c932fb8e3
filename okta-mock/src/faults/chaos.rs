//! A seeded storm: rules that each spoil one early request in a way that a careful client survives.

use std::time::Duration;

use super::{Act, BodyFault, Match, Pattern, Planned, Transport, When};
use crate::org::id::{mix, pick};

/// The rules of a storm, every one of which acts once.
pub(super) fn draw(seed: u64, budget: u64) -> Vec<Planned> {
    (0..budget)
        .map(|n| {
            let acts = [
                Act::RateLimit { reset_in_ms: Some(1_000) },
                Act::Concurrency,
                Act::Error { status: Some(500), code: Some("E0000009".into()) },
                Act::Error { status: Some(503), code: None },
                Act::Error { status: Some(504), code: None },
                Act::Truncate(40),
                Act::Body(BodyFault::Malformed),
                Act::Delay,
                Act::Transport(Transport::Reset),
                Act::Transport(Transport::EofBeforeHeaders),
            ];
            let act = acts[pick(seed, 0xc4a0, n, acts.len())].clone();
            let delay = if act == Act::Delay { Duration::from_secs(2) } else { Duration::ZERO };
            // Spread over the first requests, so that most of them are met.
            let nth = 1 + mix(seed, 0xc4a1, n) % budget.saturating_mul(3).max(1);
            let matches = Match::path(Pattern::any("GET", "/api/v1/*"));
            Planned {
                name: None,
                matches,
                when: When::nth(nth),
                act,
                delay,
                jitter: Duration::ZERO,
                chaos: true,
            }
        })
        .collect()
}
