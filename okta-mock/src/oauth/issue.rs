//! From a grant to tokens and the answer that carries them.
//!
//! Sources: API reference, "OpenID Connect & OAuth 2.0 API", token response; claims as in recorded org-server tokens.

use http::HeaderName;
use serde_json::{Map, Value, json};

use super::issued::{ACCESS_SECONDS, Access};
use super::token::{Asked, Granted};
use super::{OAuth, jose};
use crate::credentials::people;
use crate::org::Org;
use crate::reply::Reply;

impl OAuth {
    /// Issues what was granted, bound to the key with this thumbprint where there is one.
    pub(super) fn issue(
        &mut self,
        org: &mut Org,
        asked: &Asked<'_>,
        grant_type: &str,
        granted: Granted,
        jkt: Option<String>,
    ) -> Reply {
        let (tx, now) = (asked.tx, asked.tx.at);
        let Granted { allowed, nonce, chain, refresh, new_refresh } = granted;
        let jti = format!("AT.{}", self.opaque("access"));
        let access = Access::new(allowed.clone(), jti, jkt, now);
        let token = jose::sign(Some("application/okta-internal-at+jwt"), &self.access_claims(org, &access));
        let bound = access.jkt.is_some();
        let mut body = Map::new();
        body.insert("token_type".to_owned(), if bound { "DPoP" } else { "Bearer" }.into());
        body.insert("expires_in".to_owned(), ACCESS_SECONDS.into());
        body.insert("access_token".to_owned(), token.clone().into());
        body.insert("scope".to_owned(), allowed.scopes.join(" ").into());
        let mut kinds = vec![("app.oauth2.token.grant.access_token", access.jti.clone())];
        if allowed.scopes.iter().any(|scope| scope == "openid") {
            let jti = format!("ID.{}", self.opaque("id"));
            body.insert("id_token".to_owned(), self.id_token(org, &allowed, nonce, &token, &jti, now).into());
            kinds.push(("app.oauth2.token.grant.id_token", jti));
        }
        if let Some(refresh) = &refresh {
            body.insert("refresh_token".to_owned(), refresh.as_str().into());
            if new_refresh && let Some((id, _)) = chain.and_then(|chain| self.issued.newest(chain)) {
                kinds.push(("app.oauth2.token.grant.refresh_token", id.to_string()));
            }
        }
        for (kind, id) in kinds {
            self.log_grant(org, tx, asked, grant_type, &allowed, kind, &id);
        }
        self.issued.add_access(token, access, chain, now);
        let mut reply = Reply::json(200, Value::Object(body).to_string());
        if bound {
            reply.set(HeaderName::from_static("dpop-nonce"), &self.nonces.current(now));
        }
        reply
    }

    fn access_claims(&self, org: &Org, access: &Access) -> Value {
        let Access { allowed, jti, issued, expires, jkt, .. } = access;
        let person = allowed.user.as_ref().and_then(|user| people::find(org, user));
        let subject = person.as_ref().map_or(&*allowed.client, |person| person.login.as_str());
        let mut claims = json!({
            "ver": 1, "jti": jti, "iss": self.base, "aud": self.base, "sub": subject,
            "iat": issued.div_euclid(1_000), "exp": expires.div_euclid(1_000), "cid": &*allowed.client,
            "scp": allowed.scopes,
        });
        if let Some(person) = person {
            claims["uid"] = (*person.id).into();
            claims["auth_time"] = allowed.auth_time.div_euclid(1_000).into();
        }
        if let Some(jkt) = jkt {
            claims["cnf"] = json!({ "jkt": jkt });
        }
        claims
    }
}
