//! Creating, changing and deleting apps. Their documents differ by kind, so a body is an [`Edit`](crate::Edit), or a struct of
//! yours.

use http::Method;
use serde::Serialize;

use super::{App, Apps};
use crate::error::Error;
use crate::raw::Raw;

impl Apps {
    /// Creates an app, in use at once. The answer holds the secret of an OIDC client, this once: it is in
    /// [`Raw::extra`] at `/credentials/oauthClient/client_secret`. Never repeated where its fate is unknown.
    ///
    /// **Source**: Okta, "Create an application".
    pub async fn create(&self, app: &impl Serialize) -> Result<Raw<App>, Error> {
        self.client.api(Method::POST, &["apps"]).json(app).document().await
    }

    /// Replaces an app: what the body leaves out is cleared. Begin with what was read: [`Raw::edit`].
    ///
    /// **Source**: Okta, "Replace an application".
    pub async fn replace(&self, app_id: impl AsRef<str>, body: &impl Serialize) -> Result<Raw<App>, Error> {
        self.client.api(Method::PUT, &["apps", app_id.as_ref()]).json(body).document().await
    }

    /// Deletes an app, which has to be inactive.
    ///
    /// **Source**: Okta, "Delete an application".
    pub async fn delete(&self, app_id: impl AsRef<str>) -> Result<(), Error> {
        self.client.api(Method::DELETE, &["apps", app_id.as_ref()]).done().await
    }

    /// Puts an app into use.
    ///
    /// **Source**: Okta, "Activate an application".
    pub async fn activate(&self, app_id: impl AsRef<str>) -> Result<(), Error> {
        self.client.api(Method::POST, &["apps", app_id.as_ref(), "lifecycle", "activate"]).done().await
    }

    /// Takes an app out of use.
    ///
    /// **Source**: Okta, "Deactivate an application".
    pub async fn deactivate(&self, app_id: impl AsRef<str>) -> Result<(), Error> {
        self.client.api(Method::POST, &["apps", app_id.as_ref(), "lifecycle", "deactivate"]).done().await
    }
}
