//! The org about itself: `/org`, `/meta`, `/authenticators`. Shapes follow the published samples. Source: API reference.

use http::Request;
use serde_json::{Value, json};

use super::{Cx, Outcome, ok, unbuilt};
use crate::error::ApiError;
use crate::org::users::{OSC, OTY};
use crate::timestamp::whole_seconds;

const DAY: i64 = 86_400_000;

pub(super) fn route<B>(cx: &Cx<'_>, request: &Request<B>, path: &[&str]) -> Outcome {
    if request.method() != http::Method::GET {
        return unbuilt();
    }
    let answer = match path {
        ["org"] => organization(cx),
        ["meta", "types", "user"] => json!([user_type(cx)]),
        ["meta", "types", "user", id] if *id == OTY || *id == "default" => user_type(cx),
        ["meta", "types", "user", id] => return Err(ApiError::not_found(id, "UserType")),
        ["meta", "schemas", "group", "default"] => group_schema(cx),
        ["meta", "schemas", "user", "linkedObjects"] => return unbuilt(),
        ["meta", "schemas", "user", id] if *id == OSC || *id == "default" => schema(cx),
        ["meta", "schemas", "user", id] => return Err(ApiError::not_found(id, "UserSchema")),
        ["authenticators"] => authenticators(cx),
        ["authenticators", id] => match authenticators(cx).as_array_mut() {
            Some(rows) => match rows.iter().find(|row| row["id"] == *id) {
                Some(row) => row.clone(),
                None => return Err(ApiError::not_found(id, "Authenticator")),
            },
            None => return unbuilt(),
        },
        _ => return unbuilt(),
    };
    ok(answer.to_string())
}

/// When the org and everything built into it came to be.
pub(super) fn born(cx: &Cx<'_>) -> String {
    whole_seconds(cx.org.users.formula.start - 400 * DAY)
}

fn organization(cx: &Cx<'_>) -> Value {
    let (base, born) = (&cx.org.base, born(cx));
    let path = |rest: &str| format!("{base}/api/v1/org/{rest}");
    json!({
        "id": *cx.org.id, "subdomain": crate::org::subdomain(base), "companyName": "Example Inc", "status": "ACTIVE", "expiresAt": null,
        "created": born, "lastUpdated": born, "website": "https://www.example.com", "phoneNumber": "",
        "endUserSupportHelpURL": "", "supportPhoneNumber": "", "address1": null, "address2": null, "city": null,
        "state": null, "country": null, "postalCode": null,
        "_links": {
            "preferences": { "href": path("preferences") },
            "uploadLogo": { "href": path("logo"), "hints": { "allow": ["POST"] } },
            "oktaCommunication": { "href": path("privacy/oktaCommunication") },
            "logo": null,
            "oktaSupport": { "href": path("privacy/oktaSupport") },
            "contacts": { "href": path("contacts") },
        },
    })
}

fn user_type(cx: &Cx<'_>) -> Value {
    let (base, born) = (&cx.org.base, born(cx));
    json!({
        "id": OTY, "displayName": "User", "name": "user",
        "description": "Okta user profile template with default permission settings",
        "createdBy": "sprmock0000000000000", "lastUpdatedBy": "sprmock0000000000000", "created": born,
        "lastUpdated": born, "default": true,
        "_links": {
            "schema": { "rel": "schema", "href": format!("{base}/api/v1/meta/schemas/user/{OSC}"), "method": "GET" },
            "self": { "rel": "self", "href": format!("{base}/api/v1/meta/types/user/{OTY}"), "method": "GET" },
        },
    })
}

/// The base attributes that generated users have, and no custom ones.
fn schema(cx: &Cx<'_>) -> Value {
    let attribute = |title: &str, longest: Option<u32>| {
        let mut attribute = json!({
            "title": title, "type": "string", "mutability": "READ_WRITE", "scope": "NONE",
            "permissions": [{ "principal": "SELF", "action": "READ_ONLY" }], "master": { "type": "PROFILE_MASTER" },
        });
        if let Some(longest) = longest {
            attribute["maxLength"] = longest.into();
        }
        attribute
    };
    let base = json!({
        "login": attribute("Username", Some(100)), "email": attribute("Primary email", Some(100)),
        "secondEmail": attribute("Secondary email", Some(100)), "firstName": attribute("First name", Some(50)),
        "lastName": attribute("Last name", Some(50)), "mobilePhone": attribute("Mobile phone", Some(100)),
        "department": attribute("Department", None), "costCenter": attribute("Cost center", None),
        "nickName": attribute("Nickname", None), "title": attribute("Title", None),
    });
    json!({
        "id": format!("{}/meta/schemas/user/{OSC}", cx.org.base), "$schema": "http://json-schema.org/draft-04/schema#",
        "name": "user", "title": "User", "description": "Okta user profile template with default permission settings",
        "lastUpdated": born(cx), "created": born(cx), "type": "object",
        "definitions": {
            "base": { "id": "#base", "type": "object", "properties": base, "required": ["login", "email"] },
            "custom": { "id": "#custom", "type": "object", "properties": {}, "required": [] },
        },
        "properties": { "profile": { "allOf": [{ "$ref": "#/definitions/custom" }, { "$ref": "#/definitions/base" }] } },
    })
}

fn group_schema(cx: &Cx<'_>) -> Value {
    let (base, born) = (&cx.org.base, born(cx));
    json!({
        "id": format!("{base}/meta/schemas/group/default"), "$schema": "http://json-schema.org/draft-04/schema#",
        "name": "group", "title": "Okta group", "description": "Okta group profile template", "lastUpdated": born,
        "created": born, "type": "object",
        "definitions": {
            "base": { "id": "#base", "type": "object", "properties": {}, "required": ["name"] },
            "custom": { "id": "#custom", "type": "object", "properties": {}, "required": [] },
        },
        "properties": { "profile": { "allOf": [{ "$ref": "#/definitions/custom" }, { "$ref": "#/definitions/base" }] } },
        "_links": { "self": {
            "rel": "self", "href": format!("{base}/api/v1/meta/schemas/group/default"), "method": "GET",
        } },
    })
}

fn authenticators(cx: &Cx<'_>) -> Value {
    let row = |(id, key, kind, name): (&str, &str, &str, &str)| {
        let path = format!("{}/api/v1/authenticators/{id}", cx.org.base);
        json!({
            "type": kind, "id": id, "key": key, "status": "ACTIVE", "name": name, "created": born(cx),
            "lastUpdated": born(cx),
            "_links": {
                "self": { "href": path, "hints": { "allow": ["GET", "PUT"] } },
                "methods": { "href": format!("{path}/methods"), "hints": { "allow": ["GET"] } },
            },
        })
    };
    let rows = [
        ("autpassword0000000mck", "okta_password", "password", "Password"),
        ("autokta000000000000mc", "okta_verify", "app", "Okta Verify"),
        ("autpasskey00000000mck", "webauthn", "security_key", "Security Key or Biometric"),
        ("autphone0000000000mck", "phone_number", "phone", "Phone"),
    ];
    rows.into_iter().map(row).collect()
}
