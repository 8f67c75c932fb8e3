//! `GET /_mock/requests/{n}/curl` and `…/rust`: how to ask the same again, from a shell or as a test.

use std::fmt::Write as _;

use serde_json::json;

use super::{Result, hint, named};
use crate::engine::Engine;
use crate::faults::rule_json;
use crate::journal::RequestRecord;

/// The text for a path behind `/_mock`.
pub(super) fn text(engine: &Engine, path: &str) -> Result<String> {
    let curl = named(path, "/requests/", "/curl");
    let n = curl.or_else(|| named(path, "/requests/", "/rust"));
    let n = n.ok_or_else(|| format!("{path}: expected /requests/N/curl or /requests/N/rust"))?;
    let record = n.parse().ok().and_then(|n: u64| engine.journal.records().find(|record| record.n == n));
    let record = record.ok_or_else(|| format!("there is no request {n:?} in the journal"))?;
    Ok(if curl.is_some() { shell(engine, record) } else { rust(engine, record) })
}

fn writes(record: &RequestRecord) -> bool {
    matches!(record.method.as_str(), "POST" | "PUT" | "PATCH")
}

fn shell(engine: &Engine, record: &RequestRecord) -> String {
    let url = format!("{}{}", engine.org.base, record.target()).replace('\'', r"'\''");
    let mut out = "curl -i".to_owned();
    if record.method != "GET" {
        let _ = match record.method.bytes().all(|letter| letter.is_ascii_alphabetic()) {
            true => write!(out, " -X {}", record.method),
            // A method may hold what a shell would run.
            false => write!(out, " -X '{}'", record.method.replace('\'', r"'\''")),
        };
    }
    if record.principal.is_some() {
        out.push_str(r#" -H "Authorization: SSWS $OKTA_CLIENT_TOKEN""#);
    }
    if writes(record) {
        out.push_str(" -H 'Content-Type: application/json' --data @body.json");
    }
    let _ = writeln!(out, " '{url}'");
    out
}

/// A test that asks the same of an org like this one and expects the same status.
fn rust(engine: &Engine, record: &RequestRecord) -> String {
    let sizes = engine.settings.sizes;
    let (method, target, status) = (&record.method, record.target(), record.status);
    let mut out = String::new();
    let _ = writeln!(out, "#[tokio::test]\nasync fn {}() {{", test_name(record));
    let _ = writeln!(
        out,
        "    let okta = okta_mock::OktaMock::builder()\n        .seed({})\n        .users({})\n        .groups({})\n        .apps({})\n        .clock(okta_mock::Clock::Manual({}))\n        .in_process();",
        sizes.seed, sizes.users, sizes.groups, sizes.apps, engine.org.users.formula.start
    );
    for act in acts(engine, record) {
        let _ = writeln!(
            out,
            "    okta.faults().on({:?}).act(&serde_json::json!({act}));",
            format!("{method} {}", record.path)
        );
    }
    let _ = writeln!(out, "    let request = http::Request::builder().method({method:?}).uri({target:?});");
    if record.principal.is_some() {
        let _ = writeln!(
            out,
            "    let request = request.header(\"authorization\", format!(\"SSWS {{}}\", okta.api_token()));"
        );
    }
    if writes(record) {
        let _ = writeln!(
            out,
            "    // The journal keeps no bodies: say here what was sent.\n    let request = request.header(\"content-type\", \"application/json\").body(bytes::Bytes::from(\"{{}}\"));"
        );
    } else {
        let _ = writeln!(out, "    let request = request.body(bytes::Bytes::new());");
    }
    let _ = writeln!(out, "    let answer = okta.service().call(request.expect(\"a request\")).await;");
    let _ = writeln!(out, "    assert_eq!(answer.status(), {status});\n}}");
    out
}

/// The `do` of every rule that acted; a bucket that was used up is a planned 429 in a test.
fn acts(engine: &Engine, record: &RequestRecord) -> Vec<String> {
    let rules = engine.faults.list.iter().filter(|rule| record.faults.contains(&rule.id));
    let mut acts: Vec<String> = rules.map(|rule| rule_json::show(rule)["do"].to_string()).collect();
    if record.status == 429 && !hint::replaced(record, &engine.faults) {
        let concurrency = json!({ "concurrency_429": true });
        let bucket = json!({ "rate_limit": true });
        acts.push(if record.rate_limit == Some(0) { concurrency } else { bucket }.to_string());
    }
    acts
}

/// `get_api_v1_users_answers_429`.
fn test_name(record: &RequestRecord) -> String {
    let mut name = record.method.to_lowercase();
    for part in record.path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()) {
        // An id or a cursor says nothing in a name.
        let part = if part.len() >= 20 { "id".to_owned() } else { part.to_lowercase() };
        let _ = write!(name, "_{part}");
    }
    format!("{name}_answers_{}", record.status)
}
