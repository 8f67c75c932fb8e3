//! What a profile may hold. Source: API reference, "Users"; which attributes are base ones is from `API.md` §8.1.

use serde_json::{Map, Value};

use crate::error::ApiError;

/// The base attributes, which are all texts. Any other attribute is a custom one.
const BASE: [&str; 31] = [
    "city",
    "costCenter",
    "countryCode",
    "department",
    "displayName",
    "division",
    "email",
    "employeeNumber",
    "firstName",
    "honorificPrefix",
    "honorificSuffix",
    "lastName",
    "locale",
    "login",
    "manager",
    "managerId",
    "middleName",
    "mobilePhone",
    "nickName",
    "organization",
    "postalAddress",
    "preferredLanguage",
    "primaryPhone",
    "profileUrl",
    "secondEmail",
    "state",
    "streetAddress",
    "timezone",
    "title",
    "userType",
    "zipCode",
];

/// Attributes that are there even when they are not set.
pub(super) fn keeps_null(attribute: &str) -> bool {
    matches!(attribute, "mobilePhone" | "secondEmail")
}

/// Whether Okta would take what is given, and a profile that has these attributes then.
pub(super) fn check<'a>(
    given: &Map<String, Value>,
    attribute: impl Fn(&str) -> Option<&'a Value>,
) -> Result<(), ApiError> {
    check_types(given, &BASE)?;
    let text = |key| attribute(key).and_then(Value::as_str).unwrap_or_default();
    for key in ["login", "email"] {
        let value: &str = text(key);
        if value.is_empty() {
            return Err(ApiError::validation(key, format!("{key}: The field cannot be left blank")));
        }
        if value.chars().count() > 100 {
            return Err(ApiError::validation(key, format!("{key}: The field is too long")));
        }
        if !value.contains('@') {
            return Err(ApiError::validation(key, format!("{key}: Does not match required pattern")));
        }
    }
    for key in ["firstName", "lastName"] {
        if text(key).chars().count() > 50 {
            return Err(ApiError::validation(key, format!("{key}: The field is too long")));
        }
    }
    Ok(())
}

/// Whether every value is of its attribute's type: base attributes are texts, or not set.
pub(in crate::org) fn check_types(profile: &Map<String, Value>, base: &[&str]) -> Result<(), ApiError> {
    match profile.iter().find(|(key, value)| !fits(base.contains(&key.as_str()), value)) {
        Some((key, _)) => {
            Err(ApiError::validation(key, format!("{key}: The value is not of the attribute's type")))
        }
        None => Ok(()),
    }
}

/// Texts, and of custom attributes numbers, booleans and lists of one of the three.
fn fits(base: bool, value: &Value) -> bool {
    let kind = |value: &Value| match value {
        Value::String(_) => Some(0),
        Value::Number(_) => Some(1),
        Value::Bool(_) => Some(2),
        _ => None,
    };
    match value {
        Value::Null | Value::String(_) => true,
        _ if base => false,
        Value::Array(items) => {
            items.iter().all(|item| kind(item).is_some() && kind(item) == items.first().and_then(kind))
        }
        one => kind(one).is_some(),
    }
}
