//! `mock`: what an answer of okta-mock costs, against a static hyper server that returns the same bytes.
//!
//! Both run in processes of their own; their CPU time is read from outside, so the asking costs neither. The org has a
//! million users by default, which must make no difference.

pub(crate) mod child;
mod engine;
mod memory;
mod more;

use std::time::{Duration, Instant};

use okta_ingest::BoxError;

use crate::figure::Figure;
use child::{Child, Connection};

/// Requests of one measurement.
const REQUESTS: usize = 400;

pub(crate) fn measure(runs: usize) -> Result<Vec<Figure>, BoxError> {
    pin();
    let mock = Child::mock()?;
    let mut asking = mock.connect()?;
    let users = "/api/v1/users?limit=200";
    let page = asking.answer(users)?;
    let ids = ids(&page.body, "00u");
    let group = asking.get("/api/v1/groups?limit=2")?;
    let group = group.rsplit("{\"id\":\"").next().and_then(|row| row.split('"').next()).unwrap_or_default();
    // Another user each time: the first hundred.
    let singles: Vec<String> = ids.iter().take(100).map(|id| format!("/api/v1/users/{id}")).collect();
    let one = singles.first().ok_or("a page has users")?.clone();
    let logs = "/api/v1/logs?limit=1000";
    let members = format!("/api/v1/groups/{group}/users?limit=200");
    let mut figures = Vec::new();
    for (name, target, walk) in [
        ("mock_users_page_cpu", users, true),
        ("mock_users_hot_page_cpu", users, false),
        ("mock_members_page_cpu", members.as_str(), true),
        ("mock_user_by_id_cpu", one.as_str(), false),
        ("mock_logs_page_cpu", logs, true),
    ] {
        let requests = if name == "mock_logs_page_cpu" { REQUESTS / 8 } else { REQUESTS };
        let same = Child::fixed(&asking.answer(target)?)?;
        let mut same_asking = same.connect()?;
        let mut next = target.to_owned();
        let ours = || {
            mock.cpu_of(|| {
                for n in 0..requests {
                    if name == "mock_user_by_id_cpu" {
                        asking.get(&singles[n % singles.len()])?;
                        continue;
                    }
                    asking.get(&next)?;
                    if walk {
                        // Behind the last page the walk begins anew: a short page is no measure.
                        next = asking.next().unwrap_or_else(|| target.to_owned());
                    }
                }
                Ok(())
            })
        };
        let floor = || same.cpu_of(|| repeat(&mut same_asking, requests));
        figures.push(Figure::measure(name, "µs/request", runs, requests, ours, floor)?);
    }
    // This program in the part of each server: the start of okta-mock's own, which reads more flags, is not in it.
    figures.push(Figure::measure(
        "mock_start_wall",
        "µs to answer, in a process of this program",
        runs,
        1,
        || timed(|| Child::mock()?.connect()?.get(users)),
        || timed(|| Child::fixed(&page)?.connect()?.get("/")),
    )?);
    figures.extend(engine::measure(runs)?);
    figures.extend(more::searches(&mock, runs)?);
    figures.push(more::sorted_walk(&mock, runs)?);
    figures.push(more::journal(&mock, &one, runs)?);
    figures.push(more::walk(&mock, &page)?);
    figures.push(more::changed(runs)?);
    figures.push(more::day()?);
    // Mocks of their own: the one above has seen every kind of page.
    figures.extend(memory::measure()?);
    Ok(figures)
}

/// Puts this thread and its children to come on one core, where `taskset` is there to do it: to wake a reader on another core
/// costs the writer more than the writing, and how much depends on what else the machine does.
fn pin() {
    let core = std::thread::available_parallelism().map_or(0, |cores| cores.get() - 1).to_string();
    let me = std::process::id().to_string();
    let pinned = std::process::Command::new("taskset").args(["-p", "-c", &core, &me]).output();
    if !pinned.is_ok_and(|output| output.status.success()) {
        eprintln!("mock: not pinned to a core (there is no taskset): CPU figures will swing");
    }
}

fn repeat(asking: &mut Connection, requests: usize) -> Result<(), BoxError> {
    for _ in 0..requests {
        asking.get("/")?;
    }
    Ok(())
}

fn timed<T>(work: impl FnOnce() -> Result<T, BoxError>) -> Result<Duration, BoxError> {
    let started = Instant::now();
    work()?;
    Ok(started.elapsed())
}

/// The ids of a page's rows, which begin so: objects in them have ids as well.
fn ids(page: &str, kind: &str) -> Vec<String> {
    let start = format!("{{\"id\":\"{kind}");
    let rows = page.split(&start).skip(1);
    rows.filter_map(|row| Some(format!("{kind}{}", row.split_once('"')?.0))).collect()
}

fn mib(kib: u32) -> f64 {
    f64::from(kib) / 1_024.0
}
