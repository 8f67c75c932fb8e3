//! An org in this process, on tokio's clock, and a transport that watches what goes to it.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use futures::future::BoxFuture;
use http::Request;
use okta_client::credentials::{Credential, PrivateKey, ServiceApp};
use okta_client::transport::{Body, Transport, TransportError};
use okta_client::{Client, ClientBuilder, Error};
use okta_mock::{Builder, Clock, OktaMock};
use serde_json::Value;

pub(crate) const TOKEN: &str = "/oauth2/v1/token";

/// An org whose clock is in step with this machine's, as far as signatures can tell: a minute ahead, so that a test that is held up
/// dates nothing in its future.
pub(crate) fn org(builder: Builder) -> OktaMock {
    builder.clock(Clock::Tokio(okta_client::Timestamp::now().as_millis() + 60_000)).in_process()
}

/// What to do with a request that goes by.
pub(crate) enum Way {
    /// Let it pass.
    Pass,
    /// Let it pass after a while.
    Slow(Duration),
    /// Let it arrive, and lose the answer.
    Lose,
    /// Let it arrive, and never answer.
    Hang,
    /// Answer it in the org's place.
    Answer(http::Response<Bytes>),
}

type Rule = Arc<dyn Fn(&Request<Bytes>, usize) -> Way + Send + Sync>;

/// The way to an org. Remembers every request.
#[derive(Clone)]
pub(crate) struct Watched {
    service: okta_mock::MockService,
    rule: Rule,
    pub(crate) seen: Arc<Mutex<Vec<Seen>>>,
}

/// One request.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) authorization: String,
    pub(crate) dpop: Option<String>,
    pub(crate) body: String,
    pub(crate) status: Option<u16>,
}

impl Seen {
    pub(crate) fn path(&self) -> String {
        let url = url::Url::parse(&self.url).expect("a URL");
        url.path().to_owned()
    }

    /// A field of the form.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let mut fields = url::form_urlencoded::parse(self.body.as_bytes());
        fields.find_map(|(field, value)| (field == name).then(|| value.into_owned()))
    }
}

/// Header and claims of a JWT.
pub(crate) fn jwt(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).expect("base64url"));
    let mut json = || serde_json::from_slice(&parts.next().expect("a part")).expect("JSON");
    (json(), json())
}

impl Watched {
    pub(crate) fn new(org: &OktaMock) -> Self {
        Self::by(org, |_, _| Way::Pass)
    }

    /// `rule` is asked for every request, with how many went to the same path before.
    pub(crate) fn by(
        org: &OktaMock,
        rule: impl Fn(&Request<Bytes>, usize) -> Way + Send + Sync + 'static,
    ) -> Self {
        Self { service: org.service(), rule: Arc::new(rule), seen: Arc::default() }
    }

    /// The requests to a path.
    pub(crate) fn to(&self, path: &str) -> Vec<Seen> {
        self.seen.lock().expect("no panic").iter().filter(|seen| seen.path() == path).cloned().collect()
    }

    /// The statuses of the token endpoint's answers.
    pub(crate) fn token_answers(&self) -> Vec<u16> {
        self.to(TOKEN).iter().filter_map(|seen| seen.status).collect()
    }
}

impl Transport for Watched {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Body>, TransportError>> {
        let text =
            |name| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let entry = Seen {
            method: request.method().to_string(),
            url: request.uri().to_string(),
            authorization: text("authorization").unwrap_or_default(),
            dpop: text("dpop"),
            body: String::from_utf8(request.body().to_vec()).expect("text"),
            status: None,
        };
        let (before, at) = {
            let mut seen = self.seen.lock().expect("no panic");
            let before = seen.iter().filter(|seen| seen.path() == entry.path()).count();
            seen.push(entry);
            (before, seen.len() - 1)
        };
        let (way, service, seen) =
            ((self.rule)(&request, before), self.service.clone(), Arc::clone(&self.seen));
        Box::pin(async move {
            if let Way::Slow(wait) = way {
                tokio::time::sleep(wait).await;
            }
            let (lost, hangs) = (matches!(way, Way::Lose), matches!(way, Way::Hang));
            let answer = match way {
                Way::Answer(answer) => answer,
                _ => service.call(request).await,
            };
            if hangs {
                std::future::pending::<()>().await;
            }
            if lost {
                return Err(TransportError::lost("the answer is lost"));
            }
            seen.lock().expect("no panic")[at].status = Some(answer.status().as_u16());
            Ok(answer.map(Body::from))
        })
    }
}

/// The org's service app, with its RSA key.
pub(crate) fn app(org: &OktaMock) -> ServiceApp {
    let app = org.service_app();
    let key = PrivateKey::from_pem(&app.private_key_pem).expect("a key").kid(&app.kid);
    ServiceApp::new(&app.client_id, key, ["okta.users.read", "okta.groups.read"]).expect("valid")
}

pub(crate) fn builder(
    org: &OktaMock,
    credential: impl Credential,
    transport: impl Transport,
) -> ClientBuilder {
    Client::builder(org.url()).credential(credential).transport(transport).jitter_seed(7)
}

pub(crate) fn client(org: &OktaMock, credential: impl Credential, transport: &Watched) -> Client {
    builder(org, credential, transport.clone()).build().expect("valid settings")
}

/// Everything that an error says, its causes included.
pub(crate) fn printed(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(" {error} {error:?} {error:#?}"));
        cause = error.source();
    }
    text
}

/// How many users a listing brings.
pub(crate) async fn count(client: &Client) -> Result<usize, Error> {
    Ok(client.users().list().paginate().collect_all().await?.len())
}

/// Checks every assertion and proof that went by: none was used twice, each names its own request.
pub(crate) fn assert_signed_as_oauth_wants(watched: &Watched, org_url: &str) {
    let mut ids = HashSet::new();
    for seen in watched.seen.lock().expect("no panic").iter() {
        if let Some(assertion) = seen.field("client_assertion") {
            let (_, claims) = jwt(&assertion);
            assert_eq!(claims["aud"], format!("{org_url}{}", seen.path()), "the exact endpoint");
            let life = claims["exp"].as_i64().expect("exp") - claims["iat"].as_i64().expect("iat");
            assert!((1..=300).contains(&life), "{life}");
            assert_eq!(claims["iss"], claims["sub"]);
            assert!(ids.insert(claims["jti"].clone()), "an assertion was sent twice");
        }
        if let Some(proof) = &seen.dpop {
            let (header, claims) = jwt(proof);
            assert_eq!(header["typ"], "dpop+jwt");
            assert_eq!(header["jwk"].as_object().expect("a key").len(), 4, "the public half only");
            assert_eq!(claims["htm"], seen.method);
            assert_eq!(claims["htu"], format!("{org_url}{}", seen.path()));
            assert_eq!(claims.get("ath").is_some(), seen.path() != TOKEN);
            assert!(ids.insert(claims["jti"].clone()), "a proof was sent twice");
        }
    }
}
