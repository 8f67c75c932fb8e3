//! The System Log events of the authorization server. Source: event type catalogue; targets as in recorded events.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use http::Request;

use super::issued::{ACCESS_SECONDS, Allowed};
use super::refusal::Refusal;
use super::token::{Asked, actor};
use super::{OAuth, jose};
use crate::json;
use crate::org::event::{Event, Party};
use crate::org::id::Id;
use crate::org::{Org, Tx};
use crate::timestamp::iso;

impl OAuth {
    /// `app.oauth2.token.grant.*`: one for each token.
    #[allow(
        clippy::too_many_arguments,
        reason = "one call site, and each is a different thing the event shows"
    )]
    pub(super) fn log_grant(
        &self,
        org: &mut Org,
        tx: &Tx,
        asked: &Asked<'_>,
        grant_type: &str,
        allowed: &Allowed,
        event_type: &'static str,
        id: &str,
    ) {
        let (kind, name) = match event_type.rsplit('.').next() {
            Some("id_token") => ("id_token", "ID Token"),
            Some("refresh_token") => ("refresh_token", "Refresh Token"),
            _ => ("access_token", "Access Token"),
        };
        let mut detail = String::new();
        json::open(&mut detail, "expires", &iso(tx.at.saturating_add(ACCESS_SECONDS * 1_000)));
        json::text(&mut detail, "subject", allowed.user.as_deref().unwrap_or(&allowed.client));
        json::text(&mut detail, "hash", &hash(id));
        detail.push('}');
        let (id, unknown, name): (Id, Arc<str>, Arc<str>) = (id.into(), "unknown".into(), name.into());
        let token = Party { detail: Some(Cow::Owned(detail)), ..Party::new(kind, &id, &unknown, &name) };
        let who = self.clients.get(&allowed.client).map_or_else(Party::system, super::client::Client::party);
        let event = Event::new(event_type, who, tx.origin.clone())
            .target(token)
            .debug("grantType", grant_type)
            .debug("requestedScopes", asked.form.get("scope").unwrap_or_default())
            .debug("grantedScopes", allowed.scopes.join(", "))
            .debug("clientAuthType", asked.client.method);
        org.log_event(tx, event);
    }

    /// A client that could not prove itself. Only those are named that exist: anybody can claim to be anything.
    pub(super) fn log_refused_client(&self, org: &mut Org, request: &Request<Bytes>, tx: &Tx, why: &Refusal) {
        let Some(client) = self.claimed_client(request).and_then(|id| self.clients.get(&id)) else { return };
        let event = Event::new("app.oauth2.invalid_client_credentials", client.party(), tx.origin.clone())
            .target(client.app_party())
            .because("FAILURE", why.error);
        org.log_event(tx, event);
    }

    /// A refresh token was used after it was replaced.
    pub(super) fn log_reuse(
        &self,
        org: &mut Org,
        asked: &Asked<'_>,
        allowed: &Allowed,
        old: &str,
        newest: &str,
    ) {
        let tx = asked.tx;
        let who = actor(self, org, &allowed.client, allowed.user.as_ref());
        let mut event = Event::new("app.oauth2.token.detect_reuse", who, tx.origin.clone())
            .because("FAILURE", "Refresh token reuse detected")
            .debug("oldRefreshTokenHash", hash(old))
            .debug("currentRefreshTokenHash", hash(newest));
        if let Some(client) = self.clients.get(&allowed.client) {
            event = event.target(client.party());
        }
        org.log_event(tx, event);
    }

    /// A token was revoked by its client.
    pub(super) fn log_revoked(
        &self,
        org: &mut Org,
        tx: &Tx,
        kind: &'static str,
        token: &str,
        allowed: &Allowed,
    ) {
        let who = self.clients.get(&allowed.client).map_or_else(Party::system, super::client::Client::party);
        let (id, unknown, name): (Id, Arc<str>, Arc<str>) =
            (hash(token).into(), "unknown".into(), kind.into());
        let event = Event::new("app.oauth2.token.revoke", who, tx.origin.clone())
            .target(Party::new(kind, &id, &unknown, &name));
        org.log_event(tx, event);
    }
}

/// What a log may know of a token.
fn hash(token: &str) -> String {
    jose::base64(&jose::sha256(token.as_bytes())[..16])
}
