//! Admin roles as Okta sends them.

use serde::Deserialize;

use crate::id::{RoleAssignmentId, UserId};
use crate::lifecycle_status::LifecycleStatus;
use crate::open_enum::open_enum;
use crate::timestamp::Timestamp;

/// The assignment of an admin role.
///
/// **Shape**: a user's list holds those that come through a group as well; the group is in `/_links/assignee/href`.
///
/// **Source**: Okta, "Role Assignments".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RoleAssignment {
    /// `id`: of the assignment, not of the role.
    pub id: RoleAssignmentId,
    /// `label`.
    pub label: Option<String>,
    /// `type`.
    #[serde(rename = "type")]
    pub role_type: Option<RoleType>,
    /// `status`.
    pub status: Option<LifecycleStatus>,
    /// `assignmentType`.
    pub assignment_type: Option<AssignmentType>,
    /// `role`: id of a custom role.
    pub role: Option<String>,
    /// `resource-set`: id of what a custom role is good for.
    #[serde(rename = "resource-set")]
    pub resource_set: Option<String>,
    /// `created`.
    pub created: Option<Timestamp>,
    /// `lastUpdated`.
    pub last_updated: Option<Timestamp>,
}

/// A user with an admin role of any kind.
///
/// **Source**: Okta, "List all users with role assignments".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct RoleAssignee {
    /// `id`.
    pub id: UserId,
    /// `orn`.
    pub orn: Option<String>,
}

/// A custom role.
///
/// **Source**: Okta, "Roles".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CustomRole {
    /// `id`.
    pub id: String,
    /// `label`.
    pub label: Option<String>,
    /// `description`.
    pub description: Option<String>,
    /// `created`.
    pub created: Option<Timestamp>,
    /// `lastUpdated`.
    pub last_updated: Option<Timestamp>,
}

/// A permission of a custom role.
///
/// **Source**: Okta, "Role Permissions".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Permission {
    /// `label`: `okta.users.read`, …
    pub label: Option<String>,
    /// `created`.
    pub created: Option<Timestamp>,
    /// `lastUpdated`.
    pub last_updated: Option<Timestamp>,
}

/// What custom roles may be good for.
///
/// **Source**: Okta, "Resource Sets".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ResourceSet {
    /// `id`.
    pub id: String,
    /// `label`.
    pub label: Option<String>,
    /// `description`.
    pub description: Option<String>,
    /// `created`.
    pub created: Option<Timestamp>,
    /// `lastUpdated`.
    pub last_updated: Option<Timestamp>,
}

/// A resource of a resource set.
///
/// **Source**: Okta, "Resource Set Resources".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ResourceSetResource {
    /// `id`.
    pub id: String,
    /// `orn`.
    pub orn: Option<String>,
    /// `created`.
    pub created: Option<Timestamp>,
    /// `lastUpdated`.
    pub last_updated: Option<Timestamp>,
}

/// A custom role that is bound to a resource set.
///
/// **Source**: Okta, "Role Resource Set Bindings".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Binding {
    /// `id`: of the role.
    pub id: String,
}

/// Someone to whom a bound role is given; who, only the links say.
///
/// **Source**: Okta, "Role Resource Set Binding Members".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct BindingMember {
    /// `id`: of the assignment.
    pub id: String,
    /// `created`.
    pub created: Option<Timestamp>,
    /// `lastUpdated`.
    pub last_updated: Option<Timestamp>,
}

open_enum! {
    /// What an admin role allows.
    RoleType {
        AccessCertificationsAdmin = "ACCESS_CERTIFICATIONS_ADMIN",
        AccessRequestsAdmin = "ACCESS_REQUESTS_ADMIN",
        ApiAccessManagementAdmin = "API_ACCESS_MANAGEMENT_ADMIN",
        AppAdmin = "APP_ADMIN",
        Custom = "CUSTOM",
        GroupMembershipAdmin = "GROUP_MEMBERSHIP_ADMIN",
        HelpDeskAdmin = "HELP_DESK_ADMIN",
        MobileAdmin = "MOBILE_ADMIN",
        OrgAdmin = "ORG_ADMIN",
        ReadOnlyAdmin = "READ_ONLY_ADMIN",
        ReportAdmin = "REPORT_ADMIN",
        SuperAdmin = "SUPER_ADMIN",
        /// The label is "Group Administrator" today:
        UserAdmin = "USER_ADMIN",
        WorkflowsAdmin = "WORKFLOWS_ADMIN",
    }
}

open_enum! {
    /// To whom a role is assigned.
    AssignmentType {
        User = "USER",
        Group = "GROUP",
        Client = "CLIENT",
    }
}
