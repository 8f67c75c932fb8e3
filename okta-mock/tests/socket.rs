//! What only a socket shows: header lines as sent, connections cut short, pushes over the network, the end.

#[path = "socket/broken.rs"]
mod broken;
#[path = "socket/pushes.rs"]
mod pushes;
#[path = "socket/wire.rs"]
mod wire;

use std::time::Duration;

use okta_mock::OktaMock;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use wire::{call, raw};

#[tokio::test]
async fn users_come_page_by_page_with_two_link_lines() {
    let okta = OktaMock::builder().seed(7).users(7).start().await.expect("a free port");
    let (mut target, mut ids, mut links) = (Some("/api/v1/users?limit=3".to_owned()), Vec::new(), Vec::new());
    while let Some(next) = target {
        let page = call(&okta, "GET", &next, Value::Null).await;
        assert_eq!(page.status, 200);
        assert_eq!(page.values("date").len(), 1, "one date, the mock's");
        assert_eq!(page.values("x-okta-mock"), ["1"]);
        links.push(page.values("link").len());
        ids.extend(page.json().as_array().expect("rows").iter().map(|user| user["id"].to_string()));
        target = page.next(&okta);
    }
    assert_eq!(links, [2, 2, 1]);
    ids.dedup();
    assert_eq!(ids.len(), 7);
    okta.shutdown().await;
}

#[tokio::test]
async fn the_logs_last_page_still_has_a_next_link() {
    let okta = OktaMock::builder().seed(7).users(7).events(250).start().await.expect("a free port");
    let (mut target, mut read) = ("/api/v1/logs?limit=100&since=2020-01-01T00:00:00Z".to_owned(), 0);
    let refused = call(&okta, "GET", &target, Value::Null).await;
    assert_eq!(refused.json()["errorCode"], "E0000053", "more than 180 days ago");
    target = "/api/v1/logs?limit=100".to_owned();
    loop {
        let page = call(&okta, "GET", &target, Value::Null).await;
        let rows = page.json().as_array().map_or(0, Vec::len);
        target = page.next(&okta).expect("always a next link");
        read += rows;
        if rows == 0 {
            break;
        }
    }
    assert_eq!(read, 250);
}

#[tokio::test]
async fn missing_and_wrong_credentials_get_oktas_bodies() {
    let okta = OktaMock::builder().start().await.expect("a free port");
    let none = raw(&okta, "GET", "/api/v1/users", None, "").await;
    assert_eq!((none.status, none.json()["errorCode"].as_str()), (403, Some("E0000005")));
    let wrong = raw(&okta, "GET", "/api/v1/users", Some("SSWS nonsense"), "").await;
    assert_eq!((wrong.status, wrong.json()["errorSummary"].as_str()), (401, Some("Invalid token provided")));
}

#[tokio::test]
async fn a_credential_that_follows_a_link_away_is_seen() {
    let okta = OktaMock::builder().users(5).start().await.expect("a free port");
    let foreign = okta.foreign_host().await.expect("a free port");
    okta.faults().on("GET /api/v1/users").act(&json!({ "next_link": { "host": foreign.authority() } }));
    let page = call(&okta, "GET", "/api/v1/users?limit=2", Value::Null).await;
    let link = page.values("link").into_iter().find(|link| link.ends_with("rel=\"next\"")).expect("a link");
    assert!(link.starts_with(&format!("<http://{}/api/v1/users?", foreign.authority())));
    let follow = async |authorization: &str| {
        let mut stream = TcpStream::connect(foreign.authority()).await.expect("it listens");
        let head =
            format!("GET /api/v1/users HTTP/1.1\r\nhost: x\r\n{authorization}connection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.expect("written");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.ends_with("[]"));
    };
    let conduct = || okta.conduct().allow("L12").findings();
    follow("").await;
    assert!(conduct().is_empty(), "whoever follows without a credential does no harm");
    follow("authorization: SSWS secret\r\n").await;
    assert_eq!(
        conduct()[0].to_string(),
        "L09 Authorization was sent to a foreign host with GET /api/v1/users"
    );
}

#[tokio::test]
async fn a_connection_serves_many_requests_and_ends_with_the_mock() {
    let okta = OktaMock::builder().start().await.expect("a free port");
    let address = okta.url().strip_prefix("http://").expect("an http origin").to_owned();
    let mut stream = TcpStream::connect(&address).await.expect("the mock listens");
    for _ in 0..3 {
        stream.write_all(b"GET /_mock/health HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("written");
        let mut buffer = vec![0; 4_096];
        let read = stream.read(&mut buffer).await.expect("answered");
        assert!(buffer[..read].starts_with(b"HTTP/1.1 200"));
    }
    okta.shutdown().await;
    assert_eq!(stream.read(&mut [0; 16]).await.expect("closed in order"), 0);
    assert!(TcpStream::connect(&address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let okta = OktaMock::builder().start().await.expect("a free port");
    let address = okta.url().strip_prefix("http://").expect("an http origin").parse().expect("an address");
    let error = OktaMock::builder().listen(address).start().await.expect_err("taken");
    assert_eq!(error.to_string(), format!("cannot listen on {address}"));
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn a_dropped_mock_stops_listening() {
    let okta = OktaMock::builder().live_rate(50.0).start().await.expect("a free port");
    let address = okta.url().strip_prefix("http://").expect("an http origin").to_owned();
    let held = TcpStream::connect(&address).await.expect("the mock listens");
    drop(okta);
    // The socket is closed by a task of its own; the held connection's end says that it ran.
    let mut held = held;
    let ended = tokio::time::timeout(Duration::from_secs(30), held.read(&mut [0; 16])).await;
    assert!(matches!(ended, Ok(Ok(0) | Err(_))), "{ended:?}");
}

#[tokio::test]
async fn a_post_without_a_length_is_refused_and_an_empty_one_with_it_is_not() {
    let okta = OktaMock::builder().start().await.expect("a free port");
    let (api, steering) = ("/api/v1/users/me/lifecycle/reset_factors", "/_mock/heal");
    for (path, length, status) in
        [(api, "", "411"), (api, "content-length: 0\r\n", "200"), (steering, "", "200")]
    {
        let address = okta.url().trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\n\
             authorization: SSWS {}\r\nconnection: close\r\n{length}\r\n",
            okta.api_token()
        );
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
}
