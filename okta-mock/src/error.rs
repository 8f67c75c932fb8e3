//! Okta's error answer: a status, a code, a summary, causes.
//!
//! The texts are Okta's own; clients branch on `errorCode`, people read the rest. Source: API reference, "Errors".

use crate::json;

/// One refusal, before it gets its `errorId`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) summary: String,
    pub(crate) causes: Vec<String>,
}

/// What the mock knows about a code: its status and its summary, up to what varies.
const CODES: [(&str, u16, &str); 44] = [
    ("E0000001", 400, "Api validation failed"),
    ("E0000003", 400, "The request body was not well-formed."),
    ("E0000004", 401, "Authentication failed"),
    ("E0000005", 403, "Invalid session"),
    ("E0000006", 403, "You do not have permission to perform the requested action"),
    ("E0000007", 404, "Not found: Resource not found"),
    ("E0000009", 500, "Internal Server Error"),
    ("E0000010", 503, "Service is in read only mode"),
    ("E0000011", 401, "Invalid token provided"),
    ("E0000014", 403, "Update of credentials failed"),
    ("E0000015", 401, "You do not have permission to access the feature you are requesting"),
    ("E0000016", 403, "Activation failed because the user is already active"),
    (
        "E0000019",
        400,
        "Bad request.  Accept and/or Content-Type headers likely do not match supported values.",
    ),
    ("E0000022", 405, "The endpoint does not support the provided HTTP method"),
    ("E0000023", 403, "Operation failed because user profile is mastered under another system"),
    ("E0000028", 400, "The request is missing a required parameter."),
    ("E0000029", 400, "Invalid paging request."),
    ("E0000031", 400, "Invalid search criteria."),
    ("E0000032", 403, "Unlock is not allowed for this user."),
    ("E0000033", 400, "Bad request. Can't specify a search query and filter in the same request."),
    ("E0000037", 400, "Type mismatch exception."),
    ("E0000038", 403, "This operation is not allowed in the user's current status."),
    ("E0000041", 400, "Credentials should not be set on this resource based on the scheme."),
    ("E0000047", 429, "API call exceeded rate limit due to too many requests."),
    ("E0000053", 400, "Invalid SCIM filter."),
    ("E0000054", 400, "Invalid pagination properties."),
    ("E0000055", 409, "Duplicate group."),
    ("E0000056", 403, "Delete application forbidden."),
    ("E0000060", 501, "Unsupported operation."),
    ("E0000068", 403, "Invalid Passcode/Answer"),
    (
        "E0000075",
        403,
        "Cannot modify the attribute because it has a field mapping and profile push is enabled.",
    ),
    ("E0000090", 409, "The role specified is already assigned to the user."),
    ("E0000093", 400, "Target count limit exceeded"),
    (
        "E0000112",
        409,
        "Cannot update this user because they are still being activated. Please try again in a few minutes.",
    ),
    ("E0000181", 503, "Service temporarily unavailable."),
    ("E0000192", 400, "Roles cannot be granted to groups with group membership rules."),
    ("E0000193", 400, "Roles can only be granted to groups with 5000 or less users."),
    ("E0000194", 400, "Roles can only be granted to Okta groups, AD groups and LDAP groups."),
    ("E0000211", 400, "Roles cannot be granted to built-in groups"),
    ("E0000231", 412, "ETag value doesn't match."),
    ("E0000239", 423, "Policy priorities are being reconciled. Please try again later."),
    ("E0000249", 409, "Group rules are still being set up.  Please try again later."),
    ("E0000253", 409, "The User type is still being initialized. Please try again later."),
    ("E0000268", 409, "Another request is making changes to the role assignments. Please try again."),
];

impl ApiError {
    /// The error Okta has under `code`; a code the mock does not know becomes a 400 without a text of its own.
    pub(crate) fn of(code: &str) -> Self {
        let (status, summary) = CODES
            .iter()
            .find(|(known, ..)| *known == code)
            .map_or((400, ""), |(_, status, text)| (*status, *text));
        Self { status, code: code.to_owned(), summary: summary.to_owned(), causes: Vec::new() }
    }

    /// A code whose summary depends on the request.
    pub(crate) fn saying(code: &str, summary: impl Into<String>) -> Self {
        Self { summary: summary.into(), ..Self::of(code) }
    }

    /// `E0000001`: what was wrong, and why.
    pub(crate) fn validation(what: &str, cause: impl Into<String>) -> Self {
        Self::saying("E0000001", format!("Api validation failed: {what}")).because(cause)
    }

    /// `E0000007`, as `Not found: Resource not found: 00u… (User)`.
    pub(crate) fn not_found(id: &str, kind: &str) -> Self {
        Self::saying("E0000007", format!("Not found: Resource not found: {id} ({kind})"))
    }

    /// A cursor that is not one of ours, in the words of the endpoint asked.
    pub(crate) fn bad_cursor(code: &str) -> Self {
        Self::of(code).because("Invalid cursor.")
    }

    /// Adds a cause.
    pub(crate) fn because(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// The JSON body.
    pub(crate) fn body(&self, error_id: &str) -> String {
        let mut out = String::with_capacity(192);
        json::open(&mut out, "errorCode", &self.code);
        json::text(&mut out, "errorSummary", &self.summary);
        json::text(&mut out, "errorLink", &self.code);
        json::text(&mut out, "errorId", error_id);
        json::raw(&mut out, "errorCauses", "[");
        for (n, cause) in self.causes.iter().enumerate() {
            out.push_str(if n == 0 { "" } else { "," });
            json::open(&mut out, "errorSummary", cause);
            out.push('}');
        }
        out.push_str("]}");
        out
    }
}
