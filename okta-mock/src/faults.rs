//! Planned misbehaviour: a list of rules, each with what it matches, when it acts and what it does. Pure.
//!
//! Rules are asked in order and the first that acts wins; every rule that matches counts the request, so `nth(3)`
//! means the third matching request since the rule was made.

mod pattern;
pub(crate) mod rule_json;

pub(crate) use pattern::Pattern;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::shared::Shared;

/// What a rule does to the answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Act {
    /// 429 with an exhausted bucket.
    RateLimit,
    /// 429 with `X-Rate-Limit-Limit: 0`.
    Concurrency,
    /// An Okta error under this status; the code and text are made up where they are not given.
    Error { status: Option<u16>, code: Option<String> },
    /// Any answer at all.
    Raw { status: u16, content_type: String, body: Bytes },
    /// The right answer, broken off after so many bytes.
    Truncate(usize),
    /// The right answer with another `next` link.
    NextLink(String),
    /// The right answer without its `next` link.
    DropNext,
    /// What the endpoint says to a cursor it does not know.
    InvalidCursor,
    /// The right answer, late.
    Delay,
}

/// When a rule acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Always,
    Nth(u64),
    Times(u64),
}

/// One rule.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) id: u64,
    pub(crate) pattern: Pattern,
    pub(crate) when: When,
    pub(crate) act: Act,
    pub(crate) delay: Duration,
    pub(crate) seen: u64,
    pub(crate) acted: u64,
}

/// All rules of one org.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    pub(crate) list: Vec<Rule>,
    made: u64,
}

impl Rules {
    pub(crate) fn add(&mut self, pattern: Pattern, when: When, act: Act, delay: Duration) -> u64 {
        self.made += 1;
        self.list.push(Rule { id: self.made, pattern, when, act, delay, seen: 0, acted: 0 });
        self.made
    }

    /// Counts a request and says what to do to it.
    pub(crate) fn on_request(&mut self, method: &str, path: &str) -> Option<(Act, Duration)> {
        let mut acting = None;
        for rule in self.list.iter_mut().filter(|rule| rule.pattern.matches(method, path)) {
            rule.seen += 1;
            let acts = match rule.when {
                When::Always => true,
                When::Nth(n) => rule.seen == n,
                When::Times(n) => rule.seen <= n,
            };
            if acts && acting.is_none() {
                rule.acted += 1;
                acting = Some((rule.act.clone(), rule.delay));
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
}

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
        Fault { shared: Arc::clone(&self.shared), pattern, when: When::Always, delay: Duration::ZERO }
    }

    /// Removes every rule.
    pub fn clear(&self) {
        self.shared.lock().faults.remove(None);
    }

    /// How often rules have acted so far, all rules together.
    #[must_use]
    pub fn acted(&self) -> u64 {
        self.shared.lock().faults.list.iter().map(|rule| rule.acted).sum()
    }
}

/// A rule in the making: say when it acts, then what it does. Each of the last calls returns the rule's number.
#[derive(Debug)]
#[must_use = "a rule acts once it is told what to do"]
pub struct Fault {
    shared: Arc<Shared>,
    pattern: Pattern,
    when: When,
    delay: Duration,
}

impl Fault {
    /// Acts on the `n`th matching request only, counted from 1.
    pub fn nth(self, n: u64) -> Self {
        Self { when: When::Nth(n), ..self }
    }

    /// Acts on the next `n` matching requests.
    pub fn times(self, n: u64) -> Self {
        Self { when: When::Times(n), ..self }
    }

    /// Answers late as well, by this much of the mock's clock.
    pub fn late(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// Answers 429 as if the bucket were used up. It is not counted by
    /// [`assert_no_rate_limit_violations`](crate::OktaMock::assert_no_rate_limit_violations).
    pub fn respond_429(self) -> u64 {
        self.add(Act::RateLimit)
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
        self.add(Act::Raw { status, content_type: content_type.to_owned(), body: body.into() })
    }

    /// Carries the request out and breaks the answer off after so many bytes. `Content-Length` keeps the full
    /// length; over a socket the connection ends early, in process the body is short.
    pub fn truncate_body(self, bytes: usize) -> u64 {
        self.add(Act::Truncate(bytes))
    }

    /// Replaces the `next` link.
    pub fn next_link(self, url: &str) -> u64 {
        self.add(Act::NextLink(url.to_owned()))
    }

    /// Leaves the `next` link out.
    pub fn drop_next(self) -> u64 {
        self.add(Act::DropNext)
    }

    /// Answers as if the cursor were unknown or too old.
    pub fn invalid_cursor(self) -> u64 {
        self.add(Act::InvalidCursor)
    }

    /// Carries the request out and answers late, by this much of the mock's clock.
    pub fn delay(self, delay: Duration) -> u64 {
        self.late(delay).add(Act::Delay)
    }

    fn add(self, act: Act) -> u64 {
        self.shared.lock().faults.add(self.pattern, self.when, act, self.delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_matching_rule_counts_and_the_first_that_acts_wins() {
        let mut rules = Rules::default();
        let pattern = || Pattern::parse("GET /a").expect("a pattern");
        rules.add(pattern(), When::Nth(2), Act::DropNext, Duration::ZERO);
        rules.add(pattern(), When::Times(2), Act::Concurrency, Duration::ZERO);
        let acts: Vec<_> = (0..3).map(|_| rules.on_request("GET", "/a").map(|(act, _)| act)).collect();
        assert_eq!(acts, [Some(Act::Concurrency), Some(Act::DropNext), None]);
        assert!(rules.on_request("GET", "/b").is_none());
    }
}
