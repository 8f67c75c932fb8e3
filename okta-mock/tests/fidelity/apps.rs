//! Apps and who is assigned to them.

use serde_json::{Value, json};

use super::checks::Checks;
use super::made::{self, newest, target_types, types_since};
use super::wire::{delete, encoded, get, org, post, put, started, text, walk};

/// How many checks there are at least.
pub(crate) const CHECKS: usize = 103;

const APP: [&str; 15] = [
    "id",
    "orn",
    "name",
    "label",
    "status",
    "created",
    "lastUpdated",
    "accessibility",
    "visibility",
    "features",
    "signOnMode",
    "credentials",
    "settings",
    "universalLogout",
    "_links",
];
const APP_USER: [&str; 12] = [
    "id",
    "externalId",
    "created",
    "lastUpdated",
    "scope",
    "status",
    "statusChanged",
    "passwordChanged",
    "syncState",
    "credentials",
    "profile",
    "_links",
];

/// `API.md §2.4`, what `filter` knows.
const FILTERS: [(&str, bool); 9] = [
    ("id eq \"0oa\"", true),
    ("status eq \"ACTIVE\"", true),
    ("name eq \"oidc_client\"", true),
    ("user.id eq \"00u\"", true),
    ("status eq \"ACTIVE\" and name eq \"oidc_client\"", true),
    ("status eq \"ACTIVE\" or status eq \"INACTIVE\"", true),
    ("label eq \"x\"", false),
    ("created gt \"2026-08-01T00:00:00.000Z\"", false),
    ("user.id sw \"00u\"", false),
];

#[tokio::test]
async fn apps() {
    let okta = started(org().users(30).apps(25)).await;
    let mut checks = Checks::of("apps");
    let page = get(&okta, "/api/v1/apps").await;
    checks.is("API.md §2.2 \"GET /apps\", wire default 20", page.rows().len(), 20);
    let all = walk(&okta, "/api/v1/apps", "id").await;
    checks.is("API.md §2.2 \"GET /apps\", all pages", all.len(), 25 + 2);
    let row = page.rows().remove(0);
    let path = format!("/api/v1/apps/{}", text(&row["id"]));
    let alone = get(&okta, &path).await.json();
    for member in APP {
        checks.holds("API.md §8.3 Common fields", member, &alone, alone.get(member).is_some());
    }
    let id = text(&row["id"]);
    checks.holds("API.md §0 ids", "20 characters from 0oa", &id, id.starts_with("0oa") && id.len() == 20);
    let modes = [
        "AUTO_LOGIN",
        "BASIC_AUTH",
        "BOOKMARK",
        "BROWSER_PLUGIN",
        "OPENID_CONNECT",
        "SAML_1_1",
        "SAML_2_0",
        "SECURE_PASSWORD_STORE",
        "WS_FEDERATION",
    ];
    for row in page.rows().iter().take(2) {
        let mode = text(&row["signOnMode"]);
        checks.holds("API.md §8.3 signOnMode", "one of nine", &mode, modes.contains(&mode.as_str()));
        let status = text(&row["status"]);
        checks.holds(
            "API.md §8.3 status",
            "ACTIVE, INACTIVE or DELETED",
            &status,
            ["ACTIVE", "INACTIVE", "DELETED"].contains(&status.as_str()),
        );
    }
    let web = page.rows().into_iter().find(|row| row["signOnMode"] == "OPENID_CONNECT").unwrap_or_default();
    checks.is("API.md §8.3 client_id = app id", &web["credentials"]["oauthClient"]["client_id"], &web["id"]);
    checks.is(
        "API.md §8.3 the secret is returned only at creation",
        web["credentials"]["oauthClient"].get("client_secret"),
        None,
    );
    for field in [
        "application_type",
        "grant_types",
        "redirect_uris",
        "consent_method",
        "dpop_bound_access_tokens",
        "refresh_token",
    ] {
        let client = &web["settings"]["oauthClient"];
        checks.holds("API.md §8.3 settings.oauthClient", field, client, client.get(field).is_some());
    }

    let label = text(&row["label"]);
    for (q, found) in [
        (label.clone(), true),
        (label.to_uppercase(), true),
        (text(&row["name"]), true),
        (label[1..].to_owned(), false),
    ] {
        let rows = walk(&okta, &format!("/api/v1/apps?limit=200&q={}", encoded(&q)), "id").await;
        checks.is(format!("API.md §2.4 q = prefix on name or label: {q:?}"), rows.contains(&id), found);
    }
    for (expression, good) in FILTERS {
        let answer = get(&okta, &format!("/api/v1/apps?filter={}", encoded(expression))).await;
        let wanted = if good { (200, String::new()) } else { (400, "E0000053".into()) };
        checks.is(format!("API.md §2.4 apps filter: {expression}"), answer.refusal(), wanted);
    }

    let user = made::user(&okta, "worker@example.com", "ACTIVE").await;
    let of_user = format!("/api/v1/apps?limit=200&filter={}", encoded(&format!("user.id eq \"{user}\"")));
    checks.is(
        "API.md §2.4 user.id, before an assignment",
        get(&okta, &of_user).await.column("id"),
        Vec::<String>::new(),
    );
    let events = okta.log().len();
    let assigned = post(&okta, &format!("{path}/users"), json!({ "id": user, "scope": "USER" })).await;
    checks.is("API.md §8.3 Assign, 200, id = user id", (assigned.status, assigned.id()), (200, user.clone()));
    checks.is(
        "API.md §2.4 user.id, after it",
        get(&okta, &of_user).await.column("id"),
        std::slice::from_ref(&id),
    );
    let assignment = assigned.json();
    for member in APP_USER {
        checks.holds("API.md §8.3 App users", member, &assignment, assignment.get(member).is_some());
    }
    checks.is("API.md §8.3 scope", &assignment["scope"], &json!("USER"));
    checks.is(
        "API.md §8.3 credentials{userName}",
        &assignment["credentials"]["userName"],
        &json!("worker@example.com"),
    );
    for (member, values) in [
        ("status", &["ACTIVE", "PROVISIONED", "STAGED"][..]),
        ("syncState", &["DISABLED", "OUT_OF_SYNC", "SYNCHRONIZED", "SYNCING", "ERROR"][..]),
    ] {
        let value = text(&assignment[member]);
        checks.holds(
            "API.md §8.3 App users: enums",
            &values.join(", "),
            &value,
            values.contains(&value.as_str()),
        );
    }
    for link in ["app", "user"] {
        checks.holds(
            "API.md §8.3 App users: _links",
            link,
            &assignment,
            assignment["_links"].get(link).is_some(),
        );
    }
    checks.is(
        "MOCK.md §5.4 an assignment's event",
        types_since(&okta, events),
        ["application.user_membership.add"],
    );
    let targets = target_types(&newest(&okta, "application.user_membership.add"));
    checks.is(
        "API.md §9 targets of application.user_membership",
        targets,
        ["AppInstance", "AppUser", "User"],
    );
    let one = get(&okta, &format!("{path}/users/{user}")).await;
    checks.is("API.md §8.3 GET one assignment", (one.status, one.id()), (200, user.clone()));
    for (q, found) in [("work", true), ("WORK", true), ("orker", false)] {
        let rows = walk(&okta, &format!("{path}/users?limit=500&q={q}"), "id").await;
        checks.is(format!("API.md §2.4 app users: q is a login prefix: {q}"), rows.contains(&user), found);
    }
    let events = okta.log().len();
    let gone = delete(&okta, &format!("{path}/users/{user}?sendEmail=false")).await;
    checks.is("API.md §8.3 unassign 204", gone.status, 204);
    checks.is("MOCK.md §5.4 its event", types_since(&okta, events), ["application.user_membership.remove"]);
    checks.is(
        "API.md §8.3 unassign: then 404",
        get(&okta, &format!("{path}/users/{user}")).await.status,
        404,
    );

    let active = delete(&okta, &path).await;
    checks.is("API.md §8.3 DELETE only when INACTIVE", active.refusal(), (403, "E0000056".into()));
    checks.is(
        "API.md §4 E0000056's cause",
        active.cause(),
        "The application must be deactivated before deletion.",
    );
    let nobody = post(&okta, &format!("{path}/users"), json!({ "id": "00unobody" })).await;
    checks.is("API.md §4 E0000007, User", (nobody.status, nobody.summary().ends_with("(User)")), (404, true));
    let nothing = post(&okta, &format!("{path}/users"), json!({ "scope": "USER" })).await;
    checks.is("API.md §8.3 Assign needs an id", nothing.refusal(), (400, "E0000001".into()));
    let groups = get(&okta, &format!("{path}/groups")).await;
    checks.is(
        "API.md §2.2 \"GET /apps/{id}/groups\"",
        (groups.status, groups.json()),
        (200, Value::Array(Vec::new())),
    );
    asked(&mut checks).await;
    checks.finish(CHECKS);
}

/// `API.md §2.4`: what filters know, and what is embedded on request.
async fn asked(checks: &mut Checks) {
    let okta = started(org().users(30).groups(3).apps(4)).await;
    let apps = get(&okta, "/api/v1/apps").await.column("id");
    let (app, group) = (apps[1].clone(), made::group(&okta, "Poets").await);
    let other = made::group(&okta, "Writers").await;
    let user = made::user(&okta, "poet@example.com", "ACTIVE").await;
    put(&okta, &format!("/api/v1/groups/{group}/users/{user}"), Value::Null).await;
    for group in [&group, &other] {
        put(&okta, &format!("/api/v1/apps/{app}/groups/{group}"), json!({})).await;
    }
    let oidc: Vec<String> = get(&okta, "/api/v1/apps?limit=200")
        .await
        .rows()
        .iter()
        .filter(|row| row["signOnMode"] == "OPENID_CONNECT")
        .map(|row| text(&row["id"]))
        .collect();
    let kid = text(&get(&okta, &format!("/api/v1/apps/{app}")).await.json()["credentials"]["signing"]["kid"]);
    for (filter, found) in [
        (format!("group.id eq \"{group}\""), vec![app.clone()]),
        ("group.id eq \"00gnobody00000000000\"".into(), vec![]),
        (format!("group.id eq \"{group}\" and status eq \"INACTIVE\""), vec![]),
        (format!("credentials.signing.kid eq \"{kid}\""), vec![app.clone()]),
        ("settings.slo.enabled eq true".into(), vec![]),
        (
            "settings.slo.enabled eq false".into(),
            apps.iter().filter(|id| !oidc.contains(id)).cloned().collect(),
        ),
    ] {
        let came = get(&okta, &format!("/api/v1/apps?filter={}", encoded(&filter))).await;
        checks.is(format!("API.md §2.4 apps filter {filter}"), came.column("id"), found);
    }
    let refused = get(&okta, &format!("/api/v1/apps?filter={}", encoded("group.id gt \"0\""))).await;
    checks.is("API.md §4 E0000053: group.id gt", refused.refusal(), (400, "E0000053".into()));

    let filter = encoded(&format!("user.id eq \"{user}\""));
    let page = get(&okta, &format!("/api/v1/apps?filter={filter}&expand=user/{user}")).await;
    checks.is("API.md §2.4 expand=user/{id}: the apps", page.column("id"), std::slice::from_ref(&app));
    let embedded = page.rows()[0]["_embedded"]["user"].clone();
    let row = get(&okta, &format!("/api/v1/apps/{app}/users/{user}")).await.json();
    checks.is("API.md §2.4 expand=user/{id} embeds the app user", embedded, row);
    let carried = page.query("self").contains(&format!("expand=user%2F{user}"));
    checks.holds("API.md §2.1 expand in the links", "expand", page.query("self"), carried);

    let path = format!("/api/v1/apps/{app}/users");
    let alone = get(&okta, &format!("/api/v1/users/{user}")).await.json();
    let rows = get(&okta, &format!("{path}?q=poet&expand=user")).await.rows();
    checks.is("API.md §2.4 app users expand=user", &rows[0]["_embedded"]["user"], &alone);
    let one = get(&okta, &format!("{path}/{user}?expand=user")).await.json();
    checks.is("OpenAPI getApplicationUser: expand=user", &one, &rows[0]);

    let path = format!("/api/v1/apps/{app}/groups");
    let found = get(&okta, &format!("{path}?q=po&expand=group")).await;
    checks.is("API.md §2.4 app groups q", found.column("id"), std::slice::from_ref(&group));
    let alone = get(&okta, &format!("/api/v1/groups/{group}")).await.json();
    checks.is("API.md §2.4 app groups expand=group", &found.rows()[0]["_embedded"]["group"], &alone);
    checks.is("API.md §2.4 not unless asked", get(&okta, &path).await.rows()[0].get("_embedded"), None);

    let stats = json!({
        "usersCount": 1, "appsCount": 1, "groupPushMappingsCount": 0, "hasAdminPrivilege": false,
    });
    let search = encoded("profile.name eq \"Poets\"");
    for target in [
        format!("/api/v1/groups/{group}?expand=stats"),
        "/api/v1/groups?q=Poets&expand=stats".into(),
        format!("/api/v1/groups?search={search}&expand=stats"),
        format!("/api/v1/groups?search={search}&sortBy=profile.name&expand=stats"),
    ] {
        let came = get(&okta, &target).await.json();
        let group = if came.is_array() { came[0].clone() } else { came };
        checks.is(format!("API.md §2.4 expand=stats: {target}"), &group["_embedded"]["stats"], &stats);
    }
    let all = get(&okta, "/api/v1/groups?expand=stats").await.rows();
    for group in all {
        let members = walk(&okta, &format!("/api/v1/groups/{}/users", text(&group["id"])), "id").await;
        let fact = format!("API.md §2.4 usersCount of {}", text(&group["profile"]["name"]));
        checks.is(
            fact,
            group["_embedded"]["stats"]["usersCount"].as_u64(),
            u64::try_from(members.len()).ok(),
        );
    }
}
