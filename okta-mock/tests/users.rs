//! Users as Okta lists, finds and changes them.

mod asking;

use asking::{ask, delete, get, org, post, types_since, walk};
use http::Method;
use serde_json::{Value, json};

fn profile(login: &str) -> Value {
    json!({ "firstName": "Ada", "lastName": "Byron", "login": login, "email": login })
}

#[tokio::test]
async fn the_plain_list_leaves_deactivated_users_out_and_filter_and_search_do_not() {
    let okta = org().users(300).in_process();
    let plain = walk(&okta, "/api/v1/users").await;
    let deactivated = walk(&okta, "/api/v1/users?filter=status+eq+%22DEPROVISIONED%22&limit=3").await;
    let all = walk(&okta, "/api/v1/users?search=created+gt+%221970-01-01T00:00:00.000Z%22").await;
    assert_eq!(deactivated.len(), 9);
    assert_eq!(plain.len() + deactivated.len(), 300);
    assert_eq!(all.len(), 300);
    assert!(plain.iter().all(|user| user["status"] != "DEPROVISIONED"));
}

#[tokio::test]
async fn links_come_on_two_lines_and_self_is_normalised() {
    let okta = org().users(5).in_process();
    let first = get(&okta, "/api/v1/users?nonsense=1&filter=status%20eq%20%22ACTIVE%22").await;
    assert_eq!(first.link("self").as_deref(), Some("/api/v1/users?limit=200&filter=status+eq+%22ACTIVE%22"));
    assert_eq!(first.link("next"), None, "one page holds them all");
    let first = get(&okta, "/api/v1/users?limit=2").await;
    let next = first.link("next").expect("three more");
    assert!(next.starts_with("/api/v1/users?after=200u") && next.ends_with("&limit=2"), "{next}");
    let second = get(&okta, &next).await;
    assert_eq!(second.link("self"), Some(next));
}

#[tokio::test]
async fn a_user_is_found_by_id_by_login_by_short_login_and_as_me() {
    let okta = org().users(3).in_process();
    let me = get(&okta, "/api/v1/users/me").await.json();
    let (id, login) = (me["id"].as_str().expect("an id"), me["profile"]["login"].as_str().expect("a login"));
    let short = login.split('@').next().expect("a short login");
    for key in [id, login, &login.to_uppercase(), &login.replace('@', "%40"), short] {
        assert_eq!(get(&okta, &format!("/api/v1/users/{key}")).await.json(), me, "{key}");
    }
    let missing = get(&okta, "/api/v1/users/00umissing00000000h7").await;
    assert_eq!(missing.status, 404);
    assert_eq!(missing.json()["errorSummary"], "Not found: Resource not found: 00umissing00000000h7 (User)");
}

#[tokio::test]
async fn lifecycle_moves_write_their_events_in_one_transaction() {
    let okta = org().users(1).groups(1).apps(1).in_process();
    let created =
        post(&okta, "/api/v1/users?activate=false", json!({ "profile": profile("ada@example.com") })).await;
    assert_eq!((created.status, &created.json()["status"]), (200, &json!("STAGED")));
    let id = created.json()["id"].as_str().expect("an id").to_owned();
    let operate = async |operation: &str, status: u16, becomes: &str| {
        let answer = post(&okta, &format!("/api/v1/users/{id}/lifecycle/{operation}"), Value::Null).await;
        assert_eq!(answer.status, status, "{operation}: {:?}", answer.bytes);
        let now = get(&okta, &format!("/api/v1/users/{id}")).await.json();
        assert_eq!(now["status"], becomes, "after {operation}");
        answer
    };
    operate("activate", 200, "PROVISIONED").await;
    assert_eq!(operate("activate", 403, "PROVISIONED").await.code(), "E0000016");
    assert_eq!(operate("suspend", 400, "PROVISIONED").await.code(), "E0000001");
    operate("deactivate", 200, "DEPROVISIONED").await;
    assert_eq!(operate("deactivate", 403, "DEPROVISIONED").await.code(), "E0000038");
    let expected =
        ["user.lifecycle.create", "user.lifecycle.activate", "user.lifecycle.deactivate"].map(str::to_owned);
    assert_eq!(types_since(&okta, 0), expected);

    let before = okta.log().len();
    let purged = delete(&okta, &format!("/api/v1/users/{id}")).await;
    assert_eq!(purged.status, 204);
    assert!(purged.bytes.is_empty());
    assert_eq!(
        types_since(&okta, before),
        ["user.lifecycle.delete.initiated", "user.lifecycle.delete.completed"]
    );
    assert_eq!(get(&okta, &format!("/api/v1/users/{id}")).await.status, 404);
    for record in &okta.log()[before..] {
        let event: Value = serde_json::from_slice(&record.json()).expect("JSON");
        assert_eq!(event["transaction"]["id"], purged.header("x-okta-request-id"));
        assert_eq!(event["debugContext"]["debugData"]["requestId"], purged.header("x-okta-request-id"));
        assert!(
            event["transaction"]["detail"]["requestApiTokenId"]
                .as_str()
                .is_some_and(|id| id.starts_with("00T"))
        );
        assert_eq!(event["actor"]["type"], "User");
        assert_eq!(event["client"]["userAgent"]["rawUserAgent"], "asking/1");
    }
}

#[tokio::test]
async fn deactivation_takes_the_user_out_of_groups_and_apps() {
    let okta = org().users(4).groups(1).apps(1).in_process();
    let users = get(&okta, "/api/v1/users").await.column("id");
    let groups = get(&okta, "/api/v1/groups?filter=type+eq+%22OKTA_GROUP%22").await.column("id");
    let apps = get(&okta, "/api/v1/apps").await.column("id");
    let (user, group, app) = (&users[3], &groups[0], &apps[0]);
    asking::put(&okta, &format!("/api/v1/groups/{group}/users/{user}"), Value::Null).await;
    post(&okta, &format!("/api/v1/apps/{app}/users"), json!({ "id": user, "scope": "USER" })).await;
    let before = okta.log().len();
    // The first DELETE deactivates.
    assert_eq!(delete(&okta, &format!("/api/v1/users/{user}")).await.status, 204);
    let expected =
        ["user.lifecycle.deactivate", "group.user_membership.remove", "application.user_membership.remove"];
    assert_eq!(types_since(&okta, before), expected);
    assert!(!get(&okta, &format!("/api/v1/groups/{group}/users")).await.column("id").contains(user));
    assert!(!get(&okta, &format!("/api/v1/apps/{app}/users")).await.column("id").contains(user));
}

#[tokio::test]
async fn an_update_is_partial_and_says_what_changed() {
    let okta = org().users(2).in_process();
    let id = get(&okta, "/api/v1/users").await.column("id").remove(1);
    let target = format!("/api/v1/users/{id}");
    okta.clock().advance(std::time::Duration::from_secs(90));
    let change = json!({ "profile": { "department": "Poetry", "costCenter": null, "nickName": "A" } });
    let updated = post(&okta, &target, change).await.json();
    assert_eq!(updated["profile"]["department"], "Poetry");
    assert_eq!(updated["profile"].get("costCenter"), None, "null clears an attribute");
    assert!(updated["profile"]["firstName"].is_string(), "what was not said stays");
    assert_eq!(updated["lastUpdated"], "2026-08-21T08:01:30.000Z");
    let event: Value = serde_json::from_slice(&okta.log()[0].json()).expect("JSON");
    assert_eq!(event["target"][0]["changeDetails"]["to"]["department"], "Poetry");
    assert_eq!(event["debugContext"]["debugData"]["changedAttributes"], "costCenter,department,nickName");
    post(&okta, &target, json!({ "profile": { "department": "Poetry" } })).await;
    assert_eq!(okta.log().len(), 1, "nothing changed, nothing is logged");
}

#[tokio::test]
async fn mistakes_get_oktas_errors() {
    let okta = org().users(3).in_process();
    let taken = get(&okta, "/api/v1/users/me").await.json()["profile"]["login"].clone();
    let duplicate =
        post(&okta, "/api/v1/users", json!({ "profile": profile(taken.as_str().expect("a login")) })).await;
    assert_eq!(duplicate.status, 400);
    assert_eq!(duplicate.json()["errorSummary"], "Api validation failed: login");
    assert_eq!(
        duplicate.json()["errorCauses"][0]["errorSummary"],
        "login: An object with this field already exists in the current organization"
    );
    for (target, status, code) in [
        ("/api/v1/users?limit=ten", 400, "E0000001"),
        ("/api/v1/users?limit=0", 400, "E0000001"),
        ("/api/v1/users?after=bogus", 400, "E0000031"),
        ("/api/v1/users?filter=status+ne+%22ACTIVE%22", 400, "E0000053"),
        ("/api/v1/users?filter=profile.department+eq+%22Sales%22", 400, "E0000053"),
        ("/api/v1/users?filter=status", 400, "E0000053"),
        ("/api/v1/users?search=status+ne+%22ACTIVE%22", 400, "E0000031"),
        ("/api/v1/users?search=nonsense+pr", 400, "E0000031"),
        ("/api/v1/users?search=status+pr&filter=status+eq+%22A%22", 400, "E0000033"),
        ("/api/v1/users/me/linkedObjects", 501, "E0000060"),
        ("/api/v1/policies", 400, "E0000001"),
        ("/api/v1/domains", 501, "E0000060"),
        ("/api/v1/nonsense", 404, "E0000007"),
        ("/nonsense", 404, "E0000007"),
    ] {
        let answer = get(&okta, target).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{target}");
        let body = answer.json();
        assert_eq!(body["errorLink"], body["errorCode"]);
        assert!(body["errorId"].as_str().is_some_and(|id| id.starts_with("oae")));
    }
    let patch = ask(&okta, Method::PATCH, "/api/v1/users", Value::Null).await;
    assert_eq!((patch.status, patch.code().as_str()), (405, "E0000022"));
}

#[tokio::test]
async fn searches_see_every_attribute_without_regard_to_case() {
    let okta = org().users(120).in_process();
    let of_sales = walk(&okta, "/api/v1/users?search=profile.department+eq+%22sALES%22&limit=2").await;
    assert!(!of_sales.is_empty());
    assert!(of_sales.iter().all(|user| user["profile"]["department"] == "Sales"));
    let staged =
        walk(&okta, "/api/v1/users?filter=status+eq+%22STAGED%22+or+status+eq+%22SUSPENDED%22").await;
    assert!(staged.iter().any(|user| user["status"] == "STAGED"));
    assert!(staged.iter().any(|user| user["status"] == "SUSPENDED"));
    let found = get(&okta, "/api/v1/users?q=y").await;
    assert!(found.rows().len() <= 10 && found.link("next").is_none(), "`q` never has a second page");
}

#[tokio::test]
async fn a_sorted_search_pages_through_everybody_once_in_order() {
    let okta = org().users(120).in_process();
    let everybody = "/api/v1/users?search=created+gt+%221970-01-01T00:00:00.000Z%22";
    for (by, pointer) in
        [("profile.lastName", "/profile/lastName"), ("lastUpdated", "/lastUpdated"), ("status", "/status")]
    {
        for (order, descending) in [("asc", false), ("desc", true)] {
            let rows = walk(&okta, &format!("{everybody}&sortBy={by}&sortOrder={order}&limit=7")).await;
            let values: Vec<String> = rows
                .iter()
                .map(|row| row.pointer(pointer).and_then(Value::as_str).expect("a text").to_lowercase())
                .collect();
            assert!(values.is_sorted_by(|a, b| if descending { a >= b } else { a <= b }), "{by} {order}");
            let ids: std::collections::BTreeSet<String> =
                rows.iter().map(|row| row["id"].to_string()).collect();
            assert_eq!((rows.len(), ids.len()), (120, 120));
        }
    }
    for wrong in ["sortBy=nonsense", "sortBy=status&sortOrder=up", "sortBy=status&after=bogus"] {
        assert_eq!(get(&okta, &format!("{everybody}&{wrong}")).await.code(), "E0000031", "{wrong}");
    }
    let ignored = get(&okta, &format!("{everybody}&sortOrder=desc&limit=5")).await;
    assert_eq!(ignored.column("id"), get(&okta, &format!("{everybody}&limit=5")).await.column("id"));
}

#[tokio::test]
async fn searches_see_changes_late_and_everything_else_sees_them_at_once() {
    let lag = std::time::Duration::from_secs(3);
    let okta = org().users(5).search_lag(lag).in_process();
    let ids = get(&okta, "/api/v1/users").await.column("id");
    let found = async |department: &str| {
        let target = format!("/api/v1/users?search=profile.department+eq+%22{department}%22");
        get(&okta, &target).await.rows().len()
    };
    let change = json!({ "profile": { "department": "Poetry" } });
    post(&okta, &format!("/api/v1/users/{}", ids[1]), change).await;
    let new = json!({ "profile": profile("new@example.com") });
    let new = post(&okta, "/api/v1/users", new).await.json()["id"].as_str().expect("an id").to_owned();
    for _ in 0..2 {
        delete(&okta, &format!("/api/v1/users/{}", ids[2])).await;
    }
    assert_eq!(
        get(&okta, &format!("/api/v1/users/{}", ids[1])).await.json()["profile"]["department"],
        "Poetry"
    );
    assert_eq!(found("Poetry").await, 0);
    let everybody = "/api/v1/users?search=created+gt+%221970-01-01T00:00:00.000Z%22";
    assert_eq!(get(&okta, everybody).await.column("id"), ids, "the old ones, the purged one too");
    assert!(get(&okta, "/api/v1/users").await.column("id").contains(&new));
    assert_eq!(get(&okta, "/api/v1/users?q=new@").await.rows().len(), 0);
    okta.clock().advance(lag);
    assert_eq!(found("Poetry").await, 1);
    let seen = get(&okta, everybody).await.column("id");
    assert!(seen.contains(&new) && !seen.contains(&ids[2]));
    post(&okta, &format!("/api/v1/users/{new}"), json!({ "profile": { "department": "Prose" } })).await;
    assert_eq!(found("Prose").await, 0);
    post(&okta, "/_mock/index/flush", Value::Null).await;
    assert_eq!(found("Prose").await, 1);
}
