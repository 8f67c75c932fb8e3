//! Texts that many answers in a row have in common, kept as they are sent.

use std::sync::Arc;

use http::HeaderValue;

use crate::timestamp;

/// What the last answers said.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(super) agent: Arc<str>,
    date: Option<(i64, HeaderValue)>,
    limit: Option<(u64, HeaderValue)>,
    reset: Option<(i64, HeaderValue)>,
}

impl Kept {
    /// The `Date` header at a time.
    pub(super) fn date(&mut self, now: i64) -> Option<HeaderValue> {
        remember(&mut self.date, now.div_euclid(1_000), |_| {
            HeaderValue::from_str(&timestamp::http_date(now)).ok()
        })
    }

    pub(super) fn limit(&mut self, limit: u64) -> Option<HeaderValue> {
        remember(&mut self.limit, limit, |limit| Some(limit.into()))
    }

    pub(super) fn reset(&mut self, reset: i64) -> Option<HeaderValue> {
        remember(&mut self.reset, reset, |reset| Some(reset.into()))
    }
}

fn remember<T: Copy + PartialEq>(
    kept: &mut Option<(T, HeaderValue)>,
    of: T,
    make: impl FnOnce(T) -> Option<HeaderValue>,
) -> Option<HeaderValue> {
    if let Some((last, value)) = kept
        && *last == of
    {
        return Some(value.clone());
    }
    let value = make(of)?;
    *kept = Some((of, value.clone()));
    Some(value)
}
