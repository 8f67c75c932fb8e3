#![doc = include_str!("../README.md")]

mod auth;
mod call;
mod client;
mod crawl;
mod cursor;
mod decode;
mod id;
mod listing;
mod open_enum;
mod operation;
mod origin;
mod pacing;
mod page;
mod paginated;
mod raw;
mod request;
mod retry;
#[cfg_attr(not(feature = "metrics"), path = "telemetry/off.rs")]
mod telemetry;
mod timestamp;

pub mod apps;
pub mod error;
pub mod groups;
pub mod link;
pub mod logs;
pub mod rate_limit;
pub mod transport;
pub mod users;

pub use crate::client::{Client, ClientBuilder};
pub use crate::crawl::{Crawl, Crawled};
pub use crate::cursor::{Cursor, InvalidCursor, ResumeToken};
pub use crate::decode::{BadItem, Category, DecodeProblem, Item};
pub use crate::error::{ApiError, Error, PagingProblem, Retry};
pub use crate::id::{AppId, GroupId, LogEventId, UserId};
pub use crate::logs::{LogEvent, LogPosition};
pub use crate::pacing::{BucketSnapshot, Priority};
pub use crate::page::Page;
pub use crate::paginated::{Pages, Paginated};
pub use crate::raw::Raw;
pub use crate::request::{RequestBuilder, Response};
pub use crate::timestamp::{InvalidTimestamp, Timestamp};
pub use crate::transport::Transport;
