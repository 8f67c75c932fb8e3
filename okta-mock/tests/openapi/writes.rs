//! A random sequence of every call that changes something: whatever it answers has to fit.

use http::Method;
use serde_json::{Value, json};

use crate::asking::post;
use crate::bodies::MODES;
use crate::checked::{Checked, id};

/// Every call that changes the org; what belongs to credentials is in a file of its own.
const WRITES: [(&str, &str); 60] = [
    ("POST", "/api/v1/users"),
    ("POST", "/api/v1/users"),
    ("POST", "/api/v1/users/{id}"),
    ("PUT", "/api/v1/users/{id}"),
    ("DELETE", "/api/v1/users/{id}"),
    ("POST", "/api/v1/users/{id}/lifecycle/activate"),
    ("POST", "/api/v1/users/{id}/lifecycle/deactivate"),
    ("POST", "/api/v1/users/{id}/lifecycle/expire_password"),
    ("POST", "/api/v1/users/{id}/lifecycle/expire_password_with_temp_password"),
    ("POST", "/api/v1/users/{id}/lifecycle/reactivate"),
    ("POST", "/api/v1/users/{id}/lifecycle/reset_factors"),
    ("POST", "/api/v1/users/{id}/lifecycle/reset_password"),
    ("POST", "/api/v1/users/{id}/lifecycle/suspend"),
    ("POST", "/api/v1/users/{id}/lifecycle/unlock"),
    ("POST", "/api/v1/users/{id}/lifecycle/unsuspend"),
    ("POST", "/api/v1/users/{userId}/credentials/change_password"),
    ("POST", "/api/v1/users/{userId}/credentials/forgot_password"),
    ("DELETE", "/api/v1/users/{userId}/sessions"),
    ("POST", "/api/v1/groups"),
    ("POST", "/api/v1/groups"),
    ("PUT", "/api/v1/groups/{groupId}"),
    ("DELETE", "/api/v1/groups/{groupId}"),
    ("PUT", "/api/v1/groups/{groupId}/users/{userId}"),
    ("DELETE", "/api/v1/groups/{groupId}/users/{userId}"),
    ("POST", "/api/v1/groups/{groupId}/owners"),
    ("DELETE", "/api/v1/groups/{groupId}/owners/{ownerId}"),
    ("POST", "/api/v1/groups/rules"),
    ("PUT", "/api/v1/groups/rules/{groupRuleId}"),
    ("DELETE", "/api/v1/groups/rules/{groupRuleId}"),
    ("POST", "/api/v1/groups/rules/{groupRuleId}/lifecycle/activate"),
    ("POST", "/api/v1/groups/rules/{groupRuleId}/lifecycle/deactivate"),
    ("POST", "/api/v1/apps"),
    ("POST", "/api/v1/apps"),
    ("PUT", "/api/v1/apps/{appId}"),
    ("DELETE", "/api/v1/apps/{appId}"),
    ("POST", "/api/v1/apps/{appId}/lifecycle/activate"),
    ("POST", "/api/v1/apps/{appId}/lifecycle/deactivate"),
    ("POST", "/api/v1/apps/{appId}/users"),
    ("POST", "/api/v1/apps/{appId}/users"),
    ("POST", "/api/v1/apps/{appId}/users/{userId}"),
    ("POST", "/api/v1/apps/{appId}/users/{userId}"),
    ("DELETE", "/api/v1/apps/{appId}/users/{userId}"),
    ("PUT", "/api/v1/apps/{appId}/groups/{groupId}"),
    ("PUT", "/api/v1/apps/{appId}/groups/{groupId}"),
    ("PATCH", "/api/v1/apps/{appId}/groups/{groupId}"),
    ("PATCH", "/api/v1/apps/{appId}/groups/{groupId}"),
    ("DELETE", "/api/v1/apps/{appId}/groups/{groupId}"),
    ("POST", "/api/v1/eventHooks"),
    ("PUT", "/api/v1/eventHooks/{eventHookId}"),
    ("DELETE", "/api/v1/eventHooks/{eventHookId}"),
    ("POST", "/api/v1/eventHooks/{eventHookId}/lifecycle/activate"),
    ("POST", "/api/v1/eventHooks/{eventHookId}/lifecycle/deactivate"),
    ("POST", "/api/v1/eventHooks/{eventHookId}/lifecycle/verify"),
    ("POST", "/api/v1/eventHooks/{eventHookId}/lifecycle/verify"),
    ("POST", "/api/v1/logStreams"),
    ("POST", "/api/v1/logStreams"),
    ("PUT", "/api/v1/logStreams/{logStreamId}"),
    ("DELETE", "/api/v1/logStreams/{logStreamId}"),
    ("POST", "/api/v1/logStreams/{logStreamId}/lifecycle/activate"),
    ("POST", "/api/v1/logStreams/{logStreamId}/lifecycle/deactivate"),
];

/// What there is to choose from, by the kind of a place in a template. Few of each, so that choices meet again.
pub(crate) struct Pool {
    pub(crate) random: fastrand::Rng,
    pub(crate) users: Vec<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) rules: Vec<String>,
    pub(crate) apps: Vec<(String, &'static str)>,
    pub(crate) hooks: Vec<String>,
    /// The last group that got an owner, and the owner.
    pub(crate) owned: Option<(String, String)>,
    pub(crate) streams: Vec<(String, Value)>,
    pub(crate) counter: u32,
}

impl Checked {
    /// Makes so many calls, drawn by a seed.
    pub(crate) async fn change_at_random(&mut self, calls: usize, seed: u64) {
        eprintln!("seed {seed}");
        let ids = |rows: Value| {
            rows.as_array().expect("rows").iter().map(|row| id(row).to_owned()).collect::<Vec<_>>()
        };
        let mut pool = Pool {
            random: fastrand::Rng::with_seed(seed),
            users: ids(self.get("/api/v1/users", &[], "?limit=8").await),
            groups: ids(self.get("/api/v1/groups", &[], "?limit=4").await),
            rules: Vec::new(),
            apps: Vec::new(),
            hooks: Vec::new(),
            owned: None,
            streams: Vec::new(),
            counter: 0,
        };
        for app in self.get("/api/v1/apps", &[], "").await.as_array().expect("apps") {
            // The rest of the test needs its OAuth clients.
            if [self.okta.service_app().client_id, self.okta.web_app().client_id]
                .iter()
                .any(|own| app["id"] == **own)
            {
                continue;
            }
            let saml = app["signOnMode"] == "SAML_2_0";
            pool.apps.push((id(app).to_owned(), if saml { "SAML_2_0" } else { "OPENID_CONNECT" }));
        }
        for _ in 0..calls {
            let (method, template) = WRITES[pool.random.usize(..WRITES.len())];
            let (ids, query, body) = pool.draw(method, template);
            if template.ends_with("/unlock") && pool.random.bool() {
                let lock = format!("/_mock/users/{}/simulate", ids[0]);
                post(&self.okta, &lock, json!({ "event": "lock" })).await;
            }
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            let answer = self.attempt(method.clone(), template, &ids, &query, body.clone()).await;
            if answer.status == 201 && template.ends_with("/owners") {
                pool.owned = Some((ids[0].to_owned(), id(&answer.json()).to_owned()));
            }
            if answer.status < 300 && method == Method::POST && !template.contains('{') {
                pool.keep(template, id(&answer.json()).to_owned(), &body);
            }
        }
    }
}

impl Pool {
    pub(crate) fn one_of(&mut self, of: &[String]) -> String {
        // Among the newest: older ones were deleted, or are as good as these.
        let newest = &of[of.len().saturating_sub(8)..];
        match newest.is_empty() {
            true => "00gnobody00000000000".to_owned(),
            false => newest[self.random.usize(..newest.len())].clone(),
        }
    }

    fn keep(&mut self, template: &str, id: String, body: &Value) {
        match template {
            "/api/v1/users" => self.users.push(id),
            "/api/v1/groups" => self.groups.push(id),
            "/api/v1/groups/rules" => self.rules.push(id),
            "/api/v1/apps" => {
                let mode =
                    MODES.into_iter().find(|mode| body["signOnMode"] == *mode).expect("a mode of ours");
                self.apps.push((id, mode));
            }
            "/api/v1/eventHooks" => self.hooks.push(id),
            _ => self.streams.push((id, body.clone())),
        }
    }

    /// Ids for the places of a template, a query, and a body.
    fn draw(&mut self, method: &str, template: &str) -> (Vec<String>, String, Value) {
        self.counter += 1;
        let (mut ids, mut mode, mut stream) = (Vec::new(), None, None);
        for place in template.split('/').filter(|segment| segment.starts_with('{')) {
            let drawn = match place {
                "{groupId}" => self.one_of(&self.groups.clone()),
                "{groupRuleId}" => self.one_of(&self.rules.clone()),
                "{eventHookId}" => self.one_of(&self.hooks.clone()),
                "{appId}" => {
                    let (id, its) = self.apps
                        [self.random.usize(self.apps.len().saturating_sub(6)..self.apps.len())]
                    .clone();
                    mode = Some(its);
                    id
                }
                "{logStreamId}" => match self.streams.last().cloned() {
                    Some((id, settings)) => {
                        stream = Some(settings);
                        id
                    }
                    None => "0oanothing0000000000".to_owned(),
                },
                "{ownerId}" => {
                    let (group, owner) = self.owned.clone().unwrap_or_default();
                    ids = vec![group];
                    owner
                }
                _ => self.one_of(&self.users.clone()),
            };
            ids.push(drawn);
        }
        let query = match template.rsplit('/').next() {
            Some("users") if method == "POST" && !template.contains("apps") => {
                ["", "?activate=false", "?activate=true", "?nextLogin=changePassword"][self.random.usize(..4)]
            }
            Some("activate" | "reactivate" | "reset_password" | "forgot_password")
                if template.contains("users") =>
            {
                ["?sendEmail=false", "?sendEmail=true"][self.random.usize(..2)]
            }
            Some("apps") => ["", "?activate=false"][self.random.usize(..2)],
            _ => "",
        };
        let body = self.body(method, template, mode, stream);
        (ids, query.to_owned(), body)
    }
}
