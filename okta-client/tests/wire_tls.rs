//! Certificates that must not be believed, over real TLS. They are in `data/tls`, with the script that made them.
#![cfg(feature = "reqwest")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use okta_client::{Client, Error};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

const ROOT: &[u8] = include_bytes!("data/tls/root.pem");
const KEY: &[u8] = include_bytes!("data/tls/public-test-server.key");

/// A server that shows this certificate and answers every request with one user. Returns its port and a count of requests.
fn server(certificate: &str) -> (u16, Arc<std::sync::atomic::AtomicUsize>) {
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(KEY).expect("a key");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("versions").with_no_client_auth().with_single_cert(vec![certificate], key);
    let config = Arc::new(config.expect("they belong together"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let requests = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
            let mut stream = StreamOwned::new(connection, stream);
            if stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {
                counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
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
        assert_eq!(requests.load(std::sync::atomic::Ordering::SeqCst), 0, "{what}");
    }
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
