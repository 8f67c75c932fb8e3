//! A figure: medians of ours and of the floor, measured in turn so that a noisy minute disturbs both.

use std::fmt;
use std::time::Duration;

use okta_ingest::BoxError;

/// The outcome of a measurement, per item, in microseconds.
pub(crate) struct Figure {
    name: &'static str,
    unit: &'static str,
    ours: f64,
    floor: f64,
    runs: usize,
    /// What else was counted.
    counts: Vec<(&'static str, u64)>,
}

impl Figure {
    /// Measures both sides `runs` times in turn; each returns what `items` items cost.
    pub(crate) fn measure(
        name: &'static str,
        unit: &'static str,
        runs: usize,
        items: usize,
        mut ours: impl FnMut() -> Result<Duration, BoxError>,
        mut floor: impl FnMut() -> Result<Duration, BoxError>,
    ) -> Result<Self, BoxError> {
        let runs = runs.max(1);
        let (mut our_costs, mut floor_costs) = (Vec::new(), Vec::new());
        for _ in 0..runs {
            floor_costs.push(floor()?);
            our_costs.push(ours()?);
        }
        let per_item = |costs| median(costs).as_secs_f64() * 1e6 / items as f64;
        Ok(Self {
            name,
            unit,
            ours: per_item(our_costs),
            floor: per_item(floor_costs),
            runs,
            counts: Vec::new(),
        })
    }

    /// A figure measured once, in a unit of its own.
    pub(crate) fn of(name: &'static str, unit: &'static str, ours: f64, floor: f64) -> Self {
        Self { name, unit, ours, floor, runs: 1, counts: Vec::new() }
    }

    /// Says one more thing that was counted.
    pub(crate) fn with(mut self, name: &'static str, count: u64) -> Self {
        self.counts.push((name, count));
        self
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        let Self { name, unit, ours, floor, runs, counts } = self;
        let rounded = |value: f64| (value * 1000.0).round() / 1000.0;
        let mut figure = serde_json::json!({
            "figure": name, "ours": rounded(*ours), "floor": rounded(*floor),
            "ratio": rounded(ours / floor), "unit": unit, "runs": runs,
        });
        for (name, count) in counts {
            figure[name] = (*count).into();
        }
        figure
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, unit, ours, floor, runs, counts } = self;
        write!(
            f,
            "{name:34} {ours:9.3} {unit}   floor {floor:9.3}   ratio {:5.2}   ({runs} runs)",
            ours / floor
        )?;
        counts.iter().try_for_each(|(name, count)| write!(f, "   {name} {count}"))
    }
}

fn median(mut costs: Vec<Duration>) -> Duration {
    costs.sort();
    costs[costs.len() / 2]
}

/// Time that this process's threads have spent on a core. `None` where the system does not tell.
///
/// Read from the scheduler's own account, which counts nanoseconds of every thread that still lives.
pub(crate) fn cpu_time() -> Option<Duration> {
    let mut nanos = 0;
    for thread in std::fs::read_dir("/proc/self/task").ok()? {
        let account = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        nanos += account.split_whitespace().next()?.parse::<u64>().ok()?;
    }
    Some(Duration::from_nanos(nanos))
}

/// The CPU time of `work`.
pub(crate) fn cpu_of<T>(work: impl FnOnce() -> Result<T, BoxError>) -> Result<Duration, BoxError> {
    let before = cpu_time().ok_or("the system does not tell a process's CPU time")?;
    work()?;
    let after = cpu_time().ok_or("the system does not tell a process's CPU time")?;
    Ok(after.saturating_sub(before))
}
