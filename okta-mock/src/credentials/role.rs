//! Admin roles: who may do what.
//!
//! Okta judges by many fine permissions; the mock judges by the scope an endpoint belongs to, which is what its
//! documentation sorts permissions by, too. Source: "Standard administrator roles" and API reference, "Roles".

use super::scopes;

/// One of Okta's standard admin roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AdminRole {
    /// Everything.
    SuperAdmin,
    /// Everything but admin roles, API tokens and scope grants.
    OrgAdmin,
    /// Reads everything, changes nothing.
    ReadOnlyAdmin,
    /// Apps and their assignments; reads users and groups.
    AppAdmin,
    /// Users and groups ("Group Administrator").
    UserAdmin,
    /// Reads users and groups; unlocks and resets users.
    HelpDeskAdmin,
    /// Reads users and groups; changes who is in a group.
    GroupMembershipAdmin,
    /// Reads the System Log and the users it names.
    ReportAdmin,
    /// OAuth clients and authorization servers; reads users and groups.
    ApiAccessManagementAdmin,
}

const NAMES: [(AdminRole, &str, &str); 9] = [
    (AdminRole::SuperAdmin, "SUPER_ADMIN", "Super Administrator"),
    (AdminRole::OrgAdmin, "ORG_ADMIN", "Organization Administrator"),
    (AdminRole::ReadOnlyAdmin, "READ_ONLY_ADMIN", "Read-only Administrator"),
    (AdminRole::AppAdmin, "APP_ADMIN", "Application Administrator"),
    (AdminRole::UserAdmin, "USER_ADMIN", "Group Administrator"),
    (AdminRole::HelpDeskAdmin, "HELP_DESK_ADMIN", "Help Desk Administrator"),
    (AdminRole::GroupMembershipAdmin, "GROUP_MEMBERSHIP_ADMIN", "Group Membership Administrator"),
    (AdminRole::ReportAdmin, "REPORT_ADMIN", "Report Administrator"),
    (
        AdminRole::ApiAccessManagementAdmin,
        "API_ACCESS_MANAGEMENT_ADMIN",
        "API Access Management Administrator",
    ),
];

impl std::str::FromStr for AdminRole {
    type Err = String;

    /// Reads Okta's name of a role, for example `READ_ONLY_ADMIN`.
    fn from_str(name: &str) -> Result<Self, String> {
        Self::named(name).ok_or_else(|| {
            let known: Vec<&str> = NAMES.iter().map(|(_, name, _)| *name).collect();
            let nearest = crate::spelling::nearest(&name.to_uppercase(), &known);
            format!("{name:?} is no role, did you mean {nearest}? There are {}", known.join(", "))
        })
    }
}

impl AdminRole {
    /// Okta's name of it, for example `SUPER_ADMIN`.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(role, ..)| *role == self).map_or("", |(_, name, _)| name)
    }

    pub(crate) fn label(self) -> &'static str {
        NAMES.iter().find(|(role, ..)| *role == self).map_or("", |(.., label)| label)
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, known, _)| *known == name).map(|(role, ..)| *role)
    }

    /// Every name, for messages.
    pub(crate) fn names() -> String {
        NAMES.map(|(_, name, _)| name).join(", ")
    }

    /// Whether this role may call an endpoint.
    pub(crate) fn may(self, method: &str, path: &str) -> bool {
        if self == Self::SuperAdmin {
            return true;
        }
        scopes::needed(method, path).unwrap_or_default().split(' ').filter(|scope| !scope.is_empty()).all(
            |scope| {
                let Some((resource, action)) = scopes::split(scope) else { return false };
                if action == "read" { self.reads(resource) } else { self.changes(resource, method, path) }
            },
        )
    }

    fn reads(self, resource: &str) -> bool {
        let people = ["users", "groups", "userTypes", "schemas"].contains(&resource);
        match self {
            Self::SuperAdmin | Self::OrgAdmin | Self::ReadOnlyAdmin => true,
            Self::AppAdmin => people || ["apps", "logs", "policies", "profileMappings"].contains(&resource),
            Self::ApiAccessManagementAdmin => people || ["apps", "authorizationServers"].contains(&resource),
            Self::ReportAdmin => ["users", "logs"].contains(&resource),
            Self::UserAdmin | Self::HelpDeskAdmin | Self::GroupMembershipAdmin => people,
        }
    }

    fn changes(self, resource: &str, method: &str, path: &str) -> bool {
        match self {
            Self::SuperAdmin => true,
            Self::OrgAdmin => !["roles", "apiTokens", "appGrants"].contains(&resource),
            Self::AppAdmin => ["apps", "profileMappings"].contains(&resource),
            Self::UserAdmin => ["users", "groups"].contains(&resource),
            Self::ApiAccessManagementAdmin => ["apps", "authorizationServers"].contains(&resource),
            Self::HelpDeskAdmin => {
                let helps = ["unlock", "reset_password", "expire_password", "reset_factors"];
                resource == "users"
                    && path
                        .rsplit_once("/lifecycle/")
                        .is_some_and(|(_, operation)| helps.contains(&operation))
            }
            Self::GroupMembershipAdmin => {
                resource == "groups" && path.contains("/users/") && ["PUT", "DELETE"].contains(&method)
            }
            Self::ReadOnlyAdmin | Self::ReportAdmin => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_do_what_its_name_says() {
        use AdminRole as R;
        for (role, method, path, may) in [
            (R::SuperAdmin, "DELETE", "/api/v1/api-tokens/00T1", true),
            (R::OrgAdmin, "DELETE", "/api/v1/api-tokens/00T1", false),
            (R::OrgAdmin, "POST", "/api/v1/users", true),
            (R::ReadOnlyAdmin, "GET", "/api/v1/logs", true),
            (R::ReadOnlyAdmin, "POST", "/api/v1/users/00u1/lifecycle/suspend", false),
            (R::AppAdmin, "GET", "/api/v1/users/me", true),
            (R::AppAdmin, "POST", "/api/v1/users", false),
            (R::UserAdmin, "PUT", "/api/v1/groups/00g1/users/00u1", true),
            (R::UserAdmin, "GET", "/api/v1/logs", false),
            (R::HelpDeskAdmin, "POST", "/api/v1/users/00u1/lifecycle/unlock", true),
            (R::HelpDeskAdmin, "POST", "/api/v1/users/00u1/lifecycle/deactivate", false),
            (R::GroupMembershipAdmin, "PUT", "/api/v1/groups/00g1/users/00u1", true),
            (R::GroupMembershipAdmin, "DELETE", "/api/v1/groups/00g1", false),
            (R::ReportAdmin, "GET", "/api/v1/groups", false),
            (R::ApiAccessManagementAdmin, "GET", "/api/v1/apps", true),
            (R::ReportAdmin, "DELETE", "/api/v1/api-tokens/current", true),
        ] {
            assert_eq!(role.may(method, path), may, "{role:?} {method} {path}");
        }
    }

    #[test]
    fn names_are_read_back() {
        for (role, name, _) in NAMES {
            assert_eq!((AdminRole::named(name), role.name()), (Some(role), name));
        }
    }
}
