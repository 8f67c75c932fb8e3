//! Which requests a rule means: a method and a path, with stars.

/// A method and a path: `GET /api/v1/users`, `* /api/v1/groups/*/users`, `GET /api/v1/*`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Pattern {
    pub(super) text: String,
    method: String,
    path: String,
}

impl Pattern {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong =
            |what: &str| Err(format!("on: {what} in {text:?}; expected for example \"GET /api/v1/users\""));
        let Some((method, path)) = text.split_once(' ') else { return wrong("no method and path") };
        if method != "*" && !["GET", "POST", "PUT", "DELETE", "PATCH"].contains(&method) {
            return wrong("an unknown method");
        }
        if !path.starts_with('/') || path.contains([' ', '?']) {
            return wrong("not a path");
        }
        Ok(Self { text: text.to_owned(), method: method.to_owned(), path: path.to_owned() })
    }

    /// A pattern that needs no reading.
    pub(crate) fn any(method: &str, path: &str) -> Self {
        Self { text: format!("{method} {path}"), method: method.to_owned(), path: path.to_owned() }
    }

    pub(crate) fn matches(&self, method: &str, path: &str) -> bool {
        if self.method != "*" && self.method != method {
            return false;
        }
        let mut wanted = self.path.split('/').peekable();
        let mut found = path.split('/');
        while let Some(want) = wanted.next() {
            // A star at the end takes any rest, in the middle it takes one segment.
            if let Some(prefix) = want.strip_suffix('*').filter(|_| wanted.peek().is_none()) {
                return found.next().is_some_and(|have| have.starts_with(prefix));
            }
            if !found.next().is_some_and(|have| want == "*" || want == have) {
                return false;
            }
        }
        found.next().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_its_path_and_nothing_beside_it() {
        for (pattern, request, matches) in [
            ("GET /api/v1/users", "GET /api/v1/users", true),
            ("GET /api/v1/users", "POST /api/v1/users", false),
            ("GET /api/v1/users", "GET /api/v1/users/00u1", false),
            ("* /api/v1/users", "POST /api/v1/users", true),
            ("GET /api/v1/*", "GET /api/v1/users/00u1", true),
            ("GET /api/v1/users*", "GET /api/v1/users", true),
            ("GET /api/v1/groups/*/users", "GET /api/v1/groups/00g1/users", true),
            ("GET /api/v1/groups/*/users", "GET /api/v1/groups/00g1", false),
        ] {
            let (method, path) = request.split_once(' ').expect("a request");
            let parsed = Pattern::parse(pattern).expect("a pattern");
            assert_eq!(parsed.matches(method, path), matches, "{pattern} on {request}");
        }
    }

    #[test]
    fn a_wrong_pattern_says_what_and_where() {
        for wrong in ["", "GET", "/api/v1/users", "get /api/v1/users", "GET api", "GET /a?b=c"] {
            let error = Pattern::parse(wrong).expect_err("not a pattern");
            assert!(error.starts_with("on: ") && !error.contains('\n'), "{error}");
        }
    }
}
