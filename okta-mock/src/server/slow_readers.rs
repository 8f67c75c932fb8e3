//! A reader that stops in the middle of an answer and asks nothing more: the connection is closed as silent, and the reader has
//! its time for the rest. Looks and clock are the test's.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::time::{advance, pause, resume};

use super::{LAST_WORDS, Looks};
use crate::mock::OktaMock;

/// A step of the clock; the server may look at it one step late, a few times over.
const STEP: Duration = Duration::from_secs(1);
const LATE: Duration = Duration::from_secs(10);

/// A connection whose reader stopped behind the head of a page. Both sockets hold little: most of the page waits in the server.
struct HalfRead {
    _okta: OktaMock,
    stream: TcpStream,
    looks: watch::Sender<u64>,
    /// How long the body is.
    length: usize,
}

impl HalfRead {
    async fn new() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_send_buffer_size(4_096).expect("a size");
        socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
        let (looks, due) = watch::channel(0);
        let listener = socket.listen(16).expect("it listens");
        let okta = OktaMock::builder().users(300).start_on(listener, Looks::when(due)).expect("it starts");
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4_096).expect("a size");
        let address = okta.local_addr().expect("an address");
        let mut stream = socket.connect(address).await.expect("it listens");
        let token = okta.api_token();
        let request =
            format!("GET /api/v1/users HTTP/1.1\r\nhost: okta\r\nauthorization: SSWS {token}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("a head"));
        }
        let head = String::from_utf8(head).expect("readable");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
        pause();
        Self { length: length.parse().expect("a number"), _okta: okta, stream, looks }
    }

    /// Looks for silent connections, and lets the server do what follows.
    async fn look(&self) {
        self.looks.send_modify(|looks| *looks += 1);
        pass(STEP).await;
    }

    /// How much of the body still comes.
    async fn rest(mut self) -> usize {
        resume();
        let mut body = Vec::new();
        // The end may be a reset; what came before it is what counts.
        let _ = self.stream.read_to_end(&mut body).await;
        body.len()
    }
}

/// Lets a time pass, in steps in which the server looks at its clock.
async fn pass(time: Duration) {
    for _ in 0..time.as_secs() / STEP.as_secs() {
        advance(STEP).await;
    }
}

#[tokio::test]
async fn a_slow_reader_on_a_silent_connection_gets_the_rest_in_its_time() {
    let half = HalfRead::new().await;
    for _ in 0..3 {
        half.look().await;
    }
    pass(LAST_WORDS / 2).await;
    let length = half.length;
    assert_eq!(half.rest().await, length);
}

#[tokio::test]
async fn a_reader_that_stopped_on_a_silent_connection_loses_the_rest() {
    let half = HalfRead::new().await;
    for _ in 0..3 {
        half.look().await;
    }
    pass(LAST_WORDS + LATE).await;
    let length = half.length;
    let came = half.rest().await;
    assert!(came < length, "{came} of {length} bytes");
}
