//! What a failed call says, by each kind of answer: told apart by variant, code and question, as a caller would.

use http::Method;
use okta_client::groups::NewGroup;
use okta_client::{ApiError, Category, Error, Retry};
use serde_json::Value;

use crate::script::{answer, page, script, text};

/// The error of one call that is answered so and not repeated.
async fn refused(status: u16, headers: &[(&str, &str)], body: &str) -> Error {
    let script = script([answer(status, headers, text(body))]);
    let client = script.builder().max_attempts(1).build().expect("valid");
    client.users().get("00u1").await.expect_err("refused")
}

fn body(error: &Error) -> &ApiError {
    match error {
        Error::Api { body, .. } => body,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_401_is_about_the_token_only_if_its_code_says_so() {
    let challenge = [("www-authenticate", "Bearer realm=\"http://x\", error=\"invalid_token\"")];
    for (headers, body, code, dead) in [
        (&[][..], r#"{"errorCode":"E0000011"}"#, Some("E0000011"), true),
        (&[][..], r#"{"errorCode":"E0000015"}"#, Some("E0000015"), false),
        (&challenge[..], "", Some("invalid_token"), true),
        (&[][..], "", None, false),
        (&[][..], "<html>Unauthorized</html>", None, false),
    ] {
        let error = refused(401, headers, body).await;
        assert_eq!((error.okta_code(), error.is_unauthorized()), (code, dead), "{body}");
        assert_eq!((error.status().map(|status| status.as_u16()), error.retry()), (Some(401), Retry::Never));
    }
}

#[tokio::test(start_paused = true)]
async fn an_oauth_refusal_with_an_empty_body_says_what_its_challenge_says() {
    let challenge = "Bearer authorization_uri=\"http://acme.okta.com/oauth2/v1/authorize\", \
        realm=\"http://acme.okta.com\", scope=\"okta.users.read okta.groups.read\", error=\"insufficient_scope\", \
        error_description=\"The access token provided does not contain the required scopes.\", resource=\"/api/v1/users\"";
    let error = refused(403, &[("www-authenticate", challenge)], "").await;
    assert_eq!((error.okta_code(), error.is_unauthorized()), (Some("insufficient_scope"), false));
    let said = "The access token provided does not contain the required scopes.";
    assert_eq!(body(&error).summary.as_deref(), Some(said));
    assert_eq!(body(&error).scopes, ["okta.users.read", "okta.groups.read"]);
    let proof = "DPoP error=\"invalid_dpop_proof\", error_description=\"x\"";
    let error = refused(400, &[("www-authenticate", proof)], "").await;
    assert_eq!((error.okta_code(), body(&error).scopes.len()), (Some("invalid_dpop_proof"), 0));
}

#[tokio::test(start_paused = true)]
async fn a_web_page_is_told_from_an_answer_of_oktas_whatever_its_status() {
    for (status, text, page) in [
        (200, "<!DOCTYPE html><html>Sign in</html>", true),
        (200, "\u{feff}\n <html/>", true),
        (502, "<html>Bad gateway</html>", true),
        (403, "\r\n<html>Blocked</html>", true),
        (200, "{\"id\":7}", false),
        (200, "", false),
        (200, "sorry", false),
        (502, "", false),
        (403, "{\"errorCode\":\"E0000006\",\"errorSummary\":\"<html>\"}", false),
    ] {
        let error = refused(status, &[], text).await;
        assert_eq!(error.is_web_page(), page, "{status} {text} {error:?}");
        if page && status == 200 {
            assert!(matches!(&error, Error::Decode { problem, .. } if problem.category == Category::WebPage));
        } else if page {
            assert_eq!((error.status().map(|code| code.as_u16()), error.okta_code()), (Some(status), None));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_another_shape_names_the_place_in_its_json() {
    for (text, category, path) in [
        (r#"{"id":"00u1","profile":{"login":["x"]}}"#, Category::Shape, Some("/profile/login")),
        (r#"{"profile":{}}"#, Category::Shape, Some("")),
        (r#"{"id":"00u1""#, Category::Truncated, None),
        (r#"{"id":00u1}"#, Category::Syntax, None),
    ] {
        let error = refused(200, &[("x-okta-request-id", "req1")], text).await;
        let Error::Decode { problem, item: None, .. } = &error else { panic!("{error:?}") };
        assert_eq!((problem.category, problem.path()), (category, path), "{text}");
        assert_eq!(error.request_id(), Some("req1"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_answer_is_cut_off_is_not_sent_again_and_nobody_is_told_to() {
    for (method, retry) in [(Method::POST, Retry::Never), (Method::PUT, Retry::Backoff)] {
        let cut = || answer(200, &[], text(r#"{"id":"00g1""#));
        let script = script([cut(), cut(), cut()]);
        let response = script.client().request(method, "/api/v1/groups/00g1").json(&()).send().await;
        let error = response.expect("a good status").json::<Value>().expect_err("half a group");
        assert_eq!((error.retry(), script.sent()), (retry, 1));
    }
    let script = script([answer(200, &[], text(r#"{"id":"00g1""#))]);
    let error = script.client().groups().create(&NewGroup::new("Engines")).await.expect_err("half a group");
    assert_eq!((error.retry(), script.sent()), (Retry::Never, 1));
}

#[tokio::test(start_paused = true)]
async fn p10_a_refused_position_is_another_kind_of_error_than_a_refused_question() {
    let refusal = || {
        let headers = [("x-okta-request-id", "req2")];
        answer(400, &headers, text(r#"{"errorCode":"E0000031","errorSummary":"Invalid search criteria."}"#))
    };
    let script = script([page([1], Some("/api/v1/users?after=1")), refusal(), refusal()]);
    let position =
        script.client().users().list().paginate().collect_all().await.expect_err("the second page");
    let Error::Cursor { operation, source: Some(source) } = &position else { panic!("{position:?}") };
    assert_eq!((operation.as_str(), position.request_id()), ("GET /api/v1/users", Some("req2")));
    assert!(matches!(**source, Error::Api { attempts: 1, .. }) && position.date().is_some());
    let question = script.client().users().list().search("nonsense").paginate().collect_all().await;
    let question = question.expect_err("refused");
    assert!(matches!(question, Error::Api { .. }) && !question.is_invalid_cursor());
    assert_eq!(position.okta_code(), question.okta_code(), "by its code alone nobody could tell");
}

#[tokio::test(start_paused = true)]
async fn a_position_of_another_listing_is_refused_before_anything_is_sent() {
    let script = script([]);
    let token = "/api/v1/groups?after=1".parse().expect("a token");
    let error =
        script.client().users().list().resume(token).collect_all().await.expect_err("another listing");
    assert!(matches!(error, Error::Cursor { source: None, .. }) && error.is_invalid_cursor());
    assert_eq!((error.status(), script.sent()), (None, 0));
}
