//! The memory of okta-mock: at the start, and after a million requests of every kind.

use okta_ingest::BoxError;

use super::child::{Child, Connection};
use super::{ids, mib};
use crate::figure::Figure;

/// Requests between the first and the last look.
const MANY: usize = 1_000_000;
/// Requests of one virtual day, so that what is kept for so many days has its end.
const A_DAY: usize = 1_000;

/// The kinds of requests.
struct Kinds {
    ids: Vec<String>,
    reads: Vec<String>,
}

pub(super) fn measure() -> Result<Vec<Figure>, BoxError> {
    let mock = Child::mock_signed_in()?;
    let mut asking = mock.connect()?;
    let page = asking.answer("/api/v1/users?limit=200")?;
    let group = ids(&asking.get("/api/v1/groups?limit=2")?, "00g").pop().ok_or("an org has groups")?;
    let same = Child::fixed(&page)?;
    same.connect()?.get("/")?;
    let at_start = mock.memory_kib()?;
    let ids = ids(&page.body, "00u");
    let id = ids.first().ok_or("a page has users")?;
    let reads = vec![
        format!("/api/v1/users/{id}"),
        "/api/v1/users?limit=20".to_owned(),
        format!("/api/v1/groups/{group}/users?limit=20"),
        "/api/v1/logs?limit=10".to_owned(),
        "/api/v1/groups?limit=20".to_owned(),
        "/api/v1/apps?limit=20".to_owned(),
        format!("/api/v1/users/{id}/groups"),
    ];
    let kinds = Kinds { ids, reads };
    let mut early = at_start;
    for n in 0..MANY {
        kinds.ask(&mut asking, &mock, n)?;
        if n == MANY / 5 {
            early = mock.memory_kib()?;
        }
    }
    Ok(vec![
        Figure::of("mock_memory_at_start", "MiB : static", mib(at_start), mib(same.memory_kib()?)),
        Figure::of("mock_memory_after_1m", "MiB : after 200k", mib(mock.memory_kib()?), mib(early)),
    ])
}

impl Kinds {
    /// The `n`th request: one in a hundred writes, one is refused for its token and one for what it asks for; now and
    /// then a search, a token, a large page, the next day.
    fn ask(&self, asking: &mut Connection, mock: &Child, n: usize) -> Result<(), BoxError> {
        let refused = |asking: &mut Connection, authorization: &str, target: &str, status| {
            asking.ask_as(authorization, ("GET", target, ""), status).map(drop)
        };
        let token = format!("SSWS {}", mock.token());
        match (n % A_DAY, n % 100) {
            (1, _) => asking.get("/api/v1/users?search=profile.lastName%20eq%20%22Nobody%22").map(drop),
            (2, _) => asking.get("/api/v1/users?limit=200").map(drop),
            (3, _) => asking.get("/api/v1/logs?limit=1000").map(drop),
            (4, _) => asking.post("/oauth2/v1/token", mock.refresh()).map(drop),
            (5, _) => asking.post("/_mock/clock/advance", r#"{"by":"24h"}"#).map(drop),
            (_, 10) => {
                let id = &self.ids[n / 100 % self.ids.len()];
                let body = format!(r#"{{"profile":{{"nickName":"The {n}th"}}}}"#);
                asking.post(&format!("/api/v1/users/{id}"), &body).map(drop)
            }
            (_, 20) => refused(asking, "SSWS wrong", "/api/v1/users", 401),
            (_, 30) => refused(asking, &token, "/api/v1/users/nobody@example.com", 404),
            (_, 40) => refused(asking, &token, "/api/v1/users?filter=nonsense", 400),
            _ => asking.get(&self.reads[n % self.reads.len()]).map(drop),
        }
    }
}
