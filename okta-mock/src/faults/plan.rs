//! Where tests plan misbehaviour.

use std::sync::Arc;

use super::fault::Fault;
use super::{Match, Pattern, chaos, matching, rule_json};
use crate::push::record::Channel;
use crate::shared::Shared;

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
        self.fault(Match::path(pattern))
    }

    /// The same for a route by its name in rules, for example `users.list` or `logs`.
    ///
    /// # Panics
    ///
    /// When there is no such route, with those that there are.
    pub fn on_route(&self, route: &str) -> Fault {
        match matching::route(route) {
            Ok(pattern) => self.fault(Match::path(pattern)),
            Err(wrong) => panic!("{wrong}"),
        }
    }

    /// Starts a rule for pushes over a channel, which [`push`](Fault::push) ends.
    ///
    /// ```
    /// use okta_mock::{Channel, OktaMock, PushFault};
    ///
    /// let okta = OktaMock::builder().in_process();
    /// okta.faults().on_push(Channel::EventHook).every(3).push(PushFault::Reorder(2));
    /// ```
    pub fn on_push(&self, channel: Channel) -> Fault {
        self.fault(Match::Push { channel, target: None })
    }

    fn fault(&self, matches: Match) -> Fault {
        Fault::new(Arc::clone(&self.shared), matches)
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

    /// Adds `budget` rules drawn from `seed`: each spoils one early read, once, in a way that a careful client survives.
    pub fn chaos(&self, seed: u64, budget: u64) -> Vec<u64> {
        self.chaos_of(seed, budget, &[])
    }

    /// The same of these kinds only, for example `["rate_limit", "reset_peer", "push_duplicate"]`.
    ///
    /// # Panics
    ///
    /// When there is no such kind, with those that there are.
    pub fn chaos_of(&self, seed: u64, budget: u64, kinds: &[&str]) -> Vec<u64> {
        match chaos::kinds(kinds.iter().copied()) {
            Ok(kinds) => self.shared.with(|engine, now| engine.faults.chaos(seed, budget, &kinds, now)),
            Err(wrong) => panic!("kinds: {wrong}"),
        }
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

    /// Every rule as `GET /_mock/faults` shows it: what it does, how many requests it has seen, on how many it has acted.
    #[must_use]
    pub fn rules(&self) -> Vec<serde_json::Value> {
        self.shared.lock().faults.list.iter().map(rule_json::show).collect()
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
