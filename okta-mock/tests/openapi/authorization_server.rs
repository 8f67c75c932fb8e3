//! The answers of the org authorization server against the OAuth half of Okta's document.

use serde_json::Value;

use crate::asking::{Answer, get};
use crate::checked::Checked;
use crate::schema::Document;
use crate::signing::{Assertion, exchange, form, get_with};
use crate::web_app::{basic, refresh, signed_in, text};

const DOCUMENT: &str = include_str!("../../../fixtures/okta/openapi-oauth-responses.json");

impl Checked {
    pub(crate) async fn authorization_server(&self) {
        let (okta, document) = (&self.okta, Document::parse(DOCUMENT));
        for path in ["/.well-known/openid-configuration", "/oauth2/v1/keys"] {
            self.holds(&document, "GET", path, &get(okta, path).await);
        }
        let token = "/oauth2/v1/token";
        let by_key = exchange(okta, &Assertion::new(okta, "openapi-1").signed(), "okta.logs.read", &[]).await;
        let by_code = signed_in(okta, "openid profile email offline_access okta.users.read").await;
        let by_refresh = refresh(okta, &text(&by_code, "refresh_token")).await;
        for answer in [&by_key, &by_code, &by_refresh] {
            assert_eq!(answer.status, 200, "{:?}", answer.bytes);
            self.holds(&document, "POST", token, answer);
        }
        let again = exchange(okta, &Assertion::new(okta, "openapi-1").signed(), "okta.logs.read", &[]).await;
        let unknown = form(okta, token, &[], &[("grant_type", "none"), ("client_id", "0oanobody")]).await;
        let ungranted =
            exchange(okta, &Assertion::new(okta, "openapi-2").signed(), "okta.nothing.read", &[]).await;
        for (answer, status) in [(&again, 401), (&unknown, 400), (&ungranted, 400)] {
            assert_eq!(answer.status, status, "{:?}", answer.bytes);
            self.holds(&document, "POST", token, answer);
        }
        let (basic, access) = (basic(okta), text(&by_refresh, "access_token"));
        let user = [("authorization", format!("Bearer {access}"))];
        let user = user.each_ref().map(|(name, value)| (*name, value.as_str()));
        self.holds(
            &document,
            "GET",
            "/oauth2/v1/userinfo",
            &get_with(okta, "/oauth2/v1/userinfo", &user).await,
        );
        for token in [access.as_str(), "unknown"] {
            for path in ["/oauth2/v1/introspect", "/oauth2/v1/revoke"] {
                let answer = form(okta, path, &[("authorization", &basic)], &[("token", token)]).await;
                assert_eq!(answer.status, 200, "{:?}", answer.bytes);
                self.holds(&document, "POST", path, &answer);
            }
        }
        let nobody = form(okta, "/oauth2/v1/introspect", &[], &[("token", "unknown")]).await;
        assert_eq!(nobody.status, 401);
        self.holds(&document, "POST", "/oauth2/v1/introspect", &nobody);
    }

    fn holds(&self, document: &Document, method: &str, path: &str, answer: &Answer) {
        let body = answer.json();
        match document.response(method, path, answer.status) {
            Some(schema) => {
                self.note(document.check(schema, &body), &format!("{method} {path}"), path, &body)
            }
            None => assert_eq!(body, Value::Null, "{method} {path}: no body is documented"),
        }
        if answer.status == 200 {
            self.succeeded.borrow_mut().insert(format!("{method} {path}"));
        }
    }
}
