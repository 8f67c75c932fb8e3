//! Every word of the fault catalogue (MOCK.md 5.10): read, shown so that it reads back, and refused with what and where.

mod asking;

use asking::{get, org, post, put};
use okta_mock::Channel;
use serde_json::{Value, json};

/// The words of `do` about answers.
fn answers() -> Vec<Value> {
    vec![
        json!({ "status": 500, "errorCode": "E0000009" }),
        json!({ "status": 418, "body": "tea", "content_type": "text/plain", "headers": { "x-a": "1" } }),
        json!({ "headers": { "retry-after": "7" }, "drop_headers": ["date"] }),
        json!({ "rate_limit": true }),
        json!({ "rate_limit": { "remaining": 0, "reset_in": "30s" } }),
        json!({ "rate_limit": { "remaining": 3 } }),
        json!({ "concurrency_429": true }),
        json!({ "clock_skew": "-10m" }),
        json!({ "reset_in_past": true }),
        json!({ "latency": "8s", "jitter": "2s", "phase": "before_headers" }),
        json!({ "latency": "8s", "phase": "before_body" }),
        json!({ "bandwidth": 4_096 }),
        json!({ "bandwidth": { "bytes_per_second": 4_096 } }),
        json!({ "slicer": { "bytes": 64 } }),
        json!({ "slow_drip": true }),
        json!({ "slow_close": "3s" }),
        json!({ "slow_close": true }),
        json!({ "timeout": true }),
        json!({ "transport": "reset_peer" }),
        json!({ "transport": "eof_before_headers" }),
        json!({ "transport": "eof_mid_body" }),
        json!({ "transport": "garbage" }),
        json!({ "transport": "close_idle_keepalive" }),
        json!({ "transport": "goaway" }),
        json!({ "truncate_body": { "bytes": 4_096, "keep_content_length": true } }),
        json!({ "truncate_body": { "bytes": 4_096, "keep_content_length": false } }),
        json!({ "malformed_json": true }),
        json!({ "wrong_content_type": true }),
        json!({ "bom": true }),
        json!({ "gzip_corrupt": true }),
        json!({ "unknown_fields": true }),
        json!({ "null_fields": true }),
        json!({ "unknown_enum": true }),
        json!({ "duplicate_rows": true }),
        json!({ "missing_row": true }),
        json!({ "shuffle_page": true }),
        json!({ "empty_page_with_next": true }),
        json!({ "next_link": { "host": "attacker.invalid", "scheme": "http" } }),
        json!({ "next_link": { "port": 81 } }),
        json!({ "next_link": { "relative": true } }),
        json!({ "next_link": { "self_loop": true } }),
        json!({ "next_link": { "missing": true } }),
        json!({ "next_link": { "comma_joined": true } }),
        json!({ "next_link": { "upper_case_rel": true } }),
        json!({ "next_link": { "extra_params": true } }),
        json!({ "next_link": { "unquoted_rel": true } }),
        json!({ "expire_cursor": true }),
        json!({ "stale_index": true }),
        json!({ "stale_index": "10s" }),
        json!({ "log_gap": { "events": 2 } }),
        json!({ "log_late": { "events": 2, "by": "90s" } }),
        json!({ "auth_revoked": true }),
        json!({ "maintenance_503": true }),
    ]
}

/// The words about pushes of one channel.
fn pushes(channel: Channel) -> Vec<Value> {
    let mut words = vec![
        json!({ "drop": true }),
        json!({ "delay": "90s" }),
        json!({ "duplicate": { "times": 2, "gap": "4s", "same_event_id": true } }),
        json!({ "reorder": { "window": 8 } }),
        json!({ "bad_auth": true }),
        json!({ "oversize": { "bytes": 1_000_000 } }),
    ];
    words.extend(match channel {
        Channel::EventHook => vec![
            json!({ "split_batch": true }),
            json!({ "merge_batch": { "batches": 3 } }),
            json!({ "challenge_mismatch": true }),
        ],
        _ => vec![json!({ "wrong_detail_type": true })],
    });
    words
}

/// Sets these rules and returns them as they are shown.
async fn shown(rules: &Value) -> Vec<Value> {
    let okta = org().in_process();
    let answer = put(&okta, "/_mock/faults", rules.clone()).await;
    assert_eq!(answer.status, 200, "{rules}: {:?}", answer.bytes);
    get(&okta, "/_mock/faults").await.json()["faults"].as_array().cloned().expect("a list")
}

/// What is shown of a rule, without what is not of the rule itself.
fn rule(shown: &Value) -> Value {
    let mut rule = shown.clone();
    let members = rule.as_object_mut().expect("an object");
    members.retain(|name, _| !["id", "name", "seen", "acted"].contains(&name.as_str()));
    rule
}

#[tokio::test]
async fn every_word_of_do_is_read_and_shown_so_that_it_reads_back() {
    let mut rules: Vec<Value> =
        answers().into_iter().map(|act| json!({ "match": { "route": "logs" }, "do": act })).collect();
    for (name, channel) in [("event_hook", Channel::EventHook), ("eventbridge", Channel::EventBridge)] {
        let about = |act| json!({ "match": { "channel": name, "target": "who1" }, "do": act });
        rules.extend(pushes(channel).into_iter().map(about));
    }
    let first: Vec<Value> = shown(&json!(rules)).await.iter().map(rule).collect();
    assert_eq!(first.len(), rules.len());
    let again: Vec<Value> = shown(&json!(first)).await.iter().map(rule).collect();
    assert_eq!(first, again);
}

#[tokio::test]
async fn every_word_of_when_and_match_is_read_and_shown_so_that_it_reads_back() {
    let whens = [
        json!({ "always": true }),
        json!({ "nth": [1, 3] }),
        json!({ "every": 3 }),
        json!({ "times": 2, "skip": 1 }),
        json!({ "after": "10s", "for": "90s" }),
        json!({ "between": ["10s", "20s"] }),
        json!({ "probability": 0.05, "seed": 7 }),
        json!({ "until": { "requests": 5 } }),
        json!({ "until": { "clock": "90s" } }),
        json!({ "until": { "clock": "2026-08-21T09:00:00.000Z" } }),
    ];
    let matches = [
        json!({ "route": "users.list", "page": 2 }),
        json!({ "path": "/api/v1/logs", "method": "GET", "query": "limit=5", "principal": "00T1", "cursor": true }),
        json!({ "any": true }),
    ];
    let acts = json!({ "status": 500 });
    let of_when = |when: &Value| json!({ "match": { "any": true }, "when": when, "do": acts });
    let of_match = |wanted: &Value| json!({ "match": wanted, "do": acts });
    let rules: Vec<Value> = whens.iter().map(of_when).chain(matches.iter().map(of_match)).collect();
    let first: Vec<Value> = shown(&json!(rules)).await.iter().map(rule).collect();
    let again: Vec<Value> = shown(&json!(first)).await.iter().map(rule).collect();
    assert_eq!(first, again);
    assert_eq!(first[7]["when"], json!({ "until": { "requests": 5 } }));
}

#[tokio::test]
async fn what_is_wrong_is_told_with_its_place() {
    let okta = org().in_process();
    let refused = async |rule: Value| {
        let answer = post(&okta, "/_mock/faults", rule.clone()).await;
        let error = answer.json()["error"].as_str().unwrap_or_default().to_owned();
        assert!(answer.status == 400 && !error.contains('\n'), "{rule}: {error}");
        error
    };
    for (act, says) in [
        (json!({ "bandwidth": 0 }), "do.bandwidth: 0"),
        (json!({ "bandwidth": {} }), "do.bandwidth.bytes_per_second: missing"),
        (json!({ "slow_close": "soon" }), "do.slow_close: \"soon\""),
        (json!({ "stale_index": 5 }), "do.stale_index: 5"),
        (json!({ "log_gap": { "evens": 1 } }), "do.log_gap.evens: unknown"),
        (json!({ "log_late": { "events": 0 } }), "do.log_late.events: 0"),
        (
            json!({ "truncate_body": { "bytes": 1, "keep_content_length": 1 } }),
            "do.truncate_body.keep_content_length: 1",
        ),
        (json!({ "rate_limit": { "remaining": -1 } }), "do.rate_limit.remaining: -1"),
        (json!({ "delay": "1s", "phase": "whenever" }), "do.phase: \"whenever\""),
        (json!({ "status": 500, "phase": "before_body" }), "do.phase: before_body"),
        (json!({ "next_link": { "port": 70_000 } }), "do.next_link.port: 70000"),
        (json!({ "headers": { "x y": "1" } }), "do.headers: \"x y\" is not a header name"),
        (json!({ "drop_headers": ["x y"] }), "do.drop_headers: \"x y\" is not a header name"),
        (
            json!({ "body": "", "content_type": "a\nb" }),
            "do.content_type: \"a\\nb\" is not a text that a header",
        ),
        (json!({ "headers": { "x\ny": "1" } }), "do.headers: \"x\\ny\" is not a header name"),
        (json!({ "headers": { "x-a": "1\n2" } }), "do.headers.x-a: \"1\\n2\" is not a text that a header"),
        (
            json!({ "status": 200, "body": "", "headers": { "x-a": "\u{7f}" } }),
            "do.headers.x-a: \"\\u{7f}\" is not a text that a header",
        ),
        (json!({ "transport": "goodbye" }), "do.transport: \"goodbye\" is none of reset_peer"),
    ] {
        let error = refused(json!({ "match": { "route": "logs" }, "do": act })).await;
        assert!(error.starts_with(says), "{error}");
    }
    for (channel, act, says) in [
        ("eventbridge", json!({ "merge_batch": true }), "do.merge_batch: not for the channel eventbridge"),
        ("event_hook", json!({ "wrong_detail_type": true }), "do.wrong_detail_type: not for"),
        ("event_hook", json!({ "merge_batch": { "batches": 1 } }), "do.merge_batch.batches: 1"),
        ("event_hook", json!({ "oversize": { "bytes": 1u64 << 40 } }), "do.oversize.bytes: "),
    ] {
        let error = refused(json!({ "match": { "channel": channel }, "do": act })).await;
        assert!(error.starts_with(says), "{error}");
    }
    for (when, says) in [
        (json!({ "until": 5 }), "when.until: 5"),
        (json!({ "until": {} }), "when.until: expected requests or clock"),
        (json!({ "until": { "clock": "later" } }), "when.until.clock: \"later\""),
        (json!({ "always": false }), "when.always: false"),
        (json!({ "until": { "request": 1 } }), "when.until.request: unknown"),
    ] {
        let error =
            refused(json!({ "match": { "route": "logs" }, "when": when, "do": { "status": 500 } })).await;
        assert!(error.starts_with(says), "{error}");
    }
}

#[tokio::test]
async fn each_rule_shows_what_it_has_seen_and_done() {
    let okta = org().in_process();
    okta.faults().on_route("users.list").named("blip").nth(2).respond(503);
    for _ in 0..3 {
        get(&okta, "/api/v1/users").await;
    }
    let rule = &okta.faults().rules()[0];
    assert_eq!((&rule["name"], &rule["seen"], &rule["acted"]), (&json!("blip"), &json!(3), &json!(1)));
}

#[tokio::test]
async fn a_storm_is_made_of_the_kinds_asked_for() {
    let okta = org().users(5).in_process();
    let chaos = json!({ "seed": 3, "budget": 4, "kinds": ["concurrency_429"] });
    assert_eq!(post(&okta, "/_mock/chaos", chaos).await.status, 200);
    assert!(okta.faults().rules().iter().all(|rule| rule["do"] == json!({ "concurrency_429": true })));
    let statuses: Vec<u16> = {
        let mut statuses = Vec::new();
        for _ in 0..12 {
            statuses.push(get(&okta, "/api/v1/users").await.status);
        }
        statuses
    };
    assert!(statuses.contains(&429) && statuses.contains(&200), "{statuses:?}");
    assert_eq!(post(&okta, "/_mock/heal", json!({})).await.json()["removed"], 4);
    let wrong = post(&okta, "/_mock/chaos", json!({ "kinds": ["lightning"] })).await;
    let error = wrong.json()["error"].as_str().unwrap_or_default().to_owned();
    assert!(error.starts_with("kinds: \"lightning\" is none of rate_limit, "), "{error}");
    okta.faults().chaos_of(1, 3, &["push_duplicate"]);
    assert!(okta.faults().rules().iter().all(|rule| rule["match"] == json!({ "channel": "event_hook" })));
}
