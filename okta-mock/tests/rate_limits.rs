//! Buckets as data, warnings and violations in the log, and the ceiling of requests at once.

mod asking;

use std::time::Duration;

use asking::{START, get, org, post, put};
use okta_mock::{Clock, Latency, OktaMock, RateLimits, StartError};
use serde_json::{Value, json};

fn types(okta: &OktaMock) -> Vec<String> {
    okta.log().into_iter().map(|record| record.event_type).collect()
}

#[tokio::test]
async fn a_warning_and_a_violation_are_logged_once_for_a_bucket_and_window() {
    let okta = org().rate_limits(RateLimits::Integrator).in_process();
    for _ in 0..5 {
        get(&okta, "/api/v1/apps").await;
    }
    assert!(types(&okta).is_empty());
    for _ in 0..8 {
        get(&okta, "/api/v1/apps").await;
    }
    assert_eq!(types(&okta), ["system.org.rate_limit.warning", "system.org.rate_limit.violation"]);
    let sample: Value =
        serde_json::from_str(include_str!("../../fixtures/okta/events/system.org.rate_limit.warning.json"))
            .expect("a sample");
    let event: Value = serde_json::from_slice(&okta.log()[0].json()).expect("JSON");
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&event), keys(&sample));
    let debug = &event["debugContext"]["debugData"];
    assert_eq!(keys(debug), keys(&sample["debugContext"]["debugData"]));
    assert_eq!((&debug["threshold"], &debug["rateLimitScopeType"]), (&json!("10"), &json!("PRINCIPAL")));
    assert_eq!((&event["target"][0]["id"], &event["outcome"]), (&json!("/api/v1/apps"), &Value::Null));
    okta.clock().advance(Duration::from_secs(60));
    for _ in 0..12 {
        get(&okta, "/api/v1/apps").await;
    }
    assert_eq!(types(&okta).len(), 4);
}

#[tokio::test]
async fn tables_are_given_as_json_before_the_start_and_later() {
    let table = json!({
        "mode": "enterprise", "token_share_percent": 100, "warning_percent": 90,
        "buckets": [
            { "bucket": "/api/v1/logs", "limit": 3 },
            { "bucket": "hooks", "match": ["GET /api/v1/eventHooks*"], "limit": 2 },
        ],
    });
    let okta = org().rate_limits_json(&table.to_string()).expect("a table").in_process();
    assert_eq!(get(&okta, "/api/v1/logs").await.header("x-rate-limit-limit"), "3");
    assert_eq!(get(&okta, "/api/v1/users/me").await.header("x-rate-limit-limit"), "1000");
    for status in [200, 200, 429] {
        assert_eq!(get(&okta, "/api/v1/eventHooks").await.status, status);
    }
    assert_eq!(okta.requests().last().and_then(|request| request.bucket.clone()).as_deref(), Some("hooks"));
    post(&okta, "/_mock/rate-limits/reset", Value::Null).await;
    assert_eq!(get(&okta, "/api/v1/eventHooks").await.status, 200);
    put(&okta, "/_mock/rate-limits/force", json!({ "bucket": "/api/v1/logs", "remaining": 1 })).await;
    assert_eq!(get(&okta, "/api/v1/logs").await.header("x-rate-limit-remaining"), "0");
    assert_eq!(get(&okta, "/api/v1/logs").await.status, 429);
}

#[tokio::test]
async fn the_org_shows_everybody_who_is_counted_apart_and_the_limits_that_hold() {
    let okta = org().token_share(40).in_process();
    okta.create_api_token("ci", okta_mock::AdminRole::ReadOnlyAdmin);
    put(&okta, "/_mock/rate-limits", json!({ "warning_percent": 75 })).await;
    let of = async |kind: &str, more: &str| {
        get(&okta, &format!("/api/v1/principal-rate-limits?filter=principalType+eq+%22{kind}%22{more}")).await
    };
    let tokens = get(&okta, "/api/v1/api-tokens").await.column("id");
    assert_eq!((tokens.len(), of("SSWS_TOKEN", "").await.column("principalId")), (2, tokens));
    let clients = of("OAUTH_CLIENT", "").await;
    assert_eq!(clients.column("principalId")[0], okta.service_app().client_id);
    let first = of("SSWS_TOKEN", "&limit=1").await;
    let second = get(&okta, &first.link("next").expect("one more")).await;
    assert_eq!((first.rows().len(), second.rows().len(), second.link("next")), (1, 1, None));
    for row in clients.rows().iter().chain(&first.rows()).chain(&second.rows()) {
        assert_eq!((&row["orgId"], &row["defaultPercentage"]), (&json!(okta.org_id()), &json!(40)));
        let one = format!("/api/v1/principal-rate-limits/{}", row["id"].as_str().expect("an id"));
        assert_eq!(get(&okta, &one).await.json(), *row);
    }
    let threshold = get(&okta, "/api/v1/rate-limit-settings/warning-threshold").await;
    assert_eq!(threshold.json(), json!({ "warningThreshold": 75 }));
    let wrong = "/api/v1/principal-rate-limits?filter=";
    for filter in [
        "principalType",
        "principalType+eq+%22USER%22",
        "principalId+eq+%22x%22",
        "not+(principalType+eq+%22SSWS_TOKEN%22)",
    ] {
        let refused = get(&okta, &format!("{wrong}{filter}")).await;
        assert_eq!((refused.status, refused.code().as_str()), (400, "E0000001"), "{filter}");
    }
}

#[tokio::test]
async fn a_wrong_table_is_one_line_that_says_where() {
    for (wrong, says) in [
        ("[]", "rate limits: not a JSON object: "),
        (r#"{"mode":"big"}"#, "rate limits: mode: \"big\" is none of"),
        (r#"{"bukets":[]}"#, "rate limits: bukets: unknown"),
        (
            r#"{"buckets":[{"bucket":"/api/v1/log","limit":1}]}"#,
            "rate limits: buckets[0].bucket: there is no bucket",
        ),
        (
            r#"{"buckets":[{"bucket":"x","limit":1,"match":["logs"]}]}"#,
            "rate limits: buckets[0].match: \"logs\"",
        ),
        (r#"{"concurrency":0}"#, "rate limits: concurrency: 0"),
        (r#"{"latency":"slow"}"#, "rate limits: latency: \"slow\""),
    ] {
        let error: StartError = org().rate_limits_json(wrong).expect_err(wrong);
        assert!(error.to_string().starts_with(says) && !error.to_string().contains('\n'), "{error}");
    }
    let okta = org().in_process();
    let refused = put(&okta, "/_mock/rate-limits", json!({ "window": "1s", "latency": 1 })).await;
    assert_eq!(refused.status, 400);
    assert_eq!(get(&okta, "/_mock/rate-limits").await.json()["window_ms"], 60_000, "all or nothing");
}

#[tokio::test(start_paused = true)]
async fn too_many_at_once_are_refused_with_a_limit_of_zero() {
    let okta = OktaMock::builder()
        .clock(Clock::Tokio(START))
        .rate_limits(RateLimits::Workforce)
        .latency(Latency::Okta)
        .concurrency(3)
        .in_process();
    let crowd = futures::future::join_all((0..5).map(|_| get(&okta, "/api/v1/users"))).await;
    let refused: Vec<_> = crowd.iter().filter(|answer| answer.status == 429).collect();
    assert_eq!(refused.len(), 2);
    assert_eq!(refused[0].header("x-rate-limit-limit"), "0");
    assert_eq!(refused[0].code(), "E0000047");
    assert_eq!(types(&okta), ["core.concurrency.org.limit.violation"], "the first in a minute is logged");
    // The others took their time on the mock's clock, and are done.
    assert!(okta.clock().now_ms() - START >= 90);
    assert_eq!(get(&okta, "/api/v1/users").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_request_is_under_way_until_a_planned_delay_and_the_last_byte_are_over() {
    let builder = OktaMock::builder().clock(Clock::Tokio(START)).rate_limits(RateLimits::Workforce);
    let okta = builder.concurrency(2).in_process();
    okta.faults().on("GET /api/v1/users").delay(Duration::from_secs(8));
    okta.faults().on("GET /api/v1/groups").delay_body(Duration::from_secs(4));
    let at = async |second, target: &'static str| {
        tokio::time::sleep(Duration::from_secs(second)).await;
        get(&okta, target).await.status
    };
    let answered = futures::future::join4(
        at(0, "/api/v1/users"),
        at(1, "/api/v1/groups"),
        at(3, "/api/v1/apps"),
        at(6, "/api/v1/apps"),
    )
    .await;
    assert_eq!(answered, (200, 200, 429, 200), "the third came while two were under way");
}

#[tokio::test]
#[should_panic(expected = "1 requests were sent while too many others were under way")]
async fn a_crowd_is_a_violation() {
    let okta = org().latency(Latency::Okta).concurrency(1).in_process();
    let (first, second) = (get(&okta, "/api/v1/users"), get(&okta, "/api/v1/users"));
    let done = async {
        tokio::task::yield_now().await;
        okta.clock().advance(Duration::from_secs(1));
    };
    futures::future::join3(first, second, done).await;
    okta.assert_no_rate_limit_violations();
}
