//! `Form`: what is posted to the org, with the headers that prove who posts it.

use std::fmt;
use std::time::Duration;

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded;

use super::super::authorization::{sensitive, shares_a_piece};
use super::super::{Answer, Org};
use crate::error::Error;

/// Makes a form for each attempt.
pub trait Forms: Send + Sync {
    /// The form of the next attempt.
    ///
    /// # Errors
    /// Whatever ends the post.
    fn form(&self, org: &Org) -> Result<Form, Error>;

    /// Told about every answer. Returns whether a form that was refused would be accepted if it were made anew: `use_dpop_nonce`.
    /// Default: no.
    fn answered(&self, answer: &Answer<'_>) -> bool {
        let _ = answer;
        false
    }

    /// Whether a form may be sent again where the fate of one before is unknown: one that was sent so long before the next would be over.
    /// Not so a form that holds what works once, such as an authorization code: used twice, it ends what the first use brought. A refresh
    /// token may be used twice for a while. Default: yes.
    fn is_repeatable(&self, since: Duration) -> bool {
        let _ = since;
        true
    }
}

/// One form.
#[derive(Clone, Default)]
pub struct Form {
    pub(super) body: String,
    pub(super) authorization: Option<HeaderValue>,
    pub(super) proof: Option<HeaderValue>,
    concealed: Vec<SecretString>,
}

impl Form {
    /// An empty form.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field; it is encoded here.
    #[must_use]
    pub fn field(mut self, name: &str, value: &str) -> Self {
        self.body = form_urlencoded::Serializer::for_suffix(self.body, 0).append_pair(name, value).finish();
        self
    }

    /// Sends `Authorization: {scheme} {secret}` along.
    ///
    /// # Errors
    /// [`Error::Config`] where no header can hold it. It does not show the secret.
    pub fn authorization(mut self, scheme: &str, secret: &str) -> Result<Self, Error> {
        self.authorization =
            Some(sensitive(scheme, secret).map_err(|wrong| Error::config("credentials", wrong))?);
        Ok(self)
    }

    /// Sends a DPoP proof along.
    ///
    /// # Errors
    /// [`Error::Config`] where no header can hold it.
    pub fn dpop(mut self, proof: &str) -> Result<Self, Error> {
        let unfit = |_| Error::config("dpop", "cannot be sent");
        let mut value = HeaderValue::try_from(proof).map_err(unfit)?;
        value.set_sensitive(true);
        self.proof = Some(value);
        Ok(self)
    }

    /// A secret that is in the form in another spelling, such as in `Basic` credentials. Whatever Okta answers, it is not repeated in
    /// errors and traces, as nothing is that is in the form as it stands.
    #[must_use]
    pub fn conceal(mut self, secret: &str) -> Self {
        self.concealed.push(secret.into());
        self
    }

    /// Whether a text holds a piece of what is posted.
    pub(super) fn is_repeated_by(&self, text: &str) -> bool {
        let headers = self.authorization.iter().chain(&self.proof).map(HeaderValue::as_bytes);
        let concealed = self.concealed.iter().map(|secret| secret.expose_secret().as_bytes());
        headers
            .chain([self.body.as_bytes()])
            .chain(concealed)
            .any(|secret| shares_a_piece(secret, text.as_bytes()))
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Form(***)")
    }
}
