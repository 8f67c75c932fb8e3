//! Groups with their members, apps with their users.

mod asking;

use asking::{delete, get, org, post, put, types_since, walk};
use okta_mock::OktaMock;
use serde_json::{Value, json};

#[tokio::test]
async fn everyone_holds_every_live_user_and_cannot_be_changed() {
    let okta = org().users(70).in_process();
    let everyone = get(&okta, "/api/v1/groups?filter=type+eq+%22BUILT_IN%22").await.json()[0].clone();
    assert_eq!(everyone["profile"]["name"], "Everyone");
    let path = format!("/api/v1/groups/{}", everyone["id"].as_str().expect("an id"));
    let members = walk(&okta, &format!("{path}/users?limit=9")).await;
    assert_eq!(members, walk(&okta, "/api/v1/users").await);
    let user = members[1]["id"].as_str().expect("an id");
    for refused in [
        delete(&okta, &path).await,
        put(&okta, &path, json!({ "profile": { "name": "Nobody" } })).await,
        put(&okta, &format!("{path}/users/{user}"), Value::Null).await,
        delete(&okta, &format!("{path}/users/{user}")).await,
    ] {
        assert_eq!((refused.status, refused.code().as_str()), (403, "E0000006"));
    }
    assert!(okta.log().is_empty());
}

#[tokio::test]
async fn a_group_lives_and_every_change_is_logged_once() {
    let okta = org().users(3).groups(0).in_process();
    let created = post(&okta, "/api/v1/groups", json!({ "profile": { "name": "Poets" } })).await;
    assert_eq!(created.status, 200);
    let group = created.json();
    let path = format!("/api/v1/groups/{}", group["id"].as_str().expect("an id"));
    let user = get(&okta, "/api/v1/users").await.column("id").remove(2);
    let member = format!("{path}/users/{user}");
    okta.clock().advance(std::time::Duration::from_secs(5));
    assert_eq!(put(&okta, &member, Value::Null).await.status, 204);
    assert_eq!(put(&okta, &member, Value::Null).await.status, 204, "twice is once");
    let now = get(&okta, &path).await.json();
    assert_eq!(now["lastMembershipUpdated"], "2026-08-21T08:00:05.000Z");
    assert_eq!(now["lastUpdated"], group["lastUpdated"], "the profile did not change");
    assert_eq!(get(&okta, &format!("{path}/users")).await.column("id"), std::slice::from_ref(&user));
    assert!(
        get(&okta, &format!("/api/v1/users/{user}/groups"))
            .await
            .column("id")
            .contains(&group["id"].as_str().expect("an id").to_owned())
    );
    assert_eq!(delete(&okta, &member).await.status, 204);
    assert_eq!(delete(&okta, &member).await.status, 204);
    put(&okta, &path, json!({ "profile": { "name": "Writers" } })).await;
    let taken = post(&okta, "/api/v1/groups", json!({ "profile": { "name": "Writers" } })).await;
    assert_eq!((taken.status, taken.code().as_str()), (400, "E0000001"));
    assert_eq!(delete(&okta, &path).await.status, 204);
    assert_eq!(
        get(&okta, &path).await.json()["errorSummary"].as_str().map(|text| text.ends_with("(UserGroup)")),
        Some(true)
    );
    let expected = [
        "group.lifecycle.create",
        "group.user_membership.add",
        "group.user_membership.remove",
        "group.profile.update",
        "group.lifecycle.delete",
    ];
    assert_eq!(types_since(&okta, 0), expected);
}

#[tokio::test]
async fn delta_queries_see_members_and_profiles_apart() {
    let okta = org().users(10).groups(5).in_process();
    okta.clock().advance(std::time::Duration::from_secs(60));
    let groups = get(&okta, "/api/v1/groups?filter=type+eq+%22OKTA_GROUP%22").await.column("id");
    let members = get(&okta, &format!("/api/v1/groups/{}/users", groups[1])).await.column("id");
    delete(&okta, &format!("/api/v1/groups/{}/users/{}", groups[1], members[0])).await;
    put(&okta, &format!("/api/v1/groups/{}", groups[2]), json!({ "profile": { "name": "New name" } })).await;
    let since =
        |attribute: &str| format!("/api/v1/groups?filter={attribute}+gt+%222026-08-21T08:00:30.000Z%22");
    assert_eq!(
        get(&okta, &since("lastMembershipUpdated")).await.column("id"),
        std::slice::from_ref(&groups[1])
    );
    assert_eq!(get(&okta, &since("lastUpdated")).await.column("id"), std::slice::from_ref(&groups[2]));
}

#[tokio::test]
async fn apps_page_by_twenty_and_assignments_come_and_go() {
    let okta = org().users(30).apps(23).in_process();
    let first = get(&okta, "/api/v1/apps").await;
    assert_eq!((first.rows().len(), first.link("self").as_deref()), (20, Some("/api/v1/apps?limit=20")));
    let apps = walk(&okta, "/api/v1/apps").await;
    assert_eq!(apps.len(), 23 + 2, "the OAuth clients are apps, too");
    let app = apps[22]["id"].as_str().expect("an id");
    let path = format!("/api/v1/apps/{app}/users");
    let assigned = get(&okta, &path).await.column("id");
    let user = get(&okta, "/api/v1/users")
        .await
        .column("id")
        .into_iter()
        .find(|id| !assigned.contains(id))
        .expect("one");
    let row = post(&okta, &path, json!({ "id": user, "scope": "USER" })).await;
    assert_eq!((row.status, row.json()["id"].as_str()), (200, Some(user.as_str())));
    assert_eq!(get(&okta, &format!("{path}/{user}")).await.bytes, row.bytes);
    assert_eq!(get(&okta, &path).await.rows().len(), assigned.len() + 1);
    assert_eq!(delete(&okta, &format!("{path}/{user}")).await.status, 204);
    assert_eq!(delete(&okta, &format!("{path}/{user}")).await.status, 404);
    assert_eq!(
        types_since(&okta, 0),
        ["application.user_membership.add", "application.user_membership.remove"]
    );
    assert_eq!(get(&okta, &format!("/api/v1/apps/{app}/groups")).await.json(), json!([]));
    assert_eq!(
        delete(&okta, &format!("/api/v1/apps/{app}")).await.code(),
        "E0000056",
        "an active app cannot be deleted"
    );
    let of_user = walk(&okta, &format!("/api/v1/apps?limit=5&filter=user.id+eq+%22{}%22", assigned[0])).await;
    assert!(!of_user.is_empty());
}

#[tokio::test]
async fn a_rule_fills_its_group_by_a_job_and_follows_users() {
    let okta = org().users(60).groups(0).in_process();
    let group = post(&okta, "/api/v1/groups", json!({ "profile": { "name": "Sales people" } })).await.json();
    let group = group["id"].as_str().expect("an id");
    let rule = json!({
        "type": "group_rule", "name": "By department",
        "conditions": { "expression": { "value": "user.department==\"Sales\"", "type": "urn:okta:expression:1.0" } },
        "actions": { "assignUserToGroups": { "groupIds": [group] } },
    });
    let made = post(&okta, "/api/v1/groups/rules", rule.clone()).await.json();
    assert_eq!(
        (&made["status"], &made["conditions"]["people"]["users"]["exclude"]),
        (&json!("INACTIVE"), &json!([]))
    );
    let path = format!("/api/v1/groups/rules/{}", made["id"].as_str().expect("an id"));
    let members = format!("/api/v1/groups/{group}/users");
    assert!(get(&okta, &members).await.rows().is_empty(), "not before it is switched on");
    assert_eq!(post(&okta, &format!("{path}/lifecycle/activate"), Value::Null).await.status, 204);
    let live = walk(&okta, "/api/v1/users").await;
    let live = live.iter().filter(|user| user["profile"]["department"] == "Sales").count();
    assert!(live > 0);
    assert_eq!(get(&okta, &members).await.rows().len(), live);
    let last: Value = serde_json::from_slice(&okta.log()[okta.log().len() - 1].json()).expect("JSON");
    assert_eq!(
        (&last["eventType"], &last["transaction"]["type"]),
        (&json!("group.user_membership.add"), &json!("JOB"))
    );
    let profile = json!({ "login": "new@example.com", "email": "new@example.com", "department": "Sales" });
    post(&okta, "/api/v1/users", json!({ "profile": profile })).await;
    assert_eq!(get(&okta, &members).await.rows().len(), live + 1, "who comes later joins, too");
    assert_eq!(delete(&okta, &path).await.code(), "E0000001", "not while it is active");
    post(&okta, &format!("{path}/lifecycle/deactivate"), Value::Null).await;
    assert_eq!(put(&okta, &path, rule).await.status, 200);
    assert_eq!(delete(&okta, &path).await.status, 202);
    assert_eq!(get(&okta, "/api/v1/groups/rules").await.json(), json!([]));
}

/// The id of a group with this name, and of an active rule that puts the sales people there.
async fn rule_for(okta: &OktaMock, names: &[&str], rule: &str) -> (Vec<String>, String) {
    let id = |answer: asking::Answer| answer.json()["id"].as_str().expect("an id").to_owned();
    let mut groups = Vec::new();
    for name in names {
        groups.push(id(post(okta, "/api/v1/groups", json!({ "profile": { "name": name } })).await));
    }
    let rule = json!({
        "type": "group_rule", "name": rule,
        "conditions": { "expression": { "value": "user.department==\"Sales\"", "type": "urn:okta:expression:1.0" } },
        "actions": { "assignUserToGroups": { "groupIds": groups } },
    });
    let path = format!("/api/v1/groups/rules/{}", id(post(okta, "/api/v1/groups/rules", rule).await));
    assert_eq!(post(okta, &format!("{path}/lifecycle/activate"), Value::Null).await.status, 204);
    (groups, path)
}

#[tokio::test]
async fn a_rule_whose_group_is_gone_is_invalid_and_does_nothing() {
    let okta = org().users(60).groups(0).in_process();
    let (groups, path) = rule_for(&okta, &["Gone", "Kept"], "Two groups").await;
    let named = get(&okta, &format!("{path}?expand=groupIdToGroupNameMap")).await.json();
    let names = json!({ groups[0].as_str(): "Gone", groups[1].as_str(): "Kept" });
    assert_eq!(named["_embedded"]["groupIdToGroupNameMap"], names);
    let list = get(&okta, "/api/v1/groups/rules?expand=groupIdToGroupNameMap").await;
    assert_eq!(list.rows()[0], named);
    assert_eq!(
        list.link("self").as_deref(),
        Some("/api/v1/groups/rules?limit=50&expand=groupIdToGroupNameMap")
    );
    assert_eq!(delete(&okta, &format!("/api/v1/groups/{}", groups[0])).await.status, 204);
    assert_eq!(get(&okta, &path).await.json()["status"], "INVALID");
    let members = format!("/api/v1/groups/{}/users", groups[1]);
    let before = get(&okta, &members).await.rows().len();
    let profile = json!({ "login": "new@example.com", "email": "new@example.com", "department": "Sales" });
    post(&okta, "/api/v1/users", json!({ "profile": profile })).await;
    assert_eq!(get(&okta, &members).await.rows().len(), before, "the group that is left gets nobody");
    let activated = post(&okta, &format!("{path}/lifecycle/activate"), Value::Null).await;
    assert_eq!((activated.status, activated.code().as_str()), (400, "E0000001"));
    assert_eq!(delete(&okta, &path).await.status, 202, "it is not active");
}

#[tokio::test]
async fn deleting_a_rule_takes_out_who_is_in_by_it_alone_if_asked() {
    let okta = org().users(60).groups(0).in_process();
    let (groups, kept) = rule_for(&okta, &["First"], "Kept members").await;
    let members = |group: &str| format!("/api/v1/groups/{group}/users");
    let joined = get(&okta, &members(&groups[0])).await.column("id");
    assert!(joined.len() > 3);
    post(&okta, &format!("{kept}/lifecycle/deactivate"), Value::Null).await;
    assert_eq!(delete(&okta, &kept).await.status, 202);
    assert_eq!(get(&okta, &members(&groups[0])).await.column("id"), joined, "they stay unless asked");

    let (groups, path) = rule_for(&okta, &["Second"], "Removed members").await;
    let member = |user: &str| format!("{}/{user}", members(&groups[0]));
    let by_hand = get(&okta, "/api/v1/users").await.column("id").into_iter().find(|id| !joined.contains(id));
    let by_hand = by_hand.expect("somebody of another department");
    put(&okta, &member(&by_hand), Value::Null).await;
    // Out and in again: the rule is not why this one is there.
    delete(&okta, &member(&joined[0])).await;
    put(&okta, &member(&joined[0]), Value::Null).await;
    post(&okta, &format!("{path}/lifecycle/deactivate"), Value::Null).await;
    okta.restore(&okta.snapshot());
    let before = okta.log().len();
    assert_eq!(delete(&okta, &format!("{path}?removeUsers=true")).await.status, 202);
    let mut left = get(&okta, &members(&groups[0])).await.column("id");
    let mut wanted = vec![by_hand, joined[0].clone()];
    left.sort();
    wanted.sort();
    assert_eq!(left, wanted);
    let types = types_since(&okta, before);
    assert_eq!(types[0], "policy.rule.delete");
    assert_eq!(types[1..], vec!["group.user_membership.remove"; joined.len() - 1]);
}

#[tokio::test]
async fn a_rule_about_people_that_are_no_object_is_refused() {
    let okta = org().in_process();
    let group = get(&okta, "/api/v1/groups").await.column("id")[1].clone();
    for people in [json!("x"), json!([]), json!({ "users": "x" }), json!({ "groups": [1] })] {
        let rule = json!({
            "type": "group_rule", "name": "R",
            "conditions": { "people": people, "expression": { "value": "user.department == \"Sales\"" } },
            "actions": { "assignUserToGroups": { "groupIds": [group] } },
        });
        let answer = post(&okta, "/api/v1/groups/rules", rule).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "E0000003"), "{people}");
    }
}
