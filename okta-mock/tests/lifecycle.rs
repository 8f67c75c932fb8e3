//! Every move of a user between states: who may make it, what it answers, which event it writes.

mod asking;

use asking::{Answer, delete, get, org, post, types_since};
use http::{Method, Request};
use okta_mock::OktaMock;
use serde_json::{Value, json};

/// A user in this state.
async fn user_in(okta: &OktaMock, status: &str) -> String {
    let login = format!("{}@example.com", status.to_lowercase());
    let credentials = match status {
        "STAGED" | "PROVISIONED" => Value::Null,
        _ => json!({ "password": { "value": "a long one" } }),
    };
    let target = format!("/api/v1/users?activate={}", status != "STAGED");
    let body = json!({ "profile": { "login": login, "email": login }, "credentials": credentials });
    let mut body = body;
    if credentials.is_null() {
        body.as_object_mut().map(|body| body.remove("credentials"));
    }
    let id = post(okta, &target, body).await.json()["id"].as_str().expect("an id").to_owned();
    let operation = match status {
        "PASSWORD_EXPIRED" => "lifecycle/expire_password",
        "RECOVERY" => "lifecycle/reset_password?sendEmail=true",
        "SUSPENDED" => "lifecycle/suspend",
        "DEPROVISIONED" => "lifecycle/deactivate",
        _ => "",
    };
    if status == "LOCKED_OUT" {
        post(okta, &format!("/_mock/users/{id}/simulate"), json!({ "event": "lock" })).await;
    } else if !operation.is_empty() {
        post(okta, &format!("/api/v1/users/{id}/{operation}"), Value::Null).await;
    }
    assert_eq!(get(okta, &format!("/api/v1/users/{id}")).await.json()["status"], status);
    id
}

/// Operates on a user in `from`; says the answer, the state after it, and the events.
async fn operate(from: &str, operation: &str) -> (Answer, String, Vec<String>) {
    let okta = org().users(1).in_process();
    let id = user_in(&okta, from).await;
    let before = okta.log().len();
    let answer = post(&okta, &format!("/api/v1/users/{id}/{operation}"), Value::Null).await;
    let now = get(&okta, &format!("/api/v1/users/{id}")).await.json()["status"].as_str().map(str::to_owned);
    (answer, now.unwrap_or_default(), types_since(&okta, before))
}

#[tokio::test]
async fn operations_move_users_and_write_their_event() {
    for (from, operation, to, event) in [
        ("PROVISIONED", "lifecycle/reactivate", "PROVISIONED", "user.lifecycle.reactivate"),
        ("RECOVERY", "lifecycle/reactivate", "PROVISIONED", "user.lifecycle.reactivate"),
        ("LOCKED_OUT", "lifecycle/unlock", "ACTIVE", "user.account.unlock_by_admin"),
        ("ACTIVE", "lifecycle/reset_password?sendEmail=true", "RECOVERY", "user.account.reset_password"),
        ("LOCKED_OUT", "lifecycle/reset_password?sendEmail=true", "RECOVERY", "user.account.reset_password"),
        ("ACTIVE", "lifecycle/expire_password", "PASSWORD_EXPIRED", "user.account.expire_password"),
        ("ACTIVE", "lifecycle/reset_factors", "ACTIVE", "user.mfa.factor.reset_all"),
        ("ACTIVE", "credentials/forgot_password", "RECOVERY", "user.account.reset_password"),
    ] {
        let (answer, now, events) = operate(from, operation).await;
        assert_eq!((answer.status, now.as_str()), (200, to), "{operation} from {from}");
        assert_eq!(events, [event], "{operation} from {from}");
    }
}

#[tokio::test]
async fn operations_from_a_wrong_state_change_nothing() {
    for (from, operation, status, code) in [
        ("ACTIVE", "lifecycle/reactivate", 403, "E0000038"),
        ("ACTIVE", "lifecycle/unlock", 403, "E0000032"),
        ("ACTIVE", "lifecycle/reset_password", 400, "E0000028"),
        ("STAGED", "lifecycle/reset_password?sendEmail=false", 403, "E0000038"),
        ("SUSPENDED", "lifecycle/expire_password", 403, "E0000038"),
        ("DEPROVISIONED", "lifecycle/reset_factors", 403, "E0000038"),
        ("LOCKED_OUT", "lifecycle/suspend", 400, "E0000001"),
        ("ACTIVE", "credentials/change_password", 400, "E0000001"),
        ("SUSPENDED", "credentials/forgot_password", 403, "E0000038"),
        ("ACTIVE", "lifecycle/unheard_of", 501, "E0000060"),
    ] {
        let (answer, now, events) = operate(from, operation).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{operation} from {from}");
        assert_eq!(now, from);
        assert!(events.is_empty());
    }
}

#[tokio::test]
async fn answers_hold_what_was_asked_for() {
    for (from, operation, member) in [
        ("ACTIVE", "lifecycle/reset_password?sendEmail=false", "resetPasswordUrl"),
        ("ACTIVE", "credentials/forgot_password?sendEmail=false", "resetPasswordUrl"),
        ("ACTIVE", "lifecycle/expire_password_with_temp_password", "tempPassword"),
        ("ACTIVE", "lifecycle/expire_password", "profile"),
        ("PROVISIONED", "lifecycle/reactivate?sendEmail=false", "activationToken"),
    ] {
        let (answer, ..) = operate(from, operation).await;
        assert!(answer.json().get(member).is_some(), "{operation}: {}", answer.json());
    }
}

#[tokio::test]
async fn a_new_password_ends_the_waiting_for_one() {
    let okta = org().users(1).in_process();
    let id = user_in(&okta, "RECOVERY").await;
    let passwords = json!({ "oldPassword": { "value": "old" }, "newPassword": { "value": "new" } });
    let changed = post(&okta, &format!("/api/v1/users/{id}/credentials/change_password"), passwords).await;
    assert_eq!((changed.status, &changed.json()["provider"]["type"]), (200, &json!("OKTA")));
    assert_eq!(get(&okta, &format!("/api/v1/users/{id}")).await.json()["status"], "ACTIVE");
    assert_eq!(delete(&okta, &format!("/api/v1/users/{id}/sessions")).await.status, 204);
    let types = types_since(&okta, 0);
    assert_eq!(types[types.len() - 2..], ["user.account.update_password", "user.session.clear"]);
}

#[tokio::test]
async fn a_put_replaces_everything_and_an_old_tag_is_refused() {
    let okta = org().users(2).in_process();
    let id = get(&okta, "/api/v1/users").await.column("id").remove(1);
    let target = format!("/api/v1/users/{id}");
    let tag = get(&okta, &target).await.header("etag").to_owned();
    okta.clock().advance(std::time::Duration::from_secs(1));
    let replace = async |tag: &str, login: &str| {
        let body = json!({ "profile": { "login": login, "email": login, "firstName": "New" } }).to_string();
        let request = Request::builder().method(Method::PUT).uri(&target).header("if-match", tag);
        let request = request.header("authorization", format!("SSWS {}", okta.api_token()));
        asking::send(&okta, request.body(body.into()).expect("a request")).await
    };
    let replaced = replace(&tag, "new@example.com").await;
    assert_eq!(replaced.status, 200);
    let profile = &replaced.json()["profile"];
    assert_eq!((&profile["firstName"], profile.get("department")), (&json!("New"), None));
    assert_eq!(profile.get("mobilePhone"), Some(&Value::Null), "some members are always there");
    let late = replace(&tag, "late@example.com").await;
    assert_eq!((late.status, late.code().as_str()), (412, "E0000231"));
    assert_eq!(get(&okta, "/api/v1/users/new@example.com").await.json()["id"], id);
    assert_eq!(get(&okta, "/api/v1/users/late@example.com").await.status, 404);
}

#[tokio::test]
async fn two_changes_in_one_millisecond_have_two_tags() {
    let okta = org().users(2).in_process();
    let id = get(&okta, "/api/v1/users").await.column("id").remove(1);
    let target = format!("/api/v1/users/{id}");
    let rename = async |tag: &str, name: &str| {
        let body = json!({ "profile": { "firstName": name } }).to_string();
        let request = Request::builder().method(Method::POST).uri(&target).header("if-match", tag);
        let request = request.header("authorization", format!("SSWS {}", okta.api_token()));
        asking::send(&okta, request.body(body.into()).expect("a request")).await
    };
    let first = rename("*", "One").await.header("etag").to_owned();
    let second = rename(&first, "Two").await.header("etag").to_owned();
    let late = rename(&first, "Three").await;
    assert_eq!((late.status, late.code().as_str()), (412, "E0000231"), "{first} {second}");
    okta.restore(&okta.snapshot());
    assert_eq!(get(&okta, &target).await.header("etag"), second, "a snapshot keeps it");
    assert_eq!(rename(&second, "Three").await.status, 200);
}

#[tokio::test]
async fn a_header_leaves_credentials_out() {
    let okta = org().users(2).in_process();
    let ask = async |target: &str, omit: &str| {
        let request = Request::builder()
            .uri(target)
            .header("authorization", format!("SSWS {}", okta.api_token()))
            .header("content-type", format!("application/json; okta-response={omit}"));
        asking::send(&okta, request.body(bytes::Bytes::new()).expect("a request")).await.json()
    };
    let whole = ask("/api/v1/users/me", "omitTransitioningToStatus").await;
    assert!(whole["credentials"].is_object() && whole["_links"]["resetPassword"].is_object());
    let bare = ask("/api/v1/users/me", "omitCredentials,omitCredentialsLinks").await;
    assert!(bare["credentials"].is_null() && bare["_links"]["resetPassword"].is_null());
    assert!(bare["_links"]["deactivate"].is_object());
    let rows = ask("/api/v1/users", "\"omitCredentials\"").await;
    assert!(
        rows.as_array()
            .is_some_and(|rows| rows.len() == 2 && rows.iter().all(|row| row["credentials"].is_null()))
    );
}
