//! A sign-in: the URL that the browser is sent to, what is kept meanwhile, and what is made of its return.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::{Url, form_urlencoded};

use super::super::jws;
use super::{Tokens, WebApp};
use crate::error::Error;

/// A sign-in that begins.
#[non_exhaustive]
pub struct SignIn {
    /// Where to send the browser. More parameters of `/authorize` may be added: `prompt`, `login_hint`, `max_age`.
    pub url: Url,
    /// What to keep until it comes back, in this browser's session and nowhere else.
    pub pending: Pending,
}

/// What belongs to one sign-in: its `state`, its `nonce`, its code verifier. Secret.
#[derive(Clone)]
pub struct Pending {
    state: SecretString,
    nonce: SecretString,
    verifier: SecretString,
}

/// Why a sign-in brought no tokens.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// Okta sent the browser back without a code: the user cancelled, may not use the app, or has to sign in first.
    #[error("the sign-in was refused{}", code.as_deref().map_or_else(String::new, |code| format!(" ({code})")))]
    Refused {
        /// OAuth's code, such as `access_denied` or `login_required`. `None` where no well-formed one was sent.
        code: Option<String>,
    },
    /// The return does not belong to this sign-in: its `state` is another, or missing. Whoever sent the browser here did not start it.
    #[error("the return belongs to another sign-in")]
    Forged,
    /// There is neither a code nor an error in the return, or what was kept cannot be read.
    #[error("the return of the sign-in cannot be read")]
    Malformed,
    /// The ID token is not for this app, this org and this sign-in.
    #[error("the ID token is not of this sign-in: {0}")]
    IdToken(&'static str),
    /// The code could not be exchanged.
    #[error("the code could not be exchanged")]
    Exchange(#[source] Error),
}

impl WebApp {
    /// Begins a sign-in.
    ///
    /// # Errors
    /// [`Error::Config`] where the system gives no random numbers.
    pub fn sign_in(&self) -> Result<SignIn, Error> {
        let secret = || jws::random_text().map(SecretString::from);
        let pending = Pending { state: secret()?, nonce: secret()?, verifier: secret()? };
        let mut url = self.0.org.endpoint("/oauth2/v1/authorize");
        url.query_pairs_mut()
            .append_pair("client_id", &self.0.client_id)
            .append_pair("redirect_uri", &self.0.redirect_uri)
            .append_pair("response_type", "code")
            .append_pair("scope", &self.0.scope)
            .append_pair("state", pending.state.expose_secret())
            .append_pair("nonce", pending.nonce.expose_secret())
            .append_pair("code_challenge", &jws::sha256_base64url(pending.verifier.expose_secret()))
            .append_pair("code_challenge_method", "S256");
        Ok(SignIn { url, pending })
    }

    /// Ends a sign-in: checks that the return belongs to it, and exchanges its code. `back` is the URL that the browser was sent to, its
    /// query alone, or the body of a `form_post`.
    ///
    /// The ID token, where there is one, is checked for issuer, audience and nonce. Its signature is not: it came from Okta itself.
    ///
    /// # Errors
    /// [`SignInError`].
    ///
    /// # Cancel safety
    /// Dropping the future gives it up; the code may have been used.
    pub async fn finish(&self, pending: &Pending, back: &str) -> Result<Tokens, SignInError> {
        let query = back.split_once(['?', '#']).map_or(back, |(_, query)| query);
        let value = |wanted: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find_map(|(name, value)| (name == wanted).then(|| value.into_owned()))
        };
        if value("state").as_deref() != Some(pending.state.expose_secret()) {
            return Err(SignInError::Forged);
        }
        if let Some(code) = value("error") {
            let well_formed =
                code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && code.len() <= 40;
            return Err(SignInError::Refused { code: well_formed.then_some(code) });
        }
        let code = SecretString::from(value("code").ok_or(SignInError::Malformed)?);
        let grant = vec![
            ("grant_type", "authorization_code"),
            ("code", code.expose_secret()),
            ("redirect_uri", self.0.redirect_uri.as_str()),
            ("code_verifier", pending.verifier.expose_secret()),
        ];
        // A code works once: used twice, it ends what the first use brought.
        let tokens = self.tokens(&self.0.org, grant, Duration::ZERO).await.map_err(SignInError::Exchange)?;
        if let Some(token) = &tokens.id_token {
            self.check(token, pending).map_err(SignInError::IdToken)?;
        }
        Ok(tokens)
    }

    fn check(&self, token: &SecretString, pending: &Pending) -> Result<(), &'static str> {
        let claims = token.expose_secret().split('.').nth(1).and_then(jws::un_base64url);
        let claims: Claims =
            claims.and_then(|claims| serde_json::from_slice(&claims).ok()).ok_or("it cannot be read")?;
        if claims.iss.trim_end_matches('/') != self.org_url().as_str().trim_end_matches('/') {
            return Err("another issuer");
        }
        if claims.aud != self.0.client_id {
            return Err("another audience");
        }
        if claims.nonce.as_deref() != Some(pending.nonce.expose_secret()) {
            return Err("another nonce");
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    #[serde(default)]
    nonce: Option<String>,
}

impl Pending {
    /// All of it as one text of letters, digits, `-`, `_` and `.`, to be kept in the browser's session. [`FromStr`] reads it.
    pub fn keep(&self) -> String {
        let parts = [&self.state, &self.nonce, &self.verifier];
        parts.map(|part| part.expose_secret().to_owned()).join(".")
    }
}

impl FromStr for Pending {
    type Err = SignInError;

    fn from_str(text: &str) -> Result<Self, SignInError> {
        let parts: Vec<&str> = text.split('.').collect();
        let [state, nonce, verifier] = parts[..] else { return Err(SignInError::Malformed) };
        let plain = |part: &&str| {
            part.len() == 43 && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        if !parts.iter().all(plain) {
            return Err(SignInError::Malformed);
        }
        Ok(Self { state: state.into(), nonce: nonce.into(), verifier: verifier.into() })
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending(***)")
    }
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignIn(***)")
    }
}
