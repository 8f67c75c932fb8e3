//! `ServiceApp`: an app without a user, which proves by a signed assertion who it is and gets an access token for it.

use std::fmt;
use std::sync::{Arc, OnceLock};

use futures::future::BoxFuture;
use http::Method;
use serde_json::json;
use tokio::time::Instant;
use url::Url;

use super::dpop::{Dpop, DpopKey, Place};
use super::renewal::Renewal;
use super::token::{AccessToken, Granted, TOKEN_PATH};
use super::{Answer, Authorization, Credential, CredentialError, Form, Forms, Org, PrivateKey, Verdict, jws};
use crate::error::Error;

/// How long an assertion may be used. Okta takes up to an hour; nobody needs it for longer than one request.
const ASSERTION_SECONDS: i64 = 300;
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A service app: OAuth 2.0 client credentials with a private-key JWT, its tokens bound to a key by DPoP. Cheap to clone; all clones
/// share one access token.
///
/// The token is fetched when the first request needs one and renewed when a tenth of its life is left, once however many requests
/// wait. A token that Okta no longer accepts is replaced, and the request is sent again.
///
/// ```
/// # #[cfg(not(feature = "reqwest"))] fn main() {}
/// # #[cfg(feature = "reqwest")] #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use okta_client::Client;
/// use okta_client::credentials::{PrivateKey, ServiceApp};
///
/// let org = okta_mock::OktaMock::builder().require_dpop(true).start().await?;
/// # let (client_id, pem, kid) = (org.service_app().client_id, org.service_app().private_key_pem, org.service_app().kid);
/// let key = PrivateKey::from_pem(&pem)?.kid(kid);
/// let app = ServiceApp::new(client_id, key, ["okta.users.read"])?;
/// let okta = Client::builder(org.url()).credential(app).build()?;
/// assert!(!okta.users().list().paginate().collect_all().await?.is_empty());
/// # Ok(())
/// # }
/// ```
///
/// An app without a role gets empty lists or 403: what it may do is its scopes and its admin roles together.
///
/// **Source**: Okta, "Implement OAuth for Okta with a service app".
#[derive(Clone)]
pub struct ServiceApp {
    app: App,
    tokens: Renewal,
    org: Arc<OnceLock<Url>>,
}

#[derive(Clone)]
struct App {
    identity: Arc<Identity>,
    dpop: Option<Arc<Dpop>>,
}

struct Identity {
    client_id: String,
    key: PrivateKey,
    scope: String,
}

impl ServiceApp {
    /// The app with this client id and key, which asks for these scopes. Makes the key that its tokens will be bound to.
    ///
    /// # Errors
    /// [`Error::Config`] where the client id or a scope is empty or holds a character that none has, or there is no scope: Okta
    /// has no default.
    pub fn new<S: AsRef<str>>(
        client_id: impl Into<String>,
        key: PrivateKey,
        scopes: impl IntoIterator<Item = S>,
    ) -> Result<Self, Error> {
        let client_id = word("client_id", client_id.into())?;
        let scope = scope_of(scopes)?;
        let identity = Arc::new(Identity { client_id, key, scope });
        let app = App { identity, dpop: Some(Arc::new(Dpop::new(DpopKey::generate()?))) };
        Ok(Self { app, tokens: Renewal::default(), org: Arc::default() })
    }

    /// Gets tokens that whoever holds them may use. For apps made before DPoP became Okta's default, where something between this
    /// client and Okta does not let proofs through.
    #[must_use]
    pub fn without_dpop(self) -> Self {
        // A token that a clone may have got is bound to the key.
        Self { app: App { dpop: None, ..self.app }, tokens: Renewal::default(), org: self.org }
    }
}

impl Credential for ServiceApp {
    /// A token of one org must not reach another, so an app belongs to the first org that it is used with.
    fn attach(&self, org_url: &Url) -> Result<(), Error> {
        let own = self.org.get_or_init(|| org_url.clone());
        if own == org_url {
            Ok(())
        } else {
            Err(Error::config("credentials", "belong to a client of another org"))
        }
    }

    fn authorize<'a>(
        &'a self,
        org: &'a Org,
        method: &'a Method,
        url: &'a Url,
    ) -> BoxFuture<'a, Result<Authorization, CredentialError>> {
        Box::pin(async move {
            let (number, token) = self
                .tokens
                .token(|| {
                    let (app, org) = (self.app.clone(), org.clone());
                    Box::pin(async move {
                        let asked = Instant::now();
                        let granted: Granted = org.post_form(TOKEN_PATH, &app).await?;
                        app.tell_of_missing(&granted.scope);
                        Ok(AccessToken::granted(&granted, asked))
                    })
                })
                .await?;
            Ok(token.authorize(self.app.dpop.as_deref(), org, method, url)?.mark(number))
        })
    }

    fn answered(&self, used: &Authorization, answer: &Answer<'_>) -> Verdict {
        answered(self.app.dpop.as_deref(), &self.tokens, used, answer)
    }
}

/// What an answer at a resource means for a token and the proofs that go with it.
pub(super) fn answered(
    dpop: Option<&Dpop>,
    tokens: &Renewal,
    used: &Authorization,
    answer: &Answer<'_>,
) -> Verdict {
    let renewed = dpop.is_some_and(|dpop| dpop.answered(Place::Resource, answer));
    // A proof that was made by a clock that we know better now. If it is not that, it is refused once more and that stands.
    let late = dpop.is_some() && answer.code == Some("invalid_dpop_proof");
    if renewed || late { Verdict::Again } else { tokens.answered(used.marked(), answer) }
}

impl App {
    /// Okta leaves scopes out in silence that were not granted to the app; the calls that need them are then refused.
    fn tell_of_missing(&self, granted: &str) {
        let has = |wanted: &&str| granted.split(' ').any(|scope| scope == *wanted);
        let missing: Vec<&str> = self.identity.scope.split(' ').filter(|wanted| !has(wanted)).collect();
        if !missing.is_empty() {
            tracing::warn!(scopes = missing.join(" "), "Okta did not grant these scopes to the service app");
        }
    }
}

impl Forms for App {
    /// A new assertion and a new proof: an assertion's `jti` is used up by any answer, also by one that only asks for a nonce.
    fn form(&self, org: &Org) -> Result<Form, Error> {
        let form = Form::new().field("grant_type", "client_credentials").field("scope", &self.identity.scope);
        let form = with_assertion(form, &self.identity.key, &self.identity.client_id, org, TOKEN_PATH)?;
        with_proof(form, self.dpop.as_deref(), org)
    }

    fn answered(&self, answer: &Answer<'_>) -> bool {
        self.dpop.as_deref().is_some_and(|dpop| dpop.answered(Place::TokenEndpoint, answer))
    }
}

/// Adds a proof for the token endpoint.
pub(super) fn with_proof(form: Form, dpop: Option<&Dpop>, org: &Org) -> Result<Form, Error> {
    let Some(dpop) = dpop else { return Ok(form) };
    let (url, now) = (org.endpoint(TOKEN_PATH), org.now());
    form.dpop(&dpop.proof(Place::TokenEndpoint, &Method::POST, &url, now, None)?)
}

/// Adds an assertion for one endpoint of one org.
pub(super) fn with_assertion(
    form: Form,
    key: &PrivateKey,
    client_id: &str,
    org: &Org,
    path: &str,
) -> Result<Form, Error> {
    let now = org.now().as_millis().div_euclid(1000);
    let assertion = key.sign(&json!({
        "iss": client_id,
        "sub": client_id,
        "aud": org.endpoint(path).as_str(),
        "iat": now,
        "exp": now + ASSERTION_SECONDS,
        "jti": jws::random_text()?,
    }))?;
    Ok(form.field("client_assertion_type", ASSERTION_TYPE).field("client_assertion", &assertion))
}

/// A client id or a scope: letters, digits and signs, no space.
pub(super) fn word(field: &'static str, text: String) -> Result<String, Error> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::config(field, "is empty or holds a space or another character that none has"));
    }
    Ok(text)
}

pub(super) fn scope_of<S: AsRef<str>>(scopes: impl IntoIterator<Item = S>) -> Result<String, Error> {
    let words: Result<Vec<String>, Error> =
        scopes.into_iter().map(|scope| word("scopes", scope.as_ref().to_owned())).collect();
    let words = words?;
    if words.is_empty() {
        return Err(Error::config("scopes", "are missing: name each, such as okta.users.read"));
    }
    Ok(words.join(" "))
}

impl fmt::Debug for ServiceApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceApp")
            .field("client_id", &self.app.identity.client_id)
            .field("key", &self.app.identity.key)
            .field("scope", &self.app.identity.scope)
            .field("dpop", &self.app.dpop.is_some())
            .finish_non_exhaustive()
    }
}
