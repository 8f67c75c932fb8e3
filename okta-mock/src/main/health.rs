//! `okta-mock health URL`: for a container's health check, where there is no curl.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// How long the fake may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks `/_mock/health` of the fake at this address.
pub(crate) fn ask(url: &str) -> io::Result<()> {
    let authority = url.strip_prefix("http://").map(|rest| rest.split('/').next().unwrap_or_default());
    let authority = authority.filter(|authority| authority.contains(':')).ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidInput, "expected an address like http://127.0.0.1:8080")
    })?;
    let mut stream = TcpStream::connect(authority)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET /_mock/health HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(1_024).read_to_end(&mut answer)?;
    match answer.starts_with(b"HTTP/1.1 200 ") {
        true => Ok(()),
        false => Err(io::Error::other("something else answers there")),
    }
}
