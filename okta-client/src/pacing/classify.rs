//! Which rate-limit bucket a request falls in: a fixed table, the exact path first, then the longest prefix.
//!
//! Okta names no bucket in its answers. The table is the one it published, split further where recorded answers show
//! ceilings of their own. Where it is wrong the headers still rule. Too fine is better than too coarse: two of ours that
//! share a window each see what is left of it, while two windows taken for one hide each other.
//!
//! **Source**: Okta, "Rate limits" (`rl-global-mgmt`).

use http::Method;

/// The bucket of a request.
pub(crate) fn bucket(method: &Method, path: &str) -> &'static str {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).take(5).collect();
    match segments.as_slice() {
        ["api", "v1", rest @ ..] => management(method, rest),
        ["oauth2", "v1", "clients", ..] => "/oauth2/v1/clients",
        ["oauth2", "v1", "token", ..] => "/oauth2/v1/token",
        ["oauth2", "v1", "authorize", ..] => "/oauth2/v1/authorize",
        _ => "*",
    }
}

fn management(method: &Method, path: &[&str]) -> &'static str {
    match path {
        ["users"] => "/api/v1/users",
        ["users", _] if *method == Method::GET => "GET /api/v1/users/{id}",
        ["users", _] => "POST|PUT|DELETE /api/v1/users/{id}",
        ["users", ..] => "/api/v1/users/{id}/*",
        ["groups", _] if path[1] != "rules" => "/api/v1/groups/{id}",
        ["groups", ..] => "/api/v1/groups",
        ["apps", _] => "/api/v1/apps/{id}",
        ["apps", ..] => "/api/v1/apps",
        ["logs", ..] => "/api/v1/logs",
        ["devices", ..] => "/api/v1/devices",
        ["certificateAuthorities", ..] => "/api/v1/certificateAuthorities",
        ["authn", ..] => "/api/v1/authn",
        ["sessions", ..] => "/api/v1/sessions",
        ["eventHooks", ..] => "/api/v1/eventHooks",
        ["policies", ..] => "/api/v1/policies",
        ["meta", ..] => "/api/v1/meta",
        ["logStreams", ..] => "/api/v1/logStreams",
        ["api-tokens", ..] => "/api/v1/api-tokens",
        ["iam", ..] => "/api/v1/iam",
        ["org", ..] => "/api/v1/org",
        ["principal-rate-limits", ..] => "/api/v1/principal-rate-limits",
        ["rate-limit-settings", ..] => "/api/v1/rate-limit-settings",
        _ => "/api/v1/*",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r06_requests_fall_in_the_published_buckets() {
        for (method, path, expected) in [
            (Method::GET, "/api/v1/users", "/api/v1/users"),
            (Method::POST, "/api/v1/users", "/api/v1/users"),
            (Method::GET, "/api/v1/users/00u1", "GET /api/v1/users/{id}"),
            (Method::POST, "/api/v1/users/00u1", "POST|PUT|DELETE /api/v1/users/{id}"),
            (Method::GET, "/api/v1/users/00u1/factors", "/api/v1/users/{id}/*"),
            (Method::GET, "/api/v1/groups", "/api/v1/groups"),
            (Method::GET, "/api/v1/groups/00g1", "/api/v1/groups/{id}"),
            (Method::GET, "/api/v1/groups/00g1/users", "/api/v1/groups"),
            (Method::GET, "/api/v1/groups/rules", "/api/v1/groups"),
            (Method::GET, "/api/v1/apps", "/api/v1/apps"),
            (Method::GET, "/api/v1/apps/0oa1", "/api/v1/apps/{id}"),
            (Method::GET, "/api/v1/apps/0oa1/users/00u1", "/api/v1/apps"),
            (Method::GET, "/api/v1/logs", "/api/v1/logs"),
            (Method::GET, "/api/v1/eventHooks", "/api/v1/eventHooks"),
            (Method::GET, "/api/v1/zones", "/api/v1/*"),
            (Method::POST, "/oauth2/v1/token", "/oauth2/v1/token"),
            (Method::GET, "/.well-known/okta-organization", "*"),
            (Method::GET, "/", "*"),
        ] {
            assert_eq!(bucket(&method, path), expected, "{method} {path}");
        }
    }
}
