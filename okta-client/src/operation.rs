//! What a request is called in messages and spans: its method and the template of its path, `GET /api/v1/users/{id}`. Pure.
//!
//! A path holds ids and logins, and a link that Okta sent may hold anything. So a segment is shown only if it is a word of
//! Okta's own API; whatever else stands there is `{id}`.

use http::Method;

/// Method and path template.
pub(crate) fn of(method: &Method, path: &str) -> String {
    format!("{method} {}", template(path))
}

/// A path without its ids.
pub(crate) fn template(path: &str) -> String {
    let mut template = String::new();
    for (index, segment) in path.split('/').filter(|segment| !segment.is_empty()).enumerate() {
        template.push('/');
        if index == MOST_SEGMENTS {
            template.push('…');
            break;
        }
        template.push_str(if WORDS.binary_search(&segment).is_ok() { segment } else { "{id}" });
    }
    if template.is_empty() { "/".to_owned() } else { template }
}

/// Okta's longest paths have ten.
const MOST_SEGMENTS: usize = 12;

/// The words that paths of Okta's API are made of, sorted.
///
/// **Source**: Okta, the OpenAPI description of its management API.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    ".well-known", "_mock", "aaguids", "activate", "admin-notifications", "agentPools", "api", "api-tokens", "apiServices",
    "app", "appLinks", "apple-app-site-association", "apps", "assetlinks.json", "assignees", "assignments",
    "associatedServers", "attack-protection", "authenticator-enrollments", "authenticators", "authn", "authorizationServers",
    "authorize", "background-image", "bc", "behaviors", "bindings", "blocks", "bot-protection", "brands", "bulk-delete",
    "bulk-upsert", "campaigns", "cancel", "captchas", "cases", "catalog", "certificate", "certificateAuthorities",
    "change_password", "change_recovery_question", "claims", "classification", "clients", "clone", "collections",
    "configuration", "connections", "contacts", "content", "credentialRotate", "credentials", "csrs", "current", "custom",
    "customizations", "customized", "cwo", "deactivate", "default", "delete", "dependencies", "dependents", "device",
    "device-access", "device-assurances", "device-integrations", "device-posture-checks", "devices", "domains", "email",
    "email-domains", "email-servers", "enrollments", "entitlement-bundles", "entitlements", "error", "eventHooks", "events",
    "execute", "expire_password", "expire_password_with_temp_password", "extend", "factors", "faults", "favicon", "features",
    "first-party-app-settings", "forgot_password", "forgot_password_recovery_question", "generate", "global-session-policies",
    "governance", "grant", "grants", "group", "group-push", "groups", "hideFooter", "hook-keys", "iam", "identity-sources",
    "idp", "idps", "inlineHooks", "integrations", "interclient-allowed-apps", "interclient-target-apps", "introspect", "jwks",
    "keys", "layouts", "lifecycle", "linkedObjects", "log", "logStream", "logStreams", "logo", "logout", "logs", "mappings",
    "members", "meta", "metadata", "methods", "oauth", "oauth-authorization-server", "oauth2", "okta-organization",
    "oktaCommunication", "oktaSupport", "openid-configuration", "operations", "optIn", "optOut", "org", "owners", "pages",
    "par", "pause", "per-client", "permissions", "phone", "policies", "preferences", "preview", "primary", "principal-access",
    "principal-rate-limits", "privacy", "privileged-access", "provisioning", "public", "publish", "push", "push-providers",
    "questions", "rate-limit-settings", "reactivate", "realm-assignments", "realms", "refresh", "register", "requests",
    "resend", "reset_factors", "reset_password", "resource-selectors", "resource-sets", "resources", "resume", "retry",
    "reviews", "revoke", "risk", "roles", "rotate", "rules", "saml", "schemas", "scopes", "secrets", "security",
    "security-events-providers", "sessions", "settings", "showEndUserFooter", "sign-in", "sign-out", "simulate", "sms", "ssf",
    "sso", "start-import", "stop", "stream", "subscriptions", "suspend", "tac", "targets", "templates", "test", "themes",
    "threats", "token", "tokens", "transactions", "trustedOrigins", "types", "uischemas", "unlock", "unsuspend", "updates",
    "upload", "user", "userinfo", "users", "v1", "v2", "verify", "warning-threshold", "webauthn", "webauthn-registration",
    "well-known-uris", "workflows", "zones",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_holds_words_of_the_api_and_nothing_else() {
        assert!(WORDS.is_sorted());
        for (path, expected) in [
            ("/api/v1/users", "/api/v1/users"),
            ("/api/v1/users/00u1", "/api/v1/users/{id}"),
            ("/api/v1/users/ada@example.com/groups", "/api/v1/users/{id}/groups"),
            ("/api/v1/users/me/lifecycle/suspend", "/api/v1/users/{id}/lifecycle/suspend"),
            ("/api/v1/groups/rules/0pr1", "/api/v1/groups/rules/{id}"),
            ("/api/v1/meta/schemas/user/default", "/api/v1/meta/schemas/user/default"),
            ("/oauth2/aus1/v1/token", "/oauth2/{id}/v1/token"),
            ("/.well-known/okta-organization", "/.well-known/okta-organization"),
            ("/00Ttoken/x%2Fy", "/{id}/{id}"),
            ("//api///v1/", "/api/v1"),
            ("", "/"),
        ] {
            assert_eq!(template(path), expected, "{path}");
        }
        assert_eq!(of(&Method::DELETE, "/api/v1/users/00u1"), "DELETE /api/v1/users/{id}");
        assert!(template(&"/a".repeat(1000)).len() < 100);
    }

    #[test]
    fn every_fixed_segment_of_the_operations_that_the_client_knows_is_a_word() {
        let operations = include_str!("../tests/fixtures/endpoints.txt").lines();
        let paths =
            operations.filter(|line| !line.starts_with('#')).filter_map(|line| line.split(' ').nth(2));
        let mut segments =
            paths.flat_map(|path| path.split('/')).filter(|segment| !segment.is_empty()).peekable();
        assert!(segments.peek().is_some());
        for segment in segments.filter(|segment| !segment.starts_with('{')) {
            assert!(WORDS.binary_search(&segment).is_ok(), "{segment}");
        }
    }
}
