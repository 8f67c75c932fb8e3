//! The org as Okta sends it.

use serde::Deserialize;

use crate::id::UserId;
use crate::lifecycle_status::LifecycleStatus;
use crate::open_enum::open_enum;
use crate::timestamp::Timestamp;

/// The org's general settings.
///
/// **Source**: Okta, "Org Settings".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OrgSettings {
    /// `id`.
    pub id: Option<String>,
    /// `subdomain`.
    pub subdomain: Option<String>,
    /// `companyName`.
    pub company_name: Option<String>,
    /// `status`.
    pub status: Option<LifecycleStatus>,
    /// `website`.
    pub website: Option<String>,
    /// `phoneNumber`.
    pub phone_number: Option<String>,
    /// `endUserSupportHelpURL`.
    #[serde(rename = "endUserSupportHelpURL")]
    pub end_user_support_help_url: Option<String>,
    /// `supportPhoneNumber`.
    pub support_phone_number: Option<String>,
    /// `address1`.
    pub address1: Option<String>,
    /// `address2`.
    pub address2: Option<String>,
    /// `city`.
    pub city: Option<String>,
    /// `state`.
    pub state: Option<String>,
    /// `postalCode`.
    pub postal_code: Option<String>,
    /// `country`.
    pub country: Option<String>,
    /// `expiresAt`.
    pub expires_at: Option<Timestamp>,
    /// `created`.
    pub created: Option<Timestamp>,
    /// `lastUpdated`.
    pub last_updated: Option<Timestamp>,
}

/// That the org has a contact of a kind.
///
/// **Source**: Okta, "Org Contacts".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OrgContact {
    /// `contactType`.
    pub contact_type: Option<OrgContactType>,
}

/// Who is the contact.
///
/// **Source**: Okta, "Org Contacts".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OrgContactUser {
    /// `userId`.
    pub user_id: Option<UserId>,
}

open_enum! {
    /// What a contact is for.
    OrgContactType {
        Billing = "BILLING",
        Technical = "TECHNICAL",
    }
}
