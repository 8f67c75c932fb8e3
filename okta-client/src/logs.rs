//! The System Log: a finite reading of it, one request at its end, and the endless reading.
//!
//! They are different things to Okta. With an end (`until`) the log is ordered by `published`, and an event that is
//! written late may be missed for ever. Without one it is ordered by when events were *written*, `next` is always there,
//! and late events arrive with a later poll.

mod bounded;
mod debug;
mod event;
mod follow;
mod poll;

pub use self::bounded::BoundedLogs;
pub use self::event::{
    Actor, ClientInfo, EventType, GeographicalContext, LogEvent, Outcome, OutcomeResult, Severity, Target,
    Transaction, UserAgent,
};
pub use self::follow::{Follow, FollowLogs};
pub use self::poll::{LogPoll, LogPosition};

use crate::client::Client;
use crate::timestamp::Timestamp;

/// Calls about the System Log. Made by [`Client::logs`].
#[derive(Debug, Clone)]
pub struct Logs {
    client: Client,
}

impl Logs {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Events published from `since` up to `until`. It ends.
    pub fn bounded(&self, since: Timestamp, until: Timestamp) -> BoundedLogs {
        BoundedLogs::new(self.client.clone(), since, until)
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
