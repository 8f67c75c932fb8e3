#![doc = include_str!("../README.md")]

mod activity;
mod admin;
mod builder;
mod catalogue;
mod clock;
mod conduct;
mod engine;
mod error;
mod faults;
mod handle;
mod in_process;
mod journal;
mod json;
mod limits;
mod mock;
mod new_event;
mod org;
mod push;
mod receivers;
mod reply;
mod scenario;
mod server;
mod shared;
mod timestamp;

pub use builder::{Builder, StartError};
pub use clock::{Clock, ClockHandle};
pub use conduct::{Conduct, Finding};
pub use faults::{Fault, Faults};
pub use in_process::{Broken, MockService};
pub use journal::{Expect, Journal, RequestRecord};
pub use limits::{Latency, RateLimits};
pub use mock::{LogRecord, OktaMock};
pub use new_event::NewEvent;
pub use push::{Channel, DeliveryRecord};
pub use receivers::{EventHooks, LogStreams};
pub use scenario::{Scenario, ScenarioError};
