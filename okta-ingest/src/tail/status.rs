//! What a tail tells about itself: a snapshot, kept up to date while it runs.

use okta_client::Timestamp;
use tokio::sync::watch;

use crate::{Checkpoint, Gap, Put};

/// Does this instance read the log?
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// Yes.
    Leading,
    /// No: it is ready to take over.
    Standby {
        /// The instance that leads, if one is known.
        leader: Option<String>,
    },
}

/// A tail at a glance. Counts are of this instance since it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TailStatus {
    /// Leading or standing by.
    pub role: Role,
    /// The last position saved.
    pub checkpoint: Option<Checkpoint>,
    /// Pages read, empty ones included.
    pub pages: u64,
    /// How often the end of the log was reached.
    pub times_caught_up: u64,
    /// What became of their events.
    pub put: Put,
    /// Gaps declared.
    pub gaps: Vec<Gap>,
    /// Cursors that Okta rejected.
    pub cursors_lost: u64,
    /// Pages that broke the protocol: no `next` link.
    pub protocol_alarms: u64,
    /// Reads and storage operations that failed.
    pub errors: u64,
    /// The last failure, until a page is read again.
    pub last_error: Option<String>,
}

impl Default for TailStatus {
    fn default() -> Self {
        Self {
            role: Role::Standby { leader: None },
            checkpoint: None,
            pages: 0,
            times_caught_up: 0,
            put: Put::default(),
            gaps: Vec::new(),
            cursors_lost: 0,
            protocol_alarms: 0,
            errors: 0,
            last_error: None,
        }
    }
}

impl TailStatus {
    /// Okta's time up to which the log has been read, if it has been read to the end once.
    pub fn caught_up_at(&self) -> Option<Timestamp> {
        self.checkpoint.as_ref().and_then(|checkpoint| checkpoint.caught_up_at)
    }
}

/// Watches a running tail. Clones watch the same one.
#[derive(Debug, Clone)]
pub struct TailMonitor(watch::Receiver<TailStatus>);

impl TailMonitor {
    pub(crate) fn new(receiver: watch::Receiver<TailStatus>) -> Self {
        Self(receiver)
    }

    /// The current state.
    pub fn status(&self) -> TailStatus {
        self.0.borrow().clone()
    }

    /// Waits until the state satisfies `condition`, and returns it; `None` if the tail ended before.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub async fn wait_for(&mut self, condition: impl FnMut(&TailStatus) -> bool) -> Option<TailStatus> {
        self.0.wait_for(condition).await.ok().map(|status| status.clone())
    }
}
