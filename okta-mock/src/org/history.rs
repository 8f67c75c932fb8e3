//! The log of the day before the start: signs of life from users, groups and apps that existed then.
//!
//! By formula: the `k`th of a thousand million events is made when it is read, and what happens to the org later does
//! not change it. Events are spread evenly over 24 hours. Each is published a little before it is persisted, by an
//! amount of its own, so that the polling order is not the order of `published`; readers have to cope with that.

mod published;
mod row;
mod scene;

use std::sync::Arc;

use super::Org;
use super::event::{Event, Origin, Party, Record};
use super::generated::Formula;
use super::id::{Id, Spelling, event_uuid, mix};
use super::log::{PER_MS, position_of, split};
use super::seed;
use crate::json;
use scene::{ACTS, Figure, Scene};

pub(crate) use published::ByPublished;

const DAY: i64 = 86_400_000;

/// A user signs in, one event, for live activity. `None` where there is no such user.
pub(crate) fn sign_in(org: &Org, user: &Id, draw: u64, request_id: Arc<str>) -> Option<Event> {
    let actor = org.users.get(user)?.party();
    let origin = browser(actor.id.as_ref(), draw, request_id, "/idp/idx/identify");
    Some(session_start(actor, origin))
}

/// The events before the start.
#[derive(Debug)]
pub(crate) struct History {
    formula: Formula,
    groups: u32,
    apps: u32,
    len: u64,
    group_ids: Spelling,
    app_ids: Spelling,
    assignments: Spelling,
}

/// A party that is the same in every org.
#[derive(Clone, Copy)]
struct Named {
    kind: &'static str,
    id: &'static str,
    name: &'static str,
    detail: Option<&'static str>,
}

const ENROLMENT: Named =
    Named { kind: "AuthenticatorEnrollment", id: "laepassword000000mck", name: "Password", detail: None };
const POLICY: Named = Named {
    kind: "PolicyEntity",
    id: "rstanytwo0000000mock",
    name: "Any two factors",
    detail: Some(r#"{"policyType":"OktaSignOn"}"#),
};
const RULE: Named =
    Named { kind: "PolicyRule", id: "rulcatchall0000mock0", name: "Catch-all Rule", detail: None };

impl Named {
    fn party(self) -> Party {
        let (id, unknown, name): (Id, Arc<str>, Arc<str>) =
            (self.id.into(), "unknown".into(), self.name.into());
        let party = Party::new(self.kind, &id, &unknown, &name);
        match self.detail {
            Some(detail) => party.detailed(detail),
            None => party,
        }
    }
}

impl History {
    pub(crate) fn new(formula: Formula, groups: u32, apps: u32, events: usize) -> Self {
        // More would not fit: a millisecond has so many places, and there are none before 1970.
        let most = if formula.start < DAY { 0 } else { DAY.unsigned_abs() * PER_MS };
        let spelling = |prefix| Spelling::new(formula.seed, prefix);
        Self {
            group_ids: spelling("00g"),
            app_ids: spelling("0oa"),
            assignments: spelling("0ua"),
            formula,
            groups,
            apps,
            len: u64::try_from(events).unwrap_or(most).min(most),
        }
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// The first event persisted at `ms` or later.
    pub(crate) fn first_at(&self, ms: i64) -> u64 {
        let since = u128::from(u64::try_from(ms - (self.formula.start - DAY)).unwrap_or(0));
        let first = (since * u128::from(self.len)).div_ceil(u128::from(DAY.unsigned_abs()));
        u64::try_from(first).unwrap_or(u64::MAX).min(self.len)
    }

    pub(crate) fn persisted(&self, k: u64) -> i64 {
        let (day, len) = (DAY.unsigned_abs(), self.len.max(1));
        let part = match k.checked_mul(day) {
            Some(product) => product / len,
            None => u64::try_from(u128::from(k) * u128::from(day) / u128::from(len)).unwrap_or(day),
        };
        self.formula.start - DAY + part.cast_signed()
    }

    pub(crate) fn position(&self, k: u64) -> u64 {
        let persisted = self.persisted(k);
        position_of(persisted) + (k - self.first_at(persisted))
    }

    /// The first event behind a position.
    pub(crate) fn first_behind(&self, position: u64) -> u64 {
        let (ms, n) = split(position);
        let first = self.first_at(ms);
        (first + n + 1).min(self.first_at(ms + 1)).max(first)
    }

    pub(crate) fn published(&self, k: u64) -> i64 {
        // Mostly a few hundred milliseconds; one in twenty long enough to overtake a neighbour or two.
        let span = if k % 20 == 13 { self.longest_lag() } else { 400 };
        self.persisted(k) - 20 - mix(self.formula.seed, 41, k).cast_signed().rem_euclid(span)
    }

    pub(crate) fn uuid(&self, k: u64) -> String {
        event_uuid(self.formula.seed, k + 1, self.published(k))
    }

    /// Which event has this UUID.
    pub(crate) fn by_uuid(&self, uuid: &str) -> Option<u64> {
        let k = u64::from_str_radix(uuid.get(24..)?, 16).ok()?.checked_sub(1)?;
        (k < self.len && self.uuid(k) == uuid).then_some(k)
    }

    pub(crate) fn record(&self, k: u64) -> Arc<Record> {
        let seed = self.formula.seed;
        let mut request_id = String::with_capacity(32);
        json::hex(&mut request_id, mix(seed, 42, k));
        json::hex(&mut request_id, mix(seed, 43, k));
        let (published, persisted) = (self.published(k), self.persisted(k));
        Arc::new(Record {
            position: self.position(k),
            uuid: event_uuid(seed, k + 1, published),
            published,
            persisted,
            visible_at: persisted,
            event: self.event(k, request_id.into()),
        })
    }

    fn longest_lag(&self) -> i64 {
        (3 * DAY / i64::try_from(self.len.max(1)).unwrap_or(i64::MAX)).clamp(8_000, 300_000)
    }

    fn event(&self, k: u64, request_id: Arc<str>) -> Event {
        let Scene { act, actor, targets, place } = self.scene(k);
        let act = &ACTS[act];
        let actor = self.party(actor);
        let origin = browser(&actor.id, place, request_id, act.uri);
        let mut event = Event::new(act.event_type, actor, origin);
        event.targets = targets.into_iter().flatten().map(|target| self.party(target)).collect();
        for (key, value) in act.debug {
            event = event.debug(key, *value);
        }
        match act.outcome {
            Some((result, reason)) => event.because(result, reason),
            None => event,
        }
    }

    fn party(&self, figure: Figure) -> Party {
        let seed = self.formula.seed;
        let user = |n| self.formula.user(n).map_or_else(Party::system, |user| user.party());
        match figure {
            Figure::System => Party::system(),
            Figure::User(n) => user(n),
            Figure::AppUser { user: n, number } => {
                Party { id: self.assignments.id(number), kind: "AppUser".into(), ..user(n) }
            }
            Figure::App { app, detailed } => {
                let label: Arc<str> = seed::app_label(app).into();
                let party = Party::new("AppInstance", &seed::app_id(seed, app), &label, &label);
                let detail = super::apps::sign_on_detail(seed::app_is_oidc(app));
                if detailed { party.detailed(detail) } else { party }
            }
            Figure::Group(group) => {
                let (unknown, name): (Arc<str>, Arc<str>) =
                    ("unknown".into(), seed::group_name(group).into());
                Party::new("UserGroup", &seed::group_id(seed, group), &unknown, &name)
            }
            Figure::Enrolment => ENROLMENT.party(),
            Figure::Policy => POLICY.party(),
            Figure::Rule => RULE.party(),
        }
    }
}

const SIGN_IN_DEBUG: &[(&str, &str)] =
    &[("deviceFingerprint", "00112233445566778899aabbccddeeff"), ("threatSuspected", "false")];

fn session_start(actor: Party, origin: Origin) -> Event {
    let event = Event::new("user.session.start", actor, origin).target(ENROLMENT.party());
    SIGN_IN_DEBUG.iter().fold(event, |event, (key, value)| event.debug(key, *value))
}

fn browser(user: &str, place: u64, request_id: Arc<str>, uri: &str) -> Origin {
    let session = format!("idx{}{:05x}", &user[user.len().min(3)..], place & 0xf_ffff);
    Origin::Web {
        request_id,
        uri: uri.into(),
        agent: None,
        token: None,
        session: Some(session.into()),
        place,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::Sheet;

    #[test]
    fn every_order_and_every_way_back_agree_with_a_plain_list() {
        for events in [0, 1, 5, 700, 20_000] {
            let history = History::new(Formula::new(7, 50, 1_787_299_200_000), 2, 2, events);
            let positions: Vec<u64> = (0..history.len()).map(|k| history.position(k)).collect();
            assert!(positions.is_sorted_by(|a, b| a < b));
            for (k, position) in (0..).zip(&positions).step_by(97) {
                assert_eq!(history.first_behind(*position), k + 1);
                assert_eq!(history.first_behind(position - 1), k);
                assert_eq!(history.by_uuid(&history.uuid(k)), Some(k));
                assert!(history.published(k) < history.persisted(k));
            }
            let mut plain: Vec<(i64, u64, u64)> =
                (0..history.len()).map(|k| (history.published(k), history.position(k), k)).collect();
            plain.sort_unstable();
            let listed = |since, until, cursor, descending| {
                ByPublished::new(&history, since, until, cursor, descending).collect::<Vec<_>>()
            };
            assert_eq!(listed(0, i64::MAX, None, false), plain);
            let middle = plain.get(plain.len() / 2).map_or(0, |event| event.0);
            let late: Vec<_> = plain.iter().copied().filter(|event| event.0 >= middle).collect();
            assert_eq!(listed(0, i64::MAX, Some(middle), false), late);
            let early: Vec<_> = plain.iter().rev().copied().filter(|event| event.0 < middle).collect();
            assert_eq!(listed(0, middle, None, true), early);
        }
    }

    #[test]
    fn an_org_that_starts_on_the_first_day_of_1970_has_no_history() {
        assert_eq!(History::new(Formula::new(7, 50, DAY - 1), 2, 2, 9).len(), 0);
        assert_eq!(History::new(Formula::new(7, 50, DAY), 2, 2, 9).len(), 9);
    }

    #[test]
    fn the_two_ways_to_write_an_event_give_the_same_bytes() {
        for (users, groups, apps) in [(5_000, 30, 30), (1, 1, 1), (0, 0, 0)] {
            let history = History::new(Formula::new(7, users, 1_787_299_200_000), groups, apps, 3_000);
            for k in 0..history.len() {
                let mut out = Sheet::new();
                history.write(k, &mut out);
                assert_eq!(out.finish(), history.record(k).json(), "event {k} of {users} users");
            }
        }
    }

    #[test]
    fn a_millisecond_may_hold_many() {
        let history = History::new(Formula::new(7, 50, 1_787_299_200_000), 2, 2, 1_000_000_000);
        let first = history.first_at(history.persisted(500_000));
        assert_eq!(history.position(first) + 1, history.position(first + 1));
        assert!(history.position(history.len() - 1) < 1 << 53);
        assert_eq!(History::new(Formula::new(7, 50, DAY), 2, 2, usize::MAX).persisted(0), 0);
    }
}
