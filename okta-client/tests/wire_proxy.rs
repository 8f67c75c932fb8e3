//! A proxy: used where it was asked for, by client and web app alike, without being shown a credential.
#![cfg(feature = "reqwest")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use okta_client::Client;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

const ROOT: &[u8] = include_bytes!("data/tls/root.pem");

/// An org over TLS that answers every request with one user. Returns its port.
fn org() -> u16 {
    let certificate =
        CertificateDer::from_pem_slice(include_bytes!("data/tls/good.pem")).expect("a certificate");
    let key =
        PrivateKeyDer::from_pem_slice(include_bytes!("data/tls/public-test-server.key")).expect("a key");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("versions").with_no_client_auth().with_single_cert(vec![certificate], key);
    let config = Arc::new(config.expect("they belong together"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
            let mut stream = StreamOwned::new(connection, stream);
            if stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {
                let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 13\r\n\r\n";
                let _ = stream.write_all(format!("{head}{{\"id\":\"00u1\"}}").as_bytes());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    port
}

/// A proxy that sends every tunnel to this port, or refuses it. Returns its own port, and what it was asked for.
fn proxy(to: Option<u16>) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&asked);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
                head.push(byte[0]);
            }
            seen.lock().expect("no panic").push(String::from_utf8_lossy(&head).into_owned());
            let Some(to) = to else {
                let _ = stream
                    .write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
                continue;
            };
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
            let org = TcpStream::connect(("127.0.0.1", to)).expect("the org listens");
            let (mut from, mut back) =
                (stream.try_clone().expect("a clone"), org.try_clone().expect("a clone"));
            std::thread::spawn(move || std::io::copy(&mut from, &mut &org));
            std::thread::spawn(move || std::io::copy(&mut back, &mut stream));
        }
    });
    (port, asked)
}

#[tokio::test]
async fn an_org_is_reached_through_the_proxy_that_is_given_and_no_credential_is_shown_to_it() {
    let (port, asked) = proxy(Some(org()));
    // A name that only the proxy knows the way to.
    let url = "https://localhost:1";
    let client = Client::builder(url).api_token("00Ttoken").root_certificates(ROOT).max_attempts(1);
    let client =
        client.proxy(format!("http://ada:pa55word@127.0.0.1:{port}")).build().expect("valid settings");
    assert_eq!(client.users().get("00u1").await.expect("a user").id.as_str(), "00u1");
    let asked = asked.lock().expect("no panic").clone();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].starts_with("CONNECT localhost:1 HTTP/1.1\r\n"), "{}", asked[0]);
    // base64 of `ada:pa55word`.
    assert!(asked[0].to_lowercase().contains("proxy-authorization: basic ywrhonbhntv3b3jk"), "{}", asked[0]);
    assert!(!asked[0].contains("00T"));
    let shown = format!("{client:?}");
    assert!(shown.contains(&format!("http://127.0.0.1:{port}")), "{shown}");
    assert!(!shown.contains("pa55word") && !shown.contains("ada"), "{shown}");
}

#[tokio::test]
async fn a_proxy_that_refuses_is_an_error_that_does_not_show_its_password() {
    let (port, asked) = proxy(None);
    let client = Client::builder("https://localhost:1").api_token("00Ttoken").max_attempts(1);
    let client =
        client.proxy(format!("http://ada:pa55word@127.0.0.1:{port}")).build().expect("valid settings");
    let error = client.users().get("00u1").await.expect_err("refused");
    assert!(matches!(error, okta_client::Error::Transport { sent: false, .. }), "{error:?}");
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text.push_str(&format!(" {error} {error:?}"));
        cause = error.source();
    }
    assert!(!text.contains("pa55word") && !text.contains("00T"), "{text}");
    assert_eq!(asked.lock().expect("no panic").len(), 1);
}

#[cfg(feature = "oauth")]
#[tokio::test]
async fn a_web_app_has_the_clients_proxy_and_certificates() {
    let (port, asked) = proxy(Some(org()));
    let app = okta_client::credentials::WebApp::builder("https://localhost:1", "0oa1", "https://app.example")
        .client_secret("s3cr3t-s3cr3t")
        .root_certificates(ROOT)
        .proxy(format!("http://127.0.0.1:{port}"))
        .max_attempts(1)
        .build()
        .expect("valid settings");
    app.revoke("a-token").await.expect("revoked");
    assert!(asked.lock().expect("no panic")[0].starts_with("CONNECT localhost:1 "));
}

#[test]
fn what_is_no_proxy_is_refused_without_being_shown() {
    for wrong in
        ["", "proxy:3128", "ada:pa55word@proxy", "socks5://127.0.0.1:1080", "http://p/path", "http://"]
    {
        let client = Client::builder("https://acme.okta.com").api_token("00Ttoken").proxy(wrong);
        assert!(!format!("{client:?}").contains("pa55word"));
        let error = client.build().expect_err(wrong);
        assert!(error.to_string().starts_with("proxy"), "{error}");
        assert!(!format!("{error} {error:?}").contains("pa55word"));
    }
}

#[tokio::test]
async fn a_proxy_of_the_environment_is_used_where_that_is_asked_for_and_shown() {
    // The environment belongs to the whole process, so the client is in another: this program again.
    if std::env::var_os("TEST_PROXIED").is_some() {
        let client = Client::builder("https://localhost:1").api_token("00Ttoken").root_certificates(ROOT);
        let client = client.proxy_from_env().max_attempts(1).build().expect("valid settings");
        assert!(format!("{client:?}").contains("of the environment"), "{client:?}");
        client.users().get("00u1").await.expect("a user");
        // What is not encrypted is not for a proxy to read.
        let client = Client::builder("http://localhost:1").api_token("00Ttoken").max_attempts(1);
        client
            .proxy_from_env()
            .build()
            .expect("valid settings")
            .users()
            .get("00u1")
            .await
            .expect_err("nobody");
        return;
    }
    let (port, asked) = proxy(Some(org()));
    let mut again = std::process::Command::new(std::env::current_exe().expect("this program"));
    again.args(["--exact", "a_proxy_of_the_environment_is_used_where_that_is_asked_for_and_shown"]);
    again.env("TEST_PROXIED", "1").env_remove("NO_PROXY").env_remove("no_proxy").env_remove("REQUEST_METHOD");
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        again.env(name, format!("http://127.0.0.1:{port}"));
    }
    let output =
        tokio::task::spawn_blocking(move || again.output()).await.expect("no panic").expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let asked = asked.lock().expect("no panic").clone();
    assert!(asked.len() == 1 && asked[0].starts_with("CONNECT localhost:1 "), "{asked:?}");
}
