//! The socket front: HTTP/1.1 on a loopback address.
//!
//! Ends when its fake is dropped or shut down: no new connections, requests under way are answered, the rest closes.

mod pulse;
#[cfg(test)]
mod slow_readers;

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::future::{Either, ready};
use futures::stream::FuturesUnordered;
use futures::{FutureExt, Stream, StreamExt};
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Method, Request, Response, Uri};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

pub(crate) use self::pulse::Looks;
use self::pulse::{Beat, Pulse};
use crate::admin;
use crate::error::ApiError;
use crate::faults::TransportFault;
use crate::guard::Guard;
use crate::in_process::{Broken, response};
use crate::live;
use crate::reply::{Pace, Reply};
use crate::shared::{Begun, Shared};

/// The largest request body that is read.
const BODY_LIMIT: usize = 16 * 1_024 * 1_024;
/// The same for a snapshot, which holds every change of an org.
const SNAPSHOT_LIMIT: usize = 1_024 * 1_024 * 1_024;
/// How long a reader may take for the rest of an answer on a connection that is closed as silent.
const LAST_WORDS: Duration = Duration::from_secs(600);
/// How long requests under way may take once the end was asked for.
const LAST_CALL: Duration = Duration::from_secs(5);

/// What is sent, and the request that it answers.
struct Body {
    data: Data,
    /// Held until everything is handed over to be sent.
    _beat: Option<Beat>,
}

/// Nearly always one piece.
enum Data {
    Whole(Full<Bytes>),
    Pieces(UnsyncBoxBody<Bytes, io::Error>),
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match &mut self.get_mut().data {
            Data::Whole(body) => Pin::new(body).poll_frame(cx).map_err(|never| match never {}),
            Data::Pieces(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.data {
            Data::Whole(body) => body.is_end_stream(),
            Data::Pieces(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.data {
            Data::Whole(body) => body.size_hint(),
            Data::Pieces(body) => body.size_hint(),
        }
    }
}

/// Serves until `stop` changes or its sender is gone.
pub(crate) async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    guard: Arc<Guard>,
    mut stop: watch::Receiver<bool>,
    looks: Looks,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stop.changed() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let front = Front {
                        shared: Arc::clone(&shared),
                        guard: Arc::clone(&guard),
                        fate: Arc::default(),
                        ending: stop.clone(),
                    };
                    connections.spawn(connection(stream, front, looks.due.clone()));
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

/// What an answer says of its connection.
#[derive(Default)]
struct Fate {
    /// How it has to break.
    broken: OnceLock<TransportFault>,
    /// It ends now that the answer is out.
    hang_up: Notify,
}

/// Why a connection ends that could go on.
enum End {
    /// Nothing is asked on it.
    Silence,
    /// The fake ends, or an answer hangs up.
    Asked,
}

async fn silence(pulse: &Pulse, looks: watch::Receiver<u64>) -> End {
    pulse.stops(looks).await;
    End::Silence
}

async fn ended_by(fate: &Fate, stop: &mut watch::Receiver<bool>) -> End {
    tokio::select! {
        _ = stop.changed() => {}
        () = fate.hang_up.notified() => {}
    }
    End::Asked
}

async fn connection(stream: TcpStream, front: Front, looks: watch::Receiver<u64>) {
    // Small answers must not wait for an acknowledgement of the last one.
    let _ = stream.set_nodelay(true);
    let (fate, mut stop) = (Arc::clone(&front.fate), front.ending.clone());
    let pulse: Arc<Pulse> = Arc::default();
    let heart = Arc::clone(&pulse);
    let service = service_fn(move |request| {
        let beat = Some(heart.beat());
        let with_beat = |body| Body { _beat: beat, ..body };
        match front.at_once(request) {
            Ok(response) => Either::Left(ready(Ok(response.map(with_beat)))),
            Err(slow) => {
                let answer = slow.answer(front.clone());
                Either::Right(async move { answer.await.map(|response| response.map(with_beat)) }.boxed())
            }
        }
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // Looked at when one of them wakes, not at each request.
    let ends = [silence(&pulse, looks).boxed(), ended_by(&fate, &mut stop).boxed()];
    let mut ends: FuturesUnordered<_> = ends.into_iter().collect();
    let ended = tokio::select! {
        biased;
        ended = poll_fn(|cx| connection.poll_without_shutdown(cx)) => ended,
        Some(end) = ends.next() => {
            Pin::new(&mut connection).graceful_shutdown();
            let rest = poll_fn(|cx| connection.poll_without_shutdown(cx));
            match end {
                // With nothing to say it closes at once. A slow reader of the last answer gets the rest.
                End::Silence => tokio::time::timeout(LAST_WORDS, rest).await.unwrap_or(Ok(())),
                End::Asked => rest.await,
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
    let mut stream = connection.into_parts().io.into_inner();
    match fate.broken.get() {
        Some(TransportFault::Reset) => {
            let _ = stream.set_zero_linger();
        }
        Some(TransportFault::Garbage) => {
            let _ = stream.write_all(b"\x16\x03\x01 this is not HTTP\r\n").await;
            let _ = stream.shutdown().await;
        }
        _ => {
            let _ = stream.shutdown().await;
        }
    }
}

/// Whether a request is for the fake itself and not for the org.
fn steers(uri: &Uri) -> bool {
    let path = uri.path();
    path == "/_mock" || path.starts_with("/_mock/")
}

/// A reply whose body goes out at once.
fn whole(reply: Reply) -> Response<Body> {
    response(reply).map(full)
}

fn full(body: Bytes) -> Body {
    Body { data: Data::Whole(Full::new(body)), _beat: None }
}

fn pieces(body: UnsyncBoxBody<Bytes, io::Error>) -> Body {
    Body { data: Data::Pieces(body), _beat: None }
}

/// What the requests of one connection are answered with.
#[derive(Clone)]
struct Front {
    shared: Arc<Shared>,
    guard: Arc<Guard>,
    fate: Arc<Fate>,
    ending: watch::Receiver<bool>,
}

/// A request whose answer has to be waited for.
enum Slow {
    /// Its body is not read yet.
    Unread(Request<Incoming>),
    Begun(Begun),
}

impl Front {
    /// Answers what has no body and needs no waiting: nearly every read. The rest costs a future of its own.
    fn at_once(&self, request: Request<Incoming>) -> Result<Response<Body>, Slow> {
        if steers(request.uri()) {
            let refusal = self.guard.refusal(request.method(), request.headers());
            return match refusal {
                Some(why) => Ok(whole(admin::forbid(&why, self.shared.clock.now()))),
                None => Err(Slow::Unread(request)),
            };
        }
        if is_unsized(&request) {
            // Okta's edge refuses these before they reach the API.
            return Ok(whole(Reply::new(411, "text/html", "<html><body>Length Required</body></html>")));
        }
        if !request.body().is_end_stream() {
            return Err(Slow::Unread(request));
        }
        let begun = self.shared.begin(&request.map(|_| Bytes::new()));
        begun.plain().map(whole).map_err(Slow::Begun)
    }
}

/// Whether a request that has to say how long its body is does not.
fn is_unsized<B>(request: &Request<B>) -> bool {
    let headers = request.headers();
    matches!(*request.method(), Method::POST | Method::PUT)
        && !headers.contains_key(CONTENT_LENGTH)
        && !headers.contains_key(TRANSFER_ENCODING)
}

impl Slow {
    async fn answer(self, front: Front) -> Result<Response<Body>, Broken> {
        let Front { shared, fate, ending, .. } = front;
        let reply = match self {
            Self::Unread(request) => read_and_answer(&shared, request).await,
            Self::Begun(begun) => shared.complete(begun).await,
        };
        if let Some(transport) = reply.broken {
            // An error in place of an answer makes hyper drop the connection without a byte.
            let _ = fate.broken.set(transport);
            return Err(Broken { how: transport.name() });
        }
        if let Some(after) = reply.followed_from {
            let mut response = response(reply);
            response.headers_mut().remove(CONTENT_LENGTH);
            return Ok(response.map(|first| pieces(live::body(first, after, shared, ending))));
        }
        let (cut, pace) = (reply.cut, reply.pace);
        let hang_up = reply.hang_up.then(|| HangUp(Arc::clone(&fate)));
        Ok(response(reply).map(|mut body| {
            body.truncate(cut.unwrap_or(usize::MAX));
            if pace == Pace::default() && hang_up.is_none() {
                return match cut {
                    Some(_) => pieces(broken_off(body)),
                    None => full(body),
                };
            }
            let paced = paced(shared, body, pace, hang_up);
            pieces(match cut {
                Some(_) => StreamBody::new(paced.chain(break_off())).boxed_unsync(),
                None => StreamBody::new(paced).boxed_unsync(),
            })
        }))
    }
}

async fn read_and_answer(shared: &Arc<Shared>, request: Request<Incoming>) -> Reply {
    let (parts, body) = request.into_parts();
    let limit = if parts.uri.path() == "/_mock/snapshot" { SNAPSHOT_LIMIT } else { BODY_LIMIT };
    let body = if body.is_end_stream() { Ok(Bytes::new()) } else { read(body, limit).await };
    match body {
        Ok(body) => shared.answer(Request::from_parts(parts, body)).await,
        Err(wrong) if steers(&parts.uri) => admin::refuse(&format!("body: {wrong}"), shared.clock.now()),
        Err(_) => Reply::json(400, ApiError::of("E0000003").body("oaeunreadablebody")),
    }
}

async fn read(body: Incoming, limit: usize) -> Result<Bytes, Box<dyn std::error::Error + Send + Sync>> {
    Ok(Limited::new(body, limit).collect().await?.to_bytes())
}

/// Tells the connection to end once the body that holds this is done with.
struct HangUp(Arc<Fate>);

impl Drop for HangUp {
    fn drop(&mut self) {
        self.0.hang_up.notify_one();
    }
}

/// A body in pieces, on the mock's clock.
fn paced(
    shared: Arc<Shared>,
    body: Bytes,
    pace: Pace,
    hang_up: Option<HangUp>,
) -> impl Stream<Item = io::Result<Frame<Bytes>>> {
    let state = (shared, body, hang_up, Some(pace.first_ms));
    futures::stream::unfold(state, move |(shared, mut body, hang_up, wait)| async move {
        let wait = wait?;
        if wait > 0 {
            shared.pass(Duration::from_millis(wait)).await;
        }
        if body.is_empty() {
            return None;
        }
        // Pieces without a wait between them go out one by one as well.
        tokio::task::yield_now().await;
        let piece = body.split_to(if pace.piece == 0 { body.len() } else { pace.piece.min(body.len()) });
        let wait = match (body.is_empty(), pace.close_ms) {
            (false, _) => Some(pace.every_ms),
            (true, 0) => None,
            (true, wait) => Some(wait),
        };
        Some((Ok(Frame::data(piece)), (shared, body, hang_up, wait)))
    })
}

/// A body that ends with an error: hyper then closes the connection before `Content-Length` is reached.
fn broken_off(body: Bytes) -> UnsyncBoxBody<Bytes, io::Error> {
    let start = futures::stream::once(async { Ok(Frame::data(body)) });
    StreamBody::new(start.chain(break_off())).boxed_unsync()
}

fn break_off() -> impl Stream<Item = io::Result<Frame<Bytes>>> {
    futures::stream::once(async {
        // hyper writes out what it has before it asks a waiting body again; without the wait it would drop it.
        tokio::task::yield_now().await;
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    })
}
