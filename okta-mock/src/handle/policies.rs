//! `/policies`: the policies that every org has, each with its default rule. Source: API reference, "Policies".

use http::Request;
use serde_json::{Value, json};

use super::organization::born;
use super::params::Params;
use super::{Cx, Outcome, ok, unbuilt};
use crate::error::ApiError;

/// `(type, id, name, rule id, rule name, rule priority)`.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str, u32);

const POLICIES: [Row; 6] = [
    (
        "ACCESS_POLICY",
        "rstanytwo0000000mock",
        "Any two factors",
        "rulcatchall0000mock0",
        "Catch-all Rule",
        99,
    ),
    (
        "IDP_DISCOVERY",
        "00pidpdiscovery00mck",
        "Idp Discovery Policy",
        "0pridpdiscovery00mck",
        "Default Rule",
        1,
    ),
    ("MFA_ENROLL", "00pmfaenroll00000mck", "Default Policy", "0prmfaenroll00000mck", "Default Rule", 1),
    ("OKTA_SIGN_ON", "00psignon00000000mck", "Default Policy", "0prsignon00000000mck", "Default Rule", 1),
    ("PASSWORD", "00ppassword000000mck", "Default Policy", "0prpassword000000mck", "Default Rule", 1),
    (
        "PROFILE_ENROLLMENT",
        "rstprofenroll000mock",
        "Default Policy",
        "rulprofenroll000mock",
        "Catch-all Rule",
        99,
    ),
];

pub(super) fn route<B>(cx: &Cx<'_>, request: &Request<B>, path: &[&str]) -> Outcome {
    if request.method() != http::Method::GET {
        return unbuilt();
    }
    let params = Params::of(request.uri());
    let with_rules = params.get("expand") == Some("rules");
    let answer = match path {
        [] => {
            let kind = params.get("type").ok_or_else(|| {
                ApiError::validation("type", "type: The parameter is required and names a policy type")
            })?;
            let found = POLICIES.iter().find(|row| row.0 == kind);
            let row = found.ok_or_else(|| {
                ApiError::validation("type", format!("type: '{kind}' is not a policy type of this org"))
            })?;
            json!([policy(cx, row, with_rules)])
        }
        [id] => policy(cx, find(id)?, with_rules),
        [id, "rules"] => json!([rule(cx, find(id)?)]),
        [id, "rules", wanted] => match find(id)? {
            row if row.3 == *wanted => rule(cx, row),
            _ => return Err(ApiError::not_found(wanted, "PolicyRule")),
        },
        [id, "mappings"] => {
            find(id)?;
            json!([])
        }
        _ => return unbuilt(),
    };
    ok(answer.to_string())
}

fn find(id: &str) -> Result<&'static Row, ApiError> {
    POLICIES.iter().find(|row| row.1 == id).ok_or_else(|| ApiError::not_found(id, "Policy"))
}

fn policy(cx: &Cx<'_>, row: &Row, with_rules: bool) -> Value {
    let (kind, id, name, ..) = *row;
    let path = format!("{}/api/v1/policies/{id}", cx.org.base);
    let everyone = cx.org.groups.values().find(|group| group.built_in).map(|group| group.id.to_string());
    let people = json!({ "people": { "groups": { "include": [everyone] } } });
    let mut policy = json!({
        "type": kind, "id": id, "status": "ACTIVE", "name": name, "description": null, "priority": 1, "system": true,
        "conditions": people, "created": born(cx), "lastUpdated": born(cx),
        "_links": {
            "self": { "href": path, "hints": { "allow": ["GET", "PUT"] } },
            "rules": { "href": format!("{path}/rules"), "hints": { "allow": ["GET", "POST"] } },
        },
    });
    match kind {
        "ACCESS_POLICY" | "PROFILE_ENROLLMENT" | "IDP_DISCOVERY" => policy["conditions"] = Value::Null,
        "PASSWORD" => {
            policy["conditions"]["authProvider"] = json!({ "provider": "OKTA" });
            policy["settings"] = password_settings();
        }
        "MFA_ENROLL" => {
            let enroll = |key: &str, how: &str| json!({ "key": key, "enroll": { "self": how } });
            policy["settings"] = json!({ "type": "AUTHENTICATORS", "authenticators": [
                enroll("okta_password", "REQUIRED"), enroll("okta_verify", "OPTIONAL"), enroll("webauthn", "OPTIONAL"),
            ] });
        }
        _ => {}
    }
    if with_rules {
        policy["_embedded"] = json!({ "rules": [rule(cx, row)] });
    }
    policy
}

/// Recorded: rules of OKTA_SIGN_ON have the type SIGN_ON.
fn rule(cx: &Cx<'_>, row: &Row) -> Value {
    let (kind, policy, _, id, name, priority) = *row;
    let anybody =
        json!({ "people": { "users": { "exclude": [] } }, "network": { "connection": "ANYWHERE" } });
    let (kind, conditions, actions) = match kind {
        "OKTA_SIGN_ON" => {
            let mut conditions = anybody;
            conditions["authContext"] = json!({ "authType": "ANY" });
            let session = json!({ "usePersistentCookie": false, "maxSessionIdleMinutes": 120, "maxSessionLifetimeMinutes": 0 });
            let signon = json!({
                "access": "ALLOW", "requireFactor": false, "primaryFactor": "PASSWORD_IDP_ANY_FACTOR",
                "rememberDeviceByDefault": false, "session": session,
            });
            ("SIGN_ON", conditions, json!({ "signon": signon }))
        }
        "ACCESS_POLICY" => {
            let knowledge = json!({ "types": ["password"], "reauthenticateIn": "PT2H" });
            let method = json!({
                "factorMode": "2FA", "type": "ASSURANCE", "reauthenticateIn": "PT2H",
                "constraints": [{ "knowledge": knowledge }],
            });
            let actions = json!({ "appSignOn": { "access": "ALLOW", "verificationMethod": method } });
            ("ACCESS_POLICY", Value::Null, actions)
        }
        "PASSWORD" => {
            let allow = json!({ "access": "ALLOW" });
            let actions = json!({ "passwordChange": allow, "selfServicePasswordReset": allow, "selfServiceUnlock": allow });
            ("PASSWORD", anybody, actions)
        }
        "MFA_ENROLL" => ("MFA_ENROLL", anybody, json!({ "enroll": { "self": "CHALLENGE" } })),
        other => (other, Value::Null, json!({})),
    };
    let path = format!("{}/api/v1/policies/{policy}/rules/{id}", cx.org.base);
    json!({
        "id": id, "status": "ACTIVE", "name": name, "priority": priority, "created": born(cx), "lastUpdated": born(cx),
        "system": true, "conditions": conditions, "actions": actions, "type": kind,
        "_links": { "self": { "href": path, "hints": { "allow": ["GET", "PUT"] } } },
    })
}

fn password_settings() -> Value {
    json!({
        "password": {
            "complexity": { "minLength": 8, "minLowerCase": 1, "minUpperCase": 1, "minNumber": 1, "minSymbol": 0,
                            "excludeUsername": true, "dictionary": { "common": { "exclude": false } },
                            "excludeAttributes": [] },
            "age": { "maxAgeDays": 0, "expireWarnDays": 0, "minAgeMinutes": 0, "historyCount": 4 },
            "lockout": { "maxAttempts": 10, "autoUnlockMinutes": 0, "userLockoutNotificationChannels": [],
                         "showLockoutFailures": false },
        },
        "recovery": { "factors": {
            "recovery_question": { "status": "ACTIVE", "properties": { "complexity": { "minLength": 4 } } },
            "okta_email": { "status": "ACTIVE", "properties": { "recoveryToken": { "tokenLifetimeMinutes": 60 } } },
            "okta_sms": { "status": "INACTIVE" }, "okta_call": { "status": "INACTIVE" },
        } },
        "delegation": { "options": { "skipUnlock": false } },
    })
}
