//! Life in the org: seeded changes made through the same rules as API calls, at once or at a steady rate.
//!
//! Pure: the engine asks when the next change is due and makes it then. The owner of the API token is left alone, so
//! that a test's credentials stay good.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::org::event::{Origin, Party};
use crate::org::id::{Id, mix, pick};
use crate::org::log::Times;
use crate::org::users::{Entry, NewUser, Status};
use crate::org::{Org, Tx, seed, sign_in};

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
}

impl Activity {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, made: 0, rate: 0.0, next: 0.0, left: None }
    }

    /// Makes changes from now on at this many per second; 0 stops. Rates beyond 1,000,000 are taken as that.
    pub(crate) fn plan(&mut self, rate: f64, left: Option<u64>, now: i64) {
        self.rate = if rate.is_finite() { rate.clamp(0.0, 1_000_000.0) } else { 0.0 };
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
        self.change(org, at);
    }

    /// Makes one change now.
    pub(crate) fn change(&mut self, org: &mut Org, at: i64) {
        // A change may find nothing to change (no user to suspend); then another is drawn. A sign-in of the owner
        // always works, and an org without users gets its first.
        for _ in 0..8 {
            self.made += 1;
            if self.attempt(org, at).is_some() {
                return;
            }
        }
        self.made += 1;
        self.create_user(org, at);
    }

    fn attempt(&mut self, org: &mut Org, at: i64) -> Option<()> {
        let user = self.user(org)?;
        match self.draw(1) % 100 {
            0..30 => self.sign_in(org, &user, at),
            30..50 => {
                let department = format!("Department {}", self.draw(2) % 1_000);
                let change = Map::from_iter([("department".to_owned(), Value::String(department))]);
                let tx = self.tx(org, at, format!("/api/v1/users/{user}"));
                org.update_profile(&tx, &user, change).ok()
            }
            50..65 => {
                let group = self.group(org)?;
                let tx = self.tx(org, at, format!("/api/v1/groups/{group}/users/{user}"));
                org.add_member(&tx, &group, &user).ok().filter(|changed| *changed).map(|_| ())
            }
            65..75 => {
                let group = self.group(org)?;
                let member = org.users.id(org.groups.get(&group)?.members.draw(self.draw(3))?);
                let tx = self.tx(org, at, format!("/api/v1/groups/{group}/users/{member}"));
                org.remove_member(&tx, &group, &member).ok().filter(|changed| *changed).map(|_| ())
            }
            75..83 => {
                let app = self.one_of(4, assignable(org))?;
                let unassigned = !org.apps.get(&app)?.users.contains(org.users.number(&user)?);
                let tx = self.tx(org, at, format!("/api/v1/apps/{app}/users"));
                unassigned.then(|| org.assign_app(&tx, &app, &user).ok())?.map(|_| ())
            }
            83..88 => {
                let app = self.one_of(4, assignable(org))?;
                let assigned = org.users.id(org.apps.get(&app)?.users.draw(self.draw(5))?);
                let tx = self.tx(org, at, format!("/api/v1/apps/{app}/users/{assigned}"));
                org.unassign_app(&tx, &app, &assigned).ok()
            }
            88..93 => {
                self.create_user(org, at);
                Some(())
            }
            93..98 => {
                let tx = self.tx(org, at, format!("/api/v1/users/{user}/lifecycle"));
                let suspended = org.users.get(&user)?.status == Status::Suspended;
                if suspended { org.unsuspend_user(&tx, &user) } else { org.suspend_user(&tx, &user) }.ok()
            }
            _ => {
                let tx = self.tx(org, at, format!("/api/v1/users/{user}/lifecycle/deactivate"));
                org.deactivate_user(&tx, &user).ok()
            }
        }
    }

    /// A sign-in changes nothing but the log. It is published a little before it is persisted, as most events are.
    fn sign_in(&self, org: &mut Org, user: &Id, at: i64) -> Option<()> {
        let request_id: Arc<str> = self.request_id().into();
        let event = sign_in(org, user, self.draw(6), request_id)?;
        let lag = (self.draw(7) % 400).cast_signed();
        org.log_event_at(at, event, Times { published: Some(at - lag), ..Times::default() });
        Some(())
    }

    fn create_user(&self, org: &mut Org, at: i64) {
        // Numbers far above those of the generated users, so that logins never meet.
        let made = u32::try_from(self.made).unwrap_or(u32::MAX);
        let n = org.users.formula.count.max(1_000_000).saturating_add(made);
        let new = NewUser {
            provider: None,
            profile: seed::profile(self.seed, n),
            activate: true,
            password: true,
            change_password: false,
            groups: Vec::new(),
        };
        let tx = self.tx(org, at, "/api/v1/users".to_owned());
        if let Err(refused) = org.create_user(&tx, new) {
            tracing::debug!(?refused, "a generated user was refused");
        }
    }

    /// A live user other than the owner of the token.
    fn user(&self, org: &Org) -> Option<Id> {
        let numbers = org.users.numbers();
        let start = u32::try_from(self.draw(8) % u64::from(numbers.max(1))).unwrap_or(0);
        let owner = org.owner.as_ref().and_then(|owner| org.users.number(owner));
        let live = |(n, user): &(u32, Entry<'_>)| user.status() != Status::Deprovisioned && Some(*n) != owner;
        let mut onwards = org.users.from(start).chain(org.users.from(0));
        onwards.find(live).map(|(n, _)| org.users.id(n))
    }

    fn group(&self, org: &Org) -> Option<Id> {
        self.one_of(9, org.groups.values().filter(|group| !group.built_in).map(|group| &group.id))
    }

    fn one_of<'a>(&self, kind: u64, ids: impl Iterator<Item = &'a Id>) -> Option<Id> {
        let ids: Vec<&Id> = ids.take(10_000).collect();
        ids.get(pick(self.seed, 60 + kind, self.made, ids.len())).map(|id| Arc::clone(id))
    }

    fn tx(&self, org: &Org, at: i64, uri: String) -> Tx {
        let actor: Party = org.owner_party();
        let request_id: Arc<str> = self.request_id().into();
        let origin = Origin::Web {
            request_id,
            uri: uri.into(),
            agent: None,
            token: None,
            session: None,
            place: self.draw(10),
        };
        Tx { at, actor, origin }
    }

    fn request_id(&self) -> String {
        format!("{:016x}{:016x}", self.draw(11), self.draw(12))
    }

    fn draw(&self, kind: u64) -> u64 {
        mix(self.seed, 60 + kind, self.made)
    }
}

/// Apps that people are assigned to.
fn assignable(org: &Org) -> impl Iterator<Item = &Id> {
    org.apps.values().filter(|app| !app.is_client).map(|app| &app.id)
}

fn as_f64(ms: i64) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "a time in milliseconds is far below 2^53")]
    let ms = ms as f64;
    ms
}

/// What `GET /_mock/activity` and its POST answer.
pub(crate) fn status(activity: &Activity) -> Value {
    json!({ "rate": activity.rate, "left": activity.left, "made": activity.made })
}
