//! A user as Okta sends it. Only the id is certain: orgs, API versions and projections differ in the rest.

use serde::Deserialize;

use crate::decode::null_is_default;
use crate::id::UserId;
use crate::open_enum::open_enum;
use crate::timestamp::Timestamp;

/// A user.
///
/// **Shape**: `null` and absent are both `None`. Custom profile attributes are read with [`Raw::extra`](crate::Raw::extra):
/// `user.extra::<String>("/profile/costCenterOwner")`.
///
/// **Source**: Okta, "Users".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct User {
    /// `id`.
    pub id: UserId,
    /// `status`.
    pub status: Option<UserStatus>,
    /// `created`.
    pub created: Option<Timestamp>,
    /// `activated`: `null` before the first activation.
    pub activated: Option<Timestamp>,
    /// `statusChanged`.
    pub status_changed: Option<Timestamp>,
    /// `lastLogin`: `null` before the first.
    pub last_login: Option<Timestamp>,
    /// `lastUpdated`: does not move when memberships, assignments, factors or roles change.
    pub last_updated: Option<Timestamp>,
    /// `passwordChanged`.
    pub password_changed: Option<Timestamp>,
    /// `transitioningToStatus`: the status a running change leads to.
    pub transitioning_to_status: Option<UserStatus>,
    /// `type`: holds the id only.
    #[serde(rename = "type")]
    pub user_type: Option<UserType>,
    /// `profile`: the base attributes. Absent or `null` is empty.
    #[serde(default, deserialize_with = "null_is_default")]
    pub profile: UserProfile,
    /// `credentials`: never a secret.
    pub credentials: Option<UserCredentials>,
}

/// A user's type.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct UserType {
    /// `id`.
    pub id: String,
}

/// The base attributes of a profile. All are text that admins and imports write; none is a reference.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserProfile {
    /// `login`: unique, usually an e-mail address, can change.
    pub login: Option<String>,
    /// `email`.
    pub email: Option<String>,
    /// `secondEmail`.
    pub second_email: Option<String>,
    /// `firstName`.
    pub first_name: Option<String>,
    /// `lastName`.
    pub last_name: Option<String>,
    /// `middleName`.
    pub middle_name: Option<String>,
    /// `displayName`.
    pub display_name: Option<String>,
    /// `nickName`.
    pub nick_name: Option<String>,
    /// `title`.
    pub title: Option<String>,
    /// `mobilePhone`.
    pub mobile_phone: Option<String>,
    /// `primaryPhone`.
    pub primary_phone: Option<String>,
    /// `userType`: free text, unrelated to [`User::user_type`].
    pub user_type: Option<String>,
    /// `employeeNumber`.
    pub employee_number: Option<String>,
    /// `costCenter`.
    pub cost_center: Option<String>,
    /// `organization`.
    pub organization: Option<String>,
    /// `division`.
    pub division: Option<String>,
    /// `department`.
    pub department: Option<String>,
    /// `managerId`: free text, not an Okta id by any rule.
    pub manager_id: Option<String>,
    /// `manager`: free text.
    pub manager: Option<String>,
    /// `countryCode`.
    pub country_code: Option<String>,
    /// `city`.
    pub city: Option<String>,
    /// `locale`.
    pub locale: Option<String>,
    /// `timezone`.
    pub timezone: Option<String>,
}

/// What a user signs in with, as far as Okta tells.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct UserCredentials {
    /// `provider`: who checks the password.
    pub provider: Option<UserProvider>,
}

/// Who checks a password.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct UserProvider {
    /// `type`: `OKTA`, `ACTIVE_DIRECTORY`, `FEDERATION`, …
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `name`.
    pub name: Option<String>,
}

open_enum! {
    /// Where a user is in its life.
    UserStatus {
        Staged = "STAGED",
        Provisioned = "PROVISIONED",
        Active = "ACTIVE",
        Recovery = "RECOVERY",
        LockedOut = "LOCKED_OUT",
        PasswordExpired = "PASSWORD_EXPIRED",
        Suspended = "SUSPENDED",
        Deprovisioned = "DEPROVISIONED",
    }
}
