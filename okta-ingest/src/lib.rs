#![doc = include_str!("../README.md")]

mod backoff;
mod checkpoint;
mod clock;
mod error;
mod event;
mod json;
mod memory;
mod org;
mod processor;
mod sink;
mod tail;
mod wake;
mod worker;

#[cfg(feature = "conformance")]
pub mod conformance;
pub mod inbox;
pub mod receive;
#[cfg(feature = "sqlite")]
pub mod sqlite;

pub use backoff::Backoff;
pub use checkpoint::{
    Acquired, Checkpoint, Commit, Gap, PageRecord, TailCommit, TailKey, TailLease, TailStore,
};
pub use clock::{Clock, ManualClock, SystemClock};
pub use error::{BoxError, StoreError};
pub use event::{Batch, Channel, EventKey, Incoming, Quarantined};
pub use inbox::{Delivery, Health, Inbox, Lease, Outcome, Put, Receipt, Settled, Settlement};
pub use memory::MemoryStore;
pub use org::{InvalidOrg, Org};
pub use processor::{AcceptAll, Processor, processor_fn};
pub use sink::Sink;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
pub use tail::{Role, Tail, TailError, TailMonitor, TailStatus};
pub use wake::Waker;
pub use worker::Worker;
