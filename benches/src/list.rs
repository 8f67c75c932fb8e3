//! `list` and `memory`: users, apps and events of the log listed over a socket into typed values that keep their text.
//!
//! The org is okta-mock in a process of its own. Two floors of `list` are what anyone would pay: the same pages fetched by bare
//! reqwest and parsed by serde_json into the bare typed value, and, as `…_over_bytes`, parsed by nothing. `memory` lists in a
//! process of its own, whose peak is read. Exactly so many items must come.

use std::time::Duration;

use futures::StreamExt;
use okta_client::apps::App;
use okta_client::users::User;
use okta_client::{Client, LogEvent, Timestamp};
use okta_ingest::BoxError;
use serde::de::DeserializeOwned;

use crate::figure::{Figure, cpu_of};
use crate::mock::child::Child;

/// Items of one measurement of `list`.
const ITEMS: usize = 20_000;
/// Users of the two measurements of `memory`.
const FEW: usize = 10_000;
const MANY: usize = 1_000_000;
/// Peaks that a listing must stay under, in MiB.
const MOST: f64 = 25.0;
const USERS: &str = "/api/v1/users?limit=200";

pub(crate) fn cpu(runs: usize) -> Result<Vec<Figure>, BoxError> {
    let bench = Bench::start(Child::mock()?)?;
    let now = Timestamp::now();
    let since = now.saturating_sub(Duration::from_secs(80 * 86_400));
    let logs = format!("/api/v1/logs?since={since}&until={now}&limit=1000");
    let mut figures = bench.figures::<User>(["list_users_cpu", "list_users_cpu_over_bytes"], USERS, runs)?;
    figures.extend(bench.figures::<App>(
        ["list_apps_cpu", "list_apps_cpu_over_bytes"],
        "/api/v1/apps?limit=200",
        runs,
    )?);
    figures.extend(bench.figures::<LogEvent>(["list_logs_cpu", "list_logs_cpu_over_bytes"], &logs, runs)?);
    Ok(figures)
}

struct Bench {
    mock: Child,
    client: Client,
    bare: reqwest::Client,
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    fn start(mock: Child) -> Result<Self, BoxError> {
        let client = client(&mock.url(), mock.token())?;
        let bare = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { mock, client, bare, runtime: runtime()? })
    }

    /// One listing by our client, beside either floor.
    fn figures<T: DeserializeOwned + Send + 'static>(
        &self,
        names: [&'static str; 2],
        path: &str,
        runs: usize,
    ) -> Result<Vec<Figure>, BoxError> {
        // Both have their connection before anything is measured. An org may have fewer: then all, more than once.
        let there = self.runtime.block_on(self.bare(path, ITEMS, parsed::<T>))?;
        let there = there.ok_or("a page was not parsed")?;
        self.runtime.block_on(list::<T>(&self.client, path, there))?;
        let times = ITEMS / there;
        let ours = || {
            cpu_of(|| {
                (0..times).try_for_each(|_| self.runtime.block_on(list::<T>(&self.client, path, there)))
            })
        };
        let floor = |parse: fn(&[u8]) -> Result<Option<usize>, BoxError>| {
            cpu_of(|| {
                (0..times).try_for_each(|_| match self.runtime.block_on(self.bare(path, there, parse))? {
                    Some(found) if found != there => Err(format!("{path}: {found} items of {there}").into()),
                    _ => Ok(()),
                })
            })
        };
        let items = times * there;
        Ok(vec![
            Figure::measure(names[0], "µs/item", runs, items, ours, || floor(parsed::<T>))?,
            Figure::measure(names[1], "µs/item", runs, items, ours, || floor(|_| Ok(None)))?,
        ])
    }

    /// Fetches pages until so many items have come, and says how many did. Where pages are not parsed it counts on full ones.
    async fn bare(
        &self,
        path: &str,
        items: usize,
        parse: fn(&[u8]) -> Result<Option<usize>, BoxError>,
    ) -> Result<Option<usize>, BoxError> {
        let full = path.rsplit("limit=").next().ok_or("a limit")?.parse::<usize>()?;
        let mut next = Some(format!("{}{path}", self.mock.url()));
        let (mut found, mut parsed) = (0, true);
        while let Some(url) = next.take().filter(|_| found < items) {
            let token = format!("SSWS {}", self.mock.token());
            let answer =
                self.bare.get(url).header("authorization", token).send().await?.error_for_status()?;
            let links = answer.headers().get_all("link").iter().filter_map(|link| link.to_str().ok());
            let link = links.filter_map(|link| link.strip_suffix(">; rel=\"next\"")).next();
            next = link.map(|link| link.trim_start_matches('<').to_owned());
            let count = parse(&answer.bytes().await?)?;
            parsed &= count.is_some();
            found += count.unwrap_or(full);
        }
        Ok(parsed.then_some(found))
    }
}

/// How many items a page has.
fn parsed<T: DeserializeOwned>(page: &[u8]) -> Result<Option<usize>, BoxError> {
    Ok(Some(std::hint::black_box(serde_json::from_slice::<Vec<T>>(page)?).len()))
}

pub(crate) fn memory() -> Result<Vec<Figure>, BoxError> {
    let mock = Child::mock_of_more()?;
    let few = peak(&mock, FEW)?;
    let many = peak(&mock, MANY)?;
    Ok(vec![
        Figure::of("list_memory_1M_users", "MiB peak : of 10k users", many, few),
        Figure::of("list_memory_1M_users_allowed", "MiB peak : allowed", many, MOST),
    ])
}

/// The peak memory of a process that lists so many users.
fn peak(mock: &Child, users: usize) -> Result<f64, BoxError> {
    let output = std::process::Command::new(std::env::current_exe()?)
        .args(["list-users", &mock.url(), mock.token(), &users.to_string()])
        .stderr(std::process::Stdio::inherit())
        .output()?;
    let kib: f64 = String::from_utf8(output.stdout)?.trim().parse().map_err(|_| "the listing failed")?;
    Ok(kib / 1024.0)
}

/// The other end of `memory`: lists, and prints its own peak in KiB.
pub(crate) fn list_users(url: &str, token: &str, users: &str) -> Result<(), BoxError> {
    runtime()?.block_on(list::<User>(&client(url, token)?, USERS, users.parse()?))?;
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("a VmHWM line")?;
    println!("{}", peak.trim().trim_end_matches(" kB"));
    Ok(())
}

/// The first so many items of a listing.
async fn list<T: DeserializeOwned + Send + 'static>(
    client: &Client,
    path: &str,
    items: usize,
) -> Result<(), BoxError> {
    let mut listing = client.paginate::<T>(path);
    for n in 0..items {
        let item =
            listing.next().await.ok_or_else(|| format!("{path}: ended behind {n} items of {items}"))?;
        std::hint::black_box(item?);
    }
    Ok(())
}

fn client(url: &str, token: &str) -> Result<Client, BoxError> {
    Ok(Client::builder(url).api_token(token).timeout(Duration::from_secs(600)).build()?)
}

fn runtime() -> Result<tokio::runtime::Runtime, BoxError> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}
