//! Which refusals are about the position that a request carried, and not about anything else in it. Pure.

use http::StatusCode;

/// Whether Okta refuses a request's position. `operation` and `code` are those of an error answer to a request with an `after`.
///
/// Okta has no code of its own for it: each API says it with the code that fits its parser. A listing whose object is gone
/// (404, 410) has to be started over as well.
///
/// **Source**: Okta, "Error codes": `E0000029` and `E0000031` (invalid paging, invalid search criteria), `E0000054`.
pub(crate) fn is_about_the_position(operation: &str, status: StatusCode, code: Option<&str>) -> bool {
    match status.as_u16() {
        // The log's `next` links hold nothing that the caller wrote but a filter that was good before.
        400 if code == Some("E0000001") => operation == "GET /api/v1/logs",
        400 => matches!(code, Some("E0000029" | "E0000031" | "E0000054")),
        404 | 410 => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p10_a_refusal_of_the_position_is_told_from_others_by_status_and_code() {
        let users = "GET /api/v1/users";
        for (operation, status, code, about) in [
            (users, 400, "E0000029", true),
            (users, 400, "E0000031", true),
            (users, 400, "E0000054", true),
            (users, 400, "E0000001", false),
            ("GET /api/v1/logs", 400, "E0000001", true),
            (users, 401, "E0000011", false),
            (users, 403, "E0000006", false),
            (users, 404, "E0000007", true),
            (users, 410, "", true),
            (users, 500, "E0000009", false),
        ] {
            let status = StatusCode::from_u16(status).expect("a status");
            assert_eq!(
                is_about_the_position(operation, status, Some(code)),
                about,
                "{operation} {status} {code}"
            );
        }
    }
}
