//! `crawl`: users, groups, members, apps, app users and factors of an org of 10,000 users, under Workforce limits as one
//! token sees them (half of each bucket), against the least time in which the buckets permit the calls that it needs:
//! alone, beside a program with the same token, and beside two with tokens of their own.
//!
//! Everything is in process and on a clock that stands still unless all wait, so a figure is the same in every run. The least
//! time leaves out that an answer takes time. Whoever crawls must find exactly what the org has.

mod floor;
mod others;
mod policy;

use futures::StreamExt;
use okta_client::{Client, Crawled, transport};
use okta_ingest::BoxError;
use okta_mock::{Clock, Latency, OktaMock, RateLimits};
use tokio::time::Instant;

use crate::figure::Figure;
use floor::Needed;
use others::Others;
use policy::Policy;

const USERS: usize = 10_000;
const GROUPS: usize = 500;
const APPS: usize = 100;
/// 2026-08-21T08:00:10Z.
const START: i64 = 1_787_299_210_000;
/// Of the others' requests, in a hundred, at most so many may be refused beside our client: those of the minute in which it
/// notices them.
const OTHERS_REFUSED: f64 = 2.0;

pub(crate) fn measure() -> Result<Vec<Figure>, BoxError> {
    let runtime = runtime()?;
    let needed = runtime.block_on(Needed::count())?;
    let mut figures = Vec::new();
    for (others, names) in [
        (Others::Nobody, ["crawl", "crawl_naive_loop", "crawl_plain_governor"]),
        (
            Others::OfOurToken,
            ["crawl_beside_others", "crawl_naive_loop_beside_others", "crawl_plain_governor_beside_others"],
        ),
        (
            Others::OfTheOrg,
            [
                "crawl_beside_other_tokens",
                "crawl_naive_loop_beside_other_tokens",
                "crawl_plain_governor_beside_other_tokens",
            ],
        ),
    ] {
        for (name, who) in names.into_iter().zip([Who::Client, Who::NaiveLoop, Who::PlainGovernor]) {
            figures.push(crawl(name, who, others, &needed)?);
        }
    }
    Ok(figures)
}

/// Who crawls.
#[derive(Clone, Copy, PartialEq)]
enum Who {
    Client,
    NaiveLoop,
    PlainGovernor,
}

/// How many items there are of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Found {
    users: usize,
    factors: usize,
    groups: usize,
    members: usize,
    apps: usize,
    app_users: usize,
}

fn runtime() -> Result<tokio::runtime::Runtime, BoxError> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?)
}

/// Every measurement has one of its own, and all are alike.
fn org(limits: RateLimits, latency: Latency) -> OktaMock {
    let okta = OktaMock::builder().seed(7).users(USERS).groups(GROUPS).apps(APPS).journal(200_000);
    okta.rate_limits(limits).latency(latency).clock(Clock::Tokio(START)).in_process()
}

fn crawl(name: &'static str, who: Who, others: Others, needed: &Needed) -> Result<Figure, BoxError> {
    runtime()?.block_on(async {
        let okta = org(RateLimits::Workforce, Latency::Okta);
        others.start(&okta);
        let begun = Instant::now();
        let found = match who {
            Who::Client => with_client(&okta).await?,
            Who::NaiveLoop => policy::crawl(&okta, Policy::naive_loop()).await?,
            Who::PlainGovernor => policy::crawl(&okta, Policy::plain_governor()).await?,
        };
        let took = begun.elapsed().as_secs_f64();
        if found != needed.found {
            return Err(format!("{name}: found {found:?}, and the org has {:?}", needed.found).into());
        }
        let least = needed.least(&okta).await?;
        let (theirs, ours): (Vec<_>, Vec<_>) = okta.requests().into_iter().partition(Others::sent);
        let refused = |requests: &[okta_mock::RequestRecord]| {
            requests.iter().filter(|request| request.status == 429).map(|_| 1_u64).sum::<u64>()
        };
        let (theirs_refused, ours_refused) = (refused(&theirs), refused(&ours));
        let most = theirs.len() as f64 * OTHERS_REFUSED / 100.0;
        if who == Who::Client && theirs_refused as f64 > most {
            return Err(format!(
                "{name}: {theirs_refused} of {} requests of others were refused, and {OTHERS_REFUSED} % may be; \
                 it took {took:.1} s, the least is {least}",
                theirs.len()
            )
            .into());
        }
        Ok(Figure::of(name, "s of virtual time", took, least)
            .with("needed", needed.calls())
            .with("requests", ours.len() as u64 - ours_refused)
            .with("rate_limited", ours_refused)
            .with("others", theirs.len() as u64 - theirs_refused)
            .with("others_rate_limited", theirs_refused))
    })
}

/// The crawl as a user of the crate writes it.
async fn with_client(okta: &OktaMock) -> Result<Found, BoxError> {
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
    let ([users, factors], [groups, members], [apps, app_users]) = (people?, groups?, apps?);
    Ok(Found { users, factors, groups, members, apps, app_users })
}

/// Reads a crawl to its end: how many parents and how many items. Whatever is missing is an error.
async fn done<P, T>(mut crawl: okta_client::Crawl<P, T>) -> Result<[usize; 2], BoxError>
where
    P: Send + Sync + 'static,
    T: serde::de::DeserializeOwned + Send + 'static,
{
    let (mut parents, mut items) = (0, 0);
    while let Some(crawled) = crawl.next().await {
        match crawled {
            Crawled::Item { .. } => items += 1,
            Crawled::Complete { .. } => parents += 1,
            Crawled::Failed { error, .. } | Crawled::ParentsFailed(error) => return Err(error.into()),
            _ => {}
        }
    }
    Ok([parents, items])
}
