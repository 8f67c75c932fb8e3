//! A policy and a rule of it, as Okta sends them.

use serde::Deserialize;

use crate::decode::time_if_readable;
use crate::id::{PolicyId, PolicyRuleId};
use crate::lifecycle_status::LifecycleStatus;
use crate::open_enum::open_enum;
use crate::timestamp::Timestamp;

/// A policy.
///
/// **Shape**: conditions and settings differ by type and are read with [`Raw::extra`](crate::Raw::extra): `policy.extra::<u32>("/settings/password/complexity/minLength")`.
///
/// **Source**: Okta, "Policies".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Policy {
    /// `id`.
    pub id: PolicyId,
    /// `type`.
    #[serde(rename = "type")]
    pub policy_type: Option<PolicyType>,
    /// `name`.
    pub name: Option<String>,
    /// `description`.
    pub description: Option<String>,
    /// `status`.
    pub status: Option<LifecycleStatus>,
    /// `priority`: policies are tried in this order.
    pub priority: Option<i64>,
    /// `system`: whether it is Okta's own and cannot be deleted.
    pub system: Option<bool>,
    /// `created`: `None` also where it is not RFC 3339, as in some of Okta's examples.
    #[serde(default, deserialize_with = "time_if_readable")]
    pub created: Option<Timestamp>,
    /// `lastUpdated`: `None` also where it is not RFC 3339, as in some of Okta's examples.
    #[serde(default, deserialize_with = "time_if_readable")]
    pub last_updated: Option<Timestamp>,
}

/// A rule of a policy. The first that fits decides.
///
/// **Shape**: conditions and actions differ by type and are read with [`Raw::extra`](crate::Raw::extra).
///
/// **Source**: Okta, "Policies".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PolicyRule {
    /// `id`: Okta's example of a rule that was just created has none; every other has one.
    pub id: Option<PolicyRuleId>,
    /// `type`: as the policy's, but `SIGN_ON` where that is `OKTA_SIGN_ON`.
    #[serde(rename = "type")]
    pub rule_type: Option<String>,
    /// `name`.
    pub name: Option<String>,
    /// `status`.
    pub status: Option<LifecycleStatus>,
    /// `priority`: `null` or 99 of a default rule.
    pub priority: Option<i64>,
    /// `system`.
    pub system: Option<bool>,
    /// `created`: `None` also where it is not RFC 3339, as in some of Okta's examples.
    #[serde(default, deserialize_with = "time_if_readable")]
    pub created: Option<Timestamp>,
    /// `lastUpdated`: `None` also where it is not RFC 3339, as in some of Okta's examples.
    #[serde(default, deserialize_with = "time_if_readable")]
    pub last_updated: Option<Timestamp>,
}

/// That a policy is applied to something.
///
/// **Shape**: to what, only the links say: `mapping.extra::<String>("/_links/application/href")`.
///
/// **Source**: Okta, "Policies".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PolicyMapping {
    /// `id`.
    pub id: String,
}

open_enum! {
    /// What a policy is about.
    PolicyType {
        /// Signing in to an app:
        AccessPolicy = "ACCESS_POLICY",
        ClientUpdate = "CLIENT_UPDATE",
        DeviceSignalCollection = "DEVICE_SIGNAL_COLLECTION",
        EntityRisk = "ENTITY_RISK",
        IdentityClaimSourcing = "IDENTITY_CLAIM_SOURCING",
        IdpDiscovery = "IDP_DISCOVERY",
        /// Enrolling in authenticators:
        MfaEnroll = "MFA_ENROLL",
        /// The global session:
        OktaSignOn = "OKTA_SIGN_ON",
        Password = "PASSWORD",
        PostAuthSession = "POST_AUTH_SESSION",
        ProfileEnrollment = "PROFILE_ENROLLMENT",
        SessionViolationDetection = "SESSION_VIOLATION_DETECTION",
    }
}
