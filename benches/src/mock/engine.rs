//! Figures of okta-mock without a socket: starts, snapshots, pushes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::Response;
use okta_ingest::BoxError;
use okta_mock::{Clock, OktaMock};

use super::timed;
use crate::figure::Figure;

/// Events that are pushed.
const EVENTS: usize = 20_000;
/// The time that the clocks stand at, 2026-08-21T08:00:00Z.
const NOW: i64 = 1_787_299_200_000;

pub(super) fn measure(runs: usize) -> Result<Vec<Figure>, BoxError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut figures = Vec::new();
    let in_process = |users| move || timed(|| Ok(OktaMock::builder().users(users).in_process()));
    let (large, small) = (in_process(1_000_000), in_process(3));
    figures.push(Figure::measure("mock_start_in_process", "µs, 1M : 3 users", runs, 1, large, small)?);
    let listening = |users| timed(|| Ok(runtime.block_on(OktaMock::builder().users(users).start())?));
    let (large, small) = (|| listening(1_000_000), || listening(3));
    figures.push(Figure::measure("mock_start_listening", "µs, 1M : 3 users", runs, 1, large, small)?);
    let changed = |changes| {
        let okta =
            OktaMock::builder().users(1_000_000).groups(100).apps(100).clock(Clock::Manual(NOW)).in_process();
        okta.activity(changes);
        okta
    };
    let (many, few) = (changed(10_000), changed(0));
    let snapshot = |okta: &OktaMock| timed(|| Ok(okta.snapshot()));
    let (ours, floor) = (|| snapshot(&many), || snapshot(&few));
    figures.push(Figure::measure("mock_snapshot", "µs, 10,000 : no changes", runs, 1, ours, floor)?);
    let (kept, empty) = (many.snapshot(), few.snapshot());
    let restore = |okta: &OktaMock, snapshot| {
        timed(|| {
            okta.restore(snapshot);
            Ok(())
        })
    };
    let (ours, floor) = (|| restore(&many, &kept), || restore(&few, &empty));
    figures.push(Figure::measure("mock_restore", "µs, 10,000 : no changes", runs, 1, ours, floor)?);
    let reset = |okta: &OktaMock, changes| {
        okta.activity(changes);
        timed(|| {
            okta.reset();
            Ok(())
        })
    };
    let (ours, floor) = (|| reset(&many, 1_000), || reset(&few, 0));
    figures.push(Figure::measure("mock_reset", "µs, 1,000 : no changes", runs, 1, ours, floor)?);
    figures.push(runtime.block_on(pushes())?);
    Ok(figures)
}

/// Events to one hook in order, and to nobody: from the change that writes them to the receiver's answer.
async fn pushes() -> Result<Figure, BoxError> {
    let received = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&received);
    let receiver = move |request: http::Request<Bytes>| {
        let events = request.body().windows(7).filter(|part| part == b"\"uuid\":").count();
        counted.fetch_add(events, Ordering::Relaxed);
        async { Response::new(Bytes::new()) }
    };
    let builder = || OktaMock::builder().users(1_000).clock(Clock::Manual(NOW));
    let hooked = builder().event_hook("http://127.0.0.1:9/hook", "secret")?.push_to(receiver).in_process();
    let quiet = builder().in_process();
    let sign_ins = serde_json::json!({ "sign_in": EVENTS });
    let mut walls = Vec::new();
    for okta in [&hooked, &quiet] {
        let started = std::time::Instant::now();
        okta.activity_of(&sign_ins);
        okta.settle().await;
        walls.push(started.elapsed().as_secs_f64() * 1e6 / EVENTS as f64);
    }
    let [ours, floor] = walls[..] else { return Err("two walls".into()) };
    let received = u64::try_from(received.load(Ordering::Relaxed))?;
    Ok(Figure::of("mock_hook_delivery_wall", "µs/event : not pushed", ours, floor).with("received", received))
}
