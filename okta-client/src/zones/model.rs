//! A network zone as Okta sends it.

use serde::Deserialize;

use crate::decode::null_is_default;
use crate::id::ZoneId;
use crate::lifecycle_status::LifecycleStatus;
use crate::open_enum::open_enum;
use crate::timestamp::Timestamp;

/// A network zone.
///
/// **Shape**: places, networks and kinds of proxies of a dynamic zone are read with [`Raw::extra`](crate::Raw::extra).
///
/// **Source**: Okta, "Network Zones".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Zone {
    /// `id`.
    pub id: ZoneId,
    /// `type`.
    #[serde(rename = "type")]
    pub zone_type: Option<ZoneType>,
    /// `name`.
    pub name: Option<String>,
    /// `status`.
    pub status: Option<LifecycleStatus>,
    /// `usage`.
    pub usage: Option<ZoneUsage>,
    /// `system`.
    pub system: Option<bool>,
    /// `gateways`: of an IP zone. Absent or `null` is empty.
    #[serde(default, deserialize_with = "null_is_default")]
    pub gateways: Vec<ZoneAddress>,
    /// `proxies`: of an IP zone. Absent or `null` is empty.
    #[serde(default, deserialize_with = "null_is_default")]
    pub proxies: Vec<ZoneAddress>,
    /// `created`.
    pub created: Option<Timestamp>,
    /// `lastUpdated`.
    pub last_updated: Option<Timestamp>,
}

/// One or many addresses.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ZoneAddress {
    /// `type`: `CIDR` or `RANGE`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `value`.
    pub value: Option<String>,
}

open_enum! {
    /// How a zone is drawn.
    ZoneType {
        Ip = "IP",
        Dynamic = "DYNAMIC",
        DynamicV2 = "DYNAMIC_V2",
    }
}

open_enum! {
    /// What a zone is for.
    ZoneUsage {
        /// Policies may name it:
        Policy = "POLICY",
        /// Nobody gets in from there:
        Blocklist = "BLOCKLIST",
    }
}
