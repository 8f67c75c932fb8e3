//! The fixed, published test keys: see `test_keys/README.md` for why they are fixed.

pub(crate) const SERVICE_RSA_KID: &str = "mock-service-rsa";
pub(crate) const SERVICE_RSA_PEM: &str = include_str!("test_keys/public-test-service-app-rsa.pem");
pub(crate) const SERVICE_RSA_JWK: &str = include_str!("test_keys/public-test-service-app-rsa.jwk.json");
pub(crate) const SERVICE_EC_KID: &str = "mock-service-ec";
pub(crate) const SERVICE_EC_PEM: &str = include_str!("test_keys/public-test-service-app-ec.pem");
pub(crate) const SERVICE_EC_JWK: &str = include_str!("test_keys/public-test-service-app-ec.jwk.json");
pub(crate) const ORG_SIGNING_KID: &str = "mock-org-signing";
pub(crate) const ORG_SIGNING_PEM: &str = include_str!("test_keys/public-test-org-signing-rsa.pem");
/// The public half only.
pub(crate) const ORG_SIGNING_JWK: &str = include_str!("test_keys/public-test-org-signing-rsa.jwk.json");
