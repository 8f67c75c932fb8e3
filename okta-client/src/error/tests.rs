//! Tables of what each error says about itself.

use super::*;

fn api(status: u16, code: &str, repeatable: bool) -> Error {
    let body = ApiError::from_answer(&http::HeaderMap::new(), format!("{{\"errorCode\":\"{code}\"}}").into());
    let status = StatusCode::from_u16(status).expect("a status");
    Error::Api {
        operation: "GET /api/v1/users".to_owned(),
        status,
        body: Box::new(body),
        date: None,
        request_id: None,
        attempts: 1,
        repeatable,
    }
}

#[test]
fn retry_has_one_row_per_kind_of_error() {
    let second = Duration::from_secs(1);
    let limited = |retry_in| Error::RateLimited {
        operation: "x".into(),
        waited: second,
        attempts: 3,
        retry_in,
        concurrency: false,
        request_id: None,
    };
    let lost = |sent, repeatable| Error::Transport {
        operation: "x".into(),
        sent,
        attempts: 1,
        repeatable,
        source: "x".into(),
    };
    let garbled = |repeatable| {
        let problem = serde_json::from_str::<serde_json::Value>("[").expect_err("cut off").into();
        Error::Decode { operation: "x".into(), problem, item: None, repeatable, request_id: None }
    };
    for (error, retry) in [
        (garbled(true), Retry::Backoff),
        (garbled(false), Retry::Never),
        (limited(Some(second)), Retry::After(second)),
        (limited(None), Retry::Backoff),
        (
            Error::WouldWait { operation: "x".into(), wait: second, allowed: Duration::ZERO },
            Retry::After(second),
        ),
        (lost(false, false), Retry::Backoff),
        (lost(true, true), Retry::Backoff),
        (lost(true, false), Retry::Never),
        (api(503, "E0000010", true), Retry::Backoff),
        (api(503, "E0000010", false), Retry::Never),
        (api(403, "E0000006", true), Retry::Never),
        (Error::config("x", "y"), Retry::Never),
    ] {
        assert_eq!(error.retry(), retry, "{error:?}");
    }
}

#[test]
fn p10_a_refused_position_is_a_kind_of_its_own_that_tells_what_its_refusal_tells() {
    let refused = Error::Cursor { operation: "x".into(), source: Some(Box::new(api(404, "E0000007", true))) };
    assert!(refused.is_invalid_cursor() && !refused.is_not_found());
    assert_eq!(
        (refused.status().map(|status| status.as_u16()), refused.okta_code()),
        (Some(404), Some("E0000007"))
    );
    assert_eq!(refused.retry(), Retry::Never);
    assert_eq!(refused.to_string(), "the position in x is not accepted");
    let source = std::error::Error::source(&refused).expect("the refusal");
    assert_eq!(source.to_string(), "Okta answered 404 Not Found (E0000007) to GET /api/v1/users");
    let foreign = Error::Cursor { operation: "x".into(), source: None };
    assert!(foreign.is_invalid_cursor() && std::error::Error::source(&foreign).is_none());
    assert_eq!(
        (foreign.status(), foreign.okta_code(), foreign.request_id(), foreign.date()),
        (None, None, None, None)
    );
}

#[test]
fn a_401_is_a_dead_credential_only_if_it_says_so() {
    assert!(api(401, "E0000011", true).is_unauthorized());
    assert!(!api(401, "E0000015", true).is_unauthorized());
    assert!(!api(403, "E0000005", true).is_unauthorized());
}
