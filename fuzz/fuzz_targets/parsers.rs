//! What a user writes: expressions, cursors, scenarios, fault rules, limits, filters of hooks, snapshots. Any text gets an answer.
#![no_main]

use bytes::Bytes;
use http::Request;
use libfuzzer_sys::fuzz_target;
use okta_mock::{Clock, OktaMock, Scenario, Snapshot};
use serde_json::{Value, json};

fuzz_target!(|data: &[u8]| {
    let Some((kind, text)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(text);
    let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    match kind % 10 {
        0 => one_line(Scenario::parse(&text).map(drop)),
        1 => one_line(Snapshot::from_json(&text).map(drop)),
        2 => one_line(OktaMock::builder().rate_limits_json(&text).map(drop)),
        3 => ask("POST", "/_mock/faults", text.into_owned()),
        4 => ask("GET", &format!("/api/v1/users?filter={encoded}"), String::new()),
        5 => ask("GET", &format!("/api/v1/users?search={encoded}"), String::new()),
        6 => ask("GET", &format!("/api/v1/logs?filter={encoded}"), String::new()),
        7 => {
            for list in
                ["users", "groups", "apps", "logs", "logs?until=2027-01-01T00:00:00Z", "users?search=id+pr"]
            {
                let sign = if list.contains('?') { '&' } else { '?' };
                ask("GET", &format!("/api/v1/{list}{sign}after={encoded}"), String::new());
            }
        }
        8 => ask("GET", &format!("/api/v1/groups?filter={encoded}"), String::new()),
        _ => {
            let filter = json!({ "type": "EXPRESSION_LANGUAGE", "eventFilterMap": [{ "event": "user.session.start",
                "condition": { "version": null, "expression": text } }] });
            let hook = json!({ "name": "x", "events": { "type": "EVENT_TYPE", "items": ["user.session.start"], "filter": filter },
                "channel": { "type": "HTTP", "version": "1.0.0", "config": { "uri": "https://a.example/" } } });
            ask("POST", "/api/v1/eventHooks", hook.to_string());
        }
    }
});

fn one_line<E: std::fmt::Display>(read: Result<(), E>) {
    if let Err(wrong) = read {
        let wrong = wrong.to_string();
        assert!(!wrong.is_empty() && !wrong.contains('\n'), "{wrong:?}");
    }
}

fn ask(method: &str, target: &str, body: String) {
    let okta = OktaMock::builder()
        .users(9)
        .groups(2)
        .apps(1)
        .events(9)
        .clock(Clock::Manual(1_787_299_200_000))
        .in_process();
    let request = Request::builder()
        .method(method)
        .uri(target)
        .header("authorization", format!("SSWS {}", okta.api_token()));
    let Ok(request) = request.body(Bytes::from(body)) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let response = runtime.block_on(okta.service().call(request));
    let status = response.status().as_u16();
    assert!((200..500).contains(&status), "{method} {target}: {status}");
    let answer: Value = serde_json::from_slice(response.body()).expect("JSON");
    let says = if target.starts_with("/_mock") { &answer["error"] } else { &answer["errorCode"] };
    assert!(status == 200 || says.is_string(), "{method} {target}: {answer}");
}
