//! What the client tells the `metrics` facade (feature `metrics`); without the feature nothing, by the functions of the same names in
//! `telemetry/off.rs`.
//!
//! Names and labels follow OpenTelemetry where it has one. Labels are the names of buckets and the templates of paths: never an
//! id, a query or a host. Times are in seconds.
//!
//! | name | kind | labels |
//! |---|---|---|
//! | `http.client.request.duration` | histogram | `http.request.method`, `url.template`, `http.response.status_code` (`0`: no answer) |
//! | `okta.client.wait.duration` | histogram, for turns | `okta.bucket` |
//! | `okta.client.retries` | counter | `http.request.method`, `url.template` |
//! | `okta.client.rate_limited` | counter | `okta.bucket`, `okta.kind` (`window`, `concurrency`) |
//! | `okta.rate_limit.limit`, `okta.rate_limit.remaining` | gauge, as last told | `okta.bucket` |

use std::time::Duration;

use http::{Method, StatusCode};
use metrics::{counter, gauge, histogram};

use crate::operation;
use crate::rate_limit::RateLimit;

/// An attempt has its headers, or never will.
pub(crate) fn answered(method: &Method, path: &str, status: Option<StatusCode>, took: Duration) {
    histogram!(
        "http.client.request.duration",
        "http.request.method" => method.as_str().to_owned(),
        "url.template" => operation::template(path),
        "http.response.status_code" => status.map_or(0, |status| status.as_u16()).to_string(),
    )
    .record(took);
}

/// A request has its turn.
pub(crate) fn waited(bucket: &'static str, time: Duration) {
    histogram!("okta.client.wait.duration", "okta.bucket" => bucket).record(time);
}

/// An attempt is made again.
pub(crate) fn retried(method: &Method, path: &str) {
    let template = operation::template(path);
    let method = method.as_str().to_owned();
    counter!("okta.client.retries", "http.request.method" => method, "url.template" => template).increment(1);
}

/// What an answer says about its bucket.
pub(crate) fn limit(bucket: &'static str, status: StatusCode, limit: &RateLimit) {
    if status == StatusCode::TOO_MANY_REQUESTS {
        let kind = if limit.is_concurrency() { "concurrency" } else { "window" };
        counter!("okta.client.rate_limited", "okta.bucket" => bucket, "okta.kind" => kind).increment(1);
    }
    if let (Some(most), Some(remaining), false) = (limit.limit, limit.remaining, limit.is_concurrency()) {
        gauge!("okta.rate_limit.limit", "okta.bucket" => bucket).set(most);
        gauge!("okta.rate_limit.remaining", "okta.bucket" => bucket).set(remaining);
    }
}
