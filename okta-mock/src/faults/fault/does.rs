//! What a rule does: everything that `do` can say in JSON, as calls. Each makes the rule and returns its number.

use std::time::Duration;

use bytes::Bytes;

use super::Fault;
use crate::faults::{Act, BodyFault, LinkFault, Match, TransportFault, header, rule_json};
use crate::push::mischief::PushFault;
use crate::push::record::Channel;
use crate::timestamp::millis;

impl Fault {
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
    ///
    /// # Panics
    ///
    /// When no header can carry the content type.
    pub fn respond_with(self, status: u16, content_type: &str, body: impl Into<Bytes>) -> u64 {
        let content_type = fits("respond_with", header::value(content_type));
        self.add(Act::Raw { status, content_type, headers: Vec::new(), body: body.into() })
    }

    /// Carries the request out and answers with these headers set and those left out; names in any case.
    ///
    /// # Panics
    ///
    /// When a name is not one of a header, or no header can carry a value.
    pub fn headers(self, set: &[(&str, &str)], drop: &[&str]) -> u64 {
        let name = |name: &str| fits("headers", header::name(name));
        let set = set.iter().map(|(key, text)| (name(key), fits("headers", header::value(text)))).collect();
        self.add(Act::Headers { set, drop: drop.iter().map(|key| name(key)).collect() })
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
    /// When the rule is about requests, or about a channel that does not know this, or without measure: more than 100
    /// copies, 1,000 pushes to reorder or merge, 64 MiB too many.
    pub fn push(self, fault: PushFault) -> u64 {
        let Match::Push { channel, .. } = self.matches else {
            panic!("push: the rule is about requests; start it with on_push")
        };
        let hooks = matches!(fault, PushFault::Split | PushFault::Merge(_) | PushFault::ChallengeMismatch);
        let fits = if channel == Channel::EventHook { fault != PushFault::WrongDetailType } else { !hooks };
        assert!(fits, "push: {fault:?} is not for the channel {}", channel.name());
        let act = Act::Push(fault);
        assert!(act.is_bounded(), "push: {act:?} is without measure");
        self.add(act)
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
}

/// What was asked for, or a panic of this call.
fn fits(call: &str, asked: Result<String, String>) -> String {
    asked.unwrap_or_else(|wrong| panic!("{call}: {wrong}"))
}
