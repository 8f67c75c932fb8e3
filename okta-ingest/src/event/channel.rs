//! How an event reached us.

use std::fmt;

/// How an event reached us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Channel {
    /// Okta's Event Hook push.
    EventHook,
    /// Okta Log Streaming by way of AWS EventBridge.
    EventBridge,
    /// The System Log tail.
    Poll,
    /// The tail's second reading, some time behind the first.
    Shadow,
    /// A bounded reading of the past.
    Backfill,
}

impl Channel {
    /// All channels, in the order of their codes.
    pub const ALL: [Self; 5] = [Self::EventHook, Self::EventBridge, Self::Poll, Self::Shadow, Self::Backfill];

    /// The name used in databases and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EventHook => "event_hook",
            Self::EventBridge => "eventbridge",
            Self::Poll => "poll",
            Self::Shadow => "shadow",
            Self::Backfill => "backfill",
        }
    }

    /// The channel with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == name)
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
