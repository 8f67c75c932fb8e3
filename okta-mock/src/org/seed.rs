//! Makes an org from a seed: the same seed and sizes give the same bytes.
//!
//! Proportions follow position, not chance, so that small orgs are plain (three users, all active) and larger ones
//! have their share of everything: 3 % deactivated, some staged, provisioned and suspended, 2 % names beyond ASCII.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::apps::{App, AppUser};
use super::groups::Group;
use super::id::{Id, Mint, mix, pick};
use super::log::Log;
use super::users::{Status, User};
use super::{Org, history, names};

/// How large an org to make.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) seed: u64,
    pub(crate) users: usize,
    pub(crate) groups: usize,
    pub(crate) apps: usize,
    pub(crate) events: usize,
}

const DAY: i64 = 86_400_000;
/// The largest group or app a seed makes, apart from `Everyone`: beyond this more members show nothing new.
const MOST_MEMBERS: usize = 10_000;

/// Makes the org as it stands at `now`.
pub(crate) fn org(base: &str, sizes: Sizes, now: i64) -> Org {
    let mut mint = Mint::new(sizes.seed);
    let id = mint.id("00o");
    let token_id = mint.id("00T");
    let everyone = mint.id("00g");
    let mut org = Org {
        base: base.to_owned(),
        id,
        token_id,
        owner: None,
        users: BTreeMap::new(),
        logins: BTreeMap::new(),
        groups: BTreeMap::new(),
        apps: BTreeMap::new(),
        hooks: BTreeMap::new(),
        streams: BTreeMap::new(),
        log: Log::default(),
        mint,
    };
    let built_in = json!({ "name": "Everyone", "description": "All users in your organization" });
    org.add_generated_group(everyone, true, built_in, now - 400 * DAY);
    let mut live: Vec<Id> = Vec::with_capacity(sizes.users);
    for n in 0..sizes.users {
        let user = user(&mut org.mint, sizes.seed, n, now);
        if user.status != Status::Deprovisioned {
            live.push(Arc::clone(&user.id));
        }
        org.logins.insert(user.login().into(), Arc::clone(&user.id));
        org.owner.get_or_insert_with(|| Arc::clone(&user.id));
        org.users.insert(Arc::clone(&user.id), user);
    }
    for n in 0..sizes.groups {
        let id = org.mint.id("00g");
        let name = match names::DEPARTMENTS.get(n) {
            Some(department) => (*department).to_owned(),
            None => format!("Team {}", n + 1),
        };
        let members = members(sizes.seed, 11, n, &live);
        org.add_generated_group(
            Arc::clone(&id),
            false,
            json!({ "name": name, "description": null }),
            now - 300 * DAY,
        );
        if let Some(group) = org.groups.get_mut(&id) {
            group.members = members.into_iter().collect();
        }
    }
    for n in 0..sizes.apps {
        let app = app(&mut org, sizes.seed, n, &live, now);
        org.apps.insert(Arc::clone(&app.id), app);
    }
    let events = history::events(&mut org, sizes.seed, sizes.events, now);
    org.log.load(&mut org.mint, events);
    org
}

impl Org {
    fn add_generated_group(&mut self, id: Id, built_in: bool, profile: Value, created: i64) {
        let Value::Object(profile) = profile else { return };
        let group = Group {
            id: Arc::clone(&id),
            built_in,
            created,
            last_updated: created,
            last_membership_updated: created,
            profile,
            members: BTreeSet::new(),
            row: OnceCell::new(),
        };
        self.groups.insert(id, group);
    }
}

/// A name and the login that goes with it. Also used for users that appear later.
pub(crate) fn profile(seed: u64, n: usize) -> Map<String, Value> {
    let draw = u64::try_from(n).unwrap_or(0);
    let (first, last) = if n % 50 == 7 {
        names::UNICODE[pick(seed, 21, draw, names::UNICODE.len())]
    } else {
        (
            names::FIRST[pick(seed, 22, draw, names::FIRST.len())],
            names::LAST[pick(seed, 23, draw, names::LAST.len())],
        )
    };
    let ascii = |name: &str| name.is_ascii().then(|| name.to_lowercase());
    let login = match (ascii(first), ascii(last)) {
        (Some(first), Some(last)) => format!("{first}.{last}.{n}@example.com"),
        _ => format!("user.{n}@example.com"),
    };
    let department = names::DEPARTMENTS[pick(seed, 24, draw, names::DEPARTMENTS.len())];
    let profile = json!({
        "firstName": first,
        "lastName": last,
        "mobilePhone": null,
        "secondEmail": null,
        "email": login,
        "login": login,
        "department": department,
        "costCenter": format!("CC-{}", 100 + pick(seed, 25, draw, 40)),
    });
    match profile {
        Value::Object(profile) => profile,
        _ => Map::new(),
    }
}

fn user(mint: &mut Mint, seed: u64, n: usize, now: i64) -> User {
    let draw = u64::try_from(n).unwrap_or(0);
    let status = match n {
        _ if n % 33 == 32 => Status::Deprovisioned,
        _ if n % 40 == 17 => Status::Staged,
        _ if n % 50 == 23 => Status::Suspended,
        _ if n % 100 == 61 => Status::Provisioned,
        _ => Status::Active,
    };
    // Nothing generated changed later than a day before the start: the last 24 hours belong to the history.
    let past = |kind: u64, span: i64| now - 2 * DAY - mix(seed, kind, draw).cast_signed().rem_euclid(span);
    let created = past(31, 300 * DAY) - 20 * DAY;
    let password = !matches!(status, Status::Staged | Status::Provisioned);
    let activated = (status != Status::Staged).then_some(created + 5_000);
    User {
        id: mint.id("00u"),
        status,
        created,
        activated,
        status_changed: activated
            .map(|at| if status == Status::Active { at + 600_000 } else { past(32, 15 * DAY) }),
        last_login: password.then(|| past(33, 15 * DAY)),
        last_updated: past(34, 15 * DAY),
        password_changed: password.then_some(created + 605_000),
        profile: profile(seed, n),
        row: OnceCell::new(),
    }
}

fn app(org: &mut Org, seed: u64, n: usize, live: &[Id], now: i64) -> App {
    let id = org.mint.id("0oa");
    let oidc = n % 2 == 1;
    let label = match names::APPS.get(n) {
        Some(label) => (*label).to_owned(),
        None => format!("App {}", n + 1),
    };
    let name = if oidc { "oidc_client".to_owned() } else { format!("example_app{}_1", n + 1) };
    let mut users = BTreeMap::new();
    for user in members(seed, 12, n, live) {
        let Some(login) = org.users.get(&user).map(|user| user.login().to_owned()) else { continue };
        let row = AppUser { id: org.mint.id("0ua"), created: now - 30 * DAY, user_name: login };
        users.insert(user, row);
    }
    let (created, last_updated) = (now - 200 * DAY, now - 60 * DAY);
    App { id, name, label, oidc, active: true, created, last_updated, users, row: OnceCell::new() }
}

/// Every second user in the first group, every third in the next, and so on, each from a start of its own.
fn members(seed: u64, kind: u64, n: usize, live: &[Id]) -> Vec<Id> {
    let start = pick(seed, kind, u64::try_from(n).unwrap_or(0), live.len());
    let size = (live.len() / (n + 2)).clamp(live.len().min(1), MOST_MEMBERS);
    let step = (live.len() / size.max(1)).max(1);
    (0..size).filter_map(|k| live.get((start + k * step) % live.len().max(1))).cloned().collect()
}
