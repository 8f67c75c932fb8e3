//! What Okta keeps beside a user: factors, admin roles, consents. By formula, until something here can be changed.

use serde_json::{Value, json};

use super::Org;
use super::apps::App;
use super::id::{Spelling, mix};
use super::users::{Status, User};
use crate::timestamp::whole_seconds;

const DAY: i64 = 86_400_000;

/// One in so many users is an administrator, beside the owner of the API token.
const ADMINS: u32 = 250;

/// `(type, label)` of the standard roles that are given.
const ROLES: [(&str, &str); 5] = [
    ("HELP_DESK_ADMIN", "Help Desk Administrator"),
    ("READ_ONLY_ADMIN", "Read-only Administrator"),
    ("USER_ADMIN", "Group Administrator"),
    ("APP_ADMIN", "Application Administrator"),
    ("REPORT_ADMIN", "Report Administrator"),
];

/// The custom role and the resource set that it is bound to.
pub(crate) const CUSTOM_ROLE: &str = "cr0helpdesk000000mck";
pub(crate) const RESOURCE_SET: &str = "iamallusers000000mck";

/// The authorization server and its scope that users gave consent to.
pub(crate) const CRM_SERVER: &str = "auscrm00000000000mck";
pub(crate) const CRM_SCOPE: &str = "scpcrmread0000000mck";

impl Org {
    /// The standard admin role, type and label, of the user with this number, where it holds one. Only who came with the
    /// org does. A custom role comes beside some of them; the mock enforces standard roles only.
    pub(crate) fn standard_role(&self, n: u32) -> Option<(&'static str, &'static str)> {
        let status = self.users.entry(n)?.status();
        if n >= self.users.formula.count || !n.is_multiple_of(ADMINS) || status == Status::Deprovisioned {
            return None;
        }
        Some(match n / ADMINS {
            0 => ("SUPER_ADMIN", "Super Administrator"),
            k => ROLES[usize::try_from(k).unwrap_or(0) % ROLES.len()],
        })
    }

    /// The rows of `/users/{id}/factors`.
    pub(crate) fn factors(&self, n: u32, user: &User) -> Vec<Value> {
        if !user.factors || user.status == Status::Deprovisioned {
            return Vec::new();
        }
        let draw = mix(self.users.formula.seed, 101, u64::from(n)) % 16;
        // Bits of the draw: each kind is enrolled by about half of the users, by the owner all.
        let draw = if n == 0 { 15 } else { draw };
        let (base, login) = (self.base.as_str(), user.login());
        let kinds = [
            (
                "opf",
                "push",
                "OKTA",
                json!({
                    "credentialId": login, "deviceType": "SmartPhone_IPhone", "name": "Phone", "platform": "IOS",
                    "version": "18.1",
                    "keys": [{ "kty": "EC", "use": "sig", "kid": "default", "crv": "P-256",
                               "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                               "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" }],
                }),
            ),
            ("ost", "token:software:totp", "GOOGLE", json!({ "credentialId": login })),
            (
                "fwf",
                "webauthn",
                "FIDO",
                json!({ "credentialId": "aBcDeFgHiJkL", "authenticatorName": "Security key" }),
            ),
            ("mbl", "sms", "OKTA", json!({ "phoneNumber": "+15555550100" })),
        ];
        let enrolled = kinds.into_iter().enumerate().filter(|(bit, _)| draw >> bit & 1 == 1);
        enrolled
            .map(|(_, (prefix, kind, provider, profile))| {
                let id = Spelling::new(self.users.formula.seed, prefix).id(u64::from(n));
                let person = format!("{base}/api/v1/users/{}", user.id);
                let path = format!("{person}/factors/{id}");
                let link =
                    |href: String, allow: &[&str]| json!({ "href": href, "hints": { "allow": allow } });
                let mut links = json!({
                    "self": link(path.clone(), &["GET", "DELETE"]), "user": link(person, &["GET"]),
                });
                let pending = kind == "sms";
                if pending {
                    links["activate"] = link(format!("{path}/lifecycle/activate"), &["POST"]);
                    let mut resend = link(format!("{path}/resend"), &["POST"]);
                    resend["name"] = "sms".into();
                    links["resend"] = json!([resend]);
                } else {
                    links["verify"] = link(format!("{path}/verify"), &["POST"]);
                }
                json!({
                    "id": *id, "factorType": kind, "provider": provider, "vendorName": provider,
                    "status": if pending { "PENDING_ACTIVATION" } else { "ACTIVE" },
                    "created": whole_seconds(user.created + DAY),
                    "lastUpdated": whole_seconds(user.created + DAY + 30_000),
                    "profile": profile, "_links": links,
                })
            })
            .collect()
    }

    /// The rows of `/users/{id}/roles`.
    pub(crate) fn roles(&self, n: u32, user: &User) -> Vec<Value> {
        let Some((kind, label)) = self.standard_role(n) else { return Vec::new() };
        let (base, id) = (self.base.as_str(), &user.id);
        let at = whole_seconds(user.created + DAY);
        let assignee = json!({ "href": format!("{base}/api/v1/users/{id}") });
        let seed = self.users.formula.seed;
        let assignment = Spelling::new(seed, "ra1").id(u64::from(n));
        let mut rows = vec![json!({
            "id": *assignment, "label": label, "type": kind, "status": "ACTIVE", "created": at, "lastUpdated": at,
            "assignmentType": "USER", "_links": { "assignee": assignee },
        })];
        if (n / ADMINS).is_multiple_of(4) {
            let member = Spelling::new(seed, "irb").id(u64::from(n));
            let (roles, sets) =
                (format!("{base}/api/v1/iam/roles"), format!("{base}/api/v1/iam/resource-sets"));
            rows.push(json!({
                "id": *member, "label": "Help desk (custom)", "type": "CUSTOM", "status": "ACTIVE", "created": at,
                "lastUpdated": at, "assignmentType": "USER", "role": CUSTOM_ROLE, "resource-set": RESOURCE_SET,
                "_links": {
                    "assignee": assignee,
                    "resource-set": { "href": format!("{sets}/{RESOURCE_SET}") },
                    "permissions": { "href": format!("{roles}/{CUSTOM_ROLE}/permissions") },
                    "role": { "href": format!("{roles}/{CUSTOM_ROLE}") },
                    "member": { "href": format!("{sets}/{RESOURCE_SET}/bindings/{CUSTOM_ROLE}/members/{member}") },
                },
            }));
        }
        rows
    }

    /// Apps on the user's dashboard: the rows of `/users/{id}/appLinks`.
    pub(crate) fn app_links(&self, n: u32) -> Vec<Value> {
        let base = &self.base;
        let row = |(at, app): (usize, &App)| {
            let assignment = app.assignment(self, n)?;
            Some(json!({
                "id": *Spelling::new(self.users.formula.seed, "00l").id(u64::from(n)), "label": app.label,
                "linkUrl": format!("{base}/home/{}/{}/2557", app.name, app.id),
                "logoUrl": format!("{base}/img/logos/default.png"), "appName": app.name,
                "appInstanceId": *app.id, "appAssignmentId": *assignment.id, "credentialsSetup": false,
                "hidden": false, "sortOrder": at,
            }))
        };
        self.apps_of(n).enumerate().filter_map(row).collect()
    }

    /// OIDC apps that the user gave consent to: the rows of `/users/{id}/clients`.
    pub(crate) fn clients(&self, n: u32, user: &User) -> Vec<Value> {
        let path = format!("{}/api/v1/users/{}/clients", self.base, user.id);
        let oidc = self.apps_of(n).filter(|app| app.is_oidc());
        oidc.map(|app| {
            let id = &app.id;
            json!({
                "client_id": **id, "client_name": app.label, "client_uri": null, "logo_uri": null,
                "_links": {
                    "grants": { "href": format!("{path}/{id}/grants") },
                    "tokens": { "href": format!("{path}/{id}/tokens") },
                },
            })
        })
        .collect()
    }

    /// The consents themselves: the rows of `/users/{id}/grants`, with their ids.
    pub(crate) fn grants(&self, n: u32, user: &User) -> Vec<(String, Value)> {
        let base = &self.base;
        let (server, scope) = (CRM_SERVER, CRM_SCOPE);
        let servers = format!("{base}/api/v1/authorizationServers/{server}");
        let oidc = self.apps_of(n).filter(|app| app.is_oidc());
        oidc.enumerate()
            .map(|(at, app)| {
                let number = u64::from(n) * 64 + u64::try_from(at).unwrap_or(0);
                let id = Spelling::new(self.users.formula.seed, "oag").id(number);
                let person = format!("{base}/api/v1/users/{}", user.id);
                let at = whole_seconds(user.created + DAY);
                let row = json!({
                    "id": *id, "status": "ACTIVE", "created": at, "createdBy": { "id": *user.id, "type": "User" },
                    "lastUpdated": at, "issuer": format!("{base}/oauth2/{server}"), "clientId": *app.id,
                    "userId": *user.id, "scopeId": scope, "source": "END_USER",
                    "_links": {
                        "app": { "href": format!("{base}/api/v1/apps/{}", app.id), "title": app.label },
                        "authorizationServer": { "href": servers, "title": "CRM API" },
                        "scope": { "href": format!("{servers}/scopes/{scope}"), "title": "crm.read" },
                        "self": { "href": format!("{person}/grants/{id}"), "hints": { "allow": ["GET", "DELETE"] } },
                        "client": { "href": format!("{base}/oauth2/v1/clients/{}", app.id), "title": app.label },
                        "user": { "href": person, "title": user.display_name() },
                    },
                });
                (id.to_string(), row)
            })
            .collect()
    }

    fn apps_of(&self, n: u32) -> impl Iterator<Item = &App> {
        self.apps.values().filter(move |app| app.active && app.users.contains(n))
    }
}
