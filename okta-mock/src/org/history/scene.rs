//! What happens in the `k`th event of the history: who does what, to whom. Small and without any text, so that an event can
//! be written into a page or made into a record from the same draws.

use super::History;
use crate::org::apps::assignment_number;
use crate::org::crowd::Crowd;
use crate::org::id::mix;
use crate::org::seed;
use crate::org::users::Status;

/// Somebody or something that an event names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Figure {
    /// Okta itself, in an org without users.
    System,
    User(u32),
    /// A user's assignment, with its number.
    AppUser {
        user: u32,
        number: u64,
    },
    App {
        app: u32,
        detailed: bool,
    },
    Group(u32),
    Enrolment,
    Policy,
    Rule,
}

/// What happens, with everything about it that is the same each time.
#[derive(Debug)]
pub(super) struct Act {
    pub(super) event_type: &'static str,
    pub(super) uri: &'static str,
    pub(super) outcome: Option<(&'static str, &'static str)>,
    pub(super) debug: &'static [(&'static str, &'static str)],
}

const fn act(event_type: &'static str, uri: &'static str) -> Act {
    Act { event_type, uri, outcome: None, debug: &[] }
}

const SSO: usize = 0;
const OIDC: usize = 1;
const POLICY: usize = 2;
const MFA: usize = 3;
const JOINED: usize = 4;
const LEFT: usize = 5;
const ASSIGNED: usize = 6;
const SIGNED_OUT: usize = 7;
const SIGNED_IN: usize = 8;

pub(super) static ACTS: [Act; 9] = [
    act("user.authentication.sso", "/app/example/sso/saml"),
    act("app.oauth2.signon", "/oauth2/v1/authorize"),
    Act {
        outcome: Some(("CHALLENGE", "Sign-on policy evaluation resulted in CHALLENGE")),
        ..act("policy.evaluate_sign_on", "/idp/idx/identify")
    },
    Act {
        debug: &[("factor", "OKTA_VERIFY_PUSH")],
        ..act("user.authentication.auth_via_mfa", "/idp/idx/challenge/answer")
    },
    act("group.user_membership.add", "/admin/group"),
    act("group.user_membership.remove", "/admin/group"),
    act("application.user_membership.add", "/admin/app"),
    act("user.session.end", "/login/signout"),
    Act { debug: super::SIGN_IN_DEBUG, ..act("user.session.start", "/idp/idx/identify") },
];

/// One event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene {
    /// Index of [`ACTS`].
    pub(super) act: usize,
    pub(super) actor: Figure,
    pub(super) targets: [Option<Figure>; 3],
    /// Draws the browser, the address and the city.
    pub(super) place: u64,
}

impl History {
    pub(super) fn scene(&self, k: u64) -> Scene {
        let seed = self.formula.seed;
        let admin = if self.formula.count > 0 { Figure::User(0) } else { Figure::System };
        let user = self.active(44, k).map_or(admin, Figure::User);
        let kind = mix(seed, 48, k) % 100;
        let app = if matches!(kind, 0..45 | 73..76) { self.app(k) } else { None };
        let group = if matches!(kind, 66..73) { self.group(k) } else { None };
        let (act, actor, targets) = match (kind, app, group) {
            (0..30, Some((app, user, number)), _) => {
                let targets = [Figure::App { app, detailed: true }, Figure::AppUser { user, number }];
                (SSO, Figure::User(user), [Some(targets[0]), Some(targets[1]), None])
            }
            (30..45, Some((app, user, _)), _) if seed::app_is_oidc(app) => {
                (OIDC, Figure::User(user), [Some(Figure::App { app, detailed: false }), None, None])
            }
            (30..60, ..) => (POLICY, user, [Some(Figure::Policy), Some(Figure::Rule), None]),
            (60..66, ..) => (MFA, user, [Some(user), None, None]),
            (66..73, _, Some(group)) => {
                let act = if kind < 70 { JOINED } else { LEFT };
                (act, admin, [Some(user), Some(Figure::Group(group)), None])
            }
            (73..76, Some((app, user, number)), _) => {
                let app = Figure::App { app, detailed: false };
                (
                    ASSIGNED,
                    admin,
                    [Some(Figure::AppUser { user, number }), Some(app), Some(Figure::User(user))],
                )
            }
            (76..80, ..) => (SIGNED_OUT, user, [Some(user), None, None]),
            _ => (SIGNED_IN, user, [Some(Figure::Enrolment), None, None]),
        };
        Scene { act, actor, targets, place: mix(seed, 47, k) }
    }

    /// A user who was active then.
    fn active(&self, kind: u64, draw: u64) -> Option<u32> {
        let count = self.formula.count;
        let start = u32::try_from(mix(self.formula.seed, kind, draw) % u64::from(count.max(1))).unwrap_or(0);
        (start..count).chain(0..start).find(|n| self.is_active(*n))
    }

    fn is_active(&self, n: u32) -> bool {
        self.formula.user(n).is_some_and(|user| user.status() == Status::Active)
    }

    fn group(&self, draw: u64) -> Option<u32> {
        let n = u32::try_from(mix(self.formula.seed, 46, draw) % u64::from(self.groups.max(1))).ok()?;
        (n < self.groups).then_some(n)
    }

    /// An app, somebody who may use it, and the number of the assignment.
    fn app(&self, draw: u64) -> Option<(u32, u32, u64)> {
        let (seed, count) = (self.formula.seed, self.formula.count);
        let app = u32::try_from(mix(seed, 45, draw) % u64::from(self.apps.max(1))).ok()?;
        if app >= self.apps {
            return None;
        }
        let users: Crowd<()> = seed::app_users(seed, app, count);
        let user = users.draw(mix(seed, 49, draw)).filter(|user| self.is_active(*user))?;
        Some((app, user, assignment_number(count, app, user)))
    }
}
