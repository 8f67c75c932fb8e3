//! The calls about tokens, clients, their grants and their roles.

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};

use crate::asking::{post, send};
use crate::checked::{Checked, id};
use crate::web_app::{logins, signed_in};

impl Checked {
    pub(crate) async fn credentials(&self) {
        self.api_tokens().await;
        let (app, base) = (self.okta.service_app().client_id, "http://127.0.0.1:1");
        let grants = "/api/v1/apps/{appId}/grants";
        let grant = json!({ "scopeId": "okta.domains.read", "issuer": base });
        let refused = self.attempt(Method::POST, grants, &[&app], "", grant).await;
        assert_eq!(refused.status, 400, "a scope that Okta's document does not have");
        let grant = json!({ "scopeId": "okta.devices.read", "issuer": base });
        let grant = self.call(Method::POST, grants, &[&app], "", grant).await;
        self.get(grants, &[&app], "").await;
        let one = "/api/v1/apps/{appId}/grants/{grantId}";
        self.get(one, &[&app, id(&grant)], "").await;
        self.call(Method::DELETE, one, &[&app, id(&grant)], "", Value::Null).await;

        let roles = "/oauth2/v1/clients/{clientId}/roles";
        let role = self.call(Method::POST, roles, &[&app], "", json!({ "type": "READ_ONLY_ADMIN" })).await;
        self.get(roles, &[&app], "").await;
        let one = "/oauth2/v1/clients/{clientId}/roles/{roleAssignmentId}";
        self.get(one, &[&app, id(&role)], "").await;
        self.call(Method::DELETE, one, &[&app, id(&role)], "", Value::Null).await;
        self.refresh_tokens().await;
    }

    async fn api_tokens(&self) {
        let made = post(&self.okta, "/_mock/tokens", json!({ "name": "to be revoked" })).await.json();
        let one = "/api/v1/api-tokens/{apiTokenId}";
        self.get(one, &[id(&made)], "").await;
        self.call(Method::DELETE, one, &[id(&made)], "", Value::Null).await;
        let made = post(&self.okta, "/_mock/tokens", json!({ "name": "revokes itself" })).await.json();
        let current = "/api/v1/api-tokens/current";
        let request = Request::delete(current)
            .header("authorization", format!("SSWS {}", made["value"].as_str().expect("a value")));
        let answer = send(&self.okta, request.body(Bytes::new()).expect("a request")).await;
        assert_eq!(answer.status, 204);
        self.check("DELETE", current, current, &answer);
    }

    /// Of a user who signed in to the web app.
    async fn refresh_tokens(&self) {
        let app = self.okta.web_app().client_id;
        let (login, _) = logins(&self.okta).await;
        let of_user = "/api/v1/users/{userId}/clients/{clientId}";
        let user = self.get("/api/v1/users/{id}", &[&login], "").await;
        let ids = [id(&user), app.as_str()];
        self.get(&format!("{of_user}/grants"), &ids, "").await;
        for (list, ids) in
            [(format!("{of_user}/tokens"), &ids[..]), ("/api/v1/apps/{appId}/tokens".to_owned(), &ids[1..])]
        {
            let one = format!("{list}/{{tokenId}}");
            for all in [false, true] {
                signed_in(&self.okta, "okta.users.read offline_access").await;
                let tokens = self.get(&list, ids, "").await;
                let token = id(&tokens[0]);
                let with_token = [ids, &[token]].concat();
                self.get(&one, &with_token, "").await;
                match all {
                    true => self.call(Method::DELETE, &list, ids, "", Value::Null).await,
                    false => self.call(Method::DELETE, &one, &with_token, "", Value::Null).await,
                };
            }
        }
        self.get("/api/v1/users/{userId}/clients", &[id(&user)], "").await;
    }
}
