//! Every answer of the fake, over a generated org and after changes, against Okta's own OpenAPI document.
//!
//! Allowed are the divergences that were counted in recorded answers of Okta's: a fake that copies them is faithful.

mod asking;
#[path = "openapi/schema.rs"]
mod schema;

use std::collections::BTreeSet;

use asking::{ask, org};
use http::Method;
use okta_mock::OktaMock;
use schema::Document;
use serde_json::{Value, json};

const DOCUMENT: &str = include_str!("../../fixtures/okta/openapi-responses.json");
const DIVERGENCES: &str = include_str!("../../fixtures/okta/spec-divergences.json");

/// Okta's own examples write the types of an authenticator constraint in lower case, which the document's enum does not have.
const LOWER_CASE_TYPES: &str = "[].actions.appSignOn.verificationMethod.constraints[].knowledge.types[]";

/// Calls a fake and holds every answer to the document.
struct Checked {
    okta: OktaMock,
    document: Document,
    divergences: BTreeSet<(String, String)>,
    statuses: BTreeSet<(String, String, u64)>,
}

impl Checked {
    fn new(okta: OktaMock) -> Self {
        let listed: Value = serde_json::from_str(DIVERGENCES).expect("the fixture is JSON");
        let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let bodies = listed["body_divergences"].as_array().expect("a list");
        let divergences = bodies.iter().map(|row| (text(row, "pointer"), text(row, "rule"))).collect();
        let statuses = listed["status_divergences"].as_array().expect("a list");
        let statuses = statuses
            .iter()
            .map(|row| (text(row, "method"), text(row, "path"), row["status"].as_u64().unwrap_or_default()))
            .collect();
        Self { okta, document: Document::parse(DOCUMENT), divergences, statuses }
    }

    /// Fills the template's `{…}` with `ids`, asks, and checks the answer. Returns its body.
    async fn call(&self, method: Method, template: &str, ids: &[&str], query: &str, body: Value) -> Value {
        let mut ids = ids.iter();
        let segments = template.split('/').map(|segment| match segment.starts_with('{') {
            true => *ids.next().expect("an id for each place"),
            false => segment,
        });
        let target = format!("{}{query}", segments.collect::<Vec<_>>().join("/"));
        let answer = ask(&self.okta, method.clone(), &target, body).await;
        assert!(
            (200..300).contains(&answer.status),
            "{method} {target}: {} {}",
            answer.status,
            answer.json()
        );
        let method = method.as_str();
        if self.statuses.contains(&(method.to_owned(), template.to_owned(), u64::from(answer.status))) {
            return answer.json();
        }
        if let Some(schema) = self.document.response(method, template, answer.status) {
            let violations = self.document.check(schema, &answer.json());
            let allowed = |at: &str, rule: &str| {
                (at, rule) == (LOWER_CASE_TYPES, "enum")
                    || self.divergences.iter().any(|(pointer, known)| {
                        rule == known
                            && pointer.replace(".[]", "[]").trim_start_matches("[].")
                                == at.trim_start_matches("[].")
                    })
            };
            let new: Vec<_> =
                violations.iter().filter(|found| !allowed(&found.pointer, found.rule)).collect();
            assert!(new.is_empty(), "{method} {target}: {new:#?}");
        }
        answer.json()
    }

    async fn get(&self, template: &str, ids: &[&str], query: &str) -> Value {
        self.call(Method::GET, template, ids, query, Value::Null).await
    }

    /// Everything that can be read.
    async fn read_all(&self) {
        let users = self.get("/api/v1/users", &[], "?limit=200").await;
        self.get("/api/v1/users", &[], "?search=status%20eq%20%22DEPROVISIONED%22").await;
        for user in users.as_array().expect("users").iter().take(20) {
            self.get("/api/v1/users/{id}", &[id(user)], "").await;
        }
        for group in self.get("/api/v1/groups", &[], "").await.as_array().expect("groups").iter().take(10) {
            self.get("/api/v1/groups/{groupId}", &[id(group)], "").await;
            self.get("/api/v1/groups/{groupId}/users", &[id(group)], "?limit=50").await;
            self.get("/api/v1/groups/{groupId}/apps", &[id(group)], "").await;
            self.get("/api/v1/groups/{groupId}/owners", &[id(group)], "").await;
        }
        for app in self.get("/api/v1/apps", &[], "").await.as_array().expect("apps").iter().take(10) {
            self.get("/api/v1/apps/{appId}", &[id(app)], "").await;
            self.get("/api/v1/apps/{appId}/users", &[id(app)], "").await;
            self.get("/api/v1/apps/{appId}/groups", &[id(app)], "").await;
        }
        self.read_beside_users(&users).await;
        self.read_settings().await;
        self.get("/api/v1/logs", &[], "?limit=1000").await;
        self.get("/api/v1/logs", &[], "?since=2026-08-20T00:00:00Z&until=2026-08-22T00:00:00Z&limit=1000")
            .await;
        for hook in self.get("/api/v1/eventHooks", &[], "").await.as_array().expect("hooks") {
            self.get("/api/v1/eventHooks/{eventHookId}", &[id(hook)], "").await;
        }
    }
}

impl Checked {
    /// What is kept beside a user.
    async fn read_beside_users(&self, users: &Value) {
        for user in users.as_array().expect("users").iter().take(20) {
            for template in [
                "/api/v1/users/{id}/groups",
                "/api/v1/users/{id}/appLinks",
                "/api/v1/users/{id}/idps",
                "/api/v1/users/{id}/blocks",
                "/api/v1/users/{userId}/factors",
                "/api/v1/users/{userId}/roles",
                "/api/v1/users/{userId}/grants",
                "/api/v1/users/{userId}/clients",
            ] {
                self.get(template, &[id(user)], "").await;
            }
        }
    }

    /// What an org says of itself.
    async fn read_settings(&self) {
        for path in [
            "/api/v1/groups/rules",
            "/api/v1/logStreams",
            "/api/v1/org",
            "/api/v1/meta/types/user",
            "/api/v1/authenticators",
            "/api/v1/iam/assignees/users",
            "/api/v1/iam/roles",
            "/api/v1/iam/resource-sets",
            "/api/v1/api-tokens",
            "/api/v1/zones",
            "/api/v1/devices",
            "/api/v1/idps",
            "/api/v1/rate-limit-settings/per-client",
            "/api/v1/rate-limit-settings/admin-notifications",
            "/api/v1/rate-limit-settings/warning-threshold",
        ] {
            self.get(path, &[], "").await;
        }
        self.get("/api/v1/meta/schemas/user/{schemaId}", &["default"], "").await;
        let principals = "?filter=principalType%20eq%20%22SSWS_TOKEN%22";
        self.get("/api/v1/principal-rate-limits", &[], principals).await;
        for kind in ["PASSWORD", "MFA_ENROLL", "OKTA_SIGN_ON", "ACCESS_POLICY"] {
            for policy in self
                .get("/api/v1/policies", &[], &format!("?type={kind}"))
                .await
                .as_array()
                .expect("policies")
            {
                self.get("/api/v1/policies/{policyId}/rules", &[id(policy)], "").await;
            }
        }
    }
}

fn id(object: &Value) -> &str {
    object["id"].as_str().expect("an id")
}

#[tokio::test]
async fn every_answer_over_a_generated_org_fits_oktas_document() {
    Checked::new(org().users(300).groups(20).apps(8).events(1500).in_process()).read_all().await;
}

#[tokio::test]
async fn every_answer_after_changes_fits_oktas_document() {
    let org = Checked::new(org().users(60).groups(4).apps(3).in_process());
    let profile = json!({"firstName": "Ada", "lastName": "Byron", "email": "ada@example.com", "login": "ada@example.com"});
    let user =
        org.call(Method::POST, "/api/v1/users", &[], "?activate=true", json!({"profile": profile})).await;
    let change = json!({"profile": {"department": "Engineering", "nickName": null}});
    org.call(Method::POST, "/api/v1/users/{id}", &[id(&user)], "", change).await;
    let group = json!({"profile": {"name": "Documented", "description": "by Okta"}});
    let group = org.call(Method::POST, "/api/v1/groups", &[], "", group).await;
    let change = json!({"profile": {"name": "Documented", "description": null}});
    org.call(Method::PUT, "/api/v1/groups/{groupId}", &[id(&group)], "", change).await;
    let app = org.get("/api/v1/apps", &[], "?limit=1").await;
    let assignment = json!({"id": id(&user), "scope": "USER"});
    org.call(Method::POST, "/api/v1/apps/{appId}/users", &[id(&app[0])], "", assignment).await;
    let hook = json!({
        "name": "documented",
        "events": {"type": "EVENT_TYPE", "items": ["user.lifecycle.create"]},
        "channel": {"type": "HTTP", "version": "1.0.0", "config": {
            "uri": "https://ingest.example.com/okta/events",
            "authScheme": {"type": "HEADER", "key": "Authorization", "value": "secret-of-the-hook"}}},
    });
    org.call(Method::POST, "/api/v1/eventHooks", &[], "", hook).await;
    org.okta.activity(400);
    org.read_all().await;
}

#[test]
fn the_checker_finds_what_is_wrong() {
    let document = Document::parse(DOCUMENT);
    let schema = document.response("GET", "/api/v1/users", 200).expect("a body");
    let broken = json!([{"id": 7, "status": "SLEEPING", "created": "yesterday", "profile": {"login": "ada@example.com"}}]);
    let rules: Vec<_> =
        document.check(schema, &broken).into_iter().map(|found| (found.pointer, found.rule)).collect();
    let expected = [("[].created", "format"), ("[].id", "type"), ("[].status", "enum")];
    assert_eq!(rules, expected.map(|(pointer, rule)| (pointer.to_owned(), rule)));
}
