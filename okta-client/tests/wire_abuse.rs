//! Answers that no honest server gives, byte by byte over a real socket.
#![cfg(feature = "reqwest")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use okta_client::{Category, Client, ClientBuilder, Error, Raw, users::User};

/// A server that hands each connection and its number, from 0, to a function. It ends with the test's process.
fn server(answer: impl Fn(usize, &mut TcpStream) + Send + Sync + 'static) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let connections = Arc::new(AtomicUsize::new(0));
    let (counted, answer) = (Arc::clone(&connections), Arc::new(answer));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (number, answer) = (counted.fetch_add(1, Ordering::SeqCst), Arc::clone(&answer));
            std::thread::spawn(move || {
                let Ok(mut stream) = stream else { return };
                // A request of ours is short and comes in one piece.
                let _ = stream.read(&mut [0; 4096]);
                answer(number, &mut stream);
            });
        }
    });
    (url, connections)
}

/// As much of it as the other side takes.
fn send(stream: &mut TcpStream, bytes: impl AsRef<[u8]>) -> bool {
    stream.write_all(bytes.as_ref()).is_ok()
}

/// The list of users 1 and 2, whole, and then the end of the connection.
fn whole(stream: &mut TcpStream) {
    let body = "[{\"id\":\"1\"},{\"id\":\"2\"}]";
    let length = body.len();
    send(stream, format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"));
}

fn builder(url: &str) -> ClientBuilder {
    Client::builder(url).api_token("00Ttoken").jitter_seed(7)
}

async fn list(builder: ClientBuilder) -> Result<Vec<Raw<User>>, Error> {
    builder.build().expect("valid settings").users().list().paginate().collect_all().await
}

#[tokio::test]
async fn xb12_a_body_that_breaks_off_however_it_does_is_fetched_again() {
    const START: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    // The first 24 bytes of a gzip member.
    const GZIP: &[u8] = include_bytes!("data/spaces.json.gz").first_chunk::<24>().expect("longer").as_slice();
    let cut: [(&str, Vec<u8>); 4] = [
        ("content-length", format!("{START}content-length: 24\r\n\r\n[{{\"id\":\"1\"}},").into()),
        ("a chunk", format!("{START}transfer-encoding: chunked\r\n\r\n20\r\n[{{\"id\":\"1\"}}").into()),
        (
            "the last chunk",
            format!("{START}transfer-encoding: chunked\r\n\r\nc\r\n[{{\"id\":\"1\"}}]\r\n").into(),
        ),
        ("gzip", {
            let head =
                format!("{START}connection: close\r\ncontent-encoding: gzip\r\ncontent-length: 24\r\n\r\n");
            [head.as_bytes(), GZIP].concat()
        }),
    ];
    for (what, bytes) in cut {
        let (url, connections) = server(move |number, stream| match number {
            0 => drop(send(stream, &bytes)),
            _ => whole(stream),
        });
        let users = list(builder(&url)).await.unwrap_or_else(|error| panic!("{what}: {error:?}"));
        assert_eq!(users.len(), 2, "{what}");
        assert_eq!(connections.load(Ordering::SeqCst), 2, "{what}");
    }
}

#[tokio::test]
async fn xb12_a_connection_that_is_reset_half_way_is_not_half_a_page() {
    let (url, _) = server(|number, stream| {
        if number > 1 {
            // The rest of the request.
            let _ = stream.read(&mut [0; 16_384]);
            return whole(stream);
        }
        send(stream, "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n[{\"id\":\"1\"}");
        // What lies unread in the socket when it is closed makes the close a reset: here the second half of the request.
        let _ = stream.peek(&mut [0]);
    });
    let list = |attempts| {
        let client = builder(&url).max_attempts(attempts).build().expect("valid settings");
        async move { client.users().list().q("x".repeat(8_000)).paginate().collect_all().await }
    };
    let reset = list(1).await.expect_err("reset");
    assert!(matches!(reset, Error::Transport { sent: true, .. }), "{reset:?}");
    assert!(format!("{reset:?}").contains("ConnectionReset"), "{reset:?}");
    assert_eq!(list(2).await.expect("a listing").len(), 2);
}

#[tokio::test]
async fn xb14_neither_a_flood_of_headers_nor_of_interim_answers_holds_a_call_up() {
    for line in ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n", "x: y\r\n"]
    {
        let (url, _) = server(move |_, stream| {
            if !line.starts_with("HTTP") {
                send(stream, "HTTP/1.1 200 OK\r\n");
            }
            send(stream, line.repeat(2_000));
            // Until the client has had enough.
            let _ = stream.read(&mut [0]);
        });
        let hasty = builder(&url).max_attempts(1).timeout(Duration::from_millis(300));
        let error = list(hasty).await.expect_err("no answer");
        assert!(matches!(error, Error::Transport { sent: true, .. }), "{line:?}: {error:?}");
    }
}

#[tokio::test]
async fn xb14_xb25_a_header_line_without_end_is_cut_off() {
    let (url, _) = server(|_, stream| {
        send(stream, "HTTP/1.1 200 OK\r\nx: ");
        while send(stream, [b'y'; 4096]) {}
    });
    let error = list(builder(&url).max_attempts(1)).await.expect_err("endless");
    assert!(matches!(error, Error::Transport { sent: true, .. }), "{error:?}");
}

#[cfg(feature = "oauth")]
#[tokio::test]
async fn xb14_a_token_endpoint_that_never_ends_is_cut_off() {
    use okta_client::credentials::{PrivateKey, ServiceApp};
    let (url, _) = server(|_, stream| {
        send(stream, "HTTP/1.1 200 OK\r\n\r\n{\"access_token\":\"");
        while send(stream, [b'y'; 4096]) {}
    });
    let known = okta_mock::OktaMock::builder().in_process().service_app();
    let key = PrivateKey::from_pem(&known.private_key_pem).expect("a key").kid(&known.kid);
    let app = ServiceApp::new(&known.client_id, key, ["okta.users.read"]).expect("valid");
    let client = Client::builder(&url).credential(app).max_attempts(1).build().expect("valid settings");
    let error = client.users().get("me").await.expect_err("no token");
    assert!(matches!(error, Error::Credential { .. }), "{error:?}");
}

/// Of a name that leads into one's own network, and of its address.
#[tokio::test]
async fn xb22_where_only_public_addresses_are_allowed_nothing_connects_to_a_private_one() {
    let (url, connections) = server(|_, stream| whole(stream));
    let name = url.replace("127.0.0.1", "localhost");
    let refused = list(builder(&name).public_addresses_only().max_attempts(1)).await.expect_err("private");
    assert!(matches!(refused, Error::Transport { sent: false, .. }), "{refused:?}");
    assert!(format!("{refused:?}").contains("NoPublicAddress"), "{refused:?}");
    for private in [url.as_str(), "https://10.0.0.1", "https://169.254.169.254", "https://[fd00::1]"] {
        let refused = builder(private).public_addresses_only().build().expect_err(private);
        assert!(matches!(refused, Error::Config { field: "org_url", .. }), "{refused:?}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0);
    assert_eq!(list(builder(&name)).await.expect("allowed by default").len(), 2);
    let refused =
        builder(&name).okta_domains_only(["id.acme.example"]).build().expect_err("of no Okta domain");
    assert!(matches!(refused, Error::Config { field: "org_url", .. }), "{refused:?}");
}

#[tokio::test]
async fn xb14_a_body_without_end_is_cut_off_by_its_size_and_one_that_drips_by_its_time() {
    let (url, _) = server(|_, stream| {
        send(stream, "HTTP/1.1 200 OK\r\n\r\n[");
        while send(stream, [b' '; 4096]) {}
    });
    let error = list(builder(&url).max_body_bytes(1_000_000)).await.expect_err("endless");
    assert!(matches!(error, Error::TooLarge { limit_bytes: 1_000_000, .. }), "{error:?}");
    let (url, _) = server(|_, stream| {
        send(stream, "HTTP/1.1 200 OK\r\n\r\n[");
        // Until the client has had enough.
        let _ = stream.read(&mut [0]);
    });
    let hasty = builder(&url).max_attempts(1).timeout(Duration::from_millis(300));
    assert!(matches!(list(hasty).await.expect_err("silent"), Error::Transport { sent: true, .. }));
}

#[tokio::test]
async fn xb25_a_flood_of_headers_is_refused_and_not_collected() {
    for flood in ["x-flood: 1\r\n".repeat(1_000), format!("x-flood: {}\r\n", "a".repeat(2_000_000))] {
        let (url, _) = server(move |_, stream| {
            send(stream, format!("HTTP/1.1 200 OK\r\n{flood}content-length: 2\r\n\r\n[]"));
        });
        let error = list(builder(&url).max_attempts(1)).await.expect_err("too many");
        assert!(matches!(error, Error::Transport { sent: true, .. }), "{error:?}");
    }
}

#[tokio::test]
async fn xb03_times_that_no_clock_holds_panic_nowhere() {
    for wait in ["18446744073709551615", "99999999999999999999999999", "-1", "1e400", "NaN"] {
        for (status, header) in [(429, "x-rate-limit-reset"), (429, "retry-after"), (503, "retry-after")] {
            let (url, _) = server(move |_, stream| {
                let date = "date: Fri, 31 Dec 9999 23:59:59 GMT\r\nx-rate-limit-limit: 4294967296\r\n";
                let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n{date}{header}: {wait}\r\n");
                send(stream, head + "content-length: 2\r\n\r\n{}");
            });
            let client = builder(&url).max_attempts(1).build().expect("valid settings");
            let error = client.users().list().paginate().collect_all().await.expect_err("refused");
            assert_eq!(error.status().map(|status| status.as_u16()), Some(status), "{header}: {wait}");
            for bucket in client.rate_limits() {
                assert!(bucket.resets_in.is_none_or(|wait| wait <= Duration::from_secs(120)), "{bucket:?}");
            }
        }
    }
}

#[tokio::test]
async fn xb11_no_content_is_no_empty_list() {
    for head in ["204 No Content\r\n", "200 OK\r\ncontent-length: 0\r\n"] {
        let (url, _) = server(move |_, stream| {
            send(stream, format!("HTTP/1.1 {head}connection: close\r\n\r\n"));
        });
        let error = list(builder(&url).max_attempts(1)).await.expect_err("no list");
        let Error::Decode { problem, .. } = &error else { panic!("{head}: {error:?}") };
        assert_eq!(problem.category, Category::NotAList);
    }
}
