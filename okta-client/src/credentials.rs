//! `Credential`: what proves to Okta who is calling, and where that may be sent.
//!
//! Every request of a client asks its credential for an [`Authorization`], and tells it what became of it. So a credential may
//! be a fixed token, one that is renewed, or one that signs each request. Those that the crate brings:
//!
//! | what | how |
//! |---|---|
//! | an API token (SSWS) | [`ClientBuilder::api_token`](crate::ClientBuilder::api_token) |
//! | an access token from elsewhere | [`ClientBuilder::bearer_token`](crate::ClientBuilder::bearer_token) |
//! | a service app with a private key | `ServiceApp` (feature `oauth`) |
//! | a user who signed in to a web app | `WebApp` (feature `oauth`) |
//!
//! Anything else implements [`Credential`].

mod authorization;
mod error;
mod fixed;
mod org;

#[cfg(feature = "oauth")]
mod dpop;
#[cfg(feature = "oauth")]
mod jws;
#[cfg(feature = "oauth")]
mod private_key;
#[cfg(feature = "oauth")]
mod renewal;
#[cfg(feature = "oauth")]
mod service_app;
#[cfg(feature = "oauth")]
mod token;
#[cfg(feature = "oauth")]
mod web_app;

use std::sync::Arc;

use futures::future::BoxFuture;
use http::{HeaderMap, Method, StatusCode};
use url::Url;

pub use self::authorization::Authorization;
#[cfg(feature = "oauth")]
pub use self::dpop::DpopKey;
pub use self::error::CredentialError;
pub(crate) use self::fixed::FixedToken;
pub use self::org::{Form, Forms, Org};
#[cfg(feature = "oauth")]
pub use self::private_key::{Algorithm, PrivateKey};
#[cfg(feature = "oauth")]
pub use self::service_app::ServiceApp;
#[cfg(feature = "oauth")]
pub use self::web_app::{
    Introspection, Pending, SignIn, SignInError, Tokens, WebApp, WebAppBuilder, WebSession,
};
use crate::error::Error;

/// Proves who is calling.
///
/// The client sends what it returns to its own org and to no other origin, marks it sensitive, and prints it nowhere.
///
/// ```
/// use futures::future::BoxFuture;
/// use http::Method;
/// use okta_client::Client;
/// use okta_client::credentials::{Authorization, Credential, CredentialError, Org};
/// use url::Url;
///
/// /// An access token that another process keeps fresh in a file.
/// struct TokenFile(std::path::PathBuf);
///
/// impl Credential for TokenFile {
///     fn authorize<'a>(
///         &'a self,
///         _org: &'a Org,
///         _method: &'a Method,
///         _url: &'a Url,
///     ) -> BoxFuture<'a, Result<Authorization, CredentialError>> {
///         Box::pin(async move {
///             let token = std::fs::read_to_string(&self.0).map_err(CredentialError::new)?;
///             Authorization::new("Bearer", token.trim())
///         })
///     }
/// }
///
/// # #[cfg(feature = "reqwest")]
/// let client = Client::builder("https://example.okta.com").credential(TokenFile("token".into())).build()?;
/// # Ok::<(), okta_client::Error>(())
/// ```
pub trait Credential: Send + Sync + 'static {
    /// Called when a client is built with it. The place to refuse a setting, or an org that the credential does not belong to.
    ///
    /// # Errors
    /// [`Error::Config`] where the client must not be built.
    fn attach(&self, org_url: &Url) -> Result<(), Error> {
        let _ = org_url;
        Ok(())
    }

    /// What to send with one attempt of one request. `url` is the whole URL, on the org's origin.
    ///
    /// It is asked for every attempt, just before it leaves. Many requests ask at the same time: a credential that renews
    /// something must do so once for all of them.
    ///
    /// # Errors
    /// [`CredentialError`] where there is nothing to send. The call ends with it, as [`Error::Credential`]; it is not tried again.
    ///
    /// # Cancel safety
    /// The future is dropped with the call that waits for it. A renewal that others wait for should go on.
    fn authorize<'a>(
        &'a self,
        org: &'a Org,
        method: &'a Method,
        url: &'a Url,
    ) -> BoxFuture<'a, Result<Authorization, CredentialError>>;

    /// Told about every answer to a request that carried `used`, but not about redirects, which end the call. Default:
    /// [`Verdict::Stands`].
    fn answered(&self, used: &Authorization, answer: &Answer<'_>) -> Verdict {
        let _ = (used, answer);
        Verdict::Stands
    }
}

/// One answer, as a credential sees it.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Answer<'a> {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Okta's error code (`E0000011`) or OAuth's (`invalid_token`), from the body or from `WWW-Authenticate`.
    pub code: Option<&'a str>,
}

impl std::fmt::Debug for Answer<'_> {
    /// Without the headers: an answer may repeat what was sent.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

/// What a credential makes of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The answer is what the call is about.
    Stands,
    /// What was sent is no longer good, and the next [`Credential::authorize`] will bring something better. The request is
    /// sent again at once; for the same error code only once in a call, and whatever its method, because a request that is refused
    /// for its credential changes nothing.
    Again,
}

impl<T: Credential + ?Sized> Credential for Arc<T> {
    fn attach(&self, org_url: &Url) -> Result<(), Error> {
        (**self).attach(org_url)
    }

    fn authorize<'a>(
        &'a self,
        org: &'a Org,
        method: &'a Method,
        url: &'a Url,
    ) -> BoxFuture<'a, Result<Authorization, CredentialError>> {
        (**self).authorize(org, method, url)
    }

    fn answered(&self, used: &Authorization, answer: &Answer<'_>) -> Verdict {
        (**self).answered(used, answer)
    }
}
