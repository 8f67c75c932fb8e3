//! What Okta says of an API token.

use serde::Deserialize;

use crate::id::{ApiTokenId, UserId};
use crate::timestamp::Timestamp;

/// An API token, without the token.
///
/// **Shape**: from where it may be used is read with [`Raw::extra`](crate::Raw::extra) at `/network`.
///
/// **Source**: Okta, "API Tokens".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ApiToken {
    /// `id`.
    pub id: ApiTokenId,
    /// `name`.
    pub name: Option<String>,
    /// `userId`: whose rights it has.
    pub user_id: Option<UserId>,
    /// `clientName`.
    pub client_name: Option<String>,
    /// `tokenWindow`: how long it lives unused, as ISO 8601: `P30D`.
    pub token_window: Option<String>,
    /// `expiresAt`: moves on with each use.
    pub expires_at: Option<Timestamp>,
    /// `created`.
    pub created: Option<Timestamp>,
    /// `lastUpdated`.
    pub last_updated: Option<Timestamp>,
}
