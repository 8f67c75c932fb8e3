//! Every operation of the client, each under the name that Okta gives it.

use okta_client::apps::NewAppUser;
use okta_client::event_hooks::NewEventHook;
use okta_client::group_rules::{Members, NewGroupRule};
use okta_client::groups::{NewGroup, OwnerType};
use okta_client::log_streams::NewLogStream;
use okta_client::org::OrgContactType;
use okta_client::policies::PolicyType;
use okta_client::principal_rate_limits::PrincipalType;
use okta_client::roles::{Holder, RoleType};
use okta_client::user_types::NewUserType;
use okta_client::users::{Mail, NewUser, OAuthTokens, Sessions, UserProfile};
use okta_client::{AppId, Edit, Timestamp};

use super::{ID, Org};

pub(crate) async fn people(org: &Org) {
    let client = &org.client;
    let (users, grants, factors) = (client.users(), client.grants(), client.factors());
    let enrollments = client.authenticator_enrollments();
    let body = Edit::new().set("/profile/title", "x");
    let new = NewUser::new(UserProfile::default()).group("00g1").password("p").change_password();
    org.at("listUsers", users.list().paginate().collect_all()).await;
    org.at("createUser", users.create(&new)).await;
    org.at("getUser", users.get(ID)).await;
    org.at("updateUser", users.update(ID, &body)).await;
    org.at("replaceUser", users.replace(ID, &body)).await;
    org.at("deleteUser", users.delete(ID, Mail::Withhold)).await;
    org.list("listUserGroups", users.groups(ID)).await;
    org.list("listUserBlocks", users.blocks(ID)).await;
    org.at("revokeUserSessions", users.clear_sessions(ID, OAuthTokens::Revoke)).await;
    org.list("listUserGrants", grants.list(ID)).await;
    org.at("getUserGrant", grants.get(ID, ID)).await;
    org.at("revokeUserGrant", grants.revoke(ID, ID)).await;
    org.at("revokeUserGrants", grants.revoke_all(ID)).await;
    org.list("listUserClients", grants.clients(ID)).await;
    org.list("listGrantsForUserAndClient", grants.of_client(ID, ID)).await;
    org.at("revokeGrantsForUserAndClient", grants.revoke_of_client(ID, ID)).await;
    org.list("listRefreshTokensForUserAndClient", grants.tokens(ID, ID)).await;
    org.at("getRefreshTokenForUserAndClient", grants.token(ID, ID, ID)).await;
    org.at("revokeTokenForUserAndClient", grants.revoke_token(ID, ID, ID)).await;
    org.at("revokeTokensForUserAndClient", grants.revoke_tokens(ID, ID)).await;
    org.list("listAppLinks", client.app_links().list(ID)).await;
    org.list("listFactors", factors.list(ID)).await;
    org.list("listSupportedFactors", factors.supported(ID)).await;
    org.at("getFactor", factors.get(ID, ID)).await;
    org.at("enrollFactor", factors.enroll(ID, &body)).await;
    org.at("activateFactor", factors.activate(ID, ID, &body)).await;
    org.at("unenrollFactor", factors.unenroll(ID, ID)).await;
    org.list("listAuthenticatorEnrollments", enrollments.list(ID)).await;
    org.at("getAuthenticatorEnrollment", enrollments.get(ID, ID)).await;
    org.at("deleteAuthenticatorEnrollment", enrollments.delete(ID, ID)).await;
}

pub(crate) async fn life(org: &Org) {
    let users = org.client.users();
    org.at("activateUser", users.activate(ID, Mail::Send)).await;
    org.at("reactivateUser", users.reactivate(ID, Mail::Send)).await;
    org.at("deactivateUser", users.deactivate(ID, Mail::Send)).await;
    org.at("suspendUser", users.suspend(ID)).await;
    org.at("unsuspendUser", users.unsuspend(ID)).await;
    org.at("unlockUser", users.unlock(ID)).await;
    org.at("resetFactors", users.reset_factors(ID)).await;
    org.at("resetPassword", users.reset_password(ID, Mail::Send, Sessions::Keep)).await;
    org.at("expirePassword", users.expire_password(ID)).await;
    let temporary = users.expire_password_with_temp_password(ID, Sessions::Revoke);
    org.at("expirePasswordWithTempPassword", temporary).await;
    org.at("changePassword", users.change_password(ID, "o", "n", Sessions::Revoke)).await;
    org.at("forgotPassword", users.forgot_password(ID, Mail::Withhold)).await;
}

pub(crate) async fn groups(org: &Org) {
    let (groups, rules) = (org.client.groups(), org.client.group_rules());
    org.at("listGroups", groups.list().paginate().collect_all()).await;
    org.at("addGroup", groups.create(&NewGroup::new("x").description("y").attribute("z/~", 1))).await;
    org.at("getGroup", groups.get(ID)).await;
    org.at("replaceGroup", groups.replace(ID, &Edit::new())).await;
    org.at("deleteGroup", groups.delete(ID)).await;
    org.list("listGroupUsers", groups.members(ID)).await;
    org.at("assignUserToGroup", groups.add_member(ID, ID)).await;
    org.at("unassignUserFromGroup", groups.remove_member(ID, ID)).await;
    org.list("listAssignedApplicationsForGroup", groups.apps(ID)).await;
    org.list("listGroupOwners", groups.owners(ID)).await;
    org.at("assignGroupOwner", groups.add_owner(ID, OwnerType::User, "00u1")).await;
    org.at("deleteGroupOwner", groups.remove_owner(ID, ID)).await;
    org.list("listGroupRules", rules.list().search("x")).await;
    org.at("createGroupRule", rules.create(&NewGroupRule::new("x", "true", &["00g1".into()]))).await;
    org.at("getGroupRule", rules.get(ID)).await;
    org.at("replaceGroupRule", rules.replace(ID, &Edit::new())).await;
    org.at("deleteGroupRule", rules.delete(ID, Members::Keep)).await;
    org.at("activateGroupRule", rules.activate(ID)).await;
    org.at("deactivateGroupRule", rules.deactivate(ID)).await;
}

pub(crate) async fn apps(org: &Org) {
    let apps = org.client.apps();
    let body = Edit::new();
    org.at("listApplications", apps.list().paginate().collect_all()).await;
    org.at("createApplication", apps.create(&body)).await;
    org.at("getApplication", apps.get(ID)).await;
    org.at("replaceApplication", apps.replace(ID, &body)).await;
    org.at("deleteApplication", apps.delete(ID)).await;
    org.at("activateApplication", apps.activate(ID)).await;
    org.at("deactivateApplication", apps.deactivate(ID)).await;
    org.list("listApplicationUsers", apps.users(ID).q("x")).await;
    org.at("getApplicationUser", apps.user(ID, ID)).await;
    let new = NewAppUser::new("00u1").user_name("x").profile(Edit::new());
    org.at("assignUserToApplication", apps.assign_user(ID, &new)).await;
    org.at("updateApplicationUser", apps.update_user(ID, ID, &body)).await;
    org.at("unassignUserFromApplication", apps.unassign_user(ID, ID, Mail::Withhold)).await;
    org.list("listApplicationGroupAssignments", apps.groups(ID)).await;
    org.at("getApplicationGroupAssignment", apps.group(ID, ID)).await;
    org.at("assignGroupToApplication", apps.assign_group(ID, ID, &body)).await;
    org.at("updateGroupAssignmentToApplication", apps.update_group(ID, ID, &[0; 0])).await;
    org.at("unassignApplicationFromGroup", apps.unassign_group(ID, ID)).await;
    org.list("listScopeConsentGrants", apps.grants(ID)).await;
    org.at("getScopeConsentGrant", apps.grant(ID, ID)).await;
    org.at("grantConsentToScope", apps.add_grant(ID, "okta.users.read")).await;
    org.at("revokeScopeConsentGrant", apps.revoke_grant(ID, ID)).await;
    org.list("listOAuth2TokensForApplication", apps.tokens(ID)).await;
    org.at("getOAuth2TokenForApplication", apps.token(ID, ID)).await;
    org.at("revokeOAuth2TokenForApplication", apps.revoke_token(ID, ID)).await;
    org.at("revokeOAuth2TokensForApplication", apps.revoke_tokens(ID)).await;
}

pub(crate) async fn policies(org: &Org) {
    let policies = org.client.policies();
    let body = Edit::new();
    org.list("listPolicies", policies.list(PolicyType::Password)).await;
    org.at("createPolicy", policies.create(&body)).await;
    org.at("getPolicy", policies.get(ID)).await;
    org.at("replacePolicy", policies.replace(ID, &body)).await;
    org.at("deletePolicy", policies.delete(ID)).await;
    org.at("activatePolicy", policies.activate(ID)).await;
    org.at("deactivatePolicy", policies.deactivate(ID)).await;
    org.list("listPolicyMappings", policies.mappings(ID)).await;
    org.list("listPolicyRules", policies.rules(ID)).await;
    org.at("createPolicyRule", policies.create_rule(ID, &body)).await;
    org.at("getPolicyRule", policies.rule(ID, ID)).await;
    org.at("replacePolicyRule", policies.replace_rule(ID, ID, &body)).await;
    org.at("deletePolicyRule", policies.delete_rule(ID, ID)).await;
    org.at("activatePolicyRule", policies.activate_rule(ID, ID)).await;
    org.at("deactivatePolicyRule", policies.deactivate_rule(ID, ID)).await;
}

pub(crate) async fn roles(org: &Org) {
    let roles = org.client.roles();
    let (user, group, app) = (Holder::user(ID), Holder::group(ID), Holder::client(ID));
    org.list("listAssignedRolesForUser", roles.list(&user)).await;
    org.list("listGroupAssignedRoles", roles.list(&group)).await;
    org.list("listRolesForClient", roles.list(&app)).await;
    org.at("getUserAssignedRole", roles.get(&user, ID)).await;
    org.at("getGroupAssignedRole", roles.get(&group, ID)).await;
    org.at("retrieveClientRole", roles.get(&app, ID)).await;
    org.at("assignRoleToUser", roles.assign(&user, RoleType::OrgAdmin)).await;
    org.at("assignRoleToGroup", roles.assign(&group, RoleType::OrgAdmin)).await;
    org.at("assignRoleToClient", roles.assign_custom(&app, "cr01", "iam1")).await;
    org.at("unassignRoleFromUser", roles.unassign(&user, ID)).await;
    org.at("unassignRoleFromGroup", roles.unassign(&group, ID)).await;
    org.at("deleteRoleFromClient", roles.unassign(&app, ID)).await;
    org.list("listUsersWithRoleAssignments", roles.assignees()).await;
    org.list("listRoles", roles.custom_roles()).await;
    org.at("getRole", roles.custom_role(ID)).await;
    org.list("listRolePermissions", roles.permissions(ID)).await;
    org.list("listResourceSets", roles.resource_sets()).await;
    org.at("getResourceSet", roles.resource_set(ID)).await;
    org.list("listResourceSetResources", roles.resources(ID)).await;
    org.list("listBindings", roles.bindings(ID)).await;
    org.list("listMembersOfBinding", roles.binding_members(ID, ID)).await;
}

pub(crate) async fn role_targets(org: &Org) {
    let roles = org.client.roles();
    let (user, group, app, id) = (Holder::user(ID), Holder::group(ID), Holder::client(ID), AppId::from(ID));
    org.list("getRoleTargetsByUserIdAndRoleId", roles.targets(ID, ID)).await;
    for (holder, [groups, apps, add_group, remove_group, add_kind, remove_kind, add_app, remove_app]) in [
        (
            &user,
            [
                "listGroupTargetsForRole",
                "listApplicationTargetsForApplicationAdministratorRoleForUser",
                "assignGroupTargetToUserRole",
                "unassignGroupTargetFromUserAdminRole",
                "assignAppTargetToAdminRoleForUser",
                "unassignAppTargetFromAppAdminRoleForUser",
                "assignAppInstanceTargetToAppAdminRoleForUser",
                "unassignAppInstanceTargetFromAdminRoleForUser",
            ],
        ),
        (
            &group,
            [
                "listGroupTargetsForGroupRole",
                "listApplicationTargetsForApplicationAdministratorRoleForGroup",
                "assignGroupTargetToGroupAdminRole",
                "unassignGroupTargetFromGroupAdminRole",
                "assignAppTargetToAdminRoleForGroup",
                "unassignAppTargetToAdminRoleForGroup",
                "assignAppInstanceTargetToAppAdminRoleForGroup",
                "unassignAppInstanceTargetToAppAdminRoleForGroup",
            ],
        ),
        (
            &app,
            [
                "listGroupTargetRoleForClient",
                "listAppTargetRoleToClient",
                "assignGroupTargetRoleForClient",
                "removeGroupTargetRoleFromClient",
                "assignAppTargetRoleToClient",
                "removeAppTargetRoleFromClient",
                "assignAppTargetInstanceRoleForClient",
                "removeAppTargetInstanceRoleForClient",
            ],
        ),
    ] {
        org.list(groups, roles.target_groups(holder, ID)).await;
        org.list(apps, roles.target_apps(holder, ID)).await;
        org.at(add_group, roles.add_target_group(holder, ID, ID)).await;
        org.at(remove_group, roles.remove_target_group(holder, ID, ID)).await;
        org.at(add_kind, roles.add_target_app(holder, ID, ID, None)).await;
        org.at(remove_kind, roles.remove_target_app(holder, ID, ID, None)).await;
        org.at(add_app, roles.add_target_app(holder, ID, ID, Some(&id))).await;
        org.at(remove_app, roles.remove_target_app(holder, ID, ID, Some(&id))).await;
    }
}

pub(crate) async fn pushes(org: &Org) {
    let (hooks, streams) = (org.client.event_hooks(), org.client.log_streams());
    let hook = NewEventHook::new("x", "https://x.example", &["a.b".into()]).header("a", "b").description("d");
    org.list("listEventHooks", hooks.list()).await;
    org.at("createEventHook", hooks.create(&hook.secret("Authorization", "s"))).await;
    org.at("getEventHook", hooks.get(ID)).await;
    org.at("replaceEventHook", hooks.replace(ID, &Edit::new())).await;
    org.at("verifyEventHook", hooks.verify(ID)).await;
    org.at("activateEventHook", hooks.activate(ID)).await;
    org.at("deactivateEventHook", hooks.deactivate(ID)).await;
    org.at("deleteEventHook", hooks.delete(ID)).await;
    org.list("listLogStreams", streams.list()).await;
    org.at("createLogStream", streams.create(&NewLogStream::event_bridge("x", "1", "r", "s"))).await;
    org.at("getLogStream", streams.get(ID)).await;
    org.at("replaceLogStream", streams.replace(ID, &Edit::new())).await;
    org.at("activateLogStream", streams.activate(ID)).await;
    org.at("deactivateLogStream", streams.deactivate(ID)).await;
    org.at("deleteLogStream", streams.delete(ID)).await;
    let (since, until) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
    org.at("listLogEvents", org.client.logs().bounded(since, until).paginate().collect_all()).await;
}

pub(crate) async fn settings(org: &Org) {
    let client = &org.client;
    let (types, schemas, devices, zones) =
        (client.user_types(), client.schemas(), client.devices(), client.zones());
    let (limits, settings) = (client.principal_rate_limits(), client.rate_limit_settings());
    let body = Edit::new();
    org.list("listUserTypes", types.list()).await;
    org.at("createUserType", types.create(&NewUserType::new("a", "A").description("x"))).await;
    org.at("getUserType", types.get(ID)).await;
    org.at("updateUserType", types.update(ID, &body)).await;
    org.at("replaceUserType", types.replace(ID, &body)).await;
    org.at("deleteUserType", types.delete(ID)).await;
    org.at("getUserSchema", schemas.user(ID)).await;
    org.at("getGroupSchema", schemas.group()).await;
    org.at("getApplicationUserSchema", schemas.app(ID)).await;
    org.at("updateUserProfile", schemas.update_user(ID, &body)).await;
    org.at("updateGroupSchema", schemas.update_group(&body)).await;
    org.at("updateApplicationUserProfile", schemas.update_app(ID, &body)).await;
    org.list("listApiTokens", client.api_tokens().list()).await;
    org.at("getApiToken", client.api_tokens().get(ID)).await;
    org.at("revokeCurrentApiToken", client.api_tokens().revoke_current()).await;
    org.at("revokeApiToken", client.api_tokens().revoke(ID)).await;
    org.at("getOrgSettings", client.org().get()).await;
    org.at("updateOrgSettings", client.org().update(&body)).await;
    org.at("replaceOrgSettings", client.org().replace(&body)).await;
    org.list("listOrgContactTypes", client.org().contacts()).await;
    org.at("getOrgContactUser", client.org().contact(OrgContactType::Technical)).await;
    org.list("listPrincipalRateLimitEntities", limits.list(PrincipalType::ApiToken)).await;
    org.at("getPrincipalRateLimitEntity", limits.get(ID)).await;
    org.at("replacePrincipalRateLimitEntity", limits.replace(ID, &body)).await;
    org.at("getRateLimitSettingsAdminNotifications", settings.admin_notifications()).await;
    org.at("replaceRateLimitSettingsAdminNotifications", settings.replace_admin_notifications(&body)).await;
    org.at("getRateLimitSettingsPerClient", settings.per_client()).await;
    org.at("replaceRateLimitSettingsPerClient", settings.replace_per_client(&body)).await;
    org.at("getRateLimitSettingsWarningThreshold", settings.warning_threshold()).await;
    org.at("replaceRateLimitSettingsWarningThreshold", settings.replace_warning_threshold(&body)).await;
    org.list("listDevices", devices.list().search("status eq \"ACTIVE\"")).await;
    org.at("getDevice", devices.get(ID)).await;
    org.list("listDeviceUsers", devices.users(ID)).await;
    org.list("listUserDevices", devices.of_user(ID)).await;
    org.at("deleteDevice", devices.delete(ID)).await;
    org.at("activateDevice", devices.activate(ID)).await;
    org.at("deactivateDevice", devices.deactivate(ID)).await;
    org.at("suspendDevice", devices.suspend(ID)).await;
    org.at("unsuspendDevice", devices.unsuspend(ID)).await;
    org.list("listNetworkZones", zones.list().filter("usage eq \"POLICY\"")).await;
    org.at("createNetworkZone", zones.create(&body)).await;
    org.at("getNetworkZone", zones.get(ID)).await;
    org.at("replaceNetworkZone", zones.replace(ID, &body)).await;
    org.at("deleteNetworkZone", zones.delete(ID)).await;
    org.at("activateNetworkZone", zones.activate(ID)).await;
    org.at("deactivateNetworkZone", zones.deactivate(ID)).await;
}
