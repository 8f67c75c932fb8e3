//! Which scopes an endpoint needs. The list is `scopes.txt`, taken from Okta's OpenAPI document.

use std::sync::LazyLock;

const TEXT: &str = include_str!("scopes.txt");

/// The scopes of users' sign-in, which no admin grants.
pub(crate) const OPENID: [&str; 7] =
    ["openid", "profile", "email", "address", "phone", "groups", "offline_access"];

/// The scopes an endpoint needs, all of them, separated by spaces. `None` when Okta's document has no such endpoint.
pub(crate) fn needed(method: &str, path: &str) -> Option<&'static str> {
    rows().find(|(only, pattern, _)| *only == method && fits(pattern, path)).map(|(.., scopes)| scopes)
}

/// Whether Okta has this scope: it is one of sign-in, or some endpoint needs it or the other of its pair.
pub(crate) fn exists(scope: &str) -> bool {
    let of = |wanted: &str| {
        rows().flat_map(|(.., scopes)| scopes.split(' ')).any(|scope| !scope.is_empty() && scope == wanted)
    };
    OPENID.contains(&scope)
        || of(scope)
        || split(scope).is_some_and(|(resource, action)| {
            ["read", "manage"].contains(&action)
                && (of(&format!("okta.{resource}.read")) || of(&format!("okta.{resource}.manage")))
        })
}

/// `okta.users.read` as `users` and `read`.
pub(crate) fn split(scope: &str) -> Option<(&str, &str)> {
    scope.strip_prefix("okta.")?.split_once('.')
}

/// Whether `had` is or includes `needed`: `manage` includes `read`.
pub(crate) fn includes(had: &str, needed: &str) -> bool {
    had == needed
        || needed.strip_suffix(".read").is_some_and(|resource| had.strip_suffix(".manage") == Some(resource))
}

/// Method, path and scopes, read once: every request of a caller who is not a super admin looks here.
fn rows() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    static ROWS: LazyLock<Vec<(&str, &str, &str)>> = LazyLock::new(|| {
        let lines = TEXT.lines().filter(|line| !line.starts_with('#'));
        let row = |line: &'static str| {
            let (method, rest) = line.split_once(' ')?;
            let (path, scopes) = rest.split_once(' ').unwrap_or((rest, ""));
            Some((method, path, scopes))
        };
        lines.filter_map(row).collect()
    });
    ROWS.iter().copied()
}

/// Method and path of every operation of Okta's document.
pub(crate) fn operations() -> impl Iterator<Item = (&'static str, &'static str)> {
    rows().map(|(method, path, _)| (method, path))
}

/// Whether some operation lives under `/api/v1/{segment}`.
pub(crate) fn area(segment: &str) -> bool {
    operations().any(|(_, path)| path.split('/').nth(3) == Some(segment))
}

/// Whether a path has the form of a pattern, in which `{}` is one segment.
pub(crate) fn fits(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if wanted == given || (wanted == "{}" && !given.is_empty()) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_needs_what_oktas_document_says() {
        assert_eq!(rows().count(), 313 + 13, "of the document's subset, and behaviors, realms, agent pools");
        for (method, path, scopes) in [
            ("GET", "/api/v1/users", Some("okta.users.read")),
            ("GET", "/api/v1/users/00u1/factors", Some("okta.users.read")),
            ("PUT", "/api/v1/groups/00g1/users/00u1", Some("okta.groups.manage")),
            ("DELETE", "/api/v1/api-tokens/current", Some("")),
            ("DELETE", "/api/v1/api-tokens/00T1", Some("okta.apiTokens.manage")),
            ("GET", "/api/v1/logs", Some("okta.logs.read")),
            ("GET", "/api/v1/apps//users", None),
            ("GET", "/api/v1/nothing", None),
        ] {
            assert_eq!(needed(method, path), scopes, "{method} {path}");
        }
    }

    #[test]
    fn manage_includes_read_and_nothing_includes_manage() {
        assert!(includes("okta.users.manage", "okta.users.read"));
        assert!(!includes("okta.users.read", "okta.users.manage"));
        assert!(!includes("okta.groups.manage", "okta.users.read"));
    }

    #[test]
    fn a_scope_exists_when_okta_has_it() {
        for scope in ["openid", "okta.logs.read", "okta.eventHooks.manage", "okta.appGrants.read"] {
            assert!(exists(scope), "{scope}");
        }
        for scope in ["", "okta.users", "okta.users.write", "okta.nothing.read", "users.read"] {
            assert!(!exists(scope), "{scope}");
        }
    }
}
