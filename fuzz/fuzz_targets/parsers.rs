//! What a user writes: expressions, cursors, scenarios, fault rules, limits, filters of hooks, snapshots. Any text gets an answer.
#![no_main]

use bytes::Bytes;
use http::Request;
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use okta_mock::{Clock, OktaMock, Scenario, Snapshot};
use serde_json::{Value, json};

/// One text of each kind, so that there is something to change; the first byte says which.
const SEEDS: [&[u8]; 11] = [
    include_bytes!("../seeds/parsers/scenario"),
    include_bytes!("../seeds/parsers/snapshot"),
    include_bytes!("../seeds/parsers/limits"),
    include_bytes!("../seeds/parsers/faults"),
    include_bytes!("../seeds/parsers/user_filter"),
    include_bytes!("../seeds/parsers/user_search"),
    include_bytes!("../seeds/parsers/log_filter"),
    include_bytes!("../seeds/parsers/log_cursor"),
    include_bytes!("../seeds/parsers/row_cursor"),
    include_bytes!("../seeds/parsers/group_filter"),
    include_bytes!("../seeds/parsers/hook_filter"),
];

// Without coverage guidance nothing is ever found worth keeping, so that every text would start from nothing.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let text = SEEDS[(seed / 8) as usize % SEEDS.len()];
    let fresh = (size < 8 || seed % 8 == 0) && text.len() <= max_size;
    let mut size = size;
    if fresh {
        data[..text.len()].copy_from_slice(text);
        size = text.len();
    }
    for _ in 0..1 + seed % 5 {
        size = fuzzer_mutate(data, size, max_size);
    }
    size
});

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

thread_local! {
    /// One for all: starting one takes longer than most questions.
    static OKTA: OktaMock = OktaMock::builder().users(9).groups(2).apps(1).events(9).journal(0)
        .clock(Clock::Manual(1_787_299_200_000)).in_process();
}

fn ask(method: &str, target: &str, body: String) {
    let (status, answer) = answer(method, target, body);
    assert!((200..500).contains(&status), "{method} {target}: {status}");
    let says = if target.starts_with("/_mock") { &answer["error"] } else { &answer["errorCode"] };
    assert!(status == 200 || says.is_string(), "{method} {target}: {answer}");
    if target == "/_mock/faults" {
        self::answer("DELETE", target, String::new());
    }
}

fn answer(method: &str, target: &str, body: String) -> (u16, Value) {
    let token = OKTA.with(|okta| format!("SSWS {}", okta.api_token()));
    let request = Request::builder().method(method).uri(target).header("authorization", token);
    let Ok(request) = request.body(Bytes::from(body)) else { return (200, Value::Null) };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let response = runtime.block_on(OKTA.with(|okta| okta.service().call(request)));
    (response.status().as_u16(), serde_json::from_slice(response.body()).expect("JSON"))
}
