//! Connections cut short, closed, or slow: as planned, and only then.

use std::time::Duration;

use okta_mock::{Clock, OktaMock, TransportFault};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::wire::{Connection, call};

const USERS: &str = "/api/v1/users";

#[tokio::test]
async fn a_cut_answer_promises_more_than_it_sends() {
    let okta = OktaMock::builder().users(20).start().await.expect("a free port");
    okta.faults().on("GET /api/v1/users").nth(1).truncate_body(400);
    let cut = call(&okta, "GET", "/api/v1/users", Value::Null).await;
    let promised: usize = cut.values("content-length")[0].parse().expect("a number");
    assert_eq!(cut.body.len(), 400);
    assert!(promised > 10_000);
    let whole = call(&okta, "GET", "/api/v1/users", Value::Null).await;
    assert_eq!(whole.body.len(), promised);
}

#[tokio::test]
async fn a_connection_ends_without_a_word_or_with_one() {
    let okta = OktaMock::builder().users(20).start().await.expect("a free port");
    let users = || okta.faults().on("GET /api/v1/users");
    let mut connection = Connection::to(&okta).await;
    let plain = connection.ask(&okta, USERS).await.expect("an answer");
    let body = connection.body(&plain).await;
    users().nth(1).transport(TransportFault::CloseIdleKeepalive);
    let head = connection.ask(&okta, USERS).await.expect("the connection was kept");
    assert!(!head.iter().any(|line| line.starts_with("connection:")), "nothing is announced: {head:?}");
    assert_eq!(connection.body(&head).await, body, "and the answer is right");
    assert!(connection.is_closed().await);

    users().nth(1).transport(TransportFault::Goaway);
    let mut connection = Connection::to(&okta).await;
    let head = connection.ask(&okta, USERS).await.expect("an answer");
    assert!(head.iter().any(|line| line == "connection: close"), "{head:?}");
    assert_eq!(connection.body(&head).await, body);
    assert!(connection.is_closed().await);
    okta.shutdown().await;
}

#[tokio::test]
async fn a_body_comes_in_its_own_time() {
    let start = 1_787_299_200_000;
    let okta = OktaMock::builder().users(20).clock(Clock::Manual(start)).start().await.expect("a free port");
    let users = || okta.faults().on("GET /api/v1/users");
    let mut connection = Connection::to(&okta).await;
    let plain = connection.ask(&okta, USERS).await.expect("an answer");
    let body = connection.body(&plain).await;

    users().nth(1).bandwidth(10_000);
    let head = connection.ask(&okta, USERS).await.expect("an answer");
    let mut came = vec![0; 1_000];
    connection.0.read_exact(&mut came).await.expect("a tenth of a second's worth");
    let mut rest = vec![0; body.len() - 1_000];
    let reading = connection.0.read_exact(&mut rest);
    tokio::pin!(reading);
    assert!(futures::poll!(&mut reading).is_pending(), "no more until the clock moves");
    // How far the server has come is not seen from here, so the clock is moved until it is done.
    let advancing = async {
        loop {
            okta.clock().advance(Duration::from_millis(100));
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        read = reading => { read.expect("the rest"); }
        () = advancing => unreachable!("it never ends"),
    }
    assert_eq!([came, rest].concat(), body);
    assert!(head.iter().any(|line| line.starts_with("content-length: ")));

    users().nth(1).delay_body(Duration::from_secs(9));
    let head = connection.ask(&okta, USERS).await.expect("the headers come at once");
    okta.clock().advance(Duration::from_secs(9));
    assert_eq!(connection.body(&head).await, body);

    users().nth(1).slow_close(Duration::from_secs(9));
    let head = connection.ask(&okta, USERS).await.expect("an answer");
    assert!(!head.iter().any(|line| line.starts_with("content-length:")), "{head:?}");
    assert!(head.iter().any(|line| line == "transfer-encoding: chunked"), "{head:?}");
    let mut size = String::new();
    connection.0.read_line(&mut size).await.expect("a chunk");
    assert_eq!(usize::from_str_radix(size.trim(), 16), Ok(body.len()));
    let mut chunk = vec![0; body.len() + 2];
    connection.0.read_exact(&mut chunk).await.expect("the whole body");
    let mut end = Vec::new();
    {
        let ending = connection.0.read_to_end(&mut end);
        tokio::pin!(ending);
        assert!(futures::poll!(&mut ending).is_pending(), "its end waits for the clock");
        okta.clock().advance(Duration::from_secs(9));
        ending.await.expect("the end");
    }
    assert_eq!(end, b"0\r\n\r\n");
    okta.shutdown().await;
}

/// What a connection gives for one request, to its end.
async fn bytes_of(okta: &OktaMock) -> std::io::Result<Vec<u8>> {
    let address = okta.url().strip_prefix("http://").expect("an http origin");
    let mut stream = TcpStream::connect(address).await.expect("the mock listens");
    let token = okta.api_token();
    let head =
        format!("GET /api/v1/users HTTP/1.1\r\nhost: {address}\r\nauthorization: SSWS {token}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("written");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.map(|_| bytes)
}

#[tokio::test]
async fn connections_break_as_planned() {
    let okta = OktaMock::builder().users(20).start().await.expect("a free port");
    for transport in ["reset_peer", "eof_before_headers", "garbage", "eof_mid_body"] {
        okta.faults().clear();
        okta.faults().on("GET /api/v1/users").act(&json!({ "transport": transport }));
        let came = bytes_of(&okta).await;
        match transport {
            "reset_peer" => {
                let error = came.expect_err("a reset");
                assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
            }
            "eof_before_headers" => assert!(came.expect("a clean end").is_empty()),
            "garbage" => assert!(came.expect("bytes").starts_with(b"\x16\x03\x01")),
            _ => {
                let text = String::from_utf8_lossy(&came.expect("half an answer")).into_owned();
                let (head, body) = text.split_once("\r\n\r\n").expect("a head");
                let promised = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                let promised: usize = promised.and_then(|text| text.parse().ok()).expect("a number");
                assert!(body.len() < promised);
            }
        }
    }
    assert_eq!(okta.faults().acted(), 1);
}

#[tokio::test]
async fn a_dripping_body_arrives_whole() {
    let okta = OktaMock::builder().users(3).start().await.expect("a free port");
    okta.faults().on("GET /api/v1/users").act(&json!({ "slow_drip": { "bytes": 500, "every": "1ms" } }));
    let page = call(&okta, "GET", "/api/v1/users", Value::Null).await;
    assert_eq!(page.json().as_array().map(Vec::len), Some(3));
}
