//! A principal rate limit as Okta sends it.

use serde::Deserialize;

use crate::id::PrincipalRateLimitId;
use crate::open_enum::open_enum;
use crate::timestamp::Timestamp;

/// The share of each bucket that a principal may use.
///
/// **Source**: Okta, "Principal Rate Limits".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PrincipalRateLimit {
    /// `id`.
    pub id: PrincipalRateLimitId,
    /// `principalId`: of a token or an app.
    pub principal_id: Option<String>,
    /// `principalType`.
    pub principal_type: Option<PrincipalType>,
    /// `defaultPercentage`: of each bucket's limit, in per cent.
    pub default_percentage: Option<i64>,
    /// `defaultConcurrencyPercentage`: of the concurrency limit, in per cent.
    pub default_concurrency_percentage: Option<i64>,
    /// `orgId`.
    pub org_id: Option<String>,
    /// `createdDate`.
    pub created_date: Option<Timestamp>,
    /// `createdBy`.
    pub created_by: Option<String>,
    /// `lastUpdate`.
    pub last_update: Option<Timestamp>,
    /// `lastUpdatedBy`.
    pub last_updated_by: Option<String>,
}

open_enum! {
    /// What a principal is.
    PrincipalType {
        ApiToken = "SSWS_TOKEN",
        OAuthClient = "OAUTH_CLIENT",
    }
}
