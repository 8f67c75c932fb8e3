//! The socket front: HTTP/1.1 on a loopback address.
//!
//! Ends when its fake is dropped or shut down: no new connections, requests under way are answered, the rest closes.

use std::future::poll_fn;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use futures::{FutureExt, StreamExt};
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Method, Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::admin;
use crate::error::ApiError;
use crate::faults::Transport;
use crate::guard::Guard;
use crate::in_process::{Broken, response};
use crate::live;
use crate::reply::Reply;
use crate::shared::Shared;
use crate::timestamp::millis;

/// How long a client may take to send its headers, and an idle connection may stay.
const HEADER_TIMEOUT: Duration = Duration::from_secs(60);
/// The largest request body that is read.
const BODY_LIMIT: usize = 16 * 1_024 * 1_024;
/// How long requests under way may take once the end was asked for.
const LAST_CALL: Duration = Duration::from_secs(5);

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// Serves until `stop` changes or its sender is gone.
pub(crate) async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    guard: Arc<Guard>,
    mut stop: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stop.changed() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, Arc::clone(&shared), Arc::clone(&guard), stop.clone()));
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

async fn connection(
    stream: TcpStream,
    shared: Arc<Shared>,
    guard: Arc<Guard>,
    mut stop: watch::Receiver<bool>,
) {
    // Small answers must not wait for an acknowledgement of the last one.
    let _ = stream.set_nodelay(true);
    // How the connection has to break, once an answer says so.
    let fate: Arc<OnceLock<Transport>> = Arc::default();
    let told = Arc::clone(&fate);
    let ending = stop.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let refusal = steers(&request).then(|| guard.refusal(request.method(), request.headers())).flatten();
        let (shared, told, ending) = (Arc::clone(&shared), Arc::clone(&told), ending.clone());
        async move {
            match refusal {
                Some(why) => Ok(whole(admin::forbid(&why, shared.clock.now()))),
                None => answer(shared, told, ending, request).await,
            }
        }
        .boxed()
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    let ended = tokio::select! {
        ended = poll_fn(|cx| connection.poll_without_shutdown(cx)) => ended,
        _ = stop.changed() => {
            std::pin::Pin::new(&mut connection).graceful_shutdown();
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

/// Whether a request is for the fake itself and not for the org.
fn steers(request: &Request<Incoming>) -> bool {
    let path = request.uri().path();
    path == "/_mock" || path.starts_with("/_mock/")
}

/// A reply whose body goes out at once.
fn whole(reply: Reply) -> Response<Body> {
    response(reply).map(full)
}

fn full(body: Bytes) -> Body {
    Full::new(body).map_err(|never| match never {}).boxed_unsync()
}

async fn answer(
    shared: Arc<Shared>,
    fate: Arc<OnceLock<Transport>>,
    ending: watch::Receiver<bool>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Broken> {
    let (parts, body) = request.into_parts();
    let sized = parts.headers.contains_key(CONTENT_LENGTH) || parts.headers.contains_key(TRANSFER_ENCODING);
    if !sized && matches!(parts.method, Method::POST | Method::PUT) {
        // Okta's edge refuses these before they reach the API.
        return Ok(whole(Reply::new(411, "text/html", "<html><body>Length Required</body></html>")));
    }
    let reply = match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => shared.answer(Request::from_parts(parts, body.to_bytes())).await,
        Err(_) => Reply::json(400, ApiError::of("E0000003").body("oaeunreadablebody")),
    };
    if let Some(transport) = reply.broken {
        // An error in place of an answer makes hyper drop the connection without a byte.
        let _ = fate.set(transport);
        return Err(Broken { how: transport.name() });
    }
    if let Some(after) = reply.followed_from {
        let mut response = response(reply);
        response.headers_mut().remove(CONTENT_LENGTH);
        return Ok(response.map(|first| live::body(first, after, shared, ending)));
    }
    let (cut, drip) = (reply.cut, reply.drip);
    Ok(response(reply).map(|body| match (cut, drip) {
        (Some(cut), _) => broken_off(body, cut),
        (None, Some((bytes, every_ms))) => dripping(shared, body, bytes, every_ms),
        (None, None) => full(body),
    }))
}

/// A body in small pieces, each so long after the last on the mock's clock.
fn dripping(shared: Arc<Shared>, body: Bytes, bytes: usize, every_ms: u64) -> Body {
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
fn broken_off(mut body: Bytes, cut: usize) -> Body {
    body.truncate(cut);
    let start = futures::stream::once(async { Ok(Frame::data(body)) });
    let end = futures::stream::once(async {
        // hyper writes out what it has before it asks a waiting body again; without the wait it would drop it.
        tokio::task::yield_now().await;
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    });
    StreamBody::new(start.chain(end)).boxed_unsync()
}
