//! The System Log: a finite reading of it, one request at its end, and the endless reading.
//!
//! They are different things to Okta. With an end (`until`) the log is ordered by `published`, and an event that is
//! written late may be missed for ever. Without one it is ordered by when events were *written*, `next` is always there,
//! and late events arrive with a later poll.

mod debug;
mod event;
mod follow;
mod poll;

pub use self::event::{
    Actor, ClientInfo, EventType, GeographicalContext, LogEvent, Outcome, OutcomeResult, Severity, Target,
    Transaction, UserAgent,
};
pub use self::follow::{Follow, FollowLogs};
pub use self::poll::{LogPoll, LogPosition};

use crate::client::Client;
use crate::expression::{Expression, LogFilter};
use crate::listing::{Listing, SortOrder};
use crate::timestamp::Timestamp;

/// Calls about the System Log. Made by [`Client::logs`].
#[derive(Debug, Clone)]
pub struct Logs {
    client: Client,
}

impl Listing<LogEvent> {
    /// An expression such as `eventType eq "user.session.start"`.
    pub fn filter(self, expression: impl Into<Expression<LogFilter>>) -> Self {
        self.expression("filter", expression.into())
    }

    /// At most ten keywords, all of which must occur.
    pub fn q(self, keywords: impl Into<String>) -> Self {
        self.query("q", keywords)
    }

    /// Order by `published`. Default: ascending.
    pub fn sort(self, order: SortOrder) -> Self {
        let order = match order {
            SortOrder::Ascending => "ASCENDING",
            SortOrder::Descending => "DESCENDING",
        };
        self.query("sortOrder", order)
    }
}

impl Logs {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Events published from `since` up to `until`: pages of 1,000, the most there is. It ends.
    ///
    /// **Source**: Okta, "System Log query", bounded requests.
    pub fn bounded(&self, since: Timestamp, until: Timestamp) -> Listing<LogEvent> {
        let listing = Listing::whole(&self.client, &["logs"]);
        listing.query("since", since.to_string()).query("until", until.to_string()).limit(1000)
    }

    /// One polling request from a position.
    pub fn poll(&self, position: LogPosition) -> LogPoll {
        LogPoll::new(self.client.clone(), position)
    }

    /// Everything from a position on, as it is written. It never ends.
    #[doc(alias = "tail")]
    pub fn follow(&self, position: LogPosition) -> FollowLogs {
        FollowLogs::new(self.client.clone(), position)
    }
}
