//! What the client tells `tracing`: one span per attempt with its method, template, status and request id, and no secret.

use std::fmt::Write;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::Response;
use okta_client::{Client, transport};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Writes down everything at every level.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<String>>);

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, " {field}={value:?}").expect("memory");
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut text = self.0.lock().expect("no panic");
        text.push_str(span.metadata().name());
        span.record(&mut Line(&mut text));
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Line(&mut self.0.lock().expect("no panic")));
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut Line(&mut self.0.lock().expect("no panic")));
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test(start_paused = true)]
async fn xa06_spans_name_the_request_and_hold_no_secret() {
    let recorder = Recorder::default();
    let _guard = tracing::subscriber::set_default(recorder.clone());
    let transport = transport::from_fn(|_| {
        let response = Response::builder().status(503).header("x-okta-request-id", "req1");
        std::future::ready(response.body(Bytes::from_static(b"BODYSECRET")).expect("a response"))
    });
    let client = Client::builder("https://acme.okta.com").api_token("TOKENSECRET").transport(transport);
    let client = client.max_attempts(2).build().expect("valid settings");
    client.users().list().filter("QUERYSECRET").paginate().collect_all().await.expect_err("503");
    let text = recorder.0.lock().expect("no panic").clone();
    for told in [
        "okta.request",
        "http.request.method=GET",
        "url.template=\"/api/v1/users\"",
        "http.response.status_code=503",
        "okta.request_id=\"req1\"",
        "attempt=2",
    ] {
        assert!(text.contains(told), "{told} in {text}");
    }
    assert!(!text.contains("SECRET"), "{text}");
}
