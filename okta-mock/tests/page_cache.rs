//! Pages that are remembered are those that would be made: whoever asks, and whatever was changed in between.

mod asking;

use asking::{Answer, ask, get, org, post, send};
use bytes::Bytes;
use http::{Method, Request};
use okta_mock::OktaMock;
use serde_json::{Value, json};

/// A page long enough to be remembered.
const USERS: &str = "/api/v1/users?limit=200";

async fn by(okta: &OktaMock, token: &str, target: &str) -> Answer {
    let request = Request::get(target).header("authorization", format!("SSWS {token}"));
    send(okta, request.body(Bytes::new()).expect("a request")).await
}

/// Asks often enough for the page to be remembered.
async fn warm(okta: &OktaMock, target: &str) -> Answer {
    get(okta, target).await;
    get(okta, target).await;
    get(okta, target).await
}

#[tokio::test]
async fn a_remembered_page_is_the_same_for_everybody_who_may_see_it_and_for_nobody_else() {
    let okta = org().users(600).groups(3).apps(3).in_process();
    let token = |role: &str| post(&okta, "/_mock/tokens", json!({ "name": role, "role": role }));
    let mut tokens = Vec::new();
    for role in ["READ_ONLY_ADMIN", "ORG_ADMIN", "REPORT_ADMIN"] {
        let made = token(role).await;
        tokens.push(made.json()["value"].as_str().expect("a value").to_owned());
    }
    let group = get(&okta, "/api/v1/groups").await.column("id").remove(1);
    for target in [USERS.to_owned(), format!("/api/v1/groups/{group}/users?limit=200")] {
        // The same page, made for each of the others: a parameter that Okta does not know is another target.
        for (n, token) in tokens[..2].iter().enumerate() {
            let hot = warm(&okta, &target).await;
            let own = by(&okta, token, &format!("{target}&n={n}")).await;
            assert!(hot.bytes.len() > 16 * 1_024 && hot.status == 200);
            assert_eq!((hot.link("next"), hot.bytes), (own.link("next"), own.bytes), "{target}");
            assert_eq!(by(&okta, token, &target).await.status, 200);
        }
        let nobody = by(&okta, "not-a-token", &target).await;
        assert_eq!((nobody.status, nobody.code()), (401, "E0000011".to_owned()), "{target}");
    }
    let group_members = format!("/api/v1/groups/{group}/users?limit=200");
    let reporter = by(&okta, &tokens[2], &group_members).await;
    assert_eq!(reporter.status, 403, "a report administrator reads no groups, remembered or not");
}

#[tokio::test]
async fn a_page_is_made_anew_after_any_change() {
    let okta = org().users(600).groups(3).apps(3).in_process();
    let group = get(&okta, "/api/v1/groups").await.column("id").remove(1);
    let members = format!("/api/v1/groups/{group}/users?limit=200");
    let users = get(&okta, USERS).await.column("id");
    let member = get(&okta, &members).await.column("id").remove(0);
    let user = &users[5];
    let changes = [
        (Method::POST, format!("/api/v1/users/{user}"), json!({ "profile": { "nickName": "Five" } })),
        (Method::POST, format!("/api/v1/users/{user}/lifecycle/suspend"), Value::Null),
        (Method::POST, format!("/api/v1/users/{user}/lifecycle/unsuspend"), Value::Null),
        (Method::DELETE, format!("/api/v1/groups/{group}/users/{member}"), Value::Null),
        (Method::PUT, format!("/api/v1/groups/{group}/users/{member}"), Value::Null),
        (Method::POST, format!("/api/v1/users/{user}/lifecycle/deactivate"), Value::Null),
        (Method::POST, format!("/_mock/users/{}/simulate", users[7]), json!({ "event": "lock" })),
    ];
    for (n, (method, target, body)) in changes.into_iter().enumerate() {
        let before = [warm(&okta, USERS).await, warm(&okta, &members).await];
        let done = ask(&okta, method, &target, body).await;
        assert!(done.status < 300, "{target}: {:?}", done.bytes);
        for (list, before) in [USERS, &members].into_iter().zip(before) {
            let (now, made) = (get(&okta, list).await, get(&okta, &format!("{list}&n={n}")).await);
            assert_eq!(now.bytes, made.bytes, "{list} after {target}");
            // Who is in a group does not show in the list of users; everything else that is done here does.
            assert!(list != USERS || target.contains("/groups/") || now.bytes != before.bytes, "{target}");
        }
    }
}
