//! The socket front: HTTP/1.1 on a loopback address.
//!
//! Ends when its fake is dropped or shut down: no new connections, requests under way are answered, the rest closes.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::{FutureExt, StreamExt};
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Method, Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::error::ApiError;
use crate::faults::Transport;
use crate::in_process::{Broken, response};
use crate::reply::Reply;
use crate::shared::Shared;
use crate::timestamp::millis;

/// How long a client may take to send its headers, and an idle connection may stay.
const HEADER_TIMEOUT: Duration = Duration::from_secs(60);
/// The largest request body that is read.
const BODY_LIMIT: usize = 16 * 1_024 * 1_024;
/// The same for a snapshot, which holds every change of an org.
const SNAPSHOT_LIMIT: usize = 1_024 * 1_024 * 1_024;
/// How long requests under way may take once the end was asked for.
const LAST_CALL: Duration = Duration::from_secs(5);

/// What is sent: nearly always one piece.
enum Body {
    Whole(Full<Bytes>),
    Pieces(UnsyncBoxBody<Bytes, io::Error>),
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.get_mut() {
            Self::Whole(body) => Pin::new(body).poll_frame(cx).map_err(|never| match never {}),
            Self::Pieces(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Pieces(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Pieces(body) => body.size_hint(),
        }
    }
}

/// Serves until `stop` changes or its sender is gone.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stop.changed() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, Arc::clone(&shared), stop.clone()));
                }
                Err(error) => {
                    // Mostly too many open files: give connections a moment to close.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
        }
    }
    drop(listener);
    let rest = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(LAST_CALL, rest).await.is_err() {
        tracing::debug!("connections were still open at the end");
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    // Small answers must not wait for an acknowledgement of the last one.
    let _ = stream.set_nodelay(true);
    // How the connection has to break, once an answer says so.
    let fate: Arc<OnceLock<Transport>> = Arc::default();
    let told = Arc::clone(&fate);
    let service = service_fn(move |request| answer(Arc::clone(&shared), Arc::clone(&told), request).boxed());
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    let ended = tokio::select! {
        ended = poll_fn(|cx| connection.poll_without_shutdown(cx)) => ended,
        _ = stop.changed() => {
            Pin::new(&mut connection).graceful_shutdown();
            poll_fn(|cx| connection.poll_without_shutdown(cx)).await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
    let mut stream = connection.into_parts().io.into_inner();
    match fate.get() {
        Some(Transport::Reset) => {
            let _ = stream.set_zero_linger();
        }
        Some(Transport::Garbage) => {
            let _ = stream.write_all(b"\x16\x03\x01 this is not HTTP\r\n").await;
            let _ = stream.shutdown().await;
        }
        _ => {
            let _ = stream.shutdown().await;
        }
    }
}

async fn answer(
    shared: Arc<Shared>,
    fate: Arc<OnceLock<Transport>>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Broken> {
    let (parts, body) = request.into_parts();
    let sized = parts.headers.contains_key(CONTENT_LENGTH) || parts.headers.contains_key(TRANSFER_ENCODING);
    if !sized && matches!(parts.method, Method::POST | Method::PUT) {
        // Okta's edge refuses these before they reach the API.
        let refused = Reply::new(411, "text/html", "<html><body>Length Required</body></html>");
        return Ok(response(refused).map(|body| Body::Whole(Full::new(body))));
    }
    let limit = if parts.uri.path() == "/_mock/snapshot" { SNAPSHOT_LIMIT } else { BODY_LIMIT };
    let body = if body.is_end_stream() { Ok(Bytes::new()) } else { read(body, limit).await };
    let reply = match body {
        Ok(body) => shared.answer(Request::from_parts(parts, body)).await,
        Err(_) => Reply::json(400, ApiError::of("E0000003").body("oaeunreadablebody")),
    };
    if let Some(transport) = reply.broken {
        // An error in place of an answer makes hyper drop the connection without a byte.
        let _ = fate.set(transport);
        return Err(Broken { how: transport.name() });
    }
    let (cut, drip) = (reply.cut, reply.drip);
    Ok(response(reply).map(|body| match (cut, drip) {
        (Some(cut), _) => Body::Pieces(broken_off(body, cut)),
        (None, Some((bytes, every_ms))) => Body::Pieces(dripping(shared, body, bytes, every_ms)),
        (None, None) => Body::Whole(Full::new(body)),
    }))
}

async fn read(body: Incoming, limit: usize) -> Result<Bytes, Box<dyn std::error::Error + Send + Sync>> {
    Ok(Limited::new(body, limit).collect().await?.to_bytes())
}

/// A body in small pieces, each so long after the last on the mock's clock.
fn dripping(
    shared: Arc<Shared>,
    body: Bytes,
    bytes: usize,
    every_ms: u64,
) -> UnsyncBoxBody<Bytes, io::Error> {
    let wait = millis(Duration::from_millis(every_ms));
    let pieces =
        futures::stream::unfold((shared, body, false), move |(shared, mut body, started)| async move {
            if body.is_empty() {
                return None;
            }
            if started {
                shared.clock.until(shared.clock.now().saturating_add(wait)).await;
            }
            let piece = body.split_to(bytes.clamp(1, body.len()));
            Some((Ok(Frame::data(piece)), (shared, body, true)))
        });
    StreamBody::new(pieces).boxed_unsync()
}

/// A body that ends with an error: hyper then closes the connection before `Content-Length` is reached.
fn broken_off(mut body: Bytes, cut: usize) -> UnsyncBoxBody<Bytes, io::Error> {
    body.truncate(cut);
    let start = futures::stream::once(async { Ok(Frame::data(body)) });
    let end = futures::stream::once(async {
        // hyper writes out what it has before it asks a waiting body again; without the wait it would drop it.
        tokio::task::yield_now().await;
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    });
    StreamBody::new(start.chain(end)).boxed_unsync()
}
