//! `/introspect`, `/revoke` and `/userinfo`: what becomes of tokens after they were issued.
//!
//! A foreign, unknown or dead token is `{"active":false}` to the first and 200 to the second: neither tells a stranger
//! anything. Source: API reference, "OpenID Connect & OAuth 2.0 API".

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use super::form::Form;
use super::refusal::Refusal;
use super::{OAuth, id_token};
use crate::credentials::people;
use crate::org::{Org, Tx};
use crate::reply::Reply;

impl OAuth {
    pub(super) fn introspect(
        &mut self,
        org: &Org,
        request: &Request<Bytes>,
        now: i64,
    ) -> Result<Reply, Refusal> {
        let form = Form::of_body(request)?;
        let client = self.client_of(request, &form, now)?;
        let token =
            form.get("token").ok_or_else(|| Refusal::request("The 'token' parameter is required."))?;
        let shown = self.shown(org, token, &client.id, now).unwrap_or_else(|| json!({ "active": false }));
        Ok(Reply::json(200, shown.to_string()))
    }

    fn shown(&self, org: &Org, token: &str, client: &str, now: i64) -> Option<Value> {
        let (allowed, expires, access) = match self.issued.access(token) {
            Some(access) if access.is_live(now) => (&access.allowed, access.expires, Some(access)),
            Some(_) => return None,
            None => {
                self.issued.live_refresh(token, now).map(|(allowed, expires)| (allowed, expires, None))?
            }
        };
        if *allowed.client != *client {
            return None;
        }
        let person = allowed.user.as_ref().and_then(|user| people::find(org, user));
        let subject = person.as_ref().map_or(&*allowed.client, |person| person.login.as_str());
        let mut shown = json!({
            "active": true, "scope": allowed.scopes.join(" "), "client_id": &*allowed.client, "username": subject,
            "exp": expires.div_euclid(1_000), "sub": subject, "iss": self.base,
        });
        if let Some(person) = &person {
            shown["uid"] = (*person.id).into();
        }
        if let Some(access) = access {
            shown["iat"] = access.issued.div_euclid(1_000).into();
            shown["aud"] = self.base.as_str().into();
            shown["jti"] = access.jti.as_str().into();
            // Okta writes this for tokens bound by DPoP, too.
            shown["token_type"] = "Bearer".into();
        }
        Some(shown)
    }

    pub(super) fn revoke(
        &mut self,
        org: &mut Org,
        request: &Request<Bytes>,
        tx: &Tx,
    ) -> Result<Reply, Refusal> {
        let form = Form::of_body(request)?;
        let client = self.client_of(request, &form, tx.at)?;
        let token =
            form.get("token").ok_or_else(|| Refusal::request("The 'token' parameter is required."))?;
        if let Some((kind, allowed)) = self.issued.revoke(token, &client.id) {
            self.log_revoked(org, tx, kind, token, &allowed);
        }
        let mut reply = Reply::json(200, "");
        reply.headers.clear();
        Ok(reply)
    }

    pub(super) fn userinfo(&mut self, org: &Org, request: &Request<Bytes>, now: i64) -> Reply {
        let access = match self.presented(request, now) {
            Ok(access) => access,
            Err(refusal) => return self.challenge(request, "openid", &refusal),
        };
        if !access.allowed.scopes.iter().any(|scope| scope == "openid") {
            return self.challenge(request, "openid", &super::resource::insufficient());
        }
        Reply::json(200, Value::Object(id_token::claims_of(org, &access.allowed)).to_string())
    }
}
