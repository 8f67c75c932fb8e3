//! A reader that stops in the middle of an answer and asks nothing more: the connection is closed as silent, and the reader has
//! its time for the rest. The looks are the test's, and so is the clock as soon as the server has said what it can.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::{Duration, Instant, advance, pause, resume};

use super::{Front, LAST_WORDS, connection};
use crate::guard::Guard;
use crate::mock::OktaMock;

/// A connection whose client stopped reading.
struct Silent {
    stream: TcpStream,
    /// How long the body is.
    length: usize,
    served: JoinHandle<()>,
    _stop: watch::Sender<bool>,
}

/// Asks for a page, reads no further than its head, and has the server look twice. The sockets hold little, so most of the page
/// waits in the server.
async fn silent() -> Silent {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_send_buffer_size(4_096).expect("a size");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let listener = socket.listen(1).expect("it listens");
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4_096).expect("a size");
    let mut stream = socket.connect(listener.local_addr().expect("an address")).await.expect("it listens");
    let (served, _) = listener.accept().await.expect("a connection");
    let (_, token, shared) = OktaMock::builder().users(300).build("http://okta".to_owned());
    let (_stop, ending) = watch::channel(false);
    let (due, looks) = watch::channel(0);
    let front = Front { shared, guard: Arc::new(Guard::default()), fate: Arc::default(), ending };
    let served = tokio::spawn(connection(served, front, looks));

    let request = format!("GET /api/v1/users HTTP/1.1\r\nhost: okta\r\nauthorization: SSWS {token}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("a head"));
    }
    let head = String::from_utf8(head).expect("readable");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
    pause();
    for _ in 0..2 {
        due.send_modify(|looks| *looks += 1);
        yield_now().await;
    }
    Silent { stream, length: length.parse().expect("a number"), served, _stop }
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
    let Silent { stream, length, served, _stop } = silent().await;
    advance(LAST_WORDS - Duration::from_secs(60)).await;
    assert!(!served.is_finished());
    assert_eq!(rest(stream).await, length);
    served.await.expect("it is closed, with nothing more to say");
}

#[tokio::test]
async fn a_reader_that_stopped_on_a_silent_connection_loses_the_rest() {
    let Silent { stream, length, served, _stop } = silent().await;
    let began = Instant::now();
    served.await.expect("it is closed, though nobody read the rest");
    assert!(began.elapsed() >= LAST_WORDS);
    let came = rest(stream).await;
    assert!(came < length, "{came} of {length} bytes");
}
