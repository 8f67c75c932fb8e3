//! The tail against okta-mock, in process, on a clock that stands still until somebody waits.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod gaps;
mod leaders;
mod order;
mod refusals;
#[path = "../support/mod.rs"]
mod support;
mod told;

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use okta_client::{Client, Timestamp, transport};
use okta_ingest::{MemoryStore, Org, Tail, TailError, TailKey, TailMonitor, Worker};
use okta_mock::{Clock, OktaMock};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const START: &str = "2026-08-21T08:00:00Z";

fn start() -> Timestamp {
    START.parse().unwrap()
}

fn org_with(events: usize) -> OktaMock {
    let okta =
        OktaMock::builder().seed(7).users(50).groups(5).apps(3).clock(Clock::Tokio(start().as_millis()));
    okta.events(events).in_process()
}

fn client_of(okta: &OktaMock) -> Client {
    let service = okta.service();
    let transport = transport::from_fn(move |request| service.call(request));
    Client::builder(okta.url())
        .api_token(okta.api_token())
        .transport(transport)
        .jitter_seed(1)
        .build()
        .unwrap()
}

fn tail_of(okta: &OktaMock, store: &MemoryStore) -> Tail {
    let day_before = start().saturating_sub(Duration::from_secs(25 * 3600));
    Tail::new(client_of(okta), Arc::new(store.clone()), "one", day_before).jitter_seed(1)
}

/// A running tail: what it says, and how to stop it.
struct Running {
    monitor: TailMonitor,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), TailError>>,
}

fn run(tail: Tail) -> Running {
    let monitor = tail.monitor();
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(tail.run_until(stopped.map(drop)));
    Running { monitor, stop, task }
}

impl Running {
    /// Waits until the log was read to its end once more than now.
    async fn catch_up(&mut self) {
        let seen = self.monitor.status().times_caught_up;
        self.monitor.wait_for(|status| status.times_caught_up > seen).await.expect("the tail runs");
    }

    async fn stop(self) -> Result<(), TailError> {
        let _ = self.stop.send(());
        self.task.await.unwrap()
    }
}

/// The uuids in the store, in the order in which they were put.
async fn stored(store: &MemoryStore) -> Vec<String> {
    let worker = Worker::new(Arc::new(store.clone()), okta_ingest::AcceptAll, "reader");
    let mut worker = worker.batch(10_000);
    while worker.drain_once().await.unwrap() > 0 {}
    store.done().into_iter().map(|(uuid, _)| uuid).collect()
}

fn truth(okta: &OktaMock) -> Vec<String> {
    okta.log().iter().map(|record| record.uuid.to_string()).collect()
}

fn key(okta: &OktaMock) -> TailKey {
    TailKey::system_log(Org::of(&client_of(okta)))
}
