//! Which rate-limit bucket a request falls in: a fixed table, the exact path first, then the longest prefix.
//!
//! Okta names no bucket in its answers; the table is the one it published. Where it is wrong the headers still rule: two
//! buckets taken for one are merely paced by whichever is tighter.
//!
//! **Source**: Okta, "Rate limits" (`rl-global-mgmt`).

use http::Method;

/// The bucket of a request.
pub(crate) fn bucket(method: &Method, path: &str) -> &'static str {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    let root = (segments.next(), segments.next());
    let family = segments.next();
    let depth = segments.take(2).count();
    match (root, family, depth) {
        ((Some("api"), Some("v1")), Some("apps"), 1) => "/api/v1/apps/{id}",
        ((Some("api"), Some("v1")), Some("apps"), _) => "/api/v1/apps",
        ((Some("api"), Some("v1")), Some("groups"), 1) if !path.ends_with("/rules") => "/api/v1/groups/{id}",
        ((Some("api"), Some("v1")), Some("groups"), _) => "/api/v1/groups",
        ((Some("api"), Some("v1")), Some("users"), 0) => "/api/v1/users",
        ((Some("api"), Some("v1")), Some("users"), 1) if *method == Method::GET => "GET /api/v1/users/{id}",
        ((Some("api"), Some("v1")), Some("users"), 1) => "POST|PUT|DELETE /api/v1/users/{id}",
        ((Some("api"), Some("v1")), Some("logs"), _) => "/api/v1/logs",
        ((Some("api"), Some("v1")), Some("devices"), _) => "/api/v1/devices",
        ((Some("api"), Some("v1")), Some("certificateAuthorities"), _) => "/api/v1/certificateAuthorities",
        ((Some("api"), Some("v1")), Some("authn"), _) => "/api/v1/authn",
        ((Some("api"), Some("v1")), Some("sessions"), _) => "/api/v1/sessions",
        ((Some("api"), Some("v1")), _, _) => "/api/v1/*",
        ((Some("oauth2"), Some("v1")), Some("clients"), _) => "/oauth2/v1/clients",
        ((Some("oauth2"), Some("v1")), Some("token"), _) => "/oauth2/v1/token",
        ((Some("oauth2"), Some("v1")), Some("authorize"), _) => "/oauth2/v1/authorize",
        _ => "*",
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
            (Method::GET, "/api/v1/users/00u1/factors", "/api/v1/*"),
            (Method::GET, "/api/v1/groups", "/api/v1/groups"),
            (Method::GET, "/api/v1/groups/00g1", "/api/v1/groups/{id}"),
            (Method::GET, "/api/v1/groups/00g1/users", "/api/v1/groups"),
            (Method::GET, "/api/v1/groups/rules", "/api/v1/groups"),
            (Method::GET, "/api/v1/apps", "/api/v1/apps"),
            (Method::GET, "/api/v1/apps/0oa1", "/api/v1/apps/{id}"),
            (Method::GET, "/api/v1/apps/0oa1/users/00u1", "/api/v1/apps"),
            (Method::GET, "/api/v1/logs", "/api/v1/logs"),
            (Method::GET, "/api/v1/eventHooks", "/api/v1/*"),
            (Method::POST, "/oauth2/v1/token", "/oauth2/v1/token"),
            (Method::GET, "/.well-known/okta-organization", "*"),
            (Method::GET, "/", "*"),
        ] {
            assert_eq!(bucket(&method, path), expected, "{method} {path}");
        }
    }
}
