//! `Credentials`: what proves who is calling. Never printed, and sent only as a header marked sensitive.

use std::fmt;

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::error::Error;

/// A static credential.
#[derive(Clone)]
pub(crate) enum Credentials {
    /// `Authorization: SSWS …`: an API token.
    ApiToken(SecretString),
    /// `Authorization: Bearer …`: an access token obtained elsewhere.
    Bearer(SecretString),
}

impl Credentials {
    /// Checks the secret here, once, so that no request can fail on it later in a place that prints it.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let (field, secret) = match self {
            Self::ApiToken(secret) => ("api_token", secret),
            Self::Bearer(secret) => ("bearer_token", secret),
        };
        let secret = secret.expose_secret();
        if secret.is_empty() {
            return Err(Error::config(field, "is empty"));
        }
        if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::config(
                field,
                "holds a space, a line break or another character that no token has",
            ));
        }
        Ok(())
    }

    pub(crate) fn header(&self) -> Result<HeaderValue, Error> {
        let (scheme, secret) = match self {
            Self::ApiToken(secret) => ("SSWS", secret),
            Self::Bearer(secret) => ("Bearer", secret),
        };
        let mut value = HeaderValue::try_from(format!("{scheme} {}", secret.expose_secret()))
            .map_err(|_| Error::config("credentials", "cannot be sent"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ApiToken(_) => "ApiToken(***)",
            Self::Bearer(_) => "Bearer(***)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xa05_a_token_with_stray_characters_is_refused_without_being_shown() {
        for secret in ["", "00Tsecret\n", " 00Tsecret", "00Tse cret", "00Tsecrét", "00T\u{0}secret"] {
            let error = Credentials::ApiToken(secret.into()).check().expect_err("refused");
            assert!(!format!("{error} {error:?}").contains("ecr"), "{error:?}");
        }
        let credentials = Credentials::Bearer("00Tsecret".into());
        assert!(credentials.check().is_ok());
        let header = credentials.header().expect("a header");
        assert!(header.is_sensitive());
        assert!(!format!("{credentials:?} {header:?}").contains("00Tsecret"));
    }
}
