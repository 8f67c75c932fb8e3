//! The web app's sign-in, from `/authorize` to its first tokens: the quotations are rows of the fact sheet on Okta, §1.5.

mod asking;
mod signing;
mod web_app;

use asking::{Answer, get, org, post, types_since};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use okta_mock::{OktaMock, SignInError};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use signing::{base64, call_with, claims, form, get_with, refusal};
use web_app::*;

/// "Answer: redirect with `code` and `state`", then "`POST /oauth2/v1/token`".
#[tokio::test]
async fn a_person_signs_in_and_the_app_gets_tokens() {
    let okta = org().in_process();
    let (admin, _) = logins(&okta).await;
    let before = okta.log().len();
    let location = okta.sign_in(&url(&parameters(&okta, "openid profile email okta.users.read")), &admin);
    let location = location.expect("a redirect");
    assert!(location.starts_with("http://127.0.0.1:8080/callback?code="));
    assert_eq!(parameter(&location, "state"), "s t&te");
    let answer = redeem(&okta, &parameter(&location, "code")).await;
    assert_eq!((answer.status, text(&answer, "token_type")), (200, "Bearer".into()));
    assert_eq!(text(&answer, "scope"), "openid profile email okta.users.read");
    assert!(answer.json().get("refresh_token").is_none(), "only with offline_access");
    let access = claims(&text(&answer, "access_token"));
    let me = get(&okta, "/api/v1/users/me").await.json();
    assert_eq!((&access["sub"], &access["uid"]), (&json!(admin), &me["id"]));
    assert_eq!(status(&okta, &text(&answer, "access_token")).await, 200);
    let id = claims(&text(&answer, "id_token"));
    assert_eq!(id["iss"], okta.url());
    assert_eq!(id["aud"], okta.web_app().client_id.as_str());
    assert_eq!(
        (&id["sub"], &id["nonce"], &id["email"]),
        (&me["id"], &json!("n0nce"), &me["profile"]["email"])
    );
    let hash = Sha256::digest(text(&answer, "access_token").as_bytes());
    assert_eq!(id["at_hash"], base64(&hash[..16]));
    assert_eq!(
        types_since(&okta, before),
        [
            "user.session.start",
            "app.oauth2.authorize.code",
            "app.oauth2.signon",
            "user.authentication.sso",
            "app.oauth2.token.grant.access_token",
            "app.oauth2.token.grant.id_token",
        ]
    );
}

/// "ID token signed RS256", and "`GET /oauth2/v1/keys`": the key named by `kid` verifies it.
#[tokio::test]
async fn the_id_token_is_signed_by_a_published_key() {
    let okta = org().in_process();
    let id_token = text(&signed_in(&okta, "openid").await, "id_token");
    let keys: jsonwebtoken::jwk::JwkSet =
        serde_json::from_slice(&get_with(&okta, "/oauth2/v1/keys", &[]).await.bytes).expect("a JWK set");
    let header = jsonwebtoken::decode_header(&id_token).expect("a header");
    let key = keys.find(&header.kid.expect("a kid")).expect("the key");
    let (message, signature) = id_token.rsplit_once('.').expect("a signature");
    let key = jsonwebtoken::DecodingKey::from_jwk(key).expect("a key");
    let verified =
        jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, jsonwebtoken::Algorithm::RS256);
    assert!(verified.expect("checked"));
}

/// What a browser does: the page lists users, each button posts the app's request back with a login.
#[tokio::test]
async fn the_sign_in_page_lists_users_and_posts_back() {
    let okta = org().in_process();
    let (admin, _) = logins(&okta).await;
    let mut wanted = parameters(&okta, "openid");
    wanted.push(("login_hint".into(), "\"><script>".into()));
    let page = get_with(&okta, &url(&wanted), &[]).await;
    let html = String::from_utf8(page.bytes.to_vec()).expect("text");
    assert_eq!((page.status, page.header("content-type")), (200, "text/html;charset=utf-8"));
    assert!(html.contains(&admin) && !html.contains("<script>"), "{html}");
    let mut fields: Vec<(&str, &str)> =
        wanted.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.push(("login", &admin));
    let answer = form(&okta, "/oauth2/v1/authorize", &[], &fields).await;
    assert_eq!(answer.status, 302);
    assert_eq!(redeem(&okta, &parameter(answer.header("location"), "code")).await.status, 200);
    let last = fields.len() - 1;
    fields[last] = ("cancel", "true");
    let answer = form(&okta, "/oauth2/v1/authorize", &[], &fields).await;
    assert_eq!(parameter(answer.header("location"), "error"), "access_denied");
    fields[last] = ("login", "nobody@example.com");
    let answer = form(&okta, "/oauth2/v1/authorize", &[], &fields).await;
    assert!(
        answer.status == 200 && String::from_utf8_lossy(&answer.bytes).contains("There is no such user.")
    );
}

/// "or `error` and `error_description`": each mistake of an app goes back to it, with the state.
#[tokio::test]
async fn what_an_app_asks_wrongly_is_sent_back_to_it() {
    let okta = org().web_app_scopes(["okta.users.read"]).in_process();
    let (admin, _) = logins(&okta).await;
    let long = "a".repeat(129);
    for (name, value, error) in [
        ("state", None, "invalid_request"),
        ("response_type", None, "unsupported_response_type"),
        ("response_type", Some("token"), "unsupported_response_type"),
        ("response_type", Some("code id_token"), "unsupported_response_type"),
        ("scope", None, "invalid_scope"),
        ("scope", Some("okta.nothing.read"), "invalid_scope"),
        ("scope", Some("profile"), "invalid_scope"),
        ("scope", Some("okta.logs.read"), "consent_required"),
        ("nonce", None, "invalid_request"),
        ("code_challenge", None, "invalid_request"),
        ("code_challenge", Some("short"), "invalid_request"),
        ("code_challenge", Some(long.as_str()), "invalid_request"),
        ("code_challenge_method", None, "invalid_request"),
        ("code_challenge_method", Some("plain"), "invalid_request"),
        ("prompt", Some("none"), "login_required"),
        ("prompt", Some("maybe"), "invalid_request"),
    ] {
        let mut wrong = parameters(&okta, "openid");
        wrong.retain(|(key, _)| key != name);
        wrong.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        let location = okta.sign_in(&url(&wrong), &admin).unwrap_or_else(|page| panic!("{name}: {page}"));
        assert_eq!(parameter(&location, "error"), error, "{name}={value:?}");
        assert_ne!(parameter(&location, "error_description"), "");
        assert_eq!(parameter(&location, "code"), "");
        assert_eq!(parameter(&location, "state"), if name == "state" { "" } else { "s t&te" });
    }
}

/// "A bad `client_id` or `redirect_uri` gives an HTML error page, no redirect"; "exact match to a registered URI".
#[tokio::test]
async fn an_unknown_app_or_address_gets_a_page_and_no_redirect() {
    let okta = org().in_process();
    let (admin, _) = logins(&okta).await;
    let service = okta.service_app().client_id;
    for (name, value) in [
        ("client_id", ""),
        ("client_id", "0oanobody"),
        ("client_id", service.as_str()),
        ("redirect_uri", ""),
        ("redirect_uri", "http://127.0.0.1:8080/callback/"),
        ("redirect_uri", "http://127.0.0.1:8080/callback?a=b"),
        ("redirect_uri", "http://evil.example/callback"),
        ("response_mode", "carrier_pigeon"),
    ] {
        let mut wrong = parameters(&okta, "openid");
        wrong.retain(|(key, _)| key != name);
        wrong.push((name.to_owned(), value.to_owned()));
        match okta.sign_in(&url(&wrong), &admin) {
            Err(SignInError::Page { status: 400, page }) => assert!(page.contains("Error: <code>"), "{page}"),
            other => panic!("{name}={value}: {other:?}"),
        }
    }
    assert_eq!(okta.sign_in("http://x/oauth2/v1/token?a=b", &admin), Err(SignInError::NotAuthorize));
    let mut twice = parameters(&okta, "openid");
    twice.push(("state".into(), "other".into()));
    assert!(matches!(okta.sign_in(&url(&twice), &admin), Err(SignInError::Page { status: 400, .. })));
}

#[tokio::test]
async fn the_redirect_uri_is_what_the_test_says_and_keeps_its_query() {
    let okta = org().redirect_uri("https://app.example/back?tenant=1").in_process();
    let location = okta.sign_in(&url(&parameters(&okta, "openid")), "me").expect("a redirect");
    assert!(location.starts_with("https://app.example/back?tenant=1&code="), "{location}");
}

#[tokio::test]
async fn only_active_users_sign_in() {
    let okta = org().in_process();
    let (_, other) = logins(&okta).await;
    assert_eq!(
        post(&okta, &format!("/api/v1/users/{other}/lifecycle/suspend"), Value::Null).await.status,
        200
    );
    match okta.sign_in(&url(&parameters(&okta, "openid")), &other) {
        Err(SignInError::Page { status: 200, page }) => assert!(page.contains("SUSPENDED")),
        answer => panic!("{answer:?}"),
    }
}

/// "optional `response_mode`".
#[tokio::test]
async fn an_answer_comes_in_the_mode_asked_for() {
    let okta = org().in_process();
    let (admin, _) = logins(&okta).await;
    let with = |mode: &str| {
        let mut wanted = parameters(&okta, "openid");
        wanted.push(("response_mode".into(), mode.into()));
        okta.sign_in(&url(&wanted), &admin)
    };
    assert!(with("query").expect("a redirect").contains("?code="));
    assert!(with("fragment").expect("a redirect").contains("#code="));
    match with("form_post") {
        Err(SignInError::Page { status: 200, page }) => {
            assert!(
                page.contains("name=\"code\"") && page.contains("action=\"http://127.0.0.1:8080/callback\"")
            );
        }
        other => panic!("{other:?}"),
    }
}

/// "The code is single-use and valid for 300 s. Failure: 400 `invalid_grant`"; "`redirect_uri` (same)"; PKCE.
#[tokio::test]
async fn a_code_works_once_for_its_app_and_verifier_within_300_seconds() {
    let okta = org().in_process();
    let used = code(&okta, "openid").await;
    assert_eq!(redeem(&okta, &used).await.status, 200);
    let grant = |answer: &Answer| (answer.status, refusal(answer).1);
    assert_eq!(grant(&redeem(&okta, &used).await), (400, "invalid_grant".into()));
    let late = code(&okta, "openid").await;
    let late_enough = code(&okta, "openid").await;
    okta.clock().advance(299 * SECOND);
    assert_eq!(redeem(&okta, &late_enough).await.status, 200);
    okta.clock().advance(SECOND);
    assert_eq!(grant(&redeem(&okta, &late).await), (400, "invalid_grant".into()));
    let app = okta.web_app();
    for (redirect, verifier, error) in [
        ("http://127.0.0.1:8080/other", VERIFIER, "invalid_grant"),
        (app.redirect_uri.as_str(), "wrong", "invalid_grant"),
        (app.redirect_uri.as_str(), "", "invalid_grant"),
        ("", VERIFIER, "invalid_request"),
    ] {
        let code = code(&okta, "openid").await;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", redirect),
            ("code_verifier", verifier),
        ];
        assert_eq!(grant(&token(&okta, &fields).await), (400, error.into()), "{redirect} {verifier}");
    }
}

/// "client authenticates by `client_secret_basic` (default), `client_secret_post`, … — exactly one method."
#[tokio::test]
async fn the_app_says_who_it_is_in_exactly_one_way() {
    let okta = org().in_process();
    let app = okta.web_app();
    let redirect = app.redirect_uri.clone();
    let fields = |code: &str, secret: Option<&str>| {
        let mut fields = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", redirect.clone()),
            ("code_verifier", VERIFIER.to_owned()),
            ("client_id", app.client_id.clone()),
        ];
        fields.extend(secret.map(|secret| ("client_secret", secret.to_owned())));
        fields
    };
    async fn ask(okta: &OktaMock, headers: &[(&str, &str)], fields: &[(&str, String)]) -> Answer {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        form(okta, "/oauth2/v1/token", headers, &fields).await
    }
    let one = code(&okta, "openid").await;
    assert_eq!(ask(&okta, &[], &fields(&one, Some(&app.client_secret))).await.status, 200);
    let two = code(&okta, "openid").await;
    let basic = basic(&okta);
    let both = ask(&okta, &[("authorization", &basic)], &fields(&two, Some(&app.client_secret))).await;
    assert_eq!((both.status, refusal(&both).1.as_str()), (401, "invalid_request"));
    let wrong = ask(&okta, &[], &fields(&two, Some("wrong"))).await;
    assert_eq!(refusal(&wrong).2, "The client secret supplied for a confidential client is invalid.");
    assert_eq!(refusal(&ask(&okta, &[], &fields(&two, None)).await).2, "No client credentials found.");
    let service = [("grant_type", "client_credentials".to_owned()), ("scope", "okta.users.read".to_owned())];
    assert_eq!(refusal(&ask(&okta, &[("authorization", &basic)], &service).await).1, "unauthorized_client");
    let other = format!("Basic {}", STANDARD.encode("0oanobody:x"));
    assert_eq!(ask(&okta, &[("authorization", &other)], &fields(&two, None)).await.status, 401);
    assert_eq!(
        ask(&okta, &[("authorization", &basic)], &fields(&two, None)).await.status,
        200,
        "not used up by those"
    );
}

/// "**Silent downscoping:** the token lists the scopes although the user lacks the permission; the API answers 403".
#[tokio::test]
async fn a_user_without_a_role_gets_scopes_that_open_nothing() {
    let okta = org().in_process();
    let (_, other) = logins(&okta).await;
    let location =
        okta.sign_in(&url(&parameters(&okta, "openid okta.users.read")), &other).expect("a redirect");
    let answer = redeem(&okta, &parameter(&location, "code")).await;
    assert_eq!(text(&answer, "scope"), "openid okta.users.read");
    let bearer = format!("Bearer {}", text(&answer, "access_token"));
    let refused = get_with(&okta, "/api/v1/users", &[("authorization", &bearer)]).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "E0000006"));
    let challenged = get_with(&okta, "/api/v1/groups", &[("authorization", &bearer)]).await;
    assert!(challenged.header("www-authenticate").contains("insufficient_scope"), "a scope it does not have");
    post(&okta, &format!("/api/v1/users/{other}/lifecycle/deactivate"), Value::Null).await;
    assert_eq!(get_with(&okta, "/api/v1/users", &[("authorization", &bearer)]).await.status, 401);
}

/// "Effective rights = scope ∩ admin roles": for a user those that `/users/{id}/roles` shows.
#[tokio::test]
async fn a_user_may_what_the_roles_shown_allow() {
    let okta = org().users(600).in_process();
    let admins = get(&okta, "/api/v1/iam/assignees/users").await.json()["value"].clone();
    let mut shown = Vec::new();
    for admin in admins.as_array().expect("admins") {
        let id = admin["id"].as_str().expect("an id");
        let user = get(&okta, &format!("/api/v1/users/{id}")).await.json();
        let role = get(&okta, &format!("/api/v1/users/{id}/roles")).await.json()[0]["type"].clone();
        let scope = "openid okta.users.read okta.groups.manage okta.logs.read";
        let login = user["profile"]["login"].as_str().expect("a login");
        let location = okta.sign_in(&url(&parameters(&okta, scope)), login).expect("a redirect");
        let token = text(&redeem(&okta, &parameter(&location, "code")).await, "access_token");
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str())];
        let mut may = Vec::new();
        for (method, path) in [
            (Method::GET, "/api/v1/users".to_owned()),
            (Method::GET, "/api/v1/logs".to_owned()),
            (Method::DELETE, "/api/v1/groups/00gnobody00000000000".to_owned()),
        ] {
            may.push(call_with(&okta, method, &path, &headers).await.status != 403);
        }
        shown.push((role.as_str().expect("a role").to_owned(), may));
    }
    let expected = [
        ("SUPER_ADMIN", [true, true, true]),
        ("READ_ONLY_ADMIN", [true, true, false]),
        ("USER_ADMIN", [true, false, true]),
    ];
    assert_eq!(shown, expected.map(|(role, may)| (role.to_owned(), may.to_vec())));
    // Who comes later holds no role, whichever number it gets.
    let okta = org().users(0).in_process();
    let profile = json!({ "login": "ada@example.com", "email": "ada@example.com" });
    let id = post(&okta, "/api/v1/users", json!({ "profile": profile })).await.json()["id"].clone();
    let roles = format!("/api/v1/users/{}/roles", id.as_str().expect("an id"));
    assert_eq!(get(&okta, &roles).await.json(), json!([]));
}

/// "`GET /.well-known/…`, `GET /oauth2/v1/keys`: not rate limited; obey `Cache-Control`."
#[tokio::test]
async fn metadata_is_public_and_in_no_bucket() {
    let okta = org().in_process();
    for path in
        ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/oauth2/v1/keys"]
    {
        let answer = get_with(&okta, path, &[]).await;
        assert_eq!((answer.status, answer.header("x-rate-limit-limit")), (200, ""), "{path}");
        assert!(answer.header("cache-control").starts_with("max-age="), "{path}");
    }
    let metadata = get_with(&okta, "/.well-known/openid-configuration", &[]).await.json();
    assert_eq!(metadata["issuer"], okta.url());
    assert_eq!(metadata["token_endpoint"], format!("{}/oauth2/v1/token", okta.url()));
    let keys = get_with(&okta, "/oauth2/v1/keys", &[]).await.json();
    assert!(keys["keys"][0].get("d").is_none(), "the public half only");
}
