//! A log stream's way out: the EventBridge envelope and the API destination that carries it on.
//!
//! Sources: Okta, "Log streaming"; AWS, "API destinations". Okta's own part ends at the partner event source; what a
//! receiver sees is AWS's relay, so the two are one step here. One event goes into one envelope.

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONNECTION, CONTENT_TYPE, RANGE, USER_AGENT};
use serde_json::json;

use super::hook_request::padded;
use super::{Batch, Entry};
use crate::json;
use crate::org::streams::LogStream;
use crate::timestamp;

/// Where the API destination sends, and how it shows who it is.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Relay {
    pub(crate) url: String,
    pub(crate) secret: String,
    /// The API key's header.
    pub(crate) header: String,
    pub(crate) shape: Shape,
}

/// What a relay's request body looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Shape {
    /// The envelope itself, as an API destination sends it.
    #[default]
    Envelope,
    /// `Records[]` with the envelope as text in `body`, as a function behind an SQS queue gets it.
    Sqs,
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relay").field("url", &self.url).field("shape", &self.shape).finish_non_exhaustive()
    }
}

impl Relay {
    /// A relay with Okta-like defaults, or what is wrong with it.
    pub(crate) fn new(url: &str, secret: &str, header: Option<&str>, shape: Shape) -> Result<Self, String> {
        let parsed = url::Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        if parsed.is_none_or(|url| url.host().is_none()) || url.parse::<http::Uri>().is_err() {
            return Err(format!("url: {url:?} is not an http address"));
        }
        let header = header.unwrap_or("Authorization");
        if http::HeaderName::from_bytes(header.as_bytes()).is_err() {
            return Err(format!("header: {header:?} is not a header name"));
        }
        if secret.is_empty() || http::HeaderValue::from_str(secret).is_err() {
            return Err("secret: not a text that a header can carry".into());
        }
        Ok(Self { url: url.to_owned(), secret: secret.to_owned(), header: header.to_owned(), shape })
    }
}

/// The envelope of one event.
pub(super) fn envelope(
    stream: &LogStream,
    batch: &Batch,
    entry: &Entry,
    base: &str,
    now: i64,
) -> Option<String> {
    let (account, name, region) = stream.event_bridge()?;
    let detail = padded(entry.record.json(), batch.padding);
    let mut out = String::with_capacity(detail.len() + 400);
    json::open(&mut out, "version", "0");
    json::text(&mut out, "id", &batch.push_id);
    json::text(&mut out, "detail-type", &batch.detail_type);
    json::text(&mut out, "source", &format!("aws.partner/okta.com/{}/{name}", crate::org::subdomain(base)));
    json::text(&mut out, "account", account);
    // Whole seconds, unlike everything of Okta's.
    let time = timestamp::iso(now);
    json::text(&mut out, "time", &format!("{}Z", time.split('.').next().unwrap_or_default()));
    json::text(&mut out, "region", region);
    json::raw(&mut out, "resources", "[]");
    json::raw(&mut out, "detail", &detail);
    out.push('}');
    Some(out)
}

/// The API destination's request, or the queue's.
pub(super) fn request(
    relay: &Relay,
    stream: &LogStream,
    push_id: &str,
    envelope: String,
    bad_auth: bool,
) -> Option<http::Request<Bytes>> {
    let body = match relay.shape {
        Shape::Envelope => envelope,
        Shape::Sqs => sqs(stream, push_id, &envelope)?,
    };
    http::Request::post(&relay.url)
        .header(USER_AGENT, "Amazon/EventBridge/ApiDestinations")
        .header(CONTENT_TYPE, "application/json; charset=utf-8")
        .header(RANGE, "bytes=0-1048575")
        .header(ACCEPT_ENCODING, "gzip,deflate")
        .header(CONNECTION, "close")
        .header(&relay.header, if bad_auth { "wrong" } else { relay.secret.as_str() })
        .body(body.into())
        .ok()
}

/// One message of a standard queue, as its consumer gets it. Its checksum is left out: nobody computes it here.
fn sqs(stream: &LogStream, push_id: &str, envelope: &str) -> Option<String> {
    let (account, name, region) = stream.event_bridge()?;
    let record = json!({
        "messageId": push_id,
        "receiptHandle": format!("mock-{push_id}"),
        "body": envelope,
        "attributes": { "ApproximateReceiveCount": "1" },
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": format!("arn:aws:sqs:{region}:{account}:{name}"),
        "awsRegion": region,
    });
    Some(json!({ "Records": [record] }).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_that_cannot_work_is_refused() {
        let wrong = |url: &str, secret: &str, header| {
            Relay::new(url, secret, header, Shape::Envelope).expect_err("not a relay")
        };
        assert!(wrong("nowhere", "s", None).starts_with("url: "));
        assert!(wrong("ftp://127.0.0.1/", "s", None).starts_with("url: "));
        assert!(wrong("http://127.0.0.1/", "", None).starts_with("secret: "));
        assert!(wrong("http://127.0.0.1/", "s\n", None).starts_with("secret: "));
        assert!(wrong("http://127.0.0.1/", "s", Some("a b")).starts_with("header: "));
    }
}
