//! Events that arrived together: what an inbox puts in one step.

use super::{Channel, Incoming, Quarantined};
use crate::Org;

/// Events of one org that arrived together by one channel: what an [`Inbox`](crate::Inbox) puts in one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub(crate) org: Org,
    pub(crate) channel: Channel,
    pub(crate) push_id: Option<String>,
    pub(crate) events: Vec<Incoming>,
    pub(crate) quarantined: Vec<Quarantined>,
}

impl Batch {
    /// A batch that brings nothing: what a commit needs that only moves a position.
    pub fn empty(org: Org, channel: Channel) -> Self {
        Self { org, channel, push_id: None, events: Vec::new(), quarantined: Vec::new() }
    }

    pub(crate) fn add(&mut self, read: Result<Incoming, Quarantined>) {
        match read {
            Ok(event) => self.events.push(event),
            Err(bad) => self.quarantined.push(bad),
        }
    }

    /// The org they belong to.
    pub fn org(&self) -> &Org {
        &self.org
    }

    /// The channel that brought them.
    pub fn channel(&self) -> Channel {
        self.channel
    }

    /// The push they came in: a hook's `eventId` or an EventBridge `id`. It is for audit, never for dedupe: Okta may put
    /// one event into two pushes.
    pub fn push_id(&self) -> Option<&str> {
        self.push_id.as_deref()
    }

    /// The events that were understood.
    pub fn events(&self) -> &[Incoming] {
        &self.events
    }

    /// What was not understood.
    pub fn quarantined(&self) -> &[Quarantined] {
        &self.quarantined
    }

    /// Nothing to store?
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.quarantined.is_empty()
    }
}
