//! The shared secret of a receiver: compared in constant time, one or two at once so that it can be rotated.
//!
//! Okta copies the secret into a header as it is; there is no signature and no timestamp. Whoever knows it can push.

use std::fmt;

use http::header::{HeaderMap, HeaderName};
use http::{StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::Answer;

/// Shortest secret accepted, in bytes.
const MIN_LENGTH: usize = 16;

/// The secrets that a receiver accepts, and the header that carries them (`Authorization` unless said otherwise).
///
/// Only digests are kept, so neither `Debug` nor a core dump shows a secret, and lengths cannot be told apart by timing.
#[derive(Clone)]
pub struct Secrets {
    header: HeaderName,
    digests: Vec<[u8; 32]>,
}

/// The secret cannot be used. The message never shows it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSecret {
    /// Shorter than 16 bytes, or empty.
    #[error("a receiver's secret needs at least {MIN_LENGTH} bytes, this one has {0}")]
    TooShort(usize),
    /// It could not travel in a header.
    #[error("a receiver's secret must be visible ASCII without spaces at its ends")]
    NotAHeaderValue,
}

impl Secrets {
    /// Accepts `secret` in the `Authorization` header.
    ///
    /// # Errors
    /// [`InvalidSecret`] if it is too short or could not be a header's value.
    pub fn new(secret: &SecretString) -> Result<Self, InvalidSecret> {
        Ok(Self { header: header::AUTHORIZATION, digests: vec![digest_of(secret)?] })
    }

    /// Accepts `secret` as well: during a rotation both the old and the new one are right. Okta itself replaces a hook's
    /// secret at once, so add the new one here first.
    ///
    /// # Errors
    /// As [`Secrets::new`].
    pub fn or(mut self, secret: &SecretString) -> Result<Self, InvalidSecret> {
        self.digests.push(digest_of(secret)?);
        Ok(self)
    }

    /// Expects the secret in another header, as API destinations allow.
    #[must_use]
    pub fn in_header(mut self, header: HeaderName) -> Self {
        self.header = header;
        self
    }

    /// Does the request carry exactly one value that is one of the secrets?
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), Answer> {
        let mut values = headers.get_all(&self.header).iter();
        let Some(given) = values.next() else {
            return Err(Answer::refuse(StatusCode::UNAUTHORIZED, "the secret is missing"));
        };
        if values.next().is_some() {
            return Err(Answer::refuse(StatusCode::BAD_REQUEST, "the secret's header came more than once"));
        }
        let given: [u8; 32] = Sha256::digest(given.as_bytes()).into();
        let matches = self.digests.iter().fold(Choice::from(0), |found, known| found | known.ct_eq(&given));
        if bool::from(matches) {
            Ok(())
        } else {
            Err(Answer::refuse(StatusCode::FORBIDDEN, "the secret is wrong"))
        }
    }

    /// Is the secret's header there at all?
    pub(crate) fn is_present(&self, headers: &HeaderMap) -> bool {
        headers.contains_key(&self.header)
    }
}

fn digest_of(secret: &SecretString) -> Result<[u8; 32], InvalidSecret> {
    let secret = secret.expose_secret();
    if secret.len() < MIN_LENGTH {
        return Err(InvalidSecret::TooShort(secret.len()));
    }
    if secret.trim() != secret || !secret.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Err(InvalidSecret::NotAHeaderValue);
    }
    Ok(Sha256::digest(secret.as_bytes()).into())
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({} in {})", self.digests.len(), self.header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const OLD: &str = "old-secret-0123456789";
    const NEW: &str = "new-secret-0123456789";

    fn status(secrets: &Secrets, values: &[&str]) -> u16 {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        secrets.check(&headers).map_or_else(|answer| answer.status().as_u16(), |()| 200)
    }

    #[test]
    fn xc07_only_one_header_with_exactly_the_secret_is_authentic() {
        let secrets = Secrets::new(&OLD.into()).unwrap();
        let spaced = format!(" {OLD}");
        for (values, expected) in [
            (vec![OLD], 200),
            (vec![], 401),
            (vec![""], 403),
            (vec![NEW], 403),
            (vec![&OLD[..OLD.len() - 1]], 403),
            (vec![spaced.as_str()], 403),
            (vec!["Bearer old-secret-0123456789"], 403),
            (vec![OLD, OLD], 400),
            (vec![OLD, NEW], 400),
        ] {
            assert_eq!(status(&secrets, &values), expected, "{values:?}");
        }
    }

    #[test]
    fn h07_both_secrets_hold_during_a_rotation_and_the_old_one_not_after() {
        let both = Secrets::new(&OLD.into()).unwrap().or(&NEW.into()).unwrap();
        assert_eq!((status(&both, &[OLD]), status(&both, &[NEW])), (200, 200));
        let after = Secrets::new(&NEW.into()).unwrap();
        assert_eq!((status(&after, &[OLD]), status(&after, &[NEW])), (403, 200));
    }

    #[test]
    fn xc09_a_short_or_unsendable_secret_is_refused_and_never_shown() {
        for bad in ["", "fifteen-bytes!!", "trailing newline is bad\n", "ümläute-are-no-header-value"] {
            let error = Secrets::new(&bad.into()).unwrap_err();
            assert!(bad.is_empty() || !error.to_string().contains(bad), "{error}");
        }
        assert!(!format!("{:?}", Secrets::new(&OLD.into()).unwrap()).contains(OLD));
    }
}
