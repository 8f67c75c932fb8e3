//! A user as Okta sends it. Only the id is certain: orgs, API versions and projections differ in the rest.

use serde::{Deserialize, Serialize};

use crate::decode::null_is_default;
use crate::id::{UserId, UserTypeId};
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
    pub user_type: Option<UserTypeRef>,
    /// `profile`: the base attributes. Absent or `null` is empty.
    #[serde(default, deserialize_with = "null_is_default")]
    pub profile: UserProfile,
    /// `credentials`: never a secret.
    pub credentials: Option<UserCredentials>,
}

/// A user's type: what it is, [`Client::user_types`](crate::Client::user_types) says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct UserTypeRef {
    /// `id`.
    pub id: UserTypeId,
}

/// The base attributes of a profile. All are text that admins and imports write; none is a reference.
///
/// Written to a [`NewUser`](super::NewUser), it leaves out what is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserProfile {
    /// `login`: unique, usually an e-mail address, can change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    /// `email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// `secondEmail`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_email: Option<String>,
    /// `firstName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// `lastName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// `middleName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    /// `displayName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// `nickName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nick_name: Option<String>,
    /// `honorificPrefix`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub honorific_prefix: Option<String>,
    /// `honorificSuffix`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub honorific_suffix: Option<String>,
    /// `title`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// `profileUrl`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_url: Option<String>,
    /// `mobilePhone`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile_phone: Option<String>,
    /// `primaryPhone`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_phone: Option<String>,
    /// `userType`: free text, unrelated to [`User::user_type`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_type: Option<String>,
    /// `employeeNumber`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employee_number: Option<String>,
    /// `costCenter`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_center: Option<String>,
    /// `organization`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// `division`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub division: Option<String>,
    /// `department`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// `managerId`: free text, not an Okta id by any rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manager_id: Option<String>,
    /// `manager`: free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manager: Option<String>,
    /// `streetAddress`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    /// `state`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// `zipCode`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zip_code: Option<String>,
    /// `postalAddress`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_address: Option<String>,
    /// `countryCode`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country_code: Option<String>,
    /// `city`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// `preferredLanguage`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_language: Option<String>,
    /// `locale`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// `timezone`.
    #[serde(skip_serializing_if = "Option::is_none")]
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
