//! DPoP, rule by rule: the quotations are rows of the fact sheet on Okta, §1.3.

mod asking;
mod signing;

use std::time::Duration;

use asking::{Answer, get, org};
use okta_mock::{Builder, OktaMock};
use serde_json::{Value, json};
use signing::{Assertion, Proof, TOKEN_URL, exchange, get_with, refusal};

const SCOPES: &str = "okta.users.read okta.logs.read";

fn bound() -> Builder {
    org().require_dpop(true)
}

fn sample(name: &str) -> Value {
    let path = format!("{}/../fixtures/okta/exchanges/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("the sample")).expect("JSON")
}

/// Asks for a token with a fresh assertion and this proof.
async fn with(okta: &OktaMock, jti: &str, proof: &Proof) -> Answer {
    exchange(okta, &Assertion::new(okta, jti).signed(), SCOPES, &[("dpop", &proof.signed())]).await
}

async fn nonce(okta: &OktaMock) -> String {
    let n = okta.log().len();
    let answer =
        with(okta, &format!("nonce{n}"), &Proof::new(okta, "POST", TOKEN_URL, &format!("n{n}"))).await;
    assert_eq!(refusal(&answer).1, "use_dpop_nonce");
    answer.header("dpop-nonce").to_owned()
}

async fn token(okta: &OktaMock) -> String {
    let nonce = nonce(okta).await;
    let answer = with(okta, "token", &Proof::at_token(okta, "token", &nonce)).await;
    assert_eq!(answer.status, 200, "{:?}", answer.bytes);
    answer.json()["access_token"].as_str().expect("a token").to_owned()
}

/// "Token request sequence", steps 1 to 3, as recorded.
#[tokio::test]
async fn the_dance_of_three_requests() {
    let okta = bound().in_process();
    let bare = exchange(&okta, &Assertion::new(&okta, "1").signed(), SCOPES, &[]).await;
    assert_eq!(
        (bare.status, bare.json()),
        (400, sample("oauth-token-dpop-missing-proof")["response"]["body"].clone())
    );
    let first = with(&okta, "2", &Proof::new(&okta, "POST", TOKEN_URL, "a")).await;
    assert_eq!(
        (first.status, first.json()),
        (400, sample("oauth-token-dpop-nonce")["response"]["body"].clone())
    );
    let nonce = first.header("dpop-nonce");
    assert_eq!(nonce.len(), 32);
    let logged: Vec<_> = okta.log().iter().map(|event| event.event_type.clone()).collect();
    assert_eq!(
        logged,
        ["app.oauth2.token.grant"],
        "the missing header is a failure, being told the nonce is none"
    );
    let third = with(&okta, "3", &Proof::at_token(&okta, "b", nonce)).await;
    let (mut body, theirs) = (third.json(), sample("oauth-token-dpop-ok")["response"]["body"].clone());
    let claims = signing::claims(body["access_token"].as_str().expect("a token"));
    assert_eq!(claims["cnf"]["jkt"].as_str().map(str::len), Some(43));
    body["access_token"] = theirs["access_token"].clone();
    assert_eq!((third.status, body), (200, theirs));
    assert_eq!(third.header("dpop-nonce"), nonce, "a fresh value also arrives on 200 answers");
}

/// Step 3: "**new client assertion**": its `jti` was used up by the request that was told to use a nonce.
#[tokio::test]
async fn use_dpop_nonce_uses_the_assertion_up() {
    let okta = bound().in_process();
    let assertion = Assertion::new(&okta, "same").signed();
    let proof = Proof::new(&okta, "POST", TOKEN_URL, "a").signed();
    let first = exchange(&okta, &assertion, SCOPES, &[("dpop", &proof)]).await;
    let proof = Proof::at_token(&okta, "b", first.header("dpop-nonce")).signed();
    let again = exchange(&okta, &assertion, SCOPES, &[("dpop", &proof)]).await;
    assert_eq!(refusal(&again).2, "The client_assertion token has already been used.");
}

/// The claims table: each claim and header of a proof, wrong or missing.
#[tokio::test]
async fn everything_in_a_proof_is_checked() {
    let okta = bound().in_process();
    let nonce = nonce(&okta).await;
    let now = okta.clock().now_ms() / 1_000;
    let good = || Proof::at_token(&okta, "spoilt", &nonce);
    let private = okta.service_app().ec_key.private_key_jwk;
    for (n, (proof, text)) in [
        (good().header("typ", "JWT".into()), "'typ' must be 'dpop+jwt' in the DPoP proof JWT."),
        (good().header("alg", "none".into()), "The DPoP proof JWT signature algorithm is invalid."),
        (good().header("alg", "RS256".into()), "The DPoP proof JWT signature is invalid."),
        (good().header("jwk", Value::Null), "The DPoP proof JWT is invalid."),
        (good().header("jwk", private), "The DPoP proof JWT is invalid."),
        (
            good().header("jwk", Proof::new(&okta, "", "", "").by_another_key().header["jwk"].clone()),
            "The DPoP proof JWT signature is invalid.",
        ),
        (good().claim("htm", "post".into()), "'htm' claim in the DPoP proof JWT is invalid."),
        (good().claim("htm", "GET".into()), "'htm' claim in the DPoP proof JWT is invalid."),
        (
            good().claim("htu", format!("{TOKEN_URL}?a=b").into()),
            "'htu' claim in the DPoP proof JWT is invalid.",
        ),
        (good().claim("htu", "http://127.0.0.1:1/".into()), "'htu' claim in the DPoP proof JWT is invalid."),
        (good().without("htu"), "'htu' claim in the DPoP proof JWT is invalid."),
        (good().without("iat"), "'iat' claim in the DPoP proof JWT is invalid."),
        (good().claim("iat", "now".into()), "'iat' claim in the DPoP proof JWT is invalid."),
        (good().claim("iat", (now + 1).into()), "The DPoP proof JWT is issued in the future."),
        (
            good().claim("iat", (now - 301).into()),
            "The DPoP proof JWT is issued more than five minutes in the past.",
        ),
        (good().claim("exp", now.into()), "The DPoP proof JWT is expired."),
        (good().without("jti"), "'jti' claim in the DPoP proof JWT is invalid."),
        (good().claim("jti", "".into()), "'jti' claim in the DPoP proof JWT is invalid."),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = with(&okta, &format!("spoilt{n}"), &proof).await;
        assert_eq!(refusal(&answer), (400, "invalid_dpop_proof".into(), text.into()));
    }
    let wrong = with(&okta, "wrong", &good().claim("nonce", "stale".into())).await;
    assert_eq!((refusal(&wrong).1.as_str(), wrong.header("dpop-nonce")), ("use_dpop_nonce", nonce.as_str()));
    let replayed = with(&okta, "replayed", &good()).await;
    assert_eq!(refusal(&replayed).2, "The DPoP proof JWT has already been used.", "by the one before");
    let fine =
        with(&okta, "fine", &good().claim("jti", "fine".into()).claim("iat", (now - 300).into())).await;
    assert_eq!(fine.status, 200);
    let assertion = Assertion::new(&okta, "two").signed();
    let (one, two) = (good().claim("jti", "x".into()).signed(), good().claim("jti", "y".into()).signed());
    let twice = exchange(&okta, &assertion, SCOPES, &[("dpop", &one), ("dpop", &two)]).await;
    assert_eq!(refusal(&twice).2, "Multiple DPoP proof JWT headers are not allowed.");
    let garbage = exchange(&okta, &Assertion::new(&okta, "g").signed(), SCOPES, &[("dpop", "a.b.c")]).await;
    assert_eq!(refusal(&garbage).2, "The DPoP proof JWT cannot be parsed.");
}

/// "Nonce rotates every 24 h, the previous one stays valid for 3 days."
#[tokio::test]
async fn a_nonce_is_replaced_daily_and_taken_for_three_days_more() {
    let okta = bound().in_process();
    let first = nonce(&okta).await;
    let day = Duration::from_secs(86_400);
    okta.clock().advance(day);
    let answer = with(&okta, "1", &Proof::at_token(&okta, "1", &first)).await;
    assert_eq!(answer.status, 200, "the previous one");
    assert_ne!(answer.header("dpop-nonce"), first, "and the new one comes along");
    okta.clock().advance(3 * day);
    let answer = with(&okta, "2", &Proof::at_token(&okta, "2", &first)).await;
    assert_eq!(refusal(&answer).1, "use_dpop_nonce");
}

#[tokio::test]
async fn the_age_of_a_nonce_can_be_shortened() {
    let okta = bound().dpop_nonce_age(Duration::from_secs(10)).in_process();
    let first = nonce(&okta).await;
    okta.clock().advance(Duration::from_secs(39));
    assert_eq!(with(&okta, "1", &Proof::at_token(&okta, "1", &first)).await.status, 200);
    okta.clock().advance(Duration::from_secs(1));
    let answer = with(&okta, "2", &Proof::at_token(&okta, "2", &first)).await;
    let fresh = answer.header("dpop-nonce").to_owned();
    assert_eq!(with(&okta, "3", &Proof::at_token(&okta, "3", &fresh)).await.status, 200);
}

/// A client that need not may still bind its token.
#[tokio::test]
async fn dpop_is_taken_where_it_is_not_required() {
    let okta = org().in_process();
    let token = token(&okta).await;
    let answer = get_with(&okta, "/api/v1/users", &[("authorization", &format!("Bearer {token}"))]).await;
    assert_eq!(answer.status, 401, "bound all the same");
}

/// "Resource call: `Authorization: DPoP {token}` and `DPoP: {proof with ath}`. Every page needs its own proof (`htu`
/// without the query)."
#[tokio::test]
async fn each_page_needs_its_own_proof() {
    let okta = bound().users(5).in_process();
    let token = token(&okta).await;
    let scheme = format!("DPoP {token}");
    let mut target = Some("/api/v1/users?limit=2".to_owned());
    let mut rows = 0;
    for n in 0.. {
        let Some(page) = target else { break };
        let proof = Proof::at(&okta, "/api/v1/users", &format!("page{n}"), &token).signed();
        let headers = [("authorization", scheme.as_str()), ("dpop", proof.as_str())];
        let answer = get_with(&okta, &page, &headers).await;
        assert_eq!(answer.status, 200, "no nonce is required at resources");
        rows += answer.rows().len();
        let again = get_with(&okta, &page, &headers).await;
        assert_eq!((again.status, again.bytes.len()), (400, 0));
        assert!(again.header("www-authenticate").contains("The DPoP proof JWT has already been used."));
        target = answer.link("next");
    }
    assert_eq!(rows, get(&okta, "/api/v1/users").await.rows().len());
}

/// "Errors at resources."
#[tokio::test]
async fn a_bound_token_is_worth_nothing_without_its_key() {
    let okta = bound().in_process();
    let token = token(&okta).await;
    let (dpop, bearer) = (format!("DPoP {token}"), format!("Bearer {token}"));
    let proof = |jti: &str| Proof::at(&okta, "/api/v1/users", jti, &token);
    for (scheme, proof, status, error) in [
        (&bearer, None, 401, "invalid_token"),
        (&bearer, Some(proof("1")), 400, "invalid_request"),
        (&dpop, None, 400, "invalid_request"),
        (&dpop, Some(proof("2").by_another_key()), 401, "invalid_token"),
        (&dpop, Some(proof("3").without("ath")), 400, "invalid_dpop_proof"),
        (&dpop, Some(proof("4").claim("ath", "AAAA".into())), 400, "invalid_dpop_proof"),
        (&dpop, Some(proof("5").claim("htm", "POST".into())), 400, "invalid_dpop_proof"),
        (
            &dpop,
            Some(proof("6").claim("htu", "http://127.0.0.1:1/api/v1/groups".into())),
            400,
            "invalid_dpop_proof",
        ),
        (&dpop, Some(proof("7")), 200, ""),
    ] {
        let signed = proof.map(|proof| proof.signed()).unwrap_or_default();
        let mut headers = vec![("authorization", scheme.as_str())];
        if !signed.is_empty() {
            headers.push(("dpop", &signed));
        }
        let answer = get_with(&okta, "/api/v1/users", &headers).await;
        let challenge = answer.header("www-authenticate");
        assert_eq!(answer.status, status, "{challenge}");
        if status != 200 {
            assert!(
                answer.bytes.is_empty() && challenge.contains(&format!("error=\"{error}\"")),
                "{challenge}"
            );
            assert!(challenge.starts_with(&scheme[..5].trim_end().to_owned()), "{challenge}");
        }
    }
    let okta = org().in_process();
    let unbound = signing::bearer(&okta, "b", SCOPES).await;
    let answer = get_with(&okta, "/api/v1/users", &[("authorization", &format!("DPoP {unbound}"))]).await;
    assert_eq!(answer.status, 401);
    assert!(answer.header("www-authenticate").contains("is not DPoP bound"));
    assert_eq!(json!(answer.bytes.len()), 0);
}
