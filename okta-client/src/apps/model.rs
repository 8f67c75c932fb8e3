//! An app, and a user's assignment to it, as Okta sends them.

use serde::Deserialize;

use crate::decode::null_is_default;
use crate::id::{AppId, UserId};
use crate::open_enum::open_enum;
use crate::timestamp::Timestamp;

/// An app instance.
///
/// **Shape**: `null` and absent are both `None`. Settings differ by kind of app and are read with [`Raw::extra`](crate::Raw::extra):
/// `app.extra::<String>("/settings/oauthClient/application_type")`.
///
/// **Source**: Okta, "Applications".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct App {
    /// `id`. Of an OIDC app also its client id.
    pub id: AppId,
    /// `name`: the key in Okta's catalogue.
    pub name: Option<String>,
    /// `label`: what people see.
    pub label: Option<String>,
    /// `status`.
    pub status: Option<AppStatus>,
    /// `signOnMode`: `null` for apps without sign-on.
    pub sign_on_mode: Option<SignOnMode>,
    /// `features`: names of provisioning capabilities. Absent or `null` is empty.
    #[serde(default, deserialize_with = "null_is_default")]
    pub features: Vec<String>,
    /// `created`.
    pub created: Option<Timestamp>,
    /// `lastUpdated`.
    pub last_updated: Option<Timestamp>,
}

/// A user's assignment to an app.
///
/// **Source**: Okta, "Application Users".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AppUser {
    /// `id`: the user's id.
    pub id: UserId,
    /// `externalId`: the account's id in the app.
    pub external_id: Option<String>,
    /// `scope`: assigned directly or through a group.
    pub scope: Option<AppUserScope>,
    /// `status`.
    pub status: Option<AppUserStatus>,
    /// `statusChanged`.
    pub status_changed: Option<Timestamp>,
    /// `syncState`: `DISABLED`, `OUT_OF_SYNC`, `SYNCHRONIZED`, `SYNCING`, `ERROR`.
    pub sync_state: Option<String>,
    /// `created`.
    pub created: Option<Timestamp>,
    /// `lastUpdated`.
    pub last_updated: Option<Timestamp>,
    /// `lastSync`.
    pub last_sync: Option<Timestamp>,
    /// `credentials`: never a secret.
    pub credentials: Option<AppUserCredentials>,
}

/// The account's name in the app.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AppUserCredentials {
    /// `userName`.
    pub user_name: Option<String>,
}

open_enum! {
    /// Whether an app can be used.
    AppStatus { Active = "ACTIVE", Inactive = "INACTIVE", Deleted = "DELETED" }
}

open_enum! {
    /// How users sign in to an app.
    SignOnMode {
        AutoLogin = "AUTO_LOGIN",
        BasicAuth = "BASIC_AUTH",
        Bookmark = "BOOKMARK",
        BrowserPlugin = "BROWSER_PLUGIN",
        OpenIdConnect = "OPENID_CONNECT",
        Saml11 = "SAML_1_1",
        Saml20 = "SAML_2_0",
        SecurePasswordStore = "SECURE_PASSWORD_STORE",
        WsFederation = "WS_FEDERATION",
    }
}

open_enum! {
    /// What an assignment follows from.
    AppUserScope {
        /// The user was assigned:
        User = "USER",
        /// A group of the user was assigned:
        Group = "GROUP",
    }
}

open_enum! {
    /// Where an assignment is in its life.
    AppUserStatus {
        Active = "ACTIVE",
        Approved = "APPROVED",
        Deprovisioned = "DEPROVISIONED",
        Implicit = "IMPLICIT",
        Imported = "IMPORTED",
        Inactive = "INACTIVE",
        Matched = "MATCHED",
        Pending = "PENDING",
        Provisioned = "PROVISIONED",
        Revoked = "REVOKED",
        Staged = "STAGED",
        Suspended = "SUSPENDED",
        Unassigned = "UNASSIGNED",
    }
}
