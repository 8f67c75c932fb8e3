//! Life in the org: seeded changes made through the same rules as API calls, at once, at a steady rate, or in stages.
//!
//! Pure: the engine asks when the next change is due and makes it then. The owner of the API token is left alone, so
//! that a test's credentials stay good.

mod change;
mod mix;
pub(crate) mod stages;

use serde_json::{Value, json};

pub(crate) use change::Change;
pub(crate) use mix::Mix;

use crate::org::Org;
use crate::org::id::Id;

/// The plan of coming changes.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Activity {
    seed: u64,
    /// Changes made so far; draws the next.
    made: u64,
    /// Changes per second; 0 when nothing is planned.
    rate: f64,
    /// When the next change is due, in milliseconds, with fractions so that any rate is kept exactly.
    next: f64,
    /// How many are left, or `None` without end.
    left: Option<u64>,
    /// What the planned changes are drawn from.
    mix: Mix,
    /// Changes that found nothing to change.
    skipped: u64,
}

impl Activity {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, made: 0, rate: 0.0, next: 0.0, left: None, mix: Mix::default(), skipped: 0 }
    }

    /// Makes changes from now on at this many per second; 0 stops. Rates beyond 1,000,000 are taken as that, and less than
    /// one change in a hundred years as none.
    pub(crate) fn plan(&mut self, rate: f64, left: Option<u64>, mix: Mix, now: i64) {
        self.mix = mix;
        self.rate = if rate.is_finite() && rate > 3e-10 { rate.min(1_000_000.0) } else { 0.0 };
        self.left = left;
        // Without a rate there is no next, and no number that JSON could not hold.
        self.next = as_f64(now) + if self.rate > 0.0 { 1_000.0 / self.rate } else { 0.0 };
    }

    /// What is wrong with a plan that a snapshot brought.
    pub(crate) fn check(&self, now: i64) -> Result<(), String> {
        if !(0.0..=1_000_000.0).contains(&self.rate) || self.next_due().is_some_and(|due| due <= now) {
            return Err("rate or next: out of range".into());
        }
        Ok(())
    }

    /// Puts the next change off: the clock was moved on without the org living through it.
    pub(crate) fn postpone(&mut self, by: i64) {
        self.next += as_f64(by);
    }

    /// When the next change is due: the first whole millisecond not before its time.
    pub(crate) fn next_due(&self) -> Option<i64> {
        #[allow(clippy::cast_possible_truncation, reason = "a time in milliseconds is far below 2^53")]
        (self.rate > 0.0 && self.left != Some(0)).then(|| self.next.ceil() as i64)
    }

    /// Makes the planned change that is due at `at`.
    pub(crate) fn step(&mut self, org: &mut Org, at: i64) {
        self.next += 1_000.0 / self.rate;
        self.left = self.left.map(|left| left.saturating_sub(1));
        let mix = self.mix.clone();
        self.change(org, &mix, at);
    }

    /// Makes one change now, drawn from a mix.
    pub(crate) fn change(&mut self, org: &mut Org, mix: &Mix, at: i64) {
        // A change may find nothing to change (no user to suspend); then another is drawn. A sign-in of the owner
        // always works, and an org without users gets its first.
        for _ in 0..8 {
            self.made += 1;
            if mix.draw(self.draw(1)).and_then(|change| self.perform(org, change, None, at)).is_some() {
                return;
            }
        }
        if mix.is_usual() {
            self.made += 1;
            self.create_user(org, at);
        } else {
            self.skipped += 1;
        }
    }

    /// Makes one change of this kind now, of a user where one is given. Whose it was, or `None` where there was nothing
    /// to change.
    pub(crate) fn one(&mut self, org: &mut Org, change: Change, user: Option<&Id>, at: i64) -> Option<Id> {
        for _ in 0..8 {
            self.made += 1;
            if let Some(done) = self.perform(org, change, user, at) {
                return Some(done);
            }
        }
        self.skipped += 1;
        None
    }
}

fn as_f64(ms: i64) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "a time in milliseconds is far below 2^53")]
    let ms = ms as f64;
    ms
}

/// What `GET /_mock/activity` and its POST answer.
pub(crate) fn status(activity: &Activity) -> Value {
    json!({
        "rate": activity.rate, "left": activity.left, "made": activity.made, "skipped": activity.skipped,
        "mix": activity.mix.show(),
    })
}
