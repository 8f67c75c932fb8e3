//! What the calls that change something say, after Okta's own examples.

use serde_json::{Value, json};

use crate::writes::Pool;

impl Pool {
    /// The body of a call, drawn.
    pub(crate) fn body(
        &mut self,
        method: &str,
        template: &str,
        mode: Option<&str>,
        stream: Option<Value>,
    ) -> Value {
        let n = self.counter;
        match (method, template) {
            ("POST", "/api/v1/users") => {
                let login = format!("person{n}@example.com");
                let profile =
                    json!({ "firstName": "Per", "lastName": "Son", "email": login, "login": login });
                let credentials = [
                    json!({}),
                    json!({ "password": { "value": "Correct-h0rse" } }),
                    json!({ "provider": { "type": "FEDERATION", "name": "FEDERATION" } }),
                ];
                json!({ "profile": profile, "credentials": credentials[self.random.usize(..3)] })
            }
            ("POST", "/api/v1/users/{id}") => {
                json!({ "profile": { "department": format!("Department {}", n % 5), "nickName": null } })
            }
            ("PUT", "/api/v1/users/{id}") => {
                let login = format!("replaced{n}@example.com");
                json!({ "profile": { "firstName": "Re", "lastName": "Placed", "email": login, "login": login } })
            }
            (_, "/api/v1/users/{userId}/credentials/change_password") => json!({
                "oldPassword": { "value": "Correct-h0rse" }, "newPassword": { "value": "C0rrecter-horse" },
            }),
            (_, "/api/v1/groups" | "/api/v1/groups/{groupId}") if method != "DELETE" => {
                json!({ "profile": { "name": format!("Group {n}"), "description": "made by the test" } })
            }
            ("POST", "/api/v1/groups/{groupId}/owners") => match self.random.bool() {
                true => json!({ "type": "USER", "id": self.one_of(&self.users.clone()) }),
                false => json!({ "type": "GROUP", "id": self.one_of(&self.groups.clone()) }),
            },
            ("POST" | "PUT", "/api/v1/groups/rules" | "/api/v1/groups/rules/{groupRuleId}") => json!({
                "type": "group_rule", "name": format!("Rule {n}"),
                "conditions": {
                    "people": { "users": { "exclude": [] }, "groups": { "exclude": [] } },
                    "expression": { "value": "user.department==\"Department 1\"", "type": "urn:okta:expression:1.0" },
                },
                "actions": { "assignUserToGroups": { "groupIds": [self.groups[1]] } },
            }),
            ("POST", "/api/v1/apps") => app(MODES[self.random.usize(..MODES.len())], n),
            ("PUT", "/api/v1/apps/{appId}") => app(mode.expect("an app"), n),
            ("POST", "/api/v1/apps/{appId}/users") => {
                json!({ "id": self.one_of(&self.users.clone()), "scope": "USER", "profile": { "given_name": "Per" } })
            }
            ("POST", "/api/v1/apps/{appId}/users/{userId}") => json!({
                "profile": { "given_name": format!("Per {n}"), "nickname": null },
                "credentials": { "userName": format!("person{n}") },
            }),
            ("PUT", "/api/v1/apps/{appId}/groups/{groupId}") => json!({ "priority": n % 3, "profile": {} }),
            ("PATCH", _) => json!([{ "op": "replace", "path": "/priority", "value": n % 7 }]),
            ("POST" | "PUT", "/api/v1/eventHooks" | "/api/v1/eventHooks/{eventHookId}") => json!({
                "name": format!("hook {n}"),
                "events": { "type": "EVENT_TYPE", "items": ["user.lifecycle.create", "group.lifecycle.create"] },
                "channel": { "type": "HTTP", "version": "1.0.0", "config": {
                    "uri": "https://ingest.example.com/okta/events", "headers": [],
                    "authScheme": { "type": "HEADER", "key": "Authorization", "value": "secret-of-the-hook" },
                } },
            }),
            ("POST", "/api/v1/logStreams") if self.random.bool() => json!({
                "type": "aws_eventbridge", "name": format!("stream {n}"),
                "settings": { "accountId": "123456789012", "eventSourceName": "test", "region": "eu-central-1" },
            }),
            ("POST", "/api/v1/logStreams") => json!({
                "type": "splunk_cloud_logstreaming", "name": format!("stream {n}"),
                "settings": {
                    "edition": "aws", "host": "acme.splunkcloud.com", "token": "11111111-1111-2222-8222-222222222222",
                },
            }),
            ("PUT", "/api/v1/logStreams/{logStreamId}") => {
                let mut settings = stream.unwrap_or_else(|| json!({}));
                settings["name"] = format!("renamed {n}").into();
                settings
            }
            _ => Value::Null,
        }
    }
}

/// Sign-on modes of apps that the test makes.
pub(crate) const MODES: [&str; 6] =
    ["BOOKMARK", "OPENID_CONNECT", "SAML_2_0", "BROWSER_PLUGIN", "SECURE_PASSWORD_STORE", "AUTO_LOGIN"];

/// An app as its maker writes it, after Okta's own examples.
fn app(mode: &str, n: u32) -> Value {
    let label = format!("App {n}");
    match mode {
        "BOOKMARK" => json!({
            "name": "bookmark", "label": label, "signOnMode": mode,
            "settings": { "app": { "requestIntegration": false, "url": "https://example.com/bookmark.htm" } },
        }),
        "OPENID_CONNECT" => json!({
            "name": "oidc_client", "label": label, "signOnMode": mode,
            "credentials": { "oauthClient": { "token_endpoint_auth_method": "client_secret_post" } },
            "settings": { "oauthClient": {
                "redirect_uris": ["https://example.com/oauth2/callback"], "response_types": ["code"],
                "grant_types": ["authorization_code"], "application_type": "web",
            } },
        }),
        "SAML_2_0" => json!({ "label": label, "signOnMode": mode, "settings": { "signOn": {
            "ssoAcsUrl": "https://example.com/acs", "recipient": "https://example.com/acs",
            "destination": "https://example.com/acs", "audience": "https://example.com",
        } } }),
        "BROWSER_PLUGIN" => json!({
            "name": "template_swa", "label": label, "signOnMode": mode,
            "settings": { "app": {
                "buttonField": "btn-login", "passwordField": "txtbox-password", "usernameField": "txtbox-username",
                "url": "https://example.com/login.html",
            } },
        }),
        "SECURE_PASSWORD_STORE" => json!({
            "name": "template_sps", "label": label, "signOnMode": mode,
            "settings": { "app": {
                "url": "https://example.com/login.html", "passwordField": "#txtbox-password",
                "usernameField": "#txtbox-username",
            } },
        }),
        _ => json!({
            "label": label, "signOnMode": mode, "visibility": { "autoSubmitToolbar": false },
            "settings": { "signOn": { "redirectUrl": "https://example.com", "loginUrl": "https://example.com/login" } },
        }),
    }
}
