//! How do I know everything that happens in an Okta org, and miss nothing?
//!
//! ```text
//! cargo run --release --example hybrid_ingest            # an org of its own, for ten seconds, checked at the end
//! cargo run --release --example hybrid_ingest -- --help
//! ```
//!
//! This file is the pipeline, from left to right: a receiver takes Okta's pushes and a tail reads its System Log, both put
//! into one inbox, a worker drains it, and each event has one effect: its row in `events`. Kill it at any moment and start it
//! again; nothing is lost and nothing is there twice.

#![allow(clippy::print_stdout, reason = "the result belongs there")]

mod hook;
mod listen;
mod options;
mod org;
mod progress;
mod report;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use futures::future::BoxFuture;
use okta_client::Timestamp;
use okta_ingest::receive::{EventBridge, EventHook, Receivers, Secrets};
use okta_ingest::sqlite::sqlx::{self, SqliteConnection};
use okta_ingest::{
    AcceptAll, BoxError, Delivery, Inbox, Org, Role, Sink, SqliteStore, Tail, TailMonitor, Waker, Worker,
};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::options::Options;
use crate::report::Report;

/// How long the events and the lead of an instance that was killed wait for the next one. Short, because everything here is
/// on one machine.
const LEASE: Duration = Duration::from_secs(3);
/// How long a run that is to stop may take to catch up.
const CATCH_UP: Duration = Duration::from_secs(60);

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(&options).await {
        Ok(report) => {
            report.print(options.json);
            if report.is_complete() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            progress::explain(&*error);
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<Report, BoxError> {
    let org = org::Connected::open(options).await?;
    let org_name = Org::of(&org.client);
    progress::say(format_args!("org        {org_name}{}", if org.own.is_some() { " (its own)" } else { "" }));

    // The store, with the table of effects in the same file.
    let folder = tempfile::tempdir()?;
    let path = options.db.clone().unwrap_or_else(|| folder.path().join("okta-events.db"));
    let store = SqliteStore::options(&path).sink(EventsTable).open().await?;
    EventsTable::create(&store).await?;
    let baseline = report::Baseline::take(&store).await?;
    progress::say(format_args!("database   {}", path.display()));

    // Whoever puts events wakes the worker; whoever is pushed wakes the tail.
    let (wake_tail, wake_worker) = (Waker::new(), Waker::new());
    let (stop, stopping) = watch::channel(false);

    // Pushes.
    let secret = hook::secret();
    let bridge = EventBridge::new(org_name.clone(), Secrets::new(&relay_secret(&secret))?);
    let receivers = Receivers::new(Arc::new(store.clone()))
        .event_hook(EventHook::new(org_name.clone(), Secrets::new(&secret)?))
        .event_bridge(match &options.eventbridge_source {
            Some(source) => bridge.source(source),
            None => bridge,
        })
        .wakes_tail(wake_tail.clone())
        .wakes_worker(wake_worker.clone());
    let listener = TcpListener::bind(options.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", options.listen))?;
    let address = listener.local_addr()?;
    progress::say(format_args!(
        "receiver   http://{address}/ingest/okta/events and /ingest/okta/eventbridge"
    ));
    let mut server = tokio::spawn(listen::serve(listener, receivers.router(), stopping.clone()));

    // Polling.
    let owner = format!("hybrid_ingest-{}-{:08x}", std::process::id(), fastrand::u32(..));
    let tail = Tail::new(org.client.clone(), Arc::new(store.clone()), &owner, org.since)
        .lease(LEASE)
        .waker(wake_tail.clone())
        .wakes(wake_worker.clone());
    let monitor = tail.monitor();
    let mut tail = tokio::spawn(tail.run_until(stopped(stopping.clone())));

    // The worker. The sink below does the work, so the processor accepts everything.
    let worker =
        Worker::new(Arc::new(store.clone()), AcceptAll, &owner).lease(LEASE).waker(wake_worker.clone());
    let mut worker = tokio::spawn(worker.run_until(stopped(stopping.clone())));

    // Where Okta can reach us it is asked to push.
    let public_url =
        options.public_url.clone().or_else(|| org.own.as_ref().map(|_| format!("http://{address}")));
    if let Some(url) = public_url {
        let id = hook::register(&org.client, &url, &secret).await?;
        progress::say(format_args!("event hook {id} verified at {url}"));
    }

    org.start_activity(options.live_rate);
    let display = progress::Display::start(monitor.clone(), receivers.clone(), store.clone());
    let interrupted = tokio::select! {
        ended = &mut tail => {
            ended??;
            return Err("the tail ended by itself".into());
        }
        ended = &mut worker => {
            ended?;
            return Err("the worker ended by itself".into());
        }
        ended = &mut server => {
            ended?;
            return Err("the receiver ended by itself".into());
        }
        interrupted = org::enough(options.run_for()) => interrupted,
    };
    org.stop_activity().await;
    let mut complete = true;
    if !interrupted || org.own.is_some() {
        let caught_up = caught_up(monitor.clone(), &store, &wake_tail, &wake_worker, &display);
        complete = tokio::select! {
            ended = &mut tail => { ended??; false }
            caught_up = tokio::time::timeout(CATCH_UP, caught_up) => caught_up.is_ok(),
            () = org::interrupt() => false,
        };
    }
    if !complete {
        let trouble = monitor.status().last_error.map_or_else(String::new, |error| format!(": {error}"));
        display.say(format_args!("stopped before it had caught up{trouble}"));
    }

    // What was put is durable and what is in hand is finished; the rest waits for the next start.
    stop.send_replace(true);
    if !tail.is_finished() {
        tail.await??;
    }
    worker.await?;
    server.await?;
    display.stop();
    let report = Report::make(&org, &store, &receivers, &monitor.status(), baseline, complete).await?;
    store.close().await;
    Ok(report)
}

/// Waits until the log was read to its end after this moment and the inbox is empty. If another instance leads the tail, the
/// reading is left to it.
async fn caught_up(
    mut monitor: TailMonitor,
    store: &SqliteStore,
    wake_tail: &Waker,
    wake_worker: &Waker,
    display: &progress::Display,
) {
    display.say(format_args!("catching up"));
    let leading = monitor.wait_for(|status| status.role == Role::Leading);
    // A dead leader's lease ends within its time; one that lives on is alive.
    if tokio::time::timeout(2 * LEASE, leading).await.is_ok() {
        // One look at the end may have begun before this moment, the next cannot have.
        let seen = monitor.status().times_caught_up;
        for times in 1..=2 {
            wake_tail.wake();
            let _ = monitor.wait_for(|status| status.times_caught_up >= seen + times).await;
        }
    } else {
        display.say(format_args!("another instance reads this org's log; left to it"));
    }
    while !store.health().await.is_ok_and(|health| health.is_drained()) {
        wake_worker.wake();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stop| *stop).await;
}

/// The EventBridge relay's secret: its own from the environment, else the hook's.
fn relay_secret(hook: &SecretString) -> SecretString {
    std::env::var("OKTA_EVENTBRIDGE_SECRET").map_or_else(|_| hook.clone(), SecretString::from)
}

/// The effect of an event: one row. The table has no uniqueness of its own, so an event applied twice would show twice; that it
/// does not is the store's doing, which writes these rows in the transaction that settles their events.
struct EventsTable;

impl EventsTable {
    async fn create(store: &SqliteStore) -> Result<(), BoxError> {
        let statement = "CREATE TABLE IF NOT EXISTS events (
            org TEXT NOT NULL, uuid TEXT NOT NULL, event_type TEXT NOT NULL, published TEXT, channel TEXT NOT NULL,
            raw BLOB NOT NULL)";
        sqlx::query(statement).execute(store.pool()).await?;
        Ok(())
    }
}

impl Sink<SqliteConnection> for EventsTable {
    fn write<'a>(
        &'a self,
        connection: &'a mut SqliteConnection,
        events: &'a [&'a Delivery],
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            for event in events {
                sqlx::query("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
                    .bind(event.org.as_str())
                    .bind(&event.uuid)
                    .bind(&event.event_type)
                    .bind(event.published.map(|published: Timestamp| published.to_string()))
                    .bind(event.channel.as_str())
                    .bind(&event.raw[..])
                    .execute(&mut *connection)
                    .await?;
            }
            Ok(())
        })
    }
}
