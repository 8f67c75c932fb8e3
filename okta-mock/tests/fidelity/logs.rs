//! The System Log: polling, bounded reads, and what an entry looks like.

use std::time::Duration;

use okta_mock::{NewEvent, OktaMock};
use serde_json::{Value, json};

use super::checks::Checks;
use super::made::{self, newest};
use super::wire::{START, encoded, get, org, post, started, text, walk};

/// How many checks there are at least.
pub(crate) const CHECKS: usize = 106;

const MINUTE: i64 = 60_000;

/// `API.md §5.1`: a query, and how it is refused.
const REFUSED: [(&str, &str, &str); 22] = [
    ("since older than 180 days", "since=2020-01-01T00:00:00Z", "E0000053"),
    ("since, a bad date", "since=yesterday", "E0000001"),
    ("since without a zone", "since=2026-08-20T00:00:00", "E0000001"),
    ("until, a bad date", "until=tomorrow", "E0000001"),
    ("limit, no number", "limit=ten", "E0000001"),
    ("sortOrder", "sortOrder=SIDEWAYS", "E0000001"),
    ("q, 11 keywords", "q=a b c d e f g h i j k", "E0000001"),
    ("q, 11 keywords, split at hyphens", "q=a-b-c-d-e-f-g-h-i-j-k", "E0000001"),
    ("q, 41 characters", "q=abcdefghijabcdefghijabcdefghijabcdefghijk", "E0000001"),
    ("filter on published", "filter=published gt \"2026-08-20T00:00:00Z\"", "E0000053"),
    ("filter, an unknown operator", "filter=eventType eqq \"a\"", "E0000053"),
    ("filter, no value", "filter=eventType eq", "E0000053"),
    ("filter, an open parenthesis", "filter=(eventType eq \"a\"", "E0000053"),
    ("filter, brackets", "filter=target[type eq \"User\"]", "E0000053"),
    ("filter, no quotes", "filter=eventType eq user", "E0000053"),
    (
        "filter, two expressions without a word between",
        "filter=eventType eq \"a\" severity eq \"b\"",
        "E0000053",
    ),
    ("filter, an unknown attribute", "filter=colour eq \"a\"", "E0000031"),
    ("filter, co on url", "filter=debugContext.debugData.url co \"a\"", "E0000031"),
    ("filter, co on requestUri", "filter=debugContext.debugData.requestUri co \"a\"", "E0000031"),
    ("after, polling", "after=nonsense", "E0000031"),
    ("after, bounded", "since=2026-08-20T00:00:00Z&until=2026-08-21T00:00:00Z&after=nonsense", "E0000031"),
    ("limit, negative", "limit=-1", "E0000001"),
];

/// `API.md §5.1`, what `filter` knows: an expression, and whether it finds the event of a group's creation.
const FILTERS: [(&str, bool); 18] = [
    ("eventType eq \"group.lifecycle.create\"", true),
    ("eventType ne \"group.lifecycle.create\"", false),
    ("eventType sw \"group.lifecycle\"", true),
    ("eventType ew \".create\"", true),
    ("eventType co \"lifecycle\"", true),
    ("eventType pr", true),
    ("eventType gt \"group.lifecycle.a\"", true),
    ("eventType le \"group.lifecycle.a\"", false),
    ("eventType lt \"group.lifecycle.a\"", false),
    ("eventType ge \"group.lifecycle.a\"", true),
    ("not (eventType eq \"group.lifecycle.create\")", false),
    ("eventType eq \"group.lifecycle.create\" and outcome.result eq \"SUCCESS\"", true),
    ("eventType eq \"group.lifecycle.create\" and outcome.result eq \"FAILURE\"", false),
    ("eventType eq \"nothing\" or (target.type eq \"UserGroup\")", true),
    ("target.type eq \"User\"", false),
    ("target.displayName eq \"Filtered\"", true),
    ("actor.type eq \"User\"", true),
    ("transaction.type eq \"WEB\"", true),
];

/// `API.md §5.4`, the members of an entry.
const MEMBERS: [&str; 24] = [
    "/uuid",
    "/published",
    "/eventType",
    "/version",
    "/severity",
    "/displayMessage",
    "/legacyEventType",
    "/actor/id",
    "/actor/type",
    "/actor/alternateId",
    "/actor/displayName",
    "/actor/detailEntry",
    "/client/userAgent/rawUserAgent",
    "/client/zone",
    "/client/ipAddress",
    "/client/geographicalContext/geolocation/lat",
    "/device",
    "/authenticationContext/externalSessionId",
    "/outcome/result",
    "/target/0/detailEntry",
    "/transaction/detail/requestApiTokenId",
    "/debugContext/debugData/requestUri",
    "/securityContext/isProxy",
    "/request/ipChain/0/version",
];

#[tokio::test]
async fn logs() {
    let mut checks = Checks::of("logs");
    let okta = started(org().users(5).events(40)).await;
    for (fact, query, code) in REFUSED {
        let (name, value) = query.split_once('=').expect("a pair");
        let query = if name == "since" { query.to_owned() } else { format!("{name}={}", encoded(value)) };
        let refused = get(&okta, &format!("/api/v1/logs?{query}")).await;
        checks.is(format!("API.md §5.1 {fact}"), refused.refusal(), (400, code.into()));
    }
    let bad = get(&okta, "/api/v1/logs?since=yesterday").await.json()["errorCauses"].as_array().map(Vec::len);
    checks.is("MOCK.md §4 Logs: a bad date, 2 causes", bad, Some(2));
    for good in [
        "q=a b c d e f g h i j",
        "q=abcdefghijabcdefghijabcdefghijabcdefghij",
        "since=2026-05-01T00:00:00Z",
        "since=2026-08-20T02:00:00%2B02:00",
        "sortOrder=ASCENDING",
        "sortOrder=DESCENDING",
    ] {
        let answer = get(&okta, &format!("/api/v1/logs?{}", good.replace(' ', "+"))).await;
        checks.is(format!("API.md §5.1 accepted: {good}"), answer.status, 200);
    }
    let invalid =
        get(&okta, &format!("/api/v1/logs?filter={}", encoded("eventType eqq \"a\""))).await.summary();
    checks.holds(
        "MOCK.md §4 Logs: bad filter",
        "Invalid filter '…': …",
        &invalid,
        invalid.starts_with("Invalid filter 'eventType eqq \"a\"': "),
    );
    entry(&mut checks, &okta).await;
    polling(&mut checks).await;
    bounded(&mut checks).await;
    checks.finish(CHECKS);
}

async fn entry(checks: &mut Checks, okta: &OktaMock) {
    let created = post(okta, "/api/v1/groups", json!({ "profile": { "name": "Filtered" } })).await;
    let uuid = text(&newest(okta, "group.lifecycle.create")["uuid"]);
    for (expression, found) in FILTERS {
        let answer = get(okta, &format!("/api/v1/logs?limit=1000&filter={}", encoded(expression))).await;
        let came = (answer.status, answer.column("uuid").contains(&uuid));
        checks.is(format!("API.md §5.1 filter: {expression}"), came, (200, found));
    }
    for (q, found) in [
        ("filtered", true),
        ("FILTERED", true),
        ("filtered group", true),
        ("filtered nothing", false),
        ("nothing", false),
    ] {
        let rows = get(okta, &format!("/api/v1/logs?limit=1000&q={}", encoded(q))).await.column("uuid");
        checks.is(format!("API.md §5.1 q, AND-ed, case-insensitive: {q}"), rows.contains(&uuid), found);
    }
    let read = get(okta, &format!("/api/v1/logs?filter={}", encoded(&format!("uuid eq \"{uuid}\"")))).await;
    let entry = read.rows().pop().unwrap_or_default();
    for at in MEMBERS {
        checks.holds("API.md §5.4 LogEvent", at, &entry, entry.pointer(at).is_some());
    }
    checks.is("API.md §5.4 version \"0\"", text(&entry["version"]), "0");
    checks.is("API.md §5.4 published, ms", text(&entry["published"]), "2026-08-21T08:00:00.000Z");
    let known = ["DEBUG", "INFO", "WARN", "ERROR"].contains(&text(&entry["severity"]).as_str());
    checks.holds("API.md §5.4 severity", "DEBUG, INFO, WARN or ERROR", &entry["severity"], known);
    let shaped = uuid.len() == 36 && uuid.matches('-').count() == 4;
    checks.holds("API.md §5.4 uuid", "36 characters", &uuid, shaped);
    checks.is("API.md §5.4 transaction.type", text(&entry["transaction"]["type"]), "WEB");
    checks.is(
        "API.md §8.9 the request id is transaction.id",
        text(&entry["transaction"]["id"]),
        created.header("x-okta-request-id"),
    );
    checks.is("API.md §5.4 target", text(&entry["target"][0]["id"]), created.id());
    checks.is(
        "API.md §6.2 the log has request.ipChain, not client.ipChain",
        entry["client"].get("ipChain"),
        None,
    );
    let user = made::user(okta, "changed@example.com", "ACTIVE").await;
    post(okta, &format!("/api/v1/users/{user}"), json!({ "profile": { "title": "Chief" } })).await;
    let change = newest(okta, "user.account.update_profile")["target"][0]["changeDetails"].clone();
    checks.is("API.md §5.4 changeDetails.to", &change["to"]["title"], &json!("Chief"));
    checks.holds("API.md §5.4 changeDetails.from", "from", &change, change.get("from").is_some());
}

async fn polling(checks: &mut Checks) {
    let okta = started(org().users(5)).await;
    let empty = get(&okta, "/api/v1/logs").await;
    checks.is("API.md §5.2 polling, empty page", (empty.status, empty.rows().len()), (200, 0));
    checks.holds(
        "API.md §5.2 polling: next present even for an empty page",
        "a next link",
        empty.values("link"),
        empty.link("next").is_some(),
    );
    let next = empty.link("next").unwrap_or_default();
    made::group(&okta, "One").await;
    let page = get(&okta, &next).await;
    checks.is("API.md §5.3 the stored next link finds what came since", page.rows().len(), 1);
    let next = page.link("next").unwrap_or_default();
    // Published five minutes ago, persisted now: polling goes by the order of persistence.
    okta.append_log(vec![NewEvent::new("user.session.start").published_ms(START - 5 * MINUTE)]);
    let late = get(&okta, &next).await;
    checks.is(
        "API.md §5.2 polling delivers late events",
        late.column("published"),
        ["2026-08-21T07:55:00.000Z"],
    );
    let all = walk_log(&okta, "/api/v1/logs?limit=1").await;
    let published: Vec<String> = all.iter().map(|entry| text(&entry["published"])).collect();
    checks.is(
        "API.md §5.2 polling: published is not monotonic",
        published,
        ["2026-08-21T08:00:00.000Z", "2026-08-21T07:55:00.000Z"],
    );
    let since = get(&okta, "/api/v1/logs?since=2026-08-21T07:59:00Z").await.rows().len();
    checks.is("API.md §5.2 polling: since is compared with the time of persistence", since, 2);
    // Persisted before the cursor's place, readable later: it turns up behind a reader.
    let cursor = late.link("next").unwrap_or_default();
    okta.append_log(vec![NewEvent::new("user.session.end").visible_at_ms(START + MINUTE)]);
    checks.is("MOCK.md §5.5 not yet visible", get(&okta, &cursor).await.rows().len(), 0);
    okta.clock().advance(Duration::from_secs(60));
    checks.is(
        "MOCK.md §5.5 visible when its time has come",
        get(&okta, &cursor).await.column("eventType"),
        ["user.session.end"],
    );
    okta.append_log(vec![NewEvent::new("user.session.start").persisted_ms(START - 10 * 24 * 60 * MINUTE)]);
    let week = get(&okta, "/api/v1/logs?limit=1000").await.rows().len();
    checks.is("API.md §5.1 since defaults to 7 days before now", week, 3);
    let more = get(&okta, "/api/v1/logs?limit=1000&since=2026-08-01T00:00:00Z").await.rows().len();
    checks.is("API.md §5.1 since as given", more, 4);
    let filtered = get(&okta, &format!("/api/v1/logs?filter={}", encoded("eventType eq \"nothing\""))).await;
    checks.holds(
        "API.md §5.2 polling with a filter: next present",
        "a next link",
        filtered.values("link"),
        filtered.link("next").is_some(),
    );
    let zero = get(&okta, "/api/v1/logs?limit=0").await;
    checks.is("API.md §5.1 limit 0", (zero.status, zero.rows().len()), (200, 0));
}

/// Reads on until a page is empty.
async fn walk_log(okta: &OktaMock, first: &str) -> Vec<Value> {
    let (mut found, mut target) = (Vec::new(), first.to_owned());
    loop {
        let page = get(okta, &target).await;
        if page.rows().is_empty() {
            return found;
        }
        found.extend(page.rows());
        target = page.link("next").expect("always a next link");
    }
}

async fn bounded(checks: &mut Checks) {
    let okta = started(org()).await;
    for minute in [5, 1, 3, 2, 4] {
        okta.append_log(vec![NewEvent::new("user.session.start").published_ms(START - minute * MINUTE)]);
    }
    let window = "/api/v1/logs?since=2026-08-21T07:00:00Z&until=2026-08-21T09:00:00Z";
    let minutes =
        |published: Vec<String>| published.iter().map(|at| at[14..16].to_owned()).collect::<Vec<_>>();
    let ascending = walk(&okta, &format!("{window}&limit=2"), "published").await;
    checks.is(
        "API.md §5.2 bounded: ordered by published, finite",
        minutes(ascending),
        ["55", "56", "57", "58", "59"],
    );
    let whole = get(&okta, &format!("{window}&limit=5")).await;
    checks.is("API.md §5.2 bounded: the last page has no next", whole.link("next"), None);
    let descending = walk(&okta, &format!("{window}&limit=2&sortOrder=DESCENDING"), "published").await;
    checks.is("API.md §5.2 bounded, DESCENDING", minutes(descending), ["59", "58", "57", "56", "55"]);
    let open = walk(&okta, "/api/v1/logs?sortOrder=DESCENDING&limit=2", "published").await;
    checks.is(
        "API.md §5.2 DESCENDING without until is finite: newest first",
        minutes(open),
        ["59", "58", "57", "56", "55"],
    );
    let part =
        walk(&okta, "/api/v1/logs?since=2026-08-21T07:56:00Z&until=2026-08-21T07:58:00Z", "published").await;
    checks.is("API.md §5.2 bounded: filter key is published, until excluded", minutes(part), ["56", "57"]);
    let empty = get(&okta, "/api/v1/logs?since=2026-08-20T00:00:00Z&until=2026-08-20T01:00:00Z").await;
    checks.is(
        "API.md §5.2 bounded, nothing there: no next",
        (empty.rows().len(), empty.link("next")),
        (0, None),
    );
    checks.holds(
        "API.md §5.2 bounded, nothing there: self",
        "a self link",
        empty.values("link"),
        empty.link("self").is_some(),
    );
}
