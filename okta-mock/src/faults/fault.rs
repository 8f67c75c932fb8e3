//! A rule in the making: everything that `match`, `when` and `do` can say in JSON, as calls.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::{Act, BodyFault, LinkFault, Match, Planned, TransportFault, When, rule_json};
use crate::push::mischief::PushFault;
use crate::push::record::Channel;
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
        self.when.probability = Some((chance, seed));
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

    /// Answers 429 as if the bucket were used up. It is not counted by
    /// [`assert_no_rate_limit_violations`](crate::OktaMock::assert_no_rate_limit_violations).
    pub fn respond_429(self) -> u64 {
        self.add(Act::RateLimit { remaining: 0, reset_in_ms: None })
    }

    /// The same, with a reset so long from now.
    pub fn rate_limited(self, reset_in: Duration) -> u64 {
        self.add(Act::RateLimit { remaining: 0, reset_in_ms: Some(millis(reset_in)) })
    }

    /// The same, with a reset that was so long ago.
    pub fn rate_limited_in_the_past(self, ago: Duration) -> u64 {
        self.add(Act::RateLimit { remaining: 0, reset_in_ms: Some(-millis(ago)) })
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

    /// Carries the request out and answers with these headers set and those left out; names in any case.
    pub fn headers(self, set: &[(&str, &str)], drop: &[&str]) -> u64 {
        let set = set.iter().map(|(name, value)| (name.to_lowercase(), (*value).to_owned())).collect();
        self.add(Act::Headers { set, drop: drop.iter().map(|name| name.to_lowercase()).collect() })
    }

    /// Answers by another clock: `Date` and the reset are ahead by so many milliseconds, or behind.
    pub fn clock_skew_ms(self, by: i64) -> u64 {
        self.add(Act::ClockSkew(by))
    }

    /// Carries the request out and breaks the answer off after so many bytes. `Content-Length` keeps the full
    /// length; over a socket the connection ends early, in process the body is short.
    pub fn truncate_body(self, bytes: usize) -> u64 {
        self.add(Act::Truncate { bytes, promised: true })
    }

    /// The same, with a `Content-Length` that fits what is left.
    pub fn shorten_body(self, bytes: usize) -> u64 {
        self.add(Act::Truncate { bytes, promised: false })
    }

    /// Carries the request out and spoils the body.
    pub fn body(self, fault: BodyFault) -> u64 {
        self.add(Act::Body(fault))
    }

    /// Carries the request out and spoils the links.
    pub fn link(self, fault: LinkFault) -> u64 {
        self.add(Act::Link(fault))
    }

    /// Replaces the `next` link.
    pub fn next_link(self, url: &str) -> u64 {
        self.link(LinkFault::To(url.to_owned()))
    }

    /// Leaves the `next` link out.
    pub fn drop_next(self) -> u64 {
        self.link(LinkFault::Missing)
    }

    /// Answers as if the cursor were unknown or too old.
    pub fn invalid_cursor(self) -> u64 {
        self.add(Act::InvalidCursor)
    }

    /// Answers as if the cursor had become too old, to requests that have one.
    pub fn expire_cursor(self) -> u64 {
        self.add(Act::ExpireCursor)
    }

    /// Answers searches from an index that shows the users as they were so long ago. Changes are remembered from now on.
    pub fn stale_index(self, age: Duration) -> u64 {
        self.add(Act::StaleIndex(millis(age)))
    }

    /// Passes over the first events of a page of the log: no read ever shows them.
    pub fn log_gap(self, events: u64) -> u64 {
        self.add(Act::LogHole { events, for_ms: None })
    }

    /// Passes over the first events of a page of the log: they appear so much later, behind the cursor handed out.
    pub fn log_late(self, events: u64, by: Duration) -> u64 {
        self.add(Act::LogHole { events, for_ms: Some(millis(by)) })
    }

    /// Carries the request out and answers late, by this much of the mock's clock.
    pub fn delay(self, delay: Duration) -> u64 {
        self.late(delay).add(Act::Delay)
    }

    /// Carries the request out and sends the headers at once and the body late.
    pub fn delay_body(self, delay: Duration) -> u64 {
        self.late(delay).add(Act::LateBody)
    }

    /// Carries the request out and sends the body in pieces of so many bytes, so far apart.
    pub fn slow_drip(self, bytes: usize, every: Duration) -> u64 {
        self.add(Act::Drip { bytes, every_ms: millis(every).unsigned_abs() })
    }

    /// Carries the request out and sends the body at so many bytes a second.
    pub fn bandwidth(self, bytes_per_second: u64) -> u64 {
        self.add(Act::Bandwidth(bytes_per_second))
    }

    /// Carries the request out, and ends the answer and its connection so long after the last byte. There is no
    /// `Content-Length` to know it from.
    pub fn slow_close(self, after: Duration) -> u64 {
        self.add(Act::SlowClose(millis(after)))
    }

    /// Carries the request out and breaks or ends the connection.
    pub fn transport(self, fault: TransportFault) -> u64 {
        self.add(Act::Transport(fault))
    }

    /// Does this to pushes.
    ///
    /// # Panics
    ///
    /// When the rule is about requests, or about a channel that does not know this.
    pub fn push(self, fault: PushFault) -> u64 {
        let Match::Push { channel, .. } = self.matches else {
            panic!("push: the rule is about requests; start it with on_push")
        };
        let hooks = matches!(fault, PushFault::Split | PushFault::Merge(_) | PushFault::ChallengeMismatch);
        let fits = if channel == Channel::EventHook { fault != PushFault::WrongDetailType } else { !hooks };
        assert!(fits, "push: {fault:?} is not for the channel {}", channel.name());
        self.add(Act::Push(fault))
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
        let Self { shared, name, matches, when, delay, jitter } = self;
        let plan = Planned { name, matches, when, act, delay, jitter, chaos: false };
        shared.with(|engine, now| engine.faults.add(plan, now))
    }
}
