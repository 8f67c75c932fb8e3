//! `WebApp`: an app that people sign in to, by an authorization code with PKCE.

mod builder;
mod doubt;
mod session;
mod sign_in;
mod tokens;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

pub use self::builder::WebAppBuilder;
pub use self::session::WebSession;
pub use self::sign_in::{Pending, SignIn, SignInError};
pub use self::tokens::{Introspection, Tokens};
use super::dpop::{Dpop, Place};
use super::service_app::{with_assertion, with_proof};
use super::token::TOKEN_PATH;
use super::{Answer, Form, Forms, Org, PrivateKey};
use crate::error::Error;

/// A web app: signs users in, and gets tokens in their name. Cheap to clone.
///
/// ```
/// # #[cfg(not(feature = "reqwest"))] fn main() {}
/// # #[cfg(feature = "reqwest")] #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use okta_client::Client;
/// use okta_client::credentials::WebApp;
///
/// let org = okta_mock::OktaMock::builder().start().await?;
/// # let (client_id, secret, callback) = (org.web_app().client_id, org.web_app().client_secret, org.web_app().redirect_uri);
/// let app = WebApp::builder(org.url(), client_id, callback)
///     .client_secret(secret)
///     .scopes(["openid", "offline_access", "okta.users.read"])
///     .build()?;
///
/// // 1. Send the browser away, and keep `pending` in its session.
/// let sign_in = app.sign_in()?;
/// let kept = sign_in.pending.keep();
/// // 2. It comes back to the callback. (The fake signs somebody in without a browser.)
/// let back = org.sign_in(sign_in.url.as_str(), "me")?;
/// let tokens = app.finish(&kept.parse()?, &back).await?;
/// // 3. Call Okta in the user's name. Each new refresh token is stored before the tokens that came with it are used.
/// let session = app.session(tokens).on_refresh(|tokens| async move {
///     let _to_store = tokens.refresh_token;
///     Ok(())
/// });
/// let okta = Client::builder(org.url()).credential(session).build()?;
/// println!("{}", okta.users().get("me").await?.id);
/// # Ok(())
/// # }
/// ```
///
/// **Source**: Okta, "Implement authorization by grant type", "Refresh access tokens".
#[derive(Clone)]
pub struct WebApp(Arc<Inner>);

struct Inner {
    org: Org,
    client_id: String,
    redirect_uri: String,
    scope: String,
    proof_of_client: ProofOfClient,
    dpop: Option<Dpop>,
    leeway: Duration,
}

/// How the app proves at the token endpoint that it is itself: in one way, Okta refuses two.
enum ProofOfClient {
    /// A public client has nothing that it could keep secret.
    None,
    /// `client_secret_basic`.
    Secret(SecretString),
    /// `private_key_jwt`.
    Key(PrivateKey),
}

impl WebApp {
    /// Starts to describe the app: the org's URL, the client id, and the redirect URI exactly as it is registered.
    pub fn builder(
        org_url: impl AsRef<str>,
        client_id: impl Into<String>,
        redirect_uri: impl Into<String>,
    ) -> WebAppBuilder {
        WebAppBuilder::new(org_url.as_ref(), client_id.into(), redirect_uri.into())
    }

    /// The org's URL: scheme, host and port.
    pub fn org_url(&self) -> &Url {
        self.0.org.url()
    }

    /// A credential in the name of the user whose tokens these are, from a sign-in or from [where they were stored](Tokens::new).
    /// Refreshes them where there is a refresh token, by the transport of the client that it is used with.
    pub fn session(&self, tokens: Tokens) -> WebSession {
        WebSession::new(self.clone(), Some(tokens), None)
    }

    /// A credential from a refresh token that was stored, and nothing else: its first request refreshes. Where the access token was
    /// stored as well, [`session`](Self::session) goes on with it.
    pub fn resume(&self, refresh_token: impl Into<SecretString>) -> WebSession {
        WebSession::new(self.clone(), None, Some(refresh_token.into()))
    }

    /// Ends a token. A refresh token takes its access tokens with it, an access token takes nothing with it. A token that is unknown or
    /// ended already is no error.
    ///
    /// # Errors
    /// As any call: [`Error::Api`] where the app itself is refused.
    ///
    /// # Cancel safety
    /// Dropping the future gives it up; the token may or may not have been ended.
    pub async fn revoke(&self, token: impl Into<SecretString>) -> Result<(), Error> {
        let (path, token) = ("/oauth2/v1/revoke", token.into());
        let post = Post {
            app: &self.0,
            path,
            fields: vec![("token", token.expose_secret())],
            repeatable: Duration::MAX,
        };
        self.0.org.post_form::<serde_json::Value>(path, &post).await.map(|_| ())
    }

    /// Asks Okta about a token of this app: whether it is active, whose it is, until when. Whatever is expired, revoked, unknown or
    /// another app's is not active.
    ///
    /// # Errors
    /// As [`revoke`](Self::revoke).
    ///
    /// # Cancel safety
    /// Dropping the future gives it up. Nothing is changed by it.
    pub async fn introspect(&self, token: impl Into<SecretString>) -> Result<Introspection, Error> {
        let (path, token) = ("/oauth2/v1/introspect", token.into());
        let post = Post {
            app: &self.0,
            path,
            fields: vec![("token", token.expose_secret())],
            repeatable: Duration::MAX,
        };
        self.0.org.post_form(path, &post).await
    }

    /// Tokens for what a grant says, which may be sent again for so long behind an attempt that had no answer. `org` is the way to it: this
    /// app's own, or that of the client which needs them.
    async fn tokens(
        &self,
        org: &Org,
        fields: Vec<(&str, &str)>,
        repeatable: Duration,
    ) -> Result<Tokens, Error> {
        let asked = tokio::time::Instant::now();
        let post = Post { app: &self.0, path: TOKEN_PATH, fields, repeatable };
        let granted = org.post_form(TOKEN_PATH, &post).await?;
        Ok(Tokens::granted(granted, org, asked))
    }
}

/// One form of this app at one of its endpoints.
struct Post<'a> {
    app: &'a Inner,
    path: &'static str,
    fields: Vec<(&'a str, &'a str)>,
    /// For how long.
    repeatable: Duration,
}

impl Forms for Post<'_> {
    fn form(&self, org: &Org) -> Result<Form, Error> {
        let Inner { client_id, proof_of_client, dpop, .. } = self.app;
        let mut form = Form::new();
        for (name, value) in &self.fields {
            form = form.field(name, value);
        }
        form = match proof_of_client {
            ProofOfClient::None => form.field("client_id", client_id),
            ProofOfClient::Secret(secret) => {
                form.authorization("Basic", &basic(client_id, secret))?.conceal(secret.expose_secret())
            }
            ProofOfClient::Key(key) => with_assertion(form, key, client_id, org, self.path)?,
        };
        with_proof(form, dpop.as_ref().filter(|_| self.path == TOKEN_PATH), org)
    }

    fn answered(&self, answer: &Answer<'_>) -> bool {
        self.app.dpop.as_ref().is_some_and(|dpop| dpop.answered(Place::TokenEndpoint, answer))
    }

    fn is_repeatable(&self, since: Duration) -> bool {
        since <= self.repeatable
    }
}

/// `client_secret_basic`: each half form-encoded (RFC 6749, section 2.3.1).
fn basic(client_id: &str, secret: &SecretString) -> String {
    use base64::Engine as _;
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encode(client_id), encode(secret.expose_secret()));
    base64::engine::general_purpose::STANDARD.encode(pair)
}

impl fmt::Debug for WebApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebApp")
            .field("org_url", &self.org_url().as_str())
            .field("client_id", &self.0.client_id)
            .field("scope", &self.0.scope)
            .finish_non_exhaustive()
    }
}
