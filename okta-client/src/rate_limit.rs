//! Reads `X-Rate-Limit-*`: what is left of a bucket, and for how long.
//!
//! A pure and total function of the headers. A missing, doubled, negative or absurd value is no value: Okta leaves the
//! headers out of some answers, proxies repeat them, and a wait computed from nonsense has stopped clients for ever.
//! The reset is an absolute time of Okta's clock, so it is read against the same answer's `Date`, never against ours.

use std::time::Duration;

use http::header::DATE;
use http::{HeaderMap, HeaderName};

use crate::timestamp::Timestamp;

/// What one answer says about its rate-limit bucket. `None` means unknown, never zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// `X-Rate-Limit-Limit`: requests per window for this credential. 0 in the answer of a concurrency limit.
    pub limit: Option<u32>,
    /// `X-Rate-Limit-Remaining`: requests left in the window.
    pub remaining: Option<u32>,
    /// `X-Rate-Limit-Reset` minus `Date`: until the window ends, when the answer was written. At most an hour.
    pub resets_in: Option<Duration>,
}

static LIMIT: HeaderName = HeaderName::from_static("x-rate-limit-limit");
static REMAINING: HeaderName = HeaderName::from_static("x-rate-limit-remaining");
static RESET: HeaderName = HeaderName::from_static("x-rate-limit-reset");

/// Reset and Date are whole seconds; this covers what was cut off.
pub(crate) const MARGIN: Duration = Duration::from_secs(1);
/// Windows last a minute. An answer that says more must not hold anything up for longer than this.
pub(crate) const MAX_WAIT: Duration = Duration::from_secs(120);

/// Okta's windows last a minute. A reset further away than this is a value in milliseconds, or a joke.
const MAX_RESET: u64 = 3600;

impl RateLimit {
    /// Reads the headers of an answer. Of several different values the most cautious counts: the smallest limit and
    /// remaining, and the smallest plausible reset (a request too early costs one 429; a wait too long costs the listing).
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let smallest = |name| numbers(headers, name).min().and_then(|value| u32::try_from(value).ok());
        let date = date(headers).and_then(|date| u64::try_from(date.as_millis() / 1000).ok());
        let resets_in = date.and_then(|date| {
            let waits =
                numbers(headers, &RESET).filter(|&reset| reset > 0).map(|reset| reset.saturating_sub(date));
            waits.filter(|&wait| wait <= MAX_RESET).min().map(Duration::from_secs)
        });
        Self { limit: smallest(&LIMIT), remaining: smallest(&REMAINING), resets_in }
    }

    /// Whether this is the answer to too many requests at once: Okta then sends a limit of 0, and the other two values do
    /// not belong to the bucket.
    pub fn is_concurrency(&self) -> bool {
        self.limit == Some(0)
    }
}

/// The `Date` of an answer.
pub(crate) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let date = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
    let since_epoch = date.duration_since(std::time::UNIX_EPOCH).ok()?;
    Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).ok()?)
}

/// Every well-formed number of a header, whether in lines of its own or joined by commas.
fn numbers(headers: &HeaderMap, name: &HeaderName) -> impl Iterator<Item = u64> {
    let lines = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).filter_map(|text| text.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE_TEXT: &str = "Fri, 21 Aug 2026 08:00:10 GMT";
    const DATE_SECONDS: u64 = 1_787_299_210;

    fn read(lines: &[(&'static str, &str)]) -> RateLimit {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), value.parse().expect("a header value"));
        }
        RateLimit::from_headers(&headers)
    }

    #[test]
    fn a_usual_answer_is_read() {
        let limit = read(&[
            ("date", DATE_TEXT),
            ("x-rate-limit-limit", "300"),
            ("x-rate-limit-remaining", "299"),
            ("x-rate-limit-reset", "1787299270"),
        ]);
        assert_eq!(
            limit,
            RateLimit { limit: Some(300), remaining: Some(299), resets_in: Some(Duration::from_secs(60)) }
        );
        assert!(!limit.is_concurrency());
        assert!(read(&[("x-rate-limit-limit", "0")]).is_concurrency());
    }

    #[test]
    fn xb01_absurd_resets_are_bounded_or_unknown() {
        let millis = (DATE_SECONDS * 1000).to_string();
        for (reset, seconds) in [
            ("1787299210", Some(0)),
            ("1787299209", Some(0)),
            ("1", Some(0)),
            ("1787302810", Some(3600)),
            ("1787302811", None),
            (millis.as_str(), None),
            ("9223372036854775808", None),
            ("18446744073709551616", None),
            ("0", None),
            ("-5", None),
            ("12.5", None),
            ("NaN", None),
            ("inf", None),
            ("", None),
            ("  1787299270 ", Some(60)),
            ("1787299270, 1787299240", Some(30)),
        ] {
            let limit = read(&[("date", DATE_TEXT), ("x-rate-limit-reset", reset)]);
            assert_eq!(limit.resets_in, seconds.map(Duration::from_secs), "{reset}");
        }
        assert_eq!(read(&[("x-rate-limit-reset", "1787299270")]).resets_in, None, "no Date, no wait");
    }

    #[test]
    fn a_doubled_header_counts_as_its_most_cautious_value() {
        let limit = read(&[
            ("x-rate-limit-remaining", "7"),
            ("x-rate-limit-remaining", "3"),
            ("x-rate-limit-limit", "50,600"),
        ]);
        assert_eq!((limit.limit, limit.remaining), (Some(50), Some(3)));
    }
}
