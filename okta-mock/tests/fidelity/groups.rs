//! Groups and who is in them.

use std::time::Duration;

use okta_mock::OktaMock;
use serde_json::{Value, json};

use super::checks::Checks;
use super::made::{self, newest, target_types, types_since};
use super::wire::{delete, encoded, get, org, post, put, started, text};

/// How many checks there are at least.
pub(crate) const CHECKS: usize = 80;

/// `API.md §2.4`, what `filter` knows.
const FILTERS: [(&str, bool); 16] = [
    ("id eq \"00g\"", true),
    ("type eq \"OKTA_GROUP\"", true),
    ("lastUpdated gt \"2026-08-01T00:00:00.000Z\"", true),
    ("lastUpdated ge \"2026-08-01T00:00:00.000Z\"", true),
    ("lastUpdated lt \"2026-08-01T00:00:00.000Z\"", true),
    ("lastUpdated le \"2026-08-01T00:00:00.000Z\"", true),
    ("lastMembershipUpdated gt \"2026-08-01T00:00:00.000Z\"", true),
    (
        "lastUpdated gt \"2026-08-01T00:00:00.000Z\" or lastMembershipUpdated gt \"2026-08-01T00:00:00.000Z\"",
        true,
    ),
    ("type eq \"OKTA_GROUP\" and (id eq \"a\" or id eq \"b\")", true),
    ("type sw \"OKTA\"", false),
    ("id pr", false),
    ("type ne \"OKTA_GROUP\"", false),
    ("id co \"a\"", false),
    ("profile.name eq \"A\"", false),
    ("created gt \"2026-08-01T00:00:00.000Z\"", false),
    ("colour eq \"blue\"", false),
];

/// `API.md §2.4`, what `search` knows.
const SEARCHES: [(&str, bool); 9] = [
    ("profile.name eq \"A\"", true),
    ("profile.name sw \"A\"", true),
    ("profile.description co \"A\"", true),
    ("created gt \"2026-08-01T00:00:00.000Z\"", true),
    ("lastMembershipUpdated lt \"2026-08-01T00:00:00.000Z\"", true),
    ("type eq \"BUILT_IN\"", true),
    ("objectClass eq \"okta:user_group\"", false),
    ("_links eq \"x\"", false),
    ("colour eq \"blue\"", false),
];

#[tokio::test]
async fn groups() {
    let okta = started(org().users(30).groups(3)).await;
    let mut checks = Checks::of("groups");
    life(&mut checks, &okta).await;
    members(&mut checks, &okta).await;
    built_in(&mut checks, &okta).await;
    for (parameter, code, table) in
        [("filter", "E0000053", &FILTERS[..]), ("search", "E0000031", &SEARCHES[..])]
    {
        for (expression, good) in table {
            let answer = get(&okta, &format!("/api/v1/groups?{parameter}={}", encoded(expression))).await;
            let wanted = if *good { (200, String::new()) } else { (400, code.into()) };
            checks.is(format!("API.md §2.4 groups {parameter}: {expression}"), answer.refusal(), wanted);
        }
    }
    checks.finish(CHECKS);
}

async fn life(checks: &mut Checks, okta: &OktaMock) {
    let events = okta.log().len();
    let body = json!({ "profile": { "name": "Rowing", "description": "Who rows" } });
    let created = post(okta, "/api/v1/groups", body).await;
    checks.is("MOCK.md §4 Objects: POST /groups 200", created.status, 200);
    let (group, id) = (created.json(), created.id());
    for member in
        ["id", "created", "lastUpdated", "lastMembershipUpdated", "objectClass", "type", "profile", "_links"]
    {
        checks.holds("API.md §8.2 Fields", member, &group, group.get(member).is_some());
    }
    checks.holds("API.md §0 ids", "20 characters from 00g", &id, id.starts_with("00g") && id.len() == 20);
    checks.is("API.md §8.2 Types", &group["type"], &json!("OKTA_GROUP"));
    checks.is("API.md §8.2 objectClass", &group["objectClass"], &json!(["okta:user_group"]));
    for link in ["logo", "users", "apps"] {
        checks.holds(
            "MOCK.md §4 Objects: a group's links",
            link,
            &group["_links"],
            group["_links"].get(link).is_some(),
        );
    }
    let stamp = text(&group["created"]);
    checks.holds("MOCK.md §4 Objects: whole seconds", "….000Z", &stamp, stamp.ends_with(".000Z"));
    let path = format!("/api/v1/groups/{id}");
    let replaced = put(okta, &path, json!({ "profile": { "name": "Rowing club" } })).await;
    checks.is("API.md §8.2 PUT, 200", replaced.status, 200);
    let profile = replaced.json()["profile"].clone();
    checks.is("API.md §8.2 PUT replaces the whole profile", &profile["description"], &Value::Null);
    checks.is("API.md §8.2 PUT replaces the whole profile", &profile["name"], &json!("Rowing club"));
    for (fact, body) in [
        ("a name that is taken", json!({ "profile": { "name": "Rowing club" } })),
        ("no name", json!({ "profile": {} })),
        ("an empty name", json!({ "profile": { "name": "" } })),
        ("a name of 256 characters", json!({ "profile": { "name": "x".repeat(256) } })),
    ] {
        let refused = post(okta, "/api/v1/groups", body).await;
        checks.is(
            format!("API.md §8.2 name 1–255, unique: {fact}"),
            refused.refusal(),
            (400, "E0000001".into()),
        );
    }
    let longest = post(okta, "/api/v1/groups", json!({ "profile": { "name": "x".repeat(255) } })).await;
    checks.is("API.md §8.2 name 1–255: 255 characters", longest.status, 200);
    for (q, found) in [("row", true), ("ROWING C", true), ("club", false)] {
        let names = get(okta, &format!("/api/v1/groups?q={}", encoded(q))).await.column("id").contains(&id);
        checks.is(format!("API.md §2.4 q is a prefix of the name: {q}"), names, found);
    }
    checks.is("API.md §8.2 DELETE 204", delete(okta, &path).await.status, 204);
    checks.is("API.md §8.2 DELETE: then 404", get(okta, &path).await.refusal(), (404, "E0000007".into()));
    let mut types = types_since(okta, events);
    types.dedup();
    let wanted = [
        "group.lifecycle.create",
        "group.profile.update",
        "group.lifecycle.create",
        "group.lifecycle.delete",
    ];
    checks.is("MOCK.md §5.4 group ops emit their events", types, wanted);
}

async fn members(checks: &mut Checks, okta: &OktaMock) {
    let group = made::group(okta, "Members").await;
    let user = made::user(okta, "member@example.com", "ACTIVE").await;
    let path = format!("/api/v1/groups/{group}");
    okta.clock().advance(Duration::from_secs(60));
    let before = get(okta, &path).await.json();
    let events = okta.log().len();
    for time in ["once", "twice"] {
        let added = put(okta, &format!("{path}/users/{user}"), Value::Null).await;
        checks.is(
            format!("API.md §8.2 PUT members: 204, idempotent: {time}"),
            (added.status, added.body.len()),
            (204, 0),
        );
    }
    checks.is(
        "MOCK.md §5.4 a membership is one event",
        types_since(okta, events),
        ["group.user_membership.add"],
    );
    checks.is(
        "API.md §9 targets of group.user_membership",
        target_types(&newest(okta, "group.user_membership.add")),
        ["User", "UserGroup"],
    );
    let target = newest(okta, "group.user_membership.add");
    let of_group = target["target"]
        .as_array()
        .and_then(|all| all.iter().find(|one| one["type"] == "UserGroup").cloned());
    checks.is(
        "API.md §9 UserGroup's alternateId",
        of_group.map(|one| text(&one["alternateId"])),
        Some("unknown".to_owned()),
    );
    let after = get(okta, &path).await.json();
    checks.is(
        "API.md §2.4 lastMembershipUpdated = add member",
        text(&after["lastMembershipUpdated"]),
        "2026-08-21T08:01:00.000Z",
    );
    checks.is("API.md §2.4 lastUpdated = profile change only", &after["lastUpdated"], &before["lastUpdated"]);
    let rows = get(okta, &format!("{path}/users")).await.rows();
    for member in ["id", "status", "created", "profile", "credentials", "_links"] {
        checks.holds(
            "API.md §8.2 members are full User rows",
            member,
            &rows,
            rows.first().is_some_and(|row| row.get(member).is_some()),
        );
    }
    let mine = get(okta, &format!("/api/v1/users/{user}/groups")).await.column("id");
    checks.is("API.md §8.1 GET /users/{id}/groups", mine.contains(&group), true);
    let query = "lastUpdated gt \"2026-08-21T08:00:30.000Z\" or lastMembershipUpdated gt \"2026-08-21T08:00:30.000Z\"";
    let changed = get(okta, &format!("/api/v1/groups?filter={}", encoded(query))).await.column("id");
    checks.is("API.md §2.4 delta query for both", changed, std::slice::from_ref(&group));
    for time in ["once", "twice"] {
        let removed = delete(okta, &format!("{path}/users/{user}")).await;
        checks.is(format!("API.md §8.9 DELETE of a member is idempotent: {time}"), removed.status, 204);
    }
    let left = get(okta, &format!("{path}/users")).await.rows().len();
    checks.is("API.md §8.2 DELETE members", left, 0);
    let nobody = put(okta, &format!("{path}/users/00unobody"), Value::Null).await;
    checks.is("API.md §4 E0000007, User", (nobody.status, nobody.summary().ends_with("(User)")), (404, true));
}

async fn built_in(checks: &mut Checks, okta: &OktaMock) {
    let found = get(okta, &format!("/api/v1/groups?search={}", encoded("type eq \"BUILT_IN\""))).await.rows();
    checks.is(
        "API.md §8.2 BUILT_IN: Everyone",
        found.first().map(|group| text(&group["profile"]["name"])),
        Some("Everyone".to_owned()),
    );
    let path = format!("/api/v1/groups/{}", text(&found[0]["id"]));
    let gone = made::user(okta, "not.everyone@example.com", "DEPROVISIONED").await;
    let here = made::user(okta, "everyone@example.com", "STAGED").await;
    let everyone = get(okta, &format!("{path}/users")).await.column("id");
    checks.is(
        "API.md §8.2 Everyone holds all but the deactivated",
        (everyone.contains(&here), everyone.contains(&gone)),
        (true, false),
    );
    for (what, answer) in [
        ("PUT member", put(okta, &format!("{path}/users/{here}"), Value::Null).await),
        ("DELETE member", delete(okta, &format!("{path}/users/{here}")).await),
        ("PUT", put(okta, &path, json!({ "profile": { "name": "All" } })).await),
        ("DELETE", delete(okta, &path).await),
    ] {
        checks.is(
            format!("API.md §8.2 BUILT_IN is read-only [U]: {what}"),
            answer.refusal(),
            (403, "E0000006".into()),
        );
    }
}
