//! Credentials of a user's own: what the trait promises to whoever implements it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Method, Request, Response};
use okta_client::credentials::{
    Answer, Authorization, Credential, CredentialError, Form, Forms, Org, Verdict,
};
use okta_client::{Client, Error, Retry, transport};
use url::Url;

/// Counts upwards with every token that was refused.
#[derive(Default)]
struct Counter {
    token: AtomicU64,
    attached: Mutex<Vec<String>>,
    told: Mutex<Vec<(u64, u16, Option<String>)>>,
}

impl Credential for Counter {
    fn attach(&self, org_url: &Url) -> Result<(), Error> {
        self.attached.lock().expect("no panic").push(org_url.to_string());
        Ok(())
    }

    fn authorize<'a>(
        &'a self,
        org: &'a Org,
        _: &'a Method,
        url: &'a Url,
    ) -> BoxFuture<'a, Result<Authorization, CredentialError>> {
        assert_eq!(org.url().origin(), url.origin());
        let token = self.token.load(Ordering::Relaxed);
        Box::pin(async move { Ok(Authorization::new("Own", &format!("token-{token}"))?.mark(token)) })
    }

    fn answered(&self, used: &Authorization, answer: &Answer<'_>) -> Verdict {
        let told = (used.marked(), answer.status.as_u16(), answer.code.map(str::to_owned));
        self.told.lock().expect("no panic").push(told);
        if answer.status == 401 {
            self.token.store(used.marked() + 1, Ordering::Relaxed);
            return Verdict::Again;
        }
        Verdict::Stands
    }
}

/// Accepts one token, and counts.
fn accepting(token: &'static str) -> (Arc<Mutex<Vec<String>>>, impl transport::Transport) {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let way = transport::from_fn({
        let seen = Arc::clone(&seen);
        move |request: Request<Bytes>| {
            let sent = request.headers()["authorization"].to_str().expect("text").to_owned();
            let (status, code) = if sent == token { (200, "x") } else { (401, "E0000011") };
            seen.lock().expect("no panic").push(sent);
            let body = format!("{{\"errorCode\":\"{code}\"}}");
            std::future::ready(
                Response::builder().status(status).body(Bytes::from(body)).expect("a response"),
            )
        }
    });
    (seen, way)
}

#[tokio::test(start_paused = true)]
async fn a_credential_hears_of_every_answer_and_may_have_a_request_sent_again() {
    let (seen, way) = accepting("Own token-1");
    let counter = Arc::new(Counter::default());
    let client = Client::builder("https://acme.okta.com").credential(Arc::clone(&counter)).transport(way);
    let client = client.max_attempts(1).build().expect("valid settings");
    // Also a write: what was refused for its credential has changed nothing.
    client.request(Method::DELETE, "/api/v1/users/00u1").send().await.expect("accepted");
    assert_eq!(*seen.lock().expect("no panic"), ["Own token-0", "Own token-1"]);
    assert_eq!(*counter.attached.lock().expect("no panic"), ["https://acme.okta.com/"]);
    let told = counter.told.lock().expect("no panic").clone();
    assert_eq!(told, [(0, 401, Some("E0000011".to_owned())), (1, 200, None)]);
}

#[tokio::test(start_paused = true)]
async fn a_request_is_sent_again_for_its_credential_once_and_then_the_answer_stands() {
    let (seen, way) = accepting("nothing");
    let client = Client::builder("https://acme.okta.com").credential(Counter::default()).transport(way);
    let client = client.build().expect("valid settings");
    let error = client.users().get("me").await.expect_err("refused");
    assert!(error.is_unauthorized());
    assert_eq!(*seen.lock().expect("no panic"), ["Own token-0", "Own token-1"]);
}

#[tokio::test(start_paused = true)]
async fn a_credential_that_always_wants_another_try_gets_three_whatever_the_codes() {
    let sent = Arc::new(AtomicU64::new(0));
    let way = transport::from_fn({
        let sent = Arc::clone(&sent);
        move |_: Request<Bytes>| {
            let body = format!("{{\"errorCode\":\"E{:07}\"}}", sent.fetch_add(1, Ordering::Relaxed));
            std::future::ready(Response::builder().status(401).body(Bytes::from(body)).expect("a response"))
        }
    });
    let client = Client::builder("https://acme.okta.com").credential(Counter::default()).transport(way);
    client.build().expect("valid settings").users().get("me").await.expect_err("refused");
    assert_eq!(sent.load(Ordering::Relaxed), 4);
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_again_for_its_credential_is_not_counted_as_an_attempt() {
    let statuses = Mutex::new([401, 503, 200].into_iter());
    let way = transport::from_fn(move |_: Request<Bytes>| {
        let status = statuses.lock().expect("no panic").next().expect("three requests");
        let body = Bytes::from_static(b"{\"id\":\"00u1\"}");
        std::future::ready(Response::builder().status(status).body(body).expect("a response"))
    });
    let client = Client::builder("https://acme.okta.com").credential(Counter::default()).transport(way);
    let client = client.max_attempts(2).build().expect("valid settings");
    client.users().get("me").await.expect("the second attempt that counts");
}

/// Has nothing to send.
struct Nothing(CredentialError);

impl Credential for Nothing {
    fn authorize<'a>(
        &'a self,
        _: &'a Org,
        _: &'a Method,
        _: &'a Url,
    ) -> BoxFuture<'a, Result<Authorization, CredentialError>> {
        Box::pin(std::future::ready(Err(self.0.clone())))
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_credential_nothing_is_sent_and_the_error_says_what_to_expect() {
    for (error, dead, retry) in [
        (CredentialError::new("the vault is sealed"), false, Retry::Backoff),
        (CredentialError::dead("the vault is gone"), true, Retry::Never),
    ] {
        let (seen, way) = accepting("nothing");
        let client = Client::builder("https://acme.okta.com").credential(Nothing(error)).transport(way);
        let client = client.build().expect("valid settings");
        let error = client.users().get("me").await.expect_err("nothing to send");
        assert!(
            matches!(&error, Error::Credential { operation, .. } if operation == "GET /api/v1/users/{id}")
        );
        assert_eq!((error.is_unauthorized(), error.retry(), error.status()), (dead, retry, None));
        assert!(seen.lock().expect("no panic").is_empty());
        assert_eq!(client.rate_limits()[0].requests, 0, "no request is counted");
    }
}

/// Has something to send the first time, and is waited for without end from then on.
struct Once(std::sync::atomic::AtomicBool);

impl Credential for Once {
    fn authorize<'a>(
        &'a self,
        _: &'a Org,
        _: &'a Method,
        _: &'a Url,
    ) -> BoxFuture<'a, Result<Authorization, CredentialError>> {
        match self.0.swap(true, std::sync::atomic::Ordering::Relaxed) {
            true => Box::pin(std::future::pending()),
            false => Box::pin(std::future::ready(Authorization::new("Bearer", "first"))),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_while_it_waits_for_its_credential_uses_nothing_of_its_bucket_up() {
    let way = transport::from_fn(|_| {
        let head = Response::builder().header("date", "Fri, 21 Aug 2026 08:00:10 GMT");
        let head = head.header("x-rate-limit-limit", "50").header("x-rate-limit-remaining", "49");
        let head = head.header("x-rate-limit-reset", "1787300000");
        std::future::ready(head.body(Bytes::from_static(br#"{"id":"00u1"}"#)).expect("a response"))
    });
    let client = Client::builder("https://acme.okta.com").credential(Once(false.into())).transport(way);
    let client = client.max_concurrency(1).build().expect("valid settings");
    client.users().get("me").await.expect("a user");
    let known = || {
        let bucket = client.rate_limits().remove(0);
        (bucket.requests, bucket.remaining, bucket.waiting)
    };
    assert_eq!(known(), (1, Some(49), 0));
    for _ in 0..3 {
        let wait = std::time::Duration::from_secs(1);
        tokio::time::timeout(wait, client.users().get("me")).await.expect_err("it waits for ever");
        assert!(matches!(client.max_wait(wait).users().get("me").await, Err(Error::WouldWait { .. })));
    }
    assert_eq!(known(), (1, Some(49), 0), "nothing was sent");
}

/// Gets its token from the org by a form of its own.
struct Exchange;

impl Forms for Exchange {
    fn form(&self, _: &Org) -> Result<Form, Error> {
        Ok(Form::new().field("grant_type", "own & special").field("x", "1"))
    }
}

impl Credential for Exchange {
    fn authorize<'a>(
        &'a self,
        org: &'a Org,
        _: &'a Method,
        _: &'a Url,
    ) -> BoxFuture<'a, Result<Authorization, CredentialError>> {
        Box::pin(async move {
            let token: String = org.post_form("/oauth2/v1/own", self).await?;
            Authorization::new("Bearer", &token)
        })
    }
}

#[tokio::test(start_paused = true)]
async fn an_own_credential_can_ask_its_org_for_a_token() {
    let way = transport::from_fn(|request: Request<Bytes>| {
        let answer = match request.uri().path() {
            "/oauth2/v1/own" => {
                assert_eq!(request.body(), "grant_type=own+%26+special&x=1");
                assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded");
                Bytes::from_static(b"\"made-for-you\"")
            }
            _ => {
                assert_eq!(request.headers()["authorization"], "Bearer made-for-you");
                assert!(request.headers()["authorization"].is_sensitive());
                Bytes::from_static(b"{}")
            }
        };
        std::future::ready(Response::new(answer))
    });
    let client = Client::builder("https://acme.okta.com").credential(Exchange).transport(way);
    let client = client.build().expect("valid settings");
    client.get::<serde_json::Value>("/api/v1/org").await.expect("an answer");
}
