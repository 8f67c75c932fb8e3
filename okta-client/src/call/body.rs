//! Reads a response's body, within limits on size and time. Both are looked at while it arrives: a body may be endless.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use http::HeaderMap;
use http::header::CONTENT_LENGTH;

use super::{Failure, TimedOut};
use crate::transport::{Body, TransportError};

/// What is set aside for a body whose length the server announces: enough for any usual page, whatever it claims.
const MOST_SET_ASIDE: usize = 1024 * 1024;
/// How much of an error's body is read.
const ENOUGH: usize = 64 * 1024;

/// The whole body.
pub(super) async fn read(
    body: Body,
    headers: &HeaderMap,
    limit_bytes: usize,
    timeout: Duration,
) -> Result<Bytes, Failure> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    match tokio::time::timeout(timeout, collect(body, limit_bytes, announced.unwrap_or(0))).await {
        Ok(Ok(Some(bytes))) => Ok(bytes),
        Ok(Ok(None)) => Err(Failure::TooLarge),
        // Headers have arrived, so the request has, whatever the transport says of the rest.
        Ok(Err(error)) => Err(Failure::Transport(TransportError { sent: true, ..error })),
        Err(_) => Err(Failure::Transport(TransportError::lost(TimedOut(timeout)))),
    }
}

/// As much of an error's body as is worth keeping; what cannot be had is left out.
pub(crate) async fn read_some(mut body: Body, timeout: Duration) -> Bytes {
    let mut text = BytesMut::new();
    let read = async {
        while let Some(Ok(chunk)) = body.next().await {
            text.extend_from_slice(&chunk[..chunk.len().min(ENOUGH - text.len())]);
            if text.len() >= ENOUGH {
                break;
            }
        }
    };
    // A body that does not end in time is cut where it stands.
    let _cut = tokio::time::timeout(timeout, read).await;
    text.freeze()
}

/// `None` if there is more than `limit`. A body of one chunk, the usual case in process, is not copied.
async fn collect(mut body: Body, limit: usize, announced: usize) -> Result<Option<Bytes>, TransportError> {
    if announced > limit {
        return Ok(None);
    }
    let Some(first) = body.next().await.transpose()? else { return Ok(Some(Bytes::new())) };
    if first.len() > limit {
        return Ok(None);
    }
    let Some(second) = body.next().await.transpose()? else { return Ok(Some(first)) };
    let mut whole = BytesMut::with_capacity(announced.min(MOST_SET_ASIDE).max(first.len()));
    whole.extend_from_slice(&first);
    let mut chunk = Some(second);
    while let Some(bytes) = chunk {
        if bytes.len() > limit - whole.len() {
            return Ok(None);
        }
        whole.extend_from_slice(&bytes);
        chunk = body.next().await.transpose()?;
    }
    Ok(Some(whole.freeze()))
}
