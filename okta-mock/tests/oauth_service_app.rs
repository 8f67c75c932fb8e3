//! The service app, rule by rule: the quotations are rows of the fact sheet on Okta, §1.2.

mod asking;
mod signing;

use asking::{Answer, org, post};
use bytes::Bytes;
use http::Request;
use okta_mock::{OktaMock, RateLimits};
use serde_json::{Value, json};
use signing::{Assertion, TOKEN_URL, bearer, claims, exchange, form, get_with, refusal};

const SCOPES: &str = "okta.users.read okta.logs.read";

fn sample(name: &str) -> Value {
    let path = format!("{}/../fixtures/okta/exchanges/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("the sample")).expect("JSON")
}

async fn refused(okta: &OktaMock, assertion: &Assertion) -> (u16, String, String) {
    refusal(&exchange(okta, &assertion.signed(), SCOPES, &[]).await)
}

async fn as_bearer(okta: &OktaMock, token: &str, target: &str) -> Answer {
    get_with(okta, target, &[("authorization", &format!("Bearer {token}"))]).await
}

/// "Success: {token_type, expires_in: 3600, access_token, scope}".
#[tokio::test]
async fn both_keys_get_a_token_of_one_hour_that_looks_like_a_jwt() {
    let okta = org().in_process();
    for (n, assertion) in [Assertion::new(&okta, "a"), Assertion::ec(&okta, "b")].iter().enumerate() {
        let answer = exchange(&okta, &assertion.signed(), SCOPES, &[]).await;
        let (mut body, theirs) = (answer.json(), sample("oauth-token-ok")["response"]["body"].clone());
        let token = body["access_token"].take();
        body["access_token"] = theirs["access_token"].clone();
        assert_eq!((answer.status, &body), (200, &theirs), "{n}");
        assert_ne!(answer.header("x-rate-limit-limit"), "");
        let claims = claims(token.as_str().expect("a token"));
        let app = okta.service_app();
        assert_eq!(claims["cid"], app.client_id.as_str());
        assert_eq!(claims["scp"], json!(["okta.users.read", "okta.logs.read"]));
        assert_eq!(claims["exp"].as_i64(), claims["iat"].as_i64().map(|iat| iat + 3_600));
        assert_eq!(as_bearer(&okta, token.as_str().expect("a token"), "/api/v1/users").await.status, 200);
    }
}

/// The claims table, and every `invalid_client` of the error table.
#[tokio::test]
async fn every_claim_of_the_assertion_is_checked() {
    let okta = org().in_process();
    let now = okta.clock().now_ms() / 1_000;
    let good = || Assertion::new(&okta, "spoilt");
    let web = okta.web_app().client_id;
    for (assertion, text) in [
        (
            good().claim("iss", "0oanobody".into()),
            "The issuer claim for client_assertion is not a valid client_id.",
        ),
        (good().without("iss"), "The issuer claim for client_assertion is not a valid client_id."),
        (
            good().claim("sub", "0oanobody".into()),
            "The subject claim for client_assertion is not a valid client_id.",
        ),
        (
            good().claim("iss", web.as_str().into()).claim("sub", web.as_str().into()),
            "The client does not have a JWKSet configured, but the client_assertion requires one.",
        ),
        (
            good().claim("aud", "https://else.example/oauth2/v1/token".into()),
            "The audience claim for client_assertion must be the endpoint invoked for the request.",
        ),
        (
            good().claim("aud", signing::BASE.into()),
            "The audience claim for client_assertion must be the endpoint invoked for the request.",
        ),
        (good().without("exp"), "The client_assertion must contain the 'exp' claim as seconds since epoch."),
        (
            good().claim("exp", json!(1.5)),
            "The client_assertion must contain the 'exp' claim as seconds since epoch.",
        ),
        (good().claim("exp", now.into()), "The client_assertion token is expired."),
        (
            good().claim("exp", (now + 3_601).into()),
            "The client_assertion token has an expiration too far into the future.",
        ),
        (
            good().claim("exp", i64::MAX.into()),
            "The client_assertion token has an expiration too far into the future.",
        ),
        (
            good().claim("iat", (now + 1).into()),
            "The client_assertion token must be issued before the current time.",
        ),
        (good().header("kid", "unknown".into()), "The client_assertion JWT kid is invalid."),
        (good().header("kid", Value::Null), "The client_assertion JWT kid is invalid."),
        (
            good().header("kid", okta.service_app().ec_key.kid.into()),
            "The client_assertion signature is invalid.",
        ),
        (good().header("alg", "RS384".into()), "The client_assertion signature is invalid."),
        (good().header("alg", "none".into()), "The client_assertion JWT signature algorithm is invalid."),
        (good().header("alg", "HS256".into()), "The client_assertion JWT signature algorithm is invalid."),
    ] {
        assert_eq!(refused(&okta, &assertion).await, (401, "invalid_client".into(), text.into()));
    }
    assert_eq!(refused(&okta, &good()).await.0, 200, "none of them used up the jti");
    let garbage = exchange(&okta, "not.a.jwt", SCOPES, &[]).await;
    assert_eq!(refusal(&garbage).2, "The parsing of the client_assertion failed.");
}

/// "`exp`: at most 1 h ahead"; "`iat` optional"; "`jti` optional"; `aud` may be a list.
#[tokio::test]
async fn what_is_optional_may_be_left_out() {
    let okta = org().in_process();
    let now = okta.clock().now_ms() / 1_000;
    let bare = || Assertion::new(&okta, "x").without("jti").without("iat");
    let good = [
        bare(),
        bare(),
        bare().claim("exp", (now + 3_600).into()),
        bare().claim("aud", json!(["https://else.example", TOKEN_URL])),
    ];
    for assertion in good {
        assert_eq!(refused(&okta, &assertion).await.0, 200);
    }
    let many = Assertion::new(&okta, "x").without("jti").without_kid();
    assert_eq!(
        refused(&okta, &many).await.2,
        "The client_assertion JWT kid is invalid.",
        "two keys and no kid"
    );
}

/// "if present it is single-use", and "burnt by every request that reaches validation".
#[tokio::test]
async fn an_assertion_is_used_up_even_by_a_request_that_fails() {
    let okta = org().in_process();
    let once = Assertion::new(&okta, "once").signed();
    assert_eq!(exchange(&okta, &once, SCOPES, &[]).await.status, 200);
    let again = exchange(&okta, &once, SCOPES, &[]).await;
    let theirs = sample("oauth-token-invalid-client")["response"].clone();
    assert_eq!((again.status, again.json()), (401, theirs["body"].clone()));
    let failed = Assertion::new(&okta, "failed").signed();
    assert_eq!(refusal(&exchange(&okta, &failed, "", &[]).await).1, "invalid_scope");
    assert_eq!(refusal(&exchange(&okta, &failed, SCOPES, &[]).await).1, "invalid_client");
}

/// "Only `private_key_jwt` is accepted; a client secret is refused"; one way to say who one is, not two.
#[tokio::test]
async fn a_secret_does_not_do_for_a_service_app() {
    let okta = org().in_process();
    let id = okta.service_app().client_id;
    let base = [("grant_type", "client_credentials"), ("scope", SCOPES), ("client_id", id.as_str())];
    let with = |more: &[(&'static str, &'static str)]| {
        base.iter().copied().chain(more.iter().copied()).collect::<Vec<_>>()
    };
    let secret = form(&okta, "/oauth2/v1/token", &[], &with(&[("client_secret", "x")])).await;
    assert_eq!((secret.status, refusal(&secret).1.as_str()), (401, "invalid_client"));
    assert!(refusal(&secret).2.contains("must use the private_key_jwt"));
    let none = form(&okta, "/oauth2/v1/token", &[], &base).await;
    assert_eq!(refusal(&none), (401, "invalid_client".into(), "No client credentials found.".into()));
    let both =
        form(&okta, "/oauth2/v1/token", &[("authorization", "Basic eDp5")], &with(&[("client_secret", "x")]))
            .await;
    assert_eq!((both.status, refusal(&both).1.as_str()), (401, "invalid_request"));
    let unknown = [("grant_type", "client_credentials"), ("client_id", "0oanobody")];
    assert_eq!(
        refusal(&form(&okta, "/oauth2/v1/token", &[], &unknown).await).2,
        "Invalid value for 'client_id' parameter."
    );
    let wrong = form(&okta, "/oauth2/v1/token", &[("authorization", "Bearer x")], &unknown[..1]).await;
    assert_eq!(refusal(&wrong).2, "Found Authentication header but was not valid client credentials.");
}

/// The rows `invalid_scope`, `consent_required`, and a scope granted in part.
#[tokio::test]
async fn scopes_are_mandatory_known_and_granted() {
    let okta = org().service_app_scopes(["okta.users.read", "okta.logs.read"]).in_process();
    for (n, (scope, status, error)) in [
        ("", 400, "invalid_scope"),
        ("okta.nothing.read", 400, "invalid_scope"),
        ("okta.users.read okta.users.frob", 400, "invalid_scope"),
        ("openid", 400, "invalid_scope"),
        ("profile", 400, "invalid_scope"),
        ("okta.groups.read okta.apps.read", 400, "consent_required"),
        ("okta.groups.read okta.users.read okta.users.read", 200, ""),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = exchange(&okta, &Assertion::new(&okta, &n.to_string()).signed(), scope, &[]).await;
        assert_eq!((answer.status, refusal(&answer).1.as_str()), (status, error), "{scope}");
        if status == 200 {
            assert_eq!(answer.json()["scope"], "okta.users.read", "only what was granted, once");
        }
    }
    let answer = exchange(&okta, &Assertion::new(&okta, "consent").signed(), "okta.groups.read", &[]).await;
    assert_eq!(answer.json(), sample("oauth-token-scope-not-granted")["response"]["body"]);
    assert_eq!(answer.header("x-rate-limit-limit"), "", "as recorded: no rate headers on this refusal");
}

/// The rows `unsupported_grant_type`, `unauthorized_client` and `invalid_request`; forms only.
#[tokio::test]
async fn a_malformed_request_is_told_what_is_wrong() {
    let okta = org().in_process();
    let token = "/oauth2/v1/token";
    assert_eq!(refusal(&form(&okta, token, &[], &[]).await).1, "invalid_request");
    assert_eq!(
        refusal(&form(&okta, token, &[], &[("grant_type", "password")]).await).1,
        "unsupported_grant_type"
    );
    let twice = [("grant_type", "client_credentials"), ("grant_type", "client_credentials")];
    assert_eq!(
        refusal(&form(&okta, token, &[], &twice).await).2,
        "The request contained multiple parameters with the same name."
    );
    let assertion = Assertion::new(&okta, "code").signed();
    let code = [
        ("grant_type", "authorization_code"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion.as_str()),
    ];
    assert_eq!(refusal(&form(&okta, token, &[], &code).await).1, "unauthorized_client");
    let typed = [code[0], ("client_assertion_type", "jwt"), code[2]];
    assert_eq!(refusal(&form(&okta, token, &[], &typed).await).2, "The client_assertion_type is invalid.");
    let query = form(&okta, "/oauth2/v1/token?client_secret=s3cret", &[], &code).await;
    assert_eq!(refusal(&query).1, "invalid_request");
    assert!(!format!("{:?}", okta.requests()).contains("s3cret"), "the journal does not keep it");
    let json = Request::post(token).header("content-type", "application/json").body(Bytes::from("{}"));
    assert_eq!(refusal(&asking::send(&okta, json.expect("a request")).await).1, "invalid_request");
    assert_eq!(get_with(&okta, token, &[]).await.status, 405);
    let custom = form(&okta, "/oauth2/default/v1/token", &[], &code).await;
    assert_eq!(custom.json()["errorSummary"], "Not found: Resource not found: default (AuthorizationServer)");
}

/// "Rate limiting on the token endpoint answers 429 with the API error body."
#[tokio::test]
async fn a_429_of_the_token_endpoint_has_the_api_body() {
    let okta = org().rate_limits(RateLimits::Integrator).in_process();
    let limits = json!({ "buckets": [{ "bucket": "/oauth2/v1/token", "limit": 2 }] });
    asking::put(&okta, "/_mock/rate-limits", limits).await;
    assert_eq!(refused(&okta, &Assertion::new(&okta, "1")).await.0, 200);
    let answer = exchange(&okta, &Assertion::new(&okta, "2").signed(), SCOPES, &[]).await;
    assert_eq!((answer.status, answer.code().as_str()), (429, "E0000047"));
    assert_eq!(answer.header("x-rate-limit-remaining"), "0");
}

/// "`slow_down`, `temporarily_unavailable`, `server_error`: retry later": planned, as faults of the token endpoint.
#[tokio::test]
async fn faults_reach_the_token_endpoint() {
    let okta = org().in_process();
    let body = json!({ "error": "temporarily_unavailable", "error_description": "Try again later." });
    let answer = json!({ "status": 503, "body": body.to_string(), "content_type": "application/json" });
    post(&okta, "/_mock/faults", json!({ "on": "POST /oauth2/v1/token", "nth": 1, "do": answer })).await;
    let assertion = Assertion::new(&okta, "1").signed();
    let refused = exchange(&okta, &assertion, SCOPES, &[]).await;
    assert_eq!((refused.status, refusal(&refused).1.as_str()), (503, "temporarily_unavailable"));
    assert_eq!(
        exchange(&okta, &assertion, SCOPES, &[]).await.status,
        200,
        "it never got as far as its assertion"
    );
}

/// "`aud`: full token endpoint URL (same host as called)": a proxy or another name of this machine may stand before us.
#[tokio::test]
async fn the_audience_is_the_host_that_was_called() {
    let okta = org().in_process();
    let audience = |jti: &str, aud: &str| Assertion::new(&okta, jti).claim("aud", aud.into()).signed();
    let there = "https://acme.okta.example/oauth2/v1/token";
    let host = [("host", "acme.okta.example")];
    assert_eq!(exchange(&okta, &audience("1", there), SCOPES, &host).await.status, 200);
    assert_eq!(exchange(&okta, &audience("2", there), SCOPES, &[("host", "else.example")]).await.status, 401);
    assert_eq!(
        exchange(&okta, &audience("3", "HTTPS://ACME.okta.example:443/oauth2/v1/token"), SCOPES, &host)
            .await
            .status,
        200
    );
}

/// §9: `app.oauth2.token.grant.*`, actor PublicClientApp; a failure is logged, too. The journal names the client.
#[tokio::test]
async fn grants_and_refusals_are_logged() {
    let okta = org().in_process();
    let token = bearer(&okta, "1", SCOPES).await;
    let app = okta.service_app();
    let event: Value = serde_json::from_slice(&okta.log().last().expect("an event").json()).expect("JSON");
    assert_eq!(event["eventType"], "app.oauth2.token.grant.access_token");
    assert_eq!(
        (&event["actor"]["type"], &event["actor"]["id"]),
        (&json!("PublicClientApp"), &json!(app.client_id))
    );
    let path = format!(
        "{}/../fixtures/okta/events/app.oauth2.token.grant.access_token.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let theirs: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("it")).expect("JSON");
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    for at in
        ["/actor", "/target/0", "/target/0/detailEntry", "/debugContext/debugData", "/transaction/detail"]
    {
        let (ours, theirs) = (event.pointer(at).expect(at), theirs.pointer(at).expect(at));
        assert_eq!(keys(ours), keys(theirs), "{at}");
    }
    assert_eq!(event["target"][0]["type"], "access_token");
    assert_eq!(event["debugContext"]["debugData"]["clientAuthType"], "private_key_jwt");
    assert!(!event.to_string().contains(&token));
    refused(&okta, &Assertion::new(&okta, "1")).await;
    exchange(&okta, &Assertion::new(&okta, "2").signed(), "okta.apiTokens.read", &[]).await;
    let last: Vec<_> = okta.log().iter().rev().take(2).map(|event| event.event_type.clone()).collect();
    assert_eq!(last, ["app.oauth2.token.grant", "app.oauth2.invalid_client_credentials"]);
    as_bearer(&okta, &token, "/api/v1/users").await;
    assert!(okta.requests().iter().all(|request| request.principal.as_ref() == Some(&app.client_id)));
}

/// Same seed and calls, same bytes: tokens included.
#[tokio::test]
async fn tokens_follow_from_the_seed() {
    let mut tokens = Vec::new();
    for seed in [7, 7, 8] {
        let okta = org().seed(seed).in_process();
        tokens.push((bearer(&okta, "1", SCOPES).await, okta.web_app().client_secret));
    }
    assert_eq!(tokens[0], tokens[1]);
    assert_ne!(tokens[0].1, tokens[2].1);
}
