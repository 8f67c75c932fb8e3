//! What a snapshot holds, taken from an engine and made into one again.
//!
//! Parts are taken apart member by member, so that a new one cannot be forgotten: whoever adds it decides here, or by
//! `#[serde(skip)]` beside it, whether it is of the org.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::activity::Activity;
use crate::activity::stages::Stages;
use crate::credentials::Credentials;
use crate::engine::{Cursors, Engine, Settings};
use crate::faults::Rules;
use crate::limits::Limits;
use crate::org::Org;
use crate::org::apps::App;
use crate::org::groups::Group;
use crate::org::hooks::EventHook;
use crate::org::id::{Id, Mint};
use crate::org::log::Written;
use crate::org::rules::Rule;
use crate::org::streams::LogStream;
use crate::org::users::{Transitions, UserChanges};
use crate::push::Push;
use crate::scenario::Timeline;

/// The one version that is written and read.
pub(crate) const VERSION: u64 = 1;

/// Everything that decides about answers. Times are milliseconds since 1970.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct State {
    pub(super) version: u64,
    /// How the org was made, which is also how a reset makes it.
    pub(crate) settings: Settings,
    /// When it was made: what is generated lies before.
    pub(super) started: i64,
    pub(super) now: i64,
    pub(super) users: UserChanges,
    pub(super) transitions: Transitions,
    /// Groups that are not as they were made; `null` for deleted ones.
    pub(super) groups: BTreeMap<Id, Option<Group>>,
    /// As groups.
    pub(super) apps: BTreeMap<Id, Option<App>>,
    pub(super) rules: BTreeMap<Id, Rule>,
    pub(super) hooks: BTreeMap<Id, EventHook>,
    pub(super) streams: BTreeMap<Id, LogStream>,
    pub(super) log: Written,
    /// How many ids of each kind were made.
    pub(super) ids: Mint,
    pub(super) credentials: Credentials,
    pub(super) limits: Limits,
    pub(super) faults: Rules,
    pub(super) push: Push,
    pub(super) activity: Activity,
    pub(super) timeline: Timeline,
    pub(super) stages: Stages,
    pub(super) cursors: Cursors,
}

impl Engine {
    /// What a snapshot holds of it.
    pub(crate) fn state(&self) -> State {
        let Self {
            settings,
            org,
            credentials,
            limits,
            faults,
            push,
            activity,
            timeline,
            stages,
            cursors,
            now,
            // The observer's books.
            journal: _,
            strangers: _,
            // A cache.
            kept: _,
        } = self;
        let Org {
            users,
            transitions,
            groups,
            apps,
            rules,
            hooks,
            streams,
            log,
            mint,
            // Where it is served; what follows from the seed; caches.
            base: _,
            id: _,
            token_id: _,
            owner: _,
            revision: _,
            pages: _,
            runs: _,
        } = org;
        let started = users.formula.start;
        let fresh = Self::new(settings.clone(), started).org;
        State {
            version: VERSION,
            settings: settings.clone(),
            started,
            now: *now,
            users: users.changes(),
            transitions: transitions.clone(),
            groups: changes(groups, &fresh.groups),
            apps: changes(apps, &fresh.apps),
            rules: rules.clone(),
            hooks: hooks.clone(),
            streams: streams.clone(),
            log: log.written(),
            ids: mint.clone(),
            credentials: credentials.clone(),
            limits: limits.clone(),
            faults: faults.clone(),
            push: push.at_rest(),
            activity: activity.clone(),
            timeline: timeline.clone(),
            stages: stages.clone(),
            cursors: cursors.clone(),
        }
    }

    /// An engine in this state, served as these settings say.
    pub(crate) fn in_state(state: &State, served: &Settings) -> Self {
        let state = state.clone();
        let (base, journal) = (served.base.clone(), served.journal);
        let mut settings = Settings { base, journal, ..state.settings };
        settings.given.no_admin = served.given.no_admin;
        let mut engine = Self::new(settings, state.started);
        let org = &mut engine.org;
        org.users.settle_in(state.users);
        org.transitions = state.transitions;
        for (id, group) in state.groups {
            let Some(mut group) = group else {
                drop(org.groups.remove(&id));
                continue;
            };
            group.row = OnceLock::new();
            if let Some(fresh) = org.groups.get(&id) {
                group.members.settle_in(&fresh.members);
            }
            org.groups.insert(id, group);
        }
        for (id, app) in state.apps {
            let Some(mut app) = app else {
                drop(org.apps.remove(&id));
                continue;
            };
            app.row = OnceLock::new();
            if let Some(fresh) = org.apps.get(&id) {
                app.users.settle_in(&fresh.users);
                app.number = fresh.number;
            }
            org.apps.insert(id, app);
        }
        (org.rules, org.hooks, org.streams) = (state.rules, state.hooks, state.streams);
        org.log.rewrite(state.log);
        let seeded = std::mem::replace(&mut org.mint, state.ids);
        org.mint.settle_in(&seeded);
        let seeded = std::mem::replace(&mut engine.credentials, state.credentials);
        engine.credentials.settle_in(&seeded);
        (engine.limits, engine.faults, engine.push) = (state.limits, state.faults, state.push);
        (engine.activity, engine.stages, engine.timeline) = (state.activity, state.stages, state.timeline);
        (engine.cursors, engine.now) = (state.cursors, state.now);
        engine
    }
}

/// Those that are not as they were made, and those that are gone.
fn changes<T: Clone + Serialize>(now: &BTreeMap<Id, T>, fresh: &BTreeMap<Id, T>) -> BTreeMap<Id, Option<T>> {
    let written = |one: &T| serde_json::to_string(one).unwrap_or_default();
    let same = |id: &Id, one: &T| fresh.get(id).is_some_and(|fresh| written(fresh) == written(one));
    let changed =
        now.iter().filter(|(id, one)| !same(id, one)).map(|(id, one)| (id.clone(), Some(one.clone())));
    let gone = fresh.keys().filter(|id| !now.contains_key(*id)).map(|id| (id.clone(), None));
    changed.chain(gone).collect()
}
