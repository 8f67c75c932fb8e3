//! A rule in the making: everything that `match` and `when` can say in JSON, as calls.

mod does;

use std::sync::Arc;
use std::time::Duration;

use super::{Act, Match, Planned, When};
use crate::shared::Shared;
use crate::timestamp::millis;

/// A rule in the making: say when it acts, then what it does. Each of the last calls returns the rule's number.
#[derive(Debug)]
#[must_use = "a rule acts once it is told what to do"]
pub struct Fault {
    shared: Arc<Shared>,
    name: Option<String>,
    matches: Match,
    when: When,
    delay: Duration,
    jitter: Duration,
}

impl Fault {
    pub(super) fn new(shared: Arc<Shared>, matches: Match) -> Self {
        let (when, delay, jitter) = (When::default(), Duration::ZERO, Duration::ZERO);
        Self { shared, name: None, matches, when, delay, jitter }
    }

    /// Acts on the `n`th matching request only, counted from 1.
    pub fn nth(mut self, n: u64) -> Self {
        self.when.nth.push(n);
        self
    }

    /// Acts on `n` matching requests at most.
    pub fn times(mut self, n: u64) -> Self {
        self.when.times = Some(n);
        self
    }

    /// Lets the first `n` matching requests pass.
    pub fn skip(mut self, n: u64) -> Self {
        self.when.skip = n;
        self
    }

    /// Acts on every `n`th matching request.
    pub fn every(mut self, n: u64) -> Self {
        self.when.every = Some(n);
        self
    }

    /// Acts from so long after now on.
    pub fn after(mut self, wait: Duration) -> Self {
        self.when.after_ms = Some(millis(wait));
        self
    }

    /// Acts for so long only.
    pub fn lasting(mut self, length: Duration) -> Self {
        self.when.for_ms = Some(millis(length));
        self
    }

    /// Acts between two times after now.
    pub fn between(self, from: Duration, to: Duration) -> Self {
        self.after(from).lasting(to.saturating_sub(from))
    }

    /// Acts on the first `n` matching requests only, whether it acted on each or not.
    pub fn until_request(mut self, n: u64) -> Self {
        self.when.until_match = Some(n);
        self
    }

    /// Acts before this time of the mock's clock only, in milliseconds since 1970.
    pub fn until_ms(mut self, at: i64) -> Self {
        self.when.until_at = Some(at);
        self
    }

    /// Acts by chance, from 0 to 1, drawn from `seed`.
    pub fn probability(mut self, chance: f64, seed: u64) -> Self {
        self.when.probability = Some((if chance.is_finite() { chance } else { 0.0 }, seed));
        self
    }

    /// Looks at requests whose query contains this text only.
    pub fn query(mut self, part: &str) -> Self {
        if let Match::Request { query, .. } = &mut self.matches {
            *query = Some(part.to_owned());
        }
        self
    }

    /// Looks at requests of this principal only.
    pub fn principal(mut self, id: &str) -> Self {
        if let Match::Request { principal, .. } = &mut self.matches {
            *principal = Some(id.to_owned());
        }
        self
    }

    /// Looks at requests with a cursor only, or without one.
    pub fn cursor(mut self, there: bool) -> Self {
        if let Match::Request { cursor, .. } = &mut self.matches {
            *cursor = Some(there);
        }
        self
    }

    /// Looks at requests for this page of their list only, counted from 1.
    pub fn page(mut self, n: u64) -> Self {
        if let Match::Request { page, .. } = &mut self.matches {
            *page = Some(n);
        }
        self
    }

    /// Looks at pushes to this hook or log stream only.
    pub fn target(mut self, id: &str) -> Self {
        if let Match::Push { target, .. } = &mut self.matches {
            *target = Some(id.to_owned());
        }
        self
    }

    /// A name, shown with the rule and taken by `DELETE /_mock/faults?id=`.
    pub fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// Answers late as well, by this much of the mock's clock.
    pub fn late(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// Answers up to this much later still, another each time.
    pub fn jitter(self, jitter: Duration) -> Self {
        Self { jitter, ..self }
    }

    fn add(self, act: Act) -> u64 {
        let Self { shared, name, matches, when, delay, jitter } = self;
        let plan = Planned { name, matches, when, act, delay, jitter, chaos: false };
        shared.with(|engine, now| engine.faults.add(plan, now))
    }
}
