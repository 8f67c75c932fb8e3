//! `okta-mock health`: whether a fake is there.

use std::io::{BufRead, BufReader, Write};

use crate::binary::{ready, refused, signal};

/// Answers one connection with this and ends.
fn stranger(answer: &'static str) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut request = BufReader::new(stream.try_clone().expect("a second handle")).lines();
        while request.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
        stream.write_all(answer.as_bytes()).expect("written");
    });
    url
}

#[test]
fn a_fake_without_admin_is_healthy_and_a_stranger_is_not() {
    let (mut child, _stdout, ready) = ready(&["serve", "--no-admin"]);
    let health = refused(&["health", ready["url"].as_str().expect("a url")]);
    signal(&child, "-TERM");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert_eq!(health.status.code(), Some(0), "{health:?}");
    for answer in [
        "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\nx-okta-mock: 1",
        "HTTP/1.1 503 Service Unavailable\r\nx-okta-mock: 1\r\ncontent-length: 0\r\n\r\n",
    ] {
        let health = refused(&["health", &stranger(answer)]);
        assert_eq!(health.status.code(), Some(1), "{answer}");
        assert!(String::from_utf8_lossy(&health.stderr).contains("something else answers there"));
    }
}

#[test]
fn health_is_the_exit_code() {
    let (mut child, _stdout, ready) = ready(&["serve"]);
    let url = ready["url"].as_str().expect("a url");
    assert_eq!(refused(&["health", url]).status.code(), Some(0));
    signal(&child, "-TERM");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    for (url, says) in
        [(url, "refused"), ("https://127.0.0.1", "expected an address like http://127.0.0.1:8080")]
    {
        let output = refused(&["health", url]);
        let error = String::from_utf8(output.stderr).expect("readable");
        assert_eq!(output.status.code(), Some(1));
        assert!(error.starts_with(&format!("error: {url}: ")) && error.contains(says), "{error}");
    }
}
