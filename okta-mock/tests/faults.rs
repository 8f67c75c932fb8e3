//! The whole catalogue of planned misbehaviour, for answers and for pushes.

mod asking;

use std::time::Duration;

use asking::receiver::{Receiver, hook, registered};
use asking::{START, delete, get, org, post, put, walk};
use bytes::Bytes;
use http::Request;
use okta_mock::{Channel, Clock, Fault, OktaMock, TransportFault};
use serde_json::{Value, json};

const USERS: &str = "/api/v1/users?limit=2";

fn planned(act: Value) -> OktaMock {
    let okta = org().users(5).in_process();
    okta.faults().on("GET /api/v1/users").nth(1).act(&act);
    okta
}

fn lines(answer: &asking::Answer) -> Vec<String> {
    let links = answer.headers.get_all("link").iter();
    links.map(|line| line.to_str().expect("readable").to_owned()).collect()
}

#[tokio::test]
async fn links_are_spelt_in_every_wrong_and_every_odd_way() {
    let plain = lines(&get(&planned(json!({ "delay": "1ms" })), "/api/v1/groups").await);
    assert_eq!(plain.len(), 1);
    let next = |answer: &asking::Answer| lines(answer).into_iter().nth(1).unwrap_or_default();
    for (link, expected) in [
        (json!({ "host": "attacker.invalid" }), "<http://attacker.invalid/api/v1/users?after="),
        (json!({ "scheme": "https" }), "<https://127.0.0.1:1/api/v1/users?after="),
        (json!({ "relative": true }), "</api/v1/users?after="),
        (json!({ "self_loop": true }), "<http://127.0.0.1:1/api/v1/users?limit=2>; rel=\"next\""),
        (json!({ "missing": true }), ""),
        (json!({ "comma_joined": true }), ""),
    ] {
        let answer = get(&planned(json!({ "next_link": link })), USERS).await;
        assert!(next(&answer).starts_with(expected), "{link}: {:?}", lines(&answer));
    }
    let joined = get(&planned(json!({ "next_link": { "comma_joined": true } })), USERS).await;
    assert_eq!(lines(&joined)[0].matches("rel=").count(), 2);
    for (word, ending) in [
        ("upper_case_rel", "rel=\"NEXT\""),
        ("unquoted_rel", "rel=next"),
        ("extra_params", "title=\"a, b\"; rel=\"next\""),
    ] {
        let answer = get(&planned(json!({ "next_link": { word: true } })), USERS).await;
        assert!(next(&answer).ends_with(ending), "{:?}", lines(&answer));
    }
}

#[tokio::test]
async fn bodies_are_spoilt_and_the_org_is_not() {
    let body = async |word: &str| {
        let okta = planned(json!({ word: true }));
        let answer = get(&okta, USERS).await;
        assert_eq!(walk(&okta, USERS).await.len(), 5, "the next answers are right");
        answer
    };
    assert!(serde_json::from_slice::<Value>(&body("malformed_json").await.bytes).is_err());
    assert_eq!(body("wrong_content_type").await.header("content-type"), "text/html");
    assert!(body("bom").await.bytes.starts_with(b"\xef\xbb\xbf"));
    assert_eq!(body("gzip_corrupt").await.header("content-encoding"), "gzip");
    assert_eq!(body("unknown_fields").await.rows()[0]["futureField"]["introduced"], "2031");
    assert_eq!(body("unknown_enum").await.column("status"), ["FUTURE", "FUTURE"]);
    assert_eq!(body("null_fields").await.rows()[0]["profile"], Value::Null);
    assert_eq!(body("duplicate_rows").await.rows().len(), 3);
    assert_eq!(body("missing_row").await.rows().len(), 1);
    assert!(body("shuffle_page").await.column("id").is_sorted_by(|a, b| a > b));
    let empty = body("empty_page_with_next").await;
    assert_eq!((empty.rows().len(), empty.link("next").is_some()), (0, true));
}

#[tokio::test]
async fn headers_and_answers_are_as_planned() {
    let answer = async |act: Value| get(&planned(act), USERS).await;
    let skewed = answer(json!({ "clock_skew": "-10m" })).await;
    assert_eq!(skewed.header("date"), "Fri, 21 Aug 2026 07:50:00 GMT");
    let reset: i64 = skewed.header("x-rate-limit-reset").parse().expect("a number");
    assert_eq!(reset, START / 1_000 + 60 - 600);
    let past = answer(json!({ "reset_in_past": true })).await;
    assert_eq!(
        (past.status, past.header("x-rate-limit-reset")),
        (429, (START / 1_000 - 30).to_string().as_str())
    );
    let later = answer(json!({ "rate_limit": { "reset_in": "45s" } })).await;
    assert_eq!(later.header("x-rate-limit-reset"), (START / 1_000 + 45).to_string());
    let maintenance = answer(json!({ "maintenance_503": true })).await;
    assert_eq!((maintenance.status, maintenance.code().as_str()), (503, "E0000010"));
    let revoked = answer(json!({ "auth_revoked": true })).await;
    assert_eq!((revoked.status, revoked.code().as_str()), (401, "E0000011"));
    let bare =
        answer(json!({ "headers": { "Retry-After": "7" }, "drop_headers": ["X-Rate-Limit-Limit"] })).await;
    assert_eq!((bare.status, bare.header("retry-after"), bare.header("x-rate-limit-limit")), (200, "7", ""));
    let raw = answer(json!({ "status": 418, "body": { "tea": true }, "headers": { "x-pot": "1" } })).await;
    assert_eq!((raw.status, raw.header("x-pot"), &raw.json()["tea"]), (418, "1", &json!(true)));
}

#[tokio::test]
async fn one_act_of_each_phase_and_only_a_request_with_a_cursor_can_have_it_expire() {
    let okta = org().users(5).in_process();
    let ids = okta.faults().plan(&json!([
        { "id": "stale", "match": { "route": "users.list" }, "when": { "times": 1 }, "do": { "expire_cursor": true } },
        { "match": { "route": "users.list", "cursor": false }, "do": { "bom": true } },
        { "match": { "route": "users.list" }, "when": { "nth": [1] }, "do": { "next_link": { "relative": true } } },
    ]));
    let first = get(&okta, USERS).await;
    assert!(first.bytes.starts_with(b"\xef\xbb\xbf") && lines(&first)[1].starts_with("</api"));
    let next = lines(&first)[1].split(['<', '>']).nth(1).expect("a link").to_owned();
    assert_eq!(get(&okta, &next).await.code(), "E0000031");
    assert_eq!(get(&okta, &next).await.status, 200, "once only");
    assert_eq!(
        ids.iter().map(|id| okta.faults().acted_by(*id)).collect::<Vec<_>>(),
        [Some(1), Some(1), Some(1)]
    );
    assert_eq!(delete(&okta, "/_mock/faults?id=stale").await.json()["removed"], 1);
    assert_eq!(delete(&okta, "/_mock/faults?id=stale").await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn a_page_is_met_by_its_number_and_an_answer_is_late_by_chance() {
    let okta = OktaMock::builder().users(7).clock(Clock::Tokio(START)).in_process();
    okta.faults().plan(&json!([
        { "match": { "route": "users.list", "page": 3 }, "do": { "truncate_body": 10 } },
        { "match": { "route": "groups.list" }, "do": { "delay": "8s", "jitter": "2s" } },
        { "match": { "route": "apps.list" }, "do": { "timeout": true } },
    ]));
    let (mut lengths, mut target) = (Vec::new(), Some(USERS.to_owned()));
    while let Some(next) = target {
        let page = get(&okta, &next).await;
        lengths.push(page.bytes.len() == 10);
        target = page.link("next");
    }
    assert_eq!(lengths, [false, false, true, false]);
    let mut waits = Vec::new();
    for _ in 0..4 {
        let before = okta.clock().now_ms();
        get(&okta, "/api/v1/groups").await;
        waits.push(okta.clock().now_ms() - before);
    }
    assert!(waits.iter().all(|wait| (8_000..=10_000).contains(wait)), "{waits:?}");
    waits.dedup();
    assert!(waits.len() > 1, "{waits:?}");
    let patient = tokio::time::timeout(Duration::from_secs(600), get(&okta, "/api/v1/apps")).await;
    assert!(patient.is_err());
}

#[tokio::test]
async fn rules_act_by_the_clock() {
    let okta = org().in_process();
    let users = || okta.faults().on("GET /api/v1/users");
    users().after(Duration::from_secs(10)).lasting(Duration::from_secs(5)).respond(503);
    let status = async || get(&okta, "/api/v1/users").await.status;
    assert_eq!(status().await, 200);
    okta.clock().advance(Duration::from_secs(10));
    assert_eq!(status().await, 503);
    okta.clock().advance(Duration::from_secs(5));
    assert_eq!(status().await, 200);
    okta.faults().clear();
    users().skip(1).every(2).respond(500);
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(status().await);
    }
    assert_eq!(seen, [200, 200, 500, 200, 500]);
}

#[tokio::test]
async fn rules_are_replaced_shown_and_refused_with_a_place() {
    let okta = org().in_process();
    post(&okta, "/_mock/faults", json!({ "on": "GET /a", "do": { "rate_limit": true } })).await;
    let full = json!([{ "id": "blip", "match": { "route": "logs" }, "when": { "nth": [1, 3], "skip": 1 }, "do": { "status": 500 } }]);
    assert_eq!(put(&okta, "/_mock/faults", full).await.json()["ids"], json!([2]));
    let shown = get(&okta, "/_mock/faults").await.json();
    assert_eq!(shown["faults"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&shown["faults"][0]["name"], &shown["faults"][0]["when"]["nth"]),
        (&json!("blip"), &json!([1, 3]))
    );
    let wrong =
        json!([{ "on": "GET /a", "do": { "rate_limit": true } }, { "on": "GET /a", "do": { "sttaus": 1 } }]);
    let refused = post(&okta, "/_mock/faults", wrong).await;
    assert!(refused.json()["error"].as_str().is_some_and(|text| text.starts_with("[1].do.sttaus: unknown")));
    assert_eq!(get(&okta, "/_mock/faults").await.json()["faults"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn chaos_is_drawn_from_its_seed_and_heals() {
    let storm = async |seed: u64| {
        let okta = org().users(5).in_process();
        okta.faults().on("POST /api/v1/groups").respond(500);
        let chaos = json!({ "seed": seed, "budget": 6 });
        assert_eq!(post(&okta, "/_mock/chaos", chaos).await.json()["ids"].as_array().map(Vec::len), Some(6));
        let shown = get(&okta, "/_mock/faults").await.json()["faults"].clone();
        assert_eq!(okta.faults().heal(), 6);
        assert_eq!(okta.faults().acted(), 0);
        shown
    };
    assert_eq!(storm(7).await, storm(7).await);
    assert_ne!(storm(7).await, storm(8).await);
}

#[tokio::test(start_paused = true)]
async fn without_a_socket_a_broken_connection_is_an_error_and_a_drip_takes_its_time() {
    let okta = OktaMock::builder().users(5).clock(Clock::Tokio(START)).in_process();
    okta.faults().on("GET /api/v1/users").nth(1).act(&json!({ "transport": "reset_peer" }));
    okta.faults().on("GET /api/v1/users").nth(2).act(&json!({ "transport": "garbage" }));
    okta.faults()
        .on("GET /api/v1/users")
        .nth(3)
        .act(&json!({ "slow_drip": { "bytes": 100, "every": "1s" } }));
    let request = || {
        let authorization = format!("SSWS {}", okta.api_token());
        Request::get(USERS).header("authorization", authorization).body(Bytes::new()).expect("a request")
    };
    let broken = okta.service().try_call(request()).await.expect_err("no answer");
    assert_eq!(broken.to_string(), "the connection broke as planned: reset_peer");
    let stand_in = okta.service().call(request()).await;
    assert_eq!(
        (stand_in.status().as_u16(), &stand_in.headers()["x-okta-mock-transport"] == "garbage"),
        (502, true)
    );
    let slow = okta.service().call(request()).await;
    let length = i64::try_from(slow.body().len()).expect("short");
    assert_eq!(okta.clock().now_ms() - START, (length - 1) / 100 * 1_000);
    let takes = async |plan: fn(Fault) -> u64| {
        okta.faults().clear();
        plan(okta.faults().on("GET /api/v1/users"));
        let began = okta.clock().now_ms();
        assert_eq!(okta.service().call(request()).await.body(), slow.body());
        okta.clock().now_ms() - began
    };
    assert_eq!(takes(|fault| fault.bandwidth(1_000)).await, (length - 1) / 100 * 100);
    assert_eq!(takes(|fault| fault.bandwidth(4)).await, (length - 1) * 250);
    assert_eq!(takes(|fault| fault.delay_body(Duration::from_secs(7))).await, 7_000);
    assert_eq!(takes(|fault| fault.slow_close(Duration::from_secs(3))).await, 3_000);
    assert_eq!(takes(|fault| fault.transport(TransportFault::CloseIdleKeepalive)).await, 0);
    okta.faults().clear();
    okta.faults().on("GET /api/v1/users").transport(TransportFault::Goaway);
    let last = okta.service().call(request()).await;
    assert_eq!(last.headers()["connection"], "close");
}

#[tokio::test]
async fn a_body_cut_short_keeps_its_promised_length_or_not_and_a_429_may_say_anything() {
    let okta = org().users(5).in_process();
    let users = || okta.faults().on("GET /api/v1/users").times(1);
    users().truncate_body(40);
    let cut = get(&okta, USERS).await;
    assert!(cut.bytes.len() == 40 && cut.header("content-length") != "40");
    users().shorten_body(40);
    let short = get(&okta, USERS).await;
    assert_eq!((short.bytes.len(), short.header("content-length")), (40, "40"));
    users().act(&json!({ "rate_limit": { "remaining": 3, "reset_in": "30s" } }));
    let odd = get(&okta, USERS).await;
    assert_eq!((odd.status, odd.header("x-rate-limit-remaining")), (429, "3"));
    users().act(&json!({ "next_link": { "host": "attacker.invalid", "scheme": "https", "port": 444 } }));
    assert!(
        lines(&get(&okta, USERS).await)[1].starts_with("<https://attacker.invalid:444/api/v1/users?after=")
    );
}

/// Two pushes of one event each, with this fault.
async fn pushed(act: Value) -> (Receiver, OktaMock) {
    let receiver = Receiver::answering(&[200]);
    let okta = receiver.org();
    registered(&okta, hook(&["group.lifecycle.create"])).await;
    let rule = json!({ "match": { "channel": "event_hook" }, "do": act });
    assert_eq!(post(&okta, "/_mock/faults", rule).await.status, 200);
    for name in ["One", "Two"] {
        post(&okta, "/api/v1/groups", json!({ "profile": { "name": name } })).await;
        okta.clock().advance(Duration::from_millis(200));
    }
    (receiver, okta)
}

fn names(receiver: &Receiver) -> Vec<String> {
    let bodies =
        receiver.came().into_iter().map(|push| serde_json::from_slice::<Value>(push.body()).expect("JSON"));
    bodies
        .map(|body| body["data"]["events"][0]["target"][0]["displayName"].as_str().unwrap_or("?").to_owned())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn pushes_are_dropped_repeated_reordered_delayed_and_sent_with_a_wrong_secret() {
    let (receiver, okta) = pushed(json!({ "drop": true })).await;
    okta.settle().await;
    assert_eq!(
        (receiver.came().len(), okta.deliveries()[0].error.as_deref()),
        (0, Some("dropped by a planned fault"))
    );

    let (receiver, okta) = pushed(json!({ "duplicate": { "times": 3, "gap": "4s" } })).await;
    okta.settle().await;
    assert_eq!(receiver.came().len(), 6);
    let ids: std::collections::BTreeSet<String> =
        okta.deliveries().into_iter().map(|delivery| delivery.push_id).collect();
    assert_eq!(ids.len(), 2);

    let (receiver, okta) = pushed(json!({ "reorder": { "window": 2 } })).await;
    okta.settle().await;
    assert_eq!(names(&receiver), ["Two", "One"]);

    let (receiver, okta) = pushed(json!({ "delay": "90s" })).await;
    tokio::time::sleep(Duration::from_secs(89)).await;
    assert_eq!(receiver.came().len(), 0);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(receiver.came().len(), 2);
    okta.settle().await;

    let (receiver, okta) = pushed(json!({ "bad_auth": true })).await;
    okta.settle().await;
    assert_eq!(receiver.came()[0].headers()["authorization"], "wrong");
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_split_and_an_envelope_is_mislabelled() {
    let receiver = Receiver::answering(&[200]);
    let okta = receiver.builder().eventbridge_relay("http://relay.example.com/", "s").in_process();
    registered(&okta, hook(&["group.lifecycle.create"])).await;
    okta.faults().on_push(Channel::EventHook).times(1).act(&json!({ "split": true }));
    okta.faults().plan(&json!([
        { "match": { "channel": "eventbridge" }, "do": { "wrong_detail_type": true } },
    ]));
    for name in ["One", "Two"] {
        post(&okta, "/api/v1/groups", json!({ "profile": { "name": name } })).await;
    }
    okta.settle().await;
    assert_eq!(names(&receiver), ["One", "Two"], "each in a push of its own");
    okta.log_streams().eventbridge("discovery");
    okta.settle().await;
    let envelope: Value = serde_json::from_slice(receiver.came()[2].body()).expect("JSON");
    assert_eq!(envelope["detail-type"], "Okta Log Event");
}
