//! The program: one ready line, a clean end, and clear refusals.
#![cfg(all(unix, feature = "cli"))]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Output, Stdio};

fn okta_mock(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_okta-mock"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn refused(arguments: &[&str]) -> Output {
    okta_mock(arguments).output().expect("the program runs")
}

/// Starts it and reads the ready line.
fn ready(arguments: &[&str]) -> (Child, BufReader<std::process::ChildStdout>, serde_json::Value) {
    let mut child = okta_mock(arguments).spawn().expect("the program runs");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("a line");
    let ready = serde_json::from_str(&line).expect("JSON");
    (child, stdout, ready)
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
}

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
fn wrong_flags_are_one_line_and_exit_2() {
    for arguments in [
        &["serve", "--frobnicate"][..],
        &["serve", "--users", "many"],
        &["serve", "--clock", "sundial"],
        &["serve", "--rate-window", "soon"],
        &["serve", "--listen", "nowhere"],
        &["serve", "--rate-limits", "no-such-file"],
        &["serve", "--latency", "slow"],
        &["serve", "--scenario", "no-such-file"],
        &["serve", "--dpop-nonce-age", "soon"],
        &["sevre"],
    ] {
        let output = refused(arguments);
        let error = String::from_utf8(output.stderr).expect("readable");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.starts_with("error: ") && error.trim_end().lines().count() == 1, "{error}");
        assert!(output.stdout.is_empty());
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
fn a_taken_address_is_one_line_and_exit_3() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let output = refused(&["serve", "--listen", &address]);
    let error = String::from_utf8(output.stderr).expect("readable");
    assert_eq!(output.status.code(), Some(3));
    assert!(error.starts_with(&format!("error: cannot listen on {address}: ")), "{error}");
}
