//! Planned misbehaviour: a list of rules, each with what it matches, when it acts and what it does. Pure.
//!
//! An answer passes five phases: it may be replaced, its headers, links and body may be spoilt, it may come late or
//! its connection may break. Rules are asked in order, and in each phase the first that acts wins; every rule that
//! matches counts the request, so `nth(3)` means the third matching request since the rule was made.

mod act;
mod act_json;
mod act_shown;
pub(crate) mod chaos;
mod fault;
mod header;
mod matching;
mod pattern;
mod plan;
pub(crate) mod rule_json;
pub(crate) mod spoil;
mod when;

use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) use act::{Act, Phase};
pub use act::{BodyFault, LinkFault, TransportFault};
use chaos::Kind;
pub use fault::Fault;
pub(crate) use matching::{Asked, Match, cursor_of};
pub(crate) use pattern::Pattern;
pub use plan::Faults;
pub(crate) use when::When;

use crate::org::id::mix;
use crate::push::mischief::PushFault;
use crate::push::record::Channel;

/// A rule that is not in the list yet.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Planned {
    /// The name a test gave it.
    pub(crate) name: Option<String>,
    pub(crate) matches: Match,
    pub(crate) when: When,
    pub(crate) act: Act,
    pub(crate) delay: Duration,
    /// Up to so much more delay, drawn anew each time.
    pub(crate) jitter: Duration,
    /// Whether chaos made it, so that healing takes it away.
    pub(crate) chaos: bool,
}

/// One rule.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Rule {
    pub(crate) id: u64,
    pub(crate) made_at: i64,
    pub(crate) plan: Planned,
    pub(crate) seen: u64,
    pub(crate) acted: u64,
}

/// What the rules do to one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Verdict {
    /// In the order of the rules; at most one of each phase.
    pub(crate) acts: Vec<Act>,
    pub(crate) delay: Duration,
    /// How late the body comes behind its headers.
    pub(crate) body_delay: Duration,
    /// The rules that acted; 0 is the request's own header.
    pub(crate) rules: Vec<u64>,
}

impl Verdict {
    /// The act that answers in place of the org.
    pub(crate) fn answer(&self) -> Option<&Act> {
        self.acts.iter().find(|act| act.phase() == Phase::Answer)
    }

    /// How old the state is that searches see, in milliseconds.
    pub(crate) fn stale_ms(&self) -> Option<i64> {
        self.acts.iter().find_map(|act| if let Act::StaleIndex(ms) = act { Some(*ms) } else { None })
    }

    /// Takes one more act in, unless its phase has one.
    fn take(&mut self, rule: u64, act: &Act, delay: Duration) {
        let late = if *act == Act::LateBody { &mut self.body_delay } else { &mut self.delay };
        *late = (*late).max(delay);
        self.rules.push(rule);
        self.acts.push(act.clone());
    }

    fn has(&self, phase: Phase) -> bool {
        self.acts.iter().any(|act| act.phase() == phase)
    }
}

/// All rules of one org.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Rules {
    pub(crate) list: Vec<Rule>,
    made: u64,
    /// Which page of its list each cursor leads to, for rules about pages.
    pages: BTreeMap<String, u64>,
}

/// How old the state may be that a request's own header asks for, in milliseconds. Nobody knows beforehand, so that where
/// such headers are allowed all states are kept for so long.
pub(crate) const OWN_STALE_MS: i64 = 600_000;

/// Cursors whose page is known; when there are more, all are forgotten.
const PAGES: usize = 16_384;

impl Rules {
    pub(crate) fn add(&mut self, plan: Planned, now: i64) -> u64 {
        self.made += 1;
        self.list.push(Rule { id: self.made, made_at: now, plan, seen: 0, acted: 0 });
        self.made
    }

    /// Counts a request and says what to do to it. What the request itself asks for goes first.
    pub(crate) fn on_request(
        &mut self,
        asked: &Asked<'_>,
        own: Option<rule_json::Done>,
        now: i64,
    ) -> Verdict {
        let mut verdict = Verdict::default();
        let asked = &Asked { page: self.page(asked.cursor()), ..*asked };
        if let Some(own) = own.filter(|own| own.act.applies(asked)) {
            verdict.take(0, &own.act, own.delay + drawn(own.jitter, 0, 0));
        }
        for rule in self.list.iter_mut().filter(|rule| rule.plan.matches.request(asked)) {
            if !rule.count(now) || verdict.has(rule.plan.act.phase()) || !rule.plan.act.applies(asked) {
                continue;
            }
            rule.acted += 1;
            verdict.take(
                rule.id,
                &rule.plan.act,
                rule.plan.delay + drawn(rule.plan.jitter, rule.id, rule.seen),
            );
        }
        verdict
    }

    /// Takes note that the page behind `cursor` led to `next`, both as sent. Nothing to do where no rule asks for pages.
    pub(crate) fn turn_page(&mut self, cursor: Option<&str>, next: Option<&str>) {
        let asked_for = self.list.iter().any(|rule| rule.plan.matches.asks_for_a_page());
        if let Some(next) = next.filter(|_| asked_for) {
            if self.pages.len() >= PAGES {
                self.pages.clear();
            }
            let page = self.page(cursor).unwrap_or(0);
            self.pages.insert(next.to_owned(), page + 1);
        }
    }

    /// Which page of its list a request asks for, from 1; `None` where that is not known.
    fn page(&self, cursor: Option<&str>) -> Option<u64> {
        cursor.map_or(Some(1), |cursor| self.pages.get(cursor).copied())
    }

    /// Counts a push and says what to do to it.
    pub(crate) fn on_push(&mut self, channel: Channel, target: &str, now: i64) -> Option<PushFault> {
        let mut acting = None;
        let about = |rule: &&mut Rule| rule.plan.matches.push(channel, target) && !rule.plan.act.verifies();
        for rule in self.list.iter_mut().filter(about) {
            let acts = rule.count(now);
            if let (true, None, Act::Push(mischief)) = (acts, &acting, &rule.plan.act) {
                rule.acted += 1;
                acting = Some(mischief.clone());
            }
        }
        acting
    }

    /// Counts a verification and names the rule that makes it fail.
    pub(crate) fn on_verification(&mut self, target: &str, now: i64) -> Option<u64> {
        let mut acting = None;
        let hook = Channel::EventHook;
        let about = |rule: &&mut Rule| rule.plan.matches.push(hook, target) && rule.plan.act.verifies();
        for rule in self.list.iter_mut().filter(about) {
            if rule.count(now) && acting.is_none() {
                rule.acted += 1;
                acting = Some(rule.id);
            }
        }
        acting
    }

    /// How long searches may be asked for what was, in milliseconds.
    pub(crate) fn longest_stale_ms(&self) -> i64 {
        let stale = |rule: &Rule| if let Act::StaleIndex(ms) = rule.plan.act { ms } else { 0 };
        self.list.iter().map(stale).max().unwrap_or(0)
    }

    /// Removes one rule, or all of them. How many were removed.
    pub(crate) fn remove(&mut self, id: Option<u64>) -> usize {
        let before = self.list.len();
        self.list.retain(|rule| id.is_some_and(|id| rule.id != id));
        before - self.list.len()
    }

    /// The number of the rule that a test named so.
    pub(crate) fn named(&self, name: &str) -> Option<u64> {
        self.list.iter().find(|rule| rule.plan.name.as_deref() == Some(name)).map(|rule| rule.id)
    }

    /// Adds `budget` rules of these kinds drawn from `seed`, each of which acts once, early.
    pub(crate) fn chaos(&mut self, seed: u64, budget: u64, kinds: &[Kind], now: i64) -> Vec<u64> {
        chaos::draw(seed, budget, kinds).into_iter().map(|plan| self.add(plan, now)).collect()
    }

    /// Takes away what chaos added. How many rules that were.
    pub(crate) fn heal(&mut self) -> usize {
        let before = self.list.len();
        self.list.retain(|rule| !rule.plan.chaos);
        before - self.list.len()
    }
}

/// The rules of a storm of reads.
pub(crate) fn storm(seed: u64, budget: u64) -> Vec<Planned> {
    chaos::draw(seed, budget, &chaos::READS)
}

impl Rule {
    /// Counts one more match and says whether the rule acts on it.
    fn count(&mut self, now: i64) -> bool {
        self.seen += 1;
        self.plan.when.acts(self.seen, self.acted, self.made_at, now)
    }
}

/// Up to so much, another each time.
fn drawn(jitter: Duration, rule: u64, seen: u64) -> Duration {
    let most = u64::try_from(jitter.as_millis()).unwrap_or(0);
    Duration::from_millis(mix(rule, 0x717e, seen) % most.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(when: When, act: Act) -> Planned {
        let matches = Match::path(Pattern::parse("GET /a").expect("a pattern"));
        Planned {
            name: None,
            matches,
            when,
            act,
            delay: Duration::ZERO,
            jitter: Duration::ZERO,
            chaos: false,
        }
    }

    #[test]
    fn every_matching_rule_counts_and_in_each_phase_the_first_that_acts_wins() {
        let mut rules = Rules::default();
        rules.add(plan(When::nth(2), Act::Link(LinkFault::Missing)), 0);
        rules.add(plan(When::times(2), Act::Concurrency), 0);
        rules.add(plan(When::default(), Act::InvalidCursor), 0);
        let asked = |path| Asked { method: "GET", path, query: "", principal: None, page: None };
        let acts: Vec<_> = (0..3).map(|_| rules.on_request(&asked("/a"), None, 0).acts).collect();
        assert_eq!(
            acts,
            [
                vec![Act::Concurrency],
                vec![Act::Link(LinkFault::Missing), Act::Concurrency],
                vec![Act::InvalidCursor]
            ]
        );
        assert!(rules.on_request(&asked("/b"), None, 0).acts.is_empty());
    }
}
