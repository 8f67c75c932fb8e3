//! The headers of every answer, and who is let in at all.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::checks::Checks;
use super::made::newest;
use super::wire::{Answer, get, org, post, send, started, text};

/// How many checks there are at least.
pub(crate) const CHECKS: usize = 94;

/// What a header has to look like.
#[derive(Clone, Copy)]
enum Look {
    Is(&'static str),
    Number,
    Hex,
    HttpDate,
    /// Not there.
    Absent,
}

impl Look {
    fn fits(self, answer: &Answer, name: &str) -> bool {
        let value = answer.header(name);
        let digits = |radix| value.chars().all(|c| c.is_digit(radix)) && !value.is_empty();
        match self {
            Self::Is(wanted) => answer.values(name) == [wanted],
            Self::Number => digits(10),
            Self::Hex => digits(16) && value.len() == 32 && value == value.to_lowercase(),
            Self::HttpDate => value == "Fri, 21 Aug 2026 08:00:00 GMT" && answer.values(name).len() == 1,
            Self::Absent => answer.values(name).is_empty(),
        }
    }

    fn wanted(self) -> &'static str {
        match self {
            Self::Is(wanted) => wanted,
            Self::Number => "a whole number",
            Self::Hex => "32 lower-case hexadecimal digits",
            Self::HttpDate => "the mock's time as an HTTP date, once",
            Self::Absent => "no such header",
        }
    }
}

const EVERY_ANSWER: [(&str, &str, Look); 13] = [
    ("API.md §0 standard response headers", "date", Look::HttpDate),
    ("API.md §0 standard response headers", "server", Look::Is("nginx")),
    ("API.md §0 standard response headers", "content-type", Look::Is("application/json")),
    ("API.md §3.5 X-Okta-Request-Id on every answer", "x-okta-request-id", Look::Hex),
    ("API.md §3.1 X-Rate-Limit-Limit", "x-rate-limit-limit", Look::Number),
    ("API.md §3.1 X-Rate-Limit-Remaining", "x-rate-limit-remaining", Look::Number),
    ("API.md §3.1 X-Rate-Limit-Reset, epoch seconds", "x-rate-limit-reset", Look::Number),
    ("MOCK.md §4 Headers", "cache-control", Look::Is("no-cache, no-store")),
    ("MOCK.md §4 Headers", "pragma", Look::Is("no-cache")),
    ("MOCK.md §4 Headers", "expires", Look::Is("0")),
    ("MOCK.md §4 Headers", "vary", Look::Is("Accept-Encoding")),
    ("MOCK.md §4 Headers", "x-content-type-options", Look::Is("nosniff")),
    ("API.md §3.2 Okta sends no Retry-After", "retry-after", Look::Absent),
];

const REFUSED: [(&str, Option<&str>, u16, &str, &str); 6] = [
    ("API.md §1.1 no Authorization header", None, 403, "E0000005", "Invalid session"),
    ("API.md §1.1 a scheme Okta does not know", Some("Basic YTpi"), 403, "E0000005", "Invalid session"),
    ("API.md §1.1 a scheme Okta does not know", Some("nonsense"), 403, "E0000005", "Invalid session"),
    ("API.md §1.1 unknown token", Some("SSWS 00nobody"), 401, "E0000011", "Invalid token provided"),
    ("API.md §1.1 unknown token", Some("ssws 00nobody"), 401, "E0000011", "Invalid token provided"),
    ("API.md §1.1 unknown token", Some("SSWS00nobody"), 401, "E0000011", "Invalid token provided"),
];

#[tokio::test]
async fn headers() {
    let okta = started(org().users(5)).await;
    let mut checks = Checks::of("headers");
    for target in ["/api/v1/users", "/api/v1/logs", "/api/v1/eventHooks", "/api/v1/groups/nobody"] {
        let answer = get(&okta, target).await;
        for (fact, name, look) in EVERY_ANSWER {
            let fits = look.fits(&answer, name);
            checks.holds(format!("{fact}: {name} of GET {target}"), look.wanted(), answer.values(name), fits);
        }
    }

    let (mut ids, mut far) = (BTreeSet::new(), Vec::new());
    for _ in 0..5 {
        let answer = get(&okta, "/api/v1/users?limit=1").await;
        ids.insert(answer.header("x-okta-request-id").to_owned());
        let reset: i64 = answer.header("x-rate-limit-reset").parse().unwrap_or_default();
        far.push(reset - super::wire::START / 1_000);
    }
    checks.is("API.md §3.5 request ids differ", ids.len(), 5);
    let near = far.iter().all(|ahead| (0..=60).contains(ahead));
    checks.holds("API.md §3.1 reset − Date lies in 0…60 s", "0 to 60", far, near);

    let created = post(&okta, "/api/v1/groups", json!({ "profile": { "name": "One" } })).await;
    let event = newest(&okta, "group.lifecycle.create");
    let id = created.header("x-okta-request-id");
    checks.is("API.md §3.5 request id equals transaction.id", text(&event["transaction"]["id"]), id);
    let debug = &event["debugContext"]["debugData"];
    checks.is("API.md §3.5 request id equals debugData.requestId", text(&debug["requestId"]), id);

    for (fact, authorization, status, code, summary) in REFUSED {
        let headers: Vec<_> = authorization.iter().map(|value| ("authorization", *value)).collect();
        let answer = send(&okta, "GET", "/api/v1/users", &headers, "").await;
        let fact = format!("{fact}: {authorization:?}");
        checks.is(&fact, (answer.refusal(), answer.summary()), ((status, code.into()), summary.into()));
    }
    for scheme in ["SSWS ", "ssws ", "SSWS"] {
        let authorization = format!("{scheme}{}", okta.api_token());
        let answer = send(&okta, "GET", "/api/v1/users", &[("authorization", &authorization)], "").await;
        let fact = format!(
            "API.md §1.1 Authorization: SSWS, sent as {scheme:?} and the token (okta-sdk-python 3.4)"
        );
        checks.is(fact, answer.status, 200);
    }

    let open = send(&okta, "GET", "/.well-known/okta-organization", &[], "").await;
    checks.is("API.md §1.5 okta-organization needs no credentials", open.status, 200);
    for member in ["id", "_links", "pipeline", "settings"] {
        let there = open.json().get(member).is_some();
        checks.holds("API.md §1.5 okta-organization's members", member, open.json(), there);
    }
    let limited = open.values("x-rate-limit-limit");
    checks.is("API.md §3.3 metadata endpoints are unlimited", limited, Vec::<&str>::new());

    let gone = super::wire::delete(&okta, &format!("/api/v1/groups/{}", created.id())).await;
    checks.is("API.md §8.2 DELETE 204, no body", (gone.status, gone.body.len()), (204, 0));
    let wrong = [("accept", "text/html"), ("content-type", "text/plain")];
    let token = format!("SSWS {}", okta.api_token());
    for (name, value) in wrong {
        let headers = [("authorization", token.as_str()), (name, value)];
        let body = json!({ "profile": { "name": "Two" } }).to_string();
        let answer = send(&okta, "POST", "/api/v1/groups", &headers, &body).await;
        checks.is(format!("API.md §0 wrong {name}"), answer.refusal(), (400, "E0000019".into()));
    }
    for value in [
        "application/json",
        "application/json; charset=utf-8",
        "application/json; okta-response=omitCredentials",
    ] {
        let headers = [("authorization", token.as_str()), ("content-type", value)];
        let answer = send(&okta, "GET", "/api/v1/users", &headers, "").await;
        checks.is(format!("API.md §0 Content-Type {value}"), answer.status, 200);
    }
    let none = post(&okta, "/api/v1/users/nobody/lifecycle/suspend", Value::Null).await;
    checks.is("API.md §0 a lifecycle call needs no body", none.status, 404);
    all(&mut checks).await;
    checks.finish(CHECKS);
}

#[tokio::test]
async fn oktas_python_sdk_sends_the_scheme_without_a_space_and_is_let_in() {
    let okta = started(org()).await;
    let sdk = format!("SSWS{}", okta.api_token());
    for (authorization, status) in [(sdk.as_str(), 200), ("SSW", 403), ("SSWS00nobody", 401)] {
        let answer = send(&okta, "GET", "/api/v1/users", &[("authorization", authorization)], "").await;
        assert_eq!(answer.status, status, "{authorization}");
    }
}

/// The headers that say nothing about an answer come on request.
async fn all(checks: &mut Checks) {
    let plain = started(org()).await;
    let okta = started(org().all_headers(true)).await;
    for name in ["strict-transport-security", "p3p", "content-security-policy", "accept-ch", "set-cookie"] {
        let without = get(&plain, "/api/v1/users").await.values(name).len();
        checks.is(format!("API.md §0, MOCK.md §4 Headers: {name}, not unless asked"), without, 0);
        for target in ["/api/v1/users", "/api/v1/users/nobody"] {
            let lines = get(&okta, target).await.values(name).len();
            let wanted = if name == "set-cookie" { 3 } else { 1 };
            checks.is(format!("API.md §0, MOCK.md §4 Headers: {name} of {target}"), lines, wanted);
        }
    }
    checks.is("API.md §0 P3P", get(&okta, "/api/v1/users").await.header("p3p"), "CP=\"HONK\"");
}
