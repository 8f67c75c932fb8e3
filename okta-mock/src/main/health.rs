//! `okta-mock health URL`: for a container's health check, where there is no curl.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// How long the fake may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks `/_mock/health` of the fake at this address. One without `/_mock` refuses that as any path, and is ready.
pub(crate) fn ask(url: &str) -> io::Result<()> {
    let authority = url.strip_prefix("http://").map(|rest| rest.split('/').next().unwrap_or_default());
    let authority = authority.filter(|authority| authority.contains(':')).ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidInput, "expected an address like http://127.0.0.1:8080")
    })?;
    let mut stream = TcpStream::connect(authority)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET /_mock/health HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(4_096).read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let mut head = answer.lines().take_while(|line| !line.is_empty());
    let status = head.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3));
    let is_fake = head.any(|line| line.eq_ignore_ascii_case("x-okta-mock: 1"));
    match status {
        Some("200" | "401" | "403") if is_fake => Ok(()),
        _ => Err(io::Error::other("something else answers there")),
    }
}
