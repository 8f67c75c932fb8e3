//! An enrollment as Okta sends it.

use serde::Deserialize;

use crate::id::EnrollmentId;
use crate::lifecycle_status::LifecycleStatus;
use crate::timestamp::Timestamp;

/// A user's enrollment in an authenticator.
///
/// **Shape**: the profile differs by type and is read with [`Raw::extra`](crate::Raw::extra).
///
/// **Source**: Okta, "User Authenticator Enrollments".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuthenticatorEnrollment {
    /// `id`.
    pub id: EnrollmentId,
    /// `key`: `okta_password`, `okta_verify`, `webauthn`, …
    pub key: Option<String>,
    /// `type`: `password`, `app`, `security_key`, …
    #[serde(rename = "type")]
    pub enrollment_type: Option<String>,
    /// `name`.
    pub name: Option<String>,
    /// `nickname`.
    pub nickname: Option<String>,
    /// `status`.
    pub status: Option<LifecycleStatus>,
    /// `created`.
    pub created: Option<Timestamp>,
    /// `lastUpdated`.
    pub last_updated: Option<Timestamp>,
}
