//! A log stream as Okta sends it.

use serde::Deserialize;

use crate::id::LogStreamId;
use crate::lifecycle_status::LifecycleStatus;
use crate::open_enum::open_enum;
use crate::timestamp::Timestamp;

/// A stream.
///
/// **Shape**: settings differ by type and are read with [`Raw::extra`](crate::Raw::extra): `stream.extra::<String>("/settings/eventSourceName")`.
///
/// **Source**: Okta, "Log Streaming".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LogStream {
    /// `id`.
    pub id: LogStreamId,
    /// `type`.
    #[serde(rename = "type")]
    pub stream_type: Option<LogStreamType>,
    /// `name`.
    pub name: Option<String>,
    /// `status`: Okta deactivates a stream whose target fails, and what is logged meanwhile never comes.
    pub status: Option<LifecycleStatus>,
    /// `created`.
    pub created: Option<Timestamp>,
    /// `lastUpdated`.
    pub last_updated: Option<Timestamp>,
}

open_enum! {
    /// Where a stream leads.
    LogStreamType {
        AwsEventBridge = "aws_eventbridge",
        SplunkCloud = "splunk_cloud_logstreaming",
    }
}
