//! Rate-limit settings as Okta sends them.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::decode::null_is_default;
use crate::open_enum::open_enum;

/// Whether admins are told of warnings and violations.
///
/// **Source**: Okta, "Rate Limit Settings".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AdminNotifications {
    /// `notificationsEnabled`.
    pub notifications_enabled: Option<bool>,
}

/// Whether each browser is limited on its own.
///
/// **Source**: Okta, "Rate Limit Settings".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PerClient {
    /// `defaultMode`.
    pub default_mode: Option<PerClientMode>,
    /// `useCaseModeOverrides`: by use case: `LOGIN_PAGE`, `OAUTH2_AUTHORIZE`, `OIE_APP_INTENT`. Absent or
    /// `null` is empty.
    #[serde(default, deserialize_with = "null_is_default")]
    pub use_case_mode_overrides: BTreeMap<String, PerClientMode>,
}

/// How full a bucket is when Okta warns.
///
/// **Source**: Okta, "Rate Limit Settings".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WarningThreshold {
    /// `warningThreshold`: in per cent, 30 to 90.
    pub warning_threshold: Option<i64>,
}

open_enum! {
    /// What happens to a browser above its limit.
    PerClientMode {
        Enforce = "ENFORCE",
        /// It is logged:
        Preview = "PREVIEW",
        Disable = "DISABLE",
    }
}
