//! A grant and a client as Okta sends them.

use serde::Deserialize;

use crate::id::{GrantId, UserId};
use crate::open_enum::open_enum;
use crate::timestamp::Timestamp;

/// A consent: an app may use a scope, in a user's name or, where no user is named, in its own.
///
/// **Source**: Okta, "Grants".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Grant {
    /// `id`.
    pub id: GrantId,
    /// `status`.
    pub status: Option<GrantStatus>,
    /// `scopeId`: the scope's name; of a custom authorization server its id.
    pub scope_id: Option<String>,
    /// `clientId`.
    pub client_id: Option<String>,
    /// `userId`.
    pub user_id: Option<UserId>,
    /// `issuer`.
    pub issuer: Option<String>,
    /// `source`.
    pub source: Option<GrantSource>,
    /// `createdBy`.
    pub created_by: Option<GrantActor>,
    /// `created`.
    pub created: Option<Timestamp>,
    /// `lastUpdated`.
    pub last_updated: Option<Timestamp>,
}

/// Who consented.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct GrantActor {
    /// `id`.
    pub id: Option<String>,
    /// `type`: `User`, …
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// An app that holds a grant or a token of a user.
///
/// **Source**: Okta, "List all clients for a user".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct OAuthClient {
    /// `client_id`.
    pub client_id: String,
    /// `client_name`.
    pub client_name: Option<String>,
    /// `client_uri`.
    pub client_uri: Option<String>,
    /// `logo_uri`.
    pub logo_uri: Option<String>,
}

open_enum! {
    /// Whether a grant is good.
    GrantStatus {
        Active = "ACTIVE",
        Revoked = "REVOKED",
    }
}

open_enum! {
    /// On whose word a grant rests.
    GrantSource {
        EndUser = "END_USER",
        Admin = "ADMIN",
    }
}
