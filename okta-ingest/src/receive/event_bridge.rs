//! Okta Log Streaming by way of AWS EventBridge: one event in an envelope, sent by an API destination or taken from a queue.
//!
//! **Source**: <https://developer.okta.com/docs/concepts/log-streaming/>

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Answer, Authentic, MAX_BODY_BYTES, Reading, Secrets};
use crate::event::{Batch, Incoming};
use crate::json::Text;
use crate::{Channel, Org};

const DETAIL_TYPE: &str = "SystemLog";
const SOURCE_PREFIX: &str = "aws.partner/okta.com/";

/// The receiving end of one org's log stream, behind an EventBridge API destination.
///
/// By default the partner event source must be one of the org's subdomain. Pin the exact source, account and region where
/// they are known: EventBridge carries other people's events as well.
#[derive(Debug, Clone)]
pub struct EventBridge {
    org: Org,
    secrets: Secrets,
    source: Option<String>,
    account: Option<String>,
    region: Option<String>,
    max_body_bytes: usize,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(rename = "detail-type", borrow)]
    detail_type: Cow<'a, str>,
    #[serde(borrow)]
    source: Cow<'a, str>,
    #[serde(borrow, default)]
    account: Text<'a>,
    #[serde(borrow, default)]
    region: Text<'a>,
    #[serde(borrow)]
    detail: &'a RawValue,
}

impl EventBridge {
    /// A receiver for `org`'s stream, whose relay sends one of `secrets`.
    pub fn new(org: Org, secrets: Secrets) -> Self {
        Self { org, secrets, source: None, account: None, region: None, max_body_bytes: MAX_BODY_BYTES }
    }

    /// The exact partner event source, `aws.partner/okta.com/{subdomain}/{eventSourceName}`.
    #[must_use]
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The AWS account, twelve digits.
    #[must_use]
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// The AWS region, for instance `eu-central-1`.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
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

    /// Checks the secret, before any byte of the body is looked at.
    ///
    /// # Errors
    /// The answer to send: 401 without the secret, 403 with a wrong one, 400 with several.
    pub fn authenticate(&self, headers: &HeaderMap) -> Result<Authentic<'_, Self>, Answer> {
        self.secrets.check(headers).map(|()| Authentic(self))
    }

    /// Is this a System Log event of this org? If not: 400 for another kind of envelope, 403 for another owner's.
    fn check(&self, envelope: &Envelope<'_>) -> Result<(), (StatusCode, &'static str)> {
        let fits =
            |pin: &Option<String>, given: &Text<'_>| pin.is_none() || pin.as_deref() == given.0.as_deref();
        if envelope.detail_type != DETAIL_TYPE {
            return Err((StatusCode::BAD_REQUEST, "the detail-type is not SystemLog"));
        }
        let Some(partner) = envelope.source.strip_prefix(SOURCE_PREFIX) else {
            return Err((StatusCode::BAD_REQUEST, "the source is not an Okta partner event source"));
        };
        let ours = match &self.source {
            Some(source) => *source == envelope.source,
            None => partner
                .split_once('/')
                .is_some_and(|(subdomain, name)| subdomain == self.org.subdomain() && !name.is_empty()),
        };
        if !ours {
            Err((StatusCode::FORBIDDEN, "the partner event source is not this org's"))
        } else if !fits(&self.account, &envelope.account) {
            Err((StatusCode::FORBIDDEN, "the AWS account is not the expected one"))
        } else if !fits(&self.region, &envelope.region) {
            Err((StatusCode::FORBIDDEN, "the AWS region is not the expected one"))
        } else {
            Ok(())
        }
    }
}

impl Authentic<'_, EventBridge> {
    /// Reads one envelope.
    ///
    /// | body | answer | kept |
    /// |---|---|---|
    /// | an envelope of this org, also with an unreadable event | 204 | the event put, or in quarantine |
    /// | another `detail-type`, or a source that is no Okta partner source | 400 | in quarantine |
    /// | another org's source, account or region | 403 | in quarantine |
    /// | too large / not JSON / no envelope | 413 / 415 / 400 | in quarantine, of the first its first 64 KiB |
    pub fn read(self, body: Bytes) -> Reading {
        let receiver = self.0;
        let mut batch = Batch::empty(receiver.org.clone(), Channel::EventBridge);
        let envelope: Envelope<'_> =
            match super::open(&body, receiver.max_body_bytes, "an EventBridge envelope") {
                Ok(envelope) => envelope,
                Err(refusal) => return Reading::refused(batch, refusal, body),
            };
        if let Err((status, problem)) = receiver.check(&envelope) {
            return Reading::refused(batch, (status, problem.to_owned()), body.clone());
        }
        batch.push_id = envelope.id.0.map(Cow::into_owned);
        let raw = body.slice_ref(envelope.detail.get().as_bytes());
        batch.add(Incoming::read(raw, || "eventbridge push, detail".to_owned()));
        Reading::accepted(batch, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const SECRET: &str = "a-secret-of-the-relay";
    const SOURCE: &str = "aws.partner/okta.com/example/discovery";

    fn receiver() -> EventBridge {
        EventBridge::new(Org::new("example.okta.com").unwrap(), Secrets::new(&SECRET.into()).unwrap())
    }

    fn read(receiver: &EventBridge, body: &str) -> Reading {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_static(SECRET));
        receiver.authenticate(&headers).unwrap().read(Bytes::copy_from_slice(body.as_bytes()))
    }

    fn envelope(detail_type: &str, source: &str) -> String {
        format!(
            r#"{{"id":"p","detail-type":"{detail_type}","source":"{source}","account":"123456789012",
               "region":"eu-central-1","detail":{{"uuid":"u","eventType":"app.oauth2.signon"}}}}"#
        )
    }

    #[test]
    fn xd06_only_the_orgs_own_partner_source_is_accepted() {
        for (detail_type, source, status) in [
            ("SystemLog", SOURCE, 204),
            ("SystemLog", "aws.partner/okta.com/other/discovery", 403),
            ("SystemLog", "aws.partner/okta.com/example", 403),
            ("SystemLog", "aws.partner/okta.com/example/", 403),
            ("SystemLog", "aws.partner/okta.com.evil/example/x", 400),
            ("SystemLog", "aws.ec2", 400),
            ("systemlog", SOURCE, 400),
        ] {
            let reading = read(&receiver(), &envelope(detail_type, source));
            assert_eq!(reading.answer.status().as_u16(), status, "{detail_type} {source}");
            assert_eq!(reading.batch.events.len(), usize::from(status == 204), "{source}");
            assert_eq!(reading.batch.quarantined.len(), usize::from(status != 204), "{source}");
        }
    }

    #[test]
    fn xd06_pinned_source_account_and_region_must_all_fit() {
        let pinned = receiver().source(SOURCE).account("123456789012").region("eu-central-1");
        assert_eq!(read(&pinned, &envelope("SystemLog", SOURCE)).answer.status(), 204);
        for other in [
            receiver().source("aws.partner/okta.com/example/other"),
            receiver().account("210987654321"),
            receiver().region("us-east-1"),
        ] {
            assert_eq!(read(&other, &envelope("SystemLog", SOURCE)).answer.status(), 403);
        }
    }

    #[test]
    fn an_unreadable_event_in_a_good_envelope_is_quarantined_and_accepted() {
        let body = format!(r#"{{"detail-type":"SystemLog","source":"{SOURCE}","detail":{{"uuid":1}}}}"#);
        let reading = read(&receiver(), &body);
        assert_eq!(reading.answer.status(), 204);
        assert_eq!(reading.batch.quarantined[0].raw(), r#"{"uuid":1}"#.as_bytes());
    }

    #[test]
    fn what_is_no_envelope_gets_a_clear_answer() {
        for (body, status) in [("", 415), ("{", 415), ("{}", 400), ("[]", 400), (r#"{"detail":1}"#, 400)] {
            assert_eq!(read(&receiver(), body).answer.status().as_u16(), status, "{body}");
        }
    }
}
