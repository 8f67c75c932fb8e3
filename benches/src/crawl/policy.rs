//! The crawl as it is usually written: one request behind the other until a 429, or many at once behind a token bucket.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use http::{Request, Response, StatusCode};
use okta_ingest::BoxError;
use okta_mock::{MockService, OktaMock};
use tokio::time::Instant;

use super::Found;

/// How it paces.
pub(super) struct Policy {
    at_once: usize,
    limiters: Option<Mutex<BTreeMap<&'static str, Limiter>>>,
    started: Instant,
}

type Limiter = Arc<RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>>;

impl Policy {
    /// One request at a time; a 429 is slept off.
    pub(super) fn naive_loop() -> Self {
        Self { at_once: 1, limiters: None, started: Instant::now() }
    }

    /// 32 requests at once behind `Quota::per_minute` of each bucket's limit, which it was told; a 429 is slept off.
    pub(super) fn plain_governor() -> Self {
        Self { at_once: 32, limiters: Some(Mutex::default()), started: Instant::now() }
    }

    /// Waits as the policy says before a request of this family goes.
    async fn wait(&self, family: &'static str, limit: u32) {
        let Some(limiters) = &self.limiters else { return };
        let limiter = {
            let mut limiters = limiters.lock().expect("no panic");
            let quota = Quota::per_minute(NonZeroU32::new(limit).unwrap_or(NonZeroU32::MIN));
            let clock = TokioClock { started: self.started };
            Arc::clone(
                limiters
                    .entry(family)
                    .or_insert_with(|| Arc::new(RateLimiter::direct_with_clock(quota, clock))),
            )
        };
        while let Err(refused) = limiter.check() {
            tokio::time::sleep(refused.wait_time_from(self.started.elapsed())).await;
        }
    }
}

/// Tokio's clock as governor wants it.
#[derive(Debug, Clone)]
struct TokioClock {
    started: Instant,
}

impl Clock for TokioClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.started.elapsed()
    }
}

/// The whole crawl, in pages as large as Okta advises, and what was found.
pub(super) async fn crawl(okta: &OktaMock, policy: Policy) -> Result<Found, BoxError> {
    let walk = &Walk { service: okta.service(), token: okta.api_token().to_owned(), policy };
    // The halves of Workforce's limits, as a careful reader of Okta's documentation would set them.
    let people = async {
        let users = walk.list("users", 300, "/api/v1/users?limit=200".to_owned()).await?;
        let found = users.len();
        Ok::<_, BoxError>([
            found,
            walk.each("factors", 300, users, |id| format!("/api/v1/users/{id}/factors")).await?,
        ])
    };
    let groups = async {
        let groups = walk.list("groups", 250, "/api/v1/groups?limit=200".to_owned()).await?;
        let found = groups.len();
        let members = |id: &str| format!("/api/v1/groups/{id}/users?limit=200");
        Ok::<_, BoxError>([found, walk.each("groups", 250, groups, members).await?])
    };
    let apps = async {
        let apps = walk.list("apps", 50, "/api/v1/apps?limit=200".to_owned()).await?;
        let found = apps.len();
        let users = |id: &str| format!("/api/v1/apps/{id}/users?limit=500");
        Ok::<_, BoxError>([found, walk.each("apps", 50, apps, users).await?])
    };
    let (people, groups, apps) = if walk.policy.at_once == 1 {
        (people.await, groups.await, apps.await)
    } else {
        futures::join!(people, groups, apps)
    };
    let ([users, factors], [groups, members], [apps, app_users]) = (people?, groups?, apps?);
    Ok(Found { users, factors, groups, members, apps, app_users })
}

struct Walk {
    service: MockService,
    token: String,
    policy: Policy,
}

impl Walk {
    /// How many items the listings of all parents have.
    async fn each(
        &self,
        family: &'static str,
        limit: u32,
        parents: Vec<String>,
        path: impl Fn(&str) -> String,
    ) -> Result<usize, BoxError> {
        let listings = parents.iter().map(|id| self.list(family, limit, path(id)));
        let listings = stream::iter(listings).buffer_unordered(self.policy.at_once);
        listings.try_fold(0, async |all, ids| Ok(all + ids.len())).await
    }

    /// The ids of a listing.
    async fn list(&self, family: &'static str, limit: u32, first: String) -> Result<Vec<String>, BoxError> {
        #[derive(serde::Deserialize)]
        struct Row {
            id: String,
        }
        let (mut ids, mut next) = (Vec::new(), Some(first));
        while let Some(target) = next {
            let answer = loop {
                self.policy.wait(family, limit).await;
                let answer = ask(&self.service, &self.token, &target).await?;
                match answer.status() {
                    StatusCode::OK => break answer,
                    StatusCode::TOO_MANY_REQUESTS => tokio::time::sleep(reset(&answer)?).await,
                    status => return Err(format!("{target}: {status}").into()),
                }
            };
            ids.extend(serde_json::from_slice::<Vec<Row>>(answer.body())?.into_iter().map(|row| row.id));
            next = answer.headers().get_all("link").iter().find_map(|link| {
                let link = link.to_str().ok()?.strip_suffix("; rel=\"next\"")?;
                let url = link.trim_start_matches('<').trim_end_matches('>').parse::<http::Uri>().ok()?;
                url.path_and_query().map(ToString::to_string)
            });
        }
        Ok(ids)
    }
}

pub(super) async fn ask(
    service: &MockService,
    token: &str,
    target: &str,
) -> Result<Response<Bytes>, BoxError> {
    let request = Request::get(format!("http://okta.test{target}"))
        .header("authorization", format!("SSWS {token}"))
        .body(Bytes::new())?;
    Ok(service.call(request).await)
}

/// `X-Rate-Limit-Reset − Date`, and a second.
fn reset(answer: &Response<Bytes>) -> Result<Duration, BoxError> {
    let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).ok_or("a header");
    let date = httpdate::parse_http_date(header("date")?)?.duration_since(std::time::UNIX_EPOCH)?;
    let reset = Duration::from_secs(header("x-rate-limit-reset")?.parse()?);
    Ok(reset.saturating_sub(date) + Duration::from_secs(1))
}
