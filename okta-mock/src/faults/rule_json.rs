//! Rules as JSON, for `/_mock/faults`: `{"on":"GET /api/v1/logs","nth":3,"do":{"status":500}}`, or in full
//! `{"id":"blip","match":{…},"when":{…},"do":{…}}`.
//!
//! A rule that is not understood is refused with one line that says what and where: a misspelt word would otherwise
//! be a test that proves nothing.

mod matching;
mod shown;
mod when;
mod words;

use std::time::Duration;

use serde_json::Value;

use super::{Act, Match, Planned, act_json};
pub(crate) use shown::show;
pub(crate) use when::WHEN;
pub(crate) use words::signed;
pub(super) use words::{duration, known, number};

/// Reads one rule or a list of them, all or nothing: half of a plan would be worse than none.
pub(crate) fn read_all(value: &Value) -> Result<Vec<Planned>, String> {
    match value {
        Value::Array(rules) => {
            let numbered = rules.iter().enumerate();
            let name = |n, wrong| if rules.len() > 1 { format!("[{n}].{wrong}") } else { wrong };
            numbered.map(|(n, rule)| read(rule).map_err(|wrong| name(n, wrong))).collect()
        }
        rule => read(rule).map(|rule| vec![rule]),
    }
}

/// Reads one rule.
pub(crate) fn read(value: &Value) -> Result<Planned, String> {
    let Value::Object(rule) = value else { return Err("a rule must be an object".into()) };
    known(rule, "", &["id", "on", "match", "nth", "times", "when", "do"])?;
    let name = match rule.get("id") {
        None => None,
        Some(Value::String(name)) => Some(name.clone()),
        Some(other) => return Err(format!("id: {other} is not a text")),
    };
    let (matches, when) = (matching::read(rule)?, when::read(rule)?);
    let act = rule.get("do").filter(|act| act.is_object()).ok_or("do: missing; expected an object")?;
    let Done { act, delay, jitter } = read_do(act, &matches)?;
    Ok(Planned { name, matches, when, act, delay, jitter, chaos: false })
}

/// What a rule does, and how late.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Done {
    pub(crate) act: Act,
    pub(crate) delay: Duration,
    pub(crate) jitter: Duration,
}

/// Reads what a rule does; which words there are depends on what it looks at.
pub(crate) fn read_do(act: &Value, matches: &Match) -> Result<Done, String> {
    let Value::Object(act) = act else { return Err(format!("do: {act} is not an object")) };
    match matches {
        Match::Push { channel, .. } => act_json::read_push(act, *channel).map(|act| Done {
            act,
            delay: Duration::ZERO,
            jitter: Duration::ZERO,
        }),
        Match::Request { .. } => act_json::read(act),
    }
}

/// Reads what a request asks to be done to its own answer.
pub(crate) fn read_request_do(act: &Value) -> Result<Done, String> {
    let Value::Object(act) = act else { return Err(format!("do: {act} is not an object")) };
    act_json::read(act)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::{BodyFault, LinkFault, TransportFault, When, act_shown};
    use crate::push::mischief::PushFault;

    fn planned(text: &str) -> Result<Planned, String> {
        read(&serde_json::from_str(text).expect("JSON"))
    }

    #[test]
    fn short_rules_are_read() {
        let on = |rest: &str| {
            planned(&format!(r#"{{"on":"GET /api/v1/logs",{rest}}}"#)).map(|plan| (plan.when, plan.act))
        };
        let error = Act::Error { status: Some(500), code: Some("E0000009".into()) };
        assert_eq!(on(r#""nth":3,"do":{"status":500,"errorCode":"E0000009"}"#), Ok((When::nth(3), error)));
        let limited = Act::RateLimit { remaining: 0, reset_in_ms: None };
        assert_eq!(on(r#""do":{"rate_limit":true}"#), Ok((When::default(), limited)));
        assert_eq!(
            on(r#""times":2,"do":{"truncate_body":400}"#),
            Ok((When::times(2), Act::Truncate { bytes: 400, promised: true }))
        );
        assert_eq!(on(r#""do":{"delay":"2s"}"#), Ok((When::default(), Act::Delay)));
        for (wrong, says) in [
            (r#""do":{}"#, "do: nothing"),
            (r#""do":{"sttaus":500}"#, "do.sttaus: unknown"),
            (r#""nth":0,"do":{"status":500}"#, "nth: 0"),
            (r#""do":{"status":"500"}"#, "do.status: \"500\""),
            (r#""do":{"status":500,"drop_next":true}"#, "do: more than one"),
            (r#""do":{"delay":"2 s"}"#, "do.delay"),
            (r#""when":1,"do":{"status":500}"#, "when: 1 is not an object"),
            (r#""when":{"nth":[0]},"do":{"status":500}"#, "when.nth: 0"),
            (r#""when":{"between":["1s"]},"do":{"status":500}"#, "when.between"),
            (r#""do":{"next_link":{"host":"a","relative":true}}"#, "do.next_link: expected exactly one"),
            (r#""do":{"transport":"pigeon"}"#, "do.transport: \"pigeon\" is none of reset_peer"),
            (r#""do":{"bad_auth":true}"#, "do.bad_auth: unknown"),
            (r#""match":{},"do":{"status":500}"#, "on and match"),
        ] {
            let error = on(wrong).expect_err(wrong);
            assert!(error.starts_with(says), "{error}");
        }
    }

    #[test]
    fn full_rules_are_read_and_shown_so_that_they_read_back() {
        for (text, act) in [
            (
                r#"{"id":"storm","match":{"path":"/api/v1/logs"},"when":{"after":"10s","for":"90s"},"do":{"rate_limit":{"remaining":0,"reset_in":"30s"}}}"#,
                Act::RateLimit { remaining: 0, reset_in_ms: Some(30_000) },
            ),
            (
                r#"{"match":{"any":true},"when":{"probability":0.05,"seed":7},"do":{"concurrency_429":true}}"#,
                Act::Concurrency,
            ),
            (
                r#"{"match":{"route":"logs"},"when":{"nth":[1,3]},"do":{"transport":"reset_peer"}}"#,
                Act::Transport(TransportFault::Reset),
            ),
            (
                r#"{"match":{"route":"users.list","cursor":true},"do":{"unknown_enum":true}}"#,
                Act::Body(BodyFault::UnknownEnum),
            ),
            (
                r#"{"match":{"route":"users.list"},"do":{"next_link":{"host":"attacker.invalid"}}}"#,
                Act::Link(LinkFault::Origin {
                    scheme: None,
                    host: Some("attacker.invalid".into()),
                    port: None,
                }),
            ),
            (
                r#"{"match":{"route":"users.list"},"do":{"next_link":{"comma_joined":true}}}"#,
                Act::Link(LinkFault::CommaJoined),
            ),
            (r#"{"match":{"route":"users.list"},"do":{"clock_skew":"-10m"}}"#, Act::ClockSkew(-600_000)),
            (
                r#"{"match":{"channel":"event_hook"},"when":{"every":3},"do":{"duplicate":{"times":3,"gap":"4s","same_event_id":false}}}"#,
                Act::Push(PushFault::Duplicate { times: 3, gap: Duration::from_secs(4), same_id: false }),
            ),
            (
                r#"{"match":{"channel":"eventbridge"},"do":{"reorder":{"window":8}}}"#,
                Act::Push(PushFault::Reorder(8)),
            ),
            (
                r#"{"on":"GET /a","do":{"headers":{"X-A":"1"},"drop_headers":["Date"]}}"#,
                Act::Headers { set: vec![("x-a".into(), "1".into())], drop: vec!["date".into()] },
            ),
            (
                r#"{"on":"GET /a","do":{"slow_drip":{"bytes":4,"every":"1s"}}}"#,
                Act::Drip { bytes: 4, every_ms: 1_000 },
            ),
        ] {
            let plan = planned(text).expect(text);
            assert_eq!(plan.act, act, "{text}");
            let shown = act_shown::show(&plan.act, plan.delay, plan.jitter);
            assert_eq!(read_do(&shown, &plan.matches).map(|done| done.act), Ok(act), "{shown}");
        }
        for (wrong, says) in [
            (
                r#"{"match":{"route":"users.lst"},"do":{"status":500}}"#,
                "match.route: \"users.lst\" is none of users.list",
            ),
            (r#"{"match":{},"do":{"status":500}}"#, "match: nothing to match"),
            (r#"{"match":{"channel":"sms"},"do":{"drop":true}}"#, "match.channel: \"sms\""),
            (r#"{"match":{"channel":"event_hook"},"do":{"status":500}}"#, "do.status: unknown"),
            (r#"{"do":{"status":500}}"#, "on: missing"),
        ] {
            let error = planned(wrong).expect_err(wrong);
            assert!(error.starts_with(says), "{error}");
        }
    }
}
