//! Users: creating, changing, and what each state allows. One list of checks, each of which goes on from the org that those before it left.

use okta_mock::OktaMock;
use serde_json::{Value, json};

use super::checks::Checks;
use super::made::{self, STATES, types_since};
use super::wire::{delete, encoded, get, org, post, put, started, text};

/// How many checks there are at least.
pub(crate) const CHECKS: usize = 201;

/// The state after, or status and code of a refusal.
type Moved = Result<&'static str, (u16, &'static str)>;

/// `API.md §8.1`, the lifecycle table: operation, state before, and the state after or the refusal.
const MOVES: [(&str, &str, Moved); 24] = [
    ("activate", "STAGED", Ok("PROVISIONED")),
    ("activate", "PROVISIONED", Err((403, "E0000016"))),
    ("activate", "ACTIVE", Err((403, "E0000016"))),
    ("activate", "PASSWORD_EXPIRED", Err((403, "E0000016"))),
    ("activate", "SUSPENDED", Err((403, "E0000016"))),
    ("activate", "DEPROVISIONED", Ok("ACTIVE")),
    ("deactivate", "STAGED", Ok("DEPROVISIONED")),
    ("deactivate", "PROVISIONED", Ok("DEPROVISIONED")),
    ("deactivate", "ACTIVE", Ok("DEPROVISIONED")),
    ("deactivate", "PASSWORD_EXPIRED", Ok("DEPROVISIONED")),
    ("deactivate", "SUSPENDED", Ok("DEPROVISIONED")),
    ("deactivate", "DEPROVISIONED", Err((403, "E0000038"))),
    ("suspend", "STAGED", Err((400, "E0000001"))),
    ("suspend", "PROVISIONED", Err((400, "E0000001"))),
    ("suspend", "ACTIVE", Ok("SUSPENDED")),
    ("suspend", "PASSWORD_EXPIRED", Err((400, "E0000001"))),
    ("suspend", "SUSPENDED", Err((400, "E0000001"))),
    ("suspend", "DEPROVISIONED", Err((400, "E0000001"))),
    ("unsuspend", "STAGED", Err((400, "E0000001"))),
    ("unsuspend", "PROVISIONED", Err((400, "E0000001"))),
    ("unsuspend", "ACTIVE", Err((400, "E0000001"))),
    ("unsuspend", "PASSWORD_EXPIRED", Err((400, "E0000001"))),
    ("unsuspend", "SUSPENDED", Ok("ACTIVE")),
    ("unsuspend", "DEPROVISIONED", Err((400, "E0000001"))),
];

/// `API.md §8.1`, the table of creation: credentials, query, status.
const CREATED: [(&str, &str, &str); 7] = [
    ("{}", "activate=false", "STAGED"),
    ("{}", "activate=true", "PROVISIONED"),
    ("{}", "", "PROVISIONED"),
    (r#"{"password":{"value":"Correct-h0rse"}}"#, "activate=false", "STAGED"),
    (r#"{"password":{"value":"Correct-h0rse"}}"#, "activate=true", "ACTIVE"),
    (
        r#"{"password":{"value":"Correct-h0rse"}}"#,
        "activate=true&nextLogin=changePassword",
        "PASSWORD_EXPIRED",
    ),
    (r#"{"password":{"hash":{"algorithm":"BCRYPT","workFactor":10,"salt":"x","value":"y"}}}"#, "", "ACTIVE"),
];

/// What a state's own links are at least, of `MOCK.md §4 Objects`.
const LINKS: [(&str, &[&str]); 4] = [
    ("STAGED", &["activate"]),
    (
        "ACTIVE",
        &[
            "changePassword",
            "changeRecoveryQuestion",
            "deactivate",
            "expirePassword",
            "resetPassword",
            "suspend",
        ],
    ),
    (
        "PASSWORD_EXPIRED",
        &[
            "changePassword",
            "changeRecoveryQuestion",
            "deactivate",
            "expirePassword",
            "resetPassword",
            "suspend",
        ],
    ),
    ("SUSPENDED", &["deactivate", "unsuspend"]),
];

#[tokio::test]
async fn users() {
    let okta = started(org().users(60)).await;
    let mut checks = Checks::of("users");
    created(&mut checks, &okta).await;
    moves(&mut checks, &okta).await;
    deleted(&mut checks, &okta).await;
    shapes(&mut checks, &okta).await;
    changes(&mut checks, &okta).await;
    events(&mut checks, &okta).await;
    said(&mut checks, &okta).await;
    checks.finish(CHECKS);
}

async fn created(checks: &mut Checks, okta: &OktaMock) {
    for (n, (credentials, query, status)) in CREATED.into_iter().enumerate() {
        let credentials: Value = serde_json::from_str(credentials).expect("JSON");
        let body =
            json!({ "profile": made::profile(&format!("new{n}@example.com")), "credentials": credentials });
        let answer = post(okta, &format!("/api/v1/users?{query}"), body).await;
        let fact = format!("API.md §8.1 Create, 200: {credentials} {query}");
        checks.is(fact, (answer.status, text(&answer.json()["status"])), (200, status.into()));
    }
    let long = |n: usize| format!("{}@example.com", "x".repeat(n - 12));
    let with = |key: &str, value: &str| {
        let mut profile = made::profile("fresh@example.com");
        profile[key] = json!(value);
        json!({ "profile": profile })
    };
    let groups = vec!["00g"; 21];
    for (fact, body, code) in [
        ("Duplicate login", json!({ "profile": made::profile("new0@example.com") }), "E0000001"),
        (
            "Duplicate login, in other case",
            json!({ "profile": made::profile("NEW0@example.com") }),
            "E0000001",
        ),
        ("login must look like an email", with("login", "ada"), "E0000001"),
        ("login ≤ 100 characters", with("login", &long(101)), "E0000001"),
        ("email ≤ 100 characters", with("email", &long(101)), "E0000001"),
        ("firstName ≤ 50", with("firstName", &"x".repeat(51)), "E0000001"),
        ("lastName ≤ 50", with("lastName", &"x".repeat(51)), "E0000001"),
        ("login is required", json!({ "profile": { "email": "a@example.com" } }), "E0000001"),
        (
            "groupIds ≤ 20",
            json!({ "profile": made::profile("g@example.com"), "groupIds": groups }),
            "E0000093",
        ),
    ] {
        let refused = post(okta, "/api/v1/users", body).await;
        checks.is(format!("API.md §8.1 Create: {fact}"), refused.refusal(), (400, code.into()));
    }
    for (key, value) in [("login", long(100)), ("firstName", "x".repeat(50))] {
        let mut profile = made::profile(&format!("longest-{key}@example.com"));
        profile[key] = json!(value);
        let answer = post(okta, "/api/v1/users", json!({ "profile": profile })).await;
        checks.is(format!("API.md §8.1 Create: the longest {key}"), answer.status, 200);
    }
    let twice = post(okta, "/api/v1/users", json!({ "profile": made::profile("new0@example.com") })).await;
    let cause = "login: An object with this field already exists in the current organization";
    checks.is("API.md §8.1 Create: cause of a duplicate login", twice.cause(), cause);

    let group = made::group(okta, "From the start").await;
    let body = json!({ "profile": made::profile("grouped@example.com"), "groupIds": [group] });
    let user = post(okta, "/api/v1/users", body).await.id();
    let members = get(okta, &format!("/api/v1/groups/{group}/users")).await.column("id");
    checks.is("API.md §8.1 Create: groupIds", members, [user]);
}

async fn moves(checks: &mut Checks, okta: &OktaMock) {
    for (n, (operation, before, wanted)) in MOVES.into_iter().enumerate() {
        let id = made::user(okta, &format!("move{n}@example.com"), before).await;
        let events = okta.log().len();
        let answer = post(okta, &format!("/api/v1/users/{id}/lifecycle/{operation}"), Value::Null).await;
        let after = text(&get(okta, &format!("/api/v1/users/{id}")).await.json()["status"]);
        let fact = format!("API.md §8.1 lifecycle: {operation} from {before}");
        match wanted {
            Ok(status) => {
                checks.is(&fact, (answer.status, answer.json(), after), (200, json!({}), status.into()));
                let event = format!("user.lifecycle.{operation}");
                checks.is(
                    format!("MOCK.md §5.4 {operation} from {before}"),
                    types_since(okta, events),
                    [event],
                );
            }
            Err((status, code)) => {
                checks.is(&fact, (answer.refusal(), after), ((status, code.into()), before.into()));
                checks.is(
                    format!("MOCK.md §5.4 {operation} from {before}: no event"),
                    types_since(okta, events),
                    Vec::<String>::new(),
                );
            }
        }
    }
    let id = made::user(okta, "link@example.com", "STAGED").await;
    let answer =
        post(okta, &format!("/api/v1/users/{id}/lifecycle/activate?sendEmail=false"), Value::Null).await;
    for member in ["activationUrl", "activationToken"] {
        let there = answer.json()[member].as_str().is_some_and(|text| !text.is_empty());
        checks.holds("API.md §8.1 activate?sendEmail=false", member, answer.json(), there);
    }

    let id = made::user(okta, "leaver@example.com", "ACTIVE").await;
    let group = made::group(okta, "Left").await;
    let app = get(okta, "/api/v1/apps").await.column("id").remove(0);
    put(okta, &format!("/api/v1/groups/{group}/users/{id}"), Value::Null).await;
    post(okta, &format!("/api/v1/apps/{app}/users"), json!({ "id": id, "scope": "USER" })).await;
    let events = okta.log().len();
    post(okta, &format!("/api/v1/users/{id}/lifecycle/deactivate"), Value::Null).await;
    let wanted =
        ["user.lifecycle.deactivate", "group.user_membership.remove", "application.user_membership.remove"];
    checks.is("MOCK.md §5.4 deactivate: one event per group and app", types_since(okta, events), wanted);
    let members = get(okta, &format!("/api/v1/groups/{group}/users")).await.rows().len();
    checks.is("API.md §8.2 deactivated users drop out of groups", members, 0);
    let assigned = get(okta, &format!("/api/v1/apps/{app}/users/{id}")).await.status;
    checks.is("API.md §8.1 deactivate: app assignments are deprovisioned", assigned, 404);
    let back = put(okta, &format!("/api/v1/groups/{group}/users/{id}"), Value::Null).await;
    checks.is(
        "API.md §4 E0000038: a deactivated user joins no group",
        back.refusal(),
        (403, "E0000038".into()),
    );
}

async fn deleted(checks: &mut Checks, okta: &OktaMock) {
    let id = made::user(okta, "delete@example.com", "ACTIVE").await;
    let path = format!("/api/v1/users/{id}");
    let events = okta.log().len();
    checks.is("API.md §8.1 Delete: the first call, 204", delete(okta, &path).await.status, 204);
    let status = text(&get(okta, &path).await.json()["status"]);
    checks.is("API.md §8.1 Delete: the first call only deactivates", status, "DEPROVISIONED");
    checks.is("API.md §8.1 Delete: the second call, 204", delete(okta, &path).await.status, 204);
    checks.is("API.md §8.1 Delete: then 404", get(okta, &path).await.refusal(), (404, "E0000007".into()));
    checks.is("API.md §8.1 Delete: then 404", delete(okta, &path).await.refusal(), (404, "E0000007".into()));
    let wanted =
        ["user.lifecycle.deactivate", "user.lifecycle.delete.initiated", "user.lifecycle.delete.completed"];
    checks.is("MOCK.md §5.4 DELETE twice", types_since(okta, events), wanted);
    let again = post(okta, "/api/v1/users", json!({ "profile": made::profile("delete@example.com") })).await;
    checks.is("API.md §8.1 a purged login is free again", again.status, 200);
}

async fn shapes(checks: &mut Checks, okta: &OktaMock) {
    for state in STATES {
        let id = made::user(okta, &format!("shape-{}@example.com", state.to_lowercase()), state).await;
        let user = get(okta, &format!("/api/v1/users/{id}")).await.json();
        let members: Vec<String> =
            user["_links"].as_object().map(|links| links.keys().cloned().collect()).unwrap_or_default();
        let offered = LINKS.iter().find(|(of, _)| *of == state).map_or(&[][..], |(_, links)| links);
        for link in offered.iter().chain(&["self", "schema", "type"]) {
            checks.holds(
                format!("MOCK.md §4 Objects: links of {state}"),
                link,
                &members,
                members.iter().any(|have| have == link),
            );
        }
        let created = text(&user["created"]);
        checks.holds(
            format!("MOCK.md §4 Objects: whole seconds, {state}"),
            "….000Z",
            &created,
            created.ends_with(".000Z") && created.len() == 24,
        );
    }
    let row = get(okta, "/api/v1/users?limit=1").await.rows().remove(0);
    let links: Vec<String> =
        row["_links"].as_object().map(|links| links.keys().cloned().collect()).unwrap_or_default();
    checks.is("API.md §2.4 collections carry only _links.self per row", links, ["self"]);
    let id = made::user(okta, "short.name@example.com", "ACTIVE").await;
    let user = get(okta, &format!("/api/v1/users/{id}")).await.json();
    for member in [
        "id",
        "status",
        "created",
        "activated",
        "statusChanged",
        "lastLogin",
        "lastUpdated",
        "passwordChanged",
        "type",
        "profile",
        "credentials",
        "_links",
    ] {
        checks.holds("API.md §8.1 Fields", member, &user, user.get(member).is_some());
    }
    for member in ["mobilePhone", "secondEmail"] {
        checks.is(
            format!("API.md §8.1 always there, null: {member}"),
            user["profile"].get(member),
            Some(&Value::Null),
        );
    }
    checks.is("API.md §8.1 unset attributes are omitted", user["profile"].get("department"), None);
    let type_members = user["type"].as_object().map(|it| it.keys().cloned().collect::<Vec<_>>());
    checks.is("API.md §8.1 type carries only the id", type_members, Some(vec!["id".to_owned()]));
    checks.is("API.md §8.1 a password is not shown", &user["credentials"]["password"], &json!({}));
    checks.is(
        "API.md §8.1 provider",
        &user["credentials"]["provider"],
        &json!({ "type": "OKTA", "name": "OKTA" }),
    );
    for (prefix, value) in [("00u", &user["id"]), ("oty", &user["type"]["id"])] {
        let value = text(value);
        checks.holds(
            "API.md §0 ids",
            &format!("20 characters from {prefix}"),
            &value,
            value.starts_with(prefix) && value.len() == 20,
        );
    }
    for (how, key) in [
        ("id", id.as_str()),
        ("full login", "short.name@example.com"),
        ("full login, encoded", "short.name%40example.com"),
        ("short login", "short.name"),
    ] {
        let found = get(okta, &format!("/api/v1/users/{key}")).await;
        checks.is(format!("API.md §8.1 lookup by {how}"), found.id(), id.clone());
    }
    let me = get(okta, "/api/v1/users/me").await;
    checks.is("API.md §1.1 users/me is the token's owner", me.status, 200);
}

async fn changes(checks: &mut Checks, okta: &OktaMock) {
    let id = made::user(okta, "change@example.com", "ACTIVE").await;
    let path = format!("/api/v1/users/{id}");
    okta.clock().advance(std::time::Duration::from_secs(60));
    let before = get(okta, &path).await.json();
    let events = okta.log().len();
    let answer = post(okta, &path, json!({ "profile": { "department": "Research" } })).await;
    let after = answer.json();
    checks.is("API.md §8.1 Update: 200 and the user", (answer.status, answer.id()), (200, id.clone()));
    checks.is("API.md §8.1 Update by POST: absent = keep", &after["profile"]["lastName"], &json!("Byron"));
    checks.is(
        "API.md §8.1 Update by POST: what is said",
        &after["profile"]["department"],
        &json!("Research"),
    );
    checks.is(
        "API.md §2.4 lastUpdated moves with the profile",
        text(&after["lastUpdated"]),
        "2026-08-21T08:01:00.000Z",
    );
    checks.is("API.md §8.1 statusChanged does not", &after["statusChanged"], &before["statusChanged"]);
    checks.is("MOCK.md §5.4 POST profile", types_since(okta, events), ["user.account.update_profile"]);
    let cleared = post(okta, &path, json!({ "profile": { "department": null } })).await.json();
    checks.is(
        "API.md §8.1 Update by POST: explicit null = clear",
        cleared["profile"].get("department"),
        None,
    );
    let taken = post(okta, &path, json!({ "profile": { "login": "short.name@example.com" } })).await;
    checks.is("API.md §8.1 a taken login", taken.refusal(), (400, "E0000001".into()));
    let custom =
        post(okta, &path, json!({ "profile": { "badge": 7, "tags": ["a", "b"], "vip": true } })).await.json();
    checks.is(
        "API.md §8.1 custom attributes",
        [&custom["profile"]["badge"], &custom["profile"]["tags"], &custom["profile"]["vip"]],
        [&json!(7), &json!(["a", "b"]), &json!(true)],
    );
    let tagged =
        get(okta, &format!("/api/v1/users?search={}", encoded("profile.tags eq \"b\""))).await.column("id");
    checks.is("API.md §2.3 search: array attributes", tagged, std::slice::from_ref(&id));

    let stamp = text(&get(okta, &path).await.json()["lastUpdated"]);
    okta.clock().advance(std::time::Duration::from_secs(60));
    let group = made::group(okta, "Watched").await;
    put(okta, &format!("/api/v1/groups/{group}/users/{id}"), Value::Null).await;
    let app = get(okta, "/api/v1/apps").await.column("id").remove(0);
    post(okta, &format!("/api/v1/apps/{app}/users"), json!({ "id": id })).await;
    let still = text(&get(okta, &path).await.json()["lastUpdated"]);
    checks.is("API.md §2.3 lastUpdated does not move on membership or assignment [U]", still, stamp);
    post(okta, &format!("{path}/lifecycle/suspend"), Value::Null).await;
    let suspended = get(okta, &path).await.json();
    checks.is(
        "API.md §8.1 status changes are visible on the next GET",
        text(&suspended["status"]),
        "SUSPENDED",
    );
    checks.is(
        "API.md §8.1 statusChanged moves",
        text(&suspended["statusChanged"]),
        "2026-08-21T08:02:00.000Z",
    );
    let groups = get(okta, &format!("{path}/groups")).await.column("id");
    checks.is("API.md §8.1 suspend: assignments are kept", groups.contains(&group), true);
    let gone = made::user(okta, "frozen@example.com", "DEPROVISIONED").await;
    let frozen = post(okta, &format!("/api/v1/users/{gone}"), json!({ "profile": { "title": "x" } })).await;
    checks.is(
        "MOCK.md §5.4 profile: any state but DEPROVISIONED",
        frozen.refusal(),
        (403, "E0000038".into()),
    );
}

/// `MOCK.md §5.4`: create with a password, and addresses that change.
async fn events(checks: &mut Checks, okta: &OktaMock) {
    let password = "user.account.update_password";
    let (create, activate) = ("user.lifecycle.create", "user.lifecycle.activate");
    for (state, wanted) in [
        ("STAGED", &[create][..]),
        ("PROVISIONED", &[create, activate]),
        ("ACTIVE", &[create, activate, password]),
        ("PASSWORD_EXPIRED", &[create, activate, password]),
    ] {
        let events = okta.log().len();
        made::user(okta, &format!("events-{}@example.com", state.to_lowercase()), state).await;
        checks.is(format!("MOCK.md §5.4 create: {state}"), types_since(okta, events), wanted);
    }
    let id = made::user(okta, "moving@example.com", "ACTIVE").await;
    let profile = "user.account.update_profile";
    let (primary, secondary) = ("user.account.update_primary_email", "user.account.update_secondary_email");
    for (change, wanted) in [
        (json!({ "title": "Poet" }), &[profile][..]),
        (json!({ "email": "moved@example.com" }), &[profile, primary]),
        (json!({ "email": "moved@example.com" }), &[]),
        (json!({ "secondEmail": "home@example.com" }), &[profile, secondary]),
        (json!({ "email": "back@example.com", "secondEmail": null }), &[profile, primary, secondary]),
    ] {
        let events = okta.log().len();
        post(okta, &format!("/api/v1/users/{id}"), json!({ "profile": change })).await;
        let fact = format!("MOCK.md §5.4 POST profile (+ update_primary_email), API.md §9: {change}");
        checks.is(fact, types_since(okta, events), wanted);
    }
    let event = made::newest(okta, primary);
    checks.is("API.md §9 target of user.account.*", text(&event["target"][0]["id"]), id);
    checks.is("API.md §9 one target", made::target_types(&event), ["User"]);
}

/// `API.md §8.1`: what a profile may hold, and the members beside it.
async fn said(checks: &mut Checks, okta: &OktaMock) {
    let invalid = (400, "E0000001".to_owned());
    let id = made::user(okta, "typed@example.com", "ACTIVE").await;
    let path = format!("/api/v1/users/{id}");
    for (attribute, value) in [
        ("department", json!(7)),
        ("title", json!(true)),
        ("city", json!(["Bern"])),
        ("manager", json!({ "name": "Ada" })),
        ("custom", json!({ "nested": 1 })),
        ("custom", json!([{ "nested": 1 }])),
        ("custom", json!(["a", 1])),
    ] {
        let change = json!({ "profile": { attribute: value } });
        let fact = format!("API.md §8.1 base attributes are texts, custom ones scalars and lists: {change}");
        checks.is(&fact, post(okta, &path, change.clone()).await.refusal(), invalid.clone());
        let mut profile = made::profile("untyped@example.com");
        profile[attribute] = change["profile"][attribute].clone();
        let created = post(okta, "/api/v1/users", json!({ "profile": profile })).await;
        checks.is(format!("{fact}, create"), created.refusal(), invalid.clone());
    }
    for profile in [json!({ "name": 7 }), json!({ "name": "G", "description": {} })] {
        let refused = post(okta, "/api/v1/groups", json!({ "profile": profile })).await;
        checks.is(format!("API.md §8.2 profile: {profile}"), refused.refusal(), invalid.clone());
    }
    let shown = get(okta, &path).await.json();
    let realm = text(&get(okta, "/api/v1/realms").await.rows()[1]["id"]);
    let question = json!({ "question": "Who wrote the first program?", "answer": "Ada herself" });
    let whole = json!({
        "profile": made::profile("whole@example.com"), "type": { "id": shown["type"]["id"] }, "realmId": realm,
        "credentials": { "recovery_question": question },
    });
    let created = post(okta, "/api/v1/users", whole.clone()).await;
    let user = get(okta, &format!("/api/v1/users/{}", created.id())).await.json();
    checks.is("API.md §8.1 Create: realmId is kept", text(&user["realmId"]), realm.clone());
    let kept = json!({ "question": "Who wrote the first program?" });
    checks.is("API.md §8.1 the question is kept", &user["credentials"]["recovery_question"], &kept);
    for (member, wrong) in [
        ("type", json!({ "id": "otyNobody0000000mck0" })),
        ("type", json!("user")),
        ("realmId", json!("guoNobody0000000mck0")),
        ("realmId", json!(7)),
        ("credentials", json!({ "recovery_question": { "question": "" } })),
        ("credentials", json!({ "recovery_question": { "answer": "Ada" } })),
    ] {
        let mut body = whole.clone();
        body["profile"] = made::profile("refused@example.com");
        body[member] = wrong;
        for target in ["/api/v1/users", path.as_str()] {
            let refused = post(okta, target, body.clone()).await;
            checks.is(format!("API.md §8.1 {member} {}", body[member]), refused.refusal(), invalid.clone());
        }
    }
    let moved = post(okta, &path, json!({ "realmId": realm })).await.json();
    checks.is("OpenAPI UpdateUserRequest: realmId", text(&moved["realmId"]), realm);
    checks.is("API.md §8.1 a POST that says no profile keeps it", &moved["profile"], &shown["profile"]);
}
