//! `Link` lines, cursors and limits: how a listing leads from one page to the next.

use std::collections::BTreeSet;

use okta_mock::OktaMock;
use serde_json::Value;

use super::checks::Checks;
use super::made;
use super::wire::{delete, encoded, get, org, post, put, started, walk};

/// How many checks there are at least.
pub(crate) const CHECKS: usize = 141;

/// A listing and its limits, of `API.md §2.2`; `{user}`, `{group}` and `{app}` stand for ids.
struct Listing {
    row: &'static str,
    path: &'static str,
    default: usize,
    /// What a greater limit is taken as.
    most: usize,
    least: usize,
}

const LISTINGS: [Listing; 9] = [
    Listing { row: "GET /users 200/200", path: "/api/v1/users", default: 200, most: 200, least: 1 },
    Listing { row: "GET /groups –/10000", path: "/api/v1/groups", default: 10_000, most: 10_000, least: 1 },
    Listing {
        row: "GET /groups/{id}/users 1000/1000",
        path: "/api/v1/groups/{group}/users",
        default: 1_000,
        most: 1_000,
        least: 1,
    },
    Listing {
        row: "GET /users/{id}/groups, wire 200",
        path: "/api/v1/users/{user}/groups",
        default: 200,
        most: 200,
        least: 1,
    },
    Listing { row: "GET /apps wire 20/200", path: "/api/v1/apps", default: 20, most: 200, least: 1 },
    Listing {
        row: "GET /apps/{id}/users 50/500",
        path: "/api/v1/apps/{app}/users",
        default: 50,
        most: 500,
        least: 1,
    },
    Listing {
        row: "GET /apps/{id}/groups 20/200 (min 20)",
        path: "/api/v1/apps/{app}/groups",
        default: 20,
        most: 200,
        least: 20,
    },
    Listing { row: "GET /logs 100/1000 (min 0)", path: "/api/v1/logs", default: 100, most: 1_000, least: 0 },
    Listing {
        row: "GET /groups with q: default 300",
        path: "/api/v1/groups?q=E",
        default: 300,
        most: 10_000,
        least: 1,
    },
];

/// `MOCK.md §4 Links`, normalisation: what is asked, and the query of `self`.
const NORMALISED: [(&str, &str); 16] = [
    ("/api/v1/users", "limit=200"),
    ("/api/v1/users?filter=status%20eq%20%22ACTIVE%22", "limit=200&filter=status+eq+%22ACTIVE%22"),
    ("/api/v1/users?filter=status+eq+%22ACTIVE%22", "limit=200&filter=status+eq+%22ACTIVE%22"),
    ("/api/v1/users?search=profile.lastName%20pr", "limit=200&search=profile.lastName+pr"),
    ("/api/v1/users?q=a%20b", "limit=10&q=a+b"),
    ("/api/v1/users?colour=blue&limit=7", "limit=7"),
    ("/api/v1/users?limit=", "limit=200"),
    ("/api/v1/users?limit=007", "limit=7"),
    ("/api/v1/groups", "limit=10000"),
    ("/api/v1/groups?expandAll=1", "limit=10000"),
    ("/api/v1/groups?search=type%20eq%20%22OKTA_GROUP%22&limit=5", "limit=5&search=type+eq+%22OKTA_GROUP%22"),
    ("/api/v1/apps", "limit=20"),
    ("/api/v1/apps?filter=status%20eq%20%22ACTIVE%22&limit=2", "limit=2&filter=status+eq+%22ACTIVE%22"),
    ("/api/v1/apps?filter=status+pr&q=app&limit=2", "limit=2&q=app&filter=status+pr"),
    ("/api/v1/apps/{app}/users?q=a", "limit=50&q=a"),
    ("/api/v1/groups/{group}/users?foo=bar", "limit=1000"),
];

struct Ids {
    user: String,
    group: String,
    app: String,
}

impl Ids {
    fn put_into(&self, path: &str) -> String {
        path.replace("{user}", &self.user).replace("{group}", &self.group).replace("{app}", &self.app)
    }
}

async fn ids(okta: &OktaMock) -> Ids {
    let okta_group = format!("/api/v1/groups?filter={}", encoded("type eq \"OKTA_GROUP\""));
    let first = |rows: Vec<String>| rows.into_iter().next().expect("one");
    Ids {
        user: first(get(okta, "/api/v1/users?limit=1").await.column("id")),
        group: first(get(okta, &okta_group).await.column("id")),
        app: first(get(okta, "/api/v1/apps?limit=1").await.column("id")),
    }
}

#[tokio::test]
async fn links_and_paging() {
    let okta = started(org().users(450).groups(7).apps(5).events(250)).await;
    let ids = ids(&okta).await;
    let mut checks = Checks::of("links and paging");
    limits(&mut checks, &okta, &ids).await;
    for (target, query) in NORMALISED {
        let answer = get(&okta, &ids.put_into(target)).await;
        checks.is(format!("MOCK.md §4 Links, self is normalised: {target}"), answer.query("self"), query);
    }
    lines(&mut checks, &okta, &ids).await;
    cursors(&mut checks, &okta, &ids).await;
    rows_that_come_and_go(&mut checks, &okta).await;
    checks.finish(CHECKS);
}

async fn limits(checks: &mut Checks, okta: &OktaMock, ids: &Ids) {
    for Listing { row, path, default, most, least } in LISTINGS {
        let path = ids.put_into(path);
        let with = |limit: &str| format!("{path}{}limit={limit}", if path.contains('?') { '&' } else { '?' });
        let plain = get(okta, &path).await;
        checks.is(
            format!("API.md §2.2 \"{row}\", default in self"),
            plain.param("self", "limit"),
            default.to_string(),
        );
        let clamped = get(okta, &with("20000")).await;
        let fact = format!("API.md §2.2 \"{row}\", clamped above its maximum");
        checks.is(fact, (clamped.status, clamped.param("self", "limit")), (200, most.to_string()));
        for wrong in ["ten", "-1", "1.5"] {
            let refused = get(okta, &with(wrong)).await;
            let fact = format!("API.md §2.2 limit out of range: \"{row}\", limit={wrong}");
            checks.is(fact, refused.refusal(), (400, "E0000001".into()));
        }
        if let Some(below) = least.checked_sub(1) {
            let refused = get(okta, &with(&below.to_string())).await;
            let fact = format!("MOCK.md §5.7 below the least: \"{row}\", limit={below}");
            checks.is(fact, refused.refusal(), (400, "E0000001".into()));
        }
        let least = get(okta, &with(&least.to_string())).await;
        checks.is(format!("API.md §2.2 \"{row}\", the least limit"), least.status, 200);
    }
    for (row, target, most) in [
        ("GET /users 200/200", "/api/v1/users?limit=9999", 200),
        ("GET /users 200/200", "/api/v1/users", 200),
        ("GET /users with q: default 10", "/api/v1/users?q=a", 10),
        ("GET /logs 100/1000", "/api/v1/logs", 100),
        ("GET /apps/{id}/users 50/500", "/api/v1/apps/{app}/users", 50),
        ("GET /logs min 0", "/api/v1/logs?limit=0", 0),
    ] {
        let rows = get(okta, &ids.put_into(target)).await.rows().len();
        checks.is(format!("API.md §2.2 \"{row}\": rows of {target}"), rows, most);
    }
    for target in ["/api/v1/eventHooks", "/api/v1/users/{user}"] {
        let answer = get(okta, &ids.put_into(target)).await;
        checks.is(format!("API.md §2.2 not paged: {target}"), answer.values("link"), Vec::<&str>::new());
    }
}

async fn lines(checks: &mut Checks, okta: &OktaMock, ids: &Ids) {
    for path in [
        "/api/v1/users?limit=200",
        "/api/v1/groups?limit=3",
        "/api/v1/apps?limit=2",
        "/api/v1/groups/{group}/users?limit=1",
    ] {
        let (mut target, mut links, mut selves, mut nexts) =
            (Some(ids.put_into(path)), Vec::new(), Vec::new(), Vec::new());
        while let Some(next) = target {
            let page = get(okta, &next).await;
            links.push(page.values("link").len());
            selves.push(page.link("self"));
            nexts.push(page.link("next"));
            target = page.link("next");
        }
        let pages = links.len();
        let wanted: Vec<usize> = (1..=pages).map(|n| if n < pages { 2 } else { 1 }).collect();
        checks.is(
            format!("API.md §2.1 self and next on lines of their own, no next at the end: {path}"),
            links,
            wanted,
        );
        checks.holds(format!("API.md §2.1 more than one page: {path}"), "more than 1", pages, pages > 1);
        let followed = selves[1..] == nexts[..pages - 1];
        checks.holds(
            format!("MOCK.md §4 Links, the next page's self is the link followed: {path}"),
            "equal links",
            (selves, nexts),
            followed,
        );
    }
    let answer = get(okta, "/api/v1/users?limit=2").await;
    let urls: Vec<bool> = answer
        .values("link")
        .iter()
        .map(|link| link.starts_with(&format!("<{}/api/v1/users?", okta.url())))
        .collect();
    checks.is("API.md §2.1 links are absolute and stay on the org", urls, vec![true, true]);
    let order: Vec<String> = answer
        .values("link")
        .iter()
        .map(|link| link.rsplit("; ").next().unwrap_or_default().to_owned())
        .collect();
    checks.is("API.md §2.1 self, then next", order, ["rel=\"self\"", "rel=\"next\""]);
    let query = answer.query("next");
    checks.holds(
        "MOCK.md §4 Links, order: after, limit, …",
        "after=…&limit=2",
        &query,
        query.starts_with("after=") && query.ends_with("&limit=2"),
    );
    let filtered =
        get(okta, &format!("/api/v1/users?limit=2&filter={}", encoded("status eq \"ACTIVE\""))).await;
    let query = filtered.query("next");
    checks.holds(
        "MOCK.md §4 Links, order: after, limit, q, filter, search",
        "after, limit, filter",
        &query,
        query.starts_with("after=") && query.ends_with("&limit=2&filter=status+eq+%22ACTIVE%22"),
    );
    let log = get(okta, "/api/v1/logs?limit=2").await;
    let order: Vec<&str> =
        log.values("link").iter().map(|link| link.rsplit("; ").next().unwrap_or_default()).collect();
    checks.is("API.md §2.1 /logs has been seen sending next first", order, ["rel=\"next\"", "rel=\"self\""]);
    for target in ["/api/v1/users?q=a&limit=1", "/api/v1/groups?q=&limit=1&q=E"] {
        let found = get(okta, target).await;
        checks.is(format!("API.md §2.3 q is not paged: {target}"), found.link("next"), None);
    }
}

async fn cursors(checks: &mut Checks, okta: &OktaMock, ids: &Ids) {
    let search = format!("/api/v1/users?limit=2&search={}", encoded("status pr"));
    for (fact, target, before) in [
        ("API.md §2.1 user list 200u…", "/api/v1/users?limit=2", "2"),
        ("MOCK.md §4 Links, users with search: the id", search.as_str(), ""),
        ("API.md §2.1 app list = last app id", "/api/v1/apps?limit=2", ""),
        ("MOCK.md §5.7 a cursor is a key", "/api/v1/groups?limit=2", ""),
        ("MOCK.md §5.7 a cursor is a key", "/api/v1/apps/{app}/users?limit=2", ""),
        ("MOCK.md §5.7 a cursor is a key", "/api/v1/groups/{group}/users?limit=1", ""),
    ] {
        let page = get(okta, &ids.put_into(target)).await;
        let last = page.column("id").pop().unwrap_or_default();
        checks.is(format!("{fact}: {target}"), page.param("next", "after"), format!("{before}{last}"));
    }
    let polling = get(okta, "/api/v1/logs?limit=2").await.param("next", "after");
    let shaped = polling
        .split_once('_')
        .is_some_and(|(ms, n)| ms.len() == 13 && ms.parse::<u64>().is_ok() && n.parse::<u64>().is_ok());
    checks.holds("API.md §2.1 logs {epoch-ms}_{n} (polling)", "1787299200000_1", polling, shaped);
    let bounded =
        get(okta, "/api/v1/logs?limit=2&since=2026-08-20T00:00:00Z&until=2026-08-22T00:00:00Z").await;
    let (after, last) = (bounded.param("next", "after"), bounded.column("uuid").pop().unwrap_or_default());
    checks.is("API.md §2.1 logs uuid (bounded)", after, last);

    // Of the right length and kind, and still no id of this org.
    let (groups, sorted) = ("00gNobodyAtAll000mck", "profile.lastName");
    let (of_users, of_groups) = (
        format!("/api/v1/users?sortBy={sorted}&search=status+pr"),
        "/api/v1/groups?sortBy=profile.name&search=type+eq+%22OKTA_GROUP%22",
    );
    for (path, code, after) in [
        ("/api/v1/apps", "E0000029", "nonsense"),
        ("/api/v1/apps", "E0000029", "0oaNobodyAtAll000mck"),
        ("/api/v1/apps/{app}/users", "E0000029", "00uNobodyAtAll000mck"),
        ("/api/v1/apps/{app}/groups", "E0000029", groups),
        ("/api/v1/users", "E0000031", "nonsense"),
        ("/api/v1/users", "E0000031", "200uNobodyAtAll000mck"),
        ("/api/v1/users?search=status+pr", "E0000031", "nonsense"),
        (&of_users, "E0000031", "4000000000_61"),
        ("/api/v1/users/{user}/groups", "E0000031", "nonsense"),
        ("/api/v1/users/{user}/groups", "E0000031", groups),
        ("/api/v1/users/{user}/grants", "E0000031", "oagNobodyAtAll000mck"),
        ("/api/v1/groups", "E0000031", "nonsense"),
        ("/api/v1/groups", "E0000031", groups),
        (of_groups, "E0000031", "00gNobodyAtAll000mck_61"),
        ("/api/v1/groups/{group}/users", "E0000031", "00uNobodyAtAll000mck"),
        ("/api/v1/groups/{group}/apps", "E0000029", "0oaNobodyAtAll000mck"),
        ("/api/v1/groups/rules", "E0000031", "0prNobodyAtAll000mck"),
        ("/api/v1/logStreams", "E0000054", "0oaNobodyAtAll000mck"),
        ("/api/v1/logs", "E0000031", "nonsense"),
    ] {
        let and = if path.contains('?') { '&' } else { '?' };
        let path = format!("{}{and}after={after}", ids.put_into(path));
        let refused = get(okta, &path).await;
        let came = (refused.refusal(), refused.cause());
        checks.is(
            format!("API.md §2.1 bad cursor: {path}"),
            came,
            ((400, code.into()), "Invalid cursor.".into()),
        );
    }
    for path in ["/api/v1/users", "/api/v1/apps"] {
        okta.faults().on(&format!("GET {path}")).times(1).invalid_cursor();
        let stale = get(okta, &format!("{path}?limit=2")).await;
        checks.is(
            format!("API.md §2.1 stale cursor: {path}"),
            (stale.status, stale.cause()),
            (400, "Invalid cursor.".into()),
        );
    }
}

/// `MOCK.md §5.7`: positions are keys, so what comes or goes between two pages neither hides nor repeats the rest.
async fn rows_that_come_and_go(checks: &mut Checks, okta: &OktaMock) {
    for (path, least) in [
        ("/api/v1/users?limit=37", 400),
        ("/api/v1/groups?limit=2", 8),
        ("/api/v1/apps?limit=2", 5),
        ("/api/v1/logs?limit=70&until=2026-08-22T00:00:00Z", 250),
    ] {
        let member = if path.contains("/logs") { "uuid" } else { "id" };
        let rows = walk(okta, path, member).await;
        let different: BTreeSet<&String> = rows.iter().collect();
        let right = rows.len() >= least && different.len() == rows.len();
        checks.holds(
            format!("API.md §2.1 every row once: {path}"),
            &format!("at least {least} different rows"),
            rows.len(),
            right,
        );
    }
    let everybody = walk(okta, "/api/v1/users", "id").await;
    let first = get(okta, "/api/v1/users?limit=100").await;
    let next = first.link("next").expect("more than 100 users");
    // The row that the cursor names, one before it, and one behind it go; one comes.
    for gone in [99, 10, 150] {
        for _ in 0..2 {
            delete(okta, &format!("/api/v1/users/{}", everybody[gone])).await;
        }
    }
    let new = made::user(okta, "late@example.com", "ACTIVE").await;
    let rest = walk(okta, &next, "id").await;
    let mut wanted: Vec<String> = everybody[100..].to_vec();
    wanted.retain(|id| *id != everybody[150]);
    wanted.push(new);
    checks.is("MOCK.md §5.7 deletions between pages hide and repeat nobody", rest, wanted);

    let members = made::group(okta, "Paged").await;
    for user in &everybody[200..206] {
        put(okta, &format!("/api/v1/groups/{members}/users/{user}"), Value::Null).await;
    }
    let path = format!("/api/v1/groups/{members}/users?limit=2");
    let first = get(okta, &path).await;
    let mut read: BTreeSet<String> = first.column("id").into_iter().collect();
    let last = first.column("id").pop().unwrap_or_default();
    delete(okta, &format!("/api/v1/groups/{members}/users/{last}")).await;
    read.extend(walk(okta, &first.link("next").unwrap_or_default(), "id").await);
    checks.is(
        "MOCK.md §5.7 a removed member that the cursor names keeps its place",
        read,
        everybody[200..206].iter().cloned().collect(),
    );
    let refused = post(okta, "/api/v1/users?after=x", Value::Null).await;
    checks.is("API.md §4 E0000001: a user without a profile", refused.refusal(), (400, "E0000001".into()));
}
