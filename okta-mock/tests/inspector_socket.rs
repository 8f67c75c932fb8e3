//! The inspector over a socket: who may reach it, and requests told as they come.

use okta_mock::OktaMock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn opened(okta: &OktaMock, method: &str, target: &str, headers: &str) -> TcpStream {
    let address = okta.url().strip_prefix("http://").expect("an http origin");
    let mut stream = TcpStream::connect(address).await.expect("the mock listens");
    let head = format!("{method} {target} HTTP/1.1\r\ncontent-length: 0\r\n{headers}\r\n");
    stream.write_all(head.as_bytes()).await.expect("written");
    stream
}

/// Status and body of a request on a connection of its own.
async fn answer(okta: &OktaMock, method: &str, target: &str, headers: &str) -> (String, String) {
    let mut stream = opened(okta, method, target, &format!("connection: close\r\n{headers}")).await;
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("an answer");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    (head[9..12].to_owned(), body.to_owned())
}

#[tokio::test]
async fn a_web_page_from_elsewhere_cannot_steer_the_fake() {
    let okta = OktaMock::builder().allow_host("okta.ci.acme.com").start().await.expect("a free port");
    let host = okta.url().strip_prefix("http://").expect("an http origin").to_owned();
    for (headers, status) in [
        (format!("host: {host}\r\n"), "200"),
        (format!("host: {host}\r\norigin: http://{host}\r\n"), "200"),
        (format!("host: {host}\r\norigin: https://attacker.com\r\n"), "403"),
        (format!("host: {host}\r\norigin: null\r\n"), "403"),
        ("host: rebound.attacker.com\r\norigin: http://rebound.attacker.com\r\n".to_owned(), "403"),
        ("host: okta-mock:8080\r\norigin: http://okta-mock:8080\r\n".to_owned(), "200"),
        ("host: okta.ci.acme.com\r\norigin: https://okta.ci.acme.com\r\n".to_owned(), "200"),
    ] {
        let (said, body) = answer(&okta, "POST", "/_mock/activity", &headers).await;
        // An activity without a body is refused by what comes after the guard.
        let passed = if body.contains("at least one is needed") { "200" } else { said.as_str() };
        assert_eq!(passed, status, "{headers} {body}");
    }
    let rebound = "host: rebound.attacker.com\r\n";
    let (status, body) = answer(&okta, "GET", "/_mock/credentials", rebound).await;
    assert_eq!(status, "403");
    assert!(body.starts_with("{\"error\":\"Host: ") && !body.contains(okta.api_token()), "{body}");
    let (status, _) = answer(&okta, "GET", "/api/v1/users", rebound).await;
    assert_eq!(
        (status.as_str(), okta.requests().len()),
        ("403", 1),
        "the org itself asks for a token, not for a name"
    );
}

/// Reads until the text is there.
async fn read_until(stream: &mut TcpStream, seen: &mut String, wanted: &str) {
    let mut piece = [0; 4_096];
    while !seen.contains(wanted) {
        let read = stream.read(&mut piece).await.expect("readable");
        assert!(read > 0, "it ended before {wanted:?}: {seen}");
        seen.push_str(&String::from_utf8_lossy(&piece[..read]));
    }
}

#[tokio::test]
async fn requests_are_told_as_they_come_until_the_fake_ends() {
    let okta = OktaMock::builder().start().await.expect("a free port");
    let headers = "host: localhost\r\n";
    let mut stream = opened(&okta, "GET", "/_mock/requests/stream", headers).await;
    let mut seen = String::new();
    read_until(&mut stream, &mut seen, "retry: 1000").await;
    assert!(seen.contains("text/event-stream") && !seen.contains("data:"));
    for n in 1..=3 {
        let _ = answer(&okta, "GET", "/api/v1/users", headers).await;
        read_until(&mut stream, &mut seen, &format!("id: {n}\n")).await;
    }
    let _ = answer(&okta, "POST", "/_mock/reset", headers).await;
    read_until(&mut stream, &mut seen, "event: reset").await;
    okta.shutdown().await;
    stream.read_to_string(&mut seen).await.expect("a clean end");
    assert!(seen.ends_with("\r\n0\r\n\r\n"), "the last chunk, and not a connection that breaks: {seen}");
}
