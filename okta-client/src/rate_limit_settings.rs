//! Rate-limit settings: when Okta warns, and whom it limits alone.

mod model;

pub use self::model::{AdminNotifications, PerClient, PerClientMode, WarningThreshold};

use http::Method;
use serde::Serialize;

use crate::client::Client;
use crate::error::Error;
use crate::raw::Raw;

/// Calls about rate-limit settings. Made by [`Client::rate_limit_settings`].
///
/// # Errors
/// [`Error::is_not_found`] where Okta has no such settings for the org.
///
/// # Cancel safety
/// Dropping the future of a call gives it up; a change may or may not have happened.
#[derive(Debug, Clone)]
pub struct RateLimitSettings {
    client: Client,
}

impl RateLimitSettings {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Whether admins are told of warnings and violations.
    ///
    /// **Source**: Okta, "Retrieve the rate limit admin notification settings".
    pub async fn admin_notifications(&self) -> Result<Raw<AdminNotifications>, Error> {
        self.client.api(Method::GET, &["rate-limit-settings", "admin-notifications"]).document().await
    }

    /// Replaces them.
    ///
    /// **Source**: Okta, "Replace the rate limit admin notification settings".
    pub async fn replace_admin_notifications(
        &self,
        body: &impl Serialize,
    ) -> Result<Raw<AdminNotifications>, Error> {
        let path = ["rate-limit-settings", "admin-notifications"];
        self.client.api(Method::PUT, &path).json(body).document().await
    }

    /// Whether each browser is limited on its own.
    ///
    /// **Source**: Okta, "Retrieve the per-client rate limit settings".
    pub async fn per_client(&self) -> Result<Raw<PerClient>, Error> {
        self.client.api(Method::GET, &["rate-limit-settings", "per-client"]).document().await
    }

    /// Replaces them.
    ///
    /// **Source**: Okta, "Replace the per-client rate limit settings".
    pub async fn replace_per_client(&self, body: &impl Serialize) -> Result<Raw<PerClient>, Error> {
        self.client.api(Method::PUT, &["rate-limit-settings", "per-client"]).json(body).document().await
    }

    /// How full a bucket is when Okta warns.
    ///
    /// **Source**: Okta, "Retrieve the rate limit warning threshold percentage".
    pub async fn warning_threshold(&self) -> Result<Raw<WarningThreshold>, Error> {
        self.client.api(Method::GET, &["rate-limit-settings", "warning-threshold"]).document().await
    }

    /// Replaces it.
    ///
    /// **Source**: Okta, "Replace the rate limit warning threshold percentage".
    pub async fn replace_warning_threshold(
        &self,
        body: &impl Serialize,
    ) -> Result<Raw<WarningThreshold>, Error> {
        let path = ["rate-limit-settings", "warning-threshold"];
        self.client.api(Method::PUT, &path).json(body).document().await
    }
}
