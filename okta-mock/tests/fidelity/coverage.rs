//! What is there of Okta's API and what is not; and the lists that an org has beside people, groups and apps.

use okta_mock::OktaMock;
use serde_json::{Value, json};

use super::checks::Checks;
use super::wire::{ask, encoded, get, org, started, text, walk};

/// How many checks there are at least.
pub(crate) const CHECKS: usize = 350;

#[tokio::test]
async fn coverage() {
    let okta = started(org().users(20).groups(3).apps(2)).await;
    let mut checks = Checks::of("coverage");
    every_operation(&mut checks, &okta).await;
    areas(&mut checks, &okta).await;
    cursors(&mut checks, &okta).await;
    lists(&mut checks, &okta).await;
    checks.finish(CHECKS);
}

/// Calls each operation with ids that nobody has.
async fn every_operation(checks: &mut Checks, okta: &OktaMock) {
    let listed = get(okta, "/_mock/coverage").await.json();
    let operations = listed["operations"].as_array().cloned().unwrap_or_default();
    let mut three = 0;
    for row in &operations {
        let (method, path) = (text(&row["method"]), text(&row["path"]));
        // Revoking the token of this test would end it, and browsers' calls are not the API's.
        if path.ends_with("/current") || !path.starts_with("/api/v1/") {
            continue;
        }
        let target = path.replace("{}", "nobody00000000000000");
        let body = if method == "GET" || method == "DELETE" { Value::Null } else { json!({}) };
        let answer = ask(okta, &method, &target, body).await;
        if row["tier"] == 3 {
            three += 1;
            let fact = format!("MOCK.md §5.3 Tier 3 → 501 E0000060: {method} {path}");
            checks.is(fact, answer.refusal(), (501, "E0000060".into()));
        } else {
            let fact = format!("MOCK.md §5.3 Tier {} is built: {method} {path}", row["tier"]);
            checks.holds(fact, "neither 405 nor 501", answer.status, ![405, 501].contains(&answer.status));
        }
    }
    let unimplemented = okta.requests().iter().filter(|request| request.unimplemented).count();
    checks.is("MOCK.md §5.3 journal entry unimplemented=true", unimplemented, three);
}

async fn areas(checks: &mut Checks, okta: &OktaMock) {
    for path in [
        "/api/v1/brands",
        "/api/v1/inlineHooks",
        "/api/v1/trustedOrigins/tos1",
        "/api/v1/users/me/unheardOf",
        "/governance/api/v1/campaigns",
        "/integrations/api/v1/api-services",
        "/oauth2/v1/clients",
    ] {
        let answer = get(okta, path).await;
        checks.is(
            format!("MOCK.md §5.3 never a silent 404: {path}"),
            answer.refusal(),
            (501, "E0000060".into()),
        );
    }
    for path in ["/api/v1/nothing", "/nothing"] {
        checks.is(
            format!("API.md §4 E0000007: {path}"),
            get(okta, path).await.refusal(),
            (404, "E0000007".into()),
        );
    }
    for (method, path) in [("PATCH", "/api/v1/users"), ("DELETE", "/api/v1/logs"), ("PUT", "/api/v1/devices")]
    {
        let answer = ask(okta, method, path, Value::Null).await;
        let fact = format!("API.md §4 E0000022 method not supported: {method} {path}");
        checks.is(fact, answer.refusal(), (405, "E0000022".into()));
    }
}

/// `MOCK.md §4 Links`: odd shapes that clients must follow verbatim.
async fn cursors(checks: &mut Checks, okta: &OktaMock) {
    let page = get(okta, "/api/v1/behaviors?limit=2").await;
    checks.is(
        "MOCK.md §4 behaviors: a name with plus signs",
        page.query("next"),
        "after=New+Country&limit=2",
    );
    let names = walk(okta, "/api/v1/behaviors?limit=1", "name").await;
    checks.is("MOCK.md §4 behaviors: next leads through all", names.len(), 4);
    let all = get(okta, "/api/v1/authorizationServers").await;
    checks.is("MOCK.md §4 authorizationServers limit=-1", all.query("self"), "limit=-1");
    checks.is("MOCK.md §4 authorizationServers: one page", all.link("next"), None);
    let ids = walk(okta, "/api/v1/authorizationServers?limit=1", "id").await;
    checks.is("API.md §2.2 authorizationServers page", ids.len(), 2);
    let realms = get(okta, "/api/v1/realms?limit=1").await;
    checks.is("MOCK.md §4 realms add search=id+pr", realms.query("self"), "limit=1&search=id+pr");
    checks.is("MOCK.md §4 realms: in next, too", realms.param("next", "search"), "id+pr");
    checks.is("MOCK.md §4 realms: next leads on", walk(okta, "/api/v1/realms?limit=1", "id").await.len(), 2);
    for (path, code) in [
        ("devices", "E0000031"),
        ("idps", "E0000029"),
        ("mappings", "E0000029"),
        ("behaviors", "E0000029"),
        ("realms", "E0000031"),
        ("authorizationServers", "E0000054"),
        ("zones", "E0000054"),
    ] {
        let refused = get(okta, &format!("/api/v1/{path}?after=nonsense")).await;
        checks.is(format!("API.md §2.1 a bad cursor: {path}"), refused.refusal(), (400, code.into()));
        checks.is(format!("MOCK.md §4 bad cursor, cause: {path}"), refused.cause(), "Invalid cursor.");
    }
}

async fn lists(checks: &mut Checks, okta: &OktaMock) {
    for (path, limit) in [("devices", "limit=200"), ("idps", "limit=20"), ("mappings", "limit=20")] {
        let answer = get(okta, &format!("/api/v1/{path}")).await;
        checks.is(format!("API.md §2.2 default limit: {path}"), answer.query("self"), limit);
    }
    for (path, kind) in [
        ("devices", "Device"),
        ("idps", "IdpTrust"),
        ("mappings", "ProfileMapping"),
        ("authorizationServers", "AuthorizationServer"),
        ("authorizationServers/default/scopes", "OAuth2Scope"),
        ("realms", "Realm"),
        ("users/me/factors", "UserFactor"),
        ("principal-rate-limits", "PrincipalRateLimit"),
    ] {
        let refused = get(okta, &format!("/api/v1/{path}/missing")).await;
        let came = (refused.status, refused.summary());
        let wanted = (404, format!("Not found: Resource not found: missing ({kind})"));
        checks.is(format!("API.md §4 {{Type}} in E0000007: {path}"), came, wanted);
    }
    for (search, found) in [("status eq \"ACTIVE\"", 2), ("profile.platform eq \"WINDOWS\"", 1), ("id pr", 3)]
    {
        let rows = get(okta, &format!("/api/v1/devices?search={}", encoded(search))).await.rows().len();
        checks.is(format!("API.md §2.2 devices, search: {search}"), rows, found);
    }
    let device = get(okta, "/api/v1/devices").await.rows().remove(0);
    let allowed = device["_links"]["self"]["hints"]["allow"].as_array().cloned().unwrap_or_default();
    checks.is("API.md §10 hints.allow contains PATCH", allowed.contains(&json!("PATCH")), true);
    let apps = get(okta, "/api/v1/apps").await.column("id");
    for app in &apps {
        let found = get(okta, &format!("/api/v1/mappings?targetId={app}")).await.rows();
        let target = found.first().map(|row| text(&row["target"]["id"]));
        checks.is("API.md §8.8 a mapping of each app", target.as_ref(), Some(app));
    }
    let grants = get(okta, "/api/v1/users/me/grants").await.rows();
    for grant in &grants {
        let scope = text(&grant["_links"]["scope"]["href"]);
        let path = scope.split_once("/api/").map(|(_, path)| format!("/api/{path}")).unwrap_or_default();
        let named = text(&get(okta, &path).await.json()["name"]);
        checks.is("API.md §8.7 title in _links.scope", named, text(&grant["_links"]["scope"]["title"]));
    }
}
