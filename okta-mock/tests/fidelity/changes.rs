//! Owners, profiles in apps, sorted groups, deactivations that take time, users of other providers, bursts.

use std::time::Duration;

use okta_mock::{OktaMock, RateLimits};
use serde_json::{Value, json};

use super::checks::Checks;
use super::made::{self, newest, target_types, types_since};
use super::wire::{ask, delete, encoded, get, org, post, put, send, started, text, walk};

/// How many checks there are at least.
pub(crate) const CHECKS: usize = 98;

#[tokio::test]
async fn changes() {
    let okta = started(org().users(20).groups(6).apps(2)).await;
    let mut checks = Checks::of("changes");
    owners(&mut checks, &okta).await;
    app_users(&mut checks, &okta).await;
    app_groups(&mut checks, &okta).await;
    sorted(&mut checks, &okta).await;
    providers(&mut checks, &okta).await;
    streams(&mut checks, &okta).await;
    clients(&mut checks, &okta).await;
    transitions(&mut checks).await;
    bursts(&mut checks).await;
    principals(&mut checks).await;
    checks.finish(CHECKS);
}

async fn owners(checks: &mut Checks, okta: &OktaMock) {
    let (group, other) = (made::group(okta, "Owned").await, made::group(okta, "Owners").await);
    let user = made::user(okta, "owner@example.com", "ACTIVE").await;
    let path = format!("/api/v1/groups/{group}/owners");
    for (kind, id) in [("USER", &user), ("GROUP", &other)] {
        let added = post(okta, &path, json!({ "type": kind, "id": id })).await;
        checks.is(format!("API.md §8.2 owners, POST 201 (OpenAPI): {kind}"), added.status, 201);
        for member in ["id", "type", "originType", "originId", "resolved", "displayName", "lastUpdated"] {
            let row = added.json();
            checks.holds(format!("API.md §8.2 owners: {kind}"), member, &row, row.get(member).is_some());
        }
        let row = added.json();
        checks.is(
            "API.md §8.2 owners: type",
            (text(&row["type"]), text(&row["id"])),
            (kind.into(), id.clone()),
        );
    }
    let page = get(okta, &path).await;
    checks.is("API.md §2.2 owners: default limit 1000", page.query("self"), "limit=1000");
    checks.is("API.md §8.2 owners: listed", page.rows().len(), 2);
    checks.is("API.md §8.2 owners page", walk(okta, &format!("{path}?limit=1"), "id").await.len(), 2);
    let found = get(okta, &format!("{path}?search={}", encoded("type eq \"GROUP\""))).await.column("id");
    checks.is("OpenAPI listGroupOwners: search by type", found, [other]);
    checks.is("OpenAPI: DELETE of an owner 204", delete(okta, &format!("{path}/{user}")).await.status, 204);
    checks.is("OpenAPI: then 404", delete(okta, &format!("{path}/{user}")).await.status, 404);
    let wrong = post(okta, &path, json!({ "type": "ROBOT", "id": user })).await;
    checks.is("OpenAPI GroupOwnerType", wrong.refusal(), (400, "E0000001".into()));
}

async fn app_users(checks: &mut Checks, okta: &OktaMock) {
    let user = made::user(okta, "assigned@example.com", "ACTIVE").await;
    let app = json!({ "name": "template_swa", "label": "Vault", "signOnMode": "BROWSER_PLUGIN" });
    let app = post(okta, "/api/v1/apps", app).await.id();
    let given = json!({ "id": user, "scope": "USER", "profile": { "given_name": "Ada" } });
    let events = okta.log().len();
    let assigned = post(okta, &format!("/api/v1/apps/{app}/users"), given).await.json();
    checks.is("API.md §8.3 assign with a profile", &assigned["profile"], &json!({ "given_name": "Ada" }));
    checks.is("API.md §9 one event", types_since(okta, events), ["application.user_membership.add"]);
    let path = format!("/api/v1/apps/{app}/users/{user}");
    for (what, change, event) in [
        ("profile", json!({ "profile": { "role": "admin" } }), "application.user_membership.update"),
        (
            "user name",
            json!({ "credentials": { "userName": "ada" } }),
            "application.user_membership.change_username",
        ),
        (
            "password",
            json!({ "credentials": { "password": { "value": "Correct-h0rse" } } }),
            "application.user_membership.change_password",
        ),
    ] {
        let events = okta.log().len();
        let changed = post(okta, &path, change).await;
        checks.is(format!("API.md §8.3 update, partial, 200: {what}"), changed.status, 200);
        checks.is(format!("API.md §9 {event}"), types_since(okta, events), [event]);
        let targets = target_types(&newest(okta, event));
        checks.is(format!("API.md §9 targets of {event}"), targets, ["AppInstance", "AppUser", "User"]);
    }
    let row = get(okta, &path).await.json();
    checks.is("API.md §8.3 partial", &row["profile"], &json!({ "given_name": "Ada", "role": "admin" }));
    checks.is("API.md §8.3 credentials", text(&row["credentials"]["userName"]), "ada");
    checks.is("API.md §8.3 a password is not shown", &row["credentials"]["password"], &json!({}));
    let saml =
        post(okta, "/api/v1/apps", json!({ "label": "Federated", "signOnMode": "SAML_2_0" })).await.id();
    let given = json!({ "id": user, "credentials": { "password": { "value": "x" } } });
    let refused = post(okta, &format!("/api/v1/apps/{saml}/users"), given).await;
    checks.is(
        "API.md §8.3 credentials on a scheme without them",
        refused.refusal(),
        (400, "E0000041".into()),
    );
    let nobody = post(okta, &format!("/api/v1/apps/{saml}/users/{user}"), json!({})).await;
    checks.is("API.md §8.3 who is not assigned", nobody.refusal(), (404, "E0000007".into()));
}

async fn app_groups(checks: &mut Checks, okta: &OktaMock) {
    let (app, group) =
        (get(okta, "/api/v1/apps").await.rows()[0].clone(), made::group(okta, "Assigned").await);
    let path = format!("/api/v1/apps/{}/groups/{group}", text(&app["id"]));
    put(okta, &path, json!({ "priority": 1, "profile": {} })).await;
    let events = okta.log().len();
    let patch = json!([{ "op": "replace", "path": "/priority", "value": 5 }]);
    let patched = ask(okta, "PATCH", &path, patch).await;
    let came = (patched.status, patched.json()["priority"].as_u64());
    checks.is("API.md §8.3 PATCH (JSON patch) 200", came, (200, Some(5)));
    let wanted = ["group.application_assignment.update"];
    checks.is("API.md §9 group.application_assignment.update", types_since(okta, events), wanted);
    for patch in [json!({}), json!([{ "op": "replace", "path": "/id", "value": "x" }])] {
        let refused = ask(okta, "PATCH", &path, patch.clone()).await.status;
        checks.is(format!("API.md §4 a patch that is none: {patch}"), refused, 400);
    }
}

async fn sorted(checks: &mut Checks, okta: &OktaMock) {
    let all = format!(
        "/api/v1/groups?search={}&limit=2&sortBy=profile.name",
        encoded("created gt \"1970-01-01T00:00:00.000Z\"")
    );
    let lower = |names: Vec<Value>| names.iter().map(|name| text(name).to_lowercase()).collect::<Vec<_>>();
    for (order, query) in [("ascending", all.clone()), ("descending", format!("{all}&sortOrder=desc"))] {
        let (mut names, mut target) = (Vec::new(), Some(query));
        while let Some(next) = target {
            let page = get(okta, &next).await;
            names.extend(page.rows().iter().map(|row| row["profile"]["name"].clone()));
            target = page.link("next");
        }
        let names = lower(names);
        let mut wanted = names.clone();
        wanted.sort();
        if order == "descending" {
            wanted.reverse();
        }
        checks.is(format!("API.md §2.4 sortBy/sortOrder with search: {order}"), &names, &wanted);
        let groups = get(okta, "/api/v1/groups").await.rows().len();
        checks.is(format!("API.md §2.4 every group once: {order}"), names.len(), groups);
    }
    let alone = get(okta, "/api/v1/groups?sortBy=profile.name").await;
    checks.is("API.md §2.4 with search only", alone.query("self"), "limit=10000");
    let search = encoded("created gt \"1970-01-01T00:00:00.000Z\"");
    for wrong in ["sortBy=colour", "sortBy=profile.name&sortOrder=sideways", "sortBy=profile.name&after=zz"] {
        let refused = get(okta, &format!("/api/v1/groups?search={search}&{wrong}")).await;
        checks.is(format!("API.md §4 E0000031: {wrong}"), refused.refusal(), (400, "E0000031".into()));
    }
}

/// `API.md §8.1`, create: `provider` FEDERATION/SOCIAL.
async fn providers(checks: &mut Checks, okta: &OktaMock) {
    for (n, kind) in ["FEDERATION", "SOCIAL"].into_iter().enumerate() {
        for (activate, status) in [(true, "ACTIVE"), (false, "STAGED")] {
            let body = json!({
                "profile": made::profile(&format!("from{n}{activate}@example.com")),
                "credentials": { "provider": { "type": kind, "name": kind } },
            });
            let user =
                post(okta, &format!("/api/v1/users?provider=true&activate={activate}"), body).await.json();
            checks.is(format!("API.md §8.1 {kind}, activate={activate}"), text(&user["status"]), status);
            let provider = text(&user["credentials"]["provider"]["type"]);
            checks.is(format!("API.md §8.1 credentials.provider: {kind}"), provider, kind);
        }
    }
}

/// OAuth clients are apps: `API.md §1.2` app with `application_type=service`, `§8.3` OIDC client fields.
async fn clients(checks: &mut Checks, okta: &OktaMock) {
    let listed = get(okta, "/api/v1/apps?limit=200").await.column("id");
    let (service, web) = (okta.service_app(), okta.web_app());
    for (id, kind, method) in
        [(&service.client_id, "service", "private_key_jwt"), (&web.client_id, "web", "client_secret_basic")]
    {
        checks.is(format!("API.md §8.3 client_id = app id: {kind}"), listed.contains(id), true);
        let row = get(okta, &format!("/api/v1/apps/{id}")).await.json();
        let oauth = &row["settings"]["oauthClient"];
        checks.is("API.md §8.3 application_type", text(&oauth["application_type"]), kind);
        let credentials = &row["credentials"]["oauthClient"];
        checks.is("API.md §8.3 client_id", text(&credentials["client_id"]), id.clone());
        checks.is("API.md §8.3 auth method", text(&credentials["token_endpoint_auth_method"]), method);
        let shown = row.to_string();
        let secret = |name: &str| service.private_key_jwk[name].as_str().is_some_and(|d| shown.contains(d));
        let hidden = !secret("d") && !secret("p") && !shown.contains(&web.client_secret);
        checks.holds("API.md §8.3 secrets are not shown", "no secret", id, hidden);
    }
    let keys = get(okta, &format!("/api/v1/apps/{}", service.client_id)).await.json();
    let keys = keys["settings"]["oauthClient"]["jwks"]["keys"].as_array().map_or(0, Vec::len);
    checks.is("API.md §1.2 Keys are inline (jwks.keys[])", keys, 2);
    let form = format!(
        "grant_type=authorization_code&code=none&redirect_uri=x&code_verifier=y&client_id={}&client_secret={}",
        web.client_id, web.client_secret
    );
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    for (operation, error) in
        [("activate", "invalid_grant"), ("deactivate", "invalid_client"), ("activate", "invalid_grant")]
    {
        post(okta, &format!("/api/v1/apps/{}/lifecycle/{operation}", web.client_id), Value::Null).await;
        let answer = send(okta, "POST", "/oauth2/v1/token", &headers, &form).await;
        let fact = format!("API.md §1.2 invalid_client: unknown client; after {operation}");
        checks.is(fact, text(&answer.json()["error"]), error);
    }
    let path = format!("/api/v1/apps/{}", web.client_id);
    post(okta, &format!("{path}/lifecycle/deactivate"), Value::Null).await;
    checks.is("API.md §8.3 DELETE of an INACTIVE client 204", delete(okta, &path).await.status, 204);
    for rest in ["", "/grants", "/tokens"] {
        let gone = get(okta, &format!("{path}{rest}")).await;
        checks.is(format!("API.md §4 then 404: {rest}"), gone.refusal(), (404, "E0000007".into()));
    }
}

async fn streams(checks: &mut Checks, okta: &OktaMock) {
    let list = get(okta, "/api/v1/logStreams").await;
    checks.is("API.md §2.2 logStreams: default limit 20", list.query("self"), "limit=20");
    let splunk = json!({ "type": "splunk_cloud_logstreaming", "name": "Splunk", "settings": {
        "edition": "gcp", "host": "acme.splunkcloud.com", "token": "11111111-1111-2222-8222-222222222222" } });
    let bridge = json!({ "type": "aws_eventbridge", "name": "Bus", "settings": {
        "accountId": "123456789012", "eventSourceName": "bus", "region": "us-east-1" } });
    for settings in [splunk.clone(), bridge.clone()] {
        checks.is("API.md §7.1 create 200", post(okta, "/api/v1/logStreams", settings).await.status, 200);
    }
    let ids = walk(okta, "/api/v1/logStreams?limit=1", "id").await;
    checks.is("API.md §2.2 logStreams page", ids.len(), 2);
    let found =
        get(okta, &format!("/api/v1/logStreams?filter={}", encoded("type eq \"aws_eventbridge\""))).await;
    checks.is("OpenAPI listLogStreams: filter by type", found.rows().len(), 1);
    for (mut settings, member, wrong) in [(splunk, "token", "no-uuid"), (bridge, "region", "moon-north-1")] {
        settings["settings"][member] = wrong.into();
        let refused = post(okta, "/api/v1/logStreams", settings).await;
        checks.is(
            format!("OpenAPI of log streams: {member} {wrong}"),
            refused.refusal(),
            (400, "E0000001".into()),
        );
    }
}

async fn transitions(checks: &mut Checks) {
    let okta = started(org().users(5).deactivate_lag(Duration::from_secs(30))).await;
    let user = made::user(&okta, "leaving@example.com", "ACTIVE").await;
    let group = made::group(&okta, "Left").await;
    put(&okta, &format!("/api/v1/groups/{group}/users/{user}"), Value::Null).await;
    let (path, events) = (format!("/api/v1/users/{user}"), okta.log().len());
    let asked = post(&okta, &format!("{path}/lifecycle/deactivate"), Value::Null).await;
    checks.is("API.md §8.1 deactivate 200", asked.status, 200);
    let shown = get(&okta, &path).await.json();
    let came = (text(&shown["status"]), text(&shown["transitioningToStatus"]));
    let fact = "API.md §8.1 transitioningToStatus while a change is under way";
    checks.is(fact, came, ("ACTIVE".into(), "DEPROVISIONED".into()));
    for (method, rest, body) in [
        ("POST", "", json!({ "profile": { "nickName": "Late" } })),
        ("POST", "/lifecycle/suspend", Value::Null),
        ("POST", "/lifecycle/deactivate", Value::Null),
        ("DELETE", "", Value::Null),
    ] {
        let refused = ask(&okta, method, &format!("{path}{rest}"), body).await;
        let fact = format!("API.md §8.1 during which updates give 409 E0000112: {method} {rest}");
        checks.is(fact, refused.refusal(), (409, "E0000112".into()));
    }
    checks.is("MOCK.md §5.4 not yet an event", types_since(&okta, events), Vec::<String>::new());
    okta.clock().advance(Duration::from_secs(30));
    let shown = get(&okta, &path).await.json();
    checks.is("API.md §8.1 then DEPROVISIONED", text(&shown["status"]), "DEPROVISIONED");
    checks.is("API.md §8.1 then settled", shown.get("transitioningToStatus"), None);
    let wanted = ["user.lifecycle.deactivate", "group.user_membership.remove"];
    checks.is("MOCK.md §5.4 deactivate: its events", types_since(&okta, events), wanted);
    let (one, other) = (newest(&okta, wanted[0]), newest(&okta, wanted[1]));
    let fact = "MOCK.md §5.4 in one transaction.id, that of the request";
    checks.is(fact, &one["transaction"]["id"], &other["transaction"]["id"]);
    checks.is("API.md §8.1 then the purge", delete(&okta, &path).await.status, 204);
}

async fn bursts(checks: &mut Checks) {
    let okta = started(org().rate_limits(RateLimits::Integrator)).await;
    let mut statuses = Vec::new();
    for _ in 0..751 {
        let answer = send(
            &okta,
            "POST",
            "/oauth2/v1/token",
            &[("content-type", "application/x-www-form-urlencoded")],
            "grant_type=none",
        );
        statuses.push(answer.await.status);
    }
    let let_through = statuses.iter().filter(|status| **status != 429).count();
    checks.is("API.md §3.3 bursts up to 5× for authentication endpoints", let_through, 750);
    let types: Vec<String> = okta.log().iter().map(|record| record.event_type.clone()).collect();
    for wanted in ["warning", "burst", "violation"] {
        let times = types.iter().filter(|have| **have == format!("system.org.rate_limit.{wanted}")).count();
        checks.is(format!("API.md §3.4 system.org.rate_limit.{wanted}, once"), times, 1);
    }
}

async fn principals(checks: &mut Checks) {
    let okta = started(org().rate_limits(RateLimits::Integrator)).await;
    let made = post(&okta, "/_mock/tokens", json!({ "name": "other", "value": "00other" })).await.json();
    for _ in 0..11 {
        send(&okta, "GET", "/api/v1/logs", &[("authorization", "SSWS 00other")], "").await;
    }
    let event = newest(&okta, "system.org.rate_limit.violation");
    let token = text(&event["debugContext"]["debugData"]["tokenId"]);
    checks.is("API.md §3.4 a violation names the token that asked", token, text(&made["id"]));
    let created = newest(&okta, "system.api_token.create");
    let message = text(&created["displayMessage"]);
    checks.is("API.md §5.4 displayMessage of system.api_token.create", message, "Create API token");
}
