//! No request makes the mock panic, and every answer is one that a client could get from a server.

mod asking;
mod signing;

use asking::org;
use bytes::Bytes;
use http::{Method, Request, Uri};
use proptest::prelude::*;

/// Paths near the real ones, with segments that are not.
fn target() -> impl Strategy<Value = String> {
    let segment = prop_oneof![
        Just("users".to_owned()),
        Just("groups".to_owned()),
        Just("apps".to_owned()),
        Just("logs".to_owned()),
        Just("eventHooks".to_owned()),
        Just("logStreams".to_owned()),
        Just("rules".to_owned()),
        Just("hooks".to_owned()),
        Just("preview".to_owned()),
        Just("deliveries".to_owned()),
        Just("redeliver".to_owned()),
        Just("relay".to_owned()),
        Just("faults".to_owned()),
        Just("heal".to_owned()),
        Just("rate-limits".to_owned()),
        Just("force".to_owned()),
        Just("requests".to_owned()),
        Just("conduct".to_owned()),
        Just("api-tokens".to_owned()),
        Just("tokens".to_owned()),
        Just("current".to_owned()),
        Just("grants".to_owned()),
        Just("clients".to_owned()),
        Just("roles".to_owned()),
        Just("authorize".to_owned()),
        Just("token".to_owned()),
        Just("me".to_owned()),
        Just("lifecycle".to_owned()),
        Just("verify".to_owned()),
        Just("%ff%00".to_owned()),
        Just("%".to_owned()),
        Just("..".to_owned()),
        Just(String::new()),
        "[a-zA-Z0-9%@._~-]{0,30}",
    ];
    let root = prop_oneof![
        Just("/api/v1"),
        Just("/_mock"),
        Just("/_mock/api/v1"),
        Just("/oauth2/v1"),
        Just("/oauth2"),
        Just("")
    ];
    let name = prop_oneof![
        Just("limit"),
        Just("after"),
        Just("since"),
        Just("until"),
        Just("filter"),
        Just("search"),
        Just("q"),
        Just("sortOrder"),
        Just("id"),
    ];
    let value = prop_oneof![
        "[0-9]{1,40}",
        "-[0-9]{1,20}",
        "[0-9]{1,20}_[0-9]{1,20}",
        "[!-~]{0,40}",
        "%[0-9a-f]{2}%[0-9a-f]{2}",
        Just("%22%22+eq+((((not".to_owned()),
        Just("9999-12-31T23:59:59.999Z".to_owned()),
        Just("-009999-01-01T00:00:00Z".to_owned()),
        Just("00uaaaaaaaaaaaaaaaaa".to_owned()),
        Just("%F0%9F%A6%80_1".to_owned()),
    ];
    let query = prop::collection::vec((name, value), 0..4);
    (root, prop::collection::vec(segment, 0..5), query).prop_map(|(root, segments, query)| {
        let pairs: Vec<String> = query.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{root}/{}?{}", segments.join("/"), pairs.join("&"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_request_is_answered(
        targets in prop::collection::vec((target(), 0_usize..5, prop_oneof![
            Just("{}".to_owned()), Just("[".to_owned()), Just("[{}]".to_owned()), Just("null".to_owned()),
            Just(r#"{"profile":{"login":"a@b","email":"a@b","firstName":7}}"#.to_owned()),
            Just(r#"{"profile":[]}"#.to_owned()), Just(r#"{"bucket":"/api/v1/logs","remaining":99999999}"#.to_owned()),
            Just(r#"{"type":"aws_eventbridge","name":"x","settings":[]}"#.to_owned()),
            Just(r#"[{"match":{"any":true},"do":{"unknown_fields":true}},{"match":{"any":true},"do":{"next_link":{"relative":true}}}]"#.to_owned()),
            Just(r#"{"match":{"any":true},"when":{"every":1,"between":["9s","1s"]},"do":{"clock_skew":"-500d"}}"#.to_owned()),
            Just(r#"{"url":"http://a/","secret":"é"}"#.to_owned()), Just(r#"{"events":9e99,"rate":-1}"#.to_owned()), ".{0,40}",
        ]), 1..6),
    ) {
        let okta = org().users(5).events(20).in_process();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            for (target, method, body) in targets {
                let Ok(uri) = target.parse::<Uri>() else { continue };
                let method = [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH][method].clone();
                let request = Request::builder().method(method).uri(uri)
                    .header("authorization", format!("SSWS {}", okta.api_token()))
                    .body(Bytes::from(body)).expect("a request");
                let response = okta.service().call(request).await;
                prop_assert!((200..600).contains(&response.status().as_u16()));
                // Pages, the inspector's icon and stream, metrics.
                let other = ["text/html", "text/plain", "text/event-stream", "image/svg+xml"];
                let typed = response.headers().get("content-type").and_then(|typed| typed.to_str().ok());
                if !response.body().is_empty() && !other.contains(&typed.and_then(|typed| typed.split(';').next()).unwrap_or("")) {
                    prop_assert!(serde_json::from_slice::<serde_json::Value>(response.body()).is_ok());
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn every_oauth_request_is_answered(
        calls in prop::collection::vec((endpoint(), prop::collection::vec(field(), 0..8), headers(), any::<bool>()), 1..5),
    ) {
        let okta = org().users(3).in_process();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            for (path, fields, headers, in_query) in calls {
                let known = |value: String| match value.as_str() {
                    "SERVICE" => okta.service_app().client_id,
                    "WEB" => okta.web_app().client_id,
                    "SECRET" => okta.web_app().client_secret,
                    "REDIRECT" => okta.web_app().redirect_uri,
                    _ => value,
                };
                let fields: Vec<_> = fields.into_iter().map(|(name, value)| (name, known(value))).collect();
                let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
                let (query, body) = if in_query { (form, String::new()) } else { (String::new(), form) };
                let method = if in_query { Method::GET } else { Method::POST };
                let mut request = Request::builder().method(method).uri(format!("{path}?{query}"))
                    .header("content-type", "application/x-www-form-urlencoded");
                for (name, value) in headers {
                    let Ok(value) = http::HeaderValue::from_str(&value) else { continue };
                    request = request.header(name, value);
                }
                let response = okta.service().call(request.body(Bytes::from(body)).expect("a request")).await;
                prop_assert!((200..500).contains(&response.status().as_u16()), "{}", response.status());
            }
            Ok(())
        })?;
    }

    /// A client that holds the right key and fills its assertion with nonsense.
    #[test]
    fn any_signed_claims_are_answered(claims in prop::collection::vec((0_usize..7, claim()), 0..6)) {
        let okta = org().in_process();
        let mut assertion = signing::Assertion::ec(&okta, "x");
        let mut proof = signing::Proof::new(&okta, "POST", signing::TOKEN_URL, "y");
        for (n, value) in claims {
            let name = ["aud", "exp", "iat", "jti", "nonce", "htu", "htm"][n];
            assertion.claims[name] = value.clone();
            proof.claims[name] = value;
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let answer = runtime.block_on(signing::exchange(
            &okta, &assertion.signed(), "okta.users.read", &[("dpop", &proof.signed())],
        ));
        prop_assert!((200..500).contains(&answer.status));
    }
}

fn endpoint() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("/oauth2/v1/token"),
        Just("/oauth2/v1/authorize"),
        Just("/oauth2/v1/introspect"),
        Just("/oauth2/v1/revoke"),
        Just("/oauth2/v1/userinfo"),
        Just("/oauth2/v1/keys"),
        Just("/api/v1/users"),
    ]
}

/// A field that some endpoint reads, with a value that it may or may not like.
fn field() -> impl Strategy<Value = (&'static str, String)> {
    let name = prop::sample::select(vec![
        "client_id",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
        "grant_type",
        "scope",
        "code",
        "code_verifier",
        "refresh_token",
        "redirect_uri",
        "response_type",
        "response_mode",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "prompt",
        "login",
        "login_hint",
        "token",
    ]);
    let word = prop::sample::select(vec![
        "SERVICE",
        "WEB",
        "SECRET",
        "REDIRECT",
        "client_credentials",
        "authorization_code",
        "refresh_token",
        "openid",
        "okta.users.read",
        "code",
        "form_post",
        "fragment",
        "S256",
        "none",
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    ]);
    let value = prop_oneof![3 => word.prop_map(str::to_owned), 1 => jwt(), 1 => ".{0,40}"];
    (name, value)
}

fn headers() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let name = prop_oneof![Just("authorization"), Just("dpop"), Just("host"), Just("x-forwarded-for")];
    let scheme = prop_oneof![Just("Bearer "), Just("DPoP "), Just("Basic "), Just("SSWS "), Just("")];
    let value =
        (scheme, prop_oneof![jwt(), "[ -~]{0,30}"]).prop_map(|(scheme, value)| format!("{scheme}{value}"));
    prop::collection::vec((name, value), 0..4)
}

/// Something with the shape of a JWT, or nearly.
fn jwt() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just(r#"{"alg":"RS256","typ":"dpop+jwt","jwk":{"kty":"RSA","n":"AQAB","e":"AQAB"}}"#.to_owned()),
        Just(
            r#"{"alg":"ES256","typ":"dpop+jwt","jwk":{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}}"#
                .to_owned()
        ),
        Just(r#"{"alg":"none"}"#.to_owned()),
        Just("[]".to_owned()),
        ".{0,20}",
    ];
    prop::collection::vec(part, 0..4).prop_map(|parts| {
        parts.iter().map(|part| signing::base64(part.as_bytes())).collect::<Vec<_>>().join(".")
    })
}

fn claim() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::{Value, json};
    prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)),
        Just(json!(i64::MIN)),
        Just(json!(u64::MAX)),
        Just(json!([signing::TOKEN_URL, 7, null])),
        Just(json!({ "a": {} })),
        ".{0,20}".prop_map(Value::String),
    ]
}
