//! Any schedule of changes, pushes, repeats, crashes and restarts: every event of the log is settled exactly once.
//!
//! Tail and worker run as two futures on a paused clock; a crash drops them at whatever await they hold, and only the store
//! survives. Requests and storage take time before and after they take effect, so a crash can fall between any two effects. The
//! oracle is the org's own record.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/slow.rs"]
mod slow;
mod support;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use okta_client::{Client, Timestamp, transport};
use okta_ingest::receive::{EventHook, Secrets};
use okta_ingest::{AcceptAll, Inbox, MemoryStore, Org, Tail, Worker};
use okta_mock::{Clock, NewEvent, OktaMock};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    /// So many events, published so many seconds before they were persisted.
    Happen { events: usize, late: i64 },
    /// The last so many events of the log are pushed, though they may have been before.
    Push { last: usize },
    /// The instance lives so many milliseconds and is killed.
    Live { millis: u64 },
    /// Okta answers the next so many log requests with an error.
    Fail { times: u64, status: u16 },
    /// Okta forgets the cursor.
    LoseCursor,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1..40_usize, 0..900_i64).prop_map(|(events, late)| Step::Happen { events, late }),
        2 => (1..60_usize).prop_map(|last| Step::Push { last }),
        4 => (1..8000_u64).prop_map(|millis| Step::Live { millis }),
        1 => (1..4_u64, prop::sample::select(vec![429, 500, 502, 503])).prop_map(|(times, status)| Step::Fail { times, status }),
        1 => Just(Step::LoseCursor),
    ]
}

struct World {
    okta: OktaMock,
    client: Client,
    store: MemoryStore,
    hook: EventHook,
    lives: u32,
}

impl World {
    fn new() -> Self {
        let start: Timestamp = "2026-08-21T08:00:00Z".parse().unwrap();
        let okta = OktaMock::builder().clock(Clock::Tokio(start.as_millis())).events(30).in_process();
        let service = okta.service();
        let client = Client::builder(okta.url())
            .api_token(okta.api_token())
            .transport(transport::from_fn(move |request| {
                let answer = service.call(request);
                async move {
                    slow::pause().await;
                    let answer = answer.await;
                    slow::pause().await;
                    answer
                }
            }))
            .jitter_seed(1)
            .build()
            .unwrap();
        let hook = EventHook::new(Org::of(&client), Secrets::new(&support::SECRET.into()).unwrap());
        Self {
            okta,
            client,
            store: MemoryStore::with_clock(TokioClock(start, tokio::time::Instant::now())),
            hook,
            lives: 0,
        }
    }

    async fn take(&mut self, step: Step) {
        let logs = || self.okta.faults().on("GET /api/v1/logs");
        match step {
            Step::Happen { events, late } => {
                let published = self.okta.clock().now_ms() - late * 1000;
                let event = || NewEvent::new("user.session.start").published_ms(published);
                self.okta.append_log((0..events).map(|_| event()).collect());
            }
            Step::Push { last } => {
                let log = self.okta.log();
                let events = &log[log.len().saturating_sub(last)..];
                let events: Vec<String> =
                    events.iter().map(|record| String::from_utf8(record.json().to_vec()).unwrap()).collect();
                let body = Bytes::from(format!(r#"{{"data":{{"events":[{}]}}}}"#, events.join(",")));
                let reading = self.hook.authenticate(&support::headers()).unwrap().read(body);
                self.store.put(reading.batch).await.unwrap();
            }
            Step::Live { millis } => self.live(Duration::from_millis(millis)).await,
            Step::Fail { times, status } => drop(logs().times(times).respond(status)),
            Step::LoseCursor => drop(logs().nth(1).invalid_cursor()),
        }
    }

    /// A life of an instance; its end drops both futures wherever they are.
    async fn live(&mut self, time: Duration) {
        self.lives += 1;
        let store = Arc::new(slow::Slow(self.store.clone()));
        let since = "2026-08-20T00:00:00Z".parse().unwrap();
        let owner = format!("life {}", self.lives);
        let tail = Tail::new(self.client.clone(), store.clone(), &owner, since)
            .page_limit(10)
            .lease(Duration::from_secs(2))
            .jitter_seed(u64::from(self.lives));
        let worker =
            Worker::new(store, AcceptAll, &owner).batch(7).lease(Duration::from_secs(2)).max_attempts(1000);
        let never = std::future::pending::<()>;
        let _ = tokio::time::timeout(time, async {
            tokio::join!(tail.run_until(never()), worker.run_until(never()))
        })
        .await;
    }
}

/// The store's clock follows tokio's, so that leases end while the paused clock runs.
struct TokioClock(Timestamp, tokio::time::Instant);

impl okta_ingest::Clock for TokioClock {
    fn now(&self) -> Timestamp {
        self.0.saturating_add(self.1.elapsed())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn c01_to_c04_no_schedule_of_crashes_loses_or_repeats_an_event(steps in prop::collection::vec(step(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut world = World::new();
            for step in steps {
                world.take(step).await;
            }
            world.okta.faults().clear();
            world.live(Duration::from_secs(300)).await;
            let mut settled: Vec<String> = world.store.done().into_iter().map(|(uuid, _)| uuid).collect();
            let mut recorded: Vec<String> = world.okta.log().iter().map(|record| record.uuid.to_string()).collect();
            settled.sort();
            recorded.sort();
            assert_eq!(settled, recorded);
            let health = world.store.health().await.unwrap();
            assert!(health.is_drained() && health.dead == 0, "{health:?}");
        });
    }
}
