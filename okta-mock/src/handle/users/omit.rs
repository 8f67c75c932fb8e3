//! `Content-Type: application/json; okta-response=omitCredentials,omitCredentialsLinks`: rows without these members.
//!
//! Source: API reference, "Users", "Content-Type header fields".

use http::Request;
use http::header::CONTENT_TYPE;
use serde_json::Value;

use crate::reply::Reply;

/// The links that have to do with credentials.
const CREDENTIAL_LINKS: [&str; 6] = [
    "changePassword",
    "changeRecoveryQuestion",
    "expirePassword",
    "forgotPassword",
    "resetPassword",
    "resetFactors",
];

/// The reply without what the request does not want.
pub(super) fn omit<B>(request: &Request<B>, mut reply: Reply) -> Reply {
    let header = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let asked = header.and_then(|value| value.split_once("okta-response=")).map(|(_, asked)| asked);
    let Some(asked) = asked.filter(|_| reply.status == 200) else { return reply };
    let has = |word: &str| asked.split([',', ';', ' ', '"']).any(|other| other == word);
    let Ok(mut body) = serde_json::from_slice::<Value>(&reply.body) else { return reply };
    let rows = match &mut body {
        Value::Array(rows) => rows.as_mut_slice(),
        row => std::slice::from_mut(row),
    };
    for row in rows.iter_mut().filter_map(Value::as_object_mut) {
        if has("omitCredentials") {
            row.remove("credentials");
        }
        if has("omitTransitioningToStatus") {
            row.remove("transitioningToStatus");
        }
        if let (true, Some(Value::Object(links))) = (has("omitCredentialsLinks"), row.get_mut("_links")) {
            CREDENTIAL_LINKS.iter().for_each(|link| {
                links.remove(*link);
            });
        }
    }
    reply.body = body.to_string().into();
    reply
}
