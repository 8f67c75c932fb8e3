//! Planned misbehaviour: a list of rules, each with what it matches, when it acts and what it does. Pure.
//!
//! An answer passes five phases: it may be replaced, its headers, links and body may be spoilt, it may come late or
//! its connection may break. Rules are asked in order, and in each phase the first that acts wins; every rule that
//! matches counts the request, so `nth(3)` means the third matching request since the rule was made.

mod act;
mod act_json;
mod act_shown;
mod chaos;
mod matching;
mod pattern;
mod plan;
pub(crate) mod rule_json;
pub(crate) mod spoil;
mod when;

use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) use act::{Act, BodyFault, Link, Phase, Transport};
pub(crate) use matching::{Asked, Match, cursor_of};
pub(crate) use pattern::Pattern;
pub use plan::{Fault, Faults};
pub(crate) use when::When;

use crate::org::id::mix;
use crate::push::mischief::Mischief;
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
    /// The rules that acted.
    pub(crate) rules: Vec<u64>,
}

impl Verdict {
    /// The act that answers in place of the org.
    pub(crate) fn answer(&self) -> Option<&Act> {
        self.acts.iter().find(|act| act.phase() == Phase::Answer)
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

/// Cursors whose page is known; when there are more, all are forgotten.
const PAGES: usize = 16_384;

impl Rules {
    pub(crate) fn add(&mut self, plan: Planned, now: i64) -> u64 {
        self.made += 1;
        self.list.push(Rule { id: self.made, made_at: now, plan, seen: 0, acted: 0 });
        self.made
    }

    /// Counts a request and says what to do to it.
    pub(crate) fn on_request(&mut self, asked: &Asked<'_>, now: i64) -> Verdict {
        let (mut verdict, mut taken) = (Verdict::default(), Vec::new());
        let asked = &Asked { page: self.page(asked.cursor()), ..*asked };
        for rule in self.list.iter_mut().filter(|rule| rule.plan.matches.request(asked)) {
            let phase = rule.plan.act.phase();
            if !rule.count(now) || taken.contains(&phase) || !rule.plan.act.applies(asked) {
                continue;
            }
            rule.acted += 1;
            taken.push(phase);
            verdict.delay = verdict.delay.max(rule.plan.delay + rule.drawn_jitter());
            verdict.rules.push(rule.id);
            verdict.acts.push(rule.plan.act.clone());
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
    pub(crate) fn on_push(&mut self, channel: Channel, target: &str, now: i64) -> Option<Mischief> {
        let mut acting = None;
        for rule in self.list.iter_mut().filter(|rule| rule.plan.matches.push(channel, target)) {
            let acts = rule.count(now);
            if let (true, None, Act::Push(mischief)) = (acts, &acting, &rule.plan.act) {
                rule.acted += 1;
                acting = Some(mischief.clone());
            }
        }
        acting
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

    /// Adds `budget` rules drawn from `seed`: each makes one early request fail in a way that a retry survives.
    pub(crate) fn chaos(&mut self, seed: u64, budget: u64, now: i64) -> Vec<u64> {
        chaos::draw(seed, budget).into_iter().map(|plan| self.add(plan, now)).collect()
    }

    /// Takes away what chaos added. How many rules that were.
    pub(crate) fn heal(&mut self) -> usize {
        let before = self.list.len();
        self.list.retain(|rule| !rule.plan.chaos);
        before - self.list.len()
    }
}

impl Rule {
    fn drawn_jitter(&self) -> Duration {
        let most = u64::try_from(self.plan.jitter.as_millis()).unwrap_or(0);
        Duration::from_millis(mix(self.id, 0x717e, self.seen) % most.saturating_add(1))
    }

    /// Counts one more match and says whether the rule acts on it.
    fn count(&mut self, now: i64) -> bool {
        self.seen += 1;
        self.plan.when.acts(self.seen, self.acted, now.saturating_sub(self.made_at))
    }
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
        rules.add(plan(When::nth(2), Act::Link(Link::Missing)), 0);
        rules.add(plan(When::times(2), Act::Concurrency), 0);
        rules.add(plan(When::default(), Act::InvalidCursor), 0);
        let asked = |path| Asked { method: "GET", path, query: "", principal: None, page: None };
        let acts: Vec<_> = (0..3).map(|_| rules.on_request(&asked("/a"), 0).acts).collect();
        assert_eq!(
            acts,
            [
                vec![Act::Concurrency],
                vec![Act::Link(Link::Missing), Act::Concurrency],
                vec![Act::InvalidCursor]
            ]
        );
        assert!(rules.on_request(&asked("/b"), 0).acts.is_empty());
    }
}
