//! The way from a client to each resource.

use super::Client;
use crate::api_tokens::ApiTokens;
use crate::app_links::AppLinks;
use crate::apps::Apps;
use crate::authenticator_enrollments::AuthenticatorEnrollments;
use crate::devices::Devices;
use crate::event_hooks::EventHooks;
use crate::factors::Factors;
use crate::grants::Grants;
use crate::group_rules::GroupRules;
use crate::groups::Groups;
use crate::log_streams::LogStreams;
use crate::logs::Logs;
use crate::org::OrgApi;
use crate::policies::Policies;
use crate::principal_rate_limits::PrincipalRateLimits;
use crate::rate_limit_settings::RateLimitSettings;
use crate::roles::Roles;
use crate::schemas::Schemas;
use crate::user_types::UserTypes;
use crate::users::Users;
use crate::zones::Zones;

impl Client {
    /// Users, and their life in the org.
    pub fn users(&self) -> Users {
        Users::new(self.clone())
    }

    /// Groups, their members and owners.
    pub fn groups(&self) -> Groups {
        Groups::new(self.clone())
    }

    /// Rules that put users into groups.
    pub fn group_rules(&self) -> GroupRules {
        GroupRules::new(self.clone())
    }

    /// Apps and who is assigned to them.
    pub fn apps(&self) -> Apps {
        Apps::new(self.clone())
    }

    /// What users see on their dashboards.
    pub fn app_links(&self) -> AppLinks {
        AppLinks::new(self.clone())
    }

    /// What apps may do in the name of users.
    #[doc(alias = "consent")]
    pub fn grants(&self) -> Grants {
        Grants::new(self.clone())
    }

    /// What users sign in with besides a password.
    #[doc(alias = "MFA")]
    pub fn factors(&self) -> Factors {
        Factors::new(self.clone())
    }

    /// What users sign in with, as Identity Engine sees it.
    pub fn authenticator_enrollments(&self) -> AuthenticatorEnrollments {
        AuthenticatorEnrollments::new(self.clone())
    }

    /// What the org demands at sign-in.
    pub fn policies(&self) -> Policies {
        Policies::new(self.clone())
    }

    /// Who may administer the org.
    #[doc(alias = "admin roles")]
    pub fn roles(&self) -> Roles {
        Roles::new(self.clone())
    }

    /// Kinds of users.
    pub fn user_types(&self) -> UserTypes {
        UserTypes::new(self.clone())
    }

    /// Which attributes there are.
    pub fn schemas(&self) -> Schemas {
        Schemas::new(self.clone())
    }

    /// Where Okta pushes events to.
    #[doc(alias = "webhook")]
    pub fn event_hooks(&self) -> EventHooks {
        EventHooks::new(self.clone())
    }

    /// The System Log as a stream.
    #[doc(alias = "EventBridge")]
    pub fn log_streams(&self) -> LogStreams {
        LogStreams::new(self.clone())
    }

    /// The System Log.
    #[doc(alias = "audit log")]
    pub fn logs(&self) -> Logs {
        Logs::new(self.clone())
    }

    /// Who has API tokens.
    pub fn api_tokens(&self) -> ApiTokens {
        ApiTokens::new(self.clone())
    }

    /// The org itself.
    pub fn org(&self) -> OrgApi {
        OrgApi::new(self.clone())
    }

    /// Which share of each rate-limit bucket a token or an app may use.
    pub fn principal_rate_limits(&self) -> PrincipalRateLimits {
        PrincipalRateLimits::new(self.clone())
    }

    /// When Okta warns of a rate limit, and whom it limits alone.
    pub fn rate_limit_settings(&self) -> RateLimitSettings {
        RateLimitSettings::new(self.clone())
    }

    /// Devices that users have registered.
    pub fn devices(&self) -> Devices {
        Devices::new(self.clone())
    }

    /// Network zones.
    pub fn zones(&self) -> Zones {
        Zones::new(self.clone())
    }
}
