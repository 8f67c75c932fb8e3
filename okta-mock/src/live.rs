//! `GET /_mock/requests/stream` over a socket: server-sent events that go on until the reader or the fake goes.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use tokio::sync::watch;

use crate::admin::journal;
use crate::shared::Shared;

/// How often a stream without news says that it is still there, so that a reader who is gone is noticed.
const STILL_HERE: Duration = Duration::from_secs(15);
/// Requests that come within this time go out together.
const TOGETHER: Duration = Duration::from_millis(40);

/// What was answered already, then every request behind `after` as it comes.
pub(crate) fn body(
    first: Bytes,
    after: u64,
    shared: Arc<Shared>,
    stop: watch::Receiver<bool>,
) -> UnsyncBoxBody<Bytes, io::Error> {
    let first = futures::stream::once(async { first });
    let rest = futures::stream::unfold((after, shared, stop), |(after, shared, mut stop)| async move {
        let (news, after) = tokio::select! {
            _ = stop.changed() => return None,
            news = news(after, &shared) => news,
        };
        Some((Bytes::from(news), (after, shared, stop)))
    });
    StreamBody::new(first.chain(rest).map(|piece| Ok(Frame::data(piece)))).boxed_unsync()
}

/// The next piece, and the number of the last request in it.
async fn news(after: u64, shared: &Shared) -> (String, u64) {
    loop {
        let asked = shared.asked.notified();
        tokio::pin!(asked);
        // Enrolled before the journal is read, or a request in between would wait for the next one.
        asked.as_mut().enable();
        let found = journal::news(&shared.lock(), after);
        if let Some(found) = found {
            return found;
        }
        if tokio::time::timeout(STILL_HERE, asked).await.is_err() {
            return (": still here\n\n".to_owned(), after);
        }
        tokio::time::sleep(TOGETHER).await;
    }
}
