//! The program: one ready line, a clean end, and everything that flags and files say.
#![cfg(all(unix, feature = "cli"))]

#[path = "program/binary.rs"]
mod binary;
#[path = "program/health.rs"]
mod health;
#[path = "program/refusals.rs"]
mod refusals;

use std::io::{Read, Write};
use std::net::TcpStream;

use binary::{get, http, ready, refused, signal, tempfile};

#[test]
fn the_ready_line_is_the_only_output_and_both_signals_end_it_cleanly() {
    for name in ["-TERM", "-INT"] {
        let (mut child, mut stdout, ready) = ready(&[
            "serve",
            "--users",
            "20",
            "--api-token",
            "00custom",
            "--redirect-uri",
            "http://127.0.0.1:9/cb",
        ]);
        let url = ready["url"].as_str().expect("a url");
        assert!(url.starts_with("http://127.0.0.1:"));
        assert_eq!(ready["api_token"], "00custom");
        assert_eq!(ready["admin"], format!("{url}/_mock"));
        assert_eq!(ready["web_app"]["redirect_uri"], "http://127.0.0.1:9/cb");
        for (app, members) in [
            ("service_app", &["client_id", "kid", "private_key_pem", "private_key_jwk", "scopes"][..]),
            ("web_app", &["client_id", "client_secret", "redirect_uri"]),
        ] {
            let app = ready[app].as_object().expect("an app");
            assert!(
                app.len() == members.len() && members.iter().all(|name| app.contains_key(*name)),
                "{app:?}"
            );
        }
        signal(&child, name);
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).expect("readable");
        assert_eq!((rest.as_str(), child.wait().expect("it ends").code()), ("", Some(0)), "{name}");
    }
}

#[test]
fn limits_and_scenarios_are_read_from_files() {
    let folder = std::env::temp_dir().join(format!("okta-mock-program-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (limits, scenario) = (folder.join("limits.json"), folder.join("scenario.toml"));
    std::fs::write(&limits, r#"{"mode":"enterprise"}"#).expect("written");
    std::fs::write(&scenario, "[org]\nusers = 9\n").expect("written");
    let (limits, scenario) = (limits.to_str().expect("text"), scenario.to_str().expect("text"));
    let (mut child, ..) = ready(&["serve", "--rate-limits", limits, "--scenario", scenario]);
    signal(&child, "-TERM");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    let wrong = refused(&["serve", "--scenario", limits]);
    let error = String::from_utf8(wrong.stderr).expect("readable");
    assert!(wrong.status.code() == Some(2) && error.contains("limits.json: mode: unknown"), "{error}");
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn every_flag_reaches_the_org() {
    let folder = std::env::temp_dir().join(format!("okta-mock-flags-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (faults, journal, port) = (folder.join("faults.json"), folder.join("journal"), folder.join("port"));
    let wrong = folder.join("wrong.json");
    std::fs::write(&faults, r#"[{"on":"GET /api/v1/groups","do":{"status":503}}]"#).expect("written");
    std::fs::write(&wrong, r#"[{"on":"GET /api/v1/groups","do":{"sttaus":503}}]"#).expect("written");
    let text = |path: &std::path::Path| path.to_str().expect("text").to_owned();
    let (mut child, _, ready) = ready(&[
        "serve",
        "--plan",
        "integrator",
        "--rate-limit-scale",
        "3",
        "--token-share",
        "100",
        "--clock",
        "manual:2026-01-01T00:00:00Z",
        "--token",
        "ci=00ci:READ_ONLY_ADMIN",
        "--any-token",
        "--hook",
        "http://127.0.0.1:9/hook=s3cret==",
        "--eventbridge",
        "http://127.0.0.1:9/bridge=s3cret,123456789012,eu-central-1,discovery",
        "--faults",
        &text(&faults),
        "--header-faults",
        "--journal",
        &format!("file:{}", text(&journal)),
        "--port-file",
        &text(&port),
        "--no-admin",
    ]);
    let url = ready["url"].as_str().expect("a url");
    assert!(ready["admin"].is_null(), "{ready}");
    assert_eq!(
        std::fs::read_to_string(&port).expect("written").trim(),
        url.rsplit(':').next().expect("a port")
    );
    let ask = |target: &str, token: &str, more: &str| {
        http(url, target, &format!("authorization: SSWS {token}\r\nuser-agent: flags/1\r\n{more}"))
    };
    let logs = ask("/api/v1/logs", "00ci", "");
    assert!(
        logs.starts_with("HTTP/1.1 200") && logs.contains("x-rate-limit-limit: 60"),
        "three times 20: {logs}"
    );
    assert!(logs.contains("date: Thu, 01 Jan 2026 00:00:00 GMT"), "{logs}");
    assert!(ask("/api/v1/groups", "00ci", "").starts_with("HTTP/1.1 503"));
    assert!(ask("/api/v1/users", "00whoever", "").starts_with("HTTP/1.1 200"));
    let spoilt = ask("/api/v1/users", "00ci", "x-okta-mock-fault: {\"status\":504}\r\n");
    assert!(spoilt.starts_with("HTTP/1.1 504"), "{spoilt}");
    let hooks = ask("/api/v1/eventHooks", "00ci", "");
    assert!(hooks.contains("\"verificationStatus\":\"VERIFIED\"") && !hooks.contains("s3cret"), "{hooks}");
    assert!(ask("/api/v1/logStreams", "00ci", "").contains("\"discovery\""));
    assert!(ask("/_mock/health", "00ci", "").starts_with("HTTP/1.1 404"), "as any other path");
    signal(&child, "-TERM");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    let lines = std::fs::read_to_string(&journal).expect("written");
    let requests: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(
        (requests.len(), &requests[1]["status"], &requests[6]["path"]),
        (7, &503.into(), &"/_mock/health".into())
    );
    assert!(!lines.contains("00ci"), "no credential is written");
    let refused = refused(&["serve", "--faults", &text(&wrong)]);
    let error = String::from_utf8(refused.stderr).expect("readable");
    assert!(
        refused.status.code() == Some(2) && error.contains("wrong.json: faults: do.sttaus: unknown"),
        "{error}"
    );
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn an_org_is_kept_between_runs_in_a_file_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile();
    let file = folder.join("org.json");
    let path = file.to_str().expect("text");
    let run = |more: &[&str], name: &str| {
        let arguments = [&["serve", "--clock", "manual", "--snapshot", path], more].concat();
        let (mut child, _, ready) = ready(&arguments);
        let (url, token) =
            (ready["url"].as_str().expect("a url"), ready["api_token"].as_str().expect("a token"));
        let users = get(url, "/api/v1/users", token).replace(url, "");
        let log = get(url, "/_mock/log", token);
        signal(&child, name);
        assert_eq!(child.wait().expect("it ends").code(), Some(0));
        (token.to_owned(), users, log)
    };
    let first = run(&["--users", "9", "--api-token", "00kept", "--events", "4"], "-TERM");
    assert_eq!(std::fs::metadata(&file).expect("written").permissions().mode() & 0o777, 0o600);
    let written = std::fs::read(&file).expect("readable");
    // What the flags say is not looked at: the file says how the org is.
    assert_eq!(run(&["--users", "2", "--seed", "5", "--api-token", "00other"], "-INT"), first);
    assert_eq!(std::fs::read_dir(&folder).expect("readable").count(), 1, "nothing is left beside it");

    // A file that is no snapshot is refused and left alone.
    let mut wrong: serde_json::Value = serde_json::from_slice(&written).expect("JSON");
    wrong["version"] = 7.into();
    std::fs::write(&file, wrong.to_string()).expect("written");
    let missing = folder.join("no-such-folder").join("org.json");
    for (path, says) in [
        (path, ": version: 7 is unknown"),
        (missing.to_str().expect("text"), ": cannot be written: "),
        (folder.to_str().expect("text"), ": "),
    ] {
        let output = refused(&["serve", "--snapshot", path]);
        let error = String::from_utf8(output.stderr).expect("readable");
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(
            error.starts_with(&format!("error: --snapshot {path}{says}"))
                && error.trim_end().lines().count() == 1,
            "{error}"
        );
        assert!(output.stdout.is_empty());
    }
    assert_eq!(std::fs::read_to_string(&file).expect("readable"), wrong.to_string());
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn open_streams_end_with_the_program() {
    let (mut child, _stdout, ready) = ready(&["serve"]);
    let address = ready["url"].as_str().and_then(|url| url.strip_prefix("http://")).expect("a url");
    let mut stream = TcpStream::connect(address).expect("it listens");
    let head = format!("GET /_mock/requests/stream HTTP/1.1\r\nhost: {address}\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("written");
    let mut seen = vec![0; 4_096];
    let first = stream.read(&mut seen).expect("a head");
    assert!(first > 0 && seen.starts_with(b"HTTP/1.1 200 "));
    signal(&child, "-TERM");
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).expect("a clean end");
    assert!(rest.ends_with(b"0\r\n\r\n"), "the stream was ended, not cut off: {rest:?}");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn an_advance_without_end_keeps_neither_the_next_request_nor_the_end_waiting() {
    let (mut child, _stdout, ready) = ready(&["serve", "--live-rate", "1000000", "--clock", "manual"]);
    let url = ready["url"].as_str().expect("a url");
    let address = url.strip_prefix("http://").expect("an http origin");
    let mut busy = TcpStream::connect(address).expect("it listens");
    let body = r#"{"by":"1h"}"#;
    let head = format!(
        "POST /_mock/clock/advance HTTP/1.1\r\nhost: {address}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    busy.write_all(head.as_bytes()).expect("written");
    assert!(http(url, "/_mock/health", "").starts_with("HTTP/1.1 200 "));
    signal(&child, "-TERM");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn links_and_the_ready_line_lead_to_where_clients_can_go() {
    let port_file = std::env::temp_dir().join(format!("okta-mock-public-{}", std::process::id()));
    let path = port_file.to_str().expect("text");
    for (more, public) in
        [(&[][..], None), (&["--public-url", "https://okta.ci.acme.com/"], Some("okta.ci.acme.com"))]
    {
        let arguments = [&["serve", "--listen", "0.0.0.0:0", "--port-file", path], more].concat();
        let (mut child, _stdout, ready) = ready(&arguments);
        let port = std::fs::read_to_string(&port_file).expect("written").trim().to_owned();
        let local = format!("http://127.0.0.1:{port}");
        let url = public.map_or_else(|| local.clone(), |host| format!("https://{host}"));
        assert_eq!((&ready["url"], &ready["admin"]), (&url.clone().into(), &format!("{url}/_mock").into()));
        let token = ready["api_token"].as_str().expect("a token");
        let users = get(&local, "/api/v1/users?limit=1", token);
        assert!(users.contains(&format!("\"href\":\"{url}/api/v1/users/")), "{users}");
        if let Some(host) = public {
            // `/_mock` answers to that name, and to nobody else's.
            for (host, status) in [(host, "200"), ("rebound.attacker.com", "403")] {
                let mut stream = TcpStream::connect(local.trim_start_matches("http://")).expect("it listens");
                let head = format!("GET /_mock/health HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
                stream.write_all(head.as_bytes()).expect("written");
                let mut answer = String::new();
                stream.read_to_string(&mut answer).expect("an answer");
                assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
            }
        }
        signal(&child, "-TERM");
        assert_eq!(child.wait().expect("it ends").code(), Some(0));
    }
    std::fs::remove_file(&port_file).expect("removed");
}
