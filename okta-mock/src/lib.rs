#![doc = include_str!("../README.md")]

mod activity;
mod admin;
mod builder;
mod catalogue;
mod clock;
mod credentials;
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
mod oauth;
mod org;
mod push;
mod reply;
mod server;
mod shared;
mod timestamp;

pub use builder::{Builder, StartError};
pub use clock::{Clock, ClockHandle};
pub use credentials::AdminRole;
pub use faults::{Fault, Faults};
pub use in_process::MockService;
pub use journal::RequestRecord;
pub use limits::RateLimits;
pub use mock::{LogRecord, OktaMock};
pub use new_event::NewEvent;
pub use oauth::apps::{ServiceApp, ServiceKey, WebApp};
pub use oauth::client::RefreshRotation;
pub use oauth::sign_in::SignInError;
pub use push::DeliveryRecord;
