//! Which bucket a request falls into, as data. Pure.
//!
//! A rule that names the method beats one that does not, an exact path beats a prefix, a longer prefix beats a shorter.
//! Several rules may share a bucket. Numbers are those Okta published until late 2025 (`rl-global-mgmt`); since then they
//! are only in the admin dashboard, so every one can be overridden.

use std::cmp::Reverse;
use std::sync::Arc;

use super::RateLimits;

/// What `Off` shows.
const GENEROUS: u64 = 100_000;

/// `(rule, bucket where it is another rule's, Integrator, Enterprise, Workforce)`. `{id}` is one segment, a final `*`
/// any rest.
type Listed = (&'static str, Option<&'static str>, u64, u64, u64);

const LISTED: [Listed; 19] = [
    ("/api/v1/users", None, 100, 600, 600),
    ("GET /api/v1/users/{id}", None, 100, 1_000, 2_000),
    ("/api/v1/users/{id}", None, 100, 600, 600),
    ("/api/v1/users/*", None, 100, 600, 600),
    ("/api/v1/groups/{id}", None, 100, 600, 1_000),
    ("/api/v1/groups*", None, 100, 600, 500),
    // Looks like a group's id and is none.
    ("/api/v1/groups/rules", Some("/api/v1/groups*"), 0, 0, 0),
    ("/api/v1/apps/{id}", None, 100, 600, 500),
    ("/api/v1/apps*", None, 20, 100, 100),
    ("/api/v1/logs", None, 20, 50, 120),
    ("/oauth2/v1/clients*", None, 25, 100, 100),
    ("/api/v1/devices*", None, 100, 150, 100),
    ("/api/v1/certificateAuthorities*", None, 100, 150, 100),
    ("/api/v1/authn*", None, 100, 600, 500),
    ("/api/v1/sessions*", None, 100, 600, 750),
    ("/api/v1/org*", None, 100, 100, 100),
    ("/oauth2/v1/token", None, 300, 1_200, 2_000),
    ("/oauth2/v1/authorize", None, 300, 1_200, 2_000),
    ("/api/v1/*", None, 100, 600, 1_200),
];

/// Buckets of sign-in, which let five times their limit through before they refuse. A limit set by hand is a hard one.
const BURSTING: [&str; 3] = ["/api/v1/authn*", "/oauth2/v1/authorize", "/oauth2/v1/token"];
const BURST: u64 = 5;

/// A set of endpoints with one count.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Bucket {
    name: Arc<str>,
    integrator: u64,
    enterprise: u64,
    workforce: u64,
    /// Set by hand, in place of the listed number.
    given: Option<u64>,
}

/// A method and a path, and the bucket they belong to.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Rule {
    method: Option<String>,
    path: String,
    /// How much of the path comes before anything open: a request without it need not be looked at.
    literal: usize,
    bucket: usize,
}

/// All buckets of one org and what falls into them.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Table {
    buckets: Vec<Bucket>,
    /// What goes first stands first.
    rules: Vec<Rule>,
}

impl Default for Table {
    fn default() -> Self {
        let mut table = Self { buckets: Vec::new(), rules: Vec::new() };
        for (rule, of, integrator, enterprise, workforce) in LISTED {
            let bucket = match of.and_then(|name| table.find(name)) {
                Some(bucket) => bucket,
                None => {
                    let name = rule.into();
                    table.buckets.push(Bucket { name, integrator, enterprise, workforce, given: None });
                    table.buckets.len() - 1
                }
            };
            if let Some(rule) = Rule::parse(rule, bucket) {
                table.add(rule);
            }
        }
        table
    }
}

impl Table {
    /// The bucket of a request.
    pub(crate) fn bucket_of(&self, method: &str, path: &str) -> Option<usize> {
        self.rules.iter().find(|rule| rule.matches(method, path)).map(|rule| rule.bucket)
    }

    /// Of equals the later one goes first: what is added by hand before what is listed.
    fn add(&mut self, rule: Rule) {
        let place = self.rules.partition_point(|other| other.rank() > rule.rank());
        self.rules.insert(place, rule);
    }

    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.buckets.iter().position(|bucket| *bucket.name == *name)
    }

    pub(crate) fn name(&self, bucket: usize) -> &Arc<str> {
        &self.buckets[bucket].name
    }

    pub(crate) fn len(&self) -> usize {
        self.buckets.len()
    }

    /// Whether every rule is in its place and has its bucket.
    pub(super) fn is_whole(&self) -> bool {
        self.rules.iter().all(|rule| rule.bucket < self.buckets.len())
            && self.rules.is_sorted_by(|before, after| before.rank() >= after.rank())
    }

    /// The whole org's limit.
    pub(crate) fn limit(&self, bucket: usize, mode: RateLimits) -> u64 {
        let bucket = &self.buckets[bucket];
        bucket.given.unwrap_or(match mode {
            RateLimits::Off => GENEROUS,
            RateLimits::Integrator => bucket.integrator,
            RateLimits::Enterprise => bucket.enterprise,
            RateLimits::Workforce => bucket.workforce,
        })
    }

    /// How many times its limit a bucket lets through.
    pub(crate) fn burst(&self, bucket: usize) -> u64 {
        let bucket = &self.buckets[bucket];
        if bucket.given.is_none() && BURSTING.contains(&&*bucket.name) { BURST } else { 1 }
    }

    /// Sets one bucket's limit for the whole org. `false` when there is no such bucket.
    pub(crate) fn set_limit(&mut self, name: &str, limit: u64) -> bool {
        let Some(bucket) = self.find(name) else { return false };
        self.buckets[bucket].given = Some(limit);
        true
    }

    /// Makes a bucket, or changes what falls into one. The error names the rule that is none.
    pub(crate) fn define(&mut self, name: &str, rules: &[&str], limit: u64) -> Result<(), String> {
        let bucket = self.find(name).unwrap_or(self.buckets.len());
        let mut parsed = Vec::with_capacity(rules.len());
        for rule in rules {
            let read = Rule::parse(rule, bucket);
            parsed.push(read.ok_or_else(|| format!("{rule:?} is not like \"GET /api/v1/users/{{id}}\""))?);
        }
        if bucket == self.buckets.len() {
            let name = name.into();
            self.buckets.push(Bucket {
                name,
                integrator: limit,
                enterprise: limit,
                workforce: limit,
                given: None,
            });
        }
        self.buckets[bucket].given = Some(limit);
        parsed.into_iter().for_each(|rule| self.add(rule));
        Ok(())
    }
}

impl Rule {
    /// Reads `/path` or `METHOD /path`.
    fn parse(text: &str, bucket: usize) -> Option<Self> {
        let (method, path) = match text.split_once(' ') {
            Some((method, path)) if method.chars().all(|c| c.is_ascii_uppercase()) => (Some(method), path),
            Some(_) => return None,
            None => (None, text),
        };
        let whole = path.starts_with('/') && !path.contains([' ', '?']);
        let literal = path.find(['{', '*']).unwrap_or(path.len());
        whole.then(|| Self { method: method.map(str::to_owned), path: path.to_owned(), literal, bucket })
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        if self.method.as_deref().is_some_and(|only| only != method) {
            return false;
        }
        if !path.starts_with(&self.path[..self.literal]) {
            return false;
        }
        if let Some(prefix) = self.path.strip_suffix('*') {
            return path.starts_with(prefix);
        }
        if self.literal == self.path.len() {
            return path.len() == self.literal;
        }
        let (mut wanted, mut found) = (self.path.split('/'), path.split('/'));
        loop {
            match (wanted.next(), found.next()) {
                (None, None) => return true,
                (Some("{id}"), Some(segment)) if !segment.is_empty() => {}
                (Some(want), Some(have)) if want == have => {}
                _ => return false,
            }
        }
    }

    /// What is greater goes first: an exact path, then few open segments, then a method, then length.
    fn rank(&self) -> (bool, Reverse<usize>, bool, usize) {
        let open = self.path.matches("{id}").count();
        (!self.path.ends_with('*'), Reverse(open), self.method.is_some(), self.path.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_falls_into_its_bucket() {
        let table = Table::default();
        for (method, path, bucket) in [
            ("GET", "/api/v1/users", "/api/v1/users"),
            ("GET", "/api/v1/users/00u1", "GET /api/v1/users/{id}"),
            ("POST", "/api/v1/users/00u1", "/api/v1/users/{id}"),
            ("POST", "/api/v1/users/00u1/lifecycle/suspend", "/api/v1/users/*"),
            ("GET", "/api/v1/groups", "/api/v1/groups*"),
            ("GET", "/api/v1/groups/00g1", "/api/v1/groups/{id}"),
            ("GET", "/api/v1/groups/rules", "/api/v1/groups*"),
            ("GET", "/api/v1/groups/rules/0pr1", "/api/v1/groups*"),
            ("GET", "/api/v1/groups/00g1/users", "/api/v1/groups*"),
            ("GET", "/api/v1/apps/0oa1", "/api/v1/apps/{id}"),
            ("GET", "/api/v1/apps/0oa1/users", "/api/v1/apps*"),
            ("GET", "/api/v1/eventHooks", "/api/v1/*"),
            ("POST", "/oauth2/v1/token", "/oauth2/v1/token"),
        ] {
            let found = table.bucket_of(method, path).map(|bucket| &**table.name(bucket));
            assert_eq!(found, Some(bucket), "{method} {path}");
        }
        assert_eq!(table.bucket_of("GET", "/.well-known/okta-organization"), None);
    }

    #[test]
    fn a_bucket_can_be_made() {
        let mut table = Table::default();
        table.define("reports", &["GET /api/v1/logs", "/api/v1/reports*"], 7).expect("rules");
        let bucket = table.bucket_of("GET", "/api/v1/logs").expect("a bucket");
        assert_eq!((&**table.name(bucket), table.limit(bucket, RateLimits::Workforce)), ("reports", 7));
        assert_eq!(table.bucket_of("POST", "/api/v1/reports/1"), Some(bucket));
        let wrong = table.define("x", &["get users"], 1).expect_err("not a rule");
        assert!(wrong.starts_with("\"get users\""), "{wrong}");
    }
}
