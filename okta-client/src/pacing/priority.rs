//! Whose request goes first, and how long one may wait.

use std::time::Duration;

/// How urgent the requests of a client are. Among those that wait, a more urgent one goes first, whichever bucket it is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Priority {
    /// Somebody or something waits for it: a tail of the log, a page in a browser. It is not spread over the window.
    Live,
    /// Everything that is not said to be otherwise.
    #[default]
    Normal,
    /// Nobody waits for it. Where live requests use the same bucket it leaves them a fifth of it, beyond the reserve.
    Backfill,
}

/// How the requests of a client wait for their turns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Manner {
    pub(crate) priority: Priority,
    /// For its turn and between attempts, all in all. `None`: however long it takes.
    pub(crate) max_wait: Option<Duration>,
}
