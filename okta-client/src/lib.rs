#![doc = include_str!("../README.md")]

mod call;
mod client;
mod crawl;
mod cursor;
mod decode;
mod edit;
mod id;
mod lifecycle_status;
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
mod spans;
#[cfg_attr(not(feature = "metrics"), path = "telemetry/off.rs")]
mod telemetry;
mod timestamp;

pub mod api_tokens;
pub mod app_links;
pub mod apps;
pub mod authenticator_enrollments;
pub mod credentials;
pub mod devices;
pub mod error;
pub mod event_hooks;
pub mod expression;
pub mod factors;
pub mod grants;
pub mod group_rules;
pub mod groups;
pub mod link;
pub mod log_streams;
pub mod logs;
pub mod org;
pub mod policies;
pub mod principal_rate_limits;
pub mod rate_limit;
pub mod rate_limit_settings;
pub mod roles;
pub mod schemas;
pub mod transport;
pub mod user_types;
pub mod users;
pub mod zones;

pub use crate::client::{Client, ClientBuilder};
pub use crate::crawl::{Crawl, Crawled};
pub use crate::cursor::{Cursor, InvalidCursor, ResumeToken};
pub use crate::decode::{BadItem, Category, DecodeProblem, Item};
pub use crate::edit::Edit;
pub use crate::error::{ApiError, Error, PagingProblem, Retry};
pub use crate::id::{
    ApiTokenId, AppId, DeviceId, EnrollmentId, EventHookId, FactorId, GrantId, GroupId, GroupRuleId,
    LogEventId, LogStreamId, PolicyId, PolicyRuleId, PrincipalRateLimitId, RefreshTokenId, RoleAssignmentId,
    UserId, UserTypeId, ZoneId,
};
pub use crate::lifecycle_status::LifecycleStatus;
pub use crate::listing::{Filterable, Listing, Plain, Searchable, SortOrder};
pub use crate::logs::{LogEvent, LogPosition};
pub use crate::pacing::{BucketSnapshot, Priority};
pub use crate::page::Page;
pub use crate::paginated::{Pages, Paginated};
pub use crate::raw::Raw;
pub use crate::request::{RequestBuilder, Response};
pub use crate::timestamp::{InvalidTimestamp, Timestamp};
pub use crate::transport::Transport;
