//! What only a socket shows: header lines as sent, connections cut short, pushes over the network, the end. One file: each test is the
//! same few bytes on a wire.

use std::time::Duration;

use okta_mock::{Clock, OktaMock, TransportFault};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// An answer, taken apart by hand so that nothing is hidden by a client library.
#[derive(Debug)]
struct Raw {
    status: u16,
    lines: Vec<String>,
    body: Vec<u8>,
}

impl Raw {
    fn values(&self, name: &str) -> Vec<&str> {
        let split = self.lines.iter().filter_map(|line| line.split_once(": "));
        split.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    fn next(&self, okta: &OktaMock) -> Option<String> {
        let link = self.values("link").into_iter().find(|link| link.ends_with("rel=\"next\""))?;
        let url = link.strip_prefix('<')?.split_once('>')?.0;
        Some(url.strip_prefix(okta.url()).expect("links stay on the org").to_owned())
    }
}

/// One request on a connection of its own.
async fn raw(okta: &OktaMock, method: &str, target: &str, authorization: Option<&str>, body: &str) -> Raw {
    let address = okta.url().strip_prefix("http://").expect("an http origin");
    let mut stream = TcpStream::connect(address).await.expect("the mock listens");
    let authorization = authorization.map_or(String::new(), |value| format!("authorization: {value}\r\n"));
    let head = format!(
        "{method} {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n{authorization}\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.expect("written");
    let mut bytes = Vec::new();
    // A planned cut may end in a reset; what came before it is what counts.
    let _ = stream.read_to_end(&mut bytes).await;
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole head");
    let head = String::from_utf8(bytes[..end].to_vec()).expect("readable headers");
    let mut lines = head.split("\r\n").map(str::to_owned);
    let status = lines.next().and_then(|line| line.get(9..12)?.parse().ok()).expect("a status");
    Raw { status, lines: lines.collect(), body: bytes[end + 4..].to_vec() }
}

async fn call(okta: &OktaMock, method: &str, target: &str, body: Value) -> Raw {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    raw(okta, method, target, Some(&format!("SSWS {}", okta.api_token())), &body).await
}

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

/// An open connection, and one request on it after the other.
struct Connection(BufReader<TcpStream>);

impl Connection {
    async fn to(okta: &OktaMock) -> Self {
        let address = okta.url().strip_prefix("http://").expect("an http origin");
        Self(BufReader::new(TcpStream::connect(address).await.expect("the mock listens")))
    }

    /// Asks for users and reads the head; `None` when the connection is gone.
    async fn ask(&mut self, okta: &OktaMock) -> Option<Vec<String>> {
        let head = format!(
            "GET /api/v1/users HTTP/1.1\r\nhost: okta\r\nauthorization: SSWS {}\r\n\r\n",
            okta.api_token()
        );
        self.0.write_all(head.as_bytes()).await.ok()?;
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            match line.trim_end() {
                "" => return Some(lines),
                line => lines.push(line.to_lowercase()),
            }
        }
    }

    /// Reads the body that the head promises.
    async fn body(&mut self, head: &[String]) -> Vec<u8> {
        let length = head.iter().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
        let mut body = vec![0; length.parse().expect("a number")];
        self.0.read_exact(&mut body).await.expect("the whole body");
        body
    }

    /// Whether the other side has closed.
    async fn is_closed(&mut self) -> bool {
        let mut rest = [0; 1];
        matches!(self.0.read(&mut rest).await, Ok(0))
    }
}

#[tokio::test]
async fn a_connection_ends_without_a_word_or_with_one() {
    let okta = OktaMock::builder().users(20).start().await.expect("a free port");
    let users = || okta.faults().on("GET /api/v1/users");
    let mut connection = Connection::to(&okta).await;
    let plain = connection.ask(&okta).await.expect("an answer");
    let body = connection.body(&plain).await;
    users().nth(1).transport(TransportFault::CloseIdleKeepalive);
    let head = connection.ask(&okta).await.expect("the connection was kept");
    assert!(!head.iter().any(|line| line.starts_with("connection:")), "nothing is announced: {head:?}");
    assert_eq!(connection.body(&head).await, body, "and the answer is right");
    assert!(connection.is_closed().await);

    users().nth(1).transport(TransportFault::Goaway);
    let mut connection = Connection::to(&okta).await;
    let head = connection.ask(&okta).await.expect("an answer");
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
    let plain = connection.ask(&okta).await.expect("an answer");
    let body = connection.body(&plain).await;

    users().nth(1).bandwidth(10_000);
    let head = connection.ask(&okta).await.expect("an answer");
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
    let head = connection.ask(&okta).await.expect("the headers come at once");
    okta.clock().advance(Duration::from_secs(9));
    assert_eq!(connection.body(&head).await, body);

    users().nth(1).slow_close(Duration::from_secs(9));
    let head = connection.ask(&okta).await.expect("an answer");
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
async fn a_log_stream_reaches_its_relay_over_the_network() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/eb", listener.local_addr().expect("an address"));
    let okta = OktaMock::builder().eventbridge_relay(&url, "s3cret").start().await.expect("a free port");
    let id = okta.log_streams().eventbridge("discovery");
    // Two attempts, each on a connection that is closed without an answer.
    for _ in 0..2 {
        let (mut stream, _) = listener.accept().await.expect("a push");
        let mut head = [0; 64];
        let read = stream.read(&mut head).await.expect("a request");
        assert!(head[..read].starts_with(b"POST /eb HTTP/1.1"));
    }
    drop(listener);
    okta.settle().await;
    assert_eq!(okta.log_streams().is_active(&id), Some(false));
    assert_eq!(okta.deliveries().len(), 2);
}

#[tokio::test]
async fn a_dripping_body_arrives_whole() {
    let okta = OktaMock::builder().users(3).start().await.expect("a free port");
    okta.faults().on("GET /api/v1/users").act(&json!({ "slow_drip": { "bytes": 500, "every": "1ms" } }));
    let page = call(&okta, "GET", "/api/v1/users", Value::Null).await;
    assert_eq!(page.json().as_array().map(Vec::len), Some(3));
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

/// A receiver that answers the challenge, then pushes with the statuses given.
async fn receiver(statuses: &'static [u16]) -> (String, tokio::task::JoinHandle<Vec<Value>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let uri = format!("http://{}/okta/events", listener.local_addr().expect("an address"));
    let served = tokio::spawn(async move {
        let (mut pushes, mut statuses) = (Vec::new(), statuses.iter());
        while statuses.len() > 0 {
            let (stream, _) = listener.accept().await.expect("a connection");
            let mut stream = BufReader::new(stream);
            let (mut challenge, mut length, mut secret) = (None, 0, false);
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).await.expect("a header line");
                let line = line.trim_end();
                let Some((name, value)) = line.split_once(": ") else {
                    if line.is_empty() {
                        break;
                    }
                    continue;
                };
                match name.to_lowercase().as_str() {
                    "x-okta-verification-challenge" => challenge = Some(value.to_owned()),
                    "content-length" => length = value.parse().expect("a number"),
                    "authorization" => secret = value == "s3cret",
                    _ => {}
                }
            }
            assert!(secret, "the secret comes with every request");
            let mut body = vec![0; length];
            stream.read_exact(&mut body).await.expect("the body");
            let (status, answer) = match challenge {
                Some(challenge) => (200, json!({ "verification": challenge }).to_string()),
                None => {
                    pushes.push(serde_json::from_slice(&body).expect("JSON"));
                    (*statuses.next().expect("one status for each push"), String::new())
                }
            };
            let answer = format!(
                "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{answer}",
                answer.len()
            );
            stream.write_all(answer.as_bytes()).await.expect("written");
        }
        pushes
    });
    (uri, served)
}

async fn verified_hook(okta: &OktaMock, uri: &str) {
    let hook = json!({
        "name": "Inbox", "events": { "type": "EVENT_TYPE", "items": ["group.lifecycle.create"] },
        "channel": { "type": "HTTP", "version": "1.0.0", "config": {
            "uri": uri, "authScheme": { "type": "HEADER", "key": "Authorization", "value": "s3cret" },
        } },
    });
    let created = call(okta, "POST", "/api/v1/eventHooks", hook).await.json();
    let id = created["id"].as_str().expect("an id");
    let verified =
        call(okta, "POST", &format!("/api/v1/eventHooks/{id}/lifecycle/verify"), Value::Null).await;
    assert_eq!(verified.json()["verificationStatus"], "VERIFIED");
}

#[tokio::test]
async fn a_hook_is_verified_and_a_failed_push_is_sent_once_more() {
    let okta = OktaMock::builder().start().await.expect("a free port");
    let (uri, served) = receiver(&[500, 204]).await;
    verified_hook(&okta, &uri).await;
    call(&okta, "POST", "/api/v1/groups", json!({ "profile": { "name": "New" } })).await;
    okta.settle().await;
    let pushes = served.await.expect("the receiver ends");
    assert_eq!(pushes.len(), 2);
    assert_eq!(pushes[0]["eventId"], pushes[1]["eventId"]);
    assert_eq!(
        okta.deliveries().iter().map(|delivery| delivery.status).collect::<Vec<_>>(),
        [Some(500), Some(204)]
    );
}

#[tokio::test]
async fn a_push_that_is_refused_is_not_sent_again() {
    let okta = OktaMock::builder().start().await.expect("a free port");
    let (uri, served) = receiver(&[401]).await;
    verified_hook(&okta, &uri).await;
    call(&okta, "POST", "/api/v1/groups", json!({ "profile": { "name": "New" } })).await;
    okta.settle().await;
    assert_eq!(served.await.expect("the receiver ends").len(), 1);
    assert_eq!(okta.deliveries().len(), 1);
    assert_eq!(
        okta.log().last().map(|record| record.event_type.clone()).as_deref(),
        Some("event_hook.delivery")
    );
}

#[tokio::test]
async fn an_https_receiver_is_said_to_be_out_of_reach() {
    let okta = OktaMock::builder().start().await.expect("a free port");
    let hook = json!({
        "name": "Inbox", "events": { "type": "EVENT_TYPE", "items": ["group.lifecycle.create"] },
        "channel": { "type": "HTTP", "version": "1.0.0", "config": { "uri": "https://inbox.example.com/" } },
    });
    let id = call(&okta, "POST", "/api/v1/eventHooks", hook).await.json()["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let refused =
        call(&okta, "POST", &format!("/api/v1/eventHooks/{id}/lifecycle/verify"), Value::Null).await;
    let cause = refused.json()["errorCauses"][0]["errorSummary"].to_string();
    assert!(refused.status == 400 && cause.contains("plain http only"), "{cause}");
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
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let okta = okta_mock::OktaMock::builder().start().await.expect("a free port");
    let (api, steering) = ("/api/v1/users/me/lifecycle/reset_factors", "/_mock/heal");
    for (path, length, status) in
        [(api, "", "411"), (api, "content-length: 0\r\n", "200"), (steering, "", "200")]
    {
        let address = okta.url().trim_start_matches("http://");
        let mut stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
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
