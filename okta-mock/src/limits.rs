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
use std::sync::Arc;

use http::Method;

pub use concurrency::Latency;
use concurrency::{Concurrency, Entered};
use notice::{Happened, Notice};
use table::Table;

/// Which table of limits the mock enforces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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
    pub(crate) bucket: Arc<str>,
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

/// The counts of one bucket: the whole org's, and each principal's.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Windows {
    org: Window,
    principals: BTreeMap<String, Window>,
    /// How much was left by hand to each who asks in the org's current window.
    #[serde(default)]
    left: Option<u64>,
}

impl Windows {
    fn starting(org: Window) -> Self {
        Self { org, principals: BTreeMap::new(), left: None }
    }

    /// The first window of a principal that may ask `most` times.
    fn fresh(&self, fresh: Window, most: u64) -> Window {
        match self.left {
            Some(left) => Window { used: most.saturating_sub(left), ..self.org },
            None => fresh,
        }
    }
}

#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
struct Window {
    started: i64,
    used: u64,
    warned: bool,
    burst: bool,
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
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
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
    /// By bucket.
    windows: BTreeMap<usize, Windows>,
    /// What is to be written into the log; written before the request is answered, so never left over.
    #[serde(skip)]
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

    /// Starts a request: how long it takes to answer it, or a refusal because there are too many.
    pub(crate) fn enter(&mut self, method: &str, path: &str, query: &str, now: i64) -> Result<i64, Verdict> {
        match self.concurrency.enter(self.mode, method, path, query, now) {
            Entered::For(takes) => Ok(takes),
            Entered::Full { first } => {
                if first {
                    self.notices.push(Notice::Concurrency { method: method.to_owned() });
                }
                let bucket = self.table.bucket_of(method, path).map(|bucket| self.table.name(bucket));
                let bucket = bucket.cloned().unwrap_or_else(|| "".into());
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
        let (org_limit, share, window_ms) = (self.org_limit(bucket), self.share_of(bucket), self.window_ms);
        let fresh = Window { started: now, used: 0, warned: false, burst: false, violated: false };
        let windows = self.windows.entry(bucket).or_insert_with(|| Windows::starting(fresh));
        let over = |window: &Window| now >= window.started.saturating_add(window_ms);
        if over(&windows.org) {
            // Whoever did not ask lately is forgotten, so that ever new principals do not pile up.
            windows.principals.retain(|_, own| !over(own));
            (windows.org, windows.left) = (fresh, None);
        }
        let burst = self.table.burst(bucket);
        let most = |limit: u64| limit.saturating_mul(burst);
        if !windows.principals.contains_key(principal) {
            windows.principals.insert(principal.to_owned(), windows.fresh(fresh, most(share)));
        }
        let own = windows.principals.get_mut(principal)?;
        if over(own) {
            *own = fresh;
        }
        let scopes = [(&mut windows.org, org_limit), (own, share)];
        let enforced = self.mode != RateLimits::Off;
        let full = |window: &Window, limit| enforced && window.used >= most(limit);
        // What is refused uses nothing up: neither the share of who asks nor what is there for all.
        let refused = scopes.iter().any(|(window, limit)| full(window, *limit));
        let mut tightest: Option<(u64, u64, i64)> = None;
        let (mut warns, mut bursts) = (false, false);
        for (window, limit) in scopes {
            let speaks = !refused || full(window, limit);
            if !refused {
                window.used = (window.used + 1).min(most(limit));
            }
            bursts |= window.used > limit;
            warns |= window.used.saturating_mul(100) >= limit.saturating_mul(self.warning);
            let remaining = limit.saturating_sub(window.used);
            if speaks && tightest.is_none_or(|(_, least, _)| remaining <= least) {
                let ends = window.started.saturating_add(window_ms);
                tightest = Some((limit, remaining, ends.saturating_add(999).div_euclid(1_000)));
            }
        }
        let (limit, remaining, reset) = tightest?;
        let mut rate = Rate { bucket: Arc::clone(self.table.name(bucket)), limit, remaining, reset };
        if self.mode == RateLimits::Off {
            rate.remaining = rate.remaining.max(1);
            return Some(Verdict::Pass(rate));
        }
        self.notify(bucket, &rate, [warns, bursts, refused]);
        if refused {
            self.refused += 1;
            rate.remaining = 0;
            return Some(Verdict::Refuse(rate));
        }
        Some(Verdict::Pass(rate))
    }

    /// A warning, a burst and a violation, each once for a bucket and the org's window.
    fn notify(&mut self, bucket: usize, rate: &Rate, [warns, bursts, refused]: [bool; 3]) {
        let org_limit = self.org_limit(bucket);
        let Some(Windows { org: window, .. }) = self.windows.get_mut(&bucket) else { return };
        let scope = if rate.limit == org_limit { "ORG" } else { "PRINCIPAL" };
        let notice = |what| Notice::Bucket {
            what,
            rate: rate.clone(),
            scope,
            percent: self.warning,
            window_ms: self.window_ms,
        };
        if warns && !std::mem::replace(&mut window.warned, true) {
            self.notices.push(notice(Happened::Warning));
        }
        if bursts && !std::mem::replace(&mut window.burst, true) {
            self.notices.push(notice(Happened::Burst));
        }
        if refused && !std::mem::replace(&mut window.violated, true) {
            self.notices.push(notice(Happened::Violation));
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
        let burst = self.table.burst(bucket);
        let used = |limit: u64| limit.saturating_mul(burst).saturating_sub(remaining);
        let (org_used, own_used) = (used(self.org_limit(bucket)), used(self.share_of(bucket)));
        let fresh = Window { started: now, used: 0, warned: false, burst: false, violated: false };
        let windows = self.windows.entry(bucket).or_insert_with(|| Windows::starting(fresh));
        if now >= windows.org.started.saturating_add(self.window_ms) {
            windows.org = fresh;
        }
        windows.org.used = org_used;
        windows.left = Some(remaining);
        for own in windows.principals.values_mut() {
            (own.started, own.used) = (windows.org.started, own_used);
        }
        true
    }

    /// What is wrong with limits that a snapshot brought.
    pub(crate) fn check(&self) -> Result<(), String> {
        let percent = |percent: u64| (1..=100).contains(&percent);
        if !percent(self.share) || !percent(self.warning) || self.window_ms < 1 {
            return Err("share, warning or window_ms: out of range".into());
        }
        if !self.table.is_whole() || self.windows.keys().any(|bucket| *bucket >= self.table.len()) {
            return Err("table or windows: there is no such bucket".into());
        }
        Ok(())
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
            let window = self.windows.get(&bucket).map(|windows| &windows.org);
            let window = window.filter(|window| now < ends(window));
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
    fn what_a_principal_is_refused_is_still_there_for_others() {
        let mut limits = limits();
        for _ in 0..100 {
            limits.charge(&Method::GET, "/api/v1/logs", "greedy", 0);
        }
        assert_eq!(limits.refused, 90);
        let used = |limits: &Limits| {
            limits.buckets(0).find(|bucket| bucket.bucket == "/api/v1/logs").map(|b| b.used)
        };
        assert_eq!(used(&limits), Some(10));
        for n in 1..=10 {
            let Some(Verdict::Pass(rate)) = limits.charge(&Method::GET, "/api/v1/logs", "modest", 0) else {
                panic!("request {n} of 10 is within the share")
            };
            assert_eq!(rate.remaining, 10 - n);
        }
        assert_eq!(used(&limits), Some(20));
    }

    #[test]
    fn what_is_left_by_hand_is_left_to_those_who_asked_and_to_those_who_come() {
        let mut limits = limits();
        let ask =
            |limits: &mut Limits, who: &str, now| match limits.charge(&Method::GET, "/api/v1/logs", who, now)
            {
                Some(Verdict::Pass(rate)) => Some((rate.limit, rate.remaining, rate.reset)),
                _ => None,
            };
        for _ in 0..10 {
            ask(&mut limits, "before", 0);
        }
        assert!(limits.force("/api/v1/logs", 2, 30_000));
        assert_eq!(ask(&mut limits, "before", 30_000), Some((10, 1, 60)), "its own share was used up");
        assert_eq!(ask(&mut limits, "later", 30_000), Some((20, 0, 60)), "the org's last one");
        assert_eq!(ask(&mut limits, "before", 30_000), None);
        assert_eq!(ask(&mut limits, "later", 30_000), None);
        assert_eq!(ask(&mut limits, "later", 60_000), Some((10, 9, 120)), "the next window is as ever");
        assert!(limits.force("/api/v1/logs", 1, 60_000));
        assert_eq!(ask(&mut limits, "new", 60_000), Some((10, 0, 120)), "of its own share as well");
    }

    #[test]
    fn a_bucket_warns_once_and_is_violated_once_in_a_window() {
        let mut limits = limits();
        for now in [0, 60_000] {
            for _ in 0..15 {
                limits.charge(&Method::GET, "/api/v1/logs", "token", now);
            }
            assert_eq!(happened(&mut limits), [Happened::Warning, Happened::Violation]);
        }
    }

    fn happened(limits: &mut Limits) -> Vec<Happened> {
        let told = limits.take_notices().into_iter();
        told.filter_map(|notice| if let Notice::Bucket { what, .. } = notice { Some(what) } else { None })
            .collect()
    }

    #[test]
    fn a_bucket_of_sign_in_bursts_to_five_times_its_limit_and_a_limit_set_by_hand_does_not() {
        let mut limits = limits();
        let token = |limits: &mut Limits| limits.charge(&Method::POST, "/oauth2/v1/token", "client", 0);
        for n in 1..=750 {
            let Some(Verdict::Pass(rate)) = token(&mut limits) else {
                panic!("request {n} of 750 may burst")
            };
            assert_eq!((rate.limit, rate.remaining), (150, 150_u64.saturating_sub(n)));
        }
        assert!(matches!(token(&mut limits), Some(Verdict::Refuse(_))));
        assert_eq!(happened(&mut limits), [Happened::Warning, Happened::Burst, Happened::Violation]);
        limits.clear();
        assert!(limits.table.set_limit("/oauth2/v1/token", 2));
        assert!(matches!(token(&mut limits), Some(Verdict::Pass(_))));
        assert!(matches!(token(&mut limits), Some(Verdict::Refuse(_))));
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
