//! What has to hold between the parts of a snapshot, so that no call on the org made of it meets the impossible.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;

use super::SnapshotError;
use super::state::State;
use crate::activity::stages::Stage;
use crate::org::event::{Party, Record};
use crate::org::hook_filter::HookFilter;
use crate::org::hooks::HookSettings;
use crate::org::id::Id;
use crate::org::seed;
use crate::org::users::{User, Users};
use crate::push::bridge::Relay;
use crate::scenario::Step;

type Result<T = ()> = std::result::Result<T, SnapshotError>;

/// Groups and apps are made one by one; so many the program makes at most.
const MOST: usize = 1_000_000;
const NO_JSON: &str = "a detail that is no JSON";

pub(super) fn state(state: &State) -> Result {
    let sizes = state.settings.sizes;
    for (name, size) in [("groups", sizes.groups), ("apps", sizes.apps)] {
        ensure(size <= MOST, || format!("settings.sizes.{name}"), "more than can be made")?;
    }
    ensure(state.started <= state.now, || "now".into(), "before the org was made")?;
    let fresh = seed::org("", sizes, state.started);
    users(state, fresh.users)?;
    let own = |at, wrong: Option<String>| match wrong {
        Some(id) => Err(SnapshotError::new(format!("{at}.{id}"), "no id of Okta's form, or another inside")),
        None => Ok(()),
    };
    own("groups", stray(&state.groups, |group| group.as_ref().map(|group| &group.id)))?;
    own("apps", stray(&state.apps, |app| app.as_ref().map(|app| &app.id)))?;
    own("rules", stray(&state.rules, |rule| Some(&rule.id)))?;
    own("hooks", stray(&state.hooks, |hook| Some(&hook.id)))?;
    own("streams", stray(&state.streams, |stream| Some(&stream.id)))?;
    for (id, hook) in &state.hooks {
        ensure(fits(&hook.settings), || format!("hooks.{id}.settings"), "what no hook may have")?;
    }
    for (id, stream) in &state.streams {
        ensure(stream.target.check().is_ok(), || format!("streams.{id}.target"), "what no stream may have")?;
    }
    let given = &state.settings.given;
    ensure(given.hooks.iter().all(fits), || "settings.given.hooks".into(), "what no hook may have")?;
    let streams = given.streams.iter().all(|(_, target)| target.check().is_ok());
    ensure(streams, || "settings.given.streams".into(), "what no stream may have")?;
    fresh.log.check(&state.log).map_err(|wrong| SnapshotError::new("log", wrong))?;
    let pushed = state.push.records().map(|record| ("push", record));
    for (at, record) in state.log.records.iter().map(|record| ("log", &**record)).chain(pushed) {
        ensure(is_json(record), || format!("{at}: event {}", record.position), NO_JSON)?;
    }
    let actors = state.transitions.transactions().map(|tx| &tx.actor);
    ensure(actors.into_iter().all(party_is_json), || "transitions".into(), NO_JSON)?;
    let relays =
        [("settings.push", &state.settings.push.relay), ("push.settings", &state.push.settings.relay)];
    for (at, relay) in relays {
        let works =
            |relay: &Relay| Relay::new(&relay.url, &relay.secret, Some(&relay.header), relay.shape).is_ok();
        ensure(relay.as_ref().is_none_or(works), || format!("{at}.relay"), "what no relay may be")?;
    }
    let part = |at: &str, checked: std::result::Result<(), String>| {
        checked.map_err(|wrong| SnapshotError::new(at, wrong))
    };
    part("credentials", state.credentials.check())?;
    part("limits", state.limits.check())?;
    part("settings.limits", state.settings.limits.check())?;
    part("activity", state.activity.check(state.now))?;
    part("stages", state.stages.check(state.now))?;
    let script = &state.settings.script;
    let ends = script.stages.iter().all(Stage::comes_to_an_end);
    ensure(ends, || "settings.script.stages".into(), "a stage without end")?;
    let steps = script.steps.iter().map(|(_, step)| step).chain(state.timeline.steps());
    let planned = steps.filter_map(Step::fault).chain(&script.faults).chain(&state.settings.faults);
    let planned = planned.chain(state.faults.list.iter().map(|rule| &rule.plan));
    ensure(planned.into_iter().all(|plan| plan.act.is_bounded()), || "faults".into(), "a rule without end")
}

fn ensure(holds: bool, at: impl FnOnce() -> String, wrong: &str) -> Result {
    if holds { Ok(()) } else { Err(SnapshotError::new(at(), wrong)) }
}

fn fits(hook: &HookSettings) -> bool {
    let same = |filter: &HookFilter| {
        HookFilter::parse(&filter.event_type, &filter.expression).is_ok_and(|parsed| parsed == *filter)
    };
    hook.check().is_ok() && hook.filters.iter().all(same)
}

/// An entry that is not under its own id.
fn stray<T>(map: &BTreeMap<Id, T>, id: impl Fn(&T) -> Option<&Id>) -> Option<String> {
    let formed = |id: &str| id.len() == 20 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    map.iter()
        .find(|(key, one)| !formed(key) || id(one).is_some_and(|id| id != *key))
        .map(|(key, _)| key.to_string())
}

fn users(state: &State, mut fresh: Users) -> Result {
    let count = fresh.numbers();
    let changes = &state.users;
    let mut added = (count..).zip(changes.changed.range(count..));
    ensure(
        added.all(|(n, (number, _))| n == *number),
        || "users.changed".into(),
        "a gap between the numbers",
    )?;
    fresh.settle_in(changes.clone());
    let present = changes.changed.iter().map(|(n, user)| ("changed", n, user.as_deref()));
    let past = changes.past.iter().flat_map(|(n, states)| states.iter().map(move |(_, user)| (n, user)));
    let hidden = past.map(|(n, user)| ("past", n, user.as_deref()));
    for (at, n, user) in present.chain(hidden) {
        let own = |user: &User| user.id == fresh.id(*n);
        let fits = *n < fresh.numbers() && user.is_none_or(own);
        ensure(fits, || format!("users.{at}.{n}.id"), "not the id of this number")?;
    }
    for (n, user) in changes.changed.iter().filter_map(|(n, user)| Some((n, user.as_deref()?))) {
        let alone = fresh.by_login(&user.login().to_lowercase()) == Some(*n);
        ensure(alone, || format!("users.changed.{n}.profile.login"), "another user's")?;
    }
    let groups = state.groups.iter().filter_map(|(id, group)| Some((id, group.as_ref()?.members.named())));
    let apps = state.apps.iter().filter_map(|(id, app)| Some((id, app.as_ref()?.users.named())));
    for (id, greatest) in groups.chain(apps) {
        let exists = greatest.is_none_or(|greatest| greatest < fresh.numbers());
        ensure(exists, || id.to_string(), "a member that there is no user for")?;
    }
    Ok(())
}

/// What is written into answers as it is.
fn is_json(record: &Record) -> bool {
    party_is_json(&record.event.actor) && record.event.targets.iter().all(party_is_json)
}

fn party_is_json(party: &Party) -> bool {
    let json = |text: Option<&str>| text.is_none_or(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
    json(party.detail.as_deref()) && json(party.change.as_deref())
}
