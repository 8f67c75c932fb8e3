//! `crawl`: users, groups, members, apps, app users and factors of an org of 10,000 users, under Workforce limits as one
//! token sees them (half of each bucket), against the least time in which the buckets permit so many requests.
//!
//! Everything is in process and on a clock that stands still unless all wait, so a figure is the same in every run. The
//! least time counts whole windows: a bucket of `L` a minute lets the last of `N` requests go `60 · (⌈N / L⌉ − 1)` seconds
//! after the first, and the slowest bucket decides. It leaves out that an answer takes time.

mod policy;

use std::collections::BTreeMap;

use futures::StreamExt;
use okta_client::{Client, Crawled, transport};
use okta_ingest::BoxError;
use okta_mock::{Clock, Latency, OktaMock, RateLimits};
use tokio::time::Instant;

use crate::figure::Figure;
use policy::Policy;

const USERS: usize = 10_000;
const GROUPS: usize = 500;
const APPS: usize = 100;
/// 2026-08-21T08:00:10Z.
const START: i64 = 1_787_299_210_000;
/// What the other program takes of each bucket, where there is one.
const OTHERS: f64 = 0.2;

pub(crate) fn measure() -> Result<Vec<Figure>, BoxError> {
    let mut figures = Vec::new();
    for (others, names) in [
        (0.0, ["crawl", "crawl_naive_loop", "crawl_plain_governor"]),
        (
            OTHERS,
            ["crawl_beside_others", "crawl_naive_loop_beside_others", "crawl_plain_governor_beside_others"],
        ),
    ] {
        for (name, who) in names.into_iter().zip([Who::Client, Who::NaiveLoop, Who::PlainGovernor]) {
            figures.push(crawl(name, who, others)?);
        }
    }
    Ok(figures)
}

/// Who crawls.
#[derive(Clone, Copy)]
enum Who {
    Client,
    NaiveLoop,
    PlainGovernor,
}

fn crawl(name: &'static str, who: Who, others: f64) -> Result<Figure, BoxError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    runtime.block_on(async {
        let okta = OktaMock::builder().seed(7).users(USERS).groups(GROUPS).apps(APPS).journal(200_000);
        let okta = okta.rate_limits(RateLimits::Workforce).latency(Latency::Okta).clock(Clock::Tokio(START));
        let okta = okta.in_process();
        let other =
            tokio::spawn(policy::another_program(okta.service(), okta.api_token().to_owned(), others));
        let begun = Instant::now();
        match who {
            Who::Client => with_client(&okta).await?,
            Who::NaiveLoop => policy::crawl(&okta, Policy::naive_loop()).await?,
            Who::PlainGovernor => policy::crawl(&okta, Policy::plain_governor()).await?,
        }
        let took = begun.elapsed();
        other.abort();
        let asked = asked(&okta);
        Ok(Figure::of(name, "s of virtual time", took.as_secs_f64(), least(&asked, others))
            .with("requests", asked.values().map(|bucket| bucket.answered).sum())
            .with("rate_limited", asked.values().map(|bucket| bucket.refused).sum())
            .with("others_rate_limited", others_refused(&okta)))
    })
}

/// The requests of the crawl that fell into one bucket.
#[derive(Default)]
struct Asked {
    limit: u64,
    answered: u64,
    refused: u64,
}

/// What the org itself wrote down. The other program's requests say that they are its own.
fn asked(okta: &OktaMock) -> BTreeMap<String, Asked> {
    let mut buckets = BTreeMap::<String, Asked>::new();
    for request in okta.requests().into_iter().filter(|request| !request.query.contains(policy::OTHER)) {
        let (Some(name), Some(limit)) = (request.bucket, request.rate_limit) else { continue };
        let bucket = buckets.entry(name).or_default();
        bucket.limit = bucket.limit.max(limit);
        match request.status {
            429 => bucket.refused += 1,
            _ => bucket.answered += 1,
        }
    }
    buckets
}

/// How often the other program found a bucket empty.
fn others_refused(okta: &OktaMock) -> u64 {
    let refused = okta.requests().into_iter().filter(|request| request.status == 429);
    refused.filter(|request| request.query.contains(policy::OTHER)).map(|_| 1).sum()
}

fn least(asked: &BTreeMap<String, Asked>, others: f64) -> f64 {
    let windows = asked.values().map(|bucket| {
        let ours = (bucket.limit as f64 * (1.0 - others)).max(1.0);
        (bucket.answered as f64 / ours).ceil() - 1.0
    });
    60.0 * windows.fold(0.0, f64::max)
}

/// The crawl as a user of the crate writes it.
async fn with_client(okta: &OktaMock) -> Result<(), BoxError> {
    let service = okta.service();
    let client = Client::builder(okta.url())
        .api_token(okta.api_token())
        .transport(transport::from_fn(move |request| service.call(request)))
        .reserve(0.01)
        .jitter_seed(7)
        .build()?;
    let people = async {
        let ids = client.users().list().paginate().map(|user| user.map(|user| user.into_inner().id));
        let one = client.clone();
        let factors = move |user: &okta_client::UserId| {
            one.paginate::<serde_json::Value>(format!("/api/v1/users/{user}/factors"))
        };
        done(client.crawl_stream(ids, factors)).await
    };
    let groups = async {
        let all = client.groups().list().paginate().collect_all().await?;
        let groups = client.groups();
        done(client.crawl(all, move |group| groups.members(&group.id).paginate())).await
    };
    let apps = async {
        let all = client.apps().list().paginate().collect_all().await?;
        let apps = client.apps();
        done(client.crawl(all, move |app| apps.users(&app.id).paginate())).await
    };
    let (people, groups, apps) = futures::join!(people, groups, apps);
    people.and(groups).and(apps)
}

/// Reads a crawl to its end; whatever is missing is an error.
async fn done<P, T>(mut crawl: okta_client::Crawl<P, T>) -> Result<(), BoxError>
where
    P: Send + Sync + 'static,
    T: serde::de::DeserializeOwned + Send + 'static,
{
    while let Some(crawled) = crawl.next().await {
        match crawled {
            Crawled::Failed { error, .. } | Crawled::ParentsFailed(error) => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}
