//! A reader that stops in the middle of an answer and asks nothing more: the connection is closed as silent, and the reader has
//! its time for the rest. The clock is the test's as soon as the server has said what it can.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{advance, pause, resume};

use super::LAST_WORDS;
use crate::mock::OktaMock;

/// How long a silent connection is kept at most.
const SILENCE: Duration = Duration::from_secs(120);
/// A step of the clock; the server may look at it one step late, a few times over.
const STEP: Duration = Duration::from_secs(1);
const LATE: Duration = Duration::from_secs(10);

/// A fake whose socket holds little, and a connection that does too: most of a page waits in the server.
async fn narrow() -> (OktaMock, TcpStream) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_send_buffer_size(4_096).expect("a size");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let okta =
        OktaMock::builder().users(300).start_on(socket.listen(16).expect("it listens")).expect("it starts");
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4_096).expect("a size");
    let address = okta.local_addr().expect("an address");
    (okta, socket.connect(address).await.expect("it listens"))
}

/// Asks for a page and reads no further than its head. How long the body is.
async fn half_read(okta: &OktaMock, stream: &mut TcpStream) -> usize {
    let token = okta.api_token();
    let request = format!("GET /api/v1/users HTTP/1.1\r\nhost: okta\r\nauthorization: SSWS {token}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("a head"));
    }
    let head = String::from_utf8(head).expect("readable");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
    pause();
    length.parse().expect("a number")
}

/// Lets a time pass, in steps in which the server looks at its clock.
async fn pass(time: Duration) {
    for _ in 0..time.as_secs() / STEP.as_secs() {
        advance(STEP).await;
    }
}

/// How much of the body still comes.
async fn rest(mut stream: TcpStream) -> usize {
    resume();
    let mut body = Vec::new();
    // The end may be a reset; what came before it is what counts.
    let _ = stream.read_to_end(&mut body).await;
    body.len()
}

#[tokio::test]
async fn a_slow_reader_on_a_silent_connection_gets_the_rest_in_its_time() {
    let (okta, mut stream) = narrow().await;
    let length = half_read(&okta, &mut stream).await;
    pass(LAST_WORDS).await;
    assert_eq!(rest(stream).await, length);
}

#[tokio::test]
async fn a_reader_that_stopped_on_a_silent_connection_loses_the_rest() {
    let (okta, mut stream) = narrow().await;
    let length = half_read(&okta, &mut stream).await;
    pass(SILENCE + LAST_WORDS + LATE).await;
    let came = rest(stream).await;
    assert!(came < length, "{came} of {length} bytes");
}
