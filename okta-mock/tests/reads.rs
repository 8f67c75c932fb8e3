//! What the org says about itself, and what it keeps beside users: the members are those of the published samples.

mod asking;

use std::collections::BTreeSet;

use asking::{delete, get, org, post};
use serde_json::{Value, json};

fn sample(name: &str) -> Value {
    let path = format!("{}/../fixtures/okta/objects/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(&path).expect("a sample")).expect("JSON")
}

/// Every member's path; members of arrays are taken together.
fn members(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let path = format!("{at}.{key}");
                members(value, &path, found);
                found.insert(path);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| members(item, at, found)),
        _ => {}
    }
}

fn assert_same(ours: &Value, name: &str) {
    let (mut our_members, mut theirs) = (BTreeSet::new(), BTreeSet::new());
    members(ours, "", &mut our_members);
    members(&sample(name), "", &mut theirs);
    let missing: Vec<_> = theirs.difference(&our_members).collect();
    let extra: Vec<_> = our_members.difference(&theirs).collect();
    assert!(missing.is_empty() && extra.is_empty(), "{name}: missing {missing:?}, extra {extra:?}");
}

#[tokio::test]
async fn the_org_about_itself() {
    let okta = org().users(3).in_process();
    for (target, name) in [
        ("/api/v1/org", "org"),
        ("/api/v1/meta/types/user", "user-types"),
        ("/api/v1/api-tokens", "api-tokens"),
        ("/api/v1/principal-rate-limits?filter=principalType+eq+%22SSWS_TOKEN%22", "principal-rate-limits"),
        ("/api/v1/policies?type=PASSWORD", "policies-password"),
        ("/api/v1/policies?type=MFA_ENROLL", "policies-mfa-enroll"),
    ] {
        let answer = get(&okta, target).await;
        assert_eq!(answer.status, 200, "{target}");
        assert_same(&answer.json(), name);
    }
    for (kind, name) in
        [("OKTA_SIGN_ON", "policy-rules-okta-sign-on"), ("ACCESS_POLICY", "policy-rules-access")]
    {
        let policy = get(&okta, &format!("/api/v1/policies?type={kind}")).await.column("id").remove(0);
        assert_same(&get(&okta, &format!("/api/v1/policies/{policy}/rules")).await.json(), name);
    }
    for target in ["zones", "devices", "idps", "authenticators", "meta/schemas/user/default", "iam/roles"] {
        assert_eq!(get(&okta, &format!("/api/v1/{target}")).await.status, 200, "{target}");
    }
}

#[tokio::test]
async fn what_is_kept_beside_a_user() {
    let okta = org().users(3).apps(2).in_process();
    let apps = get(&okta, "/api/v1/apps").await.column("id");
    for app in &apps {
        let me = get(&okta, "/api/v1/users/me").await.json()["id"].clone();
        post(&okta, &format!("/api/v1/apps/{app}/users"), json!({ "id": me })).await;
    }
    for (path, name) in [
        ("factors", "factors"),
        ("appLinks", "user-app-links"),
        ("roles", "user-roles"),
        ("grants", "user-grants"),
        ("clients", "user-clients"),
    ] {
        assert_same(&get(&okta, &format!("/api/v1/users/me/{path}")).await.json(), name);
    }
    assert_eq!(get(&okta, "/api/v1/users/me/blocks").await.json(), json!([]));
    post(&okta, "/api/v1/users/me/lifecycle/reset_factors", Value::Null).await;
    assert_eq!(get(&okta, "/api/v1/users/me/factors").await.json(), json!([]));
}

#[tokio::test]
async fn administrators_page_in_the_body() {
    let okta = org().users(1_001).in_process();
    let first = get(&okta, "/api/v1/iam/assignees/users?limit=2").await;
    assert_same(&first.json(), "iam-assignees-users");
    assert_eq!(first.link("next"), None, "not in a header");
    let mut seen = Vec::new();
    let mut page = first.json();
    loop {
        seen.extend(page["value"].as_array().expect("rows").iter().map(|row| row["id"].to_string()));
        let Some(next) = page["_links"]["next"]["href"].as_str() else { break };
        page = get(&okta, next.strip_prefix("http://127.0.0.1:1").expect("our origin")).await.json();
    }
    assert_eq!(seen.len(), 5);
    let roles = get(&okta, "/api/v1/users/me/roles").await.column("type");
    assert_eq!(roles, ["SUPER_ADMIN", "CUSTOM"]);
}

#[tokio::test]
async fn what_is_asked_wrongly_is_refused() {
    let okta = org().in_process();
    for (target, status, code) in [
        ("/api/v1/policies", 400, "E0000001"),
        ("/api/v1/policies?type=NONSENSE", 400, "E0000001"),
        ("/api/v1/policies/00pmissing", 404, "E0000007"),
        ("/api/v1/principal-rate-limits", 400, "E0000001"),
        ("/api/v1/devices?after=bogus", 400, "E0000031"),
        ("/api/v1/meta/schemas/user/oscmissing", 404, "E0000007"),
        ("/api/v1/iam/roles/cr0missing", 404, "E0000007"),
        ("/api/v1/org/contacts", 501, "E0000060"),
    ] {
        let answer = get(&okta, target).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{target}");
    }
    assert_eq!(delete(&okta, "/api/v1/zones/nzo1").await.status, 501);
    assert_eq!(post(&okta, "/api/v1/org", Value::Null).await.status, 501);
}
