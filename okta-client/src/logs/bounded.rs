//! A finite reading of the System Log, between two times.

use super::LogEvent;
use crate::client::Client;
use crate::cursor::ResumeToken;
use crate::expression::{Expression, LogFilter};
use crate::listing::Listing;
use crate::paginated::Paginated;
use crate::timestamp::Timestamp;
use crate::users::SortOrder;

/// A finite reading under construction. Made by [`Logs::bounded`](super::Logs::bounded).
///
/// **Source**: Okta, "System Log query", bounded requests.
#[derive(Debug)]
#[must_use = "a listing does nothing until it is polled"]
pub struct BoundedLogs(Listing<LogEvent>);

impl BoundedLogs {
    pub(super) fn new(client: &Client, since: Timestamp, until: Timestamp) -> Self {
        let listing = Listing::whole(client, &["logs"]);
        Self(listing.query("since", since.to_string()).query("until", until.to_string()).limit(1000))
    }

    /// A SCIM expression such as `eventType eq "user.session.start"`.
    pub fn filter(self, expression: impl Into<Expression<LogFilter>>) -> Self {
        Self(self.0.expression("filter", expression.into()))
    }

    /// At most ten keywords, all of which must occur.
    pub fn q(self, keywords: impl Into<String>) -> Self {
        Self(self.0.query("q", keywords))
    }

    /// Events per page: 1 to 1,000. Default: 1,000.
    pub fn limit(self, limit: u16) -> Self {
        Self(self.0.limit(limit))
    }

    /// Order by `published`. Default: ascending.
    pub fn sort(self, order: SortOrder) -> Self {
        let order = match order {
            SortOrder::Ascending => "ASCENDING",
            SortOrder::Descending => "DESCENDING",
        };
        Self(self.0.query("sortOrder", order))
    }

    /// The listing.
    pub fn paginate(self) -> Paginated<LogEvent> {
        self.0.paginate()
    }

    /// The listing from a stored position. The token holds its own query; this one's parameters do not count.
    pub fn resume(self, token: ResumeToken) -> Paginated<LogEvent> {
        self.0.resume(token)
    }
}
