//! Rate limits: which bucket a request falls into, and what is left in it.
//!
//! Pure: `(request, now) → headers, or refused`. Windows start with the first request that falls into them, as at
//! Okta. Numbers are those Okta published until late 2025 (`rl-global-mgmt`); since then they are only in the admin
//! dashboard, so every one can be overridden over `/_mock/rate-limits`.

use std::collections::BTreeMap;

use http::Method;

/// Which table of limits the mock enforces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RateLimits {
    /// The headers are sent, with generous numbers, and nothing is ever refused.
    #[default]
    Off,
    /// A free Integrator org: 20 log requests and 100 user lists a minute, half of that for one token.
    Integrator,
    /// A Workforce Identity org: 120 log requests and 600 user lists a minute, half of that for one token.
    Workforce,
}

impl RateLimits {
    /// The name used on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Integrator => "integrator",
            Self::Workforce => "workforce",
        }
    }

    /// Reads the name used on the command line.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Off, Self::Integrator, Self::Workforce].into_iter().find(|mode| mode.name() == name)
    }
}

/// `(method or "", path pattern, Integrator, Workforce)`, the most specific first. `{id}` is one segment, a final `*`
/// any rest.
const TABLE: [(&str, &str, u64, u64); 17] = [
    ("", "/api/v1/users", 100, 600),
    ("GET", "/api/v1/users/{id}", 100, 2_000),
    ("", "/api/v1/users/{id}", 100, 600),
    ("", "/api/v1/users/*", 100, 600),
    ("", "/api/v1/groups/{id}", 100, 1_000),
    ("", "/api/v1/groups*", 100, 500),
    ("", "/api/v1/apps/{id}", 100, 500),
    ("", "/api/v1/apps*", 20, 100),
    ("", "/api/v1/logs", 20, 120),
    ("", "/oauth2/v1/clients*", 25, 100),
    ("", "/api/v1/devices*", 100, 100),
    ("", "/api/v1/certificateAuthorities*", 100, 100),
    ("", "/api/v1/authn*", 100, 500),
    ("", "/api/v1/sessions*", 100, 750),
    ("", "/api/v1/org*", 100, 100),
    ("", "/oauth2/v1/token", 300, 2_000),
    ("", "/api/v1/*", 100, 1_200),
];

/// What `Off` shows.
const GENEROUS: u64 = 100_000;

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
}

/// All buckets of one org.
#[derive(Debug)]
pub(crate) struct Limits {
    pub(crate) mode: RateLimits,
    pub(crate) window_ms: i64,
    /// One principal's share of a bucket, in percent.
    pub(crate) share: u64,
    /// Limits set by hand, by bucket name.
    overrides: BTreeMap<String, u64>,
    /// Row of the table and principal; no principal is the whole org's count.
    windows: BTreeMap<(usize, Option<String>), Window>,
    /// How many requests were refused.
    pub(crate) refused: u64,
}

impl Limits {
    pub(crate) fn new(mode: RateLimits, window_ms: i64) -> Self {
        let (overrides, windows) = (BTreeMap::new(), BTreeMap::new());
        Self { mode, window_ms: window_ms.max(1), share: 50, overrides, windows, refused: 0 }
    }

    /// Counts a request. `None` when the path is in no bucket.
    pub(crate) fn charge(
        &mut self,
        method: &Method,
        path: &str,
        principal: &str,
        now: i64,
    ) -> Option<Verdict> {
        let row = row_of(method, path)?;
        let scopes = [(None, self.org_limit(row)), (Some(principal.to_owned()), self.share_of(row))];
        let mut tightest: Option<Rate> = None;
        let mut refused = false;
        for (principal, limit) in scopes {
            let window_ms = self.window_ms;
            let window = self.windows.entry((row, principal)).or_insert(Window { started: now, used: 0 });
            if now >= window.started.saturating_add(window_ms) {
                *window = Window { started: now, used: 0 };
            }
            refused |= window.used >= limit && self.mode != RateLimits::Off;
            window.used = (window.used + 1).min(limit);
            let rate = Rate {
                bucket: name_of(row),
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
        }
        if refused {
            self.refused += 1;
            rate.remaining = 0;
            return Some(Verdict::Refuse(rate));
        }
        Some(Verdict::Pass(rate))
    }

    /// Sets one bucket's limit for the whole org. `false` when there is no such bucket.
    pub(crate) fn set_limit(&mut self, bucket: &str, limit: u64) -> bool {
        let known = (0..TABLE.len()).any(|row| name_of(row) == bucket);
        if known {
            self.overrides.insert(bucket.to_owned(), limit);
        }
        known
    }

    /// Forgets every window.
    pub(crate) fn clear(&mut self) {
        self.windows.clear();
    }

    /// Every bucket with its limit for the org, its share, what is used and when it starts anew.
    pub(crate) fn buckets(&self, now: i64) -> Vec<(String, u64, u64, u64, Option<i64>)> {
        let row = |row: usize| {
            let window =
                self.windows.get(&(row, None)).filter(|window| now < window.started + self.window_ms);
            let reset = window.map(|window| (window.started + self.window_ms + 999).div_euclid(1_000));
            (
                name_of(row),
                self.org_limit(row),
                self.share_of(row),
                window.map_or(0, |window| window.used),
                reset,
            )
        };
        (0..TABLE.len()).map(row).collect()
    }

    fn org_limit(&self, row: usize) -> u64 {
        let (_, _, integrator, workforce) = TABLE[row];
        let listed = match self.mode {
            RateLimits::Off => GENEROUS,
            RateLimits::Integrator => integrator,
            RateLimits::Workforce => workforce,
        };
        self.overrides.get(&name_of(row)).copied().unwrap_or(listed)
    }

    fn share_of(&self, row: usize) -> u64 {
        match self.mode {
            RateLimits::Off => self.org_limit(row),
            _ => (self.org_limit(row).saturating_mul(self.share) / 100).max(1),
        }
    }
}

fn name_of(row: usize) -> String {
    let (method, pattern, ..) = TABLE[row];
    if method.is_empty() { pattern.to_owned() } else { format!("{method} {pattern}") }
}

fn row_of(method: &Method, path: &str) -> Option<usize> {
    TABLE.iter().position(|(only, pattern, ..)| {
        (only.is_empty() || method.as_str() == *only) && matches(pattern, path)
    })
}

fn matches(pattern: &str, path: &str) -> bool {
    if let Some(prefix) = pattern.strip_suffix('*') {
        return path.starts_with(prefix);
    }
    match pattern.strip_suffix("{id}") {
        Some(prefix) => path.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && !rest.contains('/')),
        None => path == pattern,
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
    fn each_path_falls_into_its_bucket() {
        for (method, path, bucket) in [
            ("GET", "/api/v1/users", "/api/v1/users"),
            ("GET", "/api/v1/users/00u1", "GET /api/v1/users/{id}"),
            ("POST", "/api/v1/users/00u1", "/api/v1/users/{id}"),
            ("POST", "/api/v1/users/00u1/lifecycle/suspend", "/api/v1/users/*"),
            ("GET", "/api/v1/groups", "/api/v1/groups*"),
            ("GET", "/api/v1/groups/00g1/users", "/api/v1/groups*"),
            ("GET", "/api/v1/apps/0oa1", "/api/v1/apps/{id}"),
            ("GET", "/api/v1/apps/0oa1/users", "/api/v1/apps*"),
            ("GET", "/api/v1/eventHooks", "/api/v1/*"),
        ] {
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            assert_eq!(row_of(&method, path).map(name_of).as_deref(), Some(bucket), "{path}");
        }
        assert_eq!(row_of(&Method::GET, "/.well-known/okta-organization"), None);
    }

    #[test]
    fn off_never_refuses() {
        let mut limits = Limits::new(RateLimits::Off, 60_000);
        assert!(limits.set_limit("/api/v1/logs", 1));
        for _ in 0..10 {
            assert!(matches!(limits.charge(&Method::GET, "/api/v1/logs", "t", 0), Some(Verdict::Pass(_))));
        }
    }
}
