//! The service app and the web app.

use std::time::Duration;

use super::Builder;
use crate::credentials::AdminRole;
use crate::oauth::client::RefreshRotation;
use crate::timestamp;

impl Builder {
    /// Whether the service app gets its tokens with DPoP only, as new service apps do at Okta. Default `false`.
    pub fn require_dpop(mut self, required: bool) -> Self {
        self.oauth.require_dpop = required;
        self
    }

    /// How long a DPoP nonce is the newest; it is taken for three times as long after that. Default 24 hours, as at
    /// Okta; at least a millisecond.
    pub fn dpop_nonce_age(mut self, age: Duration) -> Self {
        self.oauth.nonce_age_ms = timestamp::millis(age);
        self
    }

    /// The `okta.*` scopes granted to the service app. Default: those of everything the mock has.
    pub fn service_app_scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.oauth.service_scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// The admin roles of the service app; a scope without a role opens nothing. Default [`AdminRole::SuperAdmin`].
    pub fn service_app_roles(mut self, roles: impl IntoIterator<Item = AdminRole>) -> Self {
        self.oauth.service_roles = roles.into_iter().collect();
        self
    }

    /// The `okta.*` scopes granted to the web app. Default: as the service app's.
    pub fn web_app_scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.oauth.web_scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Where the web app wants its users back: the one URI that `/authorize` redirects to, compared as text. Default
    /// `http://127.0.0.1:8080/callback`.
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.oauth.redirect_uri = uri.into();
        self
    }

    /// Whether the web app's refresh tokens are replaced when used. Default [`RefreshRotation::Static`].
    pub fn refresh_rotation(mut self, rotation: RefreshRotation) -> Self {
        self.oauth.rotation = rotation;
        self
    }
}
