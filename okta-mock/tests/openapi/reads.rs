//! Everything that can be read.

use serde_json::Value;

use crate::checked::{Checked, id};

impl Checked {
    pub(crate) async fn read_all(&self) {
        let users = self.get("/api/v1/users", &[], "?limit=200").await;
        self.get("/api/v1/users", &[], "?search=status%20eq%20%22DEPROVISIONED%22").await;
        self.get("/api/v1/users", &[], "?q=a").await;
        for user in users.as_array().expect("users").iter().take(20) {
            self.get("/api/v1/users/{id}", &[id(user)], "").await;
        }
        for group in self.get("/api/v1/groups", &[], "").await.as_array().expect("groups").iter().take(10) {
            self.get("/api/v1/groups/{groupId}", &[id(group)], "").await;
            self.get("/api/v1/groups/{groupId}/users", &[id(group)], "?limit=50").await;
            self.get("/api/v1/groups/{groupId}/apps", &[id(group)], "").await;
            self.get("/api/v1/groups/{groupId}/owners", &[id(group)], "").await;
        }
        for app in self.get("/api/v1/apps", &[], "?limit=200").await.as_array().expect("apps").iter().take(40)
        {
            self.get("/api/v1/apps/{appId}", &[id(app)], "").await;
            for kind in ["users", "groups"] {
                let list = format!("/api/v1/apps/{{appId}}/{kind}");
                let place = if kind == "users" { "{userId}" } else { "{groupId}" };
                let rows = self.get(&list, &[id(app)], "").await;
                for row in rows.as_array().expect("assignments").iter().take(5) {
                    self.get(&format!("{list}/{place}"), &[id(app), id(row)], "").await;
                }
            }
        }
        self.read_beside_users(&users).await;
        self.read_settings().await;
        self.get("/api/v1/logs", &[], "?limit=1000").await;
        self.get("/api/v1/logs", &[], "?since=2026-08-20T00:00:00Z&until=2026-08-22T00:00:00Z&limit=1000")
            .await;
        for (list, one) in [
            ("/api/v1/eventHooks", "/api/v1/eventHooks/{eventHookId}"),
            ("/api/v1/logStreams", "/api/v1/logStreams/{logStreamId}"),
            ("/api/v1/groups/rules", "/api/v1/groups/rules/{groupRuleId}"),
            ("/api/v1/api-tokens", "/api/v1/api-tokens/{apiTokenId}"),
            ("/api/v1/authenticators", "/api/v1/authenticators/{authenticatorId}"),
            ("/api/v1/devices", "/api/v1/devices/{deviceId}"),
            ("/api/v1/idps", "/api/v1/idps/{idpId}"),
            ("/api/v1/mappings", "/api/v1/mappings/{mappingId}"),
            ("/api/v1/meta/types/user", "/api/v1/meta/types/user/{typeId}"),
            ("/api/v1/zones", "/api/v1/zones/{zoneId}"),
        ] {
            for row in self.get(list, &[], "").await.as_array().expect("rows") {
                self.get(one, &[id(row)], "").await;
            }
        }
    }

    /// What is kept beside a user.
    async fn read_beside_users(&self, users: &Value) {
        for user in users.as_array().expect("users").iter().take(20) {
            for template in [
                "/api/v1/users/{id}/groups",
                "/api/v1/users/{id}/appLinks",
                "/api/v1/users/{id}/idps",
                "/api/v1/users/{id}/blocks",
            ] {
                self.get(template, &[id(user)], "").await;
            }
            for (list, one) in [
                ("/api/v1/users/{userId}/factors", "/api/v1/users/{userId}/factors/{factorId}"),
                ("/api/v1/users/{userId}/roles", "/api/v1/users/{userId}/roles/{roleAssignmentId}"),
                ("/api/v1/users/{userId}/grants", "/api/v1/users/{userId}/grants/{grantId}"),
            ] {
                for row in self.get(list, &[id(user)], "").await.as_array().expect("rows") {
                    self.get(one, &[id(user), id(row)], "").await;
                }
            }
            for client in
                self.get("/api/v1/users/{userId}/clients", &[id(user)], "").await.as_array().expect("clients")
            {
                let ids = [id(user), client["client_id"].as_str().expect("a client id")];
                self.get("/api/v1/users/{userId}/clients/{clientId}/grants", &ids, "").await;
                self.get("/api/v1/users/{userId}/clients/{clientId}/tokens", &ids, "").await;
            }
        }
    }

    /// What an org says of itself.
    async fn read_settings(&self) {
        for path in [
            "/.well-known/okta-organization",
            "/api/v1/org",
            "/api/v1/iam/assignees/users",
            "/api/v1/rate-limit-settings/per-client",
            "/api/v1/rate-limit-settings/admin-notifications",
            "/api/v1/rate-limit-settings/warning-threshold",
            "/api/v1/meta/schemas/group/default",
        ] {
            self.get(path, &[], "").await;
        }
        for (list, rows, one) in [
            ("/api/v1/iam/roles", "roles", "/api/v1/iam/roles/{roleIdOrLabel}"),
            (
                "/api/v1/iam/resource-sets",
                "resource-sets",
                "/api/v1/iam/resource-sets/{resourceSetIdOrLabel}",
            ),
        ] {
            for row in self.get(list, &[], "").await[rows].as_array().expect("rows") {
                self.get(one, &[id(row)], "").await;
            }
        }
        let servers = "/api/v1/authorizationServers";
        for server in self.get(servers, &[], "").await.as_array().expect("servers") {
            self.get(&format!("{servers}/{{authServerId}}"), &[id(server)], "").await;
            let scopes = format!("{servers}/{{authServerId}}/scopes");
            for scope in self.get(&scopes, &[id(server)], "").await.as_array().expect("scopes") {
                self.get(&format!("{scopes}/{{scopeId}}"), &[id(server), id(scope)], "").await;
            }
        }
        self.get("/api/v1/meta/schemas/user/{schemaId}", &["default"], "").await;
        let principals = "?filter=principalType%20eq%20%22SSWS_TOKEN%22";
        for row in
            self.get("/api/v1/principal-rate-limits", &[], principals).await.as_array().expect("principals")
        {
            self.get("/api/v1/principal-rate-limits/{principalRateLimitId}", &[id(row)], "").await;
        }
        for kind in
            ["PASSWORD", "MFA_ENROLL", "OKTA_SIGN_ON", "ACCESS_POLICY", "PROFILE_ENROLLMENT", "IDP_DISCOVERY"]
        {
            let policies = self.get("/api/v1/policies", &[], &format!("?type={kind}")).await;
            for policy in policies.as_array().expect("policies") {
                self.get("/api/v1/policies/{policyId}", &[id(policy)], "").await;
                self.get("/api/v1/policies/{policyId}/mappings", &[id(policy)], "").await;
                let rules = "/api/v1/policies/{policyId}/rules";
                for rule in self.get(rules, &[id(policy)], "").await.as_array().expect("rules") {
                    self.get(&format!("{rules}/{{ruleId}}"), &[id(policy), id(rule)], "").await;
                }
            }
        }
    }
}
