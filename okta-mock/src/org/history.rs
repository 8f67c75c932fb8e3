//! The log of the day before the start: signs of life from users, groups and apps that exist.
//!
//! Events are spread evenly over 24 hours. Each is published a little before it is persisted, by an amount of its
//! own, so that the polling order is not the order of `published`; readers have to cope with that.

use std::sync::Arc;

use super::Org;
use super::apps::{App, AppUser};
use super::event::{Event, Origin, Party};
use super::groups::Group;
use super::id::{Id, mix, pick};
use super::users::{Status, User};

const DAY: i64 = 86_400_000;

/// `count` events before `now`, as `(published, persisted, event)`.
pub(crate) fn events(org: &mut Org, seed: u64, count: usize, now: i64) -> Vec<(i64, i64, Event)> {
    let cast = Cast::of(org);
    let total = i64::try_from(count.max(1)).unwrap_or(i64::MAX);
    (0..count)
        .map(|n| {
            let draw = u64::try_from(n).unwrap_or(0);
            let persisted = now - DAY + i64::try_from(n).unwrap_or(0).saturating_mul(DAY) / total;
            // Mostly a few hundred milliseconds; one in twenty long enough to overtake a neighbour or two.
            let span = if draw % 20 == 13 { (3 * DAY / total).clamp(8_000, 300_000) } else { 400 };
            let lag = 20 + mix(seed, 41, draw).cast_signed().rem_euclid(span);
            let request_id = format!("{:016x}{:016x}", mix(seed, 42, draw), mix(seed, 43, draw));
            (persisted - lag, persisted, cast.event(seed, draw, request_id.into()))
        })
        .collect()
}

/// A user signs in, one event, for live activity. `None` in an org without users.
pub(crate) fn sign_in(org: &Org, user: &Id, draw: u64, request_id: Arc<str>) -> Option<Event> {
    let actor = org.users.get(user)?.party();
    let origin = browser(actor.id.as_ref(), draw, request_id, "/idp/idx/identify");
    Some(session_start(actor, origin))
}

/// Everybody and everything that history may name, with names already shared.
struct Cast {
    admin: Party,
    users: Vec<Party>,
    groups: Vec<Party>,
    apps: Vec<CastApp>,
}

struct CastApp {
    app: Party,
    detail: &'static str,
    oidc: bool,
    /// Who is assigned: as a user, and as an app user.
    users: Vec<(Party, Party)>,
}

impl Cast {
    fn of(org: &Org) -> Self {
        let live = |user: &&User| user.status == Status::Active;
        let users: Vec<Party> = org.users.values().filter(live).map(User::party).collect();
        let groups = org.groups.values().filter(|group| !group.built_in).map(Group::party).collect();
        let assigned = |(id, row): (&Id, &AppUser)| {
            let user = org.users.get(id).filter(live)?.party();
            let app_user = Party { id: Arc::clone(&row.id), kind: "AppUser", ..user.clone() };
            Some((user, app_user))
        };
        let cast = |app: &App| CastApp {
            app: app.party(),
            detail: app.sign_on_detail(),
            oidc: app.oidc,
            users: app.users.iter().filter_map(assigned).collect(),
        };
        Self { admin: org.owner_party(), users, groups, apps: org.apps.values().map(cast).collect() }
    }

    fn event(&self, seed: u64, draw: u64, request_id: Arc<str>) -> Event {
        let user = self.users.get(pick(seed, 44, draw, self.users.len())).unwrap_or(&self.admin).clone();
        let app = self.apps.get(pick(seed, 45, draw, self.apps.len()));
        let group = self.groups.get(pick(seed, 46, draw, self.groups.len()));
        let from =
            |user: &Party, uri: &str| browser(&user.id, mix(seed, 47, draw), Arc::clone(&request_id), uri);
        let web = |uri: &str| from(&user, uri);
        let assigned = app.and_then(|app| app.users.get(pick(seed, 49, draw, app.users.len())));
        match (mix(seed, 48, draw) % 100, app.zip(assigned), group) {
            (0..30, Some((app, (user, app_user))), _) => {
                Event::new("user.authentication.sso", user.clone(), from(user, "/app/example/sso/saml"))
                    .target(app.app.clone().detailed(app.detail))
                    .target(app_user.clone())
            }
            (30..45, Some((app, (user, _))), _) if app.oidc => {
                Event::new("app.oauth2.signon", user.clone(), from(user, "/oauth2/v1/authorize"))
                    .target(app.app.clone())
            }
            (30..60, ..) => policy(user.clone(), web("/idp/idx/identify")),
            (60..66, ..) => {
                Event::new("user.authentication.auth_via_mfa", user.clone(), web("/idp/idx/challenge/answer"))
                    .target(user.clone())
                    .debug("factor", "OKTA_VERIFY_PUSH")
            }
            (66..70, _, Some(group)) => self.by_admin(
                "group.user_membership.add",
                user.clone(),
                group,
                from(&self.admin, "/admin/group"),
            ),
            (70..73, _, Some(group)) => self.by_admin(
                "group.user_membership.remove",
                user.clone(),
                group,
                from(&self.admin, "/admin/group"),
            ),
            (73..76, Some((app, (user, app_user))), _) => Event::new(
                "application.user_membership.add",
                self.admin.clone(),
                from(&self.admin, "/admin/app"),
            )
            .target(app_user.clone())
            .target(app.app.clone())
            .target(user.clone()),
            (76..80, ..) => {
                Event::new("user.session.end", user.clone(), web("/login/signout")).target(user.clone())
            }
            _ => session_start(user.clone(), web("/idp/idx/identify")),
        }
    }

    fn by_admin(&self, event: &'static str, user: Party, to: &Party, origin: Origin) -> Event {
        Event::new(event, self.admin.clone(), origin).target(user).target(to.clone())
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
