//! Making, changing, switching and deleting apps. Source: API reference, "Applications".

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

use super::App;
use crate::error::ApiError;
use crate::org::crowd::Crowd;
use crate::org::id::Id;
use crate::org::{Org, Tx};

/// Okta's sign-on modes.
const MODES: [&str; 9] = [
    "AUTO_LOGIN",
    "BASIC_AUTH",
    "BOOKMARK",
    "BROWSER_PLUGIN",
    "OPENID_CONNECT",
    "SAML_1_1",
    "SAML_2_0",
    "SECURE_PASSWORD_STORE",
    "WS_FEDERATION",
];

impl Org {
    pub(crate) fn create_app(
        &mut self,
        tx: &Tx,
        given: Map<String, Value>,
        active: bool,
    ) -> Result<Id, ApiError> {
        let (label, sign_on) = checked(&given)?;
        let id = self.mint.id("0oa");
        let name = match (given.get("name").and_then(Value::as_str), sign_on.as_str()) {
            (Some(name), _) if !name.is_empty() => name.to_owned(),
            (_, "OPENID_CONNECT") => "oidc_client".to_owned(),
            (_, "BOOKMARK") => "bookmark".to_owned(),
            _ => format!("mock_{}_1", label.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "")),
        };
        let app = App {
            id: Arc::clone(&id),
            name,
            label,
            sign_on: Cow::Owned(sign_on),
            active,
            created: tx.at,
            last_updated: tx.at,
            users: Crowd::empty(),
            number: None,
            is_client: false,
            groups: BTreeMap::new(),
            given,
            row: OnceLock::new(),
        };
        let party = app.party();
        self.apps.insert(Arc::clone(&id), app);
        self.log_event(tx, tx.event("application.lifecycle.create").target(party.clone()));
        if active {
            self.log_event(tx, tx.event("application.lifecycle.activate").target(party));
        }
        Ok(id)
    }

    /// Replaces what the maker said. Name and sign-on mode stay.
    pub(crate) fn replace_app(
        &mut self,
        tx: &Tx,
        id: &str,
        given: Map<String, Value>,
    ) -> Result<(), ApiError> {
        self.app(id)?;
        let (label, _) = checked(&given)?;
        self.change_app(tx, id, "application.lifecycle.update", |app| {
            app.label = label;
            app.given = given;
        })
    }

    /// ACTIVE ↔ INACTIVE; once more is allowed and writes nothing.
    pub(crate) fn set_app_active(&mut self, tx: &Tx, id: &str, active: bool) -> Result<(), ApiError> {
        if self.app(id)?.active == active {
            return Ok(());
        }
        let event =
            if active { "application.lifecycle.activate" } else { "application.lifecycle.deactivate" };
        self.change_app(tx, id, event, |app| app.active = active)
    }

    /// Deletes an INACTIVE app.
    pub(crate) fn delete_app(&mut self, tx: &Tx, id: &str) -> Result<(), ApiError> {
        let app = self.app(id)?;
        if app.active {
            let cause = "The application must be deactivated before deletion.";
            return Err(ApiError::of("E0000056").because(cause));
        }
        let party = app.party();
        self.apps.remove(id);
        self.log_event(tx, tx.event("application.lifecycle.delete").target(party));
        Ok(())
    }

    fn change_app(
        &mut self,
        tx: &Tx,
        id: &str,
        event: &'static str,
        change: impl FnOnce(&mut App),
    ) -> Result<(), ApiError> {
        let Some(app) = self.apps.get_mut(id) else { return Err(ApiError::not_found(id, "AppInstance")) };
        change(app);
        app.last_updated = tx.at;
        app.row.take();
        let party = app.party();
        self.log_event(tx, tx.event(event).target(party));
        Ok(())
    }
}

/// Label and sign-on mode of a body, if they are such.
fn checked(given: &Map<String, Value>) -> Result<(String, String), ApiError> {
    let text = |key| given.get(key).and_then(Value::as_str).unwrap_or_default();
    let label = text("label");
    if label.is_empty() || label.chars().count() > 100 {
        return Err(ApiError::validation("label", "label: The field must have between 1 and 100 characters"));
    }
    let sign_on = text("signOnMode");
    if !MODES.contains(&sign_on) {
        return Err(ApiError::validation("signOnMode", "signOnMode: The field is invalid"));
    }
    Ok((label.to_owned(), sign_on.to_owned()))
}
