//! Which of Okta's operations the mock answers, and the honest 501 for every other one.
//!
//! `tiers.txt` holds what is built. What Okta's document has beside that is tier 3, and so are whole areas that the
//! document's subset leaves out. Source: Okta's OpenAPI document, as `scopes.txt` lists its operations.

use serde_json::{Value, json};

use crate::credentials::scopes;
use crate::error::ApiError;

const TIERS: &str = include_str!("tiers.txt");

/// First segments behind `/api/v1/` of which `scopes.txt` holds no operation and Okta has some.
const AREAS: [&str; 31] = [
    "authn",
    "brands",
    "captchas",
    "certificateAuthorities",
    "device-assurances",
    "device-integrations",
    "device-posture-checks",
    "directories",
    "domains",
    "email-domains",
    "email-servers",
    "features",
    "first-party-app-settings",
    "hook-keys",
    "identity-sources",
    "inlineHooks",
    "internal",
    "log-settings",
    "orgs",
    "push-providers",
    "realm-assignments",
    "risk",
    "roles",
    "security-events-providers",
    "ssf",
    "telephony-providers",
    "templates",
    "threats",
    "trustedOrigins",
    "ui-schemas",
    "webhooks",
];

/// Parts of Okta's API that do not live under `/api/v1/`.
const BRANCHES: [&str; 10] = [
    "/attack-protection/api/",
    "/bot-protection/api/",
    "/device-access/api/",
    "/governance/api/",
    "/idp/myaccount/",
    "/integrations/api/",
    "/okta-personal-settings/api/",
    "/privileged-access/api/",
    "/security/api/",
    "/webauthn-registration/api/",
];

/// `(tier, method, path)` of what is built.
fn built() -> impl Iterator<Item = (u8, &'static str, &'static str)> {
    TIERS.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let (tier, operation) = line.split_once(' ')?;
        let (method, path) = operation.split_once(' ')?;
        Some((tier.parse().ok()?, method, path))
    })
}

/// The first segments behind `/api/v1/` that Okta has.
pub(crate) fn parts() -> impl Iterator<Item = &'static str> {
    let first = |path: &'static str| path.strip_prefix("/api/v1/")?.split('/').next();
    scopes::operations().filter_map(move |(_, path)| first(path)).chain(AREAS)
}

/// What is there of Okta's API, for `GET /_mock/coverage`: every operation with its tier, then areas.
pub(crate) fn shown() -> Value {
    let row = |tier: u8, method: &str, path: &str| json!({ "tier": tier, "method": method, "path": path });
    let mut operations: Vec<Value> = built().map(|(tier, method, path)| row(tier, method, path)).collect();
    let known = |method: &str, path: &str| built().any(|(_, m, p)| (m, p) == (method, path));
    operations.extend(
        scopes::operations()
            .filter(|(method, path)| !known(method, path))
            .map(|(method, path)| row(3, method, path)),
    );
    let areas = AREAS.map(|area| format!("/api/v1/{area}"));
    let areas = areas.iter().map(String::as_str).chain(BRANCHES);
    json!({
        "operations": operations,
        "areas": areas.map(|path| json!({ "tier": 3, "path": path })).collect::<Vec<_>>(),
        "tier_3_answers": "501 E0000060",
    })
}

/// The refusal of a request that no handler took: 501 where Okta has the operation, 405 where it has the path with
/// another method, 404 where it has nothing.
pub(crate) fn refusal(method: &str, path: &str) -> ApiError {
    let methods = || {
        let all = built().map(|(_, method, path)| (method, path)).chain(scopes::operations());
        all.filter(|(_, pattern)| scopes::fits(pattern, path)).map(|(method, _)| method)
    };
    let area = || {
        let first = path.strip_prefix("/api/v1/").and_then(|rest| rest.split('/').next());
        first.is_some_and(|first| AREAS.contains(&first) || scopes::area(first))
            || BRANCHES.iter().any(|branch| path.starts_with(branch))
            || path.starts_with("/oauth2/v1/")
    };
    if methods().any(|one| one == method) {
        ApiError::of("E0000060")
    } else if methods().next().is_some() {
        ApiError::of("E0000022")
    } else if area() {
        ApiError::of("E0000060")
    } else {
        ApiError::not_found(path, "Endpoint")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_took_is_told_apart() {
        for (method, path, code) in [
            ("POST", "/api/v1/policies", "E0000060"),
            ("PATCH", "/api/v1/users", "E0000022"),
            ("GET", "/api/v1/brands/1/templates/email", "E0000060"),
            ("GET", "/api/v1/users/1/unheard", "E0000060"),
            ("GET", "/governance/api/v1/campaigns", "E0000060"),
            ("GET", "/api/v1/nothing", "E0000007"),
            ("GET", "/", "E0000007"),
        ] {
            assert_eq!(refusal(method, path).code, code, "{method} {path}");
        }
    }

    #[test]
    fn every_operation_that_is_built_says_which_scope_it_needs() {
        for (_, method, path) in built().filter(|(.., path)| path.starts_with("/api/v1/")) {
            assert!(scopes::needed(method, path).is_some(), "{method} {path}");
        }
    }

    #[test]
    fn every_operation_of_the_document_has_a_tier() {
        let shown = shown();
        let operations = shown["operations"].as_array().expect("operations");
        for (method, path) in scopes::operations() {
            let rows = operations.iter().filter(|row| row["method"] == method && row["path"] == path);
            assert_eq!(rows.count(), 1, "{method} {path}");
        }
    }
}
