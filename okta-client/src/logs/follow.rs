//! The endless reading of the log: polls, waits when it has caught up, and never loses its place.
//!
//! It yields pages only, because a checkpoint is only true between pages. It reads nothing ahead: the next request is sent
//! when the caller asks for the next page.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::Stream;
use futures::future::BoxFuture;

use super::LogEvent;
use super::poll::{LogPoll, LogPosition, MAX_LIMIT, limit_behind};
use crate::client::{Client, Inner};
use crate::error::{Error, Retry};
use crate::expression::{Expression, LogFilter};
use crate::page::Page;

/// An endless reading under construction. Made by [`Logs::follow`](super::Logs::follow).
#[derive(Clone)]
#[must_use = "a reading does nothing until it is polled"]
pub struct FollowLogs {
    client: Client,
    position: LogPosition,
    limit: u16,
    filter: Option<Expression<LogFilter>>,
    poll_interval: Duration,
}

const MIN_INTERVAL: Duration = Duration::from_secs(1);

impl FollowLogs {
    pub(super) fn new(client: Client, position: LogPosition) -> Self {
        Self { client, position, limit: MAX_LIMIT, filter: None, poll_interval: Duration::from_secs(10) }
    }

    /// Events per page: 1 to 1,000; what is outside counts as the nearest of these. Default: 1,000.
    pub fn limit(mut self, limit: u16) -> Self {
        self.limit = limit.clamp(1, MAX_LIMIT);
        self
    }

    /// A SCIM expression. A cursor carries its own, and that one counts.
    pub fn filter(mut self, expression: impl Into<Expression<LogFilter>>) -> Self {
        self.filter = Some(expression.into());
        self
    }

    /// How long to wait when there is nothing more to read: at least a second, or an error that comes at once would be a busy
    /// loop. Default: 10 s; smaller orgs allow 10 requests a minute to a token.
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.poll_interval = interval.max(MIN_INTERVAL);
        self
    }

    /// The reading.
    pub fn start(self) -> Follow {
        Follow { position: self.position.clone(), settings: self, wait: Duration::ZERO, polling: None }
    }
}

/// The System Log from a position on, page by page. Never ends.
///
/// After an `Err` it goes on from the same place, not before the poll interval is over: a caller that cannot live with
/// the error stops polling. Where Okta could only make smaller pages than were asked for (it answered 500 before), it goes on with
/// smaller ones. A page that repeats (no `next` came with it) is possible, a page that is left out is not.
///
/// # Cancel safety
/// Dropping it, or the future of its `next()`, loses no page: [`position`](Self::position) moves only with a page that was yielded.
#[must_use = "a reading does nothing until it is polled"]
pub struct Follow {
    settings: FollowLogs,
    position: LogPosition,
    wait: Duration,
    polling: Option<Polling>,
}

/// A poll under way.
type Polling = BoxFuture<'static, Result<Page<LogEvent>, Error>>;

impl Follow {
    /// Where the next poll reads from: behind the last page that had events.
    ///
    /// An empty page moves nothing. Okta may link past events that it has written but does not show yet.
    pub fn position(&self) -> &LogPosition {
        &self.position
    }

    fn poll_later(&self) -> Polling {
        let (wait, settings) = (self.wait, &self.settings);
        let mut poll = LogPoll::new(settings.client.clone(), self.position.clone()).limit(settings.limit);
        if let Some(filter) = &settings.filter {
            poll = poll.filter(filter.clone());
        }
        Box::pin(async move {
            // Outside a runtime there is no waiting, and sending says so.
            if Inner::runtime().is_ok() {
                tokio::time::sleep(wait).await;
            }
            poll.send().await
        })
    }

    fn advance(&mut self, page: &Page<LogEvent>) {
        if let Some(came) = limit_behind(&self.settings.client, page) {
            self.settings.limit = self.settings.limit.min(came.max(1));
        }
        let next =
            page.next().filter(|_| !page.items.is_empty()).map(|next| LogPosition::Cursor(next.clone()));
        let moved = next.as_ref().is_some_and(|next| *next != self.position);
        let caught_up = page.items.len() < usize::from(self.settings.limit) || !moved;
        self.wait = if caught_up { self.settings.poll_interval } else { Duration::ZERO };
        if let Some(next) = next {
            self.position = next;
        }
    }
}

impl Stream for Follow {
    type Item = Result<Page<LogEvent>, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.polling.is_none() {
            this.polling = Some(this.poll_later());
        }
        let Some(polling) = &mut this.polling else { return Poll::Pending };
        let answer = ready!(polling.as_mut().poll(cx));
        this.polling = None;
        match &answer {
            Ok(page) => this.advance(page),
            Err(error) => {
                this.wait = match error.retry() {
                    Retry::After(wait) => wait.max(this.settings.poll_interval),
                    Retry::Never | Retry::Backoff => this.settings.poll_interval,
                }
            }
        }
        Poll::Ready(Some(answer))
    }
}

impl fmt::Debug for Follow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follow")
            .field("position", &self.position)
            .field("wait", &self.wait)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for FollowLogs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FollowLogs")
            .field("position", &self.position)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
