//! Buckets, windows and 429s.

use std::time::Duration;

use okta_mock::RateLimits;
use serde_json::{Value, json};

use super::checks::Checks;
use super::wire::{START, ask, get, org, post, started};

/// How many checks there are at least.
pub(crate) const CHECKS: usize = 100;

/// `API.md §3.3`, per minute: a request of the bucket, and its limits for Integrator, Enterprise and Workforce orgs.
const BUCKETS: [(&str, &str, &str, [u64; 3]); 19] = [
    ("GET, POST /api/v1/users", "GET", "/api/v1/users", [100, 600, 600]),
    ("GET, POST /api/v1/users", "POST", "/api/v1/users", [100, 600, 600]),
    ("GET /api/v1/users/{idOrLogin}", "GET", "/api/v1/users/00u1", [100, 1_000, 2_000]),
    ("POST, PUT, DELETE /api/v1/users/{id}", "POST", "/api/v1/users/00u1", [100, 600, 600]),
    ("POST, PUT, DELETE /api/v1/users/{id}", "DELETE", "/api/v1/users/00u1", [100, 600, 600]),
    ("/api/v1/groups*", "GET", "/api/v1/groups", [100, 600, 500]),
    ("/api/v1/groups*", "GET", "/api/v1/groups/00g1/users", [100, 600, 500]),
    ("/api/v1/groups*", "GET", "/api/v1/groups/rules", [100, 600, 500]),
    ("/api/v1/groups/{id}", "GET", "/api/v1/groups/00g1", [100, 600, 1_000]),
    ("/api/v1/apps*", "GET", "/api/v1/apps", [20, 100, 100]),
    ("/api/v1/apps*", "GET", "/api/v1/apps/0oa1/users", [20, 100, 100]),
    ("/api/v1/apps/{id}", "GET", "/api/v1/apps/0oa1", [100, 600, 500]),
    ("/api/v1/logs", "GET", "/api/v1/logs", [20, 50, 120]),
    ("/api/v1/devices", "GET", "/api/v1/devices", [100, 150, 100]),
    ("/api/v1/certificateAuthorities", "GET", "/api/v1/certificateAuthorities", [100, 150, 100]),
    ("/api/v1/authn", "POST", "/api/v1/authn", [100, 600, 500]),
    ("/api/v1/sessions", "GET", "/api/v1/sessions/1", [100, 600, 750]),
    ("all other /api/v1/*", "GET", "/api/v1/eventHooks", [100, 600, 1_200]),
    ("all other /api/v1/*", "GET", "/api/v1/policies", [100, 600, 1_200]),
];

#[tokio::test]
async fn rate_limits() {
    let mut checks = Checks::of("rate limits");
    for (n, plan) in
        [RateLimits::Integrator, RateLimits::Enterprise, RateLimits::Workforce].into_iter().enumerate()
    {
        let okta = started(org().rate_limits(plan)).await;
        for (bucket, method, path, limits) in BUCKETS {
            let answer = ask(&okta, method, path, Value::Null).await;
            // API.md §3.1: the ceiling for the calling principal, whose default share is 50 %.
            let share = (limits[n] / 2).to_string();
            checks.is(
                format!("API.md §3.3 \"{bucket}\" {plan:?}: {method} {path}"),
                answer.header("x-rate-limit-limit"),
                share,
            );
        }
    }
    refused(&mut checks).await;
    windows(&mut checks).await;
    crowded(&mut checks).await;
    checks.finish(CHECKS);
}

async fn refused(checks: &mut Checks) {
    let okta = started(org().rate_limits(RateLimits::Integrator)).await;
    for left in (0..10).rev() {
        let answer = get(&okta, "/api/v1/logs").await;
        let came = (answer.status, answer.header("x-rate-limit-remaining").to_owned());
        checks.is(
            format!("API.md §3.1 X-Rate-Limit-Remaining counts down: {left}"),
            came,
            (200, left.to_string()),
        );
    }
    let answer = get(&okta, "/api/v1/logs").await;
    checks.is("API.md §3.2 429", answer.refusal(), (429, "E0000047".into()));
    checks.is(
        "API.md §3.2 summary",
        answer.summary(),
        "API call exceeded rate limit due to too many requests.",
    );
    checks.is("MOCK.md §4 429: errorCauses", &answer.json()["errorCauses"], &json!([]));
    checks.is("MOCK.md §4 429: errorLink", &answer.json()["errorLink"], &json!("E0000047"));
    checks.is("API.md §3.2 X-Rate-Limit-Limit", answer.header("x-rate-limit-limit"), "10");
    checks.is("API.md §3.2 X-Rate-Limit-Remaining", answer.header("x-rate-limit-remaining"), "0");
    checks.is(
        "API.md §3.2 X-Rate-Limit-Reset",
        answer.header("x-rate-limit-reset"),
        (START / 1_000 + 60).to_string(),
    );
    checks.is("API.md §3.2 Date", answer.header("date"), "Fri, 21 Aug 2026 08:00:00 GMT");
    for absent in ["retry-after", "cache-control", "pragma", "expires"] {
        checks.is(format!("MOCK.md §4 429: no {absent}"), answer.values(absent), Vec::<&str>::new());
    }
    let other = get(&okta, "/api/v1/users").await;
    checks.is("API.md §3.1 per bucket: another one is open", other.status, 200);
    for _ in 0..50 {
        get(&okta, "/api/v1/groups").await;
    }
    let log = okta.log().len();
    let refused = post(&okta, "/api/v1/groups", json!({ "profile": { "name": "Too many" } })).await;
    checks.is("API.md §3.3 one bucket for GET and POST of /groups", refused.status, 429);
    let written = okta.log()[log..].iter().any(|record| record.event_type == "group.lifecycle.create");
    checks.is("API.md §3.2 a POST that got 429 was not executed", written, false);
    let types: Vec<String> = okta.log().iter().map(|record| record.event_type.clone()).collect();
    for wanted in ["system.org.rate_limit.warning", "system.org.rate_limit.violation"] {
        let times = types.iter().filter(|have| *have == wanted).count();
        checks.is(format!("API.md §3.4 once per bucket and window: {wanted}"), times, 2);
    }

    let off = started(org()).await;
    let mut statuses = Vec::new();
    for _ in 0..130 {
        statuses.push(get(&off, "/api/v1/apps").await.status);
    }
    checks.is("MOCK.md §5.6 off: never 429", statuses.iter().all(|status| *status == 200), true);
    let there = !get(&off, "/api/v1/apps").await.values("x-rate-limit-remaining").is_empty();
    checks.is("MOCK.md §5.6 off: headers still sent", there, true);
}

async fn windows(checks: &mut Checks) {
    let okta = started(org().rate_limits(RateLimits::Integrator)).await;
    let reset = |seconds: i64| (START / 1_000 + seconds).to_string();
    okta.clock().advance(Duration::from_secs(25));
    let first = get(&okta, "/api/v1/logs").await;
    checks.is(
        "API.md §3.1 windows start with traffic, not with the minute",
        first.header("x-rate-limit-reset"),
        reset(85),
    );
    okta.clock().advance(Duration::from_secs(30));
    let later = get(&okta, "/api/v1/logs").await;
    checks.is("API.md §3.1 one reset for the whole window", later.header("x-rate-limit-reset"), reset(85));
    let other = get(&okta, "/api/v1/users").await;
    checks.is("API.md §3.1 windows are per bucket", other.header("x-rate-limit-reset"), reset(115));
    for _ in 0..8 {
        get(&okta, "/api/v1/logs").await;
    }
    okta.clock().advance(Duration::from_millis(29_999));
    checks.is(
        "API.md §3.1 windows last 60 s: just before the end",
        get(&okta, "/api/v1/logs").await.status,
        429,
    );
    okta.clock().advance(Duration::from_millis(1));
    let anew = get(&okta, "/api/v1/logs").await;
    let came =
        (anew.status, anew.header("x-rate-limit-remaining"), anew.header("x-rate-limit-reset").to_owned());
    checks.is("API.md §3.1 windows last 60 s: at the end", came, (200, "9", reset(145)));

    let whole = started(org().rate_limits(RateLimits::Integrator).token_share(100)).await;
    checks.is(
        "API.md §3.1 the share is the principal's",
        get(&whole, "/api/v1/logs").await.header("x-rate-limit-limit"),
        "20",
    );
    let short = started(org().rate_limits(RateLimits::Integrator).rate_window(Duration::from_secs(10))).await;
    checks.is(
        "MOCK.md §5.6 the window is configurable",
        get(&short, "/api/v1/logs").await.header("x-rate-limit-reset"),
        reset(10),
    );
}

async fn crowded(checks: &mut Checks) {
    let okta = started(org()).await;
    okta.faults().on("GET /api/v1/users").times(1).respond_concurrency_429();
    let answer = get(&okta, "/api/v1/users").await;
    checks.is("API.md §3.2 concurrency 429: same body", answer.refusal(), (429, "E0000047".into()));
    checks.is("API.md §3.2 concurrency 429: Limit 0", answer.header("x-rate-limit-limit"), "0");
    checks.is("API.md §3.2 concurrency 429: Remaining 0", answer.header("x-rate-limit-remaining"), "0");
    let reset: i64 = answer.header("x-rate-limit-reset").parse().unwrap_or_default();
    let ahead = reset - START / 1_000;
    checks.is("API.md §3.2 concurrency 429: Reset can lie more than 60 s ahead (114 s seen)", ahead, 114);
    checks.is(
        "API.md §3.2 concurrency 429: no Retry-After",
        answer.values("retry-after"),
        Vec::<&str>::new(),
    );
    okta.faults().on("GET /api/v1/users").times(1).respond_429();
    let planned = get(&okta, "/api/v1/users").await;
    checks.is(
        "API.md §3.2 a planned 429",
        (planned.refusal(), planned.header("x-rate-limit-remaining")),
        ((429, "E0000047".into()), "0"),
    );
    let reset: i64 = planned.header("x-rate-limit-reset").parse().unwrap_or_default();
    let ahead = reset - START / 1_000;
    checks.holds("API.md §3.1 reset − Date lies in 0…60 s", "0 to 60", ahead, (0..=60).contains(&ahead));
}
