//! Requests as bytes on a wire, and answers taken apart by hand.

use okta_mock::OktaMock;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// An answer, taken apart by hand so that nothing is hidden by a client library.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) status: u16,
    pub(crate) lines: Vec<String>,
    pub(crate) body: Vec<u8>,
}

impl Raw {
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        let split = self.lines.iter().filter_map(|line| line.split_once(": "));
        split.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    pub(crate) fn next(&self, okta: &OktaMock) -> Option<String> {
        let link = self.values("link").into_iter().find(|link| link.ends_with("rel=\"next\""))?;
        let url = link.strip_prefix('<')?.split_once('>')?.0;
        Some(url.strip_prefix(okta.url()).expect("links stay on the org").to_owned())
    }
}

/// One request on a connection of its own.
pub(crate) async fn raw(
    okta: &OktaMock,
    method: &str,
    target: &str,
    authorization: Option<&str>,
    body: &str,
) -> Raw {
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

pub(crate) async fn call(okta: &OktaMock, method: &str, target: &str, body: Value) -> Raw {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    raw(okta, method, target, Some(&format!("SSWS {}", okta.api_token())), &body).await
}

/// An open connection, and one request on it after the other.
pub(crate) struct Connection(pub(crate) BufReader<TcpStream>);

impl Connection {
    pub(crate) async fn to(okta: &OktaMock) -> Self {
        let address = okta.url().strip_prefix("http://").expect("an http origin");
        Self(BufReader::new(TcpStream::connect(address).await.expect("the mock listens")))
    }

    /// Asks for this and reads the head; `None` when the connection is gone.
    pub(crate) async fn ask(&mut self, okta: &OktaMock, target: &str) -> Option<Vec<String>> {
        let head = format!(
            "GET {target} HTTP/1.1\r\nhost: okta\r\nauthorization: SSWS {}\r\n\r\n",
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
    pub(crate) async fn body(&mut self, head: &[String]) -> Vec<u8> {
        let length = head.iter().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
        let mut body = vec![0; length.parse().expect("a number")];
        self.0.read_exact(&mut body).await.expect("the whole body");
        body
    }

    /// Whether the other side has closed.
    pub(crate) async fn is_closed(&mut self) -> bool {
        let mut rest = [0; 1];
        matches!(self.0.read(&mut rest).await, Ok(0))
    }
}
