//! Where tests plan misbehaviour.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::{Act, Match, Pattern, Planned, When, rule_json};
use crate::push::record::Channel;
use crate::shared::Shared;
use crate::timestamp;

/// Where tests plan misbehaviour; see [`OktaMock::faults`](crate::OktaMock::faults).
#[derive(Clone, Debug)]
pub struct Faults {
    shared: Arc<Shared>,
}

impl Faults {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Starts a rule for a method and a path, for example `GET /api/v1/users`.
    ///
    /// The query is not looked at. A method of `*` is any method; a `*` as path segment is any one segment, and at the
    /// end of the path any rest (`GET /api/v1/*`). The rule acts on every matching request unless
    /// [`nth`](Fault::nth) or [`times`](Fault::times) says otherwise.
    ///
    /// # Panics
    ///
    /// When the pattern is not one: a rule that never matches would let a test pass for the wrong reason.
    pub fn on(&self, pattern: &str) -> Fault {
        let pattern = match Pattern::parse(pattern) {
            Ok(pattern) => pattern,
            Err(wrong) => panic!("{wrong}"),
        };
        let shared = Arc::clone(&self.shared);
        Fault {
            shared,
            matches: Match::path(pattern),
            when: When::default(),
            delay: Duration::ZERO,
            jitter: Duration::ZERO,
        }
    }

    /// Starts a rule for pushes over a channel: [`act`](Fault::act) then takes the words of pushes, such as
    /// `{"duplicate":true}`, `{"reorder":{"window":4}}` or `{"drop":true}`.
    pub fn on_push(&self, channel: Channel) -> Fault {
        let shared = Arc::clone(&self.shared);
        let matches = Match::Push { channel, target: None };
        Fault { shared, matches, when: When::default(), delay: Duration::ZERO, jitter: Duration::ZERO }
    }

    /// Adds rules in the JSON of `POST /_mock/faults`, one or a list, and returns their numbers. Everything that a rule
    /// can do can be said so.
    ///
    /// # Panics
    ///
    /// When a rule is not understood, with what and where.
    pub fn plan(&self, rules: &serde_json::Value) -> Vec<u64> {
        let planned = match rule_json::read_all(rules) {
            Ok(planned) => planned,
            Err(wrong) => panic!("{wrong}"),
        };
        self.shared.with(|engine, now| planned.into_iter().map(|plan| engine.faults.add(plan, now)).collect())
    }

    /// Adds `budget` rules drawn from `seed`: each spoils one early read in a way that a careful client survives.
    pub fn chaos(&self, seed: u64, budget: u64) -> Vec<u64> {
        self.shared.with(|engine, now| engine.faults.chaos(seed, budget, now))
    }

    /// Takes away what [`chaos`](Self::chaos) added, and returns how many rules that were.
    pub fn heal(&self) -> usize {
        self.shared.lock().faults.heal()
    }

    /// Removes every rule.
    pub fn clear(&self) {
        self.shared.lock().faults.remove(None);
    }

    /// Removes one rule; `false` when there is none of this number.
    pub fn remove(&self, id: u64) -> bool {
        self.shared.lock().faults.remove(Some(id)) > 0
    }

    /// How often rules have acted so far, all rules together.
    #[must_use]
    pub fn acted(&self) -> u64 {
        self.shared.lock().faults.list.iter().map(|rule| rule.acted).sum()
    }

    /// How often the rule of this number has acted; `None` when there is none.
    #[must_use]
    pub fn acted_by(&self, id: u64) -> Option<u64> {
        self.shared.lock().faults.list.iter().find(|rule| rule.id == id).map(|rule| rule.acted)
    }
}

/// A rule in the making: say when it acts, then what it does. Each of the last calls returns the rule's number.
#[derive(Debug)]
#[must_use = "a rule acts once it is told what to do"]
pub struct Fault {
    shared: Arc<Shared>,
    matches: Match,
    when: When,
    delay: Duration,
    jitter: Duration,
}

impl Fault {
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
        self.when.after_ms = Some(timestamp::millis(wait));
        self
    }

    /// Acts for so long only.
    pub fn lasting(mut self, length: Duration) -> Self {
        self.when.for_ms = Some(timestamp::millis(length));
        self
    }

    /// Acts by chance, from 0 to 1, drawn from `seed`.
    pub fn probability(mut self, chance: f64, seed: u64) -> Self {
        self.when.probability = Some((if chance.is_finite() { chance } else { 0.0 }, seed));
        self
    }

    /// Answers late as well, by this much of the mock's clock.
    pub fn late(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// Answers 429 as if the bucket were used up. It is not counted by
    /// [`assert_no_rate_limit_violations`](crate::OktaMock::assert_no_rate_limit_violations).
    pub fn respond_429(self) -> u64 {
        self.add(Act::RateLimit { reset_in_ms: None })
    }

    /// Answers 429 as for too many requests at once: `X-Rate-Limit-Limit: 0` and a reset that is only a guess.
    pub fn respond_concurrency_429(self) -> u64 {
        self.add(Act::Concurrency)
    }

    /// Answers this status with an Okta error that fits it.
    pub fn respond(self, status: u16) -> u64 {
        self.add(Act::Error { status: Some(status), code: None })
    }

    /// Answers this Okta error code with its own status and text.
    pub fn respond_error(self, code: &str) -> u64 {
        self.add(Act::Error { status: None, code: Some(code.to_owned()) })
    }

    /// Answers anything.
    pub fn respond_with(self, status: u16, content_type: &str, body: impl Into<Bytes>) -> u64 {
        let (content_type, headers, body) = (content_type.to_owned(), Vec::new(), body.into());
        self.add(Act::Raw { status, content_type, headers, body })
    }

    /// Carries the request out and breaks the answer off after so many bytes. `Content-Length` keeps the full
    /// length; over a socket the connection ends early, in process the body is short.
    pub fn truncate_body(self, bytes: usize) -> u64 {
        self.add(Act::Truncate(bytes))
    }

    /// Replaces the `next` link.
    pub fn next_link(self, url: &str) -> u64 {
        self.add(Act::Link(super::Link::To(url.to_owned())))
    }

    /// Leaves the `next` link out.
    pub fn drop_next(self) -> u64 {
        self.add(Act::Link(super::Link::Missing))
    }

    /// Answers as if the cursor were unknown or too old.
    pub fn invalid_cursor(self) -> u64 {
        self.add(Act::InvalidCursor)
    }

    /// Answers as if the cursor had become too old, to requests that have one.
    pub fn expire_cursor(self) -> u64 {
        self.add(Act::ExpireCursor)
    }

    /// Carries the request out and answers late, by this much of the mock's clock.
    pub fn delay(self, delay: Duration) -> u64 {
        self.late(delay).add(Act::Delay)
    }

    /// Does what the `do` of a rule in JSON says, for example `{"transport":"reset_peer"}`.
    ///
    /// # Panics
    ///
    /// When it is not understood, with what and where.
    pub fn act(self, act: &serde_json::Value) -> u64 {
        match rule_json::read_do(act, &self.matches) {
            Ok(rule_json::Done { act, delay, jitter }) => {
                let (delay, jitter) = (self.delay.max(delay), self.jitter.max(jitter));
                Self { delay, jitter, ..self }.add(act)
            }
            Err(wrong) => panic!("{wrong}"),
        }
    }

    fn add(self, act: Act) -> u64 {
        let Self { shared, matches, when, delay, jitter } = self;
        let plan = Planned { name: None, matches, when, act, delay, jitter, chaos: false };
        shared.with(|engine, now| engine.faults.add(plan, now))
    }
}
