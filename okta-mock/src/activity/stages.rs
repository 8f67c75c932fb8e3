//! Churn on the clock: every so often a user is drawn and something happens to them, and later something more.

use std::collections::BTreeMap;

use super::{Activity, Change};
use crate::org::Org;
use crate::org::id::{Id, mix};
use crate::org::users::Status;

/// What happens again and again; times in milliseconds.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    pub(crate) every: i64,
    /// Up to so much later, another each time.
    pub(crate) jitter: i64,
    /// Only to users in this status.
    pub(crate) status: Option<Status>,
    pub(crate) change: Change,
    /// What happens to the same user, so long after it.
    pub(crate) then: Vec<(i64, Change)>,
}

/// The stages of one org.
#[derive(Debug, Default)]
pub(crate) struct Stages {
    stages: Vec<Stage>,
    seed: u64,
    /// When each is due next without its jitter, and how often it has been.
    turns: Vec<(i64, u64)>,
    /// What follows, by time and the order of planning.
    coming: BTreeMap<(i64, u64), (Id, Change)>,
    planned: u64,
}

impl Stages {
    pub(crate) fn new(stages: &[Stage], seed: u64, start: i64) -> Self {
        let turns = stages.iter().map(|stage| (start.saturating_add(stage.every), 0)).collect();
        Self { stages: stages.to_vec(), seed, turns, ..Self::default() }
    }

    pub(crate) fn next_due(&self) -> Option<i64> {
        let turns = (0..self.stages.len()).map(|n| self.due(n));
        turns.chain(self.coming.keys().next().map(|(at, _)| *at)).min()
    }

    /// Does what is due at `at`, the first of it.
    pub(crate) fn step(&mut self, activity: &mut Activity, org: &mut Org, at: i64) {
        if let Some(entry) = self.coming.first_entry().filter(|entry| entry.key().0 <= at) {
            let (user, change) = entry.remove();
            activity.one(org, change, Some(&user), at);
            return;
        }
        let Some(n) = (0..self.stages.len()).find(|n| self.due(*n) <= at) else { return };
        let stage = self.stages[n].clone();
        let (due, turn) = &mut self.turns[n];
        (*due, *turn) = (due.saturating_add(stage.every), *turn + 1);
        let Some(user) = activity.stage(org, &stage, at) else { return };
        for (after, change) in stage.then {
            self.planned += 1;
            self.coming.insert((at.saturating_add(after), self.planned), (user.clone(), change));
        }
    }

    fn due(&self, n: usize) -> i64 {
        let (due, turn) = self.turns[n];
        let most = self.stages[n].jitter.unsigned_abs() + 1;
        let place = u64::try_from(n).unwrap_or(0);
        due.saturating_add((mix(self.seed, 90 + place, turn) % most).cast_signed())
    }
}

impl Activity {
    /// Draws a user for a stage and makes its change. Whose it was.
    fn stage(&mut self, org: &mut Org, stage: &Stage, at: i64) -> Option<Id> {
        let Some(status) = stage.status else { return self.one(org, stage.change, None, at) };
        self.made += 1;
        let user = self.user(org, |user| user.status() == status);
        if user.is_none() {
            self.skipped += 1;
        }
        self.one(org, stage.change, Some(&user?), at)
    }
}
