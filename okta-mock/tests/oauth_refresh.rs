//! What becomes of the web app's tokens: refresh, rotation, reuse, revocation, introspection. The quotations are rows of
//! the fact sheet on Okta, §1.5 and §8.7.

mod asking;
mod signing;
mod web_app;

use std::time::Duration;

use asking::{get, org, send, types_since};
use bytes::Bytes;
use http::{Method, Request};
use serde_json::json;
use signing::{call_with, form, get_with, refusal};
use web_app::*;

/// "Web apps default to a persistent token (`rotation_type: STATIC`)"; "optional narrower `scope`"; "Idle expiry 7 days".
#[tokio::test]
async fn a_static_refresh_token_stays_the_same_for_as_long_as_it_is_used() {
    let okta = org().in_process();
    let answer = signed_in(&okta, "openid offline_access okta.users.read okta.logs.read").await;
    let token = text(&answer, "refresh_token");
    assert_ne!(token, "");
    for _ in 0..3 {
        okta.clock().advance(Duration::from_secs(6 * 86_400));
        let answer = refresh(&okta, &token).await;
        assert_eq!((answer.status, text(&answer, "refresh_token")), (200, token.clone()));
        assert_eq!(status(&okta, &text(&answer, "access_token")).await, 200);
    }
    let fields =
        |scope| [("grant_type", "refresh_token"), ("refresh_token", token.as_str()), ("scope", scope)];
    let narrower = self::token(&okta, &fields("okta.logs.read")).await;
    assert_eq!(text(&narrower, "scope"), "okta.logs.read");
    assert_eq!(status(&okta, &text(&narrower, "access_token")).await, 403);
    let wider = self::token(&okta, &fields("okta.groups.read")).await;
    assert_eq!(refusal(&wider).1, "invalid_scope");
    okta.clock().advance(Duration::from_secs(7 * 86_400));
    assert_eq!(refusal(&refresh(&okta, &token).await).1, "invalid_grant");
    assert_eq!(refusal(&refresh(&okta, "unknown").await).1, "invalid_grant");
}

/// "with `ROTATE` each refresh returns a new refresh token, the old one is usable for the leeway".
#[tokio::test]
async fn a_rotating_refresh_token_is_replaced_and_works_for_the_leeway() {
    let okta = rotating().in_process();
    let first = text(&signed_in(&okta, "openid offline_access").await, "refresh_token");
    let second = text(&refresh(&okta, &first).await, "refresh_token");
    assert_ne!(first, second);
    okta.clock().advance(30 * SECOND);
    let retried = refresh(&okta, &first).await;
    assert_eq!(
        (retried.status, text(&retried, "refresh_token")),
        (200, second.clone()),
        "an answer may be lost"
    );
    assert_eq!(refresh(&okta, &second).await.status, 200);
}

/// "**any reuse kills the newest refresh token and all access tokens** of the chain (`app.oauth2.token.detect_reuse`)".
#[tokio::test]
async fn reuse_after_the_leeway_kills_the_whole_chain_and_only_it() {
    let okta = rotating().in_process();
    let other = signed_in(&okta, "openid offline_access okta.users.read").await;
    let first = signed_in(&okta, "openid offline_access okta.users.read").await;
    let second = refresh(&okta, &text(&first, "refresh_token")).await;
    okta.clock().advance(31 * SECOND);
    let before = okta.log().len();
    let reused = refresh(&okta, &text(&first, "refresh_token")).await;
    assert_eq!((reused.status, refusal(&reused).1.as_str()), (400, "invalid_grant"));
    assert!(types_since(&okta, before).contains(&"app.oauth2.token.detect_reuse".to_owned()));
    assert_eq!(refusal(&refresh(&okta, &text(&second, "refresh_token")).await).1, "invalid_grant");
    for answer in [&first, &second] {
        assert_eq!(status(&okta, &text(answer, "access_token")).await, 401);
    }
    assert_eq!(status(&okta, &text(&other, "access_token")).await, 200);
    assert_eq!(refresh(&okta, &text(&other, "refresh_token")).await.status, 200);
}

/// "Revoke: always 200 with empty body for an authenticated client. Revoking a refresh token also revokes its access
/// tokens; the reverse is not true."
#[tokio::test]
async fn revoking_a_refresh_token_takes_its_access_tokens_along() {
    let okta = org().in_process();
    let tokens = signed_in(&okta, "openid offline_access okta.users.read").await;
    let (access, refresh_token) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    let revoke = |token: String| {
        let (okta, basic) = (&okta, basic(&okta));
        async move {
            let answer =
                form(okta, "/oauth2/v1/revoke", &[("authorization", &basic)], &[("token", token.as_str())])
                    .await;
            assert_eq!((answer.status, answer.bytes.len()), (200, 0));
        }
    };
    revoke("unknown".into()).await;
    revoke(access.clone()).await;
    assert_eq!(status(&okta, &access).await, 401);
    let fresh = refresh(&okta, &refresh_token).await;
    assert_eq!(fresh.status, 200, "the refresh token lives on");
    revoke(refresh_token.clone()).await;
    assert_eq!(status(&okta, &text(&fresh, "access_token")).await, 401);
    assert_eq!(refresh(&okta, &refresh_token).await.status, 400);
    let nobody = form(&okta, "/oauth2/v1/revoke", &[], &[("token", access.as_str())]).await;
    assert_eq!((nobody.status, refusal(&nobody).1.as_str()), (401, "invalid_client"));
    let revoked = okta.log().iter().filter(|event| event.event_type == "app.oauth2.token.revoke").count();
    assert_eq!(revoked, 2);
}

/// "`{"active":false}` for anything invalid, expired, revoked or foreign; otherwise `active,scope,client_id,…`".
#[tokio::test]
async fn introspection_tells_an_app_about_its_own_tokens() {
    let okta = org().in_process();
    let (admin, _) = logins(&okta).await;
    let tokens = signed_in(&okta, "openid offline_access").await;
    let shown = introspect(&okta, &text(&tokens, "access_token")).await;
    assert_eq!((&shown["active"], &shown["token_type"]), (&json!(true), &json!("Bearer")));
    assert_eq!((&shown["username"], &shown["scope"]), (&json!(admin), &json!("openid offline_access")));
    for name in ["client_id", "exp", "iat", "sub", "aud", "iss", "jti", "uid"] {
        assert!(!shown[name].is_null(), "{name}");
    }
    assert_eq!(introspect(&okta, &text(&tokens, "refresh_token")).await["active"], true);
    let foreign = signing::bearer(&okta, "1", "okta.users.read").await;
    for token in ["unknown", &foreign] {
        assert_eq!(introspect(&okta, token).await, json!({ "active": false }));
    }
    okta.clock().advance(3_600 * SECOND);
    assert_eq!(introspect(&okta, &text(&tokens, "access_token")).await, json!({ "active": false }));
    let missing = form(&okta, "/oauth2/v1/introspect", &[("authorization", &basic(&okta))], &[]).await;
    assert_eq!(refusal(&missing).2, "The 'token' parameter is required.");
}

#[tokio::test]
async fn userinfo_says_what_the_scopes_open() {
    let okta = org().in_process();
    let access = text(&signed_in(&okta, "openid email").await, "access_token");
    let answer =
        get_with(&okta, "/oauth2/v1/userinfo", &[("authorization", &format!("Bearer {access}"))]).await;
    let me = get(&okta, "/api/v1/users/me").await.json();
    assert_eq!(answer.json()["email"], me["profile"]["email"]);
    assert!(answer.json().get("name").is_none());
    let nobody = call_with(&okta, Method::POST, "/oauth2/v1/userinfo", &[]).await;
    assert_eq!((nobody.status, nobody.bytes.len()), (401, 0));
}

/// §8.7: "`GET /users/{id}/clients`: apps holding grants or tokens; `/clients/{cid}/tokens` (refresh tokens)"; implicit
/// consent "creates **no** grant rows".
#[tokio::test]
async fn an_admin_sees_and_ends_what_a_user_signed_in_to() {
    let okta = org().in_process();
    let me = get(&okta, "/api/v1/users/me").await.json()["id"].as_str().expect("an id").to_owned();
    let (clients, client) = (format!("/api/v1/users/{me}/clients"), okta.web_app().client_id);
    assert_eq!(get(&okta, &clients).await.json(), json!([]));
    let one = text(&signed_in(&okta, "openid offline_access").await, "refresh_token");
    let two = text(&signed_in(&okta, "openid offline_access").await, "refresh_token");
    assert_eq!(get(&okta, &clients).await.column("client_id").join(","), client);
    let tokens = format!("{clients}/{client}/tokens");
    let ids = get(&okta, &tokens).await.column("id");
    assert!(ids.len() == 2 && ids.iter().all(|id| id.starts_with("oar")));
    assert_eq!(get(&okta, &format!("/api/v1/apps/{client}/tokens")).await.column("id"), ids);
    assert_eq!(get(&okta, &format!("{clients}/{client}/grants")).await.json(), json!([]));
    let row = get(&okta, &format!("{tokens}/{}", ids[0])).await;
    assert_eq!(
        (&row.json()["userId"], &row.json()["scopes"]),
        (&json!(me), &json!(["openid", "offline_access"]))
    );
    assert!(!String::from_utf8_lossy(&row.bytes).contains(&one));
    assert_eq!(asking::delete(&okta, &format!("{tokens}/{}", ids[0])).await.status, 204);
    assert_eq!(refresh(&okta, &one).await.status, 400);
    assert_eq!(refresh(&okta, &two).await.status, 200);
    assert_eq!(asking::delete(&okta, &tokens).await.status, 204);
    assert_eq!(refresh(&okta, &two).await.status, 400);
    assert_eq!(get(&okta, &format!("{tokens}/{}", ids[0])).await.status, 404);
    let (_, other) = logins(&okta).await;
    assert_eq!(get(&okta, &format!("/api/v1/users/{other}/clients")).await.json(), json!([]));
    assert_eq!(get(&okta, "/api/v1/users/nobody/clients").await.code(), "E0000007");
}

#[tokio::test]
async fn the_journal_keeps_neither_codes_nor_tokens() {
    let okta = org().in_process();
    let tokens = signed_in(&okta, "openid offline_access").await;
    let request = Request::post(format!("/oauth2/v1/revoke?token={}", text(&tokens, "refresh_token")))
        .body(Bytes::new())
        .expect("a request");
    send(&okta, request).await;
    let (journal, log) = (get(&okta, "/_mock/requests").await, get(&okta, "/api/v1/logs?limit=1000").await);
    for bytes in [&journal.bytes, &log.bytes] {
        let kept = String::from_utf8_lossy(bytes);
        for name in ["access_token", "refresh_token", "id_token"] {
            assert!(!kept.contains(&text(&tokens, name)), "{name}");
        }
        assert!(!kept.contains(&okta.web_app().client_secret));
    }
}

/// "`DELETE /users/{id}/sessions?oauthTokens=true`", §8.1: sessions end, and with `oauthTokens` what was issued for the user.
#[tokio::test]
async fn clearing_sessions_with_oauth_tokens_ends_them_and_without_does_not() {
    let okta = org().in_process();
    let login = logins(&okta).await.0;
    let kept = signed_in(&okta, "openid okta.users.read").await;
    let long = signed_in(&okta, "openid offline_access okta.users.read").await;
    let unused = code(&okta, "openid").await;
    let path = format!("/api/v1/users/{}/sessions", login.replace('@', "%40"));
    let before = okta.log().len();
    assert_eq!(asking::delete(&okta, &path).await.status, 204);
    assert_eq!(types_since(&okta, before), ["user.session.clear"]);
    assert_eq!(status(&okta, &text(&kept, "access_token")).await, 200);
    let before = okta.log().len();
    assert_eq!(asking::delete(&okta, &format!("{path}?oauthTokens=true")).await.status, 204);
    let revoked = "app.oauth2.token.revoke";
    assert_eq!(types_since(&okta, before), ["user.session.clear", revoked, revoked], "two sign-ins");
    for answer in [&kept, &long] {
        assert_eq!(status(&okta, &text(answer, "access_token")).await, 401);
    }
    assert_eq!(refusal(&refresh(&okta, &text(&long, "refresh_token")).await).1, "invalid_grant");
    assert_eq!(refusal(&redeem(&okta, &unused).await).1, "invalid_grant");
    let nobody = asking::delete(&okta, "/api/v1/users/nobody/sessions?oauthTokens=true").await;
    assert_eq!((nobody.status, nobody.code().as_str()), (404, "E0000007"));
}
