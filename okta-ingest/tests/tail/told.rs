//! What a tail tells its operator: enough to act on, and nothing that is a secret or somebody's name.

use std::fmt::Write;
use std::sync::{Arc, Mutex};

use okta_ingest::{MemoryStore, TailError};
use okta_mock::NewEvent;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::{org_with, run, stored, support, tail_of};

/// Writes down everything at every level.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<String>>);

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut cause = Some(value);
        while let Some(error) = cause {
            write!(self.0, " {field}={error} {error:?}").unwrap();
            cause = error.source();
        }
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut Line(&mut self.0.lock().unwrap()));
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Line(&mut self.0.lock().unwrap()));
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut Line(&mut self.0.lock().unwrap()));
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test(start_paused = true)]
async fn a07_a_tail_in_trouble_logs_neither_its_token_nor_a_cursor_nor_whom_an_event_is_about() {
    let recorder = Recorder::default();
    let _guard = tracing::subscriber::set_default(recorder.clone());
    let (okta, store) = (org_with(50), MemoryStore::new());
    assert!(
        okta.log()[0].json().windows(12).any(|part| part == b"@example.com"),
        "there is somebody to name"
    );
    let mut tail = run(tail_of(&okta, &store).page_limit(10));
    tail.catch_up().await;
    let misbehave: [fn(okta_mock::Fault) -> u64; 6] = [
        |fault| fault.truncate_body(50),
        |fault| fault.respond_with(200, "text/html", "<html>ada@example.com</html>"),
        |fault| fault.respond(503),
        |fault| fault.respond_429(),
        |fault| fault.respond_error("E0000009"),
        |fault| fault.next_link("https://evil.example/api/v1/logs?after=stolen"),
    ];
    for misbehave in misbehave {
        okta.append_log(vec![NewEvent::new("user.session.start")]);
        misbehave(okta.faults().on("GET /api/v1/logs").times(8));
        tail.catch_up().await;
        okta.faults().clear();
    }
    okta.faults().on("GET /api/v1/logs").nth(1).invalid_cursor();
    tail.catch_up().await;
    let hook = support::hook();
    let unreadable =
        hook.authenticate(&support::headers()).unwrap().read("{\"data\":\"ada@example.com\"}".into());
    let status = tail.monitor.status();
    okta.faults().on("GET /api/v1/logs").respond_error("E0000011");
    let ended = tail.task.await.unwrap().unwrap_err();
    assert!(matches!(ended, TailError::Refused(_)), "{ended:?}");
    stored(&store).await;
    let logged = recorder.0.lock().unwrap().clone();
    assert!(logged.contains("could not be read"), "{logged}");
    let told = format!(
        "{logged} {ended:?} {status:?} {unreadable:?} {:?} {:?}",
        store.quarantined(),
        support::hook()
    );
    for secret in [okta.api_token(), "SSWS", "after=", "@example.com", support::SECRET] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
}
