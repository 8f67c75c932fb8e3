//! Figures of okta-mock that are not a page beside the same page: searches, a whole walk, the journal, changes, memory.

use std::time::Duration;

use okta_ingest::BoxError;
use okta_mock::{Clock, OktaMock};

use super::child::{Answer, Child, Connection};
use super::{between, mib, repeat, timed};
use crate::figure::Figure;

/// Requests between the first and the last look at the memory.
const MANY: usize = 1_000_000;
/// Requests of a measurement of single users.
const SINGLES: usize = 400;

/// Searches over a million users: hardly anybody or nobody fits, so that a page looks at all of them.
const SEARCHES: [(&str, &str, &str); 5] = [
    ("mock_search_name_cpu", r#"profile.lastName eq "Nobody""#, ""),
    (
        "mock_search_conjunction_cpu",
        r#"profile.department eq "Legal" and profile.costCenter eq "CC-100" and profile.firstName eq "Ada" and status eq "STAGED""#,
        "",
    ),
    ("mock_search_time_cpu", r#"lastUpdated lt "2001-01-01T00:00:00.000Z""#, ""),
    ("mock_search_contains_cpu", r#"profile.login co "999999""#, ""),
    ("mock_search_sorted_cpu", r#"status eq "ACTIVE""#, "&sortBy=lastUpdated"),
];

/// A page of each search against a static server that returns the same bytes.
pub(super) fn searches(mock: &Child, runs: usize) -> Result<Vec<Figure>, BoxError> {
    let mut asking = mock.connect()?;
    let mut figures = Vec::new();
    for (name, expression, order) in SEARCHES {
        let search: String = expression.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let target = format!("/api/v1/users?limit=200&search={search}{order}");
        let same = Child::fixed(&asking.answer(&target)?)?;
        let mut same_asking = same.connect()?;
        // Written otherwise each time, a search is a new one: nothing of it is kept from the run before.
        let mut spaces = String::new();
        let ours = || {
            spaces.push_str("%20");
            let new = target.replacen("search=", &format!("search={spaces}"), 1);
            mock.cpu_of(|| asking.get(&new).map(drop))
        };
        let floor = || same.cpu_of(|| repeat(&mut same_asking, 1));
        figures.push(Figure::measure(name, "µs/page", runs, 1, ours, floor)?);
    }
    Ok(figures)
}

/// A sorted search from its first page on, as a client walks through it.
pub(super) fn sorted_walk(mock: &Child, runs: usize) -> Result<Figure, BoxError> {
    const PAGES: usize = 100;
    let first = "/api/v1/users?limit=200&search=id%20pr&sortBy=lastUpdated";
    let mut asking = mock.connect()?;
    let same = Child::fixed(&asking.answer(first)?)?;
    let mut same_asking = same.connect()?;
    let ours = || {
        let mut next = first.to_owned();
        mock.cpu_of(|| {
            for _ in 0..PAGES {
                asking.get(&next)?;
                next = asking.next().ok_or("a million users have more pages")?;
            }
            Ok(())
        })
    };
    let floor = || same.cpu_of(|| repeat(&mut same_asking, PAGES));
    Figure::measure("mock_search_sorted_walk_cpu", "µs/page", runs, PAGES, ours, floor)
}

/// All users over one connection, page by page; floor: as many pages of the same length.
pub(super) fn walk(mock: &Child, page: &Answer) -> Result<Figure, BoxError> {
    let mut asking = mock.connect()?;
    let same = Child::fixed(page)?;
    let mut same_asking = same.connect()?;
    let mut pages = 0;
    let mut target = Some("/api/v1/users?limit=200".to_owned());
    let ours = timed(|| {
        while let Some(next) = target.take() {
            asking.get(&next)?;
            pages += 1;
            target = asking.next();
        }
        Ok(())
    })?;
    let floor = timed(|| repeat(&mut same_asking, pages))?;
    Ok(Figure::of("mock_walk_1m_wall", "s", ours.as_secs_f64(), floor.as_secs_f64()))
}

/// One user by id with the journal and without it, in turn.
pub(super) fn journal(mock: &Child, one: &str, runs: usize) -> Result<Figure, BoxError> {
    let silent = Child::mock_without_journal()?;
    let (mut asking, mut asking_silent) = (mock.connect()?, silent.connect()?);
    let ask = |asking: &mut Connection| (0..SINGLES).try_for_each(|_| asking.get(one).map(drop));
    let ours = || mock.cpu_of(|| ask(&mut asking));
    let floor = || silent.cpu_of(|| ask(&mut asking_silent));
    Figure::measure("mock_journal_cpu", "µs/request, on : off", runs, SINGLES, ours, floor)
}

/// Pages of users of whom every tenth was changed. The walk stays within those that were.
pub(super) fn changed(runs: usize) -> Result<Figure, BoxError> {
    const PAGES: usize = 100;
    let mock = Child::mock()?;
    let mut asking = mock.connect()?;
    let first = "/api/v1/users?limit=200";
    let mut next = first.to_owned();
    for _ in 0..PAGES {
        let page = asking.get(&next)?;
        let link = asking.next();
        for row in page.split("{\"id\":\"00u").skip(1).step_by(10) {
            let id = row.split('"').next().unwrap_or_default();
            // Nobody may change a deactivated user, and lists leave those out.
            asking.post(&format!("/api/v1/users/00u{id}"), r#"{"profile":{"nickName":"Changed"}}"#)?;
        }
        next = link.ok_or("a million users have more pages")?;
    }
    let same = Child::fixed(&asking.answer(first)?)?;
    let mut same_asking = same.connect()?;
    let ours = || {
        let mut next = first.to_owned();
        mock.cpu_of(|| {
            for _ in 0..PAGES {
                asking.get(&next)?;
                next = asking.next().ok_or("a million users have more pages")?;
            }
            Ok(())
        })
    };
    let floor = || same.cpu_of(|| repeat(&mut same_asking, PAGES));
    Figure::measure("mock_users_page_10_percent_changed_cpu", "µs/request", runs, PAGES, ours, floor)
}

/// Resident memory at the start, and after a million requests of every kind.
pub(super) fn memory() -> Result<Vec<Figure>, BoxError> {
    let mock = Child::mock()?;
    let mut asking = mock.connect()?;
    let page = asking.answer("/api/v1/users?limit=200")?;
    let id = between(&page.body, "{\"id\":\"", "\"").ok_or("a user has an id")?.to_owned();
    let group = asking.get("/api/v1/groups?limit=2")?;
    let group = group.rsplit("{\"id\":\"").next().and_then(|row| row.split('"').next()).unwrap_or_default();
    let same = Child::fixed(&page)?;
    same.connect()?.get("/")?;
    let at_start = mock.memory_kib()?;
    let kinds = [
        format!("/api/v1/users/{id}"),
        "/api/v1/users?limit=20".to_owned(),
        format!("/api/v1/groups/{group}/users?limit=20"),
        "/api/v1/logs?limit=10".to_owned(),
        "/api/v1/groups?limit=20".to_owned(),
        "/api/v1/apps?limit=20".to_owned(),
        format!("/api/v1/users/{id}/groups"),
    ];
    // Now and then a large one, so that everything that is kept is there.
    let large = ["/api/v1/users?limit=200", "/api/v1/logs?limit=1000"];
    let mut early = at_start;
    for n in 0..MANY {
        if n % 1_000 == 0 {
            for target in large {
                asking.get(target)?;
            }
        }
        asking.get(&kinds[n % kinds.len()])?;
        if n == MANY / 10 {
            early = mock.memory_kib()?;
        }
    }
    Ok(vec![
        Figure::of("mock_memory_at_start", "MiB : static", mib(at_start), mib(same.memory_kib()?)),
        Figure::of("mock_memory_after_1m", "MiB : after 100k", mib(mock.memory_kib()?), mib(early)),
    ])
}

/// A virtual day with five changes a second.
pub(super) fn day() -> Result<Figure, BoxError> {
    let days = |rate| {
        let builder = OktaMock::builder().seed(7).users(1_000).groups(10).apps(10).live_rate(rate);
        let okta = builder.clock(Clock::Manual(1_787_299_200_000)).in_process();
        timed(|| {
            okta.clock().advance(Duration::from_secs(86_400));
            Ok(())
        })
    };
    Ok(Figure::of(
        "mock_day_at_5_wall",
        "s : a quiet day",
        days(5.0)?.as_secs_f64(),
        days(0.0)?.as_secs_f64(),
    ))
}
