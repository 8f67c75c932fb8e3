//! `Authorization`: the headers of one attempt that hold a secret.

use std::fmt;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::CredentialError;

pub(crate) static DPOP: HeaderName = HeaderName::from_static("dpop");

/// What one attempt carries to prove who sends it.
#[derive(Clone)]
pub struct Authorization {
    value: HeaderValue,
    dpop: Option<HeaderValue>,
    mark: u64,
}

impl Authorization {
    /// `Authorization: {scheme} {secret}`.
    ///
    /// # Errors
    /// [`CredentialError`] where the secret is empty or holds a space, a line break or another character that no token has. It
    /// does not show the secret.
    pub fn new(scheme: &str, secret: &str) -> Result<Self, CredentialError> {
        let value = sensitive(scheme, secret).map_err(|wrong| CredentialError::dead(Unfit(wrong)))?;
        Ok(Self { value, dpop: None, mark: 0 })
    }

    /// A DPoP proof to go with it.
    ///
    /// # Errors
    /// [`CredentialError`] where no header can hold it.
    pub fn dpop(mut self, proof: &str) -> Result<Self, CredentialError> {
        let mut value =
            HeaderValue::try_from(proof).map_err(|_| CredentialError::dead(Unfit("cannot be sent")))?;
        value.set_sensitive(true);
        self.dpop = Some(value);
        Ok(self)
    }

    /// A number by which [`Credential::answered`](super::Credential::answered) knows which token was used. Default: 0.
    #[must_use]
    pub fn mark(mut self, mark: u64) -> Self {
        self.mark = mark;
        self
    }

    /// The number given to [`mark`](Self::mark).
    pub fn marked(&self) -> u64 {
        self.mark
    }

    pub(crate) fn apply(&self, headers: &mut HeaderMap) {
        headers.insert(AUTHORIZATION, self.value.clone());
        if let Some(proof) = &self.dpop {
            headers.insert(DPOP.clone(), proof.clone());
        }
    }

    /// Whether a text holds a piece of what was sent.
    pub(crate) fn is_repeated_by(&self, text: &str) -> bool {
        let sent = std::iter::once(&self.value).chain(&self.dpop);
        sent.into_iter().any(|value| shares_a_piece(value.as_bytes(), text.as_bytes()))
    }
}

/// Whether two texts have eight bytes in a row in common, or all of the second where it is shorter.
pub(crate) fn shares_a_piece(secret: &[u8], text: &[u8]) -> bool {
    let piece = text.len().min(8);
    piece > 0 && text.windows(piece).any(|piece| secret.windows(piece.len()).any(|part| part == piece))
}

/// A header value that prints itself as `Sensitive`, or what is wrong with the secret.
pub(crate) fn sensitive(scheme: &str, secret: &str) -> Result<HeaderValue, &'static str> {
    if secret.is_empty() {
        return Err("is empty");
    }
    if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("holds a space, a line break or another character that no token has");
    }
    let mut value = HeaderValue::try_from(format!("{scheme} {secret}")).map_err(|_| "cannot be sent")?;
    value.set_sensitive(true);
    Ok(value)
}

/// A secret that cannot be sent.
#[derive(Debug, thiserror::Error)]
#[error("the secret {0}")]
struct Unfit(&'static str);

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authorization(***)")
    }
}
