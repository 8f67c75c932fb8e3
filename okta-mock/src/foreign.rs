//! A host that is not the org's, so that a credential that leaks there is seen and not merely refused by a resolver.

use std::convert::Infallible;
use std::sync::{Arc, Weak};

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Request, Response};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::shared::Shared;

/// A foreign host at work; see [`OktaMock::foreign_host`](crate::OktaMock::foreign_host). Dropping it ends it.
#[derive(Debug)]
pub struct ForeignHost {
    authority: String,
    serving: JoinHandle<()>,
}

impl ForeignHost {
    pub(crate) async fn start(shared: Arc<Shared>) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let authority = listener.local_addr()?.to_string();
        Ok(Self { authority, serving: tokio::spawn(serve(listener, Arc::downgrade(&shared))) })
    }

    /// Its host and port, as the fault `{"next_link":{"host":…}}` takes it.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

impl Drop for ForeignHost {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, shared: Weak<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        connections.spawn(connection(stream, Weak::clone(&shared)));
    }
}

async fn connection(stream: TcpStream, shared: Weak<Shared>) {
    let service = service_fn(move |request: Request<hyper::body::Incoming>| {
        let leaked = request.headers().contains_key(AUTHORIZATION);
        if let Some(shared) = shared.upgrade() {
            shared.lock().strangers.note(request.method().as_str(), request.uri().path(), leaked);
        }
        let mut response = Response::new(Full::new(Bytes::from_static(b"[]")));
        response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
        std::future::ready(Ok::<_, Infallible>(response))
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection to the foreign host ended early");
    }
}

/// What foreign hosts were asked.
#[derive(Debug, Default)]
pub(crate) struct Strangers {
    /// Requests that carried a credential: method and path.
    pub(crate) leaks: Vec<String>,
    pub(crate) asked: u64,
}

/// Leaks that are remembered; one is enough to fail a test.
const REMEMBERED: usize = 100;

impl Strangers {
    fn note(&mut self, method: &str, path: &str, leaked: bool) {
        self.asked += 1;
        if leaked && self.leaks.len() < REMEMBERED {
            self.leaks.push(format!("{method} {path}"));
        }
    }
}
