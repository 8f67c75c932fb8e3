//! No request makes the mock panic, and every answer is one that a client could get from a server.

mod asking;

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
        Just("me".to_owned()),
        Just("lifecycle".to_owned()),
        Just("verify".to_owned()),
        Just("%ff%00".to_owned()),
        Just("%".to_owned()),
        Just("..".to_owned()),
        Just(String::new()),
        "[a-zA-Z0-9%@._~-]{0,30}",
    ];
    let root = prop_oneof![Just("/api/v1"), Just("/_mock"), Just("")];
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
                if !response.body().is_empty() {
                    prop_assert!(serde_json::from_slice::<serde_json::Value>(response.body()).is_ok());
                }
            }
            Ok(())
        })?;
    }
}
