//! Users: the four ways to list them, and what may be asked of each.

use okta_mock::OktaMock;

use super::checks::Checks;
use super::made;
use super::wire::{encoded, get, org, started, walk};

/// How many checks there are at least.
pub(crate) const CHECKS: usize = 72;

/// `API.md §2.3 filter`: an expression, and whether it is one.
const FILTERS: [(&str, bool); 20] = [
    ("status eq \"ACTIVE\"", true),
    ("id eq \"00u\"", true),
    ("lastUpdated eq \"2026-08-01T00:00:00.000Z\"", true),
    ("profile.login eq \"a\"", true),
    ("profile.email eq \"a\"", true),
    ("profile.firstName eq \"a\"", true),
    ("profile.lastName eq \"a\"", true),
    ("lastUpdated gt \"2026-08-01T00:00:00.000Z\"", true),
    ("lastUpdated ge \"2026-08-01T00:00:00.000Z\"", true),
    ("lastUpdated lt \"2026-08-01T00:00:00.000Z\"", true),
    ("lastUpdated le \"2026-08-01T00:00:00.000Z\"", true),
    ("status eq \"ACTIVE\" and (id eq \"a\" or id eq \"b\")", true),
    ("status gt \"ACTIVE\"", false),
    ("not (status eq \"ACTIVE\")", false),
    ("profile.login sw \"a\"", false),
    ("profile.login co \"a\"", false),
    ("status ne \"ACTIVE\"", false),
    ("profile.login pr", false),
    ("profile.department eq \"a\"", false),
    ("created gt \"2026-08-01T00:00:00.000Z\"", false),
];

/// `API.md §2.3 search`.
const SEARCHES: [(&str, bool); 26] = [
    ("status eq \"ACTIVE\"", true),
    ("created gt \"1970-01-01T00:00:00.000Z\"", true),
    ("activated gt \"2026-08-01T00:00:00.000Z\"", true),
    ("statusChanged lt \"2026-08-01T00:00:00.000Z\"", true),
    ("lastUpdated ge \"2026-08-01T00:00:00.000Z\"", true),
    ("lastUpdated le \"2026-08-01T00:00:00.000Z\"", true),
    ("type.id eq \"oty\"", true),
    ("id eq \"00u\"", true),
    ("profile.department eq \"Sales\"", true),
    ("profile.department sw \"Sa\"", true),
    ("profile.department pr", true),
    ("profile.anything eq \"custom\"", true),
    ("profile.firstName co \"a\"", true),
    ("profile.lastName co \"a\"", true),
    ("profile.email co \"a\"", true),
    ("profile.login co \"a\"", true),
    ("profile.department eq \"A\" and (status eq \"ACTIVE\" or status eq \"STAGED\")", true),
    ("profile.department EQ \"A\" AND status Eq \"ACTIVE\"", true),
    ("profile.department lt \"A\" or profile.department gt \"A\"", true),
    ("profile.department co \"a\"", false),
    ("status co \"A\"", false),
    ("profile.department ne \"A\"", false),
    ("profile.department ew \"A\"", false),
    ("not (status eq \"ACTIVE\")", false),
    ("colour eq \"blue\"", false),
    ("Status eq \"ACTIVE\"", false),
];

#[tokio::test]
async fn user_queries() {
    let okta = started(org().users(60)).await;
    let mut checks = Checks::of("user queries");
    listings(&mut checks, &okta).await;
    expressions(&mut checks, &okta).await;
    checks.finish(CHECKS);
}

async fn listings(checks: &mut Checks, okta: &OktaMock) {
    let gone = made::user(okta, "zoe.gone@example.com", "DEPROVISIONED").await;
    let here = made::user(okta, "zoe.here@example.com", "ACTIVE").await;
    for (mode, target, includes) in [
        ("list", "/api/v1/users".to_owned(), false),
        ("find", "/api/v1/users?q=zoe&limit=200".to_owned(), false),
        ("filter", format!("/api/v1/users?filter={}", encoded("status eq \"DEPROVISIONED\"")), true),
        ("filter", format!("/api/v1/users?filter={}", encoded(&format!("id eq \"{gone}\""))), true),
        (
            "search",
            format!("/api/v1/users?search={}", encoded("created gt \"1970-01-01T00:00:00.000Z\"")),
            true,
        ),
        ("search", format!("/api/v1/users?search={}", encoded("profile.login sw \"zoe\"")), true),
    ] {
        let found = walk(okta, &target, "id").await.contains(&gone);
        checks.is(format!("API.md §2.3 {mode}: includes DEPROVISIONED? {target}"), found, includes);
    }
    for (q, found) in
        [("zoe.h", true), ("ada", true), ("byr", true), ("BYR", true), ("yron", false), ("zoe here", false)]
    {
        let rows = get(okta, &format!("/api/v1/users?limit=200&q={}", encoded(q))).await.column("id");
        checks.is(
            format!("API.md §2.3 q is a prefix of firstName, lastName or email: {q}"),
            rows.contains(&here),
            found,
        );
    }
    for (expression, parameter, found) in [
        ("profile.login eq \"zoe.here@example.com\"", "filter", true),
        ("profile.firstName eq \"ada\"", "filter", false),
        ("profile.firstName eq \"ada\"", "search", true),
        ("profile.lastName sw \"BY\"", "search", true),
        ("profile.lastName co \"YRO\"", "search", true),
        ("profile.lastname sw \"By\"", "search", false),
        ("status eq \"active\"", "search", true),
        ("profile.department pr", "search", false),
        ("profile.login sw \"zoe\" and status eq \"STAGED\"", "search", false),
        ("profile.login sw \"zoe\" and status eq \"STAGED\" or status eq \"ACTIVE\"", "search", true),
        ("profile.login sw \"nobody\" and (status eq \"STAGED\" or status eq \"ACTIVE\")", "search", false),
        ("lastUpdated gt \"2026-08-20T00:00:00.000Z\"", "filter", true),
        ("lastUpdated gt \"2026-08-22T00:00:00.000Z\"", "filter", false),
    ] {
        let rows = walk(okta, &format!("/api/v1/users?{parameter}={}", encoded(expression)), "id").await;
        checks.is(format!("API.md §2.3 {parameter}: {expression}"), rows.contains(&here), found);
    }
    let plus = encoded("status eq \"ACTIVE\"").replace("%20", "+");
    let spelt = plus.replace('+', "%20");
    let (plus, spelt) = (
        get(okta, &format!("/api/v1/users?filter={plus}")).await,
        get(okta, &format!("/api/v1/users?filter={spelt}")).await,
    );
    checks.is("API.md §2.3 a space is %20 or +", plus.column("id"), spelt.column("id"));
}

async fn expressions(checks: &mut Checks, okta: &OktaMock) {
    for (parameter, code, table) in
        [("filter", "E0000053", &FILTERS[..]), ("search", "E0000031", &SEARCHES[..])]
    {
        for (expression, good) in table {
            let answer = get(okta, &format!("/api/v1/users?{parameter}={}", encoded(expression))).await;
            let wanted = if *good { (200, String::new()) } else { (400, code.into()) };
            checks.is(format!("API.md §2.3 {parameter}: {expression}"), answer.refusal(), wanted);
        }
    }
}
