//! The two OAuth clients of a fake as a test holds them.

use std::fmt;

use serde_json::Value;

use super::client::Kind;
use super::test_keys;
use crate::credentials::Credentials;

/// The built-in service app: it gets tokens by `client_credentials` with a signed assertion.
///
/// Its keys are fixed, published test keys. `Debug` does not print them all the same.
#[derive(Clone)]
#[non_exhaustive]
pub struct ServiceApp {
    /// Its client id, `0oa…`.
    pub client_id: String,
    /// The key's name.
    pub kid: String,
    /// An RSA-2048 private key, PKCS#8 in PEM, for RS256, RS384 or RS512.
    pub private_key_pem: String,
    /// The same key as a JWK.
    pub private_key_jwk: Value,
    /// The scopes granted to it at the moment.
    pub scopes: Vec<String>,
    /// Its other key: P-256, for ES256.
    pub ec_key: ServiceKey,
}

/// One more key of the service app.
#[derive(Clone)]
#[non_exhaustive]
pub struct ServiceKey {
    /// The key's name.
    pub kid: String,
    /// The private key, PKCS#8 in PEM.
    pub private_key_pem: String,
    /// The same key as a JWK.
    pub private_key_jwk: Value,
}

/// The built-in web app: it gets tokens by an authorization code with PKCE.
#[derive(Clone)]
#[non_exhaustive]
pub struct WebApp {
    /// Its client id, `0oa…`.
    pub client_id: String,
    /// Its secret, for `client_secret_basic` or `client_secret_post`.
    pub client_secret: String,
    /// The one redirect URI registered. Nothing has to listen there.
    pub redirect_uri: String,
}

impl fmt::Debug for ServiceApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceApp")
            .field("client_id", &self.client_id)
            .field("kid", &self.kid)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl fmt::Debug for WebApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebApp").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl Credentials {
    pub(crate) fn service_app(&self) -> Option<ServiceApp> {
        let client = self.oauth.built_in(Kind::Service)?;
        let mut scopes: Vec<String> = client.grants.values().map(|grant| grant.scope.clone()).collect();
        scopes.sort_unstable();
        Some(ServiceApp {
            client_id: client.id.to_string(),
            kid: test_keys::SERVICE_RSA_KID.to_owned(),
            private_key_pem: test_keys::SERVICE_RSA_PEM.to_owned(),
            private_key_jwk: jwk(test_keys::SERVICE_RSA_JWK),
            scopes,
            ec_key: ServiceKey {
                kid: test_keys::SERVICE_EC_KID.to_owned(),
                private_key_pem: test_keys::SERVICE_EC_PEM.to_owned(),
                private_key_jwk: jwk(test_keys::SERVICE_EC_JWK),
            },
        })
    }

    pub(crate) fn web_app(&self) -> Option<WebApp> {
        let client = self.oauth.built_in(Kind::Web)?;
        Some(WebApp {
            client_id: client.id.to_string(),
            client_secret: client.secret.clone()?,
            redirect_uri: client.redirect_uris.first()?.clone(),
        })
    }
}

fn jwk(text: &str) -> Value {
    serde_json::from_str(text).expect("the embedded keys are JSON")
}
