//! The log of the day before the start: signs of life from users, groups and apps that existed then.
//!
//! By formula: the `k`th of a thousand million events is made when it is read, and what happens to the org later does
//! not change it. Events are spread evenly over 24 hours. Each is published a little before it is persisted, by an
//! amount of its own, so that the polling order is not the order of `published`; readers have to cope with that.

mod published;

use std::sync::{Arc, OnceLock};

use super::Org;
use super::apps::assignment_id;
use super::crowd::Crowd;
use super::event::{Event, Origin, Party, Record};
use super::generated::{Formula, Generated};
use super::id::{Id, event_uuid, mix};
use super::log::{PER_MS, position_of, split};
use super::seed;
use super::users::Status;
use crate::json;

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
}

/// An app that an event names, and who used it.
struct CastApp {
    app: Party,
    oidc: bool,
    user: Party,
    app_user: Party,
}

impl History {
    pub(crate) fn new(formula: Formula, groups: u32, apps: u32, events: usize) -> Self {
        // More would not fit: a millisecond has so many places, and there are none before 1970.
        let most = if formula.start < DAY { 0 } else { DAY.unsigned_abs() * PER_MS };
        Self { formula, groups, apps, len: u64::try_from(events).unwrap_or(most).min(most) }
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
        let part = u128::from(k) * u128::from(DAY.unsigned_abs()) / u128::from(self.len.max(1));
        self.formula.start - DAY + i64::try_from(part).unwrap_or(DAY)
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
            json: OnceLock::new(),
        })
    }

    fn longest_lag(&self) -> i64 {
        (3 * DAY / i64::try_from(self.len.max(1)).unwrap_or(i64::MAX)).clamp(8_000, 300_000)
    }

    fn event(&self, draw: u64, request_id: Arc<str>) -> Event {
        let seed = self.formula.seed;
        let admin = || self.formula.user(0).map_or_else(Party::system, |owner| owner.party());
        let user = self.active(44, draw).map_or_else(admin, |user| user.party());
        let from =
            |user: &Party, uri: &str| browser(&user.id, mix(seed, 47, draw), Arc::clone(&request_id), uri);
        let web = |uri: &str| from(&user, uri);
        let kind = mix(seed, 48, draw) % 100;
        let app = matches!(kind, 0..45 | 73..76).then(|| self.app(draw)).flatten();
        let group = matches!(kind, 66..73).then(|| self.group(draw)).flatten();
        match (kind, app, group) {
            (0..30, Some(CastApp { app, oidc, user, app_user }), _) => {
                let origin = from(&user, "/app/example/sso/saml");
                let detail = super::apps::sign_on_detail(oidc);
                Event::new("user.authentication.sso", user, origin)
                    .target(app.detailed(detail))
                    .target(app_user)
            }
            (30..45, Some(CastApp { app, oidc: true, user, .. }), _) => {
                let origin = from(&user, "/oauth2/v1/authorize");
                Event::new("app.oauth2.signon", user, origin).target(app)
            }
            (30..60, ..) => policy(user.clone(), web("/idp/idx/identify")),
            (60..66, ..) => {
                Event::new("user.authentication.auth_via_mfa", user.clone(), web("/idp/idx/challenge/answer"))
                    .target(user.clone())
                    .debug("factor", "OKTA_VERIFY_PUSH")
            }
            (66..73, _, Some(group)) => {
                let event =
                    if kind < 70 { "group.user_membership.add" } else { "group.user_membership.remove" };
                let admin = admin();
                let origin = from(&admin, "/admin/group");
                Event::new(event, admin, origin).target(user).target(group)
            }
            (73..76, Some(CastApp { app, user, app_user, .. }), _) => {
                let admin = admin();
                let origin = from(&admin, "/admin/app");
                Event::new("application.user_membership.add", admin, origin)
                    .target(app_user)
                    .target(app)
                    .target(user)
            }
            (76..80, ..) => {
                Event::new("user.session.end", user.clone(), web("/login/signout")).target(user.clone())
            }
            _ => session_start(user.clone(), web("/idp/idx/identify")),
        }
    }

    /// A user who was active then.
    fn active(&self, kind: u64, draw: u64) -> Option<Generated<'_>> {
        let count = self.formula.count;
        let start = u32::try_from(mix(self.formula.seed, kind, draw) % u64::from(count.max(1))).unwrap_or(0);
        let mut users = (start..count).chain(0..start).filter_map(|n| self.formula.user(n));
        users.find(|user| user.status() == Status::Active)
    }

    fn group(&self, draw: u64) -> Option<Party> {
        let seed = self.formula.seed;
        let n = u32::try_from(mix(seed, 46, draw) % u64::from(self.groups.max(1))).ok()?;
        let (unknown, name): (Arc<str>, Arc<str>) = ("unknown".into(), seed::group_name(n).into());
        (n < self.groups).then(|| Party::new("UserGroup", &seed::group_id(seed, n), &unknown, &name))
    }

    /// An app and somebody who may use it.
    fn app(&self, draw: u64) -> Option<CastApp> {
        let (seed, count) = (self.formula.seed, self.formula.count);
        let n = u32::try_from(mix(seed, 45, draw) % u64::from(self.apps.max(1))).ok()?;
        if n >= self.apps {
            return None;
        }
        let users: Crowd<()> = seed::app_users(seed, n, count);
        let user = self.formula.user(users.draw(mix(seed, 49, draw))?)?;
        if user.status() != Status::Active {
            return None;
        }
        let label: Arc<str> = seed::app_label(n).into();
        let app_user =
            Party { id: assignment_id(seed, count, n, user.n), kind: "AppUser".into(), ..user.party() };
        Some(CastApp {
            app: Party::new("AppInstance", &seed::app_id(seed, n), &label, &label),
            oidc: seed::app_is_oidc(n),
            user: user.party(),
            app_user,
        })
    }
}

fn session_start(actor: Party, origin: Origin) -> Event {
    let (enrolment, unknown, password): (Id, Arc<str>, Arc<str>) =
        ("laepassword000000mck".into(), "unknown".into(), "Password".into());
    Event::new("user.session.start", actor, origin)
        .target(Party::new("AuthenticatorEnrollment", &enrolment, &unknown, &password))
        .debug("deviceFingerprint", "00112233445566778899aabbccddeeff")
        .debug("threatSuspected", "false")
}

fn policy(actor: Party, origin: Origin) -> Event {
    let (policy, rule, unknown): (Id, Id, Arc<str>) =
        ("rstanytwo0000000mock".into(), "rulcatchall0000mock0".into(), "unknown".into());
    let (policy_name, rule_name): (Arc<str>, Arc<str>) = ("Any two factors".into(), "Catch-all Rule".into());
    Event::new("policy.evaluate_sign_on", actor, origin)
        .target(
            Party::new("PolicyEntity", &policy, &unknown, &policy_name)
                .detailed(r#"{"policyType":"OktaSignOn"}"#),
        )
        .target(Party::new("PolicyRule", &rule, &unknown, &rule_name))
        .because("CHALLENGE", "Sign-on policy evaluation resulted in CHALLENGE")
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
    fn a_millisecond_may_hold_many() {
        let history = History::new(Formula::new(7, 50, 1_787_299_200_000), 2, 2, 1_000_000_000);
        let first = history.first_at(history.persisted(500_000));
        assert_eq!(history.position(first) + 1, history.position(first + 1));
        assert!(history.position(history.len() - 1) < 1 << 53);
        assert_eq!(History::new(Formula::new(7, 50, DAY), 2, 2, usize::MAX).persisted(0), 0);
    }
}
