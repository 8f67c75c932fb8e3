//! One request over a connection of its own, written and read by hand: nothing is hidden by a client library.

use okta_mock::{Builder, Clock, OktaMock};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// 2026-08-21T08:00:00Z.
pub(crate) const START: i64 = 1_787_299_200_000;

/// A fake whose clock stands still.
pub(crate) fn org() -> Builder {
    OktaMock::builder().seed(7).clock(Clock::Manual(START))
}

pub(crate) async fn started(builder: Builder) -> OktaMock {
    builder.start().await.expect("a free port")
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    lines: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    origin: String,
}

impl Answer {
    /// Every line of this header, in order.
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        let named = self.lines.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// A header that comes once; nothing when it does not come.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.values(name).first().copied().unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(crate) fn rows(&self) -> Vec<Value> {
        self.json().as_array().cloned().unwrap_or_default()
    }

    /// One member of every row.
    pub(crate) fn column(&self, name: &str) -> Vec<String> {
        self.rows().iter().map(|row| text(&row[name])).collect()
    }

    pub(crate) fn id(&self) -> String {
        text(&self.json()["id"])
    }

    /// Status and `errorCode`; no code is `""`.
    pub(crate) fn refusal(&self) -> (u16, String) {
        (self.status, text(&self.json()["errorCode"]))
    }

    pub(crate) fn summary(&self) -> String {
        text(&self.json()["errorSummary"])
    }

    /// The first cause.
    pub(crate) fn cause(&self) -> String {
        text(&self.json()["errorCauses"][0]["errorSummary"])
    }

    /// The target of the link with this relation, without the origin.
    pub(crate) fn link(&self, rel: &str) -> Option<String> {
        let ending = format!(">; rel=\"{rel}\"");
        let links = self.values("link").into_iter();
        let url = links.filter_map(|line| line.strip_prefix('<')?.strip_suffix(ending.as_str())).next()?;
        url.strip_prefix(&self.origin).map(str::to_owned)
    }

    /// The query of a link.
    pub(crate) fn query(&self, rel: &str) -> String {
        let link = self.link(rel).unwrap_or_default();
        link.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default()
    }

    /// One parameter of a link, still encoded.
    pub(crate) fn param(&self, rel: &str, name: &str) -> String {
        let query = self.query(rel);
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).next().unwrap_or_default()
    }
}

/// A JSON text; `""` for everything else.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Sends exactly these headers besides `host`, `connection` and `content-length`.
pub(crate) async fn send(
    okta: &OktaMock,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let address = okta.url().strip_prefix("http://").expect("an http origin");
    let mut stream = TcpStream::connect(address).await.expect("the mock listens");
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let request = format!(
        "{method} {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("written");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("a whole answer");
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole head");
    let head = String::from_utf8(bytes[..end].to_vec()).expect("readable headers");
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.get(9..12)?.parse().ok()).expect("a status");
    let lines = lines.filter_map(|line| line.split_once(": "));
    let lines = lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Answer { status, lines, body: bytes[end + 4..].to_vec(), origin: okta.url().to_owned() }
}

/// Asks as a client does, with the fake's own API token.
pub(crate) async fn ask(okta: &OktaMock, method: &str, target: &str, body: Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let token = format!("SSWS {}", okta.api_token());
    let mut headers = vec![("authorization", token.as_str()), ("accept", "application/json")];
    headers.push(("user-agent", "fidelity/1"));
    if !body.is_empty() {
        headers.push(("content-type", "application/json"));
    }
    send(okta, method, target, &headers, &body).await
}

pub(crate) async fn get(okta: &OktaMock, target: &str) -> Answer {
    ask(okta, "GET", target, Value::Null).await
}

pub(crate) async fn post(okta: &OktaMock, target: &str, body: Value) -> Answer {
    ask(okta, "POST", target, body).await
}

pub(crate) async fn put(okta: &OktaMock, target: &str, body: Value) -> Answer {
    ask(okta, "PUT", target, body).await
}

pub(crate) async fn delete(okta: &OktaMock, target: &str) -> Answer {
    ask(okta, "DELETE", target, Value::Null).await
}

/// Follows `next` to the end and returns one member of every row.
pub(crate) async fn walk(okta: &OktaMock, first: &str, member: &str) -> Vec<String> {
    let (mut found, mut target) = (Vec::new(), Some(first.to_owned()));
    while let Some(next) = target {
        let page = get(okta, &next).await;
        assert_eq!(page.status, 200, "{next}: {}", String::from_utf8_lossy(&page.body));
        found.extend(page.column(member));
        target = page.link("next");
    }
    found
}

/// Percent-encodes an expression for a query.
pub(crate) fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
