//! Okta's documented and recorded facts, each asked of a running fake over a socket.
//!
//! One file for each area, one org for each file or table, one check for each row or line of the fact sheets. A check
//! that fails prints the fact, what was expected and what came; the others of its area are still made. The sheets are
//! the project's notes: `API.md` holds what Okta's reference, its OpenAPI document and its recorded answers say, `MOCK.md`
//! what a fake has to copy. A fact marked `[U]` is one that Okta leaves open and the sheet decides. What the fake does
//! not have yet is not checked here.

#[path = "fidelity/apps.rs"]
mod apps;
#[path = "fidelity/changes.rs"]
mod changes;
#[path = "fidelity/checks.rs"]
mod checks;
#[path = "fidelity/coverage.rs"]
mod coverage;
#[path = "fidelity/errors.rs"]
mod errors;
#[path = "fidelity/event_hooks.rs"]
mod event_hooks;
#[path = "fidelity/groups.rs"]
mod groups;
#[path = "fidelity/headers.rs"]
mod headers;
#[path = "fidelity/links_and_paging.rs"]
mod links_and_paging;
#[path = "fidelity/log_streams.rs"]
mod log_streams;
#[path = "fidelity/logs.rs"]
mod logs;
#[path = "fidelity/made.rs"]
mod made;
#[path = "fidelity/rate_limits.rs"]
mod rate_limits;
#[path = "fidelity/user_queries.rs"]
mod user_queries;
#[path = "fidelity/users.rs"]
mod users;
#[path = "fidelity/wire.rs"]
mod wire;

/// Every area, with the number of checks that it makes at least: an area that makes fewer fails.
const AREAS: [(&str, usize); 13] = [
    ("changes", changes::CHECKS),
    ("coverage", coverage::CHECKS),
    ("headers", headers::CHECKS),
    ("errors", errors::CHECKS),
    ("links and paging", links_and_paging::CHECKS),
    ("users", users::CHECKS),
    ("user queries", user_queries::CHECKS),
    ("groups", groups::CHECKS),
    ("apps", apps::CHECKS),
    ("logs", logs::CHECKS),
    ("event hooks", event_hooks::CHECKS),
    ("log streams", log_streams::CHECKS),
    ("rate limits", rate_limits::CHECKS),
];

#[test]
fn the_suite_does_not_shrink() {
    let total: usize = AREAS.iter().map(|(_, checks)| checks).sum();
    eprintln!("{total} checks");
    assert!(total >= 1_000, "{total} checks: {AREAS:?}");
}
