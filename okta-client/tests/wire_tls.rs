//! Certificates that must not be believed, over real TLS. They are in `data/tls`, with the script that made them.
#![cfg(feature = "reqwest")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use okta_client::{Client, Error};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

const ROOT: &[u8] = include_bytes!("data/tls/root.pem");
const KEY: &[u8] = include_bytes!("data/tls/public-test-server.key");

/// A server that shows this certificate and answers every request with one user. Returns its port and a count of requests.
fn server(certificate: &str) -> (u16, Arc<AtomicUsize>) {
    server_of_chain(certificate, 1)
}

/// The same, with the certificate shown so many times.
fn server_of_chain(certificate: &str, length: usize) -> (u16, Arc<AtomicUsize>) {
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(KEY).expect("a key");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config =
        config.expect("versions").with_no_client_auth().with_single_cert(vec![certificate; length], key);
    let config = Arc::new(config.expect("they belong together"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
            let mut stream = StreamOwned::new(connection, stream);
            if stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {
                counted.fetch_add(1, Ordering::SeqCst);
                let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 13\r\n\r\n";
                let _ = stream.write_all(format!("{head}{{\"id\":\"00u1\"}}").as_bytes());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    (port, requests)
}

async fn ask(url: String, roots: Option<&[u8]>) -> Result<String, Error> {
    let client = Client::builder(url).api_token("00Ttoken").max_attempts(1);
    let client = match roots {
        Some(roots) => client.root_certificates(roots),
        None => client,
    };
    Ok(client.build()?.users().get("00u1").await?.id.to_string())
}

#[tokio::test]
async fn xb21_a_certificate_of_a_trusted_authority_for_this_host_is_believed() {
    let (port, _) = server(include_str!("data/tls/good.pem"));
    for host in ["localhost", "127.0.0.1"] {
        assert_eq!(ask(format!("https://{host}:{port}"), Some(ROOT)).await.expect("a user"), "00u1");
    }
}

#[tokio::test]
async fn xb21_any_other_certificate_is_refused_and_the_token_stays_here() {
    for (what, certificate, roots) in [
        ("expired", include_str!("data/tls/expired.pem"), Some(ROOT)),
        ("not valid yet", include_str!("data/tls/not-yet.pem"), Some(ROOT)),
        ("of another host", include_str!("data/tls/another-host.pem"), Some(ROOT)),
        ("self-signed", include_str!("data/tls/self-signed.pem"), Some(ROOT)),
        ("of an authority that this machine does not know", include_str!("data/tls/good.pem"), None),
    ] {
        let (port, requests) = server(certificate);
        let error = ask(format!("https://127.0.0.1:{port}"), roots).await.expect_err(what);
        assert!(matches!(error, Error::Transport { sent: false, .. }), "{what}: {error:?}");
        assert_eq!(requests.load(Ordering::SeqCst), 0, "{what}");
    }
}

#[tokio::test]
async fn xb21_a_chain_of_thousands_of_certificates_is_refused_and_not_followed() {
    let (port, requests) = server_of_chain(include_str!("data/tls/good.pem"), 3_000);
    let error = ask(format!("https://127.0.0.1:{port}"), Some(ROOT)).await.expect_err("too many");
    assert!(matches!(error, Error::Transport { sent: false, .. }), "{error:?}");
    assert_eq!(requests.load(Ordering::SeqCst), 0);
}

/// The ServerHello of one who speaks this version, or has chosen this protocol for what comes inside.
fn server_hello(version: u16, protocol: Option<&str>) -> Vec<u8> {
    let of_length =
        |bytes: &[u8]| [&u16::try_from(bytes.len()).expect("short").to_be_bytes(), bytes].concat();
    let mut hello = version.to_be_bytes().to_vec();
    hello.extend([7; 32]);
    // No session, ECDHE-ECDSA with AES-128-GCM, no compression.
    hello.extend([0, 0xc0, 0x2b, 0]);
    if let Some(protocol) = protocol {
        let name = [&[u8::try_from(protocol.len()).expect("short")], protocol.as_bytes()].concat();
        hello.extend(of_length(&[&[0, 16], &*of_length(&of_length(&name))].concat()));
    }
    let handshake = [&[2, 0], &*of_length(&hello)].concat();
    [&[22], &version.to_be_bytes()[..], &of_length(&handshake)].concat()
}

/// What a client says to such a hello: the description of its TLS alert, and whatever else it sent.
async fn alert(hello: Vec<u8>) -> (Option<u8>, Vec<u8>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let said = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut record = [0; 5];
        stream.read_exact(&mut record).expect("a hello");
        let mut hello_of_client = vec![0; usize::from(u16::from_be_bytes([record[3], record[4]]))];
        stream.read_exact(&mut hello_of_client).expect("a hello");
        stream.write_all(&hello).expect("it listens");
        stream.shutdown(std::net::Shutdown::Write).expect("it listens");
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said);
        (hello_of_client, said)
    });
    let error = ask(format!("https://127.0.0.1:{port}"), Some(ROOT)).await.expect_err("no handshake");
    assert!(matches!(error, Error::Transport { sent: false, .. }), "{error:?}");
    let (mut all, said) = said.join().expect("no panic");
    // A record of type 21 holds a level and a description.
    let alert = (said.first() == Some(&21)).then(|| said[6]);
    all.extend(said);
    (alert, all)
}

#[tokio::test]
async fn xb21_old_versions_of_tls_and_protocols_that_were_not_offered_are_refused() {
    let (protocol_version, illegal_parameter) = (Some(70), Some(47));
    for (what, hello, expected) in [
        ("SSL 3.0", server_hello(0x0300, None), protocol_version),
        ("TLS 1.0", server_hello(0x0301, None), protocol_version),
        ("TLS 1.1", server_hello(0x0302, None), protocol_version),
        ("ALPN http/1.0", server_hello(0x0303, Some("http/1.0")), illegal_parameter),
        // That much of TLS 1.2 is all right, or the rest would prove nothing.
        ("TLS 1.2", server_hello(0x0303, None), None),
        ("ALPN http/1.1", server_hello(0x0303, Some("http/1.1")), None),
    ] {
        let (alert, said) = alert(hello).await;
        assert_eq!(alert, expected, "{what}");
        assert!(!said.windows(8).any(|part| part == b"00Ttoken"), "{what}");
    }
}

/// Runs one of these tests a second time, in a process whose environment names authorities and a key log.
async fn again(test: &'static str, port: u16, key_log: std::path::PathBuf) {
    let mut again = std::process::Command::new(std::env::current_exe().expect("this program"));
    again.args(["--exact", test]).env("TEST_ORG_PORT", port.to_string()).env("SSLKEYLOGFILE", key_log);
    again.env("SSL_CERT_FILE", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tls/root.pem"));
    again.env_remove("SSL_CERT_DIR");
    let output =
        tokio::task::spawn_blocking(move || again.output()).await.expect("no panic").expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[tokio::test]
async fn xa18_xb21_no_key_log_is_written_and_own_authorities_replace_those_of_the_machine() {
    if let Ok(port) = std::env::var("TEST_ORG_PORT") {
        let url = format!("https://127.0.0.1:{port}");
        ask(url.clone(), None).await.expect("by an authority that this machine believes");
        let other = ask(url, Some(include_bytes!("data/tls/self-signed.pem"))).await.expect_err("by another");
        assert!(matches!(other, Error::Transport { sent: false, .. }), "{other:?}");
        return;
    }
    let (port, requests) = server(include_str!("data/tls/good.pem"));
    let folder = tempfile::tempdir().expect("a folder");
    let key_log = folder.path().join("keys");
    let test = "xa18_xb21_no_key_log_is_written_and_own_authorities_replace_those_of_the_machine";
    again(test, port, key_log.clone()).await;
    assert_eq!(requests.load(Ordering::SeqCst), 1);
    assert!(!key_log.exists());
}

#[tokio::test]
async fn xb21_a_server_that_does_not_speak_tls_gets_no_request() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let said = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut said = vec![0; 4096];
        let read = stream.read(&mut said).expect("a hello");
        said.truncate(read);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]");
        said
    });
    let error = ask(format!("https://127.0.0.1:{port}"), Some(ROOT)).await.expect_err("no TLS");
    assert!(matches!(error, Error::Transport { sent: false, .. }), "{error:?}");
    let said = said.join().expect("no panic");
    assert!(!said.windows(8).any(|part| part == b"00Ttoken"));
}

#[tokio::test]
async fn xb21_what_is_no_certificate_is_refused_when_the_client_is_built() {
    for roots in [b"".as_slice(), b"no PEM", KEY] {
        let error = ask("https://localhost:1".to_owned(), Some(roots)).await.expect_err("no certificate");
        assert!(matches!(error, Error::Config { field: "root_certificates", .. }), "{error:?}");
    }
}
