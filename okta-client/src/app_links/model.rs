//! An app link as Okta sends it.

use serde::Deserialize;

use crate::id::AppId;

/// A link on a user's dashboard.
///
/// **Source**: Okta, "List all assigned app links".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AppLink {
    /// `id`.
    pub id: Option<String>,
    /// `label`.
    pub label: Option<String>,
    /// `linkUrl`.
    pub link_url: Option<String>,
    /// `logoUrl`.
    pub logo_url: Option<String>,
    /// `appName`.
    pub app_name: Option<String>,
    /// `appInstanceId`.
    pub app_instance_id: Option<AppId>,
    /// `appAssignmentId`.
    pub app_assignment_id: Option<String>,
    /// `credentialsSetup`.
    pub credentials_setup: Option<bool>,
    /// `hidden`.
    pub hidden: Option<bool>,
    /// `sortOrder`.
    pub sort_order: Option<i64>,
}
