//! The socket front: HTTP/1.1 on a loopback address.
//!
//! Ends when its fake is dropped or shut down: no new connections, requests under way are answered, the rest closes.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Method, Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::error::ApiError;
use crate::in_process::response;
use crate::reply::Reply;
use crate::shared::Shared;

/// How long a client may take to send its headers, and an idle connection may stay.
const HEADER_TIMEOUT: Duration = Duration::from_secs(60);
/// The largest request body that is read.
const BODY_LIMIT: usize = 16 * 1_024 * 1_024;
/// How long requests under way may take once the end was asked for.
const LAST_CALL: Duration = Duration::from_secs(5);

type Body = UnsyncBoxBody<Bytes, io::Error>;

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
    let service = service_fn(move |request| answer(Arc::clone(&shared), request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stop.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let (parts, body) = request.into_parts();
    let sized = parts.headers.contains_key(CONTENT_LENGTH) || parts.headers.contains_key(TRANSFER_ENCODING);
    if !sized && matches!(parts.method, Method::POST | Method::PUT) {
        // Okta's edge refuses these before they reach the API.
        let refused = Reply::new(411, "text/html", "<html><body>Length Required</body></html>");
        return Ok(
            response(refused).map(|body| Full::new(body).map_err(|never| match never {}).boxed_unsync())
        );
    }
    let reply = match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => shared.answer(Request::from_parts(parts, body.to_bytes())).await,
        Err(_) => Reply::json(400, ApiError::of("E0000003").body("oaeunreadablebody")),
    };
    let cut = reply.cut;
    Ok(response(reply).map(|body| match cut {
        Some(cut) => broken_off(body, cut),
        None => Full::new(body).map_err(|never| match never {}).boxed_unsync(),
    }))
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
