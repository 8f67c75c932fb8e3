//! The mock's JSON has the members that Okta's has: compared with the published samples in `fixtures/okta`.

mod asking;

use std::collections::BTreeSet;

use asking::{get, org, post};
use serde_json::{Value, json};

fn sample(path: &str) -> Value {
    let path = format!("{}/../fixtures/okta/{path}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every member's path; members of arrays are taken together. Open maps are not entered.
fn members(value: &Value, open: &[&str]) -> BTreeSet<String> {
    fn walk(value: &Value, at: &str, open: &[&str], found: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    let path = format!("{at}.{key}");
                    found.insert(path.clone());
                    if !open.contains(&path.as_str()) {
                        walk(value, &path, open, found);
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, at, open, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    walk(value, "", open, &mut found);
    found
}

fn assert_same(ours: &Value, theirs: &Value, open: &[&str]) {
    let (ours, theirs) = (members(ours, open), members(theirs, open));
    let missing: Vec<_> = theirs.difference(&ours).collect();
    let extra: Vec<_> = ours.difference(&theirs).collect();
    assert!(missing.is_empty() && extra.is_empty(), "missing {missing:?}, extra {extra:?}");
}

#[tokio::test]
async fn users_alone_and_in_lists() {
    let okta = org().users(33).in_process();
    assert_same(&get(&okta, "/api/v1/users/me").await.json(), &sample("objects/user"), &[]);
    let gone = get(&okta, "/api/v1/users?filter=status+eq+%22DEPROVISIONED%22").await.column("id").remove(0);
    let gone = get(&okta, &format!("/api/v1/users/{gone}")).await.json();
    assert_same(&gone, &sample("objects/user-deprovisioned"), &[".profile"]);
    let rows = get(&okta, "/api/v1/users?limit=1").await.json();
    assert_same(&rows[0], &sample("objects/users-page")[0], &[".profile"]);
}

#[tokio::test]
async fn groups_and_apps() {
    let okta = org().apps(2).in_process();
    let group = get(&okta, "/api/v1/groups?filter=type+eq+%22OKTA_GROUP%22").await.json();
    assert_same(&group[0], &sample("objects/group"), &[]);
    let apps = get(&okta, "/api/v1/apps").await.json();
    assert_same(&apps[0], &sample("objects/app-saml"), &[]);
    assert_same(&apps[1], &sample("objects/app-oidc-web"), &[]);
    let id = apps[0]["id"].as_str().expect("an id");
    let rows = get(&okta, &format!("/api/v1/apps/{id}/users")).await.json();
    assert_same(&rows[0], &sample("objects/app-users-page")[0], &[]);
}

#[tokio::test]
async fn hooks_and_the_organization() {
    let okta = org().in_process();
    let theirs = sample("objects/event-hook");
    let mut body =
        json!({ "name": "Discovery ingest", "events": theirs["events"], "channel": theirs["channel"] });
    body["channel"]["config"]["authScheme"]["value"] = "secret".into();
    assert_same(&post(&okta, "/api/v1/eventHooks", body).await.json(), &theirs, &[]);
    assert_same(
        &get(&okta, "/.well-known/okta-organization").await.json(),
        &sample("objects/well-known-okta-organization"),
        &[],
    );
}

#[tokio::test]
async fn events_of_changes_and_of_history() {
    let okta = org().users(40).groups(3).apps(4).events(400).in_process();
    okta.activity(300);
    let open = [".debugContext.debugData", ".transaction.detail", ".target", ".target.detailEntry"];
    let mut compared = BTreeSet::new();
    for record in okta.log() {
        let path = format!("events/{}", record.event_type);
        let there =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../fixtures/okta/{path}.json"));
        // Samples of jobs have no client; the mock makes these changes as an administrator.
        if !there.exists() || sample(&path)["transaction"]["type"] == "JOB" {
            continue;
        }
        let (ours, theirs) = (serde_json::from_slice::<Value>(&record.json()).expect("JSON"), sample(&path));
        assert_same(&ours, &theirs, &open);
        for member in ["displayMessage", "severity", "version"] {
            assert_eq!(ours[member], theirs[member], "{member} of {path}");
        }
        assert_eq!(ours["legacyEventType"], theirs["legacyEventType"], "{path}");
        let kinds = |event: &Value| -> BTreeSet<String> {
            event["target"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|target| target["type"].to_string())
                .collect()
        };
        assert!(kinds(&ours).is_subset(&kinds(&theirs)), "targets of {path}");
        compared.insert(record.event_type);
    }
    assert!(compared.len() >= 10, "{compared:?}");
}

#[tokio::test]
async fn errors_have_oktas_bodies() {
    let okta = org().in_process();
    let exchange = sample("exchanges/error-404-user");
    let ours = get(&okta, "/api/v1/users/00umissing00000000h7").await;
    let theirs = &exchange["response"]["body"];
    assert_same(&ours.json(), theirs, &[]);
    for member in ["errorCode", "errorSummary", "errorLink", "errorCauses"] {
        assert_eq!(ours.json()[member], theirs[member]);
    }
    let stale = get(&okta, "/api/v1/apps?after=bogus").await.json();
    assert_eq!(
        stale["errorCauses"],
        sample("exchanges/error-400-bad-cursor-apps")["response"]["body"]["errorCauses"]
    );
    for name in sample("exchanges/users-list-page-1")["response"]["headers"].as_array().expect("headers") {
        let name = name[0].as_str().expect("a name").to_lowercase();
        let listed = get(&okta, "/api/v1/users?limit=2").await;
        assert!(name == "strict-transport-security" || !listed.header(&name).is_empty(), "{name}");
    }
}

#[tokio::test]
async fn a_push_has_the_members_of_oktas() {
    let (sender, mut pushes) = tokio::sync::mpsc::unbounded_channel();
    let okta = org()
        .push_to(move |request: http::Request<bytes::Bytes>| {
            let challenge = request.headers().get("x-okta-verification-challenge").cloned();
            let body = challenge
                .map(|value| json!({ "verification": value.to_str().expect("readable") }).to_string());
            sender.send(request.into_body()).expect("the test listens");
            async move { http::Response::new(body.unwrap_or_default().into()) }
        })
        .in_process();
    let theirs = sample("events/hook-delivery");
    let body = json!({
        "name": "Inbox", "events": { "type": "EVENT_TYPE", "items": ["application.user_membership.add"] },
        "channel": { "type": "HTTP", "version": "1.0.0", "config": { "uri": "https://inbox.example.com/" } },
    });
    let hook = post(&okta, "/api/v1/eventHooks", body).await.json()["id"].as_str().expect("an id").to_owned();
    post(&okta, &format!("/api/v1/eventHooks/{hook}/lifecycle/verify"), Value::Null).await;
    let app = get(&okta, "/api/v1/apps").await.column("id").remove(0);
    let assigned = get(&okta, &format!("/api/v1/apps/{app}/users")).await.column("id").remove(0);
    asking::delete(&okta, &format!("/api/v1/apps/{app}/users/{assigned}")).await;
    post(&okta, &format!("/api/v1/apps/{app}/users"), json!({ "id": assigned })).await;
    okta.settle().await;
    assert!(pushes.recv().await.expect("the verification").is_empty());
    let ours: Value = serde_json::from_slice(&pushes.recv().await.expect("the push")).expect("JSON");
    let mut theirs_one = theirs.clone();
    theirs_one["data"]["events"] = json!([theirs["data"]["events"][1]]);
    assert_same(&ours, &theirs_one, &[".data.events.transaction.detail"]);
}
