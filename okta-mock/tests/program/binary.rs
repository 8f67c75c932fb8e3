//! Starts the binary, and asks what it serves.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Output, Stdio};

fn okta_mock(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_okta-mock"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub(crate) fn refused(arguments: &[&str]) -> Output {
    okta_mock(arguments).output().expect("the program runs")
}

/// Starts it and reads the ready line.
pub(crate) fn ready(arguments: &[&str]) -> (Child, BufReader<std::process::ChildStdout>, serde_json::Value) {
    let mut child = okta_mock(arguments).spawn().expect("the program runs");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("a line");
    let ready = serde_json::from_str(&line).expect("JSON");
    (child, stdout, ready)
}

pub(crate) fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
}

/// One request, answered as text.
pub(crate) fn http(url: &str, target: &str, headers: &str) -> String {
    let address = url.strip_prefix("http://").expect("an http origin");
    let mut stream = std::net::TcpStream::connect(address).expect("it listens");
    let head = format!("GET {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}\r\n");
    stream.write_all(head.as_bytes()).expect("written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

/// Asks over a connection of its own; the body of the answer.
pub(crate) fn get(url: &str, target: &str, token: &str) -> String {
    let mut stream = std::net::TcpStream::connect(url.trim_start_matches("http://")).expect("it listens");
    let request = format!(
        "GET {target} HTTP/1.1\r\nhost: x\r\nauthorization: SSWS {token}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer.split_once("\r\n\r\n").expect("a body").1.to_owned()
}

/// A folder of this test's own.
pub(crate) fn tempfile() -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("okta-mock-snapshot-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}
