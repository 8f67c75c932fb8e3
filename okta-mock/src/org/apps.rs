//! Apps and who may use them.
//!
//! Source: API reference, "Applications" and "Application Users". Rows follow the shape of recorded answers; the
//! two kinds made are a SAML app and an OIDC web app.

mod assignments;
mod changes;
mod overlay;
pub(crate) mod profile;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

use super::Org;
use super::crowd::Crowd;
use super::event::Party;
use super::id::{Id, Spelling};
use crate::json;
use crate::timestamp::whole_seconds;

/// One app instance.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct App {
    pub(crate) id: Id,
    /// The catalogue key, for example `oidc_client`.
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) sign_on: Cow<'static, str>,
    pub(crate) active: bool,
    pub(crate) created: i64,
    pub(crate) last_updated: i64,
    pub(crate) users: Crowd<AppUser>,
    /// Which generated app this is, where it is one.
    #[serde(skip)]
    pub(crate) number: Option<u32>,
    /// A client of the authorization server; nobody is assigned to it by itself.
    pub(crate) is_client: bool,
    /// Groups whose members are assigned.
    pub(crate) groups: BTreeMap<Id, AppGroup>,
    /// What its maker said, laid over what every app of its kind has.
    pub(crate) given: Map<String, Value>,
    #[serde(skip)]
    pub(crate) row: OnceLock<String>,
}

/// One assignment.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct AppUser {
    /// `0ua…`, the id that log events use.
    pub(crate) id: Id,
    pub(crate) created: i64,
    pub(crate) last_updated: i64,
    pub(crate) password_changed: Option<i64>,
    pub(crate) user_name: String,
    /// Attributes of the app's own.
    pub(crate) profile: Map<String, Value>,
    /// The group that the assignment comes from, or `None` where it is the user's own.
    pub(crate) group: Option<Id>,
}

impl App {
    pub(crate) fn party(&self) -> Party {
        let label: Arc<str> = self.label.as_str().into();
        Party::new("AppInstance", &self.id, &label, &label)
    }

    pub(crate) fn is_oidc(&self) -> bool {
        self.sign_on == "OPENID_CONNECT"
    }

    /// The JSON of the app, the same in a list and on its own.
    pub(crate) fn row(&self, base: &str, org_id: &str) -> &str {
        self.row.get_or_init(|| {
            let (id, name) = (&self.id, &self.name);
            let mut out = String::with_capacity(3_000);
            json::open(&mut out, "id", id);
            json::text(&mut out, "orn", &format!("orn:okta:idp:{org_id}:apps:{name}:{id}"));
            json::text(&mut out, "name", name);
            json::text(&mut out, "label", &self.label);
            json::text(&mut out, "status", if self.active { "ACTIVE" } else { "INACTIVE" });
            json::text(&mut out, "lastUpdated", &whole_seconds(self.last_updated));
            json::text(&mut out, "created", &whole_seconds(self.created));
            out.push_str(HEAD);
            json::raw(&mut out, "features", if self.is_oidc() { "[]" } else { SAML_FEATURES });
            json::text(&mut out, "signOnMode", &self.sign_on);
            out.push_str(CREDENTIALS);
            json::push(&mut out, format_args!("\"mock-{}\"}}", &id[12..]));
            if self.is_oidc() {
                json::push(
                    &mut out,
                    format_args!(
                        ",\"oauthClient\":{{\"autoKeyRotation\":true,\"client_id\":\"{id}\",\"token_endpoint_auth_method\":\"client_secret_basic\",\"pkce_required\":true}}"
                    ),
                );
            }
            out.push('}');
            json::raw(&mut out, "universalLogout", "null");
            out.push_str(SETTINGS);
            out.push_str(if self.is_oidc() { OIDC_SETTINGS } else { SAML_SETTINGS });
            self.links(&mut out, base);
            if self.given.is_empty() { out } else { overlay::over(&out, &self.given) }
        })
    }

    /// The assignment of the user with this number, who is called `login` if it came with the org.
    pub(crate) fn assignment(&self, org: &Org, user: u32) -> Option<AppUser> {
        match self.users.get(user)? {
            (_, Some(row)) => Some(row.clone()),
            (_, None) => Some(generated_assignment(org, self.number?, user)),
        }
    }

    /// The row of one assignment.
    pub(crate) fn user_row(&self, base: &str, user: &Id, row: &AppUser) -> String {
        let (app, since) = (&self.id, whole_seconds(row.created));
        let mut out = String::with_capacity(600);
        json::open(&mut out, "id", user);
        json::raw(&mut out, "externalId", "null");
        json::text(&mut out, "created", &since);
        json::text(&mut out, "lastUpdated", &whole_seconds(row.last_updated));
        json::text(&mut out, "scope", if row.group.is_some() { "GROUP" } else { "USER" });
        out.push_str(",\"status\":\"ACTIVE\"");
        json::text(&mut out, "statusChanged", &since);
        json::maybe(&mut out, "passwordChanged", row.password_changed.map(whole_seconds).as_deref());
        out.push_str(",\"syncState\":\"DISABLED\",\"credentials\":");
        json::open(&mut out, "userName", &row.user_name);
        if row.password_changed.is_some() {
            json::raw(&mut out, "password", "{}");
        }
        out.push_str("},\"profile\":");
        out.push_str(&serde_json::to_string(&row.profile).expect("a map with text keys is JSON"));
        json::push(
            &mut out,
            format_args!(
                ",\"_links\":{{\"app\":{{\"href\":\"{base}/api/v1/apps/{app}\"}},\"user\":{{\"href\":\"{base}/api/v1/users/{user}\"}}"
            ),
        );
        if let Some(group) = &row.group {
            json::push(&mut out, format_args!(",\"group\":{{\"href\":\"{base}/api/v1/groups/{group}\"}}"));
        }
        out.push_str("}}");
        out
    }

    fn links(&self, out: &mut String, base: &str) {
        let (id, name) = (&self.id, &self.name);
        json::push(
            out,
            format_args!(
                ",\"_links\":{{\"uploadLogo\":{{\"href\":\"{base}/api/v1/apps/{id}/logo\",\"hints\":{{\"allow\":[\"POST\"]}}}},\
                 \"appLinks\":[{{\"name\":\"login\",\"href\":\"{base}/home/{name}/{id}/2557\",\"type\":\"text/html\"}}],\
                 \"profileEnrollment\":{{\"href\":\"{base}/api/v1/policies/rstprofenroll000mock\"}},\
                 \"policies\":{{\"href\":\"{base}/api/v1/apps/{id}/policies\",\"hints\":{{\"allow\":[\"PUT\"]}}}},\
                 \"groups\":{{\"href\":\"{base}/api/v1/apps/{id}/groups\"}},\
                 \"logo\":[{{\"name\":\"medium\",\"href\":\"{base}/img/logos/default.png\",\"type\":\"image/png\"}}],\
                 \"accessPolicy\":{{\"href\":\"{base}/api/v1/policies/rstanytwo0000000mock\"}},\
                 \"users\":{{\"href\":\"{base}/api/v1/apps/{id}/users\"}},\
                 \"deactivate\":{{\"href\":\"{base}/api/v1/apps/{id}/lifecycle/deactivate\"}}"
            ),
        );
        if self.is_oidc() {
            json::push(
                out,
                format_args!(
                    ",\"clientCredentials\":[{{\"name\":\"secrets\",\"href\":\"{base}/api/v1/apps/{id}/credentials/secrets\",\"hints\":{{\"allow\":[\"GET\",\"POST\"]}}}}]"
                ),
            );
        }
        out.push_str("}}");
    }
}

/// How events name the sign-on mode.
pub(super) fn sign_on_detail(oidc: bool) -> &'static str {
    if oidc { r#"{"signOnModeType":"OPENID_CONNECT"}"# } else { r#"{"signOnModeType":"SAML_2_0"}"# }
}

const HEAD: &str = ",\"accessibility\":{\"selfService\":false,\"errorRedirectUrl\":null,\"loginRedirectUrl\":null},\
\"visibility\":{\"autoLaunch\":false,\"autoSubmitToolbar\":false,\"hide\":{\"iOS\":false,\"web\":false},\"appLinks\":{\"login\":true}}";
const SAML_FEATURES: &str =
    r#"["PUSH_NEW_USERS","PUSH_PROFILE_UPDATES","PUSH_USER_DEACTIVATION","GROUP_PUSH"]"#;
const CREDENTIALS: &str = ",\"credentials\":{\"userNameTemplate\":{\"template\":\"${source.login}\",\"type\":\"BUILT_IN\"},\"signing\":{\"kid\":";
const SETTINGS: &str = ",\"settings\":{\"app\":{},\"notifications\":{\"vpn\":{\"network\":{\"connection\":\"DISABLED\"},\
\"message\":null,\"helpUrl\":null}},\"manualProvisioning\":false,\"implicitAssignment\":false,\"notes\":{\"admin\":null,\"enduser\":null}";
const SAML_SETTINGS: &str = r#","signOn":{"defaultRelayState":null,"ssoAcsUrl":"https://crm.example.com/saml/acs","idpIssuer":"http://www.okta.com/${org.externalKey}","audience":"https://crm.example.com","recipient":"https://crm.example.com/saml/acs","destination":"https://crm.example.com/saml/acs","subjectNameIdTemplate":"${user.userName}","subjectNameIdFormat":"urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified","responseSigned":true,"assertionSigned":true,"signatureAlgorithm":"RSA_SHA256","digestAlgorithm":"SHA256","honorForceAuthn":true,"authnContextClassRef":"urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport","slo":{"enabled":false},"requestCompressed":false,"allowMultipleAcsEndpoints":false,"acsEndpoints":[],"attributeStatements":[],"inlineHooks":[]}}"#;
const OIDC_SETTINGS: &str = r#","oauthClient":{"application_type":"web","client_uri":null,"logo_uri":null,"redirect_uris":["https://app.example.com/oauth/callback"],"post_logout_redirect_uris":["https://app.example.com/"],"response_types":["code"],"grant_types":["authorization_code","refresh_token"],"initiate_login_uri":"https://app.example.com/login","tos_uri":null,"policy_uri":null,"consent_method":"REQUIRED","issuer_mode":"DYNAMIC","refresh_token":{"rotation_type":"STATIC"},"idp_initiated_login":{"mode":"DISABLED","default_scope":[]},"wildcard_redirect":"DISABLED","dpop_bound_access_tokens":false}}"#;

/// What the `app`th generated app knows of a user who is assigned from the start.
fn generated_assignment(org: &Org, app: u32, user: u32) -> AppUser {
    let formula = &org.users.formula;
    let created = formula.start - 30 * 86_400_000;
    AppUser {
        id: assignment_id(formula.seed, formula.count, app, user),
        created,
        last_updated: created,
        password_changed: None,
        profile: Map::new(),
        user_name: formula.user(user).map(|user| user.login()).unwrap_or_default(),
        group: None,
    }
}

/// The id of an assignment that came with the org.
pub(super) fn assignment_id(seed: u64, users: u32, app: u32, user: u32) -> Id {
    Spelling::new(seed, "0ua").id(assignment_number(users, app, user))
}

/// Its number among all of its kind.
pub(super) fn assignment_number(users: u32, app: u32, user: u32) -> u64 {
    u64::from(app) * u64::from(users) + u64::from(user)
}

/// One group's assignment.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct AppGroup {
    pub(crate) priority: u64,
    pub(crate) last_updated: i64,
    pub(crate) profile: Value,
}

impl AppGroup {
    pub(crate) fn row(&self, base: &str, app: &Id, group: &Id) -> String {
        let mut out = String::with_capacity(400);
        json::open(&mut out, "id", group);
        json::text(&mut out, "lastUpdated", &whole_seconds(self.last_updated));
        json::raw(&mut out, "priority", &self.priority.to_string());
        json::raw(&mut out, "profile", &self.profile.to_string());
        json::push(
            &mut out,
            format_args!(
                ",\"_links\":{{\"app\":{{\"href\":\"{base}/api/v1/apps/{app}\"}},\
                 \"self\":{{\"href\":\"{base}/api/v1/apps/{app}/groups/{group}\"}},\
                 \"group\":{{\"href\":\"{base}/api/v1/groups/{group}\"}}}}}}"
            ),
        );
        out
    }
}
