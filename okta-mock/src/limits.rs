//! Rate limits: what is left in a request's bucket, for the org and for the one who asks.
//!
//! Pure: `(request, now) → headers, or refused`. Windows start with the first request that falls into them, as at
//! Okta. The headers tell of the scope with the least left. A warning and a violation are each written into the log once
//! for a bucket and window.

pub(crate) mod concurrency;
pub(crate) mod notice;
pub(crate) mod settings_json;
mod table;

use std::collections::BTreeMap;

use http::Method;

pub use concurrency::Latency;
use concurrency::{Concurrency, Entered};
use notice::Notice;
use table::Table;

/// Which table of limits the mock enforces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RateLimits {
    /// The headers are sent, with generous numbers, and nothing is ever refused.
    #[default]
    Off,
    /// A free Integrator org: 20 log requests and 100 user lists a minute, half of that for one token.
    Integrator,
    /// A One App or Enterprise org: 50 log requests and 600 user lists a minute, half of that for one token.
    Enterprise,
    /// A Workforce Identity org: 120 log requests and 600 user lists a minute, half of that for one token.
    Workforce,
}

impl RateLimits {
    /// The name used on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Integrator => "integrator",
            Self::Enterprise => "enterprise",
            Self::Workforce => "workforce",
        }
    }

    /// Reads the name used on the command line.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Off, Self::Integrator, Self::Enterprise, Self::Workforce]
            .into_iter()
            .find(|mode| mode.name() == name)
    }
}

/// What the three `X-Rate-Limit-*` headers say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) bucket: String,
    pub(crate) limit: u64,
    pub(crate) remaining: u64,
    /// Seconds since 1970.
    pub(crate) reset: i64,
}

/// A request may pass, or may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Pass(Rate),
    Refuse(Rate),
}

#[derive(Clone, Copy, Debug)]
struct Window {
    started: i64,
    used: u64,
    warned: bool,
    violated: bool,
}

/// One bucket as `/_mock/rate-limits` shows it.
#[derive(Debug)]
pub(crate) struct Shown<'a> {
    pub(crate) bucket: &'a str,
    pub(crate) limit: u64,
    pub(crate) share: u64,
    pub(crate) used: u64,
    pub(crate) reset: Option<i64>,
}

/// All buckets of one org.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) mode: RateLimits,
    pub(crate) window_ms: i64,
    /// One principal's share of a bucket, in percent.
    pub(crate) share: u64,
    /// At how many percent of a bucket Okta warns.
    pub(crate) warning: u64,
    /// What every limit is multiplied by, in percent.
    pub(crate) scale_percent: u64,
    pub(crate) table: Table,
    pub(crate) concurrency: Concurrency,
    /// Bucket and principal; no principal is the whole org's count.
    windows: BTreeMap<(usize, Option<String>), Window>,
    /// What is to be written into the log.
    notices: Vec<Notice>,
    /// How many requests were refused for a used-up bucket.
    pub(crate) refused: u64,
}

impl Limits {
    pub(crate) fn new(mode: RateLimits, window_ms: i64) -> Self {
        Self {
            mode,
            window_ms: window_ms.max(1),
            share: 50,
            warning: 60,
            scale_percent: 100,
            table: Table::default(),
            concurrency: Concurrency::default(),
            windows: BTreeMap::new(),
            notices: Vec::new(),
            refused: 0,
        }
    }

    /// Starts a request: how long it takes, or a refusal because there are too many.
    pub(crate) fn enter(&mut self, method: &str, path: &str, query: &str, now: i64) -> Result<i64, Verdict> {
        match self.concurrency.enter(self.mode, method, path, query, now) {
            Entered::For(takes) => Ok(takes),
            Entered::Full { first } => {
                if first {
                    self.notices.push(Notice::Concurrency { method: method.to_owned() });
                }
                let bucket = self.table.bucket_of(method, path).map(|bucket| self.table.name(bucket));
                let bucket = bucket.unwrap_or_default().to_owned();
                // Recorded: limit and remaining 0, and a reset that is only a guess.
                let reset = now.div_euclid(1_000).saturating_add(60);
                Err(Verdict::Refuse(Rate { bucket, limit: 0, remaining: 0, reset }))
            }
        }
    }

    /// Counts a request. `None` when the path is in no bucket.
    pub(crate) fn charge(
        &mut self,
        method: &Method,
        path: &str,
        principal: &str,
        now: i64,
    ) -> Option<Verdict> {
        let bucket = self.table.bucket_of(method.as_str(), path)?;
        let scopes = [(None, self.org_limit(bucket)), (Some(principal.to_owned()), self.share_of(bucket))];
        let mut tightest: Option<Rate> = None;
        let (mut refused, mut warns) = (false, false);
        for (principal, limit) in scopes {
            let window_ms = self.window_ms;
            let fresh = Window { started: now, used: 0, warned: false, violated: false };
            let window = self.windows.entry((bucket, principal)).or_insert(fresh);
            if now >= window.started.saturating_add(window_ms) {
                *window = fresh;
            }
            refused |= window.used >= limit && self.mode != RateLimits::Off;
            window.used = (window.used + 1).min(limit);
            warns |= window.used.saturating_mul(100) >= limit.saturating_mul(self.warning);
            let rate = Rate {
                bucket: self.table.name(bucket).to_owned(),
                limit,
                remaining: limit - window.used,
                reset: window.started.saturating_add(window_ms).saturating_add(999).div_euclid(1_000),
            };
            if tightest.as_ref().is_none_or(|other| rate.remaining <= other.remaining) {
                tightest = Some(rate);
            }
        }
        let mut rate = tightest?;
        if self.mode == RateLimits::Off {
            rate.remaining = rate.remaining.max(1);
            return Some(Verdict::Pass(rate));
        }
        self.notify(bucket, &rate, warns, refused);
        if refused {
            self.refused += 1;
            rate.remaining = 0;
            return Some(Verdict::Refuse(rate));
        }
        Some(Verdict::Pass(rate))
    }

    /// A warning and a violation, each once for a bucket and the org's window.
    fn notify(&mut self, bucket: usize, rate: &Rate, warns: bool, refused: bool) {
        let org_limit = self.org_limit(bucket);
        let Some(window) = self.windows.get_mut(&(bucket, None)) else { return };
        let scope = if rate.limit == org_limit { "ORG" } else { "PRINCIPAL" };
        let notice = |violation| Notice::Bucket {
            violation,
            rate: rate.clone(),
            scope,
            percent: self.warning,
            window_ms: self.window_ms,
        };
        if warns && !std::mem::replace(&mut window.warned, true) {
            self.notices.push(notice(false));
        }
        if refused && !std::mem::replace(&mut window.violated, true) {
            self.notices.push(notice(true));
        }
    }

    /// What is to be written into the log.
    pub(crate) fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// Leaves so much of a bucket's current window, for the org and everybody in it. `false` when there is no such
    /// bucket.
    pub(crate) fn force(&mut self, name: &str, remaining: u64, now: i64) -> bool {
        let Some(bucket) = self.table.find(name) else { return false };
        let used = self.org_limit(bucket).saturating_sub(remaining);
        let fresh = Window { started: now, used, warned: false, violated: false };
        let org = self.windows.entry((bucket, None)).or_insert(fresh);
        if now >= org.started.saturating_add(self.window_ms) {
            *org = fresh;
        }
        org.used = used;
        true
    }

    /// Forgets every window.
    pub(crate) fn clear(&mut self) {
        self.windows.clear();
        self.concurrency.clear();
    }

    /// Every bucket with its limit for the org, its share, what is used and when it starts anew.
    pub(crate) fn buckets(&self, now: i64) -> impl Iterator<Item = Shown<'_>> {
        (0..self.table.len()).map(move |bucket| {
            let ends = |window: &Window| window.started.saturating_add(self.window_ms);
            let window = self.windows.get(&(bucket, None)).filter(|window| now < ends(window));
            Shown {
                bucket: self.table.name(bucket),
                limit: self.org_limit(bucket),
                share: self.share_of(bucket),
                used: window.map_or(0, |window| window.used),
                reset: window.map(|window| ends(window).saturating_add(999).div_euclid(1_000)),
            }
        })
    }

    fn org_limit(&self, bucket: usize) -> u64 {
        let limit = self.table.limit(bucket, self.mode);
        if self.scale_percent == 100 {
            limit
        } else {
            (limit.saturating_mul(self.scale_percent) / 100).max(1)
        }
    }

    fn share_of(&self, bucket: usize) -> u64 {
        match self.mode {
            RateLimits::Off => self.org_limit(bucket),
            _ => (self.org_limit(bucket).saturating_mul(self.share) / 100).max(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits::new(RateLimits::Integrator, 60_000)
    }

    #[test]
    fn a_token_gets_half_of_the_bucket_and_then_nothing_until_the_window_ends() {
        let mut limits = limits();
        for n in 1..=10 {
            let Some(Verdict::Pass(rate)) = limits.charge(&Method::GET, "/api/v1/logs", "token", 5_500)
            else {
                panic!("request {n} of 10 is within the share")
            };
            assert_eq!((rate.limit, rate.remaining, rate.reset), (10, 10 - n, 66));
        }
        assert!(matches!(
            limits.charge(&Method::GET, "/api/v1/logs", "token", 65_499),
            Some(Verdict::Refuse(_))
        ));
        assert_eq!(limits.refused, 1);
        // The window was anchored at its first request, not at a full minute.
        assert!(matches!(
            limits.charge(&Method::GET, "/api/v1/logs", "token", 65_500),
            Some(Verdict::Pass(_))
        ));
    }

    #[test]
    fn the_tightest_scope_speaks_and_two_principals_use_up_the_org() {
        let mut limits = limits();
        for n in 0..20 {
            let principal = if n % 2 == 0 { "one" } else { "two" };
            assert!(matches!(
                limits.charge(&Method::GET, "/api/v1/logs", principal, 0),
                Some(Verdict::Pass(_))
            ));
        }
        let Some(Verdict::Refuse(rate)) = limits.charge(&Method::GET, "/api/v1/logs", "three", 0) else {
            panic!("the org's bucket is empty")
        };
        assert_eq!((rate.limit, rate.remaining), (20, 0), "the org's limit, not the third one's share");
    }

    #[test]
    fn a_bucket_warns_once_and_is_violated_once_in_a_window() {
        let mut limits = limits();
        for now in [0, 60_000] {
            for _ in 0..15 {
                limits.charge(&Method::GET, "/api/v1/logs", "token", now);
            }
            let violations: Vec<bool> = limits
                .take_notices()
                .iter()
                .map(|notice| matches!(notice, Notice::Bucket { violation: true, .. }))
                .collect();
            assert_eq!(violations, [false, true]);
        }
    }

    #[test]
    fn off_never_refuses() {
        let mut limits = Limits::new(RateLimits::Off, 60_000);
        assert!(limits.table.set_limit("/api/v1/logs", 1));
        for _ in 0..10 {
            assert!(matches!(limits.charge(&Method::GET, "/api/v1/logs", "t", 0), Some(Verdict::Pass(_))));
        }
        assert!(limits.take_notices().is_empty());
    }
}
