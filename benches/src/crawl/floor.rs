//! The least time in which an org can be crawled: from the org itself and not from how it was crawled.
//!
//! The calls that are needed are counted in the same org without limits, one request behind the other. A window of `L` lets
//! `L` calls through less those that others were answered in it, and the next begins a minute later at the earliest. So where
//! `k` windows do not suffice it takes `60 · k` seconds at least; the slowest bucket decides, and of its two windows, the
//! token's and the whole org's, the slower. What others were refused was not theirs: who takes too much makes the floor lower.

use std::collections::BTreeMap;

use okta_ingest::BoxError;
use okta_mock::{Latency, OktaMock, RateLimits, RequestRecord};

use super::others::Others;
use super::policy::{self, Policy, ask};
use super::{Found, org};

/// What a crawl of the org must find, and the calls that this needs, by bucket.
pub(super) struct Needed {
    pub(super) found: Found,
    calls: BTreeMap<String, u64>,
}

/// A bucket's limits.
#[derive(serde::Deserialize)]
struct Limit {
    bucket: String,
    limit: u64,
    token_limit: u64,
}

impl Needed {
    pub(super) async fn count() -> Result<Self, BoxError> {
        let okta = org(RateLimits::Off, Latency::None);
        let found = policy::crawl(&okta, Policy::naive_loop()).await?;
        let mut calls = BTreeMap::new();
        for request in okta.requests() {
            *calls.entry(request.bucket.ok_or("a request without a bucket")?).or_default() += 1;
        }
        Ok(Self { found, calls })
    }

    pub(super) fn calls(&self) -> u64 {
        self.calls.values().sum()
    }

    /// In seconds, beside what others were answered.
    pub(super) async fn least(&self, okta: &OktaMock) -> Result<f64, BoxError> {
        let answer = ask(&okta.service(), okta.api_token(), "/_mock/rate-limits").await?;
        let limits: serde_json::Value = serde_json::from_slice(answer.body())?;
        let limits: Vec<Limit> = serde_json::from_value(limits["buckets"].clone())?;
        let mut requests = okta.requests();
        requests.sort_by_key(|request| request.at_ms);
        let ours =
            requests.iter().find(|request| !Others::sent(request)).and_then(|one| one.principal.clone());
        let mut windows = 0;
        for (bucket, &calls) in &self.calls {
            let limit =
                limits.iter().find(|limit| limit.bucket == *bucket).ok_or("a bucket without a limit")?;
            // A limit of 0 says that there were too many at once; those are not counted.
            let all = || {
                let of_bucket = requests.iter().filter(|request| request.bucket.as_ref() == Some(bucket));
                of_bucket.filter(|request| request.rate_limit != Some(0))
            };
            windows = windows
                .max(full_windows(
                    all().filter(|request| request.principal == ours),
                    limit.token_limit,
                    calls,
                ))
                .max(full_windows(all(), limit.limit, calls));
        }
        Ok(60.0 * windows as f64)
    }
}

/// How many windows do not suffice for so many calls.
fn full_windows<'a>(requests: impl Iterator<Item = &'a RequestRecord>, limit: u64, mut calls: u64) -> u64 {
    let (mut began, mut room) = (i64::MIN, Vec::new());
    for request in requests {
        if request.at_ms >= began.saturating_add(60_000) {
            began = request.at_ms;
            room.push(limit);
        }
        if let Some(room) = room.last_mut().filter(|_| Others::sent(request) && request.status != 429) {
            *room -= 1;
        }
    }
    let mut full = 0;
    for room in room.into_iter().chain(std::iter::repeat(limit)) {
        if calls <= room {
            break;
        }
        (calls, full) = (calls - room, full + 1);
    }
    full
}
