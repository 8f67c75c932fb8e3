//! `list` and `memory`: users of a million, listed over a socket into typed values that keep their text.
//!
//! The org is okta-mock in a process of its own. The floor of `list` is what anyone would pay: the same pages fetched by bare
//! reqwest and parsed by serde_json into the bare typed value. `memory` lists in a process of its own, whose peak is read.

use std::time::Duration;

use futures::StreamExt;
use okta_client::Client;
use okta_client::users::User;
use okta_ingest::BoxError;

use crate::figure::{Figure, cpu_of};
use crate::mock::child::Child;

/// Users of one measurement of `list`.
const USERS: usize = 20_000;
/// Users of the two measurements of `memory`.
const FEW: usize = 10_000;
const MANY: usize = 1_000_000;
/// Peaks that a listing must stay under, in MiB.
const MOST: f64 = 25.0;

pub(crate) fn cpu(runs: usize) -> Result<Figure, BoxError> {
    let runtime = runtime()?;
    let mock = Child::mock()?;
    let client = client(&mock.url(), mock.token())?;
    let bare = reqwest::Client::builder().no_proxy().build()?;
    let floor = async || {
        let mut next = Some(format!("{}/api/v1/users?limit=200", mock.url()));
        let mut left = USERS;
        while let Some(url) = next.take().filter(|_| left > 0) {
            let token = format!("SSWS {}", mock.token());
            let answer = bare.get(url).header("authorization", token).send().await?.error_for_status()?;
            let links = answer.headers().get_all("link").iter().filter_map(|link| link.to_str().ok());
            let link = links.filter_map(|link| link.strip_suffix(">; rel=\"next\"")).next();
            next = link.map(|link| link.trim_start_matches('<').to_owned());
            let users: Vec<User> = serde_json::from_slice(&answer.bytes().await?)?;
            left = left.saturating_sub(users.len());
            std::hint::black_box(users);
        }
        Ok::<_, BoxError>(())
    };
    // Both have their connection before anything is measured.
    runtime.block_on(async {
        floor().await?;
        list(&client, USERS).await
    })?;
    Figure::measure(
        "list_users_cpu",
        "µs/user",
        runs,
        USERS,
        || cpu_of(|| runtime.block_on(list(&client, USERS))),
        || cpu_of(|| runtime.block_on(floor())),
    )
}

pub(crate) fn memory() -> Result<Vec<Figure>, BoxError> {
    let mock = Child::mock()?;
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
    runtime()?.block_on(list(&client(url, token)?, users.parse()?))?;
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("a VmHWM line")?;
    println!("{}", peak.trim().trim_end_matches(" kB"));
    Ok(())
}

async fn list(client: &Client, users: usize) -> Result<(), BoxError> {
    let mut listing = client.users().list().paginate();
    let mut left = users;
    while left > 0 {
        let Some(user) = listing.next().await else { break };
        std::hint::black_box(user?);
        left -= 1;
    }
    // A few of the org's users are deactivated, and not listed.
    if left > users / 10 {
        return Err(format!("{left} of {users} users are missing").into());
    }
    Ok(())
}

fn client(url: &str, token: &str) -> Result<Client, BoxError> {
    Ok(Client::builder(url).api_token(token).timeout(Duration::from_secs(600)).build()?)
}

fn runtime() -> Result<tokio::runtime::Runtime, BoxError> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}
