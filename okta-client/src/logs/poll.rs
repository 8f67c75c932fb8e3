//! One polling request: what was written to the log after a position.

use serde::{Deserialize, Serialize};
use url::Url;

use super::LogEvent;
use crate::call::Call;
use crate::client::Client;
use crate::cursor::Cursor;
use crate::error::Error;
use crate::expression::{Expression, LogFilter};
use crate::listing::Listing;
use crate::page::Page;
use crate::timestamp::Timestamp;

/// Where to read the log from.
///
/// Exhaustive on purpose: whoever stores one has to know what each means, and Okta has these two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogPosition {
    /// The first event at or after a time. Okta keeps 90 days, and refuses times older than 180.
    Since(Timestamp),
    /// Behind the page whose [`next`](Page::next) this is.
    Cursor(Cursor),
}

/// One polling request under construction. Made by [`Logs::poll`](super::Logs::poll).
///
/// **Source**: Okta, "System Log query", polling requests.
#[derive(Clone)]
#[must_use = "a request does nothing until it is sent"]
pub struct LogPoll {
    client: Client,
    position: LogPosition,
    limit: Option<u16>,
    filter: Option<Expression<LogFilter>>,
}

const OPERATION: &str = "GET /api/v1/logs";
pub(super) const MAX_LIMIT: u16 = 1000;

impl LogPoll {
    pub(super) fn new(client: Client, position: LogPosition) -> Self {
        Self { client, position, limit: None, filter: None }
    }

    /// Events per page: 0 to 1,000; more is 1,000. Default: 1,000, or what the cursor says.
    pub fn limit(mut self, limit: u16) -> Self {
        self.limit = Some(limit.min(MAX_LIMIT));
        self
    }

    /// A SCIM expression. A cursor carries its own, and that one counts.
    pub fn filter(mut self, expression: impl Into<Expression<LogFilter>>) -> Self {
        self.filter = Some(expression.into());
        self
    }

    /// Sends it. The page's [`next`](Page::next) is the position behind it, and is there on an empty page too.
    ///
    /// # Errors
    /// [`Error::Cursor`] where Okta no longer takes the cursor; [`Error::Paging`] where the answer's `next`
    /// cannot be trusted (the position has then not moved); and what a call may otherwise meet.
    ///
    /// # Cancel safety
    /// Dropping the future gives the request up. The position does not move.
    pub async fn send(self) -> Result<Page<LogEvent>, Error> {
        let inner = self.client.inner();
        let call = Call::get(self.url()?).in_manner(self.client.manner());
        let answer =
            inner.fetch(&call, |head, body| Page::decode(&inner.origins, &call.url, head, body)).await?;
        match answer.value.problem() {
            Some(kind) => Err(Error::Paging { operation: call.operation, kind }),
            None => Ok(answer.value),
        }
    }

    /// How many events a full page has.
    pub(super) fn page_size(&self) -> usize {
        let carried = match &self.position {
            LogPosition::Cursor(cursor) => limit_of(&self.client.inner().origins.at(cursor)),
            LogPosition::Since(_) => None,
        };
        usize::from(self.limit.or(carried).unwrap_or(MAX_LIMIT))
    }

    fn url(&self) -> Result<Url, Error> {
        match &self.position {
            LogPosition::Since(since) => {
                let listing = Listing::<LogEvent>::whole(&self.client, &["logs"])
                    .query("since", since.to_string())
                    .query("sortOrder", "ASCENDING")
                    .limit(self.limit.unwrap_or(MAX_LIMIT));
                match &self.filter {
                    Some(filter) => listing.expression("filter", filter.clone()).url(),
                    None => listing.url(),
                }
            }
            LogPosition::Cursor(cursor) if cursor.parts().0 == "/api/v1/logs" => {
                let mut url = self.client.inner().origins.at(cursor);
                // The link is followed as given, except for the size of the page: a server in trouble may need smaller ones.
                if let Some(limit) = self.limit.filter(|&limit| limit_of(&url) != Some(limit)) {
                    let pairs: Vec<_> = url
                        .query_pairs()
                        .filter(|(name, _)| name != "limit")
                        .map(|(name, value)| (name.into_owned(), value.into_owned()))
                        .collect();
                    url.query_pairs_mut()
                        .clear()
                        .extend_pairs(pairs)
                        .append_pair("limit", &limit.to_string());
                }
                Ok(url)
            }
            LogPosition::Cursor(_) => Err(Error::Cursor { operation: OPERATION.to_owned(), source: None }),
        }
    }
}

fn limit_of(url: &Url) -> Option<u16> {
    url.query_pairs().find(|(name, _)| name == "limit").and_then(|(_, value)| value.parse().ok())
}

impl std::fmt::Debug for LogPoll {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogPoll")
            .field("position", &self.position)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
