//! Makes an org from a seed: the same seed and sizes give the same bytes.
//!
//! Users, memberships, assignments and the log's history exist by formula (`generated`, `crowd`, `history`), so making
//! an org takes as long for a million users as for three. Groups and apps are few and are made here.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};

use super::apps::App;
use super::crowd::Crowd;
use super::generated::Formula;
use super::groups::Group;
use super::history::History;
use super::id::{Id, Mint, Spelling, mix};
use super::log::Log;
use super::users::{Transitions, Users};
use super::{Org, names};

pub(crate) use super::generated::profile;

/// How large an org to make.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Sizes {
    pub(crate) seed: u64,
    pub(crate) users: usize,
    pub(crate) groups: usize,
    pub(crate) apps: usize,
    pub(crate) events: usize,
}

const DAY: i64 = 86_400_000;

/// Makes the org as it stands at `now`.
pub(crate) fn org(base: &str, sizes: Sizes, now: i64) -> Org {
    let Sizes { seed, .. } = sizes;
    let mut mint = Mint::new(seed);
    let id = mint.id("00o");
    let token_id = mint.id("00T");
    let users = u32::try_from(sizes.users).unwrap_or(u32::MAX);
    let formula = Formula::new(seed, users, now);
    let owner = formula.user(0).map(|owner| owner.id());
    let (groups, apps) = (number(sizes.groups), number(sizes.apps));
    mint.skip("00g", u64::from(groups) + 1);
    mint.skip("0oa", u64::from(apps));
    mint.skip("0ua", u64::from(apps) * u64::from(users));
    let history = History::new(formula.clone(), groups, apps, sizes.events);
    mint.skip("uuid", history.len());
    let group_ids = Spelling::new(seed, "00g");
    let everyone = json!({ "name": "Everyone", "description": "All users in your organization" });
    let everyone = group(group_ids.id(0), true, everyone, now - 400 * DAY, Crowd::empty());
    let made = (0..groups).map(|n| {
        let profile = json!({ "name": group_name(n), "description": null });
        group(group_id(seed, n), false, profile, now - 300 * DAY, crowd(seed, 11, n, users))
    });
    let groups = std::iter::once(everyone).chain(made).map(|group| (Arc::clone(&group.id), group)).collect();
    let apps = (0..apps).map(|n| app(seed, n, users, now)).map(|app| (Arc::clone(&app.id), app)).collect();
    Org {
        base: base.to_owned(),
        id,
        token_id,
        owner,
        users: Users::new(formula),
        transitions: Transitions::default(),
        groups,
        apps,
        rules: BTreeMap::new(),
        hooks: BTreeMap::new(),
        streams: BTreeMap::new(),
        log: Log::new(history),
        mint,
        revision: 0,
        pages: crate::handle::cache::Pages::default(),
        runs: crate::handle::Runs::default(),
    }
}

/// The id of the `n`th generated group; the first number is that of `Everyone`.
pub(super) fn group_id(seed: u64, n: u32) -> Id {
    Spelling::new(seed, "00g").id(u64::from(n) + 1)
}

pub(super) fn group_name(n: u32) -> String {
    listed(&names::DEPARTMENTS, n).map_or_else(|| format!("Team {}", n + 1), str::to_owned)
}

pub(super) fn app_id(seed: u64, n: u32) -> Id {
    Spelling::new(seed, "0oa").id(u64::from(n))
}

pub(super) fn app_label(n: u32) -> String {
    listed(&names::APPS, n).map_or_else(|| format!("App {}", n + 1), str::to_owned)
}

/// Every second app is an OIDC client.
pub(super) fn app_is_oidc(n: u32) -> bool {
    n % 2 == 1
}

/// Who is assigned to the `n`th generated app.
pub(super) fn app_users<T>(seed: u64, n: u32, users: u32) -> Crowd<T> {
    crowd(seed, 12, n, users)
}

/// Half of all users in the first group, a third in the next, and so on.
fn crowd<T>(seed: u64, kind: u64, n: u32, users: u32) -> Crowd<T> {
    Crowd::generated(users, (users / n.saturating_add(2)).max(1), mix(seed, kind, u64::from(n)))
}

fn group(id: Id, built_in: bool, profile: Value, created: i64, members: Crowd<()>) -> Group {
    let profile = match profile {
        Value::Object(profile) => profile,
        _ => serde_json::Map::new(),
    };
    Group {
        id,
        built_in,
        created,
        last_updated: created,
        last_membership_updated: created,
        profile,
        members,
        owners: BTreeMap::new(),
        row: OnceLock::new(),
    }
}

fn app(seed: u64, n: u32, users: u32, now: i64) -> App {
    let oidc = app_is_oidc(n);
    App {
        id: app_id(seed, n),
        name: if oidc { "oidc_client".to_owned() } else { format!("example_app{}_1", n + 1) },
        label: app_label(n),
        sign_on: if oidc { "OPENID_CONNECT" } else { "SAML_2_0" }.into(),
        active: true,
        created: now - 200 * DAY,
        last_updated: now - 60 * DAY,
        users: app_users(seed, n, users),
        number: Some(n),
        is_client: false,
        groups: BTreeMap::new(),
        given: serde_json::Map::new(),
        row: OnceLock::new(),
    }
}

fn listed<'a>(names: &[&'a str], n: u32) -> Option<&'a str> {
    names.get(usize::try_from(n).ok()?).copied()
}

fn number(size: usize) -> u32 {
    // Groups and apps are made one by one; nobody waits for more than a million of them.
    u32::try_from(size).unwrap_or(u32::MAX).min(1_000_000)
}
