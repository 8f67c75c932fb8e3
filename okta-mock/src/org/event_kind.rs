//! What Okta says about each event type the mock writes by itself: message, legacy name, severity.
//!
//! A type that is not in the table (a test may append any) gets a message made from its name.

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventKind {
    pub(crate) message: &'static str,
    pub(crate) legacy: Option<&'static str>,
    pub(crate) severity: &'static str,
}

type Row = (&'static str, &'static str, Option<&'static str>, &'static str);

const TABLE: &[Row] = &[
    ("app.oauth2.admin.consent.grant", "Admin grants consent to an OAuth2 scope", None, "INFO"),
    ("app.oauth2.admin.consent.revoke", "Admin revokes consent to an OAuth2 scope", None, "INFO"),
    ("app.oauth2.authorize", "OAuth2 authorization request", None, "INFO"),
    (
        "app.oauth2.authorize.code",
        "OAuth2 authorization code request",
        Some("app.oauth2.authorize.code_success"),
        "INFO",
    ),
    ("app.oauth2.client.privilege.grant", "Grant OAuth2 client privilege", None, "INFO"),
    ("app.oauth2.client.privilege.revoke", "Revoke OAuth2 client privilege", None, "INFO"),
    ("app.oauth2.invalid_client_credentials", "Invalid OAuth2 client credentials", None, "WARN"),
    ("app.oauth2.signon", "User performed OIDC SSO to app", None, "INFO"),
    ("app.oauth2.token.detect_reuse", "OAuth2 refresh token reuse detected", None, "WARN"),
    ("app.oauth2.token.grant", "OAuth2 token request", Some("app.oauth2.token.grant_failure"), "WARN"),
    (
        "app.oauth2.token.grant.access_token",
        "OAuth2 access token is granted",
        Some("app.oauth2.token.grant.access_token_success"),
        "INFO",
    ),
    (
        "app.oauth2.token.grant.id_token",
        "OAuth2 id token is granted",
        Some("app.oauth2.token.grant.id_token_success"),
        "INFO",
    ),
    (
        "app.oauth2.token.grant.refresh_token",
        "OAuth2 refresh token is granted",
        Some("app.oauth2.token.grant.refresh_token_success"),
        "INFO",
    ),
    ("app.oauth2.token.revoke", "OAuth2 token revocation request", None, "INFO"),
    ("application.lifecycle.activate", "Activate application", None, "INFO"),
    ("application.lifecycle.create", "Create application", None, "INFO"),
    ("application.lifecycle.deactivate", "Deactivate application", None, "INFO"),
    ("application.lifecycle.delete", "Delete application", None, "INFO"),
    ("application.lifecycle.update", "Update application", None, "INFO"),
    (
        "application.user_membership.add",
        "Add user to application membership",
        Some("app.generic.provision.assign_user_to_app"),
        "INFO",
    ),
    ("application.user_membership.change_password", "Change user's application password", None, "INFO"),
    ("application.user_membership.change_username", "Change user's application username", None, "INFO"),
    (
        "application.user_membership.remove",
        "Remove user's application membership",
        Some("app.generic.provision.deassign_user_from_app"),
        "INFO",
    ),
    ("application.user_membership.update", "Update user's application property", None, "INFO"),
    ("core.concurrency.org.limit.violation", "Too many concurrent requests in flight", None, "WARN"),
    ("event_hook.activated", "Event hook activated", None, "INFO"),
    ("event_hook.created", "Event hook created", None, "INFO"),
    ("event_hook.deactivated", "Event hook deactivated", None, "INFO"),
    ("event_hook.deleted", "Event hook deleted", None, "INFO"),
    ("event_hook.delivery", "Event hook delivery", None, "ERROR"),
    ("event_hook.updated", "Event hook updated", None, "INFO"),
    ("event_hook.verified", "Event hook verified", None, "INFO"),
    ("group.application_assignment.add", "Add assigned application to group", None, "INFO"),
    ("group.application_assignment.remove", "Remove assigned application from group", None, "INFO"),
    ("group.application_assignment.update", "Update assigned application of group", None, "INFO"),
    ("group.lifecycle.create", "Create Okta group", None, "INFO"),
    ("group.lifecycle.delete", "Delete Okta group", None, "INFO"),
    ("group.profile.update", "Update Okta group profile", None, "INFO"),
    (
        "group.user_membership.add",
        "Add user to group membership",
        Some("core.user_group_member.user_add"),
        "INFO",
    ),
    (
        "group.user_membership.remove",
        "Remove user from group membership",
        Some("core.user_group_member.user_remove"),
        "INFO",
    ),
    ("policy.evaluate_sign_on", "Evaluation of sign-on policy", None, "INFO"),
    ("policy.rule.activate", "Activate policy rule", None, "INFO"),
    ("policy.rule.add", "Add policy rule", None, "INFO"),
    ("policy.rule.deactivate", "Deactivate policy rule", None, "INFO"),
    ("policy.rule.delete", "Delete policy rule", None, "INFO"),
    ("policy.rule.update", "Update policy rule", None, "INFO"),
    ("system.api_token.create", "Create API token", Some("api.token.create"), "INFO"),
    (
        "system.api_token.request_outside_allowed_range",
        "API request from outside of the token's allowed range",
        None,
        "WARN",
    ),
    ("system.api_token.revoke", "Revoke API token", Some("api.token.revoke"), "INFO"),
    ("system.log_stream.lifecycle.activate", "Activate log stream", None, "INFO"),
    ("system.log_stream.lifecycle.create", "Create log stream", None, "INFO"),
    ("system.log_stream.lifecycle.deactivate", "Deactivate log stream", None, "INFO"),
    ("system.log_stream.lifecycle.delete", "Delete log stream", None, "INFO"),
    ("system.log_stream.lifecycle.update", "Update log stream", None, "INFO"),
    ("system.operation.rate_limit.violation", "Operation rate limit violation", None, "WARN"),
    ("system.operation.rate_limit.warning", "Operation rate limit warning", None, "WARN"),
    ("system.org.rate_limit.burst", "Rate limit burst", None, "INFO"),
    ("system.org.rate_limit.violation", "Rate limit violation", None, "WARN"),
    ("system.org.rate_limit.warning", "Rate limit warning", None, "WARN"),
    ("user.account.expire_password", "Expire user's password", None, "INFO"),
    ("user.account.lock", "Max sign in attempts exceeded", Some("core.user_auth.account_locked"), "WARN"),
    ("user.account.reset_password", "User reset password for Okta", None, "INFO"),
    ("user.account.unlock_by_admin", "Unlock user account by admin", None, "INFO"),
    ("user.account.update_password", "User update password for Okta", None, "INFO"),
    ("user.account.update_primary_email", "User primary email updated", None, "INFO"),
    ("user.account.update_profile", "Update user profile for Okta", None, "INFO"),
    ("user.account.update_secondary_email", "User secondary email updated", None, "INFO"),
    (
        "user.authentication.auth_via_mfa",
        "Authentication of user via MFA",
        Some("core.user.factor.attempt_success"),
        "INFO",
    ),
    ("user.authentication.sso", "User single sign on to app", Some("app.auth.sso"), "INFO"),
    ("user.lifecycle.activate", "Activate Okta user", Some("core.user.config.user_activated"), "INFO"),
    ("user.lifecycle.create", "Create Okta user", Some("core.user.config.user_creation.success"), "INFO"),
    ("user.lifecycle.deactivate", "Deactivate Okta user", Some("core.user.config.user_deactivated"), "INFO"),
    ("user.lifecycle.delete.completed", "Delete Okta user completed", None, "INFO"),
    ("user.lifecycle.delete.initiated", "Delete Okta user initiated", None, "INFO"),
    ("user.lifecycle.reactivate", "Reactivate Okta user", None, "INFO"),
    ("user.lifecycle.suspend", "Suspend Okta user", Some("core.user.config.user_status.suspended"), "INFO"),
    ("user.lifecycle.unsuspend", "Unsuspend Okta user", None, "INFO"),
    ("user.mfa.factor.reset_all", "Reset all factors for user", None, "INFO"),
    ("user.session.clear", "Clear user session", None, "INFO"),
    ("user.session.end", "User logout from Okta", Some("core.user_auth.logout_success"), "INFO"),
    ("user.session.start", "User login to Okta", Some("core.user_auth.login_success"), "INFO"),
];

/// The row of `event_type`, where there is one.
pub(crate) fn of(event_type: &str) -> Option<EventKind> {
    let at = TABLE.binary_search_by(|row| row.0.cmp(event_type)).ok()?;
    let (_, message, legacy, severity) = TABLE[at];
    Some(EventKind { message, legacy, severity })
}

/// A message for a type that is not in the table: `zone.lifecycle.create` reads "zone lifecycle create".
pub(crate) fn plain_message(event_type: &str) -> String {
    event_type.replace(['.', '_'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_found_and_is_oktas() {
        for row in TABLE {
            assert!(of(row.0).is_some(), "{} is out of order", row.0);
            assert!(crate::catalogue::hook_eligible(row.0).is_some(), "Okta has no {}", row.0);
        }
    }
}
