//! A token that never changes: an API token, or an access token obtained elsewhere.

use futures::future::{self, BoxFuture};
use http::Method;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::authorization::sensitive;
use super::{Authorization, Credential, CredentialError, Org};
use crate::error::Error;

/// A static credential.
pub(crate) struct FixedToken {
    /// The setting that it came by.
    field: &'static str,
    scheme: &'static str,
    secret: SecretString,
}

impl FixedToken {
    /// `Authorization: SSWS …`.
    pub(crate) fn api_token(secret: SecretString) -> Self {
        Self { field: "api_token", scheme: "SSWS", secret }
    }

    /// `Authorization: Bearer …`.
    pub(crate) fn bearer(secret: SecretString) -> Self {
        Self { field: "bearer_token", scheme: "Bearer", secret }
    }
}

impl Credential for FixedToken {
    /// Checks the secret here, once, so that no request can fail on it later.
    fn attach(&self, _: &Url) -> Result<(), Error> {
        let checked = sensitive(self.scheme, self.secret.expose_secret());
        checked.map(|_| ()).map_err(|wrong| Error::config(self.field, wrong))
    }

    fn authorize<'a>(
        &'a self,
        _: &'a Org,
        _: &'a Method,
        _: &'a Url,
    ) -> BoxFuture<'a, Result<Authorization, CredentialError>> {
        Box::pin(future::ready(Authorization::new(self.scheme, self.secret.expose_secret())))
    }
}
