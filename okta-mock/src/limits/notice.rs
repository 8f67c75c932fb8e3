//! What Okta writes into the System Log about limits. Source: Okta, "Rate limit System Log events", and the samples.

use serde_json::{Map, Value, json};

use super::Rate;
use crate::org::event::{Event, Origin, Party};
use crate::org::{Org, Tx};

/// What became of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happened {
    /// It is filling up.
    Warning,
    /// More came than its limit, and was let through.
    Burst,
    /// It refuses.
    Violation,
}

/// Something to write into the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// A bucket is filling up, or is full.
    Bucket { what: Happened, rate: Rate, scope: &'static str, percent: u64, window_ms: i64 },
    /// Too many requests at once.
    Concurrency { method: String },
}

impl Notice {
    /// Writes it, as of the request that brought it about.
    pub(crate) fn write(self, org: &mut Org, tx: &Tx, path: &str) {
        let origin = tx.origin.clone();
        let mut given = Map::from_iter([("outcome".to_owned(), Value::Null)]);
        let event = match self {
            Self::Concurrency { method } => {
                Event::new("core.concurrency.org.limit.violation", Party::system(), origin)
                    .debug("requestMethod", method)
            }
            Self::Bucket { what, rate, scope, percent, window_ms } => {
                let target = |id: &str, kind: &str| json!({ "id": id, "type": kind, "alternateId": null, "displayName": null, "detailEntry": null });
                given.insert(
                    "target".into(),
                    json!([target(path, "URL Pattern"), target(&rate.bucket, "Bucket Uuid")]),
                );
                let kind = match what {
                    Happened::Warning => "system.org.rate_limit.warning",
                    Happened::Burst => "system.org.rate_limit.burst",
                    Happened::Violation => "system.org.rate_limit.violation",
                };
                let left = rate.reset.saturating_sub(tx.at.div_euclid(1_000));
                let (span, unit) = match window_ms {
                    60_000 => ("1".to_owned(), "MINUTES"),
                    other => ((other / 1_000).to_string(), "SECONDS"),
                };
                let mut event = Event::new(kind, Party::system(), origin)
                    .debug("rateLimitBucketUuid", rate.bucket.to_string())
                    .debug("rateLimitScopeType", scope)
                    .debug("rateLimitSecondsToReset", left.to_string())
                    .debug("threshold", rate.limit.to_string())
                    .debug("timeSpan", span)
                    .debug("timeUnit", unit)
                    .debug("userId", tx.actor.id.to_string());
                if let Origin::Web { token: Some(token), .. } = &tx.origin {
                    event = event.debug("tokenId", token.to_string());
                }
                if what == Happened::Warning {
                    event = event.debug("warningPercent", percent.to_string());
                }
                event
            }
        };
        let event = Event { given: Some(Box::new(given)), ..event };
        org.log_event(tx, event);
    }
}
