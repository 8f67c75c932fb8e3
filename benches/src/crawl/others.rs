//! Other programs in the same org: they take a share of each bucket, as people come, and do not mind being refused.

use std::time::Duration;

use okta_mock::{MockService, OktaMock};

use super::policy::ask;

/// In the query of their requests.
const MARK: &str = "other=1";

/// Who takes how much beside a crawl.
#[derive(Clone, Copy)]
pub(super) enum Others {
    Nobody,
    /// A program with the same token takes a fifth of that token's share.
    OfOurToken,
    /// Two with tokens of their own take three tenths of the org's limit each: the org has less left than our share.
    OfTheOrg,
}

/// The buckets of the crawl, by a request that falls into each, and one token's share of it.
const BUCKETS: [(&str, f64); 4] = [
    ("/api/v1/users?limit=1&other=1", 300.0),
    ("/api/v1/users/me/factors?other=1", 300.0),
    ("/api/v1/groups?limit=1&other=1", 250.0),
    ("/api/v1/apps?limit=1&other=1", 50.0),
];

impl Others {
    /// Starts them. They go on until the runtime ends.
    pub(super) fn start(self, okta: &OktaMock) {
        let (tokens, share) = match self {
            Self::Nobody => return,
            Self::OfOurToken => (vec![okta.api_token().to_owned()], 0.2),
            Self::OfTheOrg => {
                let token = |name| okta.create_api_token(name, okta_mock::AdminRole::SuperAdmin);
                (["one", "two"].map(token).into(), 0.6)
            }
        };
        for (n, token) in (0..).zip(tokens) {
            for (target, limit) in BUCKETS {
                tokio::spawn(come(okta.service(), token.clone(), target, 60.0 / (limit * share), n));
            }
        }
    }

    /// Whether a request of the journal is theirs.
    pub(super) fn sent(request: &okta_mock::RequestRecord) -> bool {
        request.query.contains(MARK)
    }
}

/// With exponential gaps of so many seconds on average.
async fn come(service: MockService, token: String, target: &'static str, every: f64, seed: u64) {
    let mut random = fastrand::Rng::with_seed(every.to_bits() ^ seed);
    loop {
        tokio::time::sleep(Duration::from_secs_f64(-every * (1.0 - random.f64()).ln())).await;
        let (service, token) = (service.clone(), token.clone());
        tokio::spawn(async move { ask(&service, &token, target).await.map(drop) });
    }
}
