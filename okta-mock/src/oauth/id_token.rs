//! ID tokens and `/userinfo`: who signed in, said to the app. Source: API reference, "OpenID Connect", claims.

use serde_json::{Map, Value, json};

use super::issued::{ACCESS_SECONDS, Allowed};
use super::{OAuth, jose};
use crate::credentials::people::{self, Person};
use crate::org::Org;

impl OAuth {
    /// A signed ID token. `at_hash` binds it to the access token it comes with.
    pub(super) fn id_token(
        &self,
        org: &Org,
        allowed: &Allowed,
        nonce: Option<String>,
        access_token: &str,
        jti: &str,
        now: i64,
    ) -> String {
        let mut claims = claims_of(org, allowed);
        let seconds = now.div_euclid(1_000);
        let rest = json!({
            "ver": 1, "jti": jti, "iss": self.base, "aud": &*allowed.client, "iat": seconds,
            "exp": seconds + ACCESS_SECONDS, "amr": ["pwd"], "idp": &*org.id,
            "auth_time": allowed.auth_time.div_euclid(1_000),
            "at_hash": jose::base64(&jose::sha256(access_token.as_bytes())[..16]),
        });
        if let Value::Object(rest) = rest {
            claims.extend(rest);
        }
        if let Some(nonce) = nonce {
            claims.insert("nonce".to_owned(), nonce.into());
        }
        jose::sign(None, &Value::Object(claims))
    }
}

/// The claims about the user that the scopes open.
pub(super) fn claims_of(org: &Org, allowed: &Allowed) -> Map<String, Value> {
    let mut claims = Map::new();
    let Some(person) = allowed.user.as_ref().and_then(|user| people::find(org, user)) else { return claims };
    let has = |scope: &str| allowed.scopes.iter().any(|had| had == scope);
    let Person { id, login, name, first_name, last_name, email, .. } = person;
    claims.insert("sub".to_owned(), (*id).into());
    if has("profile") {
        for (key, value) in [
            ("name", name),
            ("given_name", first_name),
            ("family_name", last_name),
            ("preferred_username", login),
            ("locale", "en-US".to_owned()),
            ("zoneinfo", "America/Los_Angeles".to_owned()),
        ] {
            claims.insert(key.to_owned(), value.into());
        }
    }
    if has("email") {
        claims.insert("email".to_owned(), email.into());
        claims.insert("email_verified".to_owned(), true.into());
    }
    claims
}
