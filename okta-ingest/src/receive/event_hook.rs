//! Okta's Event Hook: the one-time verification GET and the POSTs with events.
//!
//! **Source**: <https://developer.okta.com/docs/concepts/event-hooks/>

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::{Answer, Authentic, MAX_BODY_BYTES, MAX_EVENTS, Reading, Secrets};
use crate::event::{Batch, Incoming, Quarantined};
use crate::json::Text;
use crate::{Channel, Org};

const CHALLENGE: &str = "x-okta-verification-challenge";
const MAX_CHALLENGE: usize = 512;

/// Must the verification GET carry the secret? Okta's documentation does not say whether it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Verification {
    /// The secret must be there and right.
    #[default]
    RequireSecret,
    /// A GET without the secret is answered too; a wrong one never is. Only for a path that one receiver has for itself.
    AllowWithoutSecret,
}

/// The receiving end of one org's Event Hook.
#[derive(Debug, Clone)]
pub struct EventHook {
    org: Org,
    secrets: Secrets,
    aliases: Vec<Org>,
    verification: Verification,
    max_body_bytes: usize,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    source: Text<'a>,
    #[serde(rename = "eventId", borrow, default)]
    event_id: Text<'a>,
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    events: Vec<&'a RawValue>,
}

impl EventHook {
    /// A receiver for `org`'s hook, which sends one of `secrets`.
    pub fn new(org: Org, secrets: Secrets) -> Self {
        let (aliases, verification) = (Vec::new(), Verification::default());
        Self { org, secrets, aliases, verification, max_body_bytes: MAX_BODY_BYTES }
    }

    /// Another host of the same org, whose hooks may push here as well: the custom domain, or the `okta.com` host behind it.
    #[must_use]
    pub fn alias(mut self, host: Org) -> Self {
        self.aliases.push(host);
        self
    }

    /// Whether the verification GET must carry the secret. Default: it must.
    #[must_use]
    pub fn verification(mut self, verification: Verification) -> Self {
        self.verification = verification;
        self
    }

    /// Largest body in bytes. Default: [`MAX_BODY_BYTES`].
    #[must_use]
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// Largest body in bytes: whoever reads the request stops there and answers 413.
    pub fn body_limit(&self) -> usize {
        self.max_body_bytes
    }

    /// Answers the verification GET: 200 with the challenge as JSON; 400 if the challenge is missing, came twice, is longer
    /// than 512 characters or holds anything but visible ASCII and spaces; 401 or 403 for the secret.
    pub fn answer_challenge(&self, headers: &HeaderMap) -> Answer {
        let secret_needed =
            self.verification == Verification::RequireSecret || self.secrets.is_present(headers);
        if secret_needed && let Err(refusal) = self.secrets.check(headers) {
            return refusal;
        }
        match challenge(headers) {
            Ok(challenge) => Answer::json(StatusCode::OK, &serde_json::json!({ "verification": challenge })),
            Err(problem) => Answer::refuse(StatusCode::BAD_REQUEST, problem),
        }
    }

    /// Checks the secret, before any byte of the body is looked at.
    ///
    /// # Errors
    /// The answer to send: 401 without the secret, 403 with a wrong one, 400 with several. All are final for Okta.
    pub fn authenticate(&self, headers: &HeaderMap) -> Result<Authentic<'_, Self>, Answer> {
        self.secrets.check(headers).map(|()| Authentic(self))
    }
}

impl EventHook {
    /// Is `source` (`https://{org}/api/v1/eventHooks/{id}`) a URL of this org?
    fn is_source(&self, source: &str) -> bool {
        let authority = source.split_once("://").and_then(|(_, rest)| rest.split(['/', '?', '#']).next());
        let known = std::iter::once(&self.org).chain(&self.aliases);
        authority.is_some_and(|given| known.into_iter().any(|org| given.eq_ignore_ascii_case(org.as_str())))
    }
}

fn challenge(headers: &HeaderMap) -> Result<&str, &'static str> {
    let mut values = headers.get_all(CHALLENGE).iter();
    let first = values.next().ok_or("the header x-okta-verification-challenge is missing")?;
    if values.next().is_some() {
        return Err("the header x-okta-verification-challenge came more than once");
    }
    let text = first.as_bytes();
    if text.is_empty() || text.len() > MAX_CHALLENGE {
        return Err("the challenge must have 1 to 512 characters");
    }
    std::str::from_utf8(text)
        .ok()
        .filter(|text| text.bytes().all(|byte| (0x20..0x7f).contains(&byte)))
        .ok_or("the challenge must be visible ASCII")
}

impl Authentic<'_, EventHook> {
    /// Reads one delivery. Good events are accepted whatever stands beside them; what is no event is quarantined.
    ///
    /// | body | answer | kept |
    /// |---|---|---|
    /// | a delivery, also with no events or with unreadable ones | 204 | events put, the unreadable in quarantine |
    /// | a delivery of another org's hook | 204 | its events in quarantine |
    /// | too large, or too many events | 413 | its first 64 KiB in quarantine |
    /// | not JSON | 415 | in quarantine |
    /// | JSON, but no delivery | 400 | in quarantine |
    pub fn read(self, body: Bytes) -> Reading {
        let hook = self.0;
        let mut batch = Batch::empty(hook.org.clone(), Channel::EventHook);
        let envelope: Envelope<'_> = match super::open(&body, hook.max_body_bytes, "an Event Hook delivery") {
            Ok(envelope) => envelope,
            Err(refusal) => return Reading::refused(batch, refusal, body),
        };
        let count = envelope.data.events.len();
        if count > MAX_EVENTS {
            let reason = format!("{count} events in one push, more than {MAX_EVENTS}");
            return Reading::refused(batch, (StatusCode::PAYLOAD_TOO_LARGE, reason), body.clone());
        }
        let foreign = envelope.source.0.as_deref().is_some_and(|source| !hook.is_source(source));
        if foreign {
            tracing::warn!(org = %hook.org, "a push names another org's hook as its source; its events are kept apart");
        }
        batch.push_id = envelope.event_id.0.map(Cow::into_owned);
        let mut previews = 0;
        for (index, event) in envelope.data.events.into_iter().enumerate() {
            let place = || format!("event_hook push, data.events[{index}]");
            let raw = body.slice_ref(event.get().as_bytes());
            if foreign {
                let reason = "the push names another org's hook as its source".to_owned();
                batch.quarantined.push(Quarantined { place: place(), reason, raw });
            } else if is_preview(&raw) {
                previews += 1;
            } else {
                batch.add(Incoming::read(raw, place));
            }
        }
        Reading::accepted(batch, previews)
    }
}

/// The Admin Console's test delivery: nobody acted on nothing, and its result is no value of Okta's enum.
fn is_preview(raw: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Probe<'a> {
        actor: Option<IgnoredAny>,
        target: Option<IgnoredAny>,
        #[serde(rename = "debugContext")]
        debug_context: Option<IgnoredAny>,
        #[serde(borrow)]
        outcome: Option<Outcome<'a>>,
    }
    #[derive(Deserialize)]
    struct Outcome<'a> {
        #[serde(borrow)]
        result: Option<Cow<'a, str>>,
    }
    serde_json::from_slice::<Probe<'_>>(raw).is_ok_and(|probe| {
        let result = probe.outcome.and_then(|outcome| outcome.result);
        probe.actor.is_none()
            && probe.target.is_none()
            && probe.debug_context.is_none()
            && result.as_deref() == Some("Success")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const SECRET: &str = "a-secret-of-the-hook";

    fn hook() -> EventHook {
        let secrets = Secrets::new(&SECRET.into()).unwrap();
        EventHook::new(Org::new("example.okta.com").unwrap(), secrets)
    }

    fn with(secret: Option<&str>, challenge: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(secret) = secret {
            headers.insert("authorization", HeaderValue::from_str(secret).unwrap());
        }
        for value in challenge {
            headers.append(CHALLENGE, HeaderValue::from_bytes(value).unwrap());
        }
        headers
    }

    fn read(body: &str) -> Reading {
        let hook = hook();
        hook.authenticate(&with(Some(SECRET), &[])).unwrap().read(Bytes::copy_from_slice(body.as_bytes()))
    }

    #[test]
    fn h09_the_challenge_is_echoed_as_json_and_only_if_it_is_plain() {
        let long = [b'x'; 513];
        let cases: [(&[&[u8]], u16); 8] = [
            (&[b"exampleChallenge0001"], 200),
            (&[&long[..512]], 200),
            (&[b"<script>\"</script>"], 200),
            (&[], 400),
            (&[b""], 400),
            (&[&long], 400),
            (&[b"tab\tin it"], 400),
            (&[b"one", b"two"], 400),
        ];
        for (values, status) in cases {
            let answer = hook().answer_challenge(&with(Some(SECRET), values));
            assert_eq!(answer.status().as_u16(), status, "{values:?}");
        }
        let response = hook().answer_challenge(&with(Some(SECRET), &[b"a\"b"])).into_response();
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        assert_eq!(&response.body()[..], br#"{"verification":"a\"b"}"#);
        assert_eq!(hook().answer_challenge(&with(Some(SECRET), &[b"\xc3\xa9"])).status(), 400);
    }

    #[test]
    fn h09_whether_the_verification_needs_the_secret_is_a_policy() {
        let open = hook().verification(Verification::AllowWithoutSecret);
        for (hook, secret, status) in [
            (&hook(), None, 401),
            (&hook(), Some("wrong"), 403),
            (&open, None, 200),
            (&open, Some("wrong"), 403),
            (&open, Some(SECRET), 200),
        ] {
            let answer = hook.answer_challenge(&with(secret, &[b"c"]));
            assert_eq!(answer.status().as_u16(), status, "{secret:?}");
        }
    }

    #[test]
    fn each_kind_of_body_gets_its_answer_and_nothing_is_dropped() {
        let event = r#"{"uuid":"u1","eventType":"a.b"}"#;
        for (body, status, events, quarantined) in [
            (format!(r#"{{"data":{{"events":[{event}]}}}}"#), 204, 1, 0),
            (r#"{"data":{"events":[]}}"#.into(), 204, 0, 0),
            (format!(r#"{{"data":{{"events":[{event},7]}}}}"#), 204, 1, 1),
            ("{\"data\":{\"events\":[".into(), 415, 0, 1),
            ("<html>".into(), 415, 0, 1),
            (String::new(), 415, 0, 1),
            (r#"{"data":{}}"#.into(), 400, 0, 1),
            (r#"[]"#.into(), 400, 0, 1),
            (r#"{"data":{"events":{}}}"#.into(), 400, 0, 1),
        ] {
            let reading = read(&body);
            assert_eq!(reading.answer.status().as_u16(), status, "{body}");
            let found = (reading.batch.events.len(), reading.batch.quarantined.len());
            assert_eq!(found, (events, quarantined), "{body}");
        }
    }

    #[test]
    fn h06_one_malformed_event_among_twenty_costs_only_itself() {
        let good = |n| format!(r#"{{"uuid":"u{n}","eventType":"a.b"}}"#);
        let mut events: Vec<_> = (0..19).map(good).collect();
        events.insert(7, r#"{"uuid":42}"#.to_owned());
        let reading = read(&format!(r#"{{"eventId":"p","data":{{"events":[{}]}}}}"#, events.join(",")));
        assert_eq!(reading.answer.status(), 204);
        assert_eq!(reading.batch.events.len(), 19);
        assert_eq!(reading.batch.quarantined[0].raw(), r#"{"uuid":42}"#.as_bytes());
        assert!(reading.batch.quarantined[0].place().contains("data.events[7]"));
        assert_eq!(reading.batch.push_id(), Some("p"));
    }

    #[test]
    fn a_push_from_another_orgs_hook_is_kept_apart() {
        for (source, foreign) in [
            ("https://example.okta.com/api/v1/eventHooks/who1", false),
            ("https://EXAMPLE.okta.com/api/v1/eventHooks/who1", false),
            ("https://evil.okta.com/api/v1/eventHooks/who1", true),
            ("https://example.okta.com.evil/api", true),
            ("https://example.okta.com@evil/api", true),
            ("https://login.example.com/api/v1/eventHooks/who1", true),
            ("nonsense", true),
        ] {
            let body =
                format!(r#"{{"source":"{source}","data":{{"events":[{{"uuid":"u","eventType":"t"}}]}}}}"#);
            assert_eq!(read(&body).batch.quarantined.len() == 1, foreign, "{source}");
        }
    }

    #[test]
    fn a_push_from_another_host_of_the_same_org_is_accepted_when_it_is_named() {
        let aliased = hook().alias(Org::new("login.example.com").unwrap());
        let source = "https://login.example.com/api/v1/eventHooks/who1";
        let body = format!(r#"{{"source":"{source}","data":{{"events":[{{"uuid":"u","eventType":"t"}}]}}}}"#);
        let reading = aliased.authenticate(&with(Some(SECRET), &[])).unwrap().read(body.into());
        assert_eq!(reading.batch.events.len(), 1);
    }

    #[test]
    fn d06_a_member_that_is_only_noted_may_have_any_shape() {
        let body = r#"{"eventId":7,"source":null,"data":{"events":[{"uuid":"u","eventType":"t"}]}}"#;
        let reading = read(body);
        assert_eq!((reading.batch.events.len(), reading.batch.push_id()), (1, None));
    }

    #[test]
    fn a_body_over_the_limit_is_refused() {
        let hook = hook().max_body_bytes(10);
        let proof = hook.authenticate(&with(Some(SECRET), &[])).unwrap();
        assert_eq!(proof.read(Bytes::from_static(b"01234567890")).answer.status(), 413);
    }
}
