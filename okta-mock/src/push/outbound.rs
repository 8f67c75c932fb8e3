//! What is to be sent, and what comes of it.

use std::time::Duration;

use bytes::Bytes;

use super::Channel;
use crate::engine::Pending;
use crate::org::id::Id;

/// How long a hook's receiver has. Source: Event Hooks concept page.
const HOOK_TIMEOUT: Duration = Duration::from_secs(3);
/// How long an API destination waits. Source: AWS, API destinations.
const RELAY_TIMEOUT: Duration = Duration::from_secs(5);

/// Something to send, and whom to tell what came of it.
#[derive(Debug)]
pub(crate) struct Outbound {
    pub(crate) request: http::Request<Bytes>,
    pub(crate) timeout: Duration,
    pub(crate) ticket: Ticket,
}

impl Outbound {
    /// The verification of a hook.
    pub(crate) fn verification(request: http::Request<Bytes>, pending: Pending) -> Self {
        Self { request, timeout: HOOK_TIMEOUT, ticket: Ticket::Verification(Box::new(pending)) }
    }
}

/// What an [`Outbound`] was for.
#[derive(Debug)]
pub(crate) enum Ticket {
    Delivery(u64),
    Verification(Box<Pending>),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Answered { status: u16, body: Bytes },
    TimedOut,
    Failed(String),
}

impl Outcome {
    /// Okta tries a hook once more after a timeout, no connection or a 5xx. A 4xx is final, and so is a redirect.
    pub(crate) fn worth_a_retry(&self) -> bool {
        match self {
            Self::Answered { status, .. } => *status >= 500,
            Self::TimedOut | Self::Failed(_) => true,
        }
    }

    pub(super) fn delivered(&self) -> bool {
        matches!(self, Self::Answered { status: 200..300, .. })
    }

    /// The reason as the System Log gives it.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Answered { status, .. } => {
                format!("Received HTTP status {status} from the external service")
            }
            Self::TimedOut => "Timed out waiting for the external service".to_owned(),
            Self::Failed(why) => format!("Could not reach the external service: {why}"),
        }
    }
}

/// A push that Okta gave up on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct GivenUp {
    pub(crate) channel: Channel,
    pub(crate) target: Id,
    pub(crate) reason: String,
}

impl Channel {
    /// How long a receiver has.
    pub(super) fn timeout(self) -> Duration {
        match self {
            Self::EventHook => HOOK_TIMEOUT,
            Self::EventBridge => RELAY_TIMEOUT,
        }
    }
}
