//! Okta's error answers: their form, and which code and status belongs to what.

use serde_json::{Value, json};

use super::checks::Checks;
use super::made;
use super::wire::{Answer, ask, encoded, get, org, post, send, started, text};

/// How many checks there are at least.
pub(crate) const CHECKS: usize = 91;

/// `API.md §4`, the table of codes; the texts as in Okta's list of error codes, up to their first variable part.
const CODES: [(&str, u16, &str); 42] = [
    ("E0000001", 400, "Api validation failed"),
    ("E0000003", 400, "The request body was not well-formed."),
    ("E0000004", 401, "Authentication failed"),
    ("E0000005", 403, "Invalid session"),
    ("E0000006", 403, "You do not have permission to perform the requested action"),
    ("E0000007", 404, "Not found"),
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
    ("E0000068", 403, "Invalid Passcode/Answer"),
    ("E0000075", 403, "Cannot modify the "),
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

/// `(method, path, the type that E0000007 names)`.
const MISSING: [(&str, &str, &str, &str); 8] = [
    ("GET", "/api/v1/users/00unobody", "00unobody", "User"),
    ("POST", "/api/v1/users/00unobody/lifecycle/suspend", "00unobody", "User"),
    ("GET", "/api/v1/groups/00gnobody", "00gnobody", "UserGroup"),
    ("GET", "/api/v1/groups/00gnobody/users", "00gnobody", "UserGroup"),
    ("GET", "/api/v1/apps/0oanobody", "0oanobody", "AppInstance"),
    ("GET", "/api/v1/apps/0oanobody/users", "0oanobody", "AppInstance"),
    ("GET", "/api/v1/logStreams/0oanobody", "0oanobody", "AppInstance"),
    ("GET", "/api/v1/eventHooks/whonobody", "whonobody", "Webhook"),
];

#[tokio::test]
async fn errors() {
    let okta = started(org().users(5)).await;
    let mut checks = Checks::of("errors");

    for (code, status, summary) in CODES {
        okta.faults().on("GET /api/v1/users").times(1).respond_error(code);
        let answer = get(&okta, "/api/v1/users").await;
        let fact = format!("API.md §4 {code}, {status}");
        let right = answer.refusal() == (status, code.to_owned()) && answer.summary().starts_with(summary);
        checks.holds(fact, &format!("{status}, {summary:?}"), (answer.status, answer.json()), right);
    }

    for (method, path, id, kind) in MISSING {
        let answer = ask(&okta, method, path, Value::Null).await;
        let summary = format!("Not found: Resource not found: {id} ({kind})");
        let came = (answer.refusal(), answer.summary());
        checks.is(
            format!("API.md §4 {{Type}} in E0000007: {method} {path}"),
            came,
            ((404, "E0000007".into()), summary),
        );
    }

    form(&mut checks, &get(&okta, "/api/v1/users/00unobody").await);
    let twice = json!({ "profile": made::profile("one@example.com") });
    post(&okta, "/api/v1/users", twice.clone()).await;
    let twice = post(&okta, "/api/v1/users", twice).await;
    form(&mut checks, &twice);
    checks.is("API.md §4 summary of a duplicate login", twice.summary(), "Api validation failed: login");

    for path in ["/api/v1/users", "/api/v1/groups", "/api/v1/eventHooks", "/api/v1/logStreams"] {
        let token = format!("SSWS {}", okta.api_token());
        let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
        let broken = send(&okta, "POST", path, &headers, "{\"profile\":").await;
        checks.is(format!("API.md §4 E0000003: POST {path}"), broken.refusal(), (400, "E0000003".into()));
    }
    for (method, path) in [
        ("DELETE", "/api/v1/users"),
        ("DELETE", "/api/v1/groups"),
        ("POST", "/api/v1/logs"),
        ("DELETE", "/api/v1/eventHooks"),
        ("DELETE", "/api/v1/logStreams"),
    ] {
        let answer = ask(&okta, method, path, Value::Null).await;
        checks.is(format!("API.md §4 E0000022: {method} {path}"), answer.refusal(), (405, "E0000022".into()));
    }
    for (path, query) in [("users", "profile.login eq \"a\""), ("groups", "type eq \"OKTA_GROUP\"")] {
        let both = format!("/api/v1/{path}?filter={0}&search={0}", encoded(query));
        let answer = get(&okta, &both).await;
        checks.is(
            format!("API.md §2.3 search and filter together: {path}"),
            answer.refusal(),
            (400, "E0000033".into()),
        );
    }
    for (path, parameter, code) in [
        ("users", "filter", "E0000053"),
        ("users", "search", "E0000031"),
        ("groups", "filter", "E0000053"),
        ("groups", "search", "E0000031"),
        ("apps", "filter", "E0000053"),
        ("logs", "filter", "E0000053"),
    ] {
        for expression in ["status eqq \"ACTIVE\"", "(id eq \"a\"", "id eq"] {
            let answer = get(&okta, &format!("/api/v1/{path}?{parameter}={}", encoded(expression))).await;
            let fact = format!("API.md §2.3 bad expression: {path}?{parameter}={expression}");
            checks.is(fact, answer.refusal(), (400, code.into()));
        }
    }
    for path in ["/api/v1/brands", "/api/v1/inlineHooks", "/api/v1/domains", "/governance/api/v1/campaigns"] {
        let answer = get(&okta, path).await;
        checks.is(format!("MOCK.md §5.3 Tier 3: {path}"), answer.refusal(), (501, "E0000060".into()));
    }
    checks.finish(CHECKS);
}

/// `API.md §4`, the body.
fn form(checks: &mut Checks, answer: &Answer) {
    let body = answer.json();
    let members: Vec<&String> = body.as_object().map(|body| body.keys().collect()).unwrap_or_default();
    let wanted = ["errorCode", "errorSummary", "errorLink", "errorId", "errorCauses"];
    let right = wanted.iter().all(|name| members.iter().any(|member| member == name));
    checks.holds(
        "API.md §4 members of an error",
        "errorCode, errorSummary, errorLink, errorId, errorCauses",
        members,
        right,
    );
    checks.is("API.md §4 errorLink repeats the code", text(&body["errorLink"]), text(&body["errorCode"]));
    let id = text(&body["errorId"]);
    checks.holds("API.md §0 prefixes: oae error id", "oae…", &id, id.starts_with("oae"));
    checks.holds("API.md §4 errorCauses is a list", "a list", &body, body["errorCauses"].is_array());
}
