//! Apps made, changed and deleted, and groups whose members are assigned by a job.

mod asking;

use asking::{delete, get, org, post, put, types_since};
use okta_mock::OktaMock;
use serde_json::{Value, json};

fn bookmark(label: &str) -> Value {
    json!({ "name": "bookmark", "label": label, "signOnMode": "BOOKMARK",
            "settings": { "app": { "requestIntegration": false, "url": "https://example.com/" } } })
}

async fn id_of(okta: &OktaMock, path: &str, body: Value) -> String {
    post(okta, path, body).await.json()["id"].as_str().expect("an id").to_owned()
}

fn event(okta: &OktaMock, n: usize) -> Value {
    serde_json::from_slice(&okta.log()[n].json()).expect("JSON")
}

#[tokio::test]
async fn an_app_lives_from_creation_to_deletion() {
    let okta = org().apps(0).in_process();
    let made = post(&okta, "/api/v1/apps", bookmark("Wiki")).await.json();
    assert_eq!((&made["status"], &made["name"]), (&json!("ACTIVE"), &json!("bookmark")));
    assert_eq!(made["settings"]["app"]["url"], "https://example.com/");
    assert_eq!(made["settings"]["manualProvisioning"], false, "what was not said is there all the same");
    let path = format!("/api/v1/apps/{}", made["id"].as_str().expect("an id"));
    let mut changed = bookmark("Old wiki");
    changed["id"] = "0oanotmine".into();
    let changed = put(&okta, &path, changed).await.json();
    assert_eq!((&changed["label"], &changed["id"]), (&json!("Old wiki"), &made["id"]));
    assert_eq!(delete(&okta, &path).await.code(), "E0000056");
    for _ in 0..2 {
        assert_eq!(post(&okta, &format!("{path}/lifecycle/deactivate"), Value::Null).await.status, 200);
    }
    assert_eq!(get(&okta, &path).await.json()["status"], "INACTIVE");
    assert_eq!(delete(&okta, &path).await.status, 204);
    assert_eq!(get(&okta, &path).await.status, 404);
    let lifecycle = ["create", "activate", "update", "deactivate", "delete"];
    assert_eq!(types_since(&okta, 0), lifecycle.map(|word| format!("application.lifecycle.{word}")));
    for wrong in [json!({}), json!({ "label": "A", "signOnMode": "SMOKE_SIGNALS" })] {
        assert_eq!(post(&okta, "/api/v1/apps", wrong).await.code(), "E0000001");
    }
}

#[tokio::test]
async fn a_group_assignment_fans_out_by_a_job_and_follows_the_group() {
    let okta = org().users(4).groups(0).apps(0).in_process();
    let app = id_of(&okta, "/api/v1/apps", bookmark("Wiki")).await;
    let group = id_of(&okta, "/api/v1/groups", json!({ "profile": { "name": "Poets" } })).await;
    let users = get(&okta, "/api/v1/users").await.column("id");
    for user in &users[..2] {
        put(&okta, &format!("/api/v1/groups/{group}/users/{user}"), Value::Null).await;
    }
    let (path, rows) = (format!("/api/v1/apps/{app}/groups/{group}"), format!("/api/v1/apps/{app}/users"));
    let before = okta.log().len();
    assert_eq!(put(&okta, &path, json!({ "priority": 3 })).await.json()["priority"], 3);
    let types = types_since(&okta, before);
    assert_eq!(types[0], "group.application_assignment.add");
    assert_eq!(types[1..], ["application.user_membership.add"; 2]);
    assert_eq!(event(&okta, before)["transaction"]["type"], "WEB");
    assert_eq!(event(&okta, before + 1)["transaction"]["type"], "JOB");
    let assigned = get(&okta, &rows).await.rows();
    assert!(assigned.iter().all(|row| row["scope"] == "GROUP" && row["_links"]["group"].is_object()));
    assert_eq!(
        get(&okta, &format!("/api/v1/apps/{app}/groups")).await.column("id"),
        std::slice::from_ref(&group)
    );
    assert_eq!(
        get(&okta, &format!("/api/v1/groups/{group}/apps")).await.column("id"),
        std::slice::from_ref(&app)
    );

    put(&okta, &format!("/api/v1/groups/{group}/users/{}", users[2]), Value::Null).await;
    assert_eq!(get(&okta, &rows).await.rows().len(), 3, "a new member is assigned");
    delete(&okta, &format!("/api/v1/groups/{group}/users/{}", users[0])).await;
    assert_eq!(get(&okta, &rows).await.column("id"), users[1..3], "who leaves the group loses the app");
    post(&okta, &rows, json!({ "id": users[3] })).await;
    assert_eq!(delete(&okta, &path).await.status, 204);
    assert_eq!(get(&okta, &rows).await.column("id"), users[3..4], "one's own assignment stays");
    assert_eq!(get(&okta, &path).await.status, 404);
}

#[tokio::test]
async fn who_is_assigned_through_two_groups_keeps_the_app_on_leaving_one() {
    let okta = org().users(3).groups(0).apps(0).in_process();
    let app = post(&okta, "/api/v1/apps", json!({ "label": "Shared", "signOnMode": "SAML_2_0" })).await;
    let app = format!("/api/v1/apps/{}", app.json()["id"].as_str().expect("an id"));
    let user = get(&okta, "/api/v1/users").await.column("id").remove(1);
    let mut groups = Vec::new();
    for (priority, name) in [(2, "Last"), (0, "First"), (1, "Second")] {
        let group = post(&okta, "/api/v1/groups", json!({ "profile": { "name": name } })).await.json();
        let group = group["id"].as_str().expect("an id").to_owned();
        put(&okta, &format!("/api/v1/groups/{group}/users/{user}"), Value::Null).await;
        put(&okta, &format!("{app}/groups/{group}"), json!({ "priority": priority })).await;
        groups.push(group);
    }
    let row = async || get(&okta, &format!("{app}/users/{user}")).await;
    let comes_from = async |group: &str| {
        let row = row().await;
        let href = row.json()["_links"]["group"]["href"].as_str().unwrap_or_default().to_owned();
        assert!(row.status == 200 && href.ends_with(group), "{href:?}, not {group}");
    };
    comes_from(&groups[0]).await;
    let removals = || types_since(&okta, 0).iter().filter(|kind| kind.ends_with("membership.remove")).count();
    // Out of the group itself, the group out of the app, the group gone altogether.
    delete(&okta, &format!("/api/v1/groups/{}/users/{user}", groups[0])).await;
    comes_from(&groups[1]).await;
    delete(&okta, &format!("{app}/groups/{}", groups[1])).await;
    comes_from(&groups[2]).await;
    assert_eq!(removals(), 1, "of the group; the app lost nobody");
    delete(&okta, &format!("/api/v1/groups/{}", groups[2])).await;
    assert_eq!((row().await.status, removals()), (404, 2));
}
