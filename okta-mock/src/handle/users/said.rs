//! What a caller says of a user, in a POST or a PUT. Source: API reference, "Users"; `API.md` §8.1.

use serde_json::{Map, Value};

use crate::error::ApiError;
use crate::handle::{listed, object};
use crate::org::Org;
use crate::org::id::Id;
use crate::org::users::OTY;

/// The members of a body that are kept or count; what Okta would refuse is refused.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) profile: Map<String, Value>,
    /// Whether there is a password, plain or hashed.
    pub(super) password: bool,
    /// Who keeps the credentials in place of Okta: type and name.
    pub(super) provider: Option<Box<(String, String)>>,
    pub(super) recovery_question: Option<Box<str>>,
    pub(super) realm: Option<Id>,
}

impl Said {
    pub(super) fn of(org: &Org, body: &mut Map<String, Value>) -> Result<Self, ApiError> {
        let profile = object(body, "profile")?;
        let credentials = object(body, "credentials")?;
        known_type(body.get("type"))?;
        Ok(Self {
            profile,
            password: credentials.get("password").is_some_and(|password| !password.is_null()),
            provider: credentials.get("provider").and_then(outer_provider),
            recovery_question: recovery_question(credentials.get("recovery_question"))?,
            realm: realm(org, body.get("realmId"))?,
        })
    }
}

/// A provider that keeps the credentials in place of Okta.
fn outer_provider(provider: &Value) -> Option<Box<(String, String)>> {
    let text = |name: &str| provider.get(name).and_then(Value::as_str).map(str::to_owned);
    let kind = text("type").filter(|kind| ["FEDERATION", "SOCIAL"].contains(&kind.as_str()))?;
    let name = text("name").unwrap_or_else(|| kind.clone());
    Some(Box::new((kind, name)))
}

/// The org has one user type; nobody is of another.
fn known_type(given: Option<&Value>) -> Result<(), ApiError> {
    match given {
        None | Some(Value::Null) => Ok(()),
        Some(Value::Object(kind)) if kind.get("id").is_none_or(|id| id.is_null() || id == OTY) => Ok(()),
        Some(_) => Err(ApiError::validation("type", "type: There is no such user type")),
    }
}

fn realm(org: &Org, given: Option<&Value>) -> Result<Option<Id>, ApiError> {
    match given {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(id)) if listed::is_realm(org, id) => Ok(Some(id.as_str().into())),
        Some(_) => Err(ApiError::validation("realmId", "realmId: There is no such realm")),
    }
}

fn recovery_question(given: Option<&Value>) -> Result<Option<Box<str>>, ApiError> {
    let Some(given) = given.filter(|given| !given.is_null()) else { return Ok(None) };
    let text = |name: &str| match given.get(name) {
        Some(Value::String(text)) if (1..=100).contains(&text.chars().count()) => Ok(Some(text.as_str())),
        None => Ok(None),
        Some(_) => {
            let cause = format!("{name}: The field must have between 1 and 100 characters");
            Err(ApiError::validation("recovery_question", cause))
        }
    };
    text("answer")?;
    let blank = || ApiError::validation("recovery_question", "question: The field cannot be left blank");
    Ok(Some(text("question")?.ok_or_else(blank)?.into()))
}
