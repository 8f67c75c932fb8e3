//! Schemas: which attributes users, groups and the users of an app have.

mod model;

pub use self::model::{Schema, SchemaAttribute, SchemaAttributes, SchemaDefinitions};

use http::Method;
use serde::Serialize;

use crate::client::Client;
use crate::error::Error;
use crate::raw::Raw;

/// Calls about schemas. Made by [`Client::schemas`].
///
/// # Errors
/// [`Error::is_not_found`] where there is no such schema.
///
/// # Cancel safety
/// Dropping the future of a call gives it up; a change may or may not have happened.
#[derive(Debug, Clone)]
pub struct Schemas {
    client: Client,
}

impl Schemas {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// The schema of a user type: by the id that the type links to, or `default`.
    ///
    /// **Source**: Okta, "Retrieve a user schema".
    pub async fn user(&self, schema_id: impl AsRef<str>) -> Result<Raw<Schema>, Error> {
        self.client.api(Method::GET, &["meta", "schemas", "user", schema_id.as_ref()]).document().await
    }

    /// The schema of groups.
    ///
    /// **Source**: Okta, "Retrieve the default group schema".
    pub async fn group(&self) -> Result<Raw<Schema>, Error> {
        self.client.api(Method::GET, &["meta", "schemas", "group", "default"]).document().await
    }

    /// The schema of the users of an app.
    ///
    /// **Source**: Okta, "Retrieve the default app user schema for an app".
    pub async fn app(&self, app_id: impl AsRef<str>) -> Result<Raw<Schema>, Error> {
        self.client
            .api(Method::GET, &["meta", "schemas", "apps", app_id.as_ref(), "default"])
            .document()
            .await
    }

    /// Changes what the body holds of a user type's schema; an attribute that is `null` is deleted.
    ///
    /// **Source**: Okta, "Update a user schema".
    pub async fn update_user(
        &self,
        schema_id: impl AsRef<str>,
        change: &impl Serialize,
    ) -> Result<Raw<Schema>, Error> {
        let path = ["meta", "schemas", "user", schema_id.as_ref()];
        self.client.api(Method::POST, &path).json(change).document().await
    }

    /// Changes what the body holds of the groups' schema; an attribute that is `null` is deleted.
    ///
    /// **Source**: Okta, "Update the default group schema".
    pub async fn update_group(&self, change: &impl Serialize) -> Result<Raw<Schema>, Error> {
        let path = ["meta", "schemas", "group", "default"];
        self.client.api(Method::POST, &path).json(change).document().await
    }

    /// Changes what the body holds of an app's schema; an attribute that is `null` is deleted.
    ///
    /// **Source**: Okta, "Update the app user profile schema for an app".
    pub async fn update_app(
        &self,
        app_id: impl AsRef<str>,
        change: &impl Serialize,
    ) -> Result<Raw<Schema>, Error> {
        let path = ["meta", "schemas", "apps", app_id.as_ref(), "default"];
        self.client.api(Method::POST, &path).json(change).document().await
    }
}
