//! Apps made over the API as clients of the authorization server. The quotations are rows of the fact sheet on Okta, §1.2,
//! §1.3 and §8.3.

mod asking;
mod signing;
mod web_app;

use asking::{Answer, delete, get, org, post, put};
use okta_mock::OktaMock;
use serde_json::{Value, json};
use signing::{Assertion, Proof, exchange, form, refusal};

const APPS: &str = "/api/v1/apps";

/// A service app with the key of the built-in one, private members and all.
fn service(okta: &OktaMock, dpop: Value) -> Value {
    let mut app = json!({
        "name": "oidc_client", "label": "A \"quoted\" service", "signOnMode": "OPENID_CONNECT",
        "credentials": { "oauthClient": { "token_endpoint_auth_method": "private_key_jwt" } },
        "settings": { "oauthClient": {
            "application_type": "service", "grant_types": ["client_credentials"], "response_types": ["token"],
            "jwks": { "keys": [okta.service_app().private_key_jwk] },
        } },
    });
    if !dpop.is_null() {
        app["settings"]["oauthClient"]["dpop_bound_access_tokens"] = dpop;
    }
    app
}

fn web() -> Value {
    json!({
        "name": "oidc_client", "label": "Portal", "signOnMode": "OPENID_CONNECT",
        "credentials": { "oauthClient": { "token_endpoint_auth_method": "client_secret_post" } },
        "settings": { "oauthClient": {
            "application_type": "web", "grant_types": ["authorization_code"], "response_types": ["code"],
            "redirect_uris": ["https://portal.example.com/callback"],
        } },
    })
}

fn id(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{:?}", answer.bytes);
    answer.json()["id"].as_str().expect("an id").to_owned()
}

async fn may(okta: &OktaMock, client: &str, scope: &str) {
    let grant = json!({ "scopeId": scope, "issuer": okta.url() });
    assert_eq!(post(okta, &format!("{APPS}/{client}/grants"), grant).await.status, 200);
    let role = json!({ "type": "READ_ONLY_ADMIN" });
    post(okta, &format!("/oauth2/v1/clients/{client}/roles"), role).await;
}

async fn asked(okta: &OktaMock, client: &str, jti: &str, proof: Option<&Proof>) -> Answer {
    let assertion = Assertion::new(okta, jti).claim("iss", client.into()).claim("sub", client.into());
    let proof = proof.map(Proof::signed);
    let headers: Vec<_> = proof.iter().map(|proof| ("dpop", proof.as_str())).collect();
    exchange(okta, &assertion.signed(), "okta.users.read", &headers).await
}

/// "Only `private_key_jwt`", "every requested scope must be in the app's grants collection", "scope ∩ admin roles".
#[tokio::test]
async fn a_service_app_made_over_the_api_gets_tokens_by_its_key() {
    let okta = org().in_process();
    let made = post(&okta, APPS, service(&okta, false.into())).await;
    let (client, shown) = (id(&made), made.json());
    assert_eq!(shown["credentials"]["oauthClient"]["client_id"], client.as_str());
    assert_eq!(shown["credentials"]["oauthClient"].get("client_secret"), None);
    let key = &shown["settings"]["oauthClient"]["jwks"]["keys"][0];
    assert_eq!((key.get("d"), &key["status"]), (None, &json!("ACTIVE")), "the private part is not kept");
    assert_eq!(refusal(&asked(&okta, &client, "1", None).await).1, "consent_required");
    may(&okta, &client, "okta.users.read").await;
    let grants = get(&okta, &format!("{APPS}/{client}/grants")).await.json();
    assert_eq!(grants[0]["_links"]["app"]["title"], "A \"quoted\" service");
    let token = asked(&okta, &client, "2", None).await.json()["access_token"].clone();
    assert_eq!(web_app::status(&okta, token.as_str().expect("a token")).await, 200);
    let fields = [("grant_type", "client_credentials"), ("scope", "okta.users.read"), ("client_id", &client)];
    let secret = [("client_secret", "a secret that is none")];
    let by_secret = form(&okta, "/oauth2/v1/token", &[], &[&fields[..], &secret].concat()).await;
    assert_eq!(refusal(&by_secret).1, "invalid_client");

    okta.restore(&okta.snapshot());
    assert_eq!(asked(&okta, &client, "3", None).await.status, 200, "it is in the snapshot");
    post(&okta, &format!("{APPS}/{client}/lifecycle/deactivate"), Value::Null).await;
    assert_eq!(refusal(&asked(&okta, &client, "4", None).await).1, "invalid_client");
    post(&okta, &format!("{APPS}/{client}/lifecycle/activate"), Value::Null).await;
    assert_eq!(asked(&okta, &client, "5", None).await.status, 200);
    assert_eq!(delete(&okta, &format!("{APPS}/{client}")).await.code(), "E0000056", "not while it is active");
    post(&okta, &format!("{APPS}/{client}/lifecycle/deactivate"), Value::Null).await;
    assert_eq!(delete(&okta, &format!("{APPS}/{client}")).await.status, 204);
    assert_eq!(refusal(&asked(&okta, &client, "6", None).await).1, "invalid_client");
    assert_eq!(get(&okta, &format!("/oauth2/v1/clients/{client}/roles")).await.status, 404);
    okta.restore(&okta.snapshot());
    assert_ne!(okta.service_app().client_id, client, "the built-in one is another");
}

/// "New API-service apps have `dpop_bound_access_tokens: true` by default".
#[tokio::test]
async fn a_service_app_is_bound_by_dpop_until_a_put_says_otherwise() {
    let okta = org().in_process();
    let client = id(&post(&okta, APPS, service(&okta, Value::Null)).await);
    may(&okta, &client, "okta.users.read").await;
    assert_eq!(refusal(&asked(&okta, &client, "1", None).await).1, "invalid_dpop_proof");
    let path = format!("{APPS}/{client}");
    for (n, bound) in [false, true].into_iter().enumerate() {
        let mut app = get(&okta, &path).await.json();
        app["settings"]["oauthClient"]["dpop_bound_access_tokens"] = bound.into();
        assert_eq!(put(&okta, &path, app.clone()).await.json()["settings"], app["settings"]);
        let status = asked(&okta, &client, &format!("put{n}"), None).await.status;
        assert_eq!(status == 200, !bound, "dpop_bound_access_tokens {bound}");
    }
    // The built-in app, too: what is shown is what counts.
    let path = format!("{APPS}/{}", okta.service_app().client_id);
    let mut app = get(&okta, &path).await.json();
    app["settings"]["oauthClient"]["dpop_bound_access_tokens"] = true.into();
    assert_eq!(put(&okta, &path, app).await.status, 200);
    let answer = exchange(&okta, &Assertion::new(&okta, "built-in").signed(), "okta.users.read", &[]).await;
    assert_eq!(refusal(&answer).1, "invalid_dpop_proof");
}

/// "`redirect_uri` (exact match to a registered URI)", "secret returned only at creation".
#[tokio::test]
async fn a_web_app_made_over_the_api_tells_its_secret_once_and_signs_users_in() {
    let okta = org().in_process();
    let made = post(&okta, APPS, web()).await;
    let client = id(&made);
    let secret = made.json()["credentials"]["oauthClient"]["client_secret"].clone();
    let secret = secret.as_str().expect("a secret").to_owned();
    let path = format!("{APPS}/{client}");
    let listed = get(&okta, &format!("{APPS}?limit=200")).await;
    for shown in [get(&okta, &path).await, put(&okta, &path, web()).await, listed] {
        assert!(!String::from_utf8_lossy(&shown.bytes).contains(&secret), "the secret is told once");
    }
    let with = |redirect: &str| {
        let mut parameters = web_app::parameters(&okta, "openid");
        for (name, value) in &mut parameters {
            match name.as_str() {
                "client_id" => value.clone_from(&client),
                "redirect_uri" => redirect.clone_into(value),
                _ => {}
            }
        }
        web_app::url(&parameters)
    };
    let callback = "https://portal.example.com/callback";
    let login = web_app::logins(&okta).await.0;
    assert!(okta.sign_in(&with("https://portal.example.com/other"), &login).is_err());
    let location = okta.sign_in(&with(callback), &login).expect("a redirect");
    let code = web_app::parameter(&location, "code");
    let redeem = async |secret: &str| {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", callback),
            ("code_verifier", web_app::VERIFIER),
            ("client_id", client.as_str()),
            ("client_secret", secret),
        ];
        form(&okta, "/oauth2/v1/token", &[], &fields).await
    };
    assert_eq!(refusal(&redeem("wrong").await).1, "invalid_client");
    assert_eq!(redeem(&secret).await.status, 200);
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "x"),
        ("client_id", &client),
        ("client_secret", &secret),
    ];
    let not_enabled = form(&okta, "/oauth2/v1/token", &[], &fields).await;
    assert_eq!(refusal(&not_enabled).1, "unauthorized_client", "grant not enabled for the app");
}

/// A public client: `token_endpoint_auth_method` none, PKCE alone.
#[tokio::test]
async fn a_browser_app_needs_no_secret() {
    let okta = org().in_process();
    let mut app = web();
    app["credentials"] = json!({});
    app["settings"]["oauthClient"]["application_type"] = "browser".into();
    let made = post(&okta, APPS, app).await;
    let shown = &made.json()["credentials"]["oauthClient"];
    assert_eq!((&shown["token_endpoint_auth_method"], shown.get("client_secret")), (&json!("none"), None));
    let client = id(&made);
    let fields = [("grant_type", "authorization_code"), ("client_id", client.as_str()), ("code", "none")];
    let fields = [&fields[..], &[("redirect_uri", "x"), ("code_verifier", "y")]].concat();
    assert_eq!(refusal(&form(&okta, "/oauth2/v1/token", &[], &fields).await).1, "invalid_grant");
}

#[tokio::test]
async fn clients_that_okta_would_refuse_are_refused() {
    let okta = org().in_process();
    let before = get(&okta, APPS).await.rows().len();
    let short = json!({ "kty": "RSA", "kid": "short", "e": "AQAB", "n": "u".repeat(172) });
    let refused = async |change: &dyn Fn(&mut Value)| {
        let mut app = service(&okta, Value::Null);
        change(&mut app["settings"]["oauthClient"]);
        let answer = post(&okta, APPS, app).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "E0000001"));
        answer.json()["errorCauses"][0]["errorSummary"].as_str().expect("a cause").to_owned()
    };
    let cause = refused(&|client| client["jwks"]["keys"] = json!([short])).await;
    assert!(cause.contains("RSA key length") && cause.contains("is less than '2,048' bits"), "{cause}");
    refused(&|client| client["jwks"]["keys"] = json!([{ "kty": "oct", "k": "c2VjcmV0" }])).await;
    refused(&|client| client["jwks"]["keys"] = json!("none")).await;
    let many = vec![okta.service_app().private_key_jwk; 51];
    refused(&|client| client["jwks"]["keys"] = json!(many)).await;
    refused(&|client| client["application_type"] = json!("toaster")).await;
    refused(&|client| client["grant_types"] = json!([7])).await;
    refused(&|client| client["dpop_bound_access_tokens"] = json!("yes")).await;
    for (part, wrong) in [
        ("settings", json!({ "oauthClient": { "redirect_uris": [] } })),
        ("credentials", json!({ "oauthClient": { "client_secret": "short" } })),
        ("credentials", json!({ "oauthClient": { "token_endpoint_auth_method": "trust_me" } })),
    ] {
        let mut app = web();
        app[part] = wrong;
        assert_eq!(post(&okta, APPS, app.clone()).await.code(), "E0000001", "{}", app[part]);
    }
    assert_eq!(get(&okta, APPS).await.rows().len(), before, "nothing came of it");
    let client = id(&post(&okta, APPS, web()).await);
    let kept = put(&okta, &format!("{APPS}/{client}"), service(&okta, Value::Null)).await;
    assert_eq!(kept.code(), "E0000001", "the type of a client stays");
}
