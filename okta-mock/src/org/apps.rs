//! Apps and who may use them.
//!
//! Source: API reference, "Applications" and "Application Users". Rows follow the shape of recorded answers; the
//! two kinds made are a SAML app and an OIDC web app.

use std::cell::OnceCell;
use std::sync::Arc;

use super::crowd::Crowd;
use super::event::Party;
use super::id::{Id, Spelling};
use super::users::Status;
use super::{Org, Tx};
use crate::error::ApiError;
use crate::json;
use crate::timestamp::whole_seconds;

/// One app instance.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) id: Id,
    /// The catalogue key, for example `oidc_client`.
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) oidc: bool,
    pub(crate) active: bool,
    pub(crate) created: i64,
    pub(crate) last_updated: i64,
    pub(crate) users: Crowd<AppUser>,
    /// Which generated app this is, where it is one.
    pub(crate) number: Option<u32>,
    pub(crate) row: OnceCell<String>,
}

/// One assignment.
#[derive(Clone, Debug)]
pub(crate) struct AppUser {
    /// `0ua…`, the id that log events use.
    pub(crate) id: Id,
    pub(crate) created: i64,
    pub(crate) user_name: String,
}

impl App {
    pub(crate) fn party(&self) -> Party {
        let label: Arc<str> = self.label.as_str().into();
        Party::new("AppInstance", &self.id, &label, &label)
    }

    pub(crate) fn sign_on_mode(&self) -> &'static str {
        if self.oidc { "OPENID_CONNECT" } else { "SAML_2_0" }
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
            json::raw(&mut out, "features", if self.oidc { "[]" } else { SAML_FEATURES });
            json::text(&mut out, "signOnMode", self.sign_on_mode());
            out.push_str(CREDENTIALS);
            json::push(&mut out, format_args!("\"mock-{}\"}}", &id[12..]));
            if self.oidc {
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
            out.push_str(if self.oidc { OIDC_SETTINGS } else { SAML_SETTINGS });
            self.links(&mut out, base);
            out
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
        json::text(&mut out, "lastUpdated", &since);
        out.push_str(",\"scope\":\"USER\",\"status\":\"ACTIVE\"");
        json::text(&mut out, "statusChanged", &since);
        out.push_str(",\"passwordChanged\":null,\"syncState\":\"DISABLED\",\"credentials\":");
        json::open(&mut out, "userName", &row.user_name);
        json::push(
            &mut out,
            format_args!(
                "}},\"profile\":{{}},\"_links\":{{\"app\":{{\"href\":\"{base}/api/v1/apps/{app}\"}},\"user\":{{\"href\":\"{base}/api/v1/users/{user}\"}}}}}}"
            ),
        );
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
        if self.oidc {
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

impl Org {
    pub(crate) fn app(&self, id: &str) -> Result<&App, ApiError> {
        self.apps.get(id).ok_or_else(|| ApiError::not_found(id, "AppInstance"))
    }

    /// Assigns a user. Assigning twice is allowed and writes nothing the second time.
    pub(crate) fn assign_app(&mut self, tx: &Tx, app: &str, user: &str) -> Result<Id, ApiError> {
        self.app(app)?;
        let (n, party, status) = self.member(user)?;
        if status == Status::Deprovisioned {
            return Err(ApiError::of("E0000038"));
        }
        let user_id = Arc::clone(&party.id);
        if self.app(app)?.users.contains(n) {
            return Ok(user_id);
        }
        let id = self.mint.id("0ua");
        let row = AppUser { id: Arc::clone(&id), created: tx.at, user_name: party.alternate.to_string() };
        self.change_app_users(tx, app, &id, party, "application.user_membership.add", |users| {
            users.insert(n, row);
        })?;
        Ok(user_id)
    }

    /// Takes an assignment away.
    pub(crate) fn unassign_app(&mut self, tx: &Tx, app: &str, user: &str) -> Result<(), ApiError> {
        let (n, party, _) = self.member(user)?;
        let Some(assignment) = self.app(app)?.assignment(self, n) else {
            return Err(ApiError::not_found(&party.id, "AppUser"));
        };
        self.change_app_users(tx, app, &assignment.id, party, "application.user_membership.remove", |users| {
            users.remove(n);
        })
    }

    fn change_app_users(
        &mut self,
        tx: &Tx,
        app: &str,
        assignment: &Id,
        user: Party,
        event: &'static str,
        change: impl FnOnce(&mut Crowd<AppUser>),
    ) -> Result<(), ApiError> {
        let Some(app) = self.apps.get_mut(app) else { return Err(ApiError::not_found(app, "AppInstance")) };
        change(&mut app.users);
        let as_app_user = Party { id: Arc::clone(assignment), kind: "AppUser", ..user.clone() };
        let app = app.party();
        self.log_event(tx, tx.event(event).target(as_app_user).target(app).target(user));
        Ok(())
    }
}

/// What the `app`th generated app knows of a user who is assigned from the start.
fn generated_assignment(org: &Org, app: u32, user: u32) -> AppUser {
    let formula = &org.users.formula;
    AppUser {
        id: assignment_id(formula.seed, formula.count, app, user),
        created: formula.start - 30 * 86_400_000,
        user_name: formula.user(user).map(|user| user.login()).unwrap_or_default(),
    }
}

/// The id of an assignment that came with the org.
pub(super) fn assignment_id(seed: u64, users: u32, app: u32, user: u32) -> Id {
    Spelling::new(seed, "0ua").id(u64::from(app) * u64::from(users) + u64::from(user))
}
