//! What several tests need: an org, a hook with its secret, and batches made the only way there is, by a receiver.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use okta_ingest::receive::{EventBridge, EventHook, Secrets};
use okta_ingest::{Batch, Delivery, Inbox, Lease, Org};

pub(crate) const SECRET: &str = "the-secret-of-the-tests";

pub(crate) fn org() -> Org {
    Org::new("example.okta.com").unwrap()
}

pub(crate) fn hook() -> EventHook {
    EventHook::new(org(), Secrets::new(&SECRET.into()).unwrap())
}

pub(crate) fn bridge() -> EventBridge {
    EventBridge::new(org(), Secrets::new(&SECRET.into()).unwrap())
}

pub(crate) fn headers() -> HeaderMap {
    HeaderMap::from_iter([(http::header::AUTHORIZATION, HeaderValue::from_static(SECRET))])
}

/// A push of events with these uuids.
pub(crate) fn push(uuids: &[&str]) -> Batch {
    push_from(&org(), uuids)
}

/// The same from another org.
pub(crate) fn push_from(org: &Org, uuids: &[impl AsRef<str>]) -> Batch {
    let events: Vec<String> = uuids.iter().map(|uuid| event(uuid.as_ref())).collect();
    let body = format!(r#"{{"data":{{"events":[{}]}}}}"#, events.join(","));
    let hook = EventHook::new(org.clone(), Secrets::new(&SECRET.into()).unwrap());
    hook.authenticate(&headers()).unwrap().read(Bytes::from(body)).batch
}

pub(crate) fn event(uuid: &str) -> String {
    format!(r#"{{"uuid":"{uuid}","eventType":"user.session.start","published":"2026-01-01T00:00:00.000Z"}}"#)
}

pub(crate) async fn lease(store: &dyn Inbox, ttl: Duration) -> Vec<Delivery> {
    let request = Lease { owner: "test".to_owned(), limit: 100, ttl, max_attempts: 10 };
    store.lease(request).await.unwrap()
}

/// Every fixture of a folder: file name and content.
pub(crate) fn fixtures(folder: &str) -> Vec<(String, Bytes)> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/okta").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let name = |path: &PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
    files.iter().map(|path| (name(path), std::fs::read(path).unwrap().into())).collect()
}
